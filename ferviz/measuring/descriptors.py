"""Clips as statistics of their frames' features, under a linear machine: each statistic by itself, and all."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
import numpy.typing as npt
import torch
import xarray as xr

from ferviz.emotions import LABEL_SETS
from ferviz.learning.clip_svm import fit_svm
from ferviz.learning.sets import Clips
from ferviz.models.descriptor import STATISTICS, descriptor
from ferviz.models.multi_task import MultiTask

__all__ = ["BIAS", "OF", "by_answers", "by_statistics"]

Array = npt.NDArray[Any]
OF: Mapping[str, tuple[str, ...]] = {
    **{name: (name,) for name in STATISTICS},
    "mean, std": ("mean", "std"),
    "mean, std, min, max": STATISTICS,
}
"""Rows of the machine, by what its descriptors are made of."""
BIAS = "bias"
LABELS = LABEL_SETS["FER2013"]
_BATCH = 64  # clips


def by_statistics(
    features: Mapping[str, torch.Tensor], clips: Mapping[str, Clips], seed: int
) -> dict[str, tuple[Array, Array]]:
    """Which test clips (N,) get their label by each row of `OF`, and what each statistic, and last the bias, adds to
    how far the decision on the answer is ahead of the mean decision (N, S + 1): it is their sum.

    ``features`` (N, T, D) and ``clips`` are those of "train" and "test". The machine's C is the author's, 1.1: nothing
    is chosen.
    """
    found = {}
    test = clips["test"]
    for name, of in OF.items():
        made = {
            split: torch.cat([descriptor(x, mask, of) for x, mask in _batches(features[split], clips[split])])
            for split in ("train", "test")
        }
        svm = fit_svm(made["train"].double(), clips["train"].label, of=of, seed=seed)
        told = svm.shares(made["test"].double())
        answer = told["decision"].values.argmax(1)
        place = np.array([LABELS.index(label) for label in svm.labels])[answer]
        found[name] = (place == test.label.numpy()).astype(float), _ahead(told, answer)
    return found


def _ahead(told: xr.Dataset, answer: Array) -> Array:
    """What each statistic, and the bias, adds to how far the decision is ahead of the mean one (N, S + 1)."""
    bias = np.broadcast_to(told["bias"].values, (len(answer), 1, told.sizes["emotion"]))
    parts = np.concatenate([told["share"].values, bias], 1)  # (N, S + 1, K)
    found: Array = np.take_along_axis(parts - parts.mean(2, keepdims=True), answer[:, None, None], 2)[..., 0]
    return found


@torch.no_grad()
def by_answers(model: MultiTask, features: torch.Tensor, clips: Clips) -> Array:
    """Which clips (N,) get their label by the mean of the probabilities that their frames get."""
    model.eval()
    said = []
    for x, mask in _batches(features, clips):
        each = model.from_features(x.flatten(0, 1))["emotion"].softmax(1).unflatten(0, x.shape[:2])
        said.append((each * mask[..., None]).sum(1))
    return np.asarray((torch.cat(said).argmax(1) == clips.label).double().numpy())


def _batches(features: torch.Tensor, clips: Clips) -> Any:
    return zip(features.split(_BATCH), clips.mask.split(_BATCH), strict=True)

