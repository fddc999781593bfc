"""A real clip as arrays without pickle, and back."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import asdict
from itertools import groupby
from typing import Any

import numpy as np
import numpy.typing as npt

from ferviz.clip import Clip, Crop, Face, Gap
from ferviz.disk import parse_json
from ferviz.emotions import Emotion

__all__ = ["pack", "unpack"]

Array = npt.NDArray[Any]


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
    if clip.points is not None:
        arrays["points"] = np.asarray(clip.points, np.float64)
    if clip.audio is not None:
        arrays["audio"] = clip.audio
    if clip.others:
        arrays["others.frame"] = np.array([frame for frame, _ in others], np.int64)
        arrays["others.box"] = np.array([face.box for _, face in others], np.float64).reshape(-1, 4)
        arrays["others.score"] = np.array([face.score for _, face in others], np.float64)
        arrays["others.points"] = np.array([face.points for _, face in others], np.float64).reshape(-1, 5, 2)
        if any(face.turn for _, face in others):
            arrays["others.turn"] = np.array([face.turn for _, face in others], np.int64)
    texts = {
        "crop": None if clip.crop is None else _crop(clip.crop),
        "gaps": [asdict(gap) for gap in clip.gaps],
        "sample_rate": clip.sample_rate,
        "source": clip.source,
    }
    arrays["texts"] = np.frombuffer(json.dumps(texts, sort_keys=True).encode(), np.uint8)
    return arrays


def unpack(arrays: Mapping[str, Array], label: Emotion) -> Clip:
    """The clip behind what `pack` gave."""
    texts = parse_json(arrays["texts"].tobytes())
    others: tuple[tuple[Face, ...], ...] = ()
    if "others.frame" in arrays:
        frames = arrays["others.frame"]
        turns = arrays.get("others.turn", np.zeros(len(frames), np.int64))
        rows = zip(frames, arrays["others.box"], arrays["others.score"], arrays["others.points"], turns)
        found = {
            frame: tuple(Face(box, float(score), points, int(turn)) for _, box, score, points, turn in same)
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
        points=arrays.get("points"),
        gaps=tuple(Gap(**gap) for gap in texts["gaps"]),
        source=texts["source"],
    )


def _crop(crop: Crop) -> dict[str, Any]:
    """The record; a turn only where there was one, so that files of upright faces stay what they were."""
    return {name: value for name, value in asdict(crop).items() if name != "turn" or value}
