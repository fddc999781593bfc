"""The pitch of a voice over time, measured from the sound alone."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt

__all__ = ["pitch_contour"]

HOP, WINDOW = 0.01, 0.04  # s
LOWEST, HIGHEST = 60, 520  # Hz
QUIET = 0.01  # of the loudest window's power: less counts as silence
OCTAVE = 9  # semitones from the median: farther counts as a mistaken octave

Floats = npt.NDArray[np.float64]


def pitch_contour(audio: npt.NDArray[Any], sample_rate: int) -> tuple[Floats, Floats]:
    """Pitch every 10 ms by autocorrelation, corrected for the window.

    P. Boersma, "Accurate short-term analysis of the fundamental frequency and the harmonics-to-noise ratio of a sampled
    sound" (Proc. Institute of Phonetic Sciences Amsterdam 17, 1993, 97-110).

    Parameters
    ----------
    audio : array (N,)
    sample_rate : int

    Returns
    -------
    times, pitch : float arrays (K,)
        Seconds at the windows' middles, and Hz; NaN where nothing is periodic.

    Raises
    ------
    ValueError
        When the sound is shorter than one window of 40 ms.
    """
    size, hop = int(WINDOW * sample_rate), int(HOP * sample_rate)
    if len(audio) <= size:
        raise ValueError(f"audio must be longer than {WINDOW} s ({size} samples); got {len(audio)}")
    pieces = np.lib.stride_tricks.sliding_window_view(np.asarray(audio, float), size)[::hop]
    times = (np.arange(len(pieces)) * hop + size / 2) / sample_rate
    first, last = sample_rate // HIGHEST, sample_rate // LOWEST
    alike = _likeness(pieces)[:, first:last]
    pitch = np.full(len(pieces), np.nan)
    power = (pieces**2).mean(1)
    for place in np.flatnonzero(power > QUIET * power.max()):
        row = alike[place]
        peaks = np.flatnonzero((row[1:-1] >= row[:-2]) & (row[1:-1] >= row[2:])) + 1
        peaks = peaks[row[peaks] > max(0.5, 0.8 * row.max())]
        if len(peaks):
            pitch[place] = sample_rate / (first + peaks[0])
    if np.isfinite(pitch).any():
        pitch[np.abs(12 * np.log2(pitch / np.nanmedian(pitch))) > OCTAVE] = np.nan
    return times, pitch


def _likeness(pieces: Floats) -> Floats:
    """The autocorrelation of each window (K, size), as if the window had no taper."""
    size = pieces.shape[1]
    window = np.hanning(size)
    own = np.fft.irfft(np.abs(np.fft.rfft(window, 2 * size)) ** 2)[:size]
    centred = (pieces - pieces.mean(1, keepdims=True)) * window
    whole: Floats = np.fft.irfft(np.abs(np.fft.rfft(centred, 2 * size)) ** 2)[:, :size]
    return whole / (whole[:, :1] + 1e-12) / (own / own[0] + 1e-9)
