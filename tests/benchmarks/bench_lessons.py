"""Every lesson's run time (at most 60 s a pass) and the kernel's memory after it (at most 700 MB after lesson 00).

The teacher's notebooks, as a person runs them: a fresh kernel, all cells once, then all again in the same kernel. Exit
status 1 when a lesson fails or a limit is passed.
"""

from __future__ import annotations

import os
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from clock import calibration
from notebook_runner import execute

SOLUTIONS = Path(__file__).resolve().parents[2] / "notebooks" / "solutions"
MOST_SECONDS, MOST_BYTES = 60.0, 700e6


def main() -> int:
    print(calibration())
    print(f"load before: {', '.join(f'{load:.1f}' for load in os.getloadavg())} on {os.cpu_count()} cores")
    failed = False
    for path in sorted(SOLUTIONS.glob("*.ipynb")):
        run = execute(path, path)
        first, again = run.seconds
        after = run.bytes_after[0]
        light = after <= MOST_BYTES or not path.stem.startswith("00_")
        fine = not run.errors and max(run.seconds) <= MOST_SECONDS and light
        failed |= not fine
        print(
            f"{path.stem}: {'ok' if fine else 'FAILED'}. Wall time {first:.1f} s, again {again:.1f} s "
            f"(at most {MOST_SECONDS:.0f} s); CPU {run.cpu_seconds:.1f} s for both. "
            f"Kernel {after / 1e6:.0f} MB after the first pass (at most {MOST_BYTES / 1e6:.0f} MB after lesson 00), "
            f"{run.bytes_after[-1] / 1e6:.0f} MB after the second."
        )
        print("\n".join(run.errors), end="\n" if run.errors else "")
    return int(failed)


if __name__ == "__main__":
    sys.exit(main())
