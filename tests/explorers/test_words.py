"""One word for one thing in what explorers say."""

from __future__ import annotations

import io
import re
import tokenize
from importlib.resources import files
from pathlib import Path

import pytest

from ferviz.explorers import Twins
from ferviz.explorers.twins.explorer import NAMES
from ferviz.scores.twins import VERSIONS

TOP = Path(str(files("ferviz.explorers")))
PROSE = re.compile(r"\b[Gg]rey(?= [a-z{])|\b(?:in|is|has) grey\b")  # not the name of a variable


def said(path: Path) -> str:
    """A script; of a module its strings and comments."""
    text = path.read_text("utf-8")
    if path.suffix == ".js":
        return text
    kinds = (tokenize.STRING, tokenize.COMMENT, getattr(tokenize, "FSTRING_MIDDLE", tokenize.STRING))
    return "\n".join(one.string for one in tokenize.generate_tokens(io.StringIO(text).readline) if one.type in kinds)


@pytest.mark.parametrize("path", sorted({*TOP.rglob("*.py"), *TOP.rglob("*.js")}), ids=lambda one: one.name)
def test_gray_is_spelled_in_one_way(path):
    assert PROSE.findall(said(path)) == []


def test_the_search_finds_grey_where_a_person_reads_it(tmp_path):
    (tmp_path / "one.js").write_text('const a = "The grey face"; const grey = pick("grey"); // it is grey\n', "utf-8")
    assert len(PROSE.findall(said(tmp_path / "one.js"))) == 2
    (tmp_path / "one.py").write_text("grey = f'{x} has grey {x}'\nother = {'grey': grey if x else 1}\n", "utf-8")
    assert len(PROSE.findall(said(tmp_path / "one.py"))) == 1


def test_a_property_of_twins_has_one_name_wherever_it_is_read():
    assert list(NAMES) == list(VERSIONS)
    explorer = Twins(vary="skin")
    assert "differ in skin tone, showing" in explorer.describe()
    assert explorer.stage.picture["vary"]["skin"] == "skin tone"
    assert set(NAMES.values()) == set(Twins.PRESETS)
