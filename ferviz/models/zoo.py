"""The trained models by name."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import partial
from importlib import import_module
from types import MappingProxyType

from ferviz import weights
from ferviz.models.model import Model
from ferviz.papers import NETWORKS, Network
from ferviz.weights import Card

__all__ = ["MODELS", "card", "load_model"]


def _shipped(network: Network) -> Model:
    return import_module(f"ferviz.models.{network.model}").shipped(network.variant)


MODELS: Mapping[str, Callable[[], Model]] = MappingProxyType(
    {name: partial(_shipped, network) for name, network in NETWORKS.items()}
)
"""Name → how to build the network, before its weights: what the table of papers lists."""


def load_model(name: str) -> Model:
    """The trained model called ``name``, on the CPU, in evaluation mode.

    Raises
    ------
    ValueError
        For an unknown name, naming the known ones.
    WeightsError, FileNotFoundError
        When the bundled file is damaged or gone.
    """
    model = MODELS[_known(name)]()
    weights.load(weights.bundled(name), model)
    return model.eval()


def card(name: str) -> Card:
    """Where the weights called ``name`` come from: data, licence, metrics, limits."""
    return weights.read_card(weights.bundled(_known(name)))


def _known(name: str) -> str:
    if name not in MODELS:
        raise ValueError(f"name must be one of {', '.join(MODELS)}; got {name!r}")
    return name
