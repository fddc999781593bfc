"""Write README's table of papers from ferviz/papers.py: ``python data_scripts/build_readme.py [--check]``.

``--check`` writes nothing and exits with 1 when the table is out of step.
"""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

from ferviz.papers import papers

README = Path(__file__).resolve().parent.parent / "README.md"
BEGIN, END = "<!-- written by `make notebooks` from ferviz/papers.py -->\n", "<!-- end -->"


def expected(text: str) -> str:
    """README with the table as it should be.

    Raises
    ------
    ValueError
        When the place of the table is not marked once.
    """
    if text.count(BEGIN) != 1 or END not in text.split(BEGIN)[1]:
        raise ValueError(f"README.md must hold one line {BEGIN.strip()!r} and {END!r} after it")
    before, after = text.split(BEGIN)
    return f"{before}{BEGIN}{papers().markdown()}\n{END}{after.partition(END)[2]}"


def main(arguments: list[str] | None = None, path: Path = README) -> int:
    parser = argparse.ArgumentParser(description="Write README's table of papers from ferviz/papers.py.")
    parser.add_argument("--check", action="store_true", help="write nothing; say whether the table is in step")
    check, text = parser.parse_args(arguments).check, path.read_text("utf-8")
    try:
        wanted = expected(text)
    except ValueError as error:
        print(error, file=sys.stderr)
        return 1
    if text == wanted:
        print(f"{path.name} is in step with the table of papers")
        return 0
    if check:
        print(f"{path.name} is out of step with ferviz/papers.py; run: make notebooks")
        return 1
    part = path.with_name(path.name + ".part")
    part.write_text(wanted, "utf-8", newline="\n")
    part.replace(path)
    print(f"wrote {path.name}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
