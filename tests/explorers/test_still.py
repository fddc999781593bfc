"""What an explorer leaves in a notebook beside its widget: pictures, bars and words, and nothing of one's own."""

from __future__ import annotations

import base64
import io
import json
import re
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from nbclient import NotebookClient
from nbconvert import HTMLExporter
from nbformat.v4 import new_code_cell, new_notebook
from PIL import Image

from ferviz import explorers
from ferviz.explorers.shared.still import NOTHING, TOUCH, Snapshot, as_page
from tests.explorers.test_sources import SOURCES, SYNTHETIC, own_picture
from tests.explorers.test_states import make
from tests.notebook_runner import kernel_environment

NAMES = [*SOURCES, *SYNTHETIC]
IMAGE = re.compile(r"""src=['"]data:image/webp;base64,([^'"]+)['"]""")


@pytest.fixture
def displayed(monkeypatch: pytest.MonkeyPatch) -> Callable[[explorers.Explorer], list[dict[str, Any]]]:
    """``displayed(explorer)``: the outputs that a cell with it gets."""
    shown: list[dict[str, Any]] = []
    monkeypatch.setattr("ferviz.explorers.shared.base.display", lambda data, raw: shown.append(data))

    def show(explorer: explorers.Explorer) -> list[dict[str, Any]]:
        shown.clear()
        explorer._ipython_display_()
        return list(shown)

    return show


def pictures(page: str) -> list[np.ndarray]:
    return [np.asarray(Image.open(io.BytesIO(base64.b64decode(data)))) for data in IMAGE.findall(page)]


@pytest.mark.parametrize("name", NAMES)
def test_each_explorer_shows_its_widget_and_a_still_of_what_it_shows(name, displayed):
    explorer = make(name)
    widget, still = displayed(explorer)
    assert widget["application/vnd.jupyter.widget-view+json"]["model_id"] == explorer.model_id
    assert (widget["text/html"], widget["text/plain"]) == ("", explorer.code())  # without trust the still stands alone
    page = still["text/html"]
    assert explorer.TITLE in page
    assert TOUCH in page
    assert "<script" not in page
    assert len(page) < 60_000  # characters; what the file grows by
    shown = pictures(page)
    assert shown
    assert all(min(one.shape[:2]) >= 40 and one.std() > 5 for one in shown)  # a picture, not an even square
    assert page.count("<figcaption>") == len(re.findall("<img alt='[^']+'", page)) == len(shown)
    if name != "Annotator":
        assert explorer.describe()[:40] in page.replace("&#x27;", "'")
    assert f"body:has(.{explorer._mark})" in page
    assert explorer._mark in explorer._dom_classes
    explorer.close()


@pytest.mark.parametrize("name", SOURCES)
def test_of_ones_own_nothing_is_left(name, displayed):
    given = make(name, own_picture())
    later = make(name)
    later.take(own_picture())
    for explorer in (given, later):
        widget, still = displayed(explorer)
        assert NOTHING in still["text/html"]
        assert "<img" not in still["text/html"]
        assert "<table" not in still["text/html"]
        assert still["text/plain"] == f"{explorer.TITLE}. {NOTHING}"
        assert widget["text/plain"] == explorer.code()
        explorer.close()


def test_what_a_person_has_answered_is_not_left(displayed):
    explorer = explorers.Annotator(answers=(("fear", 0.5, 0.5),), item=1)
    still = displayed(explorer)[1]
    assert "fear" not in json.dumps(still)
    explorer.close()


def test_the_still_follows_the_view(displayed):
    explorer = explorers.Patch(lifted=True)
    before = pictures(displayed(explorer)[1]["text/html"])[0]
    explorer.show(lifted=False, x=0.5, y=0.5, size=0.5, fill="black")
    after = pictures(displayed(explorer)[1]["text/html"])[0]
    assert after[32, 32].max() < 30 < before[32, 32].max()
    explorer.close()


def test_words_of_a_person_are_text_and_bars_without_a_number_are_left_out():
    kept = Snapshot({"<b>": np.zeros((50, 60), np.uint8)}, {"a": 0.5, "missing": np.nan})
    page = as_page(kept, title="<i>", words="&", of="x")
    assert "<b>" not in page["text/html"]
    assert "<i>" not in page["text/html"]
    assert "&amp;" in page["text/html"]
    assert "0.50" in page["text/html"]
    assert "missing" not in page["text/html"]


def test_a_page_of_nbconvert_shows_the_still_and_the_file_is_small():
    notebook = new_notebook(cells=[new_code_cell("from ferviz import explorers\nexplorers.LBPStepper()")])
    alone = ["--HistoryManager.hist_file=:memory:"]  # no file that kernels of other workers write too
    client = NotebookClient(notebook, kernel_name="python3", timeout=120, extra_arguments=alone)
    client.execute(env=kernel_environment())
    (cell,) = notebook.cells
    assert [sorted(output["data"]) for output in cell.outputs] == [
        ["application/vnd.jupyter.widget-view+json", "text/html", "text/plain"], ["text/html", "text/plain"],
    ]  # fmt: skip
    notebook.metadata.pop("widgets", None)
    page, _ = HTMLExporter(template_name="lab").from_notebook_node(notebook)
    assert TOUCH in page
    assert len(IMAGE.findall(page)) == 2
