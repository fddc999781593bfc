"""A kernel that computes, was restarted, or is not there: nothing shown may pass for an answer to a new question.

After each scenario the fixture asserts that no console error was heard and no request left the machine.
"""

from __future__ import annotations

import time
from collections.abc import Callable

from playwright.sync_api import Locator, Page, expect

from tests.browser.lab import Notebook
from tests.browser.layout import CELLS

Open = Callable[..., Notebook]

GONE = "The kernel does not answer: run this cell again. What is shown in gray is its last answer."
BUSY = "The kernel is still computing: what is shown in gray is older than what you chose."
GREY = "(body) => getComputedStyle(body).filter === 'grayscale(1)' && Number(getComputedStyle(body).opacity) < 0.5"


def cell(name: str) -> str:
    """The cell that makes an explorer and shows it."""
    *first, last = CELLS[name].splitlines()
    return "\n".join(["import ferviz", *first, f"explorer = {last}", "explorer"])


def restart(book: Notebook) -> None:
    """As a person does, by the menu."""
    book.command("kernelmenu:restart")
    with book.page.expect_response(lambda one: "/restart" in one.url):  # before it, "idle" is the old kernel's
        book.page.locator(".jp-Dialog button.jp-mod-accept").click()
    book.page.wait_for_function("() => document.querySelector('.jp-Dialog') === null")
    end = time.monotonic() + 60
    while [session["kernel"]["execution_state"] for session in book.lab.sessions()] != ["idle"]:
        assert time.monotonic() < end, f"the kernel did not come back: {book.lab.sessions()}"
        book.page.wait_for_timeout(200)


def touch(explorer: Locator) -> None:
    """Move the first control below the stage that a hand finds, else ask from inside the stage."""
    controls = explorer.locator(".ferviz-controls")
    for kind in ("button.widget-toggle-button:not(.mod-active)", "select", ".noUi-handle", "button.widget-button"):
        for found in controls.locator(kind).all():
            if not found.is_visible() or not found.is_enabled():
                continue
            if kind == "select":
                found.select_option(index=int(found.evaluate("(node) => node.selectedIndex === 0")))
            elif kind == ".noUi-handle":
                found.press("ArrowRight")
            else:
                found.click()
            return
    ask(explorer)


def ask(explorer: Locator) -> None:
    """Ask from inside the stage: a preset, else large type."""
    buttons = explorer.locator(".fv-presets button")
    (buttons.last if buttons.count() else explorer.locator(".fv-large")).click()


def test_a_kernel_that_was_restarted_elsewhere_answers_again_and_again(notebook: Open):
    names = ["CropLab", "Masks"]  # of which one asks by itself
    book = notebook(*map(cell, names))
    page = book.page
    expect(page.locator(".fv-stage[data-painted][data-turn]")).to_have_count(2)
    for name in names:
        answers(page, name, names.index(name))
    (session,) = book.lab.sessions()
    book.lab.call("POST", f"api/kernels/{session['kernel']['id']}/restart")  # the page is not told
    page.wait_for_timeout(1000)
    for place, name in enumerate(names):
        touch(page.locator(".ferviz-explorer").nth(place))
        expect(page.locator(".fv-silence").nth(place), name).to_have_text(GONE, timeout=10_000)
    book.command("notebook:run-all-cells")
    expect(page.locator(".fv-stage[data-painted][data-turn]:not([data-kernel='gone'])")).to_have_count(2)
    for _ in range(2):
        for name in names:
            answers(page, name, names.index(name))


def answers(page: Page, name: str, place: int) -> None:
    """An explorer answers what is asked from its stage, and is not grey."""
    stage = page.locator(".fv-stage").nth(place)
    turn = stage.get_attribute("data-turn")
    ask(page.locator(".ferviz-explorer").nth(place))
    expect(stage, name).not_to_have_attribute("data-turn", str(turn))
    expect(stage.locator(".fv-silence"), name).to_be_hidden()
    assert not stage.locator(".fv-body").evaluate(GREY), name


SLOW = """import time
compute = explorer.compute
explorer.compute = lambda state: (time.sleep(10), compute(state))[1]"""


def test_a_kernel_that_computes_is_told_from_a_dead_one_and_the_view_heals(notebook: Open):
    page = notebook(cell("Patch"), SLOW).page
    stage = page.locator(".fv-stage")
    page.wait_for_selector(".fv-row .fv-now:not(:empty)")
    before = stage.get_attribute("data-turn")
    stage.press("ArrowRight")
    expect(stage.locator(".fv-silence")).to_have_text(BUSY, timeout=9_000)
    assert stage.locator(".fv-body").evaluate(GREY)
    assert stage.get_attribute("data-turn") == before
    expect(stage.locator(".fv-silence")).to_be_hidden()
    expect(stage).to_have_attribute("data-painted", "1")
    assert not stage.locator(".fv-body").evaluate(GREY)


def test_controls_stay_where_they_are_when_the_kernel_is_gone(notebook: Open):
    book = notebook(cell("LBPStepper"))
    explorer = book.page.locator(".ferviz-explorer")
    book.page.wait_for_selector(".fv-stage[data-painted][data-turn]")
    wide = "(all) => all.map((one) => one.getBoundingClientRect()).map(({ width, height }) => [width, height])"
    before = explorer.locator(".ferviz-controls > *").evaluate_all(wide)
    restart(book)
    explorer.locator(".jupyter-widgets-disconnected").first.wait_for()
    after = explorer.locator(".ferviz-controls > *").evaluate_all(wide)
    assert after == before


def test_what_nobody_heard_is_taken_back(notebook: Open):
    book = notebook(cell("CropLab"))
    page = book.page
    stage = page.locator(".fv-stage")
    page.wait_for_selector(".fv-row .fv-now:not(:empty)")
    margin, numbers = (stage.locator(which).all_inner_texts() for which in (".fv-margin .fv-now", ".fv-row .fv-now"))
    restart(book)
    slider = stage.get_by_role("slider", name="Margin")
    place, said = slider.input_value(), stage.locator(".fv-readout").inner_text()
    stage.press("Shift+ArrowRight")
    expect(stage.locator(".fv-silence")).to_have_text(GONE, timeout=8_000)
    for move in range(3):  # the first wish is taken back when the silence is noticed, later ones are never shown
        if move == 2:  # a drag
            box = slider.bounding_box()
            page.mouse.move(box["x"] + box["width"] * 0.4, box["y"] + box["height"] / 2)
            page.mouse.down()
            page.mouse.move(box["x"] + box["width"] * 0.9, box["y"] + box["height"] / 2, steps=6)
            page.mouse.up()
        else:
            stage.press("Shift+ArrowRight")
        page.wait_for_timeout(600)
        assert stage.locator(".fv-margin .fv-now").all_inner_texts() == margin
        assert stage.locator(".fv-row .fv-now").all_inner_texts() == numbers
        assert stage.locator(".fv-readout").inner_text() == said
        assert slider.input_value() == place
        assert stage.locator(".fv-body").evaluate(GREY)


def test_an_upload_to_a_kernel_that_is_gone_does_not_hang(notebook: Open):
    book = notebook(cell("Patch"))
    page = book.page
    page.wait_for_selector(".fv-row .fv-now:not(:empty)")
    restart(book)
    file = {"name": "me.png", "mimeType": "image/png", "buffer": b"not heard"}
    page.locator(".fv-upload input").set_input_files(file)
    says = "The kernel does not answer: run this cell again, then choose the file again."
    expect(page.locator(".fv-status")).to_have_text(says, timeout=8_000)


def test_what_the_page_knows_goes_on_working_without_a_kernel(notebook: Open):
    book = notebook(cell("Frames"))
    page = book.page
    stage = page.locator(".fv-stage")
    page.wait_for_selector(".fv-stage[data-painted]")
    caption = stage.locator(".fv-live, .fv-note, .fv-readout").all_inner_texts()
    restart(book)
    stage.press("ArrowRight")
    page.wait_for_timeout(2600)
    assert stage.locator(".fv-live, .fv-note, .fv-readout").all_inner_texts() != caption
    expect(stage.locator(".fv-silence")).to_be_hidden()
