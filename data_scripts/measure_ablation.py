"""Ablation of LBP attention on real faces: kinds of texture, modules, dilation rates, variation; one budget for all.

    python data_scripts/measure_ablation.py --faces FOLDER --runs FOLDER --out FILE [--seeds 0 1 2] [--full]

``--faces`` is what data_scripts/prepare_fer2013.py wrote. Every row is a narrow network (16 and 32 channels) that
learns the same 8,000 Training pictures, each label in its share, for 4 epochs; all but the row "varied" learn them as
they are, since variation slows so short a course. ``--full`` takes the compact network, all Training pictures but the
held-out ones, and the schedule of "lbp-attention". Accuracy is that on the 3,000 held-out Training pictures after the
last epoch: the mean over seeds for each picture, with a 95 % interval from 2,000 bootstrap samples of groups of
identical pictures. The interval says how sure the mean of these runs is, not how other seeds would do: so each seed's
accuracy stands beside it. A difference to the row "all" (picture by picture) has the p of the same draws, adjusted for
all rows (Holm). Of fewer than five seeds no verdict is given; from five on it is clear when all seeds have its sign,
its interval leaves out 0 and ``p_holm`` is at most 0.05. The file that ships has three seeds and no p (its ``about``
says why), so it holds values of single seeds and no verdict.
``seconds``: a run's training by the clock with ``threads`` threads, of its quickest seed, since the machine did other
work too.

Goes on where it was stopped, run by run and within a run; the runs are ordered by seed, and the table so far is
written after each (fewer than three seeds: no interval).
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
from ferviz.measured import Measured
from ferviz.measuring.commands import command_of
from ferviz.measuring.entries import GROUPS, adjusted, entry, figures, without_interval
from ferviz.models.backbones import ResNetConfig
from ferviz.models.lbp_attention import Config, LBPAttention

PICTURES = 8000
SCHEDULE = Schedule(epochs=4, batch=32, rate=0.05, weight_decay=5e-4)
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


def run(
    row: Row, seed: int, train: Stills, held_out: Stills, out: Path, *, full: bool
) -> tuple[NDArray[np.float64], float]:
    """Which held-out pictures (N,) one network labels right, trained, finished or read; the seconds it learned."""
    folder = out / f"{row.name.replace(' ', '-')}-{seed}"
    kept = folder / "right.npy"
    schedule = replace(KINDS["first"].recipe.schedule if full else SCHEDULE, seed=seed)
    model = fresh(lambda: LBPAttention(row.config(full)), seed)
    task = StillTask(train, {}, erase=0.25, resample=0.5, varied=row.varied)
    history = fit(model, task, schedule, folder, progress=False)  # a finished run is read, and must be the same one
    if not kept.is_file():
        hit = right(model, held_out).numpy().astype(np.uint8)
        packed = io.BytesIO()
        np.save(packed, hit, allow_pickle=False)
        write_whole(kept, packed.getvalue())
    return np.load(kept, allow_pickle=False).astype(float), 60 * minutes(history)


Hits = Mapping[int, NDArray[np.float64]]  # seed → which pictures (N,) were labelled right


def accuracy(row: Row, hits: Hits, group: NDArray[np.int64], **more: Any) -> Measured:
    """The accuracy of a row, from which pictures were right with which seed."""
    changes = {**row.changes, **({"varied": True} if row.varied else {})}
    place = {"row": row.name, "group": row.group, "changes": changes, **more}
    return _told(np.stack([hits[seed] for seed in sorted(hits)]), group, sorted(hits), what="accuracy", of=place)


def difference(row: Row, hits: Hits, base: Hits, group: NDArray[np.int64]) -> Measured:
    """A row less the reference, with the seeds that both have."""
    seeds = sorted(hits.keys() & base.keys())
    apart = np.stack([hits[seed] - base[seed] for seed in seeds])
    place = {"row": row.name, "group": row.group}
    return _told(apart, group, seeds, what="difference in accuracy", of=place, than=REFERENCE)


def _told(each: NDArray[np.float64], group: NDArray[np.int64], seeds: Sequence[int], **told: Any) -> Measured:
    """The mean of the seeds (S, N) and, from three seeds on, its interval."""
    found = entry(each, group, unit="pictures", seeds=seeds, drawn=GROUPS, **told)
    return found if len(seeds) >= 3 else without_interval(found)


def tables(
    rows: Sequence[Row], found: Mapping[str, Hits], group: NDArray[np.int64], of: Callable[[Row], Mapping[str, Any]]
) -> dict[str, list[Measured]]:
    """The entries of the rows that were run, with what ``of`` says of each."""
    run = [row for row in rows if found[row.name]]
    base = found.get(REFERENCE, {})
    apart = [difference(row, found[row.name], base, group) for row in run if row.name != REFERENCE and base]
    return {
        "accuracy": [accuracy(row, found[row.name], group, **of(row)) for row in run],
        "difference": adjusted(apart, f"all rows against {REFERENCE}"),
    }


def measure(
    folder: Path,
    runs: Path,
    seeds: Sequence[int],
    *,
    full: bool = False,
    rows: Sequence[Row] = ROWS,
    keep: Callable[[Mapping[str, Iterable[Measured]]], None] = lambda table: None,
) -> dict[str, list[Measured]]:
    """All rows with all seeds; ``keep`` is given the table so far after each run."""
    train, held_out = sets(folder, Config.compact().side, full)
    found: dict[str, dict[int, NDArray[np.float64]]] = {row.name: {} for row in rows}
    seconds: dict[str, list[float]] = {row.name: [] for row in rows}
    table: dict[str, list[Measured]] = {}

    def of(row: Row) -> dict[str, Any]:
        model = LBPAttention(row.config(full))
        return {"parameters": sum(p.numel() for p in model.parameters()), "seconds": round(min(seconds[row.name]))}

    for seed in seeds:
        for row in rows:
            found[row.name][seed], took = run(row, seed, train, held_out, runs, full=full)
            seconds[row.name].append(took)
            table = tables(rows, found, held_out.group, of)
            keep(table)
            print(f"seed {seed}  {row.name:28s} {found[row.name][seed].mean():.3f}", flush=True)
    return table


def main(arguments: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--faces", type=Path, required=True)
    parser.add_argument("--runs", type=Path, required=True, help="where runs are kept")
    parser.add_argument("--out", type=Path, required=True)
    parser.add_argument("--seeds", type=int, nargs="+", default=[0, 1, 2])
    parser.add_argument("--full", action="store_true", help="the full schedule: days on a CPU")
    parser.add_argument("--threads", type=int, default=torch.get_num_threads())
    chosen = parser.parse_args(arguments)
    torch.set_num_threads(chosen.threads)
    about = {
        "schedule": asdict(KINDS["first"].recipe.schedule if chosen.full else SCHEDULE),
        "pictures": None if chosen.full else PICTURES,
        "threads": chosen.threads,
    }

    def keep(table: Mapping[str, Iterable[Measured]]) -> None:
        what = "LBP attention on real faces, 3,000 held-out Training pictures of FER2013"
        write_whole(chosen.out, figures(what, command_of(__file__, chosen), table, about).to_json().encode())

    measure(chosen.faces, chosen.runs, chosen.seeds, full=chosen.full, keep=keep)
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
