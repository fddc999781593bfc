"""Clips of a data set on disk: one ``.npz`` a clip (no pickle), its record beside it, and ``manifest.json`` at the end.

Writing goes on where it was killed: a clip whose record is whole, and whose source is as it was, is not made again.
What cannot be used is not dropped in silence: the manifest lists it with its reason.
"""

from __future__ import annotations

import io
import json
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

import numpy as np

from ferviz import arguments
from ferviz.clip import Clip
from ferviz.disk import file_hash, write_whole
from ferviz.emotions import Emotion, LabelSet
from ferviz.prepared.folder import ACCOUNT, SETTINGS, account_lines, claim, fingerprint, finish, known, renew
from ferviz.prepared.manifest import MANIFEST, VERSION, check_text, json_bytes
from ferviz.prepared.packing import pack

__all__ = ["CLIP_NAME", "LeftOut", "PlannedClip", "write_clips"]

_RESERVED = [Path(name).stem for name in (MANIFEST, SETTINGS, ACCOUNT)]
_LONGEST = 200
CLIP_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9_+-]*")


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
    sources : mapping of name to path, optional
        The files that it is made from: when one of them changes, the clip is made again.
    """

    name: str
    label: Emotion
    make: Callable[[], Clip]
    identity: str = ""
    split: str = ""
    fold: int | None = None
    sources: Mapping[str, Path] = field(default_factory=dict)

    def __post_init__(self) -> None:
        for name in ("name", "identity", "split"):
            if not isinstance(getattr(self, name), str):
                raise TypeError(f"{name} must be a text; got {getattr(self, name)!r:.200}")
        if not CLIP_NAME.fullmatch(self.name) or self.name.lower() in _RESERVED or len(self.name) > _LONGEST:
            fits = f"at most {_LONGEST} letters, digits, _, + and -, and no reserved word"
            raise ValueError(f"name must be {fits}; got {self.name!r:.220}")
        if not callable(self.make):
            raise TypeError(f"make must be a function that gives the clip; got {self.make!r:.200}")
        if not isinstance(self.sources, Mapping):
            raise TypeError(f"sources must be a mapping of name to path; got {self.sources!r:.200}")
        object.__setattr__(self, "sources", {
            str(name): arguments.path(f"sources[{name!r:.60}]", path) for name, path in self.sources.items()
        })
        object.__setattr__(self, "fold", None if self.fold is None else arguments.whole("fold", self.fold, 0))
        object.__setattr__(self, "label", Emotion(self.label))

    def told(self) -> dict[str, Any]:
        """What the manifest says of it besides what is found when it is made; its sources are read for it."""
        said = {"name": self.name, "label": str(self.label), "identity": self.identity}
        return {**said, "split": self.split, "fold": self.fold, "sources": fingerprint(self.sources)}


def write_clips(
    folder: str | Path,
    planned: Sequence[PlannedClip],
    *,
    labels: LabelSet,
    source: str,
    licence: str,
    settings: Mapping[str, Any],
    left_out: Mapping[str, str] | None = None,
    files: Mapping[str, Any] | None = None,
    unusable: tuple[type[Exception], ...] = (),
    progress: Callable[[int, int], object] | None = None,
    say: Callable[[str], object] | None = None,
) -> Path:
    """Make and write the clips of a set, or go on where that was killed; the result is the same.

    A clip is kept from before when the same is planned and its sources have the sizes and hashes that they had.

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
    files : mapping, optional
        `Account.told` of the source's files, kept in ``account.json``.
    unusable : tuple of exception classes, optional
        What ``make`` raises, besides `LeftOut`, for a clip that cannot be used: its message is the reason.
    progress : function of (clips done, clips in all), optional
    say : function of a line, optional
        Told what is kept from before, what is made again and why, and what came of it all.

    Returns
    -------
    Path
        Of the manifest.

    Raises
    ------
    TypeError, ValueError
        For another kind of argument; when nothing is planned, two clips have one name, a label is not in ``labels``,
        the folder holds something else, a clip cannot be stored, or none could be used. A set that was whole before
        stays so until a clip of it is made again; nothing that was made is deleted.
    OSError
        When the folder cannot be written; finished clips stay, for the next call.
    """
    folder = arguments.path("folder", folder)
    _check_plan(planned, labels)
    said = {
        "version": VERSION,
        "kind": "clips",
        "source": check_text("source", source),
        "licence": check_text("licence", licence),
        "labels": {"name": labels.name, "emotions": [str(e) for e in labels]},
        "settings": _as_json(settings),
    }
    claim(folder, said, [plan.name for plan in planned])
    rows: list[dict[str, Any]] = []
    kept = 0
    again: dict[str, str] = {}
    for done, plan in enumerate(planned):
        if progress:
            progress(done, len(planned))
        told = plan.told()
        row, why = known(folder, plan.name, told)
        kept += row is not None
        again |= {plan.name: why} if why else {}
        rows.append(row or _make(folder, plan, told, (LeftOut, *unusable)))
    if progress:
        progress(len(planned), len(planned))
    clips = [row for row in rows if "left_out" not in row]
    missed = dict(left_out or {}) | {row["name"]: row["left_out"] for row in rows if "left_out" in row}
    if not clips:
        reasons = "; ".join(f"{name}: {reason}" for name, reason in list(missed.items())[:3])
        raise ValueError(f"no clip of {source} could be used ({len(missed)} left out; {reasons})")
    if files is not None:
        files = _without(files, sum(row["sources"]["files"] for row in rows if "left_out" in row))
    manifest = {**said, "left_out": missed, "clips": clips}
    path = finish(folder, manifest, files)
    if say:
        for line in (*_lines(folder, manifest, kept, again), *account_lines(files or {}), str(path)):
            say(line)
    return path


def _as_json(settings: object) -> Any:
    if not isinstance(settings, Mapping):
        raise TypeError(f"settings must be a mapping; got {settings!r:.200}")
    try:
        return json.loads(json_bytes(dict(settings)))
    except (TypeError, ValueError) as error:  # what JSON does not know, or a ring
        raise TypeError(f"settings must be what JSON knows; {error}") from error


def _without(files: Mapping[str, Any], lost: int) -> Mapping[str, Any]:
    """The account once ``lost`` files, which were planned for, turned out to be of clips that cannot be used."""
    if not lost:
        return files
    left_out = {**files["left_out"], "of clips that are left out": lost}
    return {**files, "used": files["used"] - lost, "left_out": left_out}


def _lines(folder: Path, manifest: Mapping[str, Any], kept: int, again: Mapping[str, str]) -> Iterator[str]:
    """What came of a run, for people."""
    clips, missed = manifest["clips"], manifest["left_out"]
    if kept:
        yield f"kept from before: {kept}, whose sources have the sizes and hashes that they had"
    for name, why in again.items():
        yield f"made again: {name} ({why})"
    names = {row["name"] for row in clips}
    for path in sorted(folder.glob("*.npz")):
        if path.stem not in names:
            yield f"not in the set any more: {path.name}, which stays in {folder} until you delete it"
    frames, usable = (sum(row[name] for row in clips) for name in ("frames", "usable"))
    yield f"{len(clips)} clips, {frames} frames, {frames - usable} of them in gaps; {len(missed)} left out"
    for name, reason in missed.items():
        yield f"left out: {name} ({reason})"


def _check_plan(planned: Sequence[PlannedClip], labels: LabelSet) -> None:
    names: set[str] = set()
    if not isinstance(labels, LabelSet):
        raise TypeError(f"labels must be a LabelSet; got {type(labels).__name__}")
    if not isinstance(planned, Sequence) or not all(isinstance(plan, PlannedClip) for plan in planned):
        raise TypeError(f"planned must be a list of PlannedClip; got {planned!r:.200}")
    if not planned:  # a source that was emptied must not take a finished set with it
        raise ValueError("planned must hold one clip at least; got none")
    for plan in planned:
        if plan.name.lower() in names:  # some file systems do not tell them apart
            raise ValueError(f"planned must name each clip once, whatever the case; got {plan.name} twice")
        names.add(plan.name.lower())
        if plan.label not in labels:
            raise ValueError(f"planned: {plan.name} is labelled {plan.label}, which {labels.name} does not have")


def _make(
    folder: Path, plan: PlannedClip, told: Mapping[str, Any], unusable: tuple[type[Exception], ...]
) -> dict[str, Any]:
    """Make one clip, write it and then its record; the row for the manifest."""
    row = dict(told)
    path = folder / f"{plan.name}.npz"
    try:
        clip = plan.make()
    except unusable as error:
        row["left_out"] = str(error)  # a clip made before stays: its source may come back
    else:
        stream = io.BytesIO()
        np.savez_compressed(stream, allow_pickle=False, **pack(clip))
        renew(path, stream.getvalue())
        row |= {"file": path.name, "hash": file_hash(path), "gaps": [asdict(gap) for gap in clip.gaps]}
        row |= {"frames": len(clip), "usable": int(clip.usable().sum())}
    write_whole(folder / f"{plan.name}.json", json_bytes(row))
    return row
