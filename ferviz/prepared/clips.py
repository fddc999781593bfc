"""Clips of a data set on disk: one ``.npz`` a clip (no pickle), its record beside it, and ``manifest.json`` at the end.

Writing goes on where it was killed: a clip whose record is whole is not made again. What cannot be used is not dropped
in silence: the manifest lists it with its reason.
"""

from __future__ import annotations

import io
import json
import re
import zipfile
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from itertools import groupby
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from ferviz.clip import Clip, Crop, Face, Gap
from ferviz.disk import file_hash, write_whole
from ferviz.emotions import Emotion, LabelSet
from ferviz.prepared.manifest import MANIFEST, VERSION, check_file, check_text, json_bytes, read_labels, read_manifest

__all__ = ["LeftOut", "PlannedClip", "PreparedClips", "read_clips", "write_clips"]

Array = npt.NDArray[Any]

_SETTINGS = "settings.json"
_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9_+-]*")


class LeftOut(ValueError):  # noqa: N818 - it is a decision with a reason, not a fault
    """Raised while a clip is made: it cannot be used, for this reason."""


@dataclass(frozen=True)
class PlannedClip:
    """A clip of a set before it is made.

    Parameters
    ----------
    name : str
        Of its file; letters, digits, ``_``, ``+`` and ``-``.
    label : Emotion
    make : function that gives the Clip
        Called when the clip is due. It may raise `LeftOut`. The clip needs no label: it gets ``label``.
    identity : str, optional
        Who is seen; "" where the set does not tell.
    split : str, optional
        "train" or "validation"; "" where the set has folds instead.
    fold : int, optional
    """

    name: str
    label: Emotion
    make: Callable[[], Clip]
    identity: str = ""
    split: str = ""
    fold: int | None = None

    def __post_init__(self) -> None:
        if not _NAME.fullmatch(self.name) or self.name in (Path(MANIFEST).stem, Path(_SETTINGS).stem):
            raise ValueError(f"name must be letters, digits, _, + and -, and no reserved word; got {self.name!r}")
        object.__setattr__(self, "label", Emotion(self.label))

    def told(self) -> dict[str, Any]:
        """What the manifest says of it besides what is found when it is made."""
        known = {"name": self.name, "label": str(self.label), "identity": self.identity}
        return {**known, "split": self.split, "fold": self.fold}


def pack(clip: Clip) -> dict[str, Array]:
    """A real clip as arrays, its texts as one of JSON."""
    if clip.truth is not None:
        raise ValueError(f"clip must be a real one; {clip.source} carries a truth (ferviz.faces.sets keeps those)")
    if set(clip.labels) - {"emotion"}:
        raise ValueError(f"clip may carry the label 'emotion' alone; {clip.source} has {', '.join(clip.labels)}")
    others = [(frame, face) for frame, faces in enumerate(clip.others) for face in faces]
    arrays = {"frames": clip.frames, "times": clip.times}
    if clip.boxes is not None:
        arrays["boxes"] = np.asarray(clip.boxes, np.float64)
    if clip.audio is not None:
        arrays["audio"] = clip.audio
    if clip.others:
        arrays["others.frame"] = np.array([frame for frame, _ in others], np.int64)
        arrays["others.box"] = np.array([face.box for _, face in others], np.float64).reshape(-1, 4)
        arrays["others.score"] = np.array([face.score for _, face in others], np.float64)
        arrays["others.points"] = np.array([face.points for _, face in others], np.float64).reshape(-1, 5, 2)
    texts = {
        "crop": None if clip.crop is None else asdict(clip.crop),
        "gaps": [asdict(gap) for gap in clip.gaps],
        "sample_rate": clip.sample_rate,
        "source": clip.source,
    }
    arrays["texts"] = np.frombuffer(json.dumps(texts, sort_keys=True).encode(), np.uint8)
    return arrays


def unpack(arrays: Mapping[str, Array], label: Emotion) -> Clip:
    """The clip behind what `pack` gave."""
    texts = json.loads(arrays["texts"].tobytes())
    others: tuple[tuple[Face, ...], ...] = ()
    if "others.frame" in arrays:
        rows = zip(arrays["others.frame"], arrays["others.box"], arrays["others.score"], arrays["others.points"])
        found = {
            frame: tuple(Face(box, float(score), points) for _, box, score, points in same)
            for frame, same in groupby(rows, key=lambda row: int(row[0]))
        }
        others = tuple(found.get(frame, ()) for frame in range(len(arrays["frames"])))
    return Clip(
        frames=arrays["frames"],
        times=arrays["times"],
        audio=arrays.get("audio"),
        sample_rate=texts["sample_rate"],
        labels={"emotion": label},
        crop=None if texts["crop"] is None else Crop(**texts["crop"]),
        boxes=arrays.get("boxes"),
        others=others,
        gaps=tuple(Gap(**gap) for gap in texts["gaps"]),
        source=texts["source"],
    )


def write_clips(
    folder: str | Path,
    planned: Sequence[PlannedClip],
    *,
    labels: LabelSet,
    source: str,
    licence: str,
    settings: Mapping[str, Any],
    left_out: Mapping[str, str] | None = None,
    progress: Callable[[int, int], object] | None = None,
) -> Path:
    """Make and write the clips of a set, or go on where that was killed; the result is the same.

    Parameters
    ----------
    folder : path
        Not there, empty, or with this very set, whole or in part.
    planned : sequence of PlannedClip
    labels : LabelSet
        What the set's labels are chosen from, in the order that a model trained on it uses.
    source, licence : str
        Where the clips come from, and what may be done with them: for people to read.
    settings : mapping
        What decided how the clips were made (the crop), in JSON's terms; a folder made with others is refused.
    left_out : mapping of name to reason, optional
        What the source holds besides the planned clips.
    progress : function of (clips done, clips in all), optional

    Returns
    -------
    Path
        Of the manifest.

    Raises
    ------
    ValueError
        When two clips have one name, a label is not in ``labels``, the folder holds something else, a clip cannot be
        stored, or none could be used.
    OSError
        When the folder cannot be written; finished clips stay, for the next call.
    """
    folder = Path(folder)
    _check_plan(planned, labels)
    said = {
        "version": VERSION,
        "kind": "clips",
        "source": check_text("source", source),
        "licence": check_text("licence", licence),
        "labels": {"name": labels.name, "emotions": [str(e) for e in labels]},
        "settings": json.loads(json_bytes(dict(settings))),
    }
    _prepare(folder, said)
    rows, missed = [], dict(left_out or {})
    for done, plan in enumerate(planned):
        if progress:
            progress(done, len(planned))
        row = _known(folder, plan) or _make(folder, plan)
        if "left_out" in row:
            missed[plan.name] = row["left_out"]
        else:
            rows.append(row)
    if progress:
        progress(len(planned), len(planned))
    if not rows:
        reasons = "; ".join(f"{name}: {reason}" for name, reason in list(missed.items())[:3])
        raise ValueError(f"no clip of {source} could be used ({len(missed)} left out; {reasons})")
    write_whole(folder / MANIFEST, json_bytes({**said, "left_out": missed, "clips": rows}))
    return folder / MANIFEST


def _check_plan(planned: Sequence[PlannedClip], labels: LabelSet) -> None:
    names: set[str] = set()
    for plan in planned:
        if plan.name.lower() in names:  # some file systems do not tell them apart
            raise ValueError(f"planned must name each clip once, whatever the case; got {plan.name} twice")
        names.add(plan.name.lower())
        if plan.label not in labels:
            raise ValueError(f"planned: {plan.name} is labelled {plan.label}, which {labels.name} does not have")


def _prepare(folder: Path, said: Mapping[str, Any]) -> None:
    """Make the folder, or make sure that it holds this very set, and clear what a killed run left."""
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / _SETTINGS
    inside = {p.name for p in folder.iterdir() if not p.name.startswith(".")}
    if inside <= {_SETTINGS}:  # nothing is made yet, so nothing can be mixed up
        write_whole(path, json_bytes(said))
    elif path.is_file():
        try:
            found = json.loads(path.read_text(encoding="utf-8"))
        except ValueError as error:
            raise ValueError(f"{path} is damaged ({error}); choose another folder, or empty this one") from error
        if found != said:
            different = [name for name in said if not isinstance(found, dict) or found.get(name) != said[name]]
            raise ValueError(f"{folder} holds another set ({', '.join(different)} differ); choose another folder")
    else:
        raise ValueError(f"{folder} is not empty and holds no prepared clips; choose another folder")
    (folder / MANIFEST).unlink(missing_ok=True)  # not finished any more, until all is there
    for left in folder.glob(".*.tmp"):
        left.unlink(missing_ok=True)


def _known(folder: Path, plan: PlannedClip) -> dict[str, Any] | None:
    """The row of a clip that was made before and is whole, none where it must be made."""
    try:
        row = json.loads((folder / f"{plan.name}.json").read_text(encoding="utf-8"))
        same = all(row[name] == value for name, value in plan.told().items())
        whole = "left_out" in row or file_hash(folder / row["file"]) == row["hash"]
    except (FileNotFoundError, ValueError, KeyError, TypeError):
        return None
    return row if same and whole else None


def _make(folder: Path, plan: PlannedClip) -> dict[str, Any]:
    """Make one clip, write it and then its record; the row for the manifest."""
    row = plan.told()
    try:
        clip = plan.make()
    except LeftOut as error:
        row["left_out"] = str(error)
    else:
        stream = io.BytesIO()
        np.savez_compressed(stream, allow_pickle=False, **pack(clip))
        path = folder / f"{plan.name}.npz"
        write_whole(path, stream.getvalue())
        row |= {"file": path.name, "hash": file_hash(path), "gaps": [asdict(gap) for gap in clip.gaps]}
        row |= {"frames": len(clip), "usable": int(clip.usable().sum())}
    write_whole(folder / f"{plan.name}.json", json_bytes(row))
    return row


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
        """Read one clip. Raises FileNotFoundError or ValueError, naming its file, when that is missing or damaged."""
        row = self.rows[place]
        path = self.folder / row["file"]
        if row["file"] not in self._checked:
            check_file(path, row["hash"])
            self._checked.add(row["file"])
        try:
            with np.load(path, allow_pickle=False) as stored:
                return unpack({name: stored[name] for name in stored.files}, Emotion(row["label"]))
        except (ValueError, TypeError, KeyError, OSError, zipfile.BadZipFile) as error:
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
    ValueError
        When the manifest is damaged or of another kind, or nothing fits the choice. A clip whose bytes have changed is
        named when it is asked for.
    """
    folder = Path(folder)
    forms = {"clips": list, "labels": dict, "source": str, "licence": str, "left_out": dict}
    manifest = read_manifest(folder, "clips", forms)
    for row in manifest["clips"]:
        # a manifest may come from anywhere: it must not point out of its folder
        if not isinstance(row, dict) or not {"name", "file", "label", "split", "fold", "hash"} <= set(row):
            raise ValueError(f"{folder / MANIFEST} is damaged (a row of 'clips' lacks entries); prepare the set again")
        if row["file"] != f"{row['name']}.npz" or not _NAME.fullmatch(str(row["name"])):
            raise ValueError(f"{folder / MANIFEST} is damaged (file {row['file']!r} is no name of a clip)")
    folds = {fold} if isinstance(fold, int | np.integer) else fold
    chosen = tuple(
        row
        for row in manifest["clips"]
        if (split is None or row["split"] == split) and (folds is None or row["fold"] in folds)
    )
    if not chosen:
        known = {name: sorted({str(row[name]) for row in manifest["clips"]}) for name in ("split", "fold")}
        raise ValueError(f"nothing in {folder} fits split {split!r}, fold {fold!r}; it has {known}")
    labels = read_labels(folder / MANIFEST, manifest["labels"])
    told = {name: manifest[name] for name in ("source", "licence", "left_out")}
    return PreparedClips(folder=folder, rows=chosen, labels=labels, **told)
