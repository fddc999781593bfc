"""Measure three families of video features on synthetic test clips: static, spatio-temporal and geometric.

    python data_scripts/measure_video_features.py --clips FOLDER --runs FOLDER --out FILE [--seeds 0 1 2]

``--clips`` is a synthetic set (data_scripts/make_synthetic.py --size standard), ``--runs`` holds the backbone that
data_scripts/train_zoo.py trained. All rows learn the same clips, of three families together, and are tested on each
family. Values are means over clips of the mean over seeds; intervals are 95 %, from 2,000 bootstrap samples of people.

Static: histograms of uniform local binary patterns on a grid, averaged over frames, and what the backbone makes of the
frames, averaged, or their mean, maximum and standard deviation. Spatio-temporal: an LSTM on the backbone's vectors in
order, and a small 3-D CNN on the clips themselves. Geometric: how 68 landmarks lie and move. These are the *true*
landmarks of the generator, also where something hides them: an upper bound, since nobody has to detect them.

Static and geometric features go to multinomial logistic regression. It has one solution, so these rows have no seeds;
its penalty is the one with the least cross-entropy on the validation clips. The rows of the backbone and the LSTM
profit from the single faces, real and synthetic, that the backbone has learned; the others know the clips alone.

Rows that are done are kept under ``--runs``; a run that was stopped goes on with the next one.
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
from safetensors.torch import load_file
from torch import nn
from torch.nn import functional

from ferviz.disk import file_hash, write_whole
from ferviz.faces.sets import MANIFEST, SyntheticSet, read
from ferviz.learning.loop import Schedule, fit
from ferviz.learning.recipes import FAMILIES, fresh
from ferviz.learning.sets import Clips, clips_of
from ferviz.learning.tasks import features_of
from ferviz.learning.variation import vary
from ferviz.measured import Measured
from ferviz.measuring.entries import by_family, figures
from ferviz.measuring.video import (
    PENALTIES,
    Convolutional,
    Recurrent,
    lbp_histograms,
    linear,
    pooled,
    track_statistics,
)
from ferviz.models.frame_attention import Config, FrameAttention
from ferviz.models.model import resize
from ferviz.seeds import luck

SPLITS = ("train", "validation", "test")
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
SEEDED = ("LSTM", "3-D CNN")  # the other rows have one solution


@dataclass(frozen=True, eq=False)
class Part:
    """A split: its clips, and of each clip the true landmarks (T, 68, 2) in pixels and the times (T,) in seconds."""

    clips: Clips
    landmarks: Sequence[npt.NDArray[np.float32]]
    times: Sequence[npt.NDArray[np.float64]]


@dataclass(frozen=True, eq=False)
class Result:
    """What a row gave: which test clips got their label, 0 or 1 (seeds, N), how many numbers it learned, and notes."""

    right: npt.NDArray[np.float64]
    parameters: int
    notes: dict[str, Any]


def part_of(sets: Sequence[SyntheticSet], side: int) -> Part:
    found = [arrays for part in sets for arrays in part.each("truth.landmarks", "times")]
    return Part(clips_of(sets, side), [a["truth.landmarks"] for a in found], [a["times"] for a in found])


def scaled(pictures: torch.Tensor) -> torch.Tensor:
    """Numbers from 0 to 255 → −1 to 1."""
    return pictures.float() / 127.5 - 1


@dataclass(frozen=True, eq=False)
class WholeClips:
    """Whole clips with their masks, for `ferviz.learning.loop.fit`; bytes are pictures, and are varied in training."""

    inputs: Mapping[str, torch.Tensor]
    parts: Mapping[str, Part]

    def __len__(self) -> int:
        return len(self.inputs["train"])

    def loss(self, model: nn.Module, items: torch.Tensor, luck: torch.Generator) -> torch.Tensor:
        inputs, clips = self.inputs["train"][items], self.parts["train"].clips
        if inputs.dtype == torch.uint8:
            inputs = scaled(vary(inputs, luck, erase=0.0))
        said = model(inputs, clips.mask[items])
        return functional.cross_entropy(said, clips.label[items], label_smoothing=0.1)

    def score(self, model: nn.Module) -> dict[str, float]:
        return {"accuracy": float(self.right(model, "validation").mean())}

    @torch.no_grad()
    def right(self, model: nn.Module, split: str, batch: int = 64) -> torch.Tensor:
        """Which clips (N,) of a split get their label: 0 or 1."""
        inputs, clips = self.inputs[split], self.parts[split].clips
        said = []
        for i in range(0, len(inputs), batch):
            part = inputs[i : i + batch]
            part = scaled(part) if part.dtype == torch.uint8 else part
            said.append(model(part, clips.mask[i : i + batch]).argmax(-1))
        return (torch.cat(said) == clips.label).double()


@dataclass(frozen=True, eq=False)
class Study:
    """All that the rows are made from; ``out`` is where the networks among them are trained."""

    parts: Mapping[str, Part]
    classifier: FrameAttention
    seeds: Sequence[int]
    out: Path

    @cached_property
    def vectors(self) -> dict[str, torch.Tensor]:
        """What the backbone makes of every frame: (N, T, D)."""
        return {split: features_of(self.classifier, part.clips) for split, part in self.parts.items()}

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
        return Result(found.right[None], found.parameters, notes)

    def _vector(self, name: str, split: str) -> torch.Tensor:
        part = self.parts[split]
        if name == "LBP histogram":
            return lbp_histograms(part.clips, SETTINGS["LBP grid"])
        if name == "Landmark tracks":
            found = [track_statistics(*known) for known in zip(part.landmarks, part.times, strict=True)]
            return torch.from_numpy(np.stack(found))
        means = pooled(self.vectors[split], part.clips.mask)
        return means["mean"] if name == "CNN mean" else torch.cat(list(means.values()), 1)

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
        """A network on whole clips, once a seed; each resumes."""
        known, task, right = SETTINGS[name], WholeClips(inputs, self.parts), []
        for seed in self.seeds:
            with torch.random.fork_rng():
                torch.manual_seed(luck(seed, 7).initial_seed())
                model = make(known)
            schedule = Schedule(seed=seed, **{k: known[k] for k in ("epochs", "batch", "rate", "weight_decay")})
            fit(model, task, schedule, self.out / f"{name}-{seed}", progress=False)
            right.append(task.right(model.eval(), "test").numpy())
        return Result(np.stack(right), _count(model), {})


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


def main(arguments: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--clips", type=Path, required=True)
    parser.add_argument("--runs", type=Path, required=True)
    parser.add_argument("--out", type=Path, required=True)
    parser.add_argument("--seeds", type=int, nargs="+", default=[0, 1, 2])
    chosen = parser.parse_args(arguments)
    model = fresh(lambda: FrameAttention(Config.compact("mean")), 0)
    weights = chosen.runs / "backbone" / "weights.safetensors"
    model.load_state_dict(load_file(weights))
    sets = {split: [read(chosen.clips, split=split, part=family) for family in FAMILIES] for split in SPLITS}
    known = [file_hash(chosen.clips / MANIFEST), file_hash(weights), chosen.seeds, SETTINGS]
    key = hashlib.sha256(json.dumps(known, sort_keys=True).encode()).hexdigest()[:12]
    work = chosen.runs / "video_features" / key  # other clips, backbone, seeds or settings: another folder
    work.mkdir(parents=True, exist_ok=True)
    parts = {split: part_of(found, model.config.side) for split, found in sets.items()}
    study, test, notes = Study(parts, model.eval(), chosen.seeds, work), parts["test"].clips, {}
    rows: list[Measured] = []
    for name, kind in KINDS.items():
        result = kept(work / f"{name}.json", partial(study.row, name))
        place = {"row": name, "kind": kind, "parameters": result.parameters}
        seeds = chosen.seeds if name in SEEDED else ()
        rows += by_family(result.right, test, what="accuracy", of=place, seeds=seeds)
        notes[name] = result.notes
        print(name, *(f"{r['family']} {r.value:.3f}" for r in rows[-len(FAMILIES) - 1 :]), flush=True)
    about = {
        "generator version": sets["test"][0].settings["version"],
        "clips": {family: int((test.family == family).sum()) for family in FAMILIES},
        "training clips": len(parts["train"].clips),
        "people": len(np.unique(test.person)),
        "settings": dict(SETTINGS),
        "chosen": notes,
    }
    told = figures(
        "accuracy of three families of video features on synthetic test clips; landmarks are the true ones",
        f"python data_scripts/measure_video_features.py --clips {chosen.clips.name} --runs RUNS --out FILE",
        {"accuracy": rows},
        about,
    )
    write_whole(chosen.out, told.to_json().encode())
    print(chosen.out)
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
