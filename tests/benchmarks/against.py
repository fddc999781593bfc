"""Every benchmark here and at an earlier commit, in turns, in one run; exit status 1 when one is over 10 % slower.

    make bench AGAINST=COMMIT [ROUNDS=3]

Of a figure the smallest of the rounds is compared: what else a machine does only ever adds time. Where one is over 10 %
slower, both run again, at most as many rounds more, for a machine may be slower for minutes; the table says how many
there were. A benchmark that only one of the two has is named and left out.
"""

from __future__ import annotations

import argparse
import os
import re
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
MOST = 1.1
Round = tuple[dict[str, float], dict[str, float]]  # what both printed: the name of each figure → its value
TABLE = r"^(?P<name>\S.*?) {2,}(?P<value>[\d.]+)(?= |$)"  # a row's name and its first number
DRAGS = r"^(?P<name>painted moves).*of all runs: (?P<value>\d+) ms"
FIGURES = {  # the times of a benchmark: in its output, the name and the value of each
    "drag": (DRAGS,),
    "face_lab": (r"^ +(?P<name>painted moves|new person): median +(?P<value>\d+)",),
    "film": (r"^(?P<name>seek='\w+'):.*?, (?P<value>[\d.]+) s",),
    "frames": (r"^(?P<name>search.*), median (?P<value>[\d.]+) s", DRAGS, r"^(?P<name>\S.*?) {2,}\d+ +(?P<value>\d+) "),
    "lessons": (r"^(?P<name>\w+): .*CPU (?P<value>[\d.]+) s",),
    "masks": (r"^(?P<name>\d+ switches).*median (?P<value>\d+) ms",),
    "voices": (r"^(?P<name>[^:]+): (?P<value>[\d.]+) ms CPU",),
}


def figures(name: str, printed: str) -> dict[str, float]:
    """The times that a benchmark printed; a name that comes again is numbered."""
    found: dict[str, float] = {}
    for line in printed.splitlines():
        for pattern in FIGURES.get(name, (TABLE,)):
            if not line.startswith("calibration") and (match := re.search(pattern, line)):
                label = match["name"].strip(" ,:")
                times = 1 + sum(one.partition(" #")[0] == label for one in found)
                found[label if times == 1 else f"{label} #{times}"] = float(match["value"])
                break
    return found


def run(tree: Path, name: str) -> dict[str, float]:
    """The figures of one benchmark of one tree. Raises RuntimeError with its words when it prints none."""
    command = [sys.executable, f"tests/benchmarks/bench_{name}.py"]
    env = {**os.environ, "PYTHONPATH": str(tree), "OMP_NUM_THREADS": "1"}
    done = subprocess.run(command, cwd=tree, env=env, capture_output=True, text=True, check=False)
    found = figures(name, done.stdout)
    if not found:
        raise RuntimeError(f"bench_{name}.py of {tree.name} printed no figure:\n{done.stdout}\n{done.stderr[-2000:]}")
    return found


@contextmanager
def checked_out(commit: str) -> Iterator[Path]:
    """The tree of a commit, in a folder that goes again."""
    with tempfile.TemporaryDirectory() as home:
        tree = Path(home) / "before"
        subprocess.run(["git", "worktree", "add", "-q", "--detach", str(tree), commit], cwd=ROOT, check=True)
        try:
            yield tree
        finally:
            subprocess.run(["git", "worktree", "remove", "--force", str(tree)], cwd=ROOT, check=True)


def smallest(rounds: list[Round]) -> Round:
    """The smallest of each figure over all rounds, before and now."""
    then, now = ({key: min(one[side][key] for one in rounds) for key in rounds[0][side]} for side in (0, 1))
    return then, now


def slower(then: dict[str, float], now: dict[str, float]) -> list[str]:
    """The figures of both that are more than 10 % larger now."""
    return [key for key in then.keys() & now.keys() if now[key] > MOST * then[key] > 0]


def names(tree: Path) -> set[str]:
    return {path.stem.removeprefix("bench_") for path in (tree / "tests" / "benchmarks").glob("bench_*.py")}


def main() -> int:
    """Print a line for each figure: before, now, now / before."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("commit")
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--only", nargs="*", default=[], help="names of benchmarks, without bench_")
    told = parser.parse_args()
    slow = 0
    with checked_out(told.commit) as before:
        for name in sorted(names(ROOT) ^ names(before)):
            print(f"{name}: only {'here' if name in names(ROOT) else 'before'}, left out")
        for name in sorted(names(ROOT) & names(before)):
            if told.only and name not in told.only:
                continue
            rounds: list[Round] = []
            while len(rounds) < told.rounds or (len(rounds) < 2 * told.rounds and slower(*smallest(rounds))):
                rounds.append((run(before, name), run(ROOT, name)))
            then, now = smallest(rounds)
            slow += len(slower(then, now))
            print(f"\n{f'{name}, {len(rounds)} rounds':50s}{'before':>9s}{'now':>9s}{'ratio':>8s}")
            for key in sorted(then.keys() & now.keys()):
                ratio = now[key] / then[key] if then[key] else 1.0
                print(f"{key[:50]:50s}{then[key]:9.2f}{now[key]:9.2f}{ratio:8.2f}{'  SLOWER' * (ratio > MOST)}")
            for key in sorted(then.keys() ^ now.keys()):
                print(f"{key[:50]:50s} only {'now' if key in now else 'before'}")
            sys.stdout.flush()
    print(f"\n{slow} figures are more than {MOST - 1:.0%} slower than at {told.commit}")
    return int(slow > 0)


if __name__ == "__main__":
    sys.exit(main())
