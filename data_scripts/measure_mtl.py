"""Measure the multi-task network: what pre-training, freezing, tuning and sharing do.

    python data_scripts/measure_mtl.py --faces FOLDER --clips FOLDER --runs FOLDER --only-train [--accelerator cuda]
    python data_scripts/measure_mtl.py --faces FOLDER --clips FOLDER --runs FOLDER --films FOLDER --out FILE

``--faces`` is what data_scripts/prepare_fer2013.py wrote; ``--clips`` a synthetic set with the part "identities",
``--films`` one with families of clips (data_scripts/make_synthetic.py --size standard). ``--runs`` holds what was
trained, a folder for each seed: the course, as ``ferviz train mtl-again --out RUNS/SEED --seed SEED`` leaves it, and in
RUNS/SEED/grid what ``--only-train`` leaves, a folder for each row of `ferviz.measuring.multi_task_rows.ROWS` and for
the control "face hidden", or for those of ``--rows``: weights and card. A row that is done is left alone, one that was
stopped goes on; one that learned other faces, or another number, is refused. Rows that start from "identity" start from
a body of their own, RUNS/SEED/grid/mobilenet-body, which has learned people by another schedule: 50 epochs in batches
of 256 at a rate of 3e-3, the course's 20 in batches of 96 at 2e-3, about 2,100 steps against 2,200. The record calls
that body "longer body": it saw the faces more often, and did not take more steps. Rows may be trained by several
processes at once; those that start from one body that is not there yet must not, since the first of them trains it.
Bodies that others trained are measured by data_scripts/measure_mtl_given.py.

Seeds and groups of identical pictures (on synthetic faces and clips, people) are both replications; rows of one seed
share their faces and are a pair. p-values have only the claims of assets/claims/multi-task.json, adjusted by Holm's
method over a family; all else has an interval and no verdict, and fewer than five seeds have neither. What was
announced and is not there is named in the record ("missing").

Tables, on PublicTest without twins by the labels of FER2013: "accuracy", "mean_recall" and "recall" of the course's
networks, of the grid ("grid_…"), what differs from its reference in one thing ("grid_…_difference"), and fewer "bits"
(not 16 of a network that was kept in 16: "about" names those); beside accuracies that of one label for every face.
"mtl" is the end of the course; what ships took another road (data_scripts/measure_longer.py).
On synthetic test people: "verification" (against a network that saw all but the face, pixels with and without the face,
and one number, how bright the middle is), "verification_alike" (other people of about the same age, gender and
ethnicity alone: what tells people apart beside these), "attributes"
before the body was tuned, after, and fitted again, with the median guess beside; "sharing": twins that differ in one
parameter of the generator × how far each head moves, in shares of how far two people are apart (in units:
"sharing_raw"); "gradients": the cosine of two heads' gradients on the feature that they share, and of those of two
faces; "leak": the age by ridge regression on the body's features, where the people of training and test are the same
and where they are apart. On clips: "descriptor", and in "descriptor_share" what each statistic and the bias add to how
far the answer's decision is ahead of the mean decision. "speed" of every body, the published times on a "phone", and
"published" shares with the intervals of their counts.

**It can be stopped.** What a network says of faces and clips is kept in RUNS/SEED/study. Choices are made on held-out
Training pictures, never here: each call reads PublicTest. Minutes of one core: 2 for each seed of the course, 10 for
each of its seeds on ``--films``, half a minute a row of the grid, 4 for each call.
"""

from __future__ import annotations

import argparse
import os
import time
from pathlib import Path
from typing import Any

import numpy as np

from ferviz.learning.loop import make_fabric
from ferviz.learning.recipes import WEIGHTS
from ferviz.learning.sets import Clips, clips_of
from ferviz.measured import Figures, Measured
from ferviz.measuring.bodies import phone, speed
from ferviz.measuring.commands import command_of, rows_asked, status_of, train_or_measure
from ferviz.measuring.descriptors import BIAS, OF, by_answers, by_statistics
from ferviz.measuring.entries import figures
from ferviz.measuring.families import families_of, sets_in
from ferviz.measuring.frozen import features_kept
from ferviz.measuring.leaking import PEOPLE_SHARED, folds, held_out_errors
from ferviz.measuring.multi_task_boards import Group, TaskBoard
from ferviz.measuring.multi_task_rows import FACES, ROWS, folder_of, identity_in, train_row
from ferviz.measuring.multi_task_study import Strangers, claimed, course_in, missing, real_faces, strangers_in
from ferviz.measuring.published import MULTI_TASK, published
from ferviz.measuring.runs import by_part
from ferviz.measuring.sharing import add_cosines, add_moves, cosines, shared, twins_in
from ferviz.measuring.strangers import HIDDEN, train_hidden
from ferviz.models.descriptor import STATISTICS
from ferviz.models.identity import COMPACT

TRAINED = (*ROWS, HIDDEN)
STAGES = {"identity": "head", "tuned": "again"}
"""What the body has learned when the heads are asked what moves them → the step of the course."""
FOLDS = 7
LATER = ("the descriptor on real clips",)
Tables = dict[str, list[Measured]]


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


def of_sharing(strangers: Strangers, chosen: argparse.Namespace) -> Tables:
    """What moves which head, and how their gradients lie to each other."""
    twins = twins_in(chosen.runs / "study", chosen.people, COMPACT["mobilenet"].side)
    pulls = TaskBoard(strangers.board.group)
    found: Tables = {"sharing": [], "sharing_raw": []}
    for body, step in STAGES.items():
        board = TaskBoard(Group("twins", np.arange(chosen.people), "people"))
        for seed in (one for one in chosen.seeds if (chosen.runs / str(one) / step / WEIGHTS).is_file()):
            model, kept = course_in(chosen.runs, seed, step), chosen.runs / str(seed) / "study"
            add_moves(board, seed, model, twins, kept)
            feature = strangers.said(model, kept)["feature"]
            add_cosines(pulls, seed, body, model, feature, strangers.targets)
        for name, entries in shared(board, body).items():
            found[name] += entries
    return found | {"gradients": cosines(pulls, list(STAGES))}


def of_leak(strangers: Strangers, chosen: argparse.Namespace) -> list[Measured]:
    """The age of faces by what was learned on others, of the same people or of other people."""
    board, part = TaskBoard(strangers.board.group), strangers.part
    person, years = np.asarray(part.about["person"]), np.asarray(part.about["years"])
    for seed in (one for one in chosen.seeds if (chosen.runs / str(one) / "identity" / WEIGHTS).is_file()):
        own = chosen.runs / str(seed)
        said = strangers.said(identity_in(own / "identity"), own / "study")
        for name, fold in folds(person, FOLDS, np.random.default_rng([seed, 43])).items():
            board.add(seed, name, {"age error": held_out_errors(said["feature"], years, fold)})
    what = "distance of ridge regression from the generator's age, in years"
    apart, both = PEOPLE_SHARED
    return board.table("age error", what, PEOPLE_SHARED) + board.table("age error", what, [both], apart)


def film_seeds(chosen: argparse.Namespace) -> list[int]:
    """The seeds of ``--film-seeds`` whose network is there; none without ``--films``."""
    there = [seed for seed in chosen.film_seeds if (chosen.runs / str(seed) / "again" / WEIGHTS).is_file()]
    return [] if chosen.films is None else there


def of_clips(chosen: argparse.Namespace) -> tuple[Tables, dict[str, Any]]:
    """Statistics of clips under a linear machine, each by itself and all, beside the mean of the frames' answers."""
    if chosen.films is None:
        return {}, {}
    sets = sets_in(chosen.films)
    clips: dict[str, Clips] = {s: clips_of(sets[s], COMPACT["mobilenet"].side) for s in ("train", "test")}
    test, parts = clips["test"], families_of(clips["test"])
    rows: dict[str, dict[int, Any]] = {}
    shares: dict[int, Any] = {}
    for seed in film_seeds(chosen):
        model, kept = course_in(chosen.runs, seed, "again"), chosen.runs / str(seed) / "study"
        features = {split: features_kept(model, own, kept) for split, own in clips.items()}
        for name, (right, share) in by_statistics(features, clips, seed).items():
            rows.setdefault(name, {})[seed] = right
            shares |= {seed: share} if name == list(OF)[-1] else {}
        rows.setdefault("mean of the answers", {})[seed] = by_answers(model, features["test"], test)
        print(f"clips, seed {seed}", flush=True)
    told: dict[str, Any] = {"unit": "clips", "seeds": list(shares)}
    found: Tables = {"descriptor": [], "descriptor_share": []}
    for name, each in rows.items():
        right = np.stack(list(each.values()))
        found["descriptor"] += by_part(right, test.person, parts, of={"row": name}, what="accuracy", **told)
    for place, name in enumerate((*STATISTICS, BIAS) if shares else ()):
        values = np.stack([one[:, place] for one in shares.values()])
        what = "what a statistic, or the bias, adds to how far the answer's decision is ahead of the mean decision"
        found["descriptor_share"] += by_part(values, test.person, parts, of={"row": name}, what=what, **told)
    return found, {"clips": {name: int(at.sum()) for name, at in parts.items()}, "training clips": len(clips["train"])}


def measure(chosen: argparse.Namespace) -> Figures:
    """All tables of what is there."""
    side = COMPACT["mobilenet"].side
    real, strangers = real_faces(chosen.faces, side), strangers_in(chosen.clips, side)
    for seed in chosen.seeds:
        for name in (one for one in ROWS if (folder_of(chosen.runs, seed, one) / WEIGHTS).is_file()):
            train_row(name, seed, chosen.runs, faces=chosen.faces, count=chosen.learn)  # says if it is another
        if (folder_of(chosen.runs, seed, HIDDEN) / WEIGHTS).is_file():
            train_hidden(seed, chosen.runs, clips=chosen.clips)  # so does this
        real.add(seed, chosen.runs)
        strangers.add(seed, chosen.runs)
        print(f"faces, seed {seed}", flush=True)
    found = claimed([real.board, strangers.board], chosen.seeds) | real.tables() | strangers.tables()
    found |= of_sharing(strangers, chosen) | {"leak": of_leak(strangers, chosen)}
    on_clips, of_films = of_clips(chosen)
    found |= on_clips | {"shipped": real.shipped(chosen.seeds[0])}
    found |= {"speed": speed(chosen.timed), "phone": phone(), "published": published(MULTI_TASK)}
    films = len(film_seeds(chosen))
    absent = missing(chosen.runs, chosen.seeds)
    absent += [f"clips: {films} of 5 seeds"] if films < 5 else []
    about = {
        "faces": len(real.pictures),
        "left out of PublicTest": {"twins": real.twins},
        "strangers": {"faces": len(strangers.pictures), "median age of training": strangers.median},
        **of_films,
        "kept in 16 bit": real.in_16_bit,
        "load of the machine while bodies were timed": [round(one, 1) for one in os.getloadavg()],
        "missing": [*absent, *LATER],
        "seeds": list(chosen.seeds),
    }
    return figures(
        "A light body and several heads: real faces, synthetic strangers, twins and clips",
        command_of(__file__, chosen, rows=None, learn=None, accelerator=None),
        {name: entries for name, entries in found.items() if entries},
        about,
    )


def main(arguments: list[str] | None = None) -> int:
    asked = rows_asked(__doc__, TRAINED, seeds=range(5), learn=FACES)
    asked.add_argument("--clips", type=Path, required=True, help="a synthetic set with the part identities")
    asked.add_argument("--films", type=Path, help="a synthetic set with families of clips")
    asked.add_argument("--film-seeds", type=int, nargs="+", default=[0, 1, 2, 3, 4], help="those asked of clips")
    asked.add_argument("--people", type=int, default=60, help="of whom twins are drawn")
    asked.add_argument("--timed", type=int, default=20, help="how often each body is timed")
    asked.add_argument("--accelerator", default="cpu", help="that rows are trained on")
    return train_or_measure(asked, arguments, train, measure)


if __name__ == "__main__":
    raise SystemExit(status_of(main))
