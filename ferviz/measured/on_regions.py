"""What the lesson on region attention found: what was claimed beforehand has a side, the rest is told as figures."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from ferviz.measured.claims import claims
from ferviz.measured.files import Figures
from ferviz.measured.findings import Findings, finding, side, told, unmeasured
from ferviz.measured.record import Measured, pick

__all__ = ["found_on_regions"]

PAPER, NAMED = "region-attention", ("ran-face", "ran-mean")


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
    ships = _ship(ran.tables.get("shipped_difference", ()))
    so_far = unmeasured(ran.about.get("missing", ()), "ran")
    if not answers:
        return Findings((*so_far, "**Not measured yet**: the claims stand, and no figure answers them.", *ships))
    missing = [one.id for one in claims(PAPER).claims if one.id not in answers]
    if missing:
        raise ValueError(f"ran must answer every claim of {PAPER}; it misses {', '.join(missing)}")
    found = (sentence(ran, answers) for sentence in (_face, _mean, _loss, _turned, _seen, _evidence))
    return Findings((*so_far, *found, *ships))


def _ship(entries: Sequence[Measured]) -> tuple[str, ...]:
    """Of the networks that ship, one training each: against which rows ran is clear, and where it was lower."""
    faces = {"whole": "whole faces", "turned": "the most turned quarter", "covered": "faces with a pasted cover"}
    clear = [one for one in entries if one.clear()]
    words = "Of the networks that ship, one training of each, ran is not told apart from any other"
    if clear:
        sides = {True: "more often than", False: "less often than"}
        named = (f"{sides[(one.value or 0) > 0]} {one.than} on {faces[one['faces']]}" for one in clear)
        words = f"Of the networks that ship, one training of each, ran is right {', '.join(named)}"
    asked = {one.holm_over for one in entries if one.holm_over is not None}
    words += f", after Holm over {len(entries)} questions" if asked else ""
    shown = {f"{one.name}, {faces[one['faces']]}": one for one in entries if one.than in NAMED}
    lower = {f"{one.name}, {faces[one['faces']]}": one for one in entries if (one.high or 0) < 0}
    words += "; each interval asks alone, over pictures" if asked else "; intervals are over pictures"
    return (finding(words, shown | lower, digits=3),) if entries else ()


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
    plain = {
        "ran-face, jitter": "six times, slightly shifted",
        "ran-face, zoomed": "once of a crop in the middle",
        "ran-face, fusion": "once of each crop, the answers averaged",
    }
    gains = {row: _less(ran, row, "ran-face", "covered") for row in plain}
    shown = {answer.name: answer, **{one.name: one for one in gains.values()}}
    ahead = {one["row"]: one.turned() for one in ran["difference"] if one.than == "ran" and one["family"] == "covered"}
    ahead |= {str(one.than): one for one in ran["difference"] if one["row"] == "ran" and one["family"] == "covered"}
    alike = [row for row in plain if not (row in ahead and (ahead[row].low or 0) > 0)]
    if alike and not answer.few and answer.clear():
        asked = ", or ".join(plain[row] for row in alike)
        words += f"; the whole face without attention gains too where it is asked {asked}"
        words += ": that region attention has more than these is not shown"
        shown |= {ahead[row].name: ahead[row] for row in alike if row in ahead}
    elsewhere = [one for one in ran["difference"] if one["row"] == "ran" and one.than == "ran-face, jitter"]
    shown |= {f"{one.name} on whole faces": one for one in elsewhere if one["family"] == "whole"}
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
