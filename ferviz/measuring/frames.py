"""Weights of frames held against what is known of the frames: one question at a time, and the rows to be beaten."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import numpy.typing as npt
import torch

from ferviz import scores
from ferviz.emotions import LABEL_SETS, Emotion
from ferviz.learning.sets import Clips
from ferviz.measured import Measured
from ferviz.measuring.entries import by_family, entry

__all__ = ["MOVED", "apart", "moved", "recalls"]

Array = npt.NDArray[Any]
MOVED = ("other clip", "permuted", "dirichlet", "position", "profile")
"""Weights under which a network with attention is read again: those of another clip; its own, on other frames of the
clip; random ones, as uneven as its own; the number of the frame; the mean of its own over other people's clips."""
AGAINST = {
    "rest": "area under the ROC curve of the weights for frames that tell (evidence ≥ 0.8) against a face at rest",
    "spoiled": "area under the ROC curve of the weights for frames that tell against spoiled ones at full intensity",
    "intruder": "area under the ROC curve of the weights for frames that tell against an intruder at its height",
}


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


def apart(weights: Mapping[str, Sequence[torch.Tensor]], clips: Clips, seeds: Sequence[int]) -> list[Measured]:
    """Rows → weights (N, T), one a seed: entries by family of what they tell apart, and of what is left to some frames.

    The scores ``rest``, ``spoiled`` and ``intruder`` are those of `scores.frames_auc`; ``on spoiled`` and ``on
    intruder`` the mean weight·T of these frames (1 by chance), all of `scores.frame_kinds`. A clip without one of the
    kinds is left out, and counted.
    """
    kinds = [_kinds(clips, place) for place in range(len(clips))]
    entries: list[Measured] = []
    for row, each in weights.items():
        known = [[w[place][clips.mask[place]].numpy() for place in range(len(clips))] for w in each]
        for name, what in AGAINST.items():
            found = [
                [scores.frames_auc(w, k.tells, getattr(k, name)) for w, k in zip(one, kinds, strict=True)]
                for one in known
            ]
            entries += by_family(found, clips, what=what, of={"row": row, "score": name}, seeds=seeds)
        for name in ("spoiled", "intruder"):
            found = [
                [scores.weight_on(w, getattr(k, name)) for w, k in zip(one, kinds, strict=True)] for one in known
            ]
            place = {"row": row, "score": f"on {name}"}
            entries += by_family(found, clips, what="weight·T of these frames", of=place, seeds=seeds)
    return entries


def _kinds(clips: Clips, place: int) -> scores.Kinds:
    there = clips.mask[place]
    truth = (clips.evidence, clips.intensity, clips.own, clips.intruder)
    evidence, intensity, own, intruder = (each[place][there].numpy() for each in truth)
    own = own | (intensity == 0)  # a face at rest is no intruder
    return scores.frame_kinds(evidence, intensity, own, intruder)


def recalls(right: Mapping[str, Array], clips: Clips, seeds: Sequence[int], bases: Sequence[str]) -> list[Measured]:
    """Rows → whether clips got their label (S, N): the recall of neutral beside that of the rest, and what they differ
    by from the rows ``bases``, paired by clip."""
    neutral = LABEL_SETS["FER2013"].index(Emotion.NEUTRAL)
    entries: list[Measured] = []
    for row, got in right.items():
        for base in (None, *bases):
            if base == row or (base is not None and base not in right):
                continue
            less = 0 if base is None else right[base]
            for part, place in (("neutral", 0), ("rest", 1)):
                both = [_parted(one, clips, neutral, place) for one in got - less]
                what = "mean recall of the labels" if base is None else "difference in mean recall of the labels"
                of = {"row": row, "labels": part}
                entries.append(entry(both, clips.person, what=what, of=of, than=base, seeds=seeds))
    return entries


def _parted(right: Array, clips: Clips, neutral: int, place: int) -> Array:
    return scores.neutral_and_rest(right, clips.label.numpy(), neutral)[place]
