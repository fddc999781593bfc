"""The clips of the explorer *Two streams*: a face and a sound, as they came and as a hand has changed them."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from functools import cache, cached_property
from typing import Any

import numpy as np
import numpy.typing as npt
import torch

from ferviz import audio
from ferviz.audio.spectra import reach
from ferviz.clip import Clip, Gap
from ferviz.explorers.shared.faces import Source
from ferviz.explorers.shared.picture import enlarge, resized, sprite
from ferviz.explorers.streams.net import Encoded, hear, see
from ferviz.explorers.streams.state import StreamsState
from ferviz.gallery import sample, samples
from ferviz.intake import NoFaceError
from ferviz.models.audio_video import AudioVideo
from ferviz.scores import cover, filling

__all__ = ["CELL", "Film", "Heard", "choices", "find_film", "heard_of"]

Array = npt.NDArray[Any]

CELL = 112  # pixels of a frame's side in the sprite
PACE = 0.125  # seconds that a single frame is shown
KEPT = 24  # changes whose vectors are kept: more than the slider of the cover has places
NOISE = 7  # seed of the noise: the same at every level


@dataclass(frozen=True, eq=False)
class Film:
    """``clip`` as it came; ``faces`` cut for the network, None where none was found, and ``reason`` why; ``pictures``
    (T, 112, 112, 3), how they are shown."""

    clip: Clip
    faces: Clip | None
    pictures: Array
    reason: str = ""
    vectors: dict[tuple[str, float], Encoded] = field(default_factory=dict)

    def under(self, name: str, model: AudioVideo, share: float) -> Encoded:
        """What the network called ``name`` makes of the frames, a share of each covered."""
        return _kept(self.vectors, (name, share), lambda: see(model, self.covered(share)))

    def covered(self, share: float) -> Clip | None:
        """The faces, a share of each under a gray square."""
        if self.faces is None or share == 0:
            return self.faces
        return replace(self.faces, frames=_covered(self.faces.frames, share))

    def shown(self, share: float) -> Array:
        """The pictures, a share of each under a gray square."""
        return _covered(self.pictures, share) if share and len(self.pictures) else self.pictures

    @property
    def pace(self) -> float:
        """Seconds that a frame is shown, on average."""
        times = [] if self.faces is None else [round(float(time), 4) for time in self.faces.times]
        return round(float(np.diff(times).mean()), 4) if len(times) > 1 else PACE

    @cached_property
    def sprite(self) -> bytes:
        """The pictures as one, for the browser."""
        return sprite(self.pictures)

    @cached_property
    def grays(self) -> list[int]:
        """The brightness of each picture's gray square."""
        return [int(filling(picture, "gray")[0, 0, 0]) for picture in self.pictures]


def _covered(frames: Array, share: float) -> Array:
    side = float(np.sqrt(share))
    return np.stack([cover(frame, filling(frame, "gray"), 0.5, 0.5, side) for frame in frames])


def find_film(source: Source, face: int, model: AudioVideo) -> Film:
    """The faces of a clip and its sound; a clip without a face has its sound alone.

    Raises
    ------
    NoFaceError
        When there is no face, nor a sound.
    ValueError
        When no frame of the face can be used, nor is there a sound.
    """
    clip = source.clip
    sounds = clip.audio is not None and len(clip.audio) > 0
    try:
        faces = source.cut(face, model.crop)
        if not len(faces) or not faces.usable().any():
            raise NoFaceError(f"the clip {clip.source!r} has no frame that can be used")
    except NoFaceError as error:
        if not sounds:
            raise
        return Film(clip, None, np.zeros((0, CELL, CELL, 3), np.uint8), error.found if len(clip) else "no pictures")
    model.check_faces(faces)
    return Film(clip, faces, np.stack([resized(frame, CELL) for frame in enlarge(clip, faces, CELL)]))


@cache
def choices() -> tuple[str, ...]:
    """The bundled clips with a voice."""
    return tuple(one.name for one in samples() if one.known and "voice" in one.name)


# ---- the sound -------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, eq=False)
class Heard:
    """A ``clip`` of sound alone, None where there is none; and what a network makes of it, by its name."""

    clip: Clip | None
    records: dict[str, tuple[torch.Tensor, torch.Tensor]] = field(default_factory=dict)
    vectors: dict[str, Encoded] = field(default_factory=dict)

    def record(self, name: str, model: AudioVideo) -> tuple[torch.Tensor, torch.Tensor]:
        """The picture in decibels (1, 1, rows, W), and which windows can be used (1, W)."""
        clip = _nothing() if self.clip is None else self.clip  # a clip of sound alone counts as empty
        return _kept(self.records, name, lambda: model.config.ear.record(clip))

    def under(self, name: str, model: AudioVideo) -> Encoded:
        """What the network called ``name`` makes of the sound."""
        return _kept(self.vectors, name, lambda: hear(model, self.record(name, model)))

    def reach(self, model: AudioVideo) -> str:
        """How much each position of the sound's map sees, where that is too much for its place to be one; else ""."""
        if self.clip is None:
            return ""
        ear = model.config.ear
        return reach({key: values for key, (_, values, _) in ear.positions(self.clip).items()}, ear.centres)


def _nothing() -> Clip:
    return Clip(np.zeros((1, 1, 1, 3), np.uint8), np.zeros(1))


def heard_of(film: Film, state: StreamsState) -> Heard:
    """The sound of a state: another clip's voice, later, under noise, or silent."""
    own = film.clip if not state.voice_of else sample(state.voice_of)
    if own.audio is None or own.sample_rate is None or not len(own.audio):
        return Heard(None)
    rate, by = own.sample_rate, round(state.shift * own.sample_rate)
    usable = own.usable("audio")
    if state.audio == "silent":
        sound = np.zeros_like(own.audio)
    else:
        sound = audio.shifted(own.audio, by)
        if state.noise is not None:
            sound = audio.with_noise(sound, int(rate), state.noise, np.random.default_rng(NOISE))
        usable = audio.shifted(usable, by, True)
    empty = np.zeros((0, 1, 1, 3), np.uint8), np.zeros(0)
    return Heard(Clip(*empty, sound, rate, gaps=_gaps(usable), source=own.source))


def _gaps(usable: Array) -> tuple[Gap, ...]:
    """The stretches of samples that cannot be used."""
    edges = np.flatnonzero(np.diff(np.concatenate([[1], usable.astype(int), [1]])))
    return tuple(Gap("audio", int(start), int(stop), "a gap of the sound") for start, stop in edges.reshape(-1, 2))


def _kept(store: dict[Any, Any], key: Any, make: Any) -> Any:
    """What was made for a key; the newest few are kept."""
    if key not in store:
        while len(store) >= KEPT:
            del store[next(iter(store))]
        store[key] = make()
    return store[key]
