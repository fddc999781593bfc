"""What finds a leak: small probes read across people, and their balanced accuracy with its interval."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import numpy as np
import numpy.typing as npt
import torch
from sklearn.linear_model import LogisticRegression
from torch import nn

from ferviz.clip import Clip
from ferviz.emotions import LABEL_SETS
from ferviz.measured import Measured
from ferviz.measuring.entries import REPEATS, way
from ferviz.models import FrameAttention, load_model
from ferviz.seeds import seeded

__all__ = ["EMOTIONS", "Found", "Reader", "cross_read", "logistic", "networks", "prepared", "score"]

Array = npt.NDArray[Any]
EMOTIONS = tuple(LABEL_SETS["FER2013"])
Found = list[Array] | torch.Tensor
"""What is known of each item: pictures (H, W, 3), sounds (70,), or a table of numbers (N, 6)."""
Reader = Callable[[torch.Tensor, torch.Tensor, torch.Tensor, int], Array]
"""Learns items (N, …) with their labels (N,) and says what others (M, …) show (M,), given the number of the fold."""
PENALTY = 0.01


def small_network() -> nn.Module:
    """About 30,000 weights: enough to read the emotion from frames that show it."""
    layers: list[nn.Module] = []
    for channels_in, channels in ((3, 16), (16, 32), (32, 64)):
        layers += [nn.Conv2d(channels_in, channels, 3, 2, 1), nn.BatchNorm2d(channels), nn.ReLU()]
    return nn.Sequential(*layers, nn.AdaptiveAvgPool2d(3), nn.Flatten(), nn.Dropout(0.2), nn.Linear(576, len(EMOTIONS)))


def small_perceptron() -> nn.Module:
    """For a handful of numbers."""
    return nn.Sequential(nn.Linear(6, 32), nn.ReLU(), nn.Linear(32, 32), nn.ReLU(), nn.Linear(32, len(EMOTIONS)))


def cross_read(x: torch.Tensor, y: torch.Tensor, quarter: torch.Tensor, read: Reader) -> Array:
    """What a probe that never saw the person says of each item (N,): three quarters are learned, one is read."""
    said = np.empty(len(y), int)
    for fold in range(4):
        train, other = quarter != fold, (quarter == fold).numpy()
        said[other] = read(x[train], y[train], x[quarter == fold], fold)
    return said


def networks(make: Callable[[], nn.Module], epochs: int) -> Reader:
    """Probes that are trained: pictures mirrored in half of the batches."""

    def read(x: torch.Tensor, y: torch.Tensor, new: torch.Tensor, fold: int) -> Array:
        if len(x) < 64:
            raise ValueError(f"a probe must learn from 64 items or more, a batch; got {len(x)}")
        with seeded(fold):
            return learned(x, y, new)

    def learned(x: torch.Tensor, y: torch.Tensor, new: torch.Tensor) -> Array:
        model, steps = make(), epochs * (len(x) // 64)
        optimiser = torch.optim.AdamW(model.parameters(), lr=2e-3, weight_decay=1e-2)
        schedule = torch.optim.lr_scheduler.OneCycleLR(optimiser, 2e-3, total_steps=steps)
        for _ in range(epochs):
            for batch in torch.randperm(len(x)).split(64)[: len(x) // 64]:
                inputs = x[batch]
                if x.dim() == 4 and torch.rand(()) < 0.5:
                    inputs = inputs.flip(3)
                loss = nn.functional.cross_entropy(model(inputs), y[batch], label_smoothing=0.05)
                optimiser.zero_grad()
                loss.backward()
                optimiser.step()
                schedule.step()
        model.eval()
        with torch.no_grad():
            said: Array = torch.cat([model(part).argmax(1) for part in new.split(256)]).numpy()
        return said

    return read


def logistic(x: torch.Tensor, y: torch.Tensor, new: torch.Tensor, fold: int) -> Array:
    """Multinomial logistic regression: the least mean cross-entropy + `PENALTY` / 2 · |weights|², whatever the fold.

    On vectors of this backbone that penalty was chosen for another question (``CNN mean`` of
    data_scripts/measure_video_features.py), so that none is chosen here.
    """
    model = LogisticRegression(C=1 / (PENALTY * len(x)), max_iter=2000).fit(x.numpy(), y.numpy())
    said: Array = model.predict(new.numpy())
    return said


def score(said: Array, true: Array, people: Array, of: Mapping[str, Any], left_out: int = 0) -> Measured:
    """Balanced accuracy, over the labels that are there, with its 95 % interval over people."""
    names, whose = np.unique(people, return_inverse=True)
    hit, one = np.zeros((len(names), 7)), np.zeros((len(names), 7))
    np.add.at(hit, (whose, true), said == true)
    np.add.at(one, (whose, true), 1)
    rng = np.random.default_rng(0)
    picks = rng.integers(len(names), size=(REPEATS, len(names)))
    low, high = np.percentile(_balanced(hit[picks].sum(1), one[picks].sum(1)), [2.5, 97.5])
    value, low, high = (round(float(number), 4) for number in (_balanced(hit.sum(0), one.sum(0)), low, high))
    return Measured(
        what="balanced accuracy", of=of, value=value, low=low, high=high, way=way(),
        items=len(true), unit="clips", people=len(names), left_out=left_out,
    )  # fmt: skip


def _balanced(hit: Array, one: Array) -> Array:
    """The mean share that is right (…) of labels (…, E), of those that are there."""
    found: Array = np.nanmean(np.where(one > 0, hit / np.maximum(one, 1), np.nan), -1)
    return found


def pictures(frames: list[Array]) -> torch.Tensor:
    """(N, 3, H, W), each with mean 0 and spread 1, so that exposure is no hint to look for."""
    x = torch.from_numpy(np.stack(frames)).permute(0, 3, 1, 2).float()
    return (x - x.mean((1, 2, 3), keepdim=True)) / (x.std((1, 2, 3), keepdim=True) + 1)


@torch.no_grad()
def features(frames: list[Array]) -> torch.Tensor:
    """What the backbone of "fan-mean" makes of frames: (N, 256), each with mean 0 and spread 1 over the frames."""
    model = load_model("fan-mean")
    assert isinstance(model, FrameAttention)
    clip = Clip(np.stack(frames), np.arange(len(frames), dtype=float), crop=model.crop)
    x = torch.cat([model.backbone(part) for part in model.prepare(clip)[0][0].split(256)])
    return standard(x.numpy())


def standard(x: Array) -> torch.Tensor:
    """Each column (N, D) with mean 0 and spread 1."""
    return torch.from_numpy(((x - x.mean(0)) / (x.std(0) + 1e-6)).astype(np.float32))


def prepared(found: Found, probe: str, epochs: int) -> tuple[torch.Tensor, Reader]:
    """What a probe is given (N, …), and how it learns and reads."""
    if not isinstance(found, list):
        return found, networks(small_perceptron, epochs)
    if found[0].ndim == 1 or probe == "fan":
        return standard(np.stack(found)) if found[0].ndim == 1 else features(found), logistic
    return pictures(found), networks(small_network, epochs)
