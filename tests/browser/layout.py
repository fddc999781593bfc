"""All explorers in one notebook, at the windows that people have; and what does not fit, overlaps or is cut, in words.

A new paper's explorer is found by itself: `NAMES` is read from `ferviz.explorers`.
"""

from __future__ import annotations

from typing import NamedTuple

from playwright.sync_api import Browser, Locator

from ferviz import explorers
from tests.browser.lab import Lab, Notebook, new_page

__all__ = ["CELLS", "LARGE", "NAMES", "WINDOWS", "Window", "faults", "faults_of_tabs", "open_all", "see", "show"]

_ALL = {name: getattr(explorers, name) for name in explorers.__all__}
NAMES = sorted(name for name, kind in _ALL.items() if isinstance(kind, type) and ".shared." not in kind.__module__)
"""The explorers that a person opens; the bases and their parts lie in ``shared``."""
FACES = "from tests.two_faces import photo_of_two\nferviz.explorers.{}(photo_of_two())"
CHOOSERS = ("CropLab", "Frames", "LBPStepper", "Masks", "Patch", "Regions")
"""Explorers in which one of several faces is chosen."""
ITEMS = "from tests.explorers.test_items import regions\nferviz.explorers.ItemsExplorer(regions(), own=False)"
STATES = {
    "Patch of a clip": "Patch('surprise-degraded')",
    "LBPStepper made brighter": "LBPStepper(brightness=60, points=12, radius=2)",
    "FaceLab with relevance": "FaceLab(overlay='relevance')",
    "Frames with a voice": "Frames('happiness-voice-agree')",
    "Masks of one channel": "Masks(channel=3, panel='field')",
    "Regions under a mask": "Regions(scheme='landmark', cover='mask', cover_y=0.76, cover_size=0.8)",
    "Heads of a photo": "Heads('astronaut')",
    "Statistics changed": "Statistics('fear-one-frame', frame=8, dropped=(8,), order=(0, *range(18)))",
    "TwoStreams changed": (
        "TwoStreams('anger-voice-agree', cover=0.5, shift=0.5, noise=0.0, voice_of='sadness-voice-only', position=90)"
    ),
    "TwoStreams in pairs": "TwoStreams('anger-voice-agree', tab='pairs', sum=7)",
    "Twins audited": "Twins(people=3)",
    "Viewers revealed": "Viewers(guess='anger')",
    "Annotator revealed": "Annotator(answers=[('fear', 0.5, 0.3)])",
    "Annotator revealed in a clip": "Annotator(item=1, answers=[('fear', 0.5, 0.3), ('surprise', 9)])",
}
"""States that show more than an explorer does when it opens."""
CELLS = {
    **{name: f"ferviz.explorers.{name}()" for name in NAMES},
    **{name: f"ferviz.explorers.{call}" for name, call in STATES.items()},
    **{f"{name} of two faces": FACES.format(name) for name in CHOOSERS},
    "ItemsExplorer": ITEMS,
}
"""The cell that makes each. An explorer must open without arguments: a lecturer types its name."""
DRAWN = """(frames) => new Promise((done) => {
  const next = () => (frames-- ? requestAnimationFrame(next) : done());
  next();
})"""
"""Waits until the page has been drawn a number of times: sizes settle in two, however busy the machine is."""
TOP = """(node) => {
  const pane = node.closest('.jp-WindowedPanel-outer');
  pane.scrollBy(0, node.getBoundingClientRect().top - pane.getBoundingClientRect().top - 1);
}"""
"""Scrolls an explorer to the top of the pane."""
LARGE = "document.querySelectorAll('.fv-stage .fv-large').forEach((button) => button.click())"


class Window(NamedTuple):
    """Width and height in px; ``lecture`` is simple mode with large type; ``whole``: an explorer must fit the pane."""

    width: int
    height: int
    lecture: bool = False
    whole: bool = True


WINDOWS = {
    "1366": Window(1366, 768),
    "1440": Window(1440, 900),
    "lecture": Window(1280, 720, lecture=True),
    "narrow": Window(1024, 768, whole=False),
}
"""All but the lecture have the list of files beside the notebook, as JupyterLab opens."""

FAULTS = """(root, whole) => {
  const pane = document.querySelector('.jp-WindowedPanel-outer').clientHeight;
  const frame = root.getBoundingClientRect();
  const found = [];
  if (whole && frame.height > pane) found.push(`${Math.round(frame.height)} px tall in a pane of ${pane} px`);
  const name = (node) => node.nodeType === Node.TEXT_NODE ? `“${node.data.trim().slice(0, 40)}”`
    : node.getAttribute('aria-label') || node.className || node.tagName;
  // What says that the kernel computes lies over the answer, on a ground of its own; it comes when a machine is slow.
  const unseen = (node) => node.closest('.fv-live, .fv-probe, .fv-silence, [hidden]')
    || node.matches('input[type=file]') || !node.checkVisibility({ visibilityProperty: true });
  const pieces = [];  // words, line by line, and whatever else a person sees as one thing
  const words = (node, clip) => {
    const range = document.createRange();
    range.selectNodeContents(node);
    const lines = [...range.getClientRects()].filter((box) => box.width > 1 && box.height > 1);
    pieces.push(...lines.map((box) => ({ node, box, clip, text: true })));
  };
  const clipped = (node, style) => {
    const rolls = /auto|scroll/.test(style.overflowX);
    const [wide, tall] = [node.scrollWidth, node.scrollHeight];
    if (wide > node.clientWidth + 1 && (whole || !rolls)) {
      found.push(`${name(node)}: ${wide} px wide in ${node.clientWidth} px`);
    }
    const own = node.matches('.widget-label, .widget-readout, select');  // as tall as one line, whatever the font wants
    if (tall > node.clientHeight + 1 && !own) found.push(`${name(node)}: ${tall} px tall in ${node.clientHeight} px`);
  };
  const walk = (node, clip) => {
    if (node.nodeType === Node.TEXT_NODE && node.data.trim()) words(node, clip);
    if (node.nodeType !== Node.ELEMENT_NODE || unseen(node)) return;
    const style = getComputedStyle(node);
    const box = node.getBoundingClientRect();
    const clips = /hidden|clip|auto|scroll/.test(style.overflowX + style.overflowY) && style.display !== 'inline';
    if (clips && box.width > 2) clipped(node, style);
    if (node.matches('canvas, input, select, .fv-track, .noUi-target, button')) pieces.push({ node, box, clip });
    if (!node.matches('select, canvas')) for (const child of node.childNodes) walk(child, clips ? box : clip);
  };
  walk(root, frame);
  for (const { node, box, clip } of pieces) {
    const rolls = !whole && clip !== frame;  // in a narrow window a table may be scrolled sideways
    const right = rolls ? Infinity : Math.min(frame.right, clip.right);
    const out = box.left < frame.left - 1 || box.right > right + 1 || box.bottom > frame.bottom + 1;
    if (out) found.push(`${name(node)} is cut off`);
  }
  const apart = (one, other) => {
    if (one.node.contains(other.node) || other.node.contains(one.node)) return;
    if (one.text && other.text && one.node.parentNode === other.node.parentNode) return;  // words of one line
    const end = (side) => Math.min(one.box[side], other.box[side]);
    const start = (side) => Math.max(one.box[side], other.box[side]);
    const [across, down] = [end('right') - start('left'), end('bottom') - start('top')];
    const room = one.text !== other.text ? -2 : 1;  // words keep a distance from what is no word
    const line = one.text || other.text ? 3 : 1;  // lines of words may stand close
    if (across <= room || down <= line) return;
    found.push(`${name(one.node)} and ${name(other.node)} overlap by ${Math.round(across)} × ${Math.round(down)} px`);
  };
  pieces.forEach((one, at) => pieces.slice(at + 1).forEach((other) => apart(one, other)));
  return found;
}"""

FAULTS_OF_TABS = (
    """async (root, whole) => {
  const [faults, drawn, top] = [FAULTS, DRAWN, TOP];
  const stage = root.querySelector('.fv-stage');
  const waits = () => Number(stage.dataset.asked ?? 0) > Number(stage.dataset.painted);  // a tab may ask the kernel
  const tabs = [...root.querySelectorAll('[role=tab]')];
  const first = tabs.filter((tab) => tab.ariaSelected === 'true');
  const found = [];
  for (const tab of [...tabs, ...first]) {
    if (!tab.checkVisibility({ visibilityProperty: true })) continue;
    tab.click();
    for (const end = performance.now() + 120000; waits() && performance.now() < end;) await drawn(1);
    top(root);
    await drawn(4);
    const all = [...(waits() ? ['the kernel has not answered'] : []), ...faults(root, whole)];
    found.push(...all.map((fault) => `${tab.innerText}: ${fault}`));
  }
  return found;
}""".replace("FAULTS", FAULTS)
    .replace("DRAWN", DRAWN)
    .replace("TOP", TOP)
)


def open_all(lab: Lab, browser: Browser, theme: str = "JupyterLab Light", cells: dict[str, str] = CELLS) -> Notebook:
    """One notebook with every explorer, in a window as it is at home."""
    book = Notebook(lab, new_page(browser, 1366, 768))
    book.page.set_default_timeout(90_000)
    book.open(lab.write("layout.ipynb", ["import ferviz", *cells.values()]), files=True)
    book.theme(theme)
    book.run(900)
    drawn = "(count) => document.querySelectorAll('.fv-stage[data-painted][data-turn]').length === count"
    book.page.wait_for_function(drawn, arg=len(cells), timeout=600_000)  # two dozen explorers in one page
    return book


def see(book: Notebook, window: Window) -> None:
    """Bring the window to a size, with or without the list of files and large type."""
    page = book.page
    page.set_viewport_size({"width": window.width, "height": window.height})
    if window.lecture != bool(page.locator(".ferviz-large").count()):
        book.command("application:toggle-mode")
        page.wait_for_timeout(500)
        shell = "window.jupyterapp.shell"
        page.evaluate(f"{shell}.{'collapseLeft' if window.lecture else 'expandLeft'}()")
        page.evaluate(LARGE)
        count = page.locator(".fv-stage").count() if window.lecture else 0
        page.wait_for_function("(n) => document.querySelectorAll('.ferviz-large').length === n", arg=count)
    page.wait_for_timeout(1000)  # two frames and an answer: sizes settle


def show(book: Notebook, place: int) -> Locator:
    """Scroll the explorer at a place to the top of the pane."""
    explorer = book.page.locator(".ferviz-explorer").nth(place)
    explorer.evaluate(TOP)
    book.page.evaluate(DRAWN, 4)
    return explorer


def faults(book: Notebook, place: int, window: Window) -> list[str]:
    """What of the explorer at a place overlaps, is cut off, or does not fit the pane."""
    return list(dict.fromkeys(show(book, place).evaluate(FAULTS, window.whole)))


def faults_of_tabs(book: Notebook, place: int, window: Window) -> list[str]:
    """The same with each of its tabs open, one after the other; those that were open are opened again."""
    return list(dict.fromkeys(show(book, place).evaluate(FAULTS_OF_TABS, window.whole)))
