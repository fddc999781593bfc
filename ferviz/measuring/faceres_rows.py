"""The author's own MobileNet under the two schedules: a head alone, and a head, then all of it.

Another size and another input than the rows of `ferviz.measuring.multi_task_rows`: no start is compared with theirs.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from types import MappingProxyType

import torch
from lightning_fabric import Fabric

from ferviz import weights
from ferviz.arguments import choice
from ferviz.disk import write_whole
from ferviz.learning.heads import HeadsTask
from ferviz.learning.loop import make_fabric
from ferviz.learning.recipes import WEIGHTS
from ferviz.learning.recipes.common import card_fields, faces_in_words, save_run
from ferviz.learning.recipes.multi_task import STEPS, adam, tune
from ferviz.learning.recipes.multi_task_sets import by_label, emotion_task
from ferviz.models.faceres import FILES, FaceRes, faceres
from ferviz.seeds import luck
from ferviz.weights import Card

__all__ = ["FACES", "SCHEDULES", "faceres_in", "folder_of", "train_faceres"]

FACES = 20_000
"""Training faces that each learns, drawn anew for each seed."""
SCHEDULES: Mapping[str, Mapping[str, int]] = MappingProxyType({"head": {"head": 9}, "all": {"head": 3, "all": 6}})
"""Epochs of each step: "all" as the author's notebook has them, and the head alone as long as both together."""
_SIDE = 48  # of the faces of FER2013, which the network enlarges itself
_RECIPES = MappingProxyType({"head": adam(3, 64, 2e-3), "all": adam(6, 64, 2e-4)})
"""The author's rates for 32 faces, 1e-3 and 1e-4, with the batch."""


def folder_of(runs: Path, seed: int, schedule: str) -> Path:
    """Where a network is trained."""
    return runs / str(seed) / "faceres" / schedule


def faceres_in(runs: Path, seed: int, schedule: str) -> FaceRes:
    """A trained network. Raises FileNotFoundError where there is none."""
    path = folder_of(runs, seed, schedule) / WEIGHTS
    if not path.is_file():
        raise FileNotFoundError(f"{path} is not there: measure_mtl.py --faceres FOLDER --only-train leaves it")
    model = FaceRes()
    weights.load(path, model)
    return model.eval()


def train_faceres(
    schedule: str,
    seed: int,
    runs: Path,
    *,
    faces: Path,
    file: Path,
    count: int = FACES,
    epochs: Mapping[str, int] | None = None,
    fabric: Fabric | None = None,
) -> Path:
    """Train by one schedule with one seed, or finish it; the path of its weights, with card and history beside it.

    Parameters
    ----------
    schedule : str
        One of `SCHEDULES`.
    seed : int
    runs : Path
        What was trained, a folder for each seed.
    faces, file : Path
        Prepared FER2013, and the folder with the author's file (`ferviz.models.faceres.faceres`).
    count : int
        Training faces to learn from.
    epochs : mapping of step to int, optional
        Those of the schedule unless given.
    fabric : Fabric, optional
        The CPU unless given.

    Raises
    ------
    FileNotFoundError, ValueError
        For an unknown schedule; when the set or the file is missing or damaged, or a folder holds another run.
    """
    steps = SCHEDULES[choice("schedule", schedule, SCHEDULES)] if epochs is None else epochs
    out = folder_of(runs, seed, schedule)
    if (out / WEIGHTS).is_file():
        return out / WEIGHTS
    fabric = fabric or make_fabric()
    model, task, told = faceres(file), _task(seed, faces, count), {}
    for name, many in steps.items():
        step = replace(STEPS[name], recipe=_RECIPES[name].changed(epochs=many, seed=seed))
        told[name] = tune(model, task, step, out / name, fabric=fabric, progress=False)
    card = Card(
        name=f"faceres: {schedule}",
        model="FaceRes",
        summary=f"HSE-FaceRes, the author's MobileNet, tuned on {count} Training faces: {', then '.join(steps)}.",
        data=(*(f"{name} (sha256 {sha256})" for name, (_, sha256) in FILES.items()), faces_in_words(faces)),
        command=f"python data_scripts/measure_mtl.py --only-train --faceres FOLDER --seeds {seed}",
        **card_fields(step.recipe, told[name], fabric, None),
    )
    if fabric.is_global_zero:
        write_whole(out / "history.json", (json.dumps(told, indent=1) + "\n").encode())
    return save_run(model, out, card, fabric)


def _task(seed: int, faces: Path, count: int) -> HeadsTask:
    """So many real faces, or all where there are fewer, each counting by its label."""
    task = emotion_task(faces, _SIDE, weighted=False)
    order = torch.randperm(len(task), generator=luck(seed, 11))
    return replace(task, train=by_label(task.train[order[:count].sort().values]))
