"""A measured number as a sentence, and what several of them make of a claim."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from ferviz.measured.claims import Claim, claim_of, claims, wide
from ferviz.measured.files import measured
from ferviz.measured.record import RUNS, Measured

__all__ = ["aimed", "answers", "brief", "powered", "said", "tally", "verdict"]

EQUAL = 0.03  # where only larger differences are surely found, no row is called equal to another


def said(entry: Measured, what: str = "", *, line: float | None = None, digits: int = 3, sign: bool = False) -> str:
    """A number as one sentence, true whichever way the figures fall.

    Parameters
    ----------
    entry : Measured
    what : str
        What was measured, as the sentence's first words, in place of the entry's own.
    line : float, optional
        A value, such as 0 for a difference or 1 for a ratio: the sentence then ends with "clearly above" or "clearly
        below" it where `Measured.clear` says so, else with "not clear of" it. Of fewer than five trainings
        (`Measured.few`) the seeds' values are told one by one, without interval, p or verdict; of one training its
        interval over people or pictures too (`Measured.single`), and no verdict either. A difference that
        answers a claim says, held against 0, what became of it; one over runs that answers none has no verdict.
    digits : int
        After the point.
    sign : bool
        Whether a plus is written.

    Examples
    --------
    >>> known = {"what": "accuracy", "way": "95 %, exact", "items": 210, "unit": "clips", "people": 70}
    >>> entry = Measured(value=0.021, low=0.004, high=0.038, **known)
    >>> said(entry, "self minus pool", line=0, sign=True)
    'self minus pool: +0.021 [+0.004, +0.038], 210 clips of 70 people; clearly above 0'
    """
    what = what or entry.what
    if entry.value is None:
        return f"{what}: not defined for any {(entry.unit or 'items').removesuffix('s')}"
    form = f"{'+' if sign else ''}.{digits}f"
    text = f"{what}: {entry.value:{form}}"
    if entry.low is not None and (entry.single or not entry.few):
        text += f" [{entry.low:{form}}, {entry.high:{form}}]"
        text += f" ({entry.way})" if entry.way is not None and not entry.way.startswith("95 %") else ""
    if entry.items is not None:
        text += f", {entry.items} {entry.unit or 'items'}"
        text += f" of {entry.people} people" if entry.people is not None else ""
    if len(entry.seeds or {}) > 1 and any(value is not None for value in (entry.seeds or {}).values()):
        text += f"; seeds {_seeds(entry, form)}"
    if entry.few or entry.single:
        return text if line is None else f"{text}; no verdict of fewer than {RUNS} runs"
    if entry.p_holm is not None:
        among = entry.holm_over if entry.claim is None else f"the claims on {entry.holm_over}"
        text += f"; {_chance(entry.p_holm)} (Holm, over {among})"
    elif entry.p is not None:
        text += f"; {_chance(entry.p)}"
    return text if line is None else f"{text}; {_side(entry, line)}"


def brief(entry: Measured, what: str = "", digits: int = 3) -> str:
    """A number and its interval in a line, without a verdict; ``what`` stands in place of its row and score.

    Examples
    --------
    >>> known = {"what": "accuracy", "way": "95 %, exact", "of": {"row": "self", "score": "accuracy"}, "than": "pool"}
    >>> brief(Measured(value=0.021, low=0.004, high=0.038, **known))
    'self minus pool, accuracy: +0.021 [+0.004, +0.038]'
    """
    what = what or ", ".join(map(str, dict.fromkeys((entry.name, entry.of.get("score", entry.what)))))
    if entry.value is None:
        return f"{what}: not defined"
    form = f"{'+' if entry.than is not None else ''}.{digits}f"
    ends = f" [{entry.low:{form}}, {entry.high:{form}}]" if entry.low is not None else ""
    return f"{what}: {entry.value:{form}}{ends}"


def aimed(entry: Measured, aim: str, what: str = "") -> str:
    """What became of an aim, such as ">= 0.65" or "<= 8": on its side lies the whole interval, or none of it, or the
    interval holds it, and nothing is decided.

    Raises
    ------
    ValueError
        For another aim, or a number without an interval.

    Examples
    --------
    >>> known = {"what": "accuracy", "way": "95 %, exact", "of": {"row": "mtl"}}
    >>> aimed(Measured(value=0.652, low=0.636, high=0.669, **known), ">= 0.65")
    'mtl, accuracy: 0.652 [0.636, 0.669], aim >= 0.65: the interval holds it'
    """
    sign, _, at = aim.partition(" ")
    if sign not in (">=", "<=") or entry.low is None or entry.high is None:
        raise ValueError(f"aim must be like '>= 0.65', of a number with an interval; got {aim!r} and {entry.low}")
    line = float(at)
    if entry.low <= line <= entry.high:
        became = "the interval holds it"
    else:
        became = "reached" if (entry.low > line) == (sign == ">=") else "not reached"
    return f"{brief(entry, what)}, aim {aim}: {became}"


def _chance(p: float) -> str:
    """Far out a p is a figure of the model it was worked out in, and of nothing that was seen."""
    return "p < 0.001" if p < 0.001 else f"p {p:.2g}"


def _seeds(entry: Measured, form: str) -> str:
    """The value with each seed, one by one."""
    return " ".join("not kept" if value is None else f"{value:{form}}" for value in (entry.seeds or {}).values())


def _side(entry: Measured, line: float) -> str:
    """On which side of a line a value lies, in words; one that is not clear of it has no side."""
    if entry.unclaimed:
        return "no verdict: it answers no claim"
    became = "" if entry.claim is None or line != 0 else f"; what was claimed: {_became(claim_of(entry), entry)}"
    if entry.value is None or not entry.clear(line):
        return f"not clear of {line:g}{became}"
    unkept = len(entry.seeds or {}) > 1 and all(value is None for value in (entry.seeds or {}).values())
    of_people = unkept and not entry.over_runs  # the interval is of people alone
    whose = f" for the mean of these {len(entry.seeds or {})} trainings" if of_people else ""
    return f"clearly {'above' if entry.value > line else 'below'} {line:g}{whose}{became}"


def tally(entries: Sequence[Measured], line: float = 0) -> str:
    """How many of some numbers are clear of a line, and of how many nothing is said.

    Those rest on too few trainings, or answer no claim (`Measured.unclaimed`).

    Raises
    ------
    ValueError
        For no entries.

    Examples
    --------
    >>> one = Measured(what="gain", value=0.02, low=0.01, high=0.03, way="95 %, exact", than="pool")
    >>> tally([one, one.turned()]), tally([one], 0.02)
    ('2 of 2 are clear of 0: 1 above, 1 below', '0 of 1 are clear of 0.02')
    """
    if not entries:
        raise ValueError("entries must hold at least one; got none")
    few = sum(entry.few or entry.single for entry in entries)
    many = [entry for entry in entries if not (entry.few or entry.single or entry.unclaimed)]
    clear = [entry.value > line for entry in many if entry.value is not None and entry.clear(line)]
    sides = f": {sum(clear)} above, {len(clear) - sum(clear)} below" if clear else ""
    told = [f"{len(clear)} of {len(many)} are clear of {line:g}{sides}"] if many else []
    if few:
        told.append(f"no verdict of {few}, which rest on fewer than {RUNS} runs")
    if few + len(many) < len(entries):
        told.append(f"no verdict of {len(entries) - few - len(many)}, which answer no claim")
    return "; ".join(told)


def verdict(entries: Sequence[Measured]) -> str:
    """What differences, all of which a claim says to be positive, make of it.

    "shown here" when all are positive and clear of 0; "against what we measured" when one is negative and clear of 0;
    "shown here in part", and which, when some are clear; else "neither shown nor refuted here". Where one rests on
    fewer than five trainings (`Measured.few`), there is no verdict: the values of its seeds are told one by one. There
    is none either where one answers no claim (`Measured.unclaimed`); what became of claims say `answers`.

    Raises
    ------
    ValueError
        For no entries: a claim without a number has no verdict.
    """
    if not entries:
        raise ValueError("entries must hold at least one difference; got none")
    few = [f"{entry.name} {_seeds(entry, '+.3f')}" for entry in entries if entry.few]
    if few:
        return f"no verdict of fewer than {RUNS} runs; their values one by one: {'; '.join(few)}"
    if unclaimed := [entry.name for entry in entries if entry.unclaimed]:
        return f"no verdict: no claim is answered by {', '.join(unclaimed)}"
    clear = [entry for entry in entries if entry.clear()]
    if any(entry.value is not None and entry.value < 0 for entry in clear):
        return "against what we measured"
    if clear and len(clear) == len(entries):
        return "shown here"
    if clear:
        named = ", ".join(entry.name for entry in clear)
        return f"shown here in part ({named}), for the rest neither shown nor refuted"
    return "neither shown nor refuted here"


def answers(paper: str) -> list[str]:
    """What became of each claim of a paper (`Claim.outcome`), a sentence each, with the number that answers it.

    "not yet measured" stands where the record has no such number yet. A claim's note comes last (`Claim.note`), or that
    it is the one above.

    Raises
    ------
    ValueError
        For a paper without claims.
    """
    told: list[str] = []
    notes: set[str] = set()
    for claim in claims(paper).claims:
        note = "(Its note is one that stands above.)" if claim.note in notes else claim.note
        told.append(" ".join(filter(None, (_answer(claim), note))))
        notes |= {claim.note} if claim.note else set()
    return told


def _answer(claim: Claim) -> str:
    found = [one for one in measured(claim.record).tables.get(claim.table, ()) if one.claim == claim.id]
    if not found:
        return f"{claim.says} Not yet measured."
    (entry,) = found
    number = entry if entry.few else replace(entry, seeds=None)  # a forest shows each run
    runs = f" over {len(entry.seeds)} runs" if entry.seeds and not entry.few else ""
    became = _became(claim, entry)
    said_of_it = said(number, f"{entry.name}{runs}", sign=True)
    return f"{claim.says} {became[0].upper()}{became[1:]}. {said_of_it}."


def _became(claim: Claim, entry: Measured) -> str:
    """What became of a claim, and what that is beside the smallest difference that would matter."""
    outcome = claim.outcome(entry)
    low, high = claim.sided(entry) or (0.0, claim.matters)
    sure = wide(entry, (low, high))[0]  # as sure as what is ruled out: beside all claims of the family
    more = ""
    if outcome == "confirmed" and high < claim.matters:
        more = f", but it is less than would matter ({claim.matters:g})"
    elif outcome == "confirmed" and sure >= claim.matters:
        more = f", and it is more than would matter ({claim.matters:g})"
    elif outcome == "refuted":
        more = ": the reverse is clear"
    elif outcome == "ruled out":
        return f"not shown; a difference of {claim.matters:g}, which would matter, is ruled out"
    return f"{outcome}{more}"


def powered(entries: Sequence[Measured], matters: float | None = None) -> str:
    """How small a true difference would have been found, from a table of power, and what that forbids to say.

    Examples
    --------
    >>> powered([Measured(what="found in 80 %", of={"row": "self"}, value=0.041)])
    'Of such measurements, 80 % find a true difference of 0.041 (self). So no row may be called equal to another.'
    """
    if not entries:
        return "How small a true difference would have been found is not yet measured."
    told = ", ".join(f"{entry.value:.3f} ({entry['row']})" for entry in entries)
    text = f"Of such measurements, 80 % find a true difference of {told}."
    if matters is not None and all(entry.value is None or entry.value > matters for entry in entries):
        return f"A difference of {matters:g} would matter. {text} This study is too small to find what would matter."
    if any(entry.value is None or entry.value > EQUAL for entry in entries):
        return f"{text} So no row may be called equal to another."
    return f"{text} A larger one is missed by fewer than one of five."
