"""What frames do to the answer: their exact contributions, and what their removal costs."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt
import torch

import ferviz
from ferviz.learning.sets import Clips
from ferviz.models.frame_attention import FrameAttention

__all__ = ["contributions", "removals"]

Array = npt.NDArray[Any]


@torch.no_grad()
def contributions(model: FrameAttention, clips: Clips, features: torch.Tensor) -> Array:
    """What each frame adds to the logit of its clip's label (N, T); in the variant mean, to its probability."""
    with ferviz.reading(model, ["contribution"]) as seen:
        model.eval().pool(features, clips.mask)
    label = clips.label[:, None, None].expand(-1, clips.mask.shape[1], 1)
    return np.asarray(seen["contribution"].gather(2, label)[..., 0].numpy())


@torch.no_grad()
def removals(model: FrameAttention, clips: Clips, features: torch.Tensor, batch: int = 1024) -> Array:
    """How far the logit of a clip's label falls when a frame is dropped (N, T); 0 where there is none.

    It is ``logit_drop`` of `ferviz.scores.removal`. All clips must have two frames or more.
    """
    fall = torch.zeros(clips.mask.shape)
    model.eval()
    whole = model.pool(features, clips.mask).gather(1, clips.label[:, None])[:, 0]
    for frame in range(clips.mask.shape[1]):
        for at in torch.nonzero(clips.mask[:, frame]).flatten().split(batch):
            left = clips.mask[at].clone()
            left[:, frame] = False
            said = model.pool(features[at], left).gather(1, clips.label[at, None])[:, 0]
            fall[at, frame] = whole[at] - said
    return np.asarray(fall.numpy())
