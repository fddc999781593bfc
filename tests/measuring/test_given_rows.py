"""Bodies that others trained, frozen and by two schedules: what moves, what is left, and the tables of it."""

from __future__ import annotations

import json
from dataclasses import replace
from types import MappingProxyType, SimpleNamespace

import numpy as np
import pytest
import torch

from data_scripts import measure_mtl_given as script
from ferviz import weights
from ferviz.learning.recipes import WEIGHTS, common
from ferviz.learning.sets import Examples
from ferviz.measured import Figures, pick
from ferviz.measuring import given_frozen as frozen
from ferviz.measuring import given_rows as rows
from ferviz.measuring.given_frozen import FROZEN, PIXELS
from ferviz.measuring.given_rows import GIVEN, MORE, given_folder, given_in, train_given
from ferviz.measuring.multi_task_study import COMMONEST
from ferviz.models.backbones import EfficientNetConfig, MobileNetConfig
from ferviz.models.backbones.efficientnet import Stage
from ferviz.models.faceres import CARD, FaceRes
from ferviz.models.identity import BodyConfig
from ferviz.models.imagenet_lite import ImageNetLite
from ferviz.weights import Card
from tests.measuring.test_measure_mtl import write_public

SIDE = 16
MOBILE = BodyConfig(MobileNetConfig(channels=(4, 6, 8), strides=(1, 2)), SIDE)
LITE = BodyConfig(EfficientNetConfig(stages=(Stage(1, 3, 1, 8, 1),), stem=8, last=16, lite=True), SIDE)
HEAD, TUNED = "FaceRes at 224 px, head only", "FaceRes at 224 px, head then all"
PAIRED = [name for name in GIVEN if name != MORE]


def faceres(folder=None, side=0) -> FaceRes:
    with torch.random.fork_rng():
        torch.manual_seed(3)
        return FaceRes(MOBILE, 5).eval()


@pytest.fixture(scope="module")
def trained(tmp_path_factory):
    """Every row with seed 0, of one epoch a step, by the script; and what it trained from."""
    folder = tmp_path_factory.mktemp("given")
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(common, "HELD_OUT", 21)
        patch.setattr(rows, "load_faceres", faceres)
        patch.setattr(rows, "load_imagenet", lambda path, side: ImageNetLite(LITE).eval())
        patch.setattr(rows, "FaceRes", lambda body: FaceRes(MOBILE, 5))
        patch.setattr(rows, "ImageNetLite", lambda body: ImageNetLite(LITE))
        short = {name: replace(row, epochs=dict.fromkeys(row.epochs, 1)) for name, row in GIVEN.items()}
        for module in (rows, script):
            patch.setattr(module, "GIVEN", MappingProxyType(short))
        known = dict.fromkeys(("name", "summary", "origin", "licence"), "made up")
        weights.save(folder / "imagenet.safetensors", {"x": torch.ones(1)}, Card(model="", data=("things",), **known))
        faces = write_public(folder / "faces", training=42)
        asked = [f"--faces={faces}", f"--runs={folder / 'runs'}", "--learn", "14"]

        given = f"--imagenet={folder / 'imagenet.safetensors'}"

        def call(*more):
            assert script.main([*asked, *more]) == 0

        def train(*more):
            call("--only-train", given, *more)

        def record(name, *more):
            call("--out", str(folder / name), *more)
            return Figures.from_json((folder / name).read_text("utf-8"))

        def refuse(*_):
            raise FileNotFoundError("not on this machine")

        with pytest.MonkeyPatch.context() as without:
            without.setattr(rows, "load_faceres", refuse)
            nothing = record("nothing.json")
        train("--seeds", "0")
        yield folder / "runs", faces, train, nothing, record


def test_each_body_has_two_rows_of_each_size_and_the_head_alone_learns_as_long():
    assert list(GIVEN)[:2] == [HEAD, TUNED]
    for head, tuned in zip(PAIRED[::2], PAIRED[1::2], strict=True):
        first, second = GIVEN[head], GIVEN[tuned]
        assert head.removesuffix("head only") == tuned.removesuffix("head then all")
        assert ([*first.epochs], [*second.epochs]) == (["head"], ["head", "all"])
        assert sum(first.epochs.values()) == sum(second.epochs.values())
        assert replace(first, epochs=second.epochs) == second
        assert (first.build().body.side, first.build().crop.size) == (first.side, first.side)
    assert {row.side: (row.runs, row.sharp, row.faces, row.weighted) for row in GIVEN.values()} == {
        224: (3, True, 20_000, True), 96: (1, False, 10_000, True), 160: (1, False, 20_000, False)
    }  # fmt: skip


def test_every_row_leaves_weights_a_card_and_its_history(trained):
    runs, *_ = trained
    for name, row in GIVEN.items():
        folder = given_folder(runs, 0, name)
        card = weights.read_card(folder / WEIGHTS)
        assert (card.name, list(given_in(runs, 0, name).labels)) == (name, ["emotion"])
        assert card.data[:-1] == (CARD.data if row.body == "FaceRes" else ("things",))
        alike = "" if row.weighted else ", each alike"
        assert card.summary.startswith(f"{row.body} on 14 Training faces of {row.side} pixels{alike}, tuned: head")
        assert list(json.loads((folder / "history.json").read_text("utf-8"))) == list(row.epochs)
    assert card.command.endswith("--rows 'FaceRes at 160 px, head then all' --seeds 0")


def test_a_head_alone_leaves_the_body_and_the_hidden_layer_as_they_were_given(trained):
    runs, *_ = trained
    start, head, tuned = faceres(), given_in(runs, 0, HEAD), given_in(runs, 0, TUNED)
    raw = torch.randint(0, 256, (4, 1, SIDE, SIDE), generator=torch.Generator().manual_seed(0))
    with torch.no_grad():
        was, now, moved = (model.features(*model.inputs(raw)) for model in (start, head, tuned))
    assert torch.allclose(was, now, atol=1e-5)  # its norms were unfolded, which changes nothing
    assert not torch.allclose(was, moved, atol=1e-3)
    parts = ("hidden_layers.shared.layers.0.weight", "backbone.conv1.weight")
    for part in parts:
        assert torch.equal(head.state_dict()[part], start.state_dict()[part])
        assert not torch.equal(tuned.state_dict()[part], start.state_dict()[part])
    assert not torch.equal(head.answers["emotion"].weight, torch.zeros(7, 5))


def test_what_is_done_is_left_alone_and_no_more_is_trained_than_is_announced(trained):
    runs, _, train, *_ = trained
    before = {path: path.stat().st_mtime_ns for path in runs.rglob("*") if path.is_file()}
    train("--seeds", "0", "3")
    assert {path: path.stat().st_mtime_ns for path in runs.rglob("*") if path.is_file()} == before


def test_the_record_holds_each_row_its_gain_and_one_network_over_pictures(trained):
    *_, record = trained
    found = record("record.json", "--seeds", "0", "1")
    gains = [f'"{tuned}" minus "{head}"' for head, tuned in zip(PAIRED[::2], PAIRED[1::2], strict=True)]
    for score in ("accuracy", "mean recall"):
        entries = pick(found["given"], score=score)
        assert [one.name for one in entries if one.than] == gains
        rows = [one["row"] for one in entries if not one.than]
        assert rows == [*GIVEN, *([COMMONEST] if score == "accuracy" else [])]
    assert all(list(one.seeds) == ["0"] and one.low is None for one in found["given"] if one["row"] != COMMONEST)
    assert [one.name for one in found["given_network"]] == [*GIVEN, *gains]
    for one in found["given_network"]:
        (same,) = [two for two in pick(found["given"], score="accuracy") if two.name == one.name]
        assert one.value == pytest.approx(same.value, abs=2e-4)
        assert one.low <= one.value <= one.high
        assert (one.p, one.single) == (None, True)
    assert {one["row"] for one in found["given_recall"]} == set(GIVEN)
    absent = [name for name, row in FROZEN.items() if row.body == "ImageNet"]  # its file is not named
    assert found.about["missing"] == [*(f"{name}: 1 of 3 seeds" for name in list(GIVEN)[:4]), *absent]
    assert found.about["faces"] > 0


def test_where_nothing_is_trained_only_the_commonest_label_stands(trained):
    *_, nothing, _ = trained
    assert [one["row"] for one in nothing["given"]] == [COMMONEST]
    absent = [name for name, row in FROZEN.items() if row.body]
    assert nothing.about["missing"] == [*(f"{name}: 0 of {row.runs} seeds" for name, row in GIVEN.items()), *absent]
    stands = [one.name for one in nothing["given_frozen"]]
    assert stands == [name for name in FROZEN if name not in absent]


def test_a_classifier_of_each_body_as_it_was_given_and_of_what_learned_nothing_is_in_the_record(trained):
    runs, _, _, nothing, record = trained
    found = record("frozen.json", f"--imagenet={runs.parent / 'imagenet.safetensors'}")["given_frozen"]
    assert [one.name for one in found if not one.than] == list(FROZEN)
    assert [(one["row"], one.than) for one in found if one.than] == list(frozen._LESS)
    value = {one["row"]: one.value for one in found if not one.than}
    for one in found:
        assert one.low <= one.value <= one.high
        assert (one.p, one.single) == (None, True)
        assert one.value == pytest.approx(value[one["row"]] - value.get(one.than, 0), abs=2e-4)
    (alone,) = pick(nothing["given_frozen"], row=PIXELS)
    assert alone.value == value[PIXELS]


def test_a_classifier_finds_what_a_vector_tells_and_nothing_in_noise():
    luck = np.random.default_rng(0)
    label = luck.integers(7, size=600)
    onehot = torch.eye(7)[torch.from_numpy(label)]
    blank, known = torch.zeros(600, 1, 2, 2, dtype=torch.uint8), (slice(300), slice(300, 400))
    parts = tuple(Examples({"pictures": blank[at]}, {"emotion": onehot[at]}) for at in known)
    real = SimpleNamespace(board=SimpleNamespace(group=SimpleNamespace(label=label[400:])))
    noise = luck.normal(size=(600, 20)).astype(np.float32)
    told = np.concatenate([noise, onehot.numpy() * 9], 1)
    assert frozen._right(told, parts, real).mean() > 0.95
    assert frozen._right(noise, parts, real).mean() < 0.3
    told[400:, 20:] = 0  # what tells is not in the faces that are asked
    assert frozen._right(told, parts, real).mean() < 0.3


def test_a_body_that_learned_nothing_has_norms_of_the_faces_and_is_the_same_each_time():
    pictures = torch.randint(0, 256, (60, 1, SIDE, SIDE), generator=torch.Generator().manual_seed(0))
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(rows, "FaceRes", lambda body: FaceRes(MOBILE, 5))
        first, again = (FROZEN["untrained MobileNet, 96 px"].load(None, pictures) for _ in range(2))
    for name, value in first.state_dict().items():
        assert torch.equal(value, again.state_dict()[name])
    norm = next(part for part in first.modules() if isinstance(part, torch.nn.BatchNorm2d))
    assert norm.running_mean.abs().max() > 0.1
    assert not first.training


def test_rows_of_another_number_are_refused(trained, tmp_path):
    runs, faces, *_ = trained
    with pytest.raises(ValueError, match=r"must hold a run on FaceRes on 13 Training faces .*: delete it"):
        script.main([f"--faces={faces}", f"--runs={runs}", "--learn=13", f"--out={tmp_path / 'other.json'}"])
    assert not (tmp_path / "other.json").exists()


@pytest.mark.parametrize("option", ["imagenet", "faceres"])
def test_a_file_that_is_named_and_not_there_ends_the_measure_before_it_begins(trained, tmp_path, option):
    runs, faces, *_ = trained
    asked = [f"--faces={faces}", f"--runs={runs}", "--learn=14", f"--{option}={tmp_path / 'none'}"]
    with pytest.raises(FileNotFoundError, match="none is not there"):
        script.main([*asked, f"--out={tmp_path / 'other.json'}"])
    assert not (tmp_path / "other.json").exists()


def test_what_is_not_there_is_named(tmp_path):
    with pytest.raises(FileNotFoundError, match=r"_given\.py --only-train --rows 'FaceRes at 224 px, head only'"):
        given_in(tmp_path, 0, HEAD)
    with pytest.raises(ValueError, match=r"name must be one of FaceRes at 224 px, head only, .*; got 'no such row'"):
        train_given("no such row", 0, tmp_path, faces=tmp_path)
    with pytest.raises(FileNotFoundError, match=r"file must be what data_scripts/convert_imagenet.py wrote; got None"):
        train_given("ImageNet at 224 px, head only", 0, tmp_path, faces=tmp_path)
