"""Light bodies: CPU time of one thread for one gray face of 64 pixels. Run this file as a script."""

from __future__ import annotations

import sys

import torch
from clock import calibration, measure_in_turns

from ferviz.models.backbones import EFFICIENTNET_COMPACT, MOBILENET_COMPACT, EfficientNet, MobileNet

GOAL = 0.006  # seconds for a face of 64 pixels through a compact body
SIDE = 64


@torch.no_grad()
def main(runs: int = 20) -> int:
    """The table; 1 where the goal is missed."""
    torch.set_num_threads(1)
    torch.manual_seed(0)
    face = torch.rand(1, 1, SIDE, SIDE)
    bodies = [MobileNet(MOBILENET_COMPACT).eval(), EfficientNet(EFFICIENTNET_COMPACT).eval()]
    print(calibration(runs))
    print(f"\n{f'ms of CPU time, one thread, {runs} runs':44s}{'median':>9s}{'p95':>9s}")
    found = measure_in_turns(*(lambda body=body: body(face) for body in bodies), runs=runs)
    for body, times in zip(bodies, found, strict=True):
        count = sum(p.numel() for p in body.parameters()) / 1e6
        name = f"{type(body).__name__}, {count:.2f} M parameters"
        print(f"{name:44s}{times.median * 1e3:9.1f}{times.p95 * 1e3:9.1f}")
    missed = any(times.median > GOAL for times in found)
    print(f"goal {GOAL * 1e3:.0f} ms: {'MISSED' if missed else 'reached'}")
    return int(missed)


if __name__ == "__main__":
    sys.exit(main())
