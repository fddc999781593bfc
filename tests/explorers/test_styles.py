"""Each explorer styles names of its own, or those that all share: so that none looks otherwise beside another."""

from __future__ import annotations

import re
from pathlib import Path

import ferviz.explorers

FOLDERS = [folder for folder in Path(ferviz.explorers.__file__).parent.iterdir() if list(folder.glob("*.css"))]


def names(folder: Path) -> set[str]:
    """The classes that a folder's styles name."""
    styles = "".join(path.read_text("utf-8") for path in folder.glob("*.css"))
    return set(re.findall(r"\.(fv-[a-z0-9]+-[a-z0-9-]+)", styles))


def test_no_two_explorers_style_a_name_that_is_not_shared():
    (common,) = (names(folder) for folder in FOLDERS if folder.name == "shared")
    shared = {name.split("-")[1] for name in common}
    styled = [(folder.name, name) for folder in FOLDERS if folder.name != "shared" for name in names(folder)]
    own = [(who, name) for who, name in styled if name.split("-")[1] not in shared]
    twice = {name for who, name in own if any(other != who and name == same for other, same in own)}
    assert len(own) > 100
    assert twice == set()
