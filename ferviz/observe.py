"""Run a model on a clip and keep everything that it names, as labelled arrays.

    seen = ferviz.observe(model, clip)                      # an xarray.Dataset: seen["emotion_probability"]

The train/eval flags, the gradients and the device come back as they were, also after an error.
"""

from __future__ import annotations

from typing import Any, overload

import numpy as np
import torch
import xarray as xr

from ferviz import asking
from ferviz.clip import Clip
from ferviz.models.model import Model
from ferviz.reading import evaluating, quantities, reading

__all__ = ["observe"]


@overload
def observe(model: Model, clip: Clip, /, **about: Any) -> xr.Dataset: ...
@overload
def observe(model: Model, clip: list[Clip], /, **about: Any) -> list[xr.Dataset]: ...
def observe(model: Model, clip: Clip | list[Clip], /, **about: Any) -> xr.Dataset | list[xr.Dataset]:
    """Run a model on a clip and keep everything it names.

    Parameters
    ----------
    model : Model
        Run in evaluation mode and without gradients, on the device where it lies.
    clip : Clip or list of Clip
        Of faces, as the model's ``pictures`` takes them.
    **about
        What the model can be told of a clip: the further arguments of its ``pictures``, such as ``boxes``.

    Returns
    -------
    xarray.Dataset, or a list of them for a list
        ``<head>_logits`` and ``<head>_probability`` with the head's labels as coordinate; each named quantity with its
        dimensions named, and ``symbol``, ``equation`` and ``meaning`` as attributes. Frames carry ``time`` (s) and
        ``gap`` (a reason, or ""); other items the coordinates that the model declares. Places that lie in a gap are
        NaN. A quantity that this forward skipped is absent. So are heads that say nothing of this clip
        (``synthetic_heads`` of the model), with all that belongs to them; the attribute ``left_out`` says why.

    Raises
    ------
    TypeError
        For what is no model or no clip, or a word that the model cannot be told.
    ValueError
        When the model is compiled, when names or sizes of dimensions clash, when the clip does not fit the model, or
        what the model does not fit its labels; when a number outside a gap is not finite, naming where.
    RuntimeError
        When a probe fires twice in one forward.
    """
    if isinstance(clip, list):
        asking.check_model(model)
        for one in clip:
            _check_clip(one)
        return [_observe(model, one, about) for one in clip]
    _check_clip(clip)
    return _observe(model, clip, about)


def _check_clip(clip: object) -> None:
    if not isinstance(clip, Clip):
        got = type(clip).__name__
        raise TypeError(f"clip must be a Clip or a list of them (ferviz.load_clip makes one); got {got}")


def _observe(model: Model, clip: Clip, about: dict[str, Any]) -> xr.Dataset:
    asking.check_model(model)
    named, heads = quantities(model), model.heads()
    inputs = asking.feed(model, clip, about)
    with evaluating(model), torch.no_grad(), reading(model) as seen:
        said = asking.ask(model, *inputs)
    builder, silent = _Builder(model, clip, asking.masks(model, clip, inputs)), model.silent(clip)
    for head, output in said.items():
        if head not in silent:
            builder.add_head(head, heads[head], output)
    for name, value in seen.items():
        probe = named[name]
        if probe.head and probe.head in silent:
            continue
        attributes = {"symbol": probe.symbol, "equation": probe.equation, "meaning": probe.meaning}
        builder.add(name, probe.dims, value, attributes)
    return builder.dataset(about)


class _Builder:
    """Collects named arrays of one clip and checks that their dimensions agree."""

    def __init__(self, model: Model, clip: Clip, masks: list[asking.Mask]) -> None:
        self.model, self.clip, self.masks = model, clip, masks
        self.sizes: dict[str, tuple[int, str]] = {}
        self.variables: dict[str, tuple[tuple[str, ...], np.ndarray, dict[str, str]]] = {}
        self.labels: dict[str, list[str]] = {}

    def add_head(self, head: str, labels: tuple[str, ...] | None, output: torch.Tensor) -> None:
        if labels is None:
            self.add(head, (), output, {})
            return
        self.labels[head] = list(labels)
        self.add(f"{head}_logits", (head,), output, {})
        self.add(f"{head}_probability", (head,), output.softmax(-1), {})

    def add(self, name: str, dims: tuple[str, ...], value: torch.Tensor, attributes: dict[str, str]) -> None:
        if self.model.leading == "frame":
            dims = ("frame", *dims)
        elif len(value) != 1:
            raise ValueError(f"{name} must have a batch of one clip; got {len(value)}")
        else:
            value = value[0]
        array = value.to("cpu", torch.promote_types(value.dtype, torch.float32)).numpy().copy()
        for axis, dim in enumerate(dims):
            size, owner = self.sizes.setdefault(dim, (array.shape[axis], name))
            if size != array.shape[axis]:
                both = f"size {size} in {owner} and {array.shape[axis]} in {name}"
                raise ValueError(f"dimension {dim!r} has {both}: name them apart")
        gap = asking.without(self.masks, dims, array.shape)
        if not np.isfinite(array[~gap]).all():
            kind = type(self.model).__name__
            raise ValueError(f"the named quantity {name} of {kind} is not finite outside the clip's gaps")
        array[gap] = np.nan
        self.variables[name] = (dims, array, attributes)

    def dataset(self, about: dict[str, Any]) -> xr.Dataset:
        sizes = {dim: size for dim, (size, _) in self.sizes.items()}
        coordinates = asking.coordinates(self.model, self.clip, about, sizes)
        for name in coordinates:
            if name in self.variables or name in self.labels:
                raise ValueError(f"coordinate {name!r} is named like a head or a quantity: it needs another name")
        coordinates = {**self.labels, **coordinates}
        attributes = {"model": type(self.model).__name__, "clip": self.clip.source}
        if silent := self.model.silent(self.clip):
            attributes["left_out"] = self.model.silence(silent)
        return xr.Dataset(self.variables, coords=coordinates, attrs=attributes)
