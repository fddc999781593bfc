"""Sound of any rate at the rate that is wanted, and which windows of it lie in no gap."""

from __future__ import annotations

import math
from typing import Any

import av
import numpy as np
import numpy.typing as npt

from ferviz.arguments import whole
from ferviz.audio.spectra import SPEECH, Spectrum
from ferviz.streams import check_audio

__all__ = ["resample", "usable_windows"]

_BLOCK = 2**20  # samples that are handed over at once
_BEHIND = 0.05  # seconds of silence behind the sound, so that the filter gives all of it


def resample(audio: npt.NDArray[np.float32], sample_rate: int, to: int = 16_000) -> npt.NDArray[np.float32]:
    """Mono sound (N,) at another rate, by FFmpeg: (⌈N · to / sample_rate⌉,), every time where it was.

    What lies above half the lower of the two rates is gone: sound of 8 kHz has nothing above 4 kHz afterwards either.
    Channels are made one where a file is read (`ferviz.load_clip` takes their mean).

    Raises
    ------
    TypeError, ValueError
        For what is no sound of a clip, or no rate.
    """
    check_audio(audio, sample_rate)
    to = whole("to", to)
    if audio is None:
        raise TypeError("audio must be a float32 array of shape (N,), mono, -1 to 1; got None")
    if to == sample_rate or not len(audio):
        return audio.copy()
    rate = whole("sample_rate", sample_rate)
    padded = np.concatenate([audio, np.zeros(math.ceil(_BEHIND * rate), np.float32)])
    resampler, found = av.AudioResampler(format="fltp", layout="mono", rate=to), list[av.AudioFrame]()
    for start in range(0, len(padded), _BLOCK):
        block = av.AudioFrame.from_ndarray(padded[None, start : start + _BLOCK], format="fltp", layout="mono")
        block.sample_rate = rate
        found += resampler.resample(block)
    found += resampler.resample(None)
    return np.concatenate([block.to_ndarray()[0] for block in found])[: math.ceil(len(audio) * to / rate)]


def usable_windows(
    usable: npt.NDArray[np.bool_], sample_rate: int, spectrum: Spectrum | None = None
) -> npt.NDArray[Any]:
    """Which windows of a spectrogram can be used: those of which no sample lies in a gap.

    Parameters
    ----------
    usable : bool array (N,)
        `Clip.usable("audio")`, at the clip's own rate.
    sample_rate : int
        That rate; the spectrogram is of the sound that `resample` makes of it.
    spectrum : Spectrum, optional

    Returns
    -------
    bool array (windows,)

    Raises
    ------
    ValueError
        For no samples.
    """
    spectrum = spectrum or SPEECH
    if not len(usable):
        raise ValueError("usable must have one sample at least; got none")
    first = np.arange(spectrum.count(math.ceil(len(usable) * spectrum.rate / sample_rate))) * spectrum.hop
    spoiled = np.concatenate([[0], np.cumsum(~usable)])
    start = np.floor(first * sample_rate / spectrum.rate).astype(int)
    stop = np.ceil((first + spectrum.length) * sample_rate / spectrum.rate).astype(int)
    return spoiled[np.minimum(stop, len(usable))] == spoiled[np.minimum(start, len(usable))]
