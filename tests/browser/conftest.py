"""One JupyterLab and one Chromium for all scenarios; a fresh page and a fresh kernel for each."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, expect

from tests.browser.lab import Lab, Notebook, new_page, open_browser, start_lab

LESSONS = Path(__file__).resolve().parents[2] / "notebooks"
PATIENCE = 60_000  # ms: a kernel on a busy machine answers late
expect.set_options(timeout=PATIENCE)


@pytest.fixture(scope="session")
def lab(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Lab]:
    with start_lab(tmp_path_factory.mktemp("lab")) as running:
        yield running


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    with open_browser() as running:
        yield running


@pytest.fixture
def run(lab: Lab, browser: Browser) -> Iterator[Callable[..., Notebook]]:
    """``run(path)`` opens and runs a notebook. Afterwards no error was heard and no request left the machine."""
    page = new_page(browser, 1280, 1100)
    page.set_default_timeout(PATIENCE)
    opened: list[Notebook] = []

    def start(path: Path, seconds: float = 120) -> Notebook:
        book = Notebook(lab, page)
        opened.append(book)
        book.open(path)
        book.run(seconds)
        return book

    yield start
    page.close()
    lab.end_sessions()
    lab.forget_theme()
    for book in opened:
        book.path.unlink()
        assert book.complaints == []
        assert book.strangers == []


@pytest.fixture
def notebook(lab: Lab, run: Callable[..., Notebook], request: pytest.FixtureRequest) -> Callable[..., Notebook]:
    """``notebook(*cells)`` writes a notebook with these cells and runs it."""

    def start(*cells: str) -> Notebook:
        name = f"{request.node.name.replace('[', '-').rstrip(']')}.ipynb"
        return run(lab.write(name, cells))

    return start


@pytest.fixture
def lesson(lab: Lab, run: Callable[..., Notebook]) -> Callable[[str], Notebook]:
    """``lesson(name)`` opens a copy of a lesson and runs all of it, without any warning."""

    def start(name: str) -> Notebook:
        book = run(Path(shutil.copy(LESSONS / name, lab.root / name)), seconds=600)
        expect(book.page.locator("[data-mime-type='application/vnd.jupyter.stderr']")).to_have_count(0)
        return book

    return start
