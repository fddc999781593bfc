"""Attention over frames or regions from the features on: what is run again at each move of a hand.

The backbone has run once; pooling costs a millisecond, so that every item can be dropped, and a path of features be
followed, while a hand moves. An item is a frame of `FrameAttention` or a region of `RegionAttention`.

`ferviz.attribution.attribute` and `ferviz.scores.removal` give the same numbers (a test holds them together), but they
start from the pixels of a clip: the backbone would run at each move, and there is no clip in which a frame is repeated
or a guest sits among the others.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import numpy as np
import numpy.typing as npt
import torch
from torch.nn import functional

from ferviz.intervene import intervene
from ferviz.models.attention import beside, normalised
from ferviz.models.frame_attention import FrameAttention
from ferviz.models.region_attention import RegionAttention
from ferviz.reading import evaluating, reading

__all__ = ["Moved", "Pooled", "Pooling", "attribution", "pool", "removal"]

Array = npt.NDArray[np.float32]
Pooling = FrameAttention | RegionAttention

PATH = 16  # points of the path of integrated gradients: the midpoints of as many steps


@dataclass(frozen=True, eq=False)
class Moved:
    """An intervention: ``name`` is "weight" or "alpha", ``values`` (T,) are what it becomes. Weights are made to sum
    to 1 over the usable items; alpha goes on through the model as it is."""

    name: Literal["weight", "alpha"]
    values: Array


@dataclass(frozen=True, eq=False)
class Pooled:
    """What comes after the backbone, for T frames of a clip or regions of a face, and E labels; NaN at those that
    cannot be used.

    ``alpha``, ``beta`` (None where the variant has none), ``weight`` (T,); ``contribution`` (T, E); ``alone`` (T, E),
    the probabilities if this item had all the weight (with the anchor as it is); ``answers`` (T, E), the same before
    the softmax (where probabilities are averaged: these); ``probability`` (E,).
    """

    alpha: Array
    beta: Array | None
    weight: Array
    contribution: Array
    alone: Array
    answers: Array
    probability: Array


def pool(model: Pooling, features: torch.Tensor, usable: npt.NDArray[np.bool_], moved: Moved | None) -> Pooled:
    """Pool the features (T, D) of frames or regions, with one quantity moved or none."""
    mask = torch.from_numpy(usable)[None]
    with torch.no_grad():
        seen = _run(model, features[None], mask, moved)
        vectors = seen["feature"] if model.q1 is None else beside(seen["feature"], seen["anchor"])
        answers = functional.linear(vectors, model.classify.weight, model.classify.bias)
    alone = answers.softmax(-1)

    def array(value: torch.Tensor) -> Array:
        out = value[0].cpu().numpy().astype(np.float32)
        out[~usable] = np.nan
        return out

    return Pooled(
        alpha=array(seen["alpha"]),
        beta=array(seen["beta"]) if "beta" in seen else None,
        weight=array(seen["weight"]),
        contribution=array(seen["contribution"]),
        alone=array(alone),
        answers=array(alone if _averages_answers(model) else answers),
        probability=seen["logits"].softmax(-1)[0].cpu().numpy(),
    )


def removal(
    model: Pooling, features: torch.Tensor, usable: npt.NDArray[np.bool_], moved: Moved | None, label: int
) -> Array:
    """How far the logit of a label falls when an item is dropped: (T,), NaN where that is not defined.

    It is ``logit_drop`` of `ferviz.scores.removal`. Where probabilities are averaged, a logit is the logarithm of one.
    """
    out = np.full(len(usable), np.nan, np.float32)
    places = np.flatnonzero(usable)
    if len(places) < 2:
        return out
    masks = np.repeat(usable[None], len(places) + 1, 0)  # the first is with all of them
    masks[np.arange(len(places)) + 1, places] = False
    with torch.no_grad():
        seen = _run(model, features.expand(len(masks), -1, -1), torch.from_numpy(masks), moved)
    logits = seen["logits"].cpu().numpy()
    fall = logits[0, label] - logits[1:, label]
    # of equal items what is left is rounding, which a division by its own size would make a finding
    out[places] = np.where(np.abs(fall) <= 1e-6 * np.abs(logits).max(), 0, fall)
    return out


def attribution(
    model: Pooling, features: torch.Tensor, usable: npt.NDArray[np.bool_], moved: Moved | None, label: int
) -> tuple[Array, float]:
    """Integrated gradients of a label's logit over the features, summed an item: (T,), and the error of their sum.

    The path runs from features of 0 (nothing was found in any item) to their own. Sundararajan M., Taly A., Yan
    Q., "Axiomatic attribution for deep networks", ICML 2017, arXiv:1703.01365. The error is how far the sum stays from
    the difference of the logits at both ends, which it equals for a path of endless steps.
    """
    steps = (torch.arange(PATH, device=features.device) + 0.5) / PATH
    path = (features * steps[:, None, None]).requires_grad_()
    mask = torch.from_numpy(usable)[None]
    logits = _run(model, path, mask.expand(PATH, -1), moved)["logits"]
    (slope,) = torch.autograd.grad(logits[:, label].sum(), path)
    out = (slope.mean(0) * features).sum(-1).cpu().numpy().astype(np.float32)
    with torch.no_grad():
        ends = _run(model, torch.stack([features * 0, features]), mask.expand(2, -1), moved)["logits"][:, label]
    out[~usable] = np.nan
    return out, float(np.nansum(out)) - float(ends[1] - ends[0])


def _run(
    model: Pooling, features: torch.Tensor, mask: torch.Tensor, moved: Moved | None
) -> dict[str, torch.Tensor]:
    """All named quantities of features (B, T, D), and the logits."""

    def change(value: torch.Tensor) -> torch.Tensor:
        assert moved is not None
        value = torch.from_numpy(moved.values).to(value).expand_as(value)
        return normalised(value, mask) if moved.name == "weight" else value

    mask = mask.to(features.device)
    # in evaluation: dropout would give another answer each time
    with evaluating(model), reading(model) as read, intervene(model, {} if moved is None else {moved.name: change}):
        logits = model.pool(features, **{str(model.items[0].mask): mask})
    return {**read, "logits": logits}


def _averages_answers(model: Pooling) -> bool:
    return isinstance(model, FrameAttention) and model.config.variant == "mean"
