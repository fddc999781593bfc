"""What was measured on the synthetic faces, with the command that measured it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ferviz.measured import measured

__all__ = ["reading"]


def reading() -> Mapping[str, Any]:
    """How mini-Xception, trained on photographs, reads fresh synthetic faces.

    Returns
    -------
    mapping
        ``what`` was measured and the ``command`` that did it; ``labels`` (E,), ``counts`` (E, E), a row for what is
        shown and a column for the label given; ``mean_recall`` with its 95 % ``interval``; ``people``, ``frames``, and
        the ``generator``'s version.
    """
    return measured("reading")
