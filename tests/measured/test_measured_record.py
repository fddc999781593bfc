"""One record for a number: what it refuses, when it is clear, how it is turned, picked and said."""

from __future__ import annotations

import doctest
from dataclasses import replace

import pytest

from ferviz.measured import Measured, pick, powered, record, said, sentences, tally, verdict

WAY = "95 %, percentiles of 2,000 bootstrap samples of people"


def entry(row="self", family="degraded", value=0.02, low=0.01, high=0.03, **more):
    known = {"what": "accuracy", "of": {"row": row, "family": family}, "items": 9, "unit": "clips", "people": 3}
    return Measured(value=value, low=low, high=high, way=None if low is None else WAY, **known | more)


SEEDS = (-0.01, 0.002, 0.001, 0.002, -0.005)


def difference(row="original", value=-0.002, low=-0.01, high=0.006, seeds=SEEDS, than="all", **more):
    return entry(row, value=value, low=low, high=high, seeds=dict(zip("01234", seeds)), than=than, people=None, **more)


ALL_BELOW = (-0.01, -0.014, -0.012, -0.011, -0.013)
SOBEL = difference("sobel", -0.012, -0.02, -0.004, ALL_BELOW, p=0.002, p_holm=0.004, holm_over="12 rows")
FEW = replace(SOBEL, seeds={"0": -0.01, "1": -0.014, "2": None})
OVER = "95 %, Student's t over runs and people"
OPEN = replace(SOBEL, way=OVER, p=None, p_holm=None, holm_over=None)
CLAIMED = replace(SOBEL, way=OVER, of={"row": "no attention"}, claim="attention")
HALF = difference("half run", -0.012, None, None, (-0.012,))


@pytest.mark.parametrize(("wrong", "message"), [
    ({"value": float("nan")}, "value must be finite, or None where it is not known; got nan"),
    ({"high": None}, "low and high must both be known or neither; got 0.01 and None"),
    ({"way": None}, "an interval needs its value and its way; got value 0.02 and way None"),
    ({"value": None}, "an interval needs its value and its way; got value None and way 95 %"),
    ({"p": 1.5}, "p must be from 0 to 1, beside an interval made the same way; got 1.5"),
    ({"low": None, "high": None, "p": 0.5}, "p must be from 0 to 1, beside an interval made the same way; got 0.5"),
    ({"p_holm": 0.5, "holm_over": "all"}, "p_holm needs p, and holm_over: what it was adjusted over; got p None"),
    ({"p": 0.1, "p_holm": 0.5}, "p_holm needs p, and holm_over: .* p_holm 0.5 and holm_over None"),
    ({"holm_over": "all"}, "p_holm needs p, and holm_over"),
    ({"p": 0.5, "p_holm": 0.4, "holm_over": "all"}, "p_holm must be at least p; got p_holm 0.4 and p 0.5"),
    ({"p": 0.5, "p_holm": 1.2, "holm_over": "all"}, "p_holm must be from 0 to 1, .* got 1.2"),
    ({"p": -0.1}, "p must be from 0 to 1, beside an interval made the same way; got -0.1"),
    ({"low": 0.03, "high": 0.01}, "low must be at most high; got 0.03 and 0.01"),
    ({"value": 0.031}, r"value must lie in its 95 % interval \[0.01, 0.03\]; got 0.031"),
    ({"items": -1}, "items must be a whole number from 0 on, or None; got -1"),
    ({"items": 2.5}, "items must be a whole number from 0 on, or None; got 2.5"),
    ({"people": True}, "people must be a whole number from 0 on, or None; got True"),
    ({"people": 10}, "people must be at most items: each shows one; got 10 of 9 items"),
    ({"left_out": -3}, "left_out must be a whole number from 0 on, or None; got -3"),
    ({"seeds": {"0": float("nan")}}, r"seeds\['0'\] must be finite, or None where it is not known; got nan"),
])  # fmt: skip
def test_a_number_that_hides_what_it_rests_on_is_refused(wrong, message):
    with pytest.raises(ValueError, match=message):
        replace(entry(), **wrong)


@pytest.mark.parametrize(("wrong", "message"), [
    ({"value": "0.5"}, "value must be a number, or None where it is not known; got '0.5'"),
    ({"p": True}, "p must be a number, or None where it is not known; got True"),
    ({"seeds": [0.1, 0.2]}, "seeds must map each seed's name to its value; got list"),
    ({"seeds": {"0": "high"}}, r"seeds\['0'\] must be a number, or None where it is not known; got 'high'"),
])  # fmt: skip
def test_what_is_no_number_is_refused(wrong, message):
    with pytest.raises(TypeError, match=message):
        replace(entry(), **wrong)


def test_an_interval_that_is_a_spread_need_not_hold_the_mean():
    assert replace(entry(), way="middle half", value=0.05).value == 0.05


def test_what_tells_entries_apart_is_read_as_an_item_and_the_rest_as_attributes():
    one = entry(than="pool")
    assert (one["family"], one.value, one.get("family"), one.get("than"), one.get("score")) == (
        "degraded", 0.02, "degraded", "pool", None,
    )  # fmt: skip
    with pytest.raises(KeyError, match="value: this entry is told apart by row, family"):
        one["value"]
    with pytest.raises(KeyError, match="row: this entry is told apart by nothing"):
        Measured(what="accuracy", value=1)["row"]


@pytest.mark.parametrize(("low", "high", "clear"), [
    (0.1, 0.2, True), (-0.2, -0.1, True), (-0.1, 0.1, False), (0.0, 0.1, False), (None, None, False),
])  # fmt: skip
def test_a_value_is_clear_of_a_line_when_its_whole_interval_lies_on_one_side(low, high, clear):
    value = 0.1 if low is None else (low + high) / 2
    assert entry(value=value, low=low, high=high).clear() is clear


@pytest.mark.parametrize(("more", "clear"), [
    ({"seeds": dict(zip("01234", (0.01, 0.03, 0.02, 0.02, 0.02)))}, True),
    ({"seeds": dict(zip("01234", (0.04, 0.03, 0.02, 0.02, -0.001)))}, False),  # one seed says the reverse
    ({"seeds": dict(zip("01234", (0.04, 0.03, 0.02, 0.02, 0.0)))}, False),
    ({"seeds": dict.fromkeys("01234")}, True),  # values that were not kept say nothing
    ({"seeds": dict.fromkeys("0123", 0.02)}, False),  # four trainings are too few
    ({"seeds": {"0": 0.02}}, False),  # of a difference: two networks, each trained once
    ({"seeds": {}}, True),
    ({"p": 0.04}, True),
    ({"p": 0.05}, True),
    ({"p": 0.0501}, False),
    ({"p": 0.01, "p_holm": 0.05, "holm_over": "5 rows"}, True),
    ({"p": 0.04, "p_holm": 0.2, "holm_over": "5 rows"}, False),
])  # fmt: skip
def test_every_seed_and_p_must_agree_where_they_are_known(more, clear):
    assert entry(than="pool", **more).clear() is clear


def test_the_own_value_of_one_network_tells_of_that_network_alone():
    one = entry(seeds={"0": None})
    assert (one.few, one.alone, one.clear()) == (False, True, True)
    told = "fan: 0.020 [0.010, 0.030], 9 clips of 3 people; no verdict of fewer than 5 runs"
    assert said(one, "fan", line=0) == told
    assert one.single
    less = entry(seeds={"0": 0.02}, than="pool")
    assert (less.few, less.single, less.clear()) == (True, True, False)
    assert "[+0.010, +0.030]" in said(less, sign=True)
    assert not entry(seeds={"0": 0.02}, than="pool", low=None, high=None).single
    both = replace(one, than="pool")
    assert (both.few, both.alone) == (True, False)


def test_over_runs_the_interval_and_p_decide_and_not_each_seed():
    torn = dict(zip("01234", (-0.05, 0.02, -0.01, -0.01, -0.01)))
    assert replace(CLAIMED, seeds=torn).clear()
    assert not replace(CLAIMED, seeds=torn, way=WAY).clear()
    assert not replace(CLAIMED, p_holm=0.06).clear()
    assert not replace(CLAIMED, seeds=FEW.seeds).clear()
    unkept = replace(CLAIMED, seeds=dict.fromkeys("01234"))
    assert said(unkept, line=0).endswith('; clearly below 0; what was claimed: confirmed')


def test_of_what_nothing_was_claimed_over_runs_no_verdict_is_given():
    assert (OPEN.unclaimed, CLAIMED.unclaimed, SOBEL.unclaimed) == (True, False, False)
    assert not replace(OPEN, than=None).unclaimed  # an own value: its interval may be held against a line
    assert replace(OPEN, than=None, seeds=None).clear()
    assert not OPEN.clear()
    assert not OPEN.clear(1)
    assert said(OPEN, "x", line=0).endswith(" -0.013; no verdict: it answers no claim")
    assert verdict([CLAIMED, OPEN]) == "no verdict: no claim is answered by sobel minus all"
    assert tally([CLAIMED, OPEN, OPEN, FEW]) == (
        "1 of 1 are clear of 0: 0 above, 1 below; no verdict of 1, which rest on fewer than 5 runs; "
        "no verdict of 2, which answer no claim"
    )


def test_where_large_differences_may_be_missed_no_row_is_called_equal():
    one, other = (Measured(what="found in 80 %", of={"row": name}, value=v) for name, v in (("a", 0.01), ("b", 0.031)))
    assert powered([one, other]) == (
        "Of such measurements, 80 % find a true difference of 0.010 (a), 0.031 (b). "
        "So no row may be called equal to another."
    )
    assert powered([one]).endswith(" of 0.010 (a). A larger one is missed by fewer than one of five.")
    small = powered([one], 0.005)
    assert small.startswith("A difference of 0.005 would matter. Of such measurements, 80 % find")
    assert small.endswith(" This study is too small to find what would matter.")
    assert powered([one], 0.01) == powered([one])
    assert powered([]) == "How small a true difference would have been found is not yet measured."


def test_p_asks_about_0_and_no_other_line():
    assert entry(than="pool", p=0.06).clear(0.5)


def test_a_difference_is_turned_with_its_interval_and_its_seeds():
    found = difference().turned()
    assert (found.name, found["row"], found.than) == ("all minus original", "all", "original")
    assert (found.value, found.low, found.high) == (0.002, -0.006, 0.01)
    assert found.seeds == {"0": 0.01, "1": -0.002, "2": -0.001, "3": -0.002, "4": 0.005}
    assert found.turned() == difference()
    assert HALF.turned().low is None
    assert str(replace(difference(), value=0.0).turned().value) == "0.0"
    with pytest.raises(ValueError, match="only a difference can be turned; 'self' is none"):
        entry().turned()


def test_entries_are_picked_by_what_they_say():
    some = [entry(), entry(family="intensity"), entry("pool"), SOBEL]
    assert pick(some, row="self", family="degraded") == some[:1]
    assert pick(some, row=["self", "pool"]) == some[:3]
    assert pick(some, than="all") == [SOBEL]
    message = r"no entry has \{'row': 'top'\}; there are \{'row': \['self', 'pool', 'sobel'\]\}"
    with pytest.raises(ValueError, match=message):
        pick(some, row="top")


def test_a_sentence_is_true_whichever_way_the_figures_fall():
    unsure = entry(value=0.01, low=-0.01)
    assert said(unsure, "self minus pool", line=0, sign=True) == (
        "self minus pool: +0.010 [-0.010, +0.030], 9 clips of 3 people; not clear of 0"
    )
    assert said(entry(), line=0) == "accuracy: 0.020 [0.010, 0.030], 9 clips of 3 people; clearly above 0"
    assert said(entry(), "self", line=1).endswith("clearly below 1")
    unkept = entry(seeds={str(seed): None for seed in range(5)})  # an interval of people alone
    assert said(unkept, line=0).endswith("; clearly above 0 for the mean of these 5 trainings")
    assert said(unkept, line=0.02).endswith("; not clear of 0.02")
    bare = entry(value=0.5, low=None, high=None)
    assert said(bare, "pool") == "pool: 0.500, 9 clips of 3 people"
    assert said(bare, "pool", line=1).endswith("; not clear of 1")
    assert said(entry(value=None, low=None, high=None), "pool") == "pool: not defined for any clip"
    assert said(Measured(what="accuracy", value=0.5)) == "accuracy: 0.500"
    assert said(entry(p=0.0123), "self").endswith("; p 0.012")
    half = replace(entry(), way="middle half")
    assert said(half, "x") == "x: 0.020 [0.010, 0.030] (middle half), 9 clips of 3 people"


def test_a_sentence_says_each_seed_and_the_family_that_p_was_adjusted_over():
    assert said(difference(), difference().name, line=0, sign=True) == (
        "original minus all: -0.002 [-0.010, +0.006], 9 clips; seeds -0.010 +0.002 +0.001 +0.002 -0.005; not clear of 0"
    )
    assert said(SOBEL.turned(), line=0, sign=True).endswith(
        "; seeds +0.010 +0.014 +0.012 +0.011 +0.013; p 0.004 (Holm, over 12 rows); clearly above 0"
    )
    assert said(HALF, "x", line=0, sign=True) == "x: -0.012, 9 clips; no verdict of fewer than 5 runs"
    assert said(FEW, "x", line=0) == (
        "x: -0.012, 9 clips; seeds -0.010 -0.014 not kept; no verdict of fewer than 5 runs"
    )
    assert said(FEW, "x") == "x: -0.012, 9 clips; seeds -0.010 -0.014 not kept"


@pytest.mark.parametrize(("entries", "words"), [
    ([SOBEL.turned()], "shown here"),
    ([difference().turned()], "neither shown nor refuted here"),
    ([difference().turned(), SOBEL.turned()],
     "shown here in part (all minus sobel), for the rest neither shown nor refuted"),
    ([SOBEL, SOBEL.turned()], "against what we measured"),
    ([replace(HALF, seeds=None)], "neither shown nor refuted here"),
    ([SOBEL.turned(), FEW],
     "no verdict of fewer than 5 runs; their values one by one: sobel minus all -0.010 -0.014 not kept"),
])  # fmt: skip
def test_a_claim_is_shown_as_a_whole_only_when_each_difference_is_clear(entries, words):
    assert verdict(entries) == words


def test_a_claim_without_a_number_has_no_verdict():
    with pytest.raises(ValueError, match="entries must hold at least one difference; got none"):
        verdict([])


def test_what_rests_on_too_few_runs_is_counted_apart():
    assert tally([SOBEL, difference()]) == "1 of 2 are clear of 0: 0 above, 1 below"
    assert tally([FEW, HALF]) == "no verdict of 2, which rest on fewer than 5 runs"
    told = "1 of 1 are clear of 1: 0 above, 1 below; no verdict of 1, which rest on fewer than 5 runs"
    assert tally([SOBEL, FEW], line=1) == told
    with pytest.raises(ValueError, match="entries must hold at least one; got none"):
        tally([])


@pytest.mark.parametrize("module", [record, sentences])
def test_the_examples_in_the_docstrings_are_right(module):
    result = doctest.testmod(module)
    assert result.attempted > 0
    assert result.failed == 0


def test_a_p_far_out_is_a_bound_and_no_figure():
    far = Measured(what="gain", value=0.2, low=0.1, high=0.3, way="95 %, exact", of={"row": "a"}, than="b", p=1e-25)
    assert said(far).endswith("; p < 0.001")
    assert "; p 0.004" in said(replace(far, p=0.004))
