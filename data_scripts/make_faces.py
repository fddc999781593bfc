"""Draw the montages by which people judge the synthetic faces: `make faces` writes them to out/faces.

    python data_scripts/make_faces.py [--out FOLDER] [--seed N]

identities.png (people in drawn scenes), expressions.png (eight emotions a row), covers.png (each kind), truth.png
(neutral twin, picture, landmarks, regions, relevance, change, cover), clips.png (a clip a row, by family; the bar under
a frame is as long as the emotion is intense, yellow for the label's, blue for another; spoiled frames have a red line
above), apex.png (64 frames at full intensity, drawn by chance) and samples.png (every bundled sample where it shows
most).
"""

from __future__ import annotations

import argparse
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np
from matplotlib import colormaps
from PIL import Image, ImageDraw

import ferviz
from ferviz.emotions import Emotion
from ferviz.faces import (
    KINDS,
    draw_cover,
    facts,
    sample_expression,
    sample_person,
    sample_scene,
)
from ferviz.faces.clips import make_clip
from ferviz.faces.plan import Family, Plan
from ferviz.faces.render import Render, render

_NAMES = ("neutral", "happiness", "sadness", "surprise", "anger", "disgust", "fear", "contempt")
ORDER = tuple(Emotion(name) for name in _NAMES)
ROWS: tuple[tuple[Family, str], ...] = (
    ("intensity", "happiness"),
    ("intensity", "neutral"),
    ("degraded", "surprise"),
    ("degraded", "sadness"),
    ("off_label", "anger"),
    ("off_label", "fear"),
    ("all_tell", "happiness"),
    ("neutral_spoiled", "neutral"),
    ("upper", "surprise"),
    ("lower", "disgust"),
    ("one_frame", "happiness"),
    ("patch", "sadness"),
)
OWN, OTHER, BAD = (255, 220, 0), (60, 130, 255), (230, 40, 40)  # colours of the bars
REGION_COLOURS = np.array(
    [
        *([30, 30, 30], [230, 190, 160], [200, 160, 220], [120, 60, 20], [60, 160, 255], [255, 200, 0]),
        *([255, 140, 140], [220, 0, 60], [120, 200, 120], [180, 120, 60], [120, 120, 120], [20, 90, 40]),
        [255, 255, 255],
    ],
    np.uint8,
)


def identities(rng: np.random.Generator, rows: int = 7, columns: int = 12, size: int = 112) -> np.ndarray:
    """Drawn people, each with a drawn expression in a drawn scene."""
    lines = []
    for _ in range(rows):
        line = []
        for _ in range(columns):
            person, scene = sample_person(rng), sample_scene(rng)
            emotion = ORDER[int(rng.integers(len(ORDER)))]
            line.append(
                render(person, sample_expression(rng, emotion, None, person.manner).activations, scene, size).image
            )
        lines.append(np.hstack(line))
    return np.vstack(lines)


def expressions(rng: np.random.Generator, rows: int = 9, size: int = 112) -> np.ndarray:
    """One person a row, one emotion a column, at full intensity."""
    lines = []
    for _ in range(rows):
        person, scene = sample_person(rng), sample_scene(rng, covers=(), faults=False)
        drawn = [sample_expression(rng, e, float(e is not Emotion.NEUTRAL), person.manner) for e in ORDER]
        lines.append(np.hstack([render(person, d.activations, scene, size).image for d in drawn]))
    return np.vstack(lines)


def covers(rng: np.random.Generator, columns: int = 12, size: int = 112) -> np.ndarray:
    """One kind of cover a row."""
    lines = []
    for kind in KINDS:
        line = []
        for _ in range(columns):
            person, scene = sample_person(rng), sample_scene(rng, covers=(draw_cover(rng, kind),), faults=False)
            emotion = ORDER[int(rng.integers(len(ORDER)))]
            line.append(
                render(person, sample_expression(rng, emotion, None, person.manner).activations, scene, size).image
            )
        lines.append(np.hstack(line))
    return np.vstack(lines)


def with_landmarks(shown: Render, points: np.ndarray, visible: np.ndarray) -> np.ndarray:
    """The picture with its landmarks: green where visible, red where hidden."""
    picture = Image.fromarray(shown.image).resize((2 * shown.size, 2 * shown.size), Image.Resampling.BICUBIC)
    pen = ImageDraw.Draw(picture)
    for (x, y), seen in zip(2 * points + 1, visible, strict=True):
        pen.ellipse([x - 2, y - 2, x + 2, y + 2], fill=(0, 220, 0) if seen else (230, 0, 0))
    return np.asarray(picture.resize((shown.size, shown.size), Image.Resampling.LANCZOS))


def heat(values: np.ndarray, top: float) -> np.ndarray:
    return (colormaps["inferno"](np.clip(values / top, 0, 1))[..., :3] * 255).astype(np.uint8)


def truths(rng: np.random.Generator, size: int = 144) -> np.ndarray:
    """What is known of six pictures; relevance from 0 to 9 mm, change from 0 to 0.5."""
    lines = []
    for emotion, kind in zip(ORDER[1:7], (None, "sunglasses", None, "hand", "mask", "patch"), strict=True):
        person = sample_person(rng)
        chosen = () if kind is None else (replace(draw_cover(rng, kind), place=(0.3, -0.2)),)
        scene = sample_scene(rng, covers=chosen, faults=False)
        drawn = sample_expression(rng, emotion, 1.0, person.manner)
        shown, twin = (render(person, a, scene, size) for a in (drawn.activations, drawn.without))
        known = facts(shown, twin)
        cover = np.repeat(known.cover[..., None], 3, 2).astype(np.uint8) * 255
        marks = with_landmarks(shown, known.landmarks, known.visible)
        maps = (REGION_COLOURS[known.regions], heat(known.relevance, 9), heat(known.changed, 0.5), cover)
        lines.append(np.hstack([twin.image, shown.image, marks, *maps]))
    return np.vstack(lines)


def clips(rng: np.random.Generator, frames: int = 12, size: int = 112) -> np.ndarray:
    """One clip a row, several families, at 8 frames a second."""
    lines = []
    for family, emotion in ROWS:
        luck = int(rng.integers(2**31))
        clip = make_clip(Plan(Emotion(emotion), sample_person(rng), luck, family, frames, 8.0, size))
        assert clip.truth is not None
        assert clip.truth.intensity is not None
        assert clip.truth.shown is not None
        assert clip.truth.spoiled is not None
        line = with_bars(clip.frames, clip.truth.intensity, clip.truth.shown == emotion, clip.truth.spoiled != "")
        ImageDraw.Draw(line).text((3, 1), f"{family}: {emotion}", OWN, stroke_width=1, stroke_fill=(0, 0, 0))
        lines.append(np.asarray(line))
    return np.vstack(lines)


def with_bars(frames: np.ndarray, intensity: np.ndarray, own: np.ndarray, spoiled: np.ndarray) -> Image.Image:
    """Frames (T, size, size, 3) in a row, each with a bar for the intensity (T,) of an emotion, its own or another, and
    with a line above where it is spoiled."""
    size = frames.shape[2]
    picture = Image.fromarray(np.hstack(list(frames)))
    pen = ImageDraw.Draw(picture)
    for place in np.flatnonzero(spoiled):
        pen.rectangle([place * size, 0, (place + 1) * size - 1, 1], fill=BAD)
    for place, (strength, is_own) in enumerate(zip(intensity, own, strict=True)):
        if strength > 0:
            left, long = place * size, max(1, round(float(strength) * size))
            pen.rectangle([left, size - 4, left + long - 1, size - 1], fill=OWN if is_own else OTHER)
    return picture


def apex(rng: np.random.Generator, rows: int = 8, columns: int = 8, size: int = 160) -> np.ndarray:
    """Fresh people in drawn scenes without covers, each at full intensity, of all emotions but neutral."""
    tiles = []
    for _ in range(rows * columns):
        person, scene, emotion = sample_person(rng), sample_scene(rng, covers=()), ORDER[int(rng.integers(1, 8))]
        drawn = sample_expression(rng, emotion, 1.0, person.manner)
        tiles.append(named(render(person, drawn.activations, scene, size).image, str(emotion)))
    return stacked(tiles, columns)


def samples(rng: np.random.Generator, columns: int = 8, size: int = 160) -> np.ndarray:
    """Every bundled sample with its truth, in the frame with most evidence."""
    del rng  # nothing is drawn by chance
    tiles = []
    for one in ferviz.samples():
        if one.known:
            clip = ferviz.sample(one.name)
            assert clip.truth is not None
            assert clip.truth.evidence is not None
            shown = Image.fromarray(clip.frames[int(clip.truth.evidence.argmax())])
            tiles.append(named(np.asarray(shown.resize((size, size), Image.Resampling.LANCZOS)), one.name))
    return stacked(tiles, columns)


def named(image: np.ndarray, text: str) -> np.ndarray:
    """The picture with a word in its corner."""
    picture = Image.fromarray(image)
    ImageDraw.Draw(picture).text((3, 1), text, OWN, stroke_width=1, stroke_fill=(0, 0, 0))
    return np.asarray(picture)


def stacked(tiles: list[np.ndarray], columns: int) -> np.ndarray:
    """Pictures of one size in rows; what is left of the last row is black."""
    tiles = tiles + [np.zeros_like(tiles[0])] * (-len(tiles) % columns)
    return np.vstack([np.hstack(tiles[start : start + columns]) for start in range(0, len(tiles), columns)])


DRAWN: dict[str, Callable[[np.random.Generator], np.ndarray]] = {
    "identities": identities,
    "expressions": expressions,
    "covers": covers,
    "truth": truths,
    "clips": clips,
    "apex": apex,
    "samples": samples,
}


def main(arguments: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--out", type=Path, default=Path("out/faces"))
    parser.add_argument("--seed", type=int, default=0)
    chosen = parser.parse_args(arguments)
    chosen.out.mkdir(parents=True, exist_ok=True)
    for name, draw in DRAWN.items():
        path = chosen.out / f"{name}.png"
        Image.fromarray(draw(np.random.default_rng([chosen.seed, len(name)]))).save(path)
        print(path)
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
