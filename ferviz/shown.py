"""How clips, models and tables show themselves in a notebook: plain HTML that follows the page's theme."""

from __future__ import annotations

import base64
import io
from collections.abc import Iterable, Mapping, Sequence
from html import escape
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt
from PIL import Image

from ferviz.streams import wav

if TYPE_CHECKING:
    from ferviz.clip import Clip, Gap

__all__ = ["clip_html", "table"]

PICTURES, HEIGHT = 8, 72  # of a filmstrip, and its pixels
SECONDS = 30  # of sound that is kept in the page to be played
INK, FAINT, LINE = "var(--jp-ui-font-color1, CanvasText)", "var(--jp-ui-font-color2, GrayText)", "#4477AA"
HOLE = "#CC6677"  # gaps; hatched as well, so that colour is not all that tells


def table(columns: Sequence[str], rows: Iterable[Sequence[object]], label: str) -> str:
    """An HTML table with a heading a column; each row's first cell is its heading. Cells are text, never markup."""
    left = "style='text-align:left;vertical-align:top'"
    named = "".join(f"<th scope='col' {left}>{escape(one)}</th>" for one in columns)
    body = "".join(
        f"<tr><th scope='row' {left}>{escape(str(first))}</th>"
        + "".join(f"<td {left}>{escape(str(cell))}</td>" for cell in rest)
        + "</tr>"
        for first, *rest in rows
    )
    head = f"<thead><tr>{named}</tr></thead>"
    return f"<table aria-label='{escape(label, quote=True)}'>{head}<tbody>{body}</tbody></table>"


def clip_html(clip: Clip) -> str:
    """A clip as one looks at it: a strip of its frames, its time with the gaps, its sound, its labels and its truth."""
    parts = [f"<div style='color:{INK}'><code>{escape(repr(clip))}</code></div>"]
    if len(clip):
        parts.append(_strip(clip))
    if clip.gaps or clip.audio is not None:
        parts.append(_timeline(clip))
    if clip.audio is not None and clip.sample_rate is not None and len(clip.audio):
        parts.append(_sound(clip.audio, clip.sample_rate))
    parts += [_line(name, told) for name, told in _told(clip)]
    said = f"style='margin:4px 0 12px' aria-label='{escape(repr(clip), quote=True)}'"
    return f"<div role='group' {said}>{''.join(parts)}</div>"


def _strip(clip: Clip) -> str:
    picked = np.unique(np.linspace(0, len(clip) - 1, min(PICTURES, len(clip))).round().astype(int))
    usable = clip.usable()
    figures = (_picture(clip, int(frame), bool(usable[frame])) for frame in picked)
    return f"<div style='display:flex;flex-wrap:wrap;gap:4px;margin:4px 0'>{''.join(figures)}</div>"


def _picture(clip: Clip, frame: int, usable: bool) -> str:
    picture, page = Image.fromarray(clip.frames[frame]), io.BytesIO()
    if picture.height > 2 * HEIGHT:
        picture = picture.resize((max(1, picture.width * 2 * HEIGHT // picture.height), 2 * HEIGHT))
    picture.save(page, "WEBP", quality=80)
    data = base64.b64encode(page.getvalue()).decode()
    said = f"frame {frame} · {clip.times[frame]:.2f} s{'' if usable else ' · gap'}"
    edge = "transparent" if usable else HOLE
    return (
        f"<figure style='margin:0'><img alt='{said}' src='data:image/webp;base64,{data}' "
        f"style='height:{HEIGHT}px;max-width:none;border:2px solid {edge}'>"
        f"<figcaption style='font-size:11px;color:{FAINT}'>{said}</figcaption></figure>"
    )


def _timeline(clip: Clip) -> str:
    """The clip's time as a bar with its loudness and its gaps."""
    end = max(clip.duration, 1e-9)
    shapes = [f"<rect x='0' y='13' width='1000' height='2' fill='{FAINT}'/>"]
    if clip.audio is not None and clip.sample_rate is not None and len(clip.audio):
        wide = 1000 * len(clip.audio) / clip.sample_rate / end
        shapes += _loudness(clip.audio, wide)
    for gap in clip.gaps:
        first, last = (_second(clip, gap, item) for item in (gap.start, gap.stop))
        x, width = 1000 * first / end, max(3.0, 1000 * (last - first) / end)
        shapes.append(
            f"<rect x='{x:.1f}' y='2' width='{width:.1f}' height='24' fill='{HOLE}' fill-opacity='.45' stroke='{HOLE}' "
            f"stroke-dasharray='3 2'><title>{escape(_gap(gap))}</title></rect>"
        )
    told = "; ".join(map(_gap, clip.gaps)) or "no gaps"
    return (
        f"<svg viewBox='0 0 1000 28' preserveAspectRatio='none' role='img' "
        f"aria-label='0 to {clip.duration:.2f} s, {escape(told, quote=True)}' "
        f"style='width:100%;max-width:640px;height:28px;display:block'>{''.join(shapes)}</svg>"
    )


def _loudness(audio: npt.NDArray[np.float32], wide: float) -> list[str]:
    """One bar a stretch of sound, as high as its loudest sample."""
    stretches = np.array_split(audio, min(200, len(audio)))
    step = wide / len(stretches)
    highs = [min(1.0, float(np.abs(one).max())) * 24 for one in stretches]
    size = f"width='{step * 0.7:.1f}' fill='{LINE}'"
    return [
        f"<rect x='{place * step:.1f}' y='{14 - high / 2:.1f}' height='{high:.1f}' {size}/>"
        for place, high in enumerate(highs)
    ]


def _second(clip: Clip, gap: Gap, item: int) -> float:
    if gap.stream == "audio":
        return item / (clip.sample_rate or 1)
    return float(clip.times[item]) if item < len(clip) else clip.duration


def _gap(gap: Gap) -> str:
    return f"{gap.stream} {gap.start} to {gap.stop - 1}: {gap.reason}"


def _sound(audio: npt.NDArray[np.float32], rate: float) -> str:
    """A player with its own controls. The page holds at most half a minute of it."""
    data = base64.b64encode(wav(audio[: int(SECONDS * rate)], rate)).decode()
    cut = f" (the first {SECONDS} s)" if len(audio) > SECONDS * rate else ""
    player = f"<audio controls aria-label='The clip&#39;s sound{cut}' src='data:audio/wav;base64,{data}'></audio>"
    return f"<div style='color:{FAINT};font-size:12px'>{player}{cut}</div>"


def _told(clip: Clip) -> list[tuple[str, str]]:
    """What else is known, as pairs of a name and words."""
    told = [("labels", ", ".join(f"{head}: {_short(value)}" for head, value in clip.labels.items()))]
    told.append(("gaps", "; ".join(map(_gap, clip.gaps))))
    told.append(("cut", "" if clip.crop is None else str(clip.crop)))
    told.append(("truth", "" if clip.truth is None else ", ".join(clip.truth.arrays())))
    return [(name, words) for name, words in told if words]


def _line(name: str, words: str) -> str:
    return f"<div style='color:{INK}'><b>{name}</b> {escape(words)}</div>"


def _short(value: Any) -> str:
    if isinstance(value, Mapping):
        return ", ".join(f"{key} {_short(one)}" for key, one in value.items())
    if isinstance(value, np.ndarray) and value.size > 12:
        return f"array {value.shape}"
    if isinstance(value, tuple | list | np.ndarray):
        return f"({', '.join(map(_short, value))})"
    return f"{value:.3g}" if isinstance(value, float | np.floating) else str(value)
