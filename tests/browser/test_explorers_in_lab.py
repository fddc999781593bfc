"""The explorers in JupyterLab, with a mouse, a keyboard and files.

After each scenario the fixture asserts that no console error was heard and no request left the machine.
"""

from __future__ import annotations

import base64
import io
import json
import re
from collections.abc import Callable
from typing import Any

import numpy as np
from PIL import Image
from playwright.sync_api import Locator, Page, expect

import ferviz
from tests.browser.lab import Notebook

Open = Callable[..., Notebook]

PATCH = "from ferviz.explorers import Patch\nexplorer = Patch({})\nexplorer"
CROP = "from ferviz.explorers import CropLab\nexplorer = CropLab()\nexplorer"


def stage(page: Page) -> Locator:
    found = page.locator(".fv-stage")
    found.wait_for(timeout=60_000)
    page.wait_for_selector(".fv-row .fv-now:not(:empty)")
    return found


def settled(page: Page) -> None:
    """Wait until the last wish is answered and painted."""
    page.wait_for_function(
        "() => { const { painted, asked } = document.querySelector('.fv-stage').dataset;"
        " return Number(painted) >= Number(asked ?? 0); }"
    )


def repainted(page: Page, selector: str, before: str) -> None:
    """Wait until a canvas no longer shows what it showed."""
    page.wait_for_function("([at, old]) => document.querySelector(at).toDataURL() !== old", arg=[selector, before])


def numbers(page: Page) -> list[float]:
    """The number of each row, once no row is without one: they are empty while an answer is awaited."""
    page.wait_for_function(
        "() => [...document.querySelectorAll('.fv-row .fv-now')].every((now) => now.textContent.trim())"
    )
    return [float(text) for text in page.locator(".fv-row .fv-now").all_inner_texts()]


def pixels(page: Page, label: str) -> np.ndarray:
    """What is on a canvas now."""
    data = page.locator(f"canvas[aria-label^='{label}']").evaluate("(node) => node.toDataURL('image/png')")
    return np.asarray(Image.open(io.BytesIO(base64.b64decode(data.split(",")[1]))).convert("RGBA"))


def shows_anew(page: Page, label: str, before: np.ndarray, share: float = 0.0) -> bool:
    """Whether more than ``share`` of a canvas's values differ from ``before``, now or within ten seconds."""
    for _ in range(100):
        now = pixels(page, label)
        if now.shape != before.shape or (now != before).mean() > share:
            return True
        page.wait_for_timeout(100)
    return False


def drag(page: Page, canvas: Locator, start: tuple[float, float], stop: tuple[float, float]) -> None:
    box = canvas.bounding_box()
    at = [(box["x"] + x * box["width"], box["y"] + y * box["height"]) for x, y in (start, stop)]
    page.mouse.move(*at[0])
    page.mouse.down()
    page.mouse.move(*at[1], steps=12)
    page.mouse.up()


def photo(mirrored: bool = True) -> dict[str, Any]:
    frame = ferviz.sample("astronaut").frames[0]
    file = io.BytesIO()
    Image.fromarray(np.ascontiguousarray(frame[:, ::-1] if mirrored else frame)).save(file, "PNG")
    return {"name": "me.png", "mimeType": "image/png", "buffer": file.getvalue()}


def choose(page: Page, file: dict[str, Any]) -> None:
    page.locator(".ferviz-explorer input[type=file]").set_input_files(file)


def kernel_says(book: Notebook, expression: str) -> str:
    """Run one more cell and read what it prints."""
    page = book.page
    page.locator(".jp-Notebook .jp-CodeCell .cm-content").last.click()
    page.keyboard.press("Control+a")
    page.keyboard.type(f"print('said:', {expression})")
    page.keyboard.press("Control+Enter")
    said = page.locator(".jp-OutputArea-output", has_text="said:").last
    said.wait_for()
    return said.inner_text().removeprefix("said:").strip()


def test_dragging_the_patch_moves_the_numbers_and_the_pixels(notebook: Open) -> None:
    book = notebook(PATCH.format("lifted=True"), "pass")
    page = book.page
    root = stage(page)
    expect(root).to_contain_text("label: happiness")
    before, face, heat = numbers(page), pixels(page, "The face"), pixels(page, "Class map")
    page.get_by_role("button", name="4 no patch").focus()
    canvas = page.locator("canvas.fv-face")
    canvas.dblclick()  # lays it down
    settled(page)
    drag(page, canvas, (0.5, 0.72), (0.45, 0.6))
    settled(page)
    after = numbers(page)
    assert max(abs(a - b) for a, b in zip(before, after, strict=True)) > 0.3
    assert (pixels(page, "The face") != face).any()
    assert (pixels(page, "Class map") != heat).any()
    expect(page.locator(".fv-readout")).to_contain_text("under the patch")
    assert kernel_says(book, "explorer.state.x, explorer.state.y, repr(explorer.error)") == "0.45 0.6 ''"
    shown = json.loads(kernel_says(book, "[round(float(p), 2) for p in explorer.view.after]"))
    assert shown == after


def test_the_keyboard_moves_lifts_and_chooses_and_jupyterlab_keeps_out(notebook: Open) -> None:
    book = notebook(PATCH.format(""), "pass")
    page = book.page
    root = stage(page)
    cells = page.locator(".jp-Notebook .jp-Cell").count()
    root.focus()
    page.keyboard.press("ArrowLeft")
    page.keyboard.press("Shift+ArrowUp")
    page.keyboard.press("+")
    page.keyboard.press("b")  # in JupyterLab's command mode: insert a cell
    settled(page)
    expect(page.locator(".jp-Notebook .jp-Cell")).to_have_count(cells)
    assert root.evaluate("(node) => document.activeElement === node")
    first = numbers(page)
    page.keyboard.press("Enter")
    settled(page)
    assert numbers(page) != first
    root.focus()
    page.keyboard.press("2")
    page.wait_for_function("() => document.querySelector('.fv-live').textContent.includes('40% wide')")
    page.get_by_role("button", name="fear").click()
    settled(page)
    expect(page.locator(".fv-columns")).to_contain_text("Evidence for fear")
    page.get_by_role("button", name="Sweep").click()
    settled(page)
    expect(page.locator(".fv-columns")).to_contain_text("How far fear falls")
    state = kernel_says(
        book, "explorer.state.x, explorer.state.y, explorer.state.size, explorer.state.label, explorer.state.map"
    )
    assert state == "0.5 0.38 0.4 fear sweep"


def test_a_control_of_ipywidgets_moves_the_view(notebook: Open) -> None:
    page = notebook(PATCH.format("")).page
    stage(page)
    first, face = numbers(page), pixels(page, "The face")
    page.locator(".ferviz-controls").get_by_role("button", name="black").click()
    page.wait_for_function("() => document.querySelector('.fv-live').textContent.includes('black patch')")
    assert numbers(page) != first
    assert (pixels(page, "The face") != face).any()


def test_ones_own_photo_is_shown_and_is_not_in_the_saved_notebook(notebook: Open) -> None:
    book = notebook(PATCH.format(""))
    page = book.page
    root = stage(page)
    face = pixels(page, "The face")
    expect(page.locator(".fv-foot")).to_contain_text("stays on this machine")
    file = photo()
    choose(page, file)
    page.wait_for_selector(".fv-stage[data-own=yes]")
    page.wait_for_function("() => document.querySelector('.fv-source').textContent.startsWith('Your picture')")
    settled(page)
    page.locator(".fv-error").wait_for(state="hidden")
    assert shows_anew(page, "The face", face)
    drag(page, page.locator("canvas.fv-face"), (0.5, 0.72), (0.3, 0.4))
    settled(page)

    saved = book.save()
    widgets = saved["metadata"]["widgets"]["application/vnd.jupyter.widget-state+json"]["state"].values()
    shown = next(w["state"] for w in widgets if w["state"].get("picture"))
    assert shown["picture"]["source"] == ferviz.sample("astronaut").source
    assert not shown["picture"]["own"]
    blobs = [base64.b64decode(b["data"]) for w in widgets for b in w.get("buffers", [])]
    pictures = [np.asarray(Image.open(io.BytesIO(b)).convert("RGB")) for b in blobs if b[8:12] == b"WEBP"]
    assert pictures
    sample = ferviz.explorers.Patch().stage.picture
    expected = [*sample["frames"], *(one for kind in sample["fills"].values() for one in kind)]
    assert {b for b in blobs if b[8:12] == b"WEBP"} == set(expected)
    assert base64.b64encode(file["buffer"])[:400].decode() not in json.dumps(saved)

    page.get_by_role("button", name="Back to the sample").click()
    page.wait_for_selector(".fv-stage[data-own=no]")
    expect(root).to_contain_text("Bundled sample")


def test_a_file_that_is_no_picture_is_refused_in_words(notebook: Open) -> None:
    page = notebook(PATCH.format("")).page
    root = stage(page)
    first = numbers(page)
    choose(page, {"name": "me.png", "mimeType": "image/png", "buffer": b"hello"})
    page.locator(".fv-error").wait_for()
    expect(root.locator(".fv-error")).to_contain_text("upload")
    assert numbers(page) == first
    grey = io.BytesIO()
    Image.fromarray(
        np.full((1500, 1500, 3), 120, np.uint8) + np.random.default_rng(0).integers(0, 9, (1500, 1500, 3), np.uint8)
    ).save(grey, "PNG")
    assert len(grey.getvalue()) > 2**20  # so that it comes in more than one part
    choose(page, {"name": "wall.png", "mimeType": "image/png", "buffer": grey.getvalue()})
    page.wait_for_function("() => document.querySelector('.fv-error').textContent.includes('no face')", timeout=60_000)
    page.wait_for_function("() => document.querySelector('.fv-status').textContent === ''")


def test_a_film_has_a_frame_slider_and_says_why_a_frame_is_missing(notebook: Open) -> None:
    page = notebook(PATCH.format("'astronaut-moving', lifted=True")).page
    root = stage(page)
    first = pixels(page, "The face")
    slider = page.get_by_role("slider", name="Frame")
    slider.focus()
    gap = next(g for g in ferviz.explorers.Patch("astronaut-moving").faces.gaps if g.stream == "frames")
    for _ in range(3):
        page.keyboard.press("ArrowRight")
    settled(page)
    assert (pixels(page, "The face") != first).any()
    expect(slider).to_have_attribute("aria-valuetext", re.compile("frame 3 of"))
    root.focus()
    for _ in range(gap.start - 3):
        page.keyboard.press(".")
    settled(page)
    page.wait_for_function(
        "(reason) => document.querySelector('.fv-readout').textContent.includes(reason)", arg=gap.reason
    )
    expect(page.locator(".fv-row .fv-now").first).to_have_text("–")


def test_the_theme_and_large_type_repaint_the_canvas(notebook: Open) -> None:
    book = notebook(PATCH.format(""))
    page = book.page
    root = stage(page)
    expect(root).to_have_attribute("data-theme", "light")
    drawn = page.locator("canvas[aria-label^='Class map']").evaluate("(node) => node.toDataURL()")
    heat, tall = pixels(page, "Class map"), root.bounding_box()["height"]
    book.theme("JupyterLab Dark")
    page.wait_for_selector(".fv-stage[data-theme=dark]")
    repainted(page, "canvas[aria-label^='Class map']", drawn)
    assert (pixels(page, "Class map") != heat).mean() > 0.3
    book.theme("JupyterLab Light")
    page.wait_for_selector(".fv-stage[data-theme=light]")
    page.get_by_role("button", name="Large type").click()
    page.wait_for_selector(".ferviz-large")
    assert root.bounding_box()["height"] > tall
    page.get_by_role("button", name="Show the code").click()
    expect(page.locator(".fv-codeline")).to_contain_text("Patch('astronaut', large=True)")
    page.get_by_role("button", name="Copy", exact=True).click()
    expect(page.locator(".fv-codesaid")).to_have_text("copied")
    wide = "(node) => node.scrollWidth <= node.clientWidth + 1"
    assert page.locator(".ferviz-explorer").evaluate(wide)
    page.set_viewport_size({"width": 620, "height": 900})
    assert page.locator(".ferviz-explorer").evaluate(wide)


def test_the_crop_lab_follows_the_slider_the_keys_the_table_and_an_upload(notebook: Open) -> None:
    book = notebook(CROP, "pass")
    page = book.page
    root = stage(page)
    crop, first = pixels(page, "The crop"), numbers(page)
    page.get_by_role("slider", name="Margin").focus()
    for _ in range(10):
        page.keyboard.press("ArrowRight")
    settled(page)
    expect(page.locator(".fv-readout")).to_contain_text("margin 0.35")
    assert (pixels(page, "The crop") != crop).any()
    assert numbers(page) != first
    root.focus()
    page.keyboard.press("a")
    page.keyboard.press("i")
    settled(page)
    expect(page.locator(".fv-readout")).to_contain_text("similarity, bicubic")
    page.get_by_text("Eighteen crops of the same face").click()
    page.locator(".fv-table button").nth(3).click()
    settled(page)
    state = kernel_says(book, "f'{explorer.state.margin:.2f}', explorer.state.align, explorer.state.interpolation")
    assert state == "0.00 box bilinear"
    expect(page.locator(".fv-table button[aria-pressed=true]")).to_have_count(1)
    choose(page, photo())
    page.wait_for_selector(".fv-stage[data-own=yes]")
    settled(page)
    assert root.locator(".fv-error").is_hidden()
    assert kernel_says(book, "explorer.private, repr(explorer.error)") == "True ''"


def test_an_error_inside_the_kernel_is_shown_where_the_person_looks(notebook: Open) -> None:
    page = notebook(PATCH.format(""), "explorer._answers = lambda *a: 1 / 0").page
    root = stage(page)
    root.focus()
    page.keyboard.press("ArrowLeft")
    page.locator(".fv-error").wait_for()
    expect(root.locator(".fv-error")).to_contain_text("ZeroDivisionError")


def test_a_hand_faster_than_the_kernel_builds_no_queue_and_its_last_place_wins(notebook: Open) -> None:
    slow = (
        "import time\nquick = explorer.compute\nanswers = []\n"
        "def slowly(state):\n    time.sleep(0.2)\n    answers.append(state.x)\n    return quick(state)\n"
        "explorer.compute = slowly"
    )
    book = notebook(PATCH.format(""), slow, "pass")
    page = book.page
    stage(page)
    canvas = page.locator("canvas.fv-face")
    box = canvas.bounding_box()
    page.mouse.move(box["x"] + 0.5 * box["width"], box["y"] + 0.72 * box["height"])
    page.mouse.down()
    for step in range(60):
        page.mouse.move(box["x"] + (0.5 - 0.005 * step) * box["width"], box["y"] + 0.72 * box["height"])
    page.mouse.up()
    settled(page)
    assert int(page.locator(".fv-stage").get_attribute("data-asked")) >= 50
    said = json.loads(kernel_says(book, "[len(answers), answers[-1], explorer.state.x]"))
    assert said[0] < 30
    assert abs(said[1] - (0.5 - 0.005 * 59)) < 0.005
    assert said[2] == said[1]
