"""How the golden record is kept, and how what stands is held against it. `golden` says what it means."""

from __future__ import annotations

import hashlib
import json
import platform
import re
from collections.abc import Mapping
from dataclasses import dataclass
from importlib.metadata import version
from pathlib import Path
from typing import Any

import numpy as np
import torch

HERE = Path(__file__).resolve().parent
INDEX, VALUES = HERE / "standing.json", HERE / "standing.npz"
WHOLE, SOME = 128, 64  # an array up to this size is kept whole; of a larger one so many values
CALCULATING = ("torch", "numpy", "scipy", "numba", "captum", "scikit-image", "pillow", "av", "xarray")

# How far another machine's rounding may take an entry, the first row that fits: relative to the largest recorded size,
# absolute, and in whole numbers (levels of a picture). Looked at on one machine told to do without AVX-512, and without
# AVX at all, with kernels compiled for any x86-64; and on an older processor, where a gradient was 2e-5 apart.
ELSEWHERE: tuple[tuple[str, float, float, int], ...] = (
    # a network on given pictures
    (r"(nets|moved|tasks|sounding)/(?!faces/|[^/]+/(photo/|film/|attributed |removal ))", 1e-5, 1e-9, 0),
    # faces that are found and cut out first: here and there a pixel is a level apart; gradients, as below; and what is
    # left of two answers that are nearly equal
    (r"(nets|moved|tasks|sounding)/", 1e-3, 1e-5, 1),
    # gradients jump where a unit turns on, and a convergence error is what is left of two numbers that cancel
    (r"(attribution/|worth/(?!lbp-attention/))(?!.*\bfilm\b)", 1e-3, 3e-5, 1),
    # both; faces that are drawn on the spot; textures, whose codes jump at the smallest step; what WebP makes of them
    (r"", 5e-2, 5e-2, 8),
)

Value = np.ndarray | str
Found = dict[str, Value]


@dataclass(frozen=True)
class Kept:
    """An array as the record keeps it. ``values`` are those of `chosen`; ``mean`` and ``spread`` leave NaN out."""

    dtype: str
    shape: tuple[int, ...]
    sha256: str
    mean: float
    spread: float
    values: np.ndarray


@dataclass(frozen=True)
class Record:
    """The machine on which each group was written, and the entries by name."""

    machines: Mapping[str, Mapping[str, str]]
    entries: Mapping[str, Kept | str]

    def of(self, group: str) -> dict[str, Kept | str]:
        """The entries of a group."""
        return {name: entry for name, entry in self.entries.items() if name.startswith(f"{group}/")}


def fingerprint() -> dict[str, str]:
    """What decides how numbers are rounded: where two are equal, answers are equal to the last bit."""
    words = {"machine": platform.machine(), "torch computes with": torch.backends.cpu.get_cpu_capability()}
    try:
        processor = Path("/proc/cpuinfo").read_text("utf-8").split("\n\n")[0]
    except OSError:  # no Linux
        processor = f"model name: {platform.platform()} {platform.processor()}"
    for name in ("vendor_id", "cpu family", "model", "model name", "flags"):
        said = re.search(rf"^{name}\s*: (.*)$", processor, re.MULTILINE)
        words[name] = said[1] if said else ""
    words["flags"] = " ".join(sorted(f for f in words["flags"].split() if re.match("avx|sse|fma|f16c|amx|bmi", f)))
    return words | {name: version(name) for name in CALCULATING}


def chosen(size: int) -> np.ndarray:
    """The places of a flat array that are kept."""
    return np.arange(size) if size <= WHOLE else np.linspace(0, size - 1, SOME).round().astype(int)


def keep(value: Value) -> Kept | str:
    """An entry as the record keeps it."""
    if isinstance(value, str):
        return value
    array = np.ascontiguousarray(value)
    if array.dtype.kind == "f":
        array = np.where(np.isnan(array), array.dtype.type(np.nan), array + array.dtype.type(0))  # one NaN, one zero
    known = array[~np.isnan(array)] if array.dtype.kind == "f" else array
    mean, spread = (float(known.mean(dtype=float)), float(known.std(dtype=float))) if known.size else (0.0, 0.0)
    digest = hashlib.sha256(array.tobytes()).hexdigest()[:32]
    values = array.reshape(-1)[chosen(array.size)].astype(np.float32)
    return Kept(str(array.dtype), np.shape(value), digest, float(f"{mean:.9g}"), float(f"{spread:.9g}"), values)


def read(index: Path = INDEX, values: Path = VALUES) -> Record:
    """The record. Raises ValueError when its two files do not belong together."""
    said = json.loads(index.read_text("utf-8"))
    with np.load(values, allow_pickle=False) as file:
        numbers = file["values"]
    entries, at = dict[str, Kept | str](), 0
    for name, entry in said["entries"].items():
        if isinstance(entry, str):
            entries[name] = entry
            continue
        dtype, shape, digest, mean, spread = entry
        count = len(chosen(int(np.prod(shape))))
        entries[name] = Kept(dtype, tuple(shape), digest, mean, spread, numbers[at : at + count])
        at += count
    if at != len(numbers):
        raise ValueError(f"{values.name} must have {at} values, as {index.name} says; got {len(numbers)}")
    machines = {group: dict(each["machine"]) for each in said["written"] for group in each["groups"]}
    return Record(machines, entries)


def write(record: Record, index: Path = INDEX, values: Path = VALUES) -> None:
    """Write both files."""
    lines, numbers = [], [np.zeros(0, np.float32)]
    for name, entry in sorted(record.entries.items()):
        said: Any = entry
        if isinstance(entry, Kept):
            said = [entry.dtype, list(entry.shape), entry.sha256, entry.mean, entry.spread]
            numbers.append(entry.values)
        lines.append(f"{json.dumps(name)}: {json.dumps(said, ensure_ascii=False)}")
    written: list[dict[str, Any]] = []
    for group, machine in sorted(record.machines.items()):
        if machine not in [each["machine"] for each in written]:
            written.append({"machine": machine, "groups": []})
        next(each for each in written if each["machine"] == machine)["groups"].append(group)
    head = json.dumps(written, indent=1)
    body = ",\n".join(lines)
    index.write_text(f'{{"written": {head},\n"entries": {{\n{body}\n}}}}\n', "utf-8")
    np.savez_compressed(values, values=np.concatenate(numbers))


def differences(now: Mapping[str, Kept | str], was: Mapping[str, Kept | str], *, exact: bool) -> list[str]:
    """What differs, an entry a line; every name must be on both sides. Not ``exact``: by more than `ELSEWHERE` says."""
    lines = [f"{name}: new, the record does not have it" for name in sorted(now.keys() - was.keys())]
    lines += [f"{name}: gone, only the record has it" for name in sorted(was.keys() - now.keys())]
    for name in sorted(now.keys() & was.keys()):
        near = next(row[1:] for row in ELSEWHERE if re.match(row[0], name))
        said = _differs(now[name], was[name], None if exact else near)
        lines += [f"{name}: {said}"] if said else []
    return lines


def _differs(now: Kept | str, was: Kept | str, near: tuple[float, float, int] | None) -> str:
    if isinstance(now, str) or isinstance(was, str):
        if not (isinstance(now, str) and isinstance(was, str)):
            return "was a text, is an array" if isinstance(was, str) else "was an array, is a text"
        same = now == was if near is None else _reads_like(now, was, *near[:2])
        return "" if same else _first_difference(now, was)
    if (now.dtype, now.shape) != (was.dtype, was.shape):
        return f"was {was.dtype} {was.shape}, is {now.dtype} {now.shape}"
    if now.sha256 == was.sha256 or (near is not None and not _beyond(now, was, *near)):
        return ""
    return _far(now, was)


def _far(now: Kept, was: Kept) -> str:
    apart = np.abs(now.values.astype(float) - was.values)
    kept = "values" if len(now.values) == np.prod(now.shape) else "kept values"
    moved = int((~((apart == 0) | (np.isnan(now.values) & np.isnan(was.values)))).sum())
    most = float(np.nanmax(apart)) if np.isfinite(apart).any() else 0.0
    means = f"mean {was.mean:g} → {now.mean:g}, deviation {was.spread:g} → {now.spread:g}"
    far = f"by up to {most:.3g}" if moved else "so others did"
    return f"{moved} of {len(now.values)} {kept} moved, {far}; {means}"


def _beyond(now: Kept, was: Kept, relative: float, absolute: float, levels: int) -> bool:
    if (np.isnan(now.values) != np.isnan(was.values)).any():
        return True
    apart = np.nan_to_num(np.abs(now.values.astype(float) - was.values))
    summed = max(abs(now.mean - was.mean), abs(now.spread - was.spread))
    if was.dtype.startswith(("int", "uint", "bool")):
        few = 0.1 * len(apart) if levels > 1 else 0  # codes of a texture jump as far as they can, at a few places
        return int((apart > levels).sum()) > few or summed > 0.5 * levels
    scale = max(float(np.nan_to_num(np.abs(was.values)).max(initial=0)), abs(was.mean), was.spread)
    return bool(max(apart.max(initial=0), summed) > relative * scale + absolute)


_NUMBER = re.compile(r"[-+]?\d+(?:\.\d+)?(?:e[-+]?\d+)?")


def _reads_like(now: str, was: str, relative: float, absolute: float) -> bool:
    """Whether two texts differ in their numbers alone, and these by no more than rounding, or one of the last digit."""
    if _NUMBER.sub("#", now) != _NUMBER.sub("#", was):
        return False
    return all(
        abs(float(a) - float(b)) <= max(_last_digit(a, b), relative * abs(float(b)) + absolute)
        for a, b in zip(_NUMBER.findall(now), _NUMBER.findall(was), strict=True)
    )


def _last_digit(*words: str) -> float:
    digits = max(len(word.partition("e")[0].partition(".")[2]) for word in words)
    return 1.001 * 10.0**-digits if digits else 0.0  # whole numbers are counts


def _first_difference(now: str, was: str) -> str:
    at = next((i for i, (a, b) in enumerate(zip(now, was)) if a != b), min(len(now), len(was)))
    here = slice(max(0, at - 40), at + 60)
    return f"was …{was[here]}…, is …{now[here]}…"
