"""Make the bundled samples: a photo, and a short clip in which that photo is moved before a camera.

    python data_scripts/make_samples.py

Writes ferviz/assets/samples/astronaut.jpg and astronaut-moving.mp4, and their hashes into samples.json beside them.
The photo has the same bytes with the same libraries; the film has the same pictures, which x264 may pack in another
way. The photo is `skimage.data.astronaut()`: Eileen Collins,
by NASA, in the public domain.
"""

from __future__ import annotations

import hashlib
import io
import json
import sys
from pathlib import Path

import numpy as np
import numpy.typing as npt
from PIL import Image
from skimage.data import astronaut

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from ferviz.clip import Clip
from ferviz.gallery import BUNDLED
from ferviz.warp import warp

FPS, SECONDS, SIZE, RATE = 15, 4, (360, 480), 16_000
BORDER = 160  # mirrored around the photo, so that a tilted view meets no black corner
PATCH = (150, 30, 300, 200)  # left, top, right, bottom of what covers the face
COVERED = (3.0, 3.5)  # seconds

# second: the point of the photo in the middle of the view, its enlargement and its tilt in degrees
PATH = (
    (0.0, 235, 165, 1.20, 0),
    (0.8, 228, 140, 1.60, 0),
    (1.3, 225, 135, 1.60, 16),
    (1.7, 225, 135, 1.60, 0),
    (2.1, 225, 345, 1.60, 0),
    (2.4, 225, 345, 1.60, 0),
    (2.8, 228, 140, 1.60, 0),
    (3.6, 235, 140, 1.45, -10),
    (4.0, 240, 150, 1.40, -6),
)


def camera(times: npt.NDArray[np.float64]) -> npt.NDArray[np.float64]:
    """Matrices (T, 2, 3) from the bordered photo to the view; the path eases in and out of its stations."""
    stations = np.array(PATH)
    place = np.interp(times, stations[:, 0], np.arange(len(stations)))
    whole, part = np.floor(place), place % 1
    eased = whole + part * part * (3 - 2 * part)
    x, y, zoom, tilt = (np.interp(eased, np.arange(len(stations)), column) for column in stations[:, 1:].T)
    cos, sin = zoom * np.cos(np.radians(tilt)), zoom * np.sin(np.radians(tilt))
    turn = np.stack([np.stack([cos, -sin], -1), np.stack([sin, cos], -1)], 1)
    middle = np.array([(SIZE[1] - 1) / 2, (SIZE[0] - 1) / 2])
    shift = middle - np.einsum("tij,tj->ti", turn, np.stack([x, y], -1) + BORDER)
    return np.concatenate([turn, shift[:, :, None]], axis=2)


def moving(photo: npt.NDArray[np.uint8]) -> Clip:
    """The photo seen along the camera's path, with a soft tone that swells and fades."""
    times = np.arange(SECONDS * FPS) / FPS
    bordered = np.pad(photo, ((BORDER, BORDER), (BORDER, BORDER), (0, 0)), mode="reflect")
    covered = bordered.copy()
    left, top, right, bottom = (edge + BORDER for edge in PATCH)
    covered[top:bottom, left:right] = (122, 116, 108)
    hidden = (times >= COVERED[0]) & (times < COVERED[1])
    scene = Clip(np.where(hidden[:, None, None, None], covered, bordered), times)
    ticks = np.arange(SECONDS * RATE) / RATE
    tone = 0.08 * np.sin(np.pi * ticks / SECONDS) * np.sin(2 * np.pi * 220 * ticks)
    view = warp(scene, camera(times), size=SIZE)
    return Clip(view.frames, times, audio=tone.astype(np.float32), sample_rate=RATE)


def main() -> None:
    photo = astronaut()
    data = io.BytesIO()
    Image.fromarray(photo).save(data, format="JPEG", quality=93, subsampling=0, optimize=True)
    (BUNDLED / "astronaut.jpg").write_bytes(data.getvalue())
    moving(photo).save(BUNDLED / "astronaut-moving.mp4")
    listing = BUNDLED / "samples.json"
    entries = json.loads(listing.read_text("utf-8"))
    for entry in entries:
        if not entry.get("package"):
            content = (BUNDLED / entry["file"]).read_bytes()
            entry["sha256"] = hashlib.sha256(content).hexdigest()
            print(f"{entry['name']}: {len(content) / 1e3:.0f} kB")
    part = listing.with_suffix(".part")
    part.write_text(json.dumps(entries, indent=1, ensure_ascii=False) + "\n", "utf-8", newline="\n")
    part.replace(listing)


if __name__ == "__main__":
    main()
