"""Damage every kind of file that `load_clip` reads, and see that nothing but a clip or a `ClipError` comes of it.

``python tests/media/fuzz.py --files 2000`` (`make fuzz`). Each file is damaged by its own seed, so a failure comes back
with ``--only KIND:NUMBER``. Files are read in child processes with a limit of memory; the parent sees a crash or a hang
by what the child was reading, and goes on after it. `tests/media/test_media_fuzz.py` reads 200 files this way.
"""

from __future__ import annotations

import argparse
import io
import json
import os
import re
import subprocess
import sys
import tempfile
import threading
import time
import traceback
import warnings
import zlib
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from fractions import Fraction
from functools import cache
from pathlib import Path

import numpy as np

HERE = Path(__file__).resolve()
SEED = 20_250
SECONDS = 30.0  # for one file, on a machine at work; most take milliseconds
PATIENCE = 60.0  # seconds more for the first file of a child, which begins with imports
MEMORY = 3 * 1024**3  # bytes of addresses for a child: what load_clip may give (2 GiB) and Python itself
CHOICES = (
    {}, {"max_frames": 3}, {"fps": 4.0, "seek": "exact", "max_side": 20}, {"start": 0.2, "stop": 0.8}, {"max_side": 16},
)  # fmt: skip

PICTURES: dict[str, tuple[str, str, dict]] = {
    "png": ("PNG", "RGB", {}),
    "png-gray16": ("PNG", "I;16", {}),
    "png-palette": ("PNG", "P", {"transparency": 0}),
    "apng": ("PNG", "RGB", {"save_all": True, "duration": [40, 20, 100]}),
    "jpeg": ("JPEG", "RGB", {}),
    "jpeg-cmyk": ("JPEG", "CMYK", {}),
    "mpo": ("MPO", "RGB", {"save_all": True}),
    "gif": ("GIF", "P", {}),
    "gif-moving": ("GIF", "P", {"save_all": True, "duration": [40, 20, 100]}),
    "webp": ("WEBP", "RGB", {}),
    "webp-lossless": ("WEBP", "RGBA", {"lossless": True}),
    "webp-moving": ("WEBP", "RGB", {"save_all": True, "duration": [40, 20, 100]}),
    "bmp": ("BMP", "RGB", {}),
    "tiff": ("TIFF", "RGB", {}),
    "tiff-lzw": ("TIFF", "RGB", {"compression": "tiff_lzw"}),
    "tiff-float": ("TIFF", "F", {}),
    "tiff-pages": ("TIFF", "L", {"save_all": True}),
    "avif": ("AVIF", "RGB", {}),
    "avif-moving": ("AVIF", "RGB", {"save_all": True, "duration": [40, 20, 100]}),
    "ppm": ("PPM", "RGB", {}),
    "pgm16": ("PPM", "I;16", {}),
}
"""Pillow's format, the mode and the options of each kind of photo and animation."""

FILMS: dict[str, tuple[str, str, str, str, dict]] = {
    "mp4": ("mp4", "libx264", "yuv420p", "aac", {}),
    "mp4-pieces": ("mp4", "libx264", "yuv420p", "aac", {"movflags": "frag_keyframe+empty_moov"}),
    "mov": ("mov", "mpeg4", "yuv420p", "pcm_s16le", {}),
    "3gp": ("3gp", "mpeg4", "yuv420p", "aac", {}),
    "matroska": ("matroska", "libx264", "yuv420p", "libopus", {}),
    "webm": ("webm", "libvpx-vp9", "yuv420p", "libopus", {}),
    "webm-vp8": ("webm", "libvpx", "yuv420p", "libopus", {}),
    "avi": ("avi", "mjpeg", "yuvj420p", "pcm_s16le", {}),
    "mpegts": ("mpegts", "libx264", "yuv420p", "mp2", {}),
    "mpeg": ("mpeg", "mpeg1video", "yuv420p", "mp2", {}),
    "flv": ("flv", "flv", "yuv420p", "aac", {}),
    "asf": ("asf", "wmv2", "yuv420p", "mp2", {}),
    "nut": ("nut", "mpeg4", "yuv420p", "pcm_s16le", {}),
    "mxf": ("mxf", "mpeg2video", "yuv420p", "", {}),
    "h264": ("h264", "libx264", "yuv420p", "", {}),
    "hevc": ("hevc", "libx265", "yuv420p", "", {}),
    "ivf": ("ivf", "libvpx-vp9", "yuv420p", "", {}),
    "ivf-av1": ("ivf", "libsvtav1", "yuv420p", "", {}),
    "m4v": ("m4v", "mpeg4", "yuv420p", "", {}),
    "mpegvideo": ("mpeg1video", "mpeg1video", "yuv420p", "", {}),
    "y4m": ("yuv4mpegpipe", "wrapped_avframe", "yuv420p", "", {}),
}
"""Muxer, codec, pixel format, codec of the sound and options of each kind of film."""

SOUNDS: dict[str, tuple[str, str, int]] = {
    "wav": ("wav", "pcm_s16le", 16_000),
    "wav-float": ("wav", "pcm_f32le", 16_000),
    "w64": ("w64", "pcm_s16le", 16_000),
    "mp3": ("mp3", "libmp3lame", 16_000),
    "flac": ("flac", "flac", 16_000),
    "aac": ("adts", "aac", 16_000),
    "m4a": ("ipod", "aac", 16_000),
    "aiff": ("aiff", "pcm_s16be", 16_000),
    "au": ("au", "pcm_s16be", 16_000),
    "amr": ("amr", "libopencore_amrnb", 8000),
    "caf": ("caf", "pcm_s16be", 16_000),
    "ac3": ("ac3", "ac3", 48_000),
    "eac3": ("eac3", "eac3", 48_000),
    "ogg": ("ogg", "libopus", 48_000),
}
"""Muxer, codec and rate of each kind of sound."""


def kinds() -> list[str]:
    """The names of all kinds of files, in a fixed order."""
    return [*PICTURES, "tiff-float-rgb", "heic", *FILMS, *SOUNDS]


@cache
def whole(kind: str) -> bytes:
    """The undamaged file of a kind."""
    if kind in PICTURES:
        return _photo(*PICTURES[kind])
    if kind in FILMS:
        return _film(*FILMS[kind])
    if kind in SOUNDS:
        return _sound(*SOUNDS[kind])
    if kind == "heic":
        return _heic()
    import tifffile

    data = io.BytesIO()
    tifffile.imwrite(data, (_pixels(0) / 255).astype(np.float32), photometric="rgb", compression="deflate")
    return data.getvalue()


def _pixels(place: int) -> np.ndarray:
    rows, columns = np.mgrid[:32, :48]
    return np.stack([rows * 7 + place * 9, columns * 5, (rows + columns) * 3 + place], -1).astype(np.uint8)


def _photo(form: str, mode: str, options: dict) -> bytes:
    from PIL import Image

    pages = []
    for place in range(3):
        image = Image.fromarray(_pixels(place))
        if mode == "I;16":
            image = Image.fromarray(_pixels(place)[..., 0].astype(np.uint16) * 257)
        elif mode == "F":
            image = Image.fromarray((_pixels(place)[..., 0] / 255).astype(np.float32))
        else:
            image = image.convert(mode)
        pages.append(image)
    more = {"append_images": pages[1:]} if options.get("save_all") else {}
    data = io.BytesIO()
    pages[0].save(data, form, **options, **more)
    return data.getvalue()


def _heic() -> bytes:
    sys.path.insert(0, str(HERE.parents[1]))
    from heics import HEVC_ALPHA, Heic, box, full

    photo = Heic(9)
    tiles = np.tile(_pixels(0), (4, 4, 1))[:128, :128]
    for place in range(4):
        row, column = divmod(place, 2)
        photo.tile(place + 1, tiles[row * 64 :, column * 64 :][:64, :64])
    photo.grid(9, [1, 2, 3, 4], 2, 120, 100, box(b"irot", b"\1"))
    photo.tile(5, tiles[:64, :64], full(b"auxC", HEVC_ALPHA))
    photo.refer(b"auxl", 5, 9)
    return photo.written()


def _film(form: str, codec: str, pixels: str, sound: str, options: dict) -> bytes:
    import av

    with tempfile.TemporaryDirectory() as folder:
        path = str(Path(folder) / "film")
        with av.open(path, "w", format=form, options=options) as file:
            rate = 25 if form in ("mpeg", "mpeg1video", "mxf") else 10
            quiet = {"x265-params": "log-level=none:bframes=0"} if codec == "libx265" else {}
            video = file.add_stream(codec, rate=rate, options=quiet)
            video.width, video.height, video.pix_fmt = 64, 64, pixels
            audio = file.add_stream(sound, rate=48_000, layout="mono") if sound else None
            for place in range(12):
                frame = av.VideoFrame.from_ndarray(np.tile(_pixels(place), (2, 2, 1))[:64, :64].copy(), format="rgb24")
                frame.pts, frame.time_base = place, Fraction(1, rate)
                file.mux(video.encode(frame.reformat(format=pixels)))
            file.mux(video.encode(None))
            if audio is not None:
                _add_tone(file, audio, 48_000)
        return Path(path).read_bytes()


def _sound(form: str, codec: str, rate: int) -> bytes:
    import av

    data = io.BytesIO()
    with av.open(data, "w", format=form) as file:
        _add_tone(file, file.add_stream(codec, rate=rate, layout="mono"), rate)
    return data.getvalue()


def _add_tone(file, stream, rate: int) -> None:
    import av

    samples = np.sin(np.arange(rate * 4 // 5) * (2 * np.pi * 440 / rate)).astype(np.float32)[None] * 0.4
    stream.codec_context.open(strict=False)
    whole_tone = av.AudioFrame.from_ndarray(samples, format="fltp", layout="mono")
    whole_tone.sample_rate, whole_tone.pts, whole_tone.time_base = rate, 0, Fraction(1, rate)
    shape = stream.codec_context.format.name, "mono", rate, stream.codec_context.frame_size or 1024
    resampler = av.AudioResampler(*shape)
    for frame in [*resampler.resample(whole_tone), *resampler.resample(None)]:
        file.mux(stream.encode(frame))
    file.mux(stream.encode(None))


# damage


def damaged(kind: str, number: int) -> bytes:
    """The file of a kind, damaged by one or two of four ways; the same for the same number for ever."""
    rng = np.random.default_rng([SEED, zlib.crc32(kind.encode()), number])
    data = bytearray(whole(kind))
    for way in rng.permutation(4)[: rng.integers(1, 3)]:
        data = (_flip, _truncate, _splice, _blank)[way](data, rng)
    return bytes(data)


def _place(data: bytearray, rng: np.random.Generator) -> int:
    """Half of all places lie in the first kilobyte, where most formats say what follows."""
    most = len(data) if rng.random() < 0.5 else min(1024, len(data))
    return int(rng.integers(0, max(1, most)))


def _flip(data: bytearray, rng: np.random.Generator) -> bytearray:
    for _ in range(int(2 ** rng.uniform(0, 6))):
        if data:
            data[_place(data, rng)] ^= 1 << int(rng.integers(8))
    return data


def _truncate(data: bytearray, rng: np.random.Generator) -> bytearray:
    return data[: int(rng.integers(0, len(data) + 1))]


def _splice(data: bytearray, rng: np.random.Generator) -> bytearray:
    """Put a piece from elsewhere, or from a file of another kind, into this one."""
    names = kinds()
    other = data if rng.random() < 0.5 else bytearray(whole(names[int(rng.integers(len(names)))]))
    begin = int(rng.integers(0, len(other) + 1))
    piece = other[begin : begin + int(2 ** rng.uniform(0, 10))]
    place = _place(data, rng)
    return data[:place] + piece + data[place + (len(piece) if rng.random() < 0.5 else 0) :]


def _blank(data: bytearray, rng: np.random.Generator) -> bytearray:
    """Overwrite a stretch with zeros or ones."""
    place = _place(data, rng)
    size = min(len(data) - place, int(2 ** rng.uniform(0, 8)))
    data[place : place + size] = bytes([0 if rng.random() < 0.5 else 255]) * size
    return data


# children


def plan(files: int) -> list[tuple[str, int]]:
    """The files to read: kinds in turn, numbers rising."""
    names = kinds()
    return [(names[place % len(names)], place // len(names)) for place in range(files)]


def child() -> None:
    """Read the files named on standard input; say before each what it is, and after each what came of it."""
    _limit_memory()
    from ferviz.media import ClipError, load_clip

    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "file"
        for line in sys.stdin:
            kind, number = json.loads(line)
            data = damaged(kind, number)
            _say({"reading": [kind, number]})
            begin = time.perf_counter()
            result = {"outcome": "clip"}
            choice = CHOICES[(number + zlib.crc32(kind.encode())) % len(CHOICES)]
            try:
                if number % 2:
                    path.write_bytes(data)
                with warnings.catch_warnings():
                    warnings.simplefilter("ignore")
                    load_clip(path if number % 2 else data, **choice)
            except ClipError:
                result = {"outcome": "ClipError"}
            except BaseException as error:  # noqa: BLE001  whatever else comes is what is looked for
                result = {"outcome": type(error).__name__, "trace": traceback.format_exc()}
            _say(result | {"done": [kind, number], "seconds": time.perf_counter() - begin, "memory": _peak()})


def _limit_memory() -> None:
    if sys.platform != "win32":
        import resource

        resource.setrlimit(resource.RLIMIT_AS, (MEMORY, MEMORY))
        resource.setrlimit(resource.RLIMIT_CORE, (0, 0))


def _peak() -> int:
    """Bytes of memory that this process has used at most; 0 where that is not known."""
    if sys.platform == "win32":
        return 0
    import resource

    status = Path("/proc/self/status")
    if status.is_file():  # ru_maxrss also counts what the parent had when it started this process
        return int(re.search(r"VmHWM:\s+(\d+) kB", status.read_text("ascii"))[1]) * 1024  # type: ignore[index]
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * (1 if sys.platform == "darwin" else 1024)


def _say(words: dict) -> None:
    print(json.dumps(words), flush=True)


@dataclass
class Report:
    """What came of all files. ``bad`` has one line for each that gave something else than a clip or a `ClipError`."""

    outcomes: Counter[str] = field(default_factory=Counter)
    by_kind: dict[str, Counter[str]] = field(default_factory=dict)
    bad: list[str] = field(default_factory=list)
    slowest: float = 0.0
    slowest_file: str = ""
    memory: int = 0

    def add(self, kind: str, number: int, outcome: str, words: str = "") -> None:
        self.outcomes[outcome] += 1
        self.by_kind.setdefault(kind, Counter())[outcome] += 1
        if outcome not in ("clip", "ClipError"):
            self.bad.append(f"{kind}:{number} gave {outcome}\n{words}")


def run(files: list[tuple[str, int]], seconds: float = SECONDS, command: list[str] | None = None) -> Report:
    """Read all files in children, a new one after each crash or hang."""
    report, left = Report(), list(files)
    while left:
        done = _one_child(left, report, seconds, command or [sys.executable, str(HERE), "--child"])
        left = left[done:]
    return report


def _one_child(files: list[tuple[str, int]], report: Report, seconds: float, command: list[str]) -> int:
    """Let one child read as many files as it can; how many were dealt with."""
    path = os.pathsep.join([str(HERE.parents[2]), *os.environ.get("PYTHONPATH", "").split(os.pathsep)])
    env = os.environ | {"PYTHONPATH": path, "OMP_NUM_THREADS": "1"}
    process = subprocess.Popen(
        command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, env=env
    )
    assert process.stdin is not None
    assert process.stdout is not None
    errors: list[str] = []
    listener = threading.Thread(target=lambda: errors.extend(process.stderr or ()), daemon=True)
    listener.start()
    count, hung = 0, threading.Event()
    with process:
        for kind, number in files:
            words = _answer(process, kind, number, seconds + (PATIENCE if not count else 0), hung)
            count += 1
            if words is None:
                process.wait()
                listener.join(5)
                outcome = "hang" if hung.is_set() else f"crash (status {process.returncode})"
                report.add(kind, number, outcome, "".join(errors)[-2000:])
                break
            report.add(kind, number, words["outcome"], words.get("trace", ""))
            report.memory = max(report.memory, words["memory"])
            if words["seconds"] > report.slowest:
                report.slowest, report.slowest_file = words["seconds"], f"{kind}:{number}"
        else:
            process.stdin.close()
    return count


def _answer(
    process: subprocess.Popen[str], kind: str, number: int, seconds: float, hung: threading.Event
) -> dict | None:
    """What the child says of one file; None when it died or had to be ended."""

    def end() -> None:
        hung.set()
        process.kill()

    assert process.stdin is not None
    assert process.stdout is not None
    clock = threading.Timer(seconds, end)
    clock.start()
    try:
        process.stdin.write(json.dumps([kind, number]) + "\n")
        process.stdin.flush()
        for line in _spoken(process.stdout.readline):
            if "done" in line:
                return line
    except BrokenPipeError:
        pass
    finally:
        clock.cancel()
    return None


def _spoken(readline: Callable[[], str]) -> Iterator[dict]:
    """What the child says; FFmpeg and its codecs may print lines of their own between."""
    while text := readline():
        if text.startswith("{"):
            yield json.loads(text)


def main() -> int:
    parser = argparse.ArgumentParser(description="Damage every kind of file that load_clip reads, and read it.")
    parser.add_argument("--files", type=int, default=2000)
    parser.add_argument("--only", help="KIND:NUMBER reads that file alone; with --write FILE it is also written")
    parser.add_argument("--write", type=Path)
    parser.add_argument("--child", action="store_true", help=argparse.SUPPRESS)
    args = parser.parse_args()
    if args.child:
        child()
        return 0
    files = plan(args.files)
    if args.only:
        kind, _, number = args.only.partition(":")
        files = [(kind, int(number))]
        if args.write:
            args.write.write_bytes(damaged(kind, int(number)))
    report = run(files)
    for words in report.bad:
        print(words)
    for kind, outcomes in report.by_kind.items():
        print(f"{kind:15s} {dict(sorted(outcomes.items()))}")
    print(
        f"{len(files)} damaged files of {len(report.by_kind)} kinds: {dict(sorted(report.outcomes.items()))}; the "
        f"slowest {report.slowest:.2f} s ({report.slowest_file}), at most {report.memory / 1e6:.0f} MB in a child"
    )
    return bool(report.bad)


if __name__ == "__main__":
    sys.exit(main())
