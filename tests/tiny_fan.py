"""A FAN of a few hundred parameters, on faces of 16 pixels, and what it reads."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import torch

from ferviz.clip import Clip, Gap
from ferviz.learning.sets import Clips
from ferviz.models.backbones import ResNetConfig
from ferviz.models.frame_attention import Config, FrameAttention, Variant
from ferviz.seeds import luck

SIDE = 16
BACKBONE = ResNetConfig(colours=1, stem="narrow", channels=(4, 6), blocks=(1, 1))


def tiny_fan(variant: Variant = "relation", seed: int = 0) -> FrameAttention:
    """Compact in all but its sizes; its attention is far from even."""
    with torch.random.fork_rng():
        torch.manual_seed(seed)
        model = FrameAttention(replace(Config.compact(variant), backbone=BACKBONE, side=SIDE))
        for part in (model.q0, model.q1):
            if part is not None:
                torch.nn.init.normal_(part.score.weight, std=2.0)
    return model.eval()


def clip_of(frames: int, gaps: tuple[Gap, ...] = (), side: int = SIDE, seed: int = 0) -> Clip:
    """Noise, cut as compact models expect it."""
    pictures = np.random.default_rng(seed).integers(0, 256, (frames, side, side, 3), dtype=np.uint8)
    return Clip(pictures, np.arange(frames) / 10, crop=Config.compact().crop, gaps=gaps)


def frames_of(clips: int, frames: int, seed: int = 0) -> torch.Tensor:
    """Noise as `prepare` gives it: (clips, frames, 1, 16, 16), -1 to 1."""
    return torch.rand(clips, frames, 1, SIDE, SIDE, generator=torch.Generator().manual_seed(seed)) * 2 - 1


def noise_clips(lengths: list[int], seed: int = 0) -> Clips:
    """Clips of noise with so many frames; labels 0, 1, 2, …, families one and two in turn."""
    count, longest = len(lengths), max(lengths)
    mask = torch.arange(longest)[None] < torch.tensor(lengths)[:, None]
    frames = torch.randint(0, 256, (count, longest, SIDE, SIDE), generator=luck(seed), dtype=torch.uint8)
    people, families = np.arange(count), np.array(["one", "two"] * count)[:count]
    label, share = torch.arange(count) % 7, torch.rand(count, longest, generator=luck(seed, 1)) * mask
    more = (share, share, mask, share * 0, mask & False)
    return Clips(frames * mask[..., None, None], mask, label, people, families, *more)
