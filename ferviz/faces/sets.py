"""Synthetic sets on disk: read them, and check that they are whole.

    for clip in read(folder, split="test", family="off_label"):
        ...

A set is a folder with ``manifest.json`` (one row a clip: file, place in it, label, split, identity, family, hash) and
shards, ``.npz`` files without pickle. `ferviz.faces.building` writes them.
"""

from __future__ import annotations

import hashlib
import io
import json
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import cached_property
from itertools import groupby
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from ferviz import arguments
from ferviz.archives import Arrays, open_arrays
from ferviz.clip import Clip, Crop, Truth
from ferviz.disk import file_hash, parse_json, read_json
from ferviz.emotions import Emotion
from ferviz.faces.parts import VERSION

__all__ = ["MANIFEST", "SyntheticSet", "content_hash", "file_hash", "pack", "read", "unpack"]

MANIFEST = "manifest.json"
_CHANGE = 765  # `changed` is a sum of three differences of bytes: stored as that whole number, nothing is lost
_HALF = ("relevance", "motion")  # stored with half precision: 11 bits, half a thousandth
_NEEDED = {"clips": list, "settings": dict, "shards": dict}
_ROW = {"file": str, "place": int, "split": str, "family": str, "part": str, "identity": int}
_SHARD = {"sha256": str, "bytes": int}
_EMOTIONAL = ("emotion", "face", "voice")  # labels that are emotions
Array = npt.NDArray[Any]


def pack(clip: Clip) -> dict[str, Array]:
    """A synthetic clip as arrays, its texts as one of JSON."""
    truth = clip.truth
    if truth is None or clip.crop is None:
        raise ValueError(f"clip must be a synthetic one with truth and crop; got {clip!r:.200}")
    arrays = {"frames": clip.frames, "times": clip.times, **{f"truth.{k}": v for k, v in truth.arrays().items()}}
    for name in (f"truth.{each}" for each in _HALF):
        if name in arrays:  # a voice without pictures has no maps
            arrays[name] = arrays[name].astype(np.float16)
    if "truth.changed" in arrays:
        arrays["truth.changed"] = np.rint(arrays["truth.changed"] * _CHANGE).astype(np.uint16)
    if clip.audio is not None:
        arrays["audio"] = clip.audio
    told = {name: getattr(truth, name) for name in ("person", "phonemes", "voice", "family")}
    texts: dict[str, Any] = {
        "labels": dict(clip.labels),
        "crop": [clip.crop.size, clip.crop.margin],
        "source": clip.source,
    }
    texts |= {"sample_rate": clip.sample_rate, "truth": told}
    arrays["texts"] = np.frombuffer(json.dumps(texts, sort_keys=True).encode(), np.uint8)
    return arrays


def unpack(arrays: Mapping[str, Array]) -> Clip:
    """The clip behind what `pack` gave."""
    texts = parse_json(arrays["texts"].tobytes())
    known: dict[str, Any] = {name.removeprefix("truth."): v for name, v in arrays.items() if name.startswith("truth.")}
    known |= {name: known[name].astype(np.float32) for name in ("changed", *_HALF) if name in known}
    if "changed" in known:
        known["changed"] /= _CHANGE
    told = texts["truth"]
    told["phonemes"] = tuple((symbol, start, stop) for symbol, start, stop in told["phonemes"])
    labels = {name: Emotion(v) if name in _EMOTIONAL else v for name, v in texts["labels"].items()}
    labels["ethnicity"] = tuple(labels["ethnicity"])
    return Clip(
        frames=arrays["frames"],
        times=arrays["times"],
        audio=arrays.get("audio"),
        sample_rate=texts["sample_rate"],
        labels=labels,
        crop=Crop(*texts["crop"]),
        truth=Truth(**known, **told),
        source=texts["source"],
    )


def content_hash(arrays: Mapping[str, Array]) -> str:
    """SHA-256 of a packed clip: names, types, shapes and bytes, not how they were compressed."""
    digest = hashlib.sha256()
    for name in sorted(arrays):
        array = np.ascontiguousarray(arrays[name])
        digest.update(f"{name} {array.dtype.str} {array.shape}\n".encode())
        digest.update(array.tobytes())
    return digest.hexdigest()


def shard_bytes(clips: Sequence[Mapping[str, Array]]) -> bytes:
    """Packed clips as the bytes of one shard."""
    stream = io.BytesIO()
    named = {f"{place}.{name}": array for place, clip in enumerate(clips) for name, array in clip.items()}
    np.savez_compressed(stream, allow_pickle=False, **named)
    return stream.getvalue()


@dataclass(frozen=True, eq=False)
class SyntheticSet(Sequence[Clip]):
    """The clips of a set, read when they are asked for; ``rows`` are their rows of the manifest."""

    folder: Path
    rows: tuple[Mapping[str, Any], ...]
    settings: Mapping[str, Any]
    shards: Mapping[str, Mapping[str, Any]]
    _checked: dict[str, dict[int, tuple[str, ...]]] = field(default_factory=dict, repr=False)

    def __len__(self) -> int:
        return len(self.rows)

    def __iter__(self) -> Iterator[Clip]:
        return (self[place] for place in range(len(self)))

    def __getitem__(self, place: int) -> Clip:  # type: ignore[override]
        """Read one clip. Raises ValueError, naming its shard, when that is damaged; TypeError or IndexError for what is
        no place of one (`read` chooses several)."""
        row = self.rows[arguments.place("place", place, len(self))]
        names = self._names(row["file"]).get(row["place"], ())
        with self._opened(row["file"]) as stored:
            try:
                return unpack({name: stored[f"{row['place']}.{name}"] for name in names})
            except (LookupError, TypeError, AttributeError) as error:
                raise ValueError(f"clip {row['place']}: {error}") from error

    def each(self, *names: str) -> Iterator[dict[str, Array]]:
        """Some arrays of every clip, in order and as stored ("frames", "truth.evidence"): quicker than whole clips."""
        for file, rows in groupby(self.rows, key=lambda row: row["file"]):
            self._names(file)
            with self._opened(file) as stored:
                for row in rows:
                    yield {name: stored[f"{row['place']}.{name}"] for name in names}

    def _names(self, file: str) -> dict[int, tuple[str, ...]]:
        """The arrays of each clip in a shard, which is checked once."""
        if file not in self._checked:
            if file_hash(self.folder / file) != self.shards[file]["sha256"]:
                raise ValueError(
                    f"{self.folder / file} is damaged: its hash is not the manifest's. {_again(self.settings)}"
                )
            names: dict[int, list[str]] = {}
            with self._opened(file) as stored:
                for name in stored.files:
                    place, _, rest = name.partition(".")
                    names.setdefault(int(place), []).append(rest)
            self._checked[file] = {place: tuple(rest) for place, rest in names.items()}
        return self._checked[file]

    @contextmanager
    def _opened(self, file: str) -> Iterator[Arrays]:
        try:
            with open_arrays(self.folder / file) as stored:
                yield stored
        except ValueError as error:
            raise ValueError(f"{self.folder / file} is damaged ({error}). {_again(self.settings)}") from error

    @cached_property
    def people(self) -> frozenset[int]:
        """Who is in it."""
        return frozenset(int(row["identity"]) for row in self.rows)


def _again(settings: Mapping[str, Any]) -> str:
    return (
        f"Run data_scripts/make_synthetic.py --size {settings['size']} --seed {settings['seed']} on this folder again"
    )


def read(
    folder: str | Path, *, split: str | None = None, family: str | None = None, part: str | None = None
) -> SyntheticSet:
    """A set that `data_scripts/make_synthetic.py` built, or some of it.

    Parameters
    ----------
    folder : path
    split : {"train", "validation", "test"}, optional
    family : str, optional
        One of `ferviz.faces.plan.FAMILIES`.
    part : str, optional
        One of `ferviz.faces.parts.PARTS`: families, with stills told apart.

    Raises
    ------
    FileNotFoundError
        When the folder or a shard is not there, or the set is not finished.
    ValueError
        For a manifest that cannot be read or is of another version of the generator, a shard of another size, or a
        choice that nothing fits. A shard whose bytes have changed is named when a clip of it is asked for.
    """
    folder = arguments.path("folder", folder)
    path = folder / MANIFEST
    if not path.is_file():
        raise FileNotFoundError(
            f"{path} is not there: no set, or one that is not finished (make_synthetic.py resumes it)"
        )
    rows, settings, shards = _told(path)
    for file, known in shards.items():
        shard = folder / file
        if not shard.is_file():
            raise FileNotFoundError(f"{shard} is missing. {_again(settings)}")
        if shard.stat().st_size != known["bytes"]:
            raise ValueError(
                f"{shard} is damaged: {shard.stat().st_size} bytes, not {known['bytes']}. {_again(settings)}"
            )
    wanted = {
        name: value for name, value in (("split", split), ("family", family), ("part", part)) if value is not None
    }
    chosen = tuple(row for row in rows if all(row[name] == value for name, value in wanted.items()))
    if not chosen:
        known_values = {name: sorted({row[name] for row in rows}) for name in wanted}
        raise ValueError(f"nothing in {folder} fits {wanted}; it has {known_values}")
    return SyntheticSet(folder, chosen, settings, shards)


def _told(path: Path) -> tuple[list[Any], dict[str, Any], dict[str, Any]]:
    """The rows, the settings and the shards of a manifest, which may come from anywhere."""
    again = "delete it and run make_synthetic.py on its folder again"
    try:
        manifest = read_json(path)
    except ValueError as error:  # bad JSON or bad UTF-8
        raise ValueError(f"{path} is damaged ({error}); {again}") from error
    if isinstance(manifest, dict) and "kind" in manifest:
        raise ValueError(f"{path} is of prepared real {manifest['kind']}; a set of make_synthetic.py is needed")
    amiss = _amiss(manifest, _NEEDED) or _amiss(manifest["settings"], {"version": str})
    if amiss:
        raise ValueError(f"{path} is damaged ({amiss}); {again}")
    rows, settings, shards = (manifest[name] for name in _NEEDED)
    if settings["version"] != VERSION:
        raise ValueError(
            f"{path.parent} holds a set of the generator's version {settings['version']}, not {VERSION}: make it anew "
            f"in another folder"
        )
    amiss = next(filter(None, _faults(rows, settings, shards)), "")
    if amiss:
        raise ValueError(f"{path} is damaged ({amiss}); {again}")
    return rows, settings, shards


def _faults(rows: list[Any], settings: dict[str, Any], shards: dict[str, Any]) -> Iterator[str]:
    """What is amiss, to be asked as far as the first that is not empty: what comes after it builds on it."""
    yield _amiss(settings, {"size": str, "seed": int})
    for file, shard in shards.items():
        if Path(file).name != file or Path(file).suffix != ".npz":  # it must not point out of its folder
            yield f"{file!r} is no name of a shard"
        yield _amiss(shard, _SHARD)
    for row in rows:
        yield _amiss(row, _ROW)
        if row["file"] not in shards:
            yield f"{row['file']!r} is none of its shards"


def _amiss(told: object, needed: Mapping[str, type]) -> str:
    """What an entry lacks or has of another kind; empty where it is whole."""
    if not isinstance(told, dict):
        return f"{told!r:.60} is no object"
    wrong = (name for name, form in needed.items() if type(told.get(name)) is not form)  # True is no place
    return next((f"{name!r} is missing or of another kind" for name in wrong), "")
