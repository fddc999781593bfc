"""Write requirements.lock: install the package with its test extra into an empty environment and pin what came.

The lock is a pip constraints file, so one file serves the lessons and the tests, on every platform. Pins that the
present lock has are kept; ``--upgrade`` takes the newest versions instead (torch stays: a newer one has no CPU build
in every place that tests run, and pulls gigabytes).
"""

from __future__ import annotations

import argparse
import os
import re
import subprocess
import sys
import tempfile
from pathlib import Path

TOP = Path(__file__).resolve().parent.parent
LOCK = TOP / "requirements.lock"
TORCH = "torch==2.13.0"
# What only Windows or macOS needs, and an install on Linux does not show.
ELSEWHERE = ["appnope==1.0.0", "colorama==0.4.6", "pywinpty==3.1.2"]
# Part of the environment itself, or the package.
NOT_PINNED = {"ferviz", "pip", "setuptools", "wheel"}
HEADER = """\
# The versions that ferviz is tested with, as a pip constraints file:
#   pip install -c requirements.lock -e .            (lessons)
#   pip install -c requirements.lock -e '.[test]'    (tests)
# Written by `make lock`; `make lock UPGRADE=yes` takes newer versions.
"""


def normal(name: str) -> str:
    """Return a distribution's name as every tool spells it alike."""
    return re.sub(r"[-_.]+", "-", name).lower()


def read_lock(text: str) -> dict[str, str]:
    """Return normal name → pinned version."""
    pins = [line.split("==") for line in text.splitlines() if line and not line.startswith("#")]
    return {normal(name): version for name, version in pins}


def lock_text(frozen: str) -> str:
    """Return the lock for the output of ``pip freeze``; a local version such as +cpu is left to the machine."""
    pins = {normal(line.split("==")[0]): line.split("+")[0] for line in frozen.splitlines() if "==" in line}
    pins.update({normal(line.split("==")[0]): line for line in ELSEWHERE})
    return HEADER + "".join(f"{pins[name]}\n" for name in sorted(pins.keys() - NOT_PINNED))


def freeze(arguments: list[str]) -> str:
    """Install the package with its test extra into an empty environment; return what ``pip freeze`` says of it."""
    with tempfile.TemporaryDirectory() as folder:
        python = Path(folder) / ("Scripts/python.exe" if os.name == "nt" else "bin/python")
        subprocess.run([sys.executable, "-m", "venv", folder], check=True)
        pip = [str(python), "-m", "pip"]
        subprocess.run([*pip, "install", "--quiet", *arguments, TORCH, ".[test]"], check=True, cwd=TOP)
        return subprocess.run([*pip, "freeze"], check=True, capture_output=True, text=True).stdout


def main() -> None:
    parser = argparse.ArgumentParser(description="Write requirements.lock.")
    parser.add_argument("--upgrade", action="store_true", help="newest versions instead of the present pins")
    arguments = [] if parser.parse_args().upgrade or not LOCK.exists() else ["-c", str(LOCK)]
    part = LOCK.with_suffix(".part")
    part.write_text(lock_text(freeze(arguments)), "utf-8", newline="\n")
    os.replace(part, LOCK)
    print(f"{LOCK.name}: {len(read_lock(LOCK.read_text('utf-8')))} pins")


if __name__ == "__main__":
    main()
