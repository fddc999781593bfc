"""The table of papers: every piece that a row names is there, and what is listed elsewhere is made from it."""

from __future__ import annotations

import doctest
import sys
from dataclasses import replace
from pathlib import Path

import pytest

import ferviz
from data_scripts import build_readme
from ferviz.models.zoo import MODELS
from ferviz.papers import NETWORKS, PAPERS, Network, Paper, Papers, lesson_link, papers

TOP = Path(__file__).resolve().parents[2]
SOON = Paper("soon", "T", "A", "V", "https://x", "I", recipe="common", stands=False)
STANDING = [row for row in PAPERS.values() if row.stands]


def missing(row: Paper) -> list[str]:
    """What a row names and the house has not, and which kinds of pieces it does not name at all."""
    files = [f"ferviz/models/{network.model}.py" for network in row.networks]
    files += [f"ferviz/assets/weights/{n.name}{end}" for n in row.networks for end in (".safetensors", ".json")]
    files.append(f"ferviz/learning/recipes/{row.recipe}.py")
    files += [f"ferviz/assets/measured/{name}.json" for name in row.measured]
    files += [f"data_scripts/{name}" for name in row.commands]
    places = (f"source/{row.lesson}.py", f"{row.lesson}.ipynb", f"solutions/{row.lesson}.ipynb")
    files += [f"notebooks/{place}" for place in places]
    found = [name for name in files if not (TOP / name).is_file()]
    found += [f"ferviz.explorers.{name}" for name in row.explorers if not hasattr(ferviz.explorers, name)]
    return found + [kind for kind in ("networks", "explorers", "measured", "commands") if not getattr(row, kind)]


@pytest.mark.parametrize("row", STANDING, ids=lambda row: row.slug)
def test_every_piece_of_a_paper_that_stands_is_there(row):
    assert missing(row) == []


def out_of_place(row: Paper) -> list[str]:
    """What a paper to come lacks of its reference, and what it names beyond a recipe."""
    found = [name for name in ("title", "authors", "venue", "link", "idea") if not getattr(row, name)]
    found += [name for name in ("networks", "explorers", "lesson", "measured", "commands") if getattr(row, name)]
    recipe = TOP / "ferviz/learning/recipes" / f"{row.recipe}.py"
    return found + ["recipe"] * bool(row.recipe and not recipe.is_file())


def test_a_paper_to_come_has_a_reference_and_at_most_a_recipe():
    assert {row.slug: out_of_place(row) for row in PAPERS.values() if not row.stands and out_of_place(row)} == {}
    assert out_of_place(SOON) == []
    assert out_of_place(replace(SOON, idea="", lesson="09_soon", recipe="soon")) == ["idea", "lesson", "recipe"]


def test_a_missing_piece_is_named():
    nets = (Network("absent", "absent"),)
    row = Paper("absent", "T", "A", "V", "https://x", "I", nets, "absent", ("AbsentLab",), "09_absent")
    assert missing(row) == [
        "ferviz/models/absent.py",
        "ferviz/assets/weights/absent.safetensors",
        "ferviz/assets/weights/absent.json",
        "ferviz/learning/recipes/absent.py",
        "notebooks/source/09_absent.py",
        "notebooks/09_absent.ipynb",
        "notebooks/solutions/09_absent.ipynb",
        "ferviz.explorers.AbsentLab",
        "measured",
        "commands",
    ]


def test_nothing_ships_that_no_row_names():
    assert list(MODELS) == list(NETWORKS)
    weights = {path.stem for path in (TOP / "ferviz/assets/weights").glob("*.safetensors")}
    assert weights - set(NETWORKS) == {"mtcnn"}


def test_the_lesson_of_a_paper_is_titled_as_its_row_says():
    for row in STANDING:
        source = (TOP / "notebooks" / "source" / f"{row.lesson}.py").read_text("utf-8")
        assert f"\n# # {row.lesson_title}\n" in source


def test_the_papers_show_themselves_as_a_table_and_as_lines():
    shown = papers()
    assert tuple(shown) == tuple(PAPERS.values())
    assert "<table aria-label='Papers'>" in shown._repr_html_()
    assert shown._repr_html_().count("to come") == len(PAPERS) - len(STANDING)
    assert repr(shown).splitlines()[4].endswith("https://arxiv.org/abs/2012.13912")
    assert repr(Papers((SOON,))) == "soon: A, “T”, V. https://x (to come)"
    assert "to come" in Papers((SOON,))._repr_html_()


def test_the_name_on_the_package_is_the_function_whoever_came_first():
    assert ferviz.papers is papers
    assert sys.modules["ferviz.papers"].papers is papers


def test_a_link_to_a_lesson_needs_a_lesson(monkeypatch):
    monkeypatch.setattr(sys.modules["ferviz.papers"], "PAPERS", {**PAPERS, "soon": SOON})
    assert lesson_link("frame-attention") == "**[04 · Frame attention](04_frame_attention.ipynb)**"
    for slug in ("soon", "no-such"):
        with pytest.raises(ValueError, match=rf"slug must name a paper with a lesson \(.*\); got '{slug}'"):
            lesson_link(slug)


def test_the_examples_are_true():
    result = doctest.testmod(sys.modules["ferviz.papers"])
    assert (result.attempted > 0, result.failed) == (True, 0)


# ---- README's table -------------------------------------------------------------------------------------------------


def test_the_readme_is_in_step():
    assert build_readme.main(["--check"]) == 0


def test_a_part_that_is_out_of_step_is_named_and_written(tmp_path, capsys):
    path = tmp_path / "README.md"
    first, second = build_readme.PARTS
    path.write_text(f"before\n{first}\nold\n<!-- end -->\nbetween\n{second}\n<!-- end -->\nafter\n", "utf-8")
    assert build_readme.main(["--check"], path) == 1
    assert "is out of step with ferviz/papers.py or the lessons; run: make notebooks" in capsys.readouterr().out
    assert build_readme.main([], path) == 0
    table, length = papers().markdown(), build_readme.lengths()
    written = f"before\n{first}\n{table}\n<!-- end -->\nbetween\n{second}\n{length}\n<!-- end -->\nafter\n"
    assert path.read_text("utf-8") == written
    assert build_readme.main(["--check"], path) == 0


def test_a_readme_without_the_mark_is_refused(tmp_path, capsys):
    path = tmp_path / "README.md"
    path.write_text("nothing", "utf-8")
    assert build_readme.main([], path) == 1
    assert "must hold one line '<!-- written by" in capsys.readouterr().err
