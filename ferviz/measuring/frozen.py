"""Heads on a frozen backbone: every variant of frame attention, and every row that it must beat, on cached vectors."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
import torch
from torch import nn

import ferviz
from ferviz import scores
from ferviz.emotions import LABEL_SETS, Emotion
from ferviz.learning.loop import Schedule, fit
from ferviz.learning.recipes import fresh
from ferviz.learning.sets import Clips
from ferviz.learning.tasks import FeatureTask, features_of
from ferviz.measuring.frames import MOVED, moved
from ferviz.measuring.keeping import kept, learning_from
from ferviz.models.frame_attention import Config, FrameAttention, Variant

__all__ = [
    "EPOCHS",
    "GIVEN",
    "LEARNED_MOVED",
    "NEUTRAL",
    "ROWS",
    "SCHEDULE",
    "VARIANTS",
    "Part",
    "Result",
    "built",
    "features_kept",
    "given",
    "learn",
    "run",
    "sharpness_of",
    "study",
]

VARIANTS: tuple[Variant, ...] = ("mean", "pool", "self", "relation")
GIVEN = ("norm", "top", "not neutral", "sharpness", "oracle")
"""Rows that learn a classifier under weights that they are given: the length of a frame's vector; the highest
probability that the frame classifier gives it; what it leaves to all words but neutral; the variance of the frame's
Laplacian; the truth (evidence)."""
LEARNED_MOVED = ("permuted, learned", "dirichlet, learned", "position, learned", "profile, learned")
"""Rows that learn a classifier under weights of `MOVED`."""
ROWS = (*VARIANTS, *GIVEN, *LEARNED_MOVED, *MOVED)
NEUTRAL = LABEL_SETS["FER2013"].index(Emotion.NEUTRAL)
EPOCHS = 30
SCHEDULE: Mapping[str, Any] = {"batch": 48, "rate": 0.02, "weight_decay": 1e-4}
BATCH = 256  # clips
FEW = 4  # clips whose frames stay near the processor: twice as fast as 16


@dataclass(frozen=True, eq=False)
class Part:
    """A split with its features (N, T, D), and how sharp each frame is (N, T)."""

    clips: Clips
    features: torch.Tensor
    sharpness: torch.Tensor


@dataclass(frozen=True, eq=False)
class Result:
    """What one row gave on the test clips with one head: probabilities (N, 7) and weights (N, T)."""

    probability: torch.Tensor
    weight: torch.Tensor


def built(variant: Variant, seed: int) -> FrameAttention:
    """A compact network with first weights that follow from the seed."""
    return fresh(lambda: FrameAttention(Config.compact(variant)), seed)


def features_kept(model: nn.Module, clips: Clips, folder: Path) -> torch.Tensor:
    """The vector of every frame (N, T, D), worked out once: ``folder`` keeps it by weights and frames."""
    of = (*model.get_submodule("backbone").state_dict().values(), clips.frames, clips.mask)
    return kept(folder, "features", of, lambda: {"features": features_of(model, clips, FEW).contiguous()})["features"]


@torch.no_grad()
def run(model: FrameAttention, features: torch.Tensor, mask: torch.Tensor, alpha: torch.Tensor | None = None) -> Result:
    """What comes after the backbone, under given α (N, T) instead of the model's own."""
    found = []
    for at in torch.arange(len(features)).split(BATCH):
        changes = {} if alpha is None else {"alpha": partial(_instead, alpha[at])}
        with ferviz.intervene(model, changes), ferviz.reading(model, ["weight"]) as seen:
            probability = model.eval().pool(features[at], mask[at]).softmax(-1)
        found.append(Result(probability, seen["weight"]))
    return Result(torch.cat([one.probability for one in found]), torch.cat([one.weight for one in found]))


def _instead(alpha: torch.Tensor, _: torch.Tensor) -> torch.Tensor:
    return alpha


def study(
    parts: Mapping[str, Part], out: Path, seed: int, backbone: int = 0, epochs: int = EPOCHS
) -> Iterator[tuple[str, Result, FrameAttention]]:
    """Every row of `ROWS` with one head: what it gave on the test clips, and the network that did.

    Parameters
    ----------
    parts : mapping
        "train", "validation" and "test".
    out : Path
        Where runs are kept: each resumes, and is read when it is done.
    seed : int
        Of the heads.
    backbone : int
        Its name; with ``seed`` it decides what is drawn for the rows of `MOVED`.
    epochs : int
        Of the heads.
    """
    test, draw = parts["test"], 100 * backbone + seed
    models: dict[str, FrameAttention] = {}
    weights: dict[str, torch.Tensor] = {}  # of self-attention, in each part
    for row in ROWS:
        if row in MOVED:
            alpha: torch.Tensor | None = moved(row, weights["test"], test.clips, draw)
            model = models["self"]
        else:
            known = {
                split: given(row, part, models.get("mean"), weights.get(split), draw) for split, part in parts.items()
            }
            model = learn(row, seed, parts, known["train"], out, epochs)
            alpha = known["test"]
        if row in VARIANTS:
            models[row] = model
        if row == "self":
            weights = {split: run(model, part.features, part.clips.mask).weight for split, part in parts.items()}
        yield row, run(model, test.features, test.clips.mask, alpha), model


def learn(
    row: str, seed: int, parts: Mapping[str, Part], alpha: torch.Tensor | None, out: Path, epochs: int = EPOCHS
) -> FrameAttention:
    """One head on features, without its backbone: resumes, and is read when it is done."""
    train, valid = parts["train"], parts["validation"]
    model = built(VARIANTS[VARIANTS.index(row)] if row in VARIANTS else "pool", seed)
    model.backbone = nn.Identity()  # type: ignore[assignment]  # its vectors are there: no step walks through it
    checked = (valid.features, valid.clips.mask, valid.clips.label)
    task = FeatureTask(train.features, train.clips.mask, train.clips.label, checked, alone=row == "mean", alpha=alpha)
    name, schedule = row.replace(", ", "-"), Schedule(epochs=epochs, seed=seed, **SCHEDULE)
    items = (train.features, train.clips.mask, train.clips.label)  # α follows from these
    fit(model, task, schedule, learning_from(out / f"{name}-{seed}", items), progress=False)
    return model.eval()


@torch.no_grad()
def given(
    row: str, part: Part, frames: FrameAttention | None, own: torch.Tensor | None, draw: int
) -> torch.Tensor | None:
    """The α (N, T) of a row, or None where it is learned.

    ``frames`` is the frame classifier, ``own`` what self-attention weighs, both of the same seed.
    """
    if row == "norm":
        return part.features.norm(dim=-1)
    if row == "top":
        assert frames is not None
        return frames.frame_logits(part.features).softmax(-1).amax(-1)
    if row == "not neutral":
        assert frames is not None
        return 1 - frames.frame_logits(part.features).softmax(-1)[..., NEUTRAL]
    if row == "sharpness":
        return part.sharpness
    if row == "oracle":
        return part.clips.evidence
    if row in LEARNED_MOVED:
        assert own is not None
        return moved(row.removesuffix(", learned"), own, part.clips, draw)
    return None


def sharpness_of(clips: Clips) -> torch.Tensor:
    """`ferviz.scores.by_sharpness` of clips (N, T)."""
    found = scores.by_sharpness(clips.frames.numpy(), clips.mask.numpy())
    return torch.from_numpy(found.astype(np.float32))
