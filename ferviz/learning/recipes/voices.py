"""Real voices: the voice stream of audio-video on a prepared set, some of whose speakers are held out.

What learned the voices of a set may be bound by its licence, which the card repeats: RAVDESS forbids commercial use.
"""

from __future__ import annotations

from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import torch
from lightning_fabric import Fabric
from sklearn.metrics import recall_score

from ferviz.learning.answering import Answer
from ferviz.learning.films import varied
from ferviz.learning.heads import HeadsTask
from ferviz.learning.loop import Schedule, fit, make_fabric
from ferviz.learning.recipes.common import NAMES_A_LABEL, Recipe, card_fields, fresh, needed, save_run, set_in_words
from ferviz.learning.sets import Examples, has_target
from ferviz.learning.voices import voices_of
from ferviz.models.audio_video import shipped
from ferviz.prepared import read_clips
from ferviz.weights import Card

__all__ = ["ADAM", "FRAMES", "OPTIMISER", "STREAM", "TOLD", "audio_task", "held_out", "mean_recall", "train_audio"]

ADAM: Any = {"weight_decay": 0.0, "momentum": 0.0}  # those of gradient descent, which is not used here
STREAM = Recipe(Schedule(epochs=20, batch=32, rate=2e-3, **ADAM))
DECAY = 0.02
OPTIMISER = partial(torch.optim.AdamW, weight_decay=DECAY)
TOLD = f"; streams and what joins them: AdamW, weight decay {DECAY}, and no momentum of descent"
"""What the cards of all that `OPTIMISER` moves add to how it was trained."""
FRAMES = 3  # of each film that are learned at a time


def mean_recall(said: Answer, part: Examples) -> float | None:
    """The mean over the labels that come of the share that is named right; None where nothing has a label."""
    target = part.targets["emotion"]
    there = has_target(target)
    if not bool(there.any()):
        return None
    right, named = target[there].numpy(), said.of("emotion")[there].argmax(-1).numpy()
    return float(recall_score(right, named, labels=np.unique(right), average="macro", zero_division=0.0))


def held_out(voices: Examples) -> npt.NDArray[np.bool_]:
    """Which voices (N,) are watched on and not learned: those of fold 0, or of the split "validation".

    Raises
    ------
    ValueError
        Where these are none, or all, or some speaker is among them and among the others.
    """
    fold, split, person = (np.asarray(voices.about[name]) for name in ("fold", "split", "person"))
    out = np.asarray((fold == 0) | (split == "validation"))
    if out.all() or not out.any():
        told = f"folds {sorted(set(fold.tolist()))} and splits {sorted(set(split.tolist()))}"
        raise ValueError(f'voices must have a fold 0 or a split "validation", and others beside it; got {told}')
    both = sorted(set(person[out].tolist()) & set(person[~out].tolist()))
    if both:
        raise ValueError(f"voices must be held out by speaker; {both[0]!r} is held out and learned from")
    return out


def audio_task(learned: Examples, watched: Examples) -> HeadsTask:
    """What a voice stream learns from and is watched on; what has no label is left out."""
    parts = [part[has_target(part.targets["emotion"])] for part in (learned, watched)]
    train, validation = (Examples(part.raw, part.targets, {}, part.about) for part in parts)
    return HeadsTask(train, {"held out": validation}, varied(FRAMES, 0.0), scores={"mean recall": mean_recall})


def train_audio(
    out: Path,
    *,
    voices: Path | None = None,
    faces: Path | None = None,
    clips: Path | None = None,
    epochs: int | None = None,
    seed: int | None = None,
    fabric: Fabric | None = None,
) -> Path:
    """The voice stream on real voices, one fold of speakers held out; resumes in OUT/audio.

    ``voices`` is a prepared set (data_scripts/prepare_ravdess.py, prepare_cremad.py); ``faces`` and ``clips`` are not
    read. See `Train` for the other arguments.

    Raises
    ------
    FileNotFoundError, ValueError
        When the set is not named, missing or damaged, has no speakers to hold out, or the folder holds another run.
    """
    voices = needed(voices, "voices", "the voice stream on real voices")
    recipe, fabric = STREAM.changed(epochs=epochs, seed=seed), fabric or make_fabric()
    model, stored = fresh(lambda: shipped("voice"), recipe.schedule.seed), read_clips(voices)
    heard = voices_of(stored, model.config.ear, model.config.labels)
    apart = held_out(heard)
    task = audio_task(heard[~apart], heard[apart])
    history = fit(model, task, recipe.schedule, out / "audio", fabric=fabric, optimiser=OPTIMISER)
    people = [sorted(set(np.asarray(heard.about["person"])[at].tolist())) for at in (~apart, apart)]
    told = card_fields(recipe, history, fabric)
    told["origin"] += TOLD
    told |= {"licence": f"what learned from this set is bound by its licence: {stored.licence}"}
    told |= {"limits": (NAMES_A_LABEL, f"It heard {len(people[0])} speakers; held out: {', '.join(people[1])}.")}
    card = Card(
        name="audio",
        model=type(model).__name__,
        summary="Audio-video (arXiv:2012.13912), compact, voice: labels what a voice says; it learned real voices.",
        data=(set_in_words(voices, f"voices of {stored.source}, {len(heard)} of {len(stored)} clips"),),
        command=f"ferviz train audio --voices VOICES{recipe.options}",
        **told,
    )
    return save_run(model, out / "audio", card, fabric)
