"""The one form in which every method sees a model's inputs, or the vectors that it makes of them: rows."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from math import prod

import torch

from ferviz.models.model import Model

__all__ = ["Rows", "rows_of_inputs", "rows_of_vectors"]


@dataclass(frozen=True)
class Rows:
    """How inputs that are cut alike, or vectors, become rows (B, N, P · C, …), or (B, N, D), and inputs again.

    Parameters
    ----------
    shown : tuple of int
        The places of these inputs among all that ``forward`` takes.
    dims, shape
        The axes that became rows: frames, regions of all frames, positions; none for a whole picture or sound.
    channels : int
        C, of one picture; the P inputs lie behind each other. 0 for vectors.
    channelled : bool
        Whether the inputs have an axis of channels.
    places : tuple of str
        The axes after that.
    """

    shown: tuple[int, ...]
    dims: tuple[str, ...]
    shape: tuple[int, ...]
    channels: int
    channelled: bool
    places: tuple[str, ...]

    @property
    def count(self) -> int:
        """N."""
        return prod(self.shape)

    @property
    def in_frames(self) -> bool:
        """Whether rows are frames, or parts of frames."""
        return self.dims[:1] == ("frame",)

    def of_frame(self, frame: int) -> range:
        """The rows of one frame."""
        inner = prod(self.shape[1:])
        return range(frame * inner, (frame + 1) * inner)

    def form(self, tensors: Sequence[torch.Tensor]) -> torch.Tensor:
        """The inputs, or the vectors, with the clip as their first axis → rows."""
        tail = tuple(tensors[0].shape[1 + len(self.dims) :])
        tail = tail if self.channelled or not self.channels else (1, *tail)
        rows = [tensor.reshape(len(tensor), self.count, *tail) for tensor in tensors]
        return rows[0] if len(rows) == 1 else torch.cat(rows, 2)

    def inputs(self, x: torch.Tensor, rest: Sequence[torch.Tensor], shape: tuple[int, ...]) -> list[torch.Tensor]:
        """Rows, of this shape, and the inputs that stay → all inputs, vectors standing for what they were made of."""
        parts = iter(x.split(self.channels, 2) if self.channels else (x,))
        left, found = iter(rest), []
        for place in range(len(self.shown) + len(rest)):
            if place in self.shown:
                part = next(parts)
                tail = part.shape[2:] if self.channelled or not self.channels else part.shape[3:]
                found.append(part.reshape(len(x), *shape, *tail))
            else:
                found.append(next(left))
        return found


def rows_of_inputs(model: Model, inputs: Sequence[torch.Tensor], shown: Sequence[int]) -> Rows:
    """Of inputs (1, …), or (1, T, …) where frames have answers of their own. Raises ValueError where sizes differ."""
    lead = ("frame",) if model.leading == "frame" else ()
    takes, items = model.takes, {each.axis for each in model.items}
    first = inputs[shown[0]]
    if any(inputs[place].shape != first.shape for place in shown):
        names = " and ".join(takes[place].name for place in shown)
        raise ValueError(f"to must name one of the inputs {names}, which are cut alike but differ in size")
    axes = takes[shown[0]].axes
    inner = tuple(axis for axis in axes if axis in items)
    dims, rest = (*lead, *inner), axes[len(inner) :]
    deep = rest[:1] == ("channel",)
    size = tuple(first.shape[1 : 1 + len(dims)])
    return Rows(tuple(shown), dims, size, first.shape[1 + len(dims)] if deep else 1, deep, rest[int(deep) :])


def rows_of_vectors(model: Model, dims: tuple[str, ...], vectors: torch.Tensor, place: int) -> Rows:
    """Of vectors (1, …, D) with these dimensions before the last, which were made of the input at a place."""
    lead = ("frame",) if model.leading == "frame" else ()
    return Rows((place,), (*lead, *dims), tuple(vectors.shape[1:-1]), 0, False, ())
