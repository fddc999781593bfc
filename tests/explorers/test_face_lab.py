"""The Face lab without a browser: state, head, reading, truth, sentence, code, clip and errors."""

from __future__ import annotations

import io
import wave

import numpy as np
import pytest

import ferviz
from ferviz.emotions import Emotion
from ferviz.explorers import FaceLab
from ferviz.explorers.shared.face_state import FaceState
from ferviz.faces import studio
from ferviz.faces.cover import KINDS
from ferviz.faces.expression import UNITS
from ferviz.faces.recipes import RECIPES
from ferviz.scores.twins import read_heads


@pytest.fixture(scope="module")
def model():
    return ferviz.load_model("mini-xception")


@pytest.fixture
def lab(model) -> FaceLab:
    return FaceLab(model, quality="fast")


def wish(lab: FaceLab, **changes: object) -> None:
    lab._received(lab.stage, {"wish": changes, "client": "me", "sequence": 1}, [])


# ---- what the explorers of heads share -------------------------------------------------------------------------------


def test_every_action_unit_has_a_plain_name_and_stands_in_one_group():
    grouped = [number for numbers in studio.GROUPS.values() for number in numbers]
    assert sorted(grouped) == sorted(UNITS)
    assert set(studio.PLAIN) == set(UNITS)


@pytest.mark.parametrize("emotion", [e for e in Emotion if e is not Emotion.NEUTRAL])
def test_a_recipe_holds_the_middle_of_each_strength_it_mostly_shows(emotion):
    for way, rows in enumerate(RECIPES[emotion], 1):
        found = studio.recipe(emotion, way)
        assert set(found) == {str(n).replace("U", "L") for n, (often, _, _) in rows.items() if often >= 0.5}
        assert all(rows_low <= found[str(n).replace("U", "L")] <= high
                   for n, (often, rows_low, high) in rows.items() if often >= 0.5)  # fmt: skip


def test_neutral_has_no_units():
    assert studio.recipe("neutral") == {}


def test_the_cut_is_the_square_that_a_tight_camera_would_show(model):
    from dataclasses import replace

    from ferviz.faces.identity import sample_person
    from ferviz.faces.plan import CROP, RAISED
    from ferviz.faces.render import render

    person, rest = sample_person(np.random.default_rng(3)), np.zeros(52, np.float32)
    scene = studio.make_scene()
    wide = studio.cut(render(person, rest, scene, 160).image[None])[0].astype(int)
    tight = render(person, rest, replace(scene, camera=replace(scene.camera, crop=CROP, shift=(0.0, RAISED))), 128)
    middle = slice(20, 108)  # the background's cloud depends on the picture, not on the face
    assert np.abs(wide - tight.image)[middle, middle].mean() < 1.0


def test_an_unknown_way_or_cover_is_refused():
    with pytest.raises(ValueError, match="way must be 1 to 5 for anger; got 6"):
        studio.recipe("anger", 6)
    with pytest.raises(ValueError, match="cover must be none or one of glasses, .*; got 'hat'"):
        studio.make_scene(cover="hat")


# ---- the head --------------------------------------------------------------------------------------------------------


def test_an_emotion_brings_its_units_and_each_can_be_moved(lab):
    assert lab.stage.answer["units"] == studio.recipe("happiness")
    smile = lab.view.shown.image
    lab.show(units={**studio.recipe("happiness"), "4": 1.0})
    assert lab.state.strengths["4"] == 1.0
    assert (lab.view.shown.image != smile).any()
    lab.show(emotion="surprise", units=None)
    assert lab.state.strengths == studio.recipe("surprise")


def test_intensity_zero_is_the_face_at_rest_and_its_truth_is_flat(lab):
    lab.show(intensity=0.0, overlay="relevance")
    rest = lab.view.shown.image
    assert not lab.view.truth.relevance.any()
    assert lab.stage.answer["overlay"]["flat"]
    assert "flat, nothing that is seen moves" in lab.describe()
    lab.show(emotion="neutral", intensity=1.0)
    assert (lab.view.shown.image == rest).all()


def test_a_twin_of_another_age_keeps_the_person_and_a_seed_brings_another(lab):
    own = lab.view.shown.person
    lab.show(age=75.0)
    assert lab.view.shown.person.shape == own.shape
    assert lab.view.shown.person.age == 75.0
    lab.show(age=None, seed=9)
    assert lab.view.shown.person.shape != own.shape
    lab.show(ethnicity=[0.2, 0.3, 0.5], gender=0.0)
    assert lab.stage.answer["person"]["ethnicity"] == [0.2, 0.3, 0.5]


@pytest.mark.parametrize("cover", KINDS)
def test_a_cover_is_seen_and_below_it_the_truth_is_zero(lab, cover):
    lab.show(cover=cover, overlay="relevance")
    truth = lab.view.truth
    if cover != "glasses":  # their lenses are clear
        assert truth.cover.mean() > 0.02
    assert not truth.relevance[truth.cover].any()


def test_pose_and_light_change_the_picture_and_the_pose_is_in_the_truth(lab):
    front = lab.view.shown.image
    lab.show(yaw=30.0, pitch=-10.0, roll=5.0)
    assert lab.view.truth.pose.tolist() == [30.0, -10.0, 5.0]
    turned = lab.view.shown.image
    assert (turned != front).any()
    lab.show(light=80.0, direct=1.0)
    assert (lab.view.shown.image != turned).any()


def test_fast_and_full_show_the_same_head(lab):
    fast = lab.view.shown.image.astype(float)
    lab.show(quality="full")
    assert lab.view.shown.samples == 2
    assert np.abs(lab.view.shown.image - fast).mean() < 25


def test_the_reading_is_the_models_answer_to_the_cut(lab, model):
    assert lab.view.probability.shape == (7,)
    assert lab.view.probability.sum() == pytest.approx(1, abs=1e-5)
    assert (read_heads(model, [lab.view.shown.image])[0] == lab.view.probability).all()


# ---- overlays --------------------------------------------------------------------------------------------------------


def test_each_overlay_reaches_the_browser_as_bytes(lab):
    lab.show(overlay="regions")
    assert lab.stage.answer["overlay"]["map"] == lab.view.truth.regions.tobytes()
    assert "Regions: background" in lab.describe()
    lab.show(overlay="landmarks")
    sent = lab.stage.answer["overlay"]
    assert np.frombuffer(sent["points"], "<f4").reshape(68, 2) == pytest.approx(lab.view.truth.landmarks)
    assert sum(sent["visible"]) == lab.view.truth.visible.sum()
    assert "of 68 are visible" in lab.describe()
    for kind, limit in (("relevance", 15.0), ("changed", 0.5)):
        lab.show(overlay=kind)
        sent, truth = lab.stage.answer["overlay"], getattr(lab.view.truth, kind)
        shades = np.frombuffer(sent["map"], np.uint8).reshape(truth.shape)
        assert np.abs(shades / 255 * limit - np.minimum(truth, limit)).max() <= limit / 500
        assert sent["scale"]["limit"] == limit
        assert sent["top"] == pytest.approx(truth.max())


def test_the_sentence_names_what_moves_most_and_the_label(lab):
    lab.show(overlay="relevance")
    text = lab.describe()
    top = lab.labels[int(lab.view.probability.argmax())]
    assert text.startswith("The head shows happiness at intensity 0.80 (units 6 0.60, 12 1.00")
    assert f"label: {top}" in text
    assert "on average most in" in text
    lab.show(overlay="changed", units={"1": 1.0}, cover="mask")
    assert "your own choice at intensity" in lab.describe()
    assert "cover: mask" in lab.describe()
    assert "Changed: the colours differ" in lab.describe()
    lab.show(overlay="none", units=None, emotion="neutral")
    assert lab.describe().startswith("The head shows neutral (units none). ")


# ---- code, presets, errors -------------------------------------------------------------------------------------------


def test_the_code_makes_the_same_head_again(lab, model):
    lab.show(units={"AU12": 0.5, "4L": 1.0, "9": 0.0}, yaw=12.0, ethnicity=(0.5, 0.5, 0.0), overlay="regions")
    text = lab.code()
    chosen = "units={'12': 0.5, '4L': 1.0}, ethnicity=(0.5, 0.5, 0.0), yaw=12.0"
    assert text.startswith(f"ferviz.explorers.FaceLab(model=model, {chosen}")
    again = eval(text, {"ferviz": ferviz, "model": model})  # noqa: S307
    assert again.state == lab.state
    assert (again.view.shown.image == lab.view.shown.image).all()


def test_each_preset_shows(lab):
    for number in range(1, len(FaceLab.PRESETS) + 1):
        lab.show(intensity=0.0)
        lab.preset(number)
        assert lab.error == ""
        emotion = "emotion" in list(FaceLab.PRESETS.values())[number - 1]
        assert lab.state.intensity == (0.8 if emotion else 0)  # a question of an emotion shows it


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"emotion": "bored"}, "emotion must be one of anger.*; got 'bored'"),
        ({"intensity": 1.2}, "intensity must lie between 0 and 1; got 1.2"),
        ({"yaw": 90.0}, "yaw must lie between -60 and 60; got 90"),
        ({"units": {"3": 1.0}}, "units must be one of 1, 2, 4.*; got '3'"),
        ({"units": {"12": 2.0}}, "strength of unit 12 must be 0 to 1.5; got 2.0"),
        ({"seed": -1}, "seed must be 0 or more; got -1"),
        ({"cover": "hat"}, "cover must be one of none, glasses.*; got 'hat'"),
        ({"overlay": "gaze"}, "overlay must be one of none, regions.*; got 'gaze'"),
        ({"quality": "best"}, "quality must be one of full, fast; got 'best'"),
        ({"way": 9}, "way must be 1 to 4 for happiness; got 9"),
    ],
)
def test_a_state_that_does_not_fit_is_refused_in_words(changes, message):
    with pytest.raises(ValueError, match=message):
        FaceState(**changes)


def test_what_the_generator_refuses_is_said_and_the_old_head_stays(lab):
    before = lab.view
    wish(lab, age=120.0)
    assert "age must be 10 to 90 years; got 120.0" in lab.error
    assert lab.view is before
    wish(lab, age=40.0)
    assert lab.error == ""


# ---- the clip --------------------------------------------------------------------------------------------------------


def test_a_clip_is_made_with_a_voice_that_agrees_and_plays_without_the_kernel(lab):
    lab.show(emotion="anger", intensity=0.9)
    lab._received(lab.stage, {"act": "clip", "client": "me", "sequence": 0}, [])
    assert lab.error == ""
    told, clip = lab.stage.picture["clip"], lab.clip
    assert len(told["frames"]) == len(told["times"]) == len(told["intensity"]) == len(told["said"]) == len(clip)
    assert all(frame[8:12] == b"WEBP" for frame in told["frames"])
    assert max(told["intensity"]) == pytest.approx(0.9, abs=0.05)
    assert (told["emotion"], told["voice"]) == ("anger", "anger")
    with wave.open(io.BytesIO(told["sound"]["wav"])) as sound:
        assert sound.getframerate() == clip.sample_rate
        assert sound.getnframes() == len(clip.audio)
        heard = np.frombuffer(sound.readframes(sound.getnframes()), "<i2") / 32767
    assert np.abs(heard - np.clip(clip.audio, -1, 1)).max() < 1e-4
    assert clip.duration < 6


def test_a_clip_of_nothing_or_another_act_is_refused(lab):
    lab.show(intensity=0.0)
    with pytest.raises(ValueError, match="intensity must be above 0 for a clip of happiness; got 0"):
        lab.act("clip")
    with pytest.raises(ValueError, match="name must be one of clip; got 'film'"):
        lab.act("film")
