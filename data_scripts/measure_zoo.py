"""Hold the trained networks against mini-Xception on the same real faces: PublicTest of FER2013, without its twins.

    python data_scripts/measure_zoo.py --faces FOLDER [--names fan-mean …] [--out FILE]

``--faces`` is what data_scripts/prepare_fer2013.py wrote. Accuracy, the difference to mini-Xception picture by picture,
both with 95 % intervals from 2,000 bootstrap samples of groups of identical pictures, and McNemar's exact p. Clip
models read each face as a clip of one frame. Read once per finished network: choices are made on held-out Training
pictures, never here.
"""

from __future__ import annotations

import argparse
import json
from pathlib import Path
from typing import Any

import numpy as np
import torch

import ferviz
from ferviz import Clip, Crop, scores
from ferviz.disk import write_whole
from ferviz.prepared import read_faces

BASELINE = "mini-xception"


def answers(name: str, clip: Clip) -> np.ndarray:
    """The place of the label that a network gives each frame (N,)."""
    model = ferviz.load_model(name)
    inputs = model.prepare(clip)
    with torch.no_grad():
        if model.leading == "clip":
            said = [model(part[:, None]) for part in inputs[0][0].split(256)]
        else:
            said = [model(*part) for part in zip(*(tensor.split(256) for tensor in inputs), strict=True)]
    return torch.cat(said).argmax(1).numpy()


def measure(folder: Path, names: list[str]) -> list[dict[str, Any]]:
    """One row a network."""
    faces = read_faces(folder)
    faces = faces.select((faces.part == "PublicTest") & ~faces.twin)
    frames = np.repeat(faces.images[..., None], 3, axis=3)
    clip = Clip(frames, np.arange(len(frames), dtype=float), crop=Crop(frames.shape[1], 0.0), source="PublicTest")
    right = {name: (answers(name, clip) == faces.label).astype(float) for name in dict.fromkeys([BASELINE, *names])}
    rows = []
    for name, hit in right.items():
        sure = scores.bootstrap_people(hit, faces.group, np.random.default_rng(0))
        more = scores.bootstrap_people(hit - right[BASELINE], faces.group, np.random.default_rng(0))
        rows.append(
            {
                "name": name,
                "accuracy": [round(v, 4) for v in (sure.mean, sure.low, sure.high)],
                "recall": round(float(np.mean([hit[faces.label == k].mean() for k in range(7)])), 4),
                "more_than_baseline": [round(v, 4) for v in (more.mean, more.low, more.high)],
                "mcnemar_p": scores.mcnemar_exact(hit, right[BASELINE]),
                "pictures": len(hit),
            }
        )
    return rows


def main(arguments: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--faces", type=Path, required=True)
    parser.add_argument("--names", nargs="*", default=["fan-mean"])
    parser.add_argument("--out", type=Path)
    chosen = parser.parse_args(arguments)
    rows = measure(chosen.faces, chosen.names)
    for row in rows:
        (value, low, high), (more, least, most) = row["accuracy"], row["more_than_baseline"]
        print(
            f"{row['name']:20s} {value:.3f} [{low:.3f}, {high:.3f}]  recall {row['recall']:.3f}  against {BASELINE} "
            f"{more:+.3f} [{least:+.3f}, {most:+.3f}]  p = {row['mcnemar_p']:.2g}  n = {row['pictures']:,}"
        )
    if chosen.out:
        command = __doc__.split("\n\n")[1].strip()
        told = {"what": "PublicTest of FER2013 without twins", "command": command, "rows": rows}
        write_whole(chosen.out, (json.dumps(told, indent=1) + "\n").encode())
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
