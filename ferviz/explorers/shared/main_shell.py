"""Where the messages of an explorer's widgets are dealt with: in the thread that runs the cells, one after the other.

From version 7 on, ipykernel deals with them in a thread beside it (a *subshell*) while a cell runs. ipywidgets are not
made for two threads, nor is an explorer: a slider must not move a state that a cell is showing. And when another window
or program has restarted the kernel, JupyterLab (4.6) goes on naming the subshell of the kernel before. The new kernel
knows none of that name and drops the message: an explorer that was just made answers once and never again.
"""

from __future__ import annotations

from collections.abc import Iterable

import ipywidgets

__all__ = ["keep_in_main_shell"]


def keep_in_main_shell(widgets: Iterable[ipywidgets.Widget]) -> None:
    """Let the messages of these widgets wait for the cell that runs, whatever subshell a page names for them."""
    for widget in widgets:
        # ipykernel (7.4) asks the comm which subshell a message is for; None is the main one. Others ask nothing.
        if hasattr(widget.comm, "_reply_subshell_for"):
            widget.comm._reply_subshell_for = _main


def _main(data: object, named: str | None) -> None:
    return None
