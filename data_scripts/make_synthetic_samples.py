"""Make the bundled synthetic samples: faces with known answers, each a file with its pictures, sound and truth.

    python data_scripts/make_synthetic_samples.py [NAME ...]

Writes ferviz/assets/samples/NAME.npz and their rows in samples.json; all of them unless some are named. Run it again
after a change to the generator. The same generator and library versions give the same bytes.

All people are test people: person n is drawn with the key (0, 8, n), n from 0 to 59, and no set that
`data_scripts/make_synthetic.py` builds draws a person with that key. People were chosen for variety, among those whose
faces are read at all. For each sample seeds are tried in order until one fits:

- a moving expression starts at 0 and reaches 0.8; in the degraded clip strong frames are covered and blurred, and the
  neutral one blinks;
- two of `READERS` at least read what the face shows where it shows most (`moments`); contempt is known to the last of
  them alone. Of a sample that is *hard* on purpose fewer than two do, and its description says so.

So the samples were chosen because networks read them: they are no test of these networks, which share training
pictures besides. How many seeds were tried stands in the sample's row, under "origin".
"""

from __future__ import annotations

import argparse
import hashlib
import json
import sys
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from ferviz.clip import Clip, Crop
from ferviz.emotions import Emotion
from ferviz.faces.building import write_whole
from ferviz.faces.clips import Moments, draw_frame, draw_moments, make_clip
from ferviz.faces.head import head
from ferviz.faces.identity import sample_person
from ferviz.faces.parcel import open_parcel, parcel, rounded
from ferviz.faces.plan import VOICED, Family, Plan, draw_scene
from ferviz.gallery import BUNDLED
from ferviz.models import load_model
from ferviz.observe import observe

PEOPLE = (0, 8)  # the first numbers of the key of every person here
SIZE, RATE = 112, 10.0
LONGEST = 72  # frames of a clip with a voice
LICENCE = "CC0-1.0; made by ferviz, head shapes from MakeHuman (CC0)"
READERS = ("mini-xception", "lbp-attention", "lbp-attention-ferplus")
CLEARLY = 0.05  # of probability: so far the label must be ahead, so that the choice does not hang on a rounding
MOST = 300  # seeds that are tried
FAULTS = ("hand", "defocus")  # of the degraded clip
COVERS = {"mask": "a medical mask", "hand": "a hand", "patch": "a patch", "scarf": "a scarf"}


@dataclass(frozen=True)
class Row:
    """One sample to make; what is left open is drawn."""

    name: str
    person: int
    family: Family = "intensity"
    cover: str = ""
    yaw: float = 0.0
    other: str = ""  # what else is shown or spoken
    hard: bool = False  # on purpose: fewer than two networks read it

    @property
    def emotion(self) -> Emotion:
        """The label: the name's first word."""
        return Emotion(self.name.split("-")[0])


def _rows() -> tuple[Row, ...]:
    stills = {"happiness": 33, "sadness": 5, "surprise": 36, "fear": 44, "anger": 46, "disgust": 13, "contempt": 35}
    moving = {"happiness": 0, "sadness": 34, "surprise": 21, "fear": 14, "anger": 41, "disgust": 24, "contempt": 56}
    return (
        *(Row(f"{name}-still", n, "still", hard=name == "contempt") for name, n in (stills | {"neutral": 50}).items()),
        Row("anger-mask", 20, "still", cover="mask"),
        Row("happiness-sunglasses", 9, "still", cover="sunglasses"),
        Row("sadness-glasses", 12, "still", cover="glasses"),
        Row("fear-hand", 29, "still", cover="hand"),
        Row("disgust-scarf", 45, "still", cover="scarf", hard=True),
        Row("surprise-turned", 1, "still", yaw=42),
        Row("anger-turned", 47, "still", yaw=-38),
        *(Row(f"{name}-moving", n, hard=name == "contempt") for name, n in (moving | {"neutral": 23}).items()),
        Row("happiness-mask-moving", 15, cover="mask", hard=True),
        Row("fear-turned-moving", 48, yaw=32),
        Row("surprise-degraded", 25, "degraded"),
        Row("anger-off-label", 37, "off_label", other="surprise"),
        Row("fear-one-frame", 31, "one_frame"),
        Row("happiness-voice-agree", 11, "agree"),
        Row("anger-voice-agree", 26, "agree"),
        Row("sadness-voice-only", 18, "voice_only"),
        Row("sadness-voice-conflict", 49, "conflict", other="happiness"),
        Row("happiness-voice-conflict", 39, "conflict", other="anger"),
    )


ROWS = _rows()


def plans_of(row: Row) -> Iterator[Plan]:
    """The plans of a sample, one for each seed in order; well lit, without noise."""
    person = sample_person(np.random.default_rng([*PEOPLE, row.person]))
    frames = 1 if row.family == "still" else 18
    values: dict[str, Any] = {"family": row.family, "rate": RATE, "size": SIZE, "peak": 1.0, "yaw": row.yaw}
    values |= {"covers": (row.cover,) if row.cover else (), "other": row.other or None, "strength": 1.0}
    values |= {"faults": FAULTS, "talking": row.emotion is Emotion.NEUTRAL and row.family == "intensity"}
    for seed in range(1000 * row.person, 1000 * row.person + MOST):
        plan = Plan(row.emotion, person, seed, frames=frames, **values)
        scene = draw_scene(plan)
        camera = replace(scene.camera, saturation=1.0, blur=0.0, noise=0.004, exposure=1.0, gamma=1.0, contrast=1.0)
        yield replace(plan, scene=replace(scene, pitch=scene.pitch / 2, roll=scene.roll / 2, camera=camera))


def draw(plan: Plan) -> Moments:
    """The moments of a plan, in as many frames as its voice needs."""
    while True:
        try:
            return draw_moments(plan)
        except ValueError:  # the voice is longer than the clip
            if plan.family not in VOICED or plan.frames >= LONGEST:
                raise
            plan = replace(plan, frames=plan.frames + 2)


def _comes_up(drawn: Moments) -> bool:
    """Whether the expression starts at 0 and reaches 0.8; of a degraded clip, strong frames are covered and blurred; of
    a neutral one, whether the eyes blink.
    """
    plan, intensity = drawn.plan, drawn.course.intensity
    if plan.family in ("still", "voice_only"):
        return True
    if plan.emotion is Emotion.NEUTRAL:
        return bool(drawn.beside[:, head().action_index["eyeBlinkLeft"]].max() > 0.8)
    spoiled = {f.kind for f in drawn.faults if intensity[max(0, f.start) : f.stop].min(initial=1) >= 0.8}
    spoils = plan.family != "degraded" or spoiled.issuperset(FAULTS)
    return bool(intensity[0] == 0 and intensity.max() >= 0.8 and spoils)


def moments(clip: Clip) -> list[tuple[int, str]]:
    """Where a clip is read, and as what: for each emotion of the face, the frame with most evidence of it; the first
    one where the face stays neutral.
    """
    truth = clip.truth
    assert truth is not None
    assert truth.evidence is not None
    assert truth.shown is not None
    kinds = (truth.evidence, np.zeros_like(truth.evidence) if truth.intruder is None else truth.intruder)
    places = [int(kind.argmax()) for kind in kinds if kind.any()] or [0]
    return [(place, str(truth.shown[place])) for place in places]


def readers(frames: npt.NDArray[np.uint8], shown: Sequence[str], ahead: float = 0.0) -> tuple[str, ...]:
    """Which of `READERS` read each of the frames (N, H, W, 3) as what it shows, ``ahead`` of all other labels."""
    clip = Clip(frames, np.arange(len(frames)) / RATE, crop=Crop(SIZE, 0.0), source="sample")
    return tuple(name for name in READERS if _reads(name, clip, shown, ahead))


def _reads(name: str, clip: Clip, shown: Sequence[str], ahead: float) -> bool:
    model = load_model(name)
    labels = [str(label) for label in model.labels]
    if not set(shown) <= set(labels):
        return False
    probability = observe(model, clip)["emotion_probability"].values
    own = np.eye(len(labels), dtype=bool)[[labels.index(label) for label in shown]]
    return bool((probability[own] >= probability.max(1, where=~own, initial=0) + ahead).all())


def is_read(frames: npt.NDArray[np.uint8], shown: Sequence[str], ahead: float = 0.0) -> bool:
    """Whether two networks at least read what the frames show; contempt, whether the one that knows it does."""
    return len(readers(frames, shown, ahead)) >= (1 if "contempt" in shown else 2)


def _fits(row: Row, frames: npt.NDArray[np.uint8], shown: Sequence[str]) -> bool:
    return not is_read(frames, shown, -CLEARLY) if row.hard else is_read(frames, shown, CLEARLY)


def _glance(drawn: Moments) -> tuple[npt.NDArray[np.uint8], list[str]]:
    """Where each emotion is strongest, without the rest of the clip; the first frame where none is."""
    shown, intensity = drawn.course.shown, drawn.course.intensity
    named = [name for name in np.unique(shown) if name != str(Emotion.NEUTRAL)]
    places = [int(np.where(shown == name, intensity, 0).argmax()) for name in named] or [0]
    return np.stack([draw_frame(drawn, place)[0] for place in places]), [str(shown[place]) for place in places]


def make(row: Row) -> tuple[Clip, int]:
    """The sample, with a truth that its file keeps in every bit, and the number of seeds that were tried.

    Raises
    ------
    ValueError
        When no seed fits.
    """
    for tried, plan in enumerate(plans_of(row), 1):
        drawn = draw(plan)
        if not _comes_up(drawn) or (row.family != "degraded" and not _fits(row, *_glance(drawn))):
            continue
        clip = replace(rounded(make_clip(drawn.plan)), source=row.name)
        stored = open_parcel(parcel(clip))  # as the networks will see it, after the film's loss
        places, shown = zip(*moments(stored), strict=True)
        if _fits(row, stored.frames[list(places)], shown):
            return clip, tried
    raise ValueError(f"{row.name}: none of {MOST} seeds fits person {row.person}; take another, or call it hard")


def describe(row: Row) -> str:
    """The sample in a sentence."""
    emotion = str(row.emotion)
    texts = {
        "still": f"{emotion.capitalize()} at full intensity",
        "intensity": f"{emotion.capitalize()} comes and goes",
        "degraded": f"{emotion.capitalize()} comes and goes; some frames are blurred, and a hand passes",
        "off_label": f"{emotion.capitalize()}, but some frames show {row.other} at full intensity",
        "one_frame": f"{emotion.capitalize()} in one frame alone; all others are neutral",
        "agree": f"{emotion.capitalize()} in face and voice",
        "voice_only": f"{emotion.capitalize()} in the voice alone; the face is neutral",
        "conflict": f"{emotion.capitalize()} in the face, {row.other} in the voice",
    }
    if row.emotion is Emotion.NEUTRAL:
        texts |= {"still": "Neutral", "intensity": "Neutral, talking and blinking"}
    more = f", behind {COVERS.get(row.cover, row.cover)}" if row.cover else ""
    more += f", the head turned by {abs(row.yaw):g}°" if row.yaw else ""
    who = "the one network that knows the word does not read it"
    if row.emotion is not Emotion.CONTEMPT:
        who = "fewer than two of three networks read it"
    hard = f" Hard on purpose: {who}." if row.hard else ""
    return f"{texts[row.family]}{more}.{hard} A synthetic face with its truth."


def entry(row: Row, data: bytes, tried: int) -> dict[str, str]:
    """The sample's row in samples.json."""
    return {
        "name": row.name,
        "file": f"{row.name}.npz",
        "sha256": hashlib.sha256(data).hexdigest(),
        "licence": LICENCE,
        "origin": f"data_scripts/make_synthetic_samples.py, person {row.person}, seeds tried: {tried}",
        "description": describe(row),
    }


def main(arguments: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("names", nargs="*", help="samples to make again; all unless given")
    wanted = parser.parse_args(arguments).names
    strangers = sorted(set(wanted) - {row.name for row in ROWS})
    if strangers:
        known = ", ".join(row.name for row in ROWS)
        print(f"there is no sample {', '.join(strangers)}; there are {known}", file=sys.stderr)
        return 2
    listing = BUNDLED / "samples.json"
    entries = {one["name"]: one for one in json.loads(listing.read_text("utf-8"))}
    for row in ROWS:
        if not wanted or row.name in wanted:
            clip, tried = make(row)
            data = parcel(clip)
            write_whole(BUNDLED / f"{row.name}.npz", data)
            entries[row.name] = entry(row, data, tried)
            print(f"{row.name}: {len(data) / 1e3:.0f} kB, {tried} seeds tried", flush=True)
    made = [entries.pop(row.name) for row in ROWS if row.name in entries]
    bundled = [one for one in entries.values() if not one.get("package")] + made
    ordered = bundled + [one for one in entries.values() if one.get("package")]
    write_whole(listing, (json.dumps(ordered, indent=1, ensure_ascii=False) + "\n").encode())
    files = {one["file"] for one in bundled}
    print(f"{len(ROWS)} samples, {sum((BUNDLED / file).stat().st_size for file in files) / 1e6:.2f} MB with the photo")
    return 0


if __name__ == "__main__":
    sys.exit(main())
