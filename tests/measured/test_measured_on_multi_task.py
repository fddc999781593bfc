"""What the lesson on the multi-task network found: no sentence takes a side that is not clear."""

from __future__ import annotations

from dataclasses import replace

import pytest

from ferviz.measured import Figures, Measured, aimed, brief, claims, found_on_multi_task, measured

WAY = "95 %, Student's t over runs and people"
MADE = {one.id: one for one in claims("multi-task").claims}
SMALL = {one.id: one for one in claims("multi-task-small").claims}


def answer(claim, value, half, p, seeds):
    made = (MADE | SMALL)[claim]
    told = {"way": WAY, "items": 300, "unit": "pictures", "seeds": seeds or dict.fromkeys("01234", value)}
    of = {"row": made.row, "score": made.score, "family": made.clips}
    sure = {"low": value - half, "high": value + half, "p": p, "p_holm": p, "holm_over": made.family}
    return Measured(what="difference", of=of, than=made.than, claim=claim, value=value, **sure, **told)


def least(claim):
    made = (MADE | SMALL)[claim]
    of = {"row": made.row, "score": made.score, "family": made.clips}
    return Measured(what="smallest", of=of, than=made.than, value=0.02)


def plain(value, **of):
    return Measured(what="x", of=of, value=value, low=value - 0.01, high=value + 0.01, way=WAY)


def record(value, p=0.001, half=0.01, seeds=None, left=()):
    rows = ("identity, head only", "random, head only", "random, head then all", "identity, all at once", "mtl")
    made = [claim for claim in MADE if claim not in left]
    tables = {
        "claims": [answer(claim, value, half, p, seeds) for claim in made],
        "power": [least(claim) for claim in made],
        "accuracy": [plain(0.6, row=row) for row in ("mtl", "mini-xception")],
        "grid_accuracy": [plain(0.6, row=row) for row in rows],
        "attributes": [plain(9, row=row, score="age error") for row in ("attributes", "again", "median guess")],
        "verification": [plain(0.8, row=row) for row in ("identity", "face hidden", "pixels")],
    }
    return Figures("made up", {name: tuple(entries) for name, entries in tables.items()})


ABOVE = (
    "Tuning the body labels more faces right than a head on the frozen body",
    "Head first and then all, a body that has learned synthetic people labels more faces right than one that starts "
    "from nothing; that people made it so, and not its further steps of learning, is not shown",
    "The head first and then all labels more faces right than all at once",
    "The network at the end of the course labels more faces right than mini-Xception",
    "Weights of the labels: the mean recall rises, and accuracy rises too",
    "Tuned for expressions, the body leaves the head of age in error by more years",
    "Tuned for expressions, the body tells strangers apart better",
)
BELOW = (
    "Tuning the body labels fewer faces right than a head on the frozen body",
    "Head first and then all, a body that has learned synthetic people labels fewer faces right than one that starts "
    "from nothing",
    "The head first and then all labels fewer faces right than all at once",
    "The network at the end of the course labels fewer faces right than mini-Xception",
    "Weights of the labels: the mean recall falls, and accuracy falls",
    "Tuned for expressions, the body leaves the head of age in error by fewer years",
    "Tuned for expressions, the body tells strangers apart less well",
)


@pytest.mark.parametrize(("value", "words"), [(3.0, ABOVE), (-3.0, BELOW)])
def test_a_clear_answer_gives_its_sentence_a_side(value, words):
    found = found_on_multi_task(record(value))
    assert len(found) == len(words)
    for sentence, said in zip(found, words, strict=True):
        assert sentence.startswith(f"**{said}** ("), sentence


def test_the_end_of_the_course_is_not_called_by_the_name_of_the_network_that_ships():
    (told,) = [one for one in found_on_multi_task(record(-3.0)) if "mini-Xception" in one]
    assert "(end of the course minus mini-xception: -3.000 " in told
    assert "; end of the course: 0.600 " in told
    assert "mtl:" not in told


def test_what_a_body_knows_of_people_stands_beside_what_one_number_knows():
    made = record(-3.0)
    more = {
        "verification": (*made["verification"], plain(0.63, row="brightness"), plain(0.61, row="all")),
        "verification_alike": (plain(0.68, row="identity"), plain(0.54, row="all")),
    }
    *_, last = found_on_multi_task(Figures("made up", {**made.tables, **more}))
    for words in ("after: 0.610", "one number, brightness: 0.630", "before, among look-alikes: 0.680",
                  "after, among look-alikes: 0.540"):  # fmt: skip
        assert words in last


def test_gender_has_its_figures_and_no_side():
    made = record(-3.0)
    more = [plain(0.2, row=row, score="gender right") for row in ("attributes", "all", "joint loss")]
    *_, last = found_on_multi_task(Figures("made up", {**made.tables, "attributes": (*made["attributes"], *more)}))
    assert last.startswith("**What tuning does to the head of gender was measured; no claim was made of it, so it ")
    assert "(gender right, before: 0.200 [0.190, 0.210]; gender right, after: 0.200 [0.190, 0.210])" in last


def test_what_is_not_clear_has_no_side_and_says_what_would_have_been_found():
    for sentence in found_on_multi_task(record(0.005, p=0.4, half=0.5)):
        assert "not shown" in sentence.split("**")[1]
        assert "80 % of repeats" in sentence or "is ruled out" in sentence


def test_fewer_than_five_runs_get_no_verdict():
    for sentence in found_on_multi_task(record(0.3, seeds={"0": 0.3, "1": 0.3})):
        assert sentence.startswith("**No verdict of fewer than 5 runs**")


def test_a_claim_without_a_figure_is_named():
    whole, part = record(3.0), record(3.0, left=("tuning-spoils-age", "tuning-spoils-identity"))
    first, *rest = found_on_multi_task(part)
    assert first.startswith("**2 of 8 claims are not measured yet**: When the body is tuned for expressions, the head")
    assert list(rest) == list(found_on_multi_task(whole))[:-2]


def test_what_is_missing_is_said_first_and_an_empty_record_says_so():
    absent = {"missing": ["head: 1 of 5 seeds"]}
    first, second = found_on_multi_task(Figures("nothing", {}, absent))
    assert first.startswith("**Not all that was announced is measured** (head: 1 of 5 seeds: `measured(")
    assert second == "**Not measured yet**: the claims stand, and no figure answers them."
    assert len(found_on_multi_task(measured("mtl"))) > 5


@pytest.mark.parametrize(("value", "steps", "weights"), [(3.0, *ABOVE[2:5:2]), (-3.0, *BELOW[2:5:2])])
def test_what_was_asked_of_the_smaller_grid_says_so_and_stands_behind_the_rest(value, steps, weights):
    tables = {
        "claims": tuple(answer(claim, value, 0.01, 0.001, None) for claim in SMALL),
        "power": tuple(least(claim) for claim in SMALL),
        "accuracy": (plain(0.5, row="all at once"), plain(0.5, row="head then all")),
        "accuracy_difference": (
            plain(0.01, row="plain loss"),
            replace(plain(0.01, row="sharpness-aware"), seeds={"0": 0.02, "1": -0.01}),
            replace(plain(0.01, row="joint loss"), seeds={"0": 0.03}),
            replace(plain(0.01, row="efficientnet, equal time"), seeds={"0": -0.04}),
        ),
    }
    first, *rest = found_on_multi_task(Figures("nothing", {}), Figures("small", tables))
    assert first.startswith("**Not measured yet**")
    where = "**From the body of mtl-head, on 6,000 faces. "
    assert [one.split(" (")[0] for one in rest[:2]] == [f"{where}{words}**" for words in (steps, weights)]
    assert "; all at once: 0.500 " in rest[0]
    assert (
        rest[2]
        == f"{where}No verdict of 2 runs** on sharpness-aware steps: accuracy less that of plain ones +0.020, -0.010."
    )
    joint = "learning the generator's parameters beside the expressions: accuracy less that of these alone +0.030."
    assert rest[3] == f"{where}No verdict of 1 runs** on {joint}"
    other = "**From one body of each family, which learned the same synthetic people, on 6,000 faces. No verdict of 1 "
    assert rest[4].startswith(other)
    assert rest[4].endswith("the compact EfficientNet, in as much time: accuracy less that of the MobileNet -0.040.")
    assert found_on_multi_task(record(3.0), Figures("small", tables))[-5:] == tuple(rest)
    part = Figures(
        "small", {"claims": tables["claims"][:1], "power": tables["power"][:1], "accuracy": tables["accuracy"]}
    )
    told = found_on_multi_task(record(3.0), replace(part, about={"missing": ["plain loss: 0 of 5 seeds"]}))
    assert len(told) == len(ABOVE) + 2
    assert 'plain loss: 0 of 5 seeds: `measured("mtl_small")' in told[-2]


def test_a_claim_of_the_smaller_grid_says_what_one_of_the_full_grid_says():
    for name, one in SMALL.items():
        full = MADE[name.removeprefix("small-")]
        assert one.says.endswith(full.says[0].lower() + full.says[1:])
        assert (one.score, one.direction, one.matters) == (full.score, full.direction, full.matters)


def test_what_ships_has_no_verdict_and_stands_beside_what_needs_no_network():
    longer = measured("mtl_longer")
    without, with_it = (found_on_multi_task(measured("mtl"), None, *more) for more in ((), (longer,)))
    *rest, ships = with_it
    assert ships.startswith("**No verdict of one training on the network that ships** (accuracy less mini-xception: ")
    for one in longer["strangers_difference"]:
        if one["row"] == "mtl" and one.than == "64 pixels":
            assert f": {one.value:+.3f} [{one.low:+.3f}, {one.high:+.3f}]" in ships
    changed = [(one, other) for one, other in zip(without, rest, strict=True) if one != other]
    ((bare, told),) = changed
    assert "among look-alikes this record has no control beside it" in bare
    (beside,) = [
        one for one in longer["strangers"]
        if (one["row"], one["score"]) == ("brightness", "verification among look-alikes")
    ]  # fmt: skip
    assert f"brightness, among look-alikes: {beside.value:.3f} [" in told
    assert "no control" not in told


def test_an_aim_is_reached_where_the_whole_interval_lies_on_its_side():
    one = replace(plain(0.65, row="mtl"), low=0.64, high=0.66)
    aims = (">= 0.63", ">= 0.65", ">= 0.67", "<= 0.67", "<= 0.63")
    became = [aimed(one, aim).rpartition(": ")[2] for aim in aims]
    assert became == ["reached", "the interval holds it", "not reached", "reached", "not reached"]
    with pytest.raises(ValueError, match=r"aim must be like '>= 0.65', of a number with an interval; got '> 0.65'"):
        aimed(one, "> 0.65")
    with pytest.raises(ValueError, match="with an interval"):
        aimed(replace(one, low=None, high=None, way=None), ">= 0.65")
    assert brief(replace(one, value=None, low=None, high=None, way=None), "age") == "age: not defined"
