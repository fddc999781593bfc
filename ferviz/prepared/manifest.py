"""The manifest of a prepared set: what it holds, where it comes from, and whether it is whole."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from ferviz.disk import file_hash, read_json
from ferviz.emotions import LABEL_SETS, LabelSet

__all__ = ["MANIFEST", "VERSION", "check_file", "check_text", "damaged", "json_bytes", "read_labels", "read_manifest"]

MANIFEST = "manifest.json"
VERSION = 1


def json_bytes(value: Any) -> bytes:
    """A value as JSON that reads well and is the same every time."""
    return (json.dumps(value, indent=1, sort_keys=True, ensure_ascii=False) + "\n").encode()


def check_text(name: str, value: object) -> str:
    """``value``, which must be a text that says something."""
    if not isinstance(value, str) or not value.strip():
        raise ValueError(f"{name} must be a text that is not empty; got {value!r:.200}")
    return value


def read_manifest(folder: Path, kind: str, needed: Mapping[str, type]) -> dict[str, Any]:
    """The manifest of the prepared set in ``folder``, which must be of this kind and have these entries.

    Raises
    ------
    FileNotFoundError
        When there is none: no set, or one that is not finished.
    ValueError
        When it is damaged, of another kind or of another version.
    """
    path = folder / MANIFEST
    if not path.is_file():
        raise FileNotFoundError(f"{path} is not there: no prepared set, or one that is not finished")
    try:
        manifest = read_json(path)
    except ValueError as error:  # bad JSON or bad UTF-8
        raise damaged(path, error) from error
    if not isinstance(manifest, dict):
        raise damaged(path, "it is no object")
    found = manifest.get("kind"), manifest.get("version")
    if found != (kind, VERSION) or found[1] is True:
        raise ValueError(
            f"{path} must be of kind {kind!r} and version {VERSION}; "
            f"got kind {found[0]!r:.60}, version {found[1]!r:.60}"
        )
    for name, form in needed.items():
        if not isinstance(manifest.get(name), form):
            raise damaged(path, f"{name!r} is missing or of another kind")
    return manifest


def damaged(path: Path, why: object) -> ValueError:
    """The error of a manifest that cannot be read."""
    return ValueError(f"{path} is damaged ({why}); prepare the set again")


def read_labels(path: Path, entry: Mapping[str, Any]) -> LabelSet:
    """The label set of a manifest: the known one where name and order agree, so that its codes are there too.

    Raises
    ------
    ValueError
        When the entry is damaged.
    """
    try:
        labels = LabelSet(entry["name"], tuple(entry["emotions"]))
        known = LABEL_SETS.get(labels.name)
    except (KeyError, TypeError, ValueError) as error:
        raise damaged(path, f"'labels': {error}") from error
    return known if known is not None and known == labels else labels


def check_file(path: Path, sha256: str) -> None:
    """Make sure that a file of a set is there and unchanged.

    Raises
    ------
    FileNotFoundError, ValueError
        Naming the file.
    """
    if not path.is_file():
        raise FileNotFoundError(f"{path} is missing; prepare the set again")
    if file_hash(path) != sha256:
        raise ValueError(f"{path} is damaged: its hash is not the manifest's; prepare the set again")
