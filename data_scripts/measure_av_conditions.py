"""Measure the networks of face and voice under noise, under a cover, and with a stream missing, on synthetic films.

    python data_scripts/measure_av_conditions.py --clips FOLDER --runs FOLDER --out FILE [--pairs 0 1 2 3 4]

``--clips`` is a synthetic set with its voiced parts (data_scripts/make_synthetic.py). ``--runs`` holds what ``ferviz
train av`` left with each seed (``--pairs``): RUNS/SEED/both, face and voice. Nothing is trained here: test films of
agree, face_only and voice_only, which have neither noise nor cover of their own, are asked again and again, one thing
about them changed (`ferviz.measuring.conditions`).

Tables: "noise", accuracy where a sound stands +20 to -10 dB above pink noise that is mixed into it; "cover", where an
even gray lies over 0 to 100 % of the rows of the face's crop, from the chin upwards; "missing", of the films as they
are: of both streams, of both with the learned stand-in for one, and of each stream by itself. In "noise" and "cover"
rows that the change does not reach stand at every level with one and the same answer, so that a figure can draw them.
Chance is one in seven: each family has as many films of each label.

Five pairs or more have intervals over both pairs and people; of fewer the mean is told, with an interval over people
alone: it speaks of these networks. Nothing was claimed beforehand, so nothing has a verdict.

Minutes of one core: 1 a pair, and 0.3 for the films. Answers are kept beside the pair, so that a call that was stopped
goes on.
"""

from __future__ import annotations

import argparse
from collections.abc import Mapping
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import torch

from ferviz.disk import write_whole
from ferviz.faces.sets import read
from ferviz.learning.sets import Examples
from ferviz.measured import Measured
from ferviz.measured.record import RUNS
from ferviz.measuring.commands import command_of, record_file, status_of
from ferviz.measuring.conditions import COVERED, DECIBELS, MISSING, heard, networks_in, said_under
from ferviz.measuring.entries import entry, figures
from ferviz.measuring.runs import over_runs
from ferviz.measuring.streams import films_in
from ferviz.models.audio_video import Config

Array = npt.NDArray[Any]
Said = Mapping[str, Array]
FAMILIES = ("agree", "face_only", "voice_only")
NOISE = ("av", "av-voice", "av-face", "av, no voice")
COVER = ("av", "av-face", "av-voice", "av, no face")


def measure(chosen: argparse.Namespace) -> tuple[Said, Examples]:
    """What the networks of every pair say (S, N) under each condition, and the films."""
    films = films_in(chosen.clips, "test", FAMILIES)
    sets = [read(chosen.clips, split="test", part=family) for family in FAMILIES]
    sounds = heard(sets, Config.compact().ear, DECIBELS)
    found = []
    for seed in chosen.pairs:
        folder = chosen.runs / str(seed)
        found.append(said_under(networks_in(folder), films, sounds, folder / "study"))
        print(f"pair {seed}", flush=True)
    return {name: np.stack([one[name] for one in found]) for name in found[0]}, films


def tables(said: Said, films: Examples, pairs: list[int]) -> dict[str, list[Measured]]:
    """Accuracy by condition, row and family."""
    label, person = films.targets["emotion"].numpy(), np.asarray(films.about["person"])
    family = np.asarray(films.about["family"])
    parts = {name: family == name for name in FAMILIES} | {"all": np.ones(len(label), bool)}

    def of(answers: Array, **about: Any) -> list[Measured]:
        right = (answers == label).astype(float)
        told = partial(over_runs, seeds=pairs) if len(pairs) >= RUNS else entry
        return [
            told(right[:, at], person[at], what="accuracy", of={**about, "family": name})
            for name, at in parts.items()
            if at.any()
        ]

    def along(rows: tuple[str, ...], what: str, levels: tuple[float, ...]) -> list[Measured]:
        return [
            one
            for row in rows
            for level in levels
            for one in of(said.get(f"{row}, {what}, {level:g}", said[row]), row=row, **{what: level})
        ]

    return {
        "noise": along(NOISE, "decibels", DECIBELS),
        "cover": along(COVER, "covered", COVERED),
        "missing": [one for row in ("av", *MISSING, "av-face", "av-voice") for one in of(said[row], row=row)],
    }


def parser() -> argparse.ArgumentParser:
    asked_for = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    asked_for.add_argument("--clips", type=Path, required=True, help="a synthetic set with voiced parts")
    asked_for.add_argument("--runs", type=Path, required=True, help="what was trained, a folder for each seed")
    asked_for.add_argument("--out", type=record_file, required=True)
    asked_for.add_argument("--pairs", type=int, nargs="+", default=[0, 1, 2, 3, 4], help="the seeds of the networks")
    asked_for.add_argument("--threads", type=int, default=torch.get_num_threads())
    return asked_for


def main(arguments: list[str] | None = None) -> int:
    chosen = parser().parse_args(arguments)
    torch.set_num_threads(chosen.threads)
    said, films = measure(chosen)
    about = {
        "size of the set": read(chosen.clips).settings["size"],
        "films": {name: int((np.asarray(films.about["family"]) == name).sum()) for name in FAMILIES},
        "pairs": chosen.pairs,
        "people": len(np.unique(np.asarray(films.about["person"]))),
        "chance": round(1 / len(Config.compact().labels), 4),
    }
    what = "Face and voice in synthetic test films under noise, a cover, or without a stream"
    told = figures(what, command_of(__file__, chosen), tables(said, films, chosen.pairs), about)
    write_whole(chosen.out, told.to_json().encode())
    print(chosen.out)
    return 0


if __name__ == "__main__":
    raise SystemExit(status_of(main))
