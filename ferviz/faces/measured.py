"""What was measured on the synthetic faces, with the command that measured it."""

from __future__ import annotations

from ferviz.measured import Figures, measured

__all__ = ["reading"]


def reading() -> Figures:
    """How networks that learned photographs read fresh synthetic faces.

    Returns
    -------
    Figures
        The tables ``mean recall``, a row for each reader, and ``recall``, one for each reader and emotion; ``about``
        holds ``labels`` (E,), ``counts``: of each reader (E, E), a row for what is shown and a column for the label
        given, and the ``generator``'s version.
    """
    return measured("reading")
