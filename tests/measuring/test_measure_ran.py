"""The measure of region attention from one end to the other, with tiny untrained networks and faces of noise."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from safetensors.torch import save_file

from data_scripts import measure_ran as script
from ferviz.emotions import LABEL_SETS
from ferviz.learning.recipes import RAN, common
from ferviz.measured import Figures, claims, found_on_regions, pick
from ferviz.measuring import region_asking, region_faces, region_heads, region_study, region_tables
from ferviz.measuring.region_asking import AVERAGED, CAUSAL
from ferviz.measuring.region_boards import ATTENTION
from ferviz.measuring.region_effects import ATTRIBUTED, CONTROLS
from ferviz.measuring.region_faces import SHARES
from ferviz.measuring.region_heads import ROWS, Row
from ferviz.measuring.regions import LAYOUTS
from ferviz.models import region_attention
from ferviz.models.backbones import ResNetConfig
from ferviz.models.region_attention import Config, RegionAttention
from ferviz.prepared import VOTE_NAMES, Faces, write_faces
from ferviz.scores import regions
from ferviz.weights import Card, write_card

TINY = ResNetConfig(colours=1, stem="narrow", channels=(3, 4), blocks=(1, 1))
OWN = [name for name, row in ROWS.items() if "accuracy" in row.tables]
FACES = 60  # of PublicTest; four of them are twins


def write_public(folder):
    """Noise with votes: 40 Training faces, 60 of PublicTest; two of these got as many votes for two labels."""
    luck = np.random.default_rng(0)
    count = 40 + FACES
    images = luck.integers(0, 256, (count, 48, 48), dtype=np.uint8)
    votes = np.full((count, 10), 1, np.uint8)
    votes[np.arange(count), np.arange(count) % 8] = 6
    votes[50:52, :2] = 7
    twin = np.zeros(count, bool)
    twin[-4:] = True
    part = np.array(["Training"] * 40 + ["PublicTest"] * FACES)
    label, group, name = np.arange(count) % 7, np.arange(count) // 2, np.array([str(i) for i in range(count)])
    made = Faces(images, LABEL_SETS["FER2013"], label, group, part, twin, name, votes, VOTE_NAMES)
    write_faces(folder, made, "noise", "none")


MACHINE = "1 × cpu, 0 minutes, 32-true"


def some_points(pictures):
    """Five points that differ from face to face; every fifth face has none that are sure."""
    luck = np.random.default_rng(7)
    usual = np.array([[15, 18], [33, 18], [24, 27], [17, 36], [31, 36]], float)
    points = usual + luck.normal(0, 1.5, (len(pictures), 5, 2))
    return points, np.arange(len(pictures)) % 5 > 0


@pytest.fixture(scope="module")
def runs(tmp_path_factory, tiny_set):
    """What the script writes of five bodies and one seed of tuned networks, all of them untrained, and of a part.

    "first" is the record of a body alone, while of the tuned networks but one is there; "whole" is that of all; "made"
    what was kept between the two and what after.
    """
    folder = tmp_path_factory.mktemp("ran")
    write_public(folder / "faces")
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(region_attention, "SMALL", TINY)
        for seed in range(5):
            torch.manual_seed(seed)
            for name, variant in {"ran-body": "face", **RAN, "ran-bare": "relation"}.items():
                model = RegionAttention(Config.compact(variant))
                (folder / "runs" / str(seed) / name).mkdir(parents=True)
                path = folder / "runs" / str(seed) / name / "weights.safetensors"
                save_file(model.state_dict(), path)
                write_card(path, Card(name, "RegionAttention", "", f"trained by ferviz on {MACHINE}: x", "MIT", ()))
        patch.setattr(region_heads.weights, "load", _load)
        patch.setattr(common, "HELD_OUT", 8)
        for module in (region_faces, region_study, region_tables):
            patch.setattr(module, "pointed", some_points)
        patch.setattr(regions, "LIMIT", 2.0)  # the smallest set cannot be dealt fairly
        patch.setattr(region_heads, "fit", lambda *_, **__: None)
        patch.setattr(region_asking, "UNSEEN_CUTOUTS", 1)
        patch.setattr(region_study, "CUTOUTS", 1)
        sizes = ["--heads", "0", "--learn", "12", "--patches", "6", "--dealt", "6", "--causes", "6"]
        named = ["--faces", folder / "faces", "--clips", tiny_set, "--runs", folder / "runs"]

        def measure(name, *more):
            assert script.main([*map(str, named), "--out", str(folder / f"{name}.json"), *sizes, *more]) == 0
            return Figures.from_json((folder / f"{name}.json").read_text("utf-8"))

        away = [name for name in (*RAN, "ran-bare") if name != "ran"]
        for name in away:
            (folder / "runs" / "0" / name).rename(folder / name)
        found = {"first": measure("first", "--bodies", "0")}
        for name in away:
            (folder / name).rename(folder / "runs" / "0" / name)
        study = folder / "runs" / "0" / "study"
        before = {path: path.stat().st_mtime_ns for path in study.rglob("*.safetensors")}
        found["swept"] = measure("swept", "--bodies", "0", "1", "--tuned", "--swept", "0")
        found["whole"] = measure("whole")
        found["kept"] = before, {path: path.stat().st_mtime_ns for path in study.rglob("*.safetensors")}
    return found


def test_a_sweep_of_some_bodies_is_told_of_those(runs):
    swept = runs["swept"]
    assert "schemes, counts: on 1 of 2 bodies" in swept.about["missing"]
    apart = {name: {tuple(one.seeds) for one in swept[name]} for name in ("accuracy", "schemes", "counts", "margins")}
    dear = {tuple(one.seeds) for one in swept["schemes"] if one["crops"] != "fixed"}
    assert apart["accuracy"] == apart["margins"] == {("0", "1")}
    assert dear == apart["counts"] - {("0", "1")} == {("0",)}


@pytest.fixture(scope="module")
def told(runs):
    """The whole record."""
    return runs["whole"]


def test_a_call_makes_only_what_is_not_kept(runs):
    before, after = runs["kept"]
    assert {path.name.split("-")[0] for path in before} >= {"vectors", "attributions", "causes"}
    assert {path: after.get(path) for path in before} == before
    kinds = [path.name.split("-")[0] for path in set(after) - set(before)]
    assert (kinds.count("attributions"), kinds.count("causes")) == (len(LAYOUTS), 2)  # those of ran-bare


def test_a_part_is_told_as_a_part(runs):
    first = runs["first"]
    seeds = "of tuned networks 2 of 3 seeds"
    absent = ("ran-mean, tuned", "ran-face, tuned", "ran-bare, tuned")
    assert first.about["bodies trained"] == {"0": MACHINE}
    assert first.about["missing"] == ["runs: 1 of 15, frozen bodies: 1", seeds, *absent]
    assert runs["whole"].about["missing"] == ["runs: 5 of 15, frozen bodies: 5", seeds]  # with one head on each
    assert {one["row"] for one in first["shipped"]} == {one["row"] for one in first["tuned_accuracy"]} == {"ran"}
    assert "shipped_difference" not in first.tables
    assert {one["row"] for one in first["tuned_weights"]} == {"ran", *CONTROLS} - {"top"}
    for name in set(first.tables) - {"shipped", "rule"}:
        assert all(list(one.seeds) == ["0"] and one.low is None for one in first[name]), name
    made = claims(region_tables.PAPER).claims
    assert [one.claim for one in first["claims"]] == [claim.id for claim in made]
    for claim, one in zip(made, first["claims"], strict=True):
        assert (one.low, one.p, claim.outcome(one)) == (None, None, "no verdict")
    found = found_on_regions(first)
    assert found[0].startswith("**Not all that was announced is measured** (runs: 1 of 15, frozen bodies: 1;")
    assert all(one.startswith("**No verdict of fewer than 5 runs**") for one in found[1:])


def _load(path, model):
    from safetensors.torch import load_file

    model.load_state_dict(load_file(path))


def test_every_row_stands_for_every_kind_of_face(told):
    rows = {*OWN, *AVERAGED}
    kinds = {"whole", "turned", "not turned", "no points", "covered"}
    kinds |= {f"covered, {kind}" for kind in ("hand", "mask", "scarf", "patch")}
    kinds |= {f"synthetic, {part}" for part in script.PARTS}
    assert {(one["row"], one["family"]) for one in told["accuracy"]} == {(r, k) for r in rows for k in kinds}
    for one in told["accuracy"]:
        assert list(one.seeds) == ["0", "1", "2", "3", "4"]
    assert {one.items for one in pick(told["accuracy"], family="whole")} == {FACES - 4 - 2}
    assert {one.people for one in pick(told["accuracy"], family="whole")} == {None}
    assert {one.unit for one in pick(told["accuracy"], family="synthetic, turned")} == {"faces"}


def test_nothing_is_left_out_that_is_not_counted(told):
    faces = told.about["faces"]
    assert faces["whole"] == faces["turned"] + faces["not turned"] + faces["no points"] == 54
    assert told.about["left out of PublicTest"] == {"twins": 4, "no single label of FER+": 2}
    assert told.about["no points, by place"] == list(range(0, 54, 5))
    assert faces["turned"] == (54 - 11) // 4
    covers = told.about["covers"]
    assert covers["covered"] == 54 == sum(count for name, count in covers.items() if name != "covered")


def test_all_claims_are_answered_and_nothing_else_has_a_p(told):
    made = claims(region_tables.PAPER).claims
    for claim in made:
        (one,) = [one for one in told["claims"] if one.claim == claim.id]
        assert (one["row"], one.than, one["score"], one["family"]) == (claim.row, claim.than, claim.score, claim.clips)
        assert (one.holm_over, claim.record, claim.table) == (claim.family, "ran", "claims")
        assert one.unit == ("faces" if claim.clips == "dealt" else "pictures")
        assert claim.outcome(one) in ("confirmed", "refuted", "ruled out", "not shown")
    assert len(told["claims"]) == len(told["power"]) == len(made)
    apart = ("claims", "shipped_difference")
    others = [one for name, table in told.tables.items() if name not in apart for one in table]
    assert all(one.p is None and one.claim is None for one in others)


def test_differences_are_taken_on_each_body(told):
    assert {one.than for one in told["difference"]} == {*region_tables.BASES, *region_tables.PLAIN}
    for one in told["difference"]:
        row, than = (
            pick(told["accuracy"], row=name, family=one["family"])[0].seeds for name in (one["row"], one.than)
        )
        assert list(one.seeds.values()) == pytest.approx([row[run] - than[run] for run in row], abs=2e-4)


def test_sweeps_say_all_that_a_row_is(told):
    schemes = {(one["variant"], one["crops"]) for one in told["schemes"]}
    assert schemes == {
        (variant, crops)
        for variant in ("mean", "self", "relation")
        for crops in ("fixed", "code", "random 5", "landmark")
    }
    margins = {(one["squash"], one["margin"]) for one in told["margins"]}
    assert margins == {("sigmoid", m) for m in ("none", 0, 0.05, 0.1, 0.2, 0.3)} | {
        ("softmax", m) for m in ("none", 0, 0.02, 0.1)
    }
    assert {one["crops"] for one in told["counts"]} == {f"random {count}" for count in (1, 2, 3, 5, 8)}
    for table in region_tables.SWEEPS:
        assert {one["family"] for one in told[table]} == set(region_tables.SWEPT)


def test_weights_of_six_regions_under_the_softmax_stay_where_they_must(told):
    for score in ("whole face", "largest crop"):
        for one in pick(told["attention"], row="softmax, 0.1", score=score):
            assert all(0.0685 <= value <= 0.3522 for value in one.seeds.values())
    assert {one["score"] for one in told["attention"]} == set(ATTENTION)


def test_weights_effects_and_controls_are_held_against_the_truth(told):
    effects = {"contribution", "removal, dropped", "removal, covered"}
    for prefix, more in (("", set()), ("tuned_", set(ATTRIBUTED))):
        table = told[f"{prefix}weights"]
        dealt = pick(table, score="tau evidence", row="ran")
        assert {one["effect"] for one in dealt} == {"weight", *effects, *more}
        assert {one["crops"] for one in dealt} == {"fixed", "landmark", "grid"}
        seen = pick(table, score="tau seen")
        assert {one["effect"] for one in pick(seen, row="ran")} == {"weight", *effects}
        assert {one["row"] for one in pick(seen, effect="weight")} >= {"ran", *CONTROLS}
        assert all(-1 <= one.value <= 1 for one in table if one.value is not None)
    assert {one.than for one in told["weights_difference"]} == {"weight"}


def test_curves_run_over_shares_and_turns(told):
    assert sorted({one["share"] for one in told["share"]}) == list(SHARES)
    assert {one["row"] for one in told["share"]} == {*OWN, *AVERAGED}
    known = [one for one in told["pasted_share"] if one["row"] == "ran"]
    assert sum(one.items for one in known) == 54
    turned = [one for one in told["yaw"] if one["row"] == "ran"]
    assert sum(one.items for one in turned) == sum(told.about["synthetic"].values())


def test_rows_of_a_confusion_sum_to_one(told):
    for row in region_tables.CONFUSED:
        for label in map(str, LABEL_SETS["FER+"]):
            of_label = pick(told["confusion"], row=row, shown=label)
            assert sum(one.value for one in of_label) == pytest.approx(1, abs=1e-3)
            assert len(of_label) == 8


def test_experiments_are_made_with_the_tuned_networks(told):
    assert {(one["row"], one["score"], one["faces"]) for one in told["tuned_causal"]} == {
        (row, score, faces) for row in ("ran", "ran-bare") for score in CAUSAL for faces in ("whole", "dealt")
    }
    assert len(told["tuned_causal"]) == 2 * len(CAUSAL) * 2  # once for each
    assert "causal" not in told.tables


def test_what_ships_has_intervals_over_pictures_and_no_runs(told):
    rows = {"ran", "ran-mean", "ran-face", *AVERAGED}  # ran-bare does not ship
    assert {(one["row"], one["faces"]) for one in told["shipped"]} == {
        (row, faces) for row in rows for faces in ("whole", "turned", "covered")
    }
    for one in told["shipped"]:
        assert (one.seeds, one.get("family")) == (None, None)
        assert one.low <= one.value <= one.high
    for one in told["shipped_difference"]:
        ran, other = (pick(told["shipped"], row=row, faces=one["faces"])[0].value for row in ("ran", one.than))
        assert one.value == pytest.approx(ran - other, abs=2e-4)
        assert one.p_holm >= one.p


def test_the_rule_is_checked_on_faces_whose_turn_is_known(told):
    assert {one["row"] for one in told["rule"]} > {"MTCNN's points", "true points"}
    tau = next(one for one in pick(told["rule"], row="true points") if one.what.startswith("Kendall"))
    assert tau.value > 0.4


def test_the_command_makes_it_again(told):
    assert told.command == (
        "python data_scripts/measure_ran.py --faces FACES --clips CLIPS --runs RUNS --out OUT --bodies 0 1 2 3 4 "
        "--heads 0 --tuned 0 --sweeps schemes margins counts --learn 12 --patches 6 --dealt 6 --causes 6"
    )


def test_nothing_to_measure_is_an_error(capsys):
    with pytest.raises(SystemExit):
        script.main(["--faces", "f", "--clips", "c", "--runs", "r", "--out", "o", "--bodies", "--tuned"])
    assert "name --bodies, --tuned, or both" in capsys.readouterr().err


def test_a_network_that_is_not_there_is_named(tmp_path):
    with pytest.raises(FileNotFoundError, match="holds none of ran, ran-mean, ran-face, ran-bare: ferviz train leaves"):
        script.tuned_nets(tmp_path, tmp_path)
    with pytest.raises(FileNotFoundError, match="ran-body/weights.safetensors is not there: ferviz train leaves it"):
        region_heads.loaded(tmp_path / "ran-body", "face")


def test_a_row_names_its_crops():
    assert Row("mean", layout="random", count=3).crops == "random 3"
    assert Row("mean").crops == "fixed"
