"""What a model says of its inputs: their names and axes, the items that they are made of, and where those lie.

    takes = (Input("frames", ("frame", "channel", "y", "x")), Input("mask", ("frame",), None))
    items = (Items("frame", of="frames", mask="mask", vectors=Vectors("feature")),)

Everything that asks a model (observation, attribution, removal, curves) reads this and guesses nothing from shapes. The
same few words can be said from outside of a network that somebody else has written.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal, get_args

__all__ = ["Coordinates", "Input", "Items", "Stream", "Vectors", "check_declaration"]

Stream = Literal["frames", "audio"]

Coordinates = Callable[..., Mapping[str, tuple[str | tuple[str, ...], Any, dict[str, str]]]]
"""Gets a clip, and what the model was told about it; gives name → (dimensions, values, attributes), as xarray takes
them. A coordinate called ``box`` (item, edge) or (frame, item, edge) says which pixels of the clip an item shows: left,
top, right, bottom."""


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
    """

    name: str
    axes: tuple[str, ...]
    stream: Stream | None = "frames"

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


def check_declaration(takes: Sequence[Input], items: Sequence[Items]) -> None:
    """Raise ValueError for a declaration that contradicts itself, naming the two that do not fit."""
    named = {each.name: each for each in takes}
    if len(named) != len(takes):
        raise ValueError(f"inputs must have names of their own; got {', '.join(each.name for each in takes)}")
    axes = [each.axis for each in items]
    for each in items:
        if each.of not in named:
            raise ValueError(f"items {each.axis!r} must divide one of the inputs {', '.join(named)}; got {each.of!r}")
        if each.axis not in named[each.of].axes and each.vectors is None:
            raise ValueError(f"input {each.of!r} must have the axis {each.axis!r}, or items {each.axis!r} need vectors")
        if each.mask is not None and (each.mask not in named or each.axis not in named[each.mask].axes):
            raise ValueError(f"mask of items {each.axis!r} must be an input with that axis; got {each.mask!r}")
    for one in takes:
        inner = [place for place, axis in enumerate(one.axes) if axis in axes]
        if inner != list(range(len(inner))):
            raise ValueError(f"input {one.name!r} must have its items' axes first; got {', '.join(one.axes)}")
        if "channel" in one.axes and one.axes.index("channel") != len(inner):
            raise ValueError(f"input {one.name!r} must have channel after its items' axes; got {', '.join(one.axes)}")
