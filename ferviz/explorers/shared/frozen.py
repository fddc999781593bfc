"""An explorer in a page that has no kernel: live where it can be kept as a page, else its picture as it stood."""

from __future__ import annotations

from html import escape

import ipywidgets

from ferviz.explorers.shared.base import Explorer
from ferviz.explorers.shared.page import PageExplorer, write_page

__all__ = ["frozen"]

STILL = "<p><i>A still: run this cell in JupyterLab to touch it.</i></p>"
PRIVATE = "Here stood an explorer of which nothing is kept: run this cell in JupyterLab to use it."
FIT = (
    "const frame = this, body = frame.contentDocument.body;"
    "new ResizeObserver(() => { frame.style.height = body.scrollHeight + 56 + 'px'; }).observe(body)"
)


def frozen(model_id: str) -> str:
    """HTML of the widget with this id as it stands; empty for a widget that is no explorer.

    Of an upload, or of somebody's answers, nothing is kept.
    """
    explorer = ipywidgets.widgets.widget._instances.get(model_id)
    if not isinstance(explorer, Explorer):
        return ""
    if explorer.private:
        return f"<p>{escape(PRIVATE)}</p>"
    if isinstance(explorer, PageExplorer):
        page = explorer.page()
    else:
        shown = {"picture": {**explorer.stage.picture, "offline": True, "still": True}, "answer": explorer.stage.answer}
        page = write_page(explorer.stage, shown).replace("</body>", f"{STILL}</body>")
    title, said = escape(explorer.stage.setup["title"], quote=True), escape(explorer.describe())
    whole = f'<iframe title="{title}" srcdoc="{escape(page, quote=True)}" onload="{escape(FIT, quote=True)}"'
    return (
        f'{whole} style="width:100%;height:640px;border:1px solid #8888;border-radius:4px" loading="lazy"></iframe>'
        f"<details><summary>In words</summary><p>{said}</p></details>"
    )
