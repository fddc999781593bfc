"""The trained models by name."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import partial
from importlib import import_module
from types import MappingProxyType

from ferviz import weights
from ferviz.arguments import choice
from ferviz.models.model import Model
from ferviz.papers import NETWORKS, PAPERS, Network
from ferviz.shown import table
from ferviz.weights import Card

__all__ = ["MODELS", "Listing", "card", "list", "load_model"]


def _shipped(network: Network) -> Model:
    return import_module(f"ferviz.models.{network.model}").shipped(network.variant)


MODELS: Mapping[str, Callable[[], Model]] = MappingProxyType(
    {name: partial(_shipped, network) for name, network in NETWORKS.items()}
)
"""Name → how to build the network, before its weights: what the table of papers lists."""


class Listing(tuple[str, ...]):
    """The names of the trained models; in a notebook a table of what each of them is."""

    def _repr_html_(self) -> str:
        papers = {network.name: paper.lesson_title for paper in PAPERS.values() for network in paper.networks}
        rows = ((name, card(name).summary, papers.get(name, "every lesson starts from it")) for name in self)
        return table(("name", "what it is", "lesson"), rows, "Trained models")


def list() -> Listing:  # noqa: A001 - one says ferviz.models.list()
    """The names of the trained models that `load_model` takes.

    Examples
    --------
    >>> list()[0]
    'mini-xception'
    """
    return Listing(MODELS)


def load_model(name: str) -> Model:
    """The trained model called ``name``, on the CPU, in evaluation mode.

    Parameters
    ----------
    name : str
        One of {names}. `ferviz.models.list` says what each of them is, `card` what it learned from.

    Raises
    ------
    TypeError
        For a name that is no text.
    ValueError
        For an unknown name, naming the known ones.
    WeightsError, FileNotFoundError
        When the bundled file is damaged or gone.
    """
    model = MODELS[_known(name)]()
    weights.load(weights.bundled(name), model)
    return model.eval()


load_model.__doc__ = str(load_model.__doc__).format(names=", ".join(MODELS))  # so that help() names them


def card(name: str) -> Card:
    """Where the weights called ``name`` come from: data, licence, metrics, limits.

    Raises TypeError or ValueError for a name that is not known, naming those that are.
    """
    return weights.read_card(weights.bundled(_known(name)))


def _known(name: str) -> str:
    return choice("name", name, MODELS)
