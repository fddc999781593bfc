"""The course of training and the bodies that it could be walked with: what moves in each step, what a body costs."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import Any

import torch

from ferviz.faces.parts import SIZES
from ferviz.learning.recipes.multi_task import TAKEN, Step, moving_parts
from ferviz.measuring.bodies import size_of
from ferviz.models.identity import COMPACT, BodyConfig, Identity
from ferviz.models.multi_task import BODIES, MultiTask

__all__ = ["BODIES_SHOWN", "PEOPLE", "bodies", "course"]

BODIES_SHOWN: Mapping[str, BodyConfig] = MappingProxyType(
    {f"{name}, compact": body for name, body in COMPACT.items()} | dict(BODIES)
)
"""The compact bodies and the paper's, by name."""
BITS = (32, 16, 8)
PEOPLE = SIZES["standard"].identities[0]
"""Whom the step "identity" tells apart: its classifier has a row for each."""


def course(model: MultiTask) -> list[dict[str, Any]]:
    """Each step of the course, and of the road to the network that ships, as the browser draws it: words, schedule,
    and the parts that move in it.

    A step that learns people has another network, of the same body: its classifier of people is thrown away later.
    """
    with torch.device("meta"):
        people = Identity(PEOPLE, model.body)
    return [_step(name, step, people if step.learns == "identity" else model) for name, step in TAKEN.items()]


def _step(name: str, step: Step, model: Identity | MultiTask) -> dict[str, Any]:
    schedule = step.recipe.schedule
    return {
        "name": name,
        "said": step.said,
        "learns": step.learns,
        "before": step.before or "",
        "people": PEOPLE if step.learns == "identity" else 0,
        "epochs": schedule.epochs,
        "rate": schedule.rate,
        "sharp": step.sharp,
        "weighted": step.weighted,
        "parts": _parts(model, moving_parts(model, step)),
    }


def _parts(model: Identity | MultiTask, moving: list[str]) -> list[dict[str, Any]]:
    """The body, and each head with what lies below it: how many weights there are, and whether they move."""
    if isinstance(model, Identity):
        paths = {"body": ["backbone"], "people": ["classify"]}
    else:
        shared = {"hidden": ["hidden_layers.shared"]} if "shared" in model.hidden_layers else {}
        heads = {head: [f"answers.{head}", f"hidden_layers.{head}"] for head in model.labels}
        known = dict(model.named_modules())
        paths = {"body": ["backbone"], **shared}
        paths |= {head: [path for path in own if path in known] for head, own in heads.items()}
    return [{"name": name, **_weights(model, own, moving)} for name, own in paths.items()]


def _weights(model: torch.nn.Module, paths: list[str], moving: list[str]) -> dict[str, Any]:
    counts = {path: sum(one.numel() for one in model.get_submodule(path).parameters()) for path in paths}
    moved = [path for path, count in counts.items() if count and path in moving]
    return {"count": sum(counts.values()), "moves": bool(moved)}


def bodies() -> list[dict[str, Any]]:
    """What each body costs but its time, which is measured when it is asked for."""
    found = []
    for name, body in BODIES_SHOWN.items():
        size = size_of(body)
        megabytes = [round(size.megabytes(bits), 3) for bits in BITS]
        found.append({"name": name, "parameters": size.parameters, "side": size.side, "megabytes": megabytes})
    return found
