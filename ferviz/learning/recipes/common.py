"""What all recipes share: schedules, sets, first weights, and the card of a finished run."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import asdict, dataclass, replace
from itertools import pairwise
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol, TypeVar

import numpy as np
from torch import nn

from ferviz import weights
from ferviz.disk import file_hash
from ferviz.emotions import LABEL_SETS, LabelSet
from ferviz.faces.sets import MANIFEST, read
from ferviz.learning.loop import Schedule, best_epoch
from ferviz.learning.sets import Clips, Stills, join, stills_of
from ferviz.learning.votes import vote_clips
from ferviz.measured import Measured
from ferviz.prepared import Faces, read_faces
from ferviz.prepared.manifest import read_manifest
from ferviz.seeds import seeded
from ferviz.weights import Card

if TYPE_CHECKING:  # loaded where a run begins: it takes longer than all that draws
    from lightning_fabric import Fabric

__all__ = [
    "HELD_OUT",
    "NAMES_A_LABEL",
    "WEIGHTS",
    "Recipe",
    "Train",
    "card_fields",
    "faces_for_training",
    "faces_in_words",
    "fresh",
    "needed",
    "save_run",
    "set_in_words",
    "synthetic_stills",
    "vote_sets",
]

HELD_OUT = 3000  # Training pictures that every choice was made on
USUAL = "32-true"  # precision that ``ferviz train`` has unless told otherwise
WEIGHTS = "weights.safetensors"  # of a finished run, in its folder; the card lies beside it
NAMES_A_LABEL = "It names the label that annotators would choose, not what a person feels."  # a limit of every network

M = TypeVar("M", bound=nn.Module)


class Train(Protocol):
    """Trains one network into a folder of ``out``, or finishes a run that was killed; the path of its weights.

    ``faces`` is prepared FER2013, ``clips`` a synthetic set: ValueError when the one that it needs is None. ``epochs``
    and ``seed`` are those of the recipe unless given, ``fabric`` the CPU.
    """

    def __call__(
        self,
        out: Path,
        *,
        faces: Path | None = None,
        clips: Path | None = None,
        epochs: int | None = None,
        seed: int | None = None,
        fabric: Fabric | None = None,
    ) -> Path: ...


@dataclass(frozen=True)
class Recipe:
    """A schedule, and what belongs to it."""

    schedule: Schedule
    backbone_scale: float = 1.0  # of the learning rate
    options: str = ""  # of ``ferviz train``, that make it of the recipe that ships

    def changed(self, *, epochs: int | None = None, seed: int | None = None) -> Recipe:
        """The same with another length or seed, where one is given."""
        given = {name: value for name, value in (("epochs", epochs), ("seed", seed)) if value is not None}
        options = "".join(f" --{name} {value}" for name, value in given.items())
        return replace(self, schedule=replace(self.schedule, **given), options=self.options + options)


def faces_for_training(folder: Path) -> tuple[Faces, Faces]:
    """The Training part of prepared FER2013: what is learned from, and the 3,000 pictures that are held out."""
    faces = read_faces(folder)
    faces = faces.select(faces.part == "Training")
    keep, held_out = faces.hold_out(HELD_OUT, np.random.default_rng(0))
    return faces.select(keep), faces.select(held_out)


def vote_sets(folder: Path, side: int, count: int, seed: int = 0) -> dict[str, Clips]:
    """Sets of real faces with the share of people's votes as evidence (`vote_clips`), at most ``count`` a label.

    "train" is drawn from the held-out Training pictures of prepared FER2013, on which no network here has learned (but
    epochs were chosen); "test" from PublicTest without twins, so that no picture of it is in the former byte for byte
    (some are nearly one of Training: ``measured("near_twins")`` counts them).

    Raises
    ------
    FileNotFoundError, ValueError
        When the set is missing or damaged, was prepared without the votes of FER+, or has too few pictures.
    """
    faces = read_faces(folder)
    test = faces.select((faces.part == "PublicTest") & ~faces.twin)
    parts = {"train": faces_for_training(folder)[1], "test": test}
    return {
        split: vote_clips(part, side, count, np.random.default_rng([seed, place]))
        for place, (split, part) in enumerate(parts.items())
    }


def synthetic_stills(folder: Path, split: str, side: int, labels: LabelSet = LABEL_SETS["FER2013"]) -> Stills:
    """The faces of a synthetic set that are not clips: plain, covered and turned ones."""
    parts = (read(folder, split=split, part=part) for part in ("stills", "covered", "turned"))
    return join(stills_of(found, side, labels) for found in parts)


def fresh(make: Callable[[], M], seed: int) -> M:
    """A network with first weights that follow from the seed."""
    with seeded(seed, 7):
        return make()


def needed(folder: Path | None, name: str, of: str) -> Path:
    """The folder of a set. Raises ValueError where it was not named."""
    if folder is None:
        kind = "synthetic" if name == "clips" else "prepared"
        raise ValueError(f"{name} must name a {kind} set: {of} learns from it; got None")
    return folder


def set_in_words(folder: Path, what: str) -> str:
    """A set as a card names it, with the hash of its manifest."""
    return f"{what} ({MANIFEST} sha256 {file_hash(folder / MANIFEST)})"


def faces_in_words(folder: Path) -> str:
    """Prepared real faces, the same way."""
    return set_in_words(folder, read_manifest(folder, "faces", {"source": str})["source"])


def card_fields(
    recipe: Recipe,
    history: list[dict[str, float]],
    fabric: Fabric,
    *before: Card | None,
    best: str | None = None,
) -> dict[str, Any]:
    """The fields that all cards share; ``before`` are the cards of the networks that this one went on from, ``best``
    the score by which an epoch was chosen, where it was not the last."""
    precision = fabric.strategy.precision.precision
    where = f"{fabric.world_size} × {fabric.device.type}, {minutes(history):.0f} minutes, {precision}"
    told = {name: value for name, value in asdict(recipe).items() if name != "options"}
    went_on = "".join(f"; it went on from {one.name}, {one.origin}" for one in before if one is not None)
    epoch = len(history) if best is None else best_epoch(history, best)
    when = "last epoch" if best is None else f"epoch {epoch} of {len(history)}, chosen by {best}"
    scores = {what: value for what, value in history[epoch - 1].items() if what not in ("epoch", "rate", "seconds")}
    return {
        "origin": f"trained by ferviz on {where}: {told}{went_on}",
        "licence": "MIT; the rights in the real faces that it learned from stay with their owners",
        "metrics": tuple(Measured(what=f"{what}, {when}", value=round(v, 4)) for what, v in scores.items()),
        "limits": (NAMES_A_LABEL,),
        "seeds": (recipe.schedule.seed,),
    }


def minutes(history: list[dict[str, float]]) -> float:
    """How long a run took by the clock; each process that went on with it began to count anew."""
    seconds = [row["seconds"] for row in history]
    return sum(now - before if now >= before else now for before, now in pairwise([0.0, *seconds])) / 60


def save_run(model: nn.Module, out: Path, card: Card, fabric: Fabric) -> Path:
    """Write the weights and their card, whose command names a precision that is not the usual one; the other processes
    of a run wait for them."""
    precision = fabric.strategy.precision.precision
    if precision != USUAL:
        card = replace(card, command=f"{card.command} --precision {precision}")
    if fabric.is_global_zero:
        weights.save(out / WEIGHTS, model.state_dict(), card)
    fabric.barrier()
    return out / WEIGHTS
