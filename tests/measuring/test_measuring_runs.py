"""Scores of several runs as entries, and what they say to claims."""

from __future__ import annotations

import numpy as np
import pytest

from ferviz.measured import Claim, Claims
from ferviz.measuring import runs as module
from ferviz.measuring.runs import alarms, answers, by_part, over_runs, too_few
from ferviz.scores import difference_of_rows, false_alarms, holm, mean_of_runs

PEOPLE = np.arange(60) // 2
SEEDS = [0, 1, 2, 3, 4]


def scores(mean: float, seed: int = 0, runs: int = 5) -> np.ndarray:
    """Runs and people both differ."""
    rng = np.random.default_rng(seed)
    people, each = 0.1 * rng.normal(size=30)[PEOPLE], 0.1 * rng.normal(size=(runs, 60))
    return mean + 0.02 * rng.normal(size=(runs, 1)) + people + each


def test_an_entry_has_the_interval_of_runs_and_people_and_each_runs_value():
    values = scores(0.3)
    values[2, :4] = np.nan  # two people whom one run has no score of
    found = over_runs(values, PEOPLE, what="area", of={"row": "self"}, seeds=SEEDS)
    known = mean_of_runs(values[:, 4:], PEOPLE[4:])
    assert (found.value, found.low, found.high) == pytest.approx(known[:3], abs=1e-4)
    assert (found.items, found.left_out, found.people, found.p) == (56, 4, 28, None)
    assert found.way == "95 %, Student's t over runs and people"
    assert list(found.seeds.values()) == pytest.approx(values[:, 4:].mean(1), abs=1e-4)


@pytest.mark.parametrize("few", ["runs", "people", "items"])
def test_too_few_have_no_interval(few):
    values = scores(0.3, runs=4 if few == "runs" else 5)
    people = PEOPLE * 0 if few == "people" else PEOPLE
    values = values * np.nan if few == "items" else values
    found = over_runs(values, people, what="area", of={}, seeds=SEEDS[: len(values)], drawn="sets")
    assert found.low is found.high is found.way is found.people is None
    assert (found.value is None) == (few == "items")


@pytest.mark.parametrize("seeds", [[0, 1], [0, 0, 1, 2, 3]])
def test_each_run_has_a_name_of_its_own(seeds):
    with pytest.raises(ValueError, match="seeds must each be another one, one for each run; got"):
        over_runs(scores(0), PEOPLE, what="area", of={}, seeds=seeds)


def test_parts_in_which_nothing_or_nothing_more_is_defined_are_left_out():
    values = scores(0.3)
    values[:, :10] = np.nan
    place = np.arange(60)
    parts = {"first": place < 10, "rest": place >= 10, "all": place >= 0, "late": place >= 30}
    parts |= {"four": place >= 56}  # of so few a mean is none
    found = by_part(values, PEOPLE, parts, of={"row": "self"}, what="area", seeds=SEEDS)
    assert [(one["row"], one["family"], one.items) for one in found] == [("self", "rest", 50), ("self", "late", 30)]
    assert too_few(values, parts) == {"four": 4}  # counted; where nothing is defined there is nothing to count


def claim(name: str, family: str, score: str) -> Claim:
    told = {"says": "More.", "record": "r", "table": "claims", "row": "self", "than": "pool", "direction": "above"}
    return Claim(id=name, score=score, family=family, runs=5, matters=0.01, clips="degraded", **told)


@pytest.fixture
def made(monkeypatch):
    asked = (claim("one", "f", "much"), claim("two", "f", "little"), claim("three", "g", "little"))
    monkeypatch.setattr(module, "claims", lambda paper: Claims(paper=paper, about="", rule="", claims=asked))


def test_claims_are_answered_with_p_of_their_interval_adjusted_by_family(made):
    values = {"much": scores(0.3, 1), "little": scores(0.02, 2)}
    told = answers("p", lambda claim: (values[claim.score], PEOPLE), SEEDS)
    one, two, three = told["claims"]
    p = [mean_of_runs(values[score], PEOPLE).p for score in ("much", "little")]
    assert (one.p, two.p, three.p) == pytest.approx([p[0], p[1], p[1]], rel=0.01)
    assert (one.p_holm, two.p_holm) == pytest.approx(holm(p), rel=0.01)
    assert three.p_holm == three.p
    assert [found.holm_over for found in told["claims"]] == ["f", "f", "g"]
    assert [found.claim for found in told["claims"]] == ["one", "two", "three"]
    assert (one.than, one.of, one.what) == (
        "pool", {"row": "self", "score": "much", "family": "degraded"}, "difference in much",
    )  # fmt: skip
    assert one.clear()
    assert not two.clear()


def test_power_is_told_at_the_strictest_level_of_its_family(made):
    values = scores(0.02, 2)
    told = answers("p", lambda claim: (values, PEOPLE), SEEDS)["power"]
    known = mean_of_runs(values, PEOPLE)
    assert [one.value for one in told] == pytest.approx(
        [known.least_found(level=0.025)] * 2 + [known.least_found(level=0.05)], abs=1e-4
    )
    assert told[0].what == "smallest true difference in much that is found in 80 %, at a level of 0.025"
    assert all(one.claim is one.p is one.low is one.seeds is None for one in told)


def test_few_runs_answer_nothing(made):
    told = answers("p", lambda claim: (scores(0.3, runs=3), PEOPLE), SEEDS[:3])
    assert not told["power"]
    assert all(one.p is one.p_holm is one.holm_over is one.low is None for one in told["claims"])
    assert all(one.few for one in told["claims"])


def test_a_claim_of_too_few_runs_counts_in_its_family_like_one_without_an_answer(made):
    values = {"much": scores(0.02, 2), "little": scores(0.3, runs=3)}
    few = answers("p", lambda claim: (values[claim.score], PEOPLE), SEEDS, about=lambda claim: {
        "seeds": SEEDS[: len(values[claim.score])]
    })["claims"]  # fmt: skip
    none = answers("p", lambda claim: (values["much"], PEOPLE) if claim.score == "much" else None, SEEDS)["claims"]
    assert few[0].p_holm == none[0].p_holm == pytest.approx(min(1, 2 * few[0].p), rel=0.01)
    assert few[1].p is None


@pytest.mark.parametrize("heads", [1, 3])
def test_a_mean_of_scores_from_0_to_1_ends_there_whatever_heads_are_averaged(heads):
    """A mean of three heads' right answers is a third as well, and no more likely to lie above 1."""
    luck = np.random.default_rng(0)
    right = (luck.random((5, heads, len(PEOPLE))) < 0.99).mean(1)
    right[:, :2] = 1 / 3 if heads > 1 else 0  # one person is hard
    told = {"what": "accuracy", "of": {}, "seeds": SEEDS}
    plain, less = over_runs(right, PEOPLE, **told), over_runs(1 - right, PEOPLE, **told)
    beyond, open_end = mean_of_runs(right, PEOPLE), over_runs(right + 0.5, PEOPLE, **told)
    assert beyond.high > 1
    assert (plain.high, plain.low) == (1, pytest.approx(beyond.low, abs=1e-4))
    assert (less.low, less.high) == (0, pytest.approx(1 - beyond.low, abs=1e-4))
    assert open_end.high == pytest.approx(beyond.high + 0.5, abs=1e-4)


# ---- two rows whose runs share nothing, and rows that are alike ----


def test_a_row_less_another_one_whose_runs_are_drawn_apart():
    first, second = scores(0.3), scores(0.2, seed=1, runs=7)
    first[1, 0] = second[3, 2] = np.nan
    found = over_runs(first, PEOPLE, what="area", of={}, seeds=SEEDS, than="pool", less=second)
    here = np.delete(np.arange(60), [0, 2])
    known = difference_of_rows(first[:, here], second[:, here], PEOPLE[here])
    assert (found.value, found.low, found.high) == pytest.approx(known[:3], abs=1e-4)
    assert (found.items, found.left_out) == (58, 2)
    each = first[:, here].mean(1) - second[:, here].mean()
    assert list(found.seeds.values()) == pytest.approx(each, abs=1e-4)
    few = over_runs(first, PEOPLE, what="area", of={}, seeds=SEEDS, than="pool", less=second[:4])
    assert few.low is None


def test_claims_are_answered_by_rows_whose_runs_are_drawn_apart(made):
    values = {"much": scores(0.3, 1), "little": scores(0.02, 2)}
    other = scores(0.0, 3, runs=6)
    told = answers("p", lambda claim: (values[claim.score], PEOPLE, other), SEEDS)
    for one, score in zip(told["claims"], ("much", "little"), strict=False):
        known = difference_of_rows(values[score], other, PEOPLE)
        assert (one.value, one.p) == pytest.approx((known.value, known.p), rel=0.01, abs=1e-4)
    assert told["power"][1].value == pytest.approx(known.least_found(level=0.025), abs=1e-4)


def test_false_alarms_are_a_measured_figure_with_the_value_of_every_run():
    values = scores(0.5, runs=20)
    dealt, rows, tables = alarms(values, PEOPLE, of={"row": "all"}, seeds=range(20), tables=50, unit="sets")
    known = false_alarms(values, PEOPLE, np.random.default_rng(0), tables=50)
    assert list(dealt.seeds.values()) == pytest.approx(values.mean(1), abs=1e-4)
    assert (rows.value, rows.items, rows.unit) == (pytest.approx(known.row, abs=1e-4), 200, "rows")
    ends = pytest.approx((known.table, known.table_low, known.table_high), abs=1e-4)
    assert (tables.value, tables.low, tables.high) == ends
    assert tables.what == (
        "share of tables with a row called clear, after Holm over 4 rows, "
        "of 20 runs that differ in nothing but the seed, dealt into rows of 4"
    )
    assert tables.way == "95 %, Clopper-Pearson, as if no two tables shared a run"


def test_heads_are_dealt_on_their_backbone():
    values, groups = np.concatenate([scores(0.5 + run, run, runs=8) for run in range(5)]), np.repeat(range(5), 8)
    values[3, :2] = np.nan
    told = alarms(values, PEOPLE, of={"row": "self"}, seeds=SEEDS, groups=groups, rows=3, tables=50)
    of = (values[:, 2:], PEOPLE[2:], np.random.default_rng(0))
    known = false_alarms(*of, groups=groups, rows=3, tables=50)
    dealt, rows, tables = told
    assert list(dealt.seeds.values()) == pytest.approx(values[:, 2:].reshape(5, -1).mean(1), abs=1e-4)
    assert (dealt.left_out, rows.items) == (2, 150)
    assert (rows.value, tables.value) == pytest.approx((known.row, known.table), abs=1e-4)
    assert rows.what == (
        "share of rows called clear, before Holm, of 40 heads that differ in nothing but the seed, 8 on each of 5 "
        "backbones, dealt there into rows of 2"
    )
