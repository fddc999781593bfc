"""Small networks of region attention for tests: drawn with a seed, not trained, but their weights differ."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import torch

from ferviz.models.region_attention import Config, RegionAttention, Variant

__all__ = ["seeded"]


def seeded(variant: Variant = "relation", seed: int = 3, **changes: Any) -> RegionAttention:
    """The compact network of a variant, made to depend on what its regions show. ``changes`` are fields of `Config`."""
    with torch.random.fork_rng():
        torch.manual_seed(seed)
        model = RegionAttention(replace(Config.compact(variant), **changes)).eval()
        with torch.no_grad():
            for score in (model.q0, model.q1):
                if score is not None:
                    score.score.weight.mul_(40)
            model.classify.weight.mul_(6)
            model.classify.bias.sub_(3 * (torch.arange(len(model.labels)) == 0))
        return model
