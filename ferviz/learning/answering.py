"""What a model answers to what a set holds, and how far that is from the targets: the same for every task."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from typing import Any, cast

import torch
from lightning_fabric import is_wrapped
from torch import nn
from torch.nn import functional

from ferviz.models.model import Model
from ferviz.reading import device_of, reading

__all__ = ["Answer", "answer", "cross_entropy", "mean_loss", "squared_error"]


@dataclass(frozen=True, eq=False)
class Answer:
    """What a model gave: head → output (B, K) or (B,), and named quantity → tensor (B, …); gradients run through."""

    outputs: Mapping[str, torch.Tensor]
    named: Mapping[str, torch.Tensor]

    @property
    def only(self) -> torch.Tensor:
        """The output of a model with one head. Raises ValueError for a model with several."""
        if len(self.outputs) != 1:
            heads = ", ".join(self.outputs)
            raise ValueError(f"model must have one head here; it has {heads}: HeadsTask learns several")
        return next(iter(self.outputs.values()))

    def of(self, head: str) -> torch.Tensor:
        """The output of a head. Raises ValueError for one that the model has not."""
        if head not in self.outputs:
            raise ValueError(f"targets must be for heads of the model ({', '.join(self.outputs)}); got {head!r}")
        return self.outputs[head]


def answer(model: nn.Module, *raw: torch.Tensor, names: Sequence[str] = ()) -> Answer:
    """Ask a model about what a set holds, through the model's own ``inputs``.

    Parameters
    ----------
    model : Module
        Or what Lightning Fabric made of one; it runs where it lies, sets and answers stay on the CPU.
    *raw : tensors (B, …)
        What the model's ``inputs`` takes, in its order.
    names : sequence of str
        Quantities to read on the way, for a loss that needs them.
    """
    own, device = _own(model), device_of(model)
    inputs = cast(Any, own).inputs(*(each.to(device) for each in raw))
    read: Mapping[str, torch.Tensor] = {}
    with ExitStack() as hooks:
        if names:
            read = hooks.enter_context(reading(own, names, detach=False))
        output = model(*inputs)
    if not isinstance(output, Mapping):
        heads = own.heads() if isinstance(own, Model) else ("emotion",)
        output = {next(iter(heads)): output}
    return Answer(_on_cpu(output), _on_cpu(read))


def _own(model: nn.Module) -> nn.Module:
    """The model itself, of one that Fabric has wrapped: only its own parts have their own names."""
    return cast(nn.Module, model.module) if is_wrapped(model) else model


def _on_cpu(tensors: Mapping[str, torch.Tensor]) -> dict[str, torch.Tensor]:
    return {name: value.cpu() for name, value in tensors.items()}


def cross_entropy(logits: torch.Tensor, target: torch.Tensor, smoothing: float = 0.0) -> torch.Tensor:
    """Of logits (B, K) and places (B,) or shares (B, K), each mixed with ``smoothing`` of an even share: (B,)."""
    if not target.is_floating_point():
        return functional.cross_entropy(logits, target, reduction="none", label_smoothing=smoothing)
    target = target * (1 - smoothing) + smoothing / target.shape[1]
    return -(target * logits.log_softmax(-1)).sum(-1)


def squared_error(output: torch.Tensor, target: torch.Tensor) -> torch.Tensor:
    """Of plain numbers (B,) and what they should be (B,): (B,)."""
    return (output - target).square()


def mean_loss(each: torch.Tensor, weight: torch.Tensor | None = None) -> torch.Tensor:
    """The mean of the losses of some items (B,), each times its weight; 0 for none."""
    weighted = each if weight is None else each * weight
    return weighted.mean() if len(each) else each.sum()
