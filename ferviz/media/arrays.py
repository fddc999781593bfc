"""Numpy arrays as pictures."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt

__all__ = ["over_white", "to_frames", "to_uint8"]

_SHAPES = "(H, W), (H, W, 3), (H, W, 4) or (T, H, W, 3)"


def to_frames(array: npt.NDArray[Any]) -> npt.NDArray[np.uint8]:
    """Pictures of any accepted kind as a fresh uint8 array (T, H, W, 3). See `ferviz.load_clip` for what fits."""
    if array.size == 0:
        raise ValueError(f"source must hold at least one pixel, shape {_SHAPES}; got shape {array.shape}")
    if array.ndim == 2:
        return to_uint8(np.repeat(array[None, :, :, None], 3, axis=3))
    if array.ndim == 3 and array.shape[2] == 3:
        return to_uint8(array[None])
    if array.ndim == 3 and array.shape[2] == 4:
        return over_white(to_uint8(array))[None]
    if array.ndim == 4 and array.shape[3] == 3:
        return to_uint8(array)
    hint = ""
    if array.ndim == 3 and array.shape[0] in (3, 4):
        hint = "; if the channels come first, give np.moveaxis(source, 0, -1)"
    elif array.ndim == 3:
        hint = "; if it is a gray film (T, H, W), give np.repeat(source[..., None], 3, axis=-1)"
    elif array.ndim == 4 and array.shape[1] == 3:
        hint = "; if the channels come second, give np.moveaxis(source, 1, -1)"
    raise ValueError(f"source must have shape {_SHAPES}; got {array.shape}{hint}")


def to_uint8(array: npt.NDArray[Any]) -> npt.NDArray[np.uint8]:
    """Brightness as a fresh uint8 array: uint8 as it is, uint16 by 257, floats from 0 to 1 by 255."""
    if array.dtype == np.uint8:
        return np.array(array, order="C")
    if array.dtype == np.uint16:
        return ((array.astype(np.uint32) + 128) // 257).astype(np.uint8)
    if np.issubdtype(array.dtype, np.floating):
        low, high = float(array.min()), float(array.max())  # NaN travels through both
        if not np.isfinite([low, high]).all():
            raise ValueError("source must be finite; got NaN or infinity")
        if low < -1e-6 or high > 1 + 1e-6:
            raise ValueError(
                f"source of floats must lie in 0 to 1; got {low:g} to {high:g} (divide by 255, or give uint8)"
            )
        return np.rint(np.clip(array, 0, 1) * 255).astype(np.uint8)
    raise TypeError(f"source must be of uint8, uint16 or floats in 0 to 1; got dtype {array.dtype}")


def over_white(rgba: npt.NDArray[np.uint8]) -> npt.NDArray[np.uint8]:
    """Lay (H, W, 4) pixels with an alpha channel over white: (H, W, 3)."""
    alpha = rgba[..., 3:].astype(np.uint16)
    return ((rgba[..., :3] * alpha + 255 * (255 - alpha) + 127) // 255).astype(np.uint8)
