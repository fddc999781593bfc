"""Bodies that others trained, each by two schedules: a head alone, and a head, then all of it.

FaceRes has learned real people, ImageNet things and animals. They have another size, another input and more faces than
the rows of `ferviz.measuring.multi_task_rows`: no start is compared with theirs. Nor are these two with each other,
since they are different networks.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from types import MappingProxyType
from typing import Literal, get_args

import torch
from lightning_fabric import Fabric

from ferviz import weights
from ferviz.arguments import choice
from ferviz.clip import Crop
from ferviz.disk import write_whole
from ferviz.learning.heads import HeadsTask
from ferviz.learning.loop import make_fabric
from ferviz.learning.recipes import WEIGHTS
from ferviz.learning.recipes.common import card_fields, faces_in_words, save_run
from ferviz.learning.recipes.multi_task import STEPS, adam, tune
from ferviz.learning.recipes.multi_task_sets import by_label, emotion_task
from ferviz.measured import Measured
from ferviz.measuring.keeping import same_run
from ferviz.measuring.multi_task_study import RealFaces
from ferviz.models.faceres import CARD, FaceRes, load_faceres
from ferviz.models.given import OnGivenBody, settle
from ferviz.models.imagenet_lite import BODY as LITE
from ferviz.models.imagenet_lite import ImageNetLite, load_imagenet
from ferviz.models.multi_task import BODIES
from ferviz.seeds import luck
from ferviz.weights import Card

__all__ = ["FACES", "GIVEN", "SIDE", "Given", "Whose", "drawn_faces", "given_folder", "given_in", "given_missing"]
__all__ += ["of_given", "start_of", "train_given"]

Whose = Literal["FaceRes", "ImageNet"]
FACES, FEWER = 20_000, 10_000
"""Training faces that a row learns, drawn anew for each seed: on a GPU, and on a core."""


@dataclass(frozen=True)
class Given:
    """A row: whose body, the epochs of each step, the side of its faces and how many it learns, whether steps are
    ``sharp``-ness aware and faces ``weighted`` by their label, and how many runs are announced."""

    body: Whose
    epochs: Mapping[str, int]
    side: int = 224
    faces: int = FACES
    sharp: bool = True
    weighted: bool = True
    runs: int = 3

    def build(self) -> OnGivenBody:
        """Its network with first weights."""
        own = BODIES["mobilenet"] if self.body == "FaceRes" else LITE
        body = replace(own, side=self.side, crop=Crop(self.side, 0.0))
        return FaceRes(body) if self.body == "FaceRes" else ImageNetLite(body)


_LONG: Mapping[str, Mapping[str, int]] = {"head only": {"head": 9}, "head then all": {"head": 3, "all": 6}}
_SHORT: Mapping[str, Mapping[str, int]] = {"head only": {"head": 4}, "head then all": {"head": 1, "all": 3}}
MORE = "FaceRes at 160 px, head then all"
GIVEN: Mapping[str, Given] = MappingProxyType(
    {f"{body} at 224 px, {name}": Given(body, epochs) for body in get_args(Whose) for name, epochs in _LONG.items()}
    | {
        f"{body} at 96 px, {name}": Given(body, epochs, 96, FEWER, sharp=False, runs=1)
        for body in get_args(Whose)
        for name, epochs in _SHORT.items()
    }
    | {MORE: Given("FaceRes", {"head": 1, "all": 2}, 160, FACES, sharp=False, weighted=False, runs=1)}
)
"""By two schedules each. Those at the bodies' own size have the epochs of the author's notebook, and the head alone
learns as long; they want a GPU. Those at 96 pixels learn what a core learns in minutes: half of the faces, by
Adam without its second pass.

The last asks what FaceRes comes to in an hour of a core: as many faces as on a GPU, each alike. It came when the others
had been seen, and its size was chosen on held-out Training faces: there a linear classifier of the feature does at 160
pixels what it does at 224, and less at 96."""
_SETTLED = 1000  # faces that batch norms get their means and variances from
SIDE = 48
"""Of the faces of FER2013, in pixels, which the network enlarges itself."""
_RECIPES = MappingProxyType({"head": adam(3, 64, 2e-3), "all": adam(6, 64, 2e-4)})
"""The author's rates for 32 faces, 1e-3 and 1e-4, grown with the batch."""


def given_folder(runs: Path, seed: int, name: str) -> Path:
    """Where a row is trained."""
    return runs / str(seed) / "given" / name.lower().replace(", ", "-").replace(" ", "-")


def given_in(runs: Path, seed: int, name: str) -> OnGivenBody:
    """The network of a row, trained. Raises FileNotFoundError where it is not."""
    path = given_folder(runs, seed, name) / WEIGHTS
    if not path.is_file():
        raise FileNotFoundError(f"{path} is not there: measure_mtl_given.py --only-train --rows {name!r} leaves it")
    model = GIVEN[name].build()
    weights.load(path, model)
    return model.eval()


def given_missing(runs: Path, seeds: Sequence[int]) -> list[str]:
    """What was announced and is not there, in words."""
    there = {name: sum((given_folder(runs, seed, name) / WEIGHTS).is_file() for seed in seeds) for name in GIVEN}
    return [f"{name}: {there[name]} of {row.runs} seeds" for name, row in GIVEN.items() if there[name] < row.runs]


def start_of(body: Whose, side: int, file: Path | None) -> tuple[OnGivenBody, Card]:
    """A body that others trained under a head of zeros, for faces of so many pixels, and its card.

    Raises
    ------
    FileNotFoundError, ValueError
        When the file is missing or damaged.
    """
    if body == "FaceRes":
        return load_faceres(file, side), CARD
    if file is None:
        raise FileNotFoundError("file must be what data_scripts/convert_imagenet.py wrote; got None")
    return load_imagenet(file, side), weights.read_card(file)


def train_given(
    name: str,
    seed: int,
    runs: Path,
    *,
    faces: Path,
    file: Path | None = None,
    count: int | None = None,
    fabric: Fabric | None = None,
) -> Path:
    """Train a row with one seed, or finish it; the path of its weights, beside which lie its card and its history.

    Parameters
    ----------
    name : str
        One of `GIVEN`.
    seed : int
    runs : Path
        What was trained, a folder for each seed.
    faces : Path
        Prepared FER2013.
    file : Path, optional
        What `fetch_faceres` left (in ferviz's cache folder unless given); or the file of convert_imagenet.py.
    count : int, optional
        Training faces to learn from, as many as the row has unless given.
    fabric : Fabric, optional
        The CPU unless given.

    Raises
    ------
    FileNotFoundError, ValueError
        For an unknown row; when the set or the file is missing or damaged, or a folder holds another run.
    """
    row, out = GIVEN[choice("name", name, GIVEN)], given_folder(runs, seed, name)
    count = count or row.faces
    alike = "" if row.weighted else ", each alike"
    summary = f"{row.body} on {count} Training faces of {row.side} pixels{alike}, tuned: {', then '.join(row.epochs)}."
    if (out / WEIGHTS).is_file():
        return same_run(out / WEIGHTS, summary, faces_in_words(faces))
    fabric = fabric or make_fabric()
    model, before = start_of(row.body, row.side, file)
    task, told = drawn_faces(faces, seed, count), {}
    if row.weighted:
        task = replace(task, train=by_label(task.train))
    model.to(fabric.device).to(memory_format=torch.channels_last)  # type: ignore[call-overload]  # it is thrice as quick
    settle(model, task.train.raw["pictures"][:_SETTLED].to(fabric.device))
    for part, many in row.epochs.items():
        step = replace(STEPS[part], sharp=row.sharp, recipe=_RECIPES[part].changed(epochs=many, seed=seed))
        told[part] = tune(model, task, step, out / part, fabric=fabric, progress=False)
    card = Card(
        name=name,
        model=type(model).__name__,
        summary=summary,
        data=(*before.data, faces_in_words(faces)),
        command=f"python data_scripts/measure_mtl_given.py --only-train --rows {name!r} --seeds {seed}",
        **card_fields(step.recipe, told[part], fabric, before),
    )
    if fabric.is_global_zero:
        write_whole(out / "history.json", (json.dumps(told, indent=1) + "\n").encode())
    return save_run(model, out, card, fabric)


def drawn_faces(faces: Path, seed: int, count: int) -> HeadsTask:
    """So many real faces, or all where there are fewer, drawn by a seed, each alike; a smaller count is part of it."""
    task = emotion_task(faces, SIDE, weighted=False)
    order = torch.randperm(len(task), generator=luck(seed, 11))
    return replace(task, train=task.train[order[:count].sort().values])


def of_given(real: RealFaces, runs: Path, seeds: Sequence[int]) -> dict[str, list[Measured]]:
    """What the rows that are there say of PublicTest without twins.

    "given": accuracy and mean recall over runs, beside one label for every face, and of each body the second schedule
    less the first. "given_recall": a word at a time. "given_network": the accuracy of the first network of each row,
    and the second schedule less the first, over pictures alone.
    """
    there = [(seed, name) for seed in seeds for name in GIVEN if (given_folder(runs, seed, name) / WEIGHTS).is_file()]
    board, first = real.board, {name: seed for seed, name in reversed(there)}
    for seed, name in there:
        real.label(seed, name, given_in(runs, seed, name), runs / str(seed) / "study")
    found: dict[str, list[Measured]] = {"given": [], "given_recall": board.recalls(GIVEN), "given_network": []}
    pairs = [(name, head) for name in GIVEN if (head := name.replace("then all", "only")) in GIVEN and head != name]
    for score in ("accuracy", "mean recall"):
        found["given"] += board.table(score, score, GIVEN)
        for tuned, head in pairs:
            found["given"] += board.table(score, score, [tuned], head)
    found["given"].append(real.of_commonest())
    right = {name: board.board.values(name, "accuracy", [first[name]])[0] for name in GIVEN if name in first}
    what = "accuracy of one network"
    for name, values in right.items():
        found["given_network"].append(real.alone(name, values, what=what, seeds=(first[name],)))
    for tuned, head in pairs:
        if first.get(tuned, -1) == first.get(head, -2):
            less = real.alone(tuned, right[tuned] - right[head], what=what, than=head, seeds=(first[tuned],))
            found["given_network"].append(replace(less, p=None))  # of one training: no verdict
    return found
