"""Say what area and place alone tell of the evidence of regions, and deal faces of which they tell nothing.

    python data_scripts/check_regions.py --clips FOLDER [--split test] [--count 100] [--seed 0]

``--clips`` is what data_scripts/make_synthetic.py wrote. Its covered, turned and plain faces are taken together; for
each layout of regions (the paper's crops, squares round the five points, a 3 × 3 grid) the mean τ of area alone and of
place alone with the evidence is printed, for all faces and for those that are dealt. Agreement must be measured on the
latter. Ends with 1 where a layout cannot be dealt.
"""

from __future__ import annotations

import argparse
from pathlib import Path

import numpy as np

from ferviz.faces.sets import read
from ferviz.measuring.regions import LAYOUTS, face_pool
from ferviz.scores.regions import Trivial

PARTS = ("covered", "turned", "stills")


def told(what: str, count: int, found: Trivial) -> str:
    return f"{what}: {count} faces, area alone τ {found.area:.3f}, place alone τ {found.place:.3f}"


def main(arguments: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--clips", type=Path, required=True, help="a synthetic set")
    parser.add_argument("--split", default="test")
    parser.add_argument("--count", type=int, default=100, help="faces that are dealt")
    parser.add_argument("--seed", type=int, default=0)
    chosen = parser.parse_args(arguments)
    try:
        found = [read(chosen.clips, split=chosen.split, part=part) for part in PARTS]
    except (OSError, ValueError) as error:
        parser.exit(2, f"check_regions: {error}\n")
    failed = 0
    for layout in LAYOUTS:
        pool = face_pool(found, layout)
        print(told(f"{layout}, all", len(pool), pool.trivial()))
        try:
            dealt = pool.dealt(chosen.count, np.random.default_rng([chosen.seed, 17]))
        except ValueError as error:
            print(f"{layout}: {error}")
            failed = 1
        else:
            print(told(f"{layout}, dealt", len(dealt), dealt.trivial()))
    return failed


if __name__ == "__main__":
    raise SystemExit(main())
