"""What a lesson found, in sentences that its records decide: they change when the figures do."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

from ferviz.measured.claims import claim_of, claims
from ferviz.measured.files import Figures
from ferviz.measured.power import least_found
from ferviz.measured.record import RUNS, Measured, pick
from ferviz.measured.sentences import said

__all__ = ["Findings", "found_on_masks", "told"]

FEW = 3  # so many of what is missing are named in a sentence
HARDLY = 0.25
"""A share whose whole interval lies below this is said to count hardly."""
GAINS = {
    "gain above its mean": "what the mask adds",
    "mask above its mean": "the mask as it is drawn",
}
"""The rows of a mask, the one that acts first, and what each is called."""


READ = (
    "How to read this: p says how often chance alone would make a difference at least as large. Whoever asks several "
    'questions must ask more of each: Holm raises every p for that. "Confirmed": after that the difference is clear '
    'of 0 on the side that was claimed. "Refuted": on the other side. "Not shown": on neither, and nobody may say that '
    "the two are equal."
)
"""What stands below sentences that tell a p after Holm."""


class Findings(tuple[str, ...]):
    """Sentences, shown as a list; the part of each between two ``**`` is what is said, the rest its figures.

    Below answers to claims stands how they are to be read (`READ`).
    """

    def __repr__(self) -> str:
        return "\n".join([*self, *self._read()])

    def _repr_markdown_(self) -> str:
        numbered = (f"{place}. {sentence}" for place, sentence in enumerate(self, 1))
        return "\n".join([*numbered, *(f"\n*{one}*" for one in self._read())])

    def _read(self) -> tuple[str, ...]:
        return (READ,) if any("(Holm, over the claims" in sentence for sentence in self) else ()


def found_on_masks(masks: Figures, ablation: Figures, zoo: Figures) -> Findings:
    """What the measurements say of LBP attention.

    Parameters
    ----------
    masks, ablation, zoo : Figures
        ``measured("masks")`` and so on.

    Returns
    -------
    Findings
        On the texture's part in the answer, what became of the ablation's claims (`Claim.outcome`), where the mask is
        strong, where attribution lies, and whose labels count. No sentence takes a side on which its figure is not
        clear (`Measured.clear`).

    Raises
    ------
    ValueError
        When a record misses a row that is asked for, naming those that there are.
    """
    return Findings((_texture(masks), _claimed(ablation), _where(masks), _attributed(masks), _asked(zoo)))


def _texture(masks: Figures) -> str:
    (share,) = pick(masks["texture_path"], set="stills", other="blur", replaced="share")
    one = "In one network, which learned synthetic faces, the answer"
    less = f"{one} hangs on the texture less than on the photo"
    if share.high is not None and share.high < HARDLY:
        less = f"{one} hardly hangs on the texture"
    words = side(
        share,
        above=f"{one} hangs on the texture more than on the photo",
        below=less,
        neither="Whether the answer hangs more on the texture or on the photo is not shown",
        line=0.5,
    )
    return finding(words, {"when each alone comes from the blurred face, the texture's share of the movement": share})


def _claimed(ablation: Figures) -> str:
    asked = [one for one in claims("lbp-attention").claims if one.record == "ablation"]
    became: dict[str, dict[str, Measured]] = {}
    for one in asked:
        (entry,) = pick(ablation[one.table], row=one.row, than=one.than)
        outcome = one.outcome(entry)
        how = {"no verdict": "without a verdict", "ruled out": "too small to matter, if any"}.get(outcome, outcome)
        became.setdefault(how, {})[entry.name] = entry
    counted = ", ".join(f"{len(entries)} {how}" for how, entries in became.items())
    each = {name: entry for entries in became.values() for name, entry in entries.items()}
    return finding(f"Of {len(asked)} claims on modules and patterns: {counted}", each, digits=3)


def _where(masks: Figures) -> str:
    row = _first(masks["rows"], GAINS)
    (own,) = pick(masks["rows"], set="stills", row=row, map="own", metric="ratio")
    against = pick(masks["difference"], set="stills", row=row, metric="ratio")
    (gaussian,), (other,), (sobel,) = (pick(against, than=name) for name in ("gaussian", "other class", "sobel"))
    (point,) = pick(masks["difference"], set="stills", row=row, metric="pointing", than="gaussian")
    words = f"Of {GAINS[row]}, " + side(
        gaussian,
        above="more lies on the changed pixels than of a Gaussian that knows no face",
        below="less lies on the changed pixels than of a Gaussian that knows no face",
        neither="neither more nor less is shown to lie on the changed pixels than of a Gaussian that knows no face",
    )
    words += side(
        point,
        above=", though its largest value lies there more often than the Gaussian's",
        below=", and its largest value lies there less often than the Gaussian's",
        neither="",
    )
    words += side(
        sobel, above="; more than of plain edges", below="; less than of plain edges", neither="; no more than of edges"
    )
    words += "; " + side(
        other,
        above="more than of the same map of another face with another emotion",
        below="less than of the same map of another face with another emotion",
        neither="no difference to the same map of another face with another emotion is shown",
    )
    shown = {f"{row}, times chance": own, "less the Gaussian": gaussian, "largest value, less the Gaussian": point}
    return finding(words, shown | {"less edges (Sobel)": sobel, "less the other's": other})


def _attributed(masks: Figures) -> str:
    row = "integrated_gradients, photo"
    (own,) = pick(masks["rows"], set="stills", row=row, map="own", metric="ratio")
    (gaussian,) = pick(masks["difference"], set="stills", row=row, metric="ratio", than="gaussian")
    words = "Of what integrated gradients attribute to the photo, " + side(
        gaussian,
        above="more lies on the changed pixels than of that Gaussian",
        below="less lies on the changed pixels than of that Gaussian",
        neither="neither more nor less is shown to lie there than of that Gaussian",
    )
    return finding(words, {"times chance": own, "less the Gaussian": gaussian})


def _asked(zoo: Figures) -> str:
    table = pick(zoo["difference"], row="lbp-attention-ferplus", than="mini-xception")
    (label,), (votes,) = (pick(table, by=by) for by in ("label", "votes"))
    sides = {side(entry, above="above", below="below", neither="not clear") for entry in (label, votes)}
    words = "That the order of two networks turns with those who labelled is not shown"
    if sides == {"above", "below"}:
        words = "Of two networks, one is ahead by FER2013's labels, the other by FER+'s votes, which it learned"
    by = {f"{label.name}, by FER2013's labels{_of(label)}": label, f"by the votes of FER+{_of(votes)}": votes}
    return finding(words, by, digits=3)


def _of(entry: Measured) -> str:
    return "" if entry.items is None else f", {entry.items:,} {entry.unit}"


def finding(words: str, figures: Mapping[str, Measured], digits: int = 2) -> str:
    told = (f"{name}: {_figure(entry, digits)}" for name, entry in figures.items())
    return f"**{words}** ({'; '.join(told)})."


def _figure(entry: Measured, digits: int) -> str:
    if entry.value is None:
        return "not defined"
    form = f"{'+' if entry.than is not None else ''}.{digits}f"
    if entry.low is None or (entry.few and not entry.single):
        return f"{entry.value:{form}}"
    return f"{entry.value:{form}} [{entry.low:{form}}, {entry.high:{form}}]"


def _first(entries: Iterable[Measured], rows: Iterable[str]) -> str:
    """The first of these rows that was measured."""
    there = {entry["row"] for entry in pick(entries, row=list(rows))}
    return next(row for row in rows if row in there)


def side(entry: Measured, *, above: str, below: str, neither: str, line: float = 0) -> str:
    """The words for the side of a line on which a number lies, where it is clear of it."""
    if entry.value is None or not entry.clear(line):
        return neither
    return above if entry.value > line else below


def unmeasured(absent: Sequence[str], record: str) -> tuple[str, ...]:
    """The sentence on what was announced of a record and is not in it; none where all is."""
    if not absent:
        return ()
    named = "; ".join(absent[:FEW]) + (f"; {len(absent) - FEW} more" if len(absent) > FEW else "")
    return (f'**Not all that was announced is measured** ({named}: `measured("{record}").about["missing"]`).',)


def told(record: Figures, words: str, figures: Mapping[str, Measured], *answers: Measured) -> str:
    """The sentence with its figures; of an answer without a side, what is ruled out, or what would have been found."""
    if any(answer.few for answer in answers):
        values = "; ".join(said(answer, f"{answer.name}, {answer['score']}", sign=True) for answer in answers)
        return f'**No verdict of fewer than {RUNS} runs** on "{claim_of(answers[0]).says}" ({values}).'
    more = dict(figures)
    for answer in answers:
        claim = claim_of(answer)
        if claim.outcome(answer) == "ruled out":
            whose = f" ({answer.name})" if len(answers) > 1 else ""
            words += f"; on that side a difference of {claim.matters:g}, which would matter, is ruled out{whose}"
        elif answer.clear() and max(abs(answer.low or 0), abs(answer.high or 0)) < claim.matters:
            words += f"; by less than would matter ({claim.matters:g})"
        elif not answer.clear():
            more[f"a true difference that 80 % of repeats would find, {answer.name}"] = least_found(record, answer)
    return finding(words, more, digits=3)
