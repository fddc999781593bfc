"""The scripts of the explorers in a page that plays the kernel's part: what they ask for, and what a page keeps."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from typing import Any

import pytest
import torch
from playwright.sync_api import Locator, Page, expect

from ferviz.explorers import (
    Annotator,
    CropLab,
    Frames,
    Heads,
    LBPStepper,
    Masks,
    Regions,
    Statistics,
    Twins,
    TwoStreams,
    Viewers,
)
from ferviz.explorers.annotator.cards import Still
from ferviz.explorers.annotator.explorer import COUNT
from ferviz.explorers.shared.base import Explorer
from ferviz.explorers.shared.page import _plain
from ferviz.models.lbp_attention import Config, LBPAttention
from tests.browser.test_scripts_alone import live
from tests.explorers.test_sources import drawn_svm
from tests.frame_nets import seeded as frame_net
from tests.head_nets import seeded as heads
from tests.head_nets import stages
from tests.region_nets import seeded as regional
from tests.tiny_av import tiny_av

Open = Callable[..., Page]
LISTEN = "() => { window.sent = []; model.send = (content) => window.sent.push(content); }"
ANSWER = """(answer) => {
  const { client, sequence } = window.sent.findLast((one) => one.client) ?? {};
  traits.answer = { ...revive(answer), client, sequence };
  heard["change:answer"]();
}"""  # as if it answered the newest message
OLDER = ANSWER.replace("client, sequence };", "client, sequence: sequence - 1 };")
FRAMES = "new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done)))"
UNHEARD = "heard['msg:custom']({ pong: { ping: 1e6, client: window.sent.findLast((one) => one.client).client } }, [])"
"""The kernel has dealt with all, and has no answer to the newest wish."""
NOBODY = "model.widget_manager = { kernel: null }"  # a page whose kernel is gone


def sent(page: Page, what: str) -> list[Any]:
    """What was asked for of one kind: "wish", "act" or "preset"."""
    return page.evaluate(f"window.sent.filter((one) => '{what}' in one).map((one) => one.{what})")


def answer(page: Page, explorer: Explorer) -> None:
    page.evaluate(ANSWER, _plain(explorer.stage.answer))


def masks(**state: Any) -> Masks:
    torch.manual_seed(3)
    return Masks("surprise-still", LBPAttention(Config.compact()).eval(), **state)


# ---- what is asked for -----------------------------------------------------------------------------------------------


def asked_again(
    page: Page, explorer: Explorer, field: str, button: Callable[[str], Locator], asked: list[str], act: str
) -> None:
    """Choose one after the other, and hear the act that works the last one out, which was there once."""
    for value in asked:
        page.evaluate(LISTEN)
        button(value).click()
        page.wait_for_function("() => window.sent.some((one) => one.wish)")
        explorer.show(**{field: value})
        answer(page, explorer)
        page.evaluate(FRAMES)
    page.wait_for_function(f"() => window.sent.some((one) => one.act === '{act}')", timeout=5_000)
    assert act in [one.get("act") for one in page.evaluate("window.sent")]


def test_maps_that_were_there_once_are_asked_for_again_when_others_have_taken_their_place(alone: Open):
    explorer = masks(tab="truth")
    explorer.attribute()
    explorer.show()
    page = alone(live(explorer))
    names = {"grad_cam": "Grad-CAM", "integrated_gradients": "integrated"}
    asked_again(
        page, explorer, "method", lambda value: page.get_by_role("button", name=names[value]),
        ["grad_cam", "integrated_gradients", "grad_cam"], "attribute",
    )  # fmt: skip


def test_labels_are_asked_for_again_too(alone: Open):
    explorer = Regions("surprise-still", regional(), tab="face")
    explorer.explain()
    explorer.show()
    page = alone(live(explorer))
    first = explorer.view.label
    other = next(label for label in explorer.view.labels if label != first)
    rows = page.locator(".fv-answers button.fv-row")
    asked_again(page, explorer, "label", lambda value: rows.filter(has_text=value), [other, first, other], "explain")


def test_a_preset_stops_the_audit(alone: Open):
    explorer = Twins()
    presets = json.dumps(list(Twins.PRESETS))
    page = alone(live(explorer).replace('"presets": []', f'"presets": {presets}'))  # a page has none
    page.wait_for_selector(".fv-stage[data-painted]")
    page.evaluate(LISTEN)
    page.get_by_role("button", name="Audit over").click()
    assert sent(page, "wish") == [{"people": 1}]
    page.get_by_role("button", name="2 skin tone").click()
    explorer.show(people=1)
    answer(page, explorer)
    assert (sent(page, "wish"), sent(page, "preset")) == ([{"people": 1}], [2])
    expect(page.locator(".fv-audit")).to_have_text("Go on")


def test_an_older_answer_neither_stops_the_audit_nor_asks_twice(alone: Open):
    explorer = Twins()
    page = alone(live(explorer))
    page.wait_for_selector(".fv-stage[data-painted]")
    page.evaluate(LISTEN)
    page.get_by_role("button", name="Audit over").click()
    page.evaluate(OLDER, _plain(explorer.stage.answer))  # of no people: it was on its way
    page.evaluate(FRAMES)
    expect(page.locator(".fv-audit")).to_have_text("Stop")
    assert sent(page, "wish") == [{"people": 1}]
    explorer.show(people=1)
    answer(page, explorer)
    page.evaluate(FRAMES)
    assert sent(page, "wish") == [{"people": 1}, {"people": 2}]


def test_a_frame_marked_on_the_slider_is_revealed_by_the_next_enter(alone: Open):
    first = Annotator()
    cards = [first.card(0, item) for item in range(COUNT)]
    item = next(place for place, card in enumerate(cards) if not isinstance(card, Still))
    answers = tuple((card.emotion, *((0.5, 0.5) if isinstance(card, Still) else (0,))) for card in cards[:item])
    explorer = Annotator(first.model, item=item, answers=answers)
    page = alone(live(explorer))
    page.wait_for_selector(".fv-stage[data-painted]")
    page.evaluate(LISTEN)
    page.get_by_role("slider", name="Frame of the clip").focus()
    for key in ("ArrowRight", "ArrowRight", "Enter", "1", "Enter"):
        page.keyboard.press(key)
    (wish,) = sent(page, "wish")
    assert wish["answers"][-1] == [explorer.stage.picture["labels"][0], 2]


@pytest.mark.parametrize(
    ("make", "field", "rest"),
    [
        (lambda: TwoStreams("happiness-voice-agree", tiny_av()), "second", "End"),
        (lambda: Regions("surprise-still", regional()), "region", "ArrowRight"),
    ],
)
def test_the_place_of_a_cursor_goes_with_the_wish_for_a_page(
    alone: Open, make: Callable[[], Explorer], field: str, rest: str
):
    explorer = make()
    page = alone(live(explorer))
    page.wait_for_selector(".fv-row .fv-now:not(:empty), .fv-bs-row .fv-now:not(:empty)")
    page.evaluate(LISTEN)
    page.locator(".fv-stage").focus()
    page.keyboard.press("ArrowRight")
    page.keyboard.press(rest)
    page.get_by_role("button", name="HTML page").click()
    ((place,),) = [wish.values() for wish in sent(page, "wish")]
    explorer.show(**{field: place})  # the end of a clip is a place of it
    assert place == 2 if field == "region" else place > explorer.stage.picture["times"][-1]


READ = "document.querySelector('.fv-body').innerText"


@pytest.mark.parametrize(
    "make",
    [
        lambda: Heads(model=stages(), tab="feature"),
        lambda: Regions("surprise-still", regional()),
        lambda: Frames("fear-one-frame", frame_net("relation")),
        lambda: Statistics("fear-one-frame", heads()),
        lambda: TwoStreams("happiness-voice-agree", tiny_av()),
    ],
)
def test_a_cursor_stays_where_the_hand_took_it_though_nobody_heard_and_an_older_answer_comes(
    alone: Open, make: Callable[[], Explorer]
):
    explorer = make()
    page = alone(live(explorer))
    page.wait_for_selector(".fv-stage[data-sheet]")
    page.evaluate(LISTEN)
    page.evaluate(FRAMES)
    first = page.evaluate(READ)
    page.locator(".fv-stage").press("ArrowRight")
    page.evaluate(FRAMES)
    moved = page.evaluate(READ)
    assert moved != first
    page.get_by_role("button", name="HTML page").click()  # it tells of the cursor, as a hand at rest does elsewhere
    page.wait_for_function("() => window.sent.some((one) => one.wish)")
    page.evaluate(UNHEARD)
    answer(page, explorer)
    page.evaluate(FRAMES)
    assert page.evaluate(READ) == moved


def test_a_wish_that_was_kept_goes_along_with_a_preset_and_does_not_come_after_it(alone: Open):
    """While one wish is on its way the newest one waits; sent after a reset it would undo it."""
    explorer = TwoStreams("happiness-voice-agree", tiny_av())
    page = alone(live(explorer))
    page.wait_for_selector(".fv-stage[data-sheet]")
    page.evaluate(LISTEN)
    slider = page.get_by_role("slider", name="Noise")
    slider.fill("5")
    slider.fill("6")
    page.get_by_role("button", name="HTML page").click()
    page.evaluate(FRAMES)
    first, last = page.evaluate("window.sent.filter((one) => one.wish || one.act)")
    assert ("act" in first, last["act"]) == (False, "page")
    (field,) = [name for name in first["wish"] if name in last["wish"]]
    assert first["wish"][field] != last["wish"][field]
    answer(page, explorer)
    page.evaluate(FRAMES)
    assert len(sent(page, "wish")) == 2


SAID = """() => {
  window.said = [];
  const stage = document.querySelector(".fv-stage");
  const kernel = { connectionStatus: "connected", status: "idle" };
  model.widget_manager = { kernel };
  const watch = new MutationObserver(() => window.said.push(stage.dataset.kernel));
  watch.observe(stage, { attributeFilter: ["data-kernel"] });
}"""


def test_a_kernel_that_rests_between_two_messages_is_not_gone_at_the_first_look(alone: Open):
    page = alone(live(Regions("surprise-still", regional())))
    page.wait_for_selector(".fv-stage[data-sheet]")
    page.evaluate(LISTEN)
    page.evaluate(SAID)
    page.get_by_role("button", name="HTML page").click()
    page.wait_for_selector(".fv-stage[data-kernel=gone]")
    assert page.evaluate("window.said") == ["busy", "gone"]


def test_the_second_of_two_quick_keys_does_not_skip_the_reveal(alone: Open):
    explorer = Annotator()
    page = alone(live(explorer))
    page.wait_for_selector(".fv-stage[data-painted]")
    page.evaluate(LISTEN)
    for key in ("1", "ArrowRight", "Enter", "Enter"):
        page.locator(".fv-stage").press(key)
    (wish,) = sent(page, "wish")
    explorer.show(**wish)
    answer(page, explorer)  # what was kept while the first was on its way would be sent now
    page.evaluate(FRAMES)
    assert [[*one] for one in sent(page, "wish")] == [["answers"]]


# ---- tabs and places -------------------------------------------------------------------------------------------------


def test_the_fusion_shows_the_sum_of_the_state_and_its_pairs_the_same(alone: Open):
    page = alone(live(TwoStreams("happiness-voice-agree", tiny_av(), tab="fusion", sum=2)))
    expect(page.locator(".fv-st-fusion .fv-st-formula")).to_contain_text("z₂ = ")
    page.evaluate(LISTEN)
    page.locator(".fv-stage").focus()
    page.keyboard.press("ArrowRight")
    expect(page.locator(".fv-st-fusion .fv-st-formula")).to_contain_text("z₃ = ")
    assert sent(page, "wish") == [{"sum": 3}]
    page.evaluate(LISTEN)
    page.get_by_role("tab", name="Pairs").click()
    assert "sum" not in {name for wish in sent(page, "wish") for name in wish}


@pytest.mark.parametrize(("tab", "name"), [("fusion", "Fusion, step by step"), ("pairs", "Pairs")])
def test_a_page_of_two_streams_opens_at_its_tab_and_then_follows_the_hand(alone: Open, tab: str, name: str):
    page = alone(TwoStreams("happiness-voice-agree", tiny_av(), tab=tab, sum=2).page())
    expect(page.get_by_role("tab", name=name)).to_have_attribute("aria-selected", "true")
    expect(page.locator(".fv-st-formula:visible")).to_contain_text("z₂")
    page.get_by_role("tab", name="Streams").click()
    page.locator(".fv-stage").focus()
    page.keyboard.press("ArrowRight")
    expect(page.locator(".fv-st-caption")).to_contain_text("frame 1")


WITH_VIEWS = [
    (lambda tab: Frames("surprise-moving", frame_net("mean"), tab=tab), "matters", "Which frame matters?", "Alone"),
    (lambda tab: Heads("surprise-still", stages(), tab=tab), "course", "What moves", "The feature"),
    (lambda tab: masks(tab=tab), "truth", "Against the truth", "Inside the network"),
    (lambda tab: Regions("surprise-still", regional(), tab=tab), "loss", "RB-loss", "On the face"),
    (lambda tab: Statistics("surprise-moving", heads(), drawn_svm(), tab=tab), "all", "All numbers", "The sum"),
]


@pytest.mark.parametrize(("make", "tab", "name", "other"), WITH_VIEWS)
def test_a_page_opens_at_its_tab_and_then_follows_the_hand_and_a_live_view_tells_its_tab(
    alone: Open, make: Callable[[str], Explorer], tab: str, name: str, other: str
):
    explorer = make(tab)
    for html in (explorer.page(), live(explorer)):
        page = alone(html)
        page.wait_for_selector(".fv-stage[data-painted]")
        expect(page.get_by_role("tab", name=name)).to_have_attribute("aria-selected", "true")
        expect(page.get_by_role("tabpanel", name=name)).to_be_visible()
        page.evaluate(LISTEN)
        page.get_by_role("tab", name=other).click()
        page.evaluate(FRAMES)
        expect(page.get_by_role("tab", name=other)).to_have_attribute("aria-selected", "true")
    ((field, chosen),) = sent(page, "wish")[0].items()
    explorer.show(**{field: chosen})
    answer(page, explorer)
    expect(page.get_by_role("tabpanel", name=other)).to_be_visible()
    explorer.show(tab=tab)  # by the code, or by a preset
    answer(page, explorer)
    expect(page.get_by_role("tabpanel", name=name)).to_be_visible()


def test_a_page_of_regions_has_no_dials_of_the_head_and_opens_at_what_it_has(alone: Open):
    page = alone(Regions("surprise-still", regional(), tab="head").page())
    expect(page.get_by_role("tabpanel", name="Under the cursor")).to_be_visible()


def test_a_pair_that_is_clicked_is_wished_for_and_a_page_keeps_it(alone: Open):
    explorer = TwoStreams("happiness-voice-agree", tiny_av(), tab="pairs", sum=2)
    page = alone(live(explorer))
    said = page.locator(".fv-st-pairing .fv-st-formula")
    expect(said).to_contain_text("The largest: frame")
    page.evaluate(LISTEN)
    box = page.locator(".fv-st-pairing canvas.fv-it-scrub").bounding_box()
    assert box is not None
    page.mouse.click(box["x"] + 2, box["y"] + box["height"] - 2)
    (wish,) = sent(page, "wish")
    last = len(explorer.stage.picture["times"]) - 1
    assert wish == {"pair": [last, 0]}
    page.mouse.move(2, 2)
    expect(said).to_have_text(re.compile(f"^Frame {last} "))
    page.keyboard.press("Shift+ArrowRight")
    explorer.show(pair=(last, 1))
    page = alone(explorer.page())
    words = said.text_content()
    expect(page.locator(".fv-st-pairing .fv-st-formula")).to_have_text(str(words))
    page.locator(".fv-stage").focus()
    page.keyboard.press("ArrowUp")
    expect(page.locator(".fv-st-pairing .fv-st-formula")).to_have_text(re.compile(f"^Frame {last - 1} "))


def test_the_end_of_the_noise_says_that_there_is_none(alone: Open):
    page = alone(live(TwoStreams("happiness-voice-agree", tiny_av())))
    noise = page.get_by_role("slider", name="Noise")
    expect(noise).to_have_attribute("aria-valuetext", "no noise")
    expect(page.get_by_title("At the right end there is no noise at all")).to_be_visible()
    noise.press("ArrowLeft")
    expect(noise).to_have_attribute("aria-valuetext", "29 dB")


def test_a_clip_that_is_chosen_from_the_misses_is_told_and_counts_as_no_guess(alone: Open):
    explorer = Viewers()
    page = alone(live(explorer))
    page.wait_for_selector(".fv-vw-missed button")
    page.evaluate(LISTEN)
    chosen = page.locator(".fv-vw-missed button").first
    name = chosen.text_content()
    chosen.click()
    (wish,) = sent(page, "wish")
    assert wish == {"clip": name, "guess": "", "told": True}
    explorer.show(**wish)
    answer(page, explorer)
    expect(page.locator(".fv-vw-reveal")).to_contain_text("The actor was asked for")
    expect(page.get_by_text("guessed without a tie")).to_have_count(0)


LIES_OVER = """() => {
  const notice = document.querySelector(".fv-silence");
  const box = notice.getBoundingClientRect();
  const touches = (one) => one.left < box.right && one.right > box.left && one.top < box.bottom && one.bottom > box.top;
  const found = [...document.querySelectorAll("button, input, select, canvas, summary, [role=tab]")]
    .filter((one) => one.checkVisibility({ visibilityProperty: true }) && touches(one.getBoundingClientRect()));
  const whole = box.height > 10 && notice.scrollHeight <= notice.clientHeight + 1;
  return [whole, found.map((one) => one.ariaLabel || one.textContent)];
}"""


@pytest.mark.parametrize("width", [1280, 560])
def test_the_notice_of_a_silent_kernel_lies_over_no_control(alone: Open, width: int):
    for explorer in (TwoStreams("happiness-voice-agree", tiny_av()), masks(), Regions("surprise-still", regional())):
        page = alone(live(explorer).replace('"presets": []', f'"presets": {json.dumps(list(explorer.PRESETS))}'))
        page.set_viewport_size({"width": width, "height": 900})
        page.wait_for_selector(".fv-stage[data-painted]")
        page.locator(".fv-stage").press("1")  # whatever is asked, nobody answers
        page.wait_for_selector(".fv-stage[data-kernel=quiet]")
        assert page.evaluate(LIES_OVER) == [True, []], (explorer.NAME, width)


@pytest.mark.parametrize(
    ("make", "name"),
    [(lambda: TwoStreams("happiness-voice-agree", tiny_av()), "Pairs"), (masks, "Receptive field")],
)
def test_a_tab_stays_as_it_was_chosen_where_there_is_no_kernel(alone: Open, make: Callable[[], Explorer], name: str):
    page = alone(live(make()))
    page.wait_for_selector(".fv-stage[data-painted]")
    page.evaluate(NOBODY)
    page.get_by_role("tab", name=name).click()
    page.wait_for_selector(".fv-stage[data-kernel='gone']")
    page.evaluate(FRAMES)
    expect(page.get_by_role("tab", name=name)).to_have_attribute("aria-selected", "true")


def test_a_page_of_masks_keeps_its_receptive_field_and_has_no_truth_that_was_not_worked_out(alone: Open):
    page = alone(masks().page())
    field = page.get_by_role("tabpanel", name="Receptive field")
    expect(field).to_be_visible()
    for name in ("Against the truth", "Inside the network"):
        page.get_by_role("tab", name=name).click()
        expect(page.get_by_role("tab", name=name)).to_have_attribute("aria-selected", "true")
        expect(field).to_be_visible()
    page = alone(masks(panel="field").page())
    expect(page.get_by_role("tabpanel", name="Receptive field")).to_be_visible()
    expect(page.get_by_role("tab", name="Against the truth")).to_be_hidden()


# ---- what is read aloud ----------------------------------------------------------------------------------------------


def test_the_map_of_viewers_says_its_powers_and_a_saved_page_has_nothing_that_only_seems_to_move(alone: Open):
    explorer = Viewers(voice_power=0.5)
    page = alone(live(explorer))
    map_of = page.get_by_role("application")
    expect(map_of).to_have_attribute("aria-label", re.compile("This rule: 0.50 and 1.00"))
    page = alone(explorer.page())
    for slider in page.get_by_role("slider").all():
        expect(slider).to_be_disabled()
    expect(page.get_by_role("application")).to_have_count(0)
    assert page.locator("canvas.fv-vw-map").evaluate("(node) => node.tabIndex") == -1


def test_each_of_eighteen_crops_has_its_name_and_each_head_its_direction(alone: Open):
    page = alone(live(CropLab()))
    page.wait_for_selector(".fv-grid .fv-cell", state="attached")
    names = page.locator(".fv-grid .fv-cell").evaluate_all("(all) => all.map((one) => one.ariaLabel)")
    assert len(set(names)) == 18
    assert all("alignment" in name and "pixels" in name and "margin" in name for name in names)
    heads = page.locator(".fv-grid th").evaluate_all("(all) => all.map((one) => [one.scope, one.textContent])")
    assert all(scope and text for scope, text in heads)


def test_a_texture_is_not_called_a_face(alone: Open):
    page = alone(live(LBPStepper(picture="stripes")))
    expect(page.locator("canvas[aria-label^='Gray picture of the texture stripes']")).to_be_visible()
