"""The LBP stepper in JupyterLab: the browser's own steps equal Python's, and what a hand and a keyboard do."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
import torch
from playwright.sync_api import Locator, Page, expect

from ferviz import lbp
from ferviz.explorers.lbp.explorer import LBPStepper
from ferviz.textures import MARGIN, SIZE

PIXELS = [(0, 0), (0, 63), (63, 0), (31, 31), (27, 20), (12, 40), (45, 30), (50, 50), (9, 22), (38, 57), (60, 5)]
CELL = "from ferviz.explorers import LBPStepper\nexplorer = LBPStepper({})\nexplorer"
STATES = [
    {"kind": "original"},
    {"kind": "circle"},
    {"kind": "uniform", "brightness": 60},
    {"kind": "rotation_invariant", "points": 12, "radius": 2.5},
    {"kind": "uniform_rotation_invariant", "points": 16, "radius": 3.0, "rotation": 30},
    {"kind": "circle", "radius": 1.5, "gamma": 0.6, "eight_bit": False},
    {"kind": "uniform", "picture": "stripes", "points": 4},
    {"kind": "rotation_invariant", "picture": "flat"},
]


def points(canvas: Locator) -> Iterator[tuple[int, int]]:
    """Bring the hand to each of the pixels, which are told then: `hover` would ask anew where the canvas is."""
    canvas.hover()
    box = canvas.bounding_box()
    for row, column in PIXELS:
        x, y = ((place + 0.5) * box[side] / SIZE for place, side in ((column, "width"), (row, "height")))
        canvas.page.mouse.move(box["x"] + x, box["y"] + y)
        yield row, column


def settled(page: Page, text: str) -> None:
    expect(page.locator(".fv-live")).to_contain_text(text)


def test_the_browsers_steps_equal_pythons(notebook):
    page = notebook(*(CELL.format(", ".join(f"{name}={value!r}" for name, value in s.items())) for s in STATES)).page
    expect(page.locator(".fv-stage[data-painted][data-turn]")).to_have_count(len(STATES))  # none pushes another
    cells = page.locator(".jp-CodeCell")
    for place, state in enumerate(STATES):
        cell, stepper = cells.nth(place), LBPStepper(**state)
        expect(cell.locator(".fv-lbp-result")).to_contain_text("code")
        for row, column in points(cell.locator(".fv-lbp-trio canvas").first):
            result = cell.locator(f".fv-lbp-result[data-row='{row}'][data-column='{column}']")
            compare(result.evaluate("(node) => ({...node.dataset})"), stepper, row, column)


def compare(told: dict[str, str], stepper: LBPStepper, row: int, column: int) -> None:
    """What the browser worked out for one pixel against `ferviz.lbp.explain` and the code picture."""
    seen, grey = stepper.view.explained, torch.tensor(stepper.view.grey)
    ring = {"points": seen.points, "radius": seen.radius, "kind": seen.kind}
    there = lbp.explain(grey, row + MARGIN, column + MARGIN, **ring)
    assert told["bits"] == "".join(str(neighbour.bit) for neighbour in there.neighbours)
    assert (int(told["plain"]), int(told["changes"]), int(told["code"])) == (there.plain, there.changes, there.code)
    values = [neighbour.value for neighbour in there.neighbours]
    assert [float(value) for value in told["values"].split()] == pytest.approx(values, abs=1e-9)
    assert int(told["code"]) == stepper.view.codes[row, column]


def test_hovering_asks_the_kernel_nothing_and_a_click_keeps_the_pixel(notebook):
    page = notebook(CELL.format("")).page
    stage = page.locator(".fv-stage")
    settled(page, "Row 27, column 20")
    before = stage.get_attribute("data-turn")
    for row, _ in points(page.locator(".fv-lbp-trio canvas").first):
        expect(page.locator(".fv-lbp-result")).to_have_attribute("data-row", str(row))
    expect(stage).to_have_attribute("data-turn", before)
    page.mouse.down()
    page.mouse.up()
    settled(page, f"Row {PIXELS[-1][0]}, column {PIXELS[-1][1]}")
    page.mouse.move(2, 2)
    expect(page.locator(".fv-lbp-result")).to_have_attribute("data-row", str(PIXELS[-1][0]))


def test_the_keyboard_moves_the_pixel_chooses_neighbours_and_presets(notebook):
    page = notebook(CELL.format("")).page
    settled(page, "Row 27, column 20")
    page.locator(".fv-stage").focus()
    for key in ("ArrowDown", "ArrowRight", "Shift+ArrowRight"):
        page.keyboard.press(key)
    settled(page, "Row 28, column 29")
    page.keyboard.press(".")
    expect(page.locator(".fv-lbp-source")).to_contain_text("Neighbour 1 lies on a pixel")
    page.keyboard.press(".")
    expect(page.locator(".fv-lbp-source")).to_contain_text("Neighbour 2 lies between pixels")
    page.keyboard.press("Escape")
    expect(page.locator(".fv-lbp-source")).to_contain_text("Point at a column")
    page.keyboard.press("5")
    settled(page, "Against the unchanged picture the circle histogram is")
    rows = page.locator(".fv-lbp-kinds button")
    assert [rows.nth(place).locator(".fv-now").text_content() for place in (3, 4)] == ["0.00", "0.00"]
    assert float(rows.nth(1).locator(".fv-now").text_content()) > 0.1


def test_a_row_chooses_the_kind_and_the_slider_shows_what_it_did(notebook):
    page = notebook(CELL.format("")).page
    page.get_by_role("tab", name="What the change did").click()
    page.locator(".fv-lbp-kinds button", has_text="uniform rotation-invariant").click()
    settled(page, "as uniform rotation-invariant it is code")
    expect(page.locator(".ferviz-controls select").nth(1)).to_have_value("uniform rotation-invariant")
    handle = page.locator(".ferviz-controls .widget-hslider", has_text="Brightness").locator(".noUi-handle")
    handle.focus()
    page.keyboard.press("PageUp")
    page.keyboard.press("PageUp")
    settled(page, "of the codes differ")


def test_it_follows_the_theme_and_large_type(notebook):
    book = notebook(CELL.format(""))
    page = book.page
    page.get_by_role("tab", name="What the change did").click()
    canvas = page.locator(".fv-lbp-duo canvas")
    light = canvas.evaluate("(node) => node.toDataURL()")
    book.theme("JupyterLab Dark")
    expect(page.locator(".fv-stage")).to_have_attribute("data-theme", "dark")
    page.wait_for_function("(old) => document.querySelector('.fv-lbp-duo canvas').toDataURL() !== old", arg=light)
    size = "(node) => parseFloat(getComputedStyle(node).fontSize)"
    page.get_by_role("tab", name="Steps to the code").click()
    small = page.locator(".fv-lbp-result").evaluate(size)
    page.get_by_role("button", name="Large type").click()
    expect(page.locator(".fv-stage.fv-enlarged")).to_be_visible()
    assert page.locator(".fv-lbp-result").evaluate(size) > 1.3 * small
