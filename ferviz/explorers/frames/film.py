"""The clips of the explorer *Frames*: faces, how they look, and their features, computed once for each network."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from functools import cache

import numpy as np
import numpy.typing as npt
import torch

from ferviz.clip import Clip, Crop
from ferviz.explorers.shared.faces import Source
from ferviz.explorers.shared.film import CELL, faces_of
from ferviz.explorers.shared.picture import resized
from ferviz.gallery import sample
from ferviz.models.frame_attention import FrameAttention
from ferviz.models.model import on_items

__all__ = ["GUESTS", "Film", "find_film", "guests"]

Array = npt.NDArray[np.uint8]

GUESTS = ("neutral", "happiness", "sadness", "surprise", "fear", "anger", "disgust")
"""The stills that can be inserted: each of another person."""


@dataclass(frozen=True, eq=False)
class Film:
    """``faces``, a clip of faces; ``pictures`` (T, 112, 112, 3), how they are shown; ``features`` by variant (T, D)."""

    faces: Clip
    pictures: Array
    features: dict[str, torch.Tensor] = field(default_factory=dict)

    def under(self, variant: str, model: FrameAttention) -> torch.Tensor:
        """The backbone's features (T, D): computed when first asked for, then kept."""
        if variant not in self.features:
            frames, mask = model.prepare(replace(self.faces, crop=model.crop))  # `find_film` has said what does not fit
            frames = torch.where(mask[:, :, None, None, None], frames, torch.zeros_like(frames))
            with torch.no_grad():
                self.features[variant] = on_items(model.backbone, frames)[0].float().cpu()
        return self.features[variant]


def find_film(source: Source, face: int, model: FrameAttention) -> Film:
    """The faces of a clip as a film. Raises as `faces_of` does."""
    return Film(*faces_of(source, face, model))


def guests() -> Film:
    """The stills that can be inserted, as one film of unrelated frames."""
    frames, crop = _stills()
    clip = Clip(frames, np.arange(len(frames), dtype=float), crop=crop, source="guests")
    return Film(clip, np.stack([resized(frame, CELL) for frame in frames]))


@cache
def _stills() -> tuple[Array, Crop | None]:
    stills = [sample(f"{name}-still") for name in GUESTS]
    return np.concatenate([still.frames for still in stills]), stills[0].crop
