"""A saved notebook that is opened again, by a kernel that knows nothing of it: each explorer's picture is there.

With the settings that a person has who has set nothing, JupyterLab keeps no widget; and with its state kept. The page
that saves it meets a restarted kernel first.
"""

from __future__ import annotations

import base64
import json
import os
import shutil
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Locator, Page, expect

from tests.browser.lab import DEFAULTS, Lab, Notebook, new_page, start_lab
from tests.browser.layout import NAMES
from tests.browser.test_kernel_in_lab import GONE, GREY, answers, ask, cell, restart, touch

Open = Callable[..., Notebook]

OWN = """import numpy as np, ferviz
from ferviz import explorers
face = ferviz.sample("astronaut").frames[0][:300, 90:390]
own = explorers.Patch(np.ascontiguousarray(255 - (255 - face[:, ::-1]) // 2))
own"""
SAVED = "saved.ipynb"
SHOWN = [*NAMES, "Patch of one's own"]
LOST = "Error: widget model not found"  # what JupyterLab's widget manager says by itself of each that was not kept
DONE = """(count) => {
  const outputs = [...document.querySelectorAll('.jp-OutputArea-output')];
  const lost = outputs.filter((one) => one.textContent.startsWith('Error displaying widget'));
  return document.querySelectorAll('.fv-stage[data-painted]').length + lost.length === count;
}"""
ALL = "() => document.querySelectorAll('.fv-stage[data-painted][data-turn]').length === {}"


def through(page: Page) -> None:
    """Go down the notebook and up again: JupyterLab draws a cell when it comes near the window."""
    for step in (600, -600):
        for _ in range(40):
            page.mouse.move(640, 400)
            page.mouse.wheel(0, step)
            page.wait_for_timeout(60)


def reopen(book: Notebook, path: Path, count: int) -> None:
    """Open a file with the state of its widgets until each is drawn.

    JupyterLab looks for a widget for two seconds, every 0.1 s, but not once more after the last pause: where all
    widgets come during that pause, which is long on a busy machine, it says for good that there is none. Then the page
    is loaded again, as a person would do.
    """
    for more in (True, True, False):
        book.open(path)
        book.page.wait_for_function(DONE, arg=count, timeout=600_000)
        if more and any(said.startswith(LOST) for said in book.complaints):
            book.complaints[:] = [said for said in book.complaints if not said.startswith(LOST)]
        else:
            return


@pytest.fixture(scope="module")
def first(lab: Lab, browser: Browser) -> Iterator[Notebook]:
    """Every explorer was run and saved with its widgets' state, in a copy as well; its page is open."""
    book = Notebook(lab, new_page(browser, 1280, 1000))
    book.open(lab.write("lesson.ipynb", [*map(cell, NAMES), OWN]))
    book.run(900)
    there = painted(book.page)
    assert len(there) == book.page.locator(".ferviz-still").count()
    assert not [one for one in book.page.locator(".ferviz-still").all() if one.is_visible()]
    book.save()
    shutil.copy(book.path, lab.root / SAVED)
    assert book.complaints == []
    assert book.strangers == []
    yield book
    book.page.close()
    lab.end_sessions()
    book.path.unlink()


@pytest.fixture(scope="module")
def saved(first: Notebook, lab: Lab) -> Iterator[Path]:
    """The copy, with its kernel gone: the page that saved it is closed, so what needs that page stands before."""
    first.page.close()
    lab.end_sessions()
    yield lab.root / SAVED
    (lab.root / SAVED).unlink()


@contextmanager
def again(lab: Lab, browser: Browser) -> Iterator[Notebook]:
    """A new page, for a saved file."""
    book = Notebook(lab, new_page(browser, 1280, 1000))
    yield book
    book.page.close()
    lab.end_sessions()
    lab.forget_theme()


@pytest.fixture
def bare(saved: Path, browser: Browser, tmp_path: Path) -> Iterator[Notebook]:
    """Opened again in the JupyterLab of a person who has set nothing: it has kept no widget."""
    notebook = json.loads(saved.read_text("utf-8"))
    del notebook["metadata"]["widgets"]
    with start_lab(tmp_path / "lab", chosen=DEFAULTS) as plain:
        path = plain.root / saved.name
        path.write_text(json.dumps(notebook), "utf-8")
        with again(plain, browser) as book:
            book.open(path)
            through(book.page)
            yield book


@pytest.fixture(scope="module")
def kept(saved: Path, lab: Lab, browser: Browser) -> Iterator[Notebook]:
    """Opened again where the widgets' state was saved."""
    with again(lab, browser) as book:
        reopen(book, saved, len(SHOWN))
        yield book


def painted(page: Page) -> list[Locator]:
    """All explorers, once each has drawn an answer and none says that its kernel is gone."""
    ready = ".fv-stage[data-painted][data-turn]:not([data-kernel='gone'])"
    page.wait_for_function(
        "([ready, count]) => document.querySelectorAll(ready).length === count",
        arg=[ready, len(SHOWN)],
        timeout=600_000,
    )
    return page.locator(".ferviz-explorer").all()


def look(book: Notebook, name: str) -> None:
    """Keep a picture of the page where somebody wants to look at it."""
    if folder := os.environ.get("FERVIZ_PICTURES"):
        Path(folder).mkdir(parents=True, exist_ok=True)
        for place, cell in enumerate(book.page.locator(".jp-CodeCell").all()):
            cell.scroll_into_view_if_needed()
            cell.screenshot(path=f"{folder}/{name}-{place}.png")


def test_a_restarted_kernel_leaves_no_stale_number_in_any_explorer(first):
    book, page = first, first.page
    there = painted(page)
    restart(book)
    turns = [explorer.locator(".fv-stage").get_attribute("data-turn") for explorer in there]
    for number, explorer in enumerate(there):  # the two ways in turns: which of both is not the explorer's to choose
        (touch, ask)[number % 2](explorer)
    for name, explorer, turn in zip(SHOWN, there, turns, strict=True):
        stage = explorer.locator(".fv-stage")
        expect(stage.locator(".fv-silence"), name).to_have_text(GONE, timeout=10_000)
        assert stage.locator(".fv-body").evaluate(GREY), name
        assert stage.get_attribute("data-turn") == turn, name
    book.command("notebook:run-all-cells")
    # a control of ipywidgets that is moved over a closed line throws by itself, and JupyterLab where a restart comes
    # before the kernel has told of itself; what explorers send is caught
    known = ("page error: Cannot send", "page error: Canceled future for kernel_info_request")
    assert [said for said in book.complaints if not said.startswith(known)] == []
    book.complaints.clear()
    for explorer in painted(page):
        touch(explorer)
    page.wait_for_timeout(2600)
    painted(page)
    for name, explorer in zip(SHOWN, page.locator(".ferviz-explorer").all(), strict=True):
        expect(explorer.locator(".fv-silence"), name).to_be_hidden()
        body = explorer.locator(".fv-body").element_handle()  # a busy kernel may be late: its answer is waited for
        page.wait_for_function(f"(body) => !({GREY})(body)", arg=body, timeout=20_000)
    assert book.complaints == []
    assert book.strangers == []


def test_without_widget_state_a_still_stands_and_no_line_of_error(bare):
    book, page = bare, bare.page
    stills = page.locator(".ferviz-still")
    expect(stills).to_have_count(len(SHOWN))
    page.wait_for_timeout(3000)  # JupyterLab looks for a widget for two seconds
    for still in stills.all():
        expect(still).to_be_visible()
        expect(still).to_contain_text("Run this cell to")
    for lost in page.get_by_text("Error displaying widget").all():
        expect(lost).to_be_hidden()
    for picture in stills.locator("img").all():
        assert picture.evaluate("(image) => image.complete && image.naturalWidth > 40")
    look(book, "default-light")
    ink = "(still) => getComputedStyle(still).color"
    light = stills.first.evaluate(ink)
    book.theme("JupyterLab Dark")
    assert stills.first.evaluate(ink) != light
    look(book, "default-dark")
    assert [said for said in book.complaints if not said.startswith(LOST)] == []
    assert book.strangers == []
    notebook = json.loads(book.path.read_text("utf-8"))
    sizes = [len(json.dumps(cell["outputs"])) for cell in notebook["cells"]]
    assert max(sizes) < 150_000
    own = "".join(notebook["cells"][-1]["outputs"][1]["data"]["text/html"])
    assert "a notebook keeps nothing of it" in own
    assert "<img" not in own


def test_with_widget_state_each_explorer_is_drawn_and_scrubs_and_no_still_beside_it(kept):
    book, page = kept, kept.page
    page.wait_for_function(ALL.format(len(SHOWN)), timeout=600_000)
    page.wait_for_timeout(1000)
    for still in page.locator(".ferviz-still").all():
        expect(still).to_be_hidden()
    expect(page.get_by_text("Error displaying widget")).to_have_count(0)
    frames = page.locator(".ferviz-explorer").nth(NAMES.index("Frames"))
    before = frames.locator(".fv-stage").inner_text()
    frames.locator("[tabindex='0']").first.press("ArrowRight")
    expect(frames.locator(".fv-stage")).not_to_have_text(before)
    look(book, "kept")
    assert book.complaints == []
    state = json.loads(book.path.read_text("utf-8"))["metadata"]["widgets"]["application/vnd.jupyter.widget-state+json"]
    assert [base64.b64decode(one["data"]) for widget in state["state"].values() for one in widget.get("buffers", [])]


def test_a_cell_that_is_run_in_a_notebook_opened_again_shows_an_explorer_that_answers(kept):
    book, page = kept, kept.page
    place = NAMES.index("Frames")
    run = page.locator(".jp-CodeCell").nth(place)
    run.locator(".jp-InputArea-editor").click()
    book.command("notebook:run-cell")
    expect(run.locator(".jp-InputPrompt")).to_have_text("[1]:")
    page.wait_for_function(ALL.format(len(SHOWN)))
    answers(page, "Frames", place)
    assert book.complaints == []
    assert book.strangers == []


def test_a_saved_notebook_opened_again_without_its_cell_run_shows_no_new_setting_beside_old_numbers(fresh: Open):
    book = fresh(cell("FaceLab"))
    page = book.page
    page.wait_for_selector(".fv-stage[data-painted][data-turn]")
    book.save()
    book.lab.end_sessions()
    reopen(book, book.path, 1)
    expect(page.locator(".fv-stage[data-painted]")).to_be_visible()
    stage = page.locator(".fv-stage")
    said = stage.locator(".fv-readout").inner_text()
    for _ in range(3):
        page.get_by_role("slider", name="Intensity of all units").press("ArrowRight")
        page.wait_for_timeout(2600)
        expect(stage.locator(".fv-silence")).to_have_text(GONE, timeout=8_000)
        assert stage.locator(".fv-readout").inner_text() == said
        assert stage.locator(".fv-body").evaluate(GREY)
