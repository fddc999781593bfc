"""What the lesson on region attention found: no sentence takes a side that is not clear."""

from __future__ import annotations

import pytest

from ferviz.measured import Figures, Measured, claims, found_on_regions, measured

WAY = "95 %, Student's t over runs and people"
RUNS = dict.fromkeys("01234")
MADE = {one.id: one for one in claims("region-attention").claims}


def answer(claim, value, half=0.01, p=0.001, seeds=None):
    made = MADE[claim]
    told = {"way": WAY, "items": 300, "unit": "pictures", "seeds": seeds or dict.fromkeys("01234", value)}
    of = {"row": made.row, "score": made.score, "family": made.clips}
    sure = {"low": value - half, "high": value + half, "p": p, "p_holm": p, "holm_over": made.family}
    return Measured(what="difference", of=of, than=made.than, claim=claim, value=value, **sure, **told)


def least(claim):
    made = MADE[claim]
    of = {"row": made.row, "score": made.score, "family": made.clips}
    return Measured(what="smallest", of=of, than=made.than, value=0.02)


def plain(value, **of):
    than = of.pop("than", None)
    return Measured(what="x", of=of, value=value, low=value - 0.01, high=value + 0.01, way=WAY, seeds=RUNS, than=than)


def record(value, p=0.001, above=0.02, **more):
    rows = ("ran", "ran-mean", "ran-face")
    plain_rows = ("ran-face, jitter", "ran-face, zoomed", "ran-face, fusion")
    tables = {
        "claims": [answer(claim, value, p=p, **more) for claim in MADE],
        "power": [least(claim) for claim in MADE],
        "accuracy": [plain(0.8, row=row, family=family) for row in rows for family in ("covered", "turned")],
        "difference": [
            plain(0.01, row="ran-mean", than="ran-face", family="covered"),
            *(plain(0.03, row=row, than="ran-face", family="covered") for row in plain_rows),
            *(plain(above, row="ran", than=row, family="covered") for row in plain_rows),
            *(plain(-0.02, row="ran", than="ran-face", family=one) for one in ("covered, patch", "synthetic, covered")),
            plain(-0.02, row="ran", than="ran-face, jitter", family="turned"),
        ],
        "attention": [
            *(plain(0.1, row=row, score="face largest", family="covered") for row in ("ran", "no RB-loss")),
            plain(0.2, row="ran", score="largest crop", family="covered"),
        ],
        "weights": [
            *(
                plain(0.2, row="ran", effect=effect, score="tau evidence", crops="fixed", family="dealt")
                for effect in ("weight", "contribution", "removal, dropped")
            ),
            *(
                plain(0.2, row=row, effect="weight", score="tau evidence", crops="fixed", family="dealt")
                for row in ("no RB-loss", "norm")
            ),
            *(
                plain(value, row=row, effect="weight", score="tau seen", crops="fixed", family="covered")
                for row, value in (("ran", 0.2), ("norm", 0.25), ("top", 0.3))
            ),
        ],
    }
    return Figures("made up", {name: tuple(entries) for name, entries in tables.items()})


ABOVE = (
    "On photographs with a pasted cover region attention is right more often than the whole face alone",
    "Attention adds to the mean of the same crops",
    "The loss that asks a crop to outweigh the face makes answers under a cover better",
    "On the most turned quarter region attention is right more often than the whole face alone",
    "Crops that a cover hides weigh less, beyond what their place alone tells",
    "The weights follow the evidence in the crops of synthetic faces",
)
BELOW = (
    "On photographs with a pasted cover region attention is right less often than the whole face alone",
    "Attention takes away from the mean of the same crops",
    "The loss that asks a crop to outweigh the face makes answers under a cover worse",
    "On the most turned quarter region attention is right less often than the whole face alone",
    "Crops that a cover hides weigh more; the mean weight of their place over other faces tells more",
    "The weights run against the evidence in the crops of synthetic faces",
)


@pytest.mark.parametrize(("value", "words"), [(0.3, ABOVE), (-0.3, BELOW)])
def test_a_clear_answer_gives_its_sentence_a_side(value, words):
    found = found_on_regions(record(value))
    assert len(found) == len(words)
    for sentence, said in zip(found, words, strict=True):
        assert sentence.startswith(f"**{said}** ("), sentence


@pytest.mark.parametrize("above", [0.02, 0.0])
def test_what_plain_averages_gain_as_well_is_said_beside_the_claim(above):
    first = found_on_regions(record(0.3, above=above))[0]
    said = "that region attention has more than these is not shown"
    assert (said in first.split("**")[1]) == (above == 0)
    assert '"ran-face, zoomed" minus ran-face: +0.030' in first
    assert "ran minus ran-face on covered synthetic faces: -0.020" in first


def test_what_is_not_clear_has_no_side_and_says_what_would_have_been_found():
    for sentence in found_on_regions(record(0.005, p=0.4)):
        assert "is not shown" in sentence.split("**")[1]
        assert "80 % of repeats" in sentence or "is ruled out" in sentence


def test_fewer_than_five_runs_get_no_verdict():
    for sentence in found_on_regions(record(0.3, seeds={"0": 0.3, "1": 0.3})):
        assert sentence.startswith("**No verdict of fewer than 5 runs**")


def test_what_was_announced_and_is_missing_is_said_first():
    whole = record(0.3, seeds={"0": 0.3})
    absent = {"missing": ["bodies: 1 of 5", "ran-bare, tuned"]}
    first, *rest = found_on_regions(Figures("in part", whole.tables, absent))
    told = 'bodies: 1 of 5; ran-bare, tuned: `measured("ran").about["missing"]`'
    assert first == f"**Not all that was announced is measured** ({told})."
    assert list(rest) == list(found_on_regions(whole))
    first, second = found_on_regions(Figures("nothing", {}, absent))
    assert (first[:9], second[:20]) == ("**Not all", "**Not measured yet**")


def test_an_empty_record_says_so_and_the_house_s_own_can_be_told():
    (only,) = found_on_regions(Figures("nothing", {}))
    assert only == "**Not measured yet**: the claims stand, and no figure answers them."
    assert len(found_on_regions(measured("ran"))) >= len(MADE) - 2  # some claims share a sentence


@pytest.mark.parametrize(("value", "said"), [
    (0.02, "is right more often than ran-face on faces with a pasted cover"),
    (-0.02, "is right less often than ran-face on faces with a pasted cover"),
    (0.001, "is not told apart from any other"),
])  # fmt: skip
def test_networks_that_ship_are_told_as_they_are(value, said):
    told = {"low": value - 0.01, "high": value + 0.01, "way": "95 %, exact", "p": 0.001}
    one = Measured(what="difference", of={"row": "ran", "faces": "covered"}, value=value, than="ran-face", **told)
    start = "**Of the networks that ship, one training of each, ran"
    found = found_on_regions(Figures("one training", {"shipped_difference": (one,)}))
    assert found[0].startswith("**Not measured yet**")
    assert found[1].startswith(f"{start} {said}; intervals are over pictures** (ran minus ran-face, faces with")


def test_of_many_questions_the_networks_that_ship_are_told_in_one_sentence_with_all_rows_that_were_ahead():
    known = {"way": "95 %, exact", "p": 0.01, "p_holm": 0.072, "holm_over": "all"}
    rows = {"ran-face": 0.02, "ran-face, fusion": -0.02, "ran-face, zoomed": 0.001}
    of = {"row": "ran", "faces": "covered"}
    entries = tuple(
        Measured(what="x", of=of, value=value, than=row, low=value - 0.01, high=value + 0.01, **known)
        for row, value in rows.items()
    )
    (said,) = found_on_regions(Figures("one training", {"shipped_difference": entries}))[1:]
    assert "is not told apart from any other, after Holm over 3 questions; each interval asks alone" in said
    assert "fusion" in said.split("**")[2]
    assert "zoomed" not in said


def test_a_record_that_misses_an_answer_is_refused():
    whole = record(0.3)
    tables = {**whole.tables, "claims": whole["claims"][1:]}
    with pytest.raises(ValueError, match="ran must answer every claim of region-attention; it misses covered-against"):
        found_on_regions(Figures("in part", tables))
