"""``import ferviz`` in a fresh process, beside a Python that imports nothing. Target: at most 0.3 s more."""

from __future__ import annotations

import statistics
import subprocess
import sys
import time

RUNS = 20
TARGET = 0.3


def seconds(statement: str) -> float:
    start = time.perf_counter()
    subprocess.run([sys.executable, "-c", statement], check=True)
    return time.perf_counter() - start


def main() -> int:
    bare, whole = [], []
    for _ in range(RUNS + 1):  # in turns, so that a busy machine slows both alike; the first round warms the disk
        bare.append(seconds("pass"))
        whole.append(seconds("import ferviz"))
    without, with_it = statistics.median(bare[1:]), statistics.median(whole[1:])
    print(f"calibration: bare Python     {without:.3f} s (median of {RUNS})")
    print(f"Python and `import ferviz`   {with_it:.3f} s (median of {RUNS})")
    print(f"`import ferviz` alone        {with_it - without:.3f} s (target: at most {TARGET} s)")
    return int(with_it - without > TARGET)


if __name__ == "__main__":
    sys.exit(main())
