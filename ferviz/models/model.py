"""What every model of ferviz has in common: labels, the crop it was trained on, and how a clip becomes its input."""

from __future__ import annotations

import warnings
from collections.abc import Iterable, Mapping
from typing import Literal

import numpy as np
import numpy.typing as npt
import torch
from torch import nn
from torch.nn import functional

from ferviz.clip import Clip, Crop

__all__ = ["Model", "gray", "on_items", "resize"]


class Model(nn.Module):
    """A network that says what its numbers mean.

    Attributes
    ----------
    labels : LabelSet, or mapping of head to labels
        The meaning of the output axis. A model with several heads returns a dict from ``forward`` and gives a mapping
        here; a head that is one plain number has the label None.
    crop : Crop
        How the faces were cut that the model was trained on.
    leading : "frame" or "clip"
        What the first axis of inputs, outputs and named quantities counts: the frames of a clip, each on its own, or
        whole clips.
    """

    labels: Iterable[str] | Mapping[str, Iterable[str] | None]
    crop: Crop
    leading: Literal["frame", "clip"] = "frame"

    def prepare(self, clip: Clip) -> tuple[torch.Tensor, ...]:
        """The tensors that ``forward`` takes, in its order, from a clip of faces. Never detects a face."""
        raise NotImplementedError(f"{type(self).__name__} must say how a clip becomes its input")

    def masks(self, clip: Clip) -> dict[str, npt.NDArray[np.bool_]]:
        """Which places along a named dimension are usable; the others become NaN in an observation."""
        return {"frame": clip.usable("frames")}

    def heads(self) -> dict[str, tuple[str, ...] | None]:
        """Head → the labels along its output axis (None for a plain number), in order."""
        named = self.labels if isinstance(self.labels, Mapping) else {"emotion": self.labels}
        return {head: None if labels is None else tuple(map(str, labels)) for head, labels in named.items()}

    def check_faces(self, clip: Clip) -> None:
        """Raise ValueError for a clip without frames; warn when its faces were not cut out, or cut in another way."""
        if not len(clip):
            raise ValueError(f"{type(self).__name__} needs frames; the clip {clip.source!r} has sound only")
        had, own = clip.crop, self.crop
        if had is not None and (had.margin, had.align) == (own.margin, own.align):
            return
        what = "has no crop record" if had is None else f"was cut with margin {had.margin} and align {had.align!r}"
        warnings.warn(
            f"the clip {clip.source!r} {what}: {type(self).__name__} expects faces cut out by "
            f"ferviz.find_faces(clip, size={own.size}, margin={own.margin}, align={own.align!r})",
            stacklevel=3,
        )


def on_items(net: nn.Module, items: torch.Tensor) -> torch.Tensor:
    """Run ``net`` once on all items of all clips: (B, N, …) → fold to (B·N, …) → ``net`` → unfold to (B, N, …)."""
    batch, count = items.shape[:2]
    return net(items.flatten(0, 1)).unflatten(0, (batch, count))


def gray(pictures: torch.Tensor) -> torch.Tensor:
    """Colour pictures (N, 3, H, W) → gray (N, 1, H, W), by the weights of ITU-R BT.601."""
    return (pictures * pictures.new_tensor([0.299, 0.587, 0.114])[:, None, None]).sum(1, keepdim=True)


def resize(pictures: torch.Tensor, side: int) -> torch.Tensor:
    """Pictures (N, C, H, W) as (N, C, side, side), bilinear, smoothed first where they shrink."""
    if pictures.shape[-2:] == (side, side):
        return pictures
    return functional.interpolate(pictures, (side, side), mode="bilinear", antialias=True)
