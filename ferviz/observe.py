"""Read every quantity that a model names, and move any of them.

    seen = ferviz.observe(model, clip)                      # an xarray.Dataset: seen["emotion_probability"]
    with ferviz.intervene(model, {"alpha": weights}):       # an array, a number, or a function of the tensor
        changed = ferviz.observe(model, clip)

Both work by forward hooks on the model's probes, which live inside a context manager and are gone afterwards, also
after an error; the train/eval flags, the gradients and the device come back as they were.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from typing import Any, NoReturn, overload

import numpy as np
import numpy.typing as npt
import torch
import xarray as xr
from torch import nn

from ferviz.clip import Clip
from ferviz.models.model import Model
from ferviz.models.probe import Probe, probes

__all__ = ["Change", "device_of", "evaluating", "intervene", "is_replaced", "observe", "quantities"]

Change = npt.ArrayLike | torch.Tensor | Callable[[torch.Tensor], torch.Tensor]


def quantities(model: nn.Module, /) -> dict[str, Probe]:
    """The quantities that the model names: path (``alpha``, ``video.alpha``) → `Probe`."""
    _refuse_compiled(model)
    return probes(model)


@overload
def observe(model: Model, clip: Clip, /) -> xr.Dataset: ...
@overload
def observe(model: Model, clip: list[Clip], /) -> list[xr.Dataset]: ...
def observe(model: Model, clip: Clip | list[Clip], /) -> xr.Dataset | list[xr.Dataset]:
    """Run a model on a clip and keep everything it names.

    Parameters
    ----------
    model : Model
        Run in evaluation mode and without gradients, on the device where it lies.
    clip : Clip or list of Clip
        Of faces, as the model's ``prepare`` takes them.

    Returns
    -------
    xarray.Dataset, or a list of them for a list
        ``<head>_logits`` and ``<head>_probability`` with the head's labels as coordinate; each named quantity with its
        dimensions named, and ``symbol``, ``equation`` and ``meaning`` as attributes. Frames carry ``time`` (s) and
        ``gap`` (a reason, or ""). Places that lie in a gap are NaN. A quantity that this forward skipped is absent.

    Raises
    ------
    TypeError
        For what is no model or no clip.
    ValueError
        When the model is compiled, when names or sizes of dimensions clash, or when the clip does not fit the model.
    RuntimeError
        When a probe fires twice in one forward.
    """
    if isinstance(clip, list):
        for one in clip:
            _check_clip(one)
        return [_observe(model, one) for one in clip]
    _check_clip(clip)
    return _observe(model, clip)


def _check_clip(clip: object) -> None:
    if not isinstance(clip, Clip):
        got = type(clip).__name__
        raise TypeError(f"clip must be a Clip or a list of them (ferviz.load_clip makes one); got {got}")


def _observe(model: Model, clip: Clip) -> xr.Dataset:
    named = quantities(model)
    heads = model.heads()
    taken = {dim for probe in named.values() for dim in probe.dims} | set(heads)
    for name in named:
        if name in taken:
            raise ValueError(f"the quantity {name!r} is named like a dimension: one of the two needs another name")
    inputs = tuple(tensor.to(device_of(model)) for tensor in model.prepare(clip))
    seen: dict[str, torch.Tensor] = {}
    with evaluating(model), _reading(named, seen), torch.no_grad():
        output = model(*inputs)
    outputs = output if isinstance(output, Mapping) else dict.fromkeys(heads, output)
    if set(outputs) != set(heads):
        raise ValueError(f"forward must return the heads {', '.join(heads)}; got {', '.join(outputs)}")
    builder = _Builder(model, clip)
    for head, labels in heads.items():
        builder.add_head(head, labels, outputs[head])
    for name, value in seen.items():
        probe = named[name]
        attributes = {"symbol": probe.symbol, "equation": probe.equation, "meaning": probe.meaning}
        builder.add(name, probe.dims, value, attributes)
    return builder.dataset()


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
    ValueError
        For an unknown quantity, a wrong shape, a value that is not finite, or a compiled model.
    RuntimeError
        When a changed quantity was not computed by a forward inside the block, or when the model is copied, saved or
        exported inside it (the change would stay in the copy).
    """
    named = quantities(model)
    for name in changes:
        if name not in named:
            known = f"{type(model).__name__} ({', '.join(named)})"
            raise ValueError(f"changes must name quantities of {known}; got {name!r}")
        if is_replaced(named[name]):
            raise ValueError(f"{name} is already changed by an intervene around this one")
    hooks = {name: _Replace(name, change) for name, change in changes.items()}
    handles = [named[name].register_forward_hook(hook) for name, hook in hooks.items()]
    handles.append(model.register_forward_hook(_Used(hooks)))
    try:
        yield
    finally:
        for handle in handles:
            handle.remove()


def is_replaced(part: nn.Module, /) -> bool:
    """Whether an `intervene` around this line replaces what a part of a model gives."""
    return any(isinstance(hook, _Replace) for hook in part._forward_hooks.values())


class _Bound:
    """A hook that must not travel with a copy of its model."""

    def __deepcopy__(self, memo: dict[int, Any]) -> NoReturn:
        raise RuntimeError("a model was copied inside intervene: the change would stay in the copy; copy it before")

    def __reduce__(self) -> NoReturn:
        raise RuntimeError("a model was saved inside intervene: the change would stay in the file; save it before")


class _Replace(_Bound):
    def __init__(self, name: str, change: Change) -> None:
        self.name, self.fired = name, 0
        if callable(change):
            self.function: Callable[[torch.Tensor], torch.Tensor] | None = change
            return
        self.function = None
        array = change.detach() if isinstance(change, torch.Tensor) else np.array(change, dtype=np.float64)
        self.value = torch.as_tensor(array)
        if not torch.isfinite(self.value).all():
            raise ValueError(f"{name} must be changed to finite numbers; got NaN or infinity")

    def __call__(self, probe: nn.Module, inputs: tuple[Any, ...], output: torch.Tensor) -> torch.Tensor:
        if torch.compiler.is_compiling():
            raise RuntimeError("a model was compiled or exported inside intervene: the change would stay in it")
        self.fired += 1
        if self.function is not None:
            changed = self.function(output)
            if not isinstance(changed, torch.Tensor) or changed.shape != output.shape:
                got = tuple(changed.shape) if isinstance(changed, torch.Tensor) else type(changed).__name__
                fits = f"a tensor of shape {tuple(output.shape)}"
                raise ValueError(f"the function for {self.name} must return {fits}; got {got}")
            return changed
        value = self.value.to(output)
        if value.ndim and value.shape != output.shape[1:]:
            raise ValueError(
                f"{self.name} must be changed to an array of shape {tuple(output.shape[1:])} (no batch axis); "
                f"got {tuple(value.shape)}"
            )
        return value.expand_as(output) if not value.ndim else value.unsqueeze(0).expand_as(output)


class _Used(_Bound):
    """After each forward: every changed quantity must have been computed, or the change would be ignored in silence."""

    def __init__(self, hooks: Mapping[str, _Replace]) -> None:
        self.hooks = hooks

    def __call__(self, model: nn.Module, inputs: tuple[Any, ...], output: Any) -> None:
        for name, hook in self.hooks.items():
            fired, hook.fired = hook.fired, 0
            if not fired:
                kind = type(model).__name__
                raise RuntimeError(f"{name} was to be changed, but this forward of {kind} did not compute it")


class _Keep(_Bound):
    def __init__(self, name: str, seen: dict[str, torch.Tensor]) -> None:
        self.name, self.seen = name, seen

    def __call__(self, probe: nn.Module, inputs: tuple[Any, ...], output: torch.Tensor) -> None:
        if self.name in self.seen:
            raise RuntimeError(f"the probe {self.name} fired twice in one forward: run shared nets once, by on_items")
        self.seen[self.name] = output.detach()


@contextmanager
def _reading(named: Mapping[str, Probe], seen: dict[str, torch.Tensor]) -> Iterator[None]:
    handles = [probe.register_forward_hook(_Keep(name, seen)) for name, probe in named.items()]
    try:
        yield
    finally:
        for handle in handles:
            handle.remove()


@contextmanager
def evaluating(model: nn.Module) -> Iterator[None]:
    """Evaluation mode while the block lasts; afterwards each part has its own flag again."""
    training = [module for module in model.modules() if module.training]
    if training:
        model.eval()
    try:
        yield
    finally:
        for module in training:
            module.training = True


def device_of(model: nn.Module) -> torch.device:
    """Where the model lies."""
    first = next(model.parameters(), None)
    return torch.device("cpu") if first is None else first.device


def _refuse_compiled(model: nn.Module) -> None:
    if not isinstance(model, nn.Module):
        raise TypeError(f"model must be a torch module; got {type(model).__name__}")
    if hasattr(model, "_orig_mod"):
        raise ValueError("model is compiled, which ignores hooks in silence: pass the model from before torch.compile")


class _Builder:
    """Collects named arrays of one clip and checks that their dimensions agree."""

    def __init__(self, model: Model, clip: Clip) -> None:
        self.model, self.clip = model, clip
        self.masks = model.masks(clip)
        self.sizes: dict[str, tuple[int, str]] = {}
        self.variables: dict[str, tuple[tuple[str, ...], np.ndarray, dict[str, str]]] = {}
        self.labels: dict[str, list[str]] = {}

    def add_head(self, head: str, labels: tuple[str, ...] | None, output: torch.Tensor) -> None:
        if labels is None:
            self.add(head, (), output, {})
            return
        self.labels[head] = list(labels)
        if output.shape[-1] != len(labels):
            fits = f"{len(labels)} outputs ({', '.join(labels)})"
            raise ValueError(f"head {head} must have {fits}; got {output.shape[-1]}")
        self.add(f"{head}_logits", (head,), output, {})
        self.add(f"{head}_probability", (head,), output.softmax(-1), {})

    def add(self, name: str, dims: tuple[str, ...], value: torch.Tensor, attributes: dict[str, str]) -> None:
        if self.model.leading == "frame":
            dims = ("frame", *dims)
        elif len(value) != 1:
            raise ValueError(f"{name} must have a batch of one clip; got {len(value)}")
        else:
            value = value[0]
        array = value.to("cpu", torch.float32).numpy().copy()
        for axis, dim in enumerate(dims):
            size, owner = self.sizes.setdefault(dim, (array.shape[axis], name))
            if size != array.shape[axis]:
                both = f"size {size} in {owner} and {array.shape[axis]} in {name}"
                raise ValueError(f"dimension {dim!r} has {both}: name them apart")
            if dim in self.masks:
                mask = self.masks[dim]
                if len(mask) != size:
                    raise ValueError(f"the mask of {dim!r} must have {size} places; got {len(mask)}")
                array[(slice(None),) * axis + (~mask,)] = np.nan
        self.variables[name] = (dims, array, attributes)

    def dataset(self) -> xr.Dataset:
        coordinates: dict[str, Any] = dict(self.labels)
        if self.sizes.get("frame", (0, ""))[0] == len(self.clip) > 0:
            reasons = [""] * len(self.clip)
            for gap in self.clip.gaps:
                if gap.stream == "frames":
                    reasons[gap.start : gap.stop] = [gap.reason] * (gap.stop - gap.start)
            coordinates["frame"] = np.arange(len(self.clip))
            coordinates["time"] = ("frame", self.clip.times, {"units": "s"})
            coordinates["gap"] = ("frame", reasons)
        attributes = {"model": type(self.model).__name__, "clip": self.clip.source}
        return xr.Dataset(self.variables, coords=coordinates, attrs=attributes)
