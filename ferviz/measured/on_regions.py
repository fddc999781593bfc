"""What the lesson on region attention found: what was claimed beforehand has a side, the rest is told as figures."""

from __future__ import annotations

from collections.abc import Mapping

from ferviz.measured.claims import claims
from ferviz.measured.files import Figures
from ferviz.measured.findings import Findings, finding, side, told
from ferviz.measured.record import Measured, pick

__all__ = ["found_on_regions"]

PAPER = "region-attention"


def found_on_regions(ran: Figures) -> Findings:
    """What the measurements say of region attention, on frozen bodies.

    Parameters
    ----------
    ran : Figures
        ``measured("ran")``.

    Returns
    -------
    Findings
        On covered faces against the whole face and against the mean of the same crops, on the RB-loss, turned faces,
        and on what the weights follow. A sentence takes the side of its claim's answer where that is clear
        (`Measured.clear`, after Holm); else it says what is ruled out, or how large a difference would have been found.
        Fewer than five runs have no verdict. Without answers it says that the claims are not measured yet. First comes
        what was announced and is not in the record, last the networks that ship, as they are.

    Raises
    ------
    ValueError
        When some claims of the paper have an answer in the record and others none, or the record misses a figure that
        stands beside one.
    """
    answers = {entry.claim: entry for entry in ran.tables.get("claims", ())}
    against = [one for one in ran.tables.get("shipped_difference", ()) if one.than in ("ran-face", "ran-mean")]
    ships = tuple(map(_ship, against))
    absent = ran.about.get("missing", ())
    so_far = (f"**Not all that was announced is measured** ({'; '.join(absent)}).",) if absent else ()
    if not answers:
        return Findings((*so_far, "**Not measured yet**: the claims stand, and no figure answers them.", *ships))
    missing = [one.id for one in claims(PAPER).claims if one.id not in answers]
    if missing:
        raise ValueError(f"ran must answer every claim of {PAPER}; it misses {', '.join(missing)}")
    found = (sentence(ran, answers) for sentence in (_face, _mean, _loss, _turned, _seen, _evidence))
    return Findings((*so_far, *found, *ships))


def _ship(answer: Measured) -> str:
    faces = {"whole": "whole faces", "turned": "the most turned quarter", "covered": "faces with a pasted cover"}
    words = f"On {faces[answer['faces']]} the network that ships as ran " + side(
        answer,
        above=f"is right more often than {answer.than}",
        below=f"is right less often than {answer.than}",
        neither=f"is not told apart from {answer.than}",
    )
    adjusted = "" if answer.p_holm is None else f", p {answer.p_holm:.2f} after Holm"
    return finding(words, {f"one training of each, over pictures alone{adjusted}": answer}, digits=3)


Answers = Mapping[str | None, Measured]


def _accuracies(ran: Figures, family: str, *rows: str) -> dict[str, Measured]:
    return {row: pick(ran["accuracy"], row=row, family=family)[0] for row in rows}


def _less(ran: Figures, row: str, than: str, family: str) -> Measured:
    """By how much a row is right more often than another."""
    return pick(ran["difference"], row=row, than=than, family=family)[0]


def _face(ran: Figures, answers: Answers) -> str:
    answer = answers["covered-against-face"]
    words = side(
        answer,
        above="On photographs with a pasted cover region attention is right more often than the whole face alone",
        below="On photographs with a pasted cover region attention is right less often than the whole face alone",
        neither="That on photographs with a pasted cover region attention is right more often than the whole face is "
        "not shown",
    )
    plain = {row: _less(ran, row, "ran-face", "covered") for row in ("ran-face, jitter", "ran-face, zoomed")}
    shown = {answer.name: answer, **{one.name: one for one in plain.values()}}
    above = [one for one in (_less(ran, "ran", row, "covered") for row in plain) if (one.low or 0) > 0]
    if not answer.few and answer.clear() and len(above) < len(plain):
        words += "; beside it stand two rows of the whole face without attention, asked six times, slightly shifted, "
        words += "or once of a crop in the middle, and that region attention has more than these is not shown"
        shown |= {one.name: one for one in (_less(ran, "ran", row, "covered") for row in plain)}
    others = {"under a pasted patch": "covered, patch", "on covered synthetic faces": "synthetic, covered"}
    shown |= {f"ran minus ran-face {words}": _less(ran, "ran", "ran-face", of) for words, of in others.items()}
    return told(ran, words, shown, answer)


def _mean(ran: Figures, answers: Answers) -> str:
    answer = answers["covered-against-mean"]
    words = side(
        answer,
        above="Attention adds to the mean of the same crops",
        below="Attention takes away from the mean of the same crops",
        neither="That attention adds anything to the mean of the same crops is not shown",
    )
    more = _less(ran, "ran-mean", "ran-face", "covered")
    (largest,) = pick(ran["attention"], row="ran", score="largest crop", family="covered")
    shown = {answer.name: answer, more.name: more, "weight of the largest of five crops (1/6 would be even)": largest}
    return told(ran, words, shown, answer)


def _loss(ran: Figures, answers: Answers) -> str:
    answer = answers["rb-loss-on-covered"]
    words = side(
        answer,
        above="The loss that asks a crop to outweigh the face makes answers under a cover better",
        below="The loss that asks a crop to outweigh the face makes answers under a cover worse",
        neither="That the loss that asks a crop to outweigh the face helps under a cover is not shown",
    )
    known = {"score": "face largest", "family": "covered"}
    largest = {row: pick(ran["attention"], row=row, **known)[0] for row in ("ran", "no RB-loss")}
    named = {f"share of faces on which no crop outweighs the face, {row}": one for row, one in largest.items()}
    return told(ran, words, {answer.name: answer, **named}, answer)


def _turned(ran: Figures, answers: Answers) -> str:
    answer = answers["turned-against-face"]
    words = side(
        answer,
        above="On the most turned quarter region attention is right more often than the whole face alone",
        below="On the most turned quarter region attention is right less often than the whole face alone",
        neither="That region attention is right more often on the most turned quarter is not shown",
    )
    shown = {answer.name: answer, **_accuracies(ran, "turned", "ran", "ran-face")}
    shown["less six shifted whole faces without attention"] = _less(ran, "ran", "ran-face, jitter", "turned")
    return told(ran, words, shown, answer)


def _seen(ran: Figures, answers: Answers) -> str:
    permuted, area, place = (answers[f"seen-against-{row}"] for row in ("permuted", "area", "place"))
    words = side(
        permuted,
        above="Crops that a cover hides weigh less",
        below="Crops that a cover hides weigh more",
        neither="That crops weigh less where a cover hides them is not shown",
    )
    words += side(
        place,
        above=", beyond what their place alone tells",
        below="; the mean weight of their place over other faces tells more",
        neither="; that the agreement exceeds that of the mean weight of each place is not shown",
    )
    (own,) = pick(ran["weights"], row="ran", effect="weight", score="tau seen", family="covered")
    known = {"effect": "weight", "score": "tau seen", "family": "covered"}
    others = {"the vector's length": "norm", "the highest probability": "top"}
    shown = {"τ-b of the weights": own, **{one.name: one for one in (permuted, area, place)}}
    shown |= {f"τ-b of {words}": pick(ran["weights"], row=row, **known)[0] for words, row in others.items()}
    return told(ran, words, shown, permuted, area, place)


def _evidence(ran: Figures, answers: Answers) -> str:
    answer = answers["evidence-against-permuted"]
    words = side(
        answer,
        above="The weights follow the evidence in the crops of synthetic faces",
        below="The weights run against the evidence in the crops of synthetic faces",
        neither="That the weights follow the evidence in the crops of synthetic faces is not shown",
    )
    known = {"score": "tau evidence", "crops": "fixed"}
    effects = ("weight", "contribution", "removal, dropped")
    shown = {f"τ-b of {effect}": pick(ran["weights"], row="ran", effect=effect, **known)[0] for effect in effects}
    others = {"weight learned without the RB-loss": "no RB-loss", "the vector's length": "norm"}
    shown |= {
        f"τ-b of {words}": pick(ran["weights"], row=row, effect="weight", **known)[0] for words, row in others.items()
    }
    return told(ran, words, shown, answer)
