"""Linking the faces of one picture to those of the next, by place, size and movement alone; and choosing one of them.

Nothing here knows whose face it is. Two faces that cross keep apart because each is expected where its movement leads;
a person who takes another's place while no picture is taken, or across a cut, cannot be told apart.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any, Literal

import numpy as np
import numpy.typing as npt

from ferviz.boxes import overlap
from ferviz.clip import Face

__all__ = ["Follow", "Track", "check_follow", "choose", "link", "pick", "side"]

Array = npt.NDArray[Any]
Follow = Literal["largest"] | int | Sequence[float] | Array | Face
"""Which face is meant: the largest, which one from the left (from 0; from the right with -1, -2 …), the one at a point
(x, y), the one that a box (left, top, right, bottom) covers, or one that was found."""

SAME = 0.3  # intersection over union from which a box means a face
MEMORY = 2.0  # seconds: later, a face must come back where it was
MOMENTUM = 0.5  # seconds over which movement is measured and carried on
SPEED = 2.0  # how many sides of its box a face may move in a second against its expected place
GROWTH = 1.6  # how much larger or smaller a box may be than the one before


@dataclass
class Track:
    """One face through time: in which frames it was found, and as what."""

    frames: list[int] = field(default_factory=list)
    faces: list[Face] = field(default_factory=list)

    def weight(self) -> float:
        """The sum of its boxes' sides, in pixels: large faces and long stays count alike."""
        return sum(side(face) for face in self.faces)


def side(face: Face) -> float:
    """The side, in pixels, of a square with the area of the face's box."""
    return float(np.sqrt((face.box[2:] - face.box[:2]).prod()))


def link(found: Sequence[Sequence[Face]], times: Array) -> list[Track]:
    """The tracks through ``found``, the faces of each frame, at ``times`` (T,) in seconds; every face is in one track.

    Of all plausible links from one frame to the next the closest is made first. Faces that were just seen go before
    faces that were lost for a while, so that a lost one cannot take the place of its neighbour.
    """
    tracks: list[Track] = []
    for frame, faces in enumerate(found):
        pairs = []
        for t, track in enumerate(tracks):
            for f, face in enumerate(faces):
                distance = _distance(track, face, times, frame)
                if distance is not None:
                    pairs.append((frame - track.frames[-1], distance, t, f))
        linked_tracks, linked_faces = set(), set()
        for _, _, t, f in sorted(pairs):
            if t not in linked_tracks and f not in linked_faces:
                linked_tracks.add(t)
                linked_faces.add(f)
                tracks[t].frames.append(frame)
                tracks[t].faces.append(faces[f])
        tracks += [Track([frame], [face]) for f, face in enumerate(faces) if f not in linked_faces]
    return tracks


def choose(found: Sequence[Sequence[Face]], times: Array, follow: Follow = "largest") -> list[Face | None]:
    """The face that is meant, in each frame where it was found.

    "largest" is the track whose boxes' sides add up to the most. A number counts the faces of the first frame that
    shows most of them; a point means the face that lies there in the first frame where one does; a box the face that it
    covers best in any frame. From there the face is followed through its track.

    Raises
    ------
    ValueError
        When there is no such face.
    """
    tracks = link(found, times)
    if isinstance(follow, str):
        chosen = max(tracks, key=Track.weight)
    else:
        frame, face = _meant(found, follow)
        chosen = next(t for t in tracks if frame in t.frames and t.faces[t.frames.index(frame)] is face)
    followed: list[Face | None] = [None] * len(found)
    for frame, face in zip(chosen.frames, chosen.faces, strict=True):
        followed[frame] = face
    return followed


def _meant(found: Sequence[Sequence[Face]], follow: Follow) -> tuple[int, Face]:
    """The frame and the face that a number, a point or a box means."""
    fullest = max(range(len(found)), key=lambda i: len(found[i]))
    if isinstance(follow, int):
        places: Sequence[int] = [fullest]
    else:
        places = range(len(found))
    wanted = None if isinstance(follow, int) or len(_numbers(follow)) == 2 else _numbers(follow)[None]
    if wanted is not None:  # the frame where the box fits best comes first
        fit = [max((overlap(wanted, face.box[None]).item() for face in faces), default=0.0) for faces in found]
        places = [int(np.argmax(fit))]
    for place in places:
        face = pick(found[place], follow)
        if face is not None:
            return place, face
    if isinstance(follow, int):
        count = len(found[fullest])
        raise ValueError(f"follow must be {-count} to {count - 1}, counted from the left; got {follow}")
    boxes = ", ".join("({:.0f}, {:.0f}, {:.0f}, {:.0f})".format(*face.box) for face in found[fullest][:8])
    told = "({})".format(", ".join(f"{number:g}" for number in _numbers(follow)))
    raise ValueError(f"follow={told} meets no face; frame {fullest} has faces at {boxes}")


def pick(faces: Sequence[Face], follow: Follow) -> Face | None:
    """The one of a picture's faces that is meant, none where there is no such face; see `Follow`."""
    if not faces:
        return None
    if isinstance(follow, str):
        return max(faces, key=side)
    if isinstance(follow, int):
        row = sorted(faces, key=_across)
        return row[follow] if -len(row) <= follow < len(row) else None
    numbers = _numbers(follow)
    if len(numbers) == 4:
        fit = [overlap(numbers[None], face.box[None]).item() for face in faces]
        return faces[int(np.argmax(fit))] if max(fit) >= SAME else None
    x, y = numbers + 0.5  # boxes count from pixel edges, points from pixel centres
    there = [f for f in faces if f.box[0] <= x <= f.box[2] and f.box[1] <= y <= f.box[3]]
    return min(there, key=lambda f: float(np.linalg.norm(_centre(f) - (x, y))), default=None)


def check_follow(follow: object) -> Follow:
    """What is meant, once it is known to be of a kind that `Follow` names.

    Raises
    ------
    TypeError, ValueError
        Naming what came and what would fit.
    """
    kinds = "'largest', a whole number from the left, a point (x, y), a box (left, top, right, bottom) or a Face"
    if isinstance(follow, str):
        if follow != "largest":
            raise ValueError(f"follow must be {kinds}; got {follow!r:.200}")
        return "largest"
    if isinstance(follow, int | np.integer) and not isinstance(follow, bool):
        return int(follow)
    if not isinstance(follow, Face | Sequence | np.ndarray) or isinstance(follow, bytes):
        raise TypeError(f"follow must be {kinds}; got {follow!r:.200}")
    try:
        numbers = _numbers(follow)
    except (TypeError, ValueError) as error:
        raise TypeError(f"follow must be {kinds}; got {follow!r:.200}") from error
    if numbers.shape not in ((2,), (4,)) or not np.isfinite(numbers).all():
        raise ValueError(f"follow must be {kinds}, of finite numbers; got {follow!r:.200}")
    if len(numbers) == 4 and not (numbers[:2] < numbers[2:]).all():
        raise ValueError(f"a box to follow must have left < right and top < bottom; got {follow!r:.200}")
    return numbers


def _numbers(follow: Any) -> Array:
    return np.asarray(follow.box if isinstance(follow, Face) else follow, dtype=np.float64)


def _across(face: Face) -> float:
    """How far right a face is in the picture that stands upright."""
    x, y = _centre(face)
    return float((x, y, -x, -y)[face.turn])


def _distance(track: Track, face: Face, times: Array, frame: int) -> float | None:
    """How far ``face`` is from where ``track`` should be, in sides of its box, size included; none if implausible."""
    last = track.faces[-1]
    waited = float(times[frame] - times[track.frames[-1]])
    growth = side(face) / side(last)
    if not 1 / GROWTH <= growth <= GROWTH:
        return None
    if waited > MEMORY and overlap(last.box[None], face.box[None]).item() < 0.3:
        return None
    expected = _centre(last) + _velocity(track, times) * min(waited, MOMENTUM)
    distance = float(np.linalg.norm(_centre(face) - expected)) / side(last)
    if waited <= MEMORY and distance > min(0.5 + SPEED * waited, 2.0):
        return None
    return distance + abs(float(np.log(growth)))


def _velocity(track: Track, times: Array) -> Array:
    """Pixels a second over the last `MOMENTUM` seconds of the track, (2,)."""
    now = times[track.frames[-1]]
    start = next(i for i, frame in enumerate(track.frames) if now - times[frame] <= MOMENTUM)
    span = now - times[track.frames[start]]
    if span == 0:
        return np.zeros(2)
    return (_centre(track.faces[-1]) - _centre(track.faces[start])) / span


def _centre(face: Face) -> Array:
    return (face.box[:2] + face.box[2:]) / 2
