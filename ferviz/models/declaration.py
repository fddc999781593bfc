"""What a model says of its inputs: their names and axes, the items that they are made of, and where those lie.

    takes = (Input("frames", ("frame", "channel", "y", "x")), Input("mask", ("frame",), None))
    items = (Items("frame", of="frames", mask="mask", vectors=Vectors("feature")),)

Everything that asks a model (observation, attribution, removal, curves) reads this and guesses nothing from shapes. The
same few words can be said from outside of a network that somebody else has written.
"""

from __future__ import annotations

import warnings
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal, get_args

import torch

from ferviz.arguments import choice, words
from ferviz.models.probe import Probe

__all__ = [
    "Coordinates", "Input", "Items", "Stream", "Vectors", "check_columns", "check_declaration", "check_silence",
    "warn_of_softmax",
]  # fmt: skip

Stream = Literal["frames", "audio"]

Coordinates = Callable[..., Mapping[str, tuple[str | tuple[str, ...], Any, dict[str, str]]]]
"""Gets a clip, and what the model was told about it; gives name → (dimensions, values, attributes), as xarray takes
them. A coordinate called ``box`` (item, edge) or (frame, item, edge) says which pixels of the clip an item shows: left,
top, right, bottom."""


RESERVED = ("time", "gap", "target")
"""Columns that observations and attributions have beside those of the model's own names."""


@dataclass(frozen=True)
class Input:
    """One tensor that ``forward`` takes.

    Parameters
    ----------
    name : str
        ``face``, ``texture``, ``frames``, ``sound``, ``regions``, ``mask``, ``boxes`` …
    axes : tuple of str
        All axes after the first, the batch: those that count items, then ``channel`` where there is one, then places
        (``y`` and ``x`` for pictures).
    stream : "frames", "audio" or None
        What of a clip it shows, and so what a baseline of it is made from; None for what shows nothing (masks, boxes).
    optional : bool
        Whether a clip without this stream has an answer too; the model's ``pictures`` then says what stands for it.
    """

    name: str
    axes: tuple[str, ...]
    stream: Stream | None = "frames"
    optional: bool = False

    def __post_init__(self) -> None:
        if self.stream not in (*get_args(Stream), None):
            raise ValueError(f"stream must be 'frames', 'audio' or None; got {self.stream!r} for input {self.name!r}")
        if len(set(self.axes)) != len(self.axes):
            raise ValueError(f"axes must name each axis once; got {', '.join(self.axes)} for input {self.name!r}")

    @property
    def pictured(self) -> bool:
        """Whether its places are those of a picture from the clip's frames."""
        return self.stream == "frames" and self.axes[-2:] == ("y", "x")


@dataclass(frozen=True)
class Vectors:
    """Where a model turns items into vectors, so that all that comes after can be run by itself.

    ``quantity`` names the vectors (item, channel); ``encode`` is the part that makes them of single items (N, …) →
    (N, D), where there is one; ``pool`` the method that goes on: it takes what ``forward`` takes, with the vectors in
    the items' place, and gives what ``forward`` gives.
    """

    quantity: str
    encode: str | None = "backbone"
    pool: str = "pool"


@dataclass(frozen=True)
class Items:
    """An axis that counts like things: frames of a clip, regions of a face, positions of a sound.

    Parameters
    ----------
    axis : str
        The dimension's name, in inputs and named quantities alike.
    of : str
        The input that it divides. Where that input has no such axis (positions that a network makes of a sound),
        ``vectors`` must say where the items are made.
    mask : str, optional
        The input (bool or numbers, over this axis and perhaps others) that is 0 where an item cannot be used.
    vectors : Vectors, optional
    coordinates : function, optional
        See `Coordinates`. Frames have ``time`` and ``gap`` without it.
    also : tuple of str
        Other names of the same dimension, for a quantity that has it twice (``other_frame``).
    """

    axis: str
    of: str
    mask: str | None = None
    vectors: Vectors | None = None
    coordinates: Coordinates | None = None
    also: tuple[str, ...] = ()

    @property
    def name(self) -> str:
        """The axis with its input before it, such as ``video.frame``: it tells two axes of one name apart."""
        return f"{self.of}.{self.axis}"


def check_declaration(takes: Sequence[Input], items: Sequence[Items], named: Mapping[str, Probe]) -> None:
    """Raise ValueError for a declaration that contradicts itself, or the quantities that the model names.

    It names the two that do not fit; TypeError for what is no declaration at all.
    """
    declared: tuple[tuple[str, Any, type], ...] = (("takes", takes, Input), ("items", items, Items))
    for name, given, kind in declared:
        if isinstance(given, str) or not isinstance(given, Sequence) or not all(isinstance(e, kind) for e in given):
            raise TypeError(f"{name} must be a tuple of {kind.__name__}; got {given!r:.200}")
    if not takes:
        raise ValueError("takes must declare one input at least; got none")
    inputs = {each.name: each for each in takes}
    if len(inputs) != len(takes):
        raise ValueError(f"inputs must have names of their own; got {', '.join(each.name for each in takes)}")
    if len({each.name for each in items}) != len(items):
        raise ValueError(f"items must have names of their own; got {', '.join(each.name for each in items)}")
    axes = [each.axis for each in items]
    for each in items:
        if each.of not in inputs:
            raise ValueError(f"items {each.axis!r} must divide one of the inputs {', '.join(inputs)}; got {each.of!r}")
        if each.axis not in inputs[each.of].axes and each.vectors is None:
            raise ValueError(f"input {each.of!r} must have the axis {each.axis!r}, or items {each.axis!r} need vectors")
        if each.mask is not None and (each.mask not in inputs or each.axis not in inputs[each.mask].axes):
            raise ValueError(f"mask of items {each.axis!r} must be an input with that axis; got {each.mask!r:.200}")
        if each.mask is not None:
            known = {*axes, *(axis for one in takes if one.name != each.mask for axis in one.axes)}
            for axis in inputs[each.mask].axes:
                if axis not in known:
                    raise ValueError(f"mask {each.mask!r} must lie over axes of items or inputs; got {axis!r:.200}")
        if each.vectors is not None:
            _check_vectors(each, each.vectors, named)
        for other in each.also:
            if other in axes:
                raise ValueError(f"also of items {each.axis!r} must be no axis of items itself; got {other!r:.200}")
    for one in takes:
        inner = [place for place, axis in enumerate(one.axes) if axis in axes]
        if inner != list(range(len(inner))):
            raise ValueError(f"input {one.name!r} must have its items' axes first; got {', '.join(one.axes)}")
        if "channel" in one.axes and one.axes.index("channel") != len(inner):
            raise ValueError(f"input {one.name!r} must have channel after its items' axes; got {', '.join(one.axes)}")


def _check_vectors(items: Items, vectors: Vectors, named: Mapping[str, Probe]) -> None:
    what = f"vectors of items {items.axis!r}"
    if vectors.quantity not in named:
        raise ValueError(f"{what} must be a named quantity ({', '.join(named) or 'none'}); got {vectors.quantity!r}")
    dims = named[vectors.quantity].dims
    if len(dims) < 2 or items.axis not in dims[:-1]:
        fits = f"along {items.axis!r}, then their channels"
        raise ValueError(f"{what} must lie {fits}; {vectors.quantity!r} has {', '.join(dims) or 'no axes'}")


def check_silence(synthetic: Sequence[str], heads: Mapping[str, Any], named: Mapping[str, Probe]) -> None:
    """Raise TypeError or ValueError for heads of a generator's parameters, or of quantities, that are no heads."""
    for head in words("synthetic_heads", synthetic):
        choice("each of synthetic_heads", head, heads)
    for name, probe in named.items():
        if probe.head:
            choice(f"the head of the quantity {name}", probe.head, heads)


def check_columns(
    heads: Mapping[str, Sequence[str] | None], items: Sequence[Items], named: Mapping[str, Probe]
) -> None:
    """Raise ValueError for names that could not stand side by side in one observation, or labels that say nothing."""
    if not heads:
        raise ValueError("labels must be of one head at least; got none")
    for head, labels in heads.items():
        if labels is not None and not labels:
            raise ValueError(f"labels of head {head!r} must be one at least; got none")
        if labels is not None and len(set(labels)) != len(labels):
            twice = next(label for label in labels if list(labels).count(label) > 1)
            raise ValueError(f"labels of head {head!r} must each be there once; {twice!r} is there twice")
    axes = {axis for each in items for axis in (each.axis, *each.also)}
    dims = {dim for probe in named.values() for dim in probe.dims}
    for kind, names, taken in (
        ("head", heads, {*RESERVED, "frame", *axes}),
        ("axis", axes | dims, set(RESERVED)),
        ("quantity", named, {*RESERVED, "frame"}),
    ):
        for name in names:
            if name in taken:
                column = "a column of every observation" if name in {*RESERVED, "frame"} else "an axis of its items"
                raise ValueError(f"the {kind} {name!r} is named like {column}: it needs another name")
    for name in named:
        if name in dims | axes | set(heads):
            raise ValueError(f"the quantity {name!r} is named like a dimension: one of the two needs another name")
    labelled = {head for head, labels in heads.items() if labels is not None}  # quantities may lie along labels
    columns = [column for head, labels in heads.items() for column in _columns(head, labels)] + list(named)
    for column in columns:
        if columns.count(column) > 1 or column in dims - labelled:
            what = "a head or a quantity needs another name"
            raise ValueError(f"an observation would have two columns {column!r}: {what}")


def _columns(head: str, labels: Sequence[str] | None) -> tuple[str, ...]:
    return (head,) if labels is None else (f"{head}_logits", f"{head}_probability")


def warn_of_softmax(kind: str, said: Mapping[str, torch.Tensor]) -> None:
    """Warn where all rows of a head of labels (B, labels) are distributions: its logits are wanted."""
    for head, output in said.items():
        if output.numel() == 0 or output.shape[1] < 2 or bool((output < 0).any()):
            continue
        total = output.sum(1)
        if torch.allclose(total, torch.ones_like(total), atol=1e-3):
            warnings.warn(
                f"head {head} of {kind} gives numbers that sum to 1, as probabilities do: logits are wanted, of which "
                "ferviz makes the probabilities; leave the softmax out of forward",
                stacklevel=4,
            )
