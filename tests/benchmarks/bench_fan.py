"""Frame attention: CPU time of one thread for a clip, and what it adds to its backbone. Run this file as a script.

The paired ratio is the median over the turns of (FAN / its ResNet-18 alone in the same turn), on the same frames. And
one head of data_scripts/measure_fan.py on cached features, its whole schedule, on made-up features of the size of the
standard set. Its goal is for two cores; it is held against the time of one.
"""

from __future__ import annotations

import sys
import tempfile
import time
from pathlib import Path

import numpy as np
import torch
from clock import calibration, measure, measure_paired

from ferviz.learning.sets import Clips
from ferviz.measuring.frozen import EPOCHS, VARIANTS, Part, learn
from ferviz.models.frame_attention import Config, FrameAttention

GOAL = 0.060  # seconds for a clip of 16 frames through the compact net
MOST = 1.05  # of the published size to its backbone
FRAMES = 16
RUN = 240  # seconds for one run on cached features
SET = {"train": 1890, "validation": 210}  # clips of the standard set, of 14 to 18 frames


@torch.no_grad()
def compact(variant: str, runs: int) -> bool:
    """One line of the table, and whether the goal is missed."""
    model = FrameAttention(Config.compact(variant)).eval()  # type: ignore[arg-type]
    frames = torch.rand(1, FRAMES, 1, model.config.side, model.config.side) * 2 - 1
    times = measure(lambda: model(frames), runs)
    missed = times.median > GOAL
    told = f"goal {GOAL * 1e3:.0f} ms: {'MISSED' if missed else 'reached'}"
    print(f"{f'compact, {variant}, {FRAMES} frames':44s}{times.median * 1e3:9.1f}{times.p95 * 1e3:9.1f}   {told}")
    return missed


@torch.no_grad()
def published(runs: int, frames: int) -> bool:
    """Three lines of the table, and whether the goal is missed."""
    model = FrameAttention(Config.paper()).eval()
    pictures = torch.rand(1, frames, 3, 224, 224)
    flat = pictures[0]
    ours, plain, ratio = measure_paired(lambda: model(pictures), lambda: model.backbone(flat), runs)
    print(f"{f'published size, relation, {frames} frames':44s}{ours * 1e3:9.1f}")
    print(f"{f'its ResNet-18 alone, {frames} frames':44s}{plain * 1e3:9.1f}")
    missed = ratio > MOST
    print(f"{'paired ratio':44s}{ratio:9.3f}{'':12s}goal {MOST}: {'MISSED' if missed else 'reached'}")
    return missed


def made_up(count: int, width: int) -> Part:
    """Features of noise in clips without pictures."""
    length = torch.randint(14, 19, (count,))
    mask = torch.arange(18)[None] < length[:, None]
    features, none = torch.randn(count, 18, width) * mask[..., None], torch.zeros(count, 18)
    pictures, who = torch.zeros(count, 18, 1, 1, dtype=torch.uint8), np.arange(count)
    told = (torch.arange(count) % 7, who, who.astype(str), none, none, mask, none, ~mask)
    return Part(Clips(pictures, mask, *told), features, none)


def learned(row: str) -> bool:
    """One line of the table: a whole run on features; whether the goal is missed."""
    parts = {split: made_up(count, Config.compact().backbone.width) for split, count in SET.items()}
    with tempfile.TemporaryDirectory() as folder:
        start = time.process_time()
        learn(row, 0, parts, None, Path(folder))
        seconds = time.process_time() - start
    missed = seconds > RUN
    name = f"{row}, {EPOCHS} epochs"
    print(f"{name:44s}{seconds:9.1f}{'':12s}goal {RUN}: ", end="")
    print("MISSED" if missed else "reached")
    return missed


def main(runs: int = 20, frames: int = 4) -> int:
    """The table; 1 where a goal is missed."""
    torch.set_num_threads(1)
    torch.manual_seed(0)
    print(calibration(runs))
    print(f"\n{f'ms of CPU time, one thread, {runs} runs':44s}{'median':>9s}{'p95':>9s}")
    missed = [compact(variant, runs) for variant in ("relation", "self", "pool", "mean")]
    missed.append(published(runs, frames))
    print(f"\ns of CPU time, one thread, a run on cached features of {SET['train']:,} clips")
    missed += [learned(row) for row in VARIANTS]
    return int(any(missed))


if __name__ == "__main__":
    sys.exit(main())
