"""A box of widgets that gives everything back: when it is closed, and when its cell makes another one.

Jupyter keeps every widget that was ever made: in its own list until it is closed, and in ``Out[]`` for as long as the
kernel lives. So what is heavy must leave the widget, and not the widget the memory.
"""

from __future__ import annotations

import os
from typing import Any, ClassVar, NamedTuple
from weakref import WeakSet

import ipywidgets
from IPython.core.getipython import get_ipython

__all__ = ["KEEPS_ALL", "Closing", "Run", "parts_of", "running_cell"]

KEEPS_ALL = "FERVIZ_KEEPS_ALL_EXPLORERS"
"""The variable of the environment of a kernel that runs each cell once, for a page: there nothing is released."""
_STAYS = {"closed", "error", "traceback", "stage", "foot", "_state"}
_WIDGETS_OWN = {"_trait_values", "_trait_notifiers", "_trait_validators", "_cross_validation_lock", "_model_id"}


class Run(NamedTuple):
    """One run of one cell."""

    cell: str
    run: str


def running_cell() -> Run | None:
    """The run of a cell that this line belongs to; None in a script, in a test, and when a control calls back.

    A cell is known by the id that JupyterLab, Notebook and VS Code send along; where a client sends none, by its text.
    """
    kernel = getattr(get_ipython(), "kernel", None)
    request = kernel.get_parent("shell") if kernel is not None else {}
    if request.get("header", {}).get("msg_type") != "execute_request":
        return None
    cell = request.get("metadata", {}).get("cellId") or request["content"]["code"]
    return Run(str(cell), str(request["header"]["msg_id"]))


class Closing(ipywidgets.VBox):
    """A box that lets go of all that it holds, see `close` and `release_earlier`."""

    closed: bool = False
    _made: ClassVar[WeakSet[Closing]] = WeakSet()

    def close(self) -> None:
        """Close everything in the box, and let clips, models and views go. It cannot be opened again."""
        self._made.discard(self)
        for part in parts_of(self):
            part.unobserve_all()
            part.close()
            for name in ("picture", "answer"):
                if part.has_trait(name):
                    setattr(part, name, {})
        super().close()
        self.children = ()
        self.closed = True
        for name in set(vars(self)) - _WIDGETS_OWN - _STAYS:
            delattr(self, name)  # whatever a subclass has made

    def release_earlier(self) -> None:
        """Close what an earlier run of the running cell has made; what this run makes stands side by side."""
        run = self._run = running_cell()
        if run is None or os.environ.get(KEEPS_ALL):  # for a page no cell's id is sent, and two may have one text
            return
        for other in list(self._made):
            if other._run is not None and other._run.cell == run.cell and other._run != run:
                other.close()
        self._made.add(self)

    def __getattr__(self, name: str) -> Any:
        if vars(self).get("closed"):
            raise AttributeError(f"{type(self).__name__} is closed and has let go of {name!r}: make it again")
        raise AttributeError(f"{type(self).__name__!r} object has no attribute {name!r}")


def parts_of(widget: ipywidgets.Widget) -> list[ipywidgets.Widget]:
    """All widgets that belong to a widget: what stands in it, and how each looks, which are widgets too."""
    looks = [part for name in ("layout", "style") if isinstance(part := getattr(widget, name, None), ipywidgets.Widget)]
    return [*looks, *(one for child in getattr(widget, "children", ()) for one in (child, *parts_of(child)))]
