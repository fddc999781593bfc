"""An explorer's picture as a notebook keeps it: for a page that has the cell's output and no widget to draw.

JupyterLab keeps a widget's state only where a person has switched that on. Without it, the widget of a notebook that is
opened again is a line of error. So each explorer shows two outputs: the widget, and a still, which hides for as
long as the widget is there, and hides the line of error where it is not. A page that cuts styles out (one that does not
trust the notebook, GitHub) shows no widget, and the still.
"""

from __future__ import annotations

import base64
from collections.abc import Mapping
from dataclasses import dataclass, field
from html import escape
from typing import Any

import numpy as np
import numpy.typing as npt
from PIL import Image

from ferviz.explorers.shared.picture import encode

__all__ = ["MARK", "Snapshot", "as_page"]

MARK = "ferviz-still"
"""The class of every still."""
WIDEST = 480  # pixels of a picture's longer side that are kept
SHOWN = 180  # pixels of a picture's height in the page
CHILD, WIDGET = ".jp-OutputArea-child", ".lm-Panel.jp-OutputArea-output"  # of JupyterLab 4, which names no MIME type
STYLE = f"""
body:has(.OF) .OF-still, {CHILD}:has(> {WIDGET}:not(.jupyter-widgets)) + {CHILD}:has(.{MARK}) {{ display: none; }}
{CHILD}:has(> {WIDGET}.jupyter-widgets):has(+ {CHILD} .{MARK}) {{ display: none; }}
"""  # the widget is there, or on its way; it was not found
TOUCH = "As it stood when this cell ran. Run this cell to touch it."
NOTHING = "Your own picture stood here; a notebook keeps nothing of it. Run this cell to see it again."


@dataclass(frozen=True, eq=False)
class Snapshot:
    """What stays of a view: ``pictures``, uint8 (H, W) or (H, W, 3), by what they show, and ``bars``, 0 to 1."""

    pictures: Mapping[str, npt.NDArray[np.uint8]] = field(default_factory=dict)
    bars: Mapping[str, float] = field(default_factory=dict)


def as_page(still: Snapshot | None, *, title: str, words: str, of: str) -> dict[str, Any]:
    """The output with a still: HTML without a script, and text.

    Parameters
    ----------
    still : Snapshot or None
        None where it would show what is somebody's own.
    title, words : str
        What the explorer is called, and its view in words.
    of : str
        The class of the explorer's box; while it is in the page, the still is hidden.
    """
    head = f"<p style='margin:.4em 0'><strong>{escape(title)}</strong>"
    style = f"<style>{STYLE.replace('OF', of)}</style>"
    frame = f"<div class='{MARK} {of}-still' style='max-width:60em'>{style}"
    if still is None:
        return {"text/html": f"{frame}{head}<br>{NOTHING}</p></div>", "text/plain": f"{title}. {NOTHING}"}
    pictures = "".join(_picture(caption, picture) for caption, picture in still.pictures.items())
    parts = f"{pictures}{_bars(still.bars)}"
    row = f"<div style='display:flex;flex-wrap:wrap;gap:14px;align-items:flex-start'>{parts}</div>"
    said = f"<p style='margin:.4em 0'>{escape(words)}</p>" if words else ""
    return {"text/html": f"{frame}{head}<br>{TOUCH}</p>{row}{said}</div>", "text/plain": f"{title}. {words}".strip()}


def _picture(caption: str, picture: npt.NDArray[np.uint8]) -> str:
    image = Image.fromarray(picture).convert("RGB")
    image.thumbnail((WIDEST, WIDEST))
    data = base64.b64encode(encode(np.asarray(image), 80)).decode()
    alt, height = escape(caption, quote=True), SHOWN
    size = f"height='{height}' width='{round(height * image.width / image.height)}'"
    shown = f"<img alt='{alt}' {size} style='max-width:100%' src='data:image/webp;base64,{data}'>"
    return f"<figure style='margin:0'>{shown}<figcaption>{escape(caption)}</figcaption></figure>"


def _bars(bars: Mapping[str, float]) -> str:
    if not bars:
        return ""
    rows = "".join(
        f"<tr><td style='text-align:right'>{escape(name)}</td><td style='text-align:left;width:130px'><div "
        f"style='height:.7em;background:#4a90d9;width:{round(120 * value)}px'></div></td><td>{value:.2f}</td></tr>"
        for name, value in bars.items()
        if np.isfinite(value)
    )
    return f"<table style='margin:0'>{rows}</table>"
