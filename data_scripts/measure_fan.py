"""Measure frame attention on synthetic test clips: what it adds, and whether its weights fall on the truth.

    python data_scripts/measure_fan.py --clips FOLDER --runs FOLDER [--faces FOLDER] [--alike 0 1 ...] --out FILE

``--clips`` is a synthetic set (data_scripts/make_synthetic.py --size standard). ``--runs`` holds what ``ferviz train``
left with each seed: RUNS/SEED/backbone, and for the seeds of ``--tuned`` also RUNS/SEED/relation, self, pool and mean.

**Frozen backbone.** On the features of each of five backbones (``--backbones``) every variant and control learns the
same clips as a head with three seeds (``--heads``): 3 random frames a clip and step in training, all frames in the
test. Heads are averaged on their backbone. Rows on one backbone are a pair, so that a difference is taken there; then
backbones and people are both replications (`ferviz.scores.mean_of_runs`). The values of the single backbones stand
beside it as "seeds". p-values have only the claims of assets/claims/frame-attention.json (table "claims"), adjusted by
Holm's method over the claims of a family; beside them stands the smallest difference that would have been found in 80 %
("power"). All else has an interval and no verdict.

Rows: the variants "mean" (score fusion), "pool" (plain mean of the vectors), "self" and "relation"; "mean vector" and
"mean, max, std", logistic regression on statistics of the vectors over all frames (no heads: it has one solution);
"norm", "top", "not neutral", "sharpness" and "oracle", whose classifier learns under weights that are given
(`ferviz.measuring.frozen.GIVEN`; the oracle knows the truth, and is a bound); "permuted, learned", "dirichlet,
learned", "position, learned"
and "profile, learned", which learn under weights that know nothing of the frames; and self-attention read again under
weights that are not its own (`ferviz.measuring.frames.MOVED`).

Tables: "accuracy", "recall", "weights" (`ferviz.measuring.frames.SCORES`) and "effect" (the same scores of what frames
do to the answer: their exact contribution, and the fall of the logit without them), each with differences; "share",
accuracy on ten frames of which a share tells. Families of clips: three that were learned, "all" of these together,
"all_tell" and "neutral_spoiled". With ``--faces`` (data_scripts/prepare_fer2013.py with --votes) the family "real": the
same rows learn and are tested on sets of real faces, whose truth are people's votes; nobody comes twice, so that sets
are drawn in place of people. What is asked of their frames is also asked of the neutral sets ("real_neutral") and of
the others ("real_others") alone: a neutral face tells least of an expression where it tells most of its label. The
sets of each label are counted in ``about``. So are the numbers that no table has, since a score is defined for fewer
than five items of a family.

``--alike`` names seeds of heads: that many heads of the row "self", on each backbone, differ in nothing but the seed.
Dealt there at random into five rows, 1,000 times, they say how often our rule calls a row clear where there is nothing
to find (table "false alarms"), once for a claim on accuracy and once for one on weights. What backbones do to a row is
not in it: rows share them, as those of the claims do.

**Tuned networks**, end to end from a backbone each, are tables of their own ("tuned_…"): three runs have no interval
and no verdict, and are told one by one. The networks that ship are the table "shipped": one of each, with an interval
over people.
"""

from __future__ import annotations

import argparse
import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, cast

import numpy as np
import torch

from ferviz.disk import write_whole
from ferviz.emotions import LABEL_SETS
from ferviz.learning.recipes import FAN, vote_sets
from ferviz.learning.sets import Clips, clips_of
from ferviz.measured import Measured
from ferviz.measuring.boards import Gathered
from ferviz.measuring.commands import command_of, record_file, status_of
from ferviz.measuring.entries import entry, figures
from ferviz.measuring.families import TESTED, families_of, loaded, sets_in
from ferviz.measuring.frames import MOVED, weight_scores
from ferviz.measuring.frozen import (
    EPOCHS,
    NEUTRAL,
    SCHEDULE,
    VARIANTS,
    Part,
    built,
    features_kept,
    learn,
    run,
    sharpness_of,
    study,
)
from ferviz.measuring.runs import LEAST, alarms, answers
from ferviz.measuring.video import linear
from ferviz.models import load_model
from ferviz.models.descriptor import statistics
from ferviz.models.frame_attention import FrameAttention

PAPER = "frame-attention"
BASES = ("pool", "self")  # that the other rows are held against
WEIGHED = ("pool", "self", "relation", "norm", "top", "not neutral", "sharpness", *MOVED)  # against truth
REAL = 25  # sets of real faces a label, at most: more than that, and the labels that have enough are uneven
FEWEST = 10  # sets of a label: of fewer, little can be said of it
ROWS_ALIKE = 4  # as many as claims may be adjusted together
ALARMS = {"accuracy": "degraded", "spoiled": "degraded"}  # a score of each family of claims, and its clips
REAL_EPOCHS = 300  # of so few sets, so that heads take about as many steps as on clips


class Frozen:
    """All rows on one set of clips, backbone by backbone."""

    def __init__(self, clips: Mapping[str, Clips], parts: Mapping[str, Any], epochs: int, **told: Any) -> None:
        self.clips, self.epochs = clips, epochs
        self.sharpness = {split: sharpness_of(part) for split, part in clips.items()}
        self.gathered = Gathered(clips["test"], parts, WEIGHED, VARIANTS, **told)
        self.alike: list[tuple[int, dict[str, Any]]] = []  # backbone, and the scores of a head

    def add(
        self, backbone: int, classifier: FrameAttention, folder: Path, heads: Sequence[int], alike: Sequence[int] = ()
    ) -> None:
        """Learn and test every row on the features of a backbone, and heads that are ``alike``; ``folder`` keeps
        features and heads."""
        parts = {
            split: Part(clips, features_kept(classifier, clips, folder), self.sharpness[split])
            for split, clips in self.clips.items()
        }
        for head in heads:
            for row, result, model in study(parts, folder / "heads", head, backbone, self.epochs):
                self.gathered.add(backbone, row, result, model, parts["test"])
            print(f"backbone {backbone}, head {head}", flush=True)
        for head in alike:
            model = learn("self", head, parts, None, folder / "heads", self.epochs)
            found = run(model, parts["test"].features, parts["test"].clips.mask)
            right = (found.probability.argmax(-1) == parts["test"].clips.label).numpy().astype(float)
            known = {"accuracy": right, **weight_scores(found.weight.numpy(), self.gathered.truth)}
            self.alike.append((backbone, {score: known[score] for score in ALARMS}))
        means = {split: statistics(part.features, part.clips.mask) for split, part in parts.items()}
        label = {split: clips.label for split, clips in self.clips.items()}
        for row, names in (("mean vector", ("mean",)), ("mean, max, std", ("mean", "max", "std"))):
            vectors = {split: torch.cat([found[name] for name in names], 1) for split, found in means.items()}
            self.gathered.add_right(backbone, row, linear(vectors, label).right)


    def false_alarms(self) -> list[Measured]:
        """How often our rule calls a row clear that is alike in all but the seeds of its heads."""
        groups, clips = [backbone for backbone, _ in self.alike], self.clips["test"]
        entries: list[Measured] = []
        for score, family in ALARMS.items() if groups else ():
            at, of = clips.family == family, {"row": "self", "score": score, "family": family}
            each = np.stack([scores[score][at] for _, scores in self.alike])
            entries += alarms(each, clips.person[at], of=of, seeds=sorted(set(groups)), groups=groups, rows=ROWS_ALIKE)
        return entries


def real_parts(clips: Clips) -> dict[str, np.ndarray]:
    """All sets of real faces; the neutral ones and the others apart."""
    neutral = clips.label.numpy() == NEUTRAL
    return {"real": np.ones(len(clips), bool), "real_neutral": neutral, "real_others": ~neutral}


def counted(clips: Clips) -> dict[str, int]:
    """The sets of each label."""
    names = LABEL_SETS["FER2013"]
    return {str(names[place]): int((clips.label == place).sum()) for place in range(len(names))}


def real_sets(folder: Path, side: int) -> dict[str, Clips]:
    """Sets of real faces; a fifth of those for learning is watched."""
    sets = vote_sets(folder, side, REAL)
    kept = np.arange(len(sets["train"])) % 5 > 0
    return {"train": sets["train"][kept], "validation": sets["train"][~kept], "test": sets["test"]}


def tuned_tables(clips: Clips, runs: Path, seeds: Sequence[int]) -> dict[str, list[Measured]]:
    """The networks that were tuned end to end, on whole clips, run by run."""
    gathered = Gathered(clips, families_of(clips), ("fan", "fan-self"), (), shared=False)
    for seed in seeds:
        for name, variant in FAN.items():
            model = loaded(runs / str(seed) / variant, variant)
            features = features_kept(model, clips, runs / str(seed) / variant)
            result = run(model, features, clips.mask)
            gathered.add(seed, name, result, model, Part(clips, features, clips.evidence))
            print(f"{name}, seed {seed}", flush=True)
    tables = gathered.tables(("fan-pool", "fan-self"), "fan-self")
    return {f"tuned_{table}": entries for table, entries in tables.items() if entries}


def shipped(clips: Clips, folder: Path) -> list[Measured]:
    """The accuracy of the package's own networks on whole clips, with intervals over people; ``folder`` keeps their
    features."""
    rows = []
    for name in FAN:
        model = cast(FrameAttention, load_model(name))
        answer = run(model, features_kept(model, clips, folder), clips.mask).probability.argmax(-1)
        right = (answer == clips.label).numpy().astype(float)
        for family, at in families_of(clips).items():
            rows.append(entry(right[at], clips.person[at], what="accuracy", of={"row": name, "family": family}))
    return rows


def joined(*tables: Mapping[str, list[Measured]]) -> dict[str, list[Measured]]:
    """Tables of one name as one."""
    names = dict.fromkeys(name for each in tables for name in each)
    return {name: [one for each in tables for one in each.get(name, [])] for name in names}


def epochs_of(run: Path) -> int:
    """How many epochs a run took."""
    return len(json.loads((run / "history.json").read_text("utf-8")))


def about(
    sets: Mapping[str, Clips], real: Mapping[str, Clips], version: str, chosen: Any, thin: Sequence[Mapping[Any, Any]]
) -> dict[str, Any]:
    """What the tables rest on, and what they have not."""
    test = sets["test"]
    told = {
        "generator version": version,
        "clips": {family: int((test.family == family).sum()) for family in TESTED},
        "training clips": len(sets["train"]),
        "people": len(np.unique(test.person)),
        "backbones": list(chosen.backbones),
        "backbone epochs": sorted({epochs_of(chosen.runs / str(seed) / "backbone") for seed in chosen.backbones}),
        "heads": list(chosen.heads),
        "schedule": {"epochs": EPOCHS, "epochs on real sets": REAL_EPOCHS, **SCHEDULE},
    }
    told[f"means of fewer than {LEAST} items, left out"] = [
        {"score": score, "family": family, "items": items, "numbers": numbers}
        for each in thin
        for (score, family), (items, numbers) in each.items()
    ]
    if not real:
        return told
    by_label = {split: counted(part) for split, part in real.items()}
    few = {label: count for label, count in by_label["test"].items() if count < FEWEST}
    told |= {"real sets": {split: len(part) for split, part in real.items()}, "real sets by label": by_label}
    return told | {f"labels with fewer than {FEWEST} real sets in the test": few}


def main(arguments: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--clips", type=Path, required=True)
    parser.add_argument("--runs", type=Path, required=True, help="what was trained, a folder for each seed")
    parser.add_argument("--out", type=record_file, required=True)
    parser.add_argument("--faces", type=Path, help="prepared FER2013 with the votes of FER+")
    parser.add_argument("--backbones", type=int, nargs="+", default=[0, 1, 2, 3, 4], help="their seeds")
    parser.add_argument("--heads", type=int, nargs="+", default=[0, 1, 2], help="the seeds of the heads")
    parser.add_argument("--tuned", type=int, nargs="*", default=[0, 1, 2], help="the seeds of tuned networks")
    parser.add_argument("--threads", type=int, default=torch.get_num_threads())
    parser.add_argument("--alike", type=int, nargs="*", help="seeds of heads that are dealt")
    chosen = parser.parse_args(arguments)
    dealt = chosen.alike or []
    if 0 < len(dealt) <= ROWS_ALIKE:
        parser.error(f"--alike must name none, or at least {ROWS_ALIKE + 1} seeds: one for each row; got {len(dealt)}")
    torch.set_num_threads(chosen.threads)
    side = built("mean", 0).config.side
    known = sets_in(chosen.clips)
    sets = {split: clips_of(found, side) for split, found in known.items()}
    real = {} if chosen.faces is None else real_sets(chosen.faces, side)
    frozen = [Frozen(sets, families_of(sets["test"]), EPOCHS)]
    if real:
        parts = real_parts(real["test"])
        labelled = tuple(parts)[1:]
        frozen.append(Frozen(real, parts, REAL_EPOCHS, drawn="sets", shared=False, labelled=labelled))
    for backbone in chosen.backbones:
        folder = chosen.runs / str(backbone) / "study"
        classifier = loaded(chosen.runs / str(backbone) / "backbone", "mean")
        for place, one in enumerate(frozen):
            alike = () if place else dealt
            one.add(backbone, classifier, folder / ("clips", "real")[place], chosen.heads, alike)
    tables = joined(
        answers(PAPER, frozen[0].gathered.asked, sorted(chosen.backbones)),
        *(one.gathered.tables(BASES, "self") for one in frozen),
        tuned_tables(sets["test"], chosen.runs, chosen.tuned) if chosen.tuned else {},
        {"shipped": shipped(sets["test"], chosen.runs / "shipped")},
        {"false alarms": frozen[0].false_alarms()},
    )
    version = known["test"][0].settings["version"]
    told = figures(
        "FAN on synthetic test clips: heads on frozen backbones, and networks tuned end to end",
        command_of(__file__, chosen),
        {name: entries for name, entries in tables.items() if entries},
        about(sets, real, version, chosen, [one.gathered.thin for one in frozen]),
    )
    write_whole(chosen.out, told.to_json().encode())
    print(chosen.out)
    return 0


if __name__ == "__main__":
    raise SystemExit(status_of(main))
