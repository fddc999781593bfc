"""`ferviz train` and data_scripts/train_zoo.py: sets go in, weights and cards come out, and a kill changes nothing."""

from __future__ import annotations

import importlib.util
import json
import re
from functools import partial
from pathlib import Path

import numpy as np
import pytest
import torch
from safetensors.torch import load_file
from tiny_fan import BACKBONE as BACKBONE_NET
from typer.testing import CliRunner

import ferviz.learning.recipes
from ferviz import weights
from ferviz.cli import app
from ferviz.disk import file_hash
from ferviz.emotions import LABEL_SETS
from ferviz.faces.sets import MANIFEST, read
from ferviz.learning.loop import Schedule, fit
from ferviz.learning.recipes import (
    FAMILIES,
    FAN,
    TUNING,
    WEIGHTS,
    Recipe,
    backbone_task,
    common,
    faces_for_training,
    fresh,
    limits,
    networks,
    training,
)
from ferviz.learning.recipes import frame_attention as recipes
from ferviz.models import frame_attention
from ferviz.models.frame_attention import Config, FrameAttention
from ferviz.papers import PAPERS
from ferviz.prepared import Faces, write_faces

ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture(scope="module")
def faces(tmp_path_factory) -> Path:
    """40 faces of noise, as prepare_fer2013.py leaves them: 35 Training, 5 PublicTest."""
    label = np.arange(40) % 7
    images = np.random.default_rng(0).integers(0, 256, (40, 48, 48), dtype=np.uint8)
    part, names = np.array(["Training"] * 35 + ["PublicTest"] * 5), np.array([str(i) for i in range(40)])
    made = Faces(images, LABEL_SETS["FER2013"], label, np.arange(40), part, np.zeros(40, bool), names)
    folder = tmp_path_factory.mktemp("faces")
    write_faces(folder, made, "noise", "none")
    return folder


def make_small(patch: pytest.MonkeyPatch) -> None:
    """A net of a few hundred parameters, few pictures to hold out."""
    patch.setattr(frame_attention, "COMPACT", BACKBONE_NET)
    patch.setattr(common, "HELD_OUT", 7)


@pytest.fixture(autouse=True)
def small(monkeypatch):
    make_small(monkeypatch)


def built(variant: str, seed: int) -> FrameAttention:
    return fresh(lambda: FrameAttention(Config.compact(variant)), seed)


def ferviz_trains(*arguments: object):
    return CliRunner().invoke(app, ["train", *map(str, arguments)])


@pytest.fixture(scope="module")
def trained(tmp_path_factory, faces, tiny_set) -> Path:
    """What ``ferviz train fan`` leaves, one epoch each."""
    out = tmp_path_factory.mktemp("runs")
    with pytest.MonkeyPatch.context() as patch:
        make_small(patch)
        done = ferviz_trains("fan", "--faces", faces, "--clips", tiny_set, "--out", out, "--epochs", 1)
    assert done.exit_code == 0, done.output
    assert done.stdout.splitlines()[-1] == str(out / "relation" / WEIGHTS)
    return out


# ---- the recipes ----


def test_the_names_of_the_zoo_are_the_variants():
    assert dict(FAN) == {"fan": "relation", "fan-self": "self", "fan-pool": "pool", "fan-mean": "mean"}


def test_one_table_trains_everything_that_ships_and_what_goes_before_it():
    shipped = [network.name for row in PAPERS.values() for network in row.networks]
    before = {"backbone", "lbp-attention-first", "ran-body", "ran-bare-body", "ran-bare"}
    before |= {"mtl-identity", "mtl-attributes", "mtl-all", "mtl-again", "mtl-longer"}
    assert set(networks()) == {*shipped, *before, "audio"}
    assert set(limits()) == set(shipped)
    for name in shipped:
        told = weights.read_card(weights.bundled(name))
        assert told.limits[: len(limits()[name])] == limits()[name]
        command, *options = told.command.split(" --")
        assert command == f"ferviz train {name}"
        for option, value in map(str.split, options):  # what made it another than the recipe's
            as_told = f", {value}: {{" if option == "precision" else f"'{option}': {value}"
            assert as_told in told.origin.split("; it went on")[0]
    with pytest.raises(ValueError, match=r"name must be one of .*fan-mean.*; got 'fan-max'"):
        training("fan-max")


def test_first_weights_follow_from_the_seed_and_leave_the_global_generator_alone():
    torch.manual_seed(0)
    before = torch.get_rng_state()
    first, again, other = built("self", 1), built("self", 1), built("self", 2)
    assert torch.equal(before, torch.get_rng_state())
    assert torch.equal(first.classify.weight, again.classify.weight)
    assert not torch.equal(first.classify.weight, other.classify.weight)


def test_a_recipe_can_be_changed_in_length_and_seed():
    changed = TUNING.changed(epochs=2, seed=5)
    assert (changed.schedule.epochs, changed.schedule.seed) == (2, 5)
    assert changed.backbone_scale == TUNING.backbone_scale
    assert TUNING.changed() == TUNING


def test_the_public_test_is_never_learned_from(faces):
    learned, held_out = faces_for_training(faces)
    assert (len(learned), len(held_out)) == (28, 7)
    assert set(learned.part) | set(held_out.part) == {"Training"}
    assert not set(learned.name) & set(held_out.name)


def test_real_and_synthetic_faces_are_learned_with_one_prior(faces, tiny_set):
    task = backbone_task(faces, tiny_set)
    real, synthetic = torch.arange(28), torch.arange(28, len(task))
    assert len(synthetic) == 14 + 7 + 7
    torch.testing.assert_close(task.train[real].prior(), task.train[synthetic].prior())
    assert task.train.pictures.shape[1:] == (1, 48, 48)
    assert {name: len(part) for name, part in task.validation.items()} == {"real": 7, "synthetic": 28}
    assert not set(task.train.group[:28]) & set(task.train.group[28:])


# ---- ferviz train ----


def test_training_leaves_weights_that_load_with_their_card(trained, faces, tiny_set):
    for folder, variant, name in (("backbone", "mean", "fan-backbone"), ("relation", "relation", "fan")):
        path = trained / folder / WEIGHTS
        model = built(variant, 9)
        card = weights.load(path, model)
        assert (card.name, card.model, card.seeds) == (name, "FrameAttention", (0,))
        assert file_hash(faces / MANIFEST) in card.data[0]
        assert file_hash(tiny_set / MANIFEST) in card.data[-1]
        assert "'epochs': 1" in card.origin
        assert card.command.startswith("ferviz train")
        history = json.loads((trained / folder / "history.json").read_text())
        assert {m.what: m.value for m in card.metrics} == {
            f"{k}, last epoch": round(v, 4) for k, v in history[-1].items() if k not in ("epoch", "rate", "seconds")
        }
        assert sorted(p.name for p in path.parent.iterdir()) == [
            "checkpoint.safetensors", "history.json", "weights.json", WEIGHTS,
        ]  # fmt: skip
    built("mean", 0).load_state_dict(load_file(trained / "backbone" / WEIGHTS))  # as measure_fan.py does


def test_the_variant_starts_from_the_trained_backbone(trained, tiny_set, monkeypatch):
    started = {}

    def watch(model, task, schedule, out, **more):
        started.update({name: value.clone() for name, value in model.state_dict().items()})
        slow, fast = more["groups"](model)
        assert slow["scale"] == TUNING.backbone_scale
        assert {id(p) for p in slow["params"]} == {id(p) for p in model.backbone.parameters()}
        assert {id(p) for p in slow["params"]} ^ {id(p) for p in fast["params"]} == {id(p) for p in model.parameters()}
        assert task.alone == (model.config.variant == "mean")
        assert len(task) == 7 * len(FAMILIES)
        raise KeyboardInterrupt

    monkeypatch.setattr(recipes, "fit", watch)
    for variant in ("self", "mean"):
        with pytest.raises(KeyboardInterrupt):
            recipes.train_fan(variant, trained, clips=tiny_set)
        backbone = load_file(trained / "backbone" / WEIGHTS)
        own = [name for name in started if name.startswith("backbone.")]
        assert own
        assert all(torch.equal(started[name], backbone[name]) for name in own)
        assert torch.equal(started["classify.weight"], built(variant, 0).classify.weight)


def test_a_trained_backbone_is_used_and_a_killed_run_goes_on(trained, tiny_set, tmp_path, monkeypatch):
    """Without --faces; two epochs in one go, and in two."""
    for out in ("whole", "killed"):
        (tmp_path / out).mkdir()
        (tmp_path / out / "backbone").symlink_to(trained / "backbone")
    arguments = ("fan-pool", "--clips", tiny_set, "--epochs", 2, "--seed", 3)
    monkeypatch.setattr(recipes, "TUNING", Recipe(Schedule(epochs=9, batch=14, rate=0.02)))
    done = ferviz_trains(*arguments, "--out", tmp_path / "whole")
    assert done.exit_code == 0, done.output

    def killed(*rest, **more):
        fit(*rest, stop_after=3, **more)
        raise KeyboardInterrupt

    monkeypatch.setattr(recipes, "fit", killed)
    assert ferviz_trains(*arguments, "--out", tmp_path / "killed").exit_code != 0
    assert not (tmp_path / "killed" / "pool" / WEIGHTS).exists()
    monkeypatch.setattr(recipes, "fit", fit)
    done = ferviz_trains(*arguments, "--out", tmp_path / "killed")
    assert done.exit_code == 0, done.output
    first, second = (tmp_path / out / "pool" / WEIGHTS for out in ("whole", "killed"))
    assert first.read_bytes() == second.read_bytes()
    assert weights.read_card(first).seeds == (3,)
    done = ferviz_trains(*arguments[:-1], 4, "--out", tmp_path / "whole")
    assert done.exit_code == 1
    assert "is of another run" in done.output


@pytest.fixture
def nothing_is_trained(monkeypatch):
    monkeypatch.setattr(recipes, "fit", partial(pytest.fail, "training began"))


@pytest.mark.usefixtures("nothing_is_trained")
def test_what_is_missing_is_named_before_anything_is_trained(faces, tiny_set, tmp_path):
    def message(*arguments: object) -> str:
        done = ferviz_trains(*arguments, "--out", tmp_path / "out")
        assert done.exit_code == 1, done.output
        assert done.output.startswith("ferviz: ")
        return done.output

    none, both = tmp_path / "none", ("--faces", faces, "--clips", tiny_set)
    assert f"{none / MANIFEST} is not there" in message("fan", "--faces", faces, "--clips", none)
    assert f"{none / MANIFEST} is not there" in message("fan", "--faces", none, "--clips", tiny_set)
    assert f"{none / MANIFEST} is not there" in message("backbone", "--faces", none, "--clips", tiny_set)
    assert f"{none / MANIFEST} is not there" in message("backbone", "--faces", faces, "--clips", none)
    wanted = f"faces must name prepared FER2013: no trained backbone lies in {tmp_path / 'out' / 'backbone'}"
    assert wanted in message("fan-self", "--clips", tiny_set)
    wanted = "clips must name a synthetic set: frame attention learns from it; got None"
    assert wanted in message("fan", "--faces", faces)
    assert "faces must name a prepared set: the backbone learns from it" in message("backbone", "--clips", tiny_set)
    assert "clips must name a synthetic set: the backbone learns from it" in message("backbone", "--faces", faces)
    assert "name must be one of lbp-attention-first, " in message("fan-both", *both)
    wanted = "precision must be one of 32-true, bf16-mixed; got '8'"
    assert wanted in message("fan", *both, "--precision", "8")
    wanted = "this machine cannot train with accelerator 'abacus', devices 1, nodes 1, strategy 'auto'"
    assert wanted in message("backbone", *both, "--accelerator", "abacus")
    assert not (tmp_path / "out").exists()


@pytest.mark.usefixtures("nothing_is_trained")
def test_the_spelling_of_the_first_version_goes_on_working(faces, tiny_set, tmp_path, monkeypatch):
    asked: list[str] = []
    for name in ("train_fan", "train_lbp"):
        monkeypatch.setattr(ferviz.learning.recipes, name, lambda kind, out, **_: asked.append(kind) or out)
    both = ("--faces", faces, "--clips", tiny_set, "--out", tmp_path)
    for spelled in (("fan", "--variant", "pool"), ("lbp",), ("lbp", "--kind", "votes")):
        assert ferviz_trains(*spelled, *both).exit_code == 0
    assert asked == ["pool", "labels", "votes"]
    for spelled in (("fan-self", "--variant", "pool"), ("fan", "--kind", "votes")):
        done = ferviz_trains(*spelled, *both)
        assert done.exit_code == 2
        assert "--variant belongs to fan and --kind to lbp" in done.output


@pytest.mark.usefixtures("nothing_is_trained")
def test_an_unknown_variant_is_told_the_known_ones(faces, tiny_set, tmp_path):
    done = ferviz_trains("fan", "--variant", "both", "--faces", faces, "--clips", tiny_set, "--out", tmp_path)
    assert done.exit_code == 1
    assert "variant must be one of mean, pool, self, relation; got 'both'" in done.output


@pytest.mark.usefixtures("nothing_is_trained")
def test_a_set_without_the_families_is_named(tiny_set, faces, tmp_path):
    stills = tmp_path / "stills"
    stills.mkdir()
    manifest = json.loads((tiny_set / MANIFEST).read_text())
    rows = [row for row in manifest["clips"] if row["part"] in ("stills", "covered", "turned")]
    shards = {row["file"]: manifest["shards"][row["file"]] for row in rows}
    for name in shards:
        (stills / name).write_bytes((tiny_set / name).read_bytes())
    (stills / MANIFEST).write_text(json.dumps({**manifest, "clips": rows, "shards": shards}))
    assert len(read(stills)) == len(rows)
    done = ferviz_trains("fan", "--faces", faces, "--clips", stills, "--out", tmp_path / "out")
    assert done.exit_code == 1
    assert "fits {'split': 'train', 'part': 'intensity'}" in done.output


def test_a_damaged_backbone_is_refused(trained, tiny_set, tmp_path):
    folder = tmp_path / "backbone"
    folder.mkdir()
    for name, length in ((WEIGHTS, 99), ("weights.json", None)):
        (folder / name).write_bytes((trained / "backbone" / name).read_bytes()[:length])
    done = ferviz_trains("fan", "--clips", tiny_set, "--out", tmp_path)
    assert done.exit_code == 1
    assert "weights.safetensors is truncated" in done.output


def test_help_tells_the_networks():
    done = ferviz_trains("--help")
    assert done.exit_code == 0
    told = re.sub(r"[\s│]", "", done.output)  # a name may be broken at the end of a line
    assert [word for word in (*networks(), "killed") if word not in told] == []


# ---- data_scripts/train_zoo.py ----


@pytest.fixture(scope="module")
def script():
    spec = importlib.util.spec_from_file_location("train_zoo", ROOT / "data_scripts" / "train_zoo.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def test_the_script_leaves_what_ferviz_train_leaves(script, trained, faces, tiny_set, tmp_path, monkeypatch, capsys):
    for name in ("BACKBONE", "TUNING"):
        monkeypatch.setattr(recipes, name, getattr(recipes, name).changed(epochs=1))
    monkeypatch.setattr(script, "ship", lambda *_: pytest.fail("shipped"))
    arguments = ["--faces", str(faces), "--clips", str(tiny_set), "--out", str(tmp_path)]
    assert script.main(["backbone", "fan", *arguments]) == 0
    told = capsys.readouterr().out.splitlines()
    for folder in ("backbone", "relation"):
        assert (tmp_path / folder / WEIGHTS).read_bytes() == (trained / folder / WEIGHTS).read_bytes()
        assert str(tmp_path / folder / WEIGHTS) in told


def test_the_script_ships_what_belongs_into_the_package(script, trained, faces, tiny_set, monkeypatch):
    for name in ("BACKBONE", "TUNING"):
        monkeypatch.setattr(recipes, name, getattr(recipes, name).changed(epochs=1))
    shipped = []
    monkeypatch.setattr(script, "ship", lambda *what: shipped.append(what))
    arguments = ["--faces", str(faces), "--clips", str(tiny_set), "--out", str(trained), "--ship"]
    assert script.main(["backbone", "fan", *arguments]) == 0
    assert shipped == [("fan", trained / "relation")]


def test_the_script_ships_what_is_finished_without_training(script, trained, tmp_path, monkeypatch, capsys):
    monkeypatch.setattr(script, "trained", lambda *_: pytest.fail("trained"))
    monkeypatch.setattr(weights, "bundled", lambda name: tmp_path / f"{name}.safetensors")
    assert script.main(["fan", "--out", str(trained), "--finished"]) == 0
    kept, whole = load_file(tmp_path / "fan.safetensors"), load_file(trained / "relation" / WEIGHTS)
    assert list(kept) == list(whole)
    for key, value in whole.items():
        assert torch.equal(kept[key], value.half() if value.is_floating_point() else value)
    known = weights.read_card(trained / "relation" / WEIGHTS)
    assert (weights.read_card(tmp_path / "fan.safetensors").origin, known.name) == (known.origin, "fan")
    with pytest.raises(SystemExit):
        script.main(["fan-self", "--out", str(trained), "--finished"])
    assert f"fan-self: {trained} holds no finished run of fan-self: ferviz train leaves" in capsys.readouterr().err
    damaged = tmp_path / "runs" / "relation"
    damaged.mkdir(parents=True)
    for file in (WEIGHTS, "weights.json"):
        (damaged / file).write_bytes((trained / "relation" / file).read_bytes())
    (damaged / WEIGHTS).write_bytes((damaged / WEIGHTS).read_bytes()[:-8])
    with pytest.raises(SystemExit):
        script.main(["fan", "--out", str(tmp_path / "runs"), "--finished"])
    assert "weights.safetensors is truncated" in capsys.readouterr().err


@pytest.mark.parametrize(("name", "needs"), [("backbone", "faces"), ("fan", "clips"), ("lbp-attention", "faces")])
def test_the_script_names_the_set_that_a_network_needs(script, tmp_path, capsys, name, needs):
    with pytest.raises(SystemExit) as left:
        script.main([name, "--out", str(tmp_path)])
    assert left.value.code == 1
    assert f"{name}: {needs} must name a " in capsys.readouterr().err
