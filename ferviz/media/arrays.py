"""Numpy arrays as pictures."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt

from ferviz.media.source import warn

__all__ = ["over_white", "to_frames", "to_uint8", "warn_dark"]

_STRIP = 2**20  # pixels
_SHAPES = "(H, W), (H, W, 3), (H, W, 4) or (T, H, W, 3)"


def to_frames(array: npt.NDArray[Any], name: str = "source") -> npt.NDArray[np.uint8]:
    """Pictures of any accepted kind as a fresh uint8 array (T, H, W, 3). See `ferviz.load_clip` for what fits."""
    if array.size == 0:
        raise ValueError(f"{name} must hold at least one pixel, shape {_SHAPES}; got shape {array.shape}")
    if array.ndim == 2:
        return to_uint8(np.repeat(array[None, :, :, None], 3, axis=3), name)
    if array.ndim == 3 and array.shape[2] == 3:
        return to_uint8(array[None], name)
    if array.ndim == 3 and array.shape[2] == 4:
        return over_white(to_uint8(array, name))[None]
    if array.ndim == 4 and array.shape[3] == 3:
        return to_uint8(array, name)
    raise ValueError(f"{name} must have shape {_SHAPES}; got {array.shape}{_hint(array.shape, name)}")


def _hint(shape: tuple[int, ...], name: str) -> str:
    """What to give instead of an array of this shape, as far as that can be guessed; of a file, nothing."""
    if not name.isidentifier():
        return ""
    if len(shape) == 3:
        if shape[2] == 1:
            return f"; if it is one gray picture, give {name}[..., 0]"
        if shape[0] == 1:
            return f"; if it is one gray picture, give {name}[0]"
        if shape[2] == 2:
            return f"; if it is gray with an alpha channel, give {name}[..., 0]"
        if shape[0] in (3, 4):
            return f"; if the channels come first, give np.moveaxis({name}, 0, -1)"
        return f"; if it is a gray film (T, H, W), give np.repeat({name}[..., None], 3, axis=-1)"
    if len(shape) == 4:
        if shape[3] == 1:
            return f"; if it is a gray film (T, H, W, 1), give np.repeat({name}, 3, axis=-1)"
        if shape[3] == 4:
            return f"; if it is a film with an alpha channel, give {name}[..., :3]"
        if shape[1] == 1:
            return f"; if it is a gray film (T, 1, H, W), give np.repeat({name}[:, 0, :, :, None], 3, axis=-1)"
        if shape[1] in (3, 4):
            return f"; if the channels come second, give np.moveaxis({name}, 1, -1)[..., :3]"
    return "; if it holds several films, give them one by one" if len(shape) == 5 else ""


def to_uint8(array: npt.NDArray[Any], name: str = "source") -> npt.NDArray[np.uint8]:
    """Brightness as a fresh uint8 array: uint8 as it is, uint16 by 257, floats from 0 to 1 by 255.

    Warns where only the lowest sixteenth of the range is used: 12 bits in 16, or floats cast to whole numbers.
    """
    if array.dtype == np.uint8:
        warn_dark(name, array, 255)
        return np.array(array, order="C")
    if array.dtype == np.uint16:
        warn_dark(name, array, 65535)
        return ((array.astype(np.uint32) + 128) // 257).astype(np.uint8)
    if np.issubdtype(array.dtype, np.floating):
        low, high = float(array.min()), float(array.max())  # NaN travels through both
        if not np.isfinite([low, high]).all():
            raise ValueError(f"{name} must be finite; got NaN or infinity")
        if low < -1e-6 or high > 1 + 1e-6:
            raise ValueError(
                f"{name} of floats must lie in 0 to 1; got {low:g} to {high:g} (divide by 255, or give uint8)"
            )
        warn_dark(name, array, 1)
        return np.rint(np.clip(array, 0, 1) * 255).astype(np.uint8)
    raise TypeError(f"{name} must be of uint8, uint16 or floats in 0 to 1; got dtype {array.dtype}")


def warn_dark(name: str, values: npt.NDArray[Any], whole: int) -> None:
    """Say that all values lie in the lowest sixteenth of 0 to ``whole``, so that the picture is nearly black."""
    top = values.max() if values.size else 0
    if 0 < top <= (whole / 16 if whole == 1 else (whole + 1) // 16):
        warn(
            f"{name}: its largest value is {top:g} of {whole}, the lowest sixteenth of the range, so it is nearly "
            f"black; if that is its white (12 bits kept in 16, 0 to 1 cast to whole numbers), scale it up first"
        )


def over_white(rgba: npt.NDArray[np.uint8]) -> npt.NDArray[np.uint8]:
    """Lay (H, W, 4) pixels with an alpha channel over white: (H, W, 3)."""
    rgb = np.empty((*rgba.shape[:2], 3), np.uint8)
    rows = max(1, _STRIP // rgba.shape[1])
    for top in range(0, len(rgba), rows):  # reckoning takes several times as much memory as the pixels
        strip = rgba[top : top + rows]
        alpha = strip[..., 3:].astype(np.uint16)
        rgb[top : top + rows] = (strip[..., :3] * alpha + 255 * (255 - alpha) + 127) // 255
    return rgb
