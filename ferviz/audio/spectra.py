"""Spectrograms on batches of tensors: differentiable, in the sound's precision, on its device.

The numbers are librosa's (tests hold them together): power of a Hamming window without padding, Slaney's mel filters of
equal area, decibels of that power, and the slope and curvature of a parabola through nine windows as deltas.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

import numpy as np
import numpy.typing as npt
import torch
from scipy.signal import savgol_coeffs

from ferviz.arguments import number, whole

__all__ = [
    "FLOOR",
    "SPEECH",
    "Spectrum",
    "decibels",
    "delta",
    "hertz_to_mel",
    "log_mel",
    "mel_filters",
    "mel_to_hertz",
    "reach",
    "spectrogram",
]

Array = npt.NDArray[Any]

FLOOR = 1e-10
"""The least power that is told from silence: silence is -100 dB in every band."""

_BREAK, _STEP, _LOG_STEP = 1000.0, 200 / 3, np.log(6.4) / 27  # Hz; Hz a mel below the break; log Hz a mel above it
_BLOCK = 4096  # windows that are transformed at once, so that an hour of sound needs no gigabytes


@dataclass(frozen=True)
class Spectrum:
    """How a sound is cut and measured.

    Parameters
    ----------
    rate : int
        Samples a second.
    window, shift : float
        Seconds that a window lasts, and after which the next begins.
    bands : int
        Mel bands.
    low, high : float
        Hertz at which the lowest band begins and the highest ends; at most half the rate.

    Raises
    ------
    TypeError, ValueError
        For what is no number, or lies outside; for so many bands that one of them holds no frequency of the transform.
    """

    rate: int = 16_000
    window: float = 0.040
    shift: float = 0.010
    bands: int = 64
    low: float = 0.0
    high: float = 8000.0

    def __post_init__(self) -> None:
        whole("rate", self.rate)
        whole("bands", self.bands)
        number("window", self.window, "at least one sample", lambda value: round(value * self.rate) >= 1)
        number("shift", self.shift, "at least one sample", lambda value: round(value * self.rate) >= 1)
        number("high", self.high, f"above 0 and at most {self.rate / 2:g} Hz", lambda v: 0 < v <= self.rate / 2)
        number("low", self.low, f"0 or more and below {self.high:g} Hz", lambda value: 0 <= value < self.high)
        empty = np.flatnonzero(mel_filters(self).max(1) == 0)
        if len(empty):
            apart = self.rate / self.length
            lies = f"band {empty[0]} of {self.bands} lies between frequencies {apart:g} Hz apart"
            raise ValueError(f"bands must be fewer: {lies}")

    @property
    def length(self) -> int:
        """Samples of a window."""
        return round(self.window * self.rate)

    @property
    def hop(self) -> int:
        """Samples from the start of a window to that of the next."""
        return round(self.shift * self.rate)

    @property
    def bins(self) -> int:
        """Frequencies of the spectrogram, from 0 to half the rate."""
        return self.length // 2 + 1

    def count(self, samples: int) -> int:
        """How many windows lie in so many samples; a sound shorter than one window is one, filled up with silence."""
        return 1 + max(0, samples - self.length) // self.hop

    def samples(self, windows: int) -> int:
        """How many samples so many windows span."""
        return self.length + (windows - 1) * self.hop

    def edges(self) -> Array:
        """Hertz (bands, 3) at which each band begins, is loudest and ends."""
        mels = np.linspace(hertz_to_mel(self.low), hertz_to_mel(self.high), self.bands + 2)
        return np.stack([mel_to_hertz(mels[place : place + self.bands]) for place in range(3)], 1)


def hertz_to_mel(hertz: npt.ArrayLike) -> Array:
    """Slaney's mel scale: even up to 1000 Hz (15 mel), logarithmic above; hertz (…) → mel (…), float64.

    Examples
    --------
    >>> hertz_to_mel([0, 500, 1000, 6400]).tolist()
    [0.0, 7.5, 15.0, 42.0]
    """
    known = np.asarray(hertz, float)
    above = np.log(np.maximum(known, _BREAK) / _BREAK) / _LOG_STEP
    return np.where(known < _BREAK, known / _STEP, _BREAK / _STEP + above)


def mel_to_hertz(mel: npt.ArrayLike) -> Array:
    """The frequency of a place on Slaney's mel scale; mel (…) → hertz (…), float64."""
    known, place = np.asarray(mel, float), _BREAK / _STEP
    return np.where(known < place, known * _STEP, _BREAK * np.exp(_LOG_STEP * (np.maximum(known, place) - place)))


@lru_cache(maxsize=16)
def mel_filters(spectrum: Spectrum) -> Array:
    """Triangles (bands, bins) that turn a power spectrogram into mel bands, each of the same area over the hertz.

    Not to be written to: the same array comes again.
    """
    low, top, high = (column[:, None] for column in spectrum.edges().T)
    hertz = np.arange(spectrum.bins) * spectrum.rate / spectrum.length
    filters = np.maximum(0, np.minimum((hertz - low) / (top - low), (high - hertz) / (high - top))) * 2 / (high - low)
    filters.setflags(write=False)
    return filters


def spectrogram(sound: torch.Tensor, spectrum: Spectrum | None = None) -> torch.Tensor:
    """The power of each frequency in each window: sound (…, N) → (…, bins, windows).

    Parameters
    ----------
    sound : tensor (…, N)
        Floats of -1 to 1 at ``spectrum.rate``, one sample at least. Shorter than a window, it is followed by silence.
    spectrum : Spectrum, optional
        `SPEECH` unless given.

    Returns
    -------
    tensor (…, bins, windows)
        Window t begins at sample t · hop. Samples behind the last whole window are not heard.

    Raises
    ------
    TypeError
        For what is no tensor of floats.
    ValueError
        For no samples, or NaN or infinity among them.
    """
    spectrum = spectrum or SPEECH
    return torch.cat([_power(part, spectrum) for part in _parts(sound, spectrum)], -2).transpose(-1, -2)


def log_mel(sound: torch.Tensor, spectrum: Spectrum | None = None) -> torch.Tensor:
    """The mel bands in decibels of their power: sound (…, N) → (…, bands, windows), -100 dB for silence.

    Takes and raises what `spectrogram` does. An hour of sound takes 100 MB: it is worked through in blocks.
    """
    spectrum = spectrum or SPEECH
    parts = _parts(sound, spectrum)
    filters = torch.tensor(mel_filters(spectrum).T, dtype=parts[0].dtype, device=sound.device)
    mel = torch.cat([decibels(_power(part, spectrum) @ filters) for part in parts], -2)
    return mel.transpose(-1, -2)


def decibels(power: torch.Tensor) -> torch.Tensor:
    """10 log10 of a power, floats (…) → decibels (…); what is below `FLOOR` is -100."""
    return 10 * (power / FLOOR).clamp_min(1).log10() - 100


def delta(values: torch.Tensor, order: int = 1, width: int = 9, usable: torch.Tensor | None = None) -> torch.Tensor:
    """How values change from window to window: the slope Δ or the curvature ΔΔ of the curve through some.

    Parameters
    ----------
    values : tensor (B, …, T)
    order : 1 or 2
        Δ is of a line through the windows, ΔΔ of a parabola, both in values a window.
    width : int
        Windows that are fitted, odd. Before the first and behind the last one these are repeated.
    usable : bool tensor (B, T), optional
        Windows that lie in no gap, and in the sound. Others have no say, and 0 in the answer: the last usable one is
        held in their place, or the first before any.

    Returns
    -------
    tensor, as ``values``

    Raises
    ------
    TypeError, ValueError
        For another order, width or shape of ``usable``.
    """
    order, width = whole("order", order, 1, 2), whole("width", width, 3)
    if not width % 2:
        raise ValueError(f"width must be odd; got {width}")
    shape, half = (len(values), values.shape[-1]), width // 2
    if usable is None:
        usable = torch.ones(shape, dtype=torch.bool, device=values.device)
    if usable.shape != shape:
        raise ValueError(f"usable must have shape {shape}, one place a window; got {tuple(usable.shape)}")
    places = torch.arange(shape[1], device=values.device)
    last = torch.where(usable, places, -1).cummax(1).values
    held = torch.where(last < 0, usable.int().argmax(1, keepdim=True), last)  # (B, T)
    held = torch.cat([held[:, :1].expand(-1, half), held, held[:, -1:].expand(-1, half)], 1)
    between = [1] * (values.ndim - 2)
    longer = values.gather(-1, held.reshape(len(held), *between, -1).expand(*values.shape[:-1], -1))
    found = longer.unfold(-1, width, 1) @ values.new_tensor(_fit(width, order))
    return torch.where(usable.reshape(len(held), *between, -1), found, torch.zeros_like(found))


@lru_cache(maxsize=16)
def _fit(width: int, order: int) -> Array:
    """What the values of so many windows count for in the slope or the curvature through them."""
    return np.asarray(savgol_coeffs(width, order, deriv=order, use="dot"))


def windowing(spectrum: Spectrum, like: torch.Tensor) -> torch.Tensor:
    """The Hamming window (length,), which begins at 0.08 and repeats."""
    return torch.hamming_window(spectrum.length, dtype=like.dtype, device=like.device)


def _parts(sound: torch.Tensor, spectrum: Spectrum) -> list[torch.Tensor]:
    """Overlapping stretches (…, n) of a sound, each of a block of windows."""
    if not isinstance(sound, torch.Tensor) or not sound.is_floating_point():
        got = f"a tensor of {sound.dtype}" if isinstance(sound, torch.Tensor) else type(sound).__name__
        raise TypeError(f"sound must be a tensor of floats (…, samples); got {got}")
    if not sound.ndim or not sound.shape[-1]:
        raise ValueError(f"sound must have one sample at least; got shape {tuple(sound.shape)}")
    if not torch.isfinite(sound).all():
        raise ValueError("sound must be finite; got NaN or infinity")
    if sound.dtype in (torch.float16, torch.bfloat16):
        sound = sound.float()
    windows = spectrum.count(sound.shape[-1])
    sound = torch.nn.functional.pad(sound, (0, max(0, spectrum.length - sound.shape[-1])))
    starts = range(0, windows, _BLOCK)
    counts = [min(_BLOCK, windows - start) for start in starts]
    return [sound.narrow(-1, s * spectrum.hop, spectrum.samples(n)) for s, n in zip(starts, counts, strict=True)]


def _power(sound: torch.Tensor, spectrum: Spectrum) -> torch.Tensor:
    """Power (…, windows, bins)."""
    windows = sound.unfold(-1, spectrum.length, spectrum.hop) * windowing(spectrum, sound)
    found = torch.fft.rfft(windows)
    return found.real.square() + found.imag.square()


SPEECH = Spectrum()
"""Hamming windows of 40 ms every 10 ms, as in the paper; 16 kHz and 64 mel bands, which it does not say."""


def reach(seen: Mapping[str, npt.ArrayLike], hertz: npt.ArrayLike) -> str:
    """How much each position sees, in words, where that is too much for its place to be one; else "".

    A position is local that sees at most half a second and a third of the bands. ``seen``: ``seconds_from`` …
    ``hertz_to``, as `ferviz.models.hearing.Hearing.positions` gives them; ``hertz``: where each band is loudest.
    """
    seconds = np.max(np.subtract(seen["seconds_to"], seen["seconds_from"]), initial=0.0)
    low, high = (np.asarray(seen[end])[:, None] for end in ("hertz_from", "hertz_to"))
    share = np.max(((low < hertz) & (np.asarray(hertz) < high)).mean(1), initial=0.0)
    if seconds <= 0.5 and share <= 1 / 3:
        return ""
    return f"each position sees {seconds:.1f} s and {'all bands' if share > 0.98 else f'{share:.0%} of the bands'}"
