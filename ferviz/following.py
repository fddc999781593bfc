"""Finding the faces of a long film quickly: a search now and then, and in between each face is followed.

A frame is searched as `ferviz.detection.look` does, on a picture made smaller first, and closely where faces were in
the frame beside it. In the frames after it each face is expected where its movement leads, and the last two networks of
MTCNN judge and place it there: they are the same that decide in a search, so a face that is followed is placed as well
as one that is found. A frame is searched anew

- after so many frames, so that new faces are found;
- when a face is not surely there: its score is low, it moved, grew or shrank too far, or two faces meet;
- when a face that was lost is there again;
- when there is no face to follow, so that nothing is missed in a gap;
- when the picture changes all at once, as at a cut, and after a gap.

A face that turns up in a search is then followed back in time, up to where it is no longer sure.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import numpy as np
import numpy.typing as npt

from ferviz.boxes import overlap
from ferviz.clip import Face
from ferviz.detection import look
from ferviz.mtcnn import cascade
from ferviz.tracking import SAME, side

__all__ = ["follow"]

Array = npt.NDArray[Any]

SURE = 0.8  # the score from which a face is surely there; a search lets 0.7 through
ASTRAY = 0.35  # how many sides of its box a face may lie from where it is expected
GROWTH = 1.25  # how much larger or smaller its box may be than in the frame before
MEETING = 0.1  # intersection over union from which two faces are too near to be told apart
CUT = 20.0  # gray levels that a picture changes by, in the mean, at a cut
ROWS = 45  # of pixels that are compared for it


def follow(
    picture: Callable[[int], Array],
    usable: Sequence[bool] | npt.NDArray[np.bool_],
    minimum: float,
    every: int,
    seen: Mapping[int, tuple[Face, ...]],
    step: Callable[[], object],
) -> list[tuple[Face, ...]]:
    """The faces of every frame of a film, the largest box first; none in frames that are not usable.

    Parameters
    ----------
    picture : function of a frame's number
        uint8 (H, W, 3), upright.
    usable : sequence of bool
        Which frames to look at.
    minimum : float
        As in `ferviz.detect`.
    every : int
        Frames from one search to the next at the latest.
    seen : mapping of a frame's number to its faces
        What a search of some frames has found already.
    step : function
        Called once a usable frame.
    """
    film = _Film(picture, usable, minimum, seen)
    film.forwards(every, step)
    film.backwards()
    return [tuple(sorted(faces, key=side, reverse=True)) for faces in film.found]


class _Film:
    """The pictures of a film, and what was found in them so far."""

    def __init__(
        self,
        picture: Callable[[int], Array],
        usable: Sequence[bool] | Array,
        minimum: float,
        seen: Mapping[int, tuple[Face, ...]],
    ) -> None:
        self.picture = picture
        self.usable = usable
        self.minimum = minimum
        self.seen = seen
        self.found: list[tuple[Face, ...]] = [()] * len(usable)
        self.searched = [False] * len(usable)
        self.cuts = [True] * len(usable)  # whether a frame has little in common with the one before

    def forwards(self, every: int, step: Callable[[], object]) -> None:
        """Search now and then, follow in between."""
        since, last = every, None
        lost: list[Face] = []  # faces that the last searches missed: they are asked for where they were
        for frame in range(len(self.usable)):
            if not self.usable[frame]:
                last = None
                continue
            step()
            picture = self.picture(frame)
            stride = max(1, len(picture) // ROWS)
            thumbnail = picture[::stride, ::stride].astype(np.float32)
            self.cuts[frame] = last is None or float(np.abs(thumbnail - last).mean()) > CUT
            last, since = thumbnail, since + 1
            known = () if self.cuts[frame] else self.found[frame - 1]
            follows = known and since < every and frame not in self.seen
            now = self._surely(picture, known, frame - 1, frame - 2) if follows else [None]
            lost = [] if self.cuts[frame] else lost
            if None not in now and lost and any(self._surely(picture, lost, frame - 1, -1)):
                now = [None]
            if None in now:
                self._search(frame, picture, (*known, *lost))
                missing = known if since >= every else (*known, *lost)
                lost = [face for face in missing if not _near(face, self.found[frame])]
                since = 0
            else:
                self.found[frame] = tuple(face for face in now if face is not None)

    def backwards(self) -> None:
        """Follow the faces that turn up in a search back to where they came from."""
        for frame in range(len(self.usable) - 1, 0, -1):
            if self.cuts[frame] or self.searched[frame - 1]:
                continue
            fresh = [face for face in self.found[frame] if not _near(face, self.found[frame - 1])]
            if not fresh:
                continue
            picture = self.picture(frame - 1)
            now = self._surely(picture, fresh, frame, frame + 1)
            if None in now:
                self._search(frame - 1, picture, (*self.found[frame - 1], *fresh))
            else:
                came = [face for face in now if face is not None and not _near(face, self.found[frame - 1])]
                self.found[frame - 1] += tuple(came)

    def _search(self, frame: int, picture: Array, known: Sequence[Face]) -> None:
        """Look for faces everywhere, and closely where ``known`` ones were beside this frame."""
        self.found[frame] = self.seen.get(frame, ())
        if frame not in self.seen or not all(_near(face, self.found[frame]) for face in known):
            near = np.stack([face.box for face in known]) if known else None
            self.found[frame] = look(picture, self.minimum, coarse=True, near=near)
        self.searched[frame] = True

    def _surely(self, picture: Array, faces: Sequence[Face], frame: int, past: int) -> list[Face | None]:
        """The faces of ``frame`` as the picture beside it shows them, none for one that is not surely there.

        ``past`` is the frame on the other side of ``frame``, which tells how they move.
        """
        steady = 0 <= past < len(self.found) and not self.cuts[max(frame, past)]
        expected = np.stack([face.box + _step(face, self.found[past] if steady else ()) for face in faces])
        boxes, scores, points = cascade().follow(picture, expected)
        extents = boxes[:, 2:] - boxes[:, :2]
        growth = np.sqrt(np.clip(extents, 0, None).prod(1)) / [side(face) for face in faces]
        drift = boxes - expected
        astray = np.linalg.norm(drift[:, :2] + drift[:, 2:], axis=1) / 2 / [side(face) for face in faces]
        met = (overlap(boxes, boxes) - np.eye(len(boxes))).max(1)
        sure = (scores >= SURE) & (extents.max(1) >= self.minimum) & (astray <= ASTRAY) & (met <= MEETING)
        sure &= (growth <= GROWTH) & (growth >= 1 / GROWTH)
        rows = zip(sure, boxes, scores, points)
        return [Face(box, float(score), marks) if fine else None for fine, box, score, marks in rows]


def _step(face: Face, past: Sequence[Face]) -> Array:
    """How far the edges of a face's box have moved since the frame before, (4,); 0 where it was not seen there."""
    before = [other for other in past if _near(face, [other])]
    if not before:
        return np.zeros(4)
    drift = face.box - before[0].box
    return np.tile((drift[:2] + drift[2:]) / 2, 2)


def _near(face: Face, others: Sequence[Face]) -> bool:
    """Whether one of the others lies where the face does."""
    return bool(others) and bool(overlap(face.box[None], np.stack([o.box for o in others])).max() >= SAME)
