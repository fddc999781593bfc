"""Weights of frames held against what is known of the frames: one question at a time, and the rows to be beaten.

What `ferviz.scores` says of one clip is worked out here for all clips at once (a test holds the two together), since a
study asks it of hundreds of networks.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
import numpy.typing as npt
import torch

from ferviz import scores
from ferviz.learning.sets import Clips
from ferviz.learning.votes import LEVELS
from ferviz.scores.apart import TELLS

__all__ = ["MOVED", "SCORES", "Truth", "moved", "truth_of", "weight_scores"]

Array = npt.NDArray[Any]
MOVED = ("other clip", "permuted", "dirichlet", "position", "profile")
"""Weights under which a network with attention is read again: those of another clip; its own, on other frames of the
clip; random ones, as uneven as its own; the number of the frame; the mean of its own over other people's clips."""
SCORES: Mapping[str, str] = {
    "rest": "area under the ROC curve for frames that tell (evidence ≥ 0.8) against a face at rest",
    "spoiled": "area under the ROC curve for frames that tell against spoiled ones at full intensity",
    "intruder": "area under the ROC curve for frames that tell against an intruder at its height",
    "intruder, full": "area under the ROC curve for frames that tell against an intruder at full intensity",
    "votes": "area under the ROC curve for pictures with 70 % of the votes or more against those with 20 % or less",
    "on spoiled": "weight·T of spoiled frames at full intensity",
    "on intruder": "weight·T of frames of an intruder at its height",
    "tau evidence": "Kendall's τ-b with the evidence",
    "tau intensity": "Kendall's τ-b with the intensity",
}
SAME = 1e-6  # of the largest one, as in `ferviz.scores`: less of a difference is rounding


class Truth:
    """What is known of the frames of N clips: ``mask`` (N, T), pairs of kinds of frames, and numbers to agree with."""

    def __init__(self, mask: Array, pairs: Mapping[str, tuple[Array, Array]], numbers: Mapping[str, Array]) -> None:
        self.mask, self.pairs = mask, pairs
        self.signs = {name: _signs(values, mask) for name, values in numbers.items()}


def truth_of(clips: Clips) -> Truth:
    """The kinds of frames of `ferviz.scores.frame_kinds`; of real faces, those with many votes and with few."""
    mask, evidence, intensity = clips.mask.numpy(), clips.evidence.numpy(), clips.intensity.numpy()
    if not np.isfinite(intensity[mask]).any():
        many, few = LEVELS[0][0] - SAME, LEVELS[-1][1] + SAME
        return Truth(mask, {"votes": (mask & (evidence >= many), mask & (evidence <= few))}, {"evidence": evidence})
    found = np.zeros((4, *mask.shape), bool)
    own = clips.own.numpy() | (intensity == 0)  # a face at rest is no intruder
    for place, there in enumerate(mask):
        known = (each[place][there] for each in (evidence, intensity, own, clips.intruder.numpy()))
        found[:, place, there] = scores.frame_kinds(*known)
    tells = found[0]
    pairs = {name: (tells, less) for name, less in zip(("rest", "spoiled", "intruder"), found[1:], strict=True)}
    pairs["intruder, full"] = (tells, found[3] & (intensity >= TELLS - SAME))  # some come in faintly
    return Truth(mask, pairs, {"evidence": evidence, "intensity": intensity})


def weight_scores(weight: Array, truth: Truth, *, sign: bool = False) -> dict[str, Array]:
    """What weights (N, T) tell apart, and how far they agree with the truth: the `SCORES` (N,), NaN where undefined.

    Parameters
    ----------
    weight : array (N, T)
    truth : Truth
    sign : bool
        Whether they may be below 0, as contributions are: then there is no share of weight on some frames.
    """
    mine = _signs(weight, truth.mask)
    found = {name: _area(mine, *pair) for name, pair in truth.pairs.items()}
    found |= {f"tau {name}": _tau(mine, signs) for name, signs in truth.signs.items()}
    if not sign:
        told = {name: less for name, (_, less) in truth.pairs.items() if name in ("spoiled", "intruder")}
        found |= {f"on {name}": _share(weight, less, truth.mask) for name, less in told.items()}
    return found


def _signs(values: Array, mask: Array) -> Array:
    """Which of two frames has more, (N, T, T): 1, 0 or −1; 0 where one is not there, or all are the same."""
    known = np.where(mask, values, 0.0)
    spread = np.where(mask, known, -np.inf).max(1) - np.where(mask, known, np.inf).min(1)
    uneven = spread > SAME * np.abs(known).max(1)
    there = mask[:, :, None] & mask[:, None, :] & uneven[:, None, None]
    return np.sign(known[:, :, None] - known[:, None, :]).astype(np.float32) * there


def _area(signs: Array, more: Array, less: Array) -> Array:
    count = (more.sum(1) * less.sum(1)).astype(float)
    won = np.einsum("nij,ni,nj->n", signs, more.astype(np.float32), less.astype(np.float32))
    return np.where(count > 0, (won / np.maximum(count, 1) + 1) / 2, np.nan)


def _tau(signs: Array, truth: Array) -> Array:
    """τ-b: pairs of frames that agree less those that do not, by those that are tied in neither."""
    untied = np.sqrt(np.abs(signs).sum((1, 2)) * np.abs(truth).sum((1, 2)))
    return np.where(untied > 0, (signs * truth).sum((1, 2)) / np.where(untied > 0, untied, 1), np.nan)


def _share(weight: Array, chosen: Array, mask: Array) -> Array:
    """The mean weight of some frames by the mean of all of the clip (N,)."""
    count = chosen.sum(1)
    of_these = (weight * chosen).sum(1) / np.maximum(count, 1)
    return np.where(count > 0, of_these * mask.sum(1) / (weight * mask).sum(1), np.nan)


def moved(row: str, weight: torch.Tensor, clips: Clips, seed: int) -> torch.Tensor:
    """The weights (N, T) of a row of `MOVED`, from a network's own.

    Raises
    ------
    ValueError
        For another row.
    """
    if row not in MOVED:
        raise ValueError(f"row must be one of {', '.join(MOVED)}; got {row!r}")
    own, mask = weight.double().numpy(), clips.mask.numpy()
    rng = np.random.default_rng([seed, MOVED.index(row)])
    if row == "position":
        found = scores.by_position(mask)
    elif row == "profile":
        found = scores.others_profile(own, mask, clips.person)
    else:
        change = {"other clip": scores.other_clips, "permuted": scores.permuted, "dirichlet": scores.uneven}[row]
        found = change(own, mask, rng)
    return torch.from_numpy(found).to(weight)
