"""What is learned, and how it is scored: the losses that `ferviz.learning.loop.fit` minimises."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, cast

import torch
from torch import nn
from torch.nn import functional

from ferviz.learning.answering import Answer, answer, cross_entropy, mean_loss, squared_error
from ferviz.learning.sets import Clips, Examples, Stills, has_target
from ferviz.learning.variation import vary
from ferviz.models.attention import normalised, weighted_mean
from ferviz.models.model import on_items
from ferviz.reading import device_of

__all__ = ["ClipTask", "FeatureTask", "HeadsTask", "StillTask", "answers", "features_of", "right", "segments"]


def segments(mask: torch.Tensor, count: int, luck: torch.Generator) -> torch.Tensor:
    """One random frame of each of ``count`` equal segments of every clip (Meng et al. 2019, Sec. 3): (N, count) places.

    The usable frames of a clip must come first in its mask (N, T).
    """
    length = mask.sum(1, keepdim=True)  # (N, 1)
    at = (torch.arange(count) + torch.rand(len(mask), count, generator=luck)) / count
    return (at * length).long().clamp_max(length - 1)


@dataclass(frozen=True)
class HeadsTask:
    """Any number of heads at once, on whatever a model takes; a head learns from the items that have its target.

    Parameters
    ----------
    train : Examples
    validation : mapping of name to Examples
        Scored by accuracy, and by the mean distance where a target is a plain number, over the items that have one.
    varied : function of raw and luck, optional
        Varies what the model's ``inputs`` takes, by name, before it is taken.
    losses : mapping of head to function, optional
        Of outputs and targets, one number an item. Unless given: cross-entropy, or the squared error of plain numbers.
    scales : mapping of head to number, optional
        What its loss is multiplied by; 1 unless given.
    names : sequence of str
        Named quantities that ``also`` needs; gradients run through them.
    also : function of an `Answer`, optional
        Something to add to the loss, for example what a paper asks of its weights.
    """

    train: Examples
    validation: Mapping[str, Examples] = field(default_factory=dict)
    varied: Callable[[dict[str, torch.Tensor], torch.Generator], dict[str, torch.Tensor]] | None = None
    losses: Mapping[str, Callable[[torch.Tensor, torch.Tensor], torch.Tensor]] = field(default_factory=dict)
    scales: Mapping[str, float] = field(default_factory=dict)
    names: Sequence[str] = ()
    also: Callable[[Answer], torch.Tensor] | None = None

    def __len__(self) -> int:
        return len(self.train)

    def loss(self, model: nn.Module, items: torch.Tensor, luck: torch.Generator) -> torch.Tensor:
        raw = {name: value[items] for name, value in self.train.raw.items()}
        if self.varied is not None:
            raw = self.varied(raw, luck)
        said = answer(model, *raw.values(), names=self.names)
        parts = [self.scales.get(head, 1.0) * self._of(said, head, items) for head in self.train.targets]
        if self.also is not None:
            parts.append(self.also(said))
        return torch.stack(parts).sum()

    def _of(self, said: Answer, head: str, items: torch.Tensor) -> torch.Tensor:
        output, target, there = _known(said.of(head), self.train.targets[head][items], head)
        loss = self.losses.get(head, squared_error if _is_number(target) else cross_entropy)
        weight = self.train.weight.get(head)
        return mean_loss(loss(output, target), None if weight is None else weight[items][there])

    def score(self, model: nn.Module) -> dict[str, float]:
        found = {}
        for name, part in self.validation.items():
            outputs = _in_batches(model, part)
            for head, targets in part.targets.items():
                output, target, _ = _known(outputs[head], targets, head)
                if len(target) and _is_number(target):
                    found[f"{name} {head} distance"] = float((output - target).abs().mean())
                elif len(target):
                    label = target.argmax(-1) if target.ndim > 1 else target
                    found[f"{name} {head} accuracy"] = float((output.argmax(-1) == label).float().mean())
        return found


def _known(
    output: torch.Tensor, target: torch.Tensor, head: str
) -> tuple[torch.Tensor, torch.Tensor, torch.Tensor]:
    """Outputs and targets of the items that have a target, and which those are: NaN must not reach a gradient."""
    if _is_number(target) and output.shape != target.shape:
        got = tuple(output.shape)
        raise ValueError(f"head {head!r} must give one number an item, {tuple(target.shape)}; got {got}")
    there = has_target(target)
    return output[there], target[there], there


def _is_number(target: torch.Tensor) -> bool:
    return target.is_floating_point() and target.ndim == 1


@torch.no_grad()
def _in_batches(model: nn.Module, part: Examples, batch: int = 64) -> dict[str, torch.Tensor]:
    """The outputs (N, …) of every head that the set has a target for."""
    found: dict[str, list[torch.Tensor]] = {head: [] for head in part.targets}
    for i in range(0, len(part), batch):
        said = answer(model, *(value[i : i + batch] for value in part.raw.values()))
        for head, outputs in found.items():
            outputs.append(said.of(head))
    return {head: torch.cat(outputs) for head, outputs in found.items()}


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
        pictures = self.train.pictures[items]  # (B, C, S, S)
        if self.varied:
            pictures = vary(pictures, luck, self.erase, self.resample)
        each = cross_entropy(_say(model, pictures), self.train.target[items], self.smoothing)
        return mean_loss(each, self.train.weight[items])

    def score(self, model: nn.Module) -> dict[str, float]:
        return {f"{name} accuracy": float(right(model, part).mean()) for name, part in self.validation.items()}


@torch.no_grad()
def right(model: nn.Module, stills: Stills, batch: int = 256) -> torch.Tensor:
    """Which faces (N,) a model labels as their largest target says: 0 or 1."""
    said = torch.cat([_say(model, part).argmax(-1) for part in stills.pictures.split(batch)])
    return (said == stills.target.argmax(-1)).float()


def _say(model: nn.Module, pictures: torch.Tensor) -> torch.Tensor:
    """The logits (B, K) of faces (B, C, S, S), 0 to 255."""
    return answer(model, pictures[:, None] if model.leading == "clip" else pictures).only


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
        pictures = vary(self.train.frames[items[:, None], places], luck, erase=0.0)  # (B, K, S, S), alike in a clip
        label = self.train.label[items]
        frames = pictures[:, :, None]  # (B, K, 1, S, S)
        if self.alone:
            frames, label = frames.flatten(0, 1)[:, None], label.repeat_interleave(self.frames)
        loss = functional.cross_entropy(answer(model, frames).only, label, label_smoothing=0.1)
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
    parts = zip(clips.frames.split(batch), clips.mask.split(batch), strict=True)
    return torch.cat([answer(model, frames[:, :, None], mask).only for frames, mask in parts])


@torch.no_grad()
def features_of(model: nn.Module, clips: Clips, batch: int = 16) -> torch.Tensor:
    """The vector of every frame (N, T, D), as the model's backbone makes it; 0 where no frame is."""
    net, found = cast(Any, model), []
    for frames, mask in zip(clips.frames.split(batch), clips.mask.split(batch), strict=True):
        taken, _ = net.inputs(frames[:, :, None].to(device_of(model)))
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

    def __len__(self) -> int:
        return len(self.features)

    def loss(self, model: nn.Module, items: torch.Tensor, luck: torch.Generator) -> torch.Tensor:
        places = segments(self.mask[items], self.frames, luck)
        features, label = self.features[items[:, None], places], self.label[items]  # (B, K, D)
        if self.alpha is not None:
            features = _premixed(features, self.alpha[items[:, None], places])
        if self.alone:
            features, label = features.flatten(0, 1)[:, None], label.repeat_interleave(self.frames)
        return functional.cross_entropy(_pooled(model, features), label, label_smoothing=0.1)

    def score(self, model: nn.Module) -> dict[str, float]:
        features, mask, label = self.validation
        return {"accuracy": float((_pooled(model, features, mask).argmax(-1) == label).float().mean())}


def _pooled(model: nn.Module, *inputs: torch.Tensor) -> torch.Tensor:
    """The logits (B, K) of vectors (B, T, D) and, where given, their mask (B, T)."""
    return cast(Any, model).pool(*(tensor.to(device_of(model)) for tensor in inputs)).cpu()


def _premixed(features: torch.Tensor, alpha: torch.Tensor) -> torch.Tensor:
    """Frames (B, K, D) under given weights (B, K) as clips of one frame (B, 1, D): their weighted mean."""
    return weighted_mean(features, normalised(alpha, torch.ones_like(alpha, dtype=torch.bool)))[:, None]
