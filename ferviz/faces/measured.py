"""What was measured on the synthetic faces, with the command that measured it."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from types import MappingProxyType
from typing import Any

__all__ = ["MEASURED", "reading"]

MEASURED = Path(__file__).resolve().parent.parent / "assets" / "measured"


def reading() -> Mapping[str, Any]:
    """How mini-Xception, trained on photographs, reads fresh synthetic faces.

    Returns
    -------
    mapping
        ``what`` was measured and the ``command`` that did it; ``labels`` (E,), ``counts`` (E, E), a row for what is
        shown and a column for the label given; ``mean_recall`` with its 95 % ``interval``; ``people``, ``frames``, and
        the ``generator``'s version.
    """
    return MappingProxyType(json.loads((MEASURED / "reading.json").read_text("utf-8")))
