"""Measure mini-Xception on the PublicTest part of FER2013, twins of training pictures left out, once per interpolation.

    python data_scripts/measure_baseline.py --fer2013plus FOLDER           # prints the table
    python data_scripts/measure_baseline.py --fer2013plus FOLDER --card    # and writes it into the card that ships

FOLDER holds `labels.npz` and `sheet_*.webp` (2,500 pictures of 48 × 48 a sheet, 50 × 50). Intervals are 95 %, from
2,000 bootstrap samples of groups of identical pictures; the seed is 0.
"""

from __future__ import annotations

import argparse
from dataclasses import replace
from pathlib import Path

import numpy as np
import torch
from PIL import Image

import ferviz
from ferviz import Clip, Crop, weights
from ferviz.archives import open_arrays
from ferviz.emotions import LABEL_SETS
from ferviz.measured import Measured, said
from ferviz.measuring.entries import GROUPS, entry
from ferviz.models import zoo

SIDE, GRID = 48, 50
FER2013_CROP = Crop(size=SIDE, margin=0.0)  # the challenge's own cut; its margin is not stated
COMMAND = "python data_scripts/measure_baseline.py --fer2013plus FOLDER"


def read_part(folder: Path, part: str) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Pictures (N, 48, 48) uint8, labels (N,) as places in FER2013's label set and groups (N,) of a part, no twins."""
    try:
        with open_arrays(folder / "labels.npz") as table:
            chosen = (table["usage"] == part) & ~table["twin"]
            label, group = table["label"], table["group"]
            names = [str(name) for name in table["label_names"]]
    except (ValueError, KeyError) as error:
        raise SystemExit(f"{folder / 'labels.npz'} must hold the arrays of FER2013+ ({error})") from error
    if names != [str(e) for e in LABEL_SETS["FER2013"]]:
        raise SystemExit(f"{folder / 'labels.npz'}: label_names must be FER2013's order; got {', '.join(names)}")
    sheets: list[np.ndarray] = []
    for path in sorted(folder.glob("sheet_*.webp")):
        with Image.open(path) as sheet:
            pixels = np.asarray(sheet.convert("L"))
        sheets.append(pixels.reshape(GRID, SIDE, GRID, SIDE).transpose(0, 2, 1, 3).reshape(-1, SIDE, SIDE))
    if sum(map(len, sheets)) < len(label):
        raise SystemExit(f"{folder} must hold the sheets of {len(label)} pictures; got {sum(map(len, sheets))}")
    return np.concatenate(sheets)[: len(label)][chosen], label[chosen].astype(int), group[chosen]


def calibration_error(probability: np.ndarray, correct: np.ndarray, bins: int = 15) -> float:
    """Expected calibration error over equal bins of the top probability (Guo et al. 2017, arXiv:1706.04599, Eq. 3)."""
    top = probability.max(1)
    place = np.minimum((top * bins).astype(int), bins - 1)
    gaps = [abs(correct[place == b].mean() - top[place == b].mean()) * (place == b).mean() for b in np.unique(place)]
    return float(sum(gaps))


def margins(folder: Path, rng: np.random.Generator, count: int = 400) -> np.ndarray:
    """The margin that FER2013's own cut leaves around MTCNN's box, for those of ``count`` pictures with one sure face.

    Each picture is drawn at four times its size on a wider ground of its mean gray, so that a box may reach over it.
    """
    pictures, _, _ = read_part(folder, "Training")
    side, around = 4 * SIDE, SIDE
    found = []
    for place in rng.choice(len(pictures), count, replace=False):
        big = np.asarray(Image.fromarray(pictures[place]).resize((side, side), Image.Resampling.BICUBIC))
        ground = np.full((side + 2 * around,) * 2, round(big.mean()), np.uint8)
        ground[around:-around, around:-around] = big
        faces = [face for face in ferviz.detect(ground) if face.score > 0.9]
        if len(faces) == 1:
            extent = (faces[0].box[2:] - faces[0].box[:2]).max()
            found.append((side / extent - 1) / 2)
    return np.array(found)


def measure(folder: Path) -> list[Measured]:
    """One row of the card per interpolation, and one each for the calibration error and the margin."""
    pictures, labels, groups = read_part(folder, "PublicTest")
    frames = np.repeat(pictures[..., None], 3, axis=3)
    clip = Clip(frames, np.arange(len(frames), dtype=float), crop=FER2013_CROP, source="FER2013 PublicTest")
    model = ferviz.load_model("mini-xception")
    rows = []
    for interpolation in ("bilinear", "bicubic", "nearest"):
        (faces,) = model.prepare(clip, interpolation=interpolation)
        with torch.no_grad():
            logits = torch.cat([model(part) for part in faces.split(256)])
        probability = logits.softmax(1).numpy()
        correct = (probability.argmax(1) == labels).astype(float)
        what = f"accuracy on FER2013 PublicTest without twins, 48 → 64 by {interpolation}"
        place = {"row": interpolation}
        rows.append(entry(correct, groups, what=what, of=place, unit="pictures", drawn=GROUPS))
        if interpolation == "bilinear":
            error = calibration_error(probability, correct)
    what = "expected calibration error on the same pictures, 15 bins, bilinear"
    rows.append(Measured(what=what, value=round(error, 4), items=len(labels), unit="pictures"))
    left = margins(folder, np.random.default_rng(0))
    middle, low, high = (round(float(v), 4) for v in np.quantile(left, [0.5, 0.25, 0.75]))
    what, way = "median margin around MTCNN's box in FER2013's own cut", "middle half of the pictures"
    rows.append(Measured(what=what, value=middle, low=low, high=high, way=way, items=len(left), unit="pictures"))
    return [replace(row, command=COMMAND) for row in rows]


def main() -> None:
    """Print the rows, and write them into the card when asked."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--fer2013plus", type=Path, required=True, help="the folder of labels.npz and the sheets")
    parser.add_argument("--card", action="store_true", help="write the rows into the card of the bundled weights")
    chosen = parser.parse_args()
    rows = measure(chosen.fer2013plus)
    for row in rows:
        print(said(row))
    if chosen.card:
        card = zoo.card("mini-xception")
        weights.write_card(weights.bundled("mini-xception"), replace(card, metrics=tuple(rows)))
        print("written into the card")


if __name__ == "__main__":
    main()
