"""The folder of a prepared set: whose it is, what each file was made from, and what is kept from before."""

from __future__ import annotations

import hashlib
from collections.abc import Collection, Iterator, Mapping
from pathlib import Path
from typing import Any

from ferviz.disk import clear_left, file_hash, read_json, write_whole
from ferviz.prepared.manifest import MANIFEST, json_bytes

__all__ = ["ACCOUNT", "SETTINGS", "account_lines", "claim", "fingerprint", "finish", "known", "renew"]

SETTINGS, ACCOUNT = "settings.json", "account.json"
_BEFORE = "an earlier version kept no record of its sources"


def claim(folder: Path, said: Mapping[str, Any], names: Collection[str]) -> None:
    """Make the folder, or make sure that it holds this very set, and clear what a killed run left.

    A set that is whole stays whole: what it holds goes only when its like has been made (`renew`, `finish`).

    Parameters
    ----------
    folder : Path
    said : mapping
        What the set is, in JSON's terms: kind, source, licence, labels, settings.
    names : collection of str
        Of the files that will be written besides, without suffix.

    Raises
    ------
    ValueError
        When the folder holds something else, or a set of which something else was said.
    OSError
        When it cannot be made or written.
    """
    folder.mkdir(parents=True, exist_ok=True)
    inside = sorted(path.name for path in folder.iterdir() if not path.name.startswith("."))
    found = _said(folder, said)
    if not set(inside) <= {SETTINGS}:  # where nothing is made yet, nothing can be mixed up
        if found is None:
            raise ValueError(
                f"{folder} must be empty or hold this very set; it holds {', '.join(inside[:5])}; choose another folder"
            )
        if found != said:
            different = [name for name in said if found.get(name) != said[name]]
            raise ValueError(f"{folder} holds another set ({', '.join(different)} differ); choose another folder")
    if found != said or SETTINGS not in inside:
        write_whole(folder / SETTINGS, json_bytes(dict(said)))
    own = [f"{name}{suffix}" for name in names for suffix in (".npz", ".json")]
    clear_left(folder, [MANIFEST, SETTINGS, ACCOUNT, *own])


def renew(path: Path, data: bytes) -> None:
    """Write arrays of a set; its manifest, which tells of others, is true no more: it is unfinished until `finish`."""
    write_whole(path, data)
    (path.parent / MANIFEST).unlink(missing_ok=True)


def finish(folder: Path, manifest: Mapping[str, Any], account: Mapping[str, Any] | None) -> Path:
    """Write the manifest, and before it `Account.told`, if there is one; the path of the manifest.

    The account has a file of its own, for the manifest's hash names a set whatever lay beside its source.
    """
    if account is None:
        (folder / ACCOUNT).unlink(missing_ok=True)
    else:
        write_whole(folder / ACCOUNT, json_bytes(dict(account)))
    write_whole(folder / MANIFEST, json_bytes(dict(manifest)))
    return folder / MANIFEST


def _said(folder: Path, names: Mapping[str, Any]) -> dict[str, Any] | None:
    """What was said of the set that a folder holds; sets of faces once had their manifest alone."""
    for path in (folder / SETTINGS, folder / MANIFEST):
        if path.is_file():
            try:
                found = read_json(path)
            except ValueError as error:
                raise ValueError(f"{path} is damaged ({error}); choose another folder, or empty this one") from error
            found = found if isinstance(found, dict) else {}
            return {name: found[name] for name in names if name in found}
    return None


def account_lines(account: Mapping[str, Any]) -> Iterator[str]:
    """`Account.told` for people, if there is one."""
    if not account:
        return
    left_out = account["left_out"]
    yield f"of {account['input']} items of the source {account['used']} are used and {sum(left_out.values())} left out"
    yield from (f"left out: {count} ({reason})" for reason, count in left_out.items())


def fingerprint(sources: Mapping[str, Path]) -> dict[str, Any]:
    """How many files something was made from, their bytes, and one hash over their names, sizes and hashes.

    Parameters
    ----------
    sources : mapping of name to path
        The names are relative ones, so that a source may move to another disk. A file that cannot be read has a
        fingerprint too: once it can be, the fingerprint is another one.
    """
    total, lines = 0, []
    for name in sorted(sources):
        try:
            size, content = sources[name].stat().st_size, file_hash(sources[name])
        except OSError:
            size, content = 0, "cannot be read"
        total += size
        lines.append(f"{name}\n{size}\n{content}\n")
    return {"files": len(lines), "bytes": total, "sha256": hashlib.sha256("".join(lines).encode()).hexdigest()}


def known(folder: Path, name: str, told: Mapping[str, Any]) -> tuple[dict[str, Any] | None, str]:
    """What is kept from before: the record ``name.json``, if it says the same and its ``name.npz`` is whole.

    Parameters
    ----------
    folder : Path
    name : str
    told : mapping
        What the record must say; ``sources`` is a `fingerprint`.

    Returns
    -------
    dict or None
        The record; none where it must be made.
    str
        Why it must be made again; "" where it was never made, or is kept.
    """
    path = folder / f"{name}.json"
    if not path.is_file():
        return None, ""
    try:
        row = read_json(path)
    except ValueError:
        return None, "its record is damaged"
    if not isinstance(row, dict):
        return None, "its record is damaged"
    changed = [entry for entry, value in told.items() if row.get(entry) != value]
    if "sources" in changed:
        return None, "its source has changed" if "sources" in row else _BEFORE
    if changed:
        return None, f"its {', '.join(changed)} changed"
    data = folder / f"{name}.npz"
    if "left_out" not in row and not (data.is_file() and file_hash(data) == row.get("hash")):
        return None, "its file is damaged or missing"
    return row, ""
