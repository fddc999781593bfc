"""Voices of a prepared set as tensors: sounds of real people, by speaker, with what is a speaker's own taken out.

A speaker's mean and spread in each band are known from all that they say, whatever they feel: with these alike for all,
what is left is how a clip differs from the same speaker's others.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import torch

from ferviz.clip import Clip
from ferviz.emotions import LABEL_SETS, LabelSet
from ferviz.learning.films import SILENCE, stacked
from ferviz.learning.sets import Examples
from ferviz.models.hearing import Hearing
from ferviz.prepared import PreparedClips

__all__ = ["Levels", "evened", "levels_of", "voices_of"]

Levels = tuple[torch.Tensor, torch.Tensor]
"""Mean and deviation (rows,) in decibels."""

_ABOUT = {"person": "identity", "split": "split", "name": "name"}  # what is kept of a row of the manifest
_NO_FRAMES: Any = np.zeros((0, 1, 1, 3), np.uint8)
_LEAST = 1.0  # decibels that are taken for a spread at least: a band without any would be blown up to noise


def voices_of(clips: PreparedClips, ear: Hearing, labels: LabelSet = LABEL_SETS["FER2013"]) -> Examples:
    """The sounds of a prepared set, in decibels.

    Parameters
    ----------
    clips : PreparedClips
        Those without sound that can be used, such as silent films, are left out: compare their number with ``len``.
    ear : Hearing
        Which picture is made of the sound.
    labels : LabelSet
        What is learned; a clip of another emotion is not to be learned from (-1).

    Returns
    -------
    learning.sets.Examples
        ``raw``: sound (N, 1, rows, W) of half precision and window_mask (N, W), filled up behind; ``targets``: emotion;
        ``about``: person, fold (-1 where the set has none), split and name.

    Raises
    ------
    ValueError
        Where no clip has sound that can be used.
    """
    sounds: list[torch.Tensor] = []
    windows: list[torch.Tensor] = []
    rows: list[dict[str, Any]] = []
    for row, clip in zip(clips.rows, clips, strict=True):
        if clip.audio is None:
            continue
        gaps = tuple(gap for gap in clip.gaps if gap.stream == "audio")
        heard = Clip(_NO_FRAMES, np.zeros(0), clip.audio, clip.sample_rate, gaps=gaps)
        sound, usable = ear.record(heard)
        if bool(usable.any()):
            sounds.append(sound[0].half())
            windows.append(usable[0])
            rows.append(dict(row))
    if not rows:
        raise ValueError(f"clips must hold one sound that can be used at least; {clips.folder} has none")
    (sound, _), (usable, _) = stacked(sounds, -1, SILENCE), stacked(windows, -1, 0)
    places = [labels.index(row["label"]) if row["label"] in labels else -1 for row in rows]
    about = {name: np.array([row[key] for row in rows]) for name, key in _ABOUT.items()}
    about["fold"] = np.array([-1 if row["fold"] is None else row["fold"] for row in rows])
    return Examples(
        {"sound": sound, "window_mask": usable},
        {"emotion": torch.tensor(places)},
        about=about,
    )


def levels_of(voices: Examples) -> Levels:
    """Mean and deviation of each band over all windows that can be used; deviations are 1 dB at least.

    Raises ValueError where no window can be used.
    """
    heard = voices.raw["sound"][:, 0].float().transpose(1, 2)[voices.raw["window_mask"]]  # (windows, rows)
    if not len(heard):
        raise ValueError("voices must have a window that can be used; got none")
    return heard.mean(0), heard.std(0, correction=0).clamp_min(_LEAST)


def evened(voices: Examples, to: Levels | None = None) -> Examples:
    """The same voices, every speaker with the same mean and spread in each band.

    They are taken from all clips of that speaker that are given: what is told of a network that hears the result holds
    for speakers of whom as much is known.

    Parameters
    ----------
    voices : Examples
        Of `voices_of`, with ``person``.
    to : Levels, optional
        What all get; the levels of all voices together unless given.

    Raises
    ------
    ValueError
        For a speaker without a window that can be used.
    """
    mean, spread = to or levels_of(voices)
    person, sound = np.asarray(voices.about["person"]), voices.raw["sound"].float().clone()
    for who in np.unique(person):
        at = person == who
        own, wide = levels_of(voices[at])
        sound[at] = (sound[at] - own[:, None]) * (spread / wide)[:, None] + mean[:, None]
    heard = voices.raw["window_mask"][:, None, None]
    return replace(voices, raw={**voices.raw, "sound": torch.where(heard, sound, SILENCE).half()})
