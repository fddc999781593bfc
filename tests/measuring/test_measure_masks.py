"""The measure of masks: right on maps whose answer is known, and whole on a tiny set."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
import torch

import ferviz
from data_scripts import measure_masks
from data_scripts.measure_masks import CONTROLS, beaten, curve_tables, path_table, sanity_table, tables
from ferviz import Clip, Crop, Emotion, weights
from ferviz.faces import sample_person
from ferviz.faces.clips import make_clip
from ferviz.faces.plan import Plan
from ferviz.faces.sets import read
from ferviz.measured import Figures, pick
from ferviz.measuring import masks as mask_faces
from ferviz.measuring.maps import another, fewest
from ferviz.measuring.masks import Face, load, look, maps_of, without_emotion
from ferviz.models.backbones import ResNetConfig
from ferviz.models.lbp_attention import Config, LBPAttention
from ferviz.weights import Card

SMALL = replace(
    Config.compact(),
    branch=ResNetConfig(colours=1, stem="narrow", channels=(8, 16), blocks=(1, 1)),
    mask_width=8,
    stages=(24,),
    side=24,
)
TOLD = {"set": "stills"}


@pytest.fixture(scope="module")
def model() -> LBPAttention:
    with torch.random.fork_rng():
        torch.manual_seed(4)
        net = LBPAttention(SMALL)
        with torch.no_grad():
            net.classify.weight.mul_(20)
    return net.eval()


def a_face(person: int, label: Emotion = Emotion.FEAR, *, plain: bool = False, seed: int = 0) -> Face:
    """A face of noise whose upper left sixteenth is the truth."""
    pictures = np.random.default_rng([seed, person]).integers(0, 256, (1, 24, 24, 3), dtype=np.uint8)
    truth = np.zeros((24, 24))
    truth[:6, :6] = 0.5
    twin = np.random.default_rng(person + 50).integers(0, 256, (24, 24, 3), dtype=np.uint8) if plain else None
    return Face(Clip(pictures, np.zeros(1), crop=Crop(24, 0.0)), person, label, truth, truth > 0, twin)


def on(face: Face) -> np.ndarray:
    """A map with one highest place on the truth, and all of its mass."""
    values = np.where(face.right, 1.0, -1.0)
    values[2, 2] = 1.5
    return values


def test_another_is_of_another_person_and_of_the_label_that_is_asked_for():
    people, labels = np.array([0, 0, 1, 1, 2, 2]), np.array(list("ababab"))
    for same in (True, False):
        places = another(people, labels, same=same)
        assert (people[places] != people).all()
        assert ((labels[places] == labels) == same).all()
    assert another(np.array([0, 0]), np.array(["a", "a"]), same=True).tolist() == [-1, -1]
    places = another(np.arange(200), np.repeat("a", 200), same=True)
    assert np.bincount(places).max() < 12  # nobody is everybody's other


def test_the_fewest_places_that_hold_half():
    values = np.array([[4.0, 1.0], [2.0, 1.0]])
    assert fewest(values).tolist() == [[True, False], [False, False]]
    assert fewest(values, 0.7).tolist() == [[True, False], [True, False]]
    assert not fewest(np.zeros((2, 2))).any()


def entry(entries, **wanted):
    (found,) = pick(entries, **wanted)
    return found


def test_a_map_on_the_truth_scores_full_and_one_beside_it_nothing():
    faces = [a_face(person, (Emotion.FEAR, Emotion.ANGER)[person % 2]) for person in range(8)]
    maps = [{"good": on(face), "bad": -on(face), "flat": np.full((24, 24), np.nan)} for face in faces]
    found = tables(TOLD, faces, maps)
    rows, differences = found["rows"], found["difference"]
    assert entry(rows, metric="area").value == 1 / 16
    assert entry(rows, row="good", map="own", metric="pointing").value == 1
    assert entry(rows, row="good", map="own", metric="ratio").value == 16
    for metric in ("pointing", "ratio"):
        assert entry(rows, row="bad", map="own", metric=metric).value == 0
        flat = entry(rows, row="flat", map="own", metric=metric)
        assert (flat.value, flat.left_out) == (None, 8)
    same = entry(differences, row="good", than="same class", metric="ratio")  # the other face's map is the same here
    assert (same.value, same.p, same.p_holm) == (0, 1, 1)
    bump = entry(differences, row="good", than="gaussian", metric="pointing")
    assert bump.value == 1
    assert bump.p_holm == pytest.approx(4 * 2 / 2001, rel=0.01)  # of the four questions that have an answer
    assert bump.holm_over == "all rows and metrics of stills against gaussian"
    assert bump.clear()


def test_holm_counts_all_rows_and_metrics_of_one_base():
    rng = np.random.default_rng(0)
    faces = [a_face(person) for person in range(8)]
    maps = [{name: rng.normal(size=(24, 24)) for name in "abc"} for _ in faces]
    differences = tables(TOLD, faces, maps)["difference"]
    assert {e.than for e in differences} == set(CONTROLS)
    sobel = pick(differences, than="sobel")
    assert len(sobel) == 6
    least = min(sobel, key=lambda e: e.p)
    assert least.p_holm == pytest.approx(min(1, 6 * least.p), rel=0.01)
    none = entry(differences, row="a", than="other class", metric="ratio")  # there is no other class
    assert none.value is None


def test_what_a_map_must_beat_is_of_other_people():
    faces = [a_face(person) for person in (0, 0, 1)]
    maps = [np.eye(24) * (place + 1) for place in range(2)] + [np.fliplr(np.eye(24))]
    found = beaten(maps, faces)
    np.testing.assert_allclose(found["mean of others"][0], maps[2] / 24)
    np.testing.assert_array_equal(found["same class"][0], maps[2])
    assert np.isnan(found["other class"][0]).all()
    assert found["sobel"][0].min() >= 0
    assert found["sobel"][0].shape == (24, 24)


def test_all_maps_of_a_face_and_none_of_a_constant_one(model):
    found = maps_of(model, a_face(0))
    inputs = [f"{m}, {i}" for m in list(mask_faces.METHODS)[:4] for i in ("photo", "texture")]
    assert list(found) == ["mask", "mask above its mean", "gain above its mean", *inputs, "grad_cam", "cam"]
    seen = ferviz.observe(model, a_face(0).clip)
    m, t = (seen[name].values[0] for name in ("mask", "trunk"))
    acts = np.divide((m * t).sum(0), t.sum(0), out=np.zeros(m.shape[1:]), where=t.sum(0) > 0)
    corners = found["gain above its mean"][[0, 0, -1, -1], [0, -1, 0, -1]]
    assert corners - corners[0] == pytest.approx(acts[[0, 0, -1, -1], [0, -1, 0, -1]] - acts[0, 0], abs=1e-6)
    assert all(values.shape == (24, 24) for values in found.values())
    assert found["mask above its mean"].mean() == pytest.approx(0, abs=1e-7)
    gray = Clip(np.full((1, 24, 24, 3), 90, np.uint8), np.zeros(1), crop=Crop(24, 0.0))
    assert all(np.isnan(values).all() for values in maps_of(model, replace(a_face(0), clip=gray)).values())


def test_curves_are_asked_with_every_fill_that_is_there(model, monkeypatch):
    monkeypatch.setattr(measure_masks, "STEPS", 3)
    faces = [a_face(person, plain=True) for person in range(3)]
    maps = [{"good": on(face), "flat": np.full((24, 24), np.nan)} for face in faces]
    found = curve_tables(TOLD, model, faces, maps)
    curves = found["curves"]
    assert {(e["curve"], e["fill"]) for e in curves} == {
        (c, f) for c in ("deletion", "insertion") for f in ("blur", "without emotion")
    }
    assert entry(curves, row="flat", curve="deletion", fill="blur").left_out == 3
    own, bump = (entry(curves, row=row, curve="deletion", fill="blur").value for row in ("good", "gaussian"))
    paired = entry(found["curve_difference"], row="good", curve="deletion", fill="blur")
    assert paired.value == pytest.approx(own - bump, abs=2e-4)
    without = curve_tables(TOLD, model, [replace(face, plain=None) for face in faces], maps)
    assert {e["fill"] for e in without["curves"]} == {"blur"}


def test_a_randomised_classifier_leaves_the_mask_and_a_new_network_does_not(model, monkeypatch):
    monkeypatch.setattr(measure_masks, "QUICK", ("saliency",))
    faces = [a_face(person) for person in range(2)]
    maps = [maps_of(model, face, ("saliency",)) for face in faces]
    found = sanity_table(TOLD, model, faces, maps)
    assert entry(found, row="mask", randomised="classifier and stages").value == pytest.approx(1)
    assert entry(found, row="mask", randomised="everything").value < 0.9
    assert entry(found, row="saliency, photo", randomised="classifier and stages").value < 0.99


def test_the_texture_path_is_asked_with_blur_and_with_another_face(model):
    faces = [a_face(person, (Emotion.FEAR, Emotion.ANGER)[person % 2]) for person in range(4)]
    found = path_table(TOLD, model, faces)
    assert [(e["other"], e["replaced"]) for e in found] == [
        (other, name) for other in ("blur", "another face") for name in ("texture", "photo", "both", "share")
    ]
    assert 0 < entry(found, other="blur", replaced="share").value < 1


def test_planted_faces_have_the_place_for_their_truth():
    person = sample_person(np.random.default_rng(0))
    patch = make_clip(Plan(Emotion.FEAR, person, family="patch", frames=3, size=48, quality="fast"))
    face = look("patch", patch, 0)
    np.testing.assert_array_equal(face.clip.frames[0], patch.frames[1])
    np.testing.assert_array_equal(face.right, patch.truth.cover[1])
    assert 0.01 < face.right.mean() < 0.05
    upper = make_clip(Plan(Emotion.HAPPINESS, person, family="upper", frames=3, size=48, quality="fast"))
    face = look("upper", upper, 0)
    np.testing.assert_array_equal(face.clip.frames[0], upper.frames[upper.truth.evidence.argmax()])
    assert face.right[:8].all()
    assert not face.right[-8:].any()
    with pytest.raises(ValueError, match="clip must be synthetic, with its truth; 'array' has none"):
        look("upper", Clip(np.zeros((1, 8, 8, 3), np.uint8), np.zeros(1)), 0)


def test_the_render_without_emotion_differs_where_the_truth_says(tiny_set):
    found = read(tiny_set, split="test", part="stills")
    at = next(at for at, row in enumerate(found.rows) if row["label"] != "neutral")
    clip, plain = found[at], without_emotion(found, at)
    difference = np.abs(clip.frames[0].astype(int) - plain).mean(2) / 255
    there = clip.truth.changed[0] > 0
    np.testing.assert_allclose(difference[there], clip.truth.changed[0][there], atol=1e-6)
    assert clip.truth.changed[0].max() > 0.02


@pytest.mark.parametrize("colours", [1, 3])
def test_a_trained_folder_is_loaded_with_its_number_of_colours(tmp_path, colours):
    net = LBPAttention(Config.compact(colours))
    card = Card("x", "LBPAttention", "", "", "", ())
    weights.save(tmp_path / "weights.safetensors", net.state_dict(), card)
    found = load(str(tmp_path))
    assert found.config.branch.colours == colours
    assert not found.training
    assert torch.equal(found.classify.weight, net.classify.weight)


def test_weights_that_are_not_there_are_named(tmp_path):
    with pytest.raises(FileNotFoundError, match=r"weights must be one of mini-xception, .*, or a folder with weights"):
        load(str(tmp_path))


def test_the_whole_script_on_a_tiny_set(tiny_set, tmp_path, model, monkeypatch, capsys):
    monkeypatch.setattr(measure_masks, "load", lambda given: model)
    monkeypatch.setattr(mask_faces.maps_of, "__defaults__", (("saliency",),))
    monkeypatch.setattr(measure_masks, "QUICK", ("saliency",))
    monkeypatch.setattr(measure_masks, "learned", lambda folder: 0.5)
    out = tmp_path / "masks.json"
    told = ["--stills", str(tiny_set), "--limit", "5", "--curves", "2", "--dealt", str(tmp_path), "--out", str(out)]
    assert measure_masks.main([*told, "--weights", "stills=lbp-attention"]) == 0
    found = Figures.from_json(out.read_text("utf-8"))
    assert found["accuracy"][0].items == 5
    assert "measure_masks.py --stills STILLS --weights stills=lbp-attention --limit 5" in found.command
    assert found.about["dealt"] == {"true": 0.5, "shuffled": 0.5}
    names = ["accuracy", "rows", "difference", "curves", "curve_difference", "sanity", "texture_path"]
    assert list(found.tables) == names
    assert entry(found["sanity"], row="mask", randomised="labels").value == 1  # the same network twice
    assert {e["fill"] for e in found["curves"]} == {"blur", "without emotion"}
    with pytest.raises(SystemExit):
        measure_masks.main([*told, "--weights", "patch=somewhere"])
    assert "must name sets (stills, upper, lower, patch) whose folder is given; got 'patch'" in capsys.readouterr().err
