"""Where on the face: attribution to its pixels, and what is lost when a cell of it is covered."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
import torch

from ferviz.attribution import attribute
from ferviz.clip import Clip
from ferviz.explorers.shared.picture import shrunk
from ferviz.flat import is_flat
from ferviz.models.region_attention import RegionAttention
from ferviz.reading import evaluating
from ferviz.scores.covering import cover, filling

__all__ = ["CELLS", "STEPS", "Maps", "worked_out"]

Array = npt.NDArray[Any]

CELLS = 4
"""Cells along one side of the grid that is covered, cell by cell."""
STEPS = 8
"""Of integrated gradients: an answer within a second."""


@dataclass(frozen=True, eq=False)
class Maps:
    """Of one label's logit: ``attribution`` (S, S), integrated gradients of the face's pixels through every crop, held
    against the face blurred; ``removal`` (4, 4), how far the logit falls when a cell of the face is filled with gray;
    ``error``, how far the attributions' sum stays from the logit's difference."""

    attribution: Array
    removal: Array
    error: float

    @property
    def flat(self) -> tuple[bool, bool]:
        """Whether hardly anything differs from place to place: of the attribution, and of the removal."""
        return is_flat(self.attribution), is_flat(self.removal)


def worked_out(model: RegionAttention, clip: Clip, boxes: Array, label: str) -> Maps:
    """The maps of one face. ``boxes`` (N, 4) are its crops in shares, without the whole face; NaN for one not used."""
    pixels = boxes * np.array([clip.width, clip.height] * 2)
    way: dict[str, Any] = {"n_steps": STEPS, "baseline": "blur", "boxes": pixels}
    found = attribute(model, clip, "integrated_gradients", target=label, **way)
    side = model.config.side
    return Maps(
        attribution=shrunk(found["attribution"].values[0], side),
        removal=_cells(model, clip, pixels, list(map(str, model.labels)).index(label)),
        error=float(found["convergence_error"].values[0]),
    )


def _cells(model: RegionAttention, clip: Clip, boxes: Array, label: int) -> Array:
    """How far the logit falls (4, 4) with each cell of the face filled."""
    frame = clip.frames[0]
    fill = filling(frame, "gray")
    middles = (np.arange(CELLS) + 0.5) / CELLS
    covered = [cover(frame, fill, float(x), float(y), 1 / CELLS) for y in middles for x in middles]
    frames = np.stack([frame, *covered])
    faces = Clip(frames, np.arange(len(frames), dtype=float), crop=clip.crop, source=clip.source)
    with torch.no_grad(), evaluating(model):
        logits = model(*model.prepare(faces, boxes=boxes))[:, label].cpu().numpy()
    return (logits[0] - logits[1:]).reshape(CELLS, CELLS)
