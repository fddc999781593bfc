"""Write README's table of papers and the lessons' length: ``python data_scripts/build_readme.py [--check]``.

The table is made from ferviz/papers.py, the length from the notebooks. ``--check`` writes nothing and exits with 1 when
README is out of step.
"""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Callable
from pathlib import Path

from ferviz.lessons import lessons_folder, minutes
from ferviz.papers import papers

README = Path(__file__).resolve().parent.parent / "README.md"
END = "<!-- end -->"


def lengths() -> str:
    """How long each lesson takes, in a sentence; a notebook of what goes beyond is named."""
    found = {}
    for path in lessons_folder().glob("*.ipynb"):
        number, _, name = path.stem.partition("_")
        found[number, name.startswith("more")] = minutes(json.loads(path.read_text("utf-8"))["cells"])
    told = (f"{'what goes beyond ' if more else ''}{number} {took}" for (number, more), took in sorted(found.items()))
    return f"Reckoned minutes of the lessons: {', '.join(told)}."


PARTS: dict[str, Callable[[], str]] = {
    "<!-- written by `make notebooks` from ferviz/papers.py -->": lambda: papers().markdown(),
    "<!-- written by `make notebooks` from the lessons -->": lengths,
}
"""The line that begins a written part → what stands below it, until the line that ends it."""


def expected(text: str) -> str:
    """README with its written parts as they should be.

    Raises
    ------
    ValueError
        When the place of a part is not marked once.
    """
    for begin, write in PARTS.items():
        if text.count(f"{begin}\n") != 1 or END not in text.split(begin)[1]:
            raise ValueError(f"README.md must hold one line {begin!r} and {END!r} after it")
        before, after = text.split(begin)
        text = f"{before}{begin}\n{write()}\n{END}{after.partition(END)[2]}"
    return text


def main(arguments: list[str] | None = None, path: Path = README) -> int:
    parser = argparse.ArgumentParser(description="Write README's table of papers and the lessons' length.")
    parser.add_argument("--check", action="store_true", help="write nothing; say whether README is in step")
    check, text = parser.parse_args(arguments).check, path.read_text("utf-8")
    try:
        wanted = expected(text)
    except ValueError as error:
        print(error, file=sys.stderr)
        return 1
    if text == wanted:
        print(f"{path.name} is in step with papers and lessons")
        return 0
    if check:
        print(f"{path.name} is out of step with ferviz/papers.py or the lessons; run: make notebooks")
        return 1
    part = path.with_name(path.name + ".part")
    part.write_text(wanted, "utf-8", newline="\n")
    part.replace(path)
    print(f"wrote {path.name}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
