"""What comes from outside into an explorer is of the right kind, or is refused in words that name the field.

The cases are made from each state's dataclass: an explorer more, or a field more, needs no row here.
"""

from __future__ import annotations

import io
import math
import re
import warnings
from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass, fields
from importlib.resources import files
from types import UnionType
from typing import Any, Literal, Union, get_args, get_origin, get_type_hints

import ipywidgets
import numpy as np
import pytest
from PIL import Image

from ferviz import explorers
from ferviz.clip import Clip, Crop
from ferviz.explorers.shared.base import STAYS
from ferviz.explorers.shared.items import Items
from ferviz.explorers.shared.items_panel import ItemsState
from ferviz.explorers.shared.state import WrongKindError, fitting
from ferviz.explorers.shared.words import called, counted
from tests.explorers.test_explorers import upload
from tests.explorers.test_items import LABELS, REGIONS, Mean
from tests.explorers.test_sources import CLASSES, SOURCES, own_picture, small_lbp

WRONG: dict[str, Any] = {
    "word": "no such",
    "none": None,
    "truth": True,
    "number": 0.5,
    "far": 1e12,
    "below": -(10**9),
    "nan": math.nan,
    "infinity": math.inf,
    "NumPy's nan": np.float32("nan"),
    "complex": 1j,
    "list": ["no such"],
    "rows": [[0.5, None]],
    "mapping": {"no such": 1},
    "nested": {"a": "b"},
    "bytes": b"x",
    "array": np.zeros((2, 2)),
    "object": object(),
}
FITS: dict[type, tuple[str, ...]] = {
    bool: ("truth",),
    int: ("below",),
    float: ("number", "far", "below"),
    str: ("word",),
}
"""Which of these are of the declared kind, so that the explorer's own check of the value decides."""
STATES = {
    name: one.State for name, one in CLASSES.items() if hasattr(one, "State") and name != "ItemsExplorer"
} | {"ItemsExplorer": ItemsState}
CASES = [(name, field.name) for name, state in STATES.items() for field in fields(state)]
MADE: dict[str, explorers.Explorer] = {}


def make(name: str, source: Any = "surprise-still", **state: Any) -> explorers.Explorer:
    if name == "ItemsExplorer":
        return explorers.ItemsExplorer(Items("region", REGIONS, LABELS, Mean(6)), **state)
    if name == "Masks":
        return explorers.Masks(source, small_lbp(), **{"panel": "field", **state})
    return SOURCES[name](source, **state) if name in SOURCES else CLASSES[name](**state)


@pytest.fixture(scope="module", autouse=True)
def _explorers() -> Iterator[None]:
    yield
    for one in MADE.values():
        one.close()
    MADE.clear()


def made(name: str) -> explorers.Explorer:
    if name not in MADE:
        MADE[name] = make(name)
    return MADE[name]


def may_fit(hint: Any, wrong: str) -> bool:
    """Whether a case is of the kind that a field is declared as."""
    if get_origin(hint) in (Union, UnionType):
        return any(wrong == "none" if one is type(None) else may_fit(one, wrong) for one in get_args(hint))
    if get_origin(hint) is Literal:
        return wrong == "word"
    if get_origin(hint) is Mapping:
        return wrong == "mapping"
    return hint in FITS and wrong in FITS[hint]


TABS = [(name, tab) for name, state in STATES.items() for tab in get_args(get_type_hints(state).get("tab"))]


@pytest.mark.parametrize(("name", "tab"), TABS)
def test_the_line_of_code_and_what_is_saved_name_the_tab_that_is_open(name, tab):
    explorer = made(name)
    before = explorer.state.tab
    explorer.show(tab=tab)
    assert (f"tab={tab!r}" in explorer.code()) is (tab != explorer.State.tab)
    told = explorer._unsaved.get("answer") or explorer.stage.answer
    assert told["state"]["tab"] == tab
    explorer.show(tab=before)


def test_every_explorer_with_views_has_its_tab_in_the_state():
    with_views = {name for name in STATES if "keptTabs(" in script_of(CLASSES[name])}
    assert with_views == {name for name, _ in TABS}
    assert len(with_views) == 7


def script_of(explorer: type[explorers.Explorer]) -> str:
    """An explorer's own script."""
    place = explorer.SCRIPT or f"{explorer.NAME}/stage"
    return (files("ferviz.explorers") / f"{place}.js").read_text("utf-8")


def test_every_explorer_has_its_states_looked_at():
    assert set(STATES) == set(CLASSES) - {"Explorer"}
    assert len(CASES) * len(WRONG) > 900


@pytest.mark.parametrize(("name", "field"), CASES)
def test_a_field_of_another_kind_is_refused_in_words_and_nothing_changes(name, field, monkeypatch):
    explorer = made(name)
    amiss = {wrong: said for wrong in WRONG if (said := what_is_amiss(explorer, field, wrong, monkeypatch))}
    assert amiss == {}


def what_is_amiss(explorer: explorers.Explorer, field: str, wrong: str, monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """What does not hold when a field is set to a value: it is taken if its kind may be, else refused in words."""
    value, fits = WRONG[wrong], may_fit(get_type_hints(explorer.State)[field], wrong)
    before, view = explorer.state, explorer.view
    try:
        explorer.show(**{field: value})
    except Exception as error:  # noqa: BLE001 - whatever it is, the other values are looked at too
        refused, said = error, str(error)
    else:
        explorer.show(**asdict(before))
        return [] if fits else ["it was taken"]
    stands = [(explorer.state, explorer.view) == (before, view)]
    with monkeypatch.context() as quiet:  # the view that stands need not be drawn for each refusal
        quiet.setattr(type(explorer), "_answer", lambda *_: None)
        explorer._received(explorer.stage, {"wish": {field: value}, "client": "me", "sequence": 1}, [])
    stands.append((explorer.state, explorer.view) == (before, view))
    holds = {
        "an error of the right class": isinstance(refused, ValueError if fits else (TypeError, ValueError)),
        "no raw error of Python's": isinstance(refused, TypeError) == isinstance(refused, WrongKindError),
        "the field's name first": said.startswith(field),
        "what it must be": " must " in said,
        "few words": len(said) < 1200,
        "state and view stay": all(stands),
        "a browser is told the same": explorer.error == said,
    }
    return [f"{what} (got {refused!r:.200})" for what, held in holds.items() if not held]


@pytest.mark.parametrize("name", STATES)
def test_a_constructor_refuses_it_alike_and_leaves_no_widget_behind(name):
    before = len(ipywidgets.widgets.widget._instances)
    for field in fields(STATES[name]):
        if field.name == getattr(CLASSES[name], "FIELD", ""):
            continue  # its constructor takes anything that can be looked at
        with pytest.raises(TypeError, match=rf"^{field.name} must be "):
            make(name, **{field.name: object()})
        if name in SOURCES:
            with pytest.raises(TypeError, match=rf"^{field.name} must be "):
                make(name, own_picture(), **{field.name: object()})
    last = fields(STATES[name])[-1].name
    with pytest.raises(TypeError, match=rf"^{name} has no colour, shape: its state has .*{last}"):
        make(name, colour=3, shape="round")
    with pytest.raises(TypeError, match="^large must be True or False; got 'yes'"):
        make(name, large="yes")
    assert len(ipywidgets.widgets.widget._instances) == before


@pytest.mark.parametrize("name", SOURCES)
def test_a_value_that_ones_own_picture_does_not_have_leaves_no_widget_behind(name):
    numbers = {"Patch": {"frame": 9}, "CropLab": {"face": 9}, "LBPStepper": {"row": 999}, "Frames": {"frame": 9}}
    numbers["TwoStreams"] = {"second": 9}
    before = len(ipywidgets.widgets.widget._instances)
    with pytest.raises(ValueError, match="must .*; got 9+"):
        make(name, own_picture(), **numbers.get(name, {"frame": 9}))
    assert len(ipywidgets.widgets.widget._instances) == before


@pytest.mark.parametrize("name", STATES)
def test_a_message_of_another_kind_is_refused_in_words(name):
    explorer = made(name)
    number = "number must be (1 to \\d+|none: .* has no presets); got"
    for content, says in (
        ({"wish": 3}, "a wish must name fields of the state and their values; got 3"),
        ({"wish": {"colour": 1}}, f"{name} has no colour: its state has "),
        ({"act": 3}, "name must be .*; got 3"),
        ({"act": ["sample"]}, r"name must be .*; got \['sample'\]"),
        ({"preset": 0}, f"{number} 0"),
        ({"preset": 99}, f"{number} 99"),
        ({"preset": "a"}, "TypeError: number must be a whole number; got 'a'"),
    ):
        before = explorer.state
        explorer._received(explorer.stage, {**content, "client": "me", "sequence": 1}, [])
        assert re.match(says, explorer.error), explorer.error
        assert explorer.state == before
    for number in ("a", True, 1.0):
        with pytest.raises(TypeError, match="number must be a whole number; got"):
            explorer.preset(number)


def test_numbers_of_numpy_and_lists_are_taken_in_as_pythons_own():
    explorer = explorers.Patch(x=np.float32(0.5), frame=np.int64(0), lifted=np.True_, label=np.str_("fear"))
    state = asdict(explorer.state)
    kinds = {name: type(state[name]) for name in ("frame", "x", "lifted", "label")}
    assert kinds == {"frame": int, "x": float, "lifted": bool, "label": str}
    explorer.close()
    frames = made("Frames")
    frames.show(order=np.array([0, 0]), dropped=[1])
    assert (frames.state.order, frames.state.dropped) == ((0, 0), (1,))
    frames.show(order=None, dropped=())


@dataclass(frozen=True)
class Odd:
    odd: set[int]
    place: tuple[str, int] | tuple[str, float, float]


def test_of_tuples_the_one_of_the_same_length_says_what_is_wrong():
    with pytest.raises(WrongKindError, match=r"^place\[1\] must be a number; got 'a'"):
        fitting(Odd, {"place": ("x", "a", 0.2)}, "Odd")
    with pytest.raises(ValueError, match=r"^place must hold 2 or 3 values; got \('x',\)"):
        fitting(Odd, {"place": ("x",)}, "Odd")
    assert fitting(Odd, {"place": ["x", 3]}, "Odd") == {"place": ("x", 3)}


def test_a_kind_of_field_that_nobody_has_taught_is_said():
    with pytest.raises(NotImplementedError, match=r"the state's field odd is declared as set\[int\]"):
        fitting(Odd, {"odd": {1}}, "Odd")


# ---- sources and uploads ---------------------------------------------------------------------------------------------


def png(picture: np.ndarray) -> bytes:
    file = io.BytesIO()
    Image.fromarray(picture).save(file, "PNG")
    return file.getvalue()


def clear() -> np.ndarray:
    picture = own_picture()
    return np.dstack([picture, np.zeros(picture.shape[:2], np.uint8)])


def graded() -> np.ndarray:
    return np.ascontiguousarray(np.broadcast_to((np.arange(300) // 2).astype(np.uint8)[:, None], (300, 300, 3)))


UNFIT = {
    "one pixel": (
        lambda: png(np.zeros((1, 1, 3), np.uint8)),
        r"no face of at least 40 px fits into upload \(1 frame of 1×1\): take a larger picture",
    ),
    "transparent": (
        lambda: png(clear()),
        r"no face found in upload .*: it is all one colour \(what is transparent is laid over white\)",
    ),
    "no face": (
        lambda: png(graded()),
        r"no face found in upload .*\. Try a larger or brighter picture with the face uncovered and upright "
        r"\(quarter turns were tried\)",
    ),
    "text": (lambda: b"hello", "upload: it cannot be opened .*"),
    "nothing": (lambda: b"", r"upload: it is empty \(0 bytes\)"),
}  # fmt: skip


@pytest.mark.parametrize("what", UNFIT)
@pytest.mark.parametrize("name", SOURCES)
def test_what_cannot_be_looked_at_is_said_with_advice_that_a_person_can_follow(name, what):
    data, says = UNFIT[what][0](), UNFIT[what][1]
    if name == "LBPStepper" and what in ("one pixel", "transparent", "no face"):
        return  # it takes the middle of a picture without a face, and says so
    with pytest.raises(ValueError, match=f"^{says}$"):
        make(name, data)
    explorer = made(name)
    before, words = explorer.state, explorer.describe()
    upload(explorer, data)
    assert re.fullmatch(rf"{says}\. {re.escape(STAYS)}", explorer.error), explorer.error
    assert (explorer.state, explorer.describe(), explorer.private) == (before, words, False)
    assert not re.search("minimum=|detector=|a smaller minimum", explorer.error)


@pytest.mark.parametrize("name", SOURCES)
def test_an_empty_string_is_no_source_and_errors_name_the_argument_that_was_used(name):
    field = CLASSES[name].FIELD
    for wrong, says in (
        ("", "must be .*a sample's name, a path, .*; got an empty string"),
        (np.zeros(4), r"must have shape \(H, W\)"),
        (np.full((40, 40, 3), np.nan), "must be finite; got NaN or infinity"),
        (io.StringIO("x"), "must be a path, bytes, a file opened with 'rb'"),
    ):
        with pytest.raises((TypeError, ValueError), match=f"^{field} {says}"):
            make(name, wrong)
        with pytest.raises((TypeError, ValueError), match=f"^{field} {says}"):
            made(name).take(wrong)
    with pytest.raises(TypeError, match=rf"^{field} must be a sample's name.*, and take\(\) looks at everything else"):
        made(name).show(**{field: own_picture()})


def test_errors_name_the_models_argument_as_it_was_called():
    with pytest.raises(ValueError, match="^models must be one of mini-xception.*; got 'mini'"):
        explorers.Frames(models="mini")
    with pytest.raises(ValueError, match=r"^models\['self'\] must be one of mini-xception.*; got 'mini'"):
        explorers.Frames(models={"self": "mini"})
    with pytest.raises(ValueError, match="^model must be one of mini-xception.*; got 'mini'"):
        explorers.Masks(model="mini")


@pytest.mark.parametrize("name", SOURCES)
def test_a_clip_that_was_cut_in_another_way_is_said_once(name):
    crop = Crop(300, 0.1)
    clip = Clip(own_picture()[None], np.zeros(1), crop=crop)
    with warnings.catch_warnings(record=True) as said:
        warnings.simplefilter("always")
        explorer = make(name, clip)
        for preset in explorer.PRESETS.values():
            own = (explorer.FIELD, *explorer.FRESH)  # of the preset's own source
            explorer.show(**{key: value for key, value in preset.items() if key not in own})
        explorer.close()
    once = 0 if name in ("CropLab", "LBPStepper") else 1  # these cut the face out themselves, or read no network
    assert len([one for one in said if "was cut with margin 0.1" in str(one.message)]) == once


SHOW_FRAMES = ("Frames", "Heads", "Masks", "Patch", "CropLab", "LBPStepper", "Regions", "Statistics", "TwoStreams")


@pytest.mark.parametrize("name", SHOW_FRAMES)
def test_one_frame_is_not_called_frames(name):
    explorer = make(name, "surprise-still")
    told = [*explorer.stage.answer.values(), *explorer.stage.picture.values()]
    said = " ".join([explorer.describe(), *map(str, told)])
    assert not re.search(r"(?<![\d.])1 (frames|faces|items|places|people|pixels|clips)\b", said)
    explorer.close()


def test_a_count_and_its_noun():
    assert [counted(count, "frame") for count in (0, 1, 2)] == ["0 frames", "1 frame", "2 frames"]


def test_only_an_error_about_the_argument_itself_is_given_another_name():
    with pytest.raises(ValueError, match="^clip must be small"), called("clip", within="source"):
        raise ValueError("source must be small")
    with pytest.raises(ValueError, match="^sources must be small"), called("clip", within="source"):
        raise ValueError("sources must be small")
