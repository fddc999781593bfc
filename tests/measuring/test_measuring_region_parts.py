"""Parts of the measure of region attention: faces, turns, covers, heads, and effects for many faces at once."""

from __future__ import annotations

import doctest
from dataclasses import replace

import numpy as np
import pytest
import torch

from ferviz import scores
from ferviz.emotions import LABEL_SETS
from ferviz.faces.pasting import cut_out
from ferviz.faces.sets import read
from ferviz.learning.sets import Stills
from ferviz.measured import claims
from ferviz.measuring import region_effects, region_faces
from ferviz.measuring.region_asking import Boards
from ferviz.measuring.region_boards import FaceBoard
from ferviz.measuring.region_effects import (
    answered,
    attributions,
    clip_of,
    controls,
    covered_drops,
    dropped,
    filled,
    mean_answers,
    top_answers,
)
from ferviz.measuring.region_faces import (
    TestFaces,
    asymmetry,
    by_bins,
    covered,
    patched,
    pointed,
    quarter,
    real_faces,
    synthetic_faces,
)
from ferviz.measuring.region_heads import ROWS, HeadTask, Row, Vectors, joined, learn, vectors_kept
from ferviz.measuring.region_study import Net, Reader, crops_of, lesson_of
from ferviz.measuring.region_tables import PAPER, shipped
from ferviz.measuring.votes import most_voted
from ferviz.models import region_attention
from ferviz.models.backbones import ResNetConfig
from ferviz.models.region_attention import Config, RegionAttention
from ferviz.models.regions import WHOLE, regions_of
from ferviz.prepared import VOTE_NAMES, Faces

TINY = ResNetConfig(colours=1, stem="narrow", channels=(4, 6), blocks=(1, 1))
POINTS = np.array([[15, 18], [33, 18], [24, 27], [17, 36], [31, 36]], float)
LABELS = LABEL_SETS["FER+"]


@pytest.fixture(autouse=True)
def small(monkeypatch):
    monkeypatch.setattr(region_attention, "SMALL", TINY)


def net(variant="relation", seed=0, **more):
    torch.manual_seed(seed)
    model = RegionAttention(replace(Config.compact(variant), **more)).eval()
    with torch.no_grad():
        for part in (model.q0, model.q1):
            if part is not None:
                part.score.weight *= 20
    return model


def some_faces(count=4, seed=0):
    luck = np.random.default_rng(seed)
    pictures = torch.from_numpy(luck.integers(0, 256, (count, 1, 48, 48), dtype=np.uint8))
    points = POINTS + luck.normal(0, 1, (count, 5, 2))
    label = np.arange(count) % 8
    return TestFaces(pictures, label, np.arange(count), points, {"all": np.ones(count, bool)})


# ---- turned faces ----------------------------------------------------------------------------------------------------


def turned(points, degrees):
    """Points of a picture that is turned in its plane."""
    c, s = np.cos(np.radians(degrees)), np.sin(np.radians(degrees))
    return (np.asarray(points) - 24) @ np.array([[c, s], [-s, c]]) + 24


def test_asymmetry_is_0_in_the_middle_has_a_sign_and_knows_no_roll_or_size():
    left = POINTS.copy()
    left[2, 0] -= 6
    right = POINTS.copy()
    right[2, 0] += 6
    values = asymmetry([POINTS, left, right])
    assert values[0] == 0
    assert values[1] == -values[2] < 0
    moved = [turned(right, 25), 0.4 * right + 3]
    np.testing.assert_allclose(asymmetry(moved), values[2])
    one = np.zeros((1, 5, 2))
    assert np.isnan(asymmetry(one)).all()
    with pytest.raises(ValueError, match=r"points must have shape \(N, 5, 2\); got \(5, 2\)"):
        asymmetry(POINTS)


def test_the_quarter_is_a_quarter_of_those_with_points():
    points = np.repeat(POINTS[None], 40, 0)
    points[:, 2, 0] += np.linspace(-8, 8, 40)
    sure = np.arange(40) >= 4
    found = quarter(points, sure)
    assert found.sum() == 36 // 4
    assert not found[:4].any()
    assert found[[4, 38, 39]].all()
    assert not found[20]


def test_points_of_what_is_no_face_are_those_of_the_others(monkeypatch):
    points = np.stack([POINTS, POINTS + 2, POINTS + 40])

    class Third:
        def points_of(self, pictures):
            return np.array([0.9, 0.9, 0.1])[: len(pictures)], points[: len(pictures)]

    monkeypatch.setattr(region_faces, "cascade", Third)
    found, sure = pointed(np.zeros((3, 48, 48), np.uint8))
    assert sure.tolist() == [True, True, False]
    np.testing.assert_allclose(found[2], POINTS + 1)
    np.testing.assert_array_equal(found[:2], points[:2])


# ---- faces -----------------------------------------------------------------------------------------------------------


def voted(count=24):
    votes = np.zeros((count, 10), np.uint8)
    votes[np.arange(count), np.arange(count) % 8] = 6
    votes[0, :2] = 5
    votes[0, 2:] = 0
    votes[1] = 0
    votes[1, 8] = 9  # unknown
    images = np.random.default_rng(1).integers(0, 256, (count, 48, 48), dtype=np.uint8)
    label, names = np.arange(count) % 7, np.array([str(i) for i in range(count)])
    part = np.array(["PublicTest"] * count)
    known = (np.arange(count), part, np.zeros(count, bool), names)
    return Faces(images, LABEL_SETS["FER2013"], label, *known, votes, VOTE_NAMES)


def test_real_faces_have_one_label_and_each_stands_in_one_part(monkeypatch):
    def marked(pictures):
        return np.repeat(POINTS[None], len(pictures), 0), np.arange(len(pictures)) > 1

    monkeypatch.setattr(region_faces, "pointed", marked)
    faces = real_faces(voted(), 48)
    assert len(faces) == 22  # of 24: one has two labels, one was called unknown by most
    assert faces.label.tolist() == [place % 8 for place in range(2, 24)]
    assert (faces.parts["turned"].astype(int) + faces.parts["not turned"] + faces.parts["no points"] == 1).all()
    assert faces.parts["no points"].sum() == 2
    assert faces.unit == "pictures"
    with pytest.raises(ValueError, match="faces must carry the votes of FER"):
        most_voted(replace(voted(), votes=None, vote_names=()))


def test_a_cover_lies_where_it_says_and_crops_know_what_is_left():
    faces = some_faces()
    cutouts = [cut_out(np.random.default_rng(3), kind) for kind in ("mask", "patch")]
    hidden = covered(faces, cutouts, np.random.default_rng(0))
    changed = (hidden.pictures != faces.pictures)[:, 0].numpy()
    assert not changed[hidden.cover == 0].any()
    kinds = hidden.parts["covered, mask"].astype(int) + hidden.parts["covered, patch"]
    assert hidden.parts["covered"].all()
    assert (kinds == 1).all()
    whole = np.broadcast_to(WHOLE, (len(faces), 1, 4))
    np.testing.assert_allclose(hidden.seen(whole)[:, 0], 1 - hidden.cover.mean((1, 2)), atol=1e-6)
    with pytest.raises(ValueError, match="faces must have a cover, to say what it hides; these have none"):
        faces.seen(whole)


@pytest.mark.parametrize("share", [0.0, 0.2, 0.8])
def test_a_square_covers_its_share_with_the_mean_of_the_face(share):
    faces = some_faces()
    found = patched(faces, share, np.random.default_rng(0))
    np.testing.assert_allclose(found.cover.mean((1, 2)), share, atol=1e-6)
    own = faces.pictures[:, 0].numpy()
    inside = found.cover == 1
    gray = np.broadcast_to(np.rint(own.mean((1, 2), keepdims=True)), own.shape)
    assert np.abs(found.pictures[:, 0].numpy()[inside] - gray[inside]).max(initial=0) <= 1
    assert (found.pictures[:, 0].numpy() == own)[found.cover == 0].all()


def test_synthetic_faces_know_their_turn(tiny_set):
    sets = {part: read(tiny_set, split="test", part=part) for part in ("covered", "turned", "stills")}
    faces, known = synthetic_faces(sets, 48)
    assert sum(at.sum() for at in faces.parts.values()) == len(faces) == len(known["yaw"])
    assert np.abs(known["yaw"][faces.parts["synthetic, turned"]]).min() > 20
    assert known["covered"][faces.parts["synthetic, covered"]].mean() > 0
    clip = sets["turned"][0]
    at = int(np.flatnonzero(faces.parts["synthetic, turned"])[0])
    assert faces.label[at] == list(LABELS).index(clip.labels["emotion"])
    assert known["yaw"][at] == pytest.approx(clip.truth.pose[0, 0])
    nose = (clip.truth.landmarks[0, 30] + 0.5) * 48 / clip.width - 0.5
    np.testing.assert_allclose(faces.points[at, 2], nose, atol=1e-4)
    assert faces.unit == "faces"


def test_bins_hold_every_value_once():
    values = np.array([0.0, 0.05, 0.1, 0.39, 0.9])
    bins = by_bins(values, (0.0, 0.1, 0.2, 0.4))
    assert list(bins) == [0.05, 0.15, 0.3]
    assert sum(at.astype(int) for at in bins.values()).tolist() == [1] * 5


def test_crops_by_name():
    faces = some_faces()
    for name, count in (("fixed", 5), ("code", 7), ("random 3", 3), ("landmark", 10), ("grid", 9), ("jitter", 5)):
        boxes = crops_of(faces, name)
        assert boxes.shape == (len(faces), count, 4)
        assert (boxes >= 0).all()
        assert (boxes <= 1).all()
    around = crops_of(faces, "landmark")[0, 2]  # the nose
    np.testing.assert_allclose((around[:2] + around[2:]) / 2 * 48 - 0.5, faces.points[0, 2], atol=1e-6)


def test_what_is_learned_has_covers_on_a_quarter(monkeypatch):
    faces = some_faces(40)
    target = torch.eye(8)[torch.from_numpy(faces.label)]
    stills = Stills(faces.pictures, target, torch.ones(40), faces.whose)
    own = lesson_of(stills, 10, covers=False)
    assert len(own.faces) == len(own.target) == 10
    assert (own.target.argmax(1).numpy() == own.faces.label).all()
    monkeypatch.setattr("ferviz.measuring.region_study.CUTOUTS", 1)
    more = lesson_of(stills, 40, covers=True)
    changed = (more.faces.pictures != faces.pictures).flatten(1).any(1).numpy()
    assert 0.05 < changed.mean() < 0.5


# ---- vectors and heads -----------------------------------------------------------------------------------------------


def read_by(model, folder, faces, name="fixed"):
    reader = Reader(model, folder)
    return joined((reader.whole(faces), reader.crops(faces, name)))


def test_vectors_are_those_of_the_network_and_are_kept(tmp_path, monkeypatch):
    model, faces = net(), some_faces()
    vectors = read_by(model, tmp_path, faces)
    boxes = torch.from_numpy(np.vstack([WHOLE, regions_of("fixed")])).float().expand(len(faces), -1, -1)
    with torch.no_grad():
        logits = model(*model.inputs(faces.pictures, boxes))
        again = model.pool(vectors.features, None, vectors.mask)
    torch.testing.assert_close(logits, again, atol=1e-5, rtol=1e-4)
    monkeypatch.setattr("ferviz.measuring.region_heads._vectors", lambda *_: pytest.fail("read again"))
    torch.testing.assert_close(read_by(model, tmp_path, faces).features, vectors.features)


def test_a_box_that_is_not_there_is_no_region(tmp_path):
    faces = some_faces(2)
    boxes = np.array(crops_of(faces, "fixed"))
    boxes[0, 1] = np.nan
    found = vectors_kept(net(), faces.pictures, boxes, tmp_path)
    assert found.mask.tolist() == [[True, False, True, True, True], [True] * 5]
    assert found.features.isfinite().all()


@pytest.mark.parametrize("name", ["ran", "ran-face", "no RB-loss", "softmax, 0.1"])
def test_a_head_learns_what_can_be_learned(tmp_path, name):
    luck = torch.Generator().manual_seed(0)
    label = torch.arange(64) % 8
    features = torch.randn(64, 6, TINY.width, generator=luck) * 0.2
    features += torch.randn(8, TINY.width, generator=luck)[label][:, None]
    row = ROWS[name]
    features = features[:, :1] if row.variant == "face" else features
    vectors = Vectors(features, torch.ones(features.shape[:2], dtype=torch.bool))
    task = HeadTask(vectors, torch.eye(8)[label], (vectors, torch.eye(8)[label]), row.margin)
    model = learn(row, task, 0, tmp_path, epochs=40)
    assert task.score(model)["accuracy"] > 0.5
    assert model.config.squash == row.squash


def test_the_margin_is_asked_of_heads(tmp_path):
    features = torch.randn(16, 6, TINY.width, generator=torch.Generator().manual_seed(0))
    vectors, target = Vectors(features, torch.ones(16, 6, dtype=torch.bool)), torch.eye(8)[torch.arange(16) % 8]
    model, items = net(), torch.arange(16)
    losses = [
        HeadTask(vectors, target, (vectors, target), margin).loss(model, items, torch.Generator()).item()
        for margin in (None, 0.0, 5.0)
    ]
    assert losses[0] <= losses[1] < losses[2]


def test_every_row_is_told_apart_by_what_it_is():
    told = [(row.tables, *row.told().values()) for row in ROWS.values()]
    assert len(set(told)) == len(ROWS)
    assert Row("mean", layout="random", count=2).told()["crops"] == "random 2"


# ---- effects ---------------------------------------------------------------------------------------------------------


@pytest.fixture
def asked(tmp_path):
    model, faces = net(), some_faces()
    return model, faces, read_by(model, tmp_path, faces), tmp_path


def test_answers_weights_and_contributions_are_the_network_s(asked):
    model, faces, vectors, _ = asked
    got = answered(model, vectors, faces.label)
    clip = clip_of(faces)
    import ferviz

    seen = ferviz.observe(model, clip)
    np.testing.assert_allclose(got.probability, seen["emotion_probability"].values, atol=1e-4)
    np.testing.assert_allclose(got.weight, seen["weight"].values, atol=1e-4)
    own = np.take_along_axis(seen["contribution"].values, faces.label[:, None, None], 2)[..., 0]
    np.testing.assert_allclose(got.adds, own, atol=1e-4)


def test_dropping_and_covering_are_those_of_scores(asked):
    model, faces, vectors, folder = asked
    clip = clip_of(faces)
    drops = dropped(model, vectors, faces.label)
    gray = read_by(model, folder, filled(faces))
    hides = covered_drops(model, vectors, gray, faces.label)
    for at, label in enumerate(faces.label):
        own = scores.removal(model, clip[at], target=LABELS[int(label)])["logit_drop"].values[0]
        np.testing.assert_allclose(drops[at], own, atol=1e-4)
    for region in range(6):
        effect = scores.input_replaced(model, clip, region)
        fall = (effect.before["logit"] - effect.after["logit"])[np.arange(len(faces)), faces.label]
        np.testing.assert_allclose(hides[:, region], fall, atol=2e-3)


def test_attribution_is_of_the_label_and_of_each_box(asked):
    model, faces, _, _ = asked
    boxes = crops_of(faces, "fixed")
    found = attributions(model, faces, boxes)
    assert set(found) == set(region_effects.ATTRIBUTED)
    assert all(values.shape == (len(faces), 6) and np.isfinite(values).all() for values in found.values())


def test_controls_keep_what_they_should(asked):
    model, faces, vectors, _ = asked
    own = answered(model, vectors, faces.label)
    face = net("face", 3)
    top = top_answers(face, vectors)
    found = controls(own, vectors, crops_of(faces, "fixed"), faces.whose, top, 0)
    assert tuple(found) == region_effects.CONTROLS
    np.testing.assert_allclose(np.sort(found["permuted"][:, 1:]), np.sort(own.weight[:, 1:]), atol=1e-7)
    for dealt in ("permuted", "dirichlet"):
        np.testing.assert_allclose(found[dealt].sum(1), 1, atol=1e-6)
        np.testing.assert_allclose(found[dealt][:, 0], own.weight[:, 0], atol=1e-7)
    np.testing.assert_allclose(found["area"][0], [1, 0.5625, 0.5625, 0.5625, 0.81, 0.7225])
    np.testing.assert_allclose(found["place"][0], own.weight[1:].mean(0))
    np.testing.assert_array_equal(found["top"], top)
    again = controls(own, vectors, crops_of(faces, "fixed"), faces.whose, top, 0)
    np.testing.assert_array_equal(found["dirichlet"], again["dirichlet"])


def test_the_mean_answer_is_over_what_is_there(asked):
    _, _, vectors, _ = asked
    face = net("face", 3)
    mask = vectors.mask.clone()
    mask[:, 2:] = False
    with torch.no_grad():
        each = face.classify(vectors.features[:, :2]).softmax(-1).mean(1)
    np.testing.assert_allclose(mean_answers(face, Vectors(vectors.features, mask)), each.numpy(), atol=1e-6)


def test_a_net_of_the_whole_face_is_given_nothing_else(tmp_path):
    faces = some_faces()
    alone = Net(ROWS["ran-face"], net("face"), Reader(net("face"), tmp_path))
    assert alone.vectors(faces, "grid").features.shape[1] == 1
    full = Net(ROWS["ran"], net(), Reader(net(), tmp_path))
    assert full.vectors(faces).features.shape[1] == 6
    assert full.vectors(faces, "grid").features.shape[1] == 10
    assert (alone.attends, full.attends) == (False, True)


def test_weights_that_follow_what_is_seen_agree_with_it():
    faces = some_faces(6)
    seen = np.random.default_rng(0).random((6, 6))
    board = FaceBoard(faces, {"tau seen": seen}, {"crops": "fixed"})
    for run in range(5):
        board.weighed(run, "follows", seen)
        board.weighed(run, "reversed", -seen, "contribution")
    told = {one["row"]: one.value for one in board.effects()}
    assert told == {"follows": 1.0, "reversed": -1.0}


def test_a_row_that_some_runs_lack_is_told_of_those_it_has():
    faces = some_faces(24)
    board = FaceBoard(faces, {"tau seen": np.random.default_rng(0).random((24, 6))})
    for run, rows in {0: ("ran", "ran-face"), 1: ("ran",), 2: ("alone",)}.items():
        for row in rows:
            board.said(run, row, np.eye(8)[faces.label])
            board.weighed(run, row, board.truth["tau seen"])
    board.weighed(1, "ran", board.truth["tau seen"], "contribution")
    bins = {0.5: np.ones(24, bool)}

    def runs_of(entries):
        return {(one["row"], *one.seeds) for one in entries}

    each = {("ran", "0", "1"), ("ran-face", "0"), ("alone", "2")}
    assert runs_of(board.table("accuracy", "accuracy")) == each
    assert runs_of(board.table("accuracy", "accuracy", less="ran-face")) == {("ran", "0")}  # "alone" shares no run
    assert runs_of(board.curve("accuracy", "accuracy", "share", bins, ["ran", "ran-face", "alone"])) == each
    assert runs_of(board.confusion(["ran", "ran-face", "alone"])) == each
    assert runs_of(one for one in board.effects() if one["effect"] == "weight") == each
    assert runs_of(board.effects("weight")) == {("ran", "1")}
    claim = replace(claims(PAPER).claims[0], row="ran", than="ran-face", score="accuracy", clips="all")
    assert len(board.asked(claim)[0]) == 1 == len(board.runs_of(claim))
    assert board.asked(replace(claim, than="alone")) is None


def test_what_ships_is_of_its_own_run():
    faces = some_faces(24)
    faces = replace(faces, parts={name: np.ones(24, bool) for name in ("whole", "turned", "covered")})
    board = FaceBoard(faces)
    for run, row, right in ((0, "ran-face", 0), (1, "ran-face", 24), (1, "ran", 12)):
        board.said(run, row, np.eye(8)[np.where(np.arange(24) < right, faces.label, (faces.label + 1) % 8)])
    boards = Boards(board, board, board, np.zeros(24), {}, {}, {})
    told = {(one["row"], one["faces"]): one.value for one in shipped(boards, 1, ("ran", "ran-face"))["shipped"]}
    assert (told["ran", "whole"], told["ran-face", "covered"]) == (0.5, 1.0)
    assert {one["row"] for one in shipped(boards, 0, ("ran", "ran-face"))["shipped"]} == {"ran-face"}


def test_the_examples_are_true():
    for module in (region_faces, region_effects):
        result = doctest.testmod(module)
        assert (result.attempted > 0, result.failed) == (True, 0)
