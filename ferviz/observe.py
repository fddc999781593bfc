"""Run a model on a clip and keep everything that it names, as labelled arrays.

    seen = ferviz.observe(model, clip)                      # an xarray.Dataset: seen["emotion_probability"]

The train/eval flags, the gradients and the device come back as they were, also after an error.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, overload

import numpy as np
import torch
import xarray as xr

from ferviz.clip import Clip
from ferviz.models.model import Model
from ferviz.reading import device_of, evaluating, quantities, reading

__all__ = ["observe"]


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
    with evaluating(model), reading(model) as seen, torch.no_grad():
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
