"""How small a difference would have been found, for each answer to a claim."""

from __future__ import annotations

from dataclasses import replace

from ferviz.measured.files import Figures
from ferviz.measured.record import Measured, pick

__all__ = ["least_found"]


def least_found(figures: Figures, answer: Measured) -> Measured:
    """The smallest true difference that would have been found in 80 %, for the answer to a claim.

    Parameters
    ----------
    figures : Figures
        With a table ``power``, as ``data_scripts/measure_fan.py`` makes it.
    answer : Measured
        Of its table ``claims``.

    Raises
    ------
    ValueError
        When ``power`` has none for it, naming those that there are.
    """
    place = {name: answer[name] for name in ("row", "score", "family")}
    (least,) = pick(figures["power"], than=answer.than, **place)
    return replace(least, than=None)
