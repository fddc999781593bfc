"""Any number of heads at once, on whatever a model takes."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field

import torch
from torch import nn

from ferviz.arguments import number, words
from ferviz.learning.answering import (
    Answer,
    answer,
    check_names,
    check_target,
    check_targets,
    cross_entropy,
    mean_loss,
    squared_error,
)
from ferviz.learning.columns import check_shares
from ferviz.learning.sets import Examples, check_sets, has_target
from ferviz.reading import device_of

__all__ = ["HeadsTask"]


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
        Named quantities that ``also`` and ``scores`` need; gradients run through them.
    also : function of an `Answer`, optional
        Something to add to the loss, for example what a paper asks of its weights.
    scores : mapping of name to function of an `Answer` and its `Examples`, optional
        More figures on each validation set, one number each; None where a set has none, which is left out.
    """

    train: Examples
    validation: Mapping[str, Examples] = field(default_factory=dict)
    varied: Callable[[dict[str, torch.Tensor], torch.Generator], dict[str, torch.Tensor]] | None = None
    losses: Mapping[str, Callable[[torch.Tensor, torch.Tensor], torch.Tensor]] = field(default_factory=dict)
    scales: Mapping[str, float] = field(default_factory=dict)
    names: Sequence[str] = ()
    also: Callable[[Answer], torch.Tensor] | None = None
    scores: Mapping[str, Callable[[Answer, Examples], float | None]] = field(default_factory=dict)

    def __post_init__(self) -> None:
        check_sets(Examples, self.train, self.validation)
        for name, given in (("losses", self.losses), ("scales", self.scales), ("scores", self.scores)):
            if not isinstance(given, Mapping):
                raise TypeError(f"{name} must be a mapping of {_key(name)} to its own; got {given!r:.200}")
            for head in given if name != "scores" else ():
                if head not in self.train.targets:
                    fits = ", ".join(self.train.targets)
                    raise ValueError(f"{name} must be for heads that have targets ({fits}); got {head!r:.200}")
        for head, scale in self.scales.items():
            number(f"scales[{head!r}]", scale, "0 or more", lambda value: value >= 0)
        functions: dict[str, object] = {f"losses[{head!r}]": loss for head, loss in self.losses.items()}
        functions |= {f"scores[{name!r}]": score for name, score in self.scores.items()}
        for name, function in (functions | {"varied": self.varied, "also": self.also}).items():
            if not callable(function) and (function is not None or name in functions):
                raise TypeError(f"{name} must be a function; got {function!r:.200}")
        words("names", self.names)
        for head, target in self.train.targets.items():
            if head not in self.losses:
                check_shares(f"targets[{head!r}]", target)

    def __len__(self) -> int:
        return len(self.train)

    def check(self, model: nn.Module) -> None:
        """Refuse a model that these sets do not fit: before the first step, and not when an odd item comes along."""
        for part in (self.train, *self.validation.values()):
            check_names(model, part.raw)
            check_targets(model, part.targets)

    def loss(self, model: nn.Module, items: torch.Tensor, luck: torch.Generator) -> torch.Tensor:
        here = device_of(model)  # to be varied where the model lies
        raw: Mapping[str, torch.Tensor] = {name: value[items].to(here) for name, value in self.train.raw.items()}
        if self.varied is not None:
            raw = self.varied(dict(raw), luck)
        check_names(model, raw)
        said = answer(model, *raw.values(), names=self.names)
        parts = [self.scales.get(head, 1.0) * self._of(said, head, items) for head in self.train.targets]
        if self.also is not None:
            parts.append(_one(self.also(said), (), "also"))
        return torch.stack(parts).sum()

    def _of(self, said: Answer, head: str, items: torch.Tensor) -> torch.Tensor:
        output, target, there = _known(said, head, self.train.targets[head][items])
        if head in self.losses:
            each = _one(self.losses[head](output, target), (len(target),), f"losses[{head!r}]")
        else:
            each = squared_error(output, target) if _is_number(target) else cross_entropy(output, target)
        weight = self.train.weight.get(head)
        return mean_loss(each, None if weight is None else weight[items][there])

    def score(self, model: nn.Module) -> dict[str, float]:
        found: dict[str, float] = {}
        for name, part in self.validation.items():
            said = _in_batches(model, part, self.names)
            more = {f"{name} {what}": _number(score(said, part), what) for what, score in self.scores.items()}
            found |= {what: figure for what, figure in more.items() if figure is not None}
            for head, targets in part.targets.items():
                output, target, _ = _known(said, head, targets)
                if len(target) and _is_number(target):
                    found[f"{name} {head} distance"] = float((output - target).abs().mean())
                elif len(target):
                    label = target.argmax(-1) if target.ndim > 1 else target
                    found[f"{name} {head} accuracy"] = float((output.argmax(-1) == label).float().mean())
        return found


def _one(loss: object, shape: tuple[int, ...], name: str) -> torch.Tensor:
    """What a function of the caller's has given as a loss."""
    if not isinstance(loss, torch.Tensor) or not loss.is_floating_point():
        got = loss.dtype if isinstance(loss, torch.Tensor) else type(loss).__name__
        raise TypeError(f"{name} must give a tensor of floats; got {got}")
    if loss.shape != shape:
        raise ValueError(f"{name} must give shape {shape}; got {tuple(loss.shape)}")
    return loss


def _key(name: str) -> str:
    return "name" if name == "scores" else "head"


def _number(found: object, what: str) -> float | None:
    """What a function of the caller's has given as a figure."""
    return None if found is None else number(f"scores[{what!r}]", found)


def _known(
    said: Answer, head: str, target: torch.Tensor
) -> tuple[torch.Tensor, torch.Tensor, torch.Tensor]:
    """Outputs and targets of the items that have a target, and which those are: NaN must not reach a gradient."""
    output, there = said.of(head), has_target(target)
    check_target(head, target, tuple(output.shape))
    return output[there], target[there], there


def _is_number(target: torch.Tensor) -> bool:
    return target.is_floating_point() and target.ndim == 1


@torch.no_grad()
def _in_batches(model: nn.Module, part: Examples, names: Sequence[str], batch: int = 64) -> Answer:
    """The outputs (N, …) of every head, and the named quantities (N, …)."""
    check_names(model, part.raw)
    some = [[value[i : i + batch] for value in part.raw.values()] for i in range(0, len(part), batch)]
    said = [answer(model, *raw, names=names) for raw in some]
    outputs = {head: torch.cat([each.outputs[head] for each in said]) for head in said[0].outputs}
    return Answer(outputs, {name: torch.cat([each.named[name] for each in said]) for name in said[0].named})
