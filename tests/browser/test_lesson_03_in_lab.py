"""The lesson on attention masks as a student meets it: opened, run, its explorer read and a module switched off."""

from __future__ import annotations

import shutil
from pathlib import Path

from playwright.sync_api import Browser, expect

from tests.browser.lab import Lab, Notebook
from tests.browser.test_lesson_04_in_lab import scroll_to
from tests.browser.test_masks_in_lab import point, stage, text, waits_for

LESSON = Path(__file__).resolve().parents[2] / "notebooks" / "03_attention_masks.ipynb"


def test_the_lesson_runs_and_without_a_mask_the_answer_moves(lab: Lab, browser: Browser) -> None:
    path = Path(shutil.copy(LESSON, lab.root / LESSON.name))
    context = browser.new_context(viewport={"width": 1280, "height": 1500})
    book = Notebook(lab, context.new_page())
    page = book.page
    try:
        book.open(path)
        book.run(seconds=600)
        expect(page.locator("[data-mime-type='application/vnd.jupyter.stderr']")).to_have_count(0)
        scroll_to(page, ".fv-stage[data-sheet]")
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
    finally:
        context.close()
        lab.end_sessions()
        lab.forget_theme()
        path.unlink()
    assert book.complaints == []
    assert book.strangers == []
