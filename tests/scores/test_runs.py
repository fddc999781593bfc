"""Numbers over runs and people, held against textbook tests and against data whose truth is known."""

from __future__ import annotations

import numpy as np
import pytest
from scipy import stats

from ferviz.scores import OverRuns, difference_of_rows, false_alarms, mean_of_runs

PEOPLE = np.repeat(np.arange(30), 4)


def rows(rng, runs=5, groups=5, *, run=0.1, person=0.5, both=0.2, gap=0.0, count=2):
    """Right or wrong of several rows on the same items, the second one better by ``gap`` before the threshold."""
    easy = np.repeat(rng.normal(0, person, 30), 4) + rng.normal(0, 1, 120)
    found = []
    for number in range(count):
        own = rng.normal(0, run, (groups, 1)) + rng.normal(0, both, (groups, 30))[:, PEOPLE]
        seen = easy + np.repeat(own, runs // groups, 0) + rng.normal(0, 1, (runs, 120)) + gap * number
        found.append((seen > 0).astype(float))
    return found


def test_with_equal_runs_it_is_students_t_over_people():
    rng = np.random.default_rng(0)
    first, second = rng.normal(0.3, 1, 120), rng.normal(0, 1, 120)
    means = [np.bincount(PEOPLE, weights=row) / 4 for row in (first, second)]
    found = difference_of_rows(np.tile(first, (3, 1)), np.tile(second, (3, 1)), PEOPLE)
    peer = stats.ttest_rel(*means)
    low, high = peer.confidence_interval()
    assert found.value == pytest.approx((means[0] - means[1]).mean())
    assert (found.p, found.low, found.high, found.freedom) == pytest.approx((peer.pvalue, low, high, 29))
    assert mean_of_runs(np.tile(first, (3, 1)), PEOPLE).p == pytest.approx(stats.ttest_1samp(means[0], 0).pvalue)


def test_with_equal_items_it_is_welchs_t_over_runs():
    first, second = np.array([0.61, 0.66, 0.64, 0.7]), np.array([0.58, 0.55, 0.6])
    found = difference_of_rows(np.tile(first[:, None], 120), np.tile(second[:, None], 120), PEOPLE)
    peer = stats.ttest_ind(first, second, equal_var=False)
    assert (found.p, found.freedom) == pytest.approx((peer.pvalue, peer.df))
    assert (found.low, found.high) == pytest.approx(tuple(peer.confidence_interval()))


def test_heads_of_one_backbone_are_no_replications():
    rng = np.random.default_rng(1)
    backbones = rng.normal(0.6, 0.05, (5, 1))
    five = np.tile(backbones, 120)
    fifteen, groups = np.repeat(five, 3, 0), np.repeat(np.arange(5), 3)
    assert mean_of_runs(fifteen, PEOPLE, groups=groups) == pytest.approx(mean_of_runs(five, PEOPLE))
    assert mean_of_runs(fifteen, PEOPLE).error < 0.6 * mean_of_runs(five, PEOPLE).error


def test_with_labels_it_is_mean_recall_and_labels_differences_are_no_spread():
    labels = np.arange(120) % 40 == 0  # 3 against 117
    right = np.where(labels, 0.2, 0.9)
    found = mean_of_runs(np.tile(right, (2, 1)), np.arange(120), labels=labels)
    assert found.value == pytest.approx((0.2 + 0.9) / 2)
    assert found.error == pytest.approx(0)
    assert mean_of_runs(np.tile(right, (2, 1)), np.arange(120)).value == pytest.approx(right.mean())


def test_people_with_many_items_weigh_as_much_as_their_items():
    people = np.repeat([0, 1, 2], [2, 10, 6])
    scores = np.random.default_rng(2).normal(size=(3, 18))
    assert mean_of_runs(scores, people).value == pytest.approx(scores.mean())


@pytest.mark.parametrize(("runs", "groups"), [(3, 3), (5, 5), (15, 5), (10, 10)])
def test_rows_that_differ_in_the_seed_alone_are_called_clear_in_five_of_a_hundred(runs, groups):
    rng = np.random.default_rng(3)
    group = np.repeat(np.arange(groups), runs // groups)
    alarms = sum(
        difference_of_rows(*rows(rng, runs, groups), PEOPLE, groups=(group, group)).p <= 0.05 for _ in range(400)
    )
    assert stats.binomtest(alarms, 400).proportion_ci().low <= 0.05
    assert alarms / 400 <= 0.07


def test_the_interval_holds_the_truth_in_ninety_five_of_a_hundred():
    rng = np.random.default_rng(4)
    gap = 0.5
    true = np.mean([np.subtract(*rows(rng, gap=gap)[::-1]).mean() for _ in range(400)])
    inside = 0
    for _ in range(400):
        first, second = rows(rng, gap=gap)
        found = difference_of_rows(second, first, PEOPLE)
        inside += found.low <= true <= found.high
    assert 0.93 <= inside / 400 <= 0.995


@pytest.mark.parametrize("runs", [2, 3, 5, 10])
def test_the_least_difference_that_is_found_is_found_in_eighty_of_a_hundred(runs):
    rng = np.random.default_rng(5)
    true = OverRuns(0, 0, 0, 0, np.sqrt(0.04 / runs), runs - 1)  # the error as it is, not as one sample has it
    least = true.least_found(level=0.01)
    found = 0
    for _ in range(1000):
        scores = np.tile(least + rng.normal(0, 0.2, (runs, 1)), 40)  # people all alike: runs are all there is
        found += mean_of_runs(scores, np.arange(40)).p <= 0.01
    assert 0.76 <= found / 1000 <= 0.84


def test_of_two_rows_and_people_it_is_found_in_eighty_of_a_hundred_too():
    rng = np.random.default_rng(5)

    def draw(gap):
        people = np.repeat(rng.normal(0, 0.3, 30), 4)
        first, second = (people + rng.normal(0, 0.2, (6, 1)) + rng.normal(0, 1, (6, 120)) for _ in range(2))
        return difference_of_rows(first + gap, second, PEOPLE)

    known = [draw(0) for _ in range(200)]
    least = np.mean([one.least_found() for one in known])
    assert 0.74 <= np.mean([draw(least).p <= 0.05 for _ in range(400)]) <= 0.88
    assert known[0].least_found(0.9) > known[0].least_found(0.5)


@pytest.mark.parametrize(("freedom", "level"), [(1.0, 0.05), (4.7, 0.0125), (18.0, 0.05), (2998.0, 0.0125)])
def test_the_power_is_that_of_the_noncentral_t_distribution(freedom, level):
    least = OverRuns(0, 0, 0, 0, 2.0, freedom).least_found(0.8, level)
    line = stats.t.ppf(1 - level / 2, freedom)
    assert stats.nct.sf(line, freedom, least / 2) == pytest.approx(0.8, abs=1e-4)


def test_false_alarms_are_counted_over_tables():
    rng = np.random.default_rng(6)
    (scores,) = rows(rng, 40, 40, count=1)
    found = false_alarms(scores, PEOPLE, np.random.default_rng(0), rows=3, tables=100)
    assert found.tables == 100
    assert 0 <= found.row <= 0.1
    assert found.table_low <= found.table <= found.table_high
    assert found == false_alarms(scores, PEOPLE, np.random.default_rng(0), rows=3, tables=100)
    uneven = scores.copy()
    uneven[:, :60] = np.linspace(0, 1, 40).round()[:, None]  # half of the runs fail: dealt rows differ by that alone
    assert false_alarms(uneven, PEOPLE, np.random.default_rng(0), rows=3, tables=100).table <= 0.1


def test_within_groups_rows_are_compared_there():
    rng = np.random.default_rng(7)
    groups = np.repeat(np.arange(5), 15)
    apart = rng.normal(0, 5, 5)[groups, None]  # what a backbone does to all of its heads: in no difference
    people = rng.normal(0, 0.3, 30)[PEOPLE]
    values = apart + people + rng.normal(0, 0.1, (75, 1)) + rng.normal(0, 0.5, (75, 120))
    found = false_alarms(values, PEOPLE, np.random.default_rng(0), groups=groups, tables=200)
    assert 0 < found.row <= 0.08
    assert found == false_alarms(values - apart, PEOPLE, np.random.default_rng(0), groups=groups, tables=200)
    tilted = values + np.tile(np.arange(15) % 3 == 0, 5)[:, None] * rng.normal(0, 1, 120)
    assert false_alarms(tilted, PEOPLE, np.random.default_rng(0), groups=groups, tables=200).row <= 0.08


def test_what_does_not_vary_has_no_width():
    same = np.ones((3, 120))
    assert mean_of_runs(same, PEOPLE)[:5] == (1, 1, 1, 0, 0)
    assert difference_of_rows(same, same, PEOPLE)[:5] == (0, 0, 0, 1, 0)


GOOD = np.ones((3, 120))


@pytest.mark.parametrize(
    ("call", "says"),
    [
        (lambda: mean_of_runs(GOOD[0], PEOPLE), r"scores must be \(runs, items\) .* got \(120,\) and \(120,\)"),
        (lambda: mean_of_runs(GOOD, PEOPLE[:7]), r"got \(3, 120\) and \(7,\)"),
        (lambda: mean_of_runs(GOOD * np.nan, PEOPLE), "scores must be finite; got 360 that are not"),
        (lambda: mean_of_runs(GOOD[:1], PEOPLE), r"at least two runs \(or groups\) and two people; got 1 and 30"),
        (lambda: mean_of_runs(GOOD, PEOPLE * 0), "and two people; got 3 and 1"),
        (lambda: mean_of_runs(GOOD, PEOPLE, groups=[0, 0, 1]), r"groups must have as many runs; got \[2, 1\]"),
        (lambda: mean_of_runs(GOOD, PEOPLE, groups=[0, 0]), r"groups must be \(runs,\) = \(3,\); got \(2,\)"),
        (lambda: mean_of_runs(GOOD, PEOPLE, labels=[0]), r"labels must be \(items,\) = \(120,\); got \(1,\)"),
        (lambda: difference_of_rows(GOOD, GOOD[:, :5], PEOPLE), r"second must be \(runs, items\)"),
        (lambda: false_alarms(GOOD, PEOPLE, np.random.default_rng(0)), "at least 10 runs for 4 rows .* got 3"),
        (
            lambda: false_alarms(GOOD, PEOPLE, np.random.default_rng(0), groups=[0, 1, 1]),
            r"each of the groups must have as many runs; got \[1, 2\]",
        ),
        (
            lambda: false_alarms(GOOD, PEOPLE, np.random.default_rng(0), groups=[0]),
            r"groups must be \(runs,\) = \(3,\); got \(1,\)",
        ),
        (
            lambda: false_alarms(GOOD, PEOPLE, np.random.default_rng(0), groups=[0, 0, 0], rows=3),
            "at least 4 runs a group for 3 rows and a first; got 3",
        ),
        (lambda: mean_of_runs(GOOD, PEOPLE).least_found(1), "power must be between the level, 0.05, and 1; got 1"),
        (lambda: mean_of_runs(GOOD, PEOPLE).least_found(0.1, 0.2), "between the level, 0.2, and 1; got 0.1"),
        (lambda: mean_of_runs(GOOD, PEOPLE).least_found(level=0), "level must be between 0 and 1; got 0"),
    ],
)
def test_what_does_not_fit_is_said(call, says):
    with pytest.raises(ValueError, match=says):
        call()
