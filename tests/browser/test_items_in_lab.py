"""Items of another axis in JupyterLab: regions are dragged, dropped and reset.

After each scenario the fixture asserts that no console error was heard and no request left the machine.
"""

from __future__ import annotations

from collections.abc import Callable

import pytest
from playwright.sync_api import expect

from tests.browser.lab import Notebook
from tests.browser.test_explorers_in_lab import kernel_says, pixels, settled, shows_anew

Open = Callable[..., Notebook]

REGIONS = """from tests.explorers.test_items import regions
from ferviz.explorers import ItemsExplorer
explorer = ItemsExplorer(regions(), own=False)
explorer"""

ALL_BUT_ONE = {
    "items": REGIONS.replace("own=False", "own=False, item=5, dropped=(0, 1, 2, 3, 4)"),
    "Frames": "from ferviz import explorers\nexplorers.Frames('fear-one-frame', frame=17, dropped=tuple(range(17)))",
    "Statistics": "from ferviz import explorers\n"
    "explorers.Statistics('fear-one-frame', frame=17, dropped=tuple(range(17)))",
    "Regions": "from ferviz import explorers\nexplorers.Regions(region=5, dropped=(0, 1, 2, 3, 4))",
}
"""Every explorer in which an item is dropped, with its last one under the cursor."""


@pytest.mark.parametrize("name", ALL_BUT_ONE)
def test_the_last_one_cannot_be_dropped_and_the_button_says_why(notebook: Open, name: str) -> None:
    page = notebook(ALL_BUT_ONE[name], "pass").page
    page.wait_for_selector(".fv-stage[data-painted][data-turn]")
    button = page.get_by_role("button", name="Drop")
    expect(button).to_be_disabled()
    assert "not now, nothing else is left" in button.get_attribute("title")
    page.locator(".fv-stage").focus()
    page.keyboard.press("Home")
    back = page.get_by_role("button", name="Take back")
    expect(back).to_be_enabled()
    back.click()
    expect(page.get_by_role("button", name="Drop")).to_be_enabled()


def test_regions_are_dragged_dropped_and_reset(notebook: Open) -> None:
    book = notebook(REGIONS, "pass")
    page = book.page
    page.wait_for_selector(".fv-stage[data-sheet]")
    page.wait_for_selector(".fv-row .fv-now:not(:empty)")
    bars = pixels(page, "The weight of each region")
    box = page.locator("canvas[aria-label^='The weight of each region']").bounding_box()
    x, y = box["x"] + 4.5 * min(76, box["width"] / 6), box["y"] + 0.8 * box["height"]
    page.mouse.move(x, y)
    page.mouse.down()
    page.mouse.move(x, y - 0.6 * box["height"], steps=8)
    page.mouse.up()
    settled(page)
    assert shows_anew(page, "The weight of each region", bars)
    expect(page.locator(".fv-it-caption")).to_contain_text("mouth: its weight is")
    assert float(kernel_says(book, "explorer.view.distance")) > 0.1
    page.locator(".fv-stage").focus()
    page.keyboard.press("Home")
    page.keyboard.press("x")
    expect(page.locator(".fv-it-caption")).to_contain_text("whole face: not used: dropped by hand")
    page.keyboard.press("Escape")
    page.wait_for_function("() => document.querySelector('.fv-it-caption').textContent.includes('its weight is')")
    assert kernel_says(book, "explorer.state.dropped, explorer.state.values, repr(explorer.error)") == "() None ''"
