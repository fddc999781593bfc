"""Heads and Statistics in JupyterLab: dials and frames are moved, answers follow; pages alone say what they know.

After each scenario the fixture asserts that no console error was heard and no request left the machine.
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from playwright.sync_api import Browser, Locator, Page, expect

from tests.browser.lab import Notebook
from tests.browser.test_explorers_in_lab import kernel_says, pixels, settled, shows_anew

Open = Callable[..., Notebook]

HEADS = """from ferviz.explorers import Heads
from tests.head_nets import stages
explorer = Heads({}model=stages())
explorer"""
AGE_MAP = "What of the face moves the head of age"
STATISTICS = """from ferviz.explorers import Statistics
from tests.head_nets import seeded
explorer = Statistics({}model=seeded())
explorer"""


def stage(page: Page) -> Locator:
    found = page.locator(".fv-stage[data-sheet]")
    found.wait_for(timeout=90_000)
    page.wait_for_selector(".fv-readout b:not(:empty)")
    return found


def says(page: Page, selector: str, words: str) -> None:
    there = "([selector, words]) => document.querySelector(selector).textContent.includes(words)"
    page.wait_for_function(there, arg=[selector, words], timeout=60_000)


def alone_of(browser: Browser, path: Path) -> tuple[Page, list[str]]:
    """A saved page by itself, and what it is heard to ask or to complain of."""
    alone = browser.new_context(offline=True, viewport={"width": 1100, "height": 900}).new_page()
    heard: list[str] = []
    alone.on("console", lambda message: heard.append(message.text))
    alone.on("pageerror", lambda error: heard.append(str(error)))
    alone.on("request", lambda request: heard.append(request.url))
    alone.goto(path.as_uri())
    return alone, heard


def test_dials_move_four_answers_and_each_view_follows(notebook: Open, browser: Browser, tmp_path: Path) -> None:
    book = notebook(HEADS.format(""), "pass")
    page = book.page
    stage(page)
    page.wait_for_selector(f"canvas[aria-label^='{AGE_MAP}: its mean, ']", timeout=60_000)
    face, ages = pixels(page, "The face as the network gets it"), pixels(page, "The probability of each age")
    maps = pixels(page, AGE_MAP)
    page.get_by_role("slider", name="Age").fill("80")
    says(page, ".fv-hd-sum", "drawn 80")
    settled(page)
    assert shows_anew(page, "The face as the network gets it", face)
    assert shows_anew(page, "The probability of each age", ages)
    page.get_by_role("button", name="identity body", exact=True).click()
    says(page, ".fv-readout", "identity body")
    says(page, ".fv-hd-answers", "thin marks: tuned, new heads")
    page.wait_for_selector(f"canvas[aria-label^='{AGE_MAP}: its mean, ']", timeout=60_000)
    assert shows_anew(page, AGE_MAP, maps)

    page.get_by_role("tab", name="The feature").click()
    stripe = page.locator("canvas[aria-label='Each number of the feature']")
    box = stripe.bounding_box()
    assert box is not None
    page.mouse.click(box["x"] + box["width"] * 5.5 / 32, box["y"] + box["height"] / 2)
    says(page, ".fv-hd-number .fv-sub", "Number 5 of 32 is")
    says(page, ".fv-hd-number .fv-signed", "age 20")
    page.locator(".fv-stage").focus()
    page.keyboard.press("ArrowRight")
    says(page, ".fv-hd-number .fv-sub", "Number 6 of 32 is")
    page.wait_for_timeout(600)
    settled(page)
    assert kernel_says(book, "explorer.state.channel, explorer.state.trained, repr(explorer.error)") == "6 identity ''"

    page.get_by_role("tab", name="What moves").click()
    page.get_by_role("button", name="identity", exact=True).click()
    says(page, ".fv-hd-parts ~ .fv-note", "The classifier of its 1,500 people is thrown away afterwards")
    page.get_by_role("button", name="all", exact=True).click()
    expect(page.locator(".fv-hd-part.fv-hd-moving")).to_have_count(2)
    page.get_by_role("tab", name="Bodies").click()
    page.get_by_role("button", name="efficientnet, compact").click()
    says(page, ".fv-hd-table .fv-hd-chosen", "efficientnet, compact")
    drawn = "(all) => all.map((one) => getComputedStyle(one).textDecorationLine)"
    assert set(page.locator(".fv-hd-table .fv-cell").evaluate_all(drawn)) == {"none"}  # no body is left out
    page.wait_for_function("/[0-9]/.test(document.querySelector('.fv-hd-chosen td:nth-last-child(2)').textContent)")
    page.keyboard.press("t")
    says(page, ".fv-readout", "tuned, old heads")
    for key in ("t", "w", "b", "e", "n", "+", "8"):
        page.keyboard.press(key)
        settled(page)
    says(page, ".fv-hd-silence", "No answer on age, gender and ethnicity.")
    told = kernel_says(book, "explorer.state.source, explorer.view.now.age, repr(explorer.error)")
    assert told == "astronaut None ''"
    hidden = "explorer.state.seed, explorer.state.emotion, explorer.state.intensity"
    kept = kernel_says(book, hidden)
    page.locator(".fv-stage").focus()
    for key in ("e", "n", "+", "-"):  # a photo has no dials, so no key turns them unseen
        page.keyboard.press(key)
    settled(page)
    assert kernel_says(book, hidden) == kept
    page.get_by_role("tab", name="On the face").click()
    page.locator(".fv-stage").focus()
    for key, view in {"w": "What moves", "b": "Bodies"}.items():
        page.keyboard.press(key)
        expect(page.get_by_role("tab", name=view)).to_have_attribute("aria-selected", "true")
    page.locator(".fv-stage").focus()
    page.keyboard.press("Escape")  # the face as it came is that of the source that is shown
    settled(page)
    says(page, ".fv-hd-caption", "The sample astronaut.")
    page.keyboard.press("1")
    says(page, ".fv-hd-caption", "A synthetic face")
    book.theme("JupyterLab Dark")
    page.wait_for_selector(".fv-stage[data-theme=dark]")

    with page.expect_download() as coming:
        page.get_by_role("button", name="HTML page").click()
    coming.value.save_as(tmp_path / "heads.html")
    with page.expect_download() as coming:
        page.get_by_role("button", name="PNG").click()
    alone, heard = alone_of(browser, tmp_path / "heads.html")
    stage(alone)
    alone.get_by_role("tab", name="What moves").click()
    alone.get_by_role("button", name="again", exact=True).click()
    expect(alone.locator(".fv-hd-part.fv-hd-moving")).to_have_count(3)
    alone.get_by_role("tab", name="Bodies").click()
    alone.get_by_role("button", name="efficientnet-b2").click()
    says(alone, ".fv-hd-table .fv-hd-chosen", "efficientnet-b2")
    alone.get_by_role("tab", name="The feature").click()
    alone.locator(".fv-stage").focus()
    for key in ("Home", "ArrowRight", "t", "n", "+", "e", "Escape"):
        alone.keyboard.press(key)
    says(alone, ".fv-hd-number .fv-sub", "Number 1 of 32 is")
    expect(alone.get_by_role("slider", name="Age")).to_have_count(0)
    alone.wait_for_timeout(2600)
    expect(alone.locator(".fv-silence")).to_be_hidden()
    assert heard == [(tmp_path / "heads.html").as_uri()]
    alone.context.close()


def test_frames_are_dropped_repeated_and_shuffled(notebook: Open, browser: Browser, tmp_path: Path) -> None:
    book = notebook(STATISTICS.format("'fear-one-frame', "), "pass")
    page = book.page
    stage(page)
    says(page, ".fv-readout", ": the clip's label is fear")
    says(page, ".fv-ss-machine", "bundled clips of other people: to see how it decides, not to be trusted. The highest")
    expect(page.get_by_role("button", name="Number that varies most")).to_be_enabled()
    untouched = pixels(page, "One number of the feature over the frames")
    page.locator(".fv-stage").focus()
    for _ in range(8):
        page.keyboard.press("ArrowRight")
    says(page, ".fv-it-caption", "Frame 8: ")
    page.get_by_role("button", name="Drop").click()
    says(page, ".fv-it-moved", "1 frame dropped by hand.")
    page.locator(".fv-stage").focus()
    page.keyboard.press("j")
    page.wait_for_timeout(600)
    settled(page)
    assert shows_anew(page, "One number of the feature over the frames", untouched)
    most = kernel_says(book, "max(explorer.view.moved, key=explorer.view.moved.get), explorer.state.channel > 0")
    assert most.split()[0] in ("min", "max")
    page.get_by_role("tab", name="The sum").click()
    says(page, ".fv-ss-sum .fv-sub", "The decision for ")
    page.get_by_role("button", name="surprise").click()
    says(page, ".fv-ss-sum .fv-sub", "The decision for surprise")
    for key in ("x", "r", "s", "ArrowDown", "End"):
        page.keyboard.press(key)
        settled(page)
    says(page, ".fv-it-moved", "1 frame again.")
    assert kernel_says(book, "len(explorer.view.order), explorer.state.seed, repr(explorer.error)") == "19 1 ''"
    page.locator(".fv-stage").focus()
    page.keyboard.press("4")
    says(page, ".fv-it-moved", "The frames stand in another order: no statistic moves.")
    expect(page.get_by_role("button", name="Number that moved most")).to_be_disabled()
    stands = page.locator(".fv-ss-curve .fv-it-value").text_content()
    page.keyboard.press("j")
    page.wait_for_timeout(600)
    settled(page)
    assert page.locator(".fv-ss-curve .fv-it-value").text_content() == stands  # rounded anew is not moved
    page.get_by_role("tab", name="All numbers").click()
    light = pixels(page, "All numbers of the feature")
    book.theme("JupyterLab Dark")
    page.wait_for_selector(".fv-stage[data-theme=dark]")
    assert shows_anew(page, "All numbers of the feature", light)
    page.get_by_role("button", name="Reset").click()
    settled(page)
    assert kernel_says(book, "explorer.state.touched, explorer.state.clip") == "False surprise-moving"

    with page.expect_download() as coming:
        page.get_by_role("button", name="HTML page").click()
    coming.value.save_as(tmp_path / "statistics.html")
    with page.expect_download() as coming:
        page.get_by_role("button", name="PNG").click()
    alone, heard = alone_of(browser, tmp_path / "statistics.html")
    stage(alone)
    before = pixels(alone, "One number of the feature over the frames")
    alone.locator(".fv-stage").focus()
    for key in ("End", "x", "r", "s", "Escape", "ArrowDown", "j"):
        alone.keyboard.press(key)
    says(alone, ".fv-it-caption", "Frame 17: ")
    assert shows_anew(alone, "One number of the feature over the frames", before)
    for name in ("The sum", "All numbers", "Four statistics"):
        alone.get_by_role("tab", name=name).click()
    expect(alone.get_by_role("button", name="Drop")).to_have_count(0)
    alone.wait_for_timeout(2600)
    expect(alone.locator(".fv-silence")).to_be_hidden()
    assert heard == [(tmp_path / "statistics.html").as_uri()]
    alone.context.close()
