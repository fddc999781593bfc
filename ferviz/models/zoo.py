"""The trained models by name."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from types import MappingProxyType

from ferviz import weights
from ferviz.emotions import LABEL_SETS
from ferviz.models import lbp_attention
from ferviz.models.frame_attention import Config, FrameAttention, Variant
from ferviz.models.lbp_attention import LBPAttention
from ferviz.models.mini_xception import MiniXception
from ferviz.models.model import Model
from ferviz.weights import Card

__all__ = ["MODELS", "card", "load_model"]

def _fan(variant: Variant) -> Callable[[], Model]:
    return lambda: FrameAttention(Config.compact(variant))


def _lbp(labels: str) -> Callable[[], Model]:
    return lambda: LBPAttention(replace(lbp_attention.Config.compact(), labels=LABEL_SETS[labels]))


MODELS: Mapping[str, Callable[[], Model]] = MappingProxyType(
    {
        "mini-xception": MiniXception,
        "fan": _fan("relation"),
        "fan-self": _fan("self"),
        "fan-pool": _fan("pool"),
        "fan-mean": _fan("mean"),
        "lbp-attention": _lbp("FER2013"),
        "lbp-attention-ferplus": _lbp("FER+"),
        "lbp-attention-synthetic": _lbp("FER2013"),
    }
)
"""Name → how to build the network, before its weights."""


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
