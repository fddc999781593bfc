"""Frames in JupyterLab: scrubbing and playing without the kernel, a dragged weight, files, and the page by itself.

After each scenario the fixture asserts that no console error was heard and no request left the machine.
"""

from __future__ import annotations

import io
import re
from collections.abc import Callable
from pathlib import Path

import numpy as np
from PIL import Image
from playwright.sync_api import Browser, Locator, Page, expect

import ferviz
from tests.browser.lab import Notebook
from tests.browser.test_explorers_in_lab import choose, kernel_says, pixels, settled, shows_anew

Open = Callable[..., Notebook]

CELL = """import ferviz, torch
from ferviz.explorers import Frames
from ferviz.models.frame_attention import Config, FrameAttention
def seeded(variant):  # untrained, but made to answer differently from frame to frame
    torch.manual_seed(3)
    model = FrameAttention(Config.compact(variant)).eval()
    with torch.no_grad():
        f = model.backbone(model.prepare(ferviz.sample('anger-off-label'))[0][0]).mean(0)
        f = torch.cat([f, f]) if variant == 'relation' else f
        for part in (model.classify, getattr(model.q0, 'score', None)):
            if part is not None:
                part.weight *= 200
                part.bias.copy_(-part.weight @ f[: part.weight.shape[1]])
    return model
explorer = Frames({}models={{v: seeded(v) for v in ('mean', 'pool', 'self', 'relation')}})
explorer"""
SLIDER = "Frame"


def stage(page: Page) -> Locator:
    found = page.locator(".fv-stage[data-sheet]")
    found.wait_for(timeout=60_000)
    page.wait_for_selector(".fv-row .fv-now:not(:empty)")
    return found


def caption(page: Page) -> str:
    return page.locator(".fv-it-caption").inner_text()


def answers(page: Page) -> list[str]:
    return page.locator(".fv-row .fv-now").all_inner_texts()


def changed(page: Page, before: list[str]) -> list[str]:
    settled(page)
    page.wait_for_function(
        "(old) => [...document.querySelectorAll('.fv-row .fv-now')].map((n) => n.textContent).join() !== old",
        arg=",".join(before),
    )
    return answers(page)


def pull(page: Page, label: str, column: int, up: float) -> None:
    """Drag the bar of one of 18 columns upwards by a share of the row's height."""
    box = page.locator(f"canvas[aria-label^='{label}']").bounding_box()
    x, y = box["x"] + (column + 0.5) * box["width"] / 18, box["y"] + 0.8 * box["height"]
    page.mouse.move(x, y)
    page.mouse.down()
    page.mouse.move(x, y - up * box["height"], steps=8)
    page.mouse.up()


def test_scrubbing_playing_hovering_and_keys_leave_the_kernel_alone(notebook: Open) -> None:
    book = notebook(CELL.format(""), "pass")
    page = book.page
    root = stage(page)
    turn = root.get_attribute("data-turn")
    assert "Frame 0: 0.00 s of the clip" in caption(page)
    first = pixels(page, "Frame 0")
    root.focus()
    for key in ("ArrowRight", "Shift+ArrowRight"):
        page.keyboard.press(key)
    page.wait_for_function("() => document.querySelector('.fv-it-caption').textContent.startsWith('Frame 6')")
    assert shows_anew(page, "Frame 6", first)
    page.keyboard.press("End")
    page.wait_for_function("() => document.querySelector('.fv-it-caption').textContent.startsWith('Frame 17')")
    page.keyboard.press("Home")
    slider = page.get_by_role("slider", name=SLIDER)
    page.wait_for_function("() => document.querySelector('.fv-it-row input').value === '0'")
    expect(slider).to_have_attribute("aria-valuetext", re.compile("frame 0 of 18: the weight of frame 0 is 0.0"))
    page.keyboard.press(" ")
    page.wait_for_function("() => Number(document.querySelector('.fv-it-row input').value) >= 4", timeout=20_000)
    page.keyboard.press(" ")
    expect(page.locator(".fv-play")).to_have_text("Play")
    box = page.locator("canvas[aria-label^='The true evidence']").bounding_box()
    page.mouse.move(box["x"] + 10.5 * box["width"] / 18, box["y"] + 5)
    page.wait_for_function("() => document.querySelector('.fv-it-caption').textContent.startsWith('Frame 10')")
    page.keyboard.press("b")  # in JupyterLab's command mode: insert a cell
    expect(root).to_have_attribute("data-turn", turn)
    expect(page.locator(".jp-Notebook .jp-Cell")).to_have_count(2)


def test_a_dragged_weight_moves_the_answer_and_reset_brings_it_back(notebook: Open) -> None:
    book = notebook(CELL.format("'anger-off-label', variant='self', "), "pass")
    page = book.page
    stage(page)
    own = answers(page)
    bars = pixels(page, "The weight of")
    pull(page, "The weight of", 2, 2.5)
    moved = changed(page, own)
    assert shows_anew(page, "The weight of", bars)
    expect(page.locator(".fv-it-moved")).to_contain_text("Moved: the weights.")
    expect(page.locator(".fv-row .fv-before")).to_have_text(own)
    weight = float(kernel_says(book, "explorer.view.now.weight[2]"))
    assert weight > 0.15
    page.locator(".fv-stage").focus()
    page.keyboard.press("ArrowDown")
    settled(page)
    assert float(kernel_says(book, "explorer.view.now.weight[2]")) < weight
    page.get_by_role("button", name="Reset").click()
    assert changed(page, moved) == own
    pull(page, "Alpha", 2, 0.5)
    settled(page)
    assert kernel_says(book, "explorer.state.moves, explorer.state.values is None, repr(explorer.error)") == (
        "alpha False ''"
    )


def test_frames_are_dropped_repeated_inserted_shuffled_and_the_variant_switched(notebook: Open) -> None:
    book = notebook(CELL.format(""), "pass")
    page = book.page
    root = stage(page)
    root.focus()
    page.keyboard.press("ArrowRight")
    for key in ("x", "r"):
        page.keyboard.press(key)
        settled(page)
    page.locator(".fv-it-tools select").select_option("fear")
    page.get_by_role("button", name="Insert", exact=True).click()
    settled(page)
    assert "a still of another person: fear" in caption(page)
    assert kernel_says(book, "explorer.view.order[:5], explorer.state.dropped") == "(0, 1, 1, 22, 2) (1,)"
    page.get_by_role("button", name="Shuffle").click()
    page.wait_for_function("() => document.querySelector('.fv-it-moved').textContent.includes('1 of them again')")
    assert kernel_says(book, "sorted(explorer.view.order)[:4], explorer.state.seed") == "[0, 1, 1, 2] 1"
    expect(page.locator("canvas[aria-label='Beta of each frame']")).to_be_visible()
    page.get_by_role("button", name="pool", exact=True).click()
    page.wait_for_selector("canvas[aria-label='Beta of each frame']", state="hidden")
    assert kernel_says(book, "len(explorer.view.order), repr(explorer.error)") == "20 ''"


def test_measures_share_an_axis_and_other_weights_are_found(notebook: Open) -> None:
    book = notebook(CELL.format(""), "pass")
    page = book.page
    stage(page)
    page.get_by_role("tab", name="Which frame matters?").click()
    table = page.locator(".fv-it-table")
    assert [cell.strip() for cell in table.locator("button").all_inner_texts()] == [
        "attention", "contribution", "attribution", "removal", "truth",
    ]  # fmt: skip
    chart = pixels(page, "Attention, contribution")
    table.get_by_role("button", name="removal").click()
    assert shows_anew(page, "Attention, contribution", chart)
    page.get_by_role("tab", name="Same answer").click()
    page.get_by_role("button", name="Look for other weights").click()
    page.wait_for_function(
        "() => document.querySelector('.fv-fr-found').textContent.includes('The top label is the same')", timeout=60_000
    )
    assert float(kernel_says(book, "explorer.view.drift")) <= 0.01
    assert float(kernel_says(book, "explorer.view.distance")) > 0.3


def test_gaps_theme_large_type_and_a_narrow_page(notebook: Open) -> None:
    book = notebook(CELL.format(""), "pass")
    page = book.page
    root = stage(page)
    light = pixels(page, "The weight of")
    book.theme("JupyterLab Dark")
    page.wait_for_selector(".fv-stage[data-theme=dark]")
    assert shows_anew(page, "The weight of", light)
    page.get_by_role("button", name="a film with gaps").click()
    page.wait_for_selector(".fv-stage[data-sheet='2']", timeout=180_000)
    page.get_by_role("slider", name=SLIDER).fill("32")
    page.wait_for_function("() => document.querySelector('.fv-it-caption').textContent.includes('Not used: ')")
    expect(page.locator(".fv-live")).to_contain_text("only synthetic clips have it")
    page.get_by_role("button", name="Large type").click()
    page.wait_for_selector(".ferviz-large")
    wide = "(node) => node.scrollWidth <= node.clientWidth + 1"
    assert page.locator(".ferviz-explorer").evaluate(wide)
    page.set_viewport_size({"width": 600, "height": 1000})
    page.wait_for_timeout(200)
    assert page.locator(".ferviz-explorer").evaluate(wide)
    expect(root).to_have_attribute("data-own", "no")


def test_an_upload_is_shown_and_a_saved_notebook_holds_the_sample(notebook: Open) -> None:
    book = notebook(CELL.format(""), "pass")
    page = book.page
    root = stage(page)
    frame = ferviz.sample("astronaut").frames[0]
    file = io.BytesIO()
    Image.fromarray(np.ascontiguousarray(frame[:, ::-1])).save(file, "PNG")
    choose(page, {"name": "me.png", "mimeType": "image/png", "buffer": file.getvalue()})
    page.wait_for_selector(".fv-stage[data-own=yes]", timeout=60_000)
    page.wait_for_function("() => document.querySelector('.fv-readout').textContent.includes('your own clip')")
    button = page.get_by_role("button", name="HTML page")
    button.click()
    page.wait_for_function(
        "() => document.querySelector('.fv-exports').textContent.includes('It will hold your own clip')"
    )
    saved = str(book.save())
    assert "me.png" not in saved
    page.get_by_role("button", name="Back to the sample").click()
    page.wait_for_selector(".fv-stage[data-own=no]")
    page.wait_for_function("() => document.querySelector('.fv-readout').textContent.includes('surprise-degraded')")
    expect(root).to_have_attribute("data-own", "no")


def test_a_picture_and_a_page_are_saved_and_the_page_still_scrubs(
    notebook: Open, browser: Browser, tmp_path: Path
) -> None:
    page = notebook(CELL.format(""), "pass").page
    stage(page)
    with page.expect_download() as coming:
        page.get_by_role("button", name="PNG").click()
    picture = np.asarray(Image.open(coming.value.path()).convert("RGB"))
    assert picture.shape[1] > 1000
    assert picture.std() > 20
    with page.expect_download() as coming:
        page.get_by_role("button", name="HTML page").click()
    coming.value.save_as(tmp_path / "frames.html")

    alone = browser.new_context(offline=True).new_page()
    heard: list[str] = []
    alone.on("console", lambda message: heard.append(message.text))
    alone.on("pageerror", lambda error: heard.append(str(error)))
    alone.on("request", lambda request: heard.append(request.url))
    alone.goto((tmp_path / "frames.html").as_uri())
    stage(alone)
    expect(alone.locator("canvas[aria-label^='Frame 0:']")).to_be_visible()
    first = pixels(alone, "Frame 0:")
    alone.locator(".fv-stage").focus()
    alone.keyboard.press("End")
    alone.wait_for_function("() => document.querySelector('.fv-it-caption').textContent.startsWith('Frame 17')")
    assert shows_anew(alone, "Frame 17", first)
    weights = pixels(alone, "The weight of")
    pull(alone, "The weight of", 17, 0.5)
    alone.keyboard.press("ArrowUp")
    alone.wait_for_timeout(200)
    assert (pixels(alone, "The weight of") == weights).all()  # without a kernel nothing moves
    expect(alone.get_by_role("button", name="Reset")).to_have_count(0)
    alone.get_by_role("button", name="Large type").click()
    alone.wait_for_selector(".ferviz-large")
    alone.wait_for_timeout(2600)
    expect(alone.locator(".fv-silence")).to_be_hidden()  # nobody waits for a kernel that is not missed
    assert heard == [(tmp_path / "frames.html").as_uri()]
    alone.context.close()
