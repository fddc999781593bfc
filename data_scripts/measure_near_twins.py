"""How many PublicTest pictures of FER2013 are nearly one of Training, once the exact twins are left out?

    python data_scripts/measure_near_twins.py --faces FOLDER [--out FILE]

``--faces`` is what data_scripts/prepare_fer2013.py wrote. There a twin is a PublicTest picture that also stands in
Training, byte by byte; every figure on PublicTest leaves twins out. A picture that was saved anew, or cut a little
otherwise, is no such twin. For each picture left, the largest Pearson correlation of its pixels with those of any
Training picture; told is the share of pictures above each of some lines, and their number. A high correlation does not
prove one photo, nor a low one two: a mirrored or a shifted copy is not found. 95 % intervals come from 2,000 bootstrap
samples of groups of identical pictures. A picture of one gray level correlates with none.
"""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from ferviz.disk import write_whole
from ferviz.measured import Figures
from ferviz.measuring.commands import command_of, record_file, status_of
from ferviz.measuring.entries import GROUPS, entry, figures
from ferviz.prepared import Faces, read_faces

LINES = (0.95, 0.97, 0.99)
FEW = 256  # pictures at a time: 30 MB of correlations

Array = npt.NDArray[Any]


def nearest(images: Array, others: Array) -> Array:
    """The largest correlation (N,) of each picture (N, H, W) with any of the others (M, H, W); 0 for a flat one."""
    one, other = _standard(images), _standard(others).T
    return np.concatenate([(one[at : at + FEW] @ other).max(1) for at in range(0, len(one), FEW)])


def _standard(images: Array) -> Array:
    """Rows (N, H·W) of mean 0 and length 1; a flat picture stays 0."""
    rows = images.reshape(len(images), -1).astype(np.float32)
    rows -= rows.mean(1, keepdims=True)
    length = np.linalg.norm(rows, axis=1, keepdims=True)
    return np.divide(rows, length, out=np.zeros_like(rows), where=length > 1e-3)


def measure(faces: Faces, command: str | None = None) -> Figures:
    """The figures; ``command`` is what they are kept with."""
    train, test = faces.part == "Training", (faces.part == "PublicTest") & ~faces.twin
    found = nearest(faces.images[test], faces.images[train])
    what = "share of pictures that correlate more with a Training picture than this"
    told: dict[str, Any] = {"what": what, "unit": "pictures", "drawn": GROUPS}
    rows = []
    for line in LINES:
        above = found > line
        of = {"above": line, "count": int(above.sum())}
        rows.append(entry(above.astype(float), faces.group[test], of=of, **told))
    twins = int(((faces.part == "PublicTest") & faces.twin).sum())
    about = {"pictures": int(test.sum()), "twins left out": twins, "Training pictures": int(train.sum())}
    what = "PublicTest of FER2013 without the pictures that also stand in Training byte by byte, held against Training"
    return figures(what, command, {"near": rows}, about)


def main(arguments: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--faces", type=Path, required=True)
    parser.add_argument("--out", type=record_file)
    chosen = parser.parse_args(arguments)
    found = measure(read_faces(chosen.faces), command_of(__file__, chosen))
    for row in found["near"]:
        print(f"above {row['above']}: {row['count']} of {row.items:,}, {row.value:.4f} [{row.low:.4f}, {row.high:.4f}]")
    if chosen.out:
        write_whole(chosen.out, found.to_json().encode())
    return 0


if __name__ == "__main__":
    raise SystemExit(status_of(main))
