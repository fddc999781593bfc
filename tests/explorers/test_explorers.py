"""The explorers without a browser: state, view, sentence, code, errors, and what a saved notebook would hold."""

from __future__ import annotations

import base64
import io
import json
from dataclasses import asdict, dataclass

import ipywidgets
import numpy as np
import pytest
import torch
from PIL import Image

import ferviz
from ferviz.clip import Clip
from ferviz.explorers import CropLab, Explorer, Patch
from ferviz.explorers.patch.explorer import nice
from ferviz.explorers.shared.scripts import floats, pack
from ferviz.explorers.shared.upload import MAX_UPLOAD
from ferviz.flat import is_flat
from ferviz.scores.covering import cover, filling


@dataclass(frozen=True)
class DialState:
    turn: int = 0

    def __post_init__(self) -> None:
        if self.turn < 0:
            raise ValueError(f"turn must be 0 or more; got {self.turn}")


class Dial(Explorer):
    """The smallest explorer: it doubles a number."""

    NAME = "patch"  # any script will do: no browser looks at it
    TITLE = "Dial"
    PRESETS = {"one": {"turn": 1}, "nine": {"turn": 9}}
    State = DialState
    seen: tuple[bytes, str] = (b"", "")

    def compute(self, state):
        if state.turn == 13:
            raise RuntimeError("the dial is stuck")
        return 2 * state.turn

    def describe(self):
        return f"twice the turn is {self.view}"

    def drawing(self, view):
        return {"double": view, "array": floats([view])}

    def opened(self, data, name):
        self.seen = (data, name)


def sent(explorer: Explorer) -> list[tuple[dict, list]]:
    """Collect the messages that would go to the browser."""
    messages: list[tuple[dict, list]] = []
    for part in (explorer.stage, explorer.foot):
        part.send = lambda content, buffers=None: messages.append((content, list(buffers or [])))
    return messages


def wish(explorer: Explorer, sequence: int = 1, **changes: object) -> None:
    explorer._received(explorer.stage, {"wish": changes, "client": "me", "sequence": sequence}, [])


def upload(explorer: Explorer, data: bytes, name: str = "me.png", part: int = 2**20) -> None:
    for start in range(0, max(1, len(data)), part):
        content = {"upload": {"id": 1, "name": name, "total": len(data), "start": start}}
        explorer._received_below(explorer.foot, content, [memoryview(data)[start : start + part]])


def own_picture() -> tuple[bytes, np.ndarray]:
    """A photo that is not the bundled one: mirrored and lighter."""
    frame = np.ascontiguousarray(255 - (255 - ferviz.sample("astronaut").frames[0][:, ::-1]) // 2)
    file = io.BytesIO()
    Image.fromarray(frame).save(file, "PNG")
    return file.getvalue(), frame


@pytest.fixture(scope="module")
def model():
    return ferviz.load_model("mini-xception")


@pytest.fixture
def patch(model) -> Patch:
    return Patch(model=model)


# ---- the base --------------------------------------------------------------------------------------------------------


def test_a_state_leads_to_a_view_a_sentence_and_a_line_of_code():
    dial = Dial(turn=3)
    assert dial.view == 6
    assert dial.describe() == "twice the turn is 6"
    assert dial.code() == "ferviz.explorers.Dial(turn=3)"
    assert dial.stage.answer["double"] == 6
    assert dial.stage.answer["state"] == {"turn": 3}
    assert np.frombuffer(dial.stage.answer["array"], "<f4") == [6]


def test_a_wish_is_answered_with_its_number_even_when_it_fails():
    dial = Dial()
    for sequence, turn in ((1, 4), (2, 13), (3, -1)):
        wish(dial, sequence, turn=turn)
        assert (dial.stage.answer["client"], dial.stage.answer["sequence"]) == ("me", sequence)
    assert dial.state.turn == 4
    assert dial.view == 8


def test_view_text_error_and_number_reach_the_browser_in_one_message():
    dial = Dial()
    together: list[set[str]] = []
    dial.stage.send_state = lambda key=None: together.append(set(key))
    wish(dial, 7, turn=13)
    assert together == [{"answer", "error"}]


def test_an_error_in_a_callback_is_said_and_its_traceback_kept_until_the_next_one_succeeds():
    dial = Dial()
    wish(dial, turn=13)
    assert dial.error == "RuntimeError: the dial is stuck"
    assert dial.stage.error == dial.error
    assert "in compute" in dial.traceback
    wish(dial, turn=-1)
    assert dial.error == "turn must be 0 or more; got -1"
    wish(dial, turn=2)
    assert (dial.error, dial.traceback) == ("", "")


def test_an_unknown_field_of_a_wish_is_an_error_and_not_a_crash():
    dial = Dial()
    wish(dial, twist=3)
    assert "twist" in dial.error


def test_a_control_and_the_state_follow_each_other():
    slider = ipywidgets.IntSlider(min=0, max=20)
    dial = type("Dial", (Dial,), {"controls": lambda self: {"turn": slider}})(turn=5)
    assert slider in dial.children[1].children
    assert slider.value == 5
    slider.value = 7
    assert (dial.state.turn, dial.view) == (7, 14)
    dial.show(turn=2)
    assert slider.value == 2
    slider.value = 13
    assert dial.error == "RuntimeError: the dial is stuck"


def test_a_float_that_a_slider_sends_back_a_hair_off_is_no_news():
    slider = ipywidgets.FloatSlider(min=0, max=1, step=0.01)
    explorer = Patch(size=0.4)
    explorer.bind(slider, "size")
    slider.value = 0.3999999999999999
    assert explorer.state.size == 0.4


def test_a_failing_button_is_said():
    dial, button = Dial(), ipywidgets.Button()
    dial.listen(button, lambda _: 1 / 0)
    button.click()
    assert dial.error == "ZeroDivisionError: division by zero"


def test_show_from_a_cell_raises_to_the_person_and_leaves_the_view():
    dial = Dial(turn=1)
    with pytest.raises(ValueError, match="turn must be 0 or more; got -4"):
        dial.show(turn=-4)
    assert dial.view == 2


def test_presets_are_numbered_from_one():
    dial = Dial()
    dial.preset(2)
    assert dial.state.turn == 9
    dial._received(dial.stage, {"preset": 1, "client": "me", "sequence": 0}, [])
    assert dial.state.turn == 1
    with pytest.raises(ValueError, match="number must be 1 to 2; got 3"):
        dial.preset(3)


def test_large_type_is_a_toggle_and_part_of_the_code():
    dial = Dial(large=True)
    assert "ferviz-large" in dial._dom_classes
    assert dial.code() == "ferviz.explorers.Dial(large=True)"
    dial._received(dial.stage, {"large": False, "client": "me", "sequence": 0}, [])
    assert "ferviz-large" not in dial._dom_classes
    assert not dial.stage.large


def test_an_upload_in_parts_arrives_whole():
    dial = Dial()
    messages = sent(dial)
    upload(dial, b"0123456789", "ten.bin", part=4)
    assert dial.seen == (b"0123456789", "ten.bin")
    received = [{"id": 1, "received": count} for count in (4, 8, 10)]
    assert [content for content, _ in messages] == [*received, {"done": 1}]


def test_an_upload_out_of_order_or_too_large_is_refused():
    dial = Dial()
    for start in (0, 5):
        part = {"id": 1, "name": "a.mp4", "total": 9, "start": start}
        dial._received_below(dial.foot, {"upload": part}, [b"four"])
    assert dial.error == "the upload arrived in the wrong order; please choose it again. What was shown before stays."
    large = {"id": 2, "name": "a.mp4", "total": 2 * MAX_UPLOAD, "start": 0}
    dial._received_below(dial.foot, {"upload": large}, [b"a"])
    assert dial.error == "the upload has 600 MB; at most 300 MB fit. What was shown before stays."


@pytest.mark.parametrize("part", [5, {}, {"id": 1}, {"id": 1, "name": "a", "total": None, "start": 0}])
def test_what_is_no_part_of_an_upload_is_said(part):
    dial = Dial()
    dial._received_below(dial.foot, {"upload": part}, [b"a"])
    assert dial.error == "the upload did not arrive whole; please choose it again. What was shown before stays."


def test_a_file_that_is_chosen_while_another_is_on_its_way_arrives_alone():
    dial = Dial()
    messages = sent(dial)
    first, second = ({"id": name, "name": name, "total": 4} for name in ("first", "second"))
    for part, start in ((first, 0), (second, 0), (first, 2), (second, 2), (first, 2)):
        dial._received_below(dial.foot, {"upload": {**part, "start": start}}, [part["name"][start:][:2].encode()])
    assert dial.error == ""
    assert dial.seen == (b"seco", "second")
    assert [content for content, _ in messages] == [
        {"id": "first", "received": 2},
        {"id": "second", "received": 2},
        {"id": "second", "received": 4},
        {"done": "second"},
    ]


@pytest.mark.parametrize(
    ("method", "arguments", "message"),
    [
        ("compute", (None,), "Dial must compute a view"),
        ("describe", (), "Dial must describe its view"),
        ("drawing", (None,), "Dial must say what the browser draws"),
        ("opened", (b"", ""), "Dial takes no upload"),
        ("still", (), "Dial must say what stays of its view"),
    ],
)
def test_what_a_subclass_must_say_is_named(method, arguments, message):
    with pytest.raises(NotImplementedError, match=message):
        getattr(Explorer, method)(Dial(), *arguments)


@pytest.fixture
def three_threads():
    before = torch.get_num_threads()
    torch.set_num_threads(3)
    yield
    torch.set_num_threads(before)


def test_every_callback_computes_in_one_thread_and_leaves_the_others_as_they_were(three_threads):
    threads = []

    class Counts(Dial):
        def compute(self, state):
            threads.append(torch.get_num_threads())
            return super().compute(state)

        def controls(self):
            return {"turn": ipywidgets.IntSlider(max=20)}

        def opened(self, data, name):
            self.show(turn=7)

    counts = Counts()
    counts._received(None, {"wish": {"turn": 2}}, [])
    counts._received(None, {"preset": 2}, [])
    counts._bound[0][0].value = 5
    whole = {"id": 1, "name": "a", "total": 1, "start": 0}
    counts._received_below(None, {"upload": whole}, [memoryview(b"x")])
    counts._received(None, {"wish": {"turn": 13}}, [])  # which raises
    assert counts.error
    assert threads == [3, 1, 1, 1, 1, 1]
    assert torch.get_num_threads() == 3


def test_buffers_leave_a_message_and_their_places_are_marked():
    buffers: list[bytes] = []
    packed = pack({"a": b"one", "b": [b"two", 3], "c": {"d": None}}, buffers)
    assert packed == {"a": {"buffer": 0}, "b": [{"buffer": 1}, 3], "c": {"d": None}}
    assert buffers == [b"one", b"two"]


# ---- What moves the answer? ------------------------------------------------------------------------------------------


def test_the_patch_covers_what_it_covers_and_mixes_pixels_at_its_edge():
    frame = np.full((4, 4, 3), 100, np.uint8)
    covered = cover(frame, np.zeros_like(frame), x=0.5, y=0.375, size=0.25)
    expected = np.full((4, 4), 100)
    expected[1, 1:3] = 50  # half a pixel on each side
    np.testing.assert_array_equal(covered[..., 0], expected)
    np.testing.assert_array_equal(cover(frame, np.zeros_like(frame), 0.5, 0.5, 1), 0)


def test_the_fills_are_the_mean_the_blur_and_black():
    frame = np.zeros((8, 8, 3), np.uint8)
    frame[:, :4] = (200, 100, 0)
    assert (filling(frame, "gray") == round(0.299 * 100 + 0.587 * 50)).all()  # one gray, though the picture is orange
    assert (filling(frame, "grey") == filling(frame, "gray")).all()
    assert (filling(frame, "black") == 0).all()
    assert 0 < filling(frame, "blur")[4, 4, 0] < 100


def test_the_view_equals_the_model_on_the_covered_face(patch, model):
    patch.show(x=0.4, y=0.6, size=0.5, fill="black")
    frame = patch.faces.frames[0]
    covered = cover(frame, np.zeros_like(frame), 0.4, 0.6, 0.5)
    seen = ferviz.observe(model, Clip(covered[None], np.zeros(1), crop=model.crop))
    np.testing.assert_allclose(patch.view.after, seen["emotion_probability"].values[0], atol=1e-6)
    np.testing.assert_allclose(patch.view.maps, seen["class_map"].values[0], atol=1e-5)
    np.testing.assert_allclose(patch.view.maps.mean((1, 2)), patch.view.logits, atol=1e-5)
    assert not np.allclose(patch.view.before, patch.view.after)


def test_a_lifted_patch_changes_nothing(patch):
    patch.show(lifted=True)
    np.testing.assert_array_equal(patch.view.before, patch.view.after)
    assert "no patch" in patch.describe()
    cells = patch.view.maps[patch.view.labels.index(patch.view.label)]
    assert np.unravel_index(cells.argmax(), cells.shape) == (0, 1)  # of 4: its middle lies at 38 % across
    assert "highest in the upper centre" in patch.describe()


def test_the_sentence_says_the_label_before_and_under_the_patch(patch):
    patch.preset(1)
    first, then = patch.view.before.argmax(), patch.view.after.argmax()
    labels = patch.view.labels
    change = f"{labels[first]} {patch.view.before[first]:.2f} → {labels[then]} {patch.view.after[then]:.2f}"
    assert patch.describe().startswith(f"label: {change} under a gray patch, 30% wide")
    assert patch.stage.answer["text"] == patch.describe()


def test_the_sweep_is_the_fall_of_the_label_at_each_place(patch):
    patch.show(map="sweep", size=0.25)
    label = patch.view.labels.index(patch.view.label)
    sweep = patch.view.sweep
    assert sweep.shape == (9, 9)
    patch.show(x=(2 + 0.5) / 9, y=(6 + 0.5) / 9)
    np.testing.assert_allclose(sweep[6, 2], patch.view.before[label] - patch.view.after[label], atol=1e-5)
    assert "falls most" in patch.describe()


def test_the_code_makes_the_same_view_again(patch, model):
    patch.show(x=0.3, fill="blur", label="fear", map="sweep")
    again = eval(patch.code(), {"ferviz": ferviz, "model": model})  # noqa: S307
    assert again.state == patch.state
    np.testing.assert_allclose(again.view.after, patch.view.after, atol=1e-6)


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"x": 1.5}, "x must lie between 0 and 1; got 1.5"),
        ({"size": 0.0}, "size must lie between 0.05 and 1; got 0.0"),
        ({"fill": "pink"}, "fill must be one of gray, blur, black; got 'pink'"),
        ({"map": "heat"}, "map must be 'class' or 'sweep'; got 'heat'"),
        ({"frame": -1}, "frame must be 0 or more; got -1"),
        ({"frame": 1}, "frame must be 0 to 0; got 1"),
        ({"label": "joy"}, "label must be one of anger, .*; got 'joy'"),
    ],
)
def test_a_choice_that_does_not_fit_is_named(patch, changes, message):
    with pytest.raises(ValueError, match=message):
        patch.show(**changes)


def test_a_frame_in_a_gap_says_why_and_shows_no_number(model):
    moving = Patch("astronaut-moving", model=model)
    gap = next(gap for gap in moving.faces.gaps if gap.stream == "frames")
    moving.show(frame=gap.start, map="sweep")
    assert moving.view.gap == gap.reason
    assert moving.describe() == f"Frame {gap.start} of {len(moving.faces)} cannot be used: {gap.reason}."
    assert moving.stage.answer["after"] == [None] * 7
    json.dumps({key: value for key, value in moving.stage.answer.items() if key != "map"}, allow_nan=False)


def test_a_map_that_hardly_differs_is_called_flat(patch):
    assert is_flat(np.full((4, 4), 3.0), 10)
    assert not is_flat(np.eye(4), 10)
    patch.seen["class_map"].values[:] = 2.5
    patch.show(lifted=True)
    assert "flat, 2.5 everywhere" not in patch.describe()  # the logits are what they were
    assert f"Class map of {patch.view.label}: flat" in patch.describe()
    assert patch.stage.answer["flat"]


def test_the_scale_is_one_for_all_labels_and_patches(patch):
    scales = []
    for label in patch.view.labels:
        patch.show(label=label, x=0.2)
        scales.append(patch.stage.answer["scale"])
    assert scales == [scales[0]] * len(scales)
    assert scales[0]["signed"]


@pytest.mark.parametrize(("value", "end"), [(0.0, 1.0), (0.11, 0.15), (1.0, 1.0), (7.1, 8.0), (83.0, 100.0)])
def test_the_end_of_a_scale_is_a_round_number(value, end):
    assert nice(value) == pytest.approx(end)


# ---- one's own picture -----------------------------------------------------------------------------------------------


def saved_bytes() -> bytes:
    """All that a saved notebook would hold of all widgets: text, and every buffer decoded."""
    state = json.loads(json.dumps(ipywidgets.Widget.get_manager_state()))
    buffers = [base64.b64decode(b["data"]) for w in state["state"].values() for b in w.get("buffers", [])]
    return json.dumps(state).encode() + b"".join(buffers)


@pytest.mark.parametrize("kind", [Patch, CropLab])
def test_an_upload_is_shown_and_never_enters_the_saved_state(kind, model):
    explorer = kind(model=model)
    picture_before, answer_before = explorer.stage.picture, explorer.stage.answer
    messages = sent(explorer)
    data, frame = own_picture()
    upload(explorer, data)
    assert explorer.error == ""
    assert explorer.private
    np.testing.assert_array_equal(explorer.clip.frames[0], frame)
    told = [name for content, _ in messages for name in content]
    assert told[-3:] == ["picture", "answer", "done"]
    wish(explorer, **({"x": 0.4} if kind is Patch else {"margin": 0.1}))
    assert next(iter(messages[-1][0])) == "answer"
    assert messages[-1][0]["answer"]["sequence"] == 1

    assert explorer.stage.picture is picture_before
    assert explorer.stage.answer is answer_before
    assert not picture_before["own"]
    saved = saved_bytes()
    of_sample: list[bytes] = []
    pack(picture_before, of_sample)
    assert all(buffer in saved for buffer in of_sample)  # the search finds what is there
    shown = next(buffers for content, buffers in messages if "picture" in content)
    of_upload = [buffer for buffer in shown if buffer not in of_sample]  # a black patch is black on both
    assert len(of_upload) >= len(of_sample) - 1
    assert not any(buffer in saved for buffer in of_upload)
    assert data not in saved
    assert frame[100, :20].tobytes() not in saved


def test_a_new_view_of_an_own_picture_is_told_again_and_a_sample_needs_no_telling(patch):
    messages = sent(patch)
    patch._received(patch.stage, {"hello": "you"}, [])
    assert messages == []
    upload(patch, own_picture()[0])
    messages.clear()
    patch._received(patch.stage, {"hello": "you"}, [])
    assert [next(iter(content)) for content, _ in messages] == ["picture", "answer"]


def test_back_to_the_sample_is_told_by_the_traits(patch):
    upload(patch, own_picture()[0])
    before = patch.stage.picture["turn"]
    patch._received_below(patch.foot, {"act": "sample"}, [])
    assert patch.error == ""
    assert not patch.private
    assert not patch.foot.own
    assert patch.stage.picture["turn"] > before
    assert patch.code() == "ferviz.explorers.Patch('astronaut', model=model)"


def test_a_clip_of_ones_own_is_private_and_the_sample_stands_in_the_saved_state(model):
    frame = own_picture()[1]
    explorer = Patch(Clip(frame[None], np.zeros(1)), model=model, x=0.4)
    assert explorer.private
    assert explorer.code() == "ferviz.explorers.Patch(clip, model=model, x=0.4)"
    assert explorer.state.x == 0.4
    assert not explorer.stage.picture["own"]
    assert explorer.stage.picture["source"] == ferviz.sample("astronaut").source


@pytest.mark.parametrize("kind", [Patch, CropLab])
@pytest.mark.parametrize(
    ("data", "message"),
    [(b"hello, I am no picture", "upload"), (b"", "empty"), (None, "no face")],
    ids=["text", "empty", "no face"],
)
def test_a_bad_upload_is_refused_in_words_and_the_view_stays(kind, model, data, message):
    explorer = kind(model=model)
    before = explorer.describe()
    if data is None:
        file = io.BytesIO()
        Image.fromarray(np.full((200, 200, 3), 90, np.uint8)).save(file, "PNG")
        data = file.getvalue()
    upload(explorer, data)
    assert message in explorer.error
    assert not explorer.private
    assert explorer.describe() == before


def test_an_action_there_is_not_is_said(patch):
    patch._received_below(patch.foot, {"act": "dance"}, [])
    assert patch.error == "name must be one of sample; got 'dance'"
    dial = Dial()
    dial._received(dial.stage, {"act": "jump"}, [])
    assert dial.error == "name must be none: Dial has no actions; got 'jump'"


# ---- is anybody there ------------------------------------------------------------------------------------------------


def test_a_ping_is_answered_to_the_view_that_asked_and_changes_nothing():
    dial = Dial(turn=3)
    messages, before = sent(dial), dict(dial.stage.answer)
    dial.stage.error = "as it was"
    dial._received(dial.stage, {"ping": 7, "client": "you"}, [])
    assert messages == [({"pong": {"ping": 7, "client": "you"}}, [])]
    assert dial.stage.answer == before
    assert dial.error == "as it was"


def test_a_ping_comes_after_the_answer_to_what_was_asked_before_it(patch):
    upload(patch, own_picture()[0])
    messages = sent(patch)
    wish(patch, 5, x=0.4)
    patch._received(patch.stage, {"ping": 5, "client": "me"}, [])
    assert [next(iter(content)) for content, _ in messages] == ["answer", "pong"]
    assert (messages[0][0]["answer"]["client"], messages[0][0]["answer"]["sequence"]) == ("me", 5)


@pytest.mark.parametrize(
    "content", [{"preset": 2}, {"large": True}, {"act": "jump"}, {"wish": {"turn": -4}}, {"wish": {"turn": 13}}]
)
def test_whatever_a_view_asks_is_answered_with_its_number(content):
    dial = Dial()
    dial._received(dial.stage, {**content, "client": "me", "sequence": 12}, [])
    assert (dial.stage.answer["client"], dial.stage.answer["sequence"]) == ("me", 12)


def test_an_answer_that_cannot_be_drawn_is_said():
    dial = Dial()
    dial.drawing = lambda view: 1 / 0
    wish(dial, turn=2)
    assert dial.error == "ZeroDivisionError: division by zero"


# ---- Crop lab --------------------------------------------------------------------------------------------------------


@pytest.fixture
def crops(model) -> CropLab:
    return CropLab(model=model)


def test_the_crop_is_that_of_find_faces_and_its_answer_the_models(crops, model):
    for align in ("box", "similarity"):
        crops.show(margin=0.3, align=align, interpolation="bicubic")
        size = model.crop.size
        faces = ferviz.find_faces(crops.clip, size=size, margin=0.3, align=align, interpolation="bicubic")
        np.testing.assert_array_equal(crops.view.face, faces.frames[0])
        seen = ferviz.observe(model, faces)
        np.testing.assert_allclose(crops.view.probability, seen["emotion_probability"].values[0], atol=1e-6)


def test_the_face_is_looked_for_once(crops, monkeypatch):
    def refuse(*_: object, **__: object) -> None:
        raise AssertionError("the face was looked for again")

    monkeypatch.setattr("ferviz.explorers.shared.faces.search", refuse)
    before = crops.view.face
    crops.show(margin=0.1, align="similarity", interpolation="nearest")
    assert (crops.view.face != before).any()


def test_the_table_and_the_curve_agree_with_the_view(crops):
    sheet = crops.stage.picture
    assert len(sheet["rows"]) == 18
    row = next(r for r in sheet["rows"] if (r["margin"], r["align"], r["interpolation"]) == (0.3, "box", "bilinear"))
    crops.show(margin=0.3)
    assert row["label"] == crops.view.labels[crops.view.probability.argmax()]
    assert row["probability"] == pytest.approx(crops.view.probability.max(), abs=1e-4)
    place = sheet["steps"].index(0.3)
    np.testing.assert_allclose(crops.view.curve[place], crops.view.probability, atol=1e-5)


def test_the_outline_is_the_square_that_the_margin_makes(crops):
    crops.show(margin=0.25)
    left, top, right, bottom = crops.face.box
    side = 1.5 * max(right - left, bottom - top)
    corners = crops.view.corners
    np.testing.assert_allclose(np.ptp(corners, axis=0), side, rtol=1e-6)
    np.testing.assert_allclose(corners.mean(0), [(left + right) / 2, (top + bottom) / 2], rtol=1e-6)


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"margin": 0.7}, "margin must lie between 0 and 0.6; got 0.7"),
        ({"align": "eyes"}, "align must be one of box, similarity; got 'eyes'"),
        ({"interpolation": "cubic"}, "interpolation must be one of nearest, bilinear, bicubic; got 'cubic'"),
    ],
)
def test_a_crop_there_is_not_is_named(crops, changes, message):
    with pytest.raises(ValueError, match=message):
        crops.show(**changes)


def test_of_a_clip_the_first_frame_with_a_face_is_cut(model):
    moving = ferviz.sample("astronaut-moving")
    black = Clip(np.concatenate([np.zeros_like(moving.frames[:1]), moving.frames[:1]]), np.arange(2.0))
    explorer = CropLab(black, model=model)
    np.testing.assert_array_equal(explorer.clip.frames[0], moving.frames[0])


def test_the_code_of_the_crop_lab_makes_the_same_crop(crops, model):
    crops.show(margin=0.1, interpolation="nearest")
    again = eval(crops.code(), {"ferviz": ferviz, "model": model})  # noqa: S307
    assert asdict(again.state) == asdict(crops.state)
    np.testing.assert_array_equal(again.view.face, crops.view.face)
