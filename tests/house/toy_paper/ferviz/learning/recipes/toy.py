"""A toy of a recipe: synthetic faces, with the shared loop."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from types import MappingProxyType

from lightning_fabric import Fabric

from ferviz.learning.loop import Schedule, fit, make_fabric
from ferviz.learning.recipes.common import (
    NAMES_A_LABEL,
    Recipe,
    Train,
    card_fields,
    fresh,
    needed,
    save_run,
    set_in_words,
    synthetic_stills,
)
from ferviz.learning.tasks import StillTask
from ferviz.models.toy import SIDE, Toy
from ferviz.weights import Card

__all__ = ["LIMITS", "NETWORKS", "train_toy"]

RECIPE = Recipe(Schedule(epochs=1, batch=16, rate=0.1))


def train_toy(
    out: Path,
    *,
    faces: Path | None = None,
    clips: Path | None = None,
    epochs: int | None = None,
    seed: int | None = None,
    fabric: Fabric | None = None,
) -> Path:
    """Learns the stills of a synthetic set; resumes in OUT/toy. See `Train`."""
    clips, recipe = needed(clips, "clips", "toy"), RECIPE.changed(epochs=epochs, seed=seed)
    train, held_out = (synthetic_stills(clips, split, SIDE) for split in ("train", "validation"))
    model, fabric = fresh(Toy, recipe.schedule.seed), fabric or make_fabric()
    history = fit(model, StillTask(train, {"held-out": held_out}), recipe.schedule, out / "toy", fabric=fabric)
    card = Card(
        name="toy",
        model=Toy.__name__,
        summary="A toy: labels a face.",
        data=(set_in_words(clips, "synthetic stills"),),
        command="ferviz train toy",
        **card_fields(recipe, history, fabric),
    )
    return save_run(model, out / "toy", card, fabric)


NETWORKS: Mapping[str, Train] = MappingProxyType({"toy": train_toy})
"""The names of ``ferviz train`` → what trains them."""

LIMITS: Mapping[str, tuple[str, ...]] = MappingProxyType({"toy": (NAMES_A_LABEL, "It is a toy.")})
