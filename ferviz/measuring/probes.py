"""What finds a leak: small networks read across people, and their balanced accuracy with its interval."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import partial
from typing import Any

import numpy as np
import numpy.typing as npt
import torch
from torch import nn

from ferviz.clip import Clip
from ferviz.emotions import LABEL_SETS
from ferviz.measured import Measured
from ferviz.measuring.entries import REPEATS, way
from ferviz.models import load_model

__all__ = ["EMOTIONS", "Found", "cross_read", "prepared", "score"]

Array = npt.NDArray[Any]
EMOTIONS = tuple(LABEL_SETS["FER2013"])
Found = list[Array] | torch.Tensor
"""What is known of each item: pictures (H, W, 3), sounds (70,), or a table of numbers (N, 6)."""


def small_network() -> nn.Module:
    """About 30,000 weights: enough to read the emotion from frames that show it."""
    layers: list[nn.Module] = []
    for channels_in, channels in ((3, 16), (16, 32), (32, 64)):
        layers += [nn.Conv2d(channels_in, channels, 3, 2, 1), nn.BatchNorm2d(channels), nn.ReLU()]
    return nn.Sequential(*layers, nn.AdaptiveAvgPool2d(3), nn.Flatten(), nn.Dropout(0.2), nn.Linear(576, len(EMOTIONS)))


def small_perceptron() -> nn.Module:
    """For a handful of numbers."""
    return nn.Sequential(nn.Linear(6, 32), nn.ReLU(), nn.Linear(32, 32), nn.ReLU(), nn.Linear(32, len(EMOTIONS)))


def cross_read(
    x: torch.Tensor, y: torch.Tensor, quarter: torch.Tensor, make: Callable[[], nn.Module], epochs: int
) -> Array:
    """What a network that never saw the person says of each item (N,)."""
    said = torch.empty_like(y)
    for fold in range(4):
        torch.manual_seed(fold)
        model, train = make(), torch.nonzero(quarter != fold).ravel()
        steps = epochs * (len(train) // 64)
        optimiser = torch.optim.AdamW(model.parameters(), lr=2e-3, weight_decay=1e-2)
        schedule = torch.optim.lr_scheduler.OneCycleLR(optimiser, 2e-3, total_steps=steps)
        for _ in range(epochs):
            for batch in train[torch.randperm(len(train))].split(64)[: len(train) // 64]:
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
            other = torch.nonzero(quarter == fold).ravel()
            said[other] = torch.cat([model(x[part]).argmax(1) for part in other.split(256)])
    answer: Array = said.numpy()
    return answer


def score(said: Array, true: Array, people: Array, of: Mapping[str, Any]) -> Measured:
    """Balanced accuracy with its 95 % interval over people."""
    hit, one = np.zeros((people.max() + 1, 7)), np.zeros((people.max() + 1, 7))
    np.add.at(hit, (people, true), said == true)
    np.add.at(one, (people, true), 1)
    rng = np.random.default_rng(0)
    picks = rng.integers(len(hit), size=(REPEATS, len(hit)))
    spread = (hit[picks].sum(1) / np.maximum(one[picks].sum(1), 1)).mean(1)
    low, high = np.percentile(spread, [2.5, 97.5])
    found = {"value": (hit.sum(0) / one.sum(0)).mean(), "low": low, "high": high}
    return Measured(
        what="balanced accuracy", of=of, way=way(),
        **{name: round(float(number), 4) for name, number in found.items()},
        items=len(true), unit="clips", people=len(np.unique(people)), left_out=0,
    )  # fmt: skip


def pictures(frames: list[Array]) -> torch.Tensor:
    """(N, 3, H, W), each with mean 0 and spread 1, so that exposure is no hint to look for."""
    x = torch.from_numpy(np.stack(frames)).permute(0, 3, 1, 2).float()
    return (x - x.mean((1, 2, 3), keepdim=True)) / (x.std((1, 2, 3), keepdim=True) + 1)


@torch.no_grad()
def features(frames: list[Array]) -> torch.Tensor:
    """What the backbone of "fan-mean" makes of frames: (N, 256), each with mean 0 and spread 1 over the frames."""
    model = load_model("fan-mean")
    clip = Clip(np.stack(frames), np.arange(len(frames), dtype=float), crop=model.crop)
    x = torch.cat([model.backbone(part) for part in model.prepare(clip)[0][0].split(256)])
    return standard(x.numpy())


def standard(x: Array) -> torch.Tensor:
    """Each column (N, D) with mean 0 and spread 1."""
    return torch.from_numpy(((x - x.mean(0)) / (x.std(0) + 1e-6)).astype(np.float32))


def linear_probe(width: int) -> nn.Module:
    """For so many features."""
    return nn.Sequential(nn.Dropout(0.3), nn.Linear(width, len(EMOTIONS)))


def prepared(found: Found, probe: str) -> tuple[torch.Tensor, Callable[[], nn.Module]]:
    """What a network is given (N, …), and how to make that network."""
    if not isinstance(found, list):
        return found, small_perceptron
    if found[0].ndim == 1 or probe == "fan":
        x = standard(np.stack(found)) if found[0].ndim == 1 else features(found)
        return x, partial(linear_probe, x.shape[1])
    return pictures(found), small_network
