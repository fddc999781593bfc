"""Clips as statistics of their frames' features, under a linear machine: each statistic by itself, and all."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
import numpy.typing as npt
import torch

from ferviz.emotions import LABEL_SETS
from ferviz.learning.clip_svm import fit_svm
from ferviz.learning.sets import Clips
from ferviz.models.descriptor import STATISTICS, descriptor
from ferviz.models.multi_task import MultiTask

__all__ = ["OF", "by_answers", "by_statistics"]

Array = npt.NDArray[Any]
OF: Mapping[str, tuple[str, ...]] = {
    **{name: (name,) for name in STATISTICS},
    "mean, std": ("mean", "std"),
    "mean, std, min, max": STATISTICS,
}
"""Rows of the machine, by what its descriptors are made of."""
LABELS = LABEL_SETS["FER2013"]
_BATCH = 64  # clips


def by_statistics(
    features: Mapping[str, torch.Tensor], clips: Mapping[str, Clips], seed: int
) -> dict[str, tuple[Array, Array]]:
    """Which test clips (N,) get their label by each row of `OF`, and the share of each statistic in it (N, S).

    ``features`` (N, T, D) and ``clips`` are those of "train" and "test". The machine's C is the author's, 1.1: nothing
    is chosen. A share is that of the statistic in how far the answer is ahead of the mean of all labels.
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
        share = told["share"].values - told["share"].values.mean(2, keepdims=True)  # (N, S, K)
        ahead = np.take_along_axis(share, answer[:, None, None], 2)[..., 0]
        found[name] = (place == test.label.numpy()).astype(float), ahead
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

