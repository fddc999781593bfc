"""LBP as a task without labels: what a linear probe finds in an encoder that learned to guess binary patterns.

    python data_scripts/measure_pretext.py --faces FOLDER [--seeds 0 1 2] [--steps 600] [--out FILE]

``--faces`` is what data_scripts/prepare_fer2013.py wrote. A small encoder (16, 32, 64 channels) learns 8,000 Training
pictures without their labels: to guess every pixel's eight bits ("open"), or those in hidden blocks ("hidden"); or it
learns nothing ("random"). A linear probe then learns 4,000 of these pictures with their labels, on the encoder's frozen
maps, and is tested on the 3,000 held-out Training pictures. The rows "patterns" (histograms of uniform patterns on a
4 × 4 grid) and "grey levels" (pictures of 12 × 12) need no encoder. Accuracy is the mean over seeds for each picture;
95 % intervals come from 2,000 bootstrap samples of groups of identical pictures, differences are paired by picture, and
their p of the same samples is adjusted for having asked about all of them (Holm). Both tell of these encoders on other
pictures, not of other seeds: of fewer than five seeds no verdict is given, and each seed's value stands in the file.
"""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch.nn import functional

from ferviz import lbp
from ferviz.disk import write_whole
from ferviz.learning.pretext import Encoder, Task, features, learn, learn_nothing, probe
from ferviz.learning.recipes import faces_for_training
from ferviz.measured import Figures, Measured
from ferviz.measuring.commands import command_of
from ferviz.measuring.entries import GROUPS, adjusted, entry, figures

LEARNED, LABELLED = 8000, 4000
TASKS: tuple[Task, ...] = ("open", "hidden")
PAIRS = (("open", "random"), ("hidden", "random"), ("hidden", "open"), ("hidden", "patterns"))
FAMILY = ", ".join(f"{row} against {than}" for row, than in PAIRS)

Array = NDArray[Any]


def plain(pictures: torch.Tensor) -> dict[str, Array]:
    """The rows that need no encoder: histograms of patterns, and small pictures."""
    codes = lbp.codes(pictures[:, 0], kind="uniform")[:, 1:-1, 1:-1]
    small = functional.adaptive_avg_pool2d(pictures.float(), 12).flatten(1)
    return {"patterns": lbp.histogram(codes, bins=59, grid=(4, 4)).flatten(1).numpy(), "grey levels": small.numpy()}


def hits(
    known: torch.Tensor, label: Array, new: torch.Tensor, truth: Array, seeds: list[int], steps: int
) -> tuple[dict[str, Array], dict[str, float]]:
    """Which new pictures (seeds, N) each row labels right, and what share of bits each task had right at its end."""
    found: dict[str, Array] = {}
    for name, many in plain(known[:LABELLED]).items():
        found[name] = (probe(many, label[:LABELLED], plain(new)[name]) == truth)[None]
    bits: dict[str, float] = {}
    for name in ("random", *TASKS):
        rows, ends = [], []
        for seed in seeds:
            encoder = Encoder(seed=seed)
            if name != "random":
                ends.append(np.mean(learn(encoder, known, name, steps=steps, seed=seed)[-50:]))
            else:  # so that its batch norms know the pictures too, and nothing but learning differs
                learn_nothing(encoder, known)
            said = probe(features(encoder, known[:LABELLED]), label[:LABELLED], features(encoder, new))
            rows.append(said == truth)
            print(f"{name} {seed}: {np.mean(rows[-1]):.3f}", flush=True)
        found[name] = np.stack(rows)
        if ends:
            bits[name] = round(float(np.mean(ends)), 4)
    return {name: each.astype(float) for name, each in found.items()}, bits


def measure(folder: Path, seeds: list[int], steps: int, command: str) -> Figures:
    """The table, and the paired differences."""
    train, held_out = faces_for_training(folder)
    _, chosen = train.hold_out(LEARNED, np.random.default_rng(1))
    train = train.select(chosen)
    order = np.random.default_rng(2).permutation(len(train))
    known, new = (torch.from_numpy(f.images)[:, None] for f in (train, held_out))
    found, bits = hits(known[order], train.label[order], new, held_out.label, seeds, steps)

    def told(what: str, each: Array, row: str, than: str | None = None) -> Measured:
        names, of = seeds if row in ("random", *TASKS) else (), {"row": row}
        return entry(each, held_out.group, what=what, of=of, unit="pictures", than=than, seeds=names, drawn=GROUPS)

    tables = {
        "rows": [told("accuracy", each, name) for name, each in found.items()],
        "difference": adjusted([told("difference in accuracy", found[a] - found[b], a, b) for a, b in PAIRS], FAMILY),
    }
    sizes = {"learned": len(known), "labelled": LABELLED, "steps": steps}
    about = {**sizes, "threads": torch.get_num_threads(), "bits": bits}  # sums of another order learn other weights
    return figures("linear probes on 3,000 held-out Training pictures of FER2013", command, tables, about)


def main(arguments: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--faces", type=Path, required=True)
    parser.add_argument("--seeds", type=int, nargs="+", default=[0, 1, 2])
    parser.add_argument("--steps", type=int, default=600)
    parser.add_argument("--out", type=Path)
    parser.add_argument("--threads", type=int, default=torch.get_num_threads())
    chosen = parser.parse_args(arguments)
    torch.set_num_threads(chosen.threads)
    found = measure(chosen.faces, chosen.seeds, chosen.steps, command_of(__file__, chosen))
    for row in found["rows"]:
        print(f"{row['row']:12s} {row.value:.3f} [{row.low:.3f}, {row.high:.3f}]  n = {row.items:,}")
    if chosen.out:
        write_whole(chosen.out, found.to_json().encode())
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
