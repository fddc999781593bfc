"""Viewers without a browser: every number is of the votes, what is to be guessed stays hidden, and a rule is judged."""

from __future__ import annotations

import json

import numpy as np
import pytest

import ferviz
from ferviz.explorers import Viewers
from ferviz.explorers.viewers.board import CELLS, FEWEST, MOST, Board
from ferviz.measuring.fusing import distance, multiplied
from ferviz.prepared import Viewers as Votes
from ferviz.prepared import read_viewers


def votes(count: int = 40, seed: int = 0) -> Votes:
    """Made-up votes of nine people a clip; voice and face often disagree."""
    rng = np.random.default_rng(seed)
    names = np.array([f"{1001 + place // 4}_DFA_{'ANG HAP SAD FEA'.split()[place % 4]}_XX" for place in range(count)])
    voice = rng.multinomial(9, [0.5, 0.1, 0.1, 0.1, 0.1, 0.1], size=count)
    face = np.stack([rng.multinomial(9, rng.dirichlet(np.full(6, 0.3))) for _ in range(count)])
    both = np.stack([rng.multinomial(9, one / one.sum()) for one in voice + 2 * face])
    return Votes(names, np.array([int(name[:4]) for name in names]), np.zeros(count, int), voice, face, both)


@pytest.fixture
def viewers() -> Viewers:
    return Viewers(votes())


def wish(explorer: Viewers, **changes: object) -> None:
    explorer._received(explorer.stage, {"wish": changes, "client": "me", "sequence": 1}, [])
    assert explorer.error == ""


def act(explorer: Viewers, name: str) -> None:
    explorer._received(explorer.stage, {"act": name, "client": "me", "sequence": 1}, [])
    assert explorer.error == ""


# ---- a clip and a guess ----------------------------------------------------------------------------------------------


def test_the_votes_are_those_of_the_clip_and_the_third_kind_is_not_in_the_page_before_a_guess(viewers):
    people, place = viewers.board.people, viewers.view.place
    told = viewers.stage.answer
    assert told["voice"] == people.voice[place].tolist()
    assert told["face"] == people.face[place].tolist()
    assert not {"both", "said", "word"} & set(told)
    name = str(people.clip[place])  # it holds the word that the actor was asked for
    assert name not in json.dumps(told, default=len) + viewers.describe()
    assert "Guess what most people said to both." in viewers.describe()
    assert not [name for name in viewers.still().bars if name.endswith("both")]
    wish(viewers, guess="anger")
    told = viewers.stage.answer
    assert told["both"] == people.both[place].tolist()
    assert told["clip"] == name
    assert told["word"] == people.word("both")[place]
    np.testing.assert_allclose(told["said"], viewers.view.said, atol=1e-4)
    assert f"The actor was asked for {people.labels[0]}." in viewers.describe()


def test_a_guess_is_said_to_be_right_or_wrong_and_a_tie_is_neither():
    people = votes()
    word = people.word("both")
    conflict = int(np.flatnonzero(people.conflict())[0])
    right = str(people.labels[word[conflict]])
    wrong = next(str(label) for label in people.labels if str(label) != right)
    name = str(people.clip[conflict])
    assert "That was the guess." in Viewers(people, clip=name, guess=right).describe()
    assert f"The guess: {wrong}." in Viewers(people, clip=name, guess=wrong).describe()
    tied = int(np.flatnonzero(word < 0)[0])
    said = Viewers(people, clip=str(people.clip[tied]), guess=right).describe()
    assert "tie (" in said
    assert "That was the guess" not in said
    assert "The guess:" not in said


def test_another_clip_is_drawn_from_the_part_and_none_comes_twice(viewers):
    seen = [viewers.view.place]
    conflict = np.flatnonzero(viewers.board.people.conflict())
    for _ in range(len(conflict) - 1):
        wish(viewers, guess="fear")
        act(viewers, "another")
        assert viewers.state.guess == ""
        seen.append(viewers.view.place)
    assert sorted(seen) == conflict.tolist()
    wish(viewers, part="all", clip="", seed=0)
    assert viewers.stage.answer["rows"]["this rule"]["untied"] == int((viewers.board.people.word("both") >= 0).sum())


def test_what_a_rule_misses_does_not_give_away_the_clip_that_is_to_be_guessed(viewers):
    worst = viewers.board.judged((1.0, 1.0), "conflict").worst[0]
    name = str(viewers.board.people.clip[worst])
    for guess, shown in (("", False), ("fear", True)):
        wish(viewers, clip=name, guess=guess)
        assert (name in [one["clip"] for one in viewers.stage.answer["misses"]]) is shown


def test_a_clip_whose_row_was_read_is_told_and_not_guessed(viewers):
    worst = viewers.board.judged((1.0, 1.0), "conflict").worst[0]
    name, people = str(viewers.board.people.clip[worst]), viewers.board.people
    wish(viewers, clip=name, guess="", told=True)
    told = viewers.stage.answer
    assert (told["clip"], told["revealed"]) == (name, True)
    assert told["both"] == people.both[worst].tolist()
    said = viewers.describe()
    assert f"Clip {name}: " in said
    assert "The actor was asked for" in said
    assert "guess" not in said.lower()
    assert viewers.code().endswith(f"clip={name!r}, told=True)")
    for after in (lambda: act(viewers, "another"), lambda: viewers.preset(1)):
        wish(viewers, told=True)
        after()
        assert not viewers.stage.answer["revealed"]
        assert "clip=" not in viewers.code()


# ---- a rule ----------------------------------------------------------------------------------------------------------


def test_a_rule_is_the_product_with_two_powers_and_its_score_the_library_s(viewers):
    people = viewers.board.people
    wish(viewers, voice_power=0.5, face_power=1.25, part="all", guess="fear")
    voice, face = (people.shares(kind, smooth=True) for kind in ("voice", "face"))
    said = multiplied(voice, face, (0.5, 1.25))
    apart = distance(people.shares("both"), said)
    np.testing.assert_allclose(viewers.view.said, said[viewers.view.place])
    assert viewers.view.rule.distance == pytest.approx(apart.mean())
    word = people.word("both")
    missed = (word >= 0) & (said.argmax(1) != word)
    assert (viewers.view.rule.misses, viewers.view.rule.untied) == (missed.sum(), (word >= 0).sum())
    farthest = np.flatnonzero(missed)[np.argsort(-apart[missed])][:6]
    assert [one["clip"] for one in viewers.stage.answer["misses"]] == [str(people.clip[at]) for at in farthest]
    for one, at in zip(viewers.stage.answer["misses"], farthest, strict=True):
        assert one["rule"] == str(people.labels[said[at].argmax()])
        assert one["both"] == str(people.labels[word[at]])
    told = f"{apart.mean():.3f} nats from people, {missed.sum()} of {(word >= 0).sum()} words missed"
    assert told in viewers.describe()


def test_what_is_told_and_the_table_are_one_number_to_the_last_digit(viewers):
    rows = set()
    for power in np.arange(0, 3, 0.05):
        wish(viewers, voice_power=round(float(power), 2))
        row = viewers.stage.answer["rows"]["this rule"]["distance"]
        assert f"{row:.3f} nats from people" in viewers.describe()
        rows |= {row}
    assert any(f"{round(row, 4):.3f}" != f"{row:.3f}" for row in rows)  # rounded twice, some would be told otherwise


def test_named_rules_are_corners_of_the_map_and_the_best_powers_its_lowest_place(viewers):
    grid = np.frombuffer(viewers.stage.answer["map"], "<f4").reshape(CELLS, CELLS)
    steps = np.linspace(FEWEST, MOST, CELLS)
    one = int(np.flatnonzero(steps == 1)[0])
    others = viewers.view.others
    assert grid[one, 0] == pytest.approx(others["face alone"].distance, rel=1e-5)
    assert grid[0, one] == pytest.approx(others["voice alone"].distance, rel=1e-5)
    assert grid[one, one] == pytest.approx(others["product"].distance, rel=1e-5)
    assert others["best powers"].distance <= grid.min() + 1e-4
    act(viewers, "best")
    assert (viewers.state.voice_power, viewers.state.face_power) == viewers.view.best
    assert viewers.view.rule == others["best powers"]


def test_every_preset_is_a_view(viewers):
    for place in range(1, len(viewers.PRESETS) + 1):
        viewers.preset(place)
        json.dumps(viewers.stage.answer, default=len, allow_nan=False)
    assert (viewers.state.voice_power, viewers.state.face_power) == (2.0, 2.0)
    for place in (1, 2):  # as they open: nothing is left of another rule
        viewers.preset(5)
        viewers.preset(place)
        assert (viewers.state.voice_power, viewers.state.face_power) == (1.0, 1.0)


# ---- votes -----------------------------------------------------------------------------------------------------------


def test_it_opens_on_the_votes_that_come_with_ferviz():
    explorer = Viewers()
    people = read_viewers()
    assert explorer.stage.picture["counts"] == {"all": len(people), "conflict": int(people.conflict().sum())}
    assert explorer.code() == "ferviz.explorers.Viewers()"
    assert explorer.view.others["best powers"].distance < explorer.view.others["face alone"].distance
    again = eval(explorer.code(), {"ferviz": ferviz})  # noqa: S307
    assert again.view.place == explorer.view.place


def test_votes_come_from_a_file_too(tmp_path):
    people = votes()
    arrays = {kind: people.votes(kind) for kind in ("voice", "face", "both")}
    np.savez(tmp_path / "votes.npz", clip=people.clip, emotion_names=np.array(list(map(str, people.labels))), **arrays)
    explorer = Viewers(tmp_path / "votes.npz")
    np.testing.assert_array_equal(explorer.board.both, Board(people).both)
    assert explorer.code() == "ferviz.explorers.Viewers(votes=votes)"


def test_votes_that_do_not_fit_are_named(tmp_path):
    with pytest.raises(TypeError, match="^votes must be a ferviz.prepared.Viewers or the path of a file.*; got int"):
        Viewers(7)
    with pytest.raises(FileNotFoundError, match="is not there: it must be tabulatedVotes.csv of CREMA-D"):
        Viewers(tmp_path / "none.csv")
    people = votes()
    alike = Votes(people.clip, people.actor, people.intended, people.face, people.face, people.face)
    with pytest.raises(ValueError, match="^votes must hold one clip at least in which voice and face are given two"):
        Viewers(alike)


@pytest.mark.parametrize(("changes", "message"), [
    ({"clip": "1099_DFA_ANG_XX"}, "clip must be one of 40 names such as 1001_DFA_ANG_XX; got '1099_DFA_ANG_XX'"),
    ({"guess": "surprise"}, "guess must be one of anger, .*; got 'surprise'"),
    ({"seed": -1}, "seed must be 0 or more; got -1"),
    ({"part": "none"}, "part must be one of all, conflict; got 'none'"),
    ({"voice_power": 4.0}, "voice_power must lie between 0 and 3; got 4"),
    ({"face_power": -1.0}, "face_power must lie between 0 and 3; got -1"),
])  # fmt: skip
def test_a_choice_that_does_not_fit_is_named(viewers, changes, message):
    before = viewers.state
    with pytest.raises(ValueError, match=f"^{message}"):
        viewers.show(**changes)
    assert viewers.state == before
