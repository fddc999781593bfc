"""What the explorers draw and say: at their opening, at each preset, and after a few moves of a hand."""

from __future__ import annotations

import io
import re
import wave
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import replace
from typing import Any
from unittest import mock

import ipywidgets
import numpy as np
from answers import as_json, film, net
from PIL import Image
from record import Found

import ferviz
from ferviz import explorers
from ferviz.clip import Clip

COUNTERS = ("client", "sequence", "turn", "sheet")

FLOATS = re.compile(
    r"(frames|regions)/.*/(rows/[\w ]+|measures/\d+/values)|lbp/.*/(grey|codes|used|counts|before|values)"
    r"|masks/.*/(maps/\w+|paths)|patch/.*/(map|before)|crop/.*/curve|face/.*/points"
    r"|heads/.*(?<!/picture)|(statistics|viewers)/.*|streams/.*(?<!/mel)"
)
"""What the explorers send as 32-bit floats; other bytes are pictures and shades of 8 bits, WebP or WAV."""


class Desk:
    """Takes down what an explorer draws and says, step by step: traits, and messages where it is private."""

    def __init__(self, name: str) -> None:
        self.name, self.found = name, Found()
        self._messages: dict[str, Any] = {}
        self._pictures: Found = {}

    @contextmanager
    def listening(self) -> Iterator[None]:
        def send(widget: Any, content: Any, buffers: Sequence[bytes] | None = None) -> None:
            for word in ("picture", "answer"):
                if word in content:
                    self._messages[word] = _unpack(content[word], buffers or [])

        with mock.patch.object(ipywidgets.Widget, "send", send):
            yield

    def open(self, step: str, name: str, /, *args: Any, **state: Any) -> Any:
        """Make an explorer, and take down how it opens."""
        self._messages.clear()
        explorer = getattr(explorers, name)(*args, **state)
        self.found[f"{step}/setup"] = as_json(explorer.stage.setup)
        self._down(step, explorer)
        return explorer

    def presets(self, explorer: Any) -> None:
        """Each preset, in its order."""
        for number in range(1, len(explorer.PRESETS) + 1):
            explorer.preset(number)
            self._down(f"preset {number}", explorer)

    def show(self, step: str, explorer: Any, /, act: str = "", **changes: Any) -> None:
        """Change the state, or press a button."""
        if act:
            explorer.act(act)
        explorer.show(**changes)
        self._down(step, explorer)

    def _down(self, step: str, explorer: Any) -> None:
        assert not explorer.error, f"{self.name}, {step}: {explorer.error}"
        self.found |= {f"{step}/describe": explorer.describe(), f"{step}/code": explorer.code()}
        answer = {**self._told(explorer, "answer")}
        assert (answer.pop("text"), answer.pop("code")) == (explorer.describe(), explorer.code())
        self.found |= self._parts(step, "answer", answer)
        pictures = self._parts("", "picture", self._told(explorer, "picture"))
        if not _same(pictures, self._pictures):  # it goes to the browser once, and is told here once
            self._pictures = pictures
            self.found |= {f"{step}{path}": value for path, value in pictures.items()}

    def _told(self, explorer: Any, word: str) -> Any:
        if explorer.private and word in self._messages:
            return self._messages[word]
        return getattr(explorer.stage, word)

    def _parts(self, step: str, word: str, told: Mapping[str, Any]) -> Found:
        """Bytes as arrays, and all the rest as one text."""
        arrays: Found = {}

        def taken(path: str, value: Any) -> Any:
            if isinstance(value, bytes | memoryview):
                arrays[path] = _pixels(f"{self.name}/{path}", bytes(value))
                return f"{arrays[path].shape}"
            if isinstance(value, Mapping):
                return {key: taken(f"{path}/{key}", each) for key, each in value.items() if key not in COUNTERS}
            if isinstance(value, list | tuple):
                return [taken(f"{path}/{number}", each) for number, each in enumerate(value)]
            return value

        words = taken(f"{step}/{word}", told)
        return {**arrays, f"{step}/{word}": as_json(words)}


def _unpack(value: Any, buffers: Sequence[bytes]) -> Any:
    if isinstance(value, Mapping):
        if set(value) == {"buffer"}:
            return bytes(buffers[value["buffer"]])
        return {key: _unpack(each, buffers) for key, each in value.items()}
    return [_unpack(each, buffers) for each in value] if isinstance(value, list | tuple) else value


def _pixels(path: str, data: bytes) -> np.ndarray:
    if data[:4] == b"RIFF" and data[8:12] == b"WEBP":
        return np.asarray(Image.open(io.BytesIO(data)).convert("RGB"))
    if data[:4] == b"RIFF":
        with wave.open(io.BytesIO(data)) as sound:
            return np.frombuffer(sound.readframes(sound.getnframes()), "<i2")
    signed = path.startswith("masks/") and path.endswith("/shades")
    return np.frombuffer(data, "<f4" if FLOATS.fullmatch(path) else np.int8 if signed else np.uint8)


def _same(a: Found, b: Found) -> bool:
    return a.keys() == b.keys() and all(np.array_equal(a[name], b[name], equal_nan=False) for name in a)


def annotator(desk: Desk) -> None:
    made = desk.open("opening", "Annotator", net("mini-xception"))
    answers: list[tuple[Any, ...]] = []
    words = made.labels
    for item in range(20):
        made.show(item=item, answers=tuple(answers))
        mark = (3,) if hasattr(made.view.card, "frames") else (0.5, 0.66)
        answers.append((words[item % len(words)], *mark))
        if item < 4:
            desk.show(f"face {item}", made)
            desk.show(f"face {item} told", made, answers=tuple(answers))
    desk.show("summary", made, item=20, answers=tuple(answers))
    desk.show("another seed", made, seed=1, item=0, answers=())


def crop(desk: Desk) -> None:
    made = desk.open("opening", "CropLab")
    desk.presets(made)
    desk.show("wide", made, margin=0.44, align="similarity", interpolation="bicubic")
    desk.open("another", "CropLab", "surprise-turned", margin=0.1)
    desk.open("own", "CropLab", _own(ferviz.sample("astronaut")), net("mini-xception"), align="similarity")


def face(desk: Desk) -> None:
    made = desk.open("opening", "FaceLab", net("mini-xception"))
    desk.presets(made)
    for overlay in ("regions", "landmarks", "relevance", "changed"):
        desk.show(overlay, made, overlay=overlay)
    desk.show("by hand", made, units={"12L": 0.9, "4": 0.5}, cover="hand", yaw=-20.0, overlay="none", quality="fast")
    desk.show("another person", made, seed=3, age=70.0, gender=0.8, cover="none", units=None)
    desk.show("clip", made, act="clip")


def frames(desk: Desk) -> None:
    made = desk.open("opening", "Frames")
    desk.presets(made)
    made.preset(2)
    count = len(ferviz.sample("surprise-degraded"))
    for variant in ("mean", "pool", "self", "relation"):
        desk.show(variant, made, variant=variant)
    desk.show("dropped", made, dropped=(2, 5), emotion="fear", frame=4)
    desk.show("weights", made, values=tuple(np.linspace(0, 1, count).round(3)))
    desk.show("alpha", made, moves="alpha")
    desk.show("guests", made, order=(0, 0, 3, count, count + 3, 7), values=None, dropped=(), frame=0)
    desk.show("shuffle", made, act="shuffle")
    desk.show("found", desk.open("one frame", "Frames", "fear-one-frame"), act="search")
    desk.open("own", "Frames", _own(film()), variant="pool", frame=1)


def heads(desk: Desk) -> None:
    made = desk.open("opening", "Heads")
    desk.presets(made)
    desk.show("by hand", made, source="synthetic", seed=3, units={"12L": 0.9}, cover="hand", light=60.0)
    for head in made.view.told:
        desk.show(f"map of {head}", made, act="maps")
    desk.show("raised", made, act="raise", channel=7)
    desk.show("before tuning", made, trained="identity", label="fear")
    desk.show("old heads", made, trained="tuned")
    desk.show("the course", made, step="all", body="mobilenet, compact", budget=2.5)
    desk.show("own", desk.open("one network", "Heads", _own(film()), net("mtl-head"), frame=1), act="maps")


def lbp(desk: Desk) -> None:
    made = desk.open("opening", "LBPStepper")
    desk.presets(made)
    for kind in ("original", "uniform", "rotation_invariant", "uniform_rotation_invariant"):
        desk.show(kind, made, kind=kind, points=12, radius=2.0, row=40, column=31)
    desk.show("not rounded", made, kind="circle", points=4, eight_bit=False, contrast=1.7, rotation=15)
    for picture in ("edge", "spots", "stripes", "flat"):
        desk.show(f"picture {picture}", made, picture=picture)
    desk.open("another", "LBPStepper", "sadness-glasses")
    desk.open("own", "LBPStepper", _own(film()), kind="uniform")


def masks(desk: Desk) -> None:
    made = desk.open("opening", "Masks")
    desk.presets(made)
    desk.show("attributed", made, act="attribute")
    desk.show("saliency", made, method="saliency", label="fear", stretch=True)
    desk.show("saliency attributed", made, act="attribute")
    for texture in ("flat", "sobel"):
        desk.show(f"texture {texture}", made, texture=texture, reconstruction=False, channel=3, row=2, column=9)
    looked = {"panel": "field", "tab": "network", "rates": (1, 2, 3)}
    desk.show("field", made, **looked, texture="", reconstruction=True, channel=None)
    desk.show("a sample", made, source="anger-mask", panel="switches", method="integrated_gradients")
    desk.show("a sample attributed", made, act="attribute")
    desk.show("the photo", made, source="astronaut", attention=False)
    desk.open("another network", "Masks", "fear-hand", "lbp-attention-ferplus")
    desk.open("own", "Masks", _own(film()), frame=1)


def patch(desk: Desk) -> None:
    made = desk.open("opening", "Patch")
    desk.presets(made)
    desk.show("blur", made, lifted=False, fill="blur", x=0.3, size=0.41, label="fear")
    desk.show("sweep", made, map="sweep")
    film_of = desk.open("a clip", "Patch", "surprise-degraded", frame=5)
    desk.show("black", film_of, fill="black", frame=9, label="surprise")
    own = desk.open("own", "Patch", _own(film()), net("mini-xception"))
    desk.show("own gap", own, frame=2)


def regions(desk: Desk) -> None:
    made = desk.open("opening", "Regions")
    desk.presets(made)
    for variant in ("mean", "face", "relation"):
        desk.show(variant, made, variant=variant)
    for scheme in ("code", "random", "landmark"):
        desk.show(f"scheme {scheme}", made, scheme=scheme, draw=2)
    desk.show("softmax", made, squash="softmax", margin=0.2)
    desk.show("boxes", made, squash="", boxes=((0.1, 0.1, 0.6, 0.6), (0.3, 0.4, 0.9, 1.0)), region=1)
    desk.show("cover", made, boxes=None, scheme="fixed", cover="mask", cover_x=0.45, cover_y=0.6, cover_size=0.5)
    desk.show("dropped", made, dropped=(2, 5), label="fear")
    desk.show("weights", made, dropped=(), values=(0.5, 0.1, 0.2, 0.3, 0.4, 0.5), moves="alpha")
    desk.open("own", "Regions", _own(film()), frame=1)


def statistics(desk: Desk) -> None:
    made = desk.open("opening", "Statistics")
    desk.presets(made)
    desk.show("by hand", made, clip="surprise-degraded", order=(0, 0, 3, 5, 7), dropped=(1,), channel=7, label="fear")
    desk.show("shuffle", made, act="shuffle")
    desk.open("own", "Statistics", _own(film()), net("mtl-head"), frame=1)


def streams(desk: Desk) -> None:
    made = desk.open("opening", "TwoStreams")
    desk.presets(made)
    made.preset(2)
    weights = tuple(np.linspace(0, 1, len(made.view.frames)).round(3))
    desk.show("frames by hand", made, frame_weights=weights)
    for absent in ("learned", "mean"):
        desk.show(f"{absent} stand-in", made, absent=absent, scale="probability", video="gone")
    desk.show("later", made, video="seen", shift=0.2, plays="kept", label="fear")
    desk.show("a position", made, plays="position", position=40)
    for tab in ("fusion", "pairs"):
        desk.show(tab, made, tab=tab, sum=3)
    desk.open("own", "TwoStreams", _own(film()))


def twins(desk: Desk) -> None:
    made = desk.open("opening", "Twins", net("mini-xception"))
    desk.presets(made)
    desk.show("another reference", made, reference=1, emotion="anger", intensity=0.9, seed=4)
    desk.show("audit", made, people=2, vary="ethnicity")


def viewers(desk: Desk) -> None:
    made = desk.open("opening", "Viewers")
    desk.presets(made)
    desk.show("guessed", made, guess="fear")
    desk.show("another", made, act="another", part="all")
    desk.show("fitted", made, act="best")


def _own(clip: Clip) -> Clip:
    """A clip that no sample's name leads to, as somebody's own."""
    return replace(clip, source="mine")


def _at(desk: Callable[[Desk], None]) -> Callable[[], Found]:
    def run() -> Found:
        sitting = Desk(desk.__name__)
        with sitting.listening():
            desk(sitting)
        return sitting.found

    return run


_DESKS = (annotator, crop, face, frames, heads, lbp, masks, patch, regions, statistics, streams, twins, viewers)
DRAWINGS: Mapping[str, Callable[[], Found]] = {desk.__name__: _at(desk) for desk in _DESKS}
