"""Hold the trained networks against mini-Xception on the same real faces: PublicTest of FER2013, without its twins.

    python data_scripts/measure_zoo.py --faces FOLDER [--names fan-mean …] [--clips FOLDER]
                                        [--keep first …] [--out FILE]

A name is that of a network of the package, or a folder where `ferviz train` left one (its name is the row's).
``--faces`` is what data_scripts/prepare_fer2013.py wrote. Accuracy by the labels of FER2013 and, where the set carries
them, by the label that most annotators of FER+ chose (faces without a single such label are left out); the difference
to mini-Xception picture by picture; both with 95 % intervals from 2,000 bootstrap samples of groups of identical
pictures, the difference with the p of the same samples, adjusted by Holm's method over all networks by one set of
answers; and the mean recall of the labels. Clip models read each face as a clip of one frame; an answer that the labels
do not know (contempt) counts as wrong. Read once per finished network: choices are made on held-out Training pictures,
never here. With ``--clips`` (a synthetic set) the same networks are held against the truth of its test stills too, with
intervals over people. ``--keep`` takes over rows by real faces from the zoo.json that ships, of networks that were read
before and are no longer at hand.
"""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import torch

from ferviz import Clip, Crop
from ferviz.disk import write_whole
from ferviz.emotions import LABEL_SETS, LabelSet
from ferviz.faces.sets import read
from ferviz.learning.sets import stills_of
from ferviz.measured import Measured, measured
from ferviz.measuring.commands import command_of, record_file, status_of
from ferviz.measuring.entries import GROUPS, PEOPLE, adjusted, entry, figures
from ferviz.measuring.masks import load
from ferviz.measuring.votes import most_voted
from ferviz.prepared import read_faces

BASELINE = "mini-xception"
Tables = dict[str, list[Measured]]
SIDE = 48  # of the synthetic faces, as FER2013's


def answers(name: str, clip: Clip, labels: LabelSet) -> np.ndarray:
    """The place in ``labels`` of what a network answers to each frame (N,); -1 where it is not among them."""
    model = load(name)
    inputs = model.prepare(clip)
    with torch.no_grad():
        if model.leading == "clip":
            said = [model(part[:, None]) for part in inputs[0][0].split(256)]
        else:
            said = [model(*part) for part in zip(*(tensor.split(256) for tensor in inputs), strict=True)]
    names, own = [str(label) for label in labels], model.heads()["emotion"] or ()
    place = np.array([names.index(label) if label in names else -1 for label in own])
    return place[torch.cat(said).argmax(1).numpy()]


def tables(
    names: Sequence[str], images: np.ndarray, label: np.ndarray, group: np.ndarray, labels: LabelSet, by: str
) -> Tables:
    """One row a network, mini-Xception first: gray faces (N, H, W), their labels (N,), who or what they show (N,)."""
    frames = np.repeat(images[..., None], 3, axis=3)
    clip = Clip(frames, np.arange(len(frames), dtype=float), crop=Crop(frames.shape[1], 0.0), source="faces")
    asked = dict.fromkeys([BASELINE, *names])
    right = {Path(name).name: (answers(name, clip, labels) == label).astype(float) for name in asked}
    found: Tables = {"accuracy": [], "recall": [], "difference": []}
    for name, hit in right.items():
        known: dict[str, Any] = {"of": {"row": name, "by": by}, "unit": "pictures"}
        drawn = PEOPLE if by == "truth" else GROUPS
        sure = entry(hit, group, what="accuracy", drawn=drawn, **known)
        recall = round(float(np.mean([hit[label == k].mean() for k in np.unique(label)])), 4)
        counted = {"items": sure.items, "people": sure.people, "left_out": 0}
        found["accuracy"].append(sure)
        found["recall"].append(Measured(what="mean recall of the labels", value=recall, **known, **counted))
        more = hit - right[BASELINE]
        found["difference"].append(
            entry(more, group, what="difference in accuracy", than=BASELINE, drawn=drawn, **known)
        )
    return found


def sure(found: Tables) -> Tables:
    """The differences adjusted over all networks that are told of, by each set of answers."""
    differences = found["difference"]
    for by in dict.fromkeys(one["by"] for one in differences):
        asked = [one for one in differences if one["by"] == by and one["row"] != BASELINE]
        bare = [replace(one, p_holm=None, holm_over=None) for one in asked]
        told = iter(adjusted(bare, f"all networks less {BASELINE}, by {by}"))
        differences = [next(told) if one["by"] == by and one["row"] != BASELINE else one for one in differences]
    # the baseline less itself asks nothing
    return {**found, "difference": [replace(one, p=None) if one["row"] == BASELINE else one for one in differences]}


def real(folder: Path, names: Sequence[str]) -> Tables:
    """Rows by the labels of FER2013, then by the votes of FER+."""
    faces = read_faces(folder)
    faces = faces.select((faces.part == "PublicTest") & ~faces.twin)
    rows = tables(names, faces.images, faces.label, faces.group, faces.labels, "label")
    if faces.votes is None:
        return rows
    voted, sure = most_voted(faces)
    faces = faces.select(sure)
    return joined(rows, tables(names, faces.images, voted[sure], faces.group, LABEL_SETS["FER+"], "votes"))


def joined(first: Tables, second: Tables) -> Tables:
    return {name: entries + second[name] for name, entries in first.items()}


def kept(names: Sequence[str]) -> Tables:
    """The rows of these names by real faces, as they stand in zoo.json, with their command."""
    zoo = measured("zoo")
    missing = set(names) - {entry["row"] for entry in zoo["accuracy"]}
    if missing:
        raise ValueError(f"--keep must name rows of zoo.json; it has none for {', '.join(sorted(missing))}")
    return {
        table: [one for one in zoo[table] if one["row"] in names and one["by"] != "truth"]
        for table in ("accuracy", "recall", "difference")
    }


def synthetic(folder: Path, names: Sequence[str]) -> Tables:
    """Rows by the truth of a synthetic set's test stills."""
    stills = stills_of(read(folder, split="test", part="stills"), SIDE)
    labels = LABEL_SETS["FER2013"]
    return tables(names, stills.pictures[:, 0].numpy(), stills.target.argmax(1).numpy(), stills.group, labels, "truth")


def main(arguments: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--faces", type=Path, required=True)
    parser.add_argument("--names", nargs="*", default=["fan-mean"])
    parser.add_argument("--clips", type=Path)
    parser.add_argument("--keep", nargs="+", help="rows whose networks are no longer at hand")
    parser.add_argument("--out", type=record_file)
    chosen = parser.parse_args(arguments)
    rows = [BASELINE, *(Path(name).name for name in chosen.names if name != BASELINE), *(chosen.keep or [])]
    if len(set(rows)) < len(rows):
        twice = ", ".join(sorted({row for row in rows if rows.count(row) > 1}))
        parser.error(f"--names and --keep must have rows of different names; {twice} would stand there twice")
    old = kept(chosen.keep or [])
    rows = real(chosen.faces, chosen.names)
    if chosen.clips:
        rows = joined(rows, synthetic(chosen.clips, chosen.names))
    rows = sure(joined(rows, old))
    for right, recall, more in zip(rows["accuracy"], rows["recall"], rows["difference"], strict=True):
        p = "-" if more.p is None else f"{more.p:.2g}"
        print(
            f"{right['by']:6s} {right['row']:24s} {right.value:.3f} [{right.low:.3f}, {right.high:.3f}]  "
            f"recall {recall.value:.3f}  against {BASELINE} {more.value:+.3f} [{more.low:+.3f}, {more.high:+.3f}]  "
            f"p = {p}  n = {right.items:,}"
        )
    if chosen.out:
        command = command_of(__file__, chosen, names=[Path(name).name for name in chosen.names])
        told = figures("PublicTest of FER2013 without twins", command, rows)
        write_whole(chosen.out, told.to_json().encode())
    return 0


if __name__ == "__main__":
    raise SystemExit(status_of(main))
