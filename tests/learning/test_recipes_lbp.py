"""`ferviz train lbp`: three kinds of labels go in, weights and cards come out, and a kill changes nothing."""

from __future__ import annotations

import importlib.util
import sys
from functools import partial
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
from ferviz.measured import Figures, claims, measured, said
from ferviz.models.lbp_attention import Config, LBPAttention
from ferviz.models.model import gray, resize
from ferviz.prepared import read_faces
from ferviz.scores import difference_of_rows, holm

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
    with pytest.raises(ValueError, match=rf"{name} must name a \w+ set: lbp-attention.* learns from it; got None"):
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
    monkeypatch.setattr(module, "alarms", partial(module.alarms, tables=60))
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


def test_the_table_resumes_and_rows_are_drawn_apart(ablation, faces, tmp_path):
    rows = [ablation.ROWS[0], ablation.ROWS[8]]
    table = ablation.measure(faces, tmp_path, [0, 1], rows=rows)
    kept = {path: path.read_bytes() for path in tmp_path.glob("*/right.npy")}
    assert len(kept) == 4
    again = ablation.measure(faces, tmp_path, [0, 1, 2, 3, 4], rows=rows)
    assert all(path.read_bytes() == value for path, value in kept.items())
    assert [entry.low for entry in (*table["accuracy"], *table["difference"])] == [None] * 3  # of two runs
    assert None not in [entry.low for entry in (*again["accuracy"], *again["difference"])]
    base, other = again["accuracy"]
    (more,) = again["difference"]
    assert (more["row"], more.than, [*more.seeds]) == (rows[1].name, "all", ["0", "1", "2", "3", "4"])
    assert more.value == pytest.approx(other.value - base.value, abs=2e-4)
    assert [*more.seeds.values()] == pytest.approx([own - base.value for own in other.seeds.values()], abs=2e-4)
    assert (more.p, more.claim, more.unclaimed) == (None, None, True)


def test_what_is_finished_is_read_and_nothing_more_is_trained(ablation, faces, tmp_path):
    rows = [ablation.ROWS[0], ablation.ROWS[8]]
    ablation.measure(faces, tmp_path, [0], rows=rows)
    ablation.measure(faces, tmp_path, [1], rows=rows[:1])
    kept = {path.name for path in tmp_path.iterdir()}
    table = ablation.measure(faces, tmp_path, [0, 1, 2], finished=True, rows=rows)
    assert [[*entry.seeds] for entry in table["accuracy"]] == [["0", "1"], ["0"]]
    assert {path.name for path in tmp_path.iterdir()} == kept


def test_rows_without_runs_stay_as_they_ship_with_their_own_seeds_and_command(ablation, faces, tmp_path):
    ships = measured("ablation")
    table = ablation.with_rows_of(ships, ablation.measure(faces, tmp_path, [0], rows=ablation.ROWS[:1]))
    others = [entry["row"] for entry in ships["accuracy"] if entry["row"] != "all"]
    assert [entry["row"] for entry in table["accuracy"]] == ["all", *others]
    assert table["accuracy"][1:] == [entry for entry in ships["accuracy"] if entry["row"] != "all"]
    assert table["difference"] == list(ships["difference"])


def test_claims_come_first_then_what_is_alike_then_the_others(ablation):
    names = [(row.name, seed) for row, seed in ablation.plan(ablation.ROWS, [100, 101], [100, 101, 102])]
    asked = ["all", "original", "mask from the trunk alone", "no attention", "no reconstruction"]
    assert names[:5] == [(name, 100) for name in asked]
    assert names[10] == ("all", 102)
    assert len(names) == len(set(names)) == 2 * 13 + 1
    assert not {name for name, _ in names[11:]} & set(asked)


def test_the_file_is_written_after_each_run(ablation, faces, tmp_path, monkeypatch):
    defaults = {**ablation.measure.__kwdefaults__, "rows": ablation.ROWS[:2]}
    monkeypatch.setattr(ablation.measure, "__kwdefaults__", defaults)
    written = []
    monkeypatch.setattr(ablation, "write_whole", lambda path, data: written.append((path.name, data)))
    arguments = ["--faces", str(faces), "--runs", str(tmp_path), "--out", str(tmp_path / "a.json"), "--seeds", "0"]
    arguments += ["--alike", *map(str, range(10))]
    rng = np.random.default_rng(0)
    monkeypatch.setattr(ablation, "run", lambda *_, **__: ((rng.random(7) < 0.5).astype(float), 60.0))
    assert ablation.main(arguments) == 0
    told = [Figures.from_json(data.decode()) for name, data in written if name == "a.json"]
    assert [[row["row"] for row in each["accuracy"]] for each in told] == [["all"]] + [["all", "original"]] * 10
    assert [*told[-2].tables] == ["accuracy", "difference"]
    assert [*told[-1].tables] == ["accuracy", "difference", "false alarms"]
    assert told[-1].command.endswith("--runs RUNS --out OUT --seeds 0 --alike 0 1 2 3 4 5 6 7 8 9")
    assert told[-1]["accuracy"][1]["seconds"] == 60
    assert [*told[-1]["accuracy"][0].seeds] == ["0"]
    dealt, of_rows, of_tables = told[-1]["false alarms"]
    assert (len(dealt.seeds), of_rows.items, of_tables.items) == (10, 240, 60)
    assert Figures.from_json(told[-1].to_json()) == told[-1]


def test_too_few_runs_are_not_dealt(ablation, capsys):
    with pytest.raises(SystemExit):
        ablation.main(["--faces", "f", "--runs", "r", "--out", "o", "--alike", "1", "2"])
    assert "--alike must name none, or at least 10 seeds: two for each row; got 2" in capsys.readouterr().err


GROUP = np.arange(400) // 2


def drawn(ablation, rng, runs: int, **apart: float):
    """Runs of every row: pictures differ, runs differ, and some rows are better or worse."""
    easy = rng.normal(0, 0.5, 200)[GROUP]
    draw = {row.name: [] for row in ablation.ROWS}
    for name, hits in draw.items():
        for _ in range(runs):
            seen = easy + rng.normal(0, 0.05) + rng.normal(0, 1, 400) + apart.get(name.replace(" ", "_"), 0)
            hits.append((seen > 0).astype(float))
    return {name: dict(enumerate(hits, 100)) for name, hits in draw.items()}


def test_claims_are_answered_over_one_family_and_nothing_else_is(ablation):
    found = drawn(ablation, np.random.default_rng(0), 10, no_attention=-1.0, sobel=-1.0)
    told = ablation.tables(ablation.ROWS, found, GROUP)
    made = {claim.row: claim for claim in claims("lbp-attention").claims}
    asked = [entry for entry in told["difference"] if entry.claim is not None]
    assert {entry["row"]: entry.claim for entry in asked} == {row: claim.id for row, claim in made.items()}
    assert [entry.p_holm for entry in asked] == pytest.approx(holm([entry.p for entry in asked]), rel=0.01)
    assert {(entry.holm_over, entry.than, entry.unit) for entry in asked} == {("ablation", "all", "pictures")}
    outcomes = {entry["row"]: made[entry["row"]].outcome(entry) for entry in asked}
    assert outcomes["no attention"] == "confirmed"
    assert "confirmed" not in [what for row, what in outcomes.items() if row != "no attention"]
    rest = [entry for entry in told["difference"] if entry.claim is None]
    assert len(rest) == 8
    assert all(entry.unclaimed and entry.p is None and not entry.clear() for entry in rest)  # sobel too
    power = {entry["row"]: entry for entry in told["power"]}
    assert set(power) == set(made)
    (entry,) = (entry for entry in asked if entry["row"] == "original")
    known = difference_of_rows(*(np.stack([*found[name].values()]) for name in ("original", "all")), GROUP)
    assert (entry.value, entry.low, entry.high) == pytest.approx(known[:3], abs=1e-4)
    assert power["original"].value == pytest.approx(known.least_found(level=0.0125), abs=1e-4)


@pytest.mark.parametrize(("runs", "claimed", "bare"), [(10, 4, False), (9, 0, False), (4, 0, True)])
def test_fewer_runs_than_announced_answer_nothing(ablation, runs, claimed, bare):
    told = ablation.tables(ablation.ROWS, drawn(ablation, np.random.default_rng(1), runs), GROUP)
    assert sum(entry.claim is not None for entry in told["difference"]) == claimed
    assert ("power" in told) == bool(claimed)
    assert all((entry.low is None) == entry.few == bare for table in told.values() for entry in table if entry.seeds)
    if bare:
        assert said(told["difference"][0], line=0).endswith("no verdict of fewer than 5 runs")


def test_one_row_that_lacks_a_run_keeps_all_claims_open(ablation):
    found = drawn(ablation, np.random.default_rng(1), 10)
    del found["original"][103]
    assert all(entry.claim is None for entry in ablation.tables(ablation.ROWS, found, GROUP)["difference"])


def test_rows_that_differ_in_the_seed_alone_are_called_clear_in_five_of_a_hundred(ablation):
    rng = np.random.default_rng(2)
    rows = [row for row in ablation.ROWS if row.name in {"all", *(c.row for c in claims("lbp-attention").claims)}]
    each = [ablation.tables(rows, drawn(ablation, rng, 10), GROUP)["difference"] for _ in range(100)]
    alarms = sum(any(entry.clear() for entry in entries) for entries in each)
    of_rows = [entry.p <= 0.05 for entries in each for entry in entries]
    assert alarms <= 9  # the upper end for 5 of a hundred
    assert np.mean(of_rows) <= 0.075
    assert np.mean(of_rows) > 0.01  # it can fail
    _, of_rows, of_tables = ablation.false_alarms(drawn(ablation, rng, 40)["all"], GROUP)
    assert of_rows.value <= 0.1
    assert of_tables.value <= 0.15
    assert of_rows.what.endswith("of 40 runs that differ in nothing but the seed, dealt into rows of 8")
