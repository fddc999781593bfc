"""`ferviz train ran`: faces with votes go in, a body and its variants come out, and a kill changes nothing."""

from __future__ import annotations

import json
from functools import partial
from pathlib import Path

import numpy as np
import pytest
import torch
from safetensors.torch import load_file
from tiny_lbp import write_noise
from typer.testing import CliRunner

from ferviz import weights
from ferviz.cli import app
from ferviz.disk import file_hash
from ferviz.faces.pasting import PASTED
from ferviz.faces.sets import MANIFEST
from ferviz.learning.loop import Schedule, fit
from ferviz.learning.recipes import RAN, WEIGHTS, Recipe, common, fresh, networks, train_ran
from ferviz.learning.recipes import region_attention as recipes
from ferviz.learning.recipes.region_attention import cutouts, go_on, points_of, region_task
from ferviz.models import region_attention
from ferviz.models.backbones import ResNetConfig
from ferviz.models.region_attention import Config, RegionAttention, shipped
from ferviz.mtcnn import cascade

TINY = ResNetConfig(colours=1, stem="narrow", channels=(4, 6), blocks=(1, 1))


def make_small(patch: pytest.MonkeyPatch) -> None:
    """A net of a few hundred parameters, few pictures to hold out, one cover of each kind, one epoch of few steps."""
    patch.setattr(region_attention, "SMALL", TINY)
    patch.setattr(common, "HELD_OUT", 7)
    patch.setattr(recipes, "CUTOUTS", 1)
    patch.setattr(recipes, "_HELD_OUT_CUTOUTS", 1)
    for name in ("BODY", "TUNING"):
        kept = getattr(recipes, name)
        patch.setattr(recipes, name, Recipe(Schedule(epochs=9, batch=14, rate=0.02), kept.backbone_scale))


@pytest.fixture(autouse=True)
def small(monkeypatch):
    make_small(monkeypatch)


@pytest.fixture(scope="module")
def faces(tmp_path_factory) -> Path:
    return write_noise(tmp_path_factory.mktemp("faces"))


def ferviz_trains(*arguments: object):
    return CliRunner().invoke(app, ["train", *map(str, arguments)])


@pytest.fixture(scope="module")
def trained(tmp_path_factory, faces, tiny_set) -> Path:
    """What ``ferviz train ran`` leaves, one epoch each, on real and synthetic faces."""
    out = tmp_path_factory.mktemp("runs")
    with pytest.MonkeyPatch.context() as patch:
        make_small(patch)
        done = ferviz_trains("ran", "--faces", faces, "--clips", tiny_set, "--out", out, "--epochs", 1)
    assert done.exit_code == 0, done.output
    assert done.stdout.splitlines()[-1] == str(out / "ran" / WEIGHTS)
    return out


def built(variant: str, seed: int) -> RegionAttention:
    return fresh(lambda: RegionAttention(Config.compact(variant)), seed)


# ---- what is learned from ----


def test_votes_are_learned_and_the_public_test_never_is(faces):
    task = region_task("relation", faces)
    assert len(task) + len(task.validation["held-out"]) == 34  # of 35; one got most votes for "unknown"
    assert task.train.target.shape[1] == 8
    assert not set(task.train.group) & set(task.validation["held-out"].group)
    assert max(*task.train.group, *task.validation["held-out"].group) < 35


def test_the_variants_differ_in_what_they_see_of_a_face_alone(faces):
    relation, mean, face = (region_task(variant, faces) for variant in ("relation", "mean", "face"))
    assert torch.equal(relation.crops, mean.crops)
    assert [len(task.crops) for task in (relation, mean, face)] == [5, 5, 0]
    assert [task.margin for task in (relation, mean, face)] == [0.1, None, None]
    assert region_task("face", faces, views=6).views == 6
    assert all(torch.equal(task.train.pictures, relation.train.pictures) for task in (mean, face))


def test_covers_are_an_option_and_those_scored_on_are_others(faces):
    with_, without = region_task("face", faces), region_task("face", faces, covers=False)
    assert without.covering is None
    assert with_.covering.often == 0.25
    assert [one.kind for one in with_.covering.cutouts] == list(PASTED)
    for name in ("held-out", "covered"):  # both are scored on the same
        assert torch.equal(with_.validation[name].pictures, without.validation[name].pictures)
    changed = with_.validation["covered"].pictures != with_.validation["held-out"].pictures
    assert changed.flatten(1).float().mean(1).min() > 0.01
    learned, scored = ({one.share.tobytes() for one in cutouts(seed, 1)} for seed in (0, 1))
    assert not learned & scored


def test_synthetic_faces_have_the_real_ones_labels_and_no_pasted_cover(faces, tiny_set):
    task, alone = region_task("face", faces, tiny_set), region_task("face", faces)
    real = len(alone)
    assert len(task) == real + 14 + 7 + 7
    own, drawn = (task.train[torch.arange(*ends)].prior()[:7] for ends in ((real,), (real, len(task))))
    torch.testing.assert_close(drawn, own / own.sum(), atol=1e-4, rtol=0)  # the eighth, contempt, is never drawn
    assert torch.equal(task.train.weight[:real], alone.train.weight)
    assert np.isfinite(task.covering.points).all((1, 2)).tolist() == [True] * real + [False] * 28
    assert set(task.validation) == {"held-out", "covered", "synthetic"}


def test_faces_without_points_get_the_mean_of_the_others(faces, monkeypatch):
    stills = region_task("face", faces).train
    score = np.full(len(stills), 0.9)
    score[3] = 0.2
    points = np.random.default_rng(0).random((len(stills), 5, 2))
    monkeypatch.setattr(type(cascade()), "points_of", lambda self, pictures: (score, points))
    found = points_of(stills)
    np.testing.assert_array_equal(np.delete(found, 3, 0), np.delete(points, 3, 0))
    np.testing.assert_allclose(found[3], np.delete(points, 3, 0).mean(0))
    score[:] = 0.1
    np.testing.assert_allclose(points_of(stills), np.broadcast_to(points.mean(0), points.shape))


# ---- ferviz train ----


def test_training_leaves_weights_that_load_with_their_card(trained, faces, tiny_set):
    for name, variant in (("ran-body", "face"), ("ran", "relation")):
        model = built(variant, 9)
        card = weights.load(trained / name / WEIGHTS, model)
        assert (card.name, card.model, card.seeds, card.command) == (
            name, "RegionAttention", (0,), f"ferviz train {name} --epochs 1",
        )  # fmt: skip
        assert file_hash(faces / MANIFEST) in card.data[0]
        assert card.data[0].endswith("covers of the generator pasted onto some")
        assert file_hash(tiny_set / MANIFEST) in card.data[1]
    history = json.loads((trained / "ran" / "history.json").read_text())
    assert {m.what for m in card.metrics} == {
        f"{k}, epoch 1 of 1, chosen by held-out accuracy"
        for k in history[0] if k not in ("epoch", "rate", "seconds")
    }  # fmt: skip
    assert "it went on from ran-body" in card.origin


def test_the_best_epoch_is_what_is_left_and_what_the_card_tells(faces, trained, tmp_path, monkeypatch):
    (tmp_path / "ran-body").symlink_to(trained / "ran-body")
    told = iter((0.3, 0.6, 0.2))
    states = []

    def score(task, model):
        states.append({name: value.clone() for name, value in model.state_dict().items()})
        return {"held-out accuracy": next(told)}

    monkeypatch.setattr(recipes.RegionTask, "score", score)
    path = train_ran("mean", tmp_path, faces=faces, epochs=3)
    assert all(torch.equal(value, states[1][name]) for name, value in load_file(path).items())
    found = {m.what: m.value for m in weights.read_card(path).metrics}
    assert found["held-out accuracy, epoch 2 of 3, chosen by held-out accuracy"] == 0.6


@pytest.mark.parametrize("variant", ["relation", "mean", "face"])
def test_the_variants_go_on_from_the_body_with_the_same_pictures(trained, faces, monkeypatch, variant):
    started = {}

    def watch(model, task, schedule, out, **more):
        body = load_file(trained / "ran-body" / WEIGHTS)
        state = model.state_dict()
        assert all(torch.equal(value, body[name]) for name, value in state.items() if name.startswith("backbone."))
        slow, fast = more["groups"](model)
        assert slow["scale"] == recipes.TUNING.backbone_scale
        assert {id(p) for p in slow["params"]} == {id(p) for p in model.backbone.parameters()}
        assert {id(p) for p in slow["params"]} ^ {id(p) for p in fast["params"]} == {id(p) for p in model.parameters()}
        started.update(pictures=task.views * (1 + len(task.crops)), epochs=schedule.epochs, best=more["best"])
        raise KeyboardInterrupt

    monkeypatch.setattr(recipes, "fit", watch)
    with pytest.raises(KeyboardInterrupt):
        train_ran(variant, trained, faces=faces)
    assert started == {"pictures": 6, "epochs": recipes.TUNING.schedule.epochs, "best": "held-out accuracy"}


def test_the_variant_begins_with_about_the_answers_of_the_body(trained):
    body, models = built("face", 1).eval(), [built(variant, 2).eval() for variant in ("face", "mean", "relation")]
    weights.load(trained / "ran-body" / WEIGHTS, body)
    face, whole = torch.rand(3, 1, 48, 48) * 2 - 1, torch.tensor([[[0, 0, 1.0, 1.0]]] * 3)
    with torch.no_grad():
        wanted = body(face, whole)
        for model in models:
            assert go_on(model, trained / "ran-body" / WEIGHTS).name == "ran-body"
            torch.testing.assert_close(model(face, whole), wanted)


def test_a_killed_run_goes_on_and_ends_with_the_same_bytes(trained, faces, tmp_path, monkeypatch):
    for out in ("whole", "killed"):
        (tmp_path / out).mkdir()
        (tmp_path / out / "ran-body").symlink_to(trained / "ran-body")
    arguments = ("ran-face", "--faces", faces, "--epochs", 2, "--seed", 3)
    assert ferviz_trains(*arguments, "--out", tmp_path / "whole").exit_code == 0

    def killed(*rest, **more):
        fit(*rest, stop_after=3, **more)
        raise KeyboardInterrupt

    monkeypatch.setattr(recipes, "fit", killed)
    assert ferviz_trains(*arguments, "--out", tmp_path / "killed").exit_code != 0
    assert not (tmp_path / "killed" / "ran-face" / WEIGHTS).exists()
    monkeypatch.setattr(recipes, "fit", fit)
    done = ferviz_trains(*arguments, "--out", tmp_path / "killed")
    assert done.exit_code == 0, done.output
    first, second = (tmp_path / out / "ran-face" / WEIGHTS for out in ("whole", "killed"))
    assert first.read_bytes() == second.read_bytes()
    done = ferviz_trains(*arguments[:-1], 4, "--out", tmp_path / "whole")
    assert done.exit_code == 1
    assert "is of another run" in done.output


def test_the_row_without_covers_has_folders_and_a_body_of_its_own(faces, tmp_path):
    done = ferviz_trains("ran-bare", "--faces", faces, "--epochs", 1, "--out", tmp_path)
    assert done.exit_code == 0, done.output
    assert sorted(path.name for path in tmp_path.iterdir()) == ["ran-bare", "ran-bare-body"]
    for path in tmp_path.iterdir():
        card = weights.read_card(path / WEIGHTS)
        assert card.name == path.name
        assert len(card.data) == 1
        assert "pasted" not in card.data[0]


def test_what_is_missing_is_named_before_anything_is_trained(faces, tmp_path, monkeypatch):
    monkeypatch.setattr(recipes, "fit", partial(pytest.fail, "training began"))
    none = tmp_path / "none"
    bare = write_noise(tmp_path / "bare", votes=False)
    for name in ("ran-body", "ran", "ran-bare"):
        for arguments, says in (
            ((), f"faces must name a prepared set: {name}"),
            (("--faces", none), f"{none / MANIFEST} is not there"),
            (("--faces", bare), "carry no votes"),
            (("--faces", faces, "--clips", none), f"{none / MANIFEST} is not there"),
        ):
            done = ferviz_trains(name, *arguments, "--out", tmp_path / "out")
            assert done.exit_code == 1, done.output
            assert says in done.output
    with pytest.raises(ValueError, match="variant must be one of relation, mean, face; got 'self'"):
        train_ran("self", tmp_path, faces=faces)


# ---- what ships one day ----


def test_the_names_are_the_variants_and_all_can_be_trained():
    assert dict(RAN) == {"ran": "relation", "ran-mean": "mean", "ran-face": "face"}
    own = {"ran-body", *RAN, "ran-bare-body", "ran-bare"}
    assert own <= set(networks())
    assert set(recipes.LIMITS) == set(RAN)


def test_the_three_fit_their_budget(monkeypatch):
    monkeypatch.undo()
    sizes = [sum(value.numel() for value in shipped(variant).state_dict().values()) for variant in RAN.values()]
    assert 2 * sum(sizes) < 7.5e6
    assert min(sizes) > 1e6
