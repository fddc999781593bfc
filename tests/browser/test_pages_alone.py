"""Pages that were saved, opened from a file without a network: their voice plays in step, and their code is copied."""

from __future__ import annotations

from collections.abc import Callable

from playwright.sync_api import Page, expect

from ferviz.explorers import Frames, Patch, TwoStreams
from ferviz.explorers.shared.frozen import frozen
from tests.frame_nets import seeded
from tests.tiny_av import film, tiny_av

Open = Callable[..., Page]
WATCH = """() => {
  const [sound, slider] = [document.querySelector('audio'), document.querySelector('input[type=range]')];
  window.seen = [];
  const look = () => {
    window.seen.push([sound.currentTime, Number(slider.value), sound.paused, sound.muted]);
    requestAnimationFrame(look);
  };
  look();
}"""
NO_CLIPBOARD = """
  Object.defineProperty(navigator, 'clipboard', { value: undefined });
  document.execCommand = () => false;
"""


def test_pictures_follow_the_voice_and_muted_stays_muted(alone: Open):
    explorer = Frames("happiness-voice-agree", seeded("mean"))
    times = explorer.stage.picture["times"]

    def at(second: float) -> int:
        return sum(time <= second + 1e-5 for time in times) - 1

    page = alone(explorer.page())
    play, mute = (page.get_by_role("button", name=name, exact=True) for name in ("Play", "Mute"))
    expect(mute).to_have_attribute("aria-pressed", "false")
    page.wait_for_timeout(300)
    assert page.evaluate("document.querySelector('audio').paused")  # nobody has asked
    page.evaluate(WATCH)
    page.evaluate("document.querySelector('audio').playbackRate = 0.25")  # a sound that is late keeps the pictures
    play.click()
    page.wait_for_function("() => Number(document.querySelector('input[type=range]').value) >= 8")
    page.locator(".fv-stage").focus()
    page.keyboard.press("m")
    expect(mute).to_have_attribute("aria-pressed", "true")
    expect(play).to_have_text("Play", timeout=60_000)  # to its end
    seen = page.evaluate("window.seen")
    assert len({frame for _, frame, paused, _ in seen if not paused}) > 12
    for before, (second, frame, paused, _) in zip(seen, seen[3:], strict=False):
        if not paused and frame:  # worked out from the sound, and painted within three frames of the screen
            assert at(before[0]) <= frame <= at(second), (before, second, frame)
    assert {muted for *_, muted in seen} == {False, True}

    again = alone(explorer.page())
    expect(again.get_by_role("button", name="Mute")).to_have_attribute("aria-pressed", "true")
    again.evaluate(WATCH)
    again.evaluate("document.querySelector('audio').playbackRate = 0.25")  # so that Stop is there to be met
    again.get_by_role("button", name="Play", exact=True).click()
    again.wait_for_function("() => Number(document.querySelector('input[type=range]').value) >= 3")
    again.get_by_role("button", name="Stop", exact=True).click()
    assert again.evaluate("window.seen.every(([, , , muted]) => muted)")  # from its first moment
    assert again.evaluate("document.querySelector('audio').paused")


def test_a_clip_without_a_voice_has_no_button_to_mute(alone: Open):
    page = alone(Frames("surprise-moving", seeded("mean")).page())
    expect(page.get_by_role("button", name="Play")).to_be_visible()
    expect(page.get_by_role("button", name="Mute")).to_have_count(0)


def test_two_streams_keep_step_with_their_sound_for_ten_seconds(alone: Open):
    explorer = TwoStreams(film(frames=100, seconds=10.0, rate=16_000), tiny_av())
    page = alone(explorer.page(own=True))
    play = page.get_by_role("button", name="Play", exact=True)
    expect(page.locator(".fv-st-changes")).to_be_hidden()  # nothing is computed without a kernel
    page.evaluate(WATCH)
    page.evaluate("document.querySelector('audio').playbackRate = 1")
    play.click()
    page.wait_for_function("() => Number(document.querySelector('input[type=range]').value) >= 1")
    expect(play).to_have_text("Play", timeout=90_000)  # to its end
    seen = [(second, cursor) for second, cursor, paused, _ in page.evaluate("window.seen") if not paused and cursor]
    assert max(cursor for _, cursor in seen) > 9
    for before, (second, cursor) in zip(seen, seen[3:], strict=False):  # within a frame, painted within three
        assert before[0] - 0.1 <= cursor <= second + 0.011, (before, second, cursor)


def test_code_is_copied_by_keyboard_and_selected_where_there_is_no_clipboard(alone: Open):
    explorer = Patch("happiness-still")
    still = frozen(explorer.model_id)
    page = alone(still)
    inside = page.frame_locator("iframe")
    inside.get_by_role("button", name="Show the code").click()
    inside.get_by_role("button", name="Copy").focus()
    page.keyboard.press("Enter")
    expect(inside.locator(".fv-codesaid")).to_have_text("copied")
    page.evaluate("document.body.append(document.createElement('textarea'))")
    page.locator("textarea").focus()
    page.keyboard.press("Control+v")
    assert page.locator("textarea").input_value() == explorer.code()

    kept = alone(Frames("surprise-moving", seeded("mean")).page(), NO_CLIPBOARD)
    kept.get_by_role("button", name="Show the code").click()
    kept.get_by_role("button", name="Copy").click()
    expect(kept.locator(".fv-codesaid")).to_have_text("selected: press Ctrl+C (on a Mac ⌘C)")
    assert kept.evaluate("getSelection().toString()") == kept.locator(".fv-codeline").text_content()
