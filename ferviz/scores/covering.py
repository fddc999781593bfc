"""Cover a part of a picture: an experiment on a model, not a measure of where the emotion is.

A patch is a shape that the model never saw.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt
from PIL import Image, ImageFilter

from ferviz.arguments import choice, number, plain
from ferviz.attribution.baselines import GRAY, spelled

__all__ = ["FILLS", "cover", "filling"]

Array = npt.NDArray[Any]

FILLS = ("gray", "blur", "black")
"""What can be seen through a patch; "grey" is taken too."""


def check_picture(name: str, value: object) -> None:
    """Raise TypeError or ValueError for what is no uint8 array (H, W, 3)."""
    plain(name, value)
    if not isinstance(value, np.ndarray) or value.dtype != np.uint8:
        got = value.dtype if isinstance(value, np.ndarray) else type(value).__name__
        raise TypeError(f"{name} must be a uint8 array (H, W, 3); got {got}")
    if value.ndim != 3 or value.shape[2] != 3 or not value.size:
        raise ValueError(f"{name} must have shape (H, W, 3); got {value.shape}")


def cover(frame: Array, fill: Array, x: float, y: float, size: float) -> Array:
    """Lay a square of ``fill`` over a picture.

    Parameters
    ----------
    frame, fill : uint8 arrays (S, S, 3)
        The picture, and what is seen through the patch.
    x, y, size : float
        Centre and side of the patch as shares of S. A pixel that the patch covers in part is mixed.

    Returns
    -------
    uint8 array (S, S, 3)

    Raises
    ------
    TypeError, ValueError
        For what are no pictures of one shape, or no numbers.
    """
    check_picture("frame", frame)
    check_picture("fill", fill)
    for name, value in (("x", x), ("y", y)):
        number(name, value)
    number("size", size, "0 or more", lambda value: value >= 0)
    if frame.shape != fill.shape:
        raise ValueError(f"frame and fill must have one shape; got {frame.shape} and {fill.shape}")
    pixels = np.arange(frame.shape[0])
    low, high = ((np.array([y, x]) + half * size) * frame.shape[0] for half in (-0.5, 0.5))
    across = np.clip(np.minimum(high[:, None], pixels + 1) - np.maximum(low[:, None], pixels), 0, 1)  # (2, S)
    share = (across[0][:, None] * across[1][None])[..., None]
    return np.rint(frame * (1 - share) + fill * share).astype(np.uint8)


def filling(frame: Array, fill: str) -> Array:
    """The picture that is seen through a patch: one gray, its mean brightness; itself blurred; or black.

    Raises TypeError and ValueError for what is no uint8 picture, or a fill that is none of `FILLS`.
    """
    check_picture("frame", frame)
    choice("fill", spelled(fill) if isinstance(fill, str) else fill, FILLS)
    if spelled(fill) == "gray":
        return np.full_like(frame, round(float(frame.mean((0, 1)) @ GRAY)))
    if fill == "blur":
        return np.asarray(Image.fromarray(frame).filter(ImageFilter.GaussianBlur(frame.shape[0] / 10)))
    return np.zeros_like(frame)
