"""Light bodies and descriptors: CPU time of one thread. Run this file as a script.

A gray face of 64 pixels through each compact body, and through the network of all heads; a clip of 64 frames from its
features to the decision of the linear machine and the shares of the statistics in it.
"""

from __future__ import annotations

import sys

import numpy as np
import torch
from clock import calibration, measure_in_turns

from ferviz.learning.clip_svm import ClipSVM
from ferviz.models.backbones import EFFICIENTNET_COMPACT, MOBILENET_COMPACT, EfficientNet, MobileNet
from ferviz.models.descriptor import descriptor
from ferviz.models.multi_task import Config, MultiTask

GOALS = {"body": 0.006, "clip": 0.020}  # seconds, median
SIDE, FRAMES, LABELS = 64, 64, 7


def millions(net: torch.nn.Module) -> str:
    return f"{sum(p.numel() for p in net.parameters()) / 1e6:.2f} M parameters"


@torch.no_grad()
def main(runs: int = 20) -> int:
    """The table; 1 where a goal is missed."""
    torch.set_num_threads(1)
    torch.manual_seed(0)
    face, width = torch.rand(1, 1, SIDE, SIDE), MOBILENET_COMPACT.width
    mobile, efficient = MobileNet(MOBILENET_COMPACT).eval(), EfficientNet(EFFICIENTNET_COMPACT).eval()
    whole, frames = MultiTask(Config.compact()).eval(), torch.rand(1, FRAMES, width)
    svm = ClipSVM(np.random.default_rng(0).normal(size=(LABELS, 4 * width)), np.zeros(LABELS), tuple("abcdefg"))
    rows = {
        f"MobileNet, {millions(mobile)}": ("body", lambda: mobile(face)),
        f"EfficientNet, {millions(efficient)}": ("body", lambda: efficient(face)),
        f"all heads on MobileNet, {millions(whole)}": ("", lambda: whole(face)),
        f"{FRAMES} frames: descriptor, decision and shares": ("clip", lambda: svm.shares(descriptor(frames))),
    }
    found = measure_in_turns(*(function for _, function in rows.values()), runs=runs)
    print(calibration(runs))
    print(f"\n{f'ms of CPU time, one thread, {runs} runs':48s}{'median':>9s}{'p95':>9s}{'goal':>9s}")
    missed = False
    for (name, (kind, _)), times in zip(rows.items(), found, strict=True):
        goal = GOALS.get(kind)
        missed |= goal is not None and times.median > goal
        print(f"{name:48s}{times.median * 1e3:9.2f}{times.p95 * 1e3:9.2f}{goal * 1e3 if goal else np.nan:9.0f}")
    print("a goal is MISSED" if missed else "goals reached")
    return int(missed)


if __name__ == "__main__":
    sys.exit(main())
