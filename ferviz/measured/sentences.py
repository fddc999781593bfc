"""A measured number as a sentence, and what several of them make of a claim."""

from __future__ import annotations

from collections.abc import Sequence

from ferviz.measured.record import Measured

__all__ = ["said", "verdict"]


def said(entry: Measured, what: str = "", *, line: float | None = None, digits: int = 3, sign: bool = False) -> str:
    """A number as one sentence, true whichever way the figures fall.

    Parameters
    ----------
    entry : Measured
    what : str
        What was measured, as the sentence's first words, in place of the entry's own.
    line : float, optional
        A value, such as 0 for a difference or 1 for a ratio: the sentence then ends with "clearly above" or "clearly
        below" it where `Measured.clear` says so, else with "not clear of" it.
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
    if entry.low is not None:
        text += f" [{entry.low:{form}}, {entry.high:{form}}]"
        text += f" ({entry.way})" if entry.way is not None and not entry.way.startswith("95 %") else ""
    if entry.items is not None:
        text += f", {entry.items} {entry.unit or 'items'}"
        text += f" of {entry.people} people" if entry.people is not None else ""
    each = [value for value in (entry.seeds or {}).values() if value is not None]
    if len(each) > 1:
        text += f"; seeds {' '.join(f'{value:{form}}' for value in each)}"
    if entry.p_holm is not None:
        text += f"; p {entry.p_holm:.2g} (Holm, over {entry.holm_over})"
    elif entry.p is not None:
        text += f"; p {entry.p:.2g}"
    return text if line is None else f"{text}; {_side(entry, line)}"


def _side(entry: Measured, line: float) -> str:
    """On which side of a line a value lies, in words; one that is not clear of it has no side."""
    if entry.value is None or not entry.clear(line):
        return f"not clear of {line:g}"
    return f"clearly {'above' if entry.value > line else 'below'} {line:g}"


def verdict(entries: Sequence[Measured]) -> str:
    """What differences, all of which a claim says to be positive, make of it.

    "shown here" when all are positive and clear of 0; "against what we measured" when one is negative and clear of 0;
    "shown here in part", and which, when some are clear; else "neither shown nor refuted here".
    """
    clear = [entry for entry in entries if entry.clear()]
    if any(entry.value is not None and entry.value < 0 for entry in clear):
        return "against what we measured"
    if clear and len(clear) == len(entries):
        return "shown here"
    if clear:
        named = ", ".join(entry.name for entry in clear)
        return f"shown here in part ({named}), for the rest neither shown nor refuted"
    return "neither shown nor refuted here"
