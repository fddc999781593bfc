"""Every explorer takes every kind of source, or says what fits; what is no bundled sample is never saved.

One explorer more needs no row here, unless its network is large; one that draws its own faces is named in `SYNTHETIC`.
"""

from __future__ import annotations

import base64
import inspect
import io
import json
from collections.abc import Callable
from dataclasses import asdict
from pathlib import Path
from typing import Any

import ipywidgets
import numpy as np
import pytest
import torch
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from PIL import Image
from torch import nn

import ferviz
from ferviz import explorers
from ferviz.clip import Clip, Crop
from ferviz.explorers.shared.frozen import frozen
from ferviz.explorers.shared.source import OWN, SourceExplorer, open_source
from ferviz.gallery import samples
from ferviz.learning.clip_svm import ClipSVM
from ferviz.media import ClipError
from ferviz.models.lbp_attention import Config, LBPAttention
from ferviz.models.mini_xception import MiniXception
from ferviz.models.model import Model
from tests.frame_nets import seeded
from tests.head_nets import TINY, stages
from tests.head_nets import seeded as heads
from tests.region_nets import seeded as regions
from tests.tiny_av import tiny_av

PUBLIC = {name: getattr(explorers, name) for name in explorers.__all__}
CLASSES = {name: one for name, one in PUBLIC.items() if isinstance(one, type) and issubclass(one, explorers.Explorer)}
SMALLER: dict[str, Callable[..., SourceExplorer]] = {
    "Frames": lambda source, **more: explorers.Frames(source, seeded("self"), **more),
    "Masks": lambda source, **more: explorers.Masks(source, small_lbp(), panel="field", **more),
    "Heads": lambda source, **more: explorers.Heads(source, stages(), **more),
    "Regions": lambda source, **more: explorers.Regions(source, regions(), **more),
    "Statistics": lambda source, **more: explorers.Statistics(source, heads(), drawn_svm(), **more),
    "TwoStreams": lambda source, **more: explorers.TwoStreams(source, tiny_av(), **more),
}
SOURCES = {name: SMALLER.get(name, one) for name, one in CLASSES.items() if issubclass(one, SourceExplorer)}
SYNTHETIC = ("FaceLab", "Twins", "Annotator", "Viewers")  # these draw their own faces, or show none


def drawn_svm() -> ClipSVM:
    weight = np.random.default_rng(0).normal(size=(2, 4 * TINY.backbone.width))
    return ClipSVM(weight, np.zeros(2), ("fear", "surprise"))


def small_lbp() -> LBPAttention:
    torch.manual_seed(3)
    return LBPAttention(Config.compact()).eval()


@pytest.fixture(scope="module", autouse=True)
def _one_thread():
    threads = torch.get_num_threads()
    torch.set_num_threads(1)
    yield
    torch.set_num_threads(threads)


def own_picture() -> np.ndarray:
    """The head of a photo that is not the bundled one: mirrored and lighter."""
    frame = ferviz.sample("astronaut").frames[0]
    return np.ascontiguousarray(255 - (255 - frame[:300, 90:390][:, ::-1]) // 2)


def png() -> bytes:
    file = io.BytesIO()
    Image.fromarray(own_picture()).save(file, "PNG")
    return file.getvalue()


def on_disk(folder: Path) -> Path:
    path = folder / "me.png"
    path.write_bytes(png())
    return path


RIGHT: dict[str, Callable[[Path], Any]] = {
    "Path": on_disk,
    "str": lambda folder: str(on_disk(folder)),
    "bytes": lambda folder: png(),
    "bytearray": lambda folder: bytearray(png()),
    "memoryview": lambda folder: memoryview(png()),
    "open file": lambda folder: io.BytesIO(png()),
    "upload": lambda folder: {"name": "me.png", "content": memoryview(png())},
    "array": lambda folder: own_picture(),
    "floats": lambda folder: own_picture() / 255,
    "film": lambda folder: np.stack([own_picture()] * 2),
    "PIL image": lambda folder: Image.fromarray(own_picture()),
    "PIL palette": lambda folder: Image.fromarray(own_picture()).quantize(256),
    "PIL with alpha": lambda folder: Image.fromarray(own_picture()).convert("RGBA"),
    "PIL CMYK": lambda folder: Image.fromarray(own_picture()).convert("CMYK"),
    "Clip": lambda folder: Clip(own_picture()[None], np.zeros(1)),
    "Clip of faces": lambda folder: Clip(own_picture()[None], np.zeros(1), crop=Crop(300, 0.25)),
}
FEW = ("upload", "film", "Clip", "Clip of faces")
TAKEN = [(name, kind) for name in SOURCES for kind in RIGHT if name == "Patch" or kind in FEW]
"""One function opens all kinds for all explorers, so one explorer takes them all; the others, those that then differ:
what came as a message, several frames, and what is cut to a face already."""
WRONG = {
    "number": 7,
    "float": 0.5,
    "nothing": None,
    "truth": True,
    "list": [[0, 0], [0, 0]],
    "tuple": (1, 2),
    "set": {1},
    "dict": {"a": 1},
    "tensor": torch.zeros(8, 8),
    "class": Clip,
    "function": len,
    "complex": 1j,
}


def saved_bytes() -> bytes:
    """All that a saved notebook would hold of all widgets: text, and every buffer decoded."""
    state = json.loads(json.dumps(ipywidgets.Widget.get_manager_state()))
    buffers = [base64.b64decode(b["data"]) for w in state["state"].values() for b in w.get("buffers", [])]
    return json.dumps(state).encode() + b"".join(buffers)


def buffers_of(value: Any) -> list[bytes]:
    """Every bytes object in a message."""
    if isinstance(value, bytes):
        return [value]
    if isinstance(value, dict):
        value = list(value.values())
    return [one for item in value for one in buffers_of(item)] if isinstance(value, list | tuple) else []


def test_an_explorer_takes_every_source_or_draws_its_own_pictures():
    assert set(CLASSES) == {*SOURCES, *SYNTHETIC, "Explorer", "ItemsExplorer"}  # the last two are there to build on
    assert set(SMALLER) <= set(SOURCES)


# ---- kinds of source -------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("kind", RIGHT)
def test_every_kind_of_the_same_pixels_is_opened_as_the_same_clip(kind, tmp_path):
    given = RIGHT[kind](tmp_path)
    clip = open_source(given, "clip")
    pixels = np.asarray(given.convert("RGB")) if kind == "PIL palette" else own_picture()  # a palette has fewer colours
    np.testing.assert_array_equal(clip.frames, [pixels] * (2 if kind == "film" else 1))
    assert (clip.crop is None) == (kind != "Clip of faces")


def closed() -> Image.Image:
    image = Image.new("RGB", (4, 4))
    image.close()
    return image


KINDS = {
    "F": lambda: Image.new("F", (4, 4), 0.5),
    "I": lambda: Image.new("I", (4, 4), 40_000),
    "I;16": lambda: Image.new("I;16", (4, 4), 40_000),
    "I;16B": lambda: Image.frombytes("I;16B", (4, 4), b"\x9c\x40" * 16),
    "P": lambda: Image.new("P", (4, 4)),
    "LAB": lambda: Image.new("LAB", (4, 4)),
    "empty": lambda: Image.new("RGB", (0, 4)),
    "closed": closed,
}


@pytest.mark.parametrize("kind", KINDS)
def test_an_explorer_reads_a_picture_as_load_clip_does(kind):
    def answer(read: Callable[[Any], Clip]) -> Any:
        try:
            return read(KINDS[kind]()).frames.tolist()
        except ClipError as error:
            return str(error)

    assert answer(lambda image: open_source(image, "clip")) == answer(ferviz.load_clip)


def test_of_a_moving_picture_the_frame_that_it_is_at_is_opened():
    file = io.BytesIO()
    pages = [Image.new("L", (4, 4), gray) for gray in (0, 200)]
    pages[0].save(file, "GIF", save_all=True, append_images=pages[1:])
    with Image.open(file) as image:
        image.seek(1)
        assert (open_source(image, "clip").frames == 200).all()


@pytest.mark.parametrize("name", ["Patch", "Frames"])
def test_a_page_does_not_name_a_file_of_ones_own(name, tmp_path):
    path = tmp_path / "jane-doe-at-home.png"
    path.write_bytes(png())
    explorer = SOURCES[name](path)
    try:
        assert explorer.sheet()["source"] == "your own clip"
        assert "jane-doe" not in (explorer.page(own=True) if name == "Frames" else str(explorer._unsaved))
    finally:
        explorer.close()


@pytest.mark.parametrize(("name", "kind"), TAKEN)
def test_every_kind_of_source_is_taken_shown_and_not_saved(name, kind, tmp_path):
    explorer = SOURCES[name](RIGHT[kind](tmp_path))
    try:
        assert (explorer.error, explorer.private, explorer.source, explorer.foot.own) == ("", True, OWN, True)
        assert "(clip" in explorer.code()
        assert explorer.stage.picture["own"] is False
        state = explorer.stage.answer["state"]
        assert state[explorer.FIELD] == getattr(explorer.State, explorer.FIELD)
        # a row of zeros says nothing of a person, and lies in what others have saved
        shown = [part for part in buffers_of(explorer._unsaved) if len(part) > 64 and any(part)]
        public = buffers_of(explorer.stage.picture) + buffers_of(explorer.stage.answer)
        private = [part for part in shown if part not in public]
        saved = saved_bytes()
        assert private
        assert all(part in saved for part in public)  # the search finds what is there
        assert not any(part in saved for part in private)
    finally:
        explorer.close()


@pytest.mark.parametrize("wrong", WRONG.values(), ids=WRONG)
@pytest.mark.parametrize("name", SOURCES)
def test_every_other_kind_is_refused_in_words_that_say_what_fits(name, wrong):
    field = getattr(explorers, name).FIELD
    got = type(wrong).__name__
    with pytest.raises(TypeError, match=rf"^{field} must be .*a sample's name, a path, .* or a Clip; got {got}$"):
        SOURCES[name](wrong)


@pytest.mark.parametrize("name", SOURCES)
def test_a_file_there_is_not_is_said_and_no_sample_is_shown_instead(name, tmp_path):
    for missing in (tmp_path / "none.png", str(tmp_path / "none.png"), "holiday"):
        with pytest.raises(FileNotFoundError, match=r"there is no such file; .* may also be a sample: .*astronaut"):
            SOURCES[name](missing)


@pytest.mark.parametrize("name", SOURCES)
def test_bytes_that_are_no_picture_are_said(name):
    with pytest.raises(ClipError, match="no picture, film or sound"):
        SOURCES[name](b"hello, I am no picture")
    with pytest.raises(ClipError, match="it is empty"):
        SOURCES[name](b"")


@pytest.mark.parametrize("name", SOURCES)
def test_an_error_leaves_no_widget_behind(name):
    before = len(ipywidgets.widgets.widget._instances)
    sound = Clip(np.zeros((0, 0, 0, 3), np.uint8), np.zeros(0), audio=np.zeros(8, np.float32), sample_rate=8)
    for wrong in (7, b"no", sound):
        with pytest.raises((TypeError, ValueError)):
            SOURCES[name](wrong)
    assert len(ipywidgets.widgets.widget._instances) == before


@settings(max_examples=150, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    st.one_of(
        st.none(), st.booleans(), st.integers(), st.floats(), st.complex_numbers(), st.text(), st.binary(max_size=64),
        st.lists(st.integers(), max_size=3), st.dictionaries(st.text(), st.integers(), max_size=2), st.datetimes(),
    )
)  # fmt: skip
def test_whatever_comes_becomes_a_clip_a_samples_name_or_an_error_that_says_what_fits(given_thing):
    known = {one.name for one in samples()}
    try:
        opened = open_source(given_thing, "clip")
    except (ValueError, FileNotFoundError) as error:
        said, fits = str(error), isinstance(given_thing, str | bytes)
    except TypeError as error:
        said, fits = str(error), str(error).startswith("clip must be a sample's name, a path")
    else:
        said, fits = "a clip", isinstance(opened, Clip) or opened in known
    assert said
    assert fits


@pytest.mark.parametrize("name", SOURCES)
def test_another_source_can_be_taken_later_and_the_sample_comes_back(name, tmp_path):
    with_sample = SOURCES[name]("surprise-still")
    explorer = with_sample
    assert (explorer.private, explorer.source) == (False, "surprise-still")
    assert "('surprise-still'" in explorer.code()
    explorer.take(on_disk(tmp_path))
    assert (explorer.private, explorer.source) == (True, OWN)
    explorer._received_below(explorer.foot, {"act": "sample"}, [])
    assert (explorer.error, explorer.private, explorer.source) == ("", False, "surprise-still")
    explorer.take("fear-still")
    assert explorer.source == "fear-still"
    before = explorer.describe()
    with pytest.raises(TypeError, match="must be .*; got int"):
        explorer.take(7)
    assert (explorer.source, explorer.describe()) == ("fear-still", before)
    explorer.close()


@pytest.mark.parametrize("name", SOURCES)
def test_ones_own_cannot_be_named_before_there_is_one_nor_given_twice(name):
    explorer = SOURCES[name]("surprise-still")
    field = explorer.FIELD
    with pytest.raises(ValueError, match=f"{field} must be a sample's name.*: there is no picture of your own yet"):
        explorer.show(**{field: OWN})
    with pytest.raises(ValueError, match=f"^{field} must be one of .*; got 'holiday'"):
        explorer.show(**{field: "holiday"})
    explorer.close()


@pytest.mark.parametrize("name", SOURCES)
def test_the_sample_brought_back_from_python_is_answered_and_nothing_of_ones_own_is_kept(name):
    explorer = SOURCES[name]("surprise-still")
    explorer.take(own_picture())
    shown = [part for part in buffers_of(explorer._unsaved) if len(part) > 64 and any(part)]
    explorer._act("sample")
    assert explorer._unsaved == {}  # before it is answered
    explorer.take(own_picture())
    explorer.act("sample")
    told, page = explorer.stage.answer, frozen(explorer.model_id)
    assert (told["state"], told["text"], told["turn"]) == (asdict(explorer.state), explorer.describe(), explorer._turn)
    assert explorer._unsaved == {}  # what a page holds, and a view that is opened is told
    public = buffers_of(explorer.stage.picture) + buffers_of(told)
    private = [base64.b64encode(part).decode() for part in shown if part not in public]
    assert private
    assert base64.b64encode(max(buffers_of(told), key=len)).decode() in page  # the search finds what is there
    assert not any(part in page for part in private)
    explorer.close()


DOERS = [
    (name, method)
    for name, one in CLASSES.items()
    for method, function in vars(one).items()
    if not method.startswith("_") and not hasattr(explorers.Explorer, method)
    if inspect.isfunction(function) and str(inspect.signature(function)) == "(self) -> 'None'"
]
"""Methods that do what a button does."""


def test_the_methods_that_do_what_a_button_does_are_found():
    assert {("Frames", "search"), ("Heads", "explain"), ("Viewers", "fit"), ("FaceLab", "make_clip")} <= set(DOERS)


@pytest.mark.parametrize(("name", "method"), DOERS)
def test_what_a_button_does_is_answered_when_it_is_called_from_python(name, method, monkeypatch):
    monkeypatch.setattr(explorers.FaceLab, "_make_clip", lambda lab: None)  # it takes half a minute
    explorer = SOURCES[name]("surprise-moving") if name in SOURCES else CLASSES[name]()
    before = explorer.stage.answer["turn"]
    getattr(explorer, method)()
    told = explorer.stage.answer
    assert told["turn"] == explorer._turn > before
    assert (told["state"], told["text"]) == (asdict(explorer.state), explorer.describe())
    explorer.close()


def test_a_page_holds_the_place_that_came_with_its_button(monkeypatch):
    explorer, pages = SOURCES["Statistics"]("surprise-moving"), []
    monkeypatch.setattr(explorers.Statistics, "hand_over", lambda _, name, data, kind: pages.append(data.decode()))
    explorer._received(explorer.stage, {"act": "page", "wish": {"frame": 2, "channel": 5}}, [])
    assert explorer.error == ""
    (traits,) = (line for line in pages[0].splitlines() if line.startswith("const TRAITS = "))
    state = json.loads(traits.removeprefix("const TRAITS = ").removesuffix(";"))["answer"]["state"]
    assert (state["frame"], state["channel"]) == (2, 5)
    explorer.close()


def test_a_source_given_twice_is_refused():
    with pytest.raises(TypeError, match="got multiple values for argument 'clip'"):
        explorers.Patch("astronaut", clip="astronaut")


def test_a_picture_that_cannot_be_computed_leaves_the_one_before(tmp_path):
    explorer = explorers.Patch()
    explorer.take(own_picture())
    held, before = explorer.looked(), explorer.describe()
    explorer.compute = lambda state: 1 / 0
    with pytest.raises(ZeroDivisionError):
        explorer.take(np.ascontiguousarray(own_picture()[:, ::-1]))
    assert explorer.looked() is held
    assert explorer.describe() == before
    explorer.close()


@pytest.mark.parametrize("name", SOURCES)
def test_nothing_of_a_file_that_was_refused_is_left_for_the_next(name):
    explorer, other = SOURCES[name]("surprise-still"), np.ascontiguousarray(own_picture()[:, ::-1] // 2 + 40)
    compute = explorer.compute

    def refused(state):
        compute(state)
        raise ValueError("refused")

    explorer.compute = refused
    with pytest.raises(ValueError, match="refused"):
        explorer.take(own_picture())
    explorer.compute = compute
    explorer.take(other)
    fresh = SOURCES[name]("surprise-still")
    fresh.take(other)
    assert explorer.describe() == fresh.describe()
    assert explorer.source == OWN
    explorer.close()
    fresh.close()


# ---- models ----------------------------------------------------------------------------------------------------------

READERS = ("Patch", "CropLab", "FaceLab", "Twins", "Annotator")


class Bare(Model):
    """A model without labels."""


class Odd(Model):
    """A model with labels that no generator knows."""

    labels = ("happy", "sad")
    crop = Crop(48, 0.0)


def make(name: str, model: object) -> explorers.Explorer:
    return getattr(explorers, name)(model=model)


@pytest.mark.parametrize("name", READERS)
def test_a_model_is_taken_by_name_and_the_code_says_which(name):
    explorer = make(name, "mini-xception")
    assert "model" not in explorer.code()
    explorer.close()
    explorer = make(name, ferviz.load_model("mini-xception"))
    assert "model=model" in explorer.code()
    explorer.close()


@pytest.mark.parametrize("name", ["CropLab", "FaceLab", "Twins"])
def test_another_model_can_be_named(name):
    explorer = make(name, "lbp-attention")
    assert isinstance(explorer.model, LBPAttention)
    assert "model='lbp-attention'" in explorer.code()
    explorer.close()


class TwoHeads(MiniXception):
    """An age beside the emotion, and before it."""

    def __init__(self) -> None:
        super().__init__()
        self.labels = {"age": None, "emotion": ferviz.load_model("mini-xception").labels}

    def forward(self, gray):
        return {"age": gray.mean((1, 2, 3)), "emotion": super().forward(gray)}


@pytest.mark.parametrize("name", READERS)
def test_of_several_heads_the_emotions_are_shown_by_their_own_names(name):
    model, alone = TwoHeads().eval(), ferviz.load_model("mini-xception")
    model.load_state_dict(alone.state_dict())
    told = []
    for each in (model, alone):
        explorer = make(name, each)
        told.append(explorer.describe())
        explorer.close()
    assert told[0] == told[1]


@pytest.mark.parametrize("name", READERS)
def test_a_model_that_does_not_fit_is_said_in_words(name):
    for wrong in (nn.Identity(), 7, None, MODEL_CLASS := type("M", (), {})):
        got = type(wrong).__name__
        with pytest.raises(TypeError, match=rf"model must be a ferviz Model or the name of one \(mini-.*got {got}"):
            make(name, wrong)
    assert MODEL_CLASS
    with pytest.raises(ValueError, match="^model must be one of mini-xception.*; got 'mini'"):
        make(name, "mini")
    with pytest.raises(ValueError, match="model must read each face by itself.*FrameAttention reads whole clips"):
        make(name, seeded("self"))
    with pytest.raises(ValueError, match="model must have a head 'emotion' with labels; Bare has no head"):
        make(name, Bare())


def test_a_model_without_class_maps_is_refused_where_they_are_drawn():
    with pytest.raises(ValueError, match=r"the quantity class_map \(emotion, y, x\); .* of LBPAttention: .*mask"):
        make("Patch", "lbp-attention")


def test_labels_that_the_generator_does_not_know_are_refused_where_they_are_the_words():
    with pytest.raises(ValueError, match="model must have labels of anger, .*; got happy, sad"):
        make("Annotator", Odd())


def test_frames_takes_networks_by_name_by_object_and_several():
    one = explorers.Frames(models="fan-self")
    assert one.variants == ("self",)
    assert one.code() == "ferviz.explorers.Frames('surprise-degraded', models='fan-self', variant='self')"
    both = explorers.Frames(models={"self": "fan-self", "pool": seeded("pool")})
    assert both.variants == ("self", "pool")
    for explorer in (one, both):
        explorer.close()
    with pytest.raises(TypeError, match="models must be a FrameAttention or the name of one; got LBPAttention"):
        explorers.Frames(models="lbp-attention")
    with pytest.raises(TypeError, match="models must be a FrameAttention or the name of one; got int"):
        explorers.Frames(models=7)


# ---- names -----------------------------------------------------------------------------------------------------------


OLD = {"PatchExplorer": "Patch", "CropExplorer": "CropLab", "MasksExplorer": "Masks"}


@pytest.mark.parametrize(("old", "new"), OLD.items())
def test_an_old_name_works_and_says_the_new_one(old, new):
    with pytest.warns(DeprecationWarning, match=f"ferviz.explorers.{old} is called {new} now"):
        assert getattr(explorers, old) is getattr(explorers, new)


def test_a_class_is_called_what_a_person_calls_it():
    assert not [name for name in (*SOURCES, *SYNTHETIC) if name.endswith("Explorer")]
    with pytest.raises(AttributeError, match="No ferviz.explorers attribute Compass"):
        _ = explorers.Compass
