"""What was measured and ships as data, with the command that measured it, and one measured entry as a sentence."""

from __future__ import annotations

import json
import math
from collections.abc import Mapping, Sequence
from pathlib import Path
from types import MappingProxyType
from typing import Any

__all__ = ["FOLDER", "against", "clear_of", "compared", "measured", "pick", "said", "verdict"]

FOLDER = Path(__file__).resolve().parent / "assets" / "measured"

Entry = Mapping[str, Any]


def measured(name: str) -> Mapping[str, Any]:
    """The figures called ``name``; each file holds the ``command`` that wrote it.

    Raises
    ------
    ValueError
        For an unknown name, naming the known ones.
    """
    path = FOLDER / f"{name}.json"
    if not path.is_file():
        known = ", ".join(sorted(p.stem for p in FOLDER.glob("*.json")))
        raise ValueError(f"name must be one of {known}; got {name!r}")
    return MappingProxyType(json.loads(path.read_text("utf-8")))


def pick(entries: Sequence[Entry], **wanted: Any) -> list[Entry]:
    """The entries of a table that have these values; a list, tuple or set of values allows each of them.

    Raises
    ------
    ValueError
        When none is left, naming the values that there are.

    Examples
    --------
    >>> pick([{"row": "self", "value": 1}, {"row": "pool", "value": 0}], row="self")
    [{'row': 'self', 'value': 1}]
    """
    allowed = {name: value if isinstance(value, list | tuple | set) else [value] for name, value in wanted.items()}
    found = [entry for entry in entries if all(entry.get(name) in values for name, values in allowed.items())]
    if not found:
        known = {name: list(dict.fromkeys(entry.get(name) for entry in entries)) for name in wanted}
        raise ValueError(f"no entry has {wanted}; there are {known}")
    return found


def clear_of(entry: Entry, line: float) -> bool:
    """Whether the whole 95 % interval of an entry lies on one side of a value."""
    return _has_interval(entry) and not entry["low"] <= line <= entry["high"]


def _has_interval(entry: Entry) -> bool:
    return all(entry[end] is not None and math.isfinite(entry[end]) for end in ("low", "high"))


def said(entry: Entry, what: str, *, line: float | None = None, digits: int = 3, sign: bool = False) -> str:
    """A measured entry as one sentence, true whichever way the figures fall.

    Parameters
    ----------
    entry : mapping
        With ``value``, ``low`` and ``high`` (None where undefined), ``clips`` and ``people``.
    what : str
        What was measured, as the sentence's first words.
    line : float, optional
        A value, such as 0 for a difference or 1 for a ratio: the sentence then ends with "clearly above" or "clearly
        below" it, when the whole interval lies on that side, else with "not clear of" it.
    digits : int
        After the point.
    sign : bool
        Whether a plus is written.

    Examples
    --------
    >>> entry = {"value": 0.021, "low": 0.004, "high": 0.038, "clips": 210, "people": 70}
    >>> said(entry, "self minus pool", line=0, sign=True)
    'self minus pool: +0.021 [+0.004, +0.038], 210 clips of 70 people; clearly above 0'
    """
    if entry["value"] is None:
        return f"{what}: not defined for any clip"
    form = f"{'+' if sign else ''}.{digits}f"
    text = f"{what}: {entry['value']:{form}}"
    if _has_interval(entry):
        text += f" [{entry['low']:{form}}, {entry['high']:{form}}]"
    text += f", {entry['clips']} clips of {entry['people']} people"
    if line is not None:
        text += f"; {_side(entry, line, clear_of(entry, line))}"
    return text


def _side(entry: Entry, line: float, clear: bool) -> str:
    """On which side of a line a value lies, in words; one that is not clear of it has no side."""
    if not clear:
        return f"not clear of {line:g}"
    return f"clearly {'above' if entry['value'] > line else 'below'} {line:g}"


def against(table: Mapping[str, Any], than: str, row: str = "all") -> dict[str, Any]:
    """One row of the ablation less another one, or less the row ``all``, which is what the table holds paired.

    Parameters
    ----------
    table : mapping
        ``measured("ablation")``: its ``rows`` hold ``more_than_all`` (mean, low, high), ``more_by_seed`` and ``clear``.
    than, row : str
        Names of rows; one of the two is ``all``.

    Returns
    -------
    dict
        ``value``, ``low`` and ``high`` (None below three seeds), ``by_seed``, ``p_holm``: p, adjusted for all rows
        (None below three seeds), ``clear``: whether that is below 0.05 and every seed has one sign; ``items`` and
        ``row``, the name in words.

    Raises
    ------
    ValueError
        When neither or both of the two are ``all``, or a name is unknown, naming the known ones.
    """
    if (than == "all") == (row == "all"):
        raise ValueError(f"one of than and row must be 'all': only differences to it are paired; got {than!r}, {row!r}")
    (entry,) = pick(table["rows"], name=row if than == "all" else than)
    sign = 1 if than == "all" else -1
    low, high = (tuple(entry["more_than_all"][1:]) or (None, None))[::sign]
    return {
        "row": f"{row} minus {than}",
        "value": sign * entry["more_than_all"][0],
        "low": None if low is None else sign * low,
        "high": None if high is None else sign * high,
        "by_seed": [sign * value for value in entry["more_by_seed"]],
        "p_holm": entry.get("p_holm"),
        "clear": entry["clear"],
        "items": table["items"],
    }


def compared(entry: Entry, what: str = "") -> str:
    """A difference of the ablation as one sentence, with what each seed gave.

    Examples
    --------
    >>> entry = {"row": "all minus sobel", "value": 0.012, "low": 0.004, "high": 0.02, "by_seed": [0.01, 0.015, 0.011]}
    >>> compared(entry | {"p_holm": 0.0131, "clear": True, "items": 3000})
    'all minus sobel: +0.012 [+0.004, +0.020]; seeds +0.010 +0.015 +0.011; p 0.013 (Holm); clearly above 0'
    """
    text = f"{what or entry['row']}: {entry['value']:+.3f}"
    if _has_interval(entry):
        text += f" [{entry['low']:+.3f}, {entry['high']:+.3f}]"
    seeds = " ".join(f"{value:+.3f}" for value in entry["by_seed"])
    text += f"; seeds {seeds}"
    if entry["p_holm"] is not None:
        text += f"; p {entry['p_holm']:.2g} (Holm)"
    return f"{text}; {_side(entry, 0, entry['clear'])}"


def verdict(entries: Sequence[Entry]) -> str:
    """What differences, all of which a claim says to be positive, make of it.

    "shown here" when all are positive and clear of 0; "against what we measured" when one is negative and clear of 0;
    "shown here in part", and which, when some are clear; else "neither shown nor refuted here".
    """
    clear = [entry["row"] for entry in entries if entry["clear"]]
    if any(entry["clear"] and entry["value"] < 0 for entry in entries):
        return "against what we measured"
    if clear and len(clear) == len(entries):
        return "shown here"
    if clear:
        return f"shown here in part ({', '.join(clear)}), for the rest neither shown nor refuted"
    return "neither shown nor refuted here"
