"""Build a set of synthetic clips with known answers, or finish or mend one.

    python data_scripts/make_synthetic.py --size small --out FOLDER [--seed 0] [--workers 2]

Sizes: seconds (a few clips, to try things), small (minutes), medium (about an hour), standard (about 3 core-hours),
large (a night on many cores): estimates from the 22 core-milliseconds that a frame of clips took, and 100 of a face
with a person of its own. The set goes to ferviz's cache folder unless --out names another. The same size and seed give
the same bytes, however many workers. --parts builds some of it only (see its help); a later call adds others.
"""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

from tqdm import tqdm

from ferviz.cache import cache_folder
from ferviz.faces.building import build
from ferviz.faces.parts import PARTS, SIZES, VERSION


def main(arguments: list[str] | None = None) -> int:
    """Build; 0 when the set is whole."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--size", default="small", help=", ".join(SIZES))
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--out", type=Path, default=None)
    parser.add_argument("--workers", type=int, default=2)
    parser.add_argument("--parts", nargs="*", default=[], metavar="PART", help=", ".join(PARTS))
    chosen = parser.parse_args(arguments)
    out = chosen.out or cache_folder() / "synthetic" / f"v{VERSION}-{chosen.size}-{chosen.seed}"
    with tqdm(unit="clip", desc=chosen.size) as bar:

        def progress(done: int, total: int) -> None:
            bar.total = total
            if not bar.n:  # what was made before says nothing of the pace
                bar.initial = done
            bar.update(done - bar.n)

        try:
            manifest = build(
                out,
                size=chosen.size,
                seed=chosen.seed,
                workers=chosen.workers,
                parts=chosen.parts,
                progress=progress,
            )
        except (ValueError, OSError) as error:
            print(f"make_synthetic: {error}", file=sys.stderr)
            return 2
    print(manifest)
    return 0


if __name__ == "__main__":
    sys.exit(main())
