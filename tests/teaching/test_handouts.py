"""Notebooks as pages: formulas, figures and explorers inside, nothing asked of the network, nothing of one's own."""

from __future__ import annotations

import html
import re
from pathlib import Path

import nbformat
import pytest
from typer.testing import CliRunner

from ferviz import explorers
from ferviz.cli import app
from ferviz.explorers.shared.frozen import frozen
from ferviz.handouts import HandoutError, freeze, hand_out, to_html, with_mathml

CELLS = (
    "# A note on $\\alpha_i = \\sigma(f_i^\\top q^0)$\n\nand `$not$` this, but\n\n$$\\frac{1}{T}$$",
    "import ferviz\nfrom ferviz import explorers\nseen = ferviz.observe(ferviz.load_model('mini-xception'), "
    "ferviz.sample('happiness-still'))\nferviz.plots.probabilities(seen)",
    "explorers.Frames()",
    "explorers.LBPStepper()",
    "import ipywidgets\nipywidgets.IntSlider()",
    "ferviz.sample('happiness-still')",
)


def notebook(path: Path, *cells: str) -> Path:
    made = [nbformat.v4.new_markdown_cell(cells[0]), *map(nbformat.v4.new_code_cell, cells[1:])]
    book = nbformat.v4.new_notebook(cells=made)
    book.metadata["kernelspec"] = {"name": "python3", "display_name": "Python 3", "language": "python"}
    nbformat.write(book, path)
    return path


@pytest.fixture(scope="module")
def page(tmp_path_factory) -> str:
    path = notebook(tmp_path_factory.mktemp("handout") / "note.ipynb", *CELLS)
    before = path.read_bytes()
    made = hand_out(path)
    assert made == path.with_suffix(".html")
    assert path.read_bytes() == before
    return made.read_text("utf-8")


def test_nothing_on_the_page_is_loaded_from_elsewhere(page):
    whole = html.unescape(page)
    assert re.findall(r"(?:src|href)=[\"']https?:[^\"']*\.(?:js|css|mjs)", whole) == []
    assert "cdnjs" not in whole


def test_formulas_are_mathml_and_code_stays(page):
    assert page.count("<math ") == 2
    assert 'display="block"' in page
    assert "$not$" in page


def test_figures_and_explorers_stand_inside(page):
    assert page.count("Plotly.newPlot(place") == 1
    assert page.count("<iframe ") == 2
    assert page.count("A still: run this cell in JupyterLab to touch it.") == 1  # of the two one is live
    assert page.count("<summary>In words</summary>") == 2
    assert "application/vnd.jupyter.widget" not in page
    assert "frame 0 · 0.00 s" in page


def test_of_an_upload_nothing_is_kept():
    one = explorers.LBPStepper()
    one.private = True
    kept = frozen(one.model_id)
    assert kept == "<p>Here stood an explorer of which nothing is kept: run this cell in JupyterLab to use it.</p>"
    assert frozen(one.stage.model_id) == frozen("nobody") == ""
    one.close()


@pytest.mark.parametrize("text", ["costs 5 $ or 7 $", "`$x$`", "```\n$x$\n```", "no formula", "$ x $"])
def test_what_is_no_formula_stays(text):
    assert with_mathml(text) == text


def test_a_cell_that_fails_is_named(tmp_path):
    path = notebook(tmp_path / "wrong.ipynb", "# A note", "1 / 0")
    with pytest.raises(HandoutError, match=r"wrong.ipynb, cell 2: ZeroDivisionError: division by zero"):
        hand_out(path)
    assert not path.with_suffix(".html").exists()


def test_ones_own_files_are_asked_for_first(tmp_path):
    path = notebook(tmp_path / "mine.ipynb", "load_clip('in words')", "# load_clip('me.jpg')", "x = 1; load_clip('a')")
    with pytest.raises(ValueError, match=r"mine.ipynb opens files of your own in cell 3, .* say own=True \(--own\)"):
        hand_out(path)
    done = CliRunner().invoke(app, ["export", str(path)])
    assert done.exit_code == 1
    assert "opens files of your own in cell 3" in done.output
    assert not path.with_suffix(".html").exists()


def test_a_page_by_itself_links_to_no_other_notebook():
    cell = nbformat.v4.new_markdown_cell("[next](01_b.ipynb), [a part](#a-part), [far](https://example.org/a.ipynb)")
    page = to_html(nbformat.v4.new_notebook(cells=[cell]), "note")
    assert [link for link in re.findall(r'<a href="([^"]*)"', page) if "ipynb" in link or "part" in link] == [
        "#a-part",
        "https://example.org/a.ipynb",
    ]
    assert "next, " in page


def test_a_kernel_of_this_machine_does_not_warn_of_listeners(tmp_path, capfd):
    freeze(notebook(tmp_path / "a.ipynb", "1 + 1"))
    assert "encryption" not in "".join(capfd.readouterr())


def test_what_a_page_would_load_is_refused():
    cell = nbformat.v4.new_markdown_cell("<img src='https://example.org/me.png'>")
    with pytest.raises(HandoutError, match="the page would load https://example.org/me.png"):
        to_html(nbformat.v4.new_notebook(cells=[cell]), "note")


@pytest.mark.parametrize(
    ("name", "text", "says"),
    [
        ("a.txt", "{}", r"path must be a notebook \(.ipynb\); got 'a.txt'"),
        ("a.ipynb", "no json", "a.ipynb is no notebook: "),
        ("a.ipynb", "\x00\x01", "a.ipynb is no notebook: "),
    ],
)
def test_what_is_no_notebook_is_said(tmp_path, name, text, says):
    (tmp_path / name).write_text(text)
    with pytest.raises(ValueError, match=says):
        freeze(tmp_path / name)
    done = CliRunner().invoke(app, ["export", str(tmp_path / name)])
    assert done.exit_code == 1
    assert done.output.startswith("ferviz: ")


def test_a_notebook_that_is_not_there_is_said(tmp_path):
    done = CliRunner().invoke(app, ["export", str(tmp_path / "gone.ipynb")])
    assert done.exit_code == 1
    assert "gone.ipynb" in done.output
