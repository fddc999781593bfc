"""Measure whether anything but the expression tells the emotion of a synthetic clip, and whether erasing a planted
place erases the label.

    python data_scripts/measure_leaks.py [--part all] [--probe small] [--items 4200] [--people 280] [--pixels 48]
                                         [--out out/leaks.json]

A probe is trained on three quarters of the people and read on the last one, four ways round, so that every item
is read once by a network that never saw the person. Balanced accuracy comes with a 95 % interval from 2,000 resamplings
of people. Leaks must stay below 1/7 + 0.03 with the upper bound; the controls show that the same probe does learn where
the emotion may be seen. Probe "small" is a network that learns from the pixels; "fan" a linear classifier on what the
backbone of "fan-mean", trained on real and synthetic faces, makes of them: it reads parts of a face far better.
"""

from __future__ import annotations

import argparse
import json
from collections.abc import Callable
from dataclasses import replace
from functools import partial
from itertools import pairwise
from pathlib import Path

import numpy as np
import torch
from torch import nn
from tqdm import tqdm

from ferviz import load_model
from ferviz.clip import Clip, Truth
from ferviz.emotions import LABEL_SETS
from ferviz.faces.clips import Moments, draw_frame, draw_moments, make_clip
from ferviz.faces.head import head
from ferviz.faces.identity import sample_person
from ferviz.faces.plan import Family, Plan
from ferviz.faces.planted import place
from ferviz.faces.render import render

EMOTIONS = tuple(LABEL_SETS["FER2013"])
BOUND = 1 / len(EMOTIONS) + 0.03
GREY = 128
VOICED_FRAMES = 42  # at 8 a second, long enough for the slowest voice
CLIPS: tuple[Family, ...] = ("intensity", "degraded", "off_label")


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
    rest = render(plan.person, np.zeros(52, np.float32), bare, plan.size, "fast", moments.view)
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
    """The strongest frame of a clip with a voice, and its voice: `sound` of it (80,)."""
    moments = draw_moments(plan)
    if moments.speech is None:
        raise ValueError(f"family must be one with a voice; got {plan.family!r}")
    return strongest(moments)[1], sound(moments.speech.audio)


def sound(audio: np.ndarray) -> np.ndarray:
    """Mean and spread over time of the log energy in 40 bands up to 8 kHz: level, pitch, tilt and tempo, coarsely."""
    pieces = np.lib.stride_tricks.sliding_window_view(audio, 512)[::256] * np.hanning(512)
    power = np.abs(np.fft.rfft(pieces)) ** 2
    edges = np.unique(np.geomspace(2, 257, 41).round().astype(int))
    bands = np.log(np.stack([power[:, a:b].mean(1) for a, b in pairwise(edges)], 1) + 1e-6)
    return np.concatenate([bands.mean(0), bands.std(0)]).astype(np.float32)


def small_network() -> nn.Module:
    """About 30,000 weights: enough to read the emotion from frames that show it."""
    layers: list[nn.Module] = []
    for channels_in, channels in ((3, 16), (16, 32), (32, 64)):
        layers += [nn.Conv2d(channels_in, channels, 3, 2, 1), nn.BatchNorm2d(channels), nn.ReLU()]
    return nn.Sequential(*layers, nn.AdaptiveAvgPool2d(3), nn.Flatten(), nn.Dropout(0.2), nn.Linear(576, len(EMOTIONS)))


def small_perceptron() -> nn.Module:
    """For a handful of numbers."""
    return nn.Sequential(nn.Linear(6, 32), nn.ReLU(), nn.Linear(32, 32), nn.ReLU(), nn.Linear(32, len(EMOTIONS)))


def cross_read(
    x: torch.Tensor, y: torch.Tensor, quarter: torch.Tensor, make: Callable[[], nn.Module], epochs: int
) -> np.ndarray:
    """What a network that never saw the person says of each item (N,)."""
    said = torch.empty_like(y)
    for fold in range(4):
        torch.manual_seed(fold)
        model, train = make(), torch.nonzero(quarter != fold).ravel()
        steps = epochs * (len(train) // 64)
        optimiser = torch.optim.AdamW(model.parameters(), lr=2e-3, weight_decay=1e-2)
        schedule = torch.optim.lr_scheduler.OneCycleLR(optimiser, 2e-3, total_steps=steps)
        for _ in range(epochs):
            for batch in train[torch.randperm(len(train))].split(64)[: len(train) // 64]:
                inputs = x[batch]
                if x.dim() == 4 and torch.rand(()) < 0.5:
                    inputs = inputs.flip(3)
                loss = nn.functional.cross_entropy(model(inputs), y[batch], label_smoothing=0.05)
                optimiser.zero_grad()
                loss.backward()
                optimiser.step()
                schedule.step()
        model.eval()
        with torch.no_grad():
            other = torch.nonzero(quarter == fold).ravel()
            said[other] = torch.cat([model(x[part]).argmax(1) for part in other.split(256)])
    return said.numpy()


def score(said: np.ndarray, true: np.ndarray, people: np.ndarray) -> dict[str, float]:
    """Balanced accuracy with its 95 % interval over people."""
    hit, one = np.zeros((people.max() + 1, 7)), np.zeros((people.max() + 1, 7))
    np.add.at(hit, (people, true), said == true)
    np.add.at(one, (people, true), 1)
    rng = np.random.default_rng(0)
    picks = rng.integers(len(hit), size=(2000, len(hit)))
    spread = (hit[picks].sum(1) / np.maximum(one[picks].sum(1), 1)).mean(1)
    low, high = np.percentile(spread, [2.5, 97.5])
    return {
        "recall": float((hit.sum(0) / one.sum(0)).mean()),
        "low": float(low),
        "high": float(high),
        "items": len(true),
    }


def pictures(frames: list[np.ndarray]) -> torch.Tensor:
    """(N, 3, H, W), each with mean 0 and spread 1, so that exposure is no hint to look for."""
    x = torch.from_numpy(np.stack(frames)).permute(0, 3, 1, 2).float()
    return (x - x.mean((1, 2, 3), keepdim=True)) / (x.std((1, 2, 3), keepdim=True) + 1)


@torch.no_grad()
def features(frames: list[np.ndarray]) -> torch.Tensor:
    """What the backbone of "fan-mean" makes of frames: (N, 256), each with mean 0 and spread 1 over the frames."""
    model = load_model("fan-mean")
    clip = Clip(np.stack(frames), np.arange(len(frames), dtype=float), crop=model.crop)
    x = torch.cat([model.backbone(part) for part in model.prepare(clip)[0][0].split(256)])
    return standard(x.numpy())


def standard(x: np.ndarray) -> torch.Tensor:
    """Each column (N, D) with mean 0 and spread 1."""
    return torch.from_numpy(((x - x.mean(0)) / (x.std(0) + 1e-6)).astype(np.float32))


def linear_probe(width: int) -> nn.Module:
    """For so many features."""
    return nn.Sequential(nn.Dropout(0.3), nn.Linear(width, len(EMOTIONS)))


Results = dict[str, dict[str, float]]


def measure(
    items: int, people: int, pixels: int, seed: int, epochs: int, part: str = "all", probe: str = "small"
) -> Results:
    """The leaks and controls of a part: "clips", "planted", or "all"."""
    results: Results = {}

    def read(name: str, found: list[np.ndarray] | torch.Tensor, kept: list[int]) -> None:
        make: Callable[[], nn.Module] = small_network
        if not isinstance(found, list):
            x, make = found, small_perceptron
        elif found[0].ndim == 1 or probe == "fan":
            x = standard(np.stack(found)) if found[0].ndim == 1 else features(found)
            make = partial(linear_probe, x.shape[1])
        else:
            x = pictures(found)
        true, who = np.array(kept) % 7, np.array(kept) // max(1, items // people)
        said = cross_read(x, torch.from_numpy(true), torch.from_numpy(who % 4), make, epochs)
        results[name] = score(said, true, who)
        verdict = "" if name.startswith("control") else "ok" if results[name]["high"] < BOUND else "LEAK"
        told = results[name]
        print(f"{name:32s} {told['recall']:.3f} ({told['low']:.3f} to {told['high']:.3f}) {verdict}", flush=True)

    if part != "planted":
        read_clips(read, items, people, pixels, seed)
    for family in ("upper", "lower", "patch") if part != "clips" else ():
        some = plans(items, people, pixels, (family,), seed + 1)[: items // 2]
        both = [planted_frames(plan) for plan in tqdm(some, desc=family)]
        half = list(range(items // 2))
        read(f"{family}, erased", [erased for _, erased in both], half)
        read(f"control: {family}, whole", [whole for whole, _ in both], half)
    for family in ("one_frame", "face_only", "voice_only") if part != "clips" else ():
        some = plans(items, people, pixels, (family,), seed + 1)[: items // 2]
        if family != "one_frame":
            some = [replace(plan, frames=VOICED_FRAMES, rate=8.0) for plan in some]
        both = [(one_frame if family == "one_frame" else streams)(plan) for plan in tqdm(some, desc=family)]
        carrier, rest = ("frame", "another frame") if family == "one_frame" else ("face", "voice")
        first, second = ([pair[place] for pair in both] for place in (0, 1))
        if family == "voice_only":
            carrier, rest, first, second = rest, carrier, second, first
        half = list(range(items // 2))
        read(f"{family}, {rest} alone", second, half)
        read(f"control: {family}, the {carrier}", first, half)
    return results


def read_clips(read: Callable[..., None], items: int, people: int, pixels: int, seed: int) -> None:
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
    box = torch.from_numpy((table - table.mean(0)) / table.std(0)).float()
    read("crop box and frame count", box, everyone)
    read("frames at intensity 0", quiet, kept)
    read("face painted out", blank, everyone)
    read("control: strongest frames", loud, everyone)


def main() -> None:
    """Measure and write the numbers."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--part", choices=("all", "clips", "planted"), default="all")
    parser.add_argument("--probe", choices=("small", "fan"), default="small")
    parser.add_argument("--items", type=int, default=4200)
    parser.add_argument("--people", type=int, default=280)
    parser.add_argument("--pixels", type=int, default=48)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--epochs", type=int, default=24)
    parser.add_argument("--out", type=Path, default=Path("out/leaks.json"))
    chosen = parser.parse_args()
    torch.set_num_threads(1)
    results = measure(
        chosen.items, chosen.people, chosen.pixels, chosen.seed, chosen.epochs, chosen.part, chosen.probe
    )
    chosen.out.parent.mkdir(parents=True, exist_ok=True)
    chosen.out.write_text(json.dumps({"bound": BOUND, "probe": chosen.probe, "results": results}, indent=1) + "\n")


if __name__ == "__main__":
    main()
