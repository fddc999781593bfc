"""One face to look at: of a bundled sample, of somebody's own picture, or drawn while a hand moves its dials."""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import lru_cache
from typing import Any

import numpy as np
import numpy.typing as npt

from ferviz.clip import Clip, Crop, Truth
from ferviz.explorers.shared.face_state import FaceState, HeadState
from ferviz.explorers.shared.faces import Source
from ferviz.faces import studio
from ferviz.faces.expression import settle
from ferviz.faces.head import head
from ferviz.faces.identity import Person
from ferviz.faces.render import Quality, Render, render
from ferviz.faces.scene import Scene
from ferviz.faces.truth import Facts, facts
from ferviz.gallery import samples
from ferviz.models.model import Model

__all__ = ["REAL", "SYNTHETIC", "Drawn", "choices", "draw", "shot", "usable_faces"]

SYNTHETIC = "synthetic"
"""The source that is drawn while one looks."""
SIDE = 160  # pixels of the drawn head, as in the Face lab
REAL = "astronaut"


def choices() -> tuple[str, ...]:
    """The bundled samples on offer: every synthetic one without a voice, and the photograph."""
    return (*(one.name for one in samples() if one.known and "voice" not in one.name), REAL)


def usable_faces(source: Source, face: int, model: Model, size: int = 112) -> Clip:
    """The frames of a clip that have the chosen face, cut as the network wants it, but ``size`` pixels wide.

    Raises
    ------
    NoFaceError, ValueError
        When there is none.
    """
    faces = source.cut(face, replace(model.crop, size=size))
    usable = np.flatnonzero(faces.usable()) if len(faces) else np.empty(0, int)
    if not usable.size:
        raise ValueError(f"the clip {faces.source!r} has no frame that can be used")
    model.check_faces(faces)
    if len(usable) == len(faces):
        return faces
    kept = [faces[int(frame)] for frame in usable]
    pictures = np.concatenate([one.frames for one in kept])
    times = np.concatenate([one.times for one in kept])
    points = None if faces.points is None else faces.points[usable]
    # truth and boxes of the frames that stay would have to be moved along; clips with gaps have no truth
    others = tuple(others for one in kept for others in one.others)
    about: dict[str, Any] = {"crop": faces.crop, "labels": faces.labels, "source": faces.source}
    return Clip(pictures, times, others=others, points=points, **about)


@dataclass(frozen=True, eq=False)
class Drawn:
    """A face that was drawn: a ``clip`` of one frame, cut for a network; and the ``truth`` of the whole picture, which
    is ``edge`` pixels wider on each side."""

    clip: Clip
    truth: Facts
    edge: int

    def cut(self, values: npt.NDArray[Any]) -> npt.NDArray[Any]:
        """The part of a map of the whole picture that the clip shows."""
        return values[self.edge : len(values) - self.edge, self.edge : len(values) - self.edge]


def draw(state: FaceState) -> Drawn:
    """The synthetic face of a state, with its truth: how far its twin at rest is.

    Raises
    ------
    ValueError
        For a person that the generator lacks.
    """
    shown, clip = shot(state)
    truth = facts(shown, _at_rest(state.person, state.scene, state.quality))
    return Drawn(clip, truth, (SIDE - clip.width) // 2)


def shot(state: HeadState) -> tuple[Render, Clip]:
    """The synthetic head of a state as it was drawn, and the part that a network gets: a clip of one frame, whose truth
    is who it is.

    Raises
    ------
    ValueError
        For a person that the generator lacks.
    """
    person = state.person
    shown = render(person, settle(state.push), state.scene, SIDE, state.quality)
    frames = studio.cut(shown.image[None])
    told: dict[str, Any] = {"crop": Crop(frames.shape[1], 0.0), "truth": Truth(person=person.to_dict())}
    return shown, Clip(frames, np.zeros(1), source=SYNTHETIC, **told)


@lru_cache(maxsize=2)
def _at_rest(person: Person, scene: Scene, quality: Quality) -> Render:
    # the same for every expression: a dial then draws one head a move, and not two
    return render(person, np.zeros(len(head().action_names), np.float32), scene, SIDE, quality)
