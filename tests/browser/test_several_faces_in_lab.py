"""One of several faces is chosen in JupyterLab: with the mouse, the keyboard, and a click into a box.

After each scenario the fixture asserts that no console error was heard and no request left the machine.
"""

from __future__ import annotations

import io
from collections.abc import Callable
from typing import Any

import pytest
from PIL import Image
from playwright.sync_api import Page, expect

from tests.browser.lab import Notebook
from tests.browser.test_explorers_in_lab import choose, kernel_says, numbers, pixels, settled, shows_anew
from tests.two_faces import photo_of_two

Open = Callable[..., Notebook]

CELL = "from ferviz.explorers import {0}\nexplorer = {0}()\nexplorer"
CROP = """from tests.two_faces import film_of_two
from ferviz.explorers import CropLab
explorer = CropLab(film_of_two())
explorer"""
LAPTOP = {"width": 1366, "height": 768}
SAID = "2 faces were found, counted from the largest; face {} is chosen."


def upload() -> dict[str, Any]:
    file = io.BytesIO()
    Image.fromarray(photo_of_two()).save(file, "PNG")
    return {"name": "us.png", "mimeType": "image/png", "buffer": file.getvalue()}


def chosen(page: Page, face: int) -> None:
    """Wait until a face is chosen, and everything has followed."""
    expect(page.get_by_role("button", name=f"Face {face} of 2")).to_have_attribute("aria-pressed", "true")
    expect(page.locator(".fv-faces-words")).to_have_text(SAID.format(face))
    settled(page)


@pytest.mark.parametrize("name", ["Patch", "Frames"])
def test_the_second_face_of_an_upload_is_chosen_by_mouse_keyboard_and_box(notebook: Open, name: str) -> None:
    book = notebook(CELL.format(name), "pass")
    page = book.page
    page.set_viewport_size(LAPTOP)
    page.wait_for_selector(".fv-row .fv-now:not(:empty)")
    row = page.locator(".fv-faces")
    expect(row).to_be_hidden()  # the sample has one face: nothing is there
    choose(page, upload())
    chosen(page, 1)
    assert row.bounding_box()["height"] <= 48
    first = numbers(page)
    second = page.get_by_role("button", name="Face 2 of 2")
    second.click()
    chosen(page, 2)
    for _ in range(100):
        if numbers(page) != first:
            break
        page.wait_for_timeout(100)
    other = numbers(page)
    assert other != first
    assert page.evaluate("document.activeElement.getAttribute('aria-label')") == "Face 2 of 2"  # it goes on there
    page.keyboard.press("Shift+Tab")
    page.keyboard.press("Enter")
    chosen(page, 1)
    page.locator(".fv-stage").focus()
    page.keyboard.press("f")
    chosen(page, 2)
    page.get_by_role("button", name="Show the boxes in the picture").click()
    boxes = pixels(page, "The picture with a box around each face")
    canvas = page.locator("canvas[aria-label^='The picture with a box']")
    place = canvas.bounding_box()
    page.mouse.click(place["x"] + 0.68 * place["width"], place["y"] + 0.5 * place["height"])
    chosen(page, 1)
    assert shows_anew(page, "The picture with a box around each face", boxes)
    page.get_by_role("button", name="Face 1 of 2").focus()
    page.keyboard.press("Escape")
    expect(canvas).to_be_hidden()
    state = kernel_says(book, "explorer.state.face, explorer.private, repr(explorer.error)")
    assert state == "0 True ''"
    page.locator(".fv-stage").focus()
    page.keyboard.press("f")
    chosen(page, 2)
    for _ in range(100):
        if numbers(page) == other:
            break
        page.wait_for_timeout(100)
    assert numbers(page) == other


def test_a_face_of_a_film_is_chosen_on_the_photo_of_the_crop_lab(notebook: Open) -> None:
    book = notebook(CROP, "pass")
    page = book.page
    page.wait_for_selector(".fv-row .fv-now:not(:empty)")
    second = page.get_by_role("button", name="Face 2 of 2")
    second.click()
    expect(second).to_have_attribute("aria-pressed", "true")
    box = page.locator("canvas[aria-label^='The photo']").bounding_box()
    page.mouse.click(box["x"] + 0.2 * box["width"], box["y"] + 0.5 * box["height"])
    expect(page.get_by_role("button", name="Face 1 of 2")).to_have_attribute("aria-pressed", "true")
    page.locator(".fv-stage").focus()
    page.keyboard.press("f")
    expect(page.get_by_role("button", name="Face 2 of 2")).to_have_attribute("aria-pressed", "true")
    assert kernel_says(book, "explorer.state.face, repr(explorer.error)") == "1 ''"
