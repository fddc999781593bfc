"""What is learned of faces whose regions are cut out, and how it is scored.

A network of the whole face alone learns random squares of it as well, so that it can be asked about crops; a network of
several regions learns the face and the crops of its scheme together. Covers may be pasted onto faces before that, and
everything is varied afterwards, so that a cover moves with its face.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import numpy.typing as npt
import torch
from torch import nn

from ferviz.arguments import number, whole
from ferviz.faces.pasting import Cutout, paste
from ferviz.learning.answering import answer, check_target, check_targets, cross_entropy, mean_loss
from ferviz.learning.columns import check_shares
from ferviz.learning.sets import Stills, check_sets
from ferviz.learning.variation import vary
from ferviz.models.region_attention import region_biased_loss
from ferviz.models.regions import SIDES, WHOLE
from ferviz.reading import device_of

__all__ = ["Covering", "RegionTask", "covered", "random_squares"]


@dataclass(frozen=True, eq=False)
class Covering:
    """What is pasted onto faces while they are learned: a share ``often`` of them gets one of the ``cutouts``.

    ``points`` (N, 5, 2) are those of the faces, in pixels; a face whose points are NaN is left as it is.
    """

    cutouts: tuple[Cutout, ...]
    points: npt.NDArray[np.floating[Any]]
    often: float = 0.25

    def __post_init__(self) -> None:
        whole("the number of cutouts", len(self.cutouts))
        if self.points.ndim != 3 or self.points.shape[1:] != (5, 2):
            raise ValueError(f"points must have shape (N, 5, 2), five a face; got {self.points.shape}")
        number("often", self.often, "a share from 0 to 1", lambda value: 0 <= value <= 1)

    def __call__(self, pictures: torch.Tensor, items: torch.Tensor, luck: torch.Generator) -> torch.Tensor:
        """Gray faces (B, 1, S, S) uint8, the items of a set, some of them covered."""
        points = self.points[items.numpy()]
        there = np.flatnonzero(np.isfinite(points).all((1, 2)))
        rng = np.random.default_rng(int(torch.randint(2**62, (1,), generator=luck)))
        found = pictures.clone()
        pasted = paste(pictures[there, 0].numpy(), points[there], self.cutouts, rng, often=self.often)
        found[there, 0] = torch.from_numpy(pasted.pictures)
        return found


def covered(stills: Stills, covering: Covering, luck: torch.Generator) -> Stills:
    """The same gray faces with covers pasted on, once and for all."""
    pictures = covering(stills.pictures, torch.arange(len(stills)), luck)
    return Stills(pictures, stills.target, stills.weight, stills.group)


def random_squares(count: int, often: float, luck: torch.Generator) -> torch.Tensor:
    """One box a face (count, 1, 4): for a share ``often`` a square of .70 to .95 of the side, else the whole face."""
    drawn = torch.rand(count, 4, generator=luck)
    side = SIDES[0] + (SIDES[1] - SIDES[0]) * drawn[:, :1]
    corner = (1 - side) * drawn[:, 1:3]
    square = torch.cat([corner, corner + side], 1).clamp(0, 1)
    return torch.where(drawn[:, 3:] < often, square, square.new_tensor(WHOLE))[:, None]


@dataclass(frozen=True)
class RegionTask:
    """Faces with soft targets, for a network that takes a face and boxes.

    Parameters
    ----------
    train : Stills
    validation : mapping of name to Stills
        Scored by accuracy, with the whole face and ``crops``.
    crops : tensor (K, 4), optional
        Left, top, right, bottom in shares of the face, beside the whole face. Where there are none, each picture is a
        random square of the face, or the whole face (`random_squares`).
    views : int
        Pictures of a face, each varied, covered and answered by itself: six views cost what a face with five crops
        does. 1 where there are crops.
    squares : float
        The share of the views that are squares.
    margin : float, optional
        Of the region-biased loss, which is added where it is given (`region_biased_loss`).
    covering : Covering, optional
        What is pasted onto the faces of ``train``.
    erase : float
        See `vary`.
    """

    train: Stills
    validation: Mapping[str, Stills]
    crops: torch.Tensor = field(default_factory=lambda: torch.empty(0, 4))
    views: int = 1
    squares: float = 0.5
    margin: float | None = None
    covering: Covering | None = None
    erase: float = 0.25

    def __post_init__(self) -> None:
        check_sets(Stills, self.train, self.validation)
        check_shares("target", self.train.target)
        whole("views", self.views)
        if self.crops.ndim != 2 or self.crops.shape[1] != 4:
            raise ValueError(f"crops must have shape (K, 4); got {tuple(self.crops.shape)}")
        if len(self.crops) and self.views > 1:
            raise ValueError(f"views must be 1 where there are crops; got {self.views} with {len(self.crops)} crops")
        if self.margin is not None and not len(self.crops):
            raise ValueError(f"margin needs crops that can outweigh the face; got {self.margin!r:.200} and no crops")
        for name in ("squares", "erase"):
            number(name, getattr(self, name), "a share from 0 to 1", lambda value: 0 <= value <= 1)
        if self.covering is not None and len(self.covering.points) != len(self.train):
            have = len(self.covering.points)
            raise ValueError(f"covering must know the points of all {len(self.train)} faces of train; it has {have}")

    def __len__(self) -> int:
        return len(self.train)

    def check(self, model: nn.Module) -> None:
        """Refuse a model that these sets do not fit."""
        for part in (self.train, *self.validation.values()):
            check_targets(model, {None: part.target})

    def loss(self, model: nn.Module, items: torch.Tensor, luck: torch.Generator) -> torch.Tensor:
        items = items.repeat_interleave(self.views)
        pictures = self.train.pictures[items]
        if self.covering is not None:
            pictures = self.covering(pictures, items, luck)
        pictures = vary(pictures.to(device_of(model)), luck, self.erase)
        boxes = self._regions(len(items)) if len(self.crops) else random_squares(len(items), self.squares, luck)
        said = answer(model, pictures, boxes, names=() if self.margin is None else ("alpha",))
        target = self.train.target[items]
        check_target(said.alone, target, tuple(said.only.shape))
        loss = mean_loss(cross_entropy(said.only, target), self.train.weight[items])
        return loss if self.margin is None else loss + region_biased_loss(said.named["alpha"], self.margin).mean()

    def _regions(self, count: int) -> torch.Tensor:
        """The whole face and the crops, the same for all (count, 1 + K, 4)."""
        return torch.cat([self.crops.new_tensor([WHOLE]), self.crops]).expand(count, -1, -1)

    def score(self, model: nn.Module) -> dict[str, float]:
        return {f"{name} accuracy": float(self._right(model, part).mean()) for name, part in self.validation.items()}

    @torch.no_grad()
    def _right(self, model: nn.Module, part: Stills, batch: int = 64) -> torch.Tensor:
        some = [answer(model, seen, self._regions(len(seen))).only.argmax(-1) for seen in part.pictures.split(batch)]
        return (torch.cat(some) == part.target.argmax(-1)).float()
