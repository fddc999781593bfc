"""Measure what two steps, weights of the labels and sharpness do, on a grid that two cores train in an evening.

    python data_scripts/measure_mtl_small.py --faces FOLDER --clips FOLDER --runs FOLDER --only-train [--seeds 0 2 4]
    python data_scripts/measure_mtl_small.py --faces FOLDER --runs FOLDER --out FILE

``--faces`` is what data_scripts/prepare_fer2013.py wrote, ``--clips`` a synthetic set with the part "identities", for
"joint loss" and for the body of "efficientnet, equal time" (data_scripts/make_synthetic.py --size standard --parts
identities). Each row of
`ferviz.measuring.multi_task_rows.SMALL` starts from the body of ``mtl-head``, as it ships, and is trained in
RUNS/SEED/grid; one that is done is left alone, one that was stopped goes on, and processes may share the seeds (never
one row at a time). One that learned other faces, or another number, is refused. The same three claims are made of
data_scripts/measure_mtl.py's rows, which have 12,000 faces, a body of their own for each seed and sharpness-aware
steps, and want a GPU.

Seeds and groups of identical pictures are both replications; rows of one seed share their faces and are a pair. The
body is one, so intervals say nothing of other bodies. p-values have only the claims of
assets/claims/multi-task-small.json, by Holm's method; all else has an interval and no verdict, and fewer than five
seeds have neither. "missing" names what was announced and is not there.

Tables, on PublicTest without twins by the labels of FER2013: "accuracy" and "mean_recall" of each row, beside one label
for every face; "recall" of each label; "…_difference": less "head then all". Each call without ``--only-train`` reads
PublicTest. A row takes a core 9 to 14 minutes (measured on two that did other things as well), "sharpness-aware" and
"joint loss" 17 to 24; the rest 10 seconds a row.
"""

from __future__ import annotations

import argparse
import time
from pathlib import Path
from typing import Any

from ferviz.learning.recipes import WEIGHTS
from ferviz.measured import Figures
from ferviz.measuring.commands import command_of, rows_asked, status_of, train_or_measure
from ferviz.measuring.entries import figures
from ferviz.measuring.multi_task_rows import SMALL, SMALL_FACES, SMALL_REFERENCE, folder_of, row_in, train_row
from ferviz.measuring.multi_task_study import RealFaces, claimed, real_faces
from ferviz.models.identity import COMPACT

PAPER = "multi-task-small"


def plain(name: str) -> str:
    """A row's name in the record, where all rows are small."""
    return name.removeprefix("small: ")


def train(chosen: argparse.Namespace) -> None:
    """The rows that were asked for, each with the seeds that it is announced with."""
    for name in chosen.rows:
        for seed in (one for one in chosen.seeds if one < SMALL[name].runs):
            began = time.monotonic()
            path = train_row(name, seed, chosen.runs, faces=chosen.faces, clips=chosen.clips, count=chosen.learn)
            print(f"seed {seed}, {name}: {time.monotonic() - began:.0f} s, {path}", flush=True)


def tables(real: RealFaces, seeds: list[int]) -> dict[str, list[Any]]:
    """All that was found."""
    board, rows = real.board, [plain(name) for name in SMALL]
    found = claimed([board], seeds, PAPER)
    for score, table in {"accuracy": "accuracy", "mean recall": "mean_recall"}.items():
        found[table] = board.table(score, score, rows)
        found[f"{table}_difference"] = board.table(score, score, rows, plain(SMALL_REFERENCE))
    found["accuracy"].append(real.of_commonest())
    return found | {"recall": board.recalls(rows), "recall_difference": board.recalls(rows, plain(SMALL_REFERENCE))}


def measure(chosen: argparse.Namespace) -> Figures:
    """All tables of what is there."""
    real = real_faces(chosen.faces, COMPACT["mobilenet"].side)
    there = [
        (name, seed)
        for name in SMALL
        for seed in chosen.seeds
        if (folder_of(chosen.runs, seed, name) / WEIGHTS).is_file()
    ]
    for name, seed in there:
        known = {"faces": chosen.faces, "clips": chosen.clips, "count": chosen.learn}
        train_row(name, seed, chosen.runs, **known)  # says if it learned other faces
        real.label(seed, plain(name), row_in(chosen.runs, seed, name), chosen.runs / str(seed) / "study")
        print(f"{name}, seed {seed}", flush=True)
    counts = {name: sum(row == name for row, _ in there) for name in SMALL}
    about = {
        "faces": len(real.pictures),
        "left out of PublicTest": {"twins": real.twins},
        "learned": chosen.learn,
        "missing": [
            f"{plain(name)}: {counts[name]} of {row.runs} seeds"
            for name, row in SMALL.items()
            if counts[name] < row.runs
        ],
        "seeds": list(chosen.seeds),
    }
    return figures(
        "A light body that has learned synthetic people, and real faces: schedules and weights of the labels",
        command_of(__file__, chosen, rows=None, learn=None, clips=None),
        {name: entries for name, entries in tables(real, chosen.seeds).items() if entries},
        about,
    )


def main(arguments: list[str] | None = None) -> int:
    asked = rows_asked(__doc__, tuple(SMALL), seeds=range(5), learn=SMALL_FACES)
    told = "a synthetic set with the part identities, for joint loss and another body"
    asked.add_argument("--clips", type=Path, help=told)
    return train_or_measure(asked, arguments, train, measure)


if __name__ == "__main__":
    raise SystemExit(status_of(main))
