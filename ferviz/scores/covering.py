"""Cover a part of a picture: an experiment on a model, not a measure of where the emotion is.

A patch is a shape that the model never saw.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt
from PIL import Image, ImageFilter

from ferviz.attribution.baselines import GRAY, spelled

__all__ = ["FILLS", "cover", "filling"]

Array = npt.NDArray[Any]

FILLS = ("gray", "blur", "black")
"""What can be seen through a patch; "grey" is taken too."""


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
    """
    pixels = np.arange(frame.shape[0])
    low, high = ((np.array([y, x]) + half * size) * frame.shape[0] for half in (-0.5, 0.5))
    across = np.clip(np.minimum(high[:, None], pixels + 1) - np.maximum(low[:, None], pixels), 0, 1)  # (2, S)
    share = (across[0][:, None] * across[1][None])[..., None]
    return np.rint(frame * (1 - share) + fill * share).astype(np.uint8)


def filling(frame: Array, fill: str) -> Array:
    """The picture that is seen through a patch: one gray, its mean brightness; itself blurred; or black."""
    if spelled(fill) == "gray":
        return np.full_like(frame, round(float(frame.mean((0, 1)) @ GRAY)))
    if fill == "blur":
        return np.asarray(Image.fromarray(frame).filter(ImageFilter.GaussianBlur(frame.shape[0] / 10)))
    return np.zeros_like(frame)
