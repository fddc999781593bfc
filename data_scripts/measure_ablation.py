"""Ablation of LBP attention on real faces: kinds of texture, modules, dilation rates, variation; one budget for all.

    python data_scripts/measure_ablation.py --faces FOLDER --runs FOLDER --out FILE [--seeds 100 101 ...]
        [--alike 100 101 ...] [--finished] [--keep] [--full]

``--faces`` is what data_scripts/prepare_fer2013.py wrote. Every row is a narrow network (16 and 32 channels) that
learns the same 8,000 Training pictures, each label in its share, for 4 epochs; all but the row "varied" learn them as
they are, since variation slows so short a course. ``--full`` takes the compact network, all Training pictures but the
held-out ones, and the schedule of "lbp-attention". Accuracy is that on the 3,000 held-out Training pictures after the
last epoch.

Each row's accuracy, and each row less the row "all", stand with an interval over runs and groups of identical pictures;
the runs of two rows are drawn apart, since an equal seed makes no pair, and the pictures jointly. The value of a run in
a difference is its accuracy less the mean accuracy of "all". Fewer than five runs have no interval: their values stand
one by one. The claims of ferviz/assets/claims/lbp-attention.json are answered when all rows that they name have as many
runs as was said there: with p, adjusted by Holm's method over these claims, and beside them (table "power") the
smallest true difference that is found in 80 %. All other differences have no p and get no verdict.

``--alike`` names the runs of "all" that differ in nothing but the seed: dealt at random into five rows, 1,000 times,
they say how often our rule calls a row clear where there is nothing to find (table "false alarms").

``seconds``: a run's training by the clock with ``threads`` threads, of its quickest seed, since the machine did other
work too. Goes on where it was stopped, run by run and within a run, and reads what is finished; the rows of claims come
first, seed by seed, then ``--alike``, then the others. The table so far is written after each run.
"""

from __future__ import annotations

import argparse
import io
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass, field, replace
from pathlib import Path
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray

from ferviz.disk import write_whole
from ferviz.learning.loop import Schedule, fit
from ferviz.learning.recipes import faces_for_training, fresh
from ferviz.learning.recipes.common import minutes
from ferviz.learning.recipes.lbp_attention import KINDS
from ferviz.learning.sets import Stills, stills_from
from ferviz.learning.tasks import StillTask, right
from ferviz.measured import Figures, Measured, claims, measured
from ferviz.measuring.commands import command_of, record_file, status_of
from ferviz.measuring.entries import GROUPS, figures
from ferviz.measuring.keeping import learning_from
from ferviz.measuring.runs import alarms, answers, over_runs
from ferviz.models.backbones import ResNetConfig
from ferviz.models.lbp_attention import Config, LBPAttention

PICTURES = 8000
SCHEDULE = Schedule(epochs=4, batch=32, rate=0.05, weight_decay=5e-4)
PAPER = "lbp-attention"
REFERENCE = "all"


@dataclass(frozen=True)
class Row:
    """One network of the table: how it differs from the reference."""

    name: str
    group: str
    changes: dict[str, Any] = field(default_factory=dict)
    varied: bool = False

    def config(self, full: bool) -> Config:
        config = Config.compact()
        if not full:
            branch = ResNetConfig(colours=1, stem="narrow", channels=(16, 32), blocks=(1, 1))
            config = replace(config, branch=branch, mask_width=16, stages=(64, 128))
        return replace(config, **self.changes)


ROWS = (
    Row(REFERENCE, "reference"),
    Row("original", "texture", {"texture": "original"}),
    Row("uniform", "texture", {"texture": "uniform"}),
    Row("sobel", "texture", {"texture": "sobel"}),
    Row("raw twice", "texture", {"texture": "raw"}),
    Row("mask from the trunk alone", "modules", {"texture": None}),
    Row("no attention", "modules", {"attention": False}),
    Row("no reconstruction", "modules", {"reconstruction": False}),
    Row("neither", "modules", {"attention": False, "reconstruction": False}),
    Row("rates 1 1 1", "rates", {"rates": (1, 1, 1)}),
    Row("rates 1 2 5", "rates", {"rates": (1, 2, 5)}),
    Row("rates 2 2 2", "rates", {"rates": (2, 2, 2)}),
    Row("varied", "variation", varied=True),
)


def sets(folder: Path, side: int, full: bool) -> tuple[Stills, Stills]:
    """What is learned from, and what is held out."""
    train, held_out = faces_for_training(folder)
    if not full:
        _, chosen = train.hold_out(PICTURES, np.random.default_rng(1))
        train = train.select(chosen)
    return stills_from(train, side), stills_from(held_out, side)


def answer_of(row: Row, seed: int, out: Path) -> Path:
    """Where a finished run says which pictures it labels right."""
    return out / f"{row.name.replace(' ', '-')}-{seed}" / "right.npy"


def run(
    row: Row, seed: int, train: Stills, held_out: Stills, out: Path, *, full: bool
) -> tuple[NDArray[np.float64], float]:
    """Which held-out pictures (N,) one network labels right, trained, finished or read; the seconds it learned."""
    kept = answer_of(row, seed, out)
    folder = kept.parent
    schedule = replace(KINDS["first"].recipe.schedule if full else SCHEDULE, seed=seed)
    model = fresh(lambda: LBPAttention(row.config(full)), seed)
    task = StillTask(train, {}, erase=0.25, resample=0.5, varied=row.varied)
    learning_from(folder, (train.pictures, train.target))
    history = fit(model, task, schedule, folder, progress=False)  # a finished run is read, and must be the same one
    if not kept.is_file():
        hit = right(model, held_out).numpy().astype(np.uint8)
        packed = io.BytesIO()
        np.save(packed, hit, allow_pickle=False)
        write_whole(kept, packed.getvalue())
    return np.load(kept, allow_pickle=False).astype(float), 60 * minutes(history)


Hits = Mapping[int, NDArray[np.float64]]  # seed → which pictures (N,) were labelled right


def tables(
    rows: Sequence[Row],
    found: Mapping[str, Hits],
    group: NDArray[np.int64],
    of: Callable[[Row], Mapping[str, Any]] = lambda row: {},
) -> dict[str, list[Measured]]:
    """The entries of the rows that were run, with what ``of`` says of each beside its accuracy."""
    each = {name: np.stack([hits[seed] for seed in sorted(hits)]) for name, hits in found.items() if hits}
    kept = [row for row in rows if row.name in each]
    accuracy, apart = [], []
    answer = answered(found, each, group)
    for row in kept:
        told: dict[str, Any] = {"seeds": sorted(found[row.name]), "unit": "pictures", "drawn": GROUPS}
        more = {"changes": {**row.changes, **({"varied": True} if row.varied else {})}, **of(row)}
        accuracy.append(over_runs(each[row.name], group, what="accuracy", of={**place(row), **more}, **told))
        if row.name != REFERENCE and REFERENCE in each:
            told |= {"less": each[REFERENCE], "than": REFERENCE, "of": place(row)}
            apart.append(over_runs(each[row.name], group, what="difference in accuracy", **told))
    claimed = {one["row"]: one for one in answer["claims"]}
    apart = [claimed.get(one["row"], one) for one in apart]
    power = answer["power"]
    return {"accuracy": accuracy, "difference": apart} | ({"power": power} if power else {})


def place(row: Row) -> dict[str, str]:
    return {"row": row.name, "group": row.group}


def answered(
    found: Mapping[str, Hits], each: Mapping[str, NDArray[np.float64]], group: NDArray[np.int64]
) -> dict[str, list[Measured]]:
    """The claims' differences, and their power, once all rows that they name have the runs that were announced."""
    made = claims(PAPER).claims
    runs = {tuple(sorted(found.get(name, ()))) for claim in made for name in (claim.row, claim.than)}
    if len(runs) > 1 or len(min(runs)) < max(claim.runs for claim in made):
        return {"claims": [], "power": []}
    told = answers(PAPER, lambda claim: (each[claim.row], group, each[claim.than]), min(runs), GROUPS)
    named = {row.name: place(row) for row in ROWS}
    return {
        name: [replace(one, of=named[one["row"]], unit="pictures") for one in entries] for name, entries in told.items()
    }


def plan(rows: Sequence[Row], seeds: Sequence[int], alike: Sequence[int]) -> list[tuple[Row, int]]:
    """Which runs are made, in the order of need: rows of claims, what is alike, the others."""
    names = {name for claim in claims(PAPER).claims for name in (claim.row, claim.than)}
    first, rest = ([row for row in rows if (row.name in names) == wanted] for wanted in (True, False))
    reference = [row for row in rows if row.name == REFERENCE]
    more = [seed for seed in alike if seed not in seeds]
    orders = [(seeds, first), (more, reference), (seeds, rest)]
    return [(row, seed) for some, own in orders for seed in some for row in own]


def measure(
    folder: Path,
    runs: Path,
    seeds: Sequence[int],
    alike: Sequence[int] = (),
    *,
    full: bool = False,
    finished: bool = False,
    rows: Sequence[Row] = ROWS,
    keep: Callable[[Mapping[str, Iterable[Measured]]], None] = lambda table: None,
) -> dict[str, list[Measured]]:
    """All rows with all seeds, and the reference with those of ``alike``, or those of them that are ``finished``;
    ``keep`` is given the table so far after each run."""
    train, held_out = sets(folder, Config.compact().side, full)
    found: dict[str, dict[int, NDArray[np.float64]]] = {row.name: {} for row in rows}
    dealt: dict[int, NDArray[np.float64]] = {}
    seconds: dict[str, list[float]] = {row.name: [] for row in rows}
    table: dict[str, list[Measured]] = {}
    alarmed: dict[str, list[Measured]] = {}

    def of(row: Row) -> dict[str, Any]:
        model = LBPAttention(row.config(full))
        return {"parameters": sum(p.numel() for p in model.parameters()), "seconds": round(min(seconds[row.name]))}

    for row, seed in plan(rows, seeds, alike):
        if finished and not answer_of(row, seed, runs).is_file():
            continue
        hits, took = run(row, seed, train, held_out, runs, full=full)
        seconds[row.name].append(took)
        if seed in seeds:
            found[row.name][seed] = hits
        if row.name == REFERENCE and seed in alike:
            dealt[seed] = hits
            if len(dealt) == len(alike):
                alarmed = {"false alarms": false_alarms(dealt, held_out.group)}
        table = tables(rows, found, held_out.group, of) | alarmed
        keep(table)
        print(f"seed {seed}  {row.name:28s} {hits.mean():.3f}", flush=True)
    return table


def with_rows_of(ships: Figures, table: Mapping[str, Iterable[Measured]]) -> dict[str, list[Measured]]:
    """The tables with the rows that they miss, as those were measured before: with their own seeds and command."""
    found = {name: list(entries) for name, entries in table.items()}
    run = {entry["row"] for entry in found["accuracy"]}
    for name in ("accuracy", "difference"):
        found[name] = found.get(name, []) + [entry for entry in ships[name] if entry["row"] not in run]
    return found


def false_alarms(dealt: Hits, group: NDArray[np.int64]) -> list[Measured]:
    """How often our rule calls a row clear that is alike in all but the seed."""
    each, rows = np.stack([dealt[seed] for seed in sorted(dealt)]), len(claims(PAPER).claims)
    told: dict[str, Any] = {"of": {"row": REFERENCE}, "seeds": sorted(dealt), "unit": "pictures", "drawn": GROUPS}
    return alarms(each, group, rows=rows, **told)


def main(arguments: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--faces", type=Path, required=True)
    parser.add_argument("--runs", type=Path, required=True, help="where runs are kept")
    parser.add_argument("--out", type=record_file, required=True)
    parser.add_argument("--seeds", type=int, nargs="+", default=[*range(100, 110)])
    parser.add_argument("--alike", type=int, nargs="*", default=[*range(100, 140)], help="seeds of runs that are dealt")
    parser.add_argument("--finished", action="store_true", help="read the runs that are finished, and train none")
    parser.add_argument("--keep", action="store_true", help="rows without runs stay as they ship")
    parser.add_argument("--full", action="store_true", help="the full schedule: days on a CPU")
    parser.add_argument("--threads", type=int, default=torch.get_num_threads())
    chosen = parser.parse_args(arguments)
    least = 2 * (len(claims(PAPER).claims) + 1)
    if 0 < len(chosen.alike) < least:
        parser.error(f"--alike must name none, or at least {least} seeds: two for each row; got {len(chosen.alike)}")
    torch.set_num_threads(chosen.threads)
    about = {
        "schedule": asdict(KINDS["first"].recipe.schedule if chosen.full else SCHEDULE),
        "pictures": None if chosen.full else PICTURES,
        "threads": chosen.threads,
        "rule": claims(PAPER).rule,
        "false alarms": "The runs are dealt anew for each table, so that tables share runs: the interval is as if none "
        "did.",
    }

    ships = measured("ablation") if chosen.keep else None

    def keep(table: Mapping[str, Iterable[Measured]]) -> None:
        table = table if ships is None else with_rows_of(ships, table)
        what = "LBP attention on real faces, 3,000 held-out Training pictures of FER2013"
        write_whole(chosen.out, figures(what, command_of(__file__, chosen), table, about).to_json().encode())

    known = {"full": chosen.full, "finished": chosen.finished, "keep": keep}
    measure(chosen.faces, chosen.runs, chosen.seeds, chosen.alike, **known)
    return 0


if __name__ == "__main__":
    raise SystemExit(status_of(main))
