"""How a network hears: the picture that it makes of a clip's sound, and what each position of its last map sees."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any, Literal, get_args

import numpy as np
import numpy.typing as npt
import torch
from torch.nn import functional

from ferviz import audio
from ferviz.arguments import choice
from ferviz.clip import Clip
from ferviz.models.backbones import ALEXNET, SoundNetConfig

__all__ = ["LONGEST", "Hearing", "Picture"]

Picture = Literal["mel", "spectrogram"]
LONGEST = 120.0
"""Seconds of sound that a network takes at once."""

_SILENCE = -100.0
_SCALES = ((-50.0, 20.0), (0.0, 2.5), (0.0, 1.25))  # mean and deviation of voices in decibels, and their deltas'


@dataclass(frozen=True)
class Hearing:
    """``picture``: "mel" is the log-mel spectrogram with Δ and ΔΔ, three channels; "spectrogram" the decibels of all
    frequencies, one channel. ``net``: the convolutions that it goes through.

    Raises
    ------
    ValueError
        Where the net takes another number of channels, or more bands than there are.
    """

    picture: Picture = "mel"
    spectrum: audio.Spectrum = audio.SPEECH
    net: SoundNetConfig = ALEXNET

    def __post_init__(self) -> None:
        choice("picture", self.picture, get_args(Picture))
        channels, least = 3 if self.picture == "mel" else 1, self.net.least("band")
        if self.net.pictures != channels:
            raise ValueError(f"net must take {channels} channels for picture {self.picture!r}; got {self.net.pictures}")
        if self.rows < least:
            raise ValueError(f"spectrum must have {least} bands or more for its net; got {self.rows}")

    @property
    def rows(self) -> int:
        """Bands or frequencies of the picture."""
        return self.spectrum.bands if self.picture == "mel" else self.spectrum.bins

    @property
    def centres(self) -> npt.NDArray[Any]:
        """Hertz (rows,) at which each band or frequency of the picture is loudest."""
        if self.picture == "mel":
            return np.asarray(self.spectrum.edges()[:, 1])
        return np.arange(self.rows) * self.spectrum.rate / self.spectrum.length

    @property
    def least(self) -> int:
        """The fewest windows of which a position can be made."""
        return self.net.least("window")

    def record(self, clip: Clip) -> tuple[torch.Tensor, torch.Tensor]:
        """The sound of a clip in decibels (1, 1, rows, windows), and which windows can be used (1, windows).

        A window can be used when no sample of it lies in a gap. A sound that is too short for one position is followed
        by windows that cannot be used; so is none at all.

        Raises
        ------
        ValueError
            For more than `LONGEST` seconds.
        """
        if clip.audio is None or clip.sample_rate is None or not len(clip.audio):
            return torch.full((1, 1, self.rows, self.least), _SILENCE), torch.zeros(1, self.least, dtype=torch.bool)
        seconds = len(clip.audio) / clip.sample_rate
        if seconds > LONGEST:
            lasts = f"that of {clip.source!r} lasts {seconds:.1f} s: cut it by load_clip(…, start=…, stop=…)"
            raise ValueError(f"sound must last {LONGEST:g} s at most; {lasts}")
        sound = torch.from_numpy(audio.resample(clip.audio, clip.sample_rate, self.spectrum.rate))
        if self.picture == "mel":
            picture = audio.log_mel(sound, self.spectrum)
        else:
            picture = audio.decibels(audio.spectrogram(sound, self.spectrum))
        usable = torch.from_numpy(audio.usable_windows(clip.usable("audio"), clip.sample_rate, self.spectrum))
        more = (0, max(0, self.least - len(usable)))
        return functional.pad(picture, more, value=_SILENCE)[None, None], functional.pad(usable, more)[None]

    def scaled(self, sound: torch.Tensor, windows: torch.Tensor) -> torch.Tensor:
        """Decibels (B, 1, rows, W) → (B, channels, rows, W) of about -2 to 2, with deltas where the picture has these.

        Windows that cannot be used have no part in the deltas of others.
        """
        channels = [sound.float()]
        if self.picture == "mel":
            channels += [audio.delta(channels[0], order, usable=windows) for order in (1, 2)]
        return torch.cat([(each - zero) / by for each, (zero, by) in zip(channels, _SCALES, strict=False)], 1)

    def usable(self, windows: torch.Tensor) -> torch.Tensor:
        """Which positions can be used (B, N), from windows (B, W): see `SoundNetConfig.usable`."""
        return self.net.usable(windows, self.rows)

    def positions(self, clip: Clip) -> dict[str, tuple[str, npt.NDArray[Any], dict[str, str]]]:
        """What each position sees of a clip, as xarray takes it: its centre in ``seconds`` and ``hertz``, and from
        where to where, ``seconds_from`` … ``hertz_to``, within the sound and its picture.
        """
        rate = self.spectrum.rate
        samples = 0 if clip.audio is None else math.ceil(len(clip.audio) * rate / (clip.sample_rate or rate))
        windows = max(self.least, self.spectrum.count(samples))
        times, bands = self.net.places(windows, "window"), self.net.places(self.rows, "band")
        found: dict[str, tuple[str, npt.NDArray[Any], dict[str, str]]] = {}
        for word, unit, axes in (
            ("seconds", "s", [np.tile(each, bands) for each in self._seconds(times, samples / rate)]),
            ("hertz", "Hz", [np.repeat(each, times) for each in self._hertz(bands)]),
        ):
            for end, values in zip(("", "_from", "_to"), axes, strict=True):
                found[word + end] = ("position", values, {"units": unit})
        return found

    def _seconds(self, count: int, end: float) -> tuple[npt.NDArray[Any], ...]:
        """Centre, start and stop of ``count`` places in time, in a sound that ends at ``end``."""
        field, spectrum = self.net.fields(count, "window"), self.spectrum
        first, last = field[:, 0] * spectrum.shift, (field[:, 1] - 1) * spectrum.shift + spectrum.window
        return tuple(np.clip(each, 0, end) for each in ((first + last) / 2, first, last))

    def _hertz(self, count: int) -> tuple[npt.NDArray[Any], ...]:
        """The same of ``count`` places in frequency: their middle band is loudest at the centre."""
        if self.picture == "mel":
            low, top, high = self.spectrum.edges().T
        else:
            low = top = high = np.arange(self.rows) * self.spectrum.rate / self.spectrum.length
        field, last = self.net.fields(count, "band"), self.rows - 1
        middle = np.interp((field.sum(1) - 1) / 2, np.arange(self.rows), top)
        return middle, low[np.clip(field[:, 0], 0, last)], high[np.clip(field[:, 1] - 1, 0, last)]
