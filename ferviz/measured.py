"""What was measured and ships as data, with the command that measured it."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from types import MappingProxyType
from typing import Any

__all__ = ["FOLDER", "measured"]

FOLDER = Path(__file__).resolve().parent / "assets" / "measured"


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
