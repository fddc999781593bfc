"""Linking the faces of one picture to those of the next, by place, size and movement alone.

Nothing here knows whose face it is. Two faces that cross keep apart because each is expected where its movement leads;
a person who takes another's place while no picture is taken, or across a cut, cannot be told apart.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import numpy.typing as npt

from ferviz.clip import Face

__all__ = ["Track", "link", "side"]

Array = npt.NDArray[Any]

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


def _distance(track: Track, face: Face, times: Array, frame: int) -> float | None:
    """How far ``face`` is from where ``track`` should be, in sides of its box, size included; none if implausible."""
    last = track.faces[-1]
    waited = float(times[frame] - times[track.frames[-1]])
    growth = side(face) / side(last)
    if not 1 / GROWTH <= growth <= GROWTH:
        return None
    if waited > MEMORY and _overlap(last.box, face.box) < 0.3:
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


def _overlap(a: Array, b: Array) -> float:
    shared = np.clip(np.minimum(a[2:], b[2:]) - np.maximum(a[:2], b[:2]), 0, None).prod()
    return float(shared / ((a[2:] - a[:2]).prod() + (b[2:] - b[:2]).prod() - shared))
