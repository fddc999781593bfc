"""What every explorer shares: state in, view out, one line of talk with the browser, and no error that goes unseen.

How to write an explorer called ``thing``
-----------------------------------------
1. ``thing/explorer.py``: a frozen ``State`` dataclass (JSON only: numbers, words, None) whose ``__post_init__``
   refuses what does not fit; a frozen ``View`` dataclass of arrays; a subclass of `Explorer` with ``NAME = "thing"``.
2. ``thing/stage.js`` beside it, ending in ``export default explorer((stage) => ({picture, answer, draw, keys}))`` (all
   optional; ``base.js`` says what ``stage`` offers, ``charts.js`` draws bars and maps), and ``thing/stage.css``
   (optional).
3. The methods:

   - ``compute(state) -> View``: pure; no widget is touched.
   - ``describe() -> str``: ``self.view`` in a sentence or two, for a screen reader and for tests.
   - ``drawing(view) -> dict``: what the browser needs to draw it: JSON, and bytes for arrays (``floats(array)``).
   - ``argument() -> str``: the first argument in ``code()``, for example ``'"astronaut"'``; "" when there is none.

4. In ``__init__``: make what ``compute`` needs (a model, a picture), then call ``super().__init__(controls=[...],
   large=large, **state)``, which computes the first view; then ``bind(control, "field")`` for an ipywidgets control
   that shows and sets a field of the state, and ``listen(button, handler)`` for anything else.

What does not change with the state (frames, curves) goes to the browser once: ``tell("picture", {...})``. Set
``self.private = True`` first when it is somebody's own: then pictures and answers travel as messages that no notebook
saves.

The drag protocol: the browser keeps the newest wish and sends it when none is on its way; every wish carries a sequence
number, and every answer says which number it answers. A hand faster than the kernel therefore never builds a queue, and
its last place wins.
"""

from __future__ import annotations

import functools
import traceback
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import asdict, fields, replace
from importlib.resources import files
from typing import Any, ClassVar

import anywidget
import ipywidgets
import numpy as np
import numpy.typing as npt
import traitlets

__all__ = ["Explorer", "Stage", "floats", "stage_class"]

MAX_UPLOAD = 300 * 2**20
"""Bytes that an upload may have: it is held in memory once, and decoded from there."""


class Stage(anywidget.AnyWidget):
    """The drawn part of an explorer. Its traits are what a saved notebook keeps: never an upload."""

    setup = traitlets.Dict().tag(sync=True)
    picture = traitlets.Dict().tag(sync=True)
    answer = traitlets.Dict().tag(sync=True)
    error = traitlets.Unicode().tag(sync=True)
    large = traitlets.Bool(False).tag(sync=True)


class Foot(anywidget.AnyWidget):
    """What stands below the controls: choosing a picture of one's own, where it goes, and the keys."""

    setup = traitlets.Dict().tag(sync=True)
    own = traitlets.Bool(False).tag(sync=True)


@functools.cache
def stage_class(name: str, *parts: str) -> type[Stage]:
    """The stage that runs ``base.js``, ``charts.js``, ``parts`` and ``<name>/stage.js`` as one ES module.

    Each brings its style, where it has one. Parts are named by their place below ``ferviz/explorers``, such as
    ``shared/dials``.
    """
    stack = (*parts, f"{name}/stage")
    source = {
        "_esm": _join("shared/base.js", "shared/charts.js", *(f"{part}.js" for part in stack)),
        "_css": _join("shared/base.css", *(f"{part}.css" for part in stack)),
    }
    return type(f"{name.title()}Stage", (Stage,), {"__module__": __name__, **source})


@functools.cache
def foot_class() -> type[Foot]:
    """The foot that runs ``base.js`` and ``foot.js``; the stage brings its style."""
    return type("ExplorerFoot", (Foot,), {"__module__": __name__, "_esm": _join("shared/base.js", "shared/foot.js")})


def _join(*names: str) -> str:
    # no bundler: the files of one module stand one below the other; a style sheet may be missing
    parts = [files("ferviz.explorers") / name for name in names]
    return "\n".join(part.read_text("utf-8") for part in parts if part.is_file() or part.name.endswith(".js"))


def floats(array: npt.ArrayLike) -> bytes:
    """An array as the browser's ``Float32Array`` reads it: row by row, little-endian."""
    return np.ascontiguousarray(array, dtype="<f4").tobytes()


def pack(value: Any, buffers: list[bytes]) -> Any:
    """``value`` with every bytes object moved into ``buffers`` and its place marked, for a custom message."""
    if isinstance(value, bytes):
        buffers.append(value)
        return {"buffer": len(buffers) - 1}
    if isinstance(value, Mapping):
        return {key: pack(item, buffers) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [pack(item, buffers) for item in value]
    return value


class Explorer(ipywidgets.VBox):
    """A stage with its controls. The module's docstring says how to write one.

    Attributes
    ----------
    state : State
        What the person chose. Assign with `show`.
    view : View
        The arrays that are drawn, as ``compute`` returned them.
    error, traceback : str
        What went wrong in the last callback, in words and in full; "" when nothing did.
    stage : Stage
        The drawn part; its traits are what a saved notebook holds.
    private : bool
        Whether the picture is somebody's own and must not be saved with the notebook.
    """

    NAME: ClassVar[str]
    PARTS: ClassVar[tuple[str, ...]] = ()
    TITLE: ClassVar[str]
    KEYS: ClassVar[str] = ""
    PRESETS: ClassVar[Mapping[str, Mapping[str, Any]]] = {}
    ACCEPT: ClassVar[str] = ""
    State: ClassVar[type]

    private: bool = False

    def __init__(self, *, controls: Sequence[ipywidgets.Widget] = (), large: bool = False, **state: Any) -> None:
        self.traceback = ""
        self._bound: list[tuple[ipywidgets.Widget, str]] = []
        self._told: dict[str, dict[str, Any]] = {}
        self._turn, self._syncing, self._coming = 0, False, bytearray()
        self._state = self.State(**state)
        self.view = self.compute(self._state)
        self.stage = stage_class(self.NAME, *self.PARTS)(setup=self._setup())
        self.foot = foot_class()(setup={"keys": self.KEYS, "accept": self.ACCEPT})
        row = ipywidgets.HBox(list(controls)).add_class("ferviz-controls")
        super().__init__([self.stage, row, self.foot] if controls else [self.stage, self.foot])
        self.add_class("ferviz-explorer")
        self._enlarge(large)
        self.stage.on_msg(self._received)
        self.foot.on_msg(self._received_below)
        self._answer()

    # ---- what a subclass says ---------------------------------------------------------------------------------------

    def compute(self, state: Any) -> Any:
        """The view of a state: arrays and text, from nothing but the state and the picture."""
        raise NotImplementedError(f"{type(self).__name__} must compute a view")

    def describe(self) -> str:
        """What the view shows, in a sentence or two."""
        raise NotImplementedError(f"{type(self).__name__} must describe its view")

    def drawing(self, view: Any) -> dict[str, Any]:
        """What the browser needs to draw the view: JSON and bytes."""
        raise NotImplementedError(f"{type(self).__name__} must say what the browser draws")

    def argument(self) -> str:
        """The first argument of the call that `code` prints."""
        return ""

    def opened(self, data: bytes, name: str) -> None:
        """An upload has arrived whole. ``name`` is the file's."""
        raise NotImplementedError(f"{type(self).__name__} takes no upload")

    def act(self, name: str) -> None:
        """A button of the stage (``stage.act``) or of the foot was pressed."""
        raise NotImplementedError(f"{type(self).__name__} knows no action {name!r}")

    # ---- what a person calls ----------------------------------------------------------------------------------------

    @property
    def state(self) -> Any:
        """What the person chose."""
        return self._state

    @property
    def error(self) -> str:
        """What went wrong in the last callback, in words; "" when nothing did."""
        return self.stage.error

    def show(self, **changes: Any) -> None:
        """Change fields of the state; the view follows. Raises what ``State`` and ``compute`` raise."""
        self._move(changes)
        self._answer()

    def preset(self, number: int) -> None:
        """Show the preset with this number, counted from 1 as on its button."""
        if not 1 <= number <= len(self.PRESETS):
            raise ValueError(f"number must be 1 to {len(self.PRESETS)}; got {number}")
        self.show(**list(self.PRESETS.values())[number - 1])

    def code(self) -> str:
        """The line that makes this view again."""
        chosen = [self.argument()] if self.argument() else []
        for field in fields(self.State):
            value = getattr(self._state, field.name)
            if value != field.default:
                chosen.append(f"{field.name}={value!r}")
        if self.stage.large:
            chosen.append("large=True")
        return f"ferviz.explorers.{type(self).__name__}({', '.join(chosen)})"

    # ---- callbacks: registered here and nowhere else ----------------------------------------------------------------

    def bind(self, control: ipywidgets.Widget, field: str) -> None:
        """Let ``control.value`` show and set a field of the state."""
        control.value = getattr(self._state, field)
        self._bound.append((control, field))

        def chosen(change: dict[str, Any]) -> None:
            # a slider in the browser sends back what it was given as 0.3999999999999999: no news
            value = round(change["new"], 6) if isinstance(change["new"], float) else change["new"]
            if not self._syncing:
                self.show(**{field: value})

        self.listen(control, chosen)

    def listen(self, widget: ipywidgets.Widget, handler: Callable[[Any], None]) -> None:
        """Call ``handler`` when a button is pressed or a control's value changes; an error is shown to the person."""

        def guarded(event: Any) -> None:
            with self._guard():
                handler(event)

        if isinstance(widget, ipywidgets.Button):
            widget.on_click(guarded)
        else:
            widget.observe(guarded, names=["value"])

    @contextmanager
    def _guard(self) -> Iterator[None]:
        # Jupyter shows an exception of a callback nowhere, so this one place catches all of them and says so
        error, self.traceback = "", ""
        try:
            yield
        except Exception as problem:  # noqa: BLE001
            expected = isinstance(problem, ValueError | OSError) and str(problem)
            error = str(problem) if expected else f"{type(problem).__name__}: {problem}"
            self.traceback = traceback.format_exc()
        self.stage.error = error

    # ---- the talk with the browser ----------------------------------------------------------------------------------

    def tell(self, name: str, value: dict[str, Any]) -> None:
        """Give the browser the dict "picture" or "answer": as a trait, or as a message when the picture is private."""
        if self.private:
            self._told[name] = value
            buffers: list[bytes] = []
            self.stage.send({name: pack(value, buffers)}, buffers)
        else:
            self._told.pop(name, None)
            setattr(self.stage, name, value)

    def hand_over(self, name: str, data: bytes, kind: str) -> None:
        """Let the browser save a file: its name, content and MIME type. Nothing of it stays in the notebook."""
        buffers: list[bytes] = []
        self.stage.send({"file": pack({"name": name, "kind": kind, "data": data}, buffers)}, buffers)

    def _answer(self, client: str = "", sequence: int = 0) -> None:
        self._turn += 1
        text = {"text": self.describe(), "code": self.code(), "state": asdict(self._state)}
        turn = {"client": client, "sequence": sequence, "turn": self._turn}
        self.tell("answer", {**self.drawing(self.view), **text, **turn})

    def _move(self, changes: Mapping[str, Any]) -> None:
        state = replace(self._state, **changes)
        if state != self._state:
            self.view = self.compute(state)  # before the state: when this raises, the old view stands
            self._state = state
        self._sync_controls()

    def _sync_controls(self) -> None:
        self._syncing = True
        try:
            for control, field in self._bound:
                control.value = getattr(self._state, field)
        finally:
            self._syncing = False

    def _received(self, _: Any, content: dict[str, Any], buffers: Sequence[memoryview]) -> None:
        if "hello" in content:  # a browser has opened a view: what the traits must not hold is told again
            for name, value in list(self._told.items()):
                self.tell(name, value)
            return
        with self.stage.hold_sync():  # view, text, error and number reach the browser in one message
            with self._guard():
                self._obey(content, buffers)
            self._answer(content.get("client", ""), content.get("sequence", 0))

    def _obey(self, content: dict[str, Any], buffers: Sequence[memoryview]) -> None:
        if "wish" in content:
            self._move(content["wish"])
        elif "preset" in content:
            self._move(list(self.PRESETS.values())[content["preset"] - 1])
        elif "large" in content:
            self._enlarge(bool(content["large"]))
        elif "act" in content:
            self.act(content["act"])

    def _received_below(self, _: Any, content: dict[str, Any], buffers: Sequence[memoryview]) -> None:
        with self.stage.hold_sync(), self._guard():
            if "act" in content:
                self.act(content["act"])
            elif self._take(content["upload"], buffers):
                return
            self._answer()
        self.foot.own = self.private
        self.foot.send({"done": True})

    def _take(self, part: dict[str, Any], buffers: Sequence[memoryview]) -> bool:
        """Take a part of an upload; whether more is to come."""
        # in parts, because a whole film in one message would exceed the server's limit and drop the connection
        if part["total"] > MAX_UPLOAD:
            # the error is saved with the notebook, so it does not name the file
            raise ValueError(f"the upload has {part['total'] / 2**20:.0f} MB; at most {MAX_UPLOAD // 2**20} MB fit")
        if part["start"] == 0:
            self._coming = bytearray()
        if part["start"] != len(self._coming):
            raise ValueError("the upload arrived in the wrong order; please choose it again")
        for buffer in buffers:
            self._coming += buffer
        self.foot.send({"received": len(self._coming)})
        if len(self._coming) < part["total"]:
            return True
        data, self._coming = bytes(self._coming), bytearray()
        self.opened(data, part["name"])
        return False

    def _enlarge(self, large: bool) -> None:
        self.stage.large = large
        (self.add_class if large else self.remove_class)("ferviz-large")

    def _setup(self) -> dict[str, Any]:
        return {"title": self.TITLE, "presets": list(self.PRESETS)}
