"""What is learned, and how it is scored: the losses that `ferviz.learning.loop.fit` minimises."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, cast

import torch
from torch import nn
from torch.nn import functional

from ferviz import asking
from ferviz.arguments import flag, number, whole
from ferviz.learning.answering import (
    Answer,
    answer,
    check_target,
    check_targets,
    cross_entropy,
    mean_loss,
    pooled,
)
from ferviz.learning.columns import check_features, check_shares, check_weights
from ferviz.learning.heads import HeadsTask
from ferviz.learning.sets import Clips, Stills, check_sets, has_target
from ferviz.learning.variation import vary
from ferviz.models.attention import normalised, weighted_mean
from ferviz.models.model import on_items
from ferviz.reading import device_of

__all__ = ["ClipTask", "FeatureTask", "HeadsTask", "StillTask", "answers", "features_of", "right", "segments"]


def segments(mask: torch.Tensor, count: int, luck: torch.Generator) -> torch.Tensor:
    """One random frame of each of ``count`` equal segments of every clip (Meng et al. 2019, Sec. 3): (N, count) places.

    The usable frames of a clip must come first in its mask (N, T).
    """
    whole("count", count)
    length = mask.sum(1, keepdim=True)  # (N, 1)
    at = ((torch.arange(count) + torch.rand(len(mask), count, generator=luck)) / count).to(mask.device)
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

    def __post_init__(self) -> None:
        check_sets(Stills, self.train, self.validation)
        for name in ("smoothing", "erase", "resample"):
            number(name, getattr(self, name), "a share from 0 to 1", lambda value: 0 <= value <= 1)
        flag("varied", self.varied)
        check_shares("target", self.train.target)

    def __len__(self) -> int:
        return len(self.train)

    def check(self, model: nn.Module) -> None:
        """Refuse a model that these sets do not fit."""
        for part in (self.train, *self.validation.values()):
            check_targets(model, {None: part.target})

    def loss(self, model: nn.Module, items: torch.Tensor, luck: torch.Generator) -> torch.Tensor:
        pictures = self.train.pictures[items].to(device_of(model))  # (B, C, S, S), to be varied where the model lies
        if self.varied:
            pictures = vary(pictures, luck, self.erase, self.resample)
        target = self.train.target[items]
        each = cross_entropy(_say(model, pictures, target), target, self.smoothing)
        return mean_loss(each, self.train.weight[items])

    def score(self, model: nn.Module) -> dict[str, float]:
        return {f"{name} accuracy": float(right(model, part).mean()) for name, part in self.validation.items()}


@torch.no_grad()
def right(model: nn.Module, stills: Stills, batch: int = 256) -> torch.Tensor:
    """Which faces (N,) a model labels as their largest target says: 0 or 1."""
    parts = zip(stills.pictures.split(batch), stills.target.split(batch), strict=True)
    said = torch.cat([_say(model, *part).argmax(-1) for part in parts])
    return (said == stills.target.argmax(-1)).float()


def _say(model: nn.Module, pictures: torch.Tensor, target: torch.Tensor) -> torch.Tensor:
    """The logits (B, K) of faces (B, C, S, S), 0 to 255, for a target that fits them."""
    return _only(answer(model, pictures[:, None] if model.leading == "clip" else pictures), target)


def _only(said: Answer, target: torch.Tensor) -> torch.Tensor:
    """The output of a model with one head, for a target that fits it."""
    check_target(said.alone, target, tuple(said.only.shape))
    if not bool(has_target(target).all()):
        raise ValueError(f"targets of head {said.alone!r} must be there for all items here; HeadsTask takes others")
    return said.only


@dataclass(frozen=True)
class ClipTask:
    """As the paper trains FAN: ``frames`` random frames of every clip, all frames when it is scored.

    Not the paper's: labels are smoothed by .1, and the frames of a clip are turned, moved, scaled and flipped together.

    ``alone`` learns each of these frames by itself: how the variant mean is trained. ``rehearse`` are single faces, two
    for every clip, that are learned beside the clips, so that a backbone does not forget them.
    """

    train: Clips
    validation: Clips
    frames: int = 3
    alone: bool = False
    rehearse: StillTask | None = None

    def __post_init__(self) -> None:
        check_sets(Clips, self.train, {"validation": self.validation})
        whole("frames", self.frames)
        flag("alone", self.alone)
        if not isinstance(self.rehearse, StillTask | None):
            raise TypeError(f"rehearse must be a StillTask or None; got {type(self.rehearse).__name__}")

    def __len__(self) -> int:
        return len(self.train)

    def check(self, model: nn.Module) -> None:
        """Refuse a model that these sets do not fit."""
        for part in (self.train, self.validation):
            check_targets(model, {None: part.label})
        if self.rehearse is not None:
            self.rehearse.check(model)

    def loss(self, model: nn.Module, items: torch.Tensor, luck: torch.Generator) -> torch.Tensor:
        places = segments(self.train.mask[items], self.frames, luck)
        frames = self.train.frames[items[:, None], places].to(device_of(model))
        pictures = vary(frames, luck, erase=0.0)  # (B, K, S, S), alike in a clip
        label = self.train.label[items]
        frames = pictures[:, :, None]  # (B, K, 1, S, S)
        if self.alone:
            frames, label = frames.flatten(0, 1)[:, None], label.repeat_interleave(self.frames)
        loss = functional.cross_entropy(_only(answer(model, frames), label), label.long(), label_smoothing=0.1)
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
    parts = zip(clips.frames.split(batch), clips.mask.split(batch), clips.label.split(batch), strict=True)
    return torch.cat([_only(answer(model, frames[:, :, None], mask), label) for frames, mask, label in parts])


@torch.no_grad()
def features_of(model: nn.Module, clips: Clips, batch: int = 16) -> torch.Tensor:
    """The vector of every frame (N, T, D), as the model's backbone makes it; 0 where no frame is."""
    net, found = cast(Any, model), []
    for frames, mask in zip(clips.frames.split(batch), clips.mask.split(batch), strict=True):
        taken, *_ = asking.beside(net, net.inputs(frames[:, :, None].to(device_of(model))))
        found.append(on_items(net.backbone, taken).cpu() * mask[..., None])
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
    methods = ("pool",)

    def __post_init__(self) -> None:
        for name, part in (("train", (self.features, self.mask, self.label)), ("validation", self.validation)):
            check_features(name, part)
        whole("frames", self.frames)
        flag("alone", self.alone)
        if self.alpha is not None:
            check_weights("alpha", self.alpha, tuple(self.mask.shape))

    def __len__(self) -> int:
        return len(self.features)

    def check(self, model: nn.Module) -> None:
        """Refuse a model that these labels do not fit."""
        for label in (self.label, self.validation[2]):
            check_targets(model, {None: label})

    def loss(self, model: nn.Module, items: torch.Tensor, luck: torch.Generator) -> torch.Tensor:
        places = segments(self.mask[items], self.frames, luck)
        features, label = self.features[items[:, None], places], self.label[items]  # (B, K, D)
        if self.alpha is not None:
            features = _premixed(features, self.alpha[items[:, None], places])
        if self.alone:
            features, label = features.flatten(0, 1)[:, None], label.repeat_interleave(self.frames)
        return functional.cross_entropy(_pooled(model, label, features), label.long(), label_smoothing=0.1)

    def score(self, model: nn.Module) -> dict[str, float]:
        features, mask, label = self.validation
        return {"accuracy": float((_pooled(model, label, features, mask).argmax(-1) == label).float().mean())}


def _pooled(model: nn.Module, label: torch.Tensor, *inputs: torch.Tensor) -> torch.Tensor:
    """The logits (B, K) of vectors (B, T, D) and, where given, their mask (B, T)."""
    return _only(pooled(model, *inputs), label)


def _premixed(features: torch.Tensor, alpha: torch.Tensor) -> torch.Tensor:
    """Frames (B, K, D) under given weights (B, K) as clips of one frame (B, 1, D): their weighted mean."""
    return weighted_mean(features, normalised(alpha, torch.ones_like(alpha, dtype=torch.bool)))[:, None]
