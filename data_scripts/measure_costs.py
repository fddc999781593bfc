"""Measure what networks that label a face cost beside what they label right, and what 8-bit arithmetic does to mtl.

    python data_scripts/measure_costs.py --faces FOLDER [--timed 20] [--out FILE]

``--faces`` is what data_scripts/prepare_fer2013.py wrote. Tables: "networks": the accuracy of each network that ships
and labels a face, on PublicTest without twins by the labels of FER2013, taken over from the records "zoo", "mtl" and
"mtl_longer" (nothing is read of PublicTest here), with the time of a face, measured in this run on one thread, and the
size of its file. "eight_bit": ``mtl`` as it ships, with weights of 8 bit, and computing in 8 bit, on the held-out part
of Training (no choice was made on it by what is compared here), with the share of faces that keep their answer;
"eight_bit_difference": less the network as it ships; "eight_bit_speed": the time of a face that is ready to go in. The
ranges of 8-bit arithmetic come from 512 faces of the other part of Training. One training: intervals over groups of
identical pictures alone. A minute.
"""

from __future__ import annotations

import argparse
import os
from pathlib import Path

import torch

from ferviz.clip import Clip
from ferviz.disk import write_whole
from ferviz.gallery import sample
from ferviz.learning.recipes.common import faces_for_training
from ferviz.learning.sets import stills_from
from ferviz.measured import Figures, measured
from ferviz.measuring.commands import command_of, record_file, status_of
from ferviz.measuring.costs import costs, in_8_bit
from ferviz.measuring.entries import figures
from ferviz.models import load_model
from ferviz.models.multi_task import MultiTask

FACE = "astronaut"
RANGES = 512  # faces that the ranges come from


def measure(faces: Path, runs: int, command: str | None = None, face: Clip | None = None) -> Figures:
    """All tables; ``face`` is the photo that is timed."""
    model = load_model("mtl")
    assert isinstance(model, MultiTask)
    train, held_out = (stills_from(part, model.body.side) for part in faces_for_training(faces))
    pick = torch.randperm(len(train.pictures), generator=torch.Generator().manual_seed(0))[:RANGES]
    records = [measured(name) for name in ("zoo", "mtl", "mtl_longer")]
    networks = costs(sample(FACE) if face is None else face, records, runs)
    tables = {"networks": networks, **in_8_bit(model, train.pictures[pick], held_out, runs)}
    about = {"load of the machine": [round(one, 1) for one in os.getloadavg()], "ranges from": len(pick)}
    return figures("What networks cost beside what they label right; mtl in 8 bit", command, tables, about)


def main(arguments: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--faces", type=Path, required=True)
    parser.add_argument("--timed", type=int, default=20, help="how often each network is timed")
    parser.add_argument("--out", type=record_file)
    chosen = parser.parse_args(arguments)
    found = measure(chosen.faces, chosen.timed, command_of(__file__, chosen))
    for name, entries in found.tables.items():
        for one in entries:
            print(name, one["row"], one.of.get("score", ""), one.value, one.low, one.high, one.of.get("ms", ""))
    if chosen.out:
        write_whole(chosen.out, found.to_json().encode())
    return 0


if __name__ == "__main__":
    raise SystemExit(status_of(main))
