"""The lesson on attention masks as a student meets it: opened, run, its explorer read and a module switched off."""

from __future__ import annotations

from collections.abc import Callable

from playwright.sync_api import expect

from tests.browser.lab import Notebook
from tests.browser.test_masks_in_lab import point, stage, text, waits_for


def test_the_lesson_runs_and_without_a_mask_the_answer_moves(lesson: Callable[[str], Notebook]) -> None:
    book = lesson("03_attention_masks.ipynb")
    page = book.page
    book.scroll_to(".fv-stage[data-sheet]")
    stage(page)
    own = page.locator(".fv-row .fv-now").all_inner_texts()
    before = text(page, "formula")
    point(page, "The mask M", 2, 9)
    waits_for(page, ".fv-mk-where", "Row 2, column 9 of 12 × 12")
    assert text(page, "formula") != before  # another place, other numbers
    page.get_by_role("group", name="Attention").get_by_role("button", name="off").click()
    waits_for(page, ".fv-mk-said", "The mask is 0, so H = T exactly.")
    expect(page.locator(".fv-row .fv-before")).to_have_text(own)
    assert page.locator(".fv-row .fv-now").all_inner_texts() != own
