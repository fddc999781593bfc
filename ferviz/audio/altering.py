"""Sound that is changed on purpose: noise added to it, or moved in time."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt

from ferviz.arguments import number
from ferviz.streams import check_audio

__all__ = ["shifted", "with_noise"]

Array = npt.NDArray[Any]
_LOWEST = 50.0  # hertz below which the noise grows no further


def with_noise(audio: Array, sample_rate: int, decibels: float, rng: np.random.Generator) -> Array:
    """A sound (N,) that stands so many decibels above noise, both as root mean squares over all of it.

    The noise is pink: its power falls with the frequency, half way between white and brown. Where the sum would exceed
    1, all of it is made softer. Silence stays silent.

    Parameters
    ----------
    audio : float32 array (N,)
        -1 to 1.
    sample_rate : int
    decibels : float
        Below 0 the noise is the louder one.
    rng : numpy Generator

    Raises
    ------
    TypeError, ValueError
        For what is no sound of a clip, or no number.

    Examples
    --------
    >>> tone = np.sin(np.arange(16000) / 5).astype(np.float32) / 4
    >>> noise = with_noise(tone, 16000, 20.0, np.random.default_rng(0)) - tone
    >>> round(10 * np.log10(np.mean(tone**2) / np.mean(noise**2)), 3)
    20.0
    """
    if audio is None:
        raise TypeError("audio must be a float32 array (N,); got None")
    check_audio(audio, sample_rate)
    number("decibels", decibels)
    level = float(np.sqrt(np.mean(np.square(audio, dtype=float)))) if len(audio) else 0.0
    if level == 0:
        return audio.copy()
    frequency = np.fft.rfftfreq(len(audio), 1 / sample_rate)
    spectrum = np.fft.rfft(rng.normal(size=len(audio))) / np.sqrt(np.maximum(frequency, _LOWEST))
    noise = np.fft.irfft(spectrum, len(audio))
    mixed = audio + noise * (level * 10 ** (-decibels / 20) / np.sqrt(np.mean(noise**2)))
    return np.asarray(mixed / max(1.0, float(np.abs(mixed).max())), np.float32)


def shifted(values: Array, by: int, filler: float = 0.0) -> Array:
    """Values (N,) moved ``by`` places to the right, or to the left below 0; what comes in is the ``filler``.

    Examples
    --------
    >>> shifted(np.array([1, 2, 3]), 1).tolist(), shifted(np.array([1, 2, 3]), -5).tolist()
    ([0, 1, 2], [0, 0, 0])
    """
    moved = np.full_like(values, filler)
    kept = max(0, len(values) - abs(by))
    if by >= 0:
        moved[len(values) - kept :] = values[:kept]
    else:
        moved[:kept] = values[len(values) - kept :]
    return moved
