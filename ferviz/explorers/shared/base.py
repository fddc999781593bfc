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
   - ``still() -> Snapshot``: pictures and bars that a saved notebook shows without a kernel.
   - ``drawing(view) -> dict``: what the browser needs to draw it: JSON, and bytes for arrays (``floats(array)``).
   - ``actions() -> dict``: what the buttons do that change no field of the state (optional); who calls one from Python
     calls `act`, which also tells the browser.

   - ``controls() -> dict``: a control of ipywidgets for each field of the state that it shows and sets (optional).

4. In ``__init__``: make what ``compute`` needs (``self.model = self.open_model(model)`` and the like), then call
   ``super().__init__(large=large, **state)``, which computes the first view and makes the widgets; then
   ``listen(button, handler)`` for anything else. One that looks at a picture or a clip builds on `SourceExplorer`.

What does not change with the state (frames, curves) goes to the browser once: ``publish("picture", {...})``. Set
``self.private = True`` first when it is somebody's own: then pictures and answers travel as messages that no notebook
saves.

What the line of code and a saved page bring back is state, and nothing else is: a chosen item or place, the tab that is
open (``keptTabs`` in ``shared/dials.js`` tells it), and where the cursor rests (``here``; it goes along with the page).

What a subclass holds (a model, clips, a view) is let go by `close`, and by the next run of the same cell.

The drag protocol: the browser keeps the newest wish and sends it when none is on its way; every wish carries a sequence
number, and every answer says which number it answers. A hand faster than the kernel therefore never builds a queue, and
its last place wins.

More than 300 lines: this page is a fifth of them, and the one guarded door for callbacks has no second file.
"""

from __future__ import annotations

import traceback
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import asdict, fields, replace
from typing import Any, ClassVar

import ipywidgets
from IPython.display import display

from ferviz.explorers.shared.closing import Closing, parts_of
from ferviz.explorers.shared.main_shell import keep_in_main_shell
from ferviz.explorers.shared.scripts import Stage, floats, foot_class, pack, stage_class
from ferviz.explorers.shared.state import WrongKindError, fitting
from ferviz.explorers.shared.still import Snapshot, as_page
from ferviz.explorers.shared.threads import one_thread
from ferviz.explorers.shared.upload import Upload
from ferviz.explorers.shared.words import called
from ferviz.models import load_model

__all__ = ["Explorer", "Stage", "floats"]

STAYS = "What was shown before stays."
"""What follows the error of an upload."""


class Explorer(Closing):
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
    SCRIPT: ClassVar[str] = ""  # "<NAME>/stage" unless given
    PARTS: ClassVar[tuple[str, ...]] = ()
    TITLE: ClassVar[str]
    KEYS: ClassVar[str] = ""
    PRESETS: ClassVar[Mapping[str, Mapping[str, Any]]] = {}
    ACCEPT: ClassVar[str] = ""
    MODEL: ClassVar[str] = ""  # the network's name in the zoo that is taken when none is given
    FIELD: ClassVar[str] = ""  # the field of the state that names the source: one of `arguments`
    State: ClassVar[type]

    private: bool = False
    _model_argument: str = ""

    def __init__(self, *, large: bool = False, **state: Any) -> None:
        self.traceback = ""
        self._bound: list[tuple[ipywidgets.Widget, str]] = []
        self._unsaved: dict[str, dict[str, Any]] = {}
        self._turn, self._syncing, self._upload = 0, False, Upload()
        self._state = self.State(**self._fitting(state))
        if not isinstance(large, bool):
            raise TypeError(f"large must be True or False; got {large!r:.200}")
        self.view = self.compute(self._state)  # before any widget is made: an error leaves none behind
        controls = self.controls()
        setup = {"title": self.TITLE, "presets": list(self.PRESETS)}
        self.stage = stage_class(self.NAME, self.SCRIPT or f"{self.NAME}/stage", self.PARTS)(setup=setup)
        self.foot = foot_class()(setup={"keys": self.KEYS, "accept": self.ACCEPT})
        row = [ipywidgets.HBox(list(controls.values())).add_class("ferviz-controls")] if controls else []
        super().__init__([self.stage, *row, self.foot])
        self._mark = f"ferviz-{self.stage.model_id}"
        self.add_class("ferviz-explorer").add_class(self._mark)
        self._enlarge(large)
        self.stage.on_msg(self._received)
        self.foot.on_msg(self._received_below)
        for field, control in controls.items():
            self.bind(control, field)
        self._sync_controls()
        self._answer()
        keep_in_main_shell([self, *parts_of(self)])
        self.release_earlier()

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

    def still(self) -> Snapshot:
        """What a saved notebook shows where nothing draws the widget; never asked for while ``private``."""
        raise NotImplementedError(f"{type(self).__name__} must say what stays of its view")

    def controls(self) -> dict[str, ipywidgets.Widget]:
        """Controls of ipywidgets, each by the field of the state that it shows and sets."""
        return {}

    def arguments(self) -> list[str]:
        """The arguments of the call that `code` prints, before the fields of the state."""
        return [self._model_argument] if self._model_argument else []

    def actions(self) -> dict[str, Callable[[], None]]:
        """What a button of the stage (``stage.act``) or of the foot does, by name."""
        return {}

    def opened(self, data: bytes, name: str) -> None:
        """An upload has arrived whole. ``name`` is the file's."""
        raise NotImplementedError(f"{type(self).__name__} takes no upload")

    def open_model(self, given: object) -> object:
        """The network that was given by name or is one; whether it fits, the explorer says (`check_reader`)."""
        if not isinstance(given, str):
            self._model_argument = "model=model"
            return given
        self._model_argument = "" if given == self.MODEL else f"model={given!r}"
        with called("model", within="name"):
            return load_model(given)

    # ---- what a person calls ----------------------------------------------------------------------------------------

    def _ipython_display_(self) -> None:
        # what draws no widget, for it does not trust the notebook, shows the still alone
        display({**self._repr_mimebundle_(), "text/html": "", "text/plain": self.code()}, raw=True)
        display(self._kept(), raw=True)

    def _kept(self) -> dict[str, Any]:
        still, words = (None, "") if self.private else (self.still(), self.describe())
        return as_page(still, title=self.TITLE, words=words, of=self._mark)

    @property
    def state(self) -> Any:
        """What the person chose."""
        return self._state

    @property
    def error(self) -> str:
        """What went wrong in the last callback, in words; "" when nothing did."""
        return self.stage.error

    def show(self, **changes: Any) -> None:
        """Change fields of the state; the view follows. Raises what `fitting`, ``State`` and ``compute`` raise."""
        self._move(self._fitting(changes))
        self._answer()

    def preset(self, number: int) -> None:
        """Show the preset with this number, counted from 1 as on its button."""
        self.show(**self._preset(number))

    def _preset(self, number: object) -> Mapping[str, Any]:
        if isinstance(number, bool) or not isinstance(number, int):
            raise TypeError(f"number must be a whole number; got {number!r:.200}")
        if not 1 <= number <= len(self.PRESETS):
            fits = f"1 to {len(self.PRESETS)}" if self.PRESETS else f"none: {type(self).__name__} has no presets"
            raise ValueError(f"number must be {fits}; got {number}")
        return list(self.PRESETS.values())[number - 1]

    def code(self) -> str:
        """The line that makes this view again."""
        chosen = self.arguments()
        for field in fields(self.State):
            value = getattr(self._state, field.name)
            if value != field.default and field.name != self.FIELD:
                chosen.append(f"{field.name}={value!r}")
        if self.stage.large:
            chosen.append("large=True")
        return f"ferviz.explorers.{type(self).__name__}({', '.join(chosen)})"

    def act(self, name: str) -> None:
        """Do what a button does; the view follows. Raises ValueError for a name that `actions` does not have."""
        self._act(name)
        self._answer()

    def _act(self, name: str) -> None:
        actions = self.actions()
        if not isinstance(name, str) or name not in actions:
            fits = f"one of {', '.join(actions)}" if actions else f"none: {type(self).__name__} has no actions"
            raise ValueError(f"name must be {fits}; got {name!r:.200}")
        actions[name]()

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
    def _guard(self, stays: str = "") -> Iterator[None]:
        # Jupyter shows an exception of a callback nowhere, so this one place catches all of them and says so
        error, self.traceback = "", ""
        try:
            with one_thread():
                yield
        except Exception as problem:  # noqa: BLE001
            expected = isinstance(problem, ValueError | OSError | WrongKindError) and str(problem)
            error = (str(problem) if expected else f"{type(problem).__name__}: {problem}") + stays
            self.traceback = traceback.format_exc()
        self.stage.error = error

    # ---- the talk with the browser ----------------------------------------------------------------------------------

    def publish(self, name: str, value: dict[str, Any]) -> None:
        """Give the browser the dict "picture" or "answer": as a trait, or as a message when the picture is private."""
        if self.private:
            self._unsaved[name] = value
            buffers: list[bytes] = []
            self.stage.send({name: pack(value, buffers)}, buffers)
        else:
            self._unsaved.pop(name, None)
            setattr(self.stage, name, value)

    def hand_over(self, name: str, data: bytes, kind: str) -> None:
        """Let the browser save a file: its name, content and MIME type. Nothing of it stays in the notebook."""
        buffers: list[bytes] = []
        self.stage.send({"file": pack({"name": name, "kind": kind, "data": data}, buffers)}, buffers)

    def _answer(self, client: str = "", sequence: int = 0) -> None:
        self._turn += 1
        text = {"text": self.describe(), "code": self.code(), "state": asdict(self._state)}
        turn = {"client": client, "sequence": sequence, "turn": self._turn}
        self.publish("answer", {**self.drawing(self.view), **text, **turn})

    def _fitting(self, given: Any) -> dict[str, Any]:
        """Fields of the state of the kinds that they are declared as; what comes from outside goes through here."""
        return fitting(self.State, given, type(self).__name__)

    def _begin(self, changes: Mapping[str, Any]) -> None:
        """Show, at the end of ``__init__``, what no notebook saves. An error leaves no widget behind."""
        try:
            self._move(changes)
            self._answer()
        except Exception:
            self.close()
            raise

    def _move(self, changes: Mapping[str, Any], *, anew: bool = False) -> None:
        state = replace(self._state, **changes)
        if anew or state != self._state:
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
            for name, value in list(self._unsaved.items()):
                self.publish(name, value)
            return
        if "ping" in content:  # is anybody there? Messages are read in order, so all before it have been dealt with
            self.stage.send({"pong": {"ping": content["ping"], "client": content.get("client", "")}})
            return
        with self.stage.hold_sync(), self._guard():  # view, text, error and number reach the browser in one message
            try:
                self._obey(content, buffers)
            finally:
                self._answer(content.get("client", ""), content.get("sequence", 0))

    def _obey(self, content: dict[str, Any], buffers: Sequence[memoryview]) -> None:
        if "wish" in content:  # beside an act it says where a cursor stands that this view alone knew
            self._move(self._fitting(content["wish"]))
        if "preset" in content:
            self._move(self._preset(content["preset"]))
        elif "large" in content:
            self._enlarge(bool(content["large"]))
        elif "act" in content:
            self._act(content["act"])

    def _received_below(self, _: Any, content: dict[str, Any], buffers: Sequence[memoryview]) -> None:
        part = content.get("upload")
        if part is not None and not self._upload.takes(part):
            return
        with self.stage.hold_sync(), self._guard("" if part is None else f". {STAYS}"):
            if part is None:
                self._act(content["act"])
            else:
                data = self._upload.add(part, buffers)
                self.foot.send({"id": part["id"], "received": self._upload.size or part["total"]})
                if data is None:
                    return
                self.opened(data, part["name"])
            self._answer()
        self.foot.own = self.private
        self.foot.send({"done": part.get("id") if isinstance(part, Mapping) else None})

    def _enlarge(self, large: bool) -> None:
        self.stage.large = large
        (self.add_class if large else self.remove_class)("ferviz-large")
