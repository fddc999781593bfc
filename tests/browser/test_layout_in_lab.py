"""Cause and effect on one screen: what of an explorer the hand moves, and what it changes, are seen together.

Every explorer of `ferviz.explorers`, in four windows: nothing overlaps, nothing is cut off, and but in the narrow one
an explorer is no taller than the pane. One JupyterLab and one kernel for all.
"""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser

from tests.browser.lab import Lab, Notebook
from tests.browser.layout import CELLS, NAMES, WINDOWS, faults, faults_of_tabs, open_all, see

MAPS = ".fv-mk-four canvas.fv-mk-map, .fv-lbp-trio canvas, .fv-head3d, .fv-columns canvas[aria-label^='Class map']"
LEAST = 160  # px: below that a key map cannot be read
LOST = """async (root) => {
  const frame = () => new Promise(requestAnimationFrame);
  const frames = () => frame().then(frame);
  const due = () => root.querySelector('.fv-probe').dispatchEvent(new Event('transitionend'));  // as a new theme does
  const down = (tab) => tab.dispatchEvent(new KeyboardEvent('keydown', { key: 'ArrowRight', bubbles: true }));
  const lost = [];
  for (const list of root.querySelectorAll('[role=tablist]')) {
    const tabs = [...list.children].filter((tab) => tab.checkVisibility());
    for (const tab of tabs) {
      const before = list.children[([...list.children].indexOf(tab) || list.children.length) - 1];
      for (const [way, choose] of [['a click', () => tab.click()], ['a key', () => down(before)]]) {
        before.click();
        await frames();
        due();
        choose();
        await frames();
        if (tab.getAttribute('aria-selected') !== 'true') lost.push(`${way} on ${tab.textContent}`);
      }
    }
  }
  return lost;
}"""  # the tabs that a frame which was due takes back from the hand


@pytest.fixture(scope="module")
def everything(lab: Lab, browser: Browser) -> Iterator[Notebook]:
    book = open_all(lab, browser)
    yield book
    book.page.close()
    lab.end_sessions()
    book.path.unlink()
    assert book.complaints == []
    assert book.strangers == []


@pytest.mark.parametrize("name", WINDOWS)
def test_every_explorer_fits_without_overlap_and_uncut(everything: Notebook, name: str) -> None:
    see(everything, WINDOWS[name])
    wrong = {kind: faults(everything, place, WINDOWS[name]) for place, kind in enumerate(CELLS)}
    assert {kind: words for kind, words in wrong.items() if words} == {}
    wide = everything.page.locator(MAPS).evaluate_all("(all) => all.map((one) => one.clientWidth).filter(Boolean)")
    assert min(wide) >= LEAST


def test_every_tab_fits_as_well(everything: Notebook) -> None:
    see(everything, WINDOWS["1366"])
    wrong = {kind: faults_of_tabs(everything, place, WINDOWS["1366"]) for place, kind in enumerate(CELLS)}
    assert {kind: words for kind, words in wrong.items() if words} == {}


def test_a_tab_that_a_hand_has_chosen_stays_when_a_frame_was_due(everything: Notebook) -> None:
    stages = everything.page.locator(".fv-stage").all()  # in the order of CELLS: first one of each
    lost = {name: stage.evaluate(LOST) for name, stage in zip(NAMES, stages, strict=False)}
    assert {name: tabs for name, tabs in lost.items() if tabs} == {}


def test_what_overlaps_is_cut_or_too_tall_is_found(everything: Notebook) -> None:
    see(everything, WINDOWS["1366"])
    place = list(CELLS).index("Patch")
    for style, words in (
        (".fv-stage .fv-columns .fv-label { white-space: nowrap; letter-spacing: 0.5em; }", "overlap by"),
        (".fv-stage .fv-columns { width: 130%; }", "is cut off"),
        (".fv-stage .fv-columns { min-height: 700px; }", "px tall in a pane of"),
        (".fv-stage .fv-title { overflow: hidden; width: 3em; white-space: nowrap; }", "px wide in"),
    ):
        added = everything.page.add_style_tag(content=style)
        assert any(words in fault for fault in faults(everything, place, WINDOWS["1366"])), words
        added.evaluate("(node) => node.remove()")
    assert faults(everything, place, WINDOWS["1366"]) == []
