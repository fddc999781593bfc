"""The drawn part of an explorer as a widget: its traits, and the scripts that it runs as one ES module.

No bundler: the files of one module stand one below the other, so that no two of them may define one name.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import lru_cache
from importlib.resources import files
from typing import Any

import anywidget
import numpy as np
import numpy.typing as npt
import traitlets

__all__ = ["FOOT", "Foot", "Stage", "floats", "foot_class", "pack", "scripts_of", "stage_class"]

ALWAYS = ("shared/pulse", "shared/code", "shared/base", "shared/charts", "shared/faces")
"""The parts of every stage, by their place below ``ferviz/explorers``."""
FOOT = ("shared/pulse", "shared/code", "shared/base", "shared/faces", "shared/foot")
"""The parts of the foot."""


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


def scripts_of(script: str, parts: tuple[str, ...]) -> tuple[str, ...]:
    """The scripts of one stage, in order: what all share, the explorer's ``parts``, and its own ``script`` last."""
    return tuple(f"{part}.js" for part in (*ALWAYS, *parts, script))


def stage_class(name: str, script: str, parts: tuple[str, ...] = ()) -> type[Stage]:
    """The stage that runs `scripts_of` one explorer as one ES module. Each script brings its style, where it has one.

    The files are read again when they have changed: making the explorer anew shows a script that was just written.
    """
    scripts = scripts_of(script, parts)
    style = _join(*map(_style, scripts))
    return _class(f"{name.title()}Stage", Stage, _join(*scripts), style)


def foot_class() -> type[Foot]:
    """The foot that runs `FOOT` as one ES module; the stage brings its style."""
    return _class("ExplorerFoot", Foot, _join(*(f"{part}.js" for part in FOOT)), "")


@lru_cache(maxsize=32)
def _class(name: str, kind: type[Any], script: str, style: str) -> type[Any]:
    # one class for one text: a class a widget would stay in memory
    return type(name, (kind,), {"__module__": __name__, "_esm": script, "_css": style})


def _style(script: str) -> str:
    return script.removesuffix(".js") + ".css"


def _join(*names: str) -> str:
    # a style sheet may be missing, a script may not
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
