"""The one table of what can be trained: collected from the recipes that the table of papers names."""

from __future__ import annotations

from importlib import import_module
from types import ModuleType

from ferviz.arguments import choice
from ferviz.learning.recipes.common import Train
from ferviz.papers import PAPERS

__all__ = ["limits", "networks", "training"]


def networks() -> dict[str, Train]:
    """Name → what trains it, for everything that ships trained here and for what goes before it.

    Each recipe, a module of this folder, lists its own in ``NETWORKS``.
    """
    return {name: train for recipe in _recipes() for name, train in recipe.NETWORKS.items()}


def training(name: str) -> Train:
    """What trains a network. Raises TypeError or ValueError for an unknown name, naming the known."""
    known = networks()
    return known[choice("name", name, known)]


def limits() -> dict[str, tuple[str, ...]]:
    """Name → what its card says it must not be trusted with, for everything that ships trained here.

    Each recipe lists its own in ``LIMITS``; of a paper to come nothing ships yet.
    """
    return {name: told for recipe in _recipes(stand=True) for name, told in recipe.LIMITS.items()}


def _recipes(*, stand: bool = False) -> list[ModuleType]:
    """The recipes of all papers, or of those that stand."""
    rows = [row for row in PAPERS.values() if row.recipe and (row.stands or not stand)]
    return [import_module(f"ferviz.learning.recipes.{row.recipe}") for row in rows]
