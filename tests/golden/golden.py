"""The golden file: what the shipped networks, attribution, removal and the explorers give, kept to the last bit.

    python tests/golden/golden.py                  # compare all with the record, print what differs
    python tests/golden/golden.py face lbp         # only these groups (see ``GROUPS``)
    python tests/golden/golden.py --write lbp      # write these groups anew, print which entries changed
    python tests/golden/golden.py --write          # all of them

The record is two files beside this one, 2.3 MB, without pickles. ``standing.json`` has a line for each entry: texts as
they are; of arrays the dtype, shape, SHA-256 of the bytes (its first 32 digits) and mean and standard deviation.
``standing.npz`` has the values: all of a small array, 64 evenly spaced ones of a large one, to say how far it moved.

How it compares
    On the machine on which a group was written, known by its fingerprint (processor, torch's vector width, versions of
    the libraries that calculate): exactly, by dtype, shape, hash and text. Elsewhere convolutions and sums round
    otherwise: there what a network computes of given pictures must agree within 1e-5 of the largest recorded size of
    its array, and the rest within what `record.ELSEWHERE` says and gives reasons for. The set of names must be equal
    everywhere.

When it may be written anew
    Never to make a red test green. Only when an answer is meant to change (new weights, another number drawn, words
    that say more), and then the commit names each entry, or each kind of entry, that `--write` lists, and why. An entry
    that goes with the code that it shows is named too. A refactor moves no entry. On another machine write the groups
    that are meant to change alone: the others stay as they are, to the letter.

What depends on names in code, and may be mapped by hand when these are renamed
    ``<explorer>/<step>/code``: a line of Python with the explorer's class. ``attribution/…/refused`` and
    ``worth/…/refused``: messages with classes of models. ``…/words`` of attribution and curves: attributes with
    the model's class, and the names of dimensions, levels and methods. ``<explorer>/<step>/answer``: keys of the
    explorer's state and of its drawing. All other names are this file's own.

Only public names are used, so that modules can move. Networks and samples are named here, not asked for, so that what
is added later changes no entry. Counters of the talk with the browser (`COUNTERS`) are left out.
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

if __name__ == "__main__":  # the package beside this file, not one that is installed
    sys.path.insert(0, str(Path(__file__).resolve().parents[2]))

import torch
from answers import attribution, moved, nets, sounding, tasks, worth
from drawings import DRAWINGS
from record import INDEX, Found, Kept, Record, differences, fingerprint, keep, read, write

GROUPS: Mapping[str, Callable[[], Found]] = {
    **{function.__name__: function for function in (nets, moved, attribution, worth, tasks, sounding)},
    **DRAWINGS,
}


def compute(group: str) -> dict[str, Kept | str]:
    """The entries of a group as the record keeps them, by their full names, on one thread."""
    threads = torch.get_num_threads()
    torch.set_num_threads(1)
    try:
        return {f"{group}/{name}": keep(value) for name, value in GROUPS[group]().items()}
    finally:
        torch.set_num_threads(threads)


def held(group: str, record: Record) -> list[str]:
    """What of a group differs from the record."""
    return differences(compute(group), record.of(group), exact=record.machines.get(group) == fingerprint())


def main(words: Sequence[str]) -> int:
    """What the command does; the number of entries that differ, at most 1."""
    writing = "--write" in words
    groups = [word for word in words if word != "--write"] or list(GROUPS)
    if unknown := [word for word in groups if word not in GROUPS]:
        raise SystemExit(f"groups must be some of {', '.join(GROUPS)}; got {', '.join(unknown)}")
    if not writing:
        record = read()
        lines = [line for group in groups for line in held(group, record)]
        print("\n".join(lines) or "nothing differs")
        return int(bool(lines))
    was = read() if INDEX.exists() else Record({}, {})
    now = {name: entry for group in groups for name, entry in compute(group).items()}
    before = {name: entry for group in groups for name, entry in was.of(group).items()}
    left = {name: entry for name, entry in was.entries.items() if name not in before and name.split("/")[0] in GROUPS}
    machines = {group: machine for group, machine in was.machines.items() if group in GROUPS}
    write(Record(machines | dict.fromkeys(groups, fingerprint()), left | now))
    lines = differences(now, before, exact=True)
    print("\n".join(["Written. The commit must name these entries, and why they changed:", *lines]))
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
