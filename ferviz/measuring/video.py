"""Features of whole clips, and networks that learn them: static, geometric and spatio-temporal."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
import numpy.typing as npt
import torch
from torch import nn
from torch.nn import functional

from ferviz import lbp
from ferviz.emotions import LABEL_SETS
from ferviz.learning.sets import Clips
from ferviz.learning.variation import vary
from ferviz.models.attention import normalised, weighted_mean

__all__ = [
    "PENALTIES",
    "Convolutional",
    "Linear",
    "Recurrent",
    "WholeClips",
    "lbp_histograms",
    "linear",
    "logistic",
    "pooled",
    "track_statistics",
]

PENALTIES = (0.00001, 0.0001, 0.001, 0.01, 0.1, 1.0, 10.0, 100.0)

LABELS = len(LABEL_SETS["FER2013"])
NOSE, RIGHT_EYE, LEFT_EYE = np.r_[27:36], np.r_[36:42], np.r_[42:48]  # of the 68 landmarks, counted from 0
STEADY = np.concatenate([NOSE, RIGHT_EYE, LEFT_EYE])


def lbp_histograms(clips: Clips, grid: tuple[int, int]) -> torch.Tensor:
    """Histograms of uniform patterns in blocks, averaged over the frames of each clip: (N, rows · columns · 59)."""
    found = []
    for frames, mask in zip(clips.frames, clips.mask, strict=True):
        codes = lbp.codes(frames[mask], kind="uniform")[:, 1:-1, 1:-1]  # those at the border know of the zeros outside
        blocks = lbp.histogram(codes, bins=lbp.bins("uniform"), grid=grid)
        found.append(blocks.mean(0).flatten())
    return torch.stack(found)


def pooled(features: torch.Tensor, mask: torch.Tensor) -> dict[str, torch.Tensor]:
    """Vectors of frames (N, T, D) → their mean, maximum and standard deviation over the frames there are (N, D)."""
    weight = normalised(torch.ones(mask.shape), mask)
    mean = weighted_mean(features, weight)
    most = features.masked_fill(~mask[..., None], -torch.inf).amax(1)
    return {"mean": mean, "max": most, "std": weighted_mean((features - mean[:, None]) ** 2, weight).sqrt()}


def in_face(landmarks: npt.NDArray[np.float32]) -> npt.NDArray[np.float64]:
    """Landmarks (T, 68, 2) without the movement of the head in the picture's plane.

    Each frame is moved, turned and scaled so that its eyes and nose fit their mean over the clip with the least
    squares; then the line between the eyes becomes the x axis, its length 1, and the middle of eyes and nose 0.
    """
    points = landmarks[..., 0].astype(float) + 1j * landmarks[..., 1]  # (T, 68): a turn and a scale are one factor
    steady = points[:, STEADY]
    centre, mean = steady.mean(1, keepdims=True), steady.mean(0)
    own, wanted = steady - centre, mean - mean.mean()
    factor = (own.conj() * wanted).sum(1, keepdims=True) / (np.abs(own) ** 2).sum(1, keepdims=True)
    across = points[:, LEFT_EYE].mean() - points[:, RIGHT_EYE].mean()
    fitted = (points - centre) * factor / across
    return np.stack([fitted.real, fitted.imag], -1)


def track_statistics(landmarks: npt.NDArray[np.float32], times: npt.NDArray[np.float64]) -> npt.NDArray[np.float64]:
    """Mean, standard deviation, range, and mean and largest speed of each coordinate, in eye distances: (680,)."""
    tracks = in_face(landmarks).reshape(len(landmarks), -1)  # (T, 136)
    speed = np.abs(np.diff(tracks, axis=0)) / np.diff(times)[:, None]  # a second
    return np.concatenate([tracks.mean(0), tracks.std(0), np.ptp(tracks, 0), speed.mean(0), speed.max(0)])


def logistic(x: torch.Tensor, label: torch.Tensor, penalty: float) -> nn.Linear:
    """Multinomial logistic regression on (N, D) float64: the least mean cross-entropy + penalty/2 · |weights|²."""
    layer = nn.Linear(x.shape[1], LABELS, dtype=torch.float64)
    nn.init.zeros_(layer.weight)
    nn.init.zeros_(layer.bias)
    optimiser = torch.optim.LBFGS(
        layer.parameters(), max_iter=300, history_size=20, tolerance_change=1e-12, line_search_fn="strong_wolfe"
    )

    def closure() -> torch.Tensor:
        optimiser.zero_grad()
        loss = functional.cross_entropy(layer(x), label) + penalty / 2 * layer.weight.square().sum()
        loss.backward()
        return loss

    optimiser.step(closure)
    return layer.requires_grad_(False)


class Linear(NamedTuple):
    """What a logistic regression gave: which test clips got their label (N,), how many numbers it learned, and its
    penalty."""

    right: npt.NDArray[np.float64]
    parameters: int
    penalty: float


def linear(
    inputs: Mapping[str, torch.Tensor], label: Mapping[str, torch.Tensor], penalties: Sequence[float] = PENALTIES
) -> Linear:
    """One vector a clip (N, D), standardised by the training clips, then `logistic`; both arguments by split.

    Of the penalties, that one is taken under which the validation clips have the least cross-entropy.
    """
    mean, spread = inputs["train"].double().mean(0), inputs["train"].double().std(0)
    spread = torch.where(spread > 1e-9, spread, 1.0)
    x = {split: (values.double() - mean) / spread for split, values in inputs.items()}
    layers = {penalty: logistic(x["train"], label["train"], penalty) for penalty in penalties}
    losses = {p: functional.cross_entropy(layer(x["validation"]), label["validation"]) for p, layer in layers.items()}
    chosen = min(losses, key=lambda penalty: float(losses[penalty]))
    right = (layers[chosen](x["test"]).argmax(-1) == label["test"]).double().numpy()
    return Linear(right, sum(p.numel() for p in layers[chosen].parameters()), chosen)


class Recurrent(nn.Module):
    """An LSTM over the vectors of frames (B, T, D) → the mean of what it says at each frame → logits (B, 7)."""

    def __init__(self, width: int, units: int) -> None:
        super().__init__()
        self.lstm = nn.LSTM(width, units, batch_first=True)
        self.classify = nn.Sequential(nn.Dropout(0.5), nn.Linear(units, LABELS))

    def forward(self, features: torch.Tensor, mask: torch.Tensor) -> torch.Tensor:
        said = self.lstm(features)[0]  # (B, T, units); what fills a clip up comes last, so no frame has seen it
        return self.classify(weighted_mean(said, normalised(torch.ones(mask.shape), mask)))


class Convolutional(nn.Module):
    """3 × 3 × 3 convolutions over time and place, a mean over time: gray clips (B, T, side, side) → logits (B, 7).

    Each clip is given mean 0 and deviation 1 first, so that the light of the scene is not to be learned.
    """

    def __init__(self, side: int, channels: Sequence[int]) -> None:
        super().__init__()
        pairs = zip((1, *channels[:-1]), channels, strict=True)
        self.blocks = nn.ModuleList(
            nn.Sequential(nn.Conv3d(a, b, 3, (1, 2, 2), 1, bias=False), nn.BatchNorm3d(b), nn.ReLU()) for a, b in pairs
        )
        for _ in channels:
            side = (side + 1) // 2
        self.classify = nn.Sequential(nn.Dropout(0.5), nn.Linear(channels[-1] * side**2, LABELS))

    def forward(self, pictures: torch.Tensor, mask: torch.Tensor) -> torch.Tensor:
        even = normalised(torch.ones(mask.shape), mask)  # (B, T)
        there = mask[:, None, :, None, None].to(pictures)
        with torch.no_grad():
            mean = (pictures.mean((2, 3)) * even).sum(1)[:, None, None, None]  # (B, 1, 1, 1)
            spread = (((pictures - mean) ** 2).mean((2, 3)) * even).sum(1).sqrt().clamp_min(1e-3)
        x = ((pictures - mean) / spread[:, None, None, None])[:, None] * there
        for block in self.blocks:
            x = block(x) * there  # (B, channels, T, S/2, S/2), and 0 after the last frame, as beyond the ends of time
        return self.classify(weighted_mean(x.transpose(1, 2).flatten(2), even))


def _scaled(pictures: torch.Tensor) -> torch.Tensor:
    """Numbers from 0 to 255 → −1 to 1."""
    return pictures.float() / 127.5 - 1


@dataclass(frozen=True, eq=False)
class WholeClips:
    """Whole clips with their masks, for `ferviz.learning.loop.fit`; bytes are pictures, and are varied in training."""

    inputs: Mapping[str, torch.Tensor]
    clips: Mapping[str, Clips]

    def __len__(self) -> int:
        return len(self.inputs["train"])

    def loss(self, model: nn.Module, items: torch.Tensor, luck: torch.Generator) -> torch.Tensor:
        inputs, clips = self.inputs["train"][items], self.clips["train"]
        if inputs.dtype == torch.uint8:
            inputs = _scaled(vary(inputs, luck, erase=0.0))
        said = model(inputs, clips.mask[items])
        return functional.cross_entropy(said, clips.label[items], label_smoothing=0.1)

    def score(self, model: nn.Module) -> dict[str, float]:
        return {"accuracy": float(self.right(model, "validation").mean())}

    @torch.no_grad()
    def right(self, model: nn.Module, split: str, batch: int = 64) -> torch.Tensor:
        """Which clips (N,) of a split get their label: 0 or 1."""
        inputs, clips = self.inputs[split], self.clips[split]
        said = []
        for i in range(0, len(inputs), batch):
            part = inputs[i : i + batch]
            part = _scaled(part) if part.dtype == torch.uint8 else part
            said.append(model(part, clips.mask[i : i + batch]).argmax(-1))
        return (torch.cat(said) == clips.label).double()
