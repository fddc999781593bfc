"""The files of figures: tables of `Measured`, each entry a line, and what was told beside them."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from ferviz.measured.record import NAMES, Measured

__all__ = ["FOLDER", "Figures", "from_dict", "measured", "to_dict"]

FOLDER = Path(__file__).resolve().parents[1] / "assets" / "measured"


@dataclass(frozen=True)
class Figures:
    """The figures of one measurement. ``figures["rows"]`` is the table of that name.

    Parameters
    ----------
    what : str
        What was measured, and on what.
    tables : mapping
        Name → entries.
    about : mapping
        What is not a figure of a table: settings, sizes, counts.
    """

    what: str
    tables: Mapping[str, tuple[Measured, ...]]
    about: Mapping[str, Any] = field(default_factory=dict)

    def __getitem__(self, name: str) -> tuple[Measured, ...]:
        if name not in self.tables:
            raise KeyError(f"{name}: the tables are {', '.join(self.tables)}")
        return self.tables[name]

    @property
    def command(self) -> str:
        """What measures all of it again: a line for each command."""
        told = dict.fromkeys(entry.command for table in self.tables.values() for entry in table)
        return "\n".join(command for command in told if command is not None)

    def to_json(self) -> str:
        """JSON text, one entry a line; what all entries of a table share is written once."""
        told = {"what": self.what, "about": dict(self.about)}
        parts = [f" {json.dumps(key)}: {json.dumps(value, ensure_ascii=False)}" for key, value in told.items()]
        tables = (f"  {json.dumps(name)}: {_table_text(entries)}" for name, entries in self.tables.items())
        parts.append(' "tables": {\n' + ",\n".join(tables) + "\n }")
        return "{\n" + ",\n".join(parts) + "\n}\n"

    @classmethod
    def from_json(cls, text: str, source: str = "figures") -> Figures:
        """What `to_json` wrote.

        Raises
        ------
        ValueError
            When the text is not of this form, naming ``source``, the entry by its table and place in it, and the field.
        """
        try:
            told = json.loads(text, object_pairs_hook=_once)
        except ValueError as error:
            raise ValueError(f"{source} is not JSON text of figures: {error}") from error
        _same_names(told, ("what", "about", "tables"), source)
        tables = {}
        for name, table in told["tables"].items():
            _same_names(table, ("shared", "entries"), f"{source}, table {name}")
            shared = table["shared"]
            tables[name] = tuple(
                from_dict({**shared, **entry}, f"{source}, {name}[{place}]")
                for place, entry in enumerate(table["entries"])
            )
        return cls(told["what"], tables, told["about"])


def measured(name: str) -> Figures:
    """The figures called ``name``; each entry holds the ``command`` that measured it.

    Raises
    ------
    ValueError
        For an unknown name, naming the known ones.
    """
    path = FOLDER / f"{name}.json"
    if not path.is_file():
        known = ", ".join(sorted(p.stem for p in FOLDER.glob("*.json")))
        raise ValueError(f"name must be one of {known}; got {name!r}")
    return Figures.from_json(path.read_text("utf-8"), path.name)


def to_dict(entry: Measured) -> dict[str, Any]:
    """Every field of an entry, for JSON."""
    told = {name: getattr(entry, name) for name in NAMES}
    return {name: dict(value) if isinstance(value, Mapping) else value for name, value in told.items()}


def from_dict(told: object, source: str) -> Measured:
    """The entry that holds these fields: all of them, null where not known.

    Raises
    ------
    ValueError
        When a field is missing, unknown or not as `Measured` wants it, naming it and the ``source``.
    """
    known = _same_names(told, NAMES, source)
    try:
        return Measured(**known)
    except (TypeError, ValueError) as error:
        raise ValueError(f"{source}: {error}") from error


def _once(pairs: Sequence[tuple[str, Any]]) -> dict[str, Any]:
    """An object of JSON, no name of which comes twice: a seed would lose its value in silence."""
    found = dict(pairs)
    if len(found) < len(pairs):
        raise ValueError(f"a name comes twice among {', '.join(name for name, _ in pairs)}")
    return found


def _same_names(told: object, names: Sequence[str], source: str) -> dict[str, Any]:
    if not isinstance(told, dict):
        raise ValueError(f"{source} must hold a JSON object with {', '.join(names)}; got {type(told).__name__}")
    wrong = [f"misses {name}" for name in names if name not in told]
    wrong += [f"has the unknown {name!r}" for name in told if name not in names]
    if wrong:
        raise ValueError(f"{source} is no record of figures: it {', '.join(wrong)}")
    return told


def _table_text(entries: Sequence[Measured]) -> str:
    told = [to_dict(entry) for entry in entries]
    first = told[0] if len(told) > 1 else {}
    shared = {n: first[n] for n in first if n != "of" and all(_same(one[n], first[n]) for one in told)}
    lines = (
        "    " + json.dumps({name: value for name, value in one.items() if name not in shared}, ensure_ascii=False)
        for one in told
    )
    return f'{{"shared": {json.dumps(shared, ensure_ascii=False)}, "entries": [\n' + ",\n".join(lines) + "\n  ]}"


def _same(a: Any, b: Any) -> bool:
    return bool(a == b) and type(a) is type(b)
