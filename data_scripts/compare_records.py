"""What became of each measured figure between two editions: before beside after, as a page.

    python data_scripts/compare_records.py REVISION [--names fan masks …] [--out FILE]

``REVISION`` is the commit whose figures are "before" (``git show REVISION:ferviz/assets/measured/NAME.json``); "after"
are those of the package as it lies here. Entries of one table that are told apart by the same names and values stand on
one line, whatever else (networks, clips, statistics) changed between them; the others are counted, and named by their
rows. ``--out`` writes the page, as docs/editions.md was.
"""

from __future__ import annotations

import argparse
import subprocess
from collections.abc import Iterable, Mapping
from pathlib import Path

from ferviz.disk import write_whole
from ferviz.measured import FOLDER, Figures, Measured
from ferviz.measuring.commands import record_file

ROOT = Path(__file__).resolve().parent.parent
KEYS = frozenset({"row", "family", "score", "truth", "share", "labels", "set", "map", "metric", "curve", "fill", "by"})
KEYS |= {"kind", "vary", "part", "probe", "other", "replaced", "randomised", "votes", "effect", "group", "emotion"}
KEYS |= {"crops", "shown", "said", "yaw", "faces", "variant", "squash", "margin", "above"}  # regions, near-twins
KEYS |= {"head", "label", "body", "task", "loss", "source"}  # several heads
KEYS |= {"follows", "stream", "absent", "decibels", "covered", "steps"}  # face and voice
"""The names in `Measured.of` that say which figure it is; the others (counts, sizes, seconds) tell of it."""
SAME = ("accuracy", "rest")
"""What one edition says of the score, or the clips, of a table whose other edition has no other ones."""


def earlier(revision: str, name: str) -> Figures | None:
    """The figures of that name at a commit; None where it had none."""
    path = f"{(FOLDER / name).relative_to(ROOT).as_posix()}.json"
    command = ["git", "-c", f"safe.directory={ROOT}", "show", f"{revision}:{path}"]
    told = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    if told.returncode and "does not exist" not in told.stderr and "exists on disk, but not in" not in told.stderr:
        raise ValueError(f"revision must be a commit of this repository; git says: {told.stderr.strip()}")
    return None if told.returncode else Figures.from_json(told.stdout, f"{revision}:{path}")


def key(entry: Measured) -> str:
    """What tells an entry apart within its table."""
    told = [
        str(value)
        for name, value in sorted(entry.of.items())
        if name in KEYS and value not in SAME and not (name == "other" and isinstance(value, int))
    ]
    told += [f"minus {entry.than}"] if entry.than else []
    told += [entry.unit] if entry.unit in ("rows", "tables") else []  # shares of what was decided, not of pictures
    return ", ".join(told) or entry.what


def figure(entry: Measured | None) -> str:
    """Its value and interval, or the values of its few runs."""
    if entry is None or entry.value is None:
        return "not defined"
    form = "+.3f" if entry.than else ".3f"
    if entry.few:
        each = "; ".join("not kept" if value is None else f"{value:{form}}" for value in (entry.seeds or {}).values())
        return f"{entry.value:{form}} (runs: {each})"
    return f"{entry.value:{form}}" + (f" [{entry.low:{form}}, {entry.high:{form}}]" if entry.low is not None else "")


def lines(name: str, before: Mapping[str, Measured], after: Mapping[str, Measured]) -> list[str]:
    """One table of a file, as Markdown that can be folded."""
    both = [each for each in after if each in before]
    told = [f"<details><summary>{name}: {len(both)} in both</summary>", ""]
    if both:
        told += ["| figure | before | after |", "|---|---|---|"]
        told += [f"| {each} | {figure(before[each])} | {figure(after[each])} |" for each in both]
    for words, some, others in (("Only before", before, after), ("Only after", after, before)):
        alone = [entry for each, entry in some.items() if each not in others]
        if alone:
            told += ["", f"{words}: {len(alone)} ({_names(alone)})."]
    return [*told, "", "</details>", ""]


def _names(entries: Iterable[Measured]) -> str:
    return ", ".join(dict.fromkeys(entry.name for entry in entries))


def page(revision: str, names: Iterable[str]) -> str:
    """All tables of these files."""
    told = [
        "# Measured figures, edition by edition",
        "",
        "Every figure that was measured before and is measured now, side by side: other clips, other networks and, in",
        "part, other statistics. Equal names do not make equal questions; what each file was measured on, it says.",
        "Intervals are 95 %. Made by:",
        "",
        f"    python data_scripts/compare_records.py {revision} --names {' '.join(names)} --out docs/editions.md",
        "",
    ]
    for name in names:
        old = earlier(revision, name)
        new = Figures.from_json((FOLDER / f"{name}.json").read_text("utf-8"), name)
        told += [f"## {name}", "", f"{new.what[0].upper()}{new.what[1:]}.", ""]
        for table in dict.fromkeys([*new.tables, *(old.tables if old else ())]):
            both = ({key(entry): entry for entry in each.tables.get(table, ())} if each else {} for each in (old, new))
            told += lines(table, *both)
    return "\n".join(told)


def main(arguments: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("revision")
    parser.add_argument("--names", nargs="+", default=sorted(path.stem for path in FOLDER.glob("*.json")))
    parser.add_argument("--out", type=record_file)
    chosen = parser.parse_args(arguments)
    try:
        told = page(chosen.revision, chosen.names)
    except (OSError, ValueError) as error:
        parser.exit(1, f"{error}\n")
    if chosen.out is None:
        print(told)
    else:
        write_whole(chosen.out, told.encode())
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
