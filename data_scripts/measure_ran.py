"""Measure region attention: what it adds to the whole face and to the mean of its crops, and what its weights follow.

    python data_scripts/measure_ran.py --faces FOLDER --clips FOLDER --runs FOLDER --out FILE

``--faces`` is what data_scripts/prepare_fer2013.py wrote, with ``--votes``; ``--clips`` a synthetic set
(data_scripts/make_synthetic.py). ``--runs`` holds what ``ferviz train`` left with each seed: RUNS/SEED/ran-body, and
for the seeds of ``--tuned`` also RUNS/SEED/ran, ran-mean, ran-face and ran-bare, those that are there. What was
announced and is not there is named in the record ("missing").

**Frozen bodies.** On the vectors of each body (``--bodies``) every row of `ferviz.measuring.region_heads.ROWS` learns
``--learn`` real Training faces, a quarter of them with a cover, by the votes of FER+, as a head with three seeds
(``--heads``). Heads are averaged on their body; rows on one body are a pair; then bodies and groups of identical
pictures (on synthetic faces, people) are both replications. p-values have only the claims of
assets/claims/region-attention.json, adjusted by Holm's method over a family; beside them stands the smallest
difference that would have been found in 80 % ("power"). All else has an interval and no verdict; fewer than five bodies
have neither.

Faces: PublicTest without twins by the label that most annotators of FER+ chose ("whole"), the quarter of it that is
most turned by the five points ("turned"; the rule is `ferviz.measuring.region_faces.quarter`, its check the table
"rule"), the rest, and those without points; the same faces each with a pasted cover that no network was learned or
chosen with ("covered", and by kind); a gray square of 0 to 80 % on ``--patches`` of them; synthetic covered, turned and
plain test faces; and those dealt so that neither area nor place of a crop tells the evidence ("dealt", three layouts).

Tables: "accuracy" and "difference"; the sweeps "schemes", "margins" and "counts"; "attention" (weight of the whole face
and of the largest crop); "weights" and "weights_difference" (agreement of weight, contribution, removal, attribution
and controls with what is seen of each crop, or with the evidence); "share", "pasted_share" and "yaw"; "confusion";
"causal". Attribution and experiments are asked of tuned networks alone.

**Tuned networks** are tables of their own ("tuned_…"), told one by one where they are fewer than five; "shipped" are
the networks of the first seed of ``--tuned`` that go with the package, as they are, with intervals over pictures alone.
``--bodies`` or ``--tuned`` may be empty.

**It can be stopped.** What a backbone makes of faces, heads, attributions and experiments are kept in RUNS/SEED/study
as they are made, so that a call goes on where the last one was stopped, and a call with more bodies or networks makes
only what is new.

Choices are made on held-out Training pictures, never here: each call reads PublicTest.

Minutes of one core, reckoned from 1.5 ms a crop: a body 25 (its sweeps of schemes and counts 17 of them), a seed of
tuned networks 20 (``ran`` 14, of which attribution 8; ran-mean 3, ran-face 3), and 5 for each call. With ``--learn 4000
--patches 300`` a body is 18, without the sweeps 6.
"""

from __future__ import annotations

import argparse
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
import torch

from ferviz import weights
from ferviz.disk import write_whole
from ferviz.faces.sets import SyntheticSet, read
from ferviz.learning.recipes import RAN, WEIGHTS
from ferviz.learning.recipes.common import faces_for_training
from ferviz.learning.sets import stills_from_votes
from ferviz.measured import Measured, claims
from ferviz.measuring.commands import command_of, record_file, status_of
from ferviz.measuring.entries import figures
from ferviz.measuring.region_asking import Boards, add, add_causes, boards_of
from ferviz.measuring.region_faces import real_faces
from ferviz.measuring.region_heads import EPOCHS, ROWS, SCHEDULE, Row, loaded
from ferviz.measuring.region_study import Lesson, Net, Reader, heads_on, lesson_of
from ferviz.measuring.region_tables import PAPER, SWEEPS, claimed, of_rule, shipped, tables
from ferviz.models.region_attention import Config
from ferviz.prepared import read_faces

PARTS = ("covered", "turned", "stills")  # of synthetic single faces
BARE = "ran-bare"
TUNED: Mapping[str, Row] = {name: ROWS[name] for name in RAN} | {BARE: ROWS["ran"]}
DEAR = {"schemes", "counts"}  # sweeps whose crops each body must see anew
SEEDS = 3  # of tuned networks, that are to be measured


def sets_in(folder: Path) -> dict[str, SyntheticSet]:
    """The synthetic test faces by part."""
    return {part: read(folder, split="test", part=part) for part in PARTS}


def lessons_in(folder: Path, side: int, count: int) -> tuple[Lesson, Lesson]:
    """What heads learn, and the held-out Training faces that are watched."""
    learned, held_out = (stills_from_votes(part, side) for part in faces_for_training(folder))
    return lesson_of(learned, count, covers=True), lesson_of(held_out, count // 2, covers=False)


def tuned_nets(folder: Path, kept: Path) -> dict[str, Net]:
    """The networks that were tuned with one seed, those that are there. Raises FileNotFoundError where none is."""
    there = {name: row for name, row in TUNED.items() if (folder / name / WEIGHTS).is_file()}
    if not there:
        raise FileNotFoundError(f"{folder} holds none of {', '.join(TUNED)}: ferviz train leaves them")
    found = {}
    for name, row in there.items():
        model = loaded(folder / name, row.variant)
        found[name] = Net(row, model, Reader(model, kept))
    return found


def missing(chosen: argparse.Namespace) -> list[str]:
    """What was announced and is not in the record, in words."""
    runs, announced = len(chosen.bodies) * len(chosen.heads), max(claim.runs for claim in claims(PAPER).claims)
    told = [f"runs: {runs} of {announced}, frozen bodies: {len(chosen.bodies)}"] if runs < announced else []
    few = f"of tuned networks {SEEDS - len(chosen.tuned)} of {SEEDS} seeds"
    told += [few] if len(chosen.tuned) < SEEDS else []
    folders = [chosen.runs / str(seed) for seed in chosen.tuned]
    absent = [name for name in TUNED if not all((folder / name / WEIGHTS).is_file() for folder in folders)]
    dear = ", ".join(name for name in chosen.sweeps if name in DEAR)
    part = [f"{dear}: on {len(swept(chosen))} of {len(chosen.bodies)} bodies"] if dear else []
    part = part if len(swept(chosen)) < len(chosen.bodies) else []
    return told + [f"{name}, tuned" for name in absent] + part + left_out(chosen)


def trained_by(folder: Path) -> str:
    """The machine, the minutes and the precision of a run, as its card says them."""
    return weights.read_card(folder / WEIGHTS).origin.removeprefix("trained by ferviz on ").partition(":")[0]


def swept(chosen: argparse.Namespace) -> list[int]:
    """The bodies of which the sweeps of schemes and counts are made."""
    return chosen.bodies if chosen.swept is None else [body for body in chosen.bodies if body in chosen.swept]


def left_out(chosen: argparse.Namespace) -> list[str]:
    """The sweeps that were not asked for."""
    return [name for name in SWEEPS if name not in chosen.sweeps]


def frozen(boards: Boards, lessons: tuple[Lesson, Lesson], chosen: argparse.Namespace) -> None:
    """All heads on all bodies."""
    for body in chosen.bodies:
        wanted = {"accuracy", *chosen.sweeps} - (set() if body in swept(chosen) else DEAR)
        rows = {name: row for name, row in ROWS.items() if wanted & set(row.tables)}
        folder = chosen.runs / str(body)
        reader = Reader(loaded(folder / "ran-body", "face"), folder / "study")
        for head in chosen.heads:
            add(boards, body, head, heads_on(reader, *lessons, head, folder / "study" / "heads", rows))
            print(f"body {body}, head {head}", flush=True)


def tuned(boards: Boards, chosen: argparse.Namespace) -> dict[str, list[Measured]]:
    """All tuned networks: tables of their own, and what ships."""
    for seed in chosen.tuned:
        nets = tuned_nets(chosen.runs / str(seed), chosen.runs / str(seed) / "study")
        add(boards, seed, 0, nets, tuned=True)
        for name in ("ran", BARE):
            if name in nets:
                add_causes(boards, seed, name, nets[name])
        print(f"tuned networks, seed {seed}", flush=True)
    found = {f"tuned_{name}": entries for name, entries in tables(boards).items() if name not in SWEEPS}
    return found | shipped(boards, chosen.tuned[0], RAN)


def about(boards: Boards, twins: int, unsure: int, version: str, chosen: Any) -> dict[str, Any]:
    """What the tables rest on; nothing is left out that is not counted here or in an entry."""
    pictures = boards.whole.faces
    return {
        "generator version": version,
        "faces": {name: int(at.sum()) for name, at in pictures.parts.items()},
        "left out of PublicTest": {"twins": twins, "no single label of FER+": unsure},
        "no points, by place": np.flatnonzero(pictures.parts["no points"]).tolist(),
        "covers": {name: int(at.sum()) for name, at in boards.covered.faces.parts.items()},
        "synthetic": {name: int(at.sum()) for name, at in boards.synthetic.faces.parts.items()},
        "people": len(np.unique(boards.synthetic.faces.whose)),
        "missing": missing(chosen),
        "bodies": list(chosen.bodies),
        "bodies trained": {str(body): trained_by(chosen.runs / str(body) / "ran-body") for body in chosen.bodies},
        "heads": list(chosen.heads),
        "learned": chosen.learn,
        "schedule": {"epochs": EPOCHS, **SCHEDULE},
    }


def parser() -> argparse.ArgumentParser:
    asked = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    asked.add_argument("--faces", type=Path, required=True, help="prepared FER2013 with the votes of FER+")
    asked.add_argument("--clips", type=Path, required=True, help="a synthetic set")
    asked.add_argument("--runs", type=Path, required=True, help="what was trained, a folder for each seed")
    asked.add_argument("--out", type=record_file, required=True)
    asked.add_argument("--bodies", type=int, nargs="*", default=[0, 1, 2, 3, 4], help="their seeds")
    asked.add_argument("--heads", type=int, nargs="+", default=[0, 1, 2], help="the seeds of the heads")
    asked.add_argument("--tuned", type=int, nargs="*", default=[0], help="the seeds of tuned networks")
    asked.add_argument("--sweeps", nargs="*", choices=SWEEPS, default=list(SWEEPS), help="of the heads")
    asked.add_argument("--swept", type=int, nargs="*", help="the bodies of which schemes and counts are told; all")
    asked.add_argument("--learn", type=int, default=8000, help="Training faces that heads learn")
    asked.add_argument("--patches", type=int, default=1000, help="real faces that get gray squares")
    asked.add_argument("--dealt", type=int, default=100, help="synthetic faces that are dealt for each layout")
    asked.add_argument("--causes", type=int, default=100, help="faces of each experiment")
    asked.add_argument("--threads", type=int, default=torch.get_num_threads())
    return asked


def main(arguments: list[str] | None = None) -> int:
    chosen = parser().parse_args(arguments)
    if not chosen.bodies and not chosen.tuned:
        parser().error("name --bodies, --tuned, or both")
    torch.set_num_threads(chosen.threads)
    sets = sets_in(chosen.clips)
    public = read_faces(chosen.faces)
    public = public.select(public.part == "PublicTest")
    side = Config.compact().side
    real = real_faces(public.select(~public.twin), side)
    sizes = {"patches": chosen.patches, "dealt": chosen.dealt, "causes": chosen.causes}
    boards = boards_of(real, sets, **sizes)
    found: dict[str, list[Measured]] = {"rule": of_rule(boards.synthetic.faces, boards.yaw)}
    if chosen.bodies:
        frozen(boards, lessons_in(chosen.faces, side, chosen.learn), chosen)
        told = tables(boards)
        found |= claimed(boards, chosen.bodies) | {name: told[name] for name in told if name not in left_out(chosen)}
    if chosen.tuned:
        found |= tuned(boards.empty(), chosen)
    unsure = int((~public.twin).sum()) - len(real)
    told = figures(
        "Region attention on PublicTest and synthetic test faces: heads on frozen bodies, and tuned networks",
        command_of(__file__, chosen),
        {name: entries for name, entries in found.items() if entries},
        about(boards, int(public.twin.sum()), unsure, next(iter(sets.values())).settings["version"], chosen),
    )
    write_whole(chosen.out, told.to_json().encode())
    print(chosen.out)
    return 0


if __name__ == "__main__":
    raise SystemExit(status_of(main))
