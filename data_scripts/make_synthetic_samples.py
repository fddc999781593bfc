"""Make the bundled synthetic samples: faces with known answers, each a file with its pictures, sound and truth.

    python data_scripts/make_synthetic_samples.py [NAME ...]

Writes ferviz/assets/samples/NAME.npz and their rows in samples.json; all of them unless some are named. Run it again
after a change to the generator. The same generator and library versions give the same bytes.

All people are test people: person n is drawn with the key (0, 8, n), n from 0 to 59, and no set that
`data_scripts/make_synthetic.py` builds draws a person with that key. They were chosen by their resting faces, for
variety, before any model had read them; the seed of a moving clip is the first one whose expression starts at 0 and
reaches 0.8; in the degraded one strong frames are covered and blurred, and the neutral one blinks.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import sys
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from ferviz.clip import Clip
from ferviz.emotions import Emotion
from ferviz.faces.building import write_whole
from ferviz.faces.clips import Moments, draw_moments, make_clip
from ferviz.faces.head import head
from ferviz.faces.identity import sample_person
from ferviz.faces.parcel import parcel, rounded
from ferviz.faces.plan import VOICED, Family, Plan, draw_scene
from ferviz.gallery import BUNDLED

PEOPLE = (0, 8)  # the first numbers of the key of every person here
SIZE, RATE = 112, 10.0
LONGEST = 72  # frames of a clip with a voice
LICENCE = "CC0-1.0; made by ferviz, head shapes from MakeHuman (CC0)"
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

    @property
    def emotion(self) -> Emotion:
        """The label: the name's first word."""
        return Emotion(self.name.split("-")[0])


def _rows() -> tuple[Row, ...]:
    stills = {"happiness": 33, "sadness": 24, "surprise": 36, "fear": 44, "anger": 46, "disgust": 27, "contempt": 35}
    moving = {"happiness": 0, "sadness": 5, "surprise": 21, "fear": 14, "anger": 41, "disgust": 42, "contempt": 3}
    return (
        *(Row(f"{emotion}-still", n, "still") for emotion, n in (stills | {"neutral": 22}).items()),
        Row("anger-mask", 43, "still", cover="mask"),
        Row("happiness-sunglasses", 9, "still", cover="sunglasses"),
        Row("sadness-glasses", 12, "still", cover="glasses"),
        Row("fear-hand", 29, "still", cover="hand"),
        Row("disgust-scarf", 45, "still", cover="scarf"),
        Row("surprise-turned", 1, "still", yaw=42),
        Row("anger-turned", 47, "still", yaw=-38),
        *(Row(f"{emotion}-moving", n) for emotion, n in (moving | {"neutral": 32}).items()),
        Row("happiness-mask-moving", 15, cover="mask"),
        Row("fear-turned-moving", 19, yaw=30),
        Row("surprise-degraded", 25, "degraded"),
        Row("anger-off-label", 37, "off_label", other="surprise"),
        Row("fear-one-frame", 31, "one_frame"),
        Row("happiness-voice-agree", 11, "agree"),
        Row("anger-voice-agree", 26, "agree"),
        Row("sadness-voice-only", 18, "voice_only"),
        Row("sadness-voice-conflict", 2, "conflict", other="happiness"),
        Row("happiness-voice-conflict", 39, "conflict", other="anger"),
    )


ROWS = _rows()


def plan_of(row: Row) -> Plan:
    """The plan of a sample: the first seed whose expression starts at 0 and reaches 0.8; well lit, without noise."""
    person = sample_person(np.random.default_rng([*PEOPLE, row.person]))
    seed = 1000 * row.person
    frames = 1 if row.family == "still" else 18
    values: dict[str, Any] = {"family": row.family, "rate": RATE, "size": SIZE, "peak": 1.0, "yaw": row.yaw}
    values |= {"covers": (row.cover,) if row.cover else (), "other": row.other or None}
    values["talking"] = row.emotion is Emotion.NEUTRAL and row.family == "intensity"
    while True:
        plan = Plan(row.emotion, person, seed, frames=frames, **values)
        scene = draw_scene(plan)
        camera = replace(scene.camera, saturation=1.0, blur=0.0, noise=0.004, exposure=1.0, gamma=1.0, contrast=1.0)
        plan = replace(plan, scene=replace(scene, pitch=scene.pitch / 2, roll=scene.roll / 2, camera=camera))
        try:
            moments = draw_moments(plan)
        except ValueError:  # the voice is longer than the clip
            if row.family not in VOICED or frames >= LONGEST:
                raise
            frames += 2
            continue
        if row.family in ("still", "voice_only") or _comes_up(moments):
            return plan
        seed += 1


def _comes_up(moments: Moments) -> bool:
    """Whether the expression starts at 0 and reaches 0.8; of a degraded clip, strong frames are covered and blurred; of
    a neutral one, whether the eyes blink.
    """
    intensity, faults = moments.course.intensity, moments.faults
    if moments.plan.emotion is Emotion.NEUTRAL:
        return bool(moments.beside[:, head().action_index["eyeBlinkLeft"]].max() > 0.8)
    spoiled = {fault.kind for fault in faults if intensity[max(0, fault.start) : fault.stop].min(initial=1) >= 0.8}
    spoils = not faults or (spoiled & {"hand", "patch"} and spoiled & {"defocus", "smear"})
    return bool(intensity[0] == 0 and intensity.max() >= 0.8 and spoils)


def make(row: Row) -> Clip:
    """The sample, with a truth that its file keeps in every bit."""
    return replace(rounded(make_clip(plan_of(row))), source=row.name)


def describe(row: Row) -> str:
    """The sample in a sentence."""
    emotion = str(row.emotion)
    texts = {
        "still": "Neutral" if emotion == "neutral" else f"{emotion.capitalize()} at full intensity",
        "intensity": "Neutral, talking and blinking" if emotion == "neutral" else f"{emotion.capitalize()} comes up",
        "degraded": f"{emotion.capitalize()} comes up; some frames are blurred or covered, or the eyes are closed",
        "off_label": f"{emotion.capitalize()}, but some frames show {row.other} at full intensity",
        "one_frame": f"{emotion.capitalize()} in one frame alone; all others are neutral",
        "agree": f"{emotion.capitalize()} in face and voice",
        "voice_only": f"{emotion.capitalize()} in the voice alone; the face is neutral",
        "conflict": f"{emotion.capitalize()} in the face, {row.other} in the voice",
    }
    more = f", behind {COVERS.get(row.cover, row.cover)}" if row.cover else ""
    more += f", the head turned by {abs(row.yaw):g}°" if row.yaw else ""
    return f"{texts[row.family]}{more}. A synthetic face with its truth."


def entry(row: Row, data: bytes) -> dict[str, str]:
    """The sample's row in samples.json."""
    return {
        "name": row.name,
        "file": f"{row.name}.npz",
        "sha256": hashlib.sha256(data).hexdigest(),
        "licence": LICENCE,
        "origin": f"data_scripts/make_synthetic_samples.py, person {row.person}",
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
            data = parcel(make(row))
            write_whole(BUNDLED / f"{row.name}.npz", data)
            entries[row.name] = entry(row, data)
            print(f"{row.name}: {len(data) / 1e3:.0f} kB")
    made = [entries.pop(row.name) for row in ROWS if row.name in entries]
    bundled = [one for one in entries.values() if not one.get("package")] + made
    ordered = bundled + [one for one in entries.values() if one.get("package")]
    write_whole(listing, (json.dumps(ordered, indent=1, ensure_ascii=False) + "\n").encode())
    files = {one["file"] for one in bundled}
    print(f"{len(ROWS)} samples, {sum((BUNDLED / file).stat().st_size for file in files) / 1e6:.2f} MB with the photo")
    return 0


if __name__ == "__main__":
    sys.exit(main())
