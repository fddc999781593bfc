"""Small networks of several heads for tests: drawn with a seed, not trained, but they tell faces apart."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import torch
from torch import nn

import ferviz
from ferviz.models.backbones import MobileNetConfig
from ferviz.models.identity import BodyConfig
from ferviz.models.multi_task import Config, MultiTask

__all__ = ["TINY", "seeded", "stages"]

TINY = BodyConfig(MobileNetConfig(colours=1, channels=(8, 16, 24, 32), strides=(2, 1, 2)), 64)
LOUD = {"emotion": 8.0, "age": 10.0, "gender": 8.0, "ethnicity": 8.0}


def seeded(seed: int = 3, body: BodyConfig = TINY, **changes: Any) -> MultiTask:
    """The compact network on a tiny body, made to depend on what it sees. ``changes`` are fields of `Config`."""
    faces = [ferviz.sample(f"{name}-still").frames[0] for name in ("happiness", "fear", "neutral")]
    with torch.random.fork_rng(), torch.no_grad():
        torch.manual_seed(seed)
        model = MultiTask(replace(Config.compact(), **{"body": body, "hidden": 16, **changes}))
        norms = [one for one in model.modules() if isinstance(one, nn.BatchNorm2d)]
        for norm in norms:
            norm.momentum = None  # of one batch all
        clip = ferviz.Clip(np.stack(faces), np.arange(3.0), crop=body.crop)
        model.train().backbone(*model.prepare(clip))
        for norm in norms:
            norm.momentum = 0.1
        for name, answer in model.answers.items():
            answer.weight.mul_(LOUD[name])
        return model.eval()


def stages(body: BodyConfig = TINY) -> dict[str, MultiTask]:
    """Two networks, as before and after the body was tuned."""
    return {"identity": seeded(3, body), "final": seeded(5, body)}
