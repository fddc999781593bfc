"""What a clip is held against: the same clip without what is asked for."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from types import MappingProxyType
from typing import Any

import numpy as np
import numpy.typing as npt
from scipy.ndimage import gaussian_filter

from ferviz.arguments import plain
from ferviz.clip import Clip
from ferviz.models.declaration import Stream

__all__ = ["BASELINES", "NOTHING", "Baseline", "baseline_clip", "name_of", "spelled"]

Array = npt.NDArray[Any]
Baseline = str | Array | Clip

GRAY = np.array([0.299, 0.587, 0.114])  # how bright red, green and blue are: ITU-R BT.601
BASELINES: Mapping[str, str] = MappingProxyType(
    {
        "black": "black frames",
        "gray": "frames of one gray, the clip's mean brightness",
        "blur": "the frames under a Gaussian of a twentieth of their longer side",
        "zero": 'vectors of zeros: for level "items" of a model that pools the vectors of its items',
        "silence": "no sound",
    }
)

OF: Mapping[str, tuple[Stream, ...]] = MappingProxyType(
    {"black": ("frames",), "gray": ("frames",), "blur": ("frames",), "silence": ("audio",)}
)
"""Which stream of a clip a baseline is made of."""

NOTHING: Mapping[Stream, str] = MappingProxyType({"frames": "black", "audio": "silence"})
"""What a stream is held against unless something is named."""


def baseline_clip(clip: Clip, baseline: Baseline, stream: Stream = "frames") -> Clip:
    """The clip with other pictures in the same frames, or with other sound; times and gaps stay.

    Raises
    ------
    TypeError
        For what is no name, array of the stream's kind, or clip.
    ValueError
        For an unknown name, pictures of another shape than (T, H, W, 3) or (H, W, 3), or sound of another length.
    """
    baseline = spelled(baseline) if isinstance(baseline, str) else baseline
    if isinstance(baseline, str) and baseline in OF and stream not in OF[baseline]:
        fits = ", ".join(name for name, streams in OF.items() if stream in streams)
        raise ValueError(f"baseline {baseline!r} is none of {stream}; {fits} would fit")
    if stream == "audio":
        return replace(clip, audio=_sound(clip, baseline), truth=None)
    if isinstance(baseline, str):
        pictures = _named(clip, baseline)
    else:
        pictures = baseline.frames if isinstance(baseline, Clip) else baseline
        plain("baseline", pictures)
        if not isinstance(pictures, np.ndarray) or pictures.dtype != np.uint8:
            got = f"dtype {pictures.dtype}" if isinstance(pictures, np.ndarray) else type(pictures).__name__
            raise TypeError(f"baseline must be a name ({', '.join(BASELINES)}), a uint8 array or a Clip; got {got}")
        if pictures.shape not in (clip.frames.shape, clip.frames.shape[1:]):
            fits = f"{clip.frames.shape} or {clip.frames.shape[1:]}, as the clip has"
            raise ValueError(f"baseline must have shape {fits}; got {pictures.shape}")
    frames = np.ascontiguousarray(np.broadcast_to(pictures, clip.frames.shape))
    return replace(clip, frames=frames, truth=None)


def spelled(name: str) -> str:
    """A word for a colour as ferviz writes it: ``grey`` is taken wherever ``gray`` is."""
    return "gray" if name == "grey" else name


def name_of(baseline: Baseline) -> str:
    """For people to read."""
    if isinstance(baseline, str):
        return spelled(baseline)
    return baseline.source if isinstance(baseline, Clip) else "array"


def _named(clip: Clip, name: str) -> Array:
    if name == "black":
        return np.zeros_like(clip.frames)
    if name == "gray":
        seen = clip.frames[clip.usable()] if clip.usable().any() else clip.frames
        return np.full_like(clip.frames, round(float(seen.mean((0, 1, 2)) @ GRAY)))
    if name == "blur":
        width = max(clip.height, clip.width) / 20
        soft = gaussian_filter(clip.frames.astype(np.float32), (0, width, width, 0))
        return np.rint(soft).astype(np.uint8)
    raise _unknown(name)


def _sound(clip: Clip, baseline: Baseline) -> Array:
    if clip.audio is None:
        raise ValueError(f"baseline needs the sound of the clip {clip.source!r}, which has none")
    if isinstance(baseline, str):
        if baseline == "silence":
            return np.zeros_like(clip.audio)
        raise _unknown(baseline)
    sound = baseline.audio if isinstance(baseline, Clip) else baseline
    plain("baseline", sound)
    if not isinstance(sound, np.ndarray) or sound.dtype != np.float32:
        got = f"dtype {sound.dtype}" if isinstance(sound, np.ndarray) else type(sound).__name__
        raise TypeError(f"baseline of sound must be 'silence', a float32 array or a Clip with sound; got {got}")
    if not np.isfinite(sound).all():
        raise ValueError("baseline must be finite; got NaN or infinity")
    if sound.shape != clip.audio.shape:
        raise ValueError(f"baseline must have shape {clip.audio.shape}, as the clip's sound; got {sound.shape}")
    return sound


def _unknown(name: str) -> ValueError:
    if name == "zero":
        fits = ", ".join(OF)
        return ValueError(f"baseline 'zero' is a vector, which this level or model does not take; {fits} would fit")
    return ValueError(f"baseline must be one of {', '.join(BASELINES)}, or pictures; got {name!r:.200}")
