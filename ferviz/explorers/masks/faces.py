"""The faces of the explorer *Masks*: bundled ones, one's own, and one that is drawn while a hand moves its dials."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from functools import lru_cache

import numpy as np
import numpy.typing as npt
import torch
import xarray as xr

from ferviz.clip import Clip, Crop
from ferviz.explorers.masks.net import Response
from ferviz.explorers.shared.face_state import FaceState
from ferviz.explorers.shared.faces import Source
from ferviz.faces import studio
from ferviz.faces.expression import settle
from ferviz.faces.head import head
from ferviz.faces.identity import Person
from ferviz.faces.render import Quality, Render, render
from ferviz.faces.scene import Scene
from ferviz.faces.truth import facts
from ferviz.gallery import samples
from ferviz.models.lbp_attention import LBPAttention

__all__ = ["Looked", "choices", "drawn", "face_at", "find"]

Array = npt.NDArray[np.float32]

SIDE = 160  # pixels of the drawn head, as in the Face lab
REAL = "astronaut"


@dataclass(eq=False)
class Looked:
    """One face: a clip of one frame, its ``pictures`` as the network reads them, where the emotion is (``truth``, mm,
    None where it is not known), and what was found of it so far."""

    clip: Clip
    pictures: torch.Tensor
    truth: Array | None
    moved: list[tuple[str, float]] = field(default_factory=list)
    responses: dict[tuple[str, bool, bool], Response] = field(default_factory=dict)
    attributions: dict[tuple[str, str], xr.Dataset] = field(default_factory=dict)
    gain: xr.Dataset | None = None


def choices() -> tuple[str, ...]:
    """The bundled samples on offer: every synthetic one without a voice, and the photograph."""
    return (*(one.name for one in samples() if one.known and "voice" not in one.name), REAL)


def find(source: Source, face: int, model: LBPAttention) -> Clip:
    """The frames of a clip that have the chosen face, cut as the network wants it.

    Raises
    ------
    NoFaceError, ValueError
        When there is none.
    """
    faces = source.cut(face, replace(model.crop, size=112))
    usable = np.flatnonzero(faces.usable()) if len(faces) else np.empty(0, int)
    if not usable.size:
        raise ValueError(f"the clip {faces.source!r} has no frame that can be used")
    model.check_faces(faces)
    if len(usable) == len(faces):
        return faces
    kept = [faces[int(frame)] for frame in usable]
    pictures = np.concatenate([one.frames for one in kept])
    times = np.concatenate([one.times for one in kept])
    # truth and boxes of the frames that stay would have to be moved along; clips with gaps have no truth
    others = tuple(others for one in kept for others in one.others)
    return Clip(pictures, times, crop=faces.crop, labels=faces.labels, others=others, source=faces.source)


def face_at(clip: Clip, frame: int, model: LBPAttention) -> Looked:
    """One frame of a clip of faces. Raises ValueError for a frame that it does not have."""
    if frame >= len(clip):
        raise ValueError(f"frame must be 0 to {len(clip) - 1}; got {frame}")
    one = clip[frame]
    relevance = one.truth.relevance[0] if one.truth is not None and one.truth.relevance is not None else None
    one = replace(one, crop=model.crop)  # `find` has said what does not fit
    return Looked(one, model.pictures(one), relevance)


def drawn(state: FaceState, model: LBPAttention) -> Looked:
    """The synthetic face of a state, with its truth: how far its twin at rest is.

    Raises
    ------
    ValueError
        For a person that the generator lacks.
    """
    shown = render(state.person, settle(state.push), state.scene, SIDE, state.quality)
    twin = _at_rest(state.person, state.scene, state.quality)
    truth = facts(shown, twin)
    frames = studio.cut(shown.image[None])
    edge = (SIDE - frames.shape[1]) // 2
    clip = Clip(frames, np.zeros(1), crop=Crop(frames.shape[1], 0.0), source="synthetic")
    relevance = truth.relevance[edge : SIDE - edge, edge : SIDE - edge]
    return Looked(clip, model.pictures(clip), relevance, studio.moved_most(truth))


@lru_cache(maxsize=2)
def _at_rest(person: Person, scene: Scene, quality: Quality) -> Render:
    # the same for every expression: a dial then draws one head a move, and not two
    return render(person, np.zeros(len(head().action_names), np.float32), scene, SIDE, quality)
