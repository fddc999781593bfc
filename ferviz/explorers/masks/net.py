"""The network behind the explorer *Masks*: one face read with some of its modules switched, and its dilated stack."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import torch

from ferviz.intervene import Change, intervene
from ferviz.models.lbp_attention import LBPAttention
from ferviz.models.texture import texture_of
from ferviz.reading import device_of, evaluating, reading

__all__ = ["KINDS", "QUANTITIES", "Response", "check_model", "paths", "respond"]

Array = npt.NDArray[np.float32]

KINDS: Mapping[str, str] = {
    "original": "local binary patterns on the 3 × 3 square",
    "circle": "local binary patterns on the circle",
    "uniform": "uniform local binary patterns",
    "sobel": "the strength of edges",
    "raw": "the face itself",
    "flat": "the texture of an even gray, which says nothing",
}
"""What the second branch can be given to read."""
QUANTITIES = ("trunk", "texture", "mask", "attended", "reconstructed")


@dataclass(frozen=True, eq=False)
class Response:
    """``probability`` (E,); ``texture`` (S, S), what the second branch read, −1 to 1; ``maps`` of the five named
    quantities, (D, h, w) each."""

    probability: Array
    texture: Array
    maps: Mapping[str, Array]


def check_model(model: object) -> LBPAttention:
    """The model in evaluation mode, if it has every part that the explorer shows.

    Raises
    ------
    TypeError
        For another kind of model.
    ValueError
        When a module or the second branch is missing.
    """
    if not isinstance(model, LBPAttention):
        raise TypeError(f"model must be an LBPAttention or the name of one; got {type(model).__name__}")
    parts = {"texture": model.config.second, "attention": model.config.attention}
    missing = [name for name, part in {**parts, "reconstruction": model.config.reconstruction}.items() if not part]
    if missing:
        raise ValueError(f"model must have texture, attention and reconstruction; it has no {' and no '.join(missing)}")
    return model.eval()


def respond(
    model: LBPAttention, pictures: torch.Tensor, kind: str, *, attention: bool = True, reconstruction: bool = True
) -> Response:
    """What a network makes of one face, with switches.

    Parameters
    ----------
    model : LBPAttention
    pictures : torch.Tensor
        (1, C, S, S) as `LBPAttention.pictures` makes them.
    kind : str
        What the second branch reads, one of `KINDS`.
    attention, reconstruction : bool
        Without attention M is set to 0, so that H = T; without reconstruction R is set to H.
    """
    image, own = model.inputs(pictures)
    if kind == "flat":
        texture = model.inputs(torch.full_like(pictures, 128))[1]
    elif kind == model.config.second:
        texture = own
    else:
        texture = image if kind == "raw" else texture_of(pictures, kind).expand_as(image)
    device = device_of(model)
    with evaluating(model), torch.no_grad(), reading(model, QUANTITIES) as seen:
        changes: dict[str, Change] = {} if attention else {"mask": 0}
        if not reconstruction:
            changes["reconstructed"] = lambda _: seen["attended"]
        with intervene(model, changes):
            logits = model(image.to(device), texture.to(device))
    maps = {name: seen[name][0].float().cpu().numpy() for name in QUANTITIES}
    shown = texture.mean(1)[0].clamp(-1, 1).numpy()
    return Response(logits.softmax(-1)[0].float().cpu().numpy(), shown, maps)


def paths(rates: tuple[int, ...], side: int) -> Array:
    """How many ways lead through a stack of dilated 3 × 3 convolutions, along one axis.

    Parameters
    ----------
    rates : tuple of int
        As in `ferviz.models.lbp_attention.Config.rates`, from H to R.
    side : int
        Places along the axis. What a convolution reads beyond them is padding, and a way ends there.

    Returns
    -------
    array (side, side)
        From a place of R (row) to a place of H (column). In two dimensions their number is the product of both axes';
        without a border it would add up to 9 for each convolution.

    Examples
    --------
    >>> paths((1, 1), 5)[2]
    array([1., 2., 3., 2., 1.], dtype=float32)
    >>> paths((2, 2), 5)[2]
    array([2., 0., 3., 0., 2.], dtype=float32)
    """
    apart = np.abs(np.subtract.outer(np.arange(side), np.arange(side)))
    found = np.eye(side, dtype=np.float32)
    for rate in reversed(rates):
        found = found @ ((apart == 0) | (apart == rate)).astype(np.float32)
    return found
