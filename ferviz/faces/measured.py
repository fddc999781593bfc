"""What was measured on the synthetic faces, with the command that measured it."""

from __future__ import annotations

from ferviz.measured import Figures, measured

__all__ = ["reading"]


def reading() -> Figures:
    """How mini-Xception, trained on photographs, reads fresh synthetic faces.

    Returns
    -------
    Figures
        With one entry, the mean ``recall``; ``about`` holds ``labels`` (E,), ``counts`` (E, E), a row for what is shown
        and a column for the label given, and the ``generator``'s version.
    """
    return measured("reading")
