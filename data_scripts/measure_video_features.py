"""Measure three families of video features on synthetic test clips: static, spatio-temporal and geometric.

    python data_scripts/measure_video_features.py --clips FOLDER --runs FOLDER --out FILE [--backbones 0 1 2 3 4]

``--clips`` is a synthetic set (data_scripts/make_synthetic.py --size standard), ``--runs`` holds what ``ferviz train
backbone`` left with each seed: RUNS/SEED/backbone. All rows learn the same clips, of three families together, and are
tested on each family, and on two that nobody learned.

Static: histograms of uniform local binary patterns on a grid, averaged over frames, and what the backbone makes of the
frames, averaged, or their mean, maximum and standard deviation. Spatio-temporal: an LSTM on the backbone's vectors in
order, and a small 3-D CNN on the clips themselves. Geometric: how 68 landmarks lie and move. These are the *true*
landmarks of the generator, also where something hides them: an upper bound, since nobody has to detect them.

Static and geometric features go to multinomial logistic regression. It has one solution; its penalty is the one with
the least cross-entropy on the validation clips. So histograms and landmarks have no seeds, and the interval of people
(2,000 bootstrap samples). Rows of the backbone, the LSTM with one seed on each, and the 3-D CNN (``--seeds``) have five
runs: their interval is that of runs and people (`ferviz.scores.mean_of_runs`); of fewer, values are told one by one. No
claim was made of these rows before, so that there is no p and no verdict. Rows on one backbone are a pair: table
"difference". ``broken`` in "about" names rows that do not come to twice chance: they hardly learned, which says nothing
of their kind.

The rows of the backbone and the LSTM profit from the single faces, real and synthetic, that the backbone has learned;
the others know the clips alone. Rows that are done are kept under ``--runs``; a run that was stopped goes on with the
next one.
"""

from __future__ import annotations

import argparse
import hashlib
import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property, partial
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import torch
from torch import nn

from ferviz.disk import file_hash, write_whole
from ferviz.emotions import LABEL_SETS
from ferviz.faces.sets import MANIFEST, SyntheticSet
from ferviz.learning.loop import Schedule, fit
from ferviz.learning.recipes import WEIGHTS
from ferviz.learning.sets import Clips, clips_of
from ferviz.measured import Measured
from ferviz.measuring.commands import command_of, record_file, status_of
from ferviz.measuring.entries import entry, figures
from ferviz.measuring.families import TESTED, families_of, loaded, sets_in
from ferviz.measuring.frozen import features_kept
from ferviz.measuring.runs import by_part
from ferviz.measuring.video import (
    PENALTIES,
    Convolutional,
    Recurrent,
    WholeClips,
    lbp_histograms,
    linear,
    track_statistics,
)
from ferviz.models.descriptor import statistics
from ferviz.models.frame_attention import Config
from ferviz.models.model import resize
from ferviz.seeds import luck

SETTINGS: Mapping[str, Any] = {
    "LBP grid": (6, 6),
    "penalties": PENALTIES,
    "LSTM": {"units": 96, "epochs": 20, "batch": 48, "rate": 0.1, "weight_decay": 1e-3},
    "3-D CNN": {"side": 24, "channels": (16, 32, 64), "epochs": 24, "batch": 16, "rate": 0.03, "weight_decay": 1e-3},
}
KINDS = {
    "LBP histogram": "static",
    "CNN mean": "static",
    "CNN mean, max, std": "static",
    "LSTM": "spatio-temporal",
    "3-D CNN": "spatio-temporal",
    "Landmark tracks": "geometric",
}
ON_BACKBONES = ("CNN mean", "CNN mean, max, std", "LSTM")
SEEDED = ("3-D CNN",)  # the other rows have one solution
BASE = "CNN mean"  # that the others on the backbones are held against
CHANCE = 1 / len(LABEL_SETS["FER2013"])


@dataclass(frozen=True, eq=False)
class Part:
    """A split: its clips, and of each clip the true landmarks (T, 68, 2) in pixels and the times (T,) in seconds."""

    clips: Clips
    landmarks: Sequence[npt.NDArray[np.float32]]
    times: Sequence[npt.NDArray[np.float64]]


@dataclass(frozen=True, eq=False)
class Result:
    """What a run of a row gave: which test clips (N,) got their label, how many numbers it learned, and notes."""

    right: npt.NDArray[np.float64]
    parameters: int
    notes: dict[str, Any]


def part_of(sets: Sequence[SyntheticSet], side: int) -> Part:
    found = [arrays for part in sets for arrays in part.each("truth.landmarks", "times")]
    return Part(clips_of(sets, side), [a["truth.landmarks"] for a in found], [a["times"] for a in found])


@dataclass(frozen=True, eq=False)
class Study:
    """All that a run of the rows is made from; ``out`` is where the networks among them are trained."""

    parts: Mapping[str, Part]
    seed: int
    backbone: Path | None
    out: Path

    @cached_property
    def vectors(self) -> dict[str, torch.Tensor]:
        """What the backbone makes of every frame: (N, T, D)."""
        assert self.backbone is not None
        model, folder = loaded(self.backbone, "mean"), self.backbone.parent / "study" / "clips"
        return {split: features_kept(model, part.clips, folder) for split, part in self.parts.items()}

    def row(self, name: str) -> Result:
        """Learn and test a row of `KINDS`."""
        if name == "LSTM":
            return self._lstm()
        if name == "3-D CNN":
            return self._convolutions()
        vectors = {split: self._vector(name, split) for split in self.parts}
        label = {split: part.clips.label for split, part in self.parts.items()}
        found = linear(vectors, label, SETTINGS["penalties"])
        notes = {"penalty": found.penalty, "features": vectors["train"].shape[1]}
        return Result(found.right, found.parameters, notes)

    def _vector(self, name: str, split: str) -> torch.Tensor:
        part = self.parts[split]
        if name == "LBP histogram":
            return lbp_histograms(part.clips, SETTINGS["LBP grid"])
        if name == "Landmark tracks":
            found = [track_statistics(*known) for known in zip(part.landmarks, part.times, strict=True)]
            return torch.from_numpy(np.stack(found))
        found = statistics(self.vectors[split], part.clips.mask)
        chosen = ("mean",) if name == "CNN mean" else ("mean", "max", "std")
        return torch.cat([found[one] for one in chosen], 1)

    def _lstm(self) -> Result:
        there = self.vectors["train"][self.parts["train"].clips.mask]  # (frames of all clips, D)
        mean, spread = there.mean(0), there.std(0).clamp_min(1e-6)
        inputs = {
            split: (vectors - mean) / spread * self.parts[split].clips.mask[..., None]
            for split, vectors in self.vectors.items()
        }
        return self._learned("LSTM", inputs, lambda known: Recurrent(len(mean), known["units"]))

    def _convolutions(self) -> Result:
        side = SETTINGS["3-D CNN"]["side"]
        inputs = {split: _small(part.clips.frames, side) for split, part in self.parts.items()}
        return self._learned("3-D CNN", inputs, lambda known: Convolutional(side, known["channels"]))

    def _learned(
        self, name: str, inputs: Mapping[str, torch.Tensor], make: Callable[[Mapping[str, Any]], nn.Module]
    ) -> Result:
        """A network on whole clips; it resumes."""
        known = SETTINGS[name]
        task = WholeClips(inputs, {split: part.clips for split, part in self.parts.items()})
        with torch.random.fork_rng():
            torch.manual_seed(luck(self.seed, 7).initial_seed())
            model = make(known)
        schedule = Schedule(seed=self.seed, **{k: known[k] for k in ("epochs", "batch", "rate", "weight_decay")})
        fit(model, task, schedule, self.out / f"{name}-{self.seed}", progress=False)
        return Result(task.right(model.eval(), "test").numpy(), _count(model), {})


def _small(frames: torch.Tensor, side: int) -> torch.Tensor:
    """Bytes (N, T, S, S) → (N, T, side, side)."""
    parts = (resize(part.float(), side).round().clamp(0, 255).to(torch.uint8) for part in frames.split(64))
    return torch.cat(list(parts))


def _count(model: nn.Module) -> int:
    return sum(p.numel() for p in model.parameters())


def kept(path: Path, make: Callable[[], Result]) -> Result:
    """The result in ``path``, or a new one, which is written there."""
    if path.is_file():
        told = json.loads(path.read_text("utf-8"))
        return Result(np.array(told["right"], float), told["parameters"], told["notes"])
    result = make()
    told = {"right": result.right.astype(int).tolist(), "parameters": result.parameters, "notes": result.notes}
    write_whole(path, json.dumps(told).encode())
    return result


def entries_of(name: str, found: Mapping[int, Result], test: Clips) -> list[Measured]:
    """A row in every family: over runs and people; over people where the row has one solution."""
    place = {"row": name, "kind": KINDS[name], "parameters": next(iter(found.values())).parameters}
    right, families = np.stack([one.right for one in found.values()]), families_of(test)
    if name in (*ON_BACKBONES, *SEEDED):
        return by_part(right, test.person, families, of=place, what="accuracy", seeds=list(found))
    return [
        entry(right[:, at], test.person[at], what="accuracy", of={**place, "family": family}, seeds=())
        for family, at in families.items()
    ]


def differences(rows: Mapping[str, Mapping[int, Result]], test: Clips) -> list[Measured]:
    """Rows on the backbones less one of them, backbone by backbone."""
    base, entries = np.stack([one.right for one in rows[BASE].values()]), []
    for name in ON_BACKBONES:
        if name != BASE:
            more = np.stack([one.right for one in rows[name].values()]) - base
            told = {"what": "difference in accuracy", "than": BASE, "seeds": list(rows[name])}
            entries += by_part(more, test.person, families_of(test), of={"row": name, "kind": KINDS[name]}, **told)
    return entries


def broken(rows: Sequence[Measured]) -> list[str]:
    """Rows that hardly learned: over the families that they learned, no run and no interval reaches twice chance."""
    over_all = [one for one in rows if one["family"] == "all"]
    most = {one["row"]: max(one.seeds.values()) if one.high is None else one.high for one in over_all}
    return [row for row, high in most.items() if high < 2 * CHANCE]


def main(arguments: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--clips", type=Path, required=True)
    parser.add_argument("--runs", type=Path, required=True)
    parser.add_argument("--out", type=record_file, required=True)
    parser.add_argument("--backbones", type=int, nargs="+", default=[0, 1, 2, 3, 4], help="their seeds")
    parser.add_argument("--seeds", type=int, nargs="+", default=[0, 1, 2, 3, 4], help="of the 3-D CNN")
    chosen = parser.parse_args(arguments)
    sets = sets_in(chosen.clips)
    parts = {split: part_of(found, Config.compact().side) for split, found in sets.items()}
    runs: dict[str, dict[int, Result]] = {name: {} for name in KINDS}
    for name in KINDS:
        on_backbone = name in ON_BACKBONES
        for seed in chosen.backbones if on_backbone else chosen.seeds if name in SEEDED else [0]:
            backbone = chosen.runs / str(seed) / "backbone" if on_backbone else None
            weights = file_hash(backbone / WEIGHTS) if backbone else None
            known = [file_hash(chosen.clips / MANIFEST), weights, SETTINGS]
            key = hashlib.sha256(json.dumps(known, sort_keys=True).encode()).hexdigest()[:12]
            work = chosen.runs / "video_features" / key  # other clips, backbone or settings: another folder
            work.mkdir(parents=True, exist_ok=True)
            study = Study(parts, seed, backbone, work)
            runs[name][seed] = kept(work / f"{name}-{seed}.json", partial(study.row, name))
            print(f"{name} {seed}: {runs[name][seed].right.mean():.3f}", flush=True)
    test = parts["test"].clips
    rows = [one for name, found in runs.items() for one in entries_of(name, found, test)]
    about = {
        "generator version": sets["test"][0].settings["version"],
        "clips": {family: int((test.family == family).sum()) for family in TESTED},
        "training clips": len(parts["train"].clips),
        "people": len(np.unique(test.person)),
        "settings": dict(SETTINGS),
        "chosen": {name: {seed: one.notes for seed, one in found.items()} for name, found in runs.items()},
        "broken": broken(rows),
    }
    told = figures(
        "accuracy of three families of video features on synthetic test clips; landmarks are the true ones",
        command_of(__file__, chosen),
        {"accuracy": rows, "difference": differences(runs, test)},
        about,
    )
    write_whole(chosen.out, told.to_json().encode())
    print(chosen.out)
    return 0


if __name__ == "__main__":
    raise SystemExit(status_of(main))
