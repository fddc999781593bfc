"""The multi-task network, one change at a time: what a row starts from, what it learns, and how it is trained."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from types import MappingProxyType
from typing import Any, Literal

import torch
from lightning_fabric import Fabric
from safetensors import safe_open
from torch.optim.swa_utils import update_bn

from ferviz import weights
from ferviz.arguments import choice
from ferviz.disk import write_whole
from ferviz.learning.heads import HeadsTask
from ferviz.learning.loop import make_fabric
from ferviz.learning.recipes import WEIGHTS, fresh, train_step
from ferviz.learning.recipes.common import card_fields, faces_in_words, needed, save_run, set_in_words
from ferviz.learning.recipes.multi_task import STEPS, Step, adam, tune
from ferviz.learning.recipes.multi_task_sets import attribute_task, by_label, emotion_task, joint_task
from ferviz.learning.sets import Examples
from ferviz.measuring.keeping import same_run
from ferviz.models import card, load_model
from ferviz.models.identity import COMPACT, Identity
from ferviz.models.multi_task import HEADS, SYNTHETIC, Config, MultiTask
from ferviz.seeds import luck
from ferviz.weights import Card

__all__ = ["BODY", "FACES", "REFERENCE", "ROWS", "SMALL", "SMALL_FACES", "SMALL_REFERENCE", "Row", "body_of"]
__all__ += ["folder_of", "identity_in", "row_in", "train_row"]

FACES = 12_000
"""Training faces that a row learns, drawn anew for each seed and the same for all rows of it."""
REFERENCE = "identity, head then all"
"""The row that differs from each of the others in one thing."""
_SETTLED = 2000  # faces that first batch norms get their means and variances from
_HEAD, _ALL = (STEPS[name].recipe.schedule.epochs for name in ("head", "all"))
BODY = adam(50, 256, 3e-3)
"""How the bodies of the grid, and the control "face hidden", learn to tell people apart: by another schedule than the
course's, 20 epochs in batches of 96 at 2e-3. It sees the 10,500 faces more often and takes about as many steps, 2,100
against 2,200. What it changed says the record: "longer body", as it is called there, beside "identity"."""
_SCHEDULES: Mapping[str, Mapping[str, int]] = {
    "head only": {"head": _HEAD + _ALL},
    "all at once": {"all": _HEAD + _ALL},
    "head then all": {"head": _HEAD, "all": _ALL},
}


@dataclass(frozen=True)
class Row:
    """How a network is trained: its ``start`` ("shipped" is the body of `mtl-head`, as it ships, which has learned
    synthetic people and no real face, or one of another family that learned them as long) and ``body``, the ``epochs``
    of each step of `STEPS` that it takes, whether faces count by their labels (``weighted``), whether steps are
    ``sharp``-ness aware, whether the heads of the generator's parameters learn beside, by one ``joint`` loss; and how
    many ``runs`` are announced."""

    start: Literal["random", "identity", "shipped"] = "identity"
    epochs: Mapping[str, int] = field(default_factory=lambda: _SCHEDULES["head then all"])
    body: str = "mobilenet"
    weighted: bool = True
    sharp: bool = True
    joint: bool = False
    runs: int = 5

    @property
    def heads(self) -> tuple[str, ...]:
        """The heads of its network. Those of the generator's parameters would not touch the body, and are left out."""
        return HEADS if self.joint else HEADS[:1]

    def step(self, name: str, seed: int) -> Step:
        """A step of the course as this row takes it."""
        known = STEPS[name]
        moves = (*known.moves, *SYNTHETIC) if self.joint else known.moves
        recipe = known.recipe.changed(epochs=self.epochs[name], seed=seed)
        if self.joint:  # as many steps, and as many real faces in each
            recipe = replace(recipe, schedule=replace(recipe.schedule, batch=2 * recipe.schedule.batch))
        return replace(known, recipe=recipe, moves=moves, sharp=self.sharp, weighted=self.weighted)


EQUAL_TIME: Mapping[str, int] = MappingProxyType({"head": 3, "all": 9})
"""Epochs of the compact EfficientNet that take a core as long as those of the reference: a step of 96 faces takes it
1.4 times as long (.84 s against .60 s, one thread), and .21 s of both where the body stands still."""
EQUAL_BODY = 14
"""Epochs in which it learns people about as long as a MobileNet in the course's 20."""


def _rows() -> dict[str, Row]:
    starts: tuple[Literal["random", "identity"], ...] = ("random", "identity")
    rows = {f"{start}, {name}": Row(start, epochs) for start in starts for name, epochs in _SCHEDULES.items()}
    rows |= {"plain loss": Row(weighted=False), "Adam": Row(sharp=False, runs=3), "joint loss": Row(joint=True, runs=3)}
    other = Row(body="efficientnet", runs=3)
    rows["efficientnet"] = other
    rows["efficientnet, equal time"] = replace(other, epochs=EQUAL_TIME)
    return rows


ROWS: Mapping[str, Row] = MappingProxyType(_rows())
"""Start × schedule, and then what differs from `REFERENCE` in one thing."""

SMALL_FACES = 6_000
"""Training faces that a row of `SMALL` learns, drawn anew for each seed and the same for all rows of it."""
SMALL_REFERENCE = "small: head then all"
"""The row that differs from each other one of `SMALL` in one thing."""
SMALL: Mapping[str, Row] = MappingProxyType(
    {
        SMALL_REFERENCE: Row("shipped", sharp=False),
        "small: all at once": Row("shipped", _SCHEDULES["all at once"], sharp=False),
        "small: plain loss": Row("shipped", sharp=False, weighted=False),
        "small: sharpness-aware": Row("shipped", runs=3),
        "small: joint loss": Row("shipped", sharp=False, joint=True, runs=3),
        "small: efficientnet, equal time": Row("shipped", EQUAL_TIME, "efficientnet", sharp=False, runs=3),
    }
)
"""What two cores can train in an evening: all from one body, the one that ships, on half of the faces, and, but for the
row that asks what it does, without the second pass of sharpness-aware minimisation."""
_KNOWN = MappingProxyType({**ROWS, **SMALL})


def folder_of(runs: Path, seed: int, name: str) -> Path:
    """Where a row is trained."""
    return runs / str(seed) / "grid" / name.replace(", ", "-").replace(": ", "-").replace(" ", "-")


def body_of(runs: Path, seed: int, body: str = "mobilenet") -> Path:
    """The folder of the network that tells people apart, from which the rows of a seed start (`BODY`)."""
    return runs / str(seed) / "grid" / f"{body}-body" / "identity"


def identity_in(folder: Path, body: str = "mobilenet") -> Identity:
    """A network that tells people apart, as ``ferviz train`` left it. Raises FileNotFoundError where there is none."""
    path = _there(folder, "ferviz train mtl-identity, or measure_mtl.py --only-train, leaves it")
    with safe_open(path, framework="pt") as file:
        people = file.get_slice("classify.weight").get_shape()[0]
    model = Identity(people, COMPACT[body])
    weights.load(path, model)
    return model.eval()


def script_of(name: str) -> str:
    """The script that trains a row."""
    return "measure_mtl_small.py" if name in SMALL else "measure_mtl.py"


def row_in(runs: Path, seed: int, name: str) -> MultiTask:
    """The network of a row, trained. Raises FileNotFoundError where it is not."""
    path = _there(folder_of(runs, seed, name), f"{script_of(name)} --only-train --rows {name!r} leaves it")
    model = _built(_KNOWN[name], seed)
    weights.load(path, model)
    return model.eval()


def train_row(
    name: str,
    seed: int,
    runs: Path,
    *,
    faces: Path,
    clips: Path | None = None,
    count: int = FACES,
    fabric: Fabric | None = None,
) -> Path:
    """Train a row with one seed, or finish it; the path of its weights, beside which lie its card and its history.

    A row that starts from "identity" takes the body in `body_of`, which is trained first where it is not there.

    Parameters
    ----------
    name : str
        One of `ROWS`, or of `SMALL`.
    seed : int
    runs : Path
        What was trained, a folder for each seed.
    faces, clips : Path
        Prepared FER2013, and a synthetic set with the part "identities", which rows of `SMALL` do without but for
        "joint loss" and another body.
    count : int
        Training faces to learn from.
    fabric : Fabric, optional
        The CPU unless given.

    Raises
    ------
    FileNotFoundError, ValueError
        For an unknown row; when a set is missing or damaged, or a folder holds another run.
    """
    row, out = _KNOWN[choice("name", name, _KNOWN)], folder_of(runs, seed, name)
    summary = f"A row of the measurement of multi-task networks, {name}: {count} Training faces."
    data = [faces_in_words(faces)]
    data += [set_in_words(clips, "synthetic people")] if row.joint and clips is not None else []
    if (out / WEIGHTS).is_file():
        return same_run(out / WEIGHTS, summary, *data)
    fabric = fabric or make_fabric()
    model, task = _built(row, seed), _task(row, seed, faces, clips, count)
    before = _start(model, row, seed, runs, task, clips, fabric)
    told = {}
    for step in row.epochs:
        known = row.step(step, seed)
        told[step] = tune(model, task, known, out / step, fabric=fabric, progress=False)
    kept = Card(
        name=f"mtl-grid: {name}",
        model=type(model).__name__,
        summary=summary,
        data=tuple(data),
        command=f"python data_scripts/{script_of(name)} --only-train --rows {name!r} --seeds {seed}",
        **card_fields(known.recipe, told[step], fabric, before),
    )
    if fabric.is_global_zero:
        write_whole(out / "history.json", (json.dumps(told, indent=1) + "\n").encode())
    return save_run(model, out, kept, fabric)


def _there(folder: Path, who: str) -> Path:
    path = folder / WEIGHTS
    if not path.is_file():
        raise FileNotFoundError(f"{path} is not there: {who}")
    return path


def _built(row: Row, seed: int) -> MultiTask:
    def one(heads: tuple[str, ...]) -> MultiTask:
        return fresh(lambda: MultiTask(replace(Config.compact(row.body), heads=heads)), seed)

    model = one(row.heads)
    if row.joint:  # rows of a seed share the first weights of the head of expressions
        model.answers["emotion"].load_state_dict(one(HEADS[:1]).answers["emotion"].state_dict())
    return model


def _task(row: Row, seed: int, faces: Path, clips: Path | None, count: int) -> HeadsTask:
    """What a row learns: so many real faces, by a joint loss as many synthetic ones too; all where there are fewer."""
    side = COMPACT[row.body].side
    task = emotion_task(faces, side, weighted=False)
    chosen = _some(task.train, count, luck(seed, 11))
    task = replace(task, train=by_label(chosen) if row.weighted else chosen)
    if not row.joint:
        return task
    made = attribute_task(needed(clips, "clips", "a joint loss"), side)
    return joint_task(task, replace(made, train=_some(made.train, count, luck(seed, 12))))


def _some(faces: Examples, count: int, luck: torch.Generator) -> Examples:
    order = torch.randperm(len(faces), generator=luck)
    return faces[order[:count].sort().values]


def _start(
    model: MultiTask, row: Row, seed: int, runs: Path, task: HeadsTask, clips: Path | None, fabric: Fabric
) -> Card | None:
    """Give a network the body that it starts from; the card of that, where it was trained."""
    if row.start == "random":  # batch norms stand still under a head alone: they must know some faces
        some = task.train.raw["pictures"][:_SETTLED].split(96)
        update_bn([model.inputs(part)[0] for part in some], model.backbone)
        model.eval()
        return None
    if row.start == "shipped" and row.body == "mobilenet":
        shipped = load_model("mtl-head")
        assert isinstance(shipped, MultiTask)
        model.backbone.load_state_dict(shipped.backbone.state_dict())
        return card("mtl-head")
    how: dict[str, Any] = {"seed": seed, "recipe": BODY}
    folder = body_of(runs, seed, row.body)
    if row.start == "shipped":  # as mtl-head's, one for all seeds
        folder, how = body_of(runs, 0, f"shipped-{row.body}"), {"seed": 0, "epochs": EQUAL_BODY}
    if not (folder / WEIGHTS).is_file():
        clips = needed(clips, "clips", "the body of a row")
        train_step("identity", folder.parent, body=row.body, clips=clips, fabric=fabric, **how)
    model.backbone.load_state_dict(identity_in(folder, row.body).backbone.state_dict())
    return weights.read_card(folder / WEIGHTS)
