"""The course of the multi-task network: what each step moves, to the bit, and that a kill changes nothing."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest
import torch
from safetensors.torch import load_file
from tiny_lbp import write_noise

from ferviz import weights
from ferviz.learning.loop import fit
from ferviz.learning.recipes import WEIGHTS, common, fresh
from ferviz.learning.recipes import multi_task as recipes
from ferviz.learning.recipes import multi_task_sets as sets
from ferviz.learning.recipes.multi_task import (
    LIMITS,
    LONGER,
    MTL,
    NETWORKS,
    STEPS,
    Step,
    train_step,
    tune,
)
from ferviz.learning.recipes.multi_task_sets import attribute_task, emotion_task, identity_task
from ferviz.learning.sharpness import Sharpness
from ferviz.models.backbones import MobileNetConfig
from ferviz.models.identity import COMPACT, BodyConfig, Identity
from ferviz.models.multi_task import SYNTHETIC, Config, MultiTask

SIDE = 16
TINY = BodyConfig(MobileNetConfig(colours=1, channels=(4, 6, 6), strides=(1, 2)), SIDE)
BRANCHES = ("deep", "shared")
EVERY = {**STEPS, **LONGER}


@pytest.fixture(autouse=True)
def small(monkeypatch):
    monkeypatch.setitem(COMPACT, "mobilenet", TINY)
    monkeypatch.setattr(sets, "PEOPLE", "stills")
    monkeypatch.setattr(common, "HELD_OUT", 7)


@pytest.fixture(scope="module")
def faces(tmp_path_factory) -> Path:
    return write_noise(tmp_path_factory.mktemp("faces"))


def built(branches="deep", seed=0) -> MultiTask:
    return fresh(lambda: MultiTask(replace(Config.compact(branches=branches), hidden=4)), seed)


def copy(model) -> dict[str, torch.Tensor]:
    return {name: value.clone() for name, value in model.state_dict().items()}


def moved(before, model) -> set[str]:
    """The parts of which any number has changed, batch norms and their counts too."""
    names = [name for name, value in model.state_dict().items() if not torch.equal(value, before[name])]
    return {".".join(name.split(".")[: 1 if name.startswith(("backbone", "classify")) else 2]) for name in names}


# ---- what is learned from ----


def test_faces_count_by_their_label(faces):
    task, plain = emotion_task(faces, SIDE), emotion_task(faces, SIDE, weighted=False)
    target, weight = task.train.targets["emotion"], task.train.weight["emotion"]
    mass = (target * weight[:, None]).sum(0)
    torch.testing.assert_close(mass, mass.mean().expand(7))
    assert weight.mean().item() == pytest.approx(1)
    assert not plain.train.weight
    known = {"side": SIDE, "labels": "FER2013", "faces": faces, "clips": None}
    tasks = {name: recipes._task(name, EVERY[name], **known)[0] for name in ("head", "all", "longer")}
    counted = {name: bool(one.train.weight) for name, one in tasks.items()}
    assert counted == {"head": True, "all": True, "longer": False}
    assert set(task.score(built().eval())) == {"held-out mean recall", "held-out emotion accuracy"}


def test_votes_have_eight_labels(faces):
    assert emotion_task(faces, SIDE, "FER+").train.targets["emotion"].shape[1] == 8


def test_strangers_are_scored(tiny_set):
    model = fresh(lambda: Identity(4, TINY), 0).eval()
    task = identity_task(tiny_set, SIDE)
    assert not set(task.train.about["person"]) & set(task.validation["strangers"].about["person"])
    assert set(task.score(model)) == {"strangers verification"}
    found = attribute_task(tiny_set, SIDE).score(built().eval())
    assert set(found) == {
        "strangers age error", "strangers gender correlation", "strangers age accuracy", "strangers gender distance",
        "strangers ethnicity accuracy",
    }  # fmt: skip


# ---- what moves ----


def test_the_steps_of_the_course():
    assert [(name, step.before) for name, step in STEPS.items()] == [
        ("identity", None), ("attributes", "identity"), ("head", "attributes"), ("all", "head"), ("again", "all")
    ]  # fmt: skip
    assert [(name, step.before) for name, step in LONGER.items()] == [("longer", "head"), ("last", "longer")]
    assert STEPS["all"].recipe.schedule.rate < STEPS["head"].recipe.schedule.rate
    assert set(MTL.values()) <= set(EVERY)
    assert set(LIMITS) == set(MTL) <= set(NETWORKS)


WANTED = {
    ("identity", "deep"): {"backbone", "classify"},
    ("attributes", "deep"): {f"{part}.{head}" for part in ("hidden_layers", "answers") for head in SYNTHETIC},
    ("attributes", "shared"): {"hidden_layers.shared", *(f"answers.{head}" for head in SYNTHETIC)},
    ("head", "deep"): {"answers.emotion"},
    ("head", "shared"): {"answers.emotion"},
    ("all", "deep"): {"backbone", "answers.emotion"},
    ("all", "shared"): {"backbone", "hidden_layers.shared", "answers.emotion"},
    ("again", "deep"): {f"{part}.{head}" for part in ("hidden_layers", "answers") for head in SYNTHETIC},
    ("again", "shared"): {f"answers.{head}" for head in SYNTHETIC},
    ("longer", "deep"): {"backbone", "answers.emotion"},
    ("last", "deep"): {f"{part}.{head}" for part in ("hidden_layers", "answers") for head in SYNTHETIC},
}


@pytest.mark.parametrize(("name", "branches"), WANTED)
def test_in_ten_steps_what_is_frozen_does_not_move_by_one_bit(name, branches, faces, tiny_set, tmp_path):
    """Weights, and the means, variances and counts of batch norms."""
    step = EVERY[name]
    task = {"identity": identity_task, "attributes": attribute_task}.get(step.learns, lambda *_: None)(tiny_set, SIDE)
    task = task or emotion_task(faces, SIDE)
    model = fresh(lambda: Identity(4, TINY), 0) if step.learns == "identity" else built(branches)
    before = copy(model)
    tune(model, task, changed(step, epochs=10), tmp_path, progress=False, stop_after=10)
    assert moved(before, model) == WANTED[name, branches]
    assert all(one.requires_grad for one in model.parameters())


def changed(step: Step, **schedule) -> Step:
    recipe = step.recipe
    return replace(step, recipe=replace(recipe, schedule=replace(recipe.schedule, **schedule)))


def test_a_sharp_step_of_adam_with_a_frozen_body_by_two_passes(faces, tmp_path):
    """g at w; g' at w + .05 g / ‖g‖, of what moves alone; the first step of Adam is the rate, by the sign of g'."""
    step = changed(STEPS["head"], epochs=1, batch=28, warmup=0.0, rate=1e-3)
    task = replace(emotion_task(faces, SIDE), varied=None)
    model = built()
    last, items = model.answers["emotion"], torch.arange(28)
    start = copy(model)

    def gradient() -> list[torch.Tensor]:
        model.zero_grad()
        task.loss(model.eval(), items, torch.Generator()).backward()  # the head has no dropout, and the body is frozen
        return [last.weight.grad.clone(), last.bias.grad.clone()]

    first = gradient()
    length = torch.cat([one.flatten() for one in first]).norm()
    with torch.no_grad():
        for one, by in zip((last.weight, last.bias), first, strict=True):
            one.add_(0.05 * by / length)
    second = gradient()
    model.load_state_dict(start)
    tune(model, task, step, tmp_path, progress=False)
    for name, by in zip(("weight", "bias"), second, strict=True):
        found = model.state_dict()[f"answers.emotion.{name}"] - start[f"answers.emotion.{name}"]
        wanted = -1e-3 * by / (by.abs() + 1e-8)
        torch.testing.assert_close(found, wanted, atol=2e-6, rtol=0)
    assert recipes.RADIUS == Sharpness().radius == 0.05
    assert any(not torch.equal(*pair) for pair in zip(first, second, strict=True))  # else one pass would do


# ---- the course ----


def test_the_last_step_trains_all_before_it_and_keeps_the_expression(faces, tiny_set, tmp_path):
    ends = {name: train_step(name, tmp_path, faces=faces, clips=tiny_set, epochs=1) for name in ("again", "last")}
    assert ends == {name: tmp_path / name / WEIGHTS for name in ends}
    states = {name: load_file(tmp_path / name / WEIGHTS) for name in EVERY}
    for name, value in states["identity"].items():
        if name.startswith("backbone"):
            assert torch.equal(value, states["head"][name])
    for name, fitted in (("all", "again"), ("longer", "last")):  # two roads from one place
        tuned = states[name]
        assert any(not torch.equal(tuned[one], states["head"][one]) for one in tuned if one.startswith("backbone"))
        for one, value in states[fitted].items():
            if one.startswith(("backbone", "answers.emotion")):
                assert torch.equal(value, tuned[one])
    card = weights.load(ends["last"], fresh(lambda: MultiTask(Config.compact()), 1))
    assert (card.name, card.command, card.seeds) == ("mtl", "ferviz train mtl --epochs 1", (0,))
    assert len(card.data) == 2  # synthetic people, then real faces
    assert "it went on from mtl-longer, " in card.origin
    assert "it went on from mtl-head, " in card.origin
    assert "mtl-all" not in card.origin
    assert card.origin.endswith("; labels weighted; Adam, plain; every face alike; Adam, plain")
    assert "it went on from mtl-all, " in weights.read_card(ends["again"]).origin


def test_what_another_road_has_led_to_is_refused(faces, tiny_set, tmp_path):
    known = {"faces": faces, "clips": tiny_set, "epochs": 1}
    train_step("again", tmp_path, **known)
    (tmp_path / "again").rename(tmp_path / "longer")
    with pytest.raises(ValueError, match=r"must be after mtl-head; its card tells of mtl-all: delete its f"):
        train_step("last", tmp_path, **known)


@pytest.mark.parametrize("name", ["identity", "all"])
def test_a_killed_step_ends_with_the_same_bytes(name, faces, tiny_set, tmp_path, monkeypatch):
    how = {"faces": faces, "clips": tiny_set, "epochs": 2}
    whole = train_step(name, tmp_path / "whole", **how)

    def killed(model, task, schedule, *arguments, **named):
        history = fit(model, task, schedule, *arguments, **named, stop_after=1)
        if len(history) < schedule.epochs:
            raise KeyboardInterrupt
        return history

    monkeypatch.setattr(recipes, "fit", killed)
    for _ in range(list(STEPS).index(name) + 1):  # every step is killed once
        with pytest.raises(KeyboardInterrupt):
            train_step(name, tmp_path / "cut", **how)
    assert whole.read_bytes() == train_step(name, tmp_path / "cut", **how).read_bytes()


# ---- what does not fit ----


@pytest.mark.parametrize(
    ("name", "given", "says"),
    [
        ("tuning", {}, "name must be one of identity, attributes, head, all, again, longer, last; got 'tuning'"),
        ("all", {"body": "resnet"}, "body must be one of mobilenet, efficientnet; got 'resnet'"),
        ("all", {"labels": "RAF-DB"}, r"labels must be one of FER2013, FER\+; got 'RAF-DB'"),
        ("all", {}, "faces must name a prepared set: mtl-all learns from it; got None"),
        ("again", {}, "clips must name a synthetic set: mtl-again learns from it; got None"),
        ("identity", {}, "clips must name a synthetic set: mtl-identity learns from it; got None"),
    ],
)
def test_what_does_not_fit_is_said(name, given, says, tmp_path):
    with pytest.raises(ValueError, match=says):
        train_step(name, tmp_path, **given)


def test_a_set_without_people_is_refused(tiny_set, monkeypatch):
    monkeypatch.setattr(sets, "PEOPLE", "no such part")
    with pytest.raises(ValueError, match="nothing in .* fits .*'part': 'no such part'"):
        identity_task(tiny_set, SIDE)


def test_a_body_of_other_people_is_refused(faces, tiny_set, tmp_path, monkeypatch):
    train_step("identity", tmp_path, clips=tiny_set, epochs=1)
    monkeypatch.setattr(recipes, "_count", lambda task: 3)
    with pytest.raises(weights.WeightsError, match="tensor classify.weight must have shape"):
        train_step("attributes", tmp_path, clips=tiny_set, epochs=1)
