"""The scripts of the explorers in a page that plays the kernel's part: what comes late, and what a keyboard reaches."""

from __future__ import annotations

from collections.abc import Callable
from importlib.resources import files

import numpy as np
import pytest
from playwright.sync_api import Browser, Page, expect

from ferviz.clip import Gap
from ferviz.explorers import Annotator, CropLab, Frames, Heads, Masks, Patch, Regions, Statistics, TwoStreams
from ferviz.explorers.annotator.cards import Still
from ferviz.explorers.annotator.explorer import COUNT
from ferviz.explorers.shared.base import Explorer
from ferviz.explorers.shared.frozen import frozen
from ferviz.explorers.shared.page import write_page
from ferviz.explorers.shared.scripts import foot_class
from tests.frame_nets import seeded
from tests.tiny_av import film, tiny_av

Open = Callable[..., Page]
LATE = """
  const decode = createImageBitmap;
  createImageBitmap = async (...given) => {
    const held = window.held;
    const made = await decode(...given);
    await held;
    return made;
  };
"""  # pictures that begin to be decoded while `held` is a promise are there when it is kept
TELL = """(more) => {
  traits.picture = { ...traits.picture, ...more };
  heard["change:picture"]();
  if ("sheet" in traits.answer) traits.answer = { ...traits.answer, sheet: traits.picture.turn };
  heard["change:answer"]();
  return new Promise((done) => setTimeout(done, 300));
}"""
FOCUS = "() => document.activeElement.querySelector('.fv-label')?.textContent ?? document.activeElement.ariaLabel"


def live(explorer: Explorer) -> str:
    """The explorer's page as if it had a kernel."""
    shown = {name: explorer._unsaved.get(name) or getattr(explorer.stage, name) for name in ("picture", "answer")}
    return write_page(explorer.stage, shown)


@pytest.mark.parametrize("make", [Patch, CropLab, lambda: Frames("surprise-moving", seeded("mean")), Statistics])
def test_a_picture_that_is_decoded_late_does_not_cover_a_newer_one(alone: Open, make: Callable[[], Explorer]):
    page = alone(live(make()), LATE)
    page.wait_for_selector(".fv-stage[data-painted]")
    page.evaluate("() => { window.held = new Promise((done) => { window.keep = done; }); }")
    page.evaluate(TELL, {"turn": 71, "source": "older"})
    page.evaluate("window.held = null")
    page.evaluate(TELL, {"turn": 72, "source": "newer"})
    page.evaluate("() => { window.keep(); return new Promise((done) => setTimeout(done, 300)); }")
    stage = page.locator(".fv-stage")
    if stage.get_attribute("data-sheet"):
        expect(stage).to_have_attribute("data-sheet", "72")
    else:
        expect(stage.locator(".fv-source")).to_contain_text("Bundled sample: newer")


@pytest.mark.parametrize(
    ("make", "select"),
    [
        (lambda: Frames("surprise-moving", seeded("mean")), "Clip"),
        (Statistics, "Clip"),
        (lambda: TwoStreams("happiness-voice-agree", tiny_av()), "Clip"),
        (Regions, "Face"),
        (Heads, "Face"),
        (Masks, "Face"),
    ],
)
def test_who_chooses_with_the_keyboard_keeps_the_focus(alone: Open, make: Callable[[], Explorer], select: str):
    explorer = make()
    page = alone(live(explorer))
    page.wait_for_selector(".fv-row .fv-now:not(:empty), .fv-bs-row .fv-now:not(:empty)")
    turn = explorer.stage.picture["turn"]  # a sheet with a turn that is shown already is passed over
    page.get_by_label(select, exact=True).focus()
    page.evaluate(TELL, {"turn": turn + 1, "film": "another"})
    assert page.evaluate(FOCUS) == select
    row = page.locator("button:is(.fv-row, .fv-bs-row)").nth(2)
    row.focus()
    label = page.evaluate(FOCUS)
    page.evaluate(TELL, {"turn": turn + 2, "film": "a third"})
    assert page.evaluate(FOCUS) == label != ""


def test_a_summary_opens_by_enter_and_a_button_that_goes_gives_the_focus_to_the_stage(alone: Open):
    first = Annotator()
    cards = [first.card(0, item) for item in range(COUNT)]
    answers = tuple((card.emotion, *((0.5, 0.5) if isinstance(card, Still) else (0,))) for card in cards)
    page = alone(live(Annotator(first.model, item=COUNT, answers=answers)))
    page.wait_for_selector(".fv-stage[data-painted]")
    details = page.locator(".fv-summary details")
    details.locator("summary").focus()
    page.keyboard.press("Enter")
    expect(details).to_have_attribute("open", "")
    page.set_viewport_size({"width": 900, "height": 800})
    page.wait_for_timeout(300)
    expect(details).to_have_attribute("open", "")  # a repaint leaves it so
    page.get_by_role("button", name="Look at face 3").focus()
    page.keyboard.press("Enter")
    assert page.evaluate("document.activeElement === document.querySelector('.fv-stage')")


def test_a_still_takes_no_keys_and_its_code_is_shown(alone: Open):
    page = alone(frozen(Patch("happiness-still").model_id))
    inside = page.frame_locator("iframe")
    stage = inside.locator(".fv-stage")
    expect(inside.locator(".fv-row .fv-now").first).not_to_be_empty()
    assert stage.get_attribute("tabindex") is None
    assert inside.locator(".fv-body").evaluate("(body) => body.inert")
    code = inside.get_by_role("button", name="Show the code")
    code.focus()
    for key in ("ArrowRight", "+", "Delete"):
        page.keyboard.press(key)
    assert stage.get_attribute("data-asked") is None
    page.keyboard.press("Enter")
    expect(inside.locator(".fv-codeline")).to_be_visible()


def test_a_sound_that_is_all_gap_has_no_answer_of_its_own(alone: Open):
    clip = film(frames=4, seconds=0.5, gaps=(Gap("audio", 0, 800, "it hums"),))
    page = alone(TwoStreams(clip, tiny_av()).page(own=True))
    cells = page.locator("div.fv-bs-row:not(.fv-bs-heads)").first.locator(".fv-now")
    expect(cells.first).to_have_text("–")
    expect(cells.nth(1)).not_to_have_text("–")
    expect(page.locator(".fv-st-caption")).not_to_contain_text("voice:")


FOOT = """(script) => {
  window.sent = [];
  const get = () => ({ keys: "", accept: "image/*" });
  const on = (name, handler) => { window[name] = handler; };
  const model = { get, on, off() {}, send: (content) => { window.sent.push(content); } };
  const foot = new Function(script.replace("\\nexport default ", "\\nreturn "))();
  foot.render({ model, el: document.querySelector("main") });
}"""


def test_a_file_chosen_while_another_is_on_its_way_is_sent_alone(browser: Browser):
    page = browser.new_page()
    page.set_content("<main></main>")
    page.evaluate(FOOT, str(foot_class()._esm))
    for name in ("first", "second"):
        file = {"name": f"{name}.png", "mimeType": "image/png", "buffer": bytes(3 * 2**20)}
        page.locator("input").set_input_files(file)
        page.wait_for_function("(name) => window.sent.at(-1)?.upload.name === name", arg=f"{name}.png")
    first, second = page.evaluate("sent.map(({ upload }) => upload.id)")
    hear = "(told) => { window['msg:custom'](told); return new Promise((done) => setTimeout(done, 200)); }"
    for told in ({"id": first, "received": 2**20}, {"done": first}, {"done": None}):
        page.evaluate(hear, told)
    assert len(page.evaluate("sent")) == 2
    page.evaluate(hear, {"id": second, "received": 2**20})
    assert page.evaluate("sent.slice(2)") == [
        {"upload": {"id": second, "name": "second.png", "total": 3 * 2**20, "start": 2**20}}
    ]
    expect(page.locator(".fv-status")).to_have_text("second.png: 33 %")
    page.evaluate(hear, {"done": second})
    expect(page.locator(".fv-status")).to_be_empty()
    page.close()


INKS = """(script) => new Function(`${script}
  const shades = (stops) => Array.from({ length: 201 }, (_, at) => colour(stops, at / 100 - 1));
  const all = [DIVERGING, SEQUENTIAL].flatMap((each) => Object.values(each));
  return all.flatMap(shades).map((rgb) => [...rgb, inkOn(rgb)]);`)()"""


def test_numbers_stand_out_on_every_colour_of_a_map(browser: Browser):
    charts = (files("ferviz.explorers") / "shared/charts.js").read_text("utf-8")
    page = browser.new_page()
    found = page.evaluate(INKS, str(foot_class()._esm).split("\nexport default")[0] + charts)
    page.close()
    inks = {"#000000": 0.0, "#ffffff": 1.0}
    assert {ink for *_, ink in found} == set(inks)
    for *rgb, ink in found:
        seen = np.array(rgb) / 255
        light = np.where(seen <= 0.04045, seen / 12.92, ((seen + 0.055) / 1.055) ** 2.4) @ (0.2126, 0.7152, 0.0722)
        dark, bright = sorted((light, inks[ink]))
        assert (bright + 0.05) / (dark + 0.05) >= 4.5, (rgb, ink)
