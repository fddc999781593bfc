"""The LBP stepper without a browser: state, view, words; and the small pictures, tone and rotation beneath it."""

from __future__ import annotations

import io

import numpy as np
import pytest
import torch
from PIL import Image

import ferviz
from ferviz import lbp
from ferviz.clip import Clip
from ferviz.explorers.lbp.explorer import LBPState, LBPStepper
from ferviz.textures import MARGIN, TEXTURES, inside


@pytest.fixture(scope="module")
def made() -> LBPStepper:
    return LBPStepper()


@pytest.fixture
def stepper(made: LBPStepper) -> LBPStepper:
    made.show(**{name: field.default for name, field in LBPState.__dataclass_fields__.items()})
    return made


# ---- what it shows --------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("kind", lbp.KINDS)
@pytest.mark.parametrize("picture", ["face", *TEXTURES])
def test_the_codes_are_those_of_the_room_next_door(stepper, kind, picture):
    stepper.show(kind=kind, picture=picture, points=8, radius=1.5)
    radius = 1 if kind == "original" else 1.5
    codes = lbp.codes(torch.from_numpy(stepper.view.grey), kind=kind, radius=radius)
    assert np.array_equal(stepper.view.codes, codes[MARGIN:-MARGIN, MARGIN:-MARGIN])
    assert stepper.view.counts.sum() == inside().sum()
    assert stepper.view.explained.code == stepper.view.codes[27, 20]


@pytest.mark.parametrize("kind", lbp.KINDS)
def test_without_a_limit_brightness_and_contrast_leave_every_code(stepper, kind):
    stepper.show(brightness=100, contrast=2.0, eight_bit=False)
    assert stepper.view.grey.max() > 255
    assert (stepper.view.changed[kind], stepper.view.distances[kind]) == (0, 0)


def test_clipping_changes_codes_and_says_how_many_pixels_clip(stepper):
    stepper.preset(2)
    assert 0.1 < stepper.view.clipped < 0.5
    assert min(stepper.view.changed.values()) > 0.1
    assert f"{stepper.view.clipped:.1%} of the pixels clip" in stepper.describe()


def test_rounding_alone_changes_codes_too(stepper):
    stepper.preset(3)
    assert stepper.view.clipped == 0
    assert min(stepper.view.changed.values()) > 0.1
    stepper.show(eight_bit=False)
    assert stepper.view.changed["original"] == 0
    assert 0 < stepper.view.changed["circle"] < 0.01  # 0.3 is no exact number: ties


def test_a_bent_scale_leaves_the_square_and_moves_what_is_interpolated(stepper):
    stepper.show(gamma=0.6, eight_bit=False)
    assert stepper.view.changed["original"] == 0
    assert stepper.view.changed["circle"] > 0.01


def test_a_quarter_turn_moves_the_plain_histograms_only(stepper):
    stepper.preset(5)
    far = stepper.view.distances
    assert far["rotation_invariant"] == far["uniform_rotation_invariant"] == 0
    assert min(far["original"], far["circle"], far["uniform"]) > 0.1


def test_thirty_degrees_move_the_invariant_histograms_least(stepper):
    stepper.preset(6)
    far = stepper.view.distances
    invariant = max(far["rotation_invariant"], far["uniform_rotation_invariant"])
    assert 0 < invariant < 0.5 * min(far["original"], far["circle"], far["uniform"])
    assert all(np.isnan(share) for share in stepper.view.changed.values())


def test_the_description_walks_through_the_pixel(stepper):
    stepper.show(picture="flat")
    assert stepper.describe() == (
        "Row 27, column 20 of the texture 'flat' has gray 128. Its 8 neighbours, counter-clockwise from the right, "
        "give the bits 11111111: 0 changes, plain code 255, which is also its circle code 255, the code of 100.0% of "
        "the pixels inside the circle."
    )
    stepper.show(kind="uniform", rotation=30)
    assert "as uniform it is code 57" in stepper.describe()
    assert stepper.describe().endswith("Against the unchanged picture the uniform histogram is 0.00 apart.")


def test_the_square_has_its_own_points_and_radius_and_its_sliders_rest(stepper):
    stepper.show(kind="original", points=16, radius=3.0)
    assert (stepper.view.explained.points, stepper.view.explained.radius) == (8, 1)
    assert [control.disabled for control in stepper._circle] == [True, True]
    stepper.show(kind="circle")
    assert stepper.view.explained.points == 16
    assert [control.disabled for control in stepper._circle] == [False, False]


def test_the_code_makes_the_view_again(stepper):
    assert stepper.code() == "ferviz.explorers.LBPStepper('astronaut')"
    stepper.show(kind="uniform", rotation=30, row=3)
    again = eval(stepper.code(), {"ferviz": ferviz})  # noqa: S307 - it is our own line
    assert again.state == stepper.state
    assert np.array_equal(again.view.codes, stepper.view.codes)


def test_a_control_moves_the_view_and_an_error_is_shown(stepper):
    slider = next(control for control, field in stepper._bound if field == "brightness")
    slider.value = 60
    assert stepper.state.brightness == 60
    assert stepper.error == ""
    stepper._received(None, {"wish": {"row": 64}, "client": "c", "sequence": 1}, [])
    assert stepper.error == "row must lie between 0 and 63; got 64"
    assert stepper.state.row == 27
    stepper._received(None, {"wish": {"row": 5}, "client": "c", "sequence": 2}, [])
    assert stepper.error == ""


@pytest.mark.parametrize(
    ("field", "value", "message"),
    [
        ("picture", "cat", "picture must be one of face, edge, spots, stripes, flat; got 'cat'"),
        ("kind", "round", "kind must be one of original, circle, uniform, rotation_invariant"),
        ("points", 5, "points must be one of 4, 8, 12, 16; got 5"),
        ("radius", 5.0, "radius must lie between 1 and 4; got 5.0"),
        ("brightness", 200, "brightness must lie between -128 and 128; got 200"),
        ("contrast", 0.0, "contrast must lie between 0.2 and 3; got 0.0"),
        ("gamma", float("nan"), "gamma must lie between 0.3 and 3; got nan"),
        ("rotation", 270, "rotation must lie between -180 and 180; got 270"),
        ("column", -1, "column must lie between 0 and 63; got -1"),
    ],
)
def test_a_state_that_does_not_fit_is_refused(field, value, message):
    with pytest.raises(ValueError) as caught:
        LBPState(**{field: value})
    assert message in str(caught.value)


# ---- somebody's own picture -----------------------------------------------------------------------------------------


def test_an_upload_without_a_face_shows_its_middle_and_stays_out_of_what_is_saved():
    stepper = LBPStepper(picture="edge")
    before = dict(stepper.stage.answer)
    own = np.random.default_rng(3).integers(0, 256, (120, 200, 3), dtype=np.uint8)
    file = io.BytesIO()
    Image.fromarray(own).save(file, "PNG")
    part = {"id": 1, "name": "wood.png", "total": file.tell(), "start": 0}
    stepper._received_below(None, {"upload": part}, [memoryview(file.getvalue())])
    assert stepper.error == ""
    assert stepper.private
    assert stepper.state.picture == "face"
    assert "of the middle of the picture, which has no face" in stepper.describe()
    assert stepper.code().startswith("ferviz.explorers.LBPStepper(clip")
    assert stepper.stage.answer == before
    stepper.act("sample")
    assert not stepper.private
    stepper.show(picture="face")
    assert np.array_equal(stepper.view.grey, LBPStepper().view.grey)


def test_a_clip_of_ones_own_is_treated_like_an_upload():
    frames = np.full((1, 80, 80, 3), 90, dtype=np.uint8)
    stepper = LBPStepper(Clip(frames, np.zeros(1)), kind="uniform")
    assert stepper.private
    assert (stepper.view.grey == 90).all()
    assert stepper.state.kind == "uniform"
    assert stepper.stage.answer["state"]["kind"] == "circle"
