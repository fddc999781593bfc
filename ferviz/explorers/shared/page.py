"""An explorer's view as one HTML page: no network, no kernel, nothing to install.

The stage's script and style are written into the page, with a stand-in for the kernel's side: what needs no kernel
(scrubbing, playing, large type) works, what needs one is left out by the explorer's script, which finds ``offline`` in
its picture. The page's own policy forbids every request.
"""

from __future__ import annotations

import base64
import html
import json
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, ClassVar

from ferviz import arguments
from ferviz.disk import write_whole
from ferviz.explorers.shared.base import Explorer
from ferviz.explorers.shared.scripts import Stage

__all__ = ["PageExplorer", "write_page"]

POLICY = (
    "default-src 'none'; script-src 'unsafe-inline'; style-src 'unsafe-inline'; img-src blob: data:; media-src blob:"
)
PAGE = """<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width">
<meta http-equiv="Content-Security-Policy" content="{policy}">
<title>{title}</title>
<style>
:root {{ color-scheme: light dark; }}
body {{ margin: 24px; background: Canvas; color: CanvasText; font-family: system-ui, sans-serif; }}
{css}
</style>
</head>
<body>
<main class="ferviz-explorer" style="margin: 0 auto"></main>
<script>
const stage = (() => {{
{script}
}})();
const TRAITS = {traits};
{stand_in}
</script>
</body>
</html>
"""
STAND_IN = """
const revive = (value) => {
  if (Array.isArray(value)) return value.map(revive);
  if (value === null || typeof value !== "object") return value;
  if (typeof value.base64 === "string") {
    return new DataView(Uint8Array.from(atob(value.base64), (c) => c.charCodeAt(0)).buffer);
  }
  return Object.fromEntries(Object.entries(value).map(([name, one]) => [name, revive(one)]));
};
const traits = revive(TRAITS);
const heard = {};
const frame = document.querySelector("main");
const dress = () => frame.classList.toggle("ferviz-large", traits.large);
const model = {
  get: (name) => traits[name],
  on: (name, handler) => { heard[name] = handler; },
  off: (name) => { delete heard[name]; },
  send({ large, client, sequence }) {
    if (large === undefined) return;
    traits.large = large;
    dress();
    heard["change:large"]();
    setTimeout(() => heard["msg:custom"]({ pong: { ping: sequence, client } }, []));  // not before it is waited for
  },
};
dress();
stage.render({ model, el: frame });
"""


def write_page(stage: Stage, shown: Mapping[str, Any]) -> str:
    """The page of a stage that shows a "picture" and an "answer"."""
    setup = {**stage.setup, "presets": []}
    traits = {"setup": setup, "error": "", "large": stage.large, **shown}
    script = str(stage._esm)
    if script.count("\nexport default ") != 1:
        raise ValueError("the stage's script must have one line that begins with 'export default'")
    return PAGE.format(
        policy=html.escape(POLICY),
        title=html.escape(f"{setup['title']} (ferviz)"),
        css=str(stage._css).replace("</", r"<\/"),
        script=script.replace("\nexport default ", "\nreturn ").replace("</script", r"<\/script"),
        traits=json.dumps(_plain(traits), allow_nan=False).replace("<", r"\u003c"),
        stand_in=STAND_IN,
    )


def _plain(value: Any) -> Any:
    if isinstance(value, bytes):
        return {"base64": base64.b64encode(value).decode()}
    if isinstance(value, Mapping):
        return {key: _plain(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [_plain(item) for item in value]
    return value


class PageExplorer(Explorer):
    """An explorer whose view can be kept as a page."""

    OWN_DATA: ClassVar[str] = "your own picture"  # what a page would hold of somebody's own upload

    def page(self, *, own: bool = False) -> str:
        """One HTML page of this view that needs no network and no kernel: its cursor moves, nothing is computed anew.

        Parameters
        ----------
        own : bool
            Must be True to write your own picture or clip into a page.

        Raises
        ------
        TypeError, ValueError
            For ``own`` that is no True or False; for one's own picture or clip without ``own=True``.
        """
        if not arguments.flag("own", own) and self.private:
            raise ValueError(f"the page would hold {self.OWN_DATA}: pass own=True if you want that")
        shown = {name: self._unsaved.get(name) or getattr(self.stage, name) for name in ("picture", "answer")}
        return write_page(self.stage, {**shown, "picture": {**shown["picture"], "offline": True}})

    def actions(self) -> dict[str, Callable[[], None]]:
        # the own one is asked for after a person was asked
        return {**super().actions(), "page": self._hand_over_page, "own page": lambda: self._hand_over_page(own=True)}

    def _hand_over_page(self, *, own: bool = False) -> None:
        self._answer()  # a cursor's place may have come along
        self.hand_over(f"{self.NAME}.html", self.page(own=own).encode(), "text/html")

    def save_page(self, path: str | Path, *, own: bool = False) -> Path:
        """Write `page` to a file, whole or not at all; returns its path."""
        path = arguments.path("path", path)
        write_whole(path, self.page(own=own).encode())
        return path
