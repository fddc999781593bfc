"""data_scripts/measure_av_votes.py: rules for people's votes, on made-up ones, and what is told of them."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from data_scripts import measure_av_votes as script
from ferviz.emotions import LABEL_SETS
from ferviz.measured import Figures
from ferviz.measuring import fusing
from ferviz.prepared import read_viewers

WORDS = [*LABEL_SETS["CREMA-D"]]
CODES = [*LABEL_SETS["CREMA-D"].codes]


def votes_on(word: int, rng: np.random.Generator) -> np.ndarray:
    return rng.multinomial(9, np.where(np.arange(6) == word, 0.8, 0.04))


@pytest.fixture
def votes(tmp_path) -> Path:
    """Ten actors with twelve clips each; in every third clip voice and face differ, and both follows the face."""
    rng = np.random.default_rng(0)
    told: dict[str, list] = {"clip": [], "voice": [], "face": [], "both": []}
    for place in range(120):
        face = place % 6
        voice = (face + 1) % 6 if place % 3 == 0 else face
        told["clip"].append(f"{1001 + place // 12}_A{chr(65 + place % 12)}A_{CODES[face]}_XX")
        for kind, word in (("voice", voice), ("face", face), ("both", face)):
            told[kind].append(votes_on(word, rng))
    path = tmp_path / "votes.npz"
    np.savez(path, emotion_names=np.array([str(word) for word in WORDS]), **{k: np.array(v) for k, v in told.items()})
    return path


def test_all_tables_are_told_and_claims_are_answered(votes, tmp_path, monkeypatch):
    monkeypatch.setattr(fusing, "STEPS", 4)
    out = tmp_path / "av_votes.json"
    seeds = [str(seed) for seed in range(5)]
    assert script.main(["--votes", str(votes), "--out", str(out), "--seeds", *seeds, "--threads", "1"]) == 0
    told = Figures.from_json(out.read_text("utf-8"))
    assert set(told.tables) == {
        "claims", "power", "distance", "distance_difference", "agreement", "agreement_difference", "steps", "half",
        "followed", "recognised", "confusion",
    }  # fmt: skip
    assert [entry.claim for entry in told["claims"]] == [
        "conflict-against-face", "people-fbp-against-concatenation", "people-fbp-against-product",
    ]  # fmt: skip
    assert {entry.holm_over for entry in told["claims"]} == {"people"}
    rows = {entry["row"]: entry for entry in told["distance"] if entry["family"] == "all"}
    assert list(rows) == ["voice", "face", "product", "mean", "weights", "concatenation", "fbp", "mlp", "face, learned"]
    assert rows["face"].value < rows["voice"].value
    assert len(set(rows["face"].seeds.values())) == 1  # nothing is learned
    assert len(set(rows["fbp"].seeds.values())) > 1
    assert [(one["row"], one.than, one["steps"]) for one in told["steps"]] == [
        (row, than, steps)
        for steps in (4, 20)
        for row, than in (("concatenation", None), ("fbp", None), ("fbp", "concatenation"))
    ]
    assert told["steps"][0].value == rows["concatenation"].value
    met = {(entry["row"], entry["family"]): entry.value for entry in told["agreement"]}
    assert {entry["row"] for entry in told["half"]} == {script.HALF, *script.HALVED}
    assert met["face", "conflict"] > 0.9 > met["voice", "conflict"]
    for family, rows in {"conflict": 3, "without ties": 4}.items():
        follow = {entry["row"]: entry.value for entry in told["followed"] if entry["family"] == family}
        assert (len(follow), sum(follow.values())) == (rows, pytest.approx(1, abs=1e-3))
        assert follow["face"] > 10 * follow["voice"]
    shares = [e.value for e in told["confusion"] if (e["row"], e["shown"]) == ("voice", "anger")]
    assert sum(shares) == pytest.approx(1, abs=1e-3)
    assert (told.about["clips"], told.about["actors"], told.about["left out"]) == (120, 10, 0)
    assert told.about["conflict"] == next(iter(told["followed"])).items
    assert told.command.startswith("python data_scripts/measure_av_votes.py --votes VOTES --out OUT --seeds 0 1")


def test_the_control_learns_and_never_hears_the_voice(votes, monkeypatch):
    monkeypatch.setattr(fusing, "STEPS", 5)
    people = read_viewers(votes)
    before = script.rules(people, 0)
    people.voice[:] = people.voice[::-1]
    after = script.rules(people, 0)
    np.testing.assert_array_equal(before["face, learned"], after["face, learned"])
    assert not np.array_equal(before["fbp"], after["fbp"])
    assert not np.allclose(before["face, learned"], before["face"])


def test_ties_agree_with_nothing_and_count_in_the_distance(votes):
    people = read_viewers(votes)
    people.both[0] = [3, 3, 1, 0, 0, 0]
    found = script.scores_of(people, people.shares("face", smooth=True))
    assert np.isnan(found["agreement"][0])
    assert np.isfinite(found["distance"]).all()


def test_one_half_of_the_viewers_answers_to_the_other(votes):
    people = read_viewers(votes)
    people.both[0] = [9, 0, 0, 0, 0, 0]
    people.both[1] = [1, 0, 0, 0, 0, 0]
    people.both[2] = [4, 4, 0, 0, 0, 0]
    face = {"face": people.shares("face", smooth=True)}
    whole = script.halves(people, face, 0)
    found = whole[script.HALF]
    assert found["agreement"][0] == 1
    assert np.isnan(found["distance"][1])
    assert np.isnan(found["agreement"][1])
    assert np.nanmean(found["agreement"]) > 0.8
    again, other = (script.halves(people, face, seed)[script.HALF] for seed in (0, 1))
    assert np.nanmean(whole["face"]["agreement"]) > 0.8
    np.testing.assert_array_equal(found["distance"], again["distance"])
    assert not np.array_equal(found["distance"], other["distance"])


def test_the_draw_of_the_halves_leaves_no_clip_out(votes):
    """Else a mean over ten draws were one over the clips that no draw ties: those that nearly all agree on."""
    people = read_viewers(votes)
    found = [script.halves(people, {}, seed)[script.HALF]["agreement"] for seed in range(10)]
    assert np.isfinite(found).all()
    assert {0.5} <= set(np.concatenate(found).tolist())  # a tie of two shares what it meets


def test_words_that_tie_share_what_they_lead():
    np.testing.assert_allclose(script._leads(np.array([[3, 3, 1], [0, 2, 1]])), [[0.5, 0.5, 0], [0, 1, 0]])
