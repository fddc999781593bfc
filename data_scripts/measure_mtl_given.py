"""Measure bodies that others trained: a head alone, and a head, then all of it.

    python data_scripts/measure_mtl_given.py --faces FOLDER --runs FOLDER --imagenet FILE --only-train [--rows ROW …]
    python data_scripts/measure_mtl_given.py --faces FOLDER --runs FOLDER --imagenet FILE --out FILE

``--faces`` is what data_scripts/prepare_fer2013.py wrote. The rows are those of `ferviz.measuring.given_rows`: FaceRes,
the author's own, once ``ferviz fetch-faceres`` has brought it, and ImageNet, which data_scripts/convert_imagenet.py
turns into ``--imagenet``. Each is trained in RUNS/SEED/given; one that is done is left alone, one that was stopped goes
on, and one that learned other faces, or another number, is refused. Rows of 224 pixels want a GPU.

Tables, on PublicTest without twins by the labels of FER2013: "given", accuracy and mean recall over runs, beside one
label for every face, and of each body the second schedule less the first; "given_recall", a label at a time; and
"given_network", the accuracy of the first network of each row and what the second schedule adds to it, over groups of
identical pictures alone: nothing is said of other trainings, and there is no verdict; "given_frozen", a linear
classifier of each body as it was given and of networks that learned nothing (`ferviz.measuring.given_frozen`),
likewise. "missing" names what was announced and is not there. Each call without ``--only-train`` reads PublicTest. At
96 pixels a row takes a core 6 to 16 minutes, at 160 three quarters of an hour; the classifiers half an hour, once.
"""

from __future__ import annotations

import argparse
import time
from pathlib import Path

from ferviz.learning.recipes import WEIGHTS
from ferviz.measured import Figures
from ferviz.measuring.commands import command_of, rows_asked, status_of, train_or_measure
from ferviz.measuring.entries import figures
from ferviz.measuring.given_frozen import of_frozen
from ferviz.measuring.given_rows import GIVEN, SIDE, Whose, given_folder, given_missing, of_given, train_given
from ferviz.measuring.multi_task_study import real_faces


def train(chosen: argparse.Namespace) -> None:
    """The rows that were asked for, each with the seeds that it is announced with."""
    for name in chosen.rows:
        for seed in (one for one in chosen.seeds if one < GIVEN[name].runs):
            began = time.monotonic()
            file = chosen.faceres if GIVEN[name].body == "FaceRes" else chosen.imagenet
            path = train_given(name, seed, chosen.runs, faces=chosen.faces, file=file, count=chosen.learn)
            print(f"seed {seed}, {name}: {time.monotonic() - began:.0f} s, {path}", flush=True)


def measure(chosen: argparse.Namespace) -> Figures:
    """All tables of what is there; FileNotFoundError for a file that is named and is not."""
    for path in (chosen.faceres, chosen.imagenet):
        if path is not None and not path.exists():  # else its rows would be told as missing, at the end of half an hour
            raise FileNotFoundError(f"{path} is not there")
    for name in GIVEN:
        for seed in (one for one in chosen.seeds if (given_folder(chosen.runs, one, name) / WEIGHTS).is_file()):
            train_given(name, seed, chosen.runs, faces=chosen.faces, count=chosen.learn)  # says if it learned others
    real = real_faces(chosen.faces, SIDE)
    found = of_given(real, chosen.runs, chosen.seeds)
    files: dict[Whose, Path | None] = {"FaceRes": chosen.faceres, "ImageNet": chosen.imagenet}
    found["given_frozen"], absent = of_frozen(chosen.faces, chosen.runs / "frozen", real, files, learned=chosen.learn)
    about = {"faces": len(real.pictures), "left out of PublicTest": {"twins": real.twins}}
    about |= {"missing": [*given_missing(chosen.runs, chosen.seeds), *absent], "seeds": list(chosen.seeds)}
    what = "Bodies that others trained, and real faces: frozen, and by two schedules"
    command = command_of(__file__, chosen, rows=None, faceres=None)
    return figures(what, command, {name: entries for name, entries in found.items() if entries}, about)


def main(arguments: list[str] | None = None) -> int:
    asked = rows_asked(__doc__, tuple(GIVEN), seeds=range(3), learn=None)
    asked.add_argument("--faceres", type=Path, help="what ferviz fetch-faceres brought (where it puts it)")
    asked.add_argument("--imagenet", type=Path, help="what data_scripts/convert_imagenet.py wrote")
    return train_or_measure(asked, arguments, train, measure)


if __name__ == "__main__":
    raise SystemExit(status_of(main))
