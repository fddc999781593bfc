"""Figures in JupyterLab: they have the theme's colours, and offer nothing that leaves the machine."""

from __future__ import annotations

import io
from collections.abc import Callable

from PIL import Image
from playwright.sync_api import expect

from tests.browser.lab import Notebook

Open = Callable[..., Notebook]

CELLS = """\
import ferviz
from ferviz import plots
model = ferviz.load_model("mini-xception")
seen = ferviz.observe(model, ferviz.sample("happiness-still"))
plots.class_map(seen, "happiness", title="A map")""", "plots.probabilities(seen, title='A chart')"  # fmt: skip
PAPER = {"JupyterLab Light": (255, 255, 255), "JupyterLab Dark": (17, 17, 17)}


def corner(place) -> tuple[int, ...]:
    """The colour of a picture's corner as the page shows it."""
    return Image.open(io.BytesIO(place.screenshot())).convert("RGB").getpixel((8, 8))


def inks(page) -> set[str]:
    """The colours of all words of the chart, beside the page's own."""
    return set(page.locator(".js-plotly-plot .main-svg text").evaluate_all(
        "(nodes) => nodes.map((node) => getComputedStyle(node).fill)"
    ))  # fmt: skip


def test_figures_follow_the_theme_and_offer_nothing_that_leaves_the_machine(notebook: Open) -> None:
    book = notebook(*CELLS)
    page = book.page
    figure = page.locator(".jp-OutputArea img[alt^='Class maps']")
    expect(figure).to_be_visible()
    page.wait_for_selector(".js-plotly-plot .main-svg text")
    for theme in ("JupyterLab Dark", "JupyterLab Light"):
        book.theme(theme)
        page.wait_for_timeout(300)
        assert corner(figure) == PAPER[theme]
        ink = page.evaluate("getComputedStyle(document.querySelector('.ferviz-words')).color")
        assert inks(page) == {ink}
        assert corner(page.locator(".js-plotly-plot")) == PAPER[theme]
    page.locator(".js-plotly-plot").hover()
    buttons = page.locator(".modebar-btn").evaluate_all("(all) => all.map((one) => one.dataset.title ?? '')")
    assert len(buttons) > 3
    assert not [words for words in buttons if "loud" in words or "hare" in words or "lotly" in words]
