"""Masks in JupyterLab: hovering without the kernel, switches, receptive field, dials, files, and the page by itself.

After each scenario the fixture asserts that no console error was heard and no request left the machine.
"""

from __future__ import annotations

import io
from collections.abc import Callable
from pathlib import Path

import numpy as np
from PIL import Image
from playwright.sync_api import Browser, Locator, Page, expect

import ferviz
from tests.browser.lab import Notebook
from tests.browser.test_explorers_in_lab import choose, kernel_says, pixels, settled, shows_anew

Open = Callable[..., Notebook]

CELL = """import torch
from ferviz.explorers import Masks
from ferviz.models.lbp_attention import Config, LBPAttention
torch.manual_seed(3)
model = LBPAttention(Config.compact()).eval()  # untrained, but made to depend on what its modules do
with torch.no_grad():
    model.attend[-1].weight *= 30
    model.classify.weight *= 30
explorer = Masks({}model=model)
explorer"""


def stage(page: Page) -> Locator:
    found = page.locator(".fv-stage[data-sheet]")
    found.wait_for(timeout=60_000)
    page.wait_for_selector(".fv-row .fv-now:not(:empty)")
    return found


def text(page: Page, name: str) -> str:
    return page.locator(f".fv-mk-{name}").first.inner_text()


def waits_for(page: Page, name: str, words: str, timeout: float = 60_000) -> None:
    there = "([name, words]) => document.querySelector(name).textContent.includes(words)"
    page.wait_for_function(there, arg=[name, words], timeout=timeout)


def point(page: Page, label: str, row: int, column: int, *, click: bool = False) -> None:
    """Put the pointer on a place of one of the maps of 12 × 12."""
    canvas = page.locator(f"canvas[aria-label^='{label}']")
    canvas.scroll_into_view_if_needed()
    box = canvas.bounding_box()
    assert box is not None
    page.mouse.move(box["x"] + (column + 0.5) * box["width"] / 12, box["y"] + (row + 0.5) * box["height"] / 12)
    if click:
        page.mouse.down()
        page.mouse.up()


def fits(page: Page) -> None:
    """Nothing is wider than the explorer, large or narrow."""
    wide = "(node) => node.scrollWidth <= node.clientWidth + 1"
    page.get_by_role("button", name="Large type").click()
    page.wait_for_selector(".ferviz-large")
    assert page.locator(".ferviz-explorer").evaluate(wide)
    page.set_viewport_size({"width": 600, "height": 1000})
    page.wait_for_timeout(200)
    assert page.locator(".ferviz-explorer").evaluate(wide)


def test_hovering_reads_a_place_and_a_click_or_key_keeps_it(notebook: Open) -> None:
    book = notebook(CELL.format("'surprise-still', panel='field', channel=4, "), "pass")
    page = book.page
    root = stage(page)
    turn = root.get_attribute("data-turn")
    trunk = pixels(page, "The trunk T")
    point(page, "The mask M", 2, 9)
    waits_for(page, ".fv-mk-where", "Row 2, column 9 of 12 × 12: 4 × 4 pixels")
    assert shows_anew(page, "The trunk T", trunk)  # the place is marked in every picture
    hovered = text(page, "formula")
    expect(root).to_have_attribute("data-turn", turn)  # the kernel was not asked
    page.mouse.move(2, 2)
    waits_for(page, ".fv-mk-where", "Row 8, column 6")
    point(page, "The mask M", 2, 9, click=True)
    settled(page)
    page.mouse.move(2, 2)
    waits_for(page, ".fv-mk-where", "Row 2, column 9")
    assert text(page, "formula") == hovered
    root.focus()
    for key in ("ArrowDown", "Shift+ArrowLeft"):
        page.keyboard.press(key)
        settled(page)
    page.keyboard.press("b")  # in JupyterLab's command mode: insert a cell
    numbers = "round(p.mask, 3), round(p.trunk, 3), repr(explorer.error)"
    said = kernel_says(
        book, f"explorer.state.row, explorer.state.column, [({numbers}) for p in [explorer.view.at(3, 5)]][0]"
    )
    assert said.startswith("3 5 (")
    assert said.endswith("\"''\")")
    mask = float(said.split("(")[1].split(",")[0])
    assert f"{mask:.3f}" in text(page, "formula")
    expect(page.locator(".jp-Notebook .jp-Cell")).to_have_count(2)


def test_switches_move_the_maps_the_answer_and_the_words(notebook: Open) -> None:
    book = notebook(CELL.format("'anger-still', panel='field', "), "pass")
    page = book.page
    root = stage(page)
    mask, picture = pixels(page, "The mask M"), pixels(page, "Its texture")
    own = page.locator(".fv-row .fv-now").all_inner_texts()
    page.get_by_role("tab", name="Switches").click()
    page.get_by_role("group", name="Attention").get_by_role("button", name="off").click()
    waits_for(page, ".fv-mk-said", "The mask is 0, so H = T exactly.")
    assert shows_anew(page, "The mask M", mask)
    expect(page.locator(".fv-readout")).to_contain_text("→")
    expect(page.locator(".fv-row .fv-before")).to_have_text(own)
    assert page.locator(".fv-row .fv-now").all_inner_texts() != own
    page.get_by_role("button", name="Sobel").click()
    waits_for(page, ".fv-mk-said", "Trained with circle: a network that has not learned the strength of edges")
    assert shows_anew(page, "Its texture", picture)
    root.focus()
    page.keyboard.press("r")
    waits_for(page, ".fv-mk-said", "R = H")
    page.keyboard.press("Escape")
    waits_for(page, ".fv-mk-said", "All as trained")
    settled(page)
    expect(page.locator(".fv-row .fv-now")).to_have_text(own)
    page.keyboard.press(".")
    page.keyboard.press(".")
    settled(page)
    waits_for(page, ".fv-mk-numbers", "Channel 1.")
    page.get_by_role("tab", name="Receptive field").click()
    settled(page)
    before = pixels(page, "The receptive field")
    page.get_by_role("button", name="(2, 2, 2)").click()
    waits_for(page, ".fv-mk-facts", "49 of these 169; 120 are holes")
    assert shows_anew(page, "The receptive field", before)
    rates = page.get_by_label("Rates of your own")
    rates.fill("1 9")
    rates.press("Enter")
    waits_for(page, ".fv-mk-refused", "1 to 5 whole numbers from 1 to 6")
    rates.fill("4, 3")
    rates.press("Enter")
    settled(page)
    waits_for(page, ".fv-mk-facts", "15 × 15 places wide")
    light = pixels(page, "The trunk T")
    book.theme("JupyterLab Dark")
    page.wait_for_selector(".fv-stage[data-theme=dark]")
    assert shows_anew(page, "The trunk T", light)
    assert kernel_says(book, "explorer.state.rates, explorer.state.channel, repr(explorer.error)") == "(4, 3) 1 ''"
    fits(page)


def test_dials_move_the_face_and_an_attribution_follows_when_the_hand_rests(notebook: Open) -> None:
    book = notebook(CELL.format(""), "pass")
    page = book.page
    stage(page)
    page.get_by_role("tab", name="Against the truth").click()
    page.get_by_role("tab", name="Expression").click()
    page.wait_for_selector("canvas[aria-label^='Attribution to the photo: pointing']", timeout=60_000)
    truth, face = pixels(page, "Truth"), pixels(page, "The face")
    page.get_by_role("button", name="surprise", exact=True).click()
    settled(page)
    assert shows_anew(page, "Truth", truth)
    assert shows_anew(page, "The face", face)
    slider = page.get_by_role("slider", name="AU 26")
    slider.focus()
    for _ in range(4):
        page.keyboard.press("ArrowLeft")
    page.wait_for_timeout(300)
    settled(page)
    expect(page.locator(".fv-readout")).to_contain_text("your own units")
    page.wait_for_selector("canvas[aria-label^='Attribution to the photo: pointing']", timeout=60_000)
    page.get_by_role("button", name="Grad-CAM").click()
    page.wait_for_selector("canvas[aria-label^='Attribution to the texture: Grad-CAM looks']", timeout=60_000)
    shown = "explorer.state.quality, explorer.view.against.photo is None, repr(explorer.error)"
    assert kernel_says(book, shown) == "full False ''"
    page.locator(".fv-stage select").select_option("astronaut")
    page.wait_for_selector("canvas[aria-label^='Truth mm moved: Not known']", timeout=60_000)
    page.get_by_role("button", name="Take a synthetic face").click()
    page.wait_for_selector("canvas[aria-label^='Truth mm moved: up to']", timeout=60_000)
    fits(page)


def test_an_upload_is_shown_and_files_ask_first(notebook: Open) -> None:
    book = notebook(CELL.format("panel='field', "), "pass")
    page = book.page
    root = stage(page)
    file = io.BytesIO()
    Image.fromarray(np.ascontiguousarray(ferviz.sample("astronaut").frames[0][:, ::-1])).save(file, "PNG")
    choose(page, {"name": "me.png", "mimeType": "image/png", "buffer": file.getvalue()})
    page.wait_for_selector(".fv-stage[data-own=yes]", timeout=60_000)
    waits_for(page, ".fv-readout", "your own picture")
    page.get_by_role("button", name="HTML page").click()
    waits_for(page, ".fv-exports", "It will hold your own picture")
    assert "me.png" not in str(book.save())
    page.get_by_role("button", name="Back to the sample").click()
    page.wait_for_selector(".fv-stage[data-own=no]")
    expect(root).to_have_attribute("data-own", "no")


def test_a_picture_and_a_page_are_saved_and_the_page_still_reads_numbers(
    notebook: Open, browser: Browser, tmp_path: Path
) -> None:
    page = notebook(CELL.format("'fear-still', panel='field', rates=(2, 2, 2), "), "pass").page
    stage(page)
    with page.expect_download() as coming:
        page.get_by_role("button", name="PNG").click()
    picture = np.asarray(Image.open(coming.value.path()).convert("RGB"))
    assert picture.shape[1] > 1000
    assert picture.std() > 20
    with page.expect_download() as coming:
        page.get_by_role("button", name="HTML page").click()
    coming.value.save_as(tmp_path / "masks.html")

    alone = browser.new_context(offline=True, viewport={"width": 1100, "height": 1400}).new_page()
    heard: list[str] = []
    alone.on("console", lambda message: heard.append(message.text))
    alone.on("pageerror", lambda error: heard.append(str(error)))
    alone.on("request", lambda request: heard.append(request.url))
    alone.goto((tmp_path / "masks.html").as_uri())
    stage(alone)
    field = pixels(alone, "The receptive field")
    point(alone, "The mask M", 1, 2)
    waits_for(alone, ".fv-mk-where", "Row 1, column 2")
    assert shows_anew(alone, "The receptive field", field)
    point(alone, "The mask M", 4, 4, click=True)
    alone.keyboard.press("ArrowRight")
    waits_for(alone, ".fv-mk-facts", "(row 4, column 5)")
    answers = alone.locator(".fv-row .fv-now").all_inner_texts()
    for key in ("a", "t", ".", "Escape"):
        alone.keyboard.press(key)
    alone.wait_for_timeout(200)
    assert alone.locator(".fv-row .fv-now").all_inner_texts() == answers  # without a kernel nothing is switched
    expect(alone.get_by_role("button", name="Sobel")).to_have_count(0)
    alone.get_by_role("button", name="Large type").click()
    alone.wait_for_selector(".ferviz-large")
    alone.wait_for_timeout(2600)
    expect(alone.locator(".fv-silence")).to_be_hidden()  # nobody waits for a kernel that is not missed
    assert heard == [(tmp_path / "masks.html").as_uri()]
    alone.context.close()
