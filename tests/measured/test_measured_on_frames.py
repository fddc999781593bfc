"""What the lesson on frame attention found: each sentence follows from the answer to its claim."""

from __future__ import annotations

import re
from dataclasses import replace

import numpy as np
import pytest

from ferviz.measured import Figures, claims, found_on_frames, least_found, pick
from tests.toy_fan import PAPER, toy_fan

SIDES = {  # claim → in which sentence it is answered, and what that says of an answer above, below, not clear of 0
    "spoiled-against-permuted": (0, "spoiled frames less than", "spoiled frames more than", "frames down is not shown"),
    "spoiled-against-norm": (0, "better than the length", "mere length of .* tells", "difference to the mere length"),
    "relation-against-self": (1, "^R.* better than self", "less well than self", "its pictures, is not shown"),
    "label-against-intruder": (2, "^Self.* above an intruder's", "^Self.* those of the label", "^That .* is not shown"),
    "self-against-pool": (3, "^On [^;]* right more often", "^On [^;]* right less often", "degraded clips is not shown"),
    "self-against-permuted": (3, "it is right more often", "it is right less often", "no gain is shown"),
    "neutral-loses": (4, "^Neutral clips gain", "^Neutral clips lose", "is not shown"),
    "spread-against-self": (5, "^Mean.* more often", "^Mean.* less often", "^That mean.* is not shown"),
}


def test_there_are_six_sentences_and_every_claim_has_its_place():
    assert set(SIDES) == {one.id for one in claims(PAPER).claims}
    assert len(found_on_frames(toy_fan())) == 6


@pytest.mark.parametrize("claim", SIDES)
def test_a_sentence_takes_the_side_of_its_answer_and_no_other_changes(claim):
    place, *sides = SIDES[claim]
    told = [found_on_frames(toy_fan({claim: value})) for value in (0.1, -0.1, 0.001)]
    words = [sentences[place].split("**")[1] for sentences in told]
    assert [[bool(re.search(side, said)) for side in sides] for said in words] == np.eye(3, dtype=bool).tolist()
    assert len({sentences[:place] + sentences[place + 1 :] for sentences in told}) == 1


def test_an_answer_that_is_not_clear_says_what_would_have_been_found():
    sentences = found_on_frames(toy_fan({"neutral-loses": -0.011}))
    assert "80 % of repeats would find, self minus pool: 0.030" in sentences[4]
    assert not any("80 % of repeats" in sentence for sentence in (*sentences[:4], sentences[5]))


def test_an_answer_that_holm_does_not_let_pass_has_no_side():
    fan = toy_fan()
    answers = tuple(replace(one, p=0.02, p_holm=0.06) if one.claim == "neutral-loses" else one for one in fan["claims"])
    sentences = found_on_frames(Figures(fan.what, {**fan.tables, "claims": answers}))
    assert "That neutral clips lose by self-attention is not shown" in sentences[4]


def test_figures_on_intruders_that_answer_no_claim_are_told_without_a_side():
    fan = toy_fan()
    told = set()
    for value in (0.3, 0.5, 1.3):
        asked = [one["score"] in ("intruder, full", "on intruder") for one in fan["weights"]]
        weights = tuple(
            replace(one, value=value, low=value - 0.02, high=value + 0.02) if moved else one
            for one, moved in zip(fan["weights"], asked, strict=True)
        )
        sentence = found_on_frames(Figures(fan.what, {**fan.tables, "weights": weights}))[2]
        told.add(sentence.split("**")[1])
        assert f"the same of the highest probability: {value:.2f}" in sentence
    assert len(told) == 1


RIVALS = {"mean": "score fusion (the paper's baseline)", "mean vector": "the plain mean fitted on whole clips"}
RIVALS |= {"top": "weights that are each frame's highest probability", "sharpness": "weights by sharpness"}


@pytest.mark.parametrize("row", RIVALS)
def test_a_rival_without_a_claim_is_told_without_a_verdict(row):
    for value, words in ((0.0, "no difference is shown"), (0.1, "nothing was claimed of what is seen")):
        fan = toy_fan()
        (rival,) = pick(fan["difference"], row=row, than="self", family="degraded")
        other = replace(rival, value=value, low=value - 0.02, high=value + 0.02)
        difference = tuple(other if one is rival else one for one in fan["difference"])
        said = found_on_frames(Figures(fan.what, {**fan.tables, "difference": difference}))[3].split("**")[1]
        (gap,) = (part for part in said.split("; ") if RIVALS[row] in part)
        assert gap.startswith(f"{words} against ")


def test_fewer_than_five_runs_have_no_verdict_and_their_values_stand_one_by_one():
    for sentence in found_on_frames(toy_fan(runs=3)):
        assert sentence.startswith("**No verdict of fewer than 5 runs** on \"")
        assert "; seeds " in sentence
    neutral = found_on_frames(toy_fan(runs=3))[4]
    assert "self minus pool, recall of neutral: -0.100, 700 clips of 160 people; seeds -0.101 -0.100 -0.099" in neutral


def test_a_record_without_an_answer_is_refused():
    fan = toy_fan()
    left = {**fan.tables, "claims": fan["claims"][1:]}
    with pytest.raises(ValueError, match="every claim of frame-attention; it misses spoiled-against-permuted"):
        found_on_frames(Figures(fan.what, left))


def test_a_record_without_a_figure_is_refused():
    fan = toy_fan()
    with pytest.raises(ValueError, match="no entry has"):
        found_on_frames(Figures(fan.what, {**fan.tables, "weights": fan["claims"]}))


def test_what_would_matter_and_is_ruled_out_is_said_and_nothing_else_is_not_clear():
    sentences = found_on_frames(toy_fan({"relation-against-self": 0.0}))  # up to 0.02, and 0.05 would matter
    assert "is not shown; on that side a difference of 0.05, which would matter, is ruled out**" in sentences[1]
    assert "80 % of repeats" not in sentences[1]
    assert not any("ruled out" in sentence for sentence in (sentences[0], *sentences[2:]))


def test_the_least_that_is_found_is_that_of_the_same_answer():
    fan = toy_fan()
    for answer in fan["claims"]:
        least = least_found(fan, answer)
        assert (least.value, least.than) == (0.03, None)
    with pytest.raises(ValueError, match="no entry has .*'than': 'other'"):
        least_found(fan, replace(fan["claims"][0], than="other"))


def test_what_is_clear_and_smaller_than_would_matter_is_said_to_be():
    sentences = found_on_frames(toy_fan({"relation-against-self": 0.025}))  # up to 0.045, and 0.05 would matter
    assert "self-attention, as the paper reads its pictures; by less than would matter (0.05)" in sentences[1]
    assert "less than would matter" not in "".join(found_on_frames(toy_fan()))
