"""What a model answers to what a set holds, and how far that is from the targets: the same for every task."""

from __future__ import annotations

import inspect
import math
from collections.abc import Callable, Mapping, Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from typing import Any, cast

import torch
from torch import nn
from torch.nn import functional

from ferviz import asking
from ferviz.models.model import Model
from ferviz.reading import device_of, reading

__all__ = [
    "Answer",
    "answer",
    "check_names",
    "check_target",
    "check_targets",
    "cross_entropy",
    "mean_loss",
    "pooled",
    "squared_error",
]


@dataclass(frozen=True, eq=False)
class Answer:
    """What a model gave: head → output (B, K) or (B,), and named quantity → tensor (B, …); gradients run through."""

    outputs: Mapping[str, torch.Tensor]
    named: Mapping[str, torch.Tensor]

    @property
    def alone(self) -> str:
        """The head of a model that has one. Raises ValueError for a model with several."""
        if len(self.outputs) != 1:
            heads = ", ".join(self.outputs)
            raise ValueError(f"model must have one head here; it has {heads}: HeadsTask learns several")
        return next(iter(self.outputs))

    @property
    def only(self) -> torch.Tensor:
        """The output of a model with one head. Raises ValueError for a model with several."""
        return self.outputs[self.alone]

    def of(self, head: str) -> torch.Tensor:
        """The output of a head. Raises ValueError for one that the model has not."""
        if head not in self.outputs:
            raise ValueError(f"targets must be for heads of the model ({', '.join(self.outputs)}); got {head!r:.200}")
        return self.outputs[head]


def answer(model: nn.Module, *raw: torch.Tensor, names: Sequence[str] = ()) -> Answer:
    """Ask a model about what a set holds, through the model's own ``inputs``.

    Parameters
    ----------
    model : Model
        Or what Lightning Fabric made of one; it runs where it lies, sets and answers stay on the CPU.
    *raw : tensors (B, …)
        What the model's ``inputs`` takes, in its order.
    names : sequence of str
        Quantities to read on the way, for a loss that needs them.

    Raises
    ------
    TypeError, ValueError
        What `ferviz.asking` refuses: a model that contradicts its declaration, inputs that are not what it declares,
        another number of outputs than labels; without gradients, as a model is scored, also numbers that are not
        finite, which in training are the loss's to find.
    """
    own, device = _checked(model), device_of(model)
    for each in raw:
        if not isinstance(each, torch.Tensor) or not each.ndim:
            raise TypeError(f"raw must be tensors (B, …), as inputs of {type(own).__name__} takes; got {each!r:.200}")
    least, most = _span(own)
    if not least <= len(raw) <= most or not raw:
        fits = ", ".join(inspect.signature(own.inputs).parameters)
        raise ValueError(f"raw must be what inputs of {type(own).__name__} takes ({fits}); got {len(raw)} tensors")
    taken = asking.check_inputs(own, own.inputs(*(each.to(device) for each in raw)), len(raw[0]))
    inputs = asking.beside(own, taken)
    read: Mapping[str, torch.Tensor] = {}
    with ExitStack() as hooks:
        if names:
            read = hooks.enter_context(reading(own, names, detach=False))
        output = model(*inputs)
    return Answer(_on_cpu(_said(own, output, inputs, own)), _on_cpu(read))


def pooled(model: nn.Module, *inputs: torch.Tensor) -> Answer:
    """What a model says of vectors (B, T, D) and, where given, their mask (B, T), by its ``pool``."""
    own = _checked(model)
    taken = asking.beside(own, inputs)
    output = cast(Any, model).pool(*taken)
    return Answer(_on_cpu(_said(own, output, taken, cast(Any, own).pool)), {})


def check_names(model: nn.Module, raw: object) -> None:
    """Refuse what is to be learned from where it does not come under the names that the model's ``inputs`` gives it.

    Two inputs of one shape could not be told apart otherwise.

    Raises
    ------
    TypeError
        For what is no mapping of name to tensor.
    ValueError
        For other names, or another order.
    """
    own = _checked(model)
    kind, parameters = type(own).__name__, inspect.signature(own.inputs).parameters.values()
    if not isinstance(raw, Mapping) or not all(isinstance(each, torch.Tensor) for each in raw.values()):
        raise TypeError(f"raw must be a mapping of name to tensor, as inputs of {kind} takes them; got {raw!r:.200}")
    names = [each.name for each in parameters]
    if list(raw) != names[: len(raw)] and not any(each.kind is each.VAR_POSITIONAL for each in parameters):
        got = ", ".join(map(str, raw))
        raise ValueError(f"raw must be what inputs of {kind} takes, in this order: {', '.join(names)}; got {got}")


def _span(model: Model) -> tuple[int, float]:
    """How many tensors a model's ``inputs`` takes: at least, at most."""
    parameters = inspect.signature(model.inputs).parameters.values()
    several = any(each.kind is each.VAR_POSITIONAL for each in parameters)
    least = sum(each.default is each.empty and each.kind is not each.VAR_POSITIONAL for each in parameters)
    return least, math.inf if several else len(parameters)


def _checked(model: nn.Module) -> Model:
    """The model itself, of one that Fabric has wrapped: only its own parts have their own names."""
    from lightning_fabric import is_wrapped

    own = model.module if is_wrapped(model) else model
    asking.check_model(own)
    return cast(Model, own)


def _said(
    model: Model, output: Any, inputs: tuple[torch.Tensor, ...], by: Callable[..., Any]
) -> dict[str, torch.Tensor]:
    if torch.is_grad_enabled():
        return asking.by_head(model, output, len(inputs[0]))
    return asking.answers(model, output, *inputs, by=by)


def _on_cpu(tensors: Mapping[str, torch.Tensor]) -> dict[str, torch.Tensor]:
    return {name: value.cpu().float() for name, value in tensors.items()}  # targets are of single precision


def check_targets(model: nn.Module, targets: Mapping[str, torch.Tensor] | Mapping[None, torch.Tensor]) -> None:
    """Refuse targets that do not fit the heads of a model; None stands for the only one that it has."""
    heads = _checked(model).heads()
    for head, target in targets.items():
        if head is None:
            head = Answer(dict.fromkeys(heads, target), {}).alone
        elif head not in heads:
            raise ValueError(f"targets must be for heads of the model ({', '.join(heads)}); got {head!r:.200}")
        labels = heads[head]
        check_target(head, target, (len(target),) if labels is None else (len(target), len(labels)))


def check_target(head: str, target: torch.Tensor, given: tuple[int, ...]) -> None:
    """Refuse targets that do not fit what a head gives: (B, K) for K labels, or (B,) plain numbers.

    Raises
    ------
    TypeError
        For a plain number where places or shares are wanted, or the other way round.
    ValueError
        For another number of items or labels, or a place beyond the labels.
    """
    number = target.is_floating_point() and target.ndim == 1
    if number != (len(given) == 1):
        gives = "one plain number an item" if len(given) == 1 else f"one of {given[1]} labels"
        wants = "numbers (B,) of floats" if len(given) == 1 else "places (B,) of whole numbers, or shares (B, K)"
        got = f"{target.dtype} of shape {tuple(target.shape)}"
        raise TypeError(f"targets of head {head!r}, which says {gives}, must be {wants}; got {got}")
    fits = tuple(given) if target.ndim > 1 else tuple(given[:1])
    if tuple(target.shape) != fits:
        raise ValueError(f"targets of head {head!r} must have shape {fits}; got {tuple(target.shape)}")
    if not target.is_floating_point() and len(target) and int(target.max()) >= given[1]:
        most = f"places from 0 to {given[1] - 1}, or -1 for none"
        raise ValueError(f"targets of head {head!r} must be {most}; got {int(target.max())}")


def cross_entropy(logits: torch.Tensor, target: torch.Tensor, smoothing: float = 0.0) -> torch.Tensor:
    """Of logits (B, K) and places (B,) or shares (B, K), each mixed with ``smoothing`` of an even share: (B,)."""
    if not target.is_floating_point():
        return functional.cross_entropy(logits, target.long(), reduction="none", label_smoothing=smoothing)
    target = target * (1 - smoothing) + smoothing / target.shape[1]
    return -(target * logits.log_softmax(-1)).sum(-1)


def squared_error(output: torch.Tensor, target: torch.Tensor) -> torch.Tensor:
    """Of plain numbers (B,) and what they should be (B,): (B,)."""
    return (output - target).square()


def mean_loss(each: torch.Tensor, weight: torch.Tensor | None = None) -> torch.Tensor:
    """The mean of the losses of some items (B,), each times its weight; 0 for none."""
    weighted = each if weight is None else each * weight
    return weighted.mean() if len(each) else each.sum()
