"""Two streams and Viewers in JupyterLab: play, mute, shift, cover, swap, a recording of one's own; a guess and a rule.

After each scenario the fixture asserts that no console error was heard and no request left the machine.
"""

from __future__ import annotations

import re
from collections.abc import Callable

from playwright.sync_api import Locator, Page, expect

import ferviz
from ferviz.streams import wav
from tests.browser.lab import Notebook
from tests.browser.test_explorers_in_lab import choose, drag, kernel_says, pixels, settled, shows_anew

Open = Callable[..., Notebook]

CELL = """from ferviz.explorers import TwoStreams
from tests.tiny_av import tiny_av
explorer = TwoStreams('happiness-voice-agree', {'fbp': tiny_av(), 'product': tiny_av('product')})
explorer"""
SOUND = "((sound) => [sound.src, sound.paused ? 0 : sound.currentTime])(document.querySelector('.fv-stage audio'))"
"""Which file is played, and where it is."""
SLOWLY = "(sound) => { sound.defaultPlaybackRate = sound.playbackRate = 0.25; }"  # a busy machine must meet it playing
SECOND = "Number(document.querySelector('input[aria-label=Second]').value)"


def stage(page: Page) -> Locator:
    found = page.locator(".fv-stage[data-turn]")
    found.wait_for(timeout=60_000)
    page.wait_for_selector(".fv-bs-row .fv-now:not(:empty)")
    return found


def button(page: Page, group: str, name: str) -> Locator:
    return page.get_by_role("group", name=group).get_by_role("button", name=name, exact=True)


def test_a_film_is_played_muted_shifted_and_given_another_voice(notebook: Open) -> None:
    book = notebook(CELL, "pass")
    page = book.page
    root = stage(page)
    turn = root.get_attribute("data-turn")
    page.locator(".fv-stage audio").evaluate(SLOWLY)
    page.get_by_role("button", name="Play", exact=True).click()
    page.wait_for_function(f"() => {SECOND} >= 0.3", timeout=20_000)
    root.focus()
    page.keyboard.press("m")
    expect(page.get_by_role("button", name="Mute")).to_have_attribute("aria-pressed", "true")
    page.keyboard.press("m")
    page.get_by_role("button", name="Stop", exact=True).click()
    page.keyboard.press("Home")
    page.keyboard.press("ArrowRight")
    page.wait_for_function(f"() => {SECOND} > 0 && {SECOND} < 0.3")
    expect(root).to_have_attribute("data-turn", turn or "")  # the kernel was not asked

    page.get_by_role("button", name="Play", exact=True).click()
    page.wait_for_function(f"() => {SECOND} >= 0.3", timeout=20_000)
    before = page.evaluate(SOUND)
    page.get_by_role("slider", name="Later").fill("0.2")
    goes_on = f"([file, at]) => {{ const [now, where] = {SOUND}; return now !== file && where > at; }}"
    page.wait_for_function(goes_on, arg=before)
    page.get_by_role("button", name="Stop", exact=True).click()  # it went on, with the changed sound
    page.keyboard.press("Home")
    strip = pixels(page, "Filmstrip")
    page.get_by_role("slider", name="Covered").fill("0.4")
    settled(page)
    assert shows_anew(page, "Filmstrip", strip)

    wave = pixels(page, "Waveform")
    page.get_by_role("slider", name="Later").fill("0.5")
    settled(page)
    assert shows_anew(page, "Waveform", wave)
    expect(page.locator(".fv-st-caption")).to_contain_text("The sound comes 0.50 s later.")
    wave = pixels(page, "Waveform")
    page.get_by_label("Whose voice").select_option("anger-voice-agree")
    expect(page.locator(".fv-st-truth")).to_contain_text("the voice says anger: they contradict each other")
    assert shows_anew(page, "Waveform", wave)
    button(page, "The voice", "gone").click()
    expect(page.locator(".fv-st-shares")).to_contain_text("Shares need both streams")
    expect(page.get_by_role("button", name="Mute")).to_be_disabled()
    bars = pixels(page, "The weight of each frame")
    box = page.locator("canvas[aria-label^='The weight of each frame']")
    drag(page, box, (0.3, 0.8), (0.3, 0.1))
    settled(page)
    assert shows_anew(page, "The weight of each frame", bars)
    page.get_by_role("button", name="Reset").click()
    settled(page)
    state = "explorer.state.touched, explorer.state.position, repr(explorer.error)"
    assert kernel_says(book, state) == "False None ''"
    page.locator("canvas[aria-label^='The weight of each position']").click()
    settled(page)
    expect(page.locator(".fv-st-caption")).to_contain_text(re.compile(r"position \d+ hears"))
    button(page, "What is played", "one position").click()
    settled(page)
    assert kernel_says(book, "explorer.state.plays, explorer.state.position is None") == "position False"
    page.get_by_role("button", name="Reset").click()
    settled(page)
    ear = "explorer._models['fbp'].config.ear"
    bands = int(kernel_says(book, f"{ear}.net.places({ear}.rows, 'band')"))
    for band in range(bands):  # by keyboard, band after band, and none behind the highest
        root.focus()
        page.keyboard.press("p")
        settled(page)
        assert kernel_says(book, f"explorer.state.position // (len(explorer.view.positions) // {bands})") == str(band)
    root.focus()
    page.keyboard.press("p")
    settled(page)
    assert kernel_says(book, "explorer.state.position") == "None"


def test_the_fusion_is_seen_step_by_step_and_a_recording_of_ones_own_is_heard(notebook: Open) -> None:
    book = notebook(CELL, "pass")
    page = book.page
    stage(page)
    page.get_by_role("button", name="By hand?").click()
    formula = page.locator(".fv-st-fusion .fv-st-formula")
    expect(formula).to_contain_text("z₀ = 2 · 1.5 + 2 · (−0.75) = 1.5; signed root 1.22")
    page.locator("canvas[aria-label^='∘']").hover(position={"x": 500, "y": 20})
    expect(formula).to_contain_text(re.compile(r"^Pair \d: .* z₁ = "))
    page.mouse.move(2, 2)
    page.locator(".fv-stage").focus()
    page.keyboard.press("ArrowRight")
    expect(formula).to_contain_text("z₁ = 2.5 · 3 + 1 · 2 = 9.5")
    page.keyboard.press("ArrowDown")
    expect(formula).to_contain_text("Pair 2: 2.5 · 3 = 7.5.")
    page.keyboard.press("ArrowDown")
    expect(formula).to_contain_text("Pair 3: 1 · 2 = 2.")
    page.keyboard.press("ArrowDown")
    expect(formula).to_contain_text(re.compile(r"^z₁ = "))
    page.get_by_role("button", name="this clip").click()
    page.get_by_label("Network", exact=True).select_option("product")
    expect(page.locator(".fv-st-fusion")).to_contain_text(
        "joins its streams by product, where no two vectors are multiplied"
    )
    page.get_by_role("tab", name="Pairs").click()
    expect(page.locator(".fv-st-pairing")).to_contain_text("there are no pairs")
    page.get_by_label("Network", exact=True).select_option("fbp")
    pairs = page.locator(".fv-st-pairing .fv-st-formula")
    expect(pairs).to_contain_text(re.compile(r"The largest: frame \d+ .* adds .* to z₀"))
    page.locator("canvas[aria-label^='Pairs']").hover(position={"x": 40, "y": 20})
    expect(pairs).to_contain_text(re.compile(r"^Frame \d+ .* add up to .* which is z₀ before the root"))
    page.locator(".fv-stage").focus()
    page.keyboard.press("ArrowRight")
    expect(pairs).to_contain_text("which is z₁ before the root")
    page.keyboard.press("Home")  # the first sum again
    for _ in range(20):
        page.keyboard.press("ArrowUp")
        page.keyboard.press("Shift+ArrowLeft")
    expect(pairs).to_contain_text(re.compile(r"^Frame 0 "))
    page.keyboard.press("ArrowDown")
    expect(pairs).to_contain_text(re.compile(r"^Frame 1 "))
    told = pairs.inner_text()
    page.keyboard.press("Shift+ArrowRight")
    expect(pairs).not_to_have_text(told)
    page.keyboard.press("ArrowRight")
    expect(pairs).to_contain_text(re.compile(r"^Frame 1 .* which is z₁ before the root"))
    page.get_by_role("tab", name="Fusion").click()
    expect(formula).to_contain_text(re.compile(r"^z₁ = "))
    page.get_by_role("tab", name="Streams").click()
    clip = ferviz.sample("anger-voice-agree")
    choose(page, {"name": "me.wav", "mimeType": "audio/wav", "buffer": wav(clip.audio, clip.sample_rate)})
    page.wait_for_selector(".fv-stage[data-own=yes]", timeout=60_000)
    expect(page.locator(".fv-st-caption")).to_contain_text("No face: no pictures.")
    assert "me.wav" not in str(book.save())
    page.get_by_role("button", name="Back to the sample").click()
    page.wait_for_selector(".fv-stage[data-own=no]")
    assert kernel_says(book, "explorer.state.tab, repr(explorer.error)") == "streams ''"
    kernel_says(book, "explorer.show(clip='surprise-moving')")
    expect(page.locator(".fv-st-truth")).to_contain_text("there is no voice")
    for lane in ("The weight of each position", "The picture that the network"):  # nothing to point at
        page.locator(f"canvas[aria-label^='{lane}']").hover()


FIRST_IS_LAST = """() => {
  const rows = [...document.querySelectorAll('.fv-vw-board tbody tr')];
  const numbers = rows.map((row) => row.innerText.trim().split(/\\s+/).slice(2).join(' '));
  return numbers[0] === numbers.at(-1);
}"""  # the rule at hand has become the best one


def test_viewers_are_guessed_and_a_rule_is_fitted_to_them(notebook: Open) -> None:
    book = notebook("from ferviz.explorers import Viewers\nexplorer = Viewers()\nexplorer", "pass")
    page = book.page
    root = stage(page)
    numbers = page.locator(".fv-bs-row .fv-now")
    assert numbers.all_inner_texts().count("?") == 12
    root.focus()
    page.keyboard.press("h")
    expect(page.locator(".fv-vw-reveal")).to_contain_text("The actor was asked for")
    assert "?" not in numbers.all_inner_texts()
    guessed = kernel_says(book, "explorer.board.word[explorer.view.place] >= 0") == "True"  # a tie is not counted
    expect(page.get_by_text("Of 1 guessed without a tie: you ")).to_have_count(int(guessed))
    first = page.locator(".fv-vw-clip").inner_text()
    root.focus()
    page.keyboard.press("Enter")
    page.wait_for_function("(old) => document.querySelector('.fv-vw-clip').textContent !== old", arg=first)
    expect(page.locator(".fv-vw-reveal")).to_contain_text("Choose a word")
    board = page.locator(".fv-vw-board tbody tr").first
    before = board.inner_text()
    drag(page, page.locator(".fv-vw-map"), (0.5, 0.5), (0.2, 0.7))
    settled(page)
    assert board.inner_text() != before
    said = kernel_says(book, "explorer.state.voice_power, explorer.state.face_power")
    powers = [float(value) for value in said.split()]
    assert abs(powers[0] - 0.6) <= 0.06
    assert abs(powers[1] - 0.9) <= 0.06
    page.get_by_role("button", name="Best powers").click()
    page.wait_for_function(FIRST_IS_LAST)
    page.locator(".fv-vw-missed button").first.click()
    settled(page)
    assert kernel_says(book, "explorer.state.clip != '', explorer.state.guess, repr(explorer.error)") == "True  ''"
