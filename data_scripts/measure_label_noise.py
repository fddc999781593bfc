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
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from ferviz.disk import write_whole
from ferviz.measured import Figures, Measured
from ferviz.measuring.commands import command_of, record_file, status_of
from ferviz.measuring.entries import GROUPS, entry, figures
from ferviz.prepared import Faces, read_faces

TIE = "tie"
BOTH = "FER2013 label = most votes"
SAME = "share of pictures whose label is the word with most votes"
MOST = "share of the votes that are for the word with most votes"

Array = npt.NDArray[Any]


def majority(votes: Array) -> Array:
    """The place of the word with most votes (N,); the number of words where two or more share them."""
    tied = (votes == votes.max(1, keepdims=True)).sum(1) > 1
    return np.where(tied, votes.shape[1], votes.argmax(1))


def measure(faces: Faces, command: str | None = None) -> Figures:
    """The figures, of pictures that carry a label and votes; ``command`` is what they are kept with.

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

    def told(what: str, value: Array, where: Array, of: dict[str, Any]) -> Measured:
        return entry(value[where], faces.group[where], what=what, of=of, unit="pictures", drawn=GROUPS)

    every, most = np.ones(len(faces), bool), faces.votes.max(1)
    there = {"all": every} | {name: faces.label == at for at, name in enumerate(names) if (faces.label == at).any()}
    often = [int(n) for n in np.unique(most) if (most == n).sum() >= 100]
    tables = {
        "same": [told(SAME, same, where, {"row": row}) for row, where in there.items()],
        "same_by_agreement": [told(SAME, same, most == n, {"row": BOTH, "votes": n}) for n in often],
        "votes_for_majority": [told(MOST, most / faces.votes.sum(1), every, {})],
    }
    about = {"pictures": len(faces), "labels": names, "words": list(words), "counts": counts.tolist()}
    return figures("Training part of FER2013, as prepared, beside FER+", command, tables, about)


def main(arguments: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--faces", type=Path, required=True)
    parser.add_argument("--out", type=record_file)
    chosen = parser.parse_args(arguments)
    faces = read_faces(chosen.faces)
    faces = faces.select(faces.part == "Training")
    found = measure(faces, command_of(__file__, chosen))
    for row in found["same"]:
        print(f"{row['row']:10s} {row.value:.3f} [{row.low:.3f}, {row.high:.3f}]  n = {row.items:,}")
    if chosen.out:
        write_whole(chosen.out, found.to_json().encode())
    return 0


if __name__ == "__main__":
    raise SystemExit(status_of(main))
