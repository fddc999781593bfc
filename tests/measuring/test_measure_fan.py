"""The measure of frame attention from one end to the other, with tiny networks on clips of noise."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
import pytest
import torch
from safetensors.torch import save_file

from data_scripts import measure_fan as script
from ferviz.emotions import LABEL_SETS
from ferviz.learning.recipes import FAMILIES
from ferviz.measured import Figures, claims, found_on_frames, pick
from ferviz.measuring import families, frozen
from ferviz.measuring.boards import Board, Gathered
from ferviz.measuring.frozen import ROWS, VARIANTS, Part, Result
from ferviz.measuring.shares import NEUTRAL
from ferviz.measuring.video import linear
from tests.tiny_fan import SIDE, noise_clips, tiny_fan
from tests.toy_fan import toy_fan


def clips_of_all(named, each=12, seed=0):
    """Clips of noise of these families, six frames long, whose evidence rises and falls; two people a family."""
    count = each * len(named)
    clips = noise_clips([6] * count, seed)
    family = np.repeat(named, each)
    label = torch.arange(count) % 7
    label[torch.from_numpy(family == "neutral_spoiled")] = NEUTRAL
    loud = (label != NEUTRAL).float()[:, None]
    intensity = torch.tensor([[0.0, 0.5, 1.0, 1.0, 0.9, 0.1]]).repeat(count, 1) * loud
    evidence = intensity.clone()
    evidence[:, 4] = torch.where(torch.from_numpy(family == "degraded"), 0.1, evidence[:, 4])
    own = torch.ones(count, 6, dtype=torch.bool)
    intruder = torch.zeros(count, 6)
    other = torch.from_numpy(family == "off_label")
    own[other, 4], intruder[other, 4], evidence[other, 4] = False, 1.0, 0.0
    evidence[torch.from_numpy(family == "all_tell")] = 1.0
    told = {"label": label, "evidence": evidence, "intensity": intensity, "own": own, "intruder": intruder}
    return replace(clips, family=family, person=np.arange(count) % 5, **told)


def real_clips(count, seed):
    clips = noise_clips([10] * count, seed)
    evidence = torch.tensor([[0.9, 0.8, 0.7, 0.5, 0.4, 0.3, 0.2, 0.1, 0.0, 0.0]]).repeat(count, 1)
    return replace(clips, evidence=evidence, intensity=evidence * torch.nan)


REAL = ("real", "real_neutral", "real_others")
LABELS = tuple(map(str, LABEL_SETS["FER2013"]))


@dataclass
class Known:
    """A set of which only its split and version are asked."""

    split: str

    @property
    def settings(self):
        return {"version": "2"}


@pytest.fixture(scope="module")
def told(tmp_path_factory):
    """What the script writes of five untrained backbones, one head each, and three tuned networks."""
    folder = tmp_path_factory.mktemp("fan")
    for seed in range(5):
        for name, variant in (("backbone", "mean"), *((variant, variant) for variant in VARIANTS)):
            (folder / "runs" / str(seed) / name).mkdir(parents=True)
            model = tiny_fan(variant, seed)
            save_file(model.state_dict(), folder / "runs" / str(seed) / name / "weights.safetensors")
        (folder / "runs" / str(seed) / "backbone" / "history.json").write_text("[{}, {}]")
    sets = {"train": clips_of_all(FAMILIES, 4, 1), "validation": clips_of_all(FAMILIES, 3, 2)}
    sets["test"] = clips_of_all(script.TESTED)
    real = {"train": real_clips(10, 3), "validation": real_clips(7, 4), "test": real_clips(14, 5)}
    real["test"] = replace(real["test"], label=torch.tensor([0, 1, 2, 3, 4, 5, 5] + 7 * [NEUTRAL]))

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(script, "sets_in", lambda _: {split: [Known(split)] for split in sets})
        patch.setattr(script, "clips_of", lambda found, side: sets[found[0].split] if side == SIDE else None)
        patch.setattr(script, "real_sets", lambda path, side: real if side == SIDE else None)
        for module in (script, frozen, families):
            patch.setattr(module, "built", tiny_fan)
        patch.setattr(script, "load_model", lambda name: tiny_fan(script.FAN[name], 9))
        patch.setattr(frozen, "fit", lambda *_, **__: None)
        patch.setattr(script, "linear", lambda vectors, label: linear(vectors, label, (1.0,)))
        arguments = ["--clips", "c", "--faces", "f", "--runs", str(folder / "runs"), "--out", str(folder / "fan.json")]
        assert script.main([*arguments, "--heads", "0", "--alike", *map(str, range(5))]) == 0
    return Figures.from_json((folder / "fan.json").read_text("utf-8"))


def test_every_row_stands_in_every_family(told):
    rows = {*ROWS, "mean vector", "mean, max, std"}
    clips = {*script.TESTED, "all", "real"}
    assert {(one["row"], one["family"]) for one in told["accuracy"]} == {(r, f) for r in rows for f in clips}
    assert {one.items for one in pick(told["accuracy"], family="all")} == {36}
    for one in told["accuracy"]:
        assert list(one.seeds) == ["0", "1", "2", "3", "4"]
        assert (one.way is None) == (one.low is None)
    assert {one.people for one in pick(told["accuracy"], family="real")} == {None}
    assert told.command == (
        "python data_scripts/measure_fan.py --clips CLIPS --runs RUNS --out OUT --faces FACES --backbones 0 1 2 3 4 "
        "--heads 0 --tuned 0 1 2 --alike 0 1 2 3 4"
    )
    assert told.about["backbone epochs"] == [2]
    assert told.about["real sets"] == {"train": 10, "validation": 7, "test": 14}
    assert told.about["clips"] == dict.fromkeys(script.TESTED, 12)


def test_the_neutral_sets_and_the_others_stand_apart(told):
    known = [pick(told["weights"], row="self", score="votes", family=name)[0] for name in REAL]
    assert {name for one in told["effect"] if (name := one["family"]).startswith("real")} == {*REAL}
    whole, neutral, others = known
    assert neutral.items + others.items == whole.items == 14
    assert whole.value == pytest.approx((neutral.value + others.value) / 2, abs=1e-3)  # seven sets of each
    assert not {*REAL[1:]} & {one["family"] for name in ("accuracy", "recall") for one in told[name]}


def test_the_real_sets_of_each_label_are_counted_and_those_that_are_few_are_named(told):
    assert told.about["real sets by label"]["test"]["neutral"] == 7
    assert told.about["real sets by label"]["validation"] == dict.fromkeys(LABELS, 1)
    assert told.about["labels with fewer than 10 real sets in the test"] == dict.fromkeys(LABELS[:6], 1) | {
        "surprise": 2, "neutral": 7,
    }  # fmt: skip


def test_means_of_too_few_are_counted(told):
    left = told.about["means of fewer than 5 items, left out"]
    assert all(0 < one["items"] < 5 and one["numbers"] > 0 for one in left)
    there = {(one["score"], one["family"]) for one in told["weights"]}
    assert not there & {(one["score"], one["family"]) for one in left}


def test_rows_that_are_alike_are_dealt_on_each_backbone(told):
    assert {(one["row"], one["score"], one["family"]) for one in told["false alarms"]} == {
        ("self", score, family) for score, family in script.ALARMS.items()
    }
    for score in script.ALARMS:
        mean, rows, tables = pick(told["false alarms"], score=score)
        assert list(mean.seeds) == ["0", "1", "2", "3", "4"]
        assert (rows.items, tables.items) == (4000, 1000)
        assert tables.what.endswith("25 heads that differ in nothing but the seed, 5 on each of 5 backbones, "
                                    "dealt there into rows of 1")  # fmt: skip


def test_too_few_that_are_alike_are_refused(capsys):
    with pytest.raises(SystemExit):
        script.main(["--clips", "c", "--runs", "r", "--out", "o", "--alike", "0", "1"])
    assert "--alike must name none, or at least 5 seeds: one for each row; got 2" in capsys.readouterr().err


def test_differences_are_taken_on_each_backbone(told):
    for one in told["difference"]:
        row, than = (
            pick(told["accuracy"], row=name, family=one["family"])[0].seeds for name in (one["row"], one.than)
        )
        assert list(one.seeds.values()) == pytest.approx([row[run] - than[run] for run in row], abs=2e-4)
    assert {one.than for one in told["difference"]} == set(script.BASES)


def test_all_eight_claims_are_answered_and_nothing_else_has_a_p(told):
    made = claims(script.PAPER).claims
    assert {one.claim for one in told["claims"]} == {claim.id for claim in made}
    for claim in made:
        (one,) = [one for one in told["claims"] if one.claim == claim.id]
        assert (one["row"], one.than, one["score"], one["family"]) == (claim.row, claim.than, claim.score, claim.clips)
        assert one.holm_over == claim.family
        assert one.p_holm >= one.p
        assert (claim.record, claim.table) == ("fan", "claims")
    others = [one for name, table in told.tables.items() if name != "claims" for one in table]
    assert all(one.p is None and one.claim is None for one in others)
    assert len(told["power"]) == len(made)


def test_weights_are_held_against_what_their_clips_have(told):
    scores = {(one["score"], one["family"]) for one in told["weights"]}
    assert ("spoiled", "degraded") in scores
    assert ("spoiled", "intensity") not in scores
    assert ("intruder", "off_label") in scores
    assert ("votes", "real") in scores
    assert {one["row"] for one in told["weights"]} == set(script.WEIGHED)
    chance = pick(told["weights"], row="pool", score=["rest", "spoiled", "intruder", "votes"])
    assert {one.value for one in chance} == {0.5}
    assert {one.value for one in pick(told["weights"], row="pool", score=["on spoiled", "on intruder"])} == {1.0}
    assert {one.than for one in told["weights_difference"]} == {"self"}
    spoiled = pick(told["weights"], row="self", score="spoiled", family="degraded")[0]
    assert spoiled.items + spoiled.left_out == 12
    assert spoiled.left_out > 0  # neutral clips have no spoiled frame at full intensity


def test_effects_are_held_against_the_truth_as_weights_are(told):
    assert {one["row"] for one in told["effect"]} == set(VARIANTS)
    assert {one["effect"] for one in told["effect"]} == {"contribution", "removal"}
    for one in told["effect_difference"]:
        place = {"row": one["row"], "score": one["score"], "family": one["family"]}
        effect = pick(told["effect"], effect=one["effect"], **place)[0]
        assert one.value == pytest.approx(effect.value - pick(told["weights"], **place)[0].value, abs=2e-4)
        assert one.than == "weight"


def test_neutral_clips_have_a_line_of_their_own(told):
    assert {one["share"] for one in pick(told["share"], labels="rest")} == {n / 10 for n in range(1, 11)}
    assert {one["share"] for one in pick(told["share"], labels="neutral")} == {0.0}
    (fall,) = pick(told["share_fall"], row="self", share=0.3)
    some, whole = (pick(told["share"], row="self", labels="rest", share=share)[0].value for share in (0.3, 1.0))
    assert (fall.value, fall.than) == (pytest.approx(some - whole, abs=2e-4), "all ten")
    assert {one.than for one in told["share_difference"]} == set(script.BASES)
    recall = pick(told["recall"], row="self", score="recall of neutral", family="all")[0]
    assert recall.items + recall.left_out == 36
    assert recall.items == sum(place % 7 == NEUTRAL for place in range(36))


def test_tuned_networks_stand_apart_run_by_run_without_interval(told):
    tables = [name for name in told.tables if name.startswith("tuned_")]
    assert {"tuned_accuracy", "tuned_difference", "tuned_recall", "tuned_weights"} <= set(tables)
    for one in (one for name in tables for one in told[name]):
        assert one["row"] in script.FAN
        assert list(one.seeds) == ["0", "1", "2"]
        assert one.few
        assert one.low is one.p is None
    assert {one["row"] for one in told["tuned_weights"]} == {"fan", "fan-self"}


def test_the_networks_that_ship_have_intervals_over_people_and_no_runs(told):
    families = {*script.TESTED, "all"}
    assert {(one["row"], one["family"]) for one in told["shipped"]} == {(n, f) for n in script.FAN for f in families}
    for one in told["shipped"]:
        assert one.seeds is None
        assert one.low <= one.value <= one.high


def test_a_board_holds_the_mean_of_a_runs_heads():
    board = Board()
    for run, head in ((4, 1.0), (4, 3.0), (2, 5.0)):
        board.add(run, "self", {"much": np.array([head, np.nan])})
    board.add(2, "pool", {"little": np.zeros(2)})
    assert board.runs == [2, 4]
    np.testing.assert_array_equal(board.values("self", "much"), [[5.0, np.nan], [2.0, np.nan]])
    assert board.rows("much") == ["self"]
    assert board.scores == ["much", "little"]


def test_a_clip_is_right_when_its_label_is_the_likeliest():
    clips = clips_of_all(FAMILIES, 7)
    gathered = Gathered(clips, script.families_of(clips), (), ())
    said = torch.eye(7)[clips.label]
    said[0] = said[0].roll(1)
    gathered.add(0, "self", Result(said, clips.evidence), tiny_fan(), Part(clips, clips.evidence, clips.evidence))
    assert gathered.scores.values("self", "accuracy")[0].tolist() == [0.0] + [1.0] * 20
    neutral = gathered.scores.values("self", "recall of neutral")[0]
    assert np.isfinite(neutral).tolist() == (clips.label == NEUTRAL).tolist()


def test_a_network_that_is_not_there_is_named(tmp_path):
    with pytest.raises(FileNotFoundError, match="weights.safetensors is not there: ferviz train leaves it"):
        families.loaded(tmp_path, "mean")


def test_the_made_up_record_that_the_lesson_is_tested_with_has_the_shape_of_the_real_one(told):
    made = toy_fan()
    for name, table in made.tables.items():
        assert {tuple(one.of) for one in told[name]} == {tuple(one.of) for one in table}, name
        assert {(one["row"], one.than) for one in told[name]} == {(one["row"], one.than) for one in table}, name
        assert {one.get("score") for one in told[name]} == {one.get("score") for one in table}, name
    asked = {(one.claim, one["row"], one.than, one["score"], one["family"], one.holm_over) for one in told["claims"]}
    assert asked == {(o.claim, o["row"], o.than, o["score"], o["family"], o.holm_over) for o in made["claims"]}
    assert len(found_on_frames(told)) == 6


def test_a_fifth_of_the_real_sets_for_learning_is_watched(monkeypatch, tmp_path):
    sets = {"train": real_clips(11, 1), "test": real_clips(4, 2)}
    asked = []
    monkeypatch.setattr(script, "vote_sets", lambda *told: asked.append(told) or sets)
    found = script.real_sets(tmp_path, SIDE)
    assert asked == [(tmp_path, SIDE, script.REAL)]
    assert found["validation"].person.tolist() == [0, 5, 10]
    assert found["train"].person.tolist() == [1, 2, 3, 4, 6, 7, 8, 9]
    assert found["test"] is sets["test"]


def test_two_families_are_tested_that_nobody_learned(monkeypatch, tmp_path):
    monkeypatch.setattr(families, "read", lambda folder, *, split, part: (folder, split, part))
    found = families.sets_in(tmp_path)
    assert [part for _, _, part in found["train"]] == [part for _, _, part in found["validation"]] == [*FAMILIES]
    assert found["test"] == [(tmp_path, "test", part) for part in (*FAMILIES, "all_tell", "neutral_spoiled")]
