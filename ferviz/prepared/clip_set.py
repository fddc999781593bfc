"""The clips of a prepared set, read when they are asked for."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from ferviz import arguments
from ferviz.archives import open_arrays
from ferviz.clip import Clip
from ferviz.emotions import Emotion, LabelSet
from ferviz.prepared.clips import CLIP_NAME
from ferviz.prepared.manifest import MANIFEST, check_file, damaged, read_labels, read_manifest
from ferviz.prepared.packing import unpack

__all__ = ["PreparedClips", "read_clips"]

_ROW: dict[str, type | tuple[type, ...]] = {"label": str, "split": str, "fold": (int, type(None)), "hash": str}


@dataclass(frozen=True, eq=False)
class PreparedClips(Sequence[Clip]):
    """The clips of a prepared set, read when they are asked for.

    ``rows`` are their rows of the manifest (name, file, label, split, fold, identity, hash, gaps, frames, usable),
    ``labels`` the set's label set, ``left_out`` name → reason for what the source held besides.
    """

    folder: Path
    rows: tuple[Mapping[str, Any], ...]
    labels: LabelSet
    source: str
    licence: str
    left_out: Mapping[str, str]
    _checked: set[str] = field(default_factory=set, repr=False)

    def __len__(self) -> int:
        return len(self.rows)

    def __iter__(self) -> Iterator[Clip]:
        return (self[place] for place in range(len(self)))

    def __getitem__(self, place: int) -> Clip:  # type: ignore[override]
        """Read one clip. Raises FileNotFoundError or ValueError, naming its file, when that is missing or damaged;
        TypeError or IndexError for what is no place of one (`read_clips` chooses several)."""
        row = self.rows[arguments.place("place", place, len(self))]
        path = self.folder / row["file"]
        if row["file"] not in self._checked:
            check_file(path, row["hash"])
            self._checked.add(row["file"])
        try:
            with open_arrays(path) as stored:
                return unpack({name: stored[name] for name in stored.files}, Emotion(row["label"]))
        except (ValueError, TypeError, KeyError) as error:
            raise ValueError(f"{path} holds no clip ({error}); prepare the set again") from error


def read_clips(
    folder: str | Path, split: str | None = None, fold: int | Collection[int] | None = None
) -> PreparedClips:
    """The clips of a prepared set, or some of them; each is read when it is asked for.

    Parameters
    ----------
    folder : path
    split : str, optional
        "train" or "validation", where the set has splits.
    fold : int or several, optional
        Where the set has folds: ``fold=3``, or ``fold=set(range(10)) - {3}`` for the rest.

    Raises
    ------
    FileNotFoundError
        When the set is not there, or not finished. A missing clip is named when it is asked for.
    TypeError, ValueError
        When the manifest is damaged or of another kind, the choice is no text or number of folds, or nothing fits it.
        A clip whose bytes have changed is named when it is asked for.
    """
    folder = arguments.path("folder", folder)
    forms = {"clips": list, "labels": dict, "source": str, "licence": str, "left_out": dict}
    manifest = read_manifest(folder, "clips", forms)
    labels = read_labels(folder / MANIFEST, manifest["labels"])
    if amiss := next(_amiss(manifest["clips"], labels), ""):
        raise damaged(folder / MANIFEST, amiss)
    if not isinstance(split, str | None):
        raise TypeError(f"split must be a text, such as 'train'; got {split!r:.200}")
    folds = None if fold is None else {arguments.whole("fold", one, 0) for one in _several(fold)}
    chosen = tuple(
        row
        for row in manifest["clips"]
        if (split is None or row["split"] == split) and (folds is None or row["fold"] in folds)
    )
    if not chosen:
        known = {name: sorted({str(row[name]) for row in manifest["clips"]}) for name in ("split", "fold")}
        raise ValueError(f"nothing in {folder} fits split {split!r}, fold {fold!r}; it has {known}")
    told = {name: manifest[name] for name in ("source", "licence", "left_out")}
    return PreparedClips(folder=folder, rows=chosen, labels=labels, **told)


def _several(fold: int | Collection[int]) -> Collection[object]:
    return fold if isinstance(fold, Collection) and not isinstance(fold, str | bytes) else [fold]


def _amiss(rows: list[Any], labels: LabelSet) -> Iterator[str]:
    """What is amiss with the rows of a manifest, which may come from anywhere: it must not point out of its folder."""
    names: set[str] = set()
    for row in rows:
        if not isinstance(row, dict) or not {"name", "file", *_ROW} <= set(row):
            yield "a row of 'clips' lacks entries"
        if row["file"] != f"{row['name']}.npz" or not CLIP_NAME.fullmatch(str(row["name"])):
            yield f"file {row['file']!r:.60} is no name of a clip"
        for name, form in _ROW.items():
            if not isinstance(row[name], form) or isinstance(row[name], bool):
                yield f"{name!r} of {row['name']} is {row[name]!r:.60}"
        if row["label"] not in {str(one) for one in labels}:
            yield f"'label' of {row['name']} is {row['label']!r:.60}, which {labels.name} does not have"
        if row["name"].lower() in names:
            yield f"{row['name']} comes twice"
        names.add(row["name"].lower())
