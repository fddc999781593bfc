"""How long, and how much memory, 64 small frames of a 10-minute 1080p film take.

Run ``python tests/benchmarks/bench_film.py``. The film (25 frames a second, a key frame every 250 frames = 10 s, mono
sound) is made once and kept in the temporary folder. Each measurement is the median of several fresh processes; memory
is the peak above what the process held before ``load_clip``, with everything imported. The calibration line says how
fast this machine decodes that film one frame after another.
"""

from __future__ import annotations

import argparse
import json
import os
import resource
import statistics
import subprocess
import sys
import tempfile
import time
from fractions import Fraction
from pathlib import Path

import av
import numpy as np

FPS = 25
KEY_DISTANCE = 250
SIZE = (1080, 1920)
TARGET_SECONDS, TARGET_MEGABYTES = 10.0, 500.0


def make_film(path: Path, seconds: int) -> None:
    """Write the film: soft waves under a moving disc, so that frames differ and encoding stays quick."""
    part = path.with_suffix(".part.mp4")
    rows, columns = np.mgrid[: SIZE[0], : SIZE[1]].astype(np.float32)
    waves = (110 + 50 * np.sin(columns / 90) + 40 * np.cos(rows / 70)).astype(np.uint8)
    with av.open(str(part), "w") as container:
        options = {"preset": "ultrafast", "crf": "23", "g": str(KEY_DISTANCE), "keyint_min": str(KEY_DISTANCE)}
        video = container.add_stream("libx264", rate=FPS, options=options | {"sc_threshold": "0"})
        video.height, video.width, video.pix_fmt = *SIZE, "yuv420p"
        sound = container.add_stream("aac", rate=48_000, layout="mono")
        for index in range(seconds * FPS):
            planes = np.full((SIZE[0] * 3 // 2, SIZE[1]), 128, np.uint8)
            planes[: SIZE[0]] = np.roll(waves, 3 * index, axis=1)
            x = int(960 + 700 * np.sin(index / 40))
            planes[440:640, x - 100 : x + 100] = 30 + index % 200
            container.mux(video.encode(av.VideoFrame.from_ndarray(planes, format="yuv420p")))
            if index % FPS == 0:
                tone = 0.2 * np.sin(2 * np.pi * 220 * np.arange(48_000) / 48_000)
                for block in range(0, 48_000, 1000):
                    frame = av.AudioFrame.from_ndarray(
                        tone[None, block : block + 1000].astype(np.float32), format="fltp", layout="mono"
                    )
                    frame.sample_rate, frame.pts = 48_000, index // FPS * 48_000 + block
                    frame.time_base = Fraction(1, 48_000)
                    container.mux(sound.encode(frame))
        container.mux(video.encode(None))
        container.mux(sound.encode(None))
    part.replace(path)


def decode_rate(path: Path) -> float:
    """Frames a second when the film's first 250 are decoded in order."""
    with av.open(str(path)) as container:
        container.streams.video[0].thread_type = "AUTO"
        began = time.perf_counter()
        count = sum(1 for _, _ in zip(range(KEY_DISTANCE), container.decode(video=0), strict=False))
        return count / (time.perf_counter() - began)


def resident() -> float:
    """Megabytes that this process holds now."""
    pages = int(Path("/proc/self/statm").read_text().split()[1])
    return pages * os.sysconf("SC_PAGE_SIZE") / 1e6


def measure_here(path: str, seek: str) -> None:
    """Load the film in this process and print the numbers as JSON."""
    from ferviz.media import load_clip

    before, began = resident(), time.perf_counter()
    clip = load_clip(path, max_frames=64, max_side=640, seek=seek)
    took = time.perf_counter() - began
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024 * 1.048576 - before
    print(json.dumps({"seconds": took, "megabytes": peak, "frames": len(clip), "sound": clip.audio is not None}))


def main() -> int:
    """Make the film if needed, measure, and print one line for each way of seeking; 1 when the target is missed."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seconds", type=int, default=600)
    parser.add_argument("--runs", type=int, default=3)
    parser.add_argument("--measure", nargs=2, metavar=("FILM", "SEEK"), help=argparse.SUPPRESS)
    choice = parser.parse_args()
    if choice.measure:
        measure_here(*choice.measure)
        return 0
    folder = Path(tempfile.gettempdir()) / "ferviz-bench"
    folder.mkdir(exist_ok=True)
    film = folder / f"film-1080p-{choice.seconds}s-key{KEY_DISTANCE}.mp4"
    if not film.exists():
        print(f"making {film} …", flush=True)
        make_film(film, choice.seconds)
    print(
        f"film: {choice.seconds} s of 1920×1080 at {FPS} frames/s, key frame every {KEY_DISTANCE} frames, "
        f"{film.stat().st_size / 1e6:.0f} MB"
    )
    print(f"calibration: {decode_rate(film):.0f} frames/s decoded in order")
    missed = False
    for seek in ("key", "exact"):
        runs = []
        for _ in range(choice.runs):
            command = [sys.executable, __file__, "--measure", str(film), seek]
            runs.append(json.loads(subprocess.run(command, check=True, capture_output=True, text=True).stdout))
        seconds, megabytes = (statistics.median(run[key] for run in runs) for key in ("seconds", "megabytes"))
        met = seconds < TARGET_SECONDS and megabytes < TARGET_MEGABYTES
        missed |= seek == "key" and not met
        print(
            f"seek={seek!r}: {runs[0]['frames']} frames, sound {runs[0]['sound']}, {seconds:.2f} s, "
            f"{megabytes:.0f} MB above the start ({'within' if met else 'over'} {TARGET_SECONDS:.0f} s and "
            f"{TARGET_MEGABYTES:.0f} MB)"
        )
    return int(missed)


if __name__ == "__main__":
    sys.exit(main())
