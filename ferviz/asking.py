"""The one way to ask a model about a clip, and the one check of what it answers.

Observation, attribution, removal and curves all go through here, so that a network which contradicts its declaration,
gives another number of outputs than it has labels, or gives numbers that are not finite is refused everywhere, in the
same words.
"""

from __future__ import annotations

import inspect
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence, Set
from operator import attrgetter
from typing import Any

import numpy as np
import numpy.typing as npt
import torch
from torch import nn

from ferviz.clip import Clip
from ferviz.models.declaration import check_columns, check_declaration, check_silence, warn_of_softmax
from ferviz.models.model import Model
from ferviz.models.probe import Probe
from ferviz.reading import device_of, evaluating, quantities, watching

__all__ = [
    "answers",
    "ask",
    "beside",
    "by_head",
    "check_inputs",
    "check_model",
    "coordinates",
    "feed",
    "masks",
    "not_finite",
    "split_about",
    "without",
]

Mask = tuple[tuple[str, ...], npt.NDArray[np.bool_]]
"""Dimensions, and where along them the items can be used."""


def check_model(model: object) -> None:
    """Raise TypeError for what is no ferviz model; ValueError for a compiled one, or a declaration that cannot be."""
    named = quantities(model) if isinstance(model, nn.Module) else {}  # refuses compiled ones
    kind = type(model).__name__
    if not isinstance(model, Model):
        says = "which says what its inputs and outputs mean"
        ways = "ferviz.load_model makes one; a network of your own derives from it, see help(ferviz.models.Model)"
        raise TypeError(f"model must be a ferviz.models.Model, {says} ({ways}); got {kind}")
    if getattr(model, "labels", None) is None:
        raise ValueError(f"{kind} must have labels, which say what its outputs mean; it has none")
    _check_labels(model.labels)
    check_declaration(model.takes, model.items, named)
    check_columns(model.heads(), model.items, named)
    check_silence(model.synthetic_heads, model.heads(), named)
    for vectors, axis in ((each.vectors, each.axis) for each in model.items if each.vectors is not None):
        for word, path in (("encode", vectors.encode), ("pool", vectors.pool)):
            if path is not None and not _is_method(model, path):
                raise ValueError(f"{word} of items {axis!r} must be a part or a method of {kind}; got {path!r:.200}")


def _is_method(model: Model, path: str) -> bool:
    try:
        return callable(attrgetter(path)(model))
    except AttributeError:
        return False


def _check_labels(labels: object) -> None:
    """Raise TypeError for what are neither labels nor labels by head."""
    fits = "labels in order, or a mapping of head to labels (None for a plain number)"
    for head, each in labels.items() if isinstance(labels, Mapping) else [("emotion", labels)]:
        if not isinstance(head, str):
            raise TypeError(f"labels must be {fits}; got the head {head!r}")
        if each is None and isinstance(labels, Mapping):
            continue
        # what can be gone through but once would be empty at the second question
        if isinstance(each, str | bytes | Iterator | Set) or not isinstance(each, Iterable):
            raise TypeError(f"labels must be {fits}; got {each!r:.200} for the head {head!r}")


def split_about(model: Model, given: Mapping[str, Any]) -> tuple[dict[str, Any], dict[str, Any]]:
    """What of some words the model can be told of a clip (arguments of its ``pictures``), and the others."""
    words = list(inspect.signature(model.pictures).parameters)[1:]
    return (
        {word: value for word, value in given.items() if word in words},
        {word: value for word, value in given.items() if word not in words},
    )


def feed(model: Model, clip: Clip, about: Mapping[str, Any]) -> tuple[torch.Tensor, ...]:
    """What ``forward`` takes, one tensor for each declared input, on the model's device and in its precision.

    Raises
    ------
    TypeError
        For a word that the model cannot be told.
    ValueError
        When the tensors are not what the model declares.
    """
    kind = type(model).__name__
    for word in split_about(model, about)[1]:
        words = list(inspect.signature(model.pictures).parameters)[1:]
        fits = f"{', '.join(words)} would fit" if words else "nothing would fit"
        raise TypeError(f"{word!r} is nothing that {kind} can be told of a clip: {fits}")
    batch = len(clip) if model.leading == "frame" else 1
    return beside(model, check_inputs(model, model.prepare(clip, **about), batch))


def beside(model: Model, tensors: Iterable[torch.Tensor]) -> tuple[torch.Tensor, ...]:
    """Tensors on the model's device, those of floats in its precision."""
    first = next((weight for weight in model.parameters() if weight.is_floating_point()), None)
    device, precision = device_of(model), torch.float32 if first is None else first.dtype
    return tuple(
        tensor.to(device, precision) if tensor.is_floating_point() else tensor.to(device) for tensor in tensors
    )


def check_inputs(model: Model, tensors: object, batch: int) -> tuple[torch.Tensor, ...]:
    """What ``inputs`` of a model gave for so many frames or clips, once it is certain that it fits what is declared.

    Raises
    ------
    TypeError
        For what is no tuple of tensors.
    ValueError
        For another number of them, another shape, or axes of items that do not agree.
    """
    kind, names = type(model).__name__, ", ".join(each.name for each in model.takes)
    if not isinstance(tensors, tuple | list) or not all(isinstance(each, torch.Tensor) for each in tensors):
        got = type(tensors).__name__
        if isinstance(tensors, tuple | list):
            got += f" of {', '.join(type(each).__name__ for each in tensors)}"
        raise TypeError(f"inputs of {kind} must return a tuple of tensors ({names}); got {got}")
    if len(tensors) != len(model.takes):
        raise ValueError(f"inputs of {kind} must give what it declares ({names}); got {len(tensors)} tensors")
    counted = "frames" if model.leading == "frame" else "clip" if batch == 1 else "clips"
    sizes: dict[str, int] = {}
    for each, tensor in zip(model.takes, tensors, strict=True):
        fits = ", ".join((f"{batch} {counted}", *each.axes))
        if tensor.ndim != len(each.axes) + 1 or len(tensor) != batch:
            raise ValueError(f"input {each.name} of {kind} must have shape ({fits}); got {tuple(tensor.shape)}")
        if tensor.is_complex() or (each.stream is not None and tensor.dtype == torch.bool):
            raise TypeError(f"input {each.name} of {kind} must be real numbers; got {tensor.dtype}")
        for axis, size in zip(each.axes, tensor.shape[1:], strict=True):
            if axis in _item_axes(model) and sizes.setdefault(axis, size) != size:
                got = f"{sizes[axis]} and {size} in {each.name}"
                raise ValueError(f"inputs of {kind} must agree on {axis!r}; got {got}")
    return tuple(tensors)


def ask(model: Model, *inputs: torch.Tensor) -> dict[str, torch.Tensor]:
    """Run the model: head → outputs (B, labels), or (B,) for a plain number. See `answers` for what is refused."""
    return answers(model, model(*inputs), *inputs)


def answers(
    model: Model, output: Any, *inputs: torch.Tensor, by: Callable[..., Any] | None = None
) -> dict[str, torch.Tensor]:
    """What the model has said by head, once it is certain that it fits its labels and is finite.

    ``by`` is the part of the model that gave the output, unless it was the whole. Warns of heads that end in a softmax.

    Raises
    ------
    TypeError
        When ``forward`` gave neither a tensor nor a dict of them.
    ValueError
        For other heads, another number of outputs than labels, or numbers that are not finite, naming the first
        quantity or layer in which they stand.
    """
    said = by_head(model, output, len(inputs[0]) if inputs else None)
    if not all(bool(torch.isfinite(each).all()) for each in said.values()):
        kind = type(model).__name__
        raise ValueError(f"the answer of {kind} is not finite: {not_finite(model, inputs, by or model)}")
    warn_of_softmax(type(model).__name__, {head: said[head] for head, labels in model.heads().items() if labels})
    return said


def by_head(model: Model, output: Any, count: int | None) -> dict[str, torch.Tensor]:
    """What the model has said of ``count`` items by head, once it is certain that it fits its labels.

    Raises TypeError and ValueError as `answers` does, for all but numbers that are not finite.
    """
    heads, kind = model.heads(), type(model).__name__
    if isinstance(output, torch.Tensor):
        output = {"one tensor": output} if len(heads) > 1 else {next(iter(heads)): output}
    if not isinstance(output, Mapping):
        raise TypeError(f"forward of {kind} must return one tensor, or a dict of heads; got {type(output).__name__}")
    if set(output) != set(heads):
        raise ValueError(f"forward must return the heads {', '.join(heads)}; got {', '.join(map(str, output))}")
    for head, labels in heads.items():
        _check_head(head, labels, output[head], count)
    return {head: output[head] for head in heads}


@torch.no_grad()
def not_finite(model: Model, inputs: Sequence[torch.Tensor], by: Callable[..., Any]) -> str:
    """Where numbers that are not finite come in: the first named quantity or layer, for people to read."""
    for each, tensor in zip(model.takes, inputs, strict=False):
        if tensor.is_floating_point() and not torch.isfinite(tensor).all():
            return f"its input {each.name} holds NaN or infinity"
    found: list[str] = []

    def look(path: str, part: nn.Module, given: tuple[Any, ...], output: Any) -> None:
        if found or not isinstance(output, torch.Tensor) or bool(torch.isfinite(output).all()):
            return
        what = "the named quantity" if isinstance(part, Probe) else f"the layer ({type(part).__name__})"
        own = [name for name, value in part.named_parameters(recurse=False) if not torch.isfinite(value).all()]
        why = f", as its {own[0]} holds such" if own else ""
        found.append(f"{what} {path} is the first to give NaN or infinity{why}")

    with evaluating(model), watching(model, look):
        by(*inputs)
    return found[0] if found else "no layer is to blame, so it comes from what forward does with them"


def masks(model: Model, clip: Clip, inputs: tuple[torch.Tensor, ...]) -> list[Mask]:
    """Which items can be used, as the model's mask inputs and the clip's gaps say."""
    found: list[Mask] = [(("frame",), clip.usable("frames"))] if model.leading == "frame" else []
    named = {each.name: (each, tensor) for each, tensor in zip(model.takes, inputs, strict=True)}
    for name in dict.fromkeys(each.mask for each in model.items if each.mask is not None):
        one, tensor = named[name]
        lead = ("frame",) if model.leading == "frame" else ()
        usable = (tensor if lead else tensor[0]).bool().cpu().numpy()
        dims = (*lead, *one.axes)
        found.append((dims, usable))
        renamed = [(items.axis, other) for items in model.items if items.mask == name for other in items.also]
        found += [(tuple(other if dim == axis else dim for dim in dims), usable) for axis, other in renamed]
    return found


def without(found: list[Mask], dims: tuple[str, ...], shape: tuple[int, ...]) -> npt.NDArray[np.bool_]:
    """Where an array with these dimensions lies in a gap: it has no value there.

    Along a dimension that it has not, one item that can be used is enough. Raises ValueError for a mask of another
    size.
    """
    gap = np.zeros(shape, bool)
    for axes, usable in found:
        shared = [axis for axis in axes if axis in dims]
        if not shared:
            continue
        for axis in shared:
            size, places = shape[dims.index(axis)], usable.shape[axes.index(axis)]
            if size != places:
                raise ValueError(f"the mask of {axis!r} must have {size} places; got {places}")
        kept = np.asarray(usable.any(tuple(place for place, axis in enumerate(axes) if axis not in dims)))
        kept = kept.transpose(sorted(range(len(shared)), key=lambda place: dims.index(shared[place])))
        gap |= ~kept.reshape([size if axis in shared else 1 for axis, size in zip(dims, shape, strict=True)])
    return gap


def coordinates(model: Model, clip: Clip, about: Mapping[str, Any], sizes: Mapping[str, int]) -> dict[str, Any]:
    """The coordinates of the item axes among ``sizes``, as xarray takes them.

    Frames have their number, ``time`` (s) and ``gap`` (why a frame cannot be used, or ""); other items what the model
    declares. Raises ValueError for a coordinate of another size than its axis.
    """
    found: dict[str, Any] = {}
    if sizes.get("frame", 0) == len(clip) > 0:
        reasons = [""] * len(clip)
        for gap in clip.gaps:
            if gap.stream == "frames":
                reasons[gap.start : gap.stop] = [gap.reason] * (gap.stop - gap.start)
        found["frame"] = np.arange(len(clip))
        found["time"] = ("frame", clip.times, {"units": "s"})
        found["gap"] = ("frame", reasons)
    for items in model.items:
        if items.coordinates is None or items.axis not in sizes:
            continue
        for name, (dims, values, attributes) in items.coordinates(clip, **about).items():
            dims = (dims,) if isinstance(dims, str) else tuple(dims)
            for dim, size in zip(dims, np.shape(values), strict=True):
                if sizes.get(dim, size) != size:
                    raise ValueError(f"coordinate {name!r} must have {sizes[dim]} places along {dim!r}; got {size}")
            if all(dim in sizes for dim in dims if dim in _item_axes(model)):
                found[name] = (dims, values, attributes)
    return found


def _item_axes(model: Model) -> set[str]:
    return {items.axis for items in model.items} | ({"frame"} if model.leading == "frame" else set())


def _check_head(head: str, labels: tuple[str, ...] | None, output: Any, batch: int | None) -> None:
    if not isinstance(output, torch.Tensor):
        raise TypeError(f"head {head} must be a tensor; got {type(output).__name__}")
    if labels is None:
        if output.ndim != 1 or batch not in (None, len(output)):
            raise ValueError(f"head {head} must be one number an item ({batch},); got shape {tuple(output.shape)}")
        return
    if output.ndim == 2 and output.shape[1] != len(labels):
        fits = f"{len(labels)} outputs ({', '.join(labels)})"
        raise ValueError(f"head {head} must have {fits}; got {output.shape[1]}")
    if output.ndim != 2 or batch not in (None, len(output)):
        raise ValueError(f"head {head} must have shape ({batch}, {len(labels)}); got {tuple(output.shape)}")
