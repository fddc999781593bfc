"""Face streams of audio-video from several starts: what their backbones had learned before they saw a film.

Zhou et al. 2019 (arXiv:2012.13912) explore what the face stream had learned before; their table is not to be had. Here
every start but "nothing" and "fan-mean", which ships, is a frame classifier that has learned as many single faces for
as long: synthetic ones, FER2013's by its labels, or the same pictures by the votes of FER+ (Barsoum et al. 2016,
arXiv:1608.01041). All go the same way on, on films.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from types import MappingProxyType
from typing import cast

import numpy as np
from lightning_fabric import Fabric

from ferviz.emotions import LABEL_SETS
from ferviz.faces.sets import read
from ferviz.learning.films import films_of, varied
from ferviz.learning.heads import HeadsTask
from ferviz.learning.loop import Schedule, fit
from ferviz.learning.recipes import Recipe, faces_for_training, fresh
from ferviz.learning.recipes.audio_video import FAMILIES
from ferviz.learning.recipes.common import synthetic_stills
from ferviz.learning.recipes.voices import FRAMES, OPTIMISER, STREAM
from ferviz.learning.sets import Examples, Stills, has_target, stills_from, stills_from_votes
from ferviz.learning.tasks import StillTask
from ferviz.measuring.keeping import learning_from
from ferviz.models import load_model
from ferviz.models.audio_video import AudioVideo, Config, shipped
from ferviz.models.backbones import ResNet
from ferviz.models.frame_attention import Config as FrameConfig
from ferviz.models.frame_attention import FrameAttention

__all__ = ["ON_STILLS", "PICTURES", "PRETRAINING", "STARTS", "face_films", "face_stream", "faces_of_starts"]

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
# Found to be too little: no face stream that went on from it, for 8 epochs of films, was better than chance.
PRETRAINING = Recipe(Schedule(epochs=3, batch=128, rate=0.1, weight_decay=5e-4))


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
    config = Config.compact()
    films = films_of([read(clips, split="train", part=one) for one in FAMILIES], config.ear, config.side, "face")
    raw = {name: films.raw[name] for name in ("frames", "mask")}
    return Examples(raw, films.targets, {}, films.about)[has_target(films.targets["emotion"]) & raw["mask"].any(1)]


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

    Parameters
    ----------
    start : str
        One of `STARTS`.
    folder : Path
        Of a pair.
    films : Examples
        Of `face_films`.
    stills : mapping
        Of `faces_of_starts`.
    seed : int
    epochs : int, optional
        Those of the recipe unless given.
    fabric : Fabric, optional
        The CPU unless given.

    Raises
    ------
    ValueError
        Where the folder holds a start that learned other films or faces.
    """
    place = folder / "changed" / start
    model = fresh(lambda: shipped("face"), seed)
    backbone = cast(FrameAttention, load_model("fan-mean")).backbone if start == "fan-mean" else None
    if start in stills:
        backbone = _learned(place / "backbone", stills[start], seed, fabric)
    if backbone is not None:
        model.video.backbone.load_state_dict(backbone.state_dict())
    schedule = STREAM.changed(seed=seed, epochs=epochs).schedule
    out = learning_from(place / "face", [*films.raw.values(), *films.targets.values()])
    fit(model, HeadsTask(films, {}, varied(FRAMES, 0.0)), schedule, out, fabric=fabric, optimiser=OPTIMISER)
    return model.eval()


def _classifier() -> FrameAttention:
    return FrameAttention(FrameConfig.compact("mean"))


def _learned(folder: Path, stills: Stills, seed: int, fabric: Fabric | None) -> ResNet:
    """The backbone of a frame classifier that has learned single faces; resumes in a folder."""
    classifier = fresh(_classifier, seed)
    learning_from(folder, (stills.pictures, stills.target))
    fit(classifier, StillTask(stills, {}), PRETRAINING.changed(seed=seed).schedule, folder, fabric=fabric)
    return classifier.backbone
