"""What the lesson on face and voice found: no sentence takes a side that is not clear."""

from __future__ import annotations

from dataclasses import replace

import pytest

from ferviz.measured import Figures, Measured, claims, found_on_streams, measured

WAY = "95 %, Student's t over runs and people"
MADE = {one.id: one for one in claims("audio-video").claims}
RECORDS = ("av_votes", "av_voices", "av_films")
NOTHING = Figures("nothing", {})
ROWS = {
    "followed": ("face", "voice", "neither"),
    "distance": ("fbp", "concatenation", "mlp", "product", "face"),
    "accuracy": ("voice", "face", "product", "fbp", "transformer, fbp", "mean, fbp", "transformer, concatenation"),
}


def answer(claim, value, half=0.01, p=0.001, seeds=None):
    made = MADE[claim]
    told = {"way": WAY, "items": 300, "unit": "clips", "seeds": seeds or dict.fromkeys("01234", value)}
    of = {"row": made.row, "score": made.score, "family": made.clips}
    sure = {"low": value - half, "high": value + half, "p": p, "p_holm": p, "holm_over": made.family}
    return Measured(what="difference", of=of, than=made.than, claim=claim, value=value, **sure, **told)


def least(claim):
    made = MADE[claim]
    of = {"row": made.row, "score": made.score, "family": made.clips}
    return Measured(what="smallest", of=of, than=made.than, value=0.02)


def plain(value, **of):
    return Measured(what="x", of=of, value=value, low=value - 0.01, high=value + 0.01, way=WAY, seeds={"0": value})


def records(value, p=0.001, **more):
    found = []
    for name in RECORDS:
        made = [claim for claim, one in MADE.items() if one.record == name]
        tables = {
            "claims": [answer(claim, value, p=p, **more) for claim in made],
            "power": [least(claim) for claim in made],
            "named": [
                plain(0.9, row="transformer, fbp", by=by, absent="learned", family="planted")
                for by in ("shapley", "surer stream")
            ],
        }
        for table, rows in ROWS.items():
            families = ("all", "conflict", "as they are")
            tables[table] = [plain(0.5, row=row, family=family) for row in rows for family in families]
        found.append(Figures(name, {table: tuple(entries) for table, entries in tables.items()}))
    return found


def heads(found):
    return [sentence.split("**")[1] for sentence in found]


def test_a_clear_answer_gives_its_sentence_a_side():
    above, below = (heads(found_on_streams(*records(value))) for value in (0.3, -0.3))
    assert len(above) == len(below) == len(MADE)
    for one, other, made in zip(above, below, MADE.values(), strict=True):
        assert one != other
        assert "not shown" not in one + other
        words = ("farther", "nearer") if made.score == "distance" else ("more often", "less often")
        assert words[0] in one
        assert words[1] in other or made.id in ("conflict-against-face", "shares-against-surer")
    assert below[0].startswith("Where people hear one word and see another, the face's word")
    assert below[-1].endswith("the surer stream names it more often than Shapley's share of the label's logit")
    assert "which is told the label" in above[-1]


def test_controls_of_the_record_stand_beside_the_claims():
    """What learns and never hears the voice, the rule without a product, and the difference after more steps."""
    votes, *others = records(0.3)
    more = {
        "agreement": (
            plain(0.7, row="face, learned", family="conflict"),
            plain(0.76, row="concatenation", family="conflict"),
            plain(0.8, row="concatenation", family="all"),
        ),
        "steps": (
            plain(0.29, row="fbp", family="all", steps=200),
            replace(plain(0.003, row="fbp", family="all", steps=1000), than="concatenation"),
        ),
    }
    conflict, nearer, *_ = found_on_streams(Figures("votes", {**votes.tables, **more}), *others)
    assert "met by face, learned: 0.700" in conflict
    assert "met by concatenation: 0.760" in conflict
    assert "0.800" not in conflict
    assert "the same after 1,000 steps: +0.003" in nearer
    assert "200 steps" not in nearer
    assert "; after 1,000 steps no difference is shown" in nearer.split("**")[1]
    clear = replace(more["steps"][1], low=0.001, high=0.005)
    _, nearer, *_ = found_on_streams(Figures("votes", {**votes.tables, "steps": (clear,)}), *others)
    assert "; after 1,000 steps it is +0.003" in nearer.split("**")[1]


@pytest.mark.parametrize(("high", "told"), [(-0.001, False), (0.016, True)])
def test_another_clips_voice_is_asked_by_its_paired_difference_from_the_product(high, told):
    """Both intervals alone may overlap where the difference is clear."""
    votes, voices, films = records(0.3)
    row = "product, another clip's voice"
    other = replace(plain(-0.01, row=row, family="as they are"), than="product", low=-0.02, high=high)
    voices = Figures("voices", {**voices.tables, "difference": (other,)})
    (product,) = [one for one in found_on_streams(votes, voices, films) if one.startswith("**On real actors the prod")]
    assert ("; with the voice of another clip of that actor and word it is not shown to be right" in product) == told


def test_what_the_pairs_of_streams_began_with_is_counted():
    """Runs that went on from one network are not independent of it, whatever else they learned."""
    votes, voices, films = records(0.3)
    one, other = ({"face": f"trained; it went on from {name}"} for name in ("fan-mean, 12 epochs", "fan-backbone"))
    alone = {"face": "trained"}
    for streams, said in (
        ({"0": other, "1": one, "2": one}, "Of the 3 pairs behind the findings on films 2 began with one face network"),
        ({"0": other, "1": one, "2": alone, "3": alone}, "Each of the 4 pairs behind the findings on films began with"),
    ):
        *_, last = found_on_streams(votes, voices, Figures(films.what, films.tables, {"streams": streams}))
        assert last.startswith(f"**{said}")


def test_what_is_not_clear_has_no_side_and_says_what_would_have_been_found():
    for sentence in found_on_streams(*records(0.005, p=0.4)):
        assert "is not shown" in sentence.split("**")[1]
        assert "80 % of repeats" in sentence or "is ruled out" in sentence


def test_fewer_than_five_runs_get_no_verdict():
    for sentence in found_on_streams(*records(0.3, seeds={"0": 0.3, "1": 0.3})):
        assert sentence.startswith("**No verdict of fewer than 5 runs**")


def test_what_is_not_measured_yet_is_named_last_and_the_house_s_own_can_be_told():
    (only,) = found_on_streams(NOTHING, NOTHING, NOTHING)
    assert only.startswith("**Not measured yet**: Where people hear one word")
    *sentences, last = found_on_streams(records(0.3)[0], NOTHING, NOTHING)
    assert len(sentences) == 3
    assert last.count("On films") == 2
    assert "FBP of people's" not in last
    shipped = found_on_streams(*map(measured, RECORDS))
    assert len(shipped) == len(MADE) + 1  # and with what the pairs began
    assert not any(sentence.startswith("**Not measured") for sentence in shipped)


def test_a_record_that_misses_an_answer_is_refused():
    votes, *others = records(0.3)
    half = Figures("in part", {**votes.tables, "claims": votes["claims"][1:]})
    with pytest.raises(ValueError, match="av_votes must answer every claim on it; it misses conflict-against-face"):
        found_on_streams(half, *others)
