"""A voice stream of audio-video that reads a spectrogram, in the place of the log-mel picture with its deltas.

Zhou et al. 2019 (arXiv:2012.13912) explore both pictures; their table is not to be had. Ours has the decibels of all
321 frequencies, 25 Hz apart. The first layer reads seven of them and goes on by five, 125 Hz, so that its map has the
64 rows that it has of the mel bands, and all behind it is the same network: 32 · (7·5 − 3·3·5) = −320 numbers fewer.
"""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from lightning_fabric import Fabric

from ferviz.learning.recipes import fresh
from ferviz.learning.recipes.audio_video import av_films
from ferviz.learning.sets import Examples
from ferviz.measuring.starts import learn_stream
from ferviz.models.audio_video import AudioVideo, Config
from ferviz.models.backbones import SOUND_COMPACT
from ferviz.models.hearing import Hearing

__all__ = ["SPECTROGRAM", "spectrogram_stream", "spectrogram_voices"]

_FIRST = replace(SOUND_COMPACT.layers[0], kernel=(7, 5), stride=(5, 2))
SPECTROGRAM = Hearing("spectrogram", net=replace(SOUND_COMPACT, pictures=1, layers=(_FIRST, *SOUND_COMPACT.layers[1:])))
"""How that stream hears."""

_CONFIG = replace(Config.compact("audio"), ear=SPECTROGRAM)


def spectrogram_voices(clips: Path) -> Examples:
    """The voices that a voice stream learns, as the recipe of av-voice takes them, as spectrograms."""
    return av_films(_CONFIG, clips, "voice", "train")


def spectrogram_stream(
    folder: Path, voices: Examples, seed: int, epochs: int | None = None, fabric: Fabric | None = None
) -> AudioVideo:
    """A voice stream that learns `spectrogram_voices`; resumes in FOLDER/changed/spectrogram. See `learn_stream`."""
    model = fresh(lambda: AudioVideo(_CONFIG), seed)
    return learn_stream(model, voices, folder / "changed" / "spectrogram", seed, epochs, fabric)
