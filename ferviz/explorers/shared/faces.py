"""The faces of a source: searched once, then any of them is cut out; and what a person is told of them, to choose.

The faces are counted from the largest; in a film, from the one that is largest for longest.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
import numpy.typing as npt
from PIL import Image

from ferviz.clip import Clip, Crop, Face
from ferviz.explorers.shared.picture import encode
from ferviz.intake import Found, NoFaceError, crop_matrix, search
from ferviz.tracking import Track, link

__all__ = ["Source", "SourceState", "check_face"]

THUMB = Crop(80, 0.15)  # a face on its button
STILL = 640  # pixels of the longer side of the picture that the boxes are drawn on
TURNED = ("", "a quarter turn counter-clockwise", "half a turn", "a quarter turn clockwise")


@dataclass(frozen=True, kw_only=True)
class SourceState:
    """What a person chooses wherever a source is looked at: ``face`` counts the faces that were found, from 0, the
    largest first (in a film the one that is largest for longest)."""

    face: int = 0


class Source:
    """A clip that was looked through for faces, unless it is cut to one already.

    Attributes
    ----------
    clip : Clip
    found : Found or None
        None where there is no face, or the clip came cut to one.
    choices : tuple of (int, Face)
        The faces to choose from, each with a frame that shows it: the largest for longest, then all others of the first
        frame that shows most faces. A film is followed from there.
    """

    def __init__(self, clip: Clip) -> None:
        self.clip = clip
        self.found: Found | None = None
        self._reason = ""
        if clip.crop is None:
            try:
                self.found = search(clip)
            except NoFaceError as error:  # without what `find_faces` could be given: an explorer has no such arguments
                self._reason = error.found
        self.choices = () if self.found is None else _choices(self.found)

    def chosen(self, face: int) -> tuple[int, Face]:
        """A face with a frame that shows it. Raises NoFaceError where none was found."""
        if self._reason:
            raise NoFaceError(self._reason)
        return self.choices[face]

    def cut(self, face: int, crop: Crop) -> Clip:
        """The clip cut to one of its faces, or as it came where it is cut already. Nothing is searched again.

        Raises
        ------
        NoFaceError
            Where none was found.
        """
        if self.clip.crop is not None:
            return self.clip
        _, chosen = self.chosen(face)
        assert self.found is not None
        return self.found.cut(chosen if face else "largest", size=crop.size, margin=crop.margin, align=crop.align)

    def boxes(self, frame: int) -> list[list[float] | None]:
        """Where the faces to choose from lie in a frame: (left, top, right, bottom) as shares of the picture's width
        and height; None for one that is not in this frame."""
        size = np.array([self.clip.width, self.clip.height] * 2)
        return [[round(float(at), 4) for at in face.box / size] if at == frame else None for at, face in self.choices]

    def words(self, face: int) -> str:
        """Which of several faces is chosen, and how it was turned; "" for one upright face."""
        said = []
        beside = 1 + max((len(others) for others in self.clip.others), default=0)
        if len(self.choices) > 1:
            order = "the one that is largest for longest" if len(self.clip) > 1 else "the largest"
            said.append(f"{len(self.choices)} faces were found, counted from {order}; face {face + 1} is chosen.")
        elif self.clip.crop is not None and beside > 1:
            said.append(f"The clip came cut to one of {beside} faces.")
        if self._turn:
            said.append(f"The face did not stand upright: it was turned by {TURNED[self._turn]}.")
        return " ".join(said)

    @property
    def _turn(self) -> int:
        return self.found.turn if self.found else self.clip.crop.turn if self.clip.crop else 0

    def told(self, face: int) -> dict[str, Any]:
        """What the browser gets: `words`, and of several faces a still with their boxes, a picture of each, and whether
        they were ``turned``."""
        if len(self.choices) < 2:
            return {"words": self.words(face)}
        return {"words": self.words(face), "chosen": face, "turned": bool(self._turn), **self._pictures}

    @cached_property
    def _pictures(self) -> dict[str, Any]:
        frame = self.choices[-1][0]
        still = Image.fromarray(self.clip.frames[frame])
        still.thumbnail((STILL, STILL))
        return {
            "still": encode(np.asarray(still)),
            "aspect": round(still.width / still.height, 4),
            "boxes": self.boxes(frame),
            "thumbs": [encode(self._thumb(*choice)) for choice in self.choices],
        }

    def _thumb(self, frame: int, face: Face) -> npt.NDArray[np.uint8]:
        size = (THUMB.size, THUMB.size)
        return self.clip[frame].warp(crop_matrix(face, THUMB)[None], size=size).frames[0]


def check_face(face: object, source: Source | None) -> None:
    """Raise TypeError or ValueError, unless the source has such a face; one that draws its own face has number 0."""
    if isinstance(face, bool) or not isinstance(face, int):
        raise TypeError(f"face must be a whole number; got {face!r:.200}")
    count = len(source.choices) if source else 0
    if not 0 <= face < max(1, count):
        fits = f"0 to {count - 1}" if count > 1 else "0 where there are no several faces to choose from"
        raise ValueError(f"face must be {fits}; got {face}")


def _choices(found: Found) -> tuple[tuple[int, Face], ...]:
    tracks = sorted(link(found.faces, found.clip.times), key=Track.weight, reverse=True)
    fullest = max(range(len(found.faces)), key=lambda frame: len(found.faces[frame]))
    offered = [track for place, track in enumerate(tracks) if place == 0 or fullest in track.frames]
    return tuple(_shown(track, fullest) for track in offered)


def _shown(track: Track, frame: int) -> tuple[int, Face]:
    """A face of the track: the one in ``frame``, else its first."""
    place = track.frames.index(frame) if frame in track.frames else 0
    return track.frames[place], track.faces[place]
