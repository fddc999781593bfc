"""Region attention on frozen bodies: vectors of faces and crops, worked out once, and heads that learn on them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from types import MappingProxyType
from typing import Any, cast

import numpy as np
import numpy.typing as npt
import torch
from lightning_fabric import is_wrapped
from torch import nn

from ferviz import weights
from ferviz.learning.answering import check_targets, cross_entropy
from ferviz.learning.loop import Schedule, fit
from ferviz.learning.recipes import WEIGHTS, fresh
from ferviz.learning.recipes.region_attention import MARGIN
from ferviz.measuring.keeping import kept, learning_from
from ferviz.models.model import on_items
from ferviz.models.region_attention import Config, RegionAttention, Squash, Variant, region_biased_loss
from ferviz.models.regions import WHOLE, cut
from ferviz.reading import evaluating, reading

__all__ = [
    "EPOCHS",
    "ROWS",
    "SCHEDULE",
    "HeadTask",
    "Row",
    "Vectors",
    "at_row",
    "joined",
    "learn",
    "loaded",
    "vectors_kept",
]

Array = npt.NDArray[Any]
EPOCHS = 20
SCHEDULE: Mapping[str, Any] = MappingProxyType({"batch": 128, "rate": 0.05, "weight_decay": 1e-4})
_BATCH = 64  # faces, whose crops stay near the processor


@dataclass(frozen=True)
class Row:
    """What a head is: its ``variant``, on the crops of a ``layout`` (of which there are ``count``, where they are
    random), its ``squash``, the ``margin`` of the RB-loss, None without, and the ``tables`` where it stands."""

    variant: Variant
    layout: str = "fixed"
    margin: float | None = None
    squash: Squash = "sigmoid"
    count: int = 5
    tables: tuple[str, ...] = ("accuracy",)

    @property
    def crops(self) -> str:
        """The name of its crops: that of the layout, and how many random ones there are."""
        return f"random {self.count}" if self.layout == "random" else self.layout

    def told(self) -> dict[str, Any]:
        """What an entry of a sweep says of it."""
        margin = "none" if self.margin is None else self.margin
        return {"variant": self.variant, "crops": self.crops, "squash": self.squash, "margin": margin}


def _rows() -> dict[str, Row]:
    both = ("accuracy", "schemes")
    pair = Row("relation", margin=MARGIN, tables=(*both, "margins"))
    rows = {"ran-face": Row("face"), "ran-mean": Row("mean", tables=both)}
    rows |= {"ran-self": replace(pair, variant="self", tables=both), "ran": pair}
    rows["no RB-loss"] = replace(pair, margin=None, tables=("accuracy", "margins"))
    for layout in ("code", "random", "landmark"):
        for name in ("ran-mean", "ran-self", "ran"):
            counted = layout == "random" and name != "ran-self"
            tables = ("schemes", "counts") if counted else ("schemes",)
            rows[f"{name}, {layout}"] = replace(rows[name], layout=layout, tables=tables)
    swept: tuple[tuple[Squash, tuple[float | None, ...]], ...] = (
        ("sigmoid", (0.0, 0.05, 0.2, 0.3)),
        ("softmax", (None, 0.0, 0.02, 0.1)),
    )
    for squash, margins in swept:
        for margin in margins:
            name = f"{squash}, {'no RB-loss' if margin is None else margin}"
            rows[name] = replace(pair, margin=margin, squash=squash, tables=("margins",))
    for count in (1, 2, 3, 8):
        for name in ("ran-mean", "ran"):
            rows[f"{name}, {count} crops"] = replace(rows[name], layout="random", count=count, tables=("counts",))
    return rows


ROWS: Mapping[str, Row] = MappingProxyType(_rows())
"""Every head that learns."""


@dataclass(frozen=True, eq=False)
class Vectors:
    """What a backbone makes of regions: ``features`` (N, K, D), and which of them are there (N, K)."""

    features: torch.Tensor
    mask: torch.Tensor

    def __getitem__(self, at: Any) -> Vectors:
        """Some of the faces."""
        return Vectors(self.features[at], self.mask[at])


def joined(parts: Iterable[Vectors]) -> Vectors:
    """Regions side by side."""
    parts = list(parts)
    return Vectors(torch.cat([p.features for p in parts], 1), torch.cat([p.mask for p in parts], 1))


def loaded(folder: Path, variant: Variant) -> RegionAttention:
    """A compact network that ``ferviz train`` left in a folder. Raises FileNotFoundError where there is none."""
    path = folder / WEIGHTS
    if not path.is_file():
        raise FileNotFoundError(f"{path} is not there: ferviz train leaves it")
    model = RegionAttention(Config.compact(variant))
    weights.load(path, model)
    return model.eval()


def vectors_kept(model: RegionAttention, pictures: torch.Tensor, boxes: Array, folder: Path) -> Vectors:
    """The vectors of crops (N, K, 4), in shares of the faces, worked out once: kept by weights, pictures and boxes.

    Where a box is NaN there is no region.
    """
    known = np.asarray(np.isfinite(boxes).all(-1))
    shares = torch.from_numpy(np.where(known[..., None], boxes, WHOLE).astype(np.float32))
    of = (*model.backbone.state_dict().values(), pictures, shares)
    found = kept(folder, "vectors", of, lambda: {"features": _vectors(model, pictures, shares)})
    return Vectors(found["features"], torch.from_numpy(known))


@torch.no_grad()
def _vectors(model: RegionAttention, pictures: torch.Tensor, boxes: torch.Tensor) -> torch.Tensor:
    found = []
    with evaluating(model):
        for some, at in zip(pictures.split(_BATCH), boxes.split(_BATCH), strict=True):
            face, _, _ = model.inputs(some, at)
            found.append(on_items(model.backbone, cut(face, at)))
    return torch.cat(found)


def at_row(row: Row, whole: Vectors, crops: Mapping[str, Vectors]) -> Vectors:
    """What a row is given: the whole face, and the crops of its layout where its variant has some."""
    return whole if row.variant == "face" else joined((whole, crops[row.crops]))


@dataclass(frozen=True, eq=False)
class HeadTask:
    """Shares of labels ``target`` (N, L) to be learned from vectors of regions: only what comes after the backbone.

    ``margin`` is that of the region-biased loss, or None without it; ``validation`` is scored by accuracy.
    """

    train: Vectors
    target: torch.Tensor
    validation: tuple[Vectors, torch.Tensor]
    margin: float | None = None
    methods = ("pool",)

    def __len__(self) -> int:
        return len(self.target)

    def check(self, model: nn.Module) -> None:
        """Refuse a model that these labels do not fit."""
        check_targets(model, {None: self.target})

    def loss(self, model: nn.Module, items: torch.Tensor, luck: torch.Generator) -> torch.Tensor:
        del luck  # nothing is drawn
        own = cast(nn.Module, model.module if is_wrapped(model) else model)
        with reading(own, ["alpha"], detach=False) as seen:
            logits = cast(Any, model).pool(self.train.features[items], None, self.train.mask[items])
        loss = cross_entropy(logits, self.target[items]).mean()
        if self.margin is None:
            return loss
        return loss + region_biased_loss(seen["alpha"], self.margin, mask=self.train.mask[items]).mean()

    @torch.no_grad()
    def score(self, model: nn.Module) -> dict[str, float]:
        vectors, target = self.validation
        said = cast(Any, model).pool(vectors.features, None, vectors.mask).argmax(-1)
        return {"accuracy": float((said == target.argmax(-1)).float().mean())}


def learn(row: Row, task: HeadTask, seed: int, out: Path, epochs: int = EPOCHS) -> RegionAttention:
    """One head on vectors, without its backbone: resumes, and is read when it is done."""
    config = replace(Config.compact(row.variant), squash=row.squash)
    model = fresh(lambda: RegionAttention(config), seed)
    model.backbone = nn.Identity()  # type: ignore[assignment]  # its vectors are there: no step walks through it
    learning_from(out, (task.train.features, task.train.mask, task.target))
    fit(model, task, Schedule(epochs=epochs, seed=seed, **SCHEDULE), out, progress=False)
    return model.eval()
