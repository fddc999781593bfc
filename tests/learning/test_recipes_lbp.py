"""`ferviz train lbp`: three kinds of labels go in, weights and cards come out, and a kill changes nothing."""

from __future__ import annotations

import importlib.util
import sys
from pathlib import Path

import numpy as np
import pytest
import torch
from safetensors.torch import load_file
from tiny_lbp import SIDE, tiny_config, write_noise
from typer.testing import CliRunner

from ferviz import weights
from ferviz.cli import app
from ferviz.emotions import LABEL_SETS
from ferviz.faces.sets import read
from ferviz.learning.loop import fit
from ferviz.learning.recipes import LBP, WEIGHTS, common, fresh, train_lbp
from ferviz.learning.recipes import lbp_attention as recipes
from ferviz.learning.recipes.lbp_attention import KINDS, face_task, go_on
from ferviz.learning.sets import stills_from, stills_from_votes, stills_of
from ferviz.measured import Figures
from ferviz.models.lbp_attention import Config, LBPAttention
from ferviz.models.model import gray, resize
from ferviz.prepared import read_faces

ROOT = Path(__file__).resolve().parents[2]


def script(name: str):
    spec = importlib.util.spec_from_file_location(f"_{name}", ROOT / "data_scripts" / f"{name}.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules[f"_{name}"] = module  # dataclasses look their module up
    spec.loader.exec_module(module)
    return module


@pytest.fixture(autouse=True)
def small(monkeypatch):
    monkeypatch.setattr(Config, "compact", classmethod(lambda cls, colours=1: tiny_config(colours=colours)))
    monkeypatch.setattr(common, "HELD_OUT", 7)


@pytest.fixture(scope="module")
def faces(tmp_path_factory) -> Path:
    return write_noise(tmp_path_factory.mktemp("faces"))


def built(config: Config, seed: int) -> LBPAttention:
    return fresh(lambda: LBPAttention(config), seed)


def ferviz_trains(*arguments: object):
    return CliRunner().invoke(app, ["train", *map(str, arguments)])


# ---- what is learned from ----


def test_labels_votes_and_synthetic_faces_are_held_apart(faces, tiny_set):
    labels, votes = face_task("labels", faces, None, SIDE), face_task("votes", faces, None, SIDE)
    assert (len(labels), len(labels.validation["held-out"])) == (28, 7)
    assert len(votes) + len(votes.validation["held-out"]) == 34  # one got most votes for "unknown"
    assert (labels.train.target.shape[1], votes.train.target.shape[1]) == (7, 8)
    assert (labels.smoothing, votes.smoothing) == (0.1, 0.0)  # votes are soft already
    synthetic = face_task("synthetic", None, tiny_set, SIDE)
    counts = [len(read(tiny_set, split="train", part=part).rows) for part in ("stills", "covered", "turned")]
    assert len(synthetic) == sum(counts)


def test_votes_become_shares_of_the_labels(faces):
    found = read_faces(faces)
    stills = stills_from_votes(found, SIDE)
    shares = found.distribution(LABEL_SETS["FER+"])[1:]
    np.testing.assert_allclose(stills.target.numpy(), shares)
    assert stills.group.tolist() == found.group[1:].tolist()


def test_faces_without_votes_are_refused(tmp_path):
    found = read_faces(write_noise(tmp_path, votes=False))
    assert len(stills_from(found, SIDE)) == 40
    with pytest.raises(ValueError, match="carry no votes"):
        stills_from_votes(found, SIDE)


def test_the_frames_with_most_evidence_are_taken_from_a_clip(tiny_set):
    found = read(tiny_set, split="train", part="intensity")
    one, three = stills_of(found, SIDE), stills_of(found, SIDE, frames=3)
    assert (len(one), len(three)) == (len(found.rows), 3 * len(found.rows))
    assert torch.equal(three.pictures[::3], one.pictures)
    emotional = next(i for i, row in enumerate(found.rows) if row["label"] != "neutral")
    best = int(np.argmax(found[emotional].truth.evidence))
    assert best > 0
    own = found[emotional]
    shown = stills_of(found, SIDE).pictures[emotional].float()
    frames = torch.from_numpy(own.frames).permute(0, 3, 1, 2).float()
    ways = (resize(gray(frames), SIDE) - shown).abs().mean((1, 2, 3))
    assert int(ways.argmin()) == best  # not just any frame


@pytest.mark.parametrize(("kind", "name"), [("labels", "faces"), ("votes", "faces"), ("synthetic", "clips")])
def test_a_set_that_is_not_named_is_asked_for(kind, name, tmp_path):
    with pytest.raises(ValueError, match=f"{name} must name a prepared set: lbp-attention.* learns from it; got None"):
        train_lbp(kind, tmp_path)


def test_an_unknown_kind_is_told_the_known_ones(tmp_path):
    with pytest.raises(ValueError, match="kind must be one of first, labels, votes, synthetic; got 'real'"):
        train_lbp("real", tmp_path)


# ---- runs ----


def test_every_name_of_the_zoo_has_a_kind():
    assert {*LBP.values(), "first"} == set(KINDS)
    assert {name: kind.start for name, kind in KINDS.items()} == {
        "first": None, "labels": "first", "votes": "labels", "synthetic": "labels"
    }  # fmt: skip


def test_votes_go_on_from_labels_and_all_load_with_their_cards(faces, tiny_set, tmp_path):
    done = ferviz_trains("lbp-attention-ferplus", "--faces", faces, "--out", tmp_path, "--epochs", 1)
    assert done.exit_code == 0, done.output
    assert done.stdout.splitlines()[-1] == str(tmp_path / "votes" / WEIGHTS)
    assert train_lbp("synthetic", tmp_path, clips=tiny_set, epochs=1) == tmp_path / "synthetic" / WEIGHTS
    for name, kind in LBP.items():
        model = built(recipes.replace(Config.compact(), labels=KINDS[kind].labels), 0)
        card = weights.load(tmp_path / kind / WEIGHTS, model)
        assert (card.name, card.model, card.seeds) == (name, "LBPAttention", (kind == "labels",))
        assert card.metrics[-1].what == "held-out accuracy, last epoch"
        assert len(card.data) == (2 if kind == "synthetic" else 1)  # real faces first, then synthetic ones


def test_the_card_says_where_and_how_long_over_all_sittings(faces, tmp_path):
    train_lbp("labels", tmp_path, faces=faces, epochs=1)
    card = weights.read_card(tmp_path / "labels" / WEIGHTS)
    assert card.origin.startswith("trained by ferviz on 1 × cpu, 0 minutes, 32-true: ")
    assert "; it went on from lbp-attention-first, trained by ferviz on 1 × cpu, 0 minutes, 32-true: " in card.origin
    assert card.origin.endswith("; lbp-attention is the mean of the weights that both courses ended with")
    rows = [{"seconds": 60.0}, {"seconds": 180.0}, {"seconds": 30.0}, {"seconds": 90.0}]  # killed after the second
    assert common.minutes(rows) == 4.5


def test_a_killed_run_ends_with_the_same_weights(faces, tmp_path, monkeypatch):
    whole = load_file(train_lbp("labels", tmp_path / "whole", faces=faces, epochs=2))

    def killed(*arguments, **named):
        fit(*arguments, **named, stop_after=1)
        raise KeyboardInterrupt

    monkeypatch.setattr(recipes, "fit", killed)
    with pytest.raises(KeyboardInterrupt):
        train_lbp("labels", tmp_path / "cut", faces=faces, epochs=2)
    monkeypatch.setattr(recipes, "fit", fit)
    again = load_file(train_lbp("labels", tmp_path / "cut", faces=faces, epochs=2))
    assert all(torch.equal(again[name], whole[name]) for name in whole)


def test_what_is_kept_of_both_courses_is_their_mean_with_norms_that_saw_the_pictures(faces, tmp_path, monkeypatch):
    ends = []

    def whole(model, *arguments, **named):
        history = fit(model, *arguments, **named)
        ends.append({name: value.clone() for name, value in model.state_dict().items()})
        return history

    monkeypatch.setattr(recipes, "fit", whole)
    kept = load_file(train_lbp("labels", tmp_path, faces=faces, epochs=1))
    first, second = ends
    for name in ("classify.weight", "raw_branch.conv1.weight"):
        torch.testing.assert_close(kept[name], (first[name] + second[name]) / 2)
        assert not torch.equal(first[name], second[name])
    norms = [name for name in kept if name.endswith("running_mean")]
    assert norms
    assert all((kept[name] - (first[name] + second[name]) / 2).abs().max() > 0 for name in norms)
    again = load_file(train_lbp("labels", tmp_path, faces=faces, epochs=1))
    assert all(torch.equal(again[name], kept[name]) for name in kept)


def test_going_on_keeps_the_rows_of_labels_that_both_have(faces, tmp_path):
    train_lbp("labels", tmp_path, faces=faces, epochs=1)
    before = built(Config.compact(), 5)
    weights.load(tmp_path / "labels" / WEIGHTS, before)
    after = LBPAttention(recipes.replace(Config.compact(), labels=LABEL_SETS["FER+"]))
    fresh = after.classify.weight.detach().clone()
    go_on(after, tmp_path / "labels" / WEIGHTS, LABEL_SETS["FER2013"])
    for label in LABEL_SETS["FER2013"]:
        row, own = LABEL_SETS["FER2013"].index(label), LABEL_SETS["FER+"].index(label)
        assert torch.equal(after.classify.weight[own], before.classify.weight[row])
    contempt = LABEL_SETS["FER+"].index("contempt")
    assert torch.equal(after.classify.weight[contempt], fresh[contempt])
    assert torch.equal(after.raw_branch.conv1.weight, before.raw_branch.conv1.weight)


# ---- networks for tests of maps ----


def test_shuffled_labels_are_the_same_ones_on_other_faces(tiny_set):
    checks = script("train_checks")
    checks.COUNT = 14
    true, shuffled = (checks.dealt_task(name, tiny_set, tiny_config()) for name in ("true", "shuffled"))
    assert torch.equal(true.train.pictures, shuffled.train.pictures)
    assert torch.equal(true.train.target.sum(0), shuffled.train.target.sum(0))
    assert not torch.equal(true.train.target, shuffled.train.target)


def test_the_networks_for_tests_are_trained_and_kept(tiny_set, tmp_path, capsys, monkeypatch):
    checks = script("train_checks")
    monkeypatch.setattr(checks, "COUNT", 14)
    monkeypatch.setattr(checks, "BY_HEART", checks.BY_HEART.changed(epochs=1))
    assert checks.main(["shuffled", "--clips", str(tiny_set), "--out", str(tmp_path)]) == 0
    weights.load(tmp_path / "shuffled" / WEIGHTS, built(Config.compact(), 1))
    assert "shuffled {'learned'" in capsys.readouterr().out


def test_the_network_for_a_hue_sees_colours_and_learns_from_nothing(tiny_set, tmp_path, monkeypatch):
    checks = script("train_checks")
    monkeypatch.setattr(checks, "FROM_NOTHING", checks.FROM_NOTHING.changed(epochs=1))
    monkeypatch.setattr(checks, "read", lambda folder, split, part: read(folder, split=split, part="stills"))
    monkeypatch.setattr(checks, "go_on", lambda *_: pytest.fail("went on from gray weights"))
    assert checks.main(["patch", "--planted", str(tiny_set), "--out", str(tmp_path)]) == 0
    weights.load(tmp_path / "patch" / WEIGHTS, built(tiny_config(colours=3), 1))


@pytest.mark.parametrize(("what", "name"), [("patch", "planted"), ("true", "clips")])
def test_the_checks_want_their_sets(what, name, tmp_path, capsys):
    with pytest.raises(SystemExit):
        script("train_checks").main([what, "--out", str(tmp_path)])
    assert f"{what} needs --{name}" in capsys.readouterr().err


# ---- the ablation ----


@pytest.fixture
def ablation(monkeypatch):
    module = script("measure_ablation")
    monkeypatch.setattr(module, "PICTURES", 14)
    monkeypatch.setattr(module, "SCHEDULE", recipes.replace(module.SCHEDULE, epochs=1, batch=7))
    monkeypatch.setattr(module.Row, "config", lambda row, full: recipes.replace(tiny_config(), **row.changes))
    return module


def test_each_row_differs_from_the_reference_in_one_thing(ablation):
    narrow = script("measure_ablation")
    reference = narrow.ROWS[0].config(False)
    for row in narrow.ROWS[1:]:
        config = row.config(False)
        changed = [
            name
            for name in ("texture", "attention", "reconstruction", "rates")
            if getattr(config, name) != getattr(reference, name)
        ]
        wanted = 0 if row.group == "variation" else 2 if row.name == "neither" else 1
        assert (row.name, len(changed)) == (row.name, wanted)
        assert config.branch == reference.branch
    assert narrow.ROWS[0].config(True) == Config.compact()


def test_the_table_resumes_and_pairs_rows_by_picture(ablation, faces, tmp_path):
    rows = [ablation.ROWS[0], ablation.ROWS[5]]
    table = ablation.measure(faces, tmp_path, [0, 1], rows=rows)
    kept = {path: path.read_bytes() for path in tmp_path.glob("*/right.npy")}
    assert len(kept) == 4
    again = ablation.measure(faces, tmp_path, [0, 1, 2], rows=rows)
    assert all(path.read_bytes() == value for path, value in kept.items())
    assert [entry.low for entry in (*table["accuracy"], *table["difference"])] == [None] * 3  # of two seeds
    assert None not in [entry.low for entry in (*again["accuracy"], *again["difference"])]
    base, other = (entry.seeds for entry in again["accuracy"])
    (more,) = again["difference"]
    assert (more["row"], more.than, [*more.seeds]) == (rows[1].name, "all", ["0", "1", "2"])
    assert more.value == pytest.approx(np.mean([other[seed] - base[seed] for seed in base]), abs=2e-4)


def test_the_file_is_written_after_each_run(ablation, faces, tmp_path, monkeypatch):
    monkeypatch.setattr(ablation, "ROWS", ablation.ROWS[:2])
    monkeypatch.setattr(ablation.measure, "__kwdefaults__", {**ablation.measure.__kwdefaults__, "rows": ablation.ROWS})
    written = []
    monkeypatch.setattr(ablation, "write_whole", lambda path, data: written.append((path.name, data)))
    arguments = ["--faces", str(faces), "--runs", str(tmp_path), "--out", str(tmp_path / "a.json"), "--seeds", "0"]
    monkeypatch.setattr(ablation, "run", lambda *_, **__: (np.ones(7), 60.0))
    assert ablation.main(arguments) == 0
    told = [Figures.from_json(data.decode()) for name, data in written if name == "a.json"]
    assert [[row["row"] for row in each["accuracy"]] for each in told] == [["all"], ["all", "original"]]
    assert [entry.value for entry in told[-1]["difference"]] == [0.0]
    assert told[-1].command.endswith("measure_ablation.py --faces FACES --runs RUNS --out OUT --seeds 0")
    assert told[-1]["accuracy"][1]["seconds"] == 60


@pytest.mark.parametrize(
    ("apart", "others", "clear"),
    [
        ((0.5,) * 5, 0, True),
        ((0.5,) * 4, 0, False),  # too few trainings
        ((0.9, 0.9, 0.9, 0.9, -0.1), 0, False),
        ((0.0,) * 5, 0, False),
        ((0.01,) * 5, 0, True),  # p 0.03
        ((0.01,) * 5, 1, False),  # asked of two rows
    ],
)
def test_a_difference_is_clear_only_when_all_seeds_agree_and_p_bears_all_questions(ablation, apart, others, clear):
    count = 400
    base = {seed: np.zeros(count) for seed in range(len(apart))}
    moved = np.arange(count)[None] < np.abs(apart)[:, None] * count
    hits = dict(enumerate(np.sign(apart)[:, None] * moved))
    same = {row.name: base for row in ablation.ROWS[2 : 2 + others]}
    found = {"all": base, ablation.ROWS[1].name: hits, **same}
    rows = ablation.ROWS[: 2 + others]
    entry, *rest = ablation.tables(rows, found, np.arange(count), lambda row: {})["difference"]
    assert len(rest) == others
    assert entry.clear() is clear
    assert [*entry.seeds.values()] == pytest.approx(list(apart))
    assert entry.holm_over == "all rows against all"
