"""What a paper's counts can tell of two networks on the same films."""

from __future__ import annotations

import doctest
import re
import sys

import pytest

from ferviz.scores import paired_gap, possible_gaps


def test_the_interval_adds_one_to_each_count_and_two_to_all():
    told = paired_gap(7, 1, 21)  # the counts of Table V of Fagerland, Lydersen and Laake 2014
    half = 1.959964 * ((10 / 23 - (6 / 23) ** 2) / 23) ** 0.5
    assert (told.low, told.high) == pytest.approx((6 / 23 - half, 6 / 23 + half), abs=1e-6)
    turned = paired_gap(1, 7, 21)
    assert (turned.gap, turned.low, turned.high) == pytest.approx((-told.gap, -told.high, -told.low))
    assert turned.p == told.p


def test_p_and_interval_are_of_one_quantity():
    tables = [paired_gap(first, second, 327) for first in range(30) for second in range(30)]
    assert {(one.p < 0.05) == (one.low > 0 or one.high < 0) for one in tables} == {True}


@pytest.mark.parametrize("counts", [(2, 0, 327), (0, 0, 327), (1, 0, 1), (0, 3, 3)])
def test_a_count_of_none_leaves_an_interval_with_the_gap_in_it(counts):
    told = paired_gap(*counts)
    assert -1 <= told.low < told.gap <= told.high <= 1 or -1 <= told.low <= told.gap < told.high <= 1
    assert told.high - told.low > 0.01


def test_all_tables_with_the_two_counts_are_given():
    for first, second, items in ((326, 324, 327), (3, 5, 6), (2, 2, 4)):
        tables = possible_gaps(first, second, items)
        both = range(max(0, first + second - items), min(first, second) + 1)
        assert {(t.only_first, t.only_second) for t in tables} == {(first - b, second - b) for b in both}
        assert all(told == paired_gap(told.only_first, told.only_second, items) for told in tables)
        assert tables[0].only_first * tables[0].only_second == 0


@pytest.mark.parametrize(("arguments", "error", "message"), [
    ((2, 0, 0), ValueError, "items must be a whole number of at least 1; got 0"),
    ((2.0, 0, 9), TypeError, "only_first must be a whole number from 0 to 9; got 2.0"),
    ((5, 5, 9), ValueError, "only_second must be a whole number from 0 to 4; got 5"),
])  # fmt: skip
def test_counts_that_do_not_fit_are_refused(arguments, error, message):
    with pytest.raises(error, match=re.escape(message)):
        paired_gap(*arguments)


@pytest.mark.parametrize(("arguments", "message"), [
    ((10, 2, 9), "first must be a whole number from 0 to 9; got 10"),
    ((2, -1, 9), "second must be a whole number from 0 to 9; got -1"),
])  # fmt: skip
def test_more_right_answers_than_items_are_refused(arguments, message):
    with pytest.raises(ValueError, match=re.escape(message)):
        possible_gaps(*arguments)


def test_the_examples_are_true():
    result = doctest.testmod(sys.modules["ferviz.scores.paired"])
    assert (result.attempted > 0, result.failed) == (True, 0)
