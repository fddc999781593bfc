"""LBP attention: CPU time of one thread for one face, from its pixels to its logits. Run this file as a script."""

from __future__ import annotations

import sys

import numpy as np
import torch
from clock import calibration, measure

from ferviz.clip import Clip, Crop
from ferviz.models.lbp_attention import Config, LBPAttention

GOAL = 0.015  # seconds for a face of 64 pixels through the compact net, its texture included
SIDE = 64


@torch.no_grad()
def main(runs: int = 20) -> int:
    """The table; 1 where the goal is missed."""
    torch.set_num_threads(1)
    torch.manual_seed(0)
    model = LBPAttention(Config.compact()).eval()
    face = np.random.default_rng(0).integers(0, 256, (1, SIDE, SIDE, 3), dtype=np.uint8)
    clip = Clip(face, np.zeros(1), crop=Crop(SIDE, 0.0))
    inputs = model.prepare(clip)
    print(calibration(runs))
    print(f"\n{f'ms of CPU time, one thread, {runs} runs':44s}{'median':>9s}{'p95':>9s}")
    whole = measure(lambda: model(*model.prepare(clip)), runs)
    for name, times in (
        (f"compact, one face of {SIDE} pixels", whole),
        ("of these: gray, size and texture", measure(lambda: model.prepare(clip), runs)),
        ("of these: the network", measure(lambda: model(*inputs), runs)),
    ):
        print(f"{name:44s}{times.median * 1e3:9.1f}{times.p95 * 1e3:9.1f}")
    print(f"goal {GOAL * 1e3:.0f} ms: {'MISSED' if whole.median > GOAL else 'reached'}")
    return int(whole.median > GOAL)


if __name__ == "__main__":
    sys.exit(main())
