"""The lesson on frame attention as a student meets it: opened, run, its explorer scrubbed and a weight dragged."""

from __future__ import annotations

import shutil
from pathlib import Path

from playwright.sync_api import Browser, Page, expect

from tests.browser.lab import Lab, Notebook
from tests.browser.test_frames_in_lab import answers, caption, changed, pull

LESSON = Path(__file__).resolve().parents[2] / "notebooks" / "04_frame_attention.ipynb"


def scroll_to(page: Page, selector: str) -> None:
    """Go down the notebook until something is there: JupyterLab draws only the cells near the window."""
    scroller = page.locator(".jp-WindowedPanel-outer").first
    scroller.evaluate("(node) => node.scrollTo(0, 0)")
    for _ in range(80):
        if page.locator(selector).count():
            page.locator(selector).first.scroll_into_view_if_needed()
            return
        scroller.evaluate("(node) => node.scrollBy(0, 700)")
        page.wait_for_timeout(250)
    raise RuntimeError(f"{selector} is nowhere in the notebook")


def test_the_lesson_runs_and_a_dragged_weight_moves_the_probabilities(lab: Lab, browser: Browser) -> None:
    path = Path(shutil.copy(LESSON, lab.root / LESSON.name))
    context = browser.new_context(viewport={"width": 1280, "height": 1500})
    book = Notebook(lab, context.new_page())
    page = book.page
    try:
        book.open(path)
        book.run(seconds=600)
        expect(page.locator("[data-mime-type='application/vnd.jupyter.stderr']")).to_have_count(0)
        scroll_to(page, ".fv-stage[data-sheet]")
        page.wait_for_selector(".fv-row .fv-now:not(:empty)")
        own = answers(page)
        page.locator(".fv-stage").first.focus()
        page.keyboard.press("End")
        page.wait_for_function("() => !document.querySelector('.fv-fr-caption').textContent.startsWith('Frame 1:')")
        assert caption(page).startswith("Frame 18")
        assert answers(page) == own  # scrubbing moves no answer
        pull(page, "The weight of", 1, 2.5)
        assert changed(page, own) != own
    finally:
        context.close()
        lab.end_sessions()
        lab.forget_theme()
        path.unlink()
    assert book.complaints == []
    assert book.strangers == []
