"""What a clip is held against: the same clip without what is asked for."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from types import MappingProxyType
from typing import Any

import numpy as np
import numpy.typing as npt
from scipy.ndimage import gaussian_filter

from ferviz.clip import Clip

__all__ = ["BASELINES", "Baseline", "baseline_clip", "name_of"]

Array = npt.NDArray[Any]
Baseline = str | Array | Clip

BASELINES: Mapping[str, str] = MappingProxyType(
    {
        "black": "black frames",
        "gray": "frames of one gray, the clip's mean brightness",
        "blur": "the frames under a Gaussian of a twentieth of their longer side",
        "zero": 'vectors of zeros: for level "frames" of a model that pools the vectors of its frames',
    }
)


def baseline_clip(clip: Clip, baseline: Baseline) -> Clip:
    """The clip with other pictures in the same frames, times and gaps.

    Raises
    ------
    TypeError
        For what is no name, uint8 array or clip.
    ValueError
        For an unknown name, or pictures of another shape than (T, H, W, 3) or (H, W, 3).
    """
    if isinstance(baseline, str):
        pictures = _named(clip, baseline)
    else:
        pictures = baseline.frames if isinstance(baseline, Clip) else baseline
        if not isinstance(pictures, np.ndarray) or pictures.dtype != np.uint8:
            got = f"dtype {pictures.dtype}" if isinstance(pictures, np.ndarray) else type(pictures).__name__
            raise TypeError(f"baseline must be a name ({', '.join(BASELINES)}), a uint8 array or a Clip; got {got}")
        if pictures.shape not in (clip.frames.shape, clip.frames.shape[1:]):
            fits = f"{clip.frames.shape} or {clip.frames.shape[1:]}, as the clip has"
            raise ValueError(f"baseline must have shape {fits}; got {pictures.shape}")
    frames = np.ascontiguousarray(np.broadcast_to(pictures, clip.frames.shape))
    return replace(clip, frames=frames, truth=None)


def name_of(baseline: Baseline) -> str:
    """For people to read."""
    if isinstance(baseline, str):
        return baseline
    return baseline.source if isinstance(baseline, Clip) else "array"


def _named(clip: Clip, name: str) -> Array:
    if name == "black":
        return np.zeros_like(clip.frames)
    if name == "gray":
        seen = clip.frames[clip.usable()] if clip.usable().any() else clip.frames
        return np.full_like(clip.frames, round(float((seen.mean((0, 1, 2)) * [0.299, 0.587, 0.114]).sum())))
    if name == "blur":
        width = max(clip.height, clip.width) / 20
        soft = gaussian_filter(clip.frames.astype(np.float32), (0, width, width, 0))
        return np.rint(soft).astype(np.uint8)
    known = ", ".join(word for word in BASELINES if word != "zero")
    if name == "zero":
        raise ValueError(f"baseline 'zero' is a vector, which this level or model does not take; {known} would fit")
    raise ValueError(f"baseline must be one of {', '.join(BASELINES)}, or pictures; got {name!r}")
