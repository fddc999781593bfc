"""Build a synthetic set: shard by shard, in parallel, so that a build that was killed goes on where it stopped.

A shard's bytes follow from the set's size and seed alone, not from who makes it or when. Beside each finished shard
lies a record with its hash; what has no record, or another hash, is made anew. The manifest comes last: a folder
without one is not finished, and `ferviz.faces.sets.read` says so. Bytes are equal on one machine with one set of
libraries; processors that round differently may differ in the last bit.
"""

from __future__ import annotations

import errno
import json
import multiprocessing
import os
import shutil
import threading
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from concurrent.futures import ProcessPoolExecutor, as_completed
from itertools import groupby
from multiprocessing.connection import wait
from pathlib import Path
from typing import Any

from ferviz.disk import clear_left, file_hash, read_json, write_whole
from ferviz.faces.clips import make_clip
from ferviz.faces.dealing import Entry, plan_set
from ferviz.faces.parts import VERSION
from ferviz.faces.sets import MANIFEST, content_hash, pack, shard_bytes

__all__ = ["build", "write_whole"]

_SETTINGS = "settings.json"
_BYTES = 7  # a pixel of a frame with its truth and sound, compressed; measured between 4 and 7


def _json(value: Any) -> bytes:
    return (json.dumps(value, indent=1, sort_keys=True) + "\n").encode()


def _make_shard(folder: Path, entries: Sequence[Entry], seed: int) -> int:
    """Make one shard and then its record; the number of its clips."""
    packed = [pack(make_clip(entry.plan(seed))) for entry in entries]
    data = shard_bytes(packed)
    path = folder / entries[0].file
    write_whole(path, data)
    rows = [_row(entry, content_hash(arrays)) for entry, arrays in zip(entries, packed, strict=True)]
    write_whole(_record(path), _json({"sha256": file_hash(path), "bytes": len(data), "clips": rows}))
    return len(entries)


def _row(entry: Entry, digest: str) -> dict[str, Any]:
    """The manifest's row of a clip. Synthetic clips have no gaps."""
    told = entry.to_dict()
    return {**told, "label": told.pop("emotion"), "hash": digest, "gaps": []}


def _record(shard: Path) -> Path:
    return shard.with_suffix(".json")


def _whole(shard: Path, entries: Sequence[Entry]) -> bool:
    """Whether a shard is there as its record says, with the very clips that are planned."""
    try:
        record = read_json(_record(shard))
        planned = [_row(e, row["hash"]) for e, row in zip(entries, record["clips"], strict=True)]
        same = json.loads(json.dumps(planned)) == record["clips"]
        return same and shard.is_file() and file_hash(shard) == record["sha256"]
    except (FileNotFoundError, KeyError, TypeError, ValueError):
        return False


def _prepare(folder: Path, settings: Mapping[str, Any], shards: Collection[str]) -> None:
    """Make the folder, or make sure that it holds this very set, and clear what a killed build left."""
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / _SETTINGS
    if path.is_file():
        try:
            found = read_json(path)
        except ValueError as error:
            raise ValueError(f"{path} is damaged ({error}); choose another folder, or empty this one") from error
        if found != settings:
            raise ValueError(f"{folder} holds another set, {found}; wanted {dict(settings)}: choose another folder")
    elif any(folder.iterdir()):
        raise ValueError(f"{folder} is not empty and holds no synthetic set; choose another folder")
    else:
        write_whole(path, _json(settings))
    records = [_record(Path(file)).name for file in shards]
    clear_left(folder, [_SETTINGS, MANIFEST, *shards, *records])


def _check_space(folder: Path, entries: Sequence[Entry]) -> None:
    needed = _BYTES * sum(entry.frames * entry.pixels**2 for entry in entries)
    free = shutil.disk_usage(folder).free
    if needed > free:
        message = f"{folder} needs about {needed / 1e6:.0f} MB for the rest of the set and has {free / 1e6:.0f} MB free"
        raise OSError(errno.ENOSPC, message)


def build(
    folder: str | Path,
    *,
    size: str = "small",
    seed: int = 0,
    workers: int = 1,
    parts: Sequence[str] = (),
    progress: Callable[[int, int], object] | None = None,
) -> Path:
    """Build a set, or finish or mend one.

    Parameters
    ----------
    folder : path
        Empty or not there, or with this very set, whole or in part.
    size : str
        One of `ferviz.faces.parts.SIZES`.
    seed : int
    workers : int
        Processes.
    parts : sequence of str
        Only these, for example "stills" and "off_label"; all unless given. Their bytes are the same as in a whole set,
        and a later call adds others.
    progress : function of (clips done, clips in all), optional

    Returns
    -------
    Path
        Of the manifest.

    Raises
    ------
    ValueError
        For an unknown size or part, a number out of range, or a folder with something else in it.
    OSError
        When the folder cannot be written or has no space left; finished shards stay, for the next call.
    """
    if workers < 1:
        raise ValueError(f"workers must be 1 or more; got {workers}")
    folder, every = Path(folder), plan_set(size, seed)
    known = dict.fromkeys(entry.part for entry in every)
    for part in parts:
        if part not in known:
            raise ValueError(f"parts must be of {', '.join(known)}; got {part!r:.200}")
    settings = {"version": VERSION, "size": size, "seed": seed}
    _prepare(folder, settings, {entry.file for entry in every})
    # other parts that an earlier call has finished stay in the set
    unfinished = {e.part for e in every if parts and e.part not in parts and not _record(folder / e.file).is_file()}
    entries = [entry for entry in every if entry.part not in unfinished]
    shards = {file: list(rows) for file, rows in groupby(entries, key=lambda entry: entry.file)}
    missing = [rows for file, rows in shards.items() if not _whole(folder / file, rows)]
    done = len(entries) - sum(len(rows) for rows in missing)
    if progress:
        progress(done, len(entries))
    if missing:
        (folder / MANIFEST).unlink(missing_ok=True)  # not finished any more, until all is mended
        _check_space(folder, [entry for rows in missing for entry in rows])
    for count in _made(folder, missing, seed, workers):
        done += count
        if progress:
            progress(done, len(entries))
    return _write_manifest(folder, list(shards), settings)


def _made(folder: Path, missing: Sequence[Sequence[Entry]], seed: int, workers: int) -> Iterator[int]:
    """Make the missing shards; the number of clips in each, as they are finished."""
    if workers == 1 or len(missing) < 2:
        for entries in missing:
            yield _make_shard(folder, entries, seed)
        return
    context = multiprocessing.get_context("spawn")  # the same on every system
    with ProcessPoolExecutor(workers, context, initializer=_follow_parent) as pool:
        futures = [pool.submit(_make_shard, folder, entries, seed) for entries in missing]
        try:
            for future in as_completed(futures):
                yield future.result()
        finally:
            pool.shutdown(wait=True, cancel_futures=True)


def _follow_parent() -> None:
    """End this worker when the build is killed; else it would wait for work for ever."""
    parent = multiprocessing.parent_process()
    if parent is not None:

        def watch() -> None:
            wait([parent.sentinel])
            os._exit(1)

        threading.Thread(target=watch, daemon=True).start()


def _write_manifest(folder: Path, files: Sequence[str], settings: Mapping[str, Any]) -> Path:
    records = {file: read_json(_record(folder / file)) for file in files}
    clips = [row for record in records.values() for row in record["clips"]]
    shards = {file: {"sha256": record["sha256"], "bytes": record["bytes"]} for file, record in records.items()}
    write_whole(folder / MANIFEST, _json({"settings": settings, "shards": shards, "clips": clips}))
    return folder / MANIFEST
