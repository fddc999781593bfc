"""Measure the multi-task network that ships beside the one that it went on from.

    python data_scripts/measure_longer.py --faces FOLDER --clips FOLDER --out FILE

``--faces`` is what data_scripts/prepare_fer2013.py wrote, ``--clips`` a synthetic set with the part "identities"
(data_scripts/make_synthetic.py --size standard). What the course does is measured with five seeds
(data_scripts/measure_mtl.py); ``mtl`` as it ships left it after the step "head" and learned for longer, once, so that
its intervals are over groups of identical pictures, or people, alone, and nothing has a p or a verdict.

Tables: "shipped": accuracy and mean recall on PublicTest without twins, by the labels of FER2013; "shipped_difference":
less "mtl-head" and less mini-Xception, whose authors chose it by PublicTest; "recall" of each label; "strangers": on
synthetic test people, how often faces of one person are nearer than those of two, among all and among look-alikes, and
what the heads read, before and after (of the age also by the mean over all 100; how many are read as 22 to 24 years,
also of those of 60 or more, and by "as told" how many are so), beside the median guess of the age, "always female", the
same shares of shapes for all, what ridge regression reads from 8 × 8 pixels, and what pixels and brightness tell of
people without any training; "strangers_difference": after less before, and after less those rules, face by face, and
before less the 64 pixels. Each call reads PublicTest. Two minutes of one core.
"""

from __future__ import annotations

import argparse
from pathlib import Path

import torch

from ferviz.disk import write_whole
from ferviz.measured import Figures
from ferviz.measuring.commands import command_of, record_file, status_of
from ferviz.measuring.entries import figures
from ferviz.measuring.longer import on_real_faces, on_strangers
from ferviz.measuring.multi_task_study import real_faces
from ferviz.models.identity import COMPACT


def measure(faces: Path, clips: Path, command: str | None = None) -> Figures:
    """All tables."""
    real = real_faces(faces, COMPACT["mobilenet"].side)
    tables = {**on_real_faces(real), **on_strangers(clips)}
    about = {"faces": len(real.pictures), "left out of PublicTest": {"twins": real.twins}}
    return figures("The multi-task network that ships, beside what it went on from", command, tables, about)


def main(arguments: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--faces", type=Path, required=True, help="prepared FER2013")
    parser.add_argument("--clips", type=Path, required=True, help="a synthetic set with the part identities")
    parser.add_argument("--out", type=record_file, required=True)
    parser.add_argument("--threads", type=int, default=torch.get_num_threads())
    chosen = parser.parse_args(arguments)
    torch.set_num_threads(chosen.threads)
    found = measure(chosen.faces, chosen.clips, command_of(__file__, chosen))
    write_whole(chosen.out, found.to_json().encode())
    print(chosen.out)
    return 0


if __name__ == "__main__":
    raise SystemExit(status_of(main))
