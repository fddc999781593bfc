"""Two experiments on one face and its regions, named apart, since they ask two questions.

*Replace a region's input*: one crop shows something else, while all others, the whole face among them, stay. So what
moves is what that region alone is worth to a network of regions. *Cover a cell of the face*: a part of the face is
hidden, and every crop that shows it sees that; it is held against the share of each crop that the cell takes.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import numpy.typing as npt
import torch

from ferviz import asking
from ferviz.arguments import whole
from ferviz.clip import Clip, check_clip
from ferviz.models.model import on_items
from ferviz.models.region_attention import RegionAttention
from ferviz.models.regions import cut
from ferviz.reading import device_of, evaluating, reading
from ferviz.scores.covering import cover, filling
from ferviz.scores.regions import grid_boxes

__all__ = ["Effect", "cell_covered", "input_replaced"]

Array = npt.NDArray[Any]
_READ = ("alpha", "beta", "weight", "contribution")


@dataclass(frozen=True, eq=False)
class Effect:
    """What an experiment did: quantity → array before and after, ``alpha`` (T, N), ``beta`` (T, N) where there is one,
    ``weight`` (T, N), ``contribution`` (T, N, labels) and ``logit`` (T, labels); ``hidden`` (T, N), the share of each
    region's input that was changed."""

    before: Mapping[str, Array]
    after: Mapping[str, Array]
    hidden: Array

    def moved(self, name: str) -> Array:
        """How much larger a quantity is afterwards."""
        return self.after[name] - self.before[name]

    @property
    def answers_otherwise(self) -> npt.NDArray[np.bool_]:
        """Whether the answer to each frame (T,) is another one."""
        return np.asarray(self.before["logit"].argmax(-1) != self.after["logit"].argmax(-1))


def input_replaced(model: RegionAttention, clip: Clip, region: int, *, fill: str = "gray", **about: Any) -> Effect:
    """Let one region show its place in the filled face, and all others what they showed.

    Parameters
    ----------
    model : RegionAttention
    clip : Clip
        Faces without gaps.
    region : int
        0 is the whole face.
    fill : {"gray", "blur", "black"}
        What its crop is cut from; see `ferviz.scores.filling`.
    **about
        ``boxes``; see `RegionAttention.pictures`.

    Raises
    ------
    TypeError, ValueError
        For another model, a region that it has not, a fill that is none, or a clip that it cannot be asked about.
    """
    own, boxes, mask = _crops(model, clip, about)
    whole("region", region, 0, own.shape[1] - 1)
    filled = replace(clip, frames=np.stack([filling(frame, fill) for frame in clip.frames]))
    other, _, _ = _crops(model, filled, about)
    changed = own.clone()
    changed[:, region] = other[:, region]
    hidden = np.zeros(own.shape[:2])
    hidden[:, region] = 1
    return Effect(_read(model, own, boxes, mask), _read(model, changed, boxes, mask), hidden)


def cell_covered(
    model: RegionAttention, clip: Clip, row: int, column: int, *, cells: int = 4, fill: str = "gray", **about: Any
) -> Effect:
    """Fill one cell of a grid of ``cells`` × ``cells`` over the face, from above left, before anything is cut.

    Parameters and errors are those of `input_replaced`; frames must be square.
    """
    whole("cells", cells, 2)
    for name, place in (("row", row), ("column", column)):
        whole(name, place, 0, cells - 1)
    own, boxes, mask = _crops(model, clip, about)
    x, y = (column + 0.5) / cells, (row + 0.5) / cells
    frames = np.stack([cover(frame, filling(frame, fill), x, y, 1 / cells) for frame in clip.frames])
    other, _, _ = _crops(model, replace(clip, frames=frames), about)
    cell, at = grid_boxes(cells)[row * cells + column], boxes.cpu().numpy()
    inside = np.clip(np.minimum(at[..., 2:], cell[2:]) - np.maximum(at[..., :2], cell[:2]), 0, None).prod(-1)
    hidden = inside / (at[..., 2:] - at[..., :2]).prod(-1)
    return Effect(_read(model, own, boxes, mask), _read(model, other, boxes, mask), hidden)


def _crops(
    model: RegionAttention, clip: Clip, about: Mapping[str, Any]
) -> tuple[torch.Tensor, torch.Tensor, torch.Tensor]:
    """Crops (T, N, C, S, S), where they lie, in shares of the face, and which can be used."""
    if not isinstance(model, RegionAttention):
        raise TypeError(f"model must be a RegionAttention; got {type(model).__name__}")
    asking.check_model(model)
    check_clip(clip)
    if clip.gaps:
        raise ValueError(f"clip must have no gaps here; {clip.source!r} has {len(clip.gaps)}")
    face, boxes, mask = (each.to(device_of(model)) for each in model.prepare(clip, **about))
    return cut(face, boxes), boxes, mask


@torch.no_grad()
def _read(model: RegionAttention, crops: torch.Tensor, boxes: torch.Tensor, mask: torch.Tensor) -> dict[str, Array]:
    names = [name for name in _READ if name != "beta" or model.q1 is not None]
    with evaluating(model), reading(model, names) as seen:
        logit = model.pool(on_items(model.backbone, crops), boxes, mask)
        return {name: seen[name].cpu().numpy() for name in names} | {"logit": logit.cpu().numpy()}
