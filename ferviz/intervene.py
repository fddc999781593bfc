"""Move what a model names, and see what becomes of its answer.

    with ferviz.intervene(model, {"alpha": weights}):       # an array, a number, or a function of the tensor
        changed = ferviz.observe(model, clip)

It works by forward hooks on the model's probes, inside a context manager, which are gone afterwards, also after an
error.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack, contextmanager
from typing import Any

import numpy as np
import numpy.typing as npt
import torch
from torch import nn

from ferviz.arguments import array
from ferviz.reading import Bound, quantities

__all__ = ["Change", "intervene", "is_replaced"]

Change = npt.ArrayLike | torch.Tensor | Callable[[torch.Tensor], torch.Tensor]


@contextmanager
def intervene(model: nn.Module, changes: Mapping[str, Change], /) -> Iterator[None]:
    """Replace named quantities while the block lasts.

    Parameters
    ----------
    model : Model
        Not compiled, and not inside another ``intervene`` on the same quantity.
    changes : mapping of quantity to array, number or function
        An array has the quantity's shape without the batch axis and is used for every item of the batch; a number fills
        it; a function gets the tensor, batch and all, and returns one of the same shape.

    Raises
    ------
    TypeError
        For what is no mapping, or a change that is neither real numbers nor a function.
    ValueError
        For an unknown quantity, a wrong shape, a value that is not finite, or a compiled model.
    RuntimeError
        When a changed quantity was not computed by a forward inside the block, or when the model is copied, saved or
        exported inside it (the change would stay in the copy).
    """
    named = quantities(model)
    if not isinstance(changes, Mapping):
        raise TypeError(f"changes must be a mapping of quantity to array, number or function; got {changes!r:.200}")
    for name in changes:
        if name not in named:
            fits = f"{type(model).__name__} ({', '.join(named)})"
            raise ValueError(f"changes must name quantities of {fits}; got {name!r:.200}")
        if is_replaced(named[name]):
            raise ValueError(f"{name} is already changed by an intervene around this one")
    replacing = {name: _Replace(name, change) for name, change in changes.items()}
    with ExitStack() as hooks:
        for name, hook in replacing.items():
            # before all that reads, whichever was entered first: a reader sees what flows on
            hooks.callback(named[name].register_forward_hook(hook, prepend=True).remove)
        hooks.callback(model.register_forward_hook(_Used(replacing)).remove)
        yield


def is_replaced(part: nn.Module, /) -> bool:
    """Whether an `intervene` around this line replaces what a part of a model gives."""
    return any(isinstance(hook, _Replace) for hook in part._forward_hooks.values())


class _Replace(Bound):
    inside, stays = "intervene", "the change"

    def __init__(self, name: str, change: Change) -> None:
        self.name, self.fired = name, 0
        if callable(change):
            self.function: Callable[[torch.Tensor], torch.Tensor] | None = change
            return
        self.function = None
        self.value = change.detach() if isinstance(change, torch.Tensor) else torch.from_numpy(_array(name, change))
        if self.value.is_complex() or self.value.dtype == torch.bool:
            raise TypeError(f"{name} must be changed to real numbers; got {self.value.dtype}")
        if not torch.isfinite(self.value).all():
            raise ValueError(f"{name} must be changed to finite numbers; got NaN or infinity")

    def __call__(self, probe: nn.Module, given: tuple[Any, ...], output: torch.Tensor) -> torch.Tensor:
        self.refuse_tracing()
        self.fired += 1
        if self.function is not None:
            changed = self.function(output)
            if not isinstance(changed, torch.Tensor) or changed.shape != output.shape:
                got = tuple(changed.shape) if isinstance(changed, torch.Tensor) else type(changed).__name__
                fits = f"a tensor of shape {tuple(output.shape)}"
                raise ValueError(f"the function for {self.name} must return {fits}; got {got}")
            if not changed.is_floating_point():
                raise TypeError(f"the function for {self.name} must return floats; got {changed.dtype}")
            changed = changed.to(output)
            # what the function holds elsewhere, a layer that works in place must not change
            return changed if changed is output else changed.clone()
        value = self.value.to(output)
        if value.ndim and value.shape != output.shape[1:]:
            raise ValueError(
                f"{self.name} must be changed to an array of shape {tuple(output.shape[1:])} (no batch axis); "
                f"got {tuple(value.shape)}"
            )
        return value.expand_as(output).clone()


def _array(name: str, change: npt.ArrayLike) -> npt.NDArray[np.float64]:
    if isinstance(change, bool) or (isinstance(change, np.ndarray | np.generic) and change.dtype.kind == "b"):
        raise TypeError(f"{name} must be changed to real numbers; got {change!r:.200}")
    return array(f"the change of {name}", change)


class _Used(Bound):
    """After each forward: every changed quantity must have been computed, or the change would be ignored in silence."""

    inside, stays = "intervene", "the change"

    def __init__(self, hooks: Mapping[str, _Replace]) -> None:
        self.hooks = hooks

    def __call__(self, model: nn.Module, given: tuple[Any, ...], output: Any) -> None:
        for name, hook in self.hooks.items():
            fired, hook.fired = hook.fired, 0
            if not fired:
                kind = type(model).__name__
                raise RuntimeError(f"{name} was to be changed, but this forward of {kind} did not compute it")
