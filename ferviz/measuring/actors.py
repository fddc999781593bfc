"""Actors of RAVDESS as they are measured: voice and face of the same clips, and networks that never heard the actor."""

from __future__ import annotations

import io
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, cast

import numpy as np
import numpy.typing as npt
import torch
from torch import nn

from ferviz import weights
from ferviz.archives import open_arrays
from ferviz.disk import write_whole
from ferviz.faces.sets import read
from ferviz.learning.films import films_of, varied
from ferviz.learning.heads import HeadsTask
from ferviz.learning.loop import fit, make_fabric
from ferviz.learning.recipes import WEIGHTS, fresh
from ferviz.learning.recipes.audio_video import VOICES
from ferviz.learning.recipes.voices import FRAMES, OPTIMISER, STREAM
from ferviz.learning.sets import Examples
from ferviz.learning.voices import Levels, evened, levels_of
from ferviz.measured import Measured
from ferviz.measuring.keeping import learning_from
from ferviz.measuring.runs import over_runs
from ferviz.models.audio_video import AudioVideo, Config, shipped

__all__ = ["EVENED", "RAW", "Actors", "actors_of", "from_synthetic", "levels_in", "net_answers", "numbers_of"]

Array = npt.NDArray[Any]
RAW, EVENED = "as they are", "evened"
PUBLISHED = {"voice": "audio_logits", "face": "face_logits", "fusion": "published_fusion"}
CALM = "calm"
_NEEDED = ("clip", "emotion", "emotion_names", "actor", "fold", "action_units", *PUBLISHED.values())
_BATCH = 64


@dataclass(frozen=True, eq=False)
class Actors:
    """N clips of which voice and face are known. ``word`` places in ``names``, ``actor`` and ``fold``, all (N,);
    ``units`` (N, 35); ``published`` answers (N, words) by name; ``left_out``: how many clips lack one or the other."""

    voices: Examples
    word: Array
    names: tuple[str, ...]
    actor: Array
    fold: Array
    units: Array
    published: Mapping[str, Array]
    left_out: Mapping[str, int]

    def __len__(self) -> int:
        return len(self.word)

    @property
    def words(self) -> int:
        """How many words there are."""
        return len(self.names)

    @property
    def target(self) -> Array:
        """The word as shares (N, words)."""
        return np.asarray(np.eye(self.words)[self.word])


def actors_of(voices: Examples, path: Path) -> Actors:
    """Voices with their faces, found by the name without its first part, which says sound or film.

    Raises
    ------
    ValueError
        For a file without the arrays, no clip in common, or one that comes twice.
    """
    try:
        with open_arrays(path) as stored:
            table = {name: stored[name] for name in _NEEDED}
    except (ValueError, KeyError) as error:
        raise ValueError(f"{path.name} must hold the arrays {', '.join(_NEEDED)} ({error})") from error
    at = {str(name)[3:]: place for place, name in enumerate(table["clip"])}
    names = [str(name)[3:] for name in np.asarray(voices.about["name"])]
    for what, given, count in (("voices", names, len(set(names))), (path.name, table["clip"], len(at))):
        if count < len(given):
            raise ValueError(f"{what} must hold each clip once; {len(given) - count} come twice")
    heard = [place for place, name in enumerate(names) if name in at]
    if not heard:
        raise ValueError(f"{path.name} must have clips in common with the voices; none is")
    seen = np.array([at[names[place]] for place in heard])
    published = {row: _probabilities(table[name][seen]) for row, name in PUBLISHED.items()}
    left_out = {"without a face": len(names) - len(heard), "without a voice": len(at) - len(heard)}
    return Actors(
        voices[np.array(heard)],
        table["emotion"][seen].astype(int),
        tuple(str(name) for name in table["emotion_names"]),
        table["actor"][seen].astype(int),
        table["fold"][seen].astype(int),
        table["action_units"][seen].astype(float),
        published,
        left_out,
    )


def _probabilities(said: Array) -> Array:
    """Answers (N, L) as shares: logits, unless they are none below 0 and sum to 1."""
    values = said.astype(float)
    if values.min() >= 0 and np.allclose(values.sum(1), 1, atol=1e-3):
        return values
    raised = np.exp(values - values.max(1, keepdims=True))
    return np.asarray(raised / raised.sum(1, keepdims=True))


def numbers_of(people: Actors, state: str) -> tuple[Array, Array]:
    """Fixed numbers of each clip: voice (N, 2 · 3 · bands), face (N, 35); "evened" less each actor's own mean, in units
    of that actor's spread."""
    ear, found = Config.compact().ear, []
    for start in range(0, len(people), _BATCH):
        windows = people.voices.raw["window_mask"][start : start + _BATCH]
        pictures = ear.scaled(people.voices.raw["sound"][start : start + _BATCH], windows)  # (B, 3, bands, W)
        for picture, heard in zip(pictures, windows, strict=True):
            own = picture[:, :, heard].flatten(0, 1)
            found.append(torch.cat([own.mean(1), own.std(1, correction=0)]).numpy())
    voice, face = np.stack(found).astype(float), people.units
    return (_apart(voice, people.actor), _apart(face, people.actor)) if state == EVENED else (voice, face)


def _apart(numbers: Array, actor: Array) -> Array:
    even = np.empty(numbers.shape)
    for who in np.unique(actor):
        own = numbers[actor == who]
        spread = own.std(0)
        even[actor == who] = (own - own.mean(0)) / np.where(spread > 0, spread, 1)
    return even


class _Words(AudioVideo):
    """The voice stream with words of a set's own, "calm" among them, on its output axis."""

    def __init__(self, words: tuple[str, ...]) -> None:
        super().__init__(Config.compact("audio"))
        self.words = words
        before = cast(nn.Linear, self.fusion.get_submodule("audio_classify"))
        self.fusion.add_module("audio_classify", nn.Linear(before.in_features, len(words)))

    def heads(self) -> dict[str, tuple[str, ...] | None]:
        return {"emotion": self.words}


def net_answers(people: Actors, voices: Examples, folder: Path, seed: int) -> Array:
    """What the voice stream answers to each clip (N, words), trained on the clips of all other folds.

    Each fold's answers are kept in ``folder``; a fold that was stopped goes on. Raises ValueError where the folder is
    of other clips.
    """
    said = np.zeros((len(people), people.words))
    items = [*voices.raw.values(), torch.from_numpy(people.word), torch.from_numpy(people.fold)]
    for fold in np.unique(people.fold):
        place, out = learning_from(folder / f"fold-{fold}", items), people.fold == fold
        path = place / "answers.npy"
        if not path.is_file():
            answered = _trained(people, voices, out, place, seed)
            stream = io.BytesIO()
            np.save(stream, answered, allow_pickle=False)
            write_whole(path, stream.getvalue())
        said[out] = np.load(path, allow_pickle=False)
    return said


def _trained(people: Actors, voices: Examples, out: Array, folder: Path, seed: int) -> Array:
    model = fresh(lambda: _Words(people.names), seed)
    target = {"emotion": torch.from_numpy(people.word)}
    learned = Examples(voices.raw, target)[~out]
    schedule = STREAM.changed(seed=seed).schedule
    fabric = make_fabric(precision="bf16-mixed")
    fit(model, HeadsTask(learned, {}, varied(FRAMES, 0.0)), schedule, folder, fabric=fabric, optimiser=OPTIMISER)
    return _said(model, voices[out])


@torch.no_grad()
def _said(model: AudioVideo, voices: Examples) -> Array:
    """Probabilities (N, L) of voices."""
    model.eval()
    parts = [
        model(*model.inputs(*(value[start : start + _BATCH] for value in voices.raw.values()))).double().softmax(1)
        for start in range(0, len(voices), _BATCH)
    ]
    return np.asarray(torch.cat(parts).numpy())


def levels_in(clips: Path) -> Levels:
    """The levels of the synthetic voices that `train_stream` learns from."""
    config = Config.compact("audio")
    sets = [read(clips, split="train", part=family) for family in VOICES]
    return levels_of(films_of(sets, config.ear, 1, "voice", config.labels))


def from_synthetic(people: Actors, clips: Path, folder: Path, seeds: Sequence[int]) -> list[Measured]:
    """Mean recall of streams that heard synthetic voices alone, calm left out.

    Every actor is brought to the levels of the synthetic voices, and once left as it is.
    """
    known = np.asarray(people.voices.targets["emotion"])
    at = known >= 0
    if CALM in people.names:
        at &= people.word != people.names.index(CALM)
    found = []
    for state, voices in ((RAW, people.voices), (EVENED, evened(people.voices, levels_in(clips)))):
        right = []
        for seed in seeds:
            model = shipped("voice")
            weights.load(folder / str(seed) / "voice" / WEIGHTS, model)
            right.append((_said(model, voices[at]).argmax(1) == known[at]).astype(float))
        of, what = {"row": "av-voice", "family": state}, "mean recall of 7 words"
        told: dict[str, Any] = {"what": what, "seeds": seeds, "labels": known[at]}
        found.append(over_runs(np.stack(right), people.actor[at], of=of, **told))
    return found
