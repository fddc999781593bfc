"""Measure whether attribution inside the heaviest frame falls on the pixels that the emotion changed.

    python data_scripts/measure_fan_pixels.py --clips FOLDER --runs FOLDER --limit 210 --out FILE [--seeds 0 1 2]

``--clips`` is a synthetic set (data_scripts/make_synthetic.py --size standard); ``--limit`` test clips of it, the same
number of each family and spread over their people. ``--runs`` holds what ``ferviz train fan`` left with each seed, in
RUNS/SEED/relation. In each clip such a network weighs the frames, and every method of `ferviz.attribution` says where
the logit of the clip's label comes from within the frame of largest weight. Methods that need a baseline hold that
frame against one of its mean gray.

A map is scored by its positive mass on `changed` as a ratio to what an even map has there (`scores.mass_on_truth`): 1
by chance. Against it stand two maps that know nothing of the face: a Gaussian in the middle, and the mean of the same
method's maps over the other people. Flat maps, and frames in which nothing changed, have no ratio: they are left out
and counted. Differences are paired by clip, within each network. Nothing of this was claimed before, so that there is
no p; of fewer than five networks there is no interval either: their values are told one by one
(`ferviz.measuring.runs.over_runs`).
"""

from __future__ import annotations

import argparse
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import torch
from tqdm import tqdm

from ferviz import Clip, attribution, scores
from ferviz.attribution import attribute
from ferviz.attribution.methods import HELD_AGAINST
from ferviz.disk import write_whole
from ferviz.faces.sets import read
from ferviz.learning.recipes import FAMILIES
from ferviz.measured import Measured
from ferviz.measuring.commands import command_of, record_file, status_of
from ferviz.measuring.entries import figures
from ferviz.measuring.families import loaded
from ferviz.measuring.maps import of_others, spread
from ferviz.measuring.runs import over_runs
from ferviz.models.model import Model
from ferviz.observe import observe

BASELINE = "gray"
METHODS = tuple(method for method in attribution.METHODS if method != "cam")  # which no network of clips ends in
NAMES = ("the method", "its mean over others", "bump in the middle")
Array = npt.NDArray[Any]


@dataclass(frozen=True, eq=False)
class Case:
    """One clip: whom it shows, its family, what changed in its heaviest frame (H, W), and each method's map there."""

    person: int
    family: str
    changed: Array
    maps: dict[str, Array]


def look(model: Model, clip: Clip, person: int, family: str) -> Case:
    """The maps of every method in the frame of largest weight."""
    if clip.truth is None or clip.truth.changed is None:
        raise ValueError(f"clip must be synthetic, with its truth; {clip.source!r} has none")
    frame = int(np.nanargmax(observe(model, clip)["weight"].values))
    maps = {}
    for method in METHODS:
        held = {"baseline": BASELINE} if method in HELD_AGAINST else {}
        found = attribute(model, clip, method, target=clip.labels["emotion"], frame=frame, **held)
        maps[method] = found["attribution"].values[0] * (np.nan if found["flat"].values[0] else 1.0)
    return Case(person, family, clip.truth.changed[frame], maps)


def ratios(cases: Sequence[Case], method: str) -> dict[str, Array]:
    """Mass on what changed, times chance (N,), of a method and of the maps that it must beat; NaN where undefined."""
    people = np.array([case.person for case in cases])
    bump = scores.centred_gaussian(*cases[0].changed.shape)
    own = [case.maps[method] for case in cases]
    rows = zip(NAMES, (own, of_others(own, people), [bump] * len(cases)), strict=True)
    return {
        name: np.array([_ratio(one, case.changed) for one, case in zip(maps, cases, strict=True)])
        for name, maps in rows
    }


def _ratio(values: Array, changed: Array) -> float:
    return scores.mass_on_truth(values, changed).ratio if np.isfinite(values).any() else float("nan")


def tables(found: Mapping[int, Sequence[Case]]) -> dict[str, list[Measured]]:
    """Seeds → what their network gave on the same clips: the entries."""
    first = next(iter(found.values()))
    people, family = (np.array([getattr(case, name) for case in first]) for name in ("person", "family"))
    parts = {part: (family == part) | (part == "all") for part in ("all", *FAMILIES)}
    what, seeds = "mass on changed pixels, times chance", list(found)
    entries: list[Measured] = []
    differences: list[Measured] = []
    for method in METHODS:
        each = [ratios(cases, method) for cases in found.values()]
        known = {name: np.stack([one[name] for one in each]) for name in NAMES}
        for part, at in parts.items():
            for name, values in known.items():
                place = {"row": method, "map": name, "family": part}
                entries.append(over_runs(values[:, at], people[at], what=what, of=place, seeds=seeds))
            for name in NAMES[1:]:
                values, told = known[NAMES[0]] - known[name], {"what": f"difference in {what}", "than": name}
                place = {"row": method, "family": part}
                differences.append(over_runs(values[:, at], people[at], of=place, seeds=seeds, **told))
    return {"rows": entries, "difference": differences}


def main(arguments: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--clips", type=Path, required=True)
    parser.add_argument("--runs", type=Path, required=True)
    parser.add_argument("--limit", type=int, default=210, help=f"test clips, {len(FAMILIES)} or more")
    parser.add_argument("--out", type=record_file, required=True)
    parser.add_argument("--seeds", type=int, nargs="+", default=[0, 1, 2], help="of the networks")
    chosen = parser.parse_args(arguments)
    if chosen.limit < len(FAMILIES):
        parser.error(f"--limit must be {len(FAMILIES)} clips or more, one of each family; got {chosen.limit}")
    torch.set_num_threads(1)
    models = {seed: loaded(chosen.runs / str(seed) / "relation", "relation") for seed in chosen.seeds}
    found: dict[int, list[Case]] = {seed: [] for seed in models}
    for family in FAMILIES:
        clips = read(chosen.clips, split="test", part=family)
        for place in tqdm(spread(len(clips), chosen.limit // len(FAMILIES)), desc=family):
            clip, person = clips[place], int(clips.rows[place]["identity"])
            for seed, model in models.items():
                found[seed].append(look(model, clip, person, family))
    cases = found[chosen.seeds[0]]
    told = figures(
        "positive mass of a map on the pixels that the emotion changed, in the frame of largest weight of networks "
        "tuned end to end, as a ratio to an even map",
        command_of(__file__, chosen),
        tables(found),
        {
            "clips": {family: sum(case.family == family for case in cases) for family in FAMILIES},
            "people": len({case.person for case in cases}),
            "baseline": BASELINE,
        },
    )
    write_whole(chosen.out, told.to_json().encode())
    print(chosen.out)
    return 0


if __name__ == "__main__":
    raise SystemExit(status_of(main))
