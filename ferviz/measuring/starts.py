"""Face streams of audio-video from several starts: what their backbones had learned before they saw a film.

Zhou et al. 2019 (arXiv:2012.13912) explore what the face stream had learned before; their table is not to be had. Here
every start but "nothing" and "fan-mean", which ships, is a frame classifier that has learned as many single faces for
as long: synthetic ones, FER2013's by its labels, or the same pictures by the votes of FER+ (Barsoum et al. 2016,
arXiv:1608.01041). All go the same way on, on films.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from pathlib import Path
from types import MappingProxyType
from typing import cast

import numpy as np
import torch
from lightning_fabric import Fabric

from ferviz.emotions import LABEL_SETS
from ferviz.learning.films import varied
from ferviz.learning.heads import HeadsTask
from ferviz.learning.loop import Schedule, fit
from ferviz.learning.recipes import Recipe, faces_for_training, fresh
from ferviz.learning.recipes.audio_video import av_films
from ferviz.learning.recipes.common import synthetic_stills
from ferviz.learning.recipes.voices import ADAM, FRAMES, OPTIMISER, STREAM
from ferviz.learning.sets import Examples, Stills, stills_from, stills_from_votes
from ferviz.learning.tasks import StillTask
from ferviz.measuring.keeping import learning_from
from ferviz.models import load_model
from ferviz.models.audio_video import AudioVideo, Config, shipped
from ferviz.models.backbones import ResNet
from ferviz.models.frame_attention import Config as FrameConfig
from ferviz.models.frame_attention import FrameAttention

__all__ = [
    "ON_STILLS",
    "PICTURES",
    "PRETRAINING",
    "STARTS",
    "face_films",
    "face_stream",
    "faces_of_starts",
    "learn_stream",
]

STARTS: Mapping[str, str] = MappingProxyType(
    {
        "nothing": "first weights",
        "synthetic": "synthetic faces",
        "FER2013": "FER2013, its own labels",
        "FER+": "the same pictures, votes of FER+",
        "fan-mean": "fan-mean as it ships: all of FER2013 and many synthetic faces, longer, and synthetic clips",
    }
)
"""The starts, and what their backbones had learned."""

ON_STILLS = ("synthetic", "FER2013", "FER+")
"""Those that learn single faces first."""

PICTURES = 8000
# A second look, decided on after the first: with 3 epochs of gradient descent in batches of 128 no face stream was
# shown to beat chance on the test films. This schedule was set by the training loss of a run apart (FER2013, seed 99,
# 4 epochs), before any test film was asked of it.
PRETRAINING = Recipe(Schedule(epochs=6, batch=32, rate=1e-3, **ADAM))


def faces_of_starts(faces: Path, stills: Path, count: int = PICTURES) -> dict[str, Stills]:
    """What the backbone of each start learns: ``count`` faces each, those of FER2013 and FER+ the same pictures.

    ``faces`` is prepared FER2013 with votes, of which Training pictures are drawn on whose majority the voters took a
    word of FER2013's; ``stills`` a synthetic set.

    Raises
    ------
    FileNotFoundError, ValueError
        When a set is missing or damaged, carries no votes, or holds fewer faces.
    """
    labels, side = LABEL_SETS["FER2013"], Config.compact().side
    real = faces_for_training(faces)[0]
    if real.votes is None:
        raise ValueError(f"{faces} must carry the votes of FER+: prepare FER2013 with --votes")
    voted = np.stack([real.votes[:, real.vote_names.index(str(label))] for label in labels], 1).max(1)
    sure = np.flatnonzero(voted >= real.votes.max(1))
    made = synthetic_stills(stills, "train", side)
    for what, there in ((faces, len(sure)), (stills, len(made))):
        if there < count:
            raise ValueError(f"{what} must hold {count} faces that can be learned; got {there}")
    luck = np.random.default_rng(0)
    drawn = real.select(np.isin(np.arange(len(real)), luck.choice(sure, count, replace=False)))
    return {
        "synthetic": made[luck.choice(len(made), count, replace=False)],
        "FER2013": stills_from(drawn, side),
        "FER+": stills_from_votes(drawn, side, labels),
    }


def face_films(clips: Path) -> Examples:
    """The films that a face stream learns, as the recipe of av-face takes them."""
    return av_films(Config.compact("video"), clips, "face", "train")


def learn_stream(
    model: AudioVideo,
    films: Examples,
    out: Path,
    seed: int,
    epochs: int | None = None,
    fabric: Fabric | None = None,
    *,
    start: Iterable[torch.Tensor] = (),
) -> AudioVideo:
    """A stream, as the recipes of av-face and av-voice train it, without films that it is watched on; resumes in OUT.

    Parameters
    ----------
    model : AudioVideo
        Of one stream.
    films : Examples
        What it learns (`ferviz.learning.recipes.audio_video.av_films`).
    out : Path
    seed : int
    epochs : int, optional
        Those of the recipe unless given.
    fabric : Fabric, optional
        The CPU unless given.
    start : iterable of tensors
        What it went on from, where that was not drawn from the seed.

    Raises
    ------
    ValueError
        Where the folder holds a stream that learned other films, or went on from another start.
    """
    learning_from(out, [*films.raw.values(), *films.targets.values(), *start])
    schedule = STREAM.changed(seed=seed, epochs=epochs).schedule
    fit(model, HeadsTask(films, {}, varied(FRAMES, 0.0)), schedule, out, fabric=fabric, optimiser=OPTIMISER)
    return model.eval()


def face_stream(
    start: str,
    folder: Path,
    films: Examples,
    stills: Mapping[str, Stills],
    seed: int,
    epochs: int | None = None,
    fabric: Fabric | None = None,
) -> AudioVideo:
    """A face stream from a start, as the recipe of av-face trains it; resumes in FOLDER/changed/START.

    ``start`` is one of `STARTS`, ``films`` of `face_films`, ``stills`` of `faces_of_starts`; for the others, and what
    is raised, see `learn_stream`.
    """
    place = folder / "changed" / start
    model = fresh(lambda: shipped("face"), seed)
    backbone = cast(FrameAttention, load_model("fan-mean")).backbone if start == "fan-mean" else None
    if start in stills:
        backbone = _learned(place / "backbone", stills[start], seed, fabric)
    began = {} if backbone is None else backbone.state_dict()
    if began:
        model.video.backbone.load_state_dict(began)
    return learn_stream(model, films, place / "face", seed, epochs, fabric, start=began.values())


def _classifier() -> FrameAttention:
    return FrameAttention(FrameConfig.compact("mean"))


def _learned(folder: Path, stills: Stills, seed: int, fabric: Fabric | None) -> ResNet:
    """The backbone of a frame classifier that has learned single faces; resumes in a folder."""
    classifier = fresh(_classifier, seed)
    learning_from(folder, (stills.pictures, stills.target))
    schedule = PRETRAINING.changed(seed=seed).schedule
    fit(classifier, StillTask(stills, {}), schedule, folder, fabric=fabric, optimiser=OPTIMISER)
    return classifier.backbone
