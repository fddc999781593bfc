"""A voice stream of audio-video that reads a spectrogram, in the place of the log-mel picture with its deltas.

Zhou et al. 2019 (arXiv:2012.13912) explore both pictures; their table is not to be had. Ours has the decibels of all
321 frequencies, 25 Hz apart. The first layer reads seven of them and goes on by five, 125 Hz, so that its map has the
64 rows that it has of the mel bands, and all behind it is the same network: 32 · (7·5 − 3·3·5) = −320 numbers fewer.
"""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from lightning_fabric import Fabric

from ferviz.faces.sets import read
from ferviz.learning.films import films_of, varied
from ferviz.learning.heads import HeadsTask
from ferviz.learning.loop import fit
from ferviz.learning.recipes import fresh
from ferviz.learning.recipes.audio_video import VOICES
from ferviz.learning.recipes.voices import FRAMES, OPTIMISER, STREAM
from ferviz.learning.sets import Examples, has_target
from ferviz.measuring.keeping import learning_from
from ferviz.models.audio_video import AudioVideo, Config
from ferviz.models.backbones import SOUND_COMPACT
from ferviz.models.hearing import Hearing

__all__ = ["SPECTROGRAM", "spectrogram_stream", "spectrogram_voices"]

_FIRST = replace(SOUND_COMPACT.layers[0], kernel=(7, 5), stride=(5, 2))
SPECTROGRAM = Hearing("spectrogram", net=replace(SOUND_COMPACT, pictures=1, layers=(_FIRST, *SOUND_COMPACT.layers[1:])))
"""How that stream hears."""


def spectrogram_voices(clips: Path) -> Examples:
    """The voices that a voice stream learns, as the recipe of av-voice takes them, as spectrograms.

    Raises FileNotFoundError or ValueError when the set is missing or damaged.
    """
    sets = [read(clips, split="train", part=part) for part in VOICES]
    voices = films_of(sets, SPECTROGRAM, Config.compact().side, "voice")
    raw = {name: voices.raw[name] for name in ("sound", "window_mask")}
    learned = Examples(raw, voices.targets, {}, voices.about)
    return learned[has_target(voices.targets["emotion"]) & raw["window_mask"].any(1)]


def spectrogram_stream(
    folder: Path, voices: Examples, seed: int, epochs: int | None = None, fabric: Fabric | None = None
) -> AudioVideo:
    """A voice stream of spectrograms, as the recipe of av-voice trains it; resumes in FOLDER/changed/spectrogram.

    Parameters
    ----------
    folder : Path
        Of a pair.
    voices : Examples
        Of `spectrogram_voices`.
    seed : int
    epochs : int, optional
        Those of the recipe unless given.
    fabric : Fabric, optional
        The CPU unless given.

    Raises
    ------
    ValueError
        Where the folder holds a stream that learned other voices.
    """
    model = fresh(lambda: AudioVideo(replace(Config.compact("audio"), ear=SPECTROGRAM)), seed)
    schedule = STREAM.changed(seed=seed, epochs=epochs).schedule
    task = HeadsTask(voices, {}, varied(FRAMES, 0.0))
    out = learning_from(folder / "changed" / "spectrogram", [*voices.raw.values(), *voices.targets.values()])
    fit(model, task, schedule, out, fabric=fabric, optimiser=OPTIMISER)
    return model.eval()
