"""The lesson on frame attention as a student meets it: opened, run, its explorer scrubbed and a weight dragged."""

from __future__ import annotations

from collections.abc import Callable

from tests.browser.lab import Notebook
from tests.browser.test_frames_in_lab import answers, caption, changed, pull


def test_the_lesson_runs_and_a_dragged_weight_moves_the_probabilities(lesson: Callable[[str], Notebook]) -> None:
    book = lesson("04_frame_attention.ipynb")
    page = book.page
    book.scroll_to(".fv-stage[data-sheet]")
    page.wait_for_selector(".fv-row .fv-now:not(:empty)")
    own = answers(page)
    page.locator(".fv-stage").first.focus()
    page.keyboard.press("End")
    page.wait_for_function("() => !document.querySelector('.fv-it-caption').textContent.startsWith('Frame 0:')")
    assert caption(page).startswith("Frame 17")
    assert answers(page) == own  # scrubbing moves no answer
    pull(page, "The weight of", 1, 2.5)
    assert changed(page, own) != own
