"""Measure frame attention on synthetic test clips: what it adds, and whether its weights fall on the truth.

    python data_scripts/measure_fan.py --clips FOLDER --runs FOLDER [--faces FOLDER] --out FILE

``--clips`` is a synthetic set (data_scripts/make_synthetic.py --size standard), ``--runs`` holds what
data_scripts/train_zoo.py trained. On the features of one backbone, that of the single faces, every variant and control
learns the same clips with five seeds: 3 random frames a clip and step in training, all frames in the test. Values are
means over clips of the mean over seeds; intervals are 95 %, from 2,000 bootstrap samples of people; differences are
paired by clip. Rows of "shipped" are the networks in the package, tuned end to end, one seed. With ``--faces``
(data_scripts/prepare_fer2013.py with --votes) the same rows also learn and are tested on sets of real faces, "real"; in
these nobody comes twice, so that their people are the sets.

The controls: "frozen q0" keeps its random attention and learns the classifier; "norm", "top" and "sharpness" weight a
frame by the length of its vector, by the highest probability that the frame classifier gives it, and by the variance of
its Laplacian; "oracle" by the truth (evidence), "own oracle" by the evidence of frames that show the label's emotion.
The others are self-attention under weights that are not its own (`ferviz.measuring.frames.MOVED`): of another test
clip; its own, permuted within the clip; Dirichlet ones, as uneven; the number of the frame alone; its own profile over
other people. Beside the areas over all frames stand those that ask one thing at a time ("apart"), and the recall of
neutral beside that of the rest ("recall").
"""

from __future__ import annotations

import argparse
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import torch
from safetensors.torch import load_file

import ferviz
from ferviz import scores
from ferviz.disk import write_whole
from ferviz.faces.sets import read
from ferviz.learning.loop import Schedule, fit
from ferviz.learning.recipes import FAMILIES, FAN, fresh, vote_sets
from ferviz.learning.sets import Clips, clips_of
from ferviz.learning.tasks import FeatureTask, features_of
from ferviz.measured import Measured
from ferviz.measuring.entries import by_family, figures
from ferviz.measuring.frames import MOVED, apart, moved, recalls
from ferviz.measuring.shares import share_tables
from ferviz.models.frame_attention import Config, FrameAttention, Variant

SEEDS = (0, 1, 2, 3, 4)
SHIPPED_SEEDS = (0,)  # as their cards say
SCHEDULE = {"epochs": 30, "batch": 48, "rate": 0.02, "weight_decay": 1e-4}
VARIANTS = ("mean", "pool", "self", "relation")
CONTROLS = ("frozen q0", "norm", "top", "sharpness", "oracle", "own oracle", *MOVED)
BASES = ("mean", "pool", "self")  # that the other rows are held against
WEIGHED = ("self", "relation", "frozen q0", "norm", "top", "sharpness", *MOVED)  # their weights are held against truth
TESTED = (*FAMILIES, "all_tell", "neutral_spoiled")  # the latter two are for testing alone
REAL = 25  # sets of real faces a label, at most: more than that, and the labels that have enough are uneven
SCORES: dict[str, tuple[str, Callable[..., float]]] = {
    "tau": ("Kendall's τ-b of the weights with the truth", scores.kendall_tau_b),
    "auc": ("area under the ROC curve of the weights for the truth's apex frames", scores.apex_auc),
}

Tables = dict[str, list[Measured]]


@dataclass(frozen=True, eq=False)
class Part:
    """A split with its features (N, T, D)."""

    clips: Clips
    features: torch.Tensor


@dataclass(frozen=True, eq=False)
class Result:
    """What one row gave on the test clips with one seed: probabilities (N, 7) and weights (N, T)."""

    probability: torch.Tensor
    weight: torch.Tensor


@torch.no_grad()
def run(model: FrameAttention, features: torch.Tensor, mask: torch.Tensor, alpha: torch.Tensor | None) -> Result:
    """What comes after the backbone, under given α (B, T) instead of the model's own."""
    changes = {} if alpha is None else {"alpha": lambda _: alpha}
    with ferviz.intervene(model, changes), ferviz.reading(model, ["weight"]) as seen:
        probability = model.eval().pool(features, mask).softmax(-1)
    return Result(probability, seen["weight"])


def built(variant: Variant, seed: int) -> FrameAttention:
    return fresh(lambda: FrameAttention(Config.compact(variant)), seed)


def learn(row: str, seed: int, train: Part, valid: Part, alpha: torch.Tensor | None, out: Path) -> FrameAttention:
    """One variant or control on features: resumes, and is skipped when it is done."""
    variant = row if row in VARIANTS else "self" if row == "frozen q0" else "pool"
    model = built(variant, seed)  # type: ignore[arg-type]
    still = ("backbone.", "q0.") if row == "frozen q0" else ("backbone.",)  # not trained; q0 drops what it sees even so
    checked = (valid.features, valid.clips.mask, valid.clips.label)
    task = FeatureTask(train.features, train.clips.mask, train.clips.label, checked, alone=row == "mean", alpha=alpha)
    groups = [{"params": [p for n, p in model.named_parameters() if not n.startswith(still)]}]
    fit(model, task, Schedule(seed=seed, **SCHEDULE), out / f"{row}-{seed}", groups=lambda _: groups, progress=False)
    return model.eval()


@torch.no_grad()
def given(row: str, part: Part, frames: FrameAttention) -> torch.Tensor | None:
    """The α (N, T) of a control, or None where it is learned. ``frames`` is the frame classifier of the same seed."""
    if row == "norm":
        return part.features.norm(dim=-1)
    if row == "top":
        return frames.frame_logits(part.features).softmax(-1).amax(-1)
    if row == "sharpness":
        found = scores.by_sharpness(part.clips.frames.numpy(), part.clips.mask.numpy())
        return torch.from_numpy(found).to(part.features)
    if row == "oracle":
        return part.clips.evidence
    if row == "own oracle":
        return part.clips.evidence * part.clips.own
    return None


def study(train: Part, valid: Part, test: Part, out: Path) -> tuple[dict[str, list[Result]], dict[str, list[Any]]]:
    """Every row with every seed: what it gave on the test clips, and its networks."""
    results: dict[str, list[Result]] = {row: [] for row in (*VARIANTS, *CONTROLS)}
    models: dict[str, list[Any]] = {row: [] for row in VARIANTS}
    for seed in SEEDS:
        for row in results:
            if row in MOVED:
                alpha: torch.Tensor | None = moved(row, results["self"][-1].weight, test.clips, seed)
                model = models["self"][-1]
            else:
                known = models["mean"][-1] if models["mean"] else None
                model = learn(row, seed, train, valid, given(row, train, known), out)
                alpha = given(row, test, known)
            if row in models:
                models[row].append(model)
            results[row].append(run(model, test.features, test.clips.mask, alpha))
        print(f"seed {seed}: " + ", ".join(f"{r} {correct(v[-1], test.clips).mean():.3f}" for r, v in results.items()))
    return results, models


def correct(result: Result, clips: Clips) -> np.ndarray:
    """Which clips (N,) got their label: 0 or 1."""
    return (result.probability.argmax(-1) == clips.label).numpy().astype(float)


def right_of(results: dict[str, list[Result]], clips: Clips) -> dict[str, np.ndarray]:
    """Rows → which clips got their label (S, N)."""
    return {row: np.stack([correct(r, clips) for r in found]) for row, found in results.items()}


def weights_of(results: dict[str, list[Result]]) -> dict[str, list[torch.Tensor]]:
    """Rows → weights (N, T), one a seed."""
    return {row: [r.weight for r in found] for row, found in results.items()}


def accuracy_tables(results: dict[str, list[Result]], clips: Clips, seeds: Sequence[int]) -> Tables:
    """The entries ``accuracy``, and paired by clip and seed ``difference``."""
    right = right_of(results, clips)
    known: list[Measured] = []
    difference: list[Measured] = []
    for row, values in right.items():
        known += by_family(values, clips, what="accuracy", of={"row": row}, seeds=seeds)
        for base in BASES:
            if row != base and base in right:
                told = {"what": "difference in accuracy", "of": {"row": row}, "than": base}
                difference += by_family(values - right[base], clips, **told, seeds=seeds)
    return {"accuracy": known, "difference": difference}


def agreement(results: dict[str, list[Result]], clips: Clips, seeds: Sequence[int]) -> list[Measured]:
    """Weights against evidence, intensity and the evidence of the label's own frames: τ-b and apex AUC, by family."""
    truths = {"evidence": clips.evidence, "intensity": clips.intensity, "own evidence": clips.evidence * clips.own}
    entries = []
    for row, found in results.items():
        for truth, known in truths.items():
            for score, (what, function) in SCORES.items():
                values = [[_each(function, r.weight, known, clips, i) for i in range(len(clips))] for r in found]
                place = {"row": row, "truth": truth, "score": score}
                entries += by_family(values, clips, what=what, of=place, seeds=seeds)
    return entries


def _each(function: Callable[..., float], weight: torch.Tensor, truth: torch.Tensor, clips: Clips, i: int) -> float:
    there = clips.mask[i]
    return float(function(weight[i][there].numpy(), truth[i][there].numpy()))


@torch.no_grad()
def shipped(clips: Clips) -> dict[str, list[Result]]:
    """The networks of the package on whole clips."""
    found = {}
    for name in FAN:
        model = ferviz.load_model(name)
        results = []
        for i in range(0, len(clips), 32):
            part = clips[np.arange(i, min(i + 32, len(clips)))]
            with ferviz.reading(model, ["weight"]) as seen:
                said = model(*model.inputs(part.frames[:, :, None], part.mask)).softmax(-1)
            results.append(Result(said, seen["weight"]))
        found[name] = [Result(torch.cat([r.probability for r in results]), torch.cat([r.weight for r in results]))]
    return found


def load(folder: Path, classifier: FrameAttention) -> dict[str, Part]:
    parts, side = {}, classifier.config.side
    for split in ("train", "validation", "test"):
        families = FAMILIES if split != "test" else TESTED
        clips = clips_of([read(folder, split=split, part=family) for family in families], side)
        parts[split] = Part(clips, features_of(classifier, clips))
    return parts


def real_tables(folder: Path, classifier: FrameAttention, out: Path) -> Tables:
    """All rows on sets of real faces, learned and tested there, whose evidence is the share of people's votes."""
    sets = vote_sets(folder, classifier.config.side, REAL)
    kept = np.arange(len(sets["train"])) % 5 > 0
    drawn = (sets["train"][kept], sets["train"][~kept], sets["test"])
    train, valid, test = (Part(clips, features_of(classifier, clips)) for clips in drawn)
    results, _ = study(train, valid, test, out)
    tables = {f"real_{name}": found for name, found in accuracy_tables(results, test.clips, SEEDS).items()}
    known = agreement({row: results[row] for row in WEIGHED}, test.clips, SEEDS)
    return {**tables, "real_agreement": [one for one in known if one["truth"] == "evidence"]}


def main(arguments: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--clips", type=Path, required=True)
    parser.add_argument("--runs", type=Path, required=True)
    parser.add_argument("--out", type=Path, required=True)
    parser.add_argument("--faces", type=Path, help="prepared FER2013 with the votes of FER+")
    parser.add_argument("--without-shipped", action="store_true", help="leave out the networks in the package")
    chosen = parser.parse_args(arguments)
    classifier = built("mean", 0)
    state = load_file(chosen.runs / "backbone" / "weights.safetensors")
    classifier.load_state_dict(state)
    parts = load(chosen.clips, classifier.eval())
    test = parts["test"]
    results, models = study(parts["train"], parts["validation"], test, chosen.runs / "study")
    tables: dict[str, list[Measured]] = {
        **accuracy_tables(results, test.clips, SEEDS),
        "agreement": agreement({row: results[row] for row in WEIGHED}, test.clips, SEEDS),
        "apart": apart(weights_of({row: results[row] for row in WEIGHED}), test.clips, SEEDS),
        "recall": recalls(right_of(results, test.clips), test.clips, SEEDS, BASES),
        **share_tables(models, test.clips, test.features, SEEDS),
    }
    if chosen.faces is not None:
        tables |= real_tables(chosen.faces, classifier, chosen.runs / "study-real")
    if not chosen.without_shipped:
        found = shipped(test.clips)
        tables["shipped"] = accuracy_tables(found, test.clips, SHIPPED_SEEDS)["accuracy"]
        attentive = {name: found[name] for name in ("fan", "fan-self")}
        tables["shipped_agreement"] = agreement(attentive, test.clips, SHIPPED_SEEDS)
        tables["shipped_apart"] = apart(weights_of(attentive), test.clips, SHIPPED_SEEDS)
    real = "" if chosen.faces is None else " --faces FACES"
    told = figures(
        "FAN on synthetic test clips: cached features with five seeds, and the shipped networks",
        f"python data_scripts/measure_fan.py --clips {chosen.clips.name} --runs RUNS{real} --out FILE",
        tables,
        {
            "clips": {f: int((test.clips.family == f).sum()) for f in TESTED},
            "people": len(np.unique(test.clips.person)),
            "schedule": SCHEDULE,
        },
    )
    write_whole(chosen.out, told.to_json().encode())
    print(chosen.out)
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
