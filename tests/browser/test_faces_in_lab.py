"""The explorers of synthetic faces in JupyterLab, with a mouse and a keyboard.

After each scenario the fixture asserts that no console error was heard and no request left the machine.
"""

from __future__ import annotations

import re
from collections.abc import Callable

import numpy as np
from playwright.sync_api import Locator, Page, expect

from tests.browser.lab import Notebook
from tests.browser.test_explorers_in_lab import drag, kernel_says, pixels, settled, shows_anew

Open = Callable[..., Notebook]

CELL = "from ferviz.explorers import {0}\nexplorer = {0}({1})\nexplorer"


def stage(page: Page) -> Locator:
    found = page.locator(".fv-stage")
    found.wait_for(timeout=60_000)
    page.wait_for_function("() => Number(document.querySelector('.fv-stage').dataset.turn) >= 1")
    page.wait_for_timeout(200)
    return found


def rested(page: Page) -> None:
    """Wait until the hand has rested and the head is drawn in full quality."""
    page.wait_for_timeout(250)
    settled(page)


def fits(page: Page) -> None:
    """Nothing is wider than the explorer, large or narrow."""
    page.get_by_role("button", name="Large type").click()
    page.wait_for_selector(".ferviz-large")
    wide = "(node) => node.scrollWidth <= node.clientWidth + 1"
    assert page.locator(".ferviz-explorer").evaluate(wide)
    page.set_viewport_size({"width": 640, "height": 1000})
    page.wait_for_timeout(200)
    assert page.locator(".ferviz-explorer").evaluate(wide)


def test_the_head_follows_sliders_mouse_and_keys(notebook: Open) -> None:
    book = notebook(CELL.format("FaceLab", ""), "pass")
    page = book.page
    root = stage(page)
    first = pixels(page, "The head")
    page.get_by_role("button", name="surprise", exact=True).click()
    rested(page)
    second = pixels(page, "The head")
    assert (second != first).any()
    expect(page.locator(".fv-readout")).to_contain_text("the head shows surprise")
    unit = page.get_by_role("slider", name="AU 26")
    before = float(unit.input_value())
    unit.focus()
    for _ in range(5):
        page.keyboard.press("ArrowLeft")
    rested(page)
    assert float(unit.input_value()) < before
    expect(page.locator(".fv-readout")).to_contain_text("your own units")
    drag(page, page.locator("canvas.fv-head3d"), (0.5, 0.5), (0.7, 0.45))
    rested(page)
    root.focus()
    page.keyboard.press("ArrowRight")
    page.keyboard.press("Shift+ArrowDown")
    page.keyboard.press("-")
    page.keyboard.press("b")  # in JupyterLab's command mode: insert a cell
    rested(page)
    shown = "explorer.state.yaw, explorer.state.intensity, explorer.state.quality, repr(explorer.error)"
    assert kernel_says(book, shown) == "32 0.75 full ''"
    expect(page.locator(".jp-Notebook .jp-Cell")).to_have_count(2)


def test_overlays_person_cover_and_theme_repaint_the_head(notebook: Open) -> None:
    book = notebook(CELL.format("FaceLab", ""), "pass")
    page = book.page
    stage(page)
    seen = [pixels(page, "The head")]
    for name, words in (
        ("regions", "What each pixel shows"),
        ("landmarks", "of 68 landmarks are visible"),
        ("relevance", "in mm; at most"),
        ("changed", "0 to 1; at most"),
    ):
        page.get_by_role("button", name=name, exact=True).click()
        settled(page)
        page.wait_for_function("(words) => document.querySelector('.fv-over').textContent.includes(words)", arg=words)
        seen.append(pixels(page, "The head"))
    assert all((a != b).any() for at, a in enumerate(seen) for b in seen[:at])
    book.theme("JupyterLab Dark")
    page.wait_for_selector(".fv-stage[data-theme=dark]")
    assert shows_anew(page, "The head", seen[-1])
    book.theme("JupyterLab Light")
    slider = page.get_by_role("slider", name="Intensity of all units")
    slider.focus()
    page.keyboard.press("Home")
    rested(page)
    expect(page.locator(".fv-over")).to_contain_text("Flat: nothing that is seen moves.")
    page.get_by_role("tab", name="Expression").focus()
    page.keyboard.press("ArrowRight")
    page.get_by_role("button", name="Another person").click()
    page.get_by_role("slider", name="Asian", exact=True).focus()
    page.keyboard.press("End")
    rested(page)
    page.get_by_role("tab", name="Scene").click()
    page.get_by_role("button", name="sunglasses").click()
    rested(page)
    state = kernel_says(
        book, "explorer.state.seed, explorer.state.ethnicity, explorer.state.cover, repr(explorer.error)"
    )
    assert state == "9 (0.0, 1.0, 0.0) sunglasses ''"
    fits(page)


def test_a_clip_is_made_played_and_scrubbed_without_the_kernel(notebook: Open) -> None:
    book = notebook(CELL.format("FaceLab", "emotion='anger', intensity=1.0"), "pass")
    page = book.page
    stage(page)
    page.get_by_role("tab", name="Clip").click()
    page.get_by_role("button", name="Make a clip").click()
    page.wait_for_selector(".fv-reel[data-frames]", timeout=120_000)
    expect(page.locator(".fv-panel:not([hidden])")).to_contain_text("Face and voice: anger")
    turn = page.locator(".fv-stage").get_attribute("data-turn")
    slider = page.get_by_role("slider", name="Frame of the clip")
    slider.focus()
    page.keyboard.press("Home")
    page.wait_for_timeout(100)
    first = pixels(page, "The clip")
    expect(slider).to_have_attribute("aria-valuetext", re.compile("frame 0 of"))
    page.get_by_role("button", name="Play", exact=True).click()
    page.wait_for_function("() => Number(document.querySelector('.fv-reel input').value) >= 8", timeout=20_000)
    assert (pixels(page, "The clip") != first).any()
    page.wait_for_function("() => document.querySelector('.fv-reel button').textContent === 'Play'", timeout=30_000)
    expect(page.locator(".fv-stage")).to_have_attribute("data-turn", turn)  # the kernel was not asked
    frames = int(page.locator(".fv-reel").get_attribute("data-frames"))
    assert kernel_says(book, "len(explorer.clip), repr(explorer.error)") == f"{frames} ''"
    page.get_by_role("tab", name="Expression").click()
    page.get_by_role("slider", name="Intensity of all units").focus()
    page.keyboard.press("Home")
    rested(page)
    page.get_by_role("tab", name="Clip").click()
    page.get_by_role("button", name="Make a clip").click()
    page.locator(".fv-error").wait_for()
    expect(page.locator(".fv-error")).to_contain_text("intensity must be above 0")
    expect(page.get_by_role("button", name="Make a clip")).to_be_enabled()


def test_twins_are_compared_and_the_audit_starts_and_stops(notebook: Open) -> None:
    book = notebook(CELL.format("Twins", ""), "pass")
    page = book.page
    root = stage(page)
    first = pixels(page, "Twin: 80 years")
    root.focus()
    page.keyboard.press("e")
    settled(page)
    assert (pixels(page, "Twin: 80 years") != first).any()
    page.get_by_role("button", name="skin tone", exact=True).click()
    settled(page)
    page.wait_for_selector("canvas[aria-label^='Twin: tone 6.5']")
    page.get_by_role("button", name="Audit over 40 people").click()
    page.wait_for_function(
        "() => /^([3-9]|[1-3][0-9]) of 40 people so far/.test(document.querySelector('.fv-status').textContent)",
        timeout=60_000,
    )
    page.get_by_role("button", name="Stop").press("Enter")
    settled(page)
    expect(page.locator(".fv-status")).to_have_text(re.compile("^a part of the audit, [0-9]+ of 40 people"))
    assert np.ptp(pixels(page, "The audit")[..., 3]) > 0
    people = int(kernel_says(book, "explorer.state.people"))
    assert 3 <= people < 40
    expect(page.locator(".fv-live")).to_contain_text(f"{people} of 40 people (a part of the audit)")
    page.locator("button.fv-version", has_text="tone 3.5").click()
    settled(page)
    page.wait_for_function("() => document.querySelector('.fv-status').textContent.includes('against “tone 3.5”')")
    state = kernel_says(
        book, "explorer.state.people, explorer.state.reference, explorer.state.emotion, repr(explorer.error)"
    )
    assert state == f"{people} 2 sadness ''"
    book.theme("JupyterLab Dark")
    page.wait_for_selector(".fv-stage[data-theme=dark]")
    fits(page)


def mark_a_frame(page: Page, root: Locator) -> None:
    """Go through the film of a clip and mark its eighth frame, without the kernel; then reveal, and go on."""

    def where(text: str) -> None:
        says = "(text) => document.querySelector('.fv-where').textContent.startsWith(text)"
        page.wait_for_function(says, arg=text)

    settled(page)
    turn = root.get_attribute("data-turn")
    seen = pixels(page, "The face, frame 0 of 18")
    page.keyboard.press("p")
    page.wait_for_function("() => Number(document.querySelector('.fv-scrub').value) >= 3")
    page.keyboard.press("Shift+ArrowRight")  # stops it
    expect(page.get_by_role("button", name="Play", exact=True)).to_be_visible()
    slider = page.get_by_role("slider", name="Frame of the clip")
    slider.focus()
    page.keyboard.press("Home")
    for _ in range(6):
        page.keyboard.press("ArrowRight")
    page.keyboard.press("Enter")
    where("frame 6 of 18, 0.60 s: your mark")
    expect(slider).to_have_attribute("aria-valuetext", "frame 6 of 18, 0.60 s: your mark")
    root.focus()
    page.keyboard.press("ArrowRight")
    page.keyboard.press("Enter")  # no word yet: the mark moves
    where("frame 7 of 18, 0.70 s: your mark")
    assert (pixels(page, "The face, frame 7 of 18") != seen).any()
    assert root.locator("canvas.fv-curves").is_hidden()
    expect(root).to_have_attribute("data-turn", turn)  # the kernel was not asked
    page.keyboard.press("6")
    page.keyboard.press("Enter")
    root.locator("canvas.fv-curves").wait_for()
    curves = root.locator("canvas.fv-curves").get_attribute("aria-label")
    assert curves.startswith("Frame by frame: evidence 0.8 or more in frames ")
    assert "you: frame 7; most evidence: frame " in curves
    assert np.ptp(pixels(page, "Frame by frame")[..., 3]) > 0
    page.keyboard.press("ArrowLeft")
    where("frame 6 of 18, 0.60 s: evidence 0.")
    page.keyboard.press("Enter")
    page.wait_for_function("() => document.querySelector('.fv-readout').textContent.startsWith('Face 3 of')")


def test_the_annotator_answers_twenty_faces_by_keyboard_and_nothing_is_saved(notebook: Open) -> None:
    book = notebook(CELL.format("Annotator", ""), "pass")
    page = book.page
    root = stage(page)
    face = pixels(page, "The face")
    assert page.get_by_role("button", name="Reveal").is_disabled()
    page.get_by_role("button", name="surprise", exact=True).click()
    box = page.locator("canvas.fv-target").bounding_box()
    page.mouse.click(box["x"] + 0.4 * box["width"], box["y"] + 0.6 * box["height"])
    assert root.locator(".fv-reveal").is_hidden()
    page.get_by_role("button", name="Reveal").click()
    root.locator(".fv-reveal").wait_for()
    assert shows_anew(page, "The face", face, share=0.2)
    expect(root.locator(".fv-reveal")).to_contain_text("The generator")
    shown = pixels(page, "The face")
    book.theme("JupyterLab Dark")
    page.wait_for_selector(".fv-stage[data-theme=dark]")
    assert shows_anew(page, "The face", shown)
    root.focus()
    page.keyboard.press("Enter")
    page.wait_for_selector(".fv-film[data-frames='18']")  # the second face moves
    mark_a_frame(page, root)
    for item in range(2, 20):
        page.wait_for_function(
            "(at) => document.querySelector('.fv-readout').textContent.startsWith(`Face ${at} of`)", arg=item + 1
        )
        settled(page)
        page.keyboard.press(str(1 + item % 7))
        if root.locator(".fv-film").is_visible():
            page.keyboard.press("Shift+ArrowRight")
            page.keyboard.press("Enter")
        else:
            page.keyboard.press("ArrowDown")
            page.keyboard.press("Shift+ArrowDown")
        page.keyboard.press("Enter")
        root.locator(".fv-reveal").wait_for()
        page.keyboard.press("Enter")
    page.get_by_role("table", name="Agreement").wait_for(timeout=60_000)
    text = root.inner_text()
    assert "you and the generator" in text
    assert "of 20" in text
    assert "a blind dart" in text
    assert "your frames and the generator" in text
    assert kernel_says(book, "len(explorer.state.answers), *explorer.state.answers[:2], repr(explorer.error)") == (
        "20 ('surprise', 0.4, 0.6) ('surprise', 7) ''"
    )
    saved = book.save()
    widgets = saved["metadata"]["widgets"]["application/vnd.jupyter.widget-state+json"]["state"].values()
    answers = [w["state"]["answer"] for w in widgets if w["state"].get("answer")]
    assert [answer["state"]["answers"] for answer in answers] == [[]]
    page.locator("details summary").click()
    page.get_by_role("button", name="Look at face 1", exact=True).click()
    root.locator(".fv-reveal").wait_for()
    page.get_by_role("button", name="To the agreement").click()
    page.get_by_role("table", name="Agreement").wait_for()
    fits(page)
