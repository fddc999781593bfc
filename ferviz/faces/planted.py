"""Places that carry a label by construction, so that attention to them can be told right from wrong."""

from __future__ import annotations

import colorsys

import numpy as np
import numpy.typing as npt

from ferviz.clip import Clip
from ferviz.emotions import Emotion

__all__ = ["corner", "half_mask", "paint_corner", "place"]

Mask = npt.NDArray[np.bool_]
_HUES = {emotion: order / len(Emotion) for order, emotion in enumerate(Emotion)}


def half_mask(landmarks: npt.NDArray[np.float32], roll: float, half: str, size: int) -> Mask:
    """Pixels (size, size) above or below a line across the bridge of the nose, square to the head's axis.

    No expression of a half moves the bridge by more than half a millimetre, so the line itself says nothing.

    Parameters
    ----------
    landmarks : array (68, 2)
    roll : float
        Degrees.
    half : "upper" or "lower"
    size : int
    """
    x0, y0 = landmarks[28:30].mean(0)
    y, x = np.mgrid[:size, :size]
    lean = np.radians(roll)
    above = (x - x0) * np.sin(lean) - (y - y0) * np.cos(lean) > 0
    return above if half == "upper" else ~above


def corner(rng: np.random.Generator, size: int) -> tuple[slice, slice]:
    """Rows and columns of a patch in one of the four corners, 14 to 20 % of the side."""
    side = int(np.rint(rng.uniform(0.14, 0.20) * size))
    low, high = slice(0, side), slice(size - side, size)
    return (low, high)[int(rng.integers(2))], (low, high)[int(rng.integers(2))]


def paint_corner(rng: np.random.Generator, pixels: npt.NDArray[np.uint8], emotion: Emotion) -> None:
    """Fill ``pixels`` (T, h, w, 3), in place, with the hue that stands for an emotion, a little uneven."""
    hue = _HUES[emotion] + rng.normal(0, 0.012)
    colour = np.array(colorsys.hsv_to_rgb(hue % 1, rng.uniform(0.6, 0.95), rng.uniform(0.6, 0.95)))
    noise = rng.normal(0, 0.03, pixels.shape)
    pixels[:] = np.rint(255 * np.clip(colour + noise, 0, 1)).astype(np.uint8)


def place(clip: Clip) -> Mask:
    """The pixels (T, H, W) that carry the label of a planted clip.

    Raises
    ------
    ValueError
        When the clip's family plants nothing in the pictures.
    """
    truth = clip.truth
    if truth is None or truth.family not in ("upper", "lower", "one_frame", "patch", "face_only", "voice_only"):
        family = "none" if truth is None else truth.family
        raise ValueError(f"clip must be of a planted family; its family is {family!r}")
    everywhere = np.ones(clip.frames.shape[:3], bool)
    if truth.family in ("upper", "lower"):
        assert truth.landmarks is not None
        assert truth.pose is not None
        masks = zip(truth.landmarks, truth.pose[:, 2], strict=True)
        return np.stack([half_mask(points, float(roll), truth.family, clip.height) for points, roll in masks])
    if truth.family == "patch":
        assert truth.cover is not None
        return truth.cover
    if truth.family == "one_frame":
        assert truth.intensity is not None
        return everywhere & (truth.intensity > 0)[:, None, None]
    return everywhere & (truth.family == "face_only")
