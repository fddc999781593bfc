"""The folder that keeps a set of still faces: ``faces.npz`` (no pickle) and ``manifest.json``."""

from __future__ import annotations

import hashlib
import io
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any

import numpy as np

from ferviz import arguments
from ferviz.archives import open_arrays
from ferviz.disk import write_whole
from ferviz.prepared.faces import ROWS, Faces
from ferviz.prepared.folder import account_lines, claim, fingerprint, finish, known, renew
from ferviz.prepared.manifest import MANIFEST, VERSION, check_file, check_text, json_bytes, read_labels, read_manifest

__all__ = ["read_faces", "write_faces"]

_ARRAYS = "faces.npz"


def write_faces(
    folder: str | Path,
    faces: Faces,
    source: str,
    licence: str,
    *,
    left_out: Mapping[str, int] | None = None,
    files: Mapping[str, Any] | None = None,
    sources: Mapping[str, Path] | None = None,
    say: Callable[[str], object] | None = None,
) -> Path:
    """Write a set of faces: first its arrays, then its manifest, each whole or not at all.

    Parameters
    ----------
    folder : path
        Not there, empty, or with this very set; its arrays are written again where they or their sources changed.
    faces : Faces
    source, licence : str
        Where the pictures come from, and what may be done with them: for people to read. A folder of which something
        else was said is refused.
    left_out : mapping of reason to count, optional
        The pictures that the source held besides.
    files : mapping, optional
        `Account.told` of all that the source held, kept in ``account.json``.
    sources : mapping of name to path, optional
        The files that the faces were read from; their sizes and hashes are kept.
    say : function of a line, optional
        Told what is kept from before or made again and why, and what came of it all.

    Returns
    -------
    Path
        Of the manifest. The same faces give the same bytes.

    Raises
    ------
    TypeError, ValueError
        For another kind of argument; when a text is empty, there are no faces, or the folder holds something else.
    OSError
        When it cannot be written.
    """
    folder = arguments.path("folder", folder)
    if not isinstance(faces, Faces):
        raise TypeError(f"faces must be Faces; got {type(faces).__name__}")
    if not len(faces):  # a source that was emptied must not take a finished set with it
        raise ValueError("faces must hold one picture at least; got none")
    said = {
        "version": VERSION,
        "kind": "faces",
        "source": check_text("source", source),
        "licence": check_text("licence", licence),
        "labels": {"name": faces.labels.name, "emotions": [str(e) for e in faces.labels]},
    }
    claim(folder, said, [Path(_ARRAYS).stem])
    arrays = {name: getattr(faces, name) for name in ("images", *ROWS)}
    if faces.votes is not None:
        arrays["votes"] = faces.votes
    stream = io.BytesIO()
    np.savez_compressed(stream, allow_pickle=False, **arrays)
    data = stream.getvalue()
    record = {"sources": fingerprint(sources or {}), "hash": hashlib.sha256(data).hexdigest()}
    row, why = known(folder, Path(_ARRAYS).stem, record)
    if row is None:
        renew(folder / _ARRAYS, data)
        write_whole((folder / _ARRAYS).with_suffix(".json"), json_bytes(record))
    manifest = {
        **said,
        "vote_names": list(faces.vote_names),
        "counts": _counts(faces),
        "left_out": dict(left_out or {}),
        "sha256": record["hash"],
    }
    path = finish(folder, manifest, files)
    if say:
        lines = _lines(faces, manifest, row is not None, why)
        for line in (*lines, *account_lines(files or {}), str(path)):
            say(line)
    return path


def _lines(faces: Faces, manifest: Mapping[str, Any], kept: bool, why: str) -> Iterator[str]:
    """What came of a run, for people."""
    if kept:
        yield f"kept from before: {_ARRAYS}, whose sources have the sizes and hashes that they had"
    if why:
        yield f"made again: {_ARRAYS} ({why})"
    yield f"{faces!r}; {manifest['source']}"
    yield f"{manifest['counts']['groups']} different pictures, {manifest['counts']['twins']} twins"


def _counts(faces: Faces) -> dict[str, Any]:
    named = Counter("no label" if place < 0 else str(faces.labels[place]) for place in faces.label.tolist())
    return {
        "pictures": len(faces),
        "groups": len(np.unique(faces.group)),
        "twins": int(faces.twin.sum()),
        "parts": dict(Counter(faces.part.tolist())),
        "labels": dict(named),
    }


def read_faces(folder: str | Path) -> Faces:
    """The faces that `write_faces` wrote.

    Raises
    ------
    FileNotFoundError
        When the set or its arrays are not there, or it is not finished.
    ValueError
        When it is damaged or of another kind, naming the file.
    """
    folder = arguments.path("folder", folder)
    needed = {"labels": dict, "vote_names": list, "sha256": str}
    manifest = read_manifest(folder, "faces", needed)
    path = folder / _ARRAYS
    check_file(path, manifest["sha256"])
    labels = read_labels(folder / MANIFEST, manifest["labels"])
    try:
        with open_arrays(path) as stored:
            arrays = {name: stored[name] for name in ("images", *ROWS, "votes") if name in stored.files}
        return Faces(labels=labels, vote_names=tuple(manifest["vote_names"]), **arrays)
    except (ValueError, TypeError) as error:
        raise ValueError(f"{path} holds no faces ({error}); prepare the set again") from error
