"""Region attention: CPU time of one thread for six regions of one face, from its pixels to its logits, and for a
cover that is pasted onto a face. Run this file as a script."""

from __future__ import annotations

import sys

import numpy as np
import torch
from clock import calibration, measure

from ferviz.clip import Clip, Crop
from ferviz.faces.pasting import cut_out, paste
from ferviz.models.region_attention import Config, RegionAttention

GOAL = 0.025  # seconds for six regions of a face through the compact net
SIDE = 64


@torch.no_grad()
def main(runs: int = 20) -> int:
    """The table; 1 where the goal is missed."""
    torch.set_num_threads(1)
    torch.manual_seed(0)
    nets = {variant: RegionAttention(Config.compact(variant)).eval() for variant in ("relation", "mean", "face")}
    face = np.random.default_rng(0).integers(0, 256, (1, SIDE, SIDE, 3), dtype=np.uint8)
    clip = Clip(face, np.zeros(1), crop=Crop(SIDE, 0.0))
    cutout = cut_out(np.random.default_rng(0), "hand")
    points = cutout.points[None] * SIDE / len(cutout.share)
    print(calibration(runs))
    print(f"\n{f'ms of CPU time, one thread, {runs} runs':44s}{'median':>9s}{'p95':>9s}")
    found = {name: measure(lambda net=net: net(*net.prepare(clip)), runs) for name, net in nets.items()}
    rows = {f"compact, {name}, one face of {SIDE} pixels": times for name, times in found.items()}
    rows["a hand pasted onto it"] = measure(lambda: paste(face, points, [cutout], np.random.default_rng(0)), runs)
    for name, times in rows.items():
        print(f"{name:44s}{times.median * 1e3:9.1f}{times.p95 * 1e3:9.1f}")
    missed = found["relation"].median > GOAL
    print(f"goal {GOAL * 1e3:.0f} ms: {'MISSED' if missed else 'reached'}")
    return int(missed)


if __name__ == "__main__":
    sys.exit(main())
