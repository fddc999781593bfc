"""The measure of the multi-task network from one end to the other, with tiny untrained networks and faces of noise."""

from __future__ import annotations

from argparse import Namespace
from dataclasses import replace
from types import MappingProxyType

import numpy as np
import pytest

from data_scripts import measure_mtl as script
from ferviz import weights
from ferviz.emotions import LABEL_SETS
from ferviz.learning.recipes import FAMILIES, WEIGHTS, fresh
from ferviz.learning.recipes import multi_task_sets as sets
from ferviz.learning.recipes.common import faces_in_words, set_in_words
from ferviz.learning.recipes.multi_task import STEPS
from ferviz.measured import Figures, claims, found_on_multi_task, pick
from ferviz.measuring import families, multi_task_study
from ferviz.measuring.descriptors import BIAS, OF
from ferviz.measuring.leaking import PEOPLE_SHARED
from ferviz.measuring.multi_task_boards import ATTRIBUTES
from ferviz.measuring.multi_task_rows import REFERENCE, ROWS, body_of, folder_of
from ferviz.measuring.multi_task_study import BASELINE, COMMONEST, PAPER
from ferviz.measuring.sharing import MOVED, PAIRS
from ferviz.measuring.strangers import HIDDEN
from ferviz.models.backbones import MobileNetConfig
from ferviz.models.descriptor import STATISTICS
from ferviz.models.identity import COMPACT, BodyConfig, Identity
from ferviz.models.multi_task import HEADS, Config, MultiTask
from ferviz.prepared import Faces, write_faces
from ferviz.weights import Card

SIDE, FACES, LEARNED = 16, 60, 14  # of PublicTest, four of them twins; and of Training
TINY = BodyConfig(MobileNetConfig(colours=1, channels=(4, 6, 6), strides=(1, 2)), SIDE)


def write_public(folder, training=14):
    """Noise: 14 Training faces, 60 of PublicTest, two by two of one group."""
    luck = np.random.default_rng(0)
    count = training + FACES
    images = luck.integers(0, 256, (count, 48, 48), dtype=np.uint8)
    twin = np.zeros(count, bool)
    twin[-4:] = True
    part = np.array(["Training"] * training + ["PublicTest"] * FACES)
    label, group, name = np.arange(count) % 7, np.arange(count) // 2, np.array([str(i) for i in range(count)])
    write_faces(folder, Faces(images, LABEL_SETS["FER2013"], label, group, part, twin, name), "noise", "none")
    return folder


def keep(model, folder, summary="made up", *data):
    folder.mkdir(parents=True, exist_ok=True)
    known = dict.fromkeys(("name", "origin", "licence"), "made up") | {"summary": summary}
    weights.save(folder / WEIGHTS, model.state_dict(), Card(model=type(model).__name__, data=data, **known))


def fill(runs, seed, faces, clips):
    """Everything that is trained with a seed, untrained."""
    keep(fresh(lambda: Identity(4, TINY), seed), runs / str(seed) / "identity")
    keep(fresh(lambda: Identity(4, TINY), seed + 25), body_of(runs, seed))
    hidden = fresh(lambda: Identity(4, TINY), seed + 50)
    keep(hidden, folder_of(runs, seed, HIDDEN), "made up", set_in_words(clips, "synthetic people"))
    for place, step in enumerate(list(STEPS)[1:]):
        keep(fresh(lambda: MultiTask(Config.compact()), 10 * seed + place), runs / str(seed) / step)
    for place, (name, row) in enumerate(ROWS.items()):
        if seed < row.runs:
            config = replace(Config.compact(row.body), heads=row.heads)
            summary = f"A row of the measurement of multi-task networks, {name}: {LEARNED} Training faces."
            model = fresh(lambda: MultiTask(config), 100 * seed + place)  # noqa: B023
            keep(model, folder_of(runs, seed, name), summary, faces_in_words(faces))


@pytest.fixture(scope="module")
def runs(tmp_path_factory, tiny_set):
    """What the script writes when nothing is trained, of one seed and of five."""
    folder = tmp_path_factory.mktemp("mtl")
    named = {"faces": write_public(folder / "faces"), "clips": tiny_set, "runs": folder / "runs"}
    with pytest.MonkeyPatch.context() as patch:
        for body in COMPACT:
            patch.setitem(COMPACT, body, TINY)
        patch.setattr(sets, "PEOPLE", "stills")
        patch.setattr(families, "TESTED", (*FAMILIES, "all_tell"))  # the smallest set has no neutral clips
        patch.setattr("ferviz.measuring.bodies.BODIES", MappingProxyType({}))

        def measure(name, *more):
            asked = [f"--learn={LEARNED}", *(f"--{option}={path}" for option, path in named.items())]
            assert script.main([*asked, "--out", str(folder / name), "--people", "2", "--timed", "2", *more]) == 0
            return Figures.from_json((folder / name).read_text("utf-8"))

        found = {"nothing": measure("nothing.json")}
        fill(folder / "runs", 0, named["faces"], tiny_set)
        found["one"] = measure("one.json", "--seeds", "0")
        for seed in range(1, 5):
            fill(folder / "runs", seed, named["faces"], tiny_set)
        study = folder / "runs" / "0" / "study"
        before = {path: path.stat().st_mtime_ns for path in study.rglob("*.safetensors")}
        found["whole"] = measure("whole.json", "--films", str(tiny_set))
        found["kept"] = before, {path: path.stat().st_mtime_ns for path in study.rglob("*.safetensors")}
    return found


@pytest.fixture(scope="module")
def told(runs):
    """The whole record."""
    return runs["whole"]


def test_where_nothing_is_trained_everything_is_missing_and_nothing_is_claimed(runs):
    record = runs["nothing"]
    absent = record.about["missing"]
    assert absent[: len(STEPS)] == [f"{step}: 0 of 5 seeds" for step in STEPS]
    assert "joint loss: 0 of 3 seeds" in absent
    assert absent[-len(script.LATER) - 1] == "clips: 0 of 5 seeds"
    untrained = {"verification", "verification_alike"}  # pixels need no training
    assert set(record.tables) == {*untrained, "speed", "phone", "published"}
    first, second = found_on_multi_task(record)
    assert (first[:9], second[:20]) == ("**Not all", "**Not measured yet**")


def test_seeds_of_films_are_those_that_are_there(tmp_path):
    for seed, file in ((0, script.WEIGHTS), (1, "checkpoint.safetensors")):
        (tmp_path / str(seed) / "again").mkdir(parents=True)
        (tmp_path / str(seed) / "again" / file).touch()
    chosen = Namespace(runs=tmp_path, film_seeds=[0, 1, 2], films=tmp_path)
    assert script.film_seeds(chosen) == [0]
    chosen.films = None
    assert script.film_seeds(chosen) == []


def test_a_row_of_other_faces_is_refused_when_it_is_measured(tmp_path, monkeypatch):
    for body in COMPACT:
        monkeypatch.setitem(COMPACT, body, TINY)
    faces, (name, *_) = write_public(tmp_path / "faces"), ROWS
    keep(MultiTask(Config.compact()), folder_of(tmp_path, 0, name), "A row of 13 faces.", faces_in_words(faces))
    monkeypatch.setattr(script, "strangers_in", lambda *_: None)
    asked = [f"--faces={faces}", "--clips=none", f"--runs={tmp_path}", "--learn=14", f"--out={tmp_path / 'a.json'}"]
    with pytest.raises(ValueError, match=r"must hold a run on .*: 14 Training faces\.; its card tells of .*13 faces"):
        script.main(asked)


def test_one_seed_is_told_one_by_one(runs):
    record = runs["one"]
    assert len(record["claims"]) == len(claims(PAPER).claims)
    assert all((one.low, one.p, list(one.seeds)) == (None, None, ["0"]) for one in record["claims"])
    assert "power" not in record.tables
    *found, gender = found_on_multi_task(record)[1:]
    assert "no claim was made of it, so it has no verdict" in gender
    for sentence in found:
        assert sentence.startswith("**No verdict of fewer than 5 runs**")


def test_what_is_kept_is_not_made_again(runs):
    before, after = runs["kept"]
    assert before
    assert {path: after[path] for path in before} == before
    assert {path.name.split("-")[0] for path in set(after) - set(before)} == {"features"}  # of the films


def test_all_claims_are_answered_and_nothing_else_has_a_p(told):
    for claim in claims(PAPER).claims:
        (one,) = [one for one in told["claims"] if one.claim == claim.id]
        assert (one["row"], one.than, one["score"], one["family"]) == (claim.row, claim.than, claim.score, claim.clips)
        assert (one.holm_over, claim.record, claim.table) == (claim.family, "mtl", "claims")
        assert (one.unit, list(one.seeds)) == ("faces" if claim.clips == "strangers" else "pictures", list("01234"))
    assert len(told["power"]) == len(told["claims"])
    assert all(one.p is None for name, table in told.tables.items() if name != "claims" for one in table)
    assert found_on_multi_task(told)[0].startswith("**Not all that was announced is measured** (the descriptor")
    assert len(found_on_multi_task(told)) == 9


def test_every_row_stands_on_all_of_publictest(told):
    for table in ("accuracy", "mean_recall"):
        assert {one["row"] for one in told[f"grid_{table}"]} == set(ROWS)
        rows = {one["row"] for one in told[table]}
        assert rows - {BASELINE, COMMONEST} == {"mtl", "mtl-head", "mtl, 16 bit", "mtl, 8-bit weights"}
        assert {one.items for one in (*told[table], *told[f"grid_{table}"])} == {FACES - 4}
        assert [one.name for one in told[f"{table}_difference"]] == ["mtl minus mtl-head"]
    assert told.about["left out of PublicTest"] == {"twins": 4}
    (constant,) = pick(told["accuracy"], row=COMMONEST)
    assert (constant.value, constant.seeds) == (pytest.approx(8 / 56, abs=1e-4), None)  # all labels as often as others
    assert told.about["kept in 16 bit"] == []
    (given,) = pick(told["accuracy"], row=BASELINE)
    assert given.seeds is None
    assert given.low <= given.value <= given.high


def test_mean_recall_is_the_mean_of_the_recalls(told):
    networks = [one for one in told["mean_recall"] if "bit" not in one["row"]]
    for one in (*networks, *told["grid_mean_recall"]):
        table = told["recall"] if one in networks else told["grid_recall"]
        parts = pick(table, row=one["row"])
        assert [part["label"] for part in parts] == [str(label) for label in LABEL_SETS["FER2013"]]
        assert one.value == pytest.approx(np.mean([part.value for part in parts]), abs=1e-3)


def test_a_row_of_three_seeds_is_held_against_the_reference_of_the_same_three(told):
    (one,) = pick(told["grid_accuracy_difference"], row="Adam")
    own, reference = (pick(told["grid_accuracy"], row=row)[0].seeds for row in ("Adam", REFERENCE))
    assert list(one.seeds) == list("012") == list(own)
    assert list(one.seeds.values()) == pytest.approx([own[s] - reference[s] for s in "012"], abs=2e-4)
    assert (one.low, one.few) == (None, True)


def test_strangers_are_asked_before_and_after_and_with_the_controls(told):
    bodies = {"identity", "longer body", "all", "joint loss"}
    untrained = {"pixels", "pixels, face hidden", "brightness"}
    assert {one["row"] for one in told["verification"]} == {*bodies, HIDDEN, *untrained}
    assert {one["row"] for one in told["verification_alike"]} == {*bodies, HIDDEN, *untrained}
    for score in ATTRIBUTES:
        rows = {one["row"] for one in pick(told["attributes"], score=score)}
        assert rows - {"median guess"} == {"attributes", "all", "again", "joint loss"}
    (guess,) = pick(told["attributes"], row="median guess")
    assert (guess.seeds, guess.few) == (None, False)
    assert {one.than for one in told["attributes_difference"]} == {"attributes"}


def test_the_matrix_has_every_property_and_head_on_both_bodies(told):
    for table in ("sharing", "sharing_raw"):
        wanted = {(row, head, body) for row in MOVED for head in HEADS for body in script.STAGES}
        assert {(one["row"], one["head"], one["body"]) for one in told[table]} == wanted
        assert all(one.value >= 0 and one.people == 2 for one in told[table])
    heads = {one["heads"] for one in told["gradients"]}
    assert heads == {f"{first} · {second}" for first, second in PAIRS}
    assert all(-1 <= one.value <= 1 for one in told["gradients"])
    assert {one["control"] for one in told["gradients"]} == {False, True}


def test_people_who_are_shared_are_told_beside_people_apart(told):
    assert [(one["row"], one.than) for one in told["leak"]] == [
        (PEOPLE_SHARED[0], None), (PEOPLE_SHARED[1], None), (PEOPLE_SHARED[1], PEOPLE_SHARED[0])
    ]  # fmt: skip


def test_clips_have_every_statistic_and_the_bias(told):
    assert {one["row"] for one in told["descriptor"]} == {*OF, "mean of the answers"}
    assert {one["row"] for one in told["descriptor_share"]} == {*STATISTICS, BIAS}
    assert {one["family"] for one in told["descriptor"]} >= {"intensity", "all"}


def test_bodies_have_their_sizes(told):
    assert [one["row"] for one in told["speed"]] == ["mobilenet, compact", "efficientnet, compact"]
    for one in told["speed"]:
        assert one["MB at 32 bit"] == pytest.approx(2 * one["MB at 16 bit"], abs=2e-3)
        assert one.low <= one.value <= one.high
    assert all(one.low is None and one["source"] for one in told["phone"])


def test_published_shares_have_the_intervals_of_their_counts(told):
    (one,) = pick(told["published"], row="B0, four statistics or two, linear SVM", task="AFEW, all videos")
    assert (one["right"], one.items, one.value) == (227, 383, 0.5927)
    assert one.low == pytest.approx(0.5416, abs=1e-4)
    assert one.high == pytest.approx(0.6424, abs=1e-4)


def test_the_command_makes_it_again(told):
    assert told.command.startswith("python data_scripts/measure_mtl.py --faces FACES --runs RUNS --seeds")
    assert "--clips CLIPS --films FILMS" in told.command
    assert "--out OUT" in told.command


def test_a_call_that_wants_nothing_is_an_error(capsys):
    with pytest.raises(SystemExit):
        script.main(["--faces", "f", "--clips", "c", "--runs", "r"])
    assert "name --out, or --only-train" in capsys.readouterr().err


def test_a_step_that_is_not_there_is_named(tmp_path):
    with pytest.raises(FileNotFoundError, match="weights.safetensors is not there: ferviz train mtl-again leaves it"):
        multi_task_study.course_in(tmp_path, 0, "again")
