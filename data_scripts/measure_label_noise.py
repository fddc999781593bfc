"""How far two sets of labels for the same pictures part: FER2013's own, and the votes of FER+.

    python data_scripts/measure_label_noise.py --faces FOLDER [--out FILE]

``--faces`` is what data_scripts/prepare_fer2013.py wrote, with votes. Training pictures only. FER2013 gives one label a
picture; for FER+ (Barsoum et al. 2016, arXiv:1608.01041) ten people each chose one of eight emotions, "unknown" or "not
a face" (NF). Told are: how often each label meets each majority (the most votes; "tie" where two or more words share
them); the share of pictures on which both say the same, over all and by label; and the same where a given number of
votes agree. 95 % intervals come from 2,000 bootstrap samples of groups of identical pictures.
"""

from __future__ import annotations

import argparse
import json
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from data_scripts.commands import command_of
from ferviz import scores
from ferviz.disk import write_whole
from ferviz.prepared import Faces, read_faces

TIE = "tie"

Array = npt.NDArray[Any]


def majority(votes: Array) -> Array:
    """The place of the word with most votes (N,); the number of words where two or more share them."""
    tied = (votes == votes.max(1, keepdims=True)).sum(1) > 1
    return np.where(tied, votes.shape[1], votes.argmax(1))


def measure(faces: Faces) -> dict[str, Any]:
    """The figures, of pictures that carry a label and votes.

    Raises
    ------
    ValueError
        When the faces carry no votes, or a picture has no label.
    """
    if faces.votes is None:
        raise ValueError("the faces carry no votes: prepare FER2013 together with FER+'s file of votes")
    if (faces.label < 0).any():
        raise ValueError(f"{int((faces.label < 0).sum())} faces have no label: FER+ alone has none to compare with")
    words = (*faces.vote_names, TIE)
    names = [str(emotion) for emotion in faces.labels]
    chosen = majority(faces.votes)
    counts = np.zeros((len(names), len(words)), int)
    np.add.at(counts, (faces.label, chosen), 1)
    same = np.array(words)[chosen] == np.array(names)[faces.label]

    def told(value: Array, where: Array) -> dict[str, Any]:
        sure = scores.bootstrap_people(value[where].astype(float), faces.group[where], np.random.default_rng(0))
        return {name: round(v, 4) for name, v in zip(("value", "low", "high"), sure)} | {"pictures": int(where.sum())}

    every, most = np.ones(len(faces), bool), faces.votes.max(1)
    rows = [{"row": "all", **told(same, every)}]
    there = [place for place in range(len(names)) if (faces.label == place).any()]
    rows += [{"row": names[place], **told(same, faces.label == place)} for place in there]
    agreed = [{"votes": int(n), **told(same, most == n)} for n in np.unique(most) if (most == n).sum() >= 100]
    return {
        "labels": names,
        "words": list(words),
        "counts": counts.tolist(),
        "same": rows,
        "same_by_agreement": agreed,
        "votes_for_majority": told(most / faces.votes.sum(1), every),
    }


def main(arguments: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--faces", type=Path, required=True)
    parser.add_argument("--out", type=Path)
    chosen = parser.parse_args(arguments)
    faces = read_faces(chosen.faces)
    faces = faces.select(faces.part == "Training")
    found = measure(faces)
    for row in found["same"]:
        print(f"{row['row']:10s} {row['value']:.3f} [{row['low']:.3f}, {row['high']:.3f}]  n = {row['pictures']:,}")
    if chosen.out:
        command = command_of(__file__, chosen)
        told = {"what": "Training part of FER2013, as prepared, beside FER+", "command": command}
        told |= {"pictures": len(faces), **found}
        write_whole(chosen.out, (json.dumps(told, indent=1) + "\n").encode())
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
