"""Prosody measured from the sound alone: what the tests of the voices trust instead of the voices' own figures."""

from __future__ import annotations

from dataclasses import astuple, dataclass
from itertools import pairwise

import numpy as np

from ferviz.faces.voices import Voice

HOP, WINDOW = 0.01, 0.04  # s
LOWEST, HIGHEST = 60, 520  # Hz


@dataclass(frozen=True)
class Prosody:
    """``pitch`` and ``ending`` (last fifth beside the whole) in semitones, ``width`` semitones between the 10th and
    90th percentile, ``rate`` phonemes a second, ``energy`` dB, ``slope`` of the spectrum in dB an octave, ``wobble``
    semitones of pitch movement between 5 and 7 Hz."""

    pitch: float
    width: float
    rate: float
    energy: float
    slope: float
    ending: float
    wobble: float

    def array(self) -> np.ndarray:
        return np.array(astuple(self))


def pitch_track(sound: np.ndarray, rate: int) -> np.ndarray:
    """Pitch in semitones over 100 Hz every 10 ms by autocorrelation (Boersma 1993); NaN where nothing is periodic."""
    size, hop = int(WINDOW * rate), int(HOP * rate)
    window = np.hanning(size)
    own = np.fft.irfft(np.abs(np.fft.rfft(window, 2 * size)) ** 2)[:size]
    starts = range(0, len(sound) - size, hop)
    power = np.array([np.mean(sound[i : i + size] ** 2) for i in starts])
    track = np.full(len(power), np.nan)
    first, last = rate // HIGHEST, rate // LOWEST
    pieces = np.stack([sound[i : i + size] for i in starts])
    spectra = np.abs(np.fft.rfft((pieces - pieces.mean(1, keepdims=True)) * window, 2 * size)) ** 2
    likeness = np.fft.irfft(spectra)[:, :size]
    likeness = (likeness / (likeness[:, :1] + 1e-12) / (own / own[0] + 1e-9))[:, first:last]
    for frame in np.flatnonzero(power > 0.01 * power.max()):
        alike = likeness[frame]
        peaks = np.flatnonzero((alike[1:-1] >= alike[:-2]) & (alike[1:-1] >= alike[2:])) + 1
        peaks = peaks[alike[peaks] > max(0.5, 0.8 * alike.max())]
        if len(peaks):
            track[frame] = 12 * np.log2(rate / (first + peaks[0]) / 100)
    middle = np.nanmedian(track)
    track[np.abs(track - middle) > 9] = np.nan  # octave errors
    return track


def measure(voice: Voice) -> Prosody:
    sound, rate = voice.audio.astype(float), voice.sample_rate
    track = pitch_track(sound, rate)
    known = track[np.isfinite(track)]
    spoken = [(a, b) for symbol, a, b in voice.phonemes if symbol != "sil"]
    heard = np.concatenate([sound[int(a * rate) : int(b * rate)] for a, b in spoken])
    ending = track[-len(track) // 5 :]
    ending = ending[np.isfinite(ending)]
    return Prosody(
        pitch=float(np.median(known)),
        width=float(np.subtract(*np.percentile(known, [90, 10]))),
        rate=len(spoken) / sum(b - a for a, b in spoken),
        energy=float(10 * np.log10(np.mean(heard**2))),
        slope=spectral_slope(sound, rate),
        ending=float(np.median(ending) - np.median(known)) if len(ending) else 0.0,
        wobble=wobble(track),
    )


def spectral_slope(sound: np.ndarray, rate: int) -> float:
    """The line through the long-term spectrum in thirds of an octave from 200 to 6,400 Hz, dB an octave."""
    power = np.abs(np.fft.rfft(sound)) ** 2
    frequency = np.fft.rfftfreq(len(sound), 1 / rate)
    edges = 200 * 2 ** (np.arange(16) / 3)
    bands = [power[(frequency >= a) & (frequency < b)].mean() for a, b in pairwise(edges)]
    return float(np.polyfit(np.arange(15) / 3, 10 * np.log10(bands), 1)[0])


def wobble(track: np.ndarray) -> float:
    """How far the pitch moves between 5 and 7 Hz: root mean square in semitones, slow movement taken off."""
    known = np.flatnonzero(np.isfinite(track))
    whole = np.interp(np.arange(len(track)), known, track[known])
    whole -= np.convolve(np.pad(whole, 12, "edge"), np.ones(25) / 25, "valid")
    spectrum = np.fft.rfft(whole)
    frequency = np.fft.rfftfreq(len(whole), HOP)
    spectrum[(frequency < 5) | (frequency > 7)] = 0
    return float(np.sqrt(np.mean(np.fft.irfft(spectrum, len(whole)) ** 2)))
