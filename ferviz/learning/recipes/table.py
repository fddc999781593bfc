"""The one table of what can be trained: collected from the recipes that the table of papers names."""

from __future__ import annotations

from importlib import import_module

from ferviz.learning.recipes.common import Train
from ferviz.papers import PAPERS

__all__ = ["networks", "training"]


def networks() -> dict[str, Train]:
    """Name → what trains it, for everything that ships trained here and for what goes before it.

    Each recipe, a module of this folder, lists its own in ``NETWORKS``.
    """
    recipes = (import_module(f"ferviz.learning.recipes.{row.recipe}") for row in PAPERS.values() if row.recipe)
    return {name: train for recipe in recipes for name, train in recipe.NETWORKS.items()}


def training(name: str) -> Train:
    """What trains a network. Raises ValueError for an unknown name, naming the known ones."""
    known = networks()
    if name not in known:
        raise ValueError(f"name must be one of {', '.join(known)}; got {name!r}")
    return known[name]
