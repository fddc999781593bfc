"""Small frame attention networks for tests that need no trained weights."""

from __future__ import annotations

import torch

from ferviz.models.frame_attention import Config, FrameAttention

VARIANTS = ("mean", "pool", "self", "relation")


def seeded(variant: str) -> FrameAttention:
    """An untrained network whose weights and answers differ from frame to frame."""
    torch.manual_seed(3)
    model = FrameAttention(Config.compact(variant)).eval()
    with torch.no_grad():
        scores = [item.score for item in (model.q0, model.q1) if item is not None]
        for scale, part in ((14, model.classify), *((40, score) for score in scores)):
            part.weight *= scale
            part.weight -= part.weight.mean()
    return model
