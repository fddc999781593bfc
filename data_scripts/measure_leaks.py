"""Measure whether anything but the expression tells the emotion of a synthetic clip, and whether erasing a planted
place erases the label.

    python data_scripts/measure_leaks.py [--part clips] [--probe small] [--items 4200] [--people 300] [--pixels 48]
                                         [--seed 0] [--epochs 24] [--out ferviz/assets/measured/leaks.json]

``--part`` names one or more of: clips (the ordinary families), upper, lower, patch, one_frame, face_only, voice_only
(the planted ones, with half the items each), or planted (all of these), or all. The file holds the rows of every part
that was ever run, each with the command that gave it; a run replaces the rows of its own parts and probe only.

A probe is trained on three quarters of the people and read on the last one, four ways round, so that every item
is read once by a network that never saw the person. Balanced accuracy comes with a 95 % interval from
2,000 resamplings of people. Leaks must stay below 1/7 + 0.03 with the upper bound; the controls show that the same
probe does learn where the emotion may be seen, so their lower bound must be above it. The command ends with 1 where one
of these fails. Of few items an interval is wide: with 980 (``--items 1960``) it reaches 0.02 to either side, so that a
row at chance passes the bound about once in five times.

The pictures are cut closely, so a box over the face, with room for a jaw that drops, leaves 8 % of the pixels on
average over 84 clips (background, hair and shoulders at the edges), and nothing in 8 % of these clips. What hides the
face is painted out with it: whether hands or masks give an emotion away is told by the frames at intensity 0.

Probe "small" is a network that learns from the pixels; "fan" logistic regression on what the backbone of "fan-mean",
trained on real and synthetic faces, makes of them: it reads parts of a face far better. It sees gray, and the label of
a patch is its hue, so it is not asked about the patch: its control reads no more than chance. With either, the numbers
of the crop box go to a small perceptron, and voices to logistic regression.
"""

from __future__ import annotations

import argparse
from collections.abc import Iterator
from dataclasses import replace
from itertools import pairwise
from pathlib import Path
from typing import cast

import numpy as np
import torch
from tqdm import tqdm

from ferviz.clip import Clip, Truth
from ferviz.disk import write_whole
from ferviz.faces.clips import Moments, draw_frame, draw_moments, make_clip
from ferviz.faces.head import head
from ferviz.faces.identity import sample_person
from ferviz.faces.plan import PLANTED, Family, Plan
from ferviz.faces.planted import place
from ferviz.faces.render import render
from ferviz.measured import FOLDER, Figures, Measured
from ferviz.measuring.commands import command_of, record_file, status_of
from ferviz.measuring.entries import figures
from ferviz.measuring.probes import EMOTIONS, Found, cross_read, prepared, score

BOUND = 1 / len(EMOTIONS) + 0.03
GREY = 128
VOICED_FRAMES = 42  # at 8 a second, long enough for the slowest voice
CLIPS: tuple[Family, ...] = ("intensity", "degraded", "off_label")
PARTS = ("clips", *PLANTED)
SHORT = {"planted": PLANTED, "all": PARTS}

Read = tuple[str, Found, list[int]]  # a row's name, what a probe is given of each item, and the items' numbers


def plans(items: int, people: int, pixels: int, families: tuple[Family, ...], seed: int) -> list[Plan]:
    """As many plans of each emotion, with every person showing every emotion equally often; people together."""
    rng = np.random.default_rng([seed, 1])
    made = []
    for number in range(items):
        who = number // max(1, items // people)
        person = sample_person(np.random.default_rng([seed, 2, who]))
        emotion, family = EMOTIONS[number % 7], families[int(rng.integers(len(families)))]
        frames, rate = int(rng.choice([14, 16, 18])), float(rng.choice([8.0, 10.0, 12.0]))
        luck = int(rng.integers(2**31))
        made.append(Plan(emotion, person, luck, family, 1 if family == "still" else frames, rate, pixels))
    return made


def quiet_frame(moments: Moments) -> np.ndarray:
    """A frame at intensity 0; LookupError when the clip has none."""
    silent = np.flatnonzero(moments.course.intensity == 0)
    if not len(silent):
        raise LookupError
    rng = np.random.default_rng([moments.plan.seed, 99])
    return draw_frame(moments, int(rng.choice(silent)))[0]


def strongest(moments: Moments) -> tuple[int, np.ndarray]:
    """The frame in which the label is strongest; any, in neutral clips."""
    rng = np.random.default_rng([moments.plan.seed, 98])
    intensity = moments.course.intensity * (moments.course.shown == str(moments.plan.carriers()[0]))
    frame = int(rng.choice(np.flatnonzero(intensity == intensity.max())))
    return frame, draw_frame(moments, frame)[0]


def without_face(moments: Moments, frame: int, image: np.ndarray) -> np.ndarray:
    """The picture with a box painted over the face: that of the face at rest, and room for a jaw that drops."""
    plan = moments.plan
    bare = replace(moments.scenes[frame], covers=())
    rest = render(plan.person, np.zeros(52, np.float32), bare, plan.size, "fast", moments.view_of(frame))
    points = rest.points[head().landmarks, :2]
    low, high = points.min(0), points.max(0)
    width, height = high - low
    room = np.array([0.12 * width, 0.45 * height])
    low, high = low - room, high + room
    left, top = np.clip(np.floor(low), 0, plan.size).astype(int)
    right, bottom = np.clip(np.ceil(high), 0, plan.size).astype(int)
    painted = image.copy()
    painted[top:bottom, left:right] = GREY
    return painted


def box_numbers(moments: Moments) -> np.ndarray:
    """What the crop and the count of frames could tell (6,)."""
    view, plan = moments.view, moments.plan
    return np.array([*view.centre, view.side, view.exposure, plan.frames, plan.frames / plan.rate])


def planted_frames(plan: Plan) -> tuple[np.ndarray, np.ndarray]:
    """The strongest frame of a planted clip, and the same with the planted place erased."""
    if plan.family == "patch":
        clip = make_clip(replace(plan, frames=2))[0]
    else:
        moments = draw_moments(plan)
        frame = strongest(moments)[0]
        image, known = draw_frame(moments, frame)
        truth = Truth(landmarks=known.landmarks[None], pose=known.pose[None], family=plan.family)
        truth = replace(truth, intensity=moments.course.intensity[frame : frame + 1])
        clip = Clip(image[None], np.zeros(1), truth=truth)
    erased = clip.frames[0].copy()
    erased[place(clip)[0]] = GREY
    return clip.frames[0], erased


def one_frame(plan: Plan) -> tuple[np.ndarray, np.ndarray]:
    """The frame that alone carries the label, and another one of the same clip."""
    moments = draw_moments(plan)
    frame, image = strongest(moments)
    others = np.flatnonzero(np.arange(plan.frames) != frame)
    return image, draw_frame(moments, int(np.random.default_rng([plan.seed, 98]).choice(others)))[0]


def streams(plan: Plan) -> tuple[np.ndarray, np.ndarray]:
    """The strongest frame of a clip with a voice, and its voice: `sound` of it (70,)."""
    moments = draw_moments(plan)
    if moments.speech is None:
        raise ValueError(f"family must be one with a voice; got {plan.family!r}")
    return strongest(moments)[1], sound(moments.speech.audio)


def sound(audio: np.ndarray) -> np.ndarray:
    """Mean and spread over time of the log energy in 35 bands up to 8 kHz (70,): level, pitch, tilt, tempo."""
    pieces = np.lib.stride_tricks.sliding_window_view(audio, 512)[::256] * np.hanning(512)
    power = np.abs(np.fft.rfft(pieces)) ** 2
    edges = np.unique(np.geomspace(2, 257, 41).round().astype(int))
    bands = np.log(np.stack([power[:, a:b].mean(1) for a, b in pairwise(edges)], 1) + 1e-6)
    return np.concatenate([bands.mean(0), bands.std(0)]).astype(np.float32)


def in_clips(items: int, people: int, pixels: int, seed: int) -> Iterator[Read]:
    """The three leaks of the ordinary families, and their control."""
    quiet, kept, loud, blank, numbers = [], [], [], [], []
    for number, plan in enumerate(tqdm(plans(items, people, pixels, CLIPS, seed), desc="clips")):
        moments = draw_moments(plan)
        numbers.append(box_numbers(moments))
        frame, image = strongest(moments)
        loud.append(image)
        blank.append(without_face(moments, frame, image))
        try:
            quiet.append(quiet_frame(moments))
            kept.append(number)
        except LookupError:
            continue
    everyone = list(range(items))
    table = np.stack(numbers)
    yield "crop box and frame count", torch.from_numpy((table - table.mean(0)) / table.std(0)).float(), everyone
    yield "frames at intensity 0", quiet, kept
    yield "face painted out", blank, everyone
    yield "control: strongest frames", loud, everyone


def in_planted(family: Family, items: int, people: int, pixels: int, seed: int) -> Iterator[Read]:
    """A planted family without its place, and the control: the place itself."""
    half = list(range(items // 2))
    some = plans(items, people, pixels, (family,), seed + 1)[: len(half)]
    names = {"one_frame": ("the frame", "another frame"), "face_only": ("the face", "voice")}
    names["voice_only"] = ("the voice", "face")
    if family in ("face_only", "voice_only"):
        some = [replace(plan, frames=VOICED_FRAMES, rate=8.0) for plan in some]
        draw = streams
    else:
        draw = one_frame if family == "one_frame" else planted_frames
    both = [draw(plan) for plan in tqdm(some, desc=family)]
    carrier, rest = ([pair[side] for pair in both] for side in ((1, 0) if family == "voice_only" else (0, 1)))
    whole, without = names.get(family, ("whole", "erased"))
    yield f"{family}, {without}{' alone' if family in names else ''}", rest, half
    yield f"control: {family}, {whole}", carrier, half


def drawn(part: str, items: int, people: int, pixels: int, seed: int) -> Iterator[Read]:
    """What a part asks its probes."""
    if part == "clips":
        return in_clips(items, people, pixels, seed)
    return in_planted(cast(Family, part), items, people, pixels, seed)


def measure(part: str, probe: str, items: int, people: int, pixels: int, seed: int, epochs: int) -> list[Measured]:
    """The rows of a part."""
    rows, asked = [], items if part == "clips" else items // 2
    for name, found, kept in drawn(part, items, people, pixels, seed):
        true, who = np.array(kept) % len(EMOTIONS), np.array(kept) // max(1, items // people)
        x, read = prepared(found, probe, epochs)
        said = cross_read(x, torch.from_numpy(true), torch.from_numpy(who % 4), read)
        row = score(said, true, who, {"part": part, "row": name, "probe": probe}, left_out=asked - len(kept))
        print(f"{name:32s} {row.value:.3f} ({row.low:.3f} to {row.high:.3f}) {fault(row)}", flush=True)
        rows.append(row)
    return rows


def fault(row: Measured) -> str:
    """What is wrong with a row; empty where it is as it must be."""
    assert row.low is not None
    assert row.high is not None
    if row["row"].startswith("control"):
        return "" if row.low > BOUND else "LEARNS NOTHING"
    return "" if row.high < BOUND else "LEAK"


def merged(path: Path, part: str, probe: str, command: str, rows: list[Measured]) -> Figures:
    """What the file at ``path`` holds, if there is one, with these rows in the place of those of the part and probe."""
    before = Figures.from_json(path.read_text("utf-8"), path.name)["rows"] if path.is_file() else ()
    kept = [row for row in before if (row["part"], row["probe"]) != (part, probe)]
    what = (
        "balanced accuracy for the emotion of a synthetic clip, of a probe that is given anything but the expression, "
        "or a planted family without its place; controls are given it"
    )
    ordered = sorted(kept + rows, key=lambda row: PARTS.index(row["part"]))
    return figures(what, command, {"rows": ordered}, {"bound": round(BOUND, 4)})


def main(arguments: list[str] | None = None) -> int:
    """Measure and keep the numbers; 1 where something leaks, or a control learns nothing."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--part", nargs="+", choices=(*PARTS, *SHORT), default=["all"])
    parser.add_argument("--probe", choices=("small", "fan"), default="small")
    parser.add_argument("--items", type=int, default=4200)
    parser.add_argument("--people", type=int, default=300)
    parser.add_argument("--pixels", type=int, default=48)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--epochs", type=int, default=24)
    parser.add_argument("--out", type=record_file, default=FOLDER / "leaks.json")
    chosen = parser.parse_args(arguments)
    torch.set_num_threads(1)
    parts = [part for name in chosen.part for part in SHORT.get(name, (name,))]
    if chosen.probe == "fan":
        parts = [part for part in parts if part != "patch"]
    failed = False
    for part in parts:
        rows = measure(part, chosen.probe, chosen.items, chosen.people, chosen.pixels, chosen.seed, chosen.epochs)
        command = command_of(__file__, chosen, part=part, out=None)
        told = merged(chosen.out, part, chosen.probe, command, rows)
        write_whole(chosen.out, told.to_json().encode())
        failed |= any(fault(row) for row in rows)
    return int(failed)


if __name__ == "__main__":
    raise SystemExit(status_of(main))
