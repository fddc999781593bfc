"""Measure the multi-task network: what pre-training, freezing, tuning and sharing do.

    python data_scripts/measure_mtl.py --faces FOLDER --clips FOLDER --runs FOLDER --only-train [--accelerator cuda]

``--faces`` is what data_scripts/prepare_fer2013.py wrote; ``--clips`` a synthetic set with the part "identities"
(data_scripts/make_synthetic.py --parts identities). ``--runs`` holds what was trained, a folder for each seed: the
course, as ``ferviz train mtl --out RUNS/SEED --seed SEED`` leaves it, and in RUNS/SEED/grid what ``--only-train``
leaves, a folder for each row of `ferviz.measuring.multi_task_rows.ROWS` and for the control "face hidden", or for
those of ``--rows``: weights and card. A row that is done is left alone, one that was stopped goes on. Rows may be
trained by several processes at once; those that start from one body that is not there yet must not, since the first of
them trains it.
"""

from __future__ import annotations

import argparse
import time
from pathlib import Path

import torch

from ferviz.learning.loop import make_fabric
from ferviz.measuring.multi_task_rows import FACES, ROWS, train_row
from ferviz.measuring.strangers import HIDDEN, train_hidden

TRAINED = (*ROWS, HIDDEN)


def train(chosen: argparse.Namespace) -> None:
    """The rows that were asked for, each with the seeds that it is announced with."""
    fabric = make_fabric(chosen.accelerator)
    for seed in chosen.seeds:
        for name in chosen.rows:
            if name in ROWS and seed >= ROWS[name].runs:
                continue
            began = time.monotonic()
            if name == HIDDEN:
                path = train_hidden(seed, chosen.runs, clips=chosen.clips, fabric=fabric)
            else:
                known = {"faces": chosen.faces, "clips": chosen.clips, "count": chosen.learn, "fabric": fabric}
                path = train_row(name, seed, chosen.runs, **known)
            print(f"seed {seed}, {name}: {time.monotonic() - began:.0f} s, {path}", flush=True)


def parser() -> argparse.ArgumentParser:
    asked = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    asked.add_argument("--faces", type=Path, required=True, help="prepared FER2013")
    asked.add_argument("--clips", type=Path, required=True, help="a synthetic set with the part identities")
    asked.add_argument("--runs", type=Path, required=True, help="what was trained, a folder for each seed")
    asked.add_argument("--seeds", type=int, nargs="+", default=[0, 1, 2, 3, 4])
    asked.add_argument("--rows", nargs="+", choices=TRAINED, default=list(TRAINED), metavar="ROW", help="; ".join(TRAINED))
    asked.add_argument("--learn", type=int, default=FACES, help="Training faces that a row learns")
    asked.add_argument("--only-train", action="store_true", help="train the rows, measure nothing")
    asked.add_argument("--accelerator", default="cpu", help="that rows are trained on")
    asked.add_argument("--threads", type=int, default=torch.get_num_threads())
    return asked


def main(arguments: list[str] | None = None) -> int:
    chosen = parser().parse_args(arguments)
    torch.set_num_threads(chosen.threads)
    train(chosen)
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
