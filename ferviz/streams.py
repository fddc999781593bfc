"""What the arrays of a clip must be: its frames and their times, the face's points, the sound; and sound as a file."""

from __future__ import annotations

import io
import numbers
import wave
from typing import Any

import numpy as np
import numpy.typing as npt

__all__ = ["check_audio", "check_frames", "check_points", "seconds", "wav"]

Array = npt.NDArray[Any]
FASTEST = 10_000_000  # samples a second, above all that is recorded
LOUDEST = 2.0  # resampling may overshoot 1 a little; whole numbers taken for shares go far beyond


def seconds(times: Any) -> npt.NDArray[np.float64]:
    """Times as floats; TypeError for what are no numbers: texts, dates, complex ones."""
    try:
        found = np.asarray(times)
    except (TypeError, ValueError):
        found = np.asarray(None)
    if found.dtype.kind not in "iuf":
        raise TypeError(f"times must be numbers of seconds; got {times!r:.200}")
    return found.astype(np.float64, copy=False)


def check_frames(frames: Array, times: Array) -> None:
    """Raise an error that says what would fit, unless frames are uint8 (T, H, W, 3) and times (T,) rise."""
    if not isinstance(frames, np.ndarray) or frames.dtype != np.uint8:
        kind = frames.dtype if isinstance(frames, np.ndarray) else type(frames).__name__
        raise TypeError(f"frames must be a uint8 array; got {kind} (load_clip turns other pictures into one)")
    if frames.ndim != 4 or frames.shape[3] != 3 or (len(frames) and 0 in frames.shape):
        raise ValueError(f"frames must have shape (T, H, W, 3); got {frames.shape}")
    if np.shape(times) != (len(frames),):
        raise ValueError(f"times must have shape ({len(frames)},), one a frame; got {np.shape(times)}")
    if not np.isfinite(times).all() or (np.diff(times) <= 0).any():
        raise ValueError("times must be finite seconds that rise strictly")


def check_points(points: Array | None, count: int) -> None:
    """Raise an error that says what would fit, unless points are float (count, 5, 2), or there are none."""
    if points is None:
        return
    if not isinstance(points, np.ndarray) or points.dtype.kind != "f":
        raise TypeError(f"points must be a float array; got {getattr(points, 'dtype', type(points).__name__)}")
    if points.shape != (count, 5, 2):
        raise ValueError(f"points must have shape ({count}, 5, 2), five a frame; got {points.shape}")


def check_audio(audio: Array | None, sample_rate: int | None) -> None:
    """Raise an error that says what would fit, unless the sound is float32 (N,) with a rate, or there is none."""
    if audio is None:
        return
    if not isinstance(audio, np.ndarray) or audio.dtype != np.float32 or audio.ndim != 1:
        got = f"{audio.dtype} {audio.shape}" if isinstance(audio, np.ndarray) else type(audio).__name__
        raise TypeError(f"audio must be a float32 array of shape (N,), mono, -1 to 1; got {got}")
    if not np.isfinite(audio).all():
        raise ValueError("audio must be finite; got NaN or infinity")
    top = float(max(audio.max(initial=0), -audio.min(initial=0)))  # without a copy: an hour of sound is large
    if top > LOUDEST:
        raise ValueError(f"audio must lie in -1 to 1; got {top:g} (divide by 32768 if it was of 16 bits)")
    rate: Any = sample_rate
    if rate is not None and (isinstance(rate, bool) or not isinstance(rate, numbers.Real)):
        raise TypeError(f"sample_rate must be a number of samples a second; got {type(rate).__name__}")
    if sample_rate is None or sample_rate <= 0:
        raise ValueError(f"sample_rate must be a positive number of samples a second; got {sample_rate!r:.200}")
    if not (sample_rate <= FASTEST and sample_rate == int(sample_rate)):  # NaN is neither
        fits = f"a positive number of samples a second, whole and at most {FASTEST:,}"
        raise ValueError(f"sample_rate must be {fits}; got {sample_rate!r:.60}")


def wav(audio: npt.NDArray[np.float32], sample_rate: float) -> bytes:
    """Sound (N,), -1 to 1, as a WAV file of 16 bits; what is louder is cut at its ends.

    Examples
    --------
    >>> len(wav(np.zeros(16000, np.float32), 16000))  # a second, and a head of 44 bytes
    32044
    """
    file = io.BytesIO()
    with wave.open(file, "wb") as out:
        out.setnchannels(1)
        out.setsampwidth(2)
        out.setframerate(int(sample_rate))
        out.writeframes(np.rint(np.clip(audio, -1, 1) * 32767).astype("<i2").tobytes())
    return file.getvalue()
