"""Pointing, curves, sanity checks and the texture's own path, against answers that are known or worked out apart."""

from __future__ import annotations

import doctest
from dataclasses import replace

import numpy as np
import pytest
import torch
from scipy.stats import rankdata

import ferviz
from ferviz import Clip, Crop, Gap, scores
from ferviz.attribution import attribute, quantity_map
from ferviz.models import FrameAttention, Model, frame_attention
from ferviz.models.backbones import ResNetConfig
from ferviz.models.lbp_attention import Config, LBPAttention
from ferviz.scores import maps, sanity

SMALL = replace(
    Config.compact(),
    branch=ResNetConfig(colours=1, stem="narrow", channels=(8, 16), blocks=(1, 1)),
    mask_width=8,
    stages=(24,),
    side=24,
)


def drawn(config: Config = SMALL) -> LBPAttention:
    with torch.random.fork_rng():
        torch.manual_seed(4)
        model = LBPAttention(config)
        with torch.no_grad():
            model.classify.weight.mul_(20)
    return model.eval()


def noise(frames: int = 1, side: int = 24, seed: int = 0, **more) -> Clip:
    pictures = np.random.default_rng(seed).integers(0, 256, (frames, side, side, 3), dtype=np.uint8)
    return Clip(pictures, np.arange(float(frames)), crop=Crop(side, 0.0), **more)


class Weighing(Model):
    """The logit of "yes" is a weighted sum of the red of all pixels, 0 to 1; that of "no" is 0."""

    labels = ("yes", "no")
    crop = Crop(4, 0.0)

    def __init__(self, weight) -> None:
        super().__init__()
        self.weight = torch.nn.Parameter(torch.tensor(weight, dtype=torch.float32))

    def pictures(self, clip):
        return torch.from_numpy(clip.frames[..., :1]).permute(0, 3, 1, 2)

    def inputs(self, pictures):
        return (pictures.float() / 255,)

    def forward(self, pictures):
        yes = (pictures[:, 0] * self.weight).sum((1, 2))
        return torch.stack((yes, torch.zeros_like(yes)), 1)


def test_examples_in_docstrings():
    for module in (maps, sanity):
        assert doctest.testmod(module).failed == 0


def test_a_map_that_points_at_the_truth_and_one_that_does_not():
    truth = np.zeros((8, 8), bool)
    truth[2, 3] = True
    right, wrong = np.zeros((2, 8, 8))
    right[2, 3] = wrong[2, 5] = 1
    assert scores.pointing_game(right, truth) == 1
    assert scores.pointing_game(wrong, truth) == 0
    assert scores.pointing_game(wrong, truth, tolerance=1.9) == 0
    assert scores.pointing_game(wrong, truth, tolerance=2) == 1


def test_a_negative_map_points_at_its_highest_place():
    values = -np.arange(1.0, 5).reshape(2, 2)
    assert scores.pointing_game(values, np.array([[True, False], [False, False]])) == 1


def test_several_highest_places_count_by_their_share_and_places_without_a_value_do_not():
    truth = np.array([[True, True], [False, False]])
    assert scores.pointing_game([[2.0, 1.0], [2.0, 0.0]], truth) == 0.5
    assert scores.pointing_game([[2.0, 1.0], [2.0 - 1e-9, 0.0]], truth) == 0.5  # rounding is no difference
    assert scores.pointing_game([[2.0, 1.0], [np.nan, 0.0]], truth) == 1
    assert scores.pointing_game([[2.0, 1.0], [2.0, 0.0]], truth, tolerance=1) == 1


def test_by_chance_pointing_gives_the_share_of_the_truth():
    rng = np.random.default_rng(0)
    truth = rng.random((10, 10)) < 0.3
    found = [scores.pointing_game(rng.random((10, 10)), truth) for _ in range(3000)]
    assert np.mean(found) == pytest.approx(truth.mean(), abs=0.03)


def test_flat_maps_and_empty_truths_are_not_scored():
    truth = np.array([[True, False]])
    assert np.isnan(scores.pointing_game([[1.0, 1.001]], truth))
    assert np.isnan(scores.pointing_game([[1.0, 2.0]], truth, flat=True))
    assert scores.pointing_game([[1.001, 1.0]], truth, flat=False) == 1
    assert np.isnan(scores.pointing_game([[1.0, 2.0]], ~truth & False))


def test_pointing_says_what_it_needs():
    with pytest.raises(TypeError, match="truth must be bool, such as changed > 0; got float64"):
        scores.pointing_game(np.ones((2, 2)), np.ones((2, 2)))
    with pytest.raises(ValueError, match=r"must have one shape \(H, W\); got \(2,\) and \(2,\)"):
        scores.pointing_game(np.ones(2), np.ones(2, bool))
    with pytest.raises(ValueError, match="tolerance must be 0 pixels or more; got -1"):
        scores.pointing_game(np.eye(2), np.eye(2, dtype=bool), tolerance=-1)


def by_hand(weight, frame, fill, order, steps, *, insert) -> tuple[list[float], float]:
    """Both curves with loops over single pixels, and the area by numpy's own rule."""
    picture = (fill if insert else frame)[..., 0].astype(float).ravel().copy()
    goal = (frame if insert else fill)[..., 0].astype(float).ravel()
    probability, done = [], 0
    for step in range(steps + 1):
        for pixel in order[done : round(step * len(order) / steps)]:
            picture[pixel] = goal[pixel]
        done = round(step * len(order) / steps)
        logit = sum(w * p / 255 for w, p in zip(np.ravel(weight), picture, strict=True))
        probability.append(1 / (1 + np.exp(-logit)))
    return probability, float(np.trapezoid(probability, np.linspace(0, 1, steps + 1)))


@pytest.mark.parametrize("insert", [False, True])
@pytest.mark.parametrize("fill", ["black", "blur", "own"])
def test_curves_are_those_of_a_computation_pixel_by_pixel(insert, fill):
    rng = np.random.default_rng(3)
    weight, clip = rng.normal(size=(4, 4)), noise(side=4)
    model, values = Weighing(weight), rng.normal(size=(4, 4))
    values[1, 1] = values[2, 3] = values[0, 2]  # equal ones go in reading order
    own = rng.integers(0, 256, (4, 4, 3), dtype=np.uint8)
    filled = own if fill == "own" else ferviz.attribution.baselines.baseline_clip(clip, fill).frames[0]
    order = sorted(range(16), key=lambda pixel: -values.ravel()[pixel])
    wanted, area = by_hand(weight, clip.frames[0], filled, order, 8, insert=insert)
    curve = scores.insertion if insert else scores.deletion
    found = curve(model, clip, values, target="yes", fill=own if fill == "own" else fill, steps=8)
    np.testing.assert_allclose(found["probability"][0], wanted, atol=1e-6)
    np.testing.assert_allclose(found["logit"][0], np.log(np.divide(wanted, 1 - np.array(wanted))), atol=1e-4)
    assert found["area"].item() == pytest.approx(area, abs=1e-6)
    assert found["share"].values.tolist() == [k / 8 for k in range(9)]
    assert found.attrs["fill"] == ("array" if fill == "own" else fill)


def test_the_model_itself_deletes_best_of_all_orders():
    """Of a linear model, the gradient × what is lost is the best map that there is, and its negative the worst."""
    rng = np.random.default_rng(5)
    weight, clip = rng.normal(size=(4, 4)), noise(side=4, seed=6)
    model = Weighing(weight)
    worth = weight * clip.frames[0, ..., 0]
    told = {"target": "yes", "fill": "black", "steps": 16}
    best, worst = (scores.deletion(model, clip, sign * worth, **told)["area"].item() for sign in (1, -1))
    others = [scores.deletion(model, clip, rng.random((4, 4)), **told)["area"].item() for _ in range(20)]
    assert best < min(others)
    assert worst > max(others)
    inserted = scores.insertion(model, clip, worth, **told)["area"].item()
    assert inserted > max(scores.insertion(model, clip, rng.random((4, 4)), **told)["area"].item() for _ in range(20))


def test_curves_run_from_the_face_to_what_fills_it_with_its_texture_made_anew():
    model, clip = drawn(), noise(3, gaps=(Gap("frames", 1, 2, "no face found"),))
    found = attribute(model, clip, target="fear", n_steps=3)
    blurred = replace(clip, frames=ferviz.attribution.baselines.baseline_clip(clip, "blur").frames)
    ends = [ferviz.observe(model, one)["emotion_probability"].sel(emotion="fear") for one in (clip, blurred)]
    gone, back = (curve(model, clip, found, target="fear", steps=4) for curve in (scores.deletion, scores.insertion))
    for curve, (first, last) in ((gone, ends), (back, ends[::-1])):
        np.testing.assert_allclose(curve["probability"][:, 0], first, atol=1e-6)
        np.testing.assert_allclose(curve["probability"][:, -1], last, atol=1e-6)
        assert curve["target"].values.tolist() == ["fear", "", "fear"]
    values = found["attribution"].values
    upper = values >= np.median(values, (1, 2), keepdims=True)
    half = np.where(upper[..., None], blurred.frames, clip.frames)
    wanted = ferviz.observe(model, replace(clip, frames=half))["emotion_probability"].sel(emotion="fear")
    np.testing.assert_allclose(gone["probability"][:, 2], wanted, atol=1e-6)


def test_the_label_is_what_the_model_answers_to_the_whole_face_unless_named():
    model, clip = drawn(), noise()
    answer = ferviz.observe(model, clip)["emotion_logits"][0].idxmax().item()
    values = np.random.default_rng(0).random((24, 24))
    assert scores.deletion(model, clip, values, steps=2)["target"].item() == answer
    assert scores.insertion(model, clip, values, steps=2, fill="black")["target"].item() == answer


def test_a_flat_map_has_no_curve():
    model, still = drawn(), Clip(np.full((1, 24, 24, 3), 90, np.uint8), np.zeros(1), crop=Crop(24, 0.0))
    for values in (quantity_map(model, still, "mask"), np.ones((24, 24))):
        found = scores.deletion(model, still, values)
        assert found["flat"].item()
        assert np.isnan(found["area"].item())


def test_curves_say_what_they_need():
    model, clip = drawn(), noise()
    values = np.random.default_rng(0).random((24, 24))
    with pytest.raises(ValueError, match=r"values must be maps of shape \(1, 24, 24\), as the clip has; got \(3, 3\)"):
        scores.deletion(model, clip, np.ones((3, 3)))
    with pytest.raises(ValueError, match="values must be finite outside the clip's gaps; got NaN"):
        scores.deletion(model, clip, np.where(values > 0.5, np.nan, values))
    with pytest.raises(ValueError, match="steps must be a whole number of at least 1; got 0"):
        scores.insertion(model, clip, values, steps=0)
    with pytest.raises(ValueError, match="target must be one of anger, .*; got 'boredom'"):
        scores.insertion(model, clip, values, target="boredom")
    fan = FrameAttention(frame_attention.Config.compact("self")).eval()
    with pytest.raises(ValueError, match="answer frame by frame with labels; FrameAttention answers for whole clips"):
        scores.deletion(fan, clip, values)
    plain = Weighing(np.ones((4, 4)))
    plain.labels = {"yes": None}
    with pytest.raises(ValueError, match="Weighing answers the head yes with one plain number"):
        scores.deletion(plain, noise(side=4), np.eye(4), head="yes")


def numbers(model: torch.nn.Module) -> dict[str, torch.Tensor]:
    return {name: value.clone() for name, value in model.state_dict().items()}


def test_a_whole_network_is_drawn_anew_on_a_copy_by_a_seed():
    model = drawn().train()
    before, luck = numbers(model), torch.get_rng_state()
    first, again, other = (scores.randomise(model, seed=seed) for seed in (1, 1, 2))
    assert torch.equal(torch.get_rng_state(), luck)
    assert all(torch.equal(value, before[name]) for name, value in model.state_dict().items())
    assert first.training
    assert not scores.randomise(model.eval()).training
    same = {name: torch.equal(value, again.state_dict()[name]) for name, value in first.state_dict().items()}
    assert all(same.values())
    drawn_ones = [name for name in before if name.endswith("weight") and before[name].ndim > 1]
    assert len(drawn_ones) > 10
    for name in drawn_ones:
        assert not torch.equal(first.state_dict()[name], before[name])
        assert not torch.equal(first.state_dict()[name], other.state_dict()[name])


def test_layers_are_randomised_from_the_top():
    model = drawn()
    layers = scores.layers_from_top(model)
    assert layers[0] == "classify"
    assert layers[1].startswith("stages.")
    assert layers[-1].startswith("raw_branch.")
    assert {".".join(name.split(".")[:-1]) for name in model.state_dict()} == set(layers)
    changed = scores.randomise(model, 2, seed=1)
    different = {
        ".".join(name.split(".")[:-1])
        for name, value in changed.state_dict().items()
        if not torch.equal(value, model.state_dict()[name])
    }
    assert "classify" in different
    assert different <= set(layers[:2])
    by_name = scores.randomise(model, ["classify", "stages"], seed=1)
    assert not torch.equal(by_name.classify.weight, model.classify.weight)
    assert torch.equal(by_name.classify.weight, changed.classify.weight)
    kept = model.raw_branch.state_dict()
    assert all(torch.equal(value, kept[name]) for name, value in by_name.raw_branch.state_dict().items())
    kept = scores.randomise(model, 0)
    assert all(torch.equal(value, model.state_dict()[name]) for name, value in kept.state_dict().items())


def test_a_map_that_knows_the_network_changes_with_it_and_one_of_the_picture_does_not():
    model, clip = drawn(), noise()
    anew = scores.randomise(model, seed=7)
    own, other = (attribute(one, clip, target="fear", n_steps=4)["attribution"].values for one in (model, anew))
    assert scores.rank_correlation(own, own) == pytest.approx(1)
    assert abs(scores.rank_correlation(own, other)) < 0.5
    edges = clip.frames.mean(3)
    assert scores.rank_correlation(edges, edges) == pytest.approx(1)


def test_rank_correlation_is_that_of_ranks():
    rng = np.random.default_rng(0)
    first, second = rng.integers(0, 5, (6, 6)).astype(float), rng.normal(size=(6, 6))
    second[0, 0] = np.nan
    known = np.isfinite(second)
    wanted = np.corrcoef(rankdata(first[known]), rankdata(second[known]))[0, 1]
    assert scores.rank_correlation(first, second) == pytest.approx(wanted)
    assert np.isnan(scores.rank_correlation(first, np.ones((6, 6))))
    with pytest.raises(ValueError, match=r"first and second must have one shape; got \(6, 6\) and \(2,\)"):
        scores.rank_correlation(first, [1.0, 2.0])


def test_what_cannot_be_randomised_is_named():
    with pytest.raises(TypeError, match="model must have a config from which it is built anew; Weighing has none"):
        scores.randomise(Weighing(np.ones((4, 4))))
    model = drawn()
    with pytest.raises(ValueError, match=r"layers must be a whole number from 0 to \d+; got -1"):
        scores.randomise(model, -1)
    with pytest.raises(ValueError, match="layers must be paths of parts of LBPAttention; got 'head'"):
        scores.randomise(model, ["head"])


def test_the_texture_moves_the_answer_by_itself():
    model, clip, other = drawn(), noise(3, gaps=(Gap("frames", 1, 2, "no face found"),)), noise(3, seed=9)
    found = scores.texture_path(model, clip, other)
    photo, texture = model.prepare(clip)
    other_photo, other_texture = model.prepare(other)
    with torch.no_grad():
        before = model(photo, texture).double().numpy()
        pairs = ((photo, other_texture), (other_photo, texture), (other_photo, other_texture))
        after = [model(*pair).double().numpy() for pair in pairs]
    for place, logits in enumerate(after):
        for frame in (0, 2):
            step = logits[frame] - before[frame]
            assert found["moved"].values[frame, place] == pytest.approx(np.std(step), rel=1e-4)
            chances = [np.exp(row) / np.exp(row).sum() for row in (logits[frame], before[frame])]
            moved = np.abs(chances[0] - chances[1]).sum() / 2
            assert found["probability_moved"].values[frame, place] == pytest.approx(moved, abs=1e-5)
            assert found["changed"].values[frame, place] == (logits[frame].argmax() != before[frame].argmax())
    assert found["moved"].sel(replaced="texture").values[0] > 0
    share = found["moved"].values[:, 0] / found["moved"].values[:, :2].sum(1)
    np.testing.assert_allclose(found["share"], share)
    assert np.isnan(found["moved"].values[1]).all()
    assert not found["changed"].values[1].any()


def test_a_mask_that_is_held_leaves_the_texture_no_path():
    model, clip = drawn(), noise()
    with ferviz.intervene(model, {"mask": 0.5}):
        found = scores.texture_path(model, clip)
    assert found["moved"].sel(replaced="texture").item() == 0
    assert found["share"].item() == 0
    assert found.attrs["other"] == "blur"
    same = scores.texture_path(model, clip, clip)
    assert np.isnan(same["share"].item())
    assert same["moved"].values.max() == 0


def test_a_network_of_one_picture_has_no_texture_path():
    with pytest.raises(ValueError, match="a picture of the texture beside the photo; LBPAttention does not"):
        scores.texture_path(drawn(replace(SMALL, texture=None)), noise())
