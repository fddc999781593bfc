"""One JupyterLab and one Chromium for all scenarios; for each file a page and a kernel, for each scenario new cells."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.browser.lab import Lab, Notebook, new_page, open_browser, start_lab

LESSONS = Path(__file__).resolve().parents[2] / "notebooks"
SIZE = 1280, 1100  # px of a page
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
    page = new_page(browser, *SIZE)
    page.set_default_timeout(PATIENCE)
    opened: list[Notebook] = []

    def start(path: Path, seconds: float = 600) -> Notebook:
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


@pytest.fixture(scope="module")
def desk(lab: Lab, browser: Browser) -> Iterator[Notebook]:
    """A notebook that is open, with its kernel."""
    book = Notebook(lab, new_page(browser, *SIZE))
    book.page.set_default_timeout(PATIENCE)
    book.open(lab.write("desk.ipynb", ["pass"]))
    yield book
    book.page.close()
    lab.end_sessions()
    lab.forget_theme()
    book.path.unlink()


@pytest.fixture
def notebook(desk: Notebook) -> Iterator[Callable[..., Notebook]]:
    """``notebook(*cells)`` clears the desk, puts these cells on it and runs them. No error was heard, nothing left."""

    def start(*cells: str) -> Notebook:
        desk.page.set_viewport_size(dict(zip(("width", "height"), SIZE, strict=True)))
        desk.clear()
        desk.put(cells)
        desk.run()
        return desk

    yield start
    complaints, strangers = list(desk.complaints), list(desk.strangers)
    desk.complaints.clear()
    desk.strangers.clear()
    assert complaints == []
    assert strangers == []


@pytest.fixture
def fresh(lab: Lab, run: Callable[..., Notebook], request: pytest.FixtureRequest) -> Callable[..., Notebook]:
    """``fresh(*cells)`` writes a notebook with these cells and runs it, in a page and a kernel of its own."""

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


@pytest.fixture
def alone(browser: Browser, tmp_path: Path) -> Iterator[Callable[..., Page]]:
    """``alone(html)`` opens a page from a file. Afterwards no error was heard, and nothing was asked of a network."""
    context = browser.new_context(offline=True, viewport={"width": 1280, "height": 900})
    heard: list[str] = []

    def start(html: str, script: str = "") -> Page:
        page = context.new_page()
        page.on("console", lambda message: heard.append(message.text) if message.type == "error" else None)
        page.on("pageerror", lambda error: heard.append(str(error)))
        page.on("request", lambda one: one.url.startswith(("file:", "blob:", "data:")) or heard.append(one.url))
        if script:
            page.add_init_script(script)
        (tmp_path / "page.html").write_text(html, "utf-8")
        page.goto((tmp_path / "page.html").as_uri())
        return page

    yield start
    context.close()
    assert heard == []
