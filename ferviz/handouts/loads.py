"""What a page would load from elsewhere: found before it is written, and forbidden to the browser besides."""

from __future__ import annotations

import re
from collections.abc import Iterator
from html import escape
from html.parser import HTMLParser

__all__ = ["guarded", "would_load"]

POLICY = (
    "default-src 'none'; base-uri 'none'; form-action 'none'; style-src 'unsafe-inline'; font-src data:; "
    "img-src data: blob:; media-src data: blob:; script-src 'unsafe-inline' 'unsafe-eval'"
)  # plotly makes functions of text for some of its figures; pages within the page have a narrower policy of their own

_SOURCES = {"src", "poster", "background"}  # attributes that name one thing to be loaded
_HREFS = {"href", "xlink:href"}
_LINKS = {"a", "area"}  # whose href is followed, not loaded
_INSIDE = re.compile(r"\s*($|#|data:|blob:|about:|javascript:)", re.IGNORECASE)
_CSS = re.compile(r"(?:url\(|@import\s+(?!url\())\s*[\"']?([^\"')\s]*)", re.IGNORECASE)
_SCRIPT = re.compile(
    r"\b(?:fetch|import|importScripts|from|WebSocket|EventSource|sendBeacon|open)\b[^\"'`\n]{0,20}?"
    r"[\"'`]((?:(?:http|ws)s?:)?//[^\"'`\s]+)",
    re.IGNORECASE,
)  # addresses alone: a script has many other texts
_SET = re.compile(r"(?:^|,\s)\s*([^\s,]\S*)")  # addresses with sizes; one that holds its data has commas of its own


def would_load(html: str) -> str:
    """The first address that a page would load, from the network or from a file beside it; empty when there is none."""
    page = _Page()
    page.feed(html)
    page.close()
    return next((one for one in page.named if not _INSIDE.match(one)), "")


def guarded(html: str) -> str:
    """The page with a policy by which a browser loads nothing, whatever was not found."""
    return html.replace("<head>", f'<head><meta http-equiv="Content-Security-Policy" content="{escape(POLICY)}">', 1)


class _Page(HTMLParser):
    """All that a page names to be loaded. Browsers heed neither case nor quotes, nor does this."""

    def __init__(self) -> None:
        super().__init__()
        self.named: list[str] = []
        self._within = ""

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self._within = tag
        told = {name: value or "" for name, value in attrs}
        for name, value in told.items():
            self.named += _named(tag, name, value)
        if tag == "meta" and told.get("http-equiv", "").lower() == "refresh":
            self.named += re.findall(r"url\s*=\s*[\"']?([^\"'\s]+)", told.get("content", ""), re.IGNORECASE)

    def handle_endtag(self, tag: str) -> None:
        self._within = ""

    def handle_data(self, data: str) -> None:
        if self._within == "style":
            self.named += _CSS.findall(data)
        elif self._within == "script":
            self.named += _SCRIPT.findall(data)


def _named(tag: str, name: str, value: str) -> Iterator[str]:
    """What one attribute names to be loaded."""
    if name in _SOURCES or (tag, name) == ("object", "data") or (name in _HREFS and tag not in _LINKS):
        yield value
    elif name in ("srcset", "imagesrcset"):
        yield from _SET.findall(value)
    elif name == "style":
        yield from _CSS.findall(value)
    elif name == "srcdoc":
        yield would_load(value)
    elif name.startswith("on"):
        yield from _SCRIPT.findall(value)
