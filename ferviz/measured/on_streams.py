"""What the lesson on face and voice found: what was claimed beforehand has a side, the rest is told as figures."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import NamedTuple

from ferviz.measured.claims import claims
from ferviz.measured.files import Figures
from ferviz.measured.findings import Findings, side, told
from ferviz.measured.record import Measured, pick

__all__ = ["found_on_streams"]

PAPER, OTHERS_VOICE = "audio-video", "product, another clip's voice"
Shown = Callable[[Figures], Mapping[str, Measured]]


class _Words(NamedTuple):
    """What is said of a claim whose answer lies above 0, below, or has no side; and the figures beside it."""

    above: str
    below: str
    neither: str
    shown: Shown
    rider: Callable[[Figures], str] = lambda record: ""


def _of(table: str, *rows: str, **where: str) -> Shown:
    """The entries of some rows of a table, by row."""
    return lambda record: {row: pick(record[table], row=row, **where)[0] for row in rows}


def _those(record: Figures, table: str, rows: tuple[str, ...], words: str, **where: str) -> dict[str, Measured]:
    """The entries of those of some rows of a table that the record has."""
    found = [one for one in record.tables.get(table, ()) if all(one.get(k) == v for k, v in where.items())]
    return {f"{words} {one['row']}": one for row in rows for one in found if one["row"] == row}


_SAID: Mapping[str, _Words] = {
    "conflict-against-face": _Words(
        "Where people hear one word and see another, FBP of their votes names what they say to both more often than "
        "the face's word does",
        "Where people hear one word and see another, the face's word is what they say to both more often than what "
        "FBP of their votes names",
        "That FBP of people's votes beats the face's word in conflict is not shown",
        lambda record: {
            **_of("followed", "face", "voice", "neither", family="conflict")(record),
            **_those(record, "agreement", ("face, learned", "concatenation", "fbp"), "met by", family="conflict"),
        },
    ),
    "people-fbp-against-concatenation": _Words(
        "FBP of people's votes is farther from what they say to both than concatenation",
        "FBP of people's votes is nearer to what they say to both than concatenation",
        "That FBP joins people's votes better than concatenation is not shown",
        lambda record: {
            **_of("distance", "fbp", "concatenation", "mlp", family="all")(record),
            **{
                f"the same after {one['steps']:,} steps": one
                for one in record.tables.get("steps", ())
                if one.than is not None
            },
        },
        lambda record: _longer(record),  # which stands below
    ),
    "people-fbp-against-product": _Words(
        "FBP of people's votes is farther from what they say to both than the plain product",
        "FBP of people's votes is nearer to what they say to both than the plain product",
        "That FBP joins people's votes better than the plain product is not shown",
        lambda record: {
            **_of("distance", "product", "face", family="all")(record),
            **_those(record, "distance", ("face, learned", "concatenation"), "of", family="all"),
        },
    ),
    "product-against-face": _Words(
        "On real actors the product of what voice and face say is right more often than the face alone",
        "On real actors the product of what voice and face say is right less often than the face alone",
        "That the product of voice and face is right more often than the face alone is not shown",
        lambda record: {
            **_of("accuracy", "voice", "face", "product", family="as they are")(record),
            **_those(record, "accuracy", (OTHERS_VOICE, "concatenation", "weights"), "of", family="as they are"),
        },
        lambda record: _other_voice(record),  # which stands below
    ),
    "real-fbp-against-product": _Words(
        "On real actors FBP is right more often than the product",
        "On real actors FBP is right less often than the product",
        "That FBP is right more often than the product on real actors is not shown",
        _of("accuracy", "fbp", "product", family="as they are"),
    ),
    "transformer-against-mean": _Words(
        "On films the attention called transformer is right more often than the plain mean",
        "On films the attention called transformer is right less often than the plain mean",
        'That the attention called transformer is right more often than the plain mean, as the paper\'s "best" would '
        "have it, is not shown",
        lambda record: {
            **_of("accuracy", "transformer, fbp", "mean, fbp", family="all")(record),
            **_those(record, "accuracy", ("self, fbp",), "of", family="all"),  # which learns a vector, and no map
        },
    ),
    "films-fbp-against-concatenation": _Words(
        "On films FBP is right more often than concatenation",
        "On films FBP is right less often than concatenation",
        "That FBP is right more often than concatenation on films is not shown",
        _of("accuracy", "transformer, fbp", "transformer, concatenation", family="all"),
    ),
    "shares-against-surer": _Words(
        "Where one stream alone carries the label, Shapley's share of the label's logit, which is told the label, "
        "names it more often than the surer stream does, which is not",
        "Where one stream alone carries the label, the surer stream names it more often than Shapley's share of the "
        "label's logit",
        "That Shapley's share of the label's logit names the carrying stream more often than the surer stream does is "
        "not shown",
        lambda record: {
            str(one["by"]): one
            for one in pick(record["named"], row="transformer, fbp", absent="learned", family="planted")
        },
    ),
}


def found_on_streams(votes: Figures, voices: Figures, films: Figures) -> Findings:
    """What the measurements say of voice and face together: people's votes, real actors, synthetic films.

    Parameters
    ----------
    votes, voices, films : Figures
        ``measured("av_votes")``, ``measured("av_voices")`` and ``measured("av_films")``.

    Returns
    -------
    Findings
        A sentence for each claim that a record answers, on the side of its answer where that is clear
        (`Measured.clear`, after Holm); else it says what is ruled out, or how large a difference would have been found.
        Fewer than five runs have no verdict. What is not measured yet is named last.

    Raises
    ------
    ValueError
        When a record answers some of its claims and not others, or misses a figure that stands beside one.
    """
    sentences, later = [], []
    for name, record in (("av_votes", votes), ("av_voices", voices), ("av_films", films)):
        made = [one for one in claims(PAPER).claims if one.record == name]
        answers = {entry.claim: entry for entry in record.tables.get("claims", ())}
        if not answers:
            later += [one.says for one in made]
            continue
        missing = [one.id for one in made if one.id not in answers]
        if missing:
            raise ValueError(f"{name} must answer every claim on it; it misses {', '.join(missing)}")
        sentences += [_sentence(record, answers[one.id], _SAID[one.id]) for one in made]
        if "streams" in record.about:
            sentences.append(_starts(record.about["streams"]))
    if later:
        sentences.append(f"**Not measured yet**: {' '.join(later)}")
    return Findings(sentences)


def _starts(streams: Mapping[str, Mapping[str, str]]) -> str:
    """With how many face networks the pairs of streams began, by their cards: of what intervals over pairs tell."""
    began = [origins["face"].partition("it went on from ")[2] or pair for pair, origins in streams.items()]
    most = max(map(began.count, began))
    if most == 1:
        return f"**Each of the {len(began)} pairs behind the findings on films began with a face network of its own**."
    return (
        f"**Of the {len(began)} pairs behind the findings on films {most} began with one face network**: their "
        "intervals tell of other voices and people, and hardly of other face networks."
    )


def _longer(record: Figures) -> str:
    """What became of the difference of two rules that were trained for longer than was claimed of them."""
    later = [one for one in record.tables.get("steps", ()) if one.than is not None]
    if not later:
        return ""
    last = max(later, key=lambda one: one["steps"])
    unclear = last.low is None or last.high is None or last.low <= 0 <= last.high
    gap = "no difference is shown" if unclear else f"it is {last.value:+.3f}"
    return f"; after {last['steps']:,} steps {gap}"


def _other_voice(record: Figures) -> str:
    """What the product makes of a voice that belongs to another clip of the same actor and word."""
    of = (OTHERS_VOICE, "as they are", "product")
    less = [one for one in record.tables.get("difference", ()) if (one["row"], one["family"], one.than) == of]
    if not less or less[0].high is None or less[0].high < 0:
        return ""
    return "; with the voice of another clip of that actor and word it is not shown to be right less often"


def _sentence(record: Figures, answer: Measured, words: _Words) -> str:
    said = side(answer, above=words.above, below=words.below, neither=words.neither) + words.rider(record)
    return told(record, said, {answer.name: answer, **words.shown(record)}, answer)
