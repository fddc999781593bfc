"""How often a toy is right on the test people of a synthetic set: ``measure_toy.py --clips FOLDER --out FILE``."""

from __future__ import annotations

import argparse
from pathlib import Path

from ferviz.disk import write_whole
from ferviz.learning.recipes import synthetic_stills
from ferviz.learning.tasks import right
from ferviz.measuring.commands import command_of, record_file, status_of
from ferviz.measuring.entries import entry, figures
from ferviz.models import load_model
from ferviz.models.toy import SIDE


def main(arguments: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--clips", type=Path, required=True)
    parser.add_argument("--out", type=record_file, required=True)
    chosen = parser.parse_args(arguments)
    stills = synthetic_stills(chosen.clips, "test", SIDE)
    hit = right(load_model("toy"), stills)
    row = entry(hit.numpy(), stills.group, what="accuracy on synthetic faces", of={"row": "toy"}, unit="pictures")
    told = figures("a toy on synthetic faces", command_of(__file__, chosen), {"shipped": [row]})
    write_whole(chosen.out, told.to_json().encode())
    return 0


if __name__ == "__main__":
    raise SystemExit(status_of(main))
