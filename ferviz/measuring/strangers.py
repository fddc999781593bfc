"""Synthetic people that no network has learned: how well they are known again, and by what beside the face."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from types import MappingProxyType
from typing import Any

import numpy as np
import numpy.typing as npt
import torch
from lightning_fabric import Fabric
from sklearn.linear_model import RidgeCV
from torch.nn.functional import adaptive_avg_pool2d

from ferviz.faces.regions import Region
from ferviz.faces.sets import SyntheticSet, read
from ferviz.learning.heads import HeadsTask
from ferviz.learning.loop import make_fabric
from ferviz.learning.recipes import WEIGHTS, fresh
from ferviz.learning.recipes import multi_task_sets as sets
from ferviz.learning.recipes.common import card_fields, save_run, set_in_words
from ferviz.learning.recipes.multi_task import STEPS, tune
from ferviz.learning.sets import Examples
from ferviz.measuring.keeping import same_run
from ferviz.measuring.multi_task_rows import BODY, folder_of
from ferviz.models.identity import COMPACT, Identity
from ferviz.weights import Card

__all__ = ["CLOSE", "HIDDEN", "brightness", "hidden_task", "hide_faces", "known_again", "linear_of_pixels"]
__all__ += ["look_alikes", "train_hidden"]

Array = npt.NDArray[Any]
HIDDEN = "face hidden"
"""The network that learns to tell people apart by all but their faces: the control."""
CLOSE: Mapping[str, float] = MappingProxyType({"years": 8.0, "gender": 0.25, "ethnicity": 0.15})
"""Two people look alike below these: years, gender from 0 to 1, and total variation of the shares of three shapes."""
_AROUND = (Region.BACKGROUND, Region.HAIR)
_WIDE, _HIGH = 0.42, 0.5  # half the axes of the ellipse that is painted over in any case, in sides of the picture
_GRAY = 128
_THUMB = 8


def hide_faces(pictures: torch.Tensor, found: SyntheticSet) -> torch.Tensor:
    """Gray pictures (N, 1, S, S) of single synthetic faces with the face painted gray: hair, light and ground stay.

    Painted are the pixels that show neither hair nor background, by the generator's own map, and an ellipse that is
    the same in all pictures, so that the outline of the face tells little.
    """
    side = pictures.shape[-1]
    place = (np.arange(side) + 0.5) / side
    oval = ((place[None] - 0.5) / _WIDE) ** 2 + ((place[:, None] - 0.5) / _HIGH) ** 2 <= 1
    shown = pictures.clone()
    for picture, arrays in zip(shown, found.each("truth.regions"), strict=True):
        regions = arrays["truth.regions"][0]
        near = (place * len(regions)).astype(int)
        face = oval | ~np.isin(regions[near[:, None], near], _AROUND)
        picture[:, torch.from_numpy(face)] = _GRAY
    return shown


def hidden_task(clips: Path, side: int) -> HeadsTask:
    """`identity_task` on pictures without their faces."""
    task, told = sets.identity_task(clips, side), []
    for split, part in (("train", task.train), ("validation", task.validation["strangers"])):
        found = read(clips, split=split, part=sets.PEOPLE)
        told.append(replace(part, raw={"pictures": hide_faces(part.raw["pictures"], found)}))
    return replace(task, train=told[0], validation={"strangers": told[1]})


def train_hidden(seed: int, runs: Path, *, clips: Path, fabric: Fabric | None = None) -> Path:
    """Train the control with one seed as `BODY` trains bodies, or finish it; the path of its weights.

    The arguments are those of `ferviz.measuring.multi_task_rows.train_row`.
    """
    out = folder_of(runs, seed, HIDDEN)
    data = set_in_words(clips, "synthetic people")
    if (out / WEIGHTS).is_file():
        return same_run(out / WEIGHTS, data)
    step, body = STEPS["identity"], COMPACT["mobilenet"]
    step = replace(step, recipe=BODY.changed(seed=seed))
    task, fabric = hidden_task(clips, body.side), fabric or make_fabric()
    people = len(np.unique(np.asarray(task.train.about["person"])))
    model = fresh(lambda: Identity(people, body), seed)
    history = tune(model, task, step, out, fabric=fabric, progress=False)
    card = Card(
        name=f"mtl-grid: {HIDDEN}",
        model=type(model).__name__,
        summary="A control: it tells synthetic people apart by their pictures without the face.",
        data=(data,),
        command=f"python data_scripts/measure_mtl.py --only-train --rows {HIDDEN!r} --seeds {seed}",
        **card_fields(step.recipe, history, fabric),
    )
    return save_run(model, out, card, fabric)


def known_again(
    embeddings: npt.ArrayLike, person: npt.ArrayLike, among: npt.ArrayLike | None = None
) -> npt.NDArray[np.float64]:
    """For each face (N,), how often another face of its person is nearer than one of somebody else.

    Nearer is the larger cosine of the embeddings (N, D); half for as near. ``among`` (N, N) says with which faces each
    is compared, all unless given. 0.5 is chance. NaN for the only face of a person, and where there is nobody else. The
    mean over faces is that over all pairs of pairs where people have as many faces each.
    """
    vectors, who = np.asarray(embeddings, float), np.asarray(person)
    asked = np.ones((len(who), len(who)), bool) if among is None else np.asarray(among, bool)
    length = np.linalg.norm(vectors, axis=1, keepdims=True)
    unit = vectors / np.where(length > 0, length, 1)
    alike = unit @ unit.T
    found = np.full(len(who), np.nan)
    for place, row in enumerate(alike):
        same = who == who[place]
        others, own = np.sort(row[~same & asked[place]]), row[same & (np.arange(len(who)) != place)]
        if len(own) and len(others):
            below, upto = (np.searchsorted(others, own, side) for side in ("left", "right"))
            found[place] = (below + upto).mean() / (2 * len(others))
    return found


def look_alikes(years: npt.ArrayLike, gender: npt.ArrayLike, ethnicity: npt.ArrayLike) -> npt.NDArray[np.bool_]:
    """Which faces (N, N) are of about one age, gender and ethnicity, by the generator's parameters: within `CLOSE`."""
    shares = np.asarray(ethnicity, float)
    apart = {
        "years": np.abs(np.subtract.outer(np.asarray(years, float), np.asarray(years, float))),
        "gender": np.abs(np.subtract.outer(np.asarray(gender, float), np.asarray(gender, float))),
        "ethnicity": np.abs(shares[:, None] - shares[None]).sum(2) / 2,
    }
    found: npt.NDArray[np.bool_] = np.all([apart[name] < most for name, most in CLOSE.items()], 0)
    return found


def brightness(pictures: torch.Tensor) -> Array:
    """Vectors (N, 2) of pictures (N, 1, S, S) in which nothing is left but how bright their middle is.

    The nearer two are in brightness, the larger is the cosine: the control of one number, which skin and light make.
    """
    quarter = pictures.shape[-1] // 4
    middle = pictures[..., quarter:-quarter, quarter:-quarter].double().mean((1, 2, 3)).numpy()
    return np.stack([np.cos(np.pi * middle / 255), np.sin(np.pi * middle / 255)], 1)


def linear_of_pixels(learned: Examples, part: Examples) -> tuple[Array, Array, Array]:
    """What ridge regression on 8 × 8 pixels reads of the generator's parameters: years, genders (N,), shares (N, 3).

    A control: whoever reads no better has found no more in a face than a thumbnail holds. The penalty is the one with
    the least error when a face of ``learned`` at a time is left out.
    """
    small = [adaptive_avg_pool2d(one.raw["pictures"].float(), _THUMB).flatten(1).numpy() for one in (learned, part)]
    mean, spread = small[0].mean(0), np.maximum(small[0].std(0), 1e-6)
    x, new = ((one - mean) / spread for one in small)
    told = np.asarray(learned.about["years"], float)[:, None]
    told = np.concatenate([told, learned.targets["gender"][:, None].numpy(), learned.targets["ethnicity"].numpy()], 1)
    read = RidgeCV(np.logspace(-2, 4, 13), alpha_per_target=True).fit(x, told).predict(new)
    shares = read[:, 2:].clip(1e-6)
    return read[:, 0], read[:, 1], shares / shares.sum(1, keepdims=True)
