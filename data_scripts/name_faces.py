"""Sheets of random faces to be named blind, and how the answers agree with the labels.

    python data_scripts/name_faces.py draw FOLDER [--seed 3100]
    python data_scripts/name_faces.py score FOLDER ANSWERS.json [ANSWERS.json …] --who WORDS [--out FILE]

``draw`` makes 70 apex frames of fresh people in drawn scenes, ten of each label of FER2013 in drawn order, as five
numbered sheets (sheet1.png …) and key.json, which whoever names them must not see. An answer file is a JSON list of 70
of the seven words. ``score`` prints how many agree with the labels, with the exact 95 % interval of a share
(Clopper-Pearson), and the confusion table; ``--who`` says who answered, such as "two students". The seed of a naming
that reports is named before the sheets are drawn, and whoever answers has taken no part in making the faces.
"""

from __future__ import annotations

import argparse
import json
from pathlib import Path
from typing import Any

import numpy as np
from PIL import Image, ImageDraw
from scipy.stats import binomtest

from ferviz.disk import write_whole
from ferviz.emotions import LABEL_SETS
from ferviz.faces import sample_expression, sample_person, sample_scene
from ferviz.faces.parts import VERSION
from ferviz.faces.render import render
from ferviz.measured import Measured
from ferviz.measuring.commands import record_file
from ferviz.measuring.entries import figures

WORDS = ("neutral", "happiness", "sadness", "surprise", "anger", "disgust", "fear")  # in the order that draws them
EACH, SHEETS, COLUMNS, SIDE, GAP, TITLE = 10, 5, 5, 230, 6, 20


def dealt(seed: int) -> tuple[list[int], np.random.Generator]:
    """Which of `WORDS` each face shows (70,), in order, and the generator that goes on to draw the faces."""
    rng = np.random.default_rng([seed, 1])
    shown = list(np.repeat(np.arange(len(WORDS)), EACH))
    rng.shuffle(shown)
    return shown, rng


def draw(seed: int) -> tuple[list[str], list[Image.Image]]:
    """The words that are shown (70,), in order, and the numbered sheets."""
    shown, rng = dealt(seed)
    on_one = len(shown) // SHEETS
    sheets = []
    for sheet in range(SHEETS):
        rows = -(-on_one // COLUMNS)
        page = Image.new("RGB", (COLUMNS * (SIDE + GAP) + GAP, rows * (SIDE + TITLE)), "white")
        for place in range(on_one):
            word = WORDS[shown[sheet * on_one + place]]
            person, scene = sample_person(rng), sample_scene(rng, covers=(), yaw_limit=15)
            face = sample_expression(rng, word, float(word != "neutral"), person.manner)
            x, y = place % COLUMNS * (SIDE + GAP), place // COLUMNS * (SIDE + TITLE)
            page.paste(Image.fromarray(render(person, face.activations, scene, SIDE).image), (x, y + TITLE - 2))
            ImageDraw.Draw(page).text((x + 4, y + 3), str(sheet * on_one + place + 1), fill="black")
        sheets.append(page)
    return [WORDS[place] for place in shown], sheets


def answers(path: Path, count: int) -> list[str]:
    """The words of an answer file.

    Raises
    ------
    ValueError
        When it is no list of ``count`` of the words.
    """
    told = json.loads(path.read_text("utf-8"))
    if not isinstance(told, list) or len(told) != count or any(word not in WORDS for word in told):
        raise ValueError(f"{path.name} must be a list of {count} of the words {', '.join(WORDS)}; got {told!r:.80}")
    return told


def score(key: list[str], given: dict[str, list[str]]) -> list[Measured]:
    """How often each reader gives the word that is shown."""
    rows = []
    for reader, words in given.items():
        right = sum(a == b for a, b in zip(key, words, strict=True))
        low, high = binomtest(right, len(key)).proportion_ci(method="exact")
        known: dict[str, Any] = {"what": "share named as labelled", "way": "95 %, exact of a share (Clopper-Pearson)"}
        ends = {"value": round(right / len(key), 4), "low": round(low, 4), "high": round(high, 4)}
        rows.append(Measured(**known, **ends, of={"row": reader}, items=len(key), people=len(key), unit="frames"))
    return rows


def confusion(key: list[str], words: list[str]) -> list[list[int]]:
    """How often (E, E) each word of FER2013's labels was given to each that is shown."""
    labels = [str(label) for label in LABEL_SETS["FER2013"]]
    return [[sum(a == row and b == one for a, b in zip(key, words)) for one in labels] for row in labels]


def main(arguments: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("what", choices=("draw", "score"))
    parser.add_argument("folder", type=Path)
    parser.add_argument("answers", type=Path, nargs="*")
    parser.add_argument("--seed", type=int, default=3100)
    parser.add_argument("--who", default="readers")
    parser.add_argument("--out", type=record_file)
    chosen = parser.parse_args(arguments)
    if chosen.what == "draw":
        key, sheets = draw(chosen.seed)
        chosen.folder.mkdir(parents=True, exist_ok=True)
        for number, sheet in enumerate(sheets, 1):
            sheet.save(chosen.folder / f"sheet{number}.png")
        write_whole(chosen.folder / "key.json", json.dumps({"seed": chosen.seed, "words": key}).encode())
        return 0
    try:
        told = json.loads((chosen.folder / "key.json").read_text("utf-8"))
        if not isinstance(told, dict) or not isinstance(told.get("words"), list) or "seed" not in told:
            raise ValueError(f"{chosen.folder / 'key.json'} must be what `draw` wrote, with words and a seed")
        given = {f"reader {number}": answers(path, len(told["words"])) for number, path in enumerate(chosen.answers, 1)}
    except (OSError, ValueError) as error:
        parser.exit(1, f"{error}\n")
    rows = score(told["words"], given)
    for row in rows:
        print(f"{row['row']}: {row.value:.3f} [{row.low:.3f}, {row.high:.3f}] of {row.items}")
        print(np.array(confusion(told["words"], given[row["row"]])))
    if chosen.out is not None:
        counts = {reader: confusion(told["words"], words) for reader, words in given.items()}
        labels = [str(label) for label in LABEL_SETS["FER2013"]]
        about = {"generator": VERSION, "who": chosen.who, "labels": labels, "counts": counts}
        about |= {"seed": told["seed"], "answers": given}
        command = f"python data_scripts/name_faces.py draw FOLDER --seed {told['seed']}"
        what = f"fresh synthetic faces at their apex, named blind by {chosen.who}"
        write_whole(chosen.out, figures(what, command, {"named": rows}, about).to_json().encode())
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
