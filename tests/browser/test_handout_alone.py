"""A lesson that was exported, opened from a file in a browser without a network: whole, and its explorer scrubs."""

from __future__ import annotations

from pathlib import Path

from playwright.sync_api import Browser, expect

from ferviz.handouts import hand_out

LESSON = Path(__file__).resolve().parents[2] / "notebooks" / "04_frame_attention.ipynb"


def test_an_exported_lesson_is_whole_without_a_network_and_its_explorer_scrubs(browser: Browser, tmp_path: Path):
    page_file = hand_out(LESSON, tmp_path / "lesson.html")
    assert page_file.stat().st_size < 12e6
    alone = browser.new_context(offline=True, viewport={"width": 1366, "height": 768}).new_page()
    heard: list[str] = []
    alone.on("console", lambda message: heard.append(message.text) if message.type == "error" else None)
    alone.on("pageerror", lambda error: heard.append(str(error)))
    asked: list[str] = []
    alone.on("request", lambda request: asked.append(request.url))
    alone.goto(page_file.as_uri())
    frames = alone.locator("iframe[title^='Frames']")
    expect(frames).to_have_count(1)
    frames.scroll_into_view_if_needed()
    inside = frames.content_frame
    stage = inside.locator(".fv-stage")
    expect(stage.locator(".fv-it-caption")).to_contain_text("Frame 0")
    stage.focus()
    alone.keyboard.press("End")
    expect(stage.locator(".fv-it-caption")).to_contain_text("Frame 17")
    assert frames.evaluate("(one) => one.clientHeight >= one.contentDocument.body.scrollHeight")  # nothing is cut off
    formula = alone.locator("math[display=block]").first
    formula.scroll_into_view_if_needed()
    assert formula.bounding_box()["width"] > 100
    broken = alone.evaluate("() => [...document.images].filter((one) => one.complete && !one.naturalWidth).length")
    assert broken == 0
    assert heard == []
    assert [url for url in asked if not url.startswith(("file:", "data:", "blob:"))] == []
    alone.context.close()
