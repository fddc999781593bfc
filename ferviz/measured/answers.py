"""The answers to claims as they are shown: with how small a difference would have been found."""

from __future__ import annotations

from dataclasses import replace

from ferviz.measured.files import Figures
from ferviz.measured.record import Measured, pick

__all__ = ["answers", "least_found"]


def answers(figures: Figures, family: str) -> list[Measured]:
    """The answers to the claims that were adjusted together, as rows of a figure.

    Parameters
    ----------
    figures : Figures
        With the tables ``claims`` and ``power``.
    family : str
        What they were adjusted over.

    Returns
    -------
    list of Measured
        Each with a row of its own, which says what was compared, in what, and the smallest true difference that would
        have been found in 80 %.

    Raises
    ------
    ValueError
        When no claim was adjusted over ``family``, naming what claims were.
    """
    there = list(dict.fromkeys(one.holm_over for one in figures["claims"]))
    if family not in there:
        raise ValueError(f"family must be one of {', '.join(map(str, there))}; got {family!r}")
    asked = [one for one in figures["claims"] if one.holm_over == family]
    return [replace(one, than=None, of={**one.of, "row": _named(one, least_found(figures, one))}) for one in asked]


def least_found(figures: Figures, answer: Measured) -> Measured:
    """The smallest true difference that would have been found in 80 %, for the answer to a claim.

    Raises
    ------
    ValueError
        When the table ``power`` has none for it, naming those that there are.
    """
    place = {name: answer[name] for name in ("row", "score", "family")}
    (least,) = pick(figures["power"], than=answer.than, **place)
    return replace(least, than=None)


def _named(answer: Measured, least: Measured) -> str:
    return f"{answer.name}: {answer['score']}\n(found in 80 % from {least.value:.3f} on)"
