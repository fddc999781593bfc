"""What is learned, and how it is scored: the losses that `ferviz.learning.loop.fit` minimises."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from typing import cast

import numpy as np
import torch
from torch import nn
from torch.nn import functional

from ferviz.learning.sets import Clips, Stills, vary
from ferviz.models.attention import normalised, weighted_mean
from ferviz.models.model import on_items
from ferviz.reading import device_of

__all__ = ["ClipTask", "FeatureTask", "StillTask", "answers", "features_of", "right", "scaled", "segments"]


def scaled(pictures: torch.Tensor) -> torch.Tensor:
    """Bytes → -1 to 1, as `FrameAttention.prepare` gives them."""
    return pictures.float() / 127.5 - 1


def segments(mask: torch.Tensor, count: int, luck: torch.Generator) -> torch.Tensor:
    """One random frame of each of ``count`` equal segments of every clip (Meng et al. 2019, Sec. 3): (N, count) places.

    The usable frames of a clip must come first in its mask (N, T).
    """
    length = mask.sum(1, keepdim=True)  # (N, 1)
    at = (torch.arange(count) + torch.rand(len(mask), count, generator=luck)) / count
    return (at * length).long().clamp_max(length - 1)


@dataclass(frozen=True)
class StillTask:
    """Single faces with soft targets; a clip model takes each as a clip of one frame.

    ``smoothing`` mixes the targets with an even one; ``erase`` and ``resample`` are those of `vary`, without ``varied``
    faces are learned as they are.
    """

    train: Stills
    validation: dict[str, Stills]
    smoothing: float = 0.1
    erase: float = 0.5
    resample: float = 1.0
    varied: bool = True

    def __len__(self) -> int:
        return len(self.train)

    def loss(self, model: nn.Module, items: torch.Tensor, luck: torch.Generator) -> torch.Tensor:
        pictures = scaled(self.train.pictures[items])  # (B, C, S, S)
        if self.varied:
            pictures = vary(pictures, luck, self.erase, self.resample)
        logits = _say(model, pictures)  # (B, K)
        target = self.train.target[items]
        target = target * (1 - self.smoothing) + self.smoothing / target.shape[1]
        each = -(target * logits.log_softmax(-1)).sum(-1)
        return (each * self.train.weight[items]).mean()

    def score(self, model: nn.Module) -> dict[str, float]:
        return {f"{name} accuracy": float(right(model, part).mean()) for name, part in self.validation.items()}


@torch.no_grad()
def right(model: nn.Module, stills: Stills, batch: int = 256) -> torch.Tensor:
    """Which faces (N,) a model labels as their largest target says: 0 or 1."""
    parts = (scaled(stills.pictures[i : i + batch]) for i in range(0, len(stills), batch))
    said = torch.cat([_say(model, part).argmax(-1) for part in parts])
    return (said == stills.target.argmax(-1)).float()


@dataclass(frozen=True)
class ClipTask:
    """FAN as the paper trains it: ``frames`` random frames of every clip, all frames when it is scored.

    ``alone`` learns each of these frames by itself: how the variant mean is trained. ``rehearse`` are single faces, two
    for every clip, that are learned beside the clips, so that a backbone does not forget them.
    """

    train: Clips
    validation: Clips
    frames: int = 3
    alone: bool = False
    rehearse: StillTask | None = None

    def __len__(self) -> int:
        return len(self.train)

    def loss(self, model: nn.Module, items: torch.Tensor, luck: torch.Generator) -> torch.Tensor:
        places = segments(self.train.mask[items], self.frames, luck)
        pictures = scaled(self.train.frames[items[:, None], places])  # (B, K, S, S)
        pictures = vary(pictures, luck, erase=0.0)[:, :, None]  # the frames of a clip vary alike; (B, K, 1, S, S)
        label = self.train.label[items]
        if self.alone:
            pictures, label = pictures.flatten(0, 1)[:, None], label.repeat_interleave(self.frames)
        loss = functional.cross_entropy(_ask(model, model, pictures), label, label_smoothing=0.1)
        if self.rehearse is None:
            return loss
        stills = torch.randint(len(self.rehearse), (2 * len(items),), generator=luck)
        return loss + self.rehearse.loss(model, stills, luck)

    def score(self, model: nn.Module) -> dict[str, float]:
        clips = self.validation
        correct = (answers(model, clips).argmax(-1) == clips.label).float()
        families = sorted(set(clips.family.tolist()))
        each = {name: float(correct[torch.from_numpy(clips.family == name)].mean()) for name in families}
        stills = {} if self.rehearse is None else self.rehearse.score(model)
        return {"accuracy": float(correct.mean()), **each, **stills}


@torch.no_grad()
def answers(model: nn.Module, clips: Clips, batch: int = 32) -> torch.Tensor:
    """The logits of whole clips, all their frames: (N, 7)."""
    parts = (clips[np.arange(i, min(i + batch, len(clips)))] for i in range(0, len(clips), batch))
    return torch.cat([_ask(model, model, scaled(part.frames)[:, :, None], part.mask) for part in parts])


@torch.no_grad()
def features_of(backbone: nn.Module, clips: Clips, batch: int = 16) -> torch.Tensor:
    """The vector of every frame (N, T, D); 0 where no frame is."""
    found = []
    for i in range(0, len(clips), batch):
        frames = scaled(clips.frames[i : i + batch])[:, :, None]
        vectors = _ask(backbone, partial(on_items, backbone), frames)  # (b, T, D)
        found.append(vectors * clips.mask[i : i + batch, :, None])
    return torch.cat(found)


@dataclass(frozen=True)
class FeatureTask:
    """The same on features of frames that were computed once: only what comes after the backbone is learned.

    ``features`` (N, T, D) with ``mask`` (N, T); ``alpha`` (N, T), where given, are weights to use instead of learned
    ones: the controls.
    """

    features: torch.Tensor
    mask: torch.Tensor
    label: torch.Tensor
    validation: tuple[torch.Tensor, torch.Tensor, torch.Tensor]
    frames: int = 3
    alone: bool = False
    alpha: torch.Tensor | None = None

    def __len__(self) -> int:
        return len(self.features)

    def loss(self, model: nn.Module, items: torch.Tensor, luck: torch.Generator) -> torch.Tensor:
        places = segments(self.mask[items], self.frames, luck)
        features, label = self.features[items[:, None], places], self.label[items]  # (B, K, D)
        if self.alpha is not None:
            features = _premixed(features, self.alpha[items[:, None], places])
        if self.alone:
            features, label = features.flatten(0, 1)[:, None], label.repeat_interleave(self.frames)
        return functional.cross_entropy(_ask(model, _pool(model), features), label, label_smoothing=0.1)

    def score(self, model: nn.Module) -> dict[str, float]:
        features, mask, label = self.validation
        return {"accuracy": float((_ask(model, _pool(model), features, mask).argmax(-1) == label).float().mean())}


def _say(model: nn.Module, pictures: torch.Tensor) -> torch.Tensor:
    """The logits (B, K) of faces (B, C, S, S), -1 to 1."""
    if model.leading == "clip":
        return _ask(model, model, pictures[:, None])  # (B, 1, C, S, S)
    inputs = cast(Callable[[torch.Tensor], tuple[torch.Tensor, ...]], model.inputs)
    return _ask(model, model, *inputs((pictures.to(device_of(model)) + 1) * 127.5))


def _ask(model: nn.Module, function: Callable[..., torch.Tensor], *inputs: torch.Tensor) -> torch.Tensor:
    """What a function of the model says, run where the model lies; sets and answers stay on the CPU."""
    device = device_of(model)
    return function(*(tensor.to(device) for tensor in inputs)).cpu()


def _pool(model: nn.Module) -> Callable[..., torch.Tensor]:
    return cast(Callable[..., torch.Tensor], model.pool)


def _premixed(features: torch.Tensor, alpha: torch.Tensor) -> torch.Tensor:
    """Frames (B, K, D) under given weights (B, K) as clips of one frame (B, 1, D): their weighted mean."""
    return weighted_mean(features, normalised(alpha, torch.ones_like(alpha, dtype=torch.bool)))[:, None]
