"""Frame attention: CPU time of one thread for a clip, and what it adds to its backbone. Run this file as a script.

The paired ratio is the median over the turns of (FAN / its ResNet-18 alone in the same turn), on the same frames.
"""

from __future__ import annotations

import sys

import torch
from clock import calibration, measure, measure_paired

from ferviz.models.frame_attention import Config, FrameAttention

GOAL = 0.060  # seconds for a clip of 16 frames through the compact net
MOST = 1.05  # of the published size to its backbone
FRAMES = 16


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


def main(runs: int = 20, frames: int = 4) -> int:
    """The table; 1 where a goal is missed."""
    torch.set_num_threads(1)
    torch.manual_seed(0)
    print(calibration(runs))
    print(f"\n{f'ms of CPU time, one thread, {runs} runs':44s}{'median':>9s}{'p95':>9s}")
    missed = [compact(variant, runs) for variant in ("relation", "self", "pool", "mean")]
    return int(any([*missed, published(runs, frames)]))


if __name__ == "__main__":
    sys.exit(main())
