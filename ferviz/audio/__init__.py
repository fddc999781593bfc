"""Sound as a picture, and back: spectrograms and log-mel spectrograms with deltas, on batches of tensors.

    sound = audio.resample(clip.audio, clip.sample_rate)       # mono, 16 kHz
    mel = audio.log_mel(torch.from_numpy(sound))               # (64, windows), decibels
    heard = audio.sound_of(mel)                                # what of the sound that picture keeps

A window lasts 40 ms, the next begins 10 ms later, and none begins before the sound or is padded, unless the sound is
shorter than one window.
"""

from __future__ import annotations

from ferviz.audio.altering import shifted, with_noise
from ferviz.audio.rebuilding import griffin_lim, sound_of
from ferviz.audio.sampling import resample, usable_windows
from ferviz.audio.spectra import (
    SPEECH,
    Spectrum,
    decibels,
    delta,
    hertz_to_mel,
    log_mel,
    mel_filters,
    mel_to_hertz,
    spectrogram,
)

__all__ = [
    "SPEECH",
    "Spectrum",
    "decibels",
    "delta",
    "griffin_lim",
    "hertz_to_mel",
    "log_mel",
    "mel_filters",
    "mel_to_hertz",
    "resample",
    "shifted",
    "sound_of",
    "spectrogram",
    "usable_windows",
    "with_noise",
]
__dir__ = __all__.copy  # completion offers what is public, not what this module imports
