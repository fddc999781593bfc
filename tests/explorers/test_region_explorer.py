"""Regions without a browser: every number is the network's, boxes and covers do what they say, and truth is kept."""

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
from ferviz.clip import Clip
from ferviz.explorers import Regions
from ferviz.explorers.regions.covers import COVERS, cutout_of, lay_cover
from ferviz.explorers.regions.net import face_at, features_of
from ferviz.explorers.regions.state import LEAST, MOST, RegionsState
from ferviz.explorers.regions.text import names
from ferviz.explorers.shared.picture import shrunk
from ferviz.models.region_attention import RegionAttention, region_biased_loss
from ferviz.models.regions import CODE, FIXED, SCHEMES
from ferviz.scores.regions import in_boxes
from tests.region_nets import seeded

SAMPLE = "surprise-still"
MASK = {"cover": "mask", "cover_x": 0.5, "cover_y": 0.76, "cover_size": 0.8}
NAMES = ("alpha", "beta", "weight")


@pytest.fixture(scope="module")
def model() -> RegionAttention:
    return seeded()


@pytest.fixture(scope="module", autouse=True)
def _one_thread():
    threads = torch.get_num_threads()
    torch.set_num_threads(1)
    yield
    torch.set_num_threads(threads)


@pytest.fixture
def regions(model) -> Regions:
    return Regions(SAMPLE, model)


def wish(explorer: Regions, **changes: object) -> None:
    explorer._received(explorer.stage, {"wish": changes, "client": "me", "sequence": 1}, [])


def act(explorer: Regions, name: str) -> None:
    explorer._received(explorer.stage, {"act": name}, [])


def pixels(boxes: object, side: int = 112) -> np.ndarray:
    return np.asarray(boxes, float) * side


def same(pooled, seen) -> None:
    """Weights, contributions and answer of one face, as `observe` has them."""
    for name in NAMES:
        np.testing.assert_allclose(getattr(pooled, name), seen[name].values[0], atol=1e-5)
    np.testing.assert_allclose(pooled.contribution, seen["contribution"].values[0], atol=1e-4)
    np.testing.assert_allclose(pooled.probability, seen["emotion_probability"].values[0], atol=1e-5)


def png(picture: np.ndarray) -> bytes:
    file = io.BytesIO()
    Image.fromarray(picture).save(file, "PNG")
    return file.getvalue()


# ---- the numbers are the network's -----------------------------------------------------------------------------------


@pytest.mark.parametrize("scheme", ["fixed", "code", "random"])
def test_every_named_number_is_what_observe_says(model, scheme):
    explorer = Regions(SAMPLE, model, scheme=scheme, draw=4)
    same(explorer.view.now, ferviz.observe(seeded(scheme=scheme, seed=3), ferviz.sample(SAMPLE), boxes=crops(explorer)))
    assert explorer.view.now is not explorer.view.before
    np.testing.assert_allclose(explorer.view.boxes[0], [0, 0, 1, 1])
    expected = {"fixed": FIXED, "code": CODE}.get(scheme)
    if expected is not None:
        np.testing.assert_allclose(explorer.view.boxes[1:], expected)
    label = explorer.view.labels.index(explorer.view.label)
    drawn = np.frombuffer(explorer.stage.answer["rows"]["contribution"], "<f4")
    np.testing.assert_allclose(drawn, explorer.view.now.contribution[:, label])


def crops(explorer: Regions) -> np.ndarray:
    return pixels(explorer.view.boxes[1:], len(explorer.view.picture))


def test_contributions_and_bias_make_the_logits(regions, model):
    logits = regions.view.now.contribution.sum(0) + model.classify.bias.detach().numpy()
    probability = torch.from_numpy(logits).softmax(0)
    np.testing.assert_allclose(regions.view.now.probability, probability, atol=1e-5)


def test_boxes_of_ones_own_are_what_the_network_gets(regions, model):
    boxes = ((0.1, 0.2, 0.6, 0.9), (0.5, 0.0, 1.0, 0.4))
    wish(regions, boxes=boxes)
    assert regions.error == ""
    same(regions.view.now, ferviz.observe(model, ferviz.sample(SAMPLE), boxes=pixels(boxes)))
    assert regions.view.names == ("the whole face", "lower left, .50 wide", "upper right, .50 wide")
    wish(regions, boxes=())
    assert regions.view.now.weight.tolist() == [1.0]
    assert "it has all the weight" in regions.describe()


def test_only_the_box_that_moved_runs_through_the_backbone(regions, monkeypatch):
    ran = []
    backbone = regions.model("relation").backbone
    own = backbone.forward
    monkeypatch.setattr(backbone, "forward", lambda crops: ran.append(len(crops)) or own(crops))
    boxes = [list(box) for box in FIXED]
    boxes[2][0] = 0.2
    regions.show(boxes=boxes)
    assert ran == [1]
    regions.show(margin=0.2, region=3)
    assert ran == [1]
    regions.show(**MASK)
    assert ran == [1, 6]


def test_the_same_crop_six_times_leaves_nothing_to_weigh(model):
    explorer = Regions("synthetic", model)
    explorer.preset(6)
    np.testing.assert_allclose(explorer.view.now.weight, 1 / 6, atol=1e-6)
    assert "all weights are 1/N, 0.167" in explorer.describe()


def test_another_frame_is_another_face(model):
    explorer = Regions("surprise-moving", model, frame=4)
    seen = ferviz.observe(model, ferviz.sample("surprise-moving"))
    np.testing.assert_allclose(explorer.view.now.weight, seen["weight"].values[4], atol=1e-5)
    assert explorer.stage.picture["frames"] == len(ferviz.sample("surprise-moving"))


def test_landmark_boxes_lie_round_the_five_points_of_a_photograph(model):
    explorer = Regions("astronaut", model, scheme="landmark")
    (found,) = ferviz.find_faces(ferviz.sample("astronaut"), size=128, margin=0.0, align="box").points
    middles = explorer.view.boxes[1:6].reshape(-1, 2, 2).mean(1)
    np.testing.assert_allclose(middles, (found + 0.5) / 128, atol=0.02)
    assert len(explorer.view.boxes) == 11


def test_where_no_point_is_known_the_last_network_of_mtcnn_finds_them(model):
    clip = replace(ferviz.sample(SAMPLE), truth=None)
    known, looked = (face_at(one, 0, model).five() for one in (ferviz.sample(SAMPLE), clip))
    assert np.abs(known - looked).max() < 0.08


def test_a_crop_that_shows_nothing_of_the_face_has_a_reason_and_no_weight(model):
    points = np.array([[[30, 40], [70, 40], [50, 60], [35, 80], [400, 80]]], float)
    clip = replace(ferviz.sample(SAMPLE), truth=None, points=points)
    explorer = Regions(clip, model, scheme="landmark")
    assert explorer.view.reasons[5] == explorer.view.reasons[10] == "it shows nothing of the face"
    assert np.isnan(explorer.view.now.weight[5])
    assert explorer.view.names[5] == "nothing of the face"
    np.testing.assert_allclose(np.nansum(explorer.view.now.weight), 1, atol=1e-6)


# ---- covers ----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("kind", COVERS)
def test_a_cover_lies_where_the_hand_puts_it_and_every_number_sees_it(regions, model, kind):
    before = regions.view.now
    wish(regions, cover=kind, cover_x=0.4, cover_y=0.55, cover_size=0.5)
    assert regions.error == ""
    frame, share = lay_cover(ferviz.sample(SAMPLE).frames[0], (kind, 0.4, 0.55, 0.5))
    np.testing.assert_array_equal(regions.view.picture, frame)
    across = np.flatnonzero((share > 0.5).any(0))
    assert (across[0] + across[-1] + 1) / 2 / 112 == pytest.approx(0.4, abs=0.02)
    assert (across[-1] + 1 - across[0]) / 112 == pytest.approx(0.5, abs=0.04)
    covered = Clip(frame[None], np.zeros(1), crop=ferviz.sample(SAMPLE).crop)
    same(regions.view.now, ferviz.observe(model, covered))
    np.testing.assert_array_equal(regions.view.before.weight, before.weight)
    expected, _ = in_boxes(share[None], pixels(regions.view.boxes))
    np.testing.assert_allclose(regions.view.covered, expected[0])
    assert f"{regions.view.covered[0]:.0%} of the face is covered" in regions.describe()


def test_what_a_cover_hides_is_no_evidence(regions):
    truth = ferviz.scores.region_truth(ferviz.sample(SAMPLE), pixels(regions.view.boxes))
    np.testing.assert_allclose(regions.view.evidence, truth.evidence[0])
    np.testing.assert_allclose(regions.view.covered, truth.covered[0])
    regions.show(**MASK)
    assert regions.view.evidence[3] < truth.evidence[0, 3]
    _, share = lay_cover(ferviz.sample(SAMPLE).frames[0], ("mask", 0.5, 0.76, 0.8))
    changed = ferviz.sample(SAMPLE).truth.changed[0]
    np.testing.assert_allclose(regions.view.changed, changed * (1 - share))
    drawn = np.frombuffer(regions.stage.answer["changed"], "<f4").reshape(48, 48)
    np.testing.assert_allclose(drawn, shrunk(changed * (1 - share), 48))


def test_a_photograph_has_no_truth_but_its_cover_is_known(model):
    explorer = Regions("astronaut", model, **MASK)
    assert np.isnan(explorer.view.evidence).all()
    assert explorer.view.covered[3] > 0.2
    assert "The truth is not known: only synthetic faces have it." in explorer.describe()
    assert [one.name for one in explorer.view.measures] == ["weight", "contribution", "attribution", "removal"]
    json.dumps(explorer.stage.answer, default=len, allow_nan=False)


def test_a_cover_goes_to_the_browser_as_a_picture_once(regions):
    assert regions.stage.picture["cutouts"] == {}
    wish(regions, **MASK)
    told = regions.stage.picture
    assert list(told["cutouts"]) == ["mask"]
    assert told["turn"] == regions.stage.answer["sheet"]
    image = Image.open(io.BytesIO(told["cutouts"]["mask"]["image"]))
    assert image.mode == "RGBA"
    assert image.height / image.width == pytest.approx(told["cutouts"]["mask"]["tall"])
    wish(regions, cover_x=0.3)
    assert regions.stage.picture is told
    wish(regions, cover="patch")
    assert list(regions.stage.picture["cutouts"]) == ["mask", "patch"]


def test_a_cover_that_is_there_from_the_start_is_told(model):
    explorer = Regions(SAMPLE, model, **MASK)
    assert list(explorer.stage.picture["cutouts"]) == ["mask"]
    assert explorer.stage.picture["turn"] == explorer.stage.answer["sheet"]


def test_the_middle_of_a_hand_is_not_that_of_its_arm():
    hand = cutout_of("hand")
    assert hand.tall > 1.3
    assert hand.down == pytest.approx(0.5)
    assert hand.cutout.share[-1].max() > 0.9  # the arm goes on to the edge


# ---- what a hand does to weights -------------------------------------------------------------------------------------


def test_a_weight_that_is_dragged_is_an_intervention(regions, model):
    values = (0.5, 0.1, 0.1, 0.1, 0.1, 0.1)
    wish(regions, values=values, moves="weight")
    np.testing.assert_allclose(regions.view.now.weight, values, atol=1e-6)
    with ferviz.intervene(model, {"weight": np.array(values, np.float32)}):
        same_answer = ferviz.observe(model, ferviz.sample(SAMPLE))["emotion_probability"].values[0]
    np.testing.assert_allclose(regions.view.now.probability, same_answer, atol=1e-5)
    assert "The weights moved by hand." in regions.describe()
    assert f"total variation distance of {regions.view.distance:.3f}" in regions.describe()
    wish(regions, values=(1, 0, 0, 0, 0, 0), moves="alpha")
    with ferviz.intervene(model, {"alpha": np.array([1, 0, 0, 0, 0, 0], np.float32)}):
        moved = ferviz.observe(model, ferviz.sample(SAMPLE))["weight"].values[0]
    np.testing.assert_allclose(regions.view.now.weight, moved, atol=1e-6)
    assert "μ moved by hand." in regions.describe()


def test_a_region_that_is_dropped_has_no_weight_and_comes_back(regions, model):
    before = regions.view.now.weight
    wish(regions, dropped=[2, 0])
    kept = np.array([[np.nan] * 4 if place == 2 else box for place, box in enumerate(pixels(FIXED), 1)])
    assert regions.view.reasons[0] == regions.view.reasons[2] == "dropped by hand"
    assert np.isnan(regions.view.now.weight[[0, 2]]).all()
    assert "2 regions dropped by hand." in regions.describe()
    assert "The face is dropped: no RB-loss." in regions.describe()
    wish(regions, dropped=[2])
    seen = ferviz.observe(model, ferviz.sample(SAMPLE), boxes=kept)
    np.testing.assert_allclose(regions.view.now.weight, seen["weight"].values[0], atol=1e-5)
    wish(regions, dropped=[])
    np.testing.assert_array_equal(regions.view.now.weight, before)


def test_the_codes_softmax_is_the_same_network_in_another_form(regions, model):
    wish(regions, squash="softmax")
    other = seeded(squash="softmax")
    other.load_state_dict(model.state_dict())
    same(regions.view.now, ferviz.observe(other, ferviz.sample(SAMPLE)))
    weight = regions.view.now.weight
    assert 0.069**2 / 0.352**2 / 6 < weight.min() < weight.max() < 0.7
    assert model.config.squash == "sigmoid"
    assert "Scores go through the code's softmax." in regions.describe()


def test_the_variants_of_the_network_take_turns(model):
    nets = {"relation": model, "mean": seeded("mean"), "face": seeded("face"), "self": seeded("self")}
    explorer = Regions(SAMPLE, nets)
    assert explorer.stage.picture["variants"] == list(nets)
    wish(explorer, variant="mean")
    np.testing.assert_allclose(explorer.view.now.weight, 1 / 6, atol=1e-6)
    assert "This variant has no μ: no RB-loss." in explorer.describe()
    wish(explorer, variant="face")
    assert (len(explorer.view.boxes), explorer.view.now.weight.tolist()) == (1, [1.0])
    seen = ferviz.observe(nets["face"], ferviz.sample(SAMPLE))
    np.testing.assert_allclose(explorer.view.now.probability, seen["emotion_probability"].values[0], atol=1e-5)
    wish(explorer, variant="self")
    assert explorer.view.now.beta is None
    assert "beta" not in explorer.stage.answer["rows"]
    with pytest.raises(ValueError, match="variant must be one of relation; got 'mean'"):
        Regions(SAMPLE, model, variant="mean")
    assert Regions(SAMPLE, seeded("mean")).state.variant == "mean"


# ---- the loss, measures, maps ----------------------------------------------------------------------------------------


def test_the_loss_is_the_papers(regions):
    mu = torch.from_numpy(regions.view.now.alpha)[None]
    for margin in (0.0, 0.1, 0.3):
        regions.show(margin=margin)
        loss = float(region_biased_loss(mu, margin)[0])
        assert regions.view.loss == pytest.approx(loss, abs=1e-6)
        crop, face = regions.view.now.alpha[regions.view.largest], regions.view.now.alpha[0]
        assert crop == regions.view.now.alpha[1:].max()
        side = "at least" if loss == 0 else "less than"
        said = f"{crop:.3f} − {face:.3f} = {crop - face:.3f}, {side} the margin {margin:.2f}; L_RB = {loss:.3f}."
        assert said.replace("-", "−") in regions.describe()
    regions.show(boxes=())
    assert regions.view.loss is None
    assert "There is no crop to outweigh the face: no RB-loss." in regions.describe()


def test_measures_are_of_the_crops_and_agree_with_the_evidence_or_not(regions, model):
    view = regions.view
    label = view.labels.index(view.label)
    by_name = {one.name: one for one in view.measures}
    assert list(by_name) == ["weight", "contribution", "attribution", "removal", "truth"]
    tau = ferviz.scores.kendall_tau_b(view.now.weight[1:], view.evidence[1:])
    assert by_name["weight"].tau == pytest.approx(tau)
    found = ferviz.attribution.attribute(
        model, ferviz.sample(SAMPLE), level="items", target=view.label, baseline="zero", n_steps=200
    )
    mine = by_name["attribution"].values
    theirs = found["attribution"].values.reshape(-1)
    np.testing.assert_allclose(mine, theirs / np.abs(theirs).sum(), atol=1e-3)
    regions.show(dropped=(3,))
    dropped = regions.view.now.contribution
    without = dropped[np.isfinite(dropped).all(1), label].sum()
    removal = by_name["removal"].values[3]
    assert np.sign(removal) == np.sign(view.now.contribution[:, label].sum() - without)


def test_maps_are_worked_out_when_they_are_asked_for(regions, model):
    assert regions.stage.answer["maps"] is None
    regions.show(**MASK)
    act(regions, "explain")
    assert regions.error == ""
    maps = regions.view.maps
    assert maps.attribution.shape == (48, 48)
    clip = Clip(regions.view.picture[None], np.zeros(1), crop=ferviz.sample(SAMPLE).crop)
    label = regions.view.labels.index(regions.view.label)
    effect = ferviz.scores.cell_covered(model, clip, 1, 2)
    assert maps.removal[1, 2] == pytest.approx(-effect.moved("logit")[0, label], abs=1e-4)
    assert f"The attributions' sum misses the logit's difference by {maps.error:.2g}." in said(regions)["maps"]
    row, column = np.unravel_index(maps.removal.argmax(), (4, 4))
    assert f"without the cell in row {row}, column {column}." in said(regions)["maps"]
    drawn = regions.stage.answer["maps"]
    np.testing.assert_array_equal(np.frombuffer(drawn["removal"], "<f4").reshape(4, 4), maps.removal)
    wish(regions, cover_x=0.3)
    assert regions.stage.answer["maps"] is None  # of another picture
    wish(regions, cover_x=0.5)
    assert regions.view.maps is maps
    wish(regions, label="fear")
    assert regions.stage.answer["maps"] is None


def said(explorer: Regions) -> dict[str, str]:
    return explorer.stage.answer["words"]


# ---- synthetic faces -------------------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def synthetic(model) -> Regions:
    return Regions("synthetic", model, quality="fast")


def test_a_neutral_face_has_no_intensity(model):
    explorer = Regions("synthetic", model, quality="fast", emotion="neutral", yaw=20.0)
    assert "for a synthetic face, neutral, turned by 20°." in explorer.describe()


def test_a_head_is_turned_and_its_truth_turns_with_it(synthetic):
    before = synthetic.view
    wish(synthetic, yaw=40.0)
    assert synthetic.error == ""
    assert (synthetic.view.picture != before.picture).any()
    assert not np.allclose(synthetic.view.evidence, before.evidence)
    assert "happiness at 0.80, turned by 40°." in synthetic.describe()
    wish(synthetic, yaw=0.0, intensity=0.0)
    assert "The truth is flat: nothing that is seen of the face changes with the emotion." in synthetic.describe()
    wish(synthetic, units={"4": 1.0})
    assert "for a synthetic face, your own units × 0.00." in synthetic.describe()
    wish(synthetic, units=None, intensity=0.8)
    most = 1 + int(np.argmax(synthetic.view.evidence[1:]))
    assert f"Most visible change a pixel: region {most} ({synthetic.view.names[most]})." in synthetic.describe()


def test_each_preset_shows_what_it_asks(synthetic):
    synthetic.show(seed=3, margin=0.4)
    for number, preset in enumerate(Regions.PRESETS.values(), 1):
        synthetic._received(synthetic.stage, {"preset": number}, [])
        assert synthetic.error == ""
        assert {name: getattr(synthetic.state, name) for name in preset} == dict(preset)
    assert all(name.endswith("?") for name in Regions.PRESETS)
    synthetic.preset(1)
    assert not synthetic.state.touched
    assert (synthetic.state.seed, synthetic.state.margin) == (8, 0.1)


def test_a_preset_goes_to_the_variant_that_it_asks_of_where_there_is_one():
    explorer = Regions(model={name: seeded(name) for name in ("relation", "face")}, variant="face")
    explorer.preset(6)
    assert (explorer.state.variant, len(explorer.view.boxes)) == ("relation", 6)
    alone = Regions(model={"mean": seeded("mean")})
    alone.preset(6)
    assert (alone.state.variant, len(alone.view.boxes)) == ("mean", 6)


def test_regions_are_named_by_their_place():
    boxes = [[0, 0, 1, 1], [0, 0, 0.75, 0.75], [0.05, 0.05, 0.95, 0.95], [0.2, 0.5, 0.8, 1.0], [np.nan] * 4]
    assert names(np.array(boxes)) == (
        "the whole face",
        "upper left, .75 wide",
        "middle, .90 wide",
        "lower, .60 wide",
        "nothing of the face",
    )


# ---- state, code, errors ---------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"scheme": "grid"}, "scheme must be one of fixed, code, random, landmark; got 'grid'"),
        ({"variant": "pool"}, "variant must be one of face, mean, self, relation; got 'pool'"),
        ({"squash": "relu"}, "squash must be one of '', sigmoid, softmax; got 'relu'"),
        ({"cover": "scarf"}, "cover must be one of '', hand, mask, sunglasses, patch; got 'scarf'"),
        ({"moves": "beta"}, "moves must be one of weight, alpha; got 'beta'"),
        ({"cover_x": 1.5}, "cover_x must lie between 0 and 1; got 1.5"),
        ({"cover_size": 0.01}, "cover_size must lie between 0.1 and 1.2; got 0.01"),
        ({"margin": 0.9}, "margin must lie between 0 and 0.5; got 0.9"),
        ({"region": 6}, "region must be 0 to 5; got 6"),
        ({"region": -1}, "region must be 0 or more; got -1"),
        ({"draw": -1}, "draw must be 0 or more; got -1"),
        ({"frame": 3}, "frame must be 0 to 0; got 3"),
        ({"dropped": (7,)}, "dropped must hold places 0 to 5; got 7"),
        ({"dropped": tuple(range(6))}, "dropped must leave at least one region that can be used; got all of them"),
        ({"values": (1.0,)}, "values must have 6 numbers, one a place; got 1"),
        ({"boxes": ((0.5, 0.5, 0.5, 0.9),)}, r"boxes\[0\] must be left, .* 0.05 wide and tall at least; got \(0.5"),
        ({"boxes": ((0, 0, 1, 1), (-0.1, 0, 1, 1))}, r"boxes\[1\] must be left, top, right, bottom within 0 to 1"),
        ({"boxes": ((0, 0, 1, 1),) * 1000}, "boxes must be at most 24, the whole face not among them; got 1000"),
        ({"boxes": ((0, 0, 1, float("nan")),)}, r"boxes\[0\]\[3\] must be a finite number; got nan"),
        ({"boxes": ((0, 0, 1),)}, r"boxes\[0\] must hold 4 values"),
        ({"label": "joy"}, "label must be one of neutral, .*; got 'joy'"),
        ({"yaw": 90.0}, "yaw must lie between -60 and 60; got 90"),
        ({"source": "holiday"}, "source must be one of synthetic, astronaut, .*; got 'holiday'"),
    ],
)
def test_a_choice_that_does_not_fit_is_named_and_the_view_stays(regions, changes, message):
    before = regions.view
    with pytest.raises(ValueError, match=message):
        regions.show(**changes)
    assert regions.view is before


def test_a_box_as_small_and_as_many_as_may_be(regions):
    regions.show(boxes=[(0, 0, LEAST, LEAST)] * MOST)
    np.testing.assert_allclose(regions.view.now.weight.sum(), 1, atol=1e-5)


def test_a_network_that_does_not_fit_is_named(model):
    with pytest.raises(TypeError, match="model must be a RegionAttention or the name of one; got Identity"):
        Regions(model=nn.Identity())
    with pytest.raises(TypeError, match="model must be a RegionAttention or the name of one; got LBPAttention"):
        Regions(model="lbp-attention")
    with pytest.raises(ValueError, match="model must hold at least one variant; got none"):
        Regions(model={})
    with pytest.raises(ValueError, match=r"model\['mean'\] must be of that variant; got 'relation'"):
        Regions(model={"mean": model})
    with pytest.raises(ValueError, match="model must be one of mini-xception, .*; got 'no-such'"):
        Regions(model="no-such")


def test_the_zoo_is_asked_by_name_and_for_a_variant_when_it_is_looked_at(model, monkeypatch):
    asked = []
    zoo = {"ran": model, "ran-mean": seeded("mean"), "ran-face": seeded("face")}
    monkeypatch.setattr("ferviz.explorers.regions.net.load_model", lambda name: asked.append(name) or zoo[name])
    explorer = Regions(SAMPLE)
    assert explorer.code() == f"ferviz.explorers.Regions('{SAMPLE}')"
    assert asked == ["ran"]
    explorer.show(variant="face")
    assert asked == ["ran", "ran-face"]
    code = Regions(SAMPLE, "ran-mean").code()
    assert code == f"ferviz.explorers.Regions('{SAMPLE}', model='ran-mean', variant='mean')"


def test_the_code_makes_the_same_view_again(regions, model):
    regions.show(source="synthetic", quality="fast", yaw=-20.0, units={"12": 0.5}, margin=0.2, dropped=[1], **MASK)
    regions.show(boxes=[(0.1, 0.1, 0.7, 0.8), (0.2, 0.3, 0.9, 0.9)], values=[0.2, 0.0, 0.8], squash="softmax")
    again = eval(regions.code(), {"ferviz": ferviz, "model": model})  # noqa: S307
    assert asdict(again.state) == asdict(regions.state)
    np.testing.assert_allclose(again.view.now.probability, regions.view.now.probability, atol=1e-6)


def test_the_network_is_left_as_it_was(regions, model):
    before = {name: value.clone() for name, value in model.state_dict().items()}
    for changes in (MASK, {"squash": "softmax"}, {"dropped": (1,)}, {"boxes": ()}):
        regions.show(**changes)
        regions.explain()
        regions.show(dropped=())
    assert not model.training
    assert all(torch.equal(value, before[name]) for name, value in model.state_dict().items())


def test_features_are_kept_for_so_many_boxes_and_no_more(model):
    face = face_at(ferviz.sample(SAMPLE), 0, model)
    for row in range(30):
        boxes = np.array([[0, 0, 1, 1], *([0.01 * row, 0.02 * column, 0.9, 0.9] for column in range(10))])
        features_of(model, face, None, boxes)
    (store,) = face.features.values()
    assert len(store) <= 256 + 11


def test_a_scheme_is_said_in_words(regions):
    assert regions.stage.picture["schemes"] == dict(SCHEMES)


def test_the_state_alone_knows_what_no_face_can_show():
    with pytest.raises(ValueError, match="way must be 1 to"):
        RegionsState(way=99)


# ---- one's own picture -----------------------------------------------------------------------------------------------


def own_clip() -> Clip:
    clip = ferviz.sample("sadness-still")
    return Clip(np.ascontiguousarray(clip.frames[:, :, ::-1]), np.zeros(1), crop=clip.crop, source="mine")


def saved(explorer: Regions) -> str:
    return json.dumps(ipywidgets.Widget.get_manager_state(widgets=[explorer.stage, explorer.foot]), default=str)


def test_ones_own_clip_is_shown_and_not_saved(model):
    explorer = Regions(own_clip(), model, scheme="landmark", **MASK)
    assert (explorer.private, explorer.state.source, explorer.state.cover) == (True, "", "mask")
    assert explorer.stage.picture["source"] == "synthetic"
    assert "your own picture" in explorer.describe()
    own = base64.b64encode(own_clip().frames.tobytes()).decode()
    assert own[:400] not in saved(explorer)
    with pytest.raises(ValueError, match="the page would hold your own picture: pass own=True if you want that"):
        explorer.page()
    assert own[:400] in explorer.page(own=True)
    explorer._received_below(explorer.foot, {"act": "sample"}, [])
    assert (explorer.private, explorer.state.source, explorer.error) == (False, "synthetic", "")


def upload(explorer: Regions, data: bytes) -> None:
    content = {"upload": {"id": 1, "name": "me.png", "total": len(data), "start": 0}}
    explorer._received_below(explorer.foot, content, [memoryview(data)])


def test_an_upload_without_a_face_is_refused_in_words_and_the_face_stays(regions):
    before = regions.view
    upload(regions, png(np.full((80, 80, 3), 90, np.uint8)))
    assert regions.error.startswith("no face found in upload")
    np.testing.assert_array_equal(regions.view.picture, before.picture)


def test_a_gray_photograph_and_a_large_one_are_taken(regions):
    photo = Image.fromarray(ferviz.sample("astronaut").frames[0])
    for other in (photo.convert("L"), photo.resize((3000, 3000 * photo.height // photo.width))):
        data = io.BytesIO()
        other.save(data, "PNG")
        upload(regions, data.getvalue())
        assert (regions.error, regions.private) == ("", True)
        np.testing.assert_allclose(regions.view.now.weight.sum(), 1, atol=1e-5)


def test_an_upload_gets_landmark_boxes(regions):
    upload(regions, png(ferviz.sample("astronaut").frames[0]))
    assert (regions.error, regions.private) == ("", True)
    wish(regions, scheme="landmark")
    assert np.isfinite(regions.view.boxes).all()
    assert len(regions.view.boxes) == 11


def test_the_page_holds_all_and_asks_nobody(regions, tmp_path):
    regions.show(**MASK)
    page = regions.save_page(tmp_path / "regions.html").read_text("utf-8")
    assert '"offline": true' in page
    assert not re.search(r"https?://(?!www\.w3\.org)", page.split("<script>")[1].split("TRAITS")[0])
    sent: list[dict] = []
    regions.stage.send = lambda content, buffers=None: sent.append(content)
    act(regions, "page")
    assert sent[0]["file"]["name"] == "regions.html"
