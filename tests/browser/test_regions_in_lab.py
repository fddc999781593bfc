"""Regions in JupyterLab: a cover and a box are dragged, weights follow; the page by itself still says what it knows.

After each scenario the fixture asserts that no console error was heard and no request left the machine.
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Locator, Page, expect

from tests.browser.lab import Notebook
from tests.browser.test_explorers_in_lab import drag, kernel_says, pixels, settled, shows_anew

Open = Callable[..., Notebook]

CELL = """from ferviz.explorers import Regions
from tests.region_nets import seeded
explorer = Regions({}model={{variant: seeded(variant) for variant in ("relation", "mean")}})
explorer"""
FACE = "The face with its boxes"


def stage(page: Page) -> Locator:
    found = page.locator(".fv-stage[data-sheet]")
    found.wait_for(timeout=60_000)
    page.wait_for_selector(".fv-row .fv-now:not(:empty)")
    return found


def says(page: Page, selector: str, words: str) -> None:
    there = "([selector, words]) => document.querySelector(selector).textContent.includes(words)"
    page.wait_for_function(there, arg=[selector, words], timeout=60_000)


def at(page: Page, x: float, y: float) -> tuple[float, float]:
    """A place of the face on the page."""
    box = page.locator(".fv-rg-face").bounding_box()
    assert box is not None
    return box["x"] + x * box["width"], box["y"] + y * box["height"]


def test_a_cover_and_a_box_are_dragged_and_the_weights_follow(notebook: Open) -> None:
    book = notebook(CELL.format("'surprise-still', "), "pass")
    page = book.page
    stage(page)
    face = page.locator(".fv-rg-face")
    bare, untouched = pixels(page, FACE), pixels(page, "The weight of each region")
    page.get_by_role("button", name="mask", exact=True).click()
    says(page, ".fv-rg-caption", "→")
    settled(page)
    assert shows_anew(page, FACE, bare)
    assert shows_anew(page, "The weight of each region", untouched)
    covered, shares = pixels(page, FACE), pixels(page, "The share of each region that is covered")
    drag(page, face, (0.5, 0.76), (0.35, 0.5))
    settled(page)
    assert shows_anew(page, FACE, covered)
    assert shows_anew(page, "The share of each region that is covered", shares)
    place = kernel_says(book, "explorer.state.cover_x, explorer.state.cover_y").split()
    assert [float(share) for share in place] == pytest.approx([0.35, 0.5], abs=0.015)

    page.get_by_role("button", name="no cover").click()
    page.mouse.click(*at(page, 0.5, 0.98))  # where the box below lies alone, but for the face
    says(page, ".fv-rg-caption", "Region 3 (lower, .75 wide)")
    before, crops = pixels(page, "The weight of each region"), pixels(page, "What each region shows")
    drag(page, face, (0.5, 0.9), (0.4, 0.7))
    settled(page)
    assert shows_anew(page, "The weight of each region", before)
    assert shows_anew(page, "What each region shows", crops)
    moved = [float(edge) for edge in kernel_says(book, "*explorer.state.boxes[2]").split()]
    assert moved == pytest.approx([0.025, 0.05, 0.775, 0.8], abs=0.015)
    drag(page, face, (moved[2], moved[3]), (0.6, 0.6))  # its corner
    settled(page)
    right, count = kernel_says(book, "explorer.state.boxes[2][2], len(explorer.state.boxes)").split()
    assert (float(right), count) == (pytest.approx(0.6, abs=0.03), "5")

    face.focus()
    for key in ("n", "ArrowRight", "Shift+ArrowDown", "+", "Delete", "n", "x", "c", "Enter", "ArrowLeft"):
        page.keyboard.press(key)
        settled(page)
    expect(page.get_by_role("button", name="Take back")).to_be_visible()
    assert kernel_says(book, "len(explorer.state.boxes), explorer.state.dropped, explorer.state.cover") == "6 (6,) hand"
    face.focus()
    page.keyboard.press("Escape")
    settled(page)
    assert kernel_says(book, "explorer.state.boxes, explorer.state.touched, repr(explorer.error)") == "None False ''"


def test_scores_margin_heat_and_a_turned_head(notebook: Open) -> None:
    book = notebook(CELL.format(""), "pass")
    page = book.page
    stage(page)
    page.get_by_role("tab", name="RB-loss").click()
    says(page, ".fv-rg-formula", "max(0, 0.10 − (")
    page.get_by_role("slider", name="Margin").fill("0.3")
    says(page, ".fv-rg-formula", "max(0, 0.30 − (")
    sigmoid = page.locator(".fv-rg-formula").inner_text()
    page.get_by_role("button", name="softmax", exact=True).click()
    settled(page)
    assert page.locator(".fv-rg-formula").inner_text() != sigmoid
    page.get_by_role("button", name="mean", exact=True).click()
    says(page, ".fv-rg-formula", "This variant has no μ: no RB-loss.")
    page.get_by_role("button", name="4 Turned: which side?").click()
    says(page, ".fv-readout", "turned 45°")
    page.get_by_role("tab", name="On the face").click()
    page.wait_for_selector("canvas[aria-label^='Attribution on the face: to ']", timeout=60_000)
    page.wait_for_selector("canvas[aria-label^='Truth on the face: pixels changed']")
    truth = pixels(page, "Truth on the face")
    page.get_by_role("tab", name="The head").click()
    page.get_by_role("slider", name="Turned (yaw)").fill("-30")
    says(page, ".fv-readout", "turned −30°")
    page.wait_for_timeout(300)
    settled(page)
    page.get_by_role("tab", name="On the face").click()
    assert shows_anew(page, "Truth on the face", truth)
    light = pixels(page, "The weight of each region")
    book.theme("JupyterLab Dark")
    page.wait_for_selector(".fv-stage[data-theme=dark]")
    assert shows_anew(page, "The weight of each region", light)
    assert kernel_says(book, "explorer.state.yaw, explorer.state.quality, repr(explorer.error)") == "-30 full ''"


def test_the_page_by_itself_shows_each_box_and_moves_nothing(
    notebook: Open, browser: Browser, tmp_path: Path
) -> None:
    page = notebook(CELL.format("cover='mask', cover_y=0.76, cover_size=0.8, "), "pass").page
    stage(page)
    with page.expect_download() as coming:
        page.get_by_role("button", name="HTML page").click()
    coming.value.save_as(tmp_path / "regions.html")
    with page.expect_download() as coming:
        page.get_by_role("button", name="PNG").click()

    alone = browser.new_context(offline=True, viewport={"width": 1100, "height": 900}).new_page()
    heard: list[str] = []
    alone.on("console", lambda message: heard.append(message.text))
    alone.on("pageerror", lambda error: heard.append(str(error)))
    alone.on("request", lambda request: heard.append(request.url))
    alone.goto((tmp_path / "regions.html").as_uri())
    stage(alone)
    before = pixels(alone, FACE)
    alone.mouse.move(*at(alone, 0.5, 0.98))
    says(alone, ".fv-rg-caption", "Region 3 (lower, .75 wide)")
    assert shows_anew(alone, FACE, before)
    drag(alone, alone.locator(".fv-rg-face"), (0.5, 0.76), (0.2, 0.3))
    alone.locator(".fv-stage").focus()
    for key in ("Home", "ArrowRight", "n", "Delete", "x", "c", "Escape"):
        alone.keyboard.press(key)
    says(alone, ".fv-rg-caption", "Region 1 (upper left, .75 wide)")
    for name in ("Which matters?", "RB-loss", "On the face"):
        alone.get_by_role("tab", name=name).click()
    alone.wait_for_selector("canvas[aria-label^='Attribution on the face: Not worked out']")
    alone.get_by_role("tab", name="RB-loss").click()
    alone.get_by_role("slider", name="Margin").fill("0.4")
    says(alone, ".fv-rg-formula", "max(0, 0.40 − (")
    expect(alone.get_by_role("button", name="Add a box")).to_have_count(0)
    expect(alone.get_by_role("tab", name="The head")).to_have_count(0)
    alone.wait_for_timeout(2600)
    expect(alone.locator(".fv-silence")).to_be_hidden()
    assert heard == [(tmp_path / "regions.html").as_uri()]
    alone.context.close()
