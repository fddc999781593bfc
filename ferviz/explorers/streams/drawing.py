"""What the browser gets of the explorer *Two streams*: a clip's pictures and sound once, then answers as bytes."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt
import torch

from ferviz import audio
from ferviz.clip import Clip
from ferviz.explorers.shared.picture import gap_at, known
from ferviz.explorers.shared.scripts import floats
from ferviz.explorers.shared.voice import voice
from ferviz.explorers.streams import text
from ferviz.explorers.streams.film import CELL, Film, Heard
from ferviz.explorers.streams.net import Steps
from ferviz.explorers.streams.state import StreamsState, StreamsView
from ferviz.models.audio_video import AudioVideo
from ferviz.models.backbones.sound import Axis, SoundNetConfig
from ferviz.scores import Shapley

__all__ = ["answer", "map_of", "pictures", "sounds", "within"]

Array = npt.NDArray[Any]
_SHADES = 2  # of a byte, for a decibel: 0 is −100 dB


def pictures(film: Film) -> dict[str, Any]:
    """The frames of a clip; the browser covers them as an answer says."""
    faces = film.faces
    count = 0 if faces is None else len(faces)
    shown = {"sprite": film.sprite, "grays": film.grays, "cell": CELL} if count else {}
    times = [] if faces is None else [round(float(time), 4) for time in faces.times]
    reasons = [] if faces is None else [gap_at(faces, frame) for frame in range(count)]
    return {"times": times, "pace": film.pace, "frame_reasons": reasons, "no_face": film.reason, **shown}


def sounds(heard: Heard, name: str, model: AudioVideo, state: StreamsState) -> dict[str, Any]:
    """A sound: its outline, its picture as the network gets it, what each position of the map sees, and its file."""
    ear, clip = model.config.ear, heard.clip
    if clip is None or clip.audio is None or clip.sample_rate is None:
        return {"seconds": 0.0, "sound": None, "outline": b"", "mel": b"", "rows": 0, "windows": 0, "bands": 0}
    record, usable = heard.record(name, model)
    rows, windows = record.shape[2:]
    shades = ((record[0, 0] + 100) * _SHADES).round().clamp(0, 255).to(torch.uint8).numpy()
    seen = {key: values for key, (_, values, _) in ear.positions(clip).items()}
    bands, columns = map_of(model, windows)
    return {
        "seconds": round(len(clip.audio) / clip.sample_rate, 4),
        "shift": ear.spectrum.shift,
        "window": ear.spectrum.window,
        "outline": floats(_outline(clip.audio, clip.sample_rate, ear.spectrum.shift)),
        "mel": shades.tobytes(),
        "rows": rows,
        "windows": windows,
        "unusable": [int(place) for place in np.flatnonzero(~usable[0].numpy())],
        "hertz": [round(float(hertz), 1) for hertz in ear.centres],
        "bands": bands,
        "columns": columns,
        "reach": heard.reach(model),
        "seen": {key: floats(values) for key, values in seen.items()},
        "sound": _played(clip, record, ear, state),
    }


def map_of(model: AudioVideo, windows: int) -> tuple[int, int]:
    """Bands and steps in time of the map that the network makes of so many windows."""
    ear = model.config.ear
    return ear.net.places(ear.rows, "band"), ear.net.places(windows, "window")


def _outline(sound: Array, rate: float, shift: float) -> Array:
    """The least and the greatest sample of each stretch of ``shift`` seconds (2, W)."""
    each = max(1, round(shift * rate))
    padded = np.pad(sound, (0, -len(sound) % each)).reshape(-1, each)
    return np.stack([padded.min(1), padded.max(1)])


def _played(clip: Clip, record: torch.Tensor, ear: Any, state: StreamsState) -> dict[str, Any] | None:
    """The file that the player gets: the sound, or what a picture of it keeps, made to sound again."""
    if state.audio == "gone":
        return {"seconds": 0.0, "wav": None, "why": "The voice is taken away."}
    if state.plays == "sound":
        return voice(clip)
    decibels = record[0, 0].clone()
    if state.plays == "position" and state.position is not None:
        decibels[~torch.from_numpy(within(decibels.shape, ear.net, state.position))] = -100.0
    if ear.picture == "mel":
        again = audio.sound_of(decibels, ear.spectrum)
    else:
        again = audio.griffin_lim(torch.where(decibels > -100, 10 ** (decibels / 10), 0.0), ear.spectrum)
    made = again.clamp(-1, 1).numpy().astype(np.float32)
    return voice(Clip(np.zeros((0, 1, 1, 3), np.uint8), np.zeros(0), made, ear.spectrum.rate))


def within(shape: tuple[int, ...], net: SoundNetConfig, position: int) -> Array:
    """Which bands and windows (rows, W) one position hears."""
    axes: tuple[Axis, Axis] = ("band", "window")
    counts = tuple(net.places(size, axis) for size, axis in zip(shape, axes, strict=True))
    inside = []
    for size, count, place, axis in zip(shape, counts, np.unravel_index(position, counts), axes, strict=True):
        first, behind = net.fields(count, axis)[place]
        inside.append((np.arange(size) >= first) & (np.arange(size) < behind))
    return np.asarray(np.logical_and.outer(*inside))


def answer(state: StreamsState, view: StreamsView, film: Film) -> dict[str, Any]:
    """A view: weights, what is answered to whom, shares, FBP's numbers and words."""
    rows = {"frames": view.frames, "own frames": view.own_frames}
    rows |= {"positions": view.positions, "own positions": view.own_positions}
    return {
        "label": view.label,
        "rows": {name: floats(values) for name, values in rows.items()},
        "said": {name: [known(value) for value in values] for name, values in view.said.items()},
        "before": [known(value) for value in view.before],
        "shares": None if view.shares is None else _shares(view),
        "steps": None if view.steps is None else steps(view.steps),
        "added": None if view.added is None else [[known(value) for value in row] for row in view.added],
        "pairs": None if view.pairs is None else floats(view.pairs),
        "words": text.words(state, view, film),
    }


def _shares(view: StreamsView) -> dict[str, dict[str, list[float | None]]]:
    def of(value: Shapley) -> list[float | None]:
        return [known(float(part[view.place])) for part in value]

    assert view.shares is not None
    return {absent: {scale: of(value) for scale, value in found.items()} for absent, found in view.shares.items()}


def steps(found: Steps) -> dict[str, Any]:
    """FBP's numbers."""
    names = ("audio", "video", "product", "pooled", "root", "fused")
    return {"factors": found.factors, **{name: floats(getattr(found, name)) for name in names}}
