"""The scripts in a page that plays the kernel's part: cursors follow the state, what nobody answers does not stay."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Sequence
from typing import Any

import pytest
from playwright.sync_api import Page, expect

from ferviz.explorers import FaceLab, Frames, Heads, ItemsExplorer, Masks, Regions, Statistics
from ferviz.explorers.shared.base import Explorer
from tests.browser.test_scripts_alone import live
from tests.explorers.test_items import REGIONS, regions
from tests.explorers.test_sources import drawn_svm, small_lbp
from tests.frame_nets import seeded
from tests.head_nets import seeded as heads
from tests.head_nets import stages
from tests.region_nets import seeded as region_net
from tests.two_faces import photo_of_two

Open = Callable[..., Page]
HEAR = "() => { window.sent = []; model.send = (content) => { if (!content.ping) window.sent.push(content); }; }"
DEAF = """() => {
  model.widget_manager = { kernel: null };
  model.send = () => { throw new Error("closed"); };
}"""
TELL = """({ picture, state = {}, ...more }) => {
  if (picture) {
    traits.picture = { ...traits.picture, ...picture };
    traits.answer.sheet = traits.picture.turn;
    heard["change:picture"]();
  }
  traits.answer = { ...traits.answer, ...more, state: { ...traits.answer.state, ...state } };
  heard["change:answer"]();
  return new Promise((done) => setTimeout(done, 200));
}"""
CAPTION = ".fv-it-caption"


def opened(alone: Open, explorer: Explorer, presets: Sequence[str] = ()) -> Page:
    page = alone(live(explorer).replace('"presets": []', f'"presets": {json.dumps(presets)}'))
    page.wait_for_selector(".fv-stage[data-painted]" if isinstance(explorer, FaceLab) else ".fv-stage[data-sheet]")
    page.wait_for_timeout(300)
    page.evaluate(HEAR)
    return page


def sent(page: Page) -> list[dict[str, Any]]:
    return [{key: one[key] for key in one if key not in ("client", "sequence")} for one in page.evaluate("sent")]


def statistics(**state: Any) -> Statistics:
    return Statistics("surprise-moving", heads(), drawn_svm(), **state)


def test_two_views_have_one_number_and_what_is_asked_is_asked_once(alone: Open):
    page = opened(alone, statistics(channel=17))
    value = page.locator(".fv-ss-curve .fv-it-value")
    expect(value).to_have_text(re.compile("^17: "))
    page.locator(".fv-stage").focus()
    page.keyboard.press("ArrowDown")
    page.wait_for_function("() => sent.some((one) => one.wish)")
    assert sent(page) == [{"wish": {"channel": 18}}]
    ours = page.evaluate("sent[0]")
    page.evaluate(TELL, {"client": ours["client"], "sequence": ours["sequence"], "state": {"channel": 18}})
    expect(value).to_have_text(re.compile("^18: "))
    page.evaluate(TELL, {"client": "another", "sequence": 9, "state": {"channel": 3}})
    expect(value).to_have_text(re.compile("^3: "))
    page.wait_for_timeout(700)
    assert len(sent(page)) == 1
    page.locator("canvas[aria-label^='The mean of each number']").hover()
    expect(value).not_to_have_text(re.compile("^3: "))  # the index goes with the value


def test_a_cursor_is_where_the_code_a_preset_or_the_kernel_puts_it_and_else_where_the_hand_does(alone: Open):
    page = opened(alone, statistics(frame=5), presets=["One", "Two"])
    caption = page.locator(CAPTION)
    expect(caption).to_contain_text("Frame 5:")
    page.evaluate(TELL, {"state": {"frame": 9}})
    expect(caption).to_contain_text("Frame 9:")
    page.locator(".fv-stage").focus()
    page.keyboard.press("ArrowRight")
    page.evaluate(TELL, {"state": {"label": "fear"}})
    expect(caption).to_contain_text("Frame 10:")
    page.keyboard.press("2")
    page.evaluate(TELL, {"state": {"frame": 9}})
    expect(caption).to_contain_text("Frame 9:")


def test_another_label_leaves_the_cursor_on_its_region(alone: Open):
    page = opened(alone, Regions("surprise-still", region_net()))
    page.locator(".fv-stage").focus()
    page.keyboard.press("ArrowRight")
    page.evaluate(TELL, {"state": {"label": "fear"}})
    expect(page.locator(".fv-rg-caption")).to_contain_text("Region 1 ")


def test_what_has_no_picture_to_wait_for_begins_where_the_code_says(alone: Open):
    page = opened(alone, ItemsExplorer(regions(pictures=None), own=False, item=3))
    expect(page.locator(CAPTION)).to_contain_text(f"{REGIONS[3]}:")
    page = opened(alone, Heads("surprise-still", stages(), channel=20, trained="identity"))
    page.get_by_role("tab", name="The feature").click()
    expect(page.locator(".fv-hd-number .fv-sub")).to_contain_text("Number 20 of")
    row = page.locator("button.fv-row").first
    expect(row).to_have_attribute("aria-label", re.compile(r"\d, tuned, new heads \d"))


@pytest.mark.parametrize(("make", "field"), [
    (lambda: Frames("surprise-moving", seeded("mean")), "frame"), (statistics, "frame"),
    (lambda: Regions("surprise-still", region_net()), "region"),
])  # fmt: skip
def test_the_code_and_the_page_are_told_where_the_cursor_stands(alone: Open, make: Callable[[], Explorer], field: str):
    page = opened(alone, make())
    page.locator(".fv-stage").focus()
    for _ in range(2):
        page.keyboard.press("ArrowRight")
    page.wait_for_timeout(700)
    assert not any(field in one.get("wish", {}) for one in sent(page))
    page.get_by_role("button", name="HTML page").click()
    told = sent(page)[-1]
    assert (told["act"], told["wish"][field]) == ("page", 2)
    page.locator(".fv-stage").focus()
    page.keyboard.press("ArrowRight")
    page.get_by_role("button", name="Show the code").click()
    page.wait_for_function("(field) => sent.at(-1)?.wish?.[field] === 3", arg=field)


def test_a_sheet_that_is_told_again_leaves_the_cursor(alone: Open):
    page = opened(alone, Frames("surprise-moving", seeded("mean")))
    page.locator(".fv-stage").focus()
    page.keyboard.press("End")
    page.evaluate(TELL, {"picture": {}})
    expect(page.locator(CAPTION)).to_contain_text("Frame 17:")


def test_dials_say_what_they_are_of_and_stay_where_nobody_heard_the_hand(alone: Open):
    page = opened(alone, Heads("surprise-still", stages()))
    film = {"turn": 71, "source": "fear-moving", "frames": 18}
    page.evaluate(TELL, {"picture": film, "state": {"source": "fear-moving"}})
    slider = page.get_by_role("slider", name="Frame", exact=True)
    expect(slider).to_have_attribute("aria-valuetext", "0 of 18")
    page.locator(".fv-stage").focus()
    page.keyboard.press("Escape")
    assert {"act": "reset"} in sent(page)
    page.evaluate(DEAF)
    page.get_by_label("Face", exact=True).select_option("anger-still")
    slider.fill("7")
    page.wait_for_selector(".fv-stage[data-kernel=gone]")
    expect(slider).to_have_value("0")
    page.wait_for_timeout(500)
    expect(page.locator(".fv-hd-caption")).not_to_contain_text("Looking")


@pytest.mark.parametrize(
    ("make", "select"),
    [
        (lambda: Frames("astronaut", seeded("mean")), "Clip"),
        (lambda: Statistics("astronaut", heads(), drawn_svm()), "Clip"),
        (lambda: Regions("astronaut", region_net()), "Face"),
        (lambda: Heads("astronaut", stages()), "Face"),
        (lambda: Masks("astronaut", small_lbp()), "Face"),
    ],
)
def test_a_sample_that_is_not_offered_is_named_and_can_be_gone_back_to(alone: Open, make: Any, select: str):
    page = opened(alone, make())
    source = page.get_by_label(select, exact=True)
    expect(source).to_have_value("astronaut")
    if select == "Face" and page.locator(".fv-hd-four").count():
        age = page.locator("canvas[aria-label^='What of the face moves the head of age']")
        expect(age).to_have_attribute("aria-label", re.compile("No answer for this picture"))
    other = {"turn": 71, "source": "surprise-still", "clip": "surprise-still"}
    page.evaluate(TELL, {"picture": other, "state": {"source": "surprise-still", "clip": "surprise-still"}})
    expect(source).to_have_value("surprise-still")
    assert source.locator("option[value=astronaut]").count() == 1


def test_a_picture_that_is_saved_holds_no_hidden_words(alone: Open):
    page = opened(alone, Heads(photo_of_two(), stages()))
    words = page.locator(".fv-faces-words")
    expect(words).to_have_text(re.compile("faces"))
    expect(words).to_be_hidden()
    page.evaluate("""() => {
      window.painted = [];
      const paint = CanvasRenderingContext2D.prototype.fillText;
      CanvasRenderingContext2D.prototype.fillText = function (text, ...rest) {
        window.painted.push(text);
        paint.call(this, text, ...rest);
      };
    }""")
    with page.expect_download():
        for name in ("PNG", re.compile("press again")):
            page.get_by_role("button", name=name).click()
    painted = page.evaluate("painted")
    assert "label:" in painted
    assert not {"faces", "2"} & set(painted)  # the words, and the second button's number


def test_a_clip_that_nobody_makes_is_not_waited_for_and_a_view_that_is_closed_lets_its_sound_go(alone: Open):
    page = opened(alone, FaceLab())
    page.get_by_role("tab", name="Clip").click()
    page.evaluate(DEAF)
    make = page.get_by_role("button", name="Make a clip with its voice")
    make.click()
    page.wait_for_selector(".fv-stage[data-kernel=gone]")
    expect(make).to_be_enabled()
    page.wait_for_timeout(700)
    expect(page.locator(".fv-status")).to_be_empty()

    page = opened(alone, Frames("happiness-voice-agree", seeded("mean")))
    page.evaluate("""() => {
      window.beside = document.createElement("div");
      window.other = stage.render({ model, el: window.beside });
    }""")
    page.wait_for_function("() => window.beside.querySelector('audio[src]')")
    dropped = """() => {
      const dropped = [];
      const revoke = URL.revokeObjectURL;
      URL.revokeObjectURL = (url) => { dropped.push(url); revoke.call(URL, url); };
      window.other();
      return dropped.length;
    }"""
    assert page.evaluate(dropped) == 1
