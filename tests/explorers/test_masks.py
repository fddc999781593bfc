"""Masks without a browser: every number is the network's, switches are interventions, and the field is what is read."""

from __future__ import annotations

import base64
import io
import json
import re
from dataclasses import asdict, replace

import ipywidgets
import numpy as np
import pytest
import torch
from PIL import Image
from torch import nn

import ferviz
from ferviz.attribution import to_grid
from ferviz.clip import Clip, Gap
from ferviz.explorers import Masks
from ferviz.explorers.masks import text as masks_text
from ferviz.explorers.masks.faces import face_at
from ferviz.explorers.masks.net import KINDS, QUANTITIES, paths
from ferviz.explorers.masks.state import MasksState, round_up
from ferviz.explorers.masks.truth import ATTRIBUTIONS, Scored, most_moved
from ferviz.explorers.shared.faces import Source
from ferviz.explorers.shared.one_face import choices, usable_faces
from ferviz.models.lbp_attention import Config, LBPAttention, offsets, texture_of
from ferviz.models.probe import probes

SAMPLE = "surprise-still"


@pytest.fixture(scope="module")
def model() -> LBPAttention:
    torch.manual_seed(3)
    return LBPAttention(Config.compact()).eval()


@pytest.fixture(scope="module", autouse=True)
def _one_thread():
    threads = torch.get_num_threads()
    torch.set_num_threads(1)
    yield
    torch.set_num_threads(threads)


@pytest.fixture
def masks(model) -> Masks:
    return Masks(SAMPLE, model, panel="field")


def wish(explorer: Masks, **changes: object) -> None:
    explorer._received(explorer.stage, {"wish": changes, "client": "me", "sequence": 1}, [])


def act(explorer: Masks, name: str) -> None:
    explorer._received(explorer.stage, {"act": name}, [])


def upload(explorer: Masks, data: bytes) -> None:
    content = {"upload": {"id": 1, "name": "me.png", "total": len(data), "start": 0}}
    explorer._received_below(explorer.foot, content, [memoryview(data)])


def saved(explorer: Masks) -> str:
    """What a saved notebook holds of the explorer."""
    return json.dumps(ipywidgets.Widget.get_manager_state(widgets=[explorer.stage, explorer.foot]), default=str)


def png(picture: np.ndarray) -> bytes:
    file = io.BytesIO()
    Image.fromarray(picture).save(file, "PNG")
    return file.getvalue()


def floats_of(data: bytes) -> np.ndarray:
    return np.frombuffer(data, "<f4")


# ---- the numbers are the network's -----------------------------------------------------------------------------------


def test_every_named_number_is_what_observe_says(masks, model):
    seen = ferviz.observe(model, ferviz.sample(SAMPLE))
    np.testing.assert_allclose(masks.view.now.probability, seen["emotion_probability"].values[0], atol=1e-6)
    for name in QUANTITIES:
        np.testing.assert_allclose(masks.view.now.maps[name], seen[name].values[0], atol=1e-6)
        np.testing.assert_allclose(masks.view.maps[name], seen[name].values[0].mean(0), atol=1e-6)
    masks.show(channel=5, row=2, column=9)
    place = masks.view.at(2, 9)
    for name in ("trunk", "mask", "attended", "reconstructed"):
        assert getattr(place, name) == pytest.approx(float(seen[name][0, 5, 2, 9]), abs=1e-6)
        drawn = floats_of(masks.stage.answer["maps"][name]).reshape(12, 12)
        np.testing.assert_allclose(drawn, seen[name].values[0, 5], atol=1e-6)
    assert place.attended == pytest.approx((1 + place.mask) * place.trunk, abs=1e-6)
    assert f"T {place.trunk:.2f}, M {place.mask:.2f}, H {place.attended:.2f} = (1 + M) · T." in masks.describe()


def test_the_pictures_are_what_the_network_reads(masks, model):
    image, texture = model.prepare(ferviz.sample(SAMPLE))
    np.testing.assert_allclose(masks.view.picture[..., 0], (image[0, 0] + 1) * 127.5, atol=0.51)
    np.testing.assert_array_equal(masks.view.now.texture, texture[0, 0])
    drawn = np.frombuffer(masks.stage.answer["texture"], np.uint8).reshape(48, 48)
    np.testing.assert_allclose(drawn, (texture[0, 0] + 1) * 127.5, atol=0.51)


def test_another_frame_is_another_face(model):
    explorer = Masks("surprise-moving", model, frame=4, panel="field")
    seen = ferviz.observe(model, ferviz.sample("surprise-moving"))
    np.testing.assert_allclose(explorer.view.maps["mask"], seen["mask"].values[4].mean(0), atol=1e-5)
    assert explorer.stage.picture["frames"] == len(ferviz.sample("surprise-moving"))


# ---- switches --------------------------------------------------------------------------------------------------------


def test_without_attention_the_trunk_goes_through_exactly(masks, model):
    before = masks.view.own.probability
    wish(masks, attention=False)
    assert masks.error == ""
    with ferviz.intervene(model, {"mask": 0.0}):
        seen = ferviz.observe(model, ferviz.sample(SAMPLE))
    np.testing.assert_array_equal(masks.view.now.maps["attended"], masks.view.now.maps["trunk"])
    np.testing.assert_allclose(masks.view.now.probability, seen["emotion_probability"].values[0], atol=1e-6)
    np.testing.assert_array_equal(masks.view.own.probability, before)
    assert "The mask is 0, so H = T exactly." in masks.describe()
    assert "; as trained: " in masks.describe()
    assert masks.stage.answer["before"] != masks.stage.answer["now"]


def test_without_reconstruction_the_attended_features_go_on(masks, model):
    masks.show(reconstruction=False)
    own = ferviz.observe(model, ferviz.sample(SAMPLE))["attended"].values[0]
    with ferviz.intervene(model, {"reconstructed": own}):
        seen = ferviz.observe(model, ferviz.sample(SAMPLE))
    np.testing.assert_array_equal(masks.view.now.maps["reconstructed"], masks.view.now.maps["attended"])
    np.testing.assert_allclose(masks.view.now.probability, seen["emotion_probability"].values[0], atol=1e-5)
    assert "R = H: the layers behind were trained with the reconstruction" in masks.describe()


@pytest.mark.parametrize("kind", KINDS)
def test_another_texture_is_read_and_said(masks, model, kind):
    masks.show(texture=kind)
    pictures = model.pictures(ferviz.sample(SAMPLE))
    image = pictures / 127.5 - 1
    texture = {"raw": image, "flat": texture_of(torch.full_like(pictures, 128), "circle")}.get(kind)
    texture = texture_of(pictures, kind) if texture is None else texture
    with torch.no_grad():
        expected = model(image, texture).softmax(-1)[0]
    np.testing.assert_allclose(masks.view.now.probability, expected, atol=1e-6)
    np.testing.assert_array_equal(masks.view.now.texture, texture[0, 0])
    says = "no texture reaches the mask" if kind == "flat" else f"that has not learned {KINDS[kind]} reads them"
    assert says in masks.describe()


def test_the_trained_texture_is_no_switch(masks):
    assert not masks.state.switched
    assert "All as trained: the texture branch reads local binary patterns on the circle" in masks.describe()
    np.testing.assert_array_equal(masks.view.now.texture, masks.view.own.texture)


def test_the_network_is_left_as_it_was(masks, model):
    for changes in ({"attention": False}, {"reconstruction": False}, {"texture": "sobel"}):
        masks.show(**changes)
    assert not any(probe._forward_hooks for probe in probes(model).values())
    assert not model.training


# ---- the receptive field ---------------------------------------------------------------------------------------------


@pytest.mark.parametrize("rates", [(1, 1, 1), (1, 2, 3), (1, 2, 5), (2, 2, 2), (3, 1), (6,)])
def test_paths_are_the_gradient_through_weights_of_one(rates):
    stack = nn.Sequential(*(nn.Conv2d(1, 1, 3, padding=rate, dilation=rate, bias=False) for rate in rates))
    for layer in stack:
        nn.init.ones_(layer.weight)
    maps = torch.zeros(1, 1, 12, 12, requires_grad=True)
    along = paths(rates, 12)
    for row, column in ((0, 0), (5, 6), (9, 11)):
        found = torch.autograd.grad(stack(maps)[0, 0, row, column], maps)[0][0, 0]
        np.testing.assert_allclose(np.outer(along[row], along[column]), found, atol=1e-4)


@pytest.mark.parametrize("rates", [(1, 1, 1), (1, 2, 3), (2, 2, 2)])
def test_far_from_the_border_the_field_is_what_offsets_says(rates):
    assert tuple(np.flatnonzero(paths(rates, 41)[20]) - 20) == offsets(rates)


def test_gridding_is_drawn_and_counted(masks):
    masks.show(rates=(2, 2, 2), row=0, column=6)
    text = masks.describe()
    assert "looks 13 × 13 places wide and reads 49 of them; 120 are holes it never reads." in text
    reads = masks.stage.answer["reads"]
    assert reads == [-6, -4, -2, 0, 2, 4, 6]
    inside = sum(0 <= 0 + dy < 12 and 0 <= 6 + dx < 12 for dy in reads for dx in reads)
    assert f"Here {inside} lie on the map and {49 - inside} outside, in the padding." in text
    drawn = floats_of(masks.stage.answer["paths"]).reshape(12, 12)
    assert (drawn[6][1::2] == 0).all()
    masks.show(rates=None, row=6)
    assert masks.view.rates == (1, 2, 3)
    assert "13 × 13 places wide and reads 169 of them, without holes." in masks.describe()


# ---- against the truth -----------------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def synthetic(model) -> Masks:
    return Masks("synthetic", model, quality="fast", label="happiness")


def test_a_neutral_face_has_no_intensity(model):
    assert "for a synthetic face, neutral." in Masks("synthetic", model, quality="fast", emotion="neutral").describe()


def test_a_synthetic_face_has_its_truth_and_the_gain_its_scores(synthetic):
    found = synthetic.view.against
    assert found.photo is None
    assert found.truth.shape == found.gain.values.shape == (128, 128)
    own = synthetic.view.own.maps
    gain = np.nan_to_num(ferviz.scores.acting_gain(own["mask"], own["trunk"]))  # not the mask where the trunk is 0
    gain = to_grid(gain, (128, 128), keep="value")
    np.testing.assert_allclose(found.gain.values, gain, atol=1e-5)
    mass = ferviz.scores.mass_on_truth(gain - gain.mean(), found.truth, flat=found.gain.flat)
    assert found.gain.mass.ratio == pytest.approx(mass.ratio, abs=1e-3, nan_ok=True)
    assert "The emotion moves up to" in synthetic.describe()
    assert " As trained, gain of the mask: pointing" in synthetic.describe()  # the switches do not count there
    assert not found.still


@pytest.mark.parametrize("method", ["integrated_gradients", "grad_cam"])
def test_an_attribution_is_worked_out_when_it_is_asked_for(model, synthetic, method):
    synthetic.show(method=method)
    act(synthetic, "attribute")
    assert synthetic.error == ""
    found, face = synthetic.view.against, synthetic.face(synthetic.state)
    assert ATTRIBUTIONS[method].get("baseline") == ("blur" if method == "integrated_gradients" else None)
    again = ferviz.attribution.attribute(model, face.clip, method, target="happiness", **ATTRIBUTIONS[method])
    np.testing.assert_allclose(found.photo.values, again["attribution"].values[0], atol=1e-6)
    assert (found.texture is None) == (method == "grad_cam")
    assert np.isfinite(found.error) == (method == "integrated_gradients")
    told = synthetic.stage.answer["against"]
    assert (told["texture"] is None) == (method == "grad_cam")
    assert len(told["photo"]["shades"]) == 128 * 128
    if not found.photo.flat:
        right = most_moved(found.truth)
        assert found.photo.hit == ferviz.scores.pointing_game(found.photo.values, right, flat=False)
        points = {0: "no", 1: "yes"}.get(found.photo.hit, f"in part ({found.photo.hit:.0%})")
        assert f"to the photo: pointing {points}, mass ratio" in synthetic.describe()


def test_a_hand_that_moves_a_dial_changes_face_and_truth(synthetic):
    before = synthetic.view
    wish(synthetic, units={"26": 1.2}, intensity=1.0)
    assert "for a synthetic face, your own units × 1.00." in synthetic.describe()
    assert synthetic.error == ""
    assert (synthetic.view.picture != before.picture).any()
    assert (synthetic.view.against.truth != before.against.truth).any()
    assert synthetic.view.against.photo is None
    assert synthetic.stage.answer["units"] == {"26": 1.2}
    wish(synthetic, emotion="happiness", units=None, intensity=0.0)
    assert "The truth is flat: the emotion moves nothing that is seen." in synthetic.describe()
    assert synthetic.view.against.gain.mass is None
    assert "flat" in synthetic.stage.answer["against"]["truth"]["words"]


def test_a_photograph_has_no_truth(model):
    explorer = Masks("astronaut", model)
    assert explorer.view.against.truth is None
    assert explorer.stage.answer["against"]["truth"] is None
    assert "The truth is not known: only synthetic faces have it." in explorer.describe()
    json.dumps(explorer.stage.answer, default=len, allow_nan=False)


def test_a_flat_map_is_called_flat_and_not_scored():
    assert masks_text.score(Scored(np.ones((2, 2), np.float32), True, None, None)) == "flat, not scored"
    assert masks_text.score(Scored(np.ones((2, 2), np.float32), False, None, None)) == ""
    mass = ferviz.scores.mass_on_truth([[-1.0, -2.0]], [[1.0, 0.0]])
    assert masks_text.score(Scored(np.ones((1, 2), np.float32), False, mass, 0.0)) == "nowhere positive, not scored"


# ---- state, code, errors ---------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"texture": "canny"}, "texture must be one of '' .*, original, circle, .*; got 'canny'"),
        ({"panel": "bars"}, "panel must be one of switches, expression, field; got 'bars'"),
        ({"method": "lime"}, "method must be one of integrated_gradients, .*; got 'lime'"),
        ({"frame": -1}, "frame must be 0 or more; got -1"),
        ({"frame": 3}, "frame must be 0 to 0; got 3"),
        ({"channel": -2}, "channel must be 0 or more; got -2"),
        ({"channel": 64}, "channel must be 0 to 63, or None for their mean; got 64"),
        ({"row": 12}, "row must be 0 to 11; got 12"),
        ({"column": 40}, "column must be 0 to 11; got 40"),
        ({"rates": ()}, r"rates must be 1 to 5 whole numbers from 1 to 6; got \(\)"),
        ({"rates": (1, 7)}, r"rates must be 1 to 5 whole numbers from 1 to 6; got \(1, 7\)"),
        ({"label": "joy"}, "label must be one of anger, .*; got 'joy'"),
        ({"emotion": "boredom"}, "boredom"),
        ({"intensity": 3.0}, "intensity must lie between 0 and 1; got 3.0"),
        ({"source": "holiday"}, "source must be one of synthetic, astronaut, .*; got 'holiday'"),
        ({"source": ""}, "source must be a sample's name or 'synthetic': there is no picture of your own yet"),
    ],
)
def test_a_choice_that_does_not_fit_is_named_and_the_view_stays(masks, changes, message):
    before = masks.view
    with pytest.raises(ValueError, match=message):
        masks.show(**changes)
    assert masks.view is before


def test_a_model_that_does_not_fit_is_named(monkeypatch):
    with pytest.raises(TypeError, match="model must be an LBPAttention or the name of one; got Identity"):
        Masks(model=nn.Identity())
    bare = LBPAttention(replace(Config.compact(), attention=False))
    with pytest.raises(ValueError, match="it has no texture and no attention"):
        Masks(model=bare)
    bare = LBPAttention(replace(Config.compact(), reconstruction=False))
    with pytest.raises(ValueError, match="it has no reconstruction"):
        Masks(model=bare)
    with pytest.raises(TypeError, match="source must be 'synthetic', a sample's name, a path, .*; got int"):
        Masks(3)


def test_the_zoo_is_asked_by_name(model, monkeypatch):
    known = {"lbp-attention": model, "other": model}
    monkeypatch.setattr("ferviz.explorers.shared.base.load_model", known.__getitem__)
    assert Masks(SAMPLE, panel="field").code().startswith("ferviz.explorers.Masks('surprise")
    assert "model='other'" in Masks(SAMPLE, "other", panel="field").code()


def test_the_code_makes_the_same_view_again(masks, model):
    masks.show(source="synthetic", units={"12": 0.5}, quality="fast", channel=3, texture="sobel", stretch=True)
    masks.show(rates=[2, 2], row=1, reconstruction=False)
    again = eval(masks.code(), {"ferviz": ferviz, "model": model})  # noqa: S307
    assert asdict(again.state) == asdict(masks.state)
    np.testing.assert_array_equal(again.view.now.probability, masks.view.now.probability)


def test_each_preset_switches_what_its_name_says(masks):
    for number, preset in enumerate(Masks.PRESETS.values(), 1):
        masks._received(masks.stage, {"preset": number}, [])
        assert masks.error == ""
        assert {name: getattr(masks.state, name) for name in preset} == dict(preset)
        gridding = ("field", (2, 2, 2)) if preset["panel"] == "field" else ("switches", None)
        assert (masks.state.panel, masks.state.rates) == gridding  # it goes with its preset
    assert masks.stage.picture["source"] == "synthetic"
    assert masks.stage.picture["turn"] == masks.stage.answer["sheet"]


def test_a_preset_leaves_the_dials_open_and_takes_the_place_of_the_field_alone(masks):
    open_before = {"expression": ["expression", "field", "expression"], "field": ["switches", "field", "switches"]}
    for panel, after in open_before.items():
        found = []
        for number in (2, 5, 6):  # no mask, gridding, against the truth
            masks.show(panel=panel)
            masks.preset(number)
            found.append(masks.state.panel)
        assert found == after
    assert masks.state.tab == "truth"
    masks.preset(1)
    assert masks.state.tab == "network"


def test_the_truth_is_there_wherever_it_may_be_seen(masks):
    assert (masks.state.panel, masks.view.against) == ("field", None)
    masks.show(tab="truth")
    assert masks.view.against is not None
    assert masks.stage.answer["words"]["truth"] in masks.describe()
    masks.show(tab="network", panel="expression")
    assert masks.view.against is not None


def test_the_scale_of_the_features_stays_when_a_module_is_switched(masks):
    before = masks.view.limits
    assert before["mask"] == 1
    assert before["trunk"] == before["attended"] >= masks.view.maps["attended"].max()
    masks.show(attention=False, texture="raw")
    assert masks.view.limits == before


def test_the_masks_colours_lie_about_its_mean_unless_they_are_wished_from_0_to_1(masks):
    (low, high), mask = masks.view.stretch, masks.view.maps["mask"]
    assert masks.stage.answer["stretch"] == {"from": low, "limit": high}
    assert (low + high) / 2 == pytest.approx(mask.mean(), abs=1e-6)
    assert low - 1e-6 <= mask.min() <= mask.max() <= high + 1e-6
    words = f"{mask.min():.2f} to {mask.max():.2f}"
    assert f"Mask, mean over channels: {words}" in masks.describe()
    assert f"Its colours lie about its mean, {mask.mean():.2f}: from {low:.2f} to {high:.2f}." in masks.describe()
    masks.show(stretch=False)
    assert masks.stage.answer["stretch"] is None
    assert "Its colours go from 0 to 1." in masks.describe()
    masks.show(stretch=True, attention=False)  # a mask of 0: a scale needs two ends
    assert masks.view.stretch == pytest.approx((-0.01, 0.01))


def test_the_end_of_a_scale_reads_well():
    assert [round_up(value) for value in (0.0, 0.03, 1.0, 3.1, 7.0)] == pytest.approx([1, 0.05, 1, 5, 10])



def test_an_action_there_is_not_is_said(masks):
    act(masks, "dance")
    assert masks.error == "name must be one of attribute, page, own page, sample; got 'dance'"


def test_the_faces_on_offer_are_there():
    assert {"surprise-still", "happiness-sunglasses", "astronaut"} <= set(choices())
    assert all(ferviz.sample(name) is not None for name in choices())


# ---- one's own picture -----------------------------------------------------------------------------------------------


def own_clip() -> Clip:
    clip = ferviz.sample("sadness-still")
    return Clip(np.ascontiguousarray(clip.frames[:, :, ::-1]), np.zeros(1), crop=clip.crop, source="mine")


def test_ones_own_clip_is_shown_and_not_saved(model):
    explorer = Masks(own_clip(), model, panel="field", channel=2)
    assert (explorer.private, explorer.state.source, explorer.state.channel) == (True, "", 2)
    assert explorer.stage.picture["source"] == "synthetic"
    assert explorer.code() == "ferviz.explorers.Masks(clip, model=model, channel=2, panel='field')"
    assert "your own picture" in explorer.describe()
    own = base64.b64encode(explorer.view.picture.tobytes()).decode()
    assert own[:400] not in saved(explorer)
    sample = Masks(SAMPLE, model, panel="field")
    assert base64.b64encode(sample.view.picture.tobytes()).decode()[:400] in saved(sample)
    with pytest.raises(ValueError, match="the page would hold your own picture: pass own=True if you want that"):
        explorer.page()
    assert own[:400] in explorer.page(own=True)
    explorer._received_below(explorer.foot, {"act": "sample"}, [])
    assert (explorer.private, explorer.state.source, explorer.error) == (False, "synthetic", "")


def test_an_upload_is_adopted_or_refused_in_words(masks):
    picture = ferviz.sample("astronaut").frames[0]
    upload(masks, png(picture))
    assert (masks.error, masks.private) == ("", True)
    assert masks._unsaved["picture"]["held"]
    upload(masks, png(np.full((80, 80, 3), 90, np.uint8)))
    assert masks.error.startswith("no face found in upload")
    assert masks.private


def test_a_file_is_ones_own(model, tmp_path):
    path = tmp_path / "me.png"
    path.write_bytes(png(ferviz.sample("astronaut").frames[0]))
    explorer = Masks(str(path), model, panel="field")
    assert (explorer.private, explorer.state.source) == (True, "")


def test_frames_without_a_face_are_left_out(model):
    faces = ferviz.sample("surprise-moving")
    gap = replace(faces, gaps=(Gap("frames", 0, 3, "dark"),), audio=None, sample_rate=None)
    kept = usable_faces(Source(gap), 0, model)
    np.testing.assert_array_equal(kept.frames, faces.frames[3:])
    with pytest.raises(ValueError, match="the clip 'mine' has no frame that can be used"):
        usable_faces(Source(replace(own_clip(), gaps=(Gap("frames", 0, 1, "dark"),))), 0, model)
    with pytest.raises(ValueError, match="frame must be 0 to 0; got 5"):
        face_at(own_clip(), 5, model)


def test_the_page_holds_all_and_asks_nobody(masks, tmp_path):
    page = masks.save_page(tmp_path / "masks.html").read_text("utf-8")
    assert "default-src &#x27;none&#x27;" in page
    assert '"offline": true' in page
    assert not re.search(r"https?://(?!www\.w3\.org)", page.split("<script>")[1].split("TRAITS")[0])
    assert list(tmp_path.iterdir()) == [tmp_path / "masks.html"]
    sent: list[dict] = []
    masks.stage.send = lambda content, buffers=None: sent.append(content)
    act(masks, "page")
    assert sent[0]["file"]["name"] == "masks.html"


def test_the_state_alone_knows_what_no_face_can_show():
    assert MasksState(emotion="fear", units={"AU12": 0.4, "4": 0.0}).units == {"12": 0.4}
    with pytest.raises(ValueError, match="way must be 1 to"):
        MasksState(way=99)
