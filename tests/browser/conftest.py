"""One JupyterLab and one Chromium for all scenarios; a fresh page and a fresh kernel for each."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, expect

from tests.browser.lab import Lab, Notebook, open_browser, start_lab

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
def notebook(lab: Lab, browser: Browser, request: pytest.FixtureRequest) -> Iterator[Callable[..., Notebook]]:
    """``notebook(*cells)`` opens and runs a notebook. Afterwards no error was heard and no request left the machine."""
    page = browser.new_context(viewport={"width": 1280, "height": 1100}).new_page()
    page.set_default_timeout(PATIENCE)
    opened: list[Notebook] = []

    def start(*cells: str) -> Notebook:
        name = f"{request.node.name.replace('[', '-').rstrip(']')}.ipynb"
        path: Path = lab.write(name, cells)
        book = Notebook(lab, page)
        opened.append(book)
        book.open(path)
        book.run()
        return book

    yield start
    page.context.close()
    lab.end_sessions()
    lab.forget_theme()
    for book in opened:
        book.path.unlink()
        assert book.complaints == []
        assert book.strangers == []
