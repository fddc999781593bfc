"""LBP as a task without labels: what a linear probe finds in an encoder that learned to guess binary patterns.

    python data_scripts/measure_pretext.py --faces FOLDER [--seeds 0 1 2 3 4] [--steps 600] [--out FILE]

``--faces`` is what data_scripts/prepare_fer2013.py wrote. A small encoder (16, 32, 64 channels) learns 8,000 Training
pictures without their labels: to guess every pixel's eight bits ("open"), or those in hidden blocks ("hidden"); or it
learns nothing ("random"). A linear probe then learns 4,000 of these pictures with their labels, on the encoder's frozen
maps, and is tested on the 3,000 held-out Training pictures. The rows "patterns" (histograms of uniform patterns on a
4 × 4 grid) and "grey levels" (pictures of 12 × 12) need no encoder: they have no seeds, and the 95 % interval of 2,000
bootstrap samples of groups of identical pictures. That of the others, and of differences, is over seeds and groups of
pictures (`ferviz.measuring.runs.over_runs`): the seeds of two rows are drawn apart, the pictures jointly. Fewer than
five seeds have no interval: their values are told one by one. Nothing of this was claimed before it was measured, so
that there is no p and no verdict.
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
from ferviz.measured import Figures, Measured, said
from ferviz.measuring.commands import command_of, record_file, status_of
from ferviz.measuring.entries import GROUPS, entry, figures
from ferviz.measuring.runs import over_runs

LEARNED, LABELLED = 8000, 4000
TASKS: tuple[Task, ...] = ("open", "hidden")
PAIRS = (("open", "random"), ("hidden", "random"), ("hidden", "open"), ("hidden", "patterns"))

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

    def row(name: str) -> Measured:
        told: dict[str, Any] = {"what": "accuracy", "of": {"row": name}, "unit": "pictures", "drawn": GROUPS}
        if name in ("random", *TASKS):
            return over_runs(found[name], held_out.group, seeds=seeds, **told)
        return entry(found[name], held_out.group, seeds=(), **told)

    def difference(name: str, than: str) -> Measured:
        told: dict[str, Any] = {"what": "difference in accuracy", "of": {"row": name}, "than": than, "seeds": seeds}
        apart = len(found[than]) > 1  # the runs of a row that has no encoder are all the same
        values, less = (found[name], found[than]) if apart else (found[name] - found[than], None)
        return over_runs(values, held_out.group, less=less, unit="pictures", drawn=GROUPS, **told)

    tables = {"rows": [row(name) for name in found], "difference": [difference(*pair) for pair in PAIRS]}
    sizes = {"learned": len(known), "labelled": LABELLED, "steps": steps}
    about = {**sizes, "threads": torch.get_num_threads(), "bits": bits}  # sums of another order learn other weights
    return figures("linear probes on 3,000 held-out Training pictures of FER2013", command, tables, about)


def main(arguments: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--faces", type=Path, required=True)
    parser.add_argument("--seeds", type=int, nargs="+", default=[0, 1, 2, 3, 4])
    parser.add_argument("--steps", type=int, default=600)
    parser.add_argument("--out", type=record_file)
    parser.add_argument("--threads", type=int, default=torch.get_num_threads())
    chosen = parser.parse_args(arguments)
    torch.set_num_threads(chosen.threads)
    found = measure(chosen.faces, chosen.seeds, chosen.steps, command_of(__file__, chosen))
    for row in found["rows"]:
        print(said(row, row["row"]))
    if chosen.out:
        write_whole(chosen.out, found.to_json().encode())
    return 0


if __name__ == "__main__":
    raise SystemExit(status_of(main))
