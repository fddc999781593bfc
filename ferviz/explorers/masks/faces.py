"""The faces of the explorer *Masks*: bundled ones, one's own, and one that is drawn while a hand moves its dials."""

from __future__ import annotations

from dataclasses import dataclass, field, replace

import numpy as np
import numpy.typing as npt
import torch
import xarray as xr

from ferviz.clip import Clip
from ferviz.explorers.masks.net import Response
from ferviz.explorers.shared.face_state import FaceState
from ferviz.explorers.shared.one_face import draw
from ferviz.faces import studio
from ferviz.models.lbp_attention import LBPAttention

__all__ = ["Looked", "drawn", "face_at"]

Array = npt.NDArray[np.float32]


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


def face_at(clip: Clip, frame: int, model: LBPAttention) -> Looked:
    """One frame of a clip of faces. Raises ValueError for a frame that it does not have."""
    if frame >= len(clip):
        raise ValueError(f"frame must be 0 to {len(clip) - 1}; got {frame}")
    one = clip[frame]
    relevance = one.truth.relevance[0] if one.truth is not None and one.truth.relevance is not None else None
    one = replace(one, crop=model.crop)  # `usable_faces` has said what does not fit
    return Looked(one, model.pictures(one), relevance)


def drawn(state: FaceState, model: LBPAttention) -> Looked:
    """The synthetic face of a state, with its truth. Raises ValueError for a person that the generator lacks."""
    one = draw(state)
    return Looked(one.clip, model.pictures(one.clip), one.cut(one.truth.relevance), studio.moved_most(one.truth))
