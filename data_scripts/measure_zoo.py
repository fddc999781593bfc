"""Hold the trained networks against mini-Xception on the same real faces: PublicTest of FER2013, without its twins.

    python data_scripts/measure_zoo.py --faces FOLDER [--names fan-mean …] [--clips FOLDER] [--out FILE]

A name is that of a network of the package, or a folder where `ferviz train` left one (its name is the row's).
``--faces`` is what data_scripts/prepare_fer2013.py wrote. Accuracy by the labels of FER2013 and, where the set carries
them, by the label that most annotators of FER+ chose (faces without a single such label are left out); the difference
to mini-Xception picture by picture; both with 95 % intervals from 2,000 bootstrap samples of groups of identical
pictures; and McNemar's exact p. Clip models read each face as a clip of one frame; an answer that the labels do not
know (contempt) counts as wrong. Read once per finished network: choices are made on held-out Training pictures, never
here. With ``--clips`` (a synthetic set) the same networks are held against the truth of its test stills too, with
intervals over people.
"""

from __future__ import annotations

import argparse
import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import torch

from data_scripts.commands import command_of
from data_scripts.mask_faces import load
from ferviz import Clip, Crop, scores
from ferviz.disk import write_whole
from ferviz.emotions import LABEL_SETS, LabelSet
from ferviz.faces.sets import read
from ferviz.learning.sets import stills_of
from ferviz.prepared import Faces, read_faces

BASELINE = "mini-xception"
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


def table(
    names: Sequence[str], images: np.ndarray, label: np.ndarray, group: np.ndarray, labels: LabelSet
) -> list[dict[str, Any]]:
    """One row a network, mini-Xception first: gray faces (N, H, W), their labels (N,), who or what they show (N,)."""
    frames = np.repeat(images[..., None], 3, axis=3)
    clip = Clip(frames, np.arange(len(frames), dtype=float), crop=Crop(frames.shape[1], 0.0), source="faces")
    asked = dict.fromkeys([BASELINE, *names])
    right = {Path(name).name: (answers(name, clip, labels) == label).astype(float) for name in asked}
    rows = []
    for name, hit in right.items():
        sure = scores.bootstrap_people(hit, group, np.random.default_rng(0))
        more = scores.bootstrap_people(hit - right[BASELINE], group, np.random.default_rng(0))
        rows.append(
            {
                "name": name,
                "accuracy": [round(v, 4) for v in (sure.mean, sure.low, sure.high)],
                "recall": round(float(np.mean([hit[label == k].mean() for k in np.unique(label)])), 4),
                "more_than_baseline": [round(v, 4) for v in (more.mean, more.low, more.high)],
                "mcnemar_p": scores.mcnemar_exact(hit, right[BASELINE]),
                "pictures": len(hit),
            }
        )
    return rows


def real(folder: Path, names: Sequence[str]) -> list[dict[str, Any]]:
    """Rows by the labels of FER2013, then by the votes of FER+."""
    faces = read_faces(folder)
    faces = faces.select((faces.part == "PublicTest") & ~faces.twin)
    rows = [{**row, "by": "label"} for row in table(names, faces.images, faces.label, faces.group, faces.labels)]
    if faces.votes is None:
        return rows
    voted, sure = most_voted(faces)
    faces = faces.select(sure)
    by_votes = table(names, faces.images, voted[sure], faces.group, LABEL_SETS["FER+"])
    return rows + [{**row, "by": "votes"} for row in by_votes]


def most_voted(faces: Faces) -> tuple[np.ndarray, np.ndarray]:
    """The place in FER+ that got most votes (N,), and whether it got more than anything else (N,)."""
    assert faces.votes is not None
    ranked = np.sort(faces.votes, axis=1)
    names = [str(label) for label in LABEL_SETS["FER+"]]
    winner = np.array([names.index(name) if name in names else -1 for name in faces.vote_names])
    place = winner[faces.votes.argmax(1)]
    return place, (ranked[:, -1] > ranked[:, -2]) & (place >= 0)


def synthetic(folder: Path, names: Sequence[str]) -> list[dict[str, Any]]:
    """Rows by the truth of a synthetic set's test stills."""
    stills = stills_of(read(folder, split="test", part="stills"), SIDE)
    labels = LABEL_SETS["FER2013"]
    rows = table(names, stills.pictures[:, 0].numpy(), stills.target.argmax(1).numpy(), stills.group, labels)
    return [{**row, "by": "truth", "people": len(np.unique(stills.group))} for row in rows]


def main(arguments: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--faces", type=Path, required=True)
    parser.add_argument("--names", nargs="*", default=["fan-mean"])
    parser.add_argument("--clips", type=Path)
    parser.add_argument("--out", type=Path)
    chosen = parser.parse_args(arguments)
    rows = real(chosen.faces, chosen.names)
    if chosen.clips:
        rows += synthetic(chosen.clips, chosen.names)
    for row in rows:
        (value, low, high), (more, least, most) = row["accuracy"], row["more_than_baseline"]
        print(
            f"{row['by']:6s} {row['name']:24s} {value:.3f} [{low:.3f}, {high:.3f}]  recall {row['recall']:.3f}  "
            f"against {BASELINE} {more:+.3f} [{least:+.3f}, {most:+.3f}]  "
            f"p = {row['mcnemar_p']:.2g}  n = {row['pictures']:,}"
        )
    if chosen.out:
        command = command_of(__file__, chosen, names=[Path(name).name for name in chosen.names])
        told = {"what": "PublicTest of FER2013 without twins", "command": command, "rows": rows}
        write_whole(chosen.out, (json.dumps(told, indent=1) + "\n").encode())
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
