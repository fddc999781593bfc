"""Figures of what a synthetic clip knows: its maps, its course in time, its voice."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import numpy.typing as npt
from matplotlib.axes import Axes
from matplotlib.colors import ListedColormap
from matplotlib.patches import Patch

from ferviz.clip import Clip, Truth
from ferviz.emotions import Emotion
from ferviz.faces.regions import Region
from ferviz.plots.colours import EMOTION_COLOURS, GAP, INK, PAPER, ink_on
from ferviz.plots.figure import SMALL, TEXT, Figure, grid, headline, heat, scale, subplots

__all__ = ["course", "truth_maps", "voice"]

Array = npt.NDArray[Any]

UNITS = {"relevance": "mm", "motion": "mm", "changed": "share of white"}
TELLS = {
    "picture": "the picture",
    "regions": "regions",
    "landmarks": "68 landmarks",
    "cover": "cover",
    "relevance": "relevance: by the emotion",
    "motion": "motion: by anything",
    "changed": "changed: colours",
}
_REGIONS = (
    "#F6F6F4", "#E8C9A8", "#F0E442", "#8C510A", "#0072B2", "#E69F00", "#F5B7B1", "#D55E00", "#CC79A7", "#999999",
    "#C7EAE5", "#444444", "#009E73",
)  # fmt: skip


def truth_maps(
    clip: Clip,
    frame: int = 0,
    fields: Sequence[str] = ("picture", "regions", "landmarks", "relevance", "motion", "changed"),
    *,
    title: str = "",
) -> Figure:
    """The maps of one frame side by side. ``relevance`` and ``motion`` share one scale, in millimetres.

    Parameters
    ----------
    clip : Clip
        With truth.
    frame : int
    fields : sequence of str
        Of "picture", "regions", "landmarks", "cover", "relevance", "motion", "changed".

    Raises
    ------
    ValueError
        For a clip without truth, or an unknown field.
    """
    truth = _truth(clip)
    strangers = [name for name in fields if name not in TELLS]
    if strangers or not fields:
        raise ValueError(f"fields must be some of {', '.join(TELLS)}; got {list(fields)}")
    figure, axes = grid(len(fields), side=(3.05, 2.35), most=3)
    millimetres = max(1.0, *(float(_map(truth, name)[frame].max()) for name in ("relevance", "motion")))
    for name, ax in zip(fields, axes):
        _draw_field(ax, clip, truth, frame, name, millimetres)
        ax.set_title(TELLS[name], fontsize=TEXT, color=INK)
        ax.set_axis_off()
    headline(figure, title)
    figure.alt = (
        f"{clip.source} at {clip.times[frame]:.2f} s: " + "; ".join(_say(truth, frame, n) for n in fields) + "."
    )
    return figure


def _truth(clip: Clip) -> Truth:
    if clip.truth is None or clip.truth.relevance is None:
        raise ValueError(f"clip must be synthetic, with its truth; {clip.source!r} has none")
    return clip.truth


def _map(truth: Truth, name: str) -> Array:
    return np.asarray(getattr(truth, name))


def _draw_field(ax: Axes, clip: Clip, truth: Truth, frame: int, name: str, millimetres: float) -> None:
    picture = clip.frames[frame]
    if name in ("picture", "landmarks"):
        ax.imshow(picture, interpolation="none")
    if name == "landmarks":
        points, seen = _map(truth, "landmarks")[frame], _map(truth, "visible")[frame]
        for which, colour, edge in ((seen, "#56B4E9", INK), (~seen, "none", PAPER)):
            ax.scatter(points[which, 0], points[which, 1], s=9, color=colour, edgecolors=edge, linewidths=0.5)
        ax.set(xlim=(-0.5, clip.width - 0.5), ylim=(clip.height - 0.5, -0.5))
    elif name == "regions":
        numbers = _map(truth, name)[frame]
        ax.imshow(numbers, cmap=ListedColormap(list(_REGIONS)), vmin=-0.5, vmax=12.5, interpolation="none")
        present = [region for region in Region if (numbers == region).any()]
        handles = [Patch(facecolor=_REGIONS[r], edgecolor=INK, linewidth=0.4, label=r.name.lower()) for r in present]
        legend = ax.legend(handles=handles, fontsize=SMALL, loc="center left", bbox_to_anchor=(1, 0.5), frameon=False,
                           handlelength=1, handletextpad=0.4)  # fmt: skip
        legend.set_in_layout(False)  # it stands where the maps below have their colour bars
    elif name == "cover":
        ax.imshow(_map(truth, name)[frame], cmap="gray_r", vmin=0, vmax=1, interpolation="none")
    elif name in UNITS:
        limit = millimetres if UNITS[name] == "mm" else max(0.1, float(_map(truth, name).max()))
        drawn = heat(ax, _map(truth, name)[frame], limit=limit, signed=False)
        scale(drawn, [ax], UNITS[name])


def _say(truth: Truth, frame: int, name: str) -> str:
    if name in UNITS:
        return f"{TELLS[name]}, up to {float(_map(truth, name)[frame].max()):.2f} {UNITS[name]}"
    if name == "landmarks":
        return f"{int(_map(truth, 'visible')[frame].sum())} of 68 landmarks visible"
    if name == "regions":
        numbers = _map(truth, name)[frame]
        return "regions " + ", ".join(region.name.lower() for region in Region if (numbers == region).any())
    if name == "cover":
        return f"a cover over {float(_map(truth, name)[frame].mean()):.0%} of the picture"
    return TELLS[name]


def course(clip: Clip, *, count: int = 9, title: str = "") -> Figure:
    """A clip in time: frames above, below them intensity and evidence, and as a band which emotion is shown.

    Raises
    ------
    ValueError
        For a clip without truth or with one frame.
    """
    truth = _truth(clip)
    if len(clip) < 2:
        raise ValueError(f"clip must have two frames or more; {clip.source!r} has {len(clip)}")
    times, step = clip.times, float(np.median(np.diff(clip.times)))
    picked = np.unique(np.linspace(0, len(clip) - 1, min(count, len(clip))).round().astype(int))
    figure, (film, ax) = subplots(2, 1, size=(9.0, 3.7))
    ax.get_gridspec().set_height_ratios((1, 1.7))
    for place, frame in enumerate(picked):
        film.imshow(clip.frames[frame], extent=(place, place + 0.97, 0, 1), interpolation="auto")
        film.text(place + 0.5, -0.03, f"{times[frame]:.1f} s", ha="center", va="top", fontsize=SMALL, color=INK)
    film.set(xlim=(0, len(picked)), ylim=(-0.2, 1), aspect="equal")
    _curves(ax, truth, times, step)
    ax.set(xlim=(times[0] - step / 2, times[-1] + step / 2), ylim=(-0.03, 1.22), xlabel="time (s)", ylabel="share")
    ax.set_yticks([0, 0.5, 1])
    film.set_axis_off()
    headline(figure, title)
    figure.alt = _say_course(clip, truth)
    return figure


def _curves(ax: Axes, truth: Truth, times: Array, step: float) -> None:
    covered = _map(truth, "cover").mean((1, 2))
    if covered.any():
        ax.fill_between(times, covered, color=GAP, alpha=0.5, step="mid", label="covered share of the picture")
    ax.plot(times, _map(truth, "intensity"), "-", color="#0072B2", linewidth=2.2, label="intensity: what the face does")
    ax.plot(times, _map(truth, "evidence"), "--o", color="#D55E00", markersize=3.5, label="evidence: what can be seen")
    if truth.intruder is not None and truth.intruder.any():
        ax.plot(times, truth.intruder, ":s", color="#666666", markersize=3.5, label="the same of the other emotion")
    for start, stop, name in _runs(truth.shown):
        left = times[start] - step / 2
        span = times[stop - 1] + step / 2 - left
        colour = EMOTION_COLOURS[Emotion(name)]
        ax.broken_barh([(left, span)], (1.08, 0.12), color=colour)
        ax.text(left + span / 2, 1.14, name, ha="center", va="center", fontsize=SMALL, color=ink_on(colour))
    ax.legend(fontsize=SMALL, loc="upper center", bbox_to_anchor=(0.5, -0.2), ncols=3, frameon=False)


def _runs(shown: Array | None) -> list[tuple[int, int, str]]:
    """Stretches that show one emotion: (start, stop, name)."""
    runs: list[tuple[int, int, str]] = []
    for frame, name in enumerate(shown if shown is not None else ()):
        start = runs.pop()[0] if runs and runs[-1][2] == name else frame
        runs.append((start, frame + 1, str(name)))
    return runs


def _say_course(clip: Clip, truth: Truth) -> str:
    stretches = ", ".join(
        f"{name} {clip.times[a]:.1f} to {clip.times[b - 1]:.1f} s" for a, b, name in _runs(truth.shown)
    )
    intensity, evidence = _map(truth, "intensity"), _map(truth, "evidence")
    best = float(clip.times[int(evidence.argmax())])
    return (
        f"{clip.source} in time. Shown: {stretches}. Intensity from {intensity.min():.2f} to {intensity.max():.2f}; "
        f"most evidence at {best:.1f} s; up to {_map(truth, 'cover').mean((1, 2)).max():.0%} of the picture is covered."
    )


def voice(clip: Clip, pitch: tuple[Array, Array], *, title: str = "") -> Figure:
    """A voice and its mouth on one axis of time: sound with its phonemes, pitch, and how far the lips are apart.

    Parameters
    ----------
    clip : Clip
        With sound and truth.
    pitch : arrays (K,), (K,)
        Times in seconds and pitch in Hz, NaN where nothing is voiced: see `ferviz.faces.voices.contour`.

    Raises
    ------
    ValueError
        For a clip without truth or sound.
    """
    truth = _truth(clip)
    if clip.audio is None or clip.sample_rate is None:
        raise ValueError(f"clip must have sound; {clip.source!r} has none")
    figure, (sound, high, lips) = subplots(3, 1, size=(9.0, 4.8))
    ticks = np.arange(len(clip.audio)) / clip.sample_rate
    sound.plot(ticks, clip.audio, color=GAP, linewidth=0.4, rasterized=True)
    top = 1.25 * float(np.abs(clip.audio).max())
    for symbol, start, stop in truth.phonemes:
        sound.axvline(start, color=INK, linewidth=0.3)
        sound.text((start + stop) / 2, top, "·" if symbol == "sil" else symbol, ha="center", fontsize=SMALL, color=INK)
    sound.set(ylabel="sound", ylim=(-top, 1.3 * top), yticks=[])
    high.plot(*pitch, "-", color="#0072B2", linewidth=2)
    high.set(ylabel="pitch (Hz)")
    apart = lip_distance(truth)
    lips.plot(clip.times, apart, "-o", color="#D55E00", markersize=3.5)
    lips.set(ylabel="lips apart\n(share of the eyes'\ndistance)", xlabel="time (s)")
    lips.yaxis.label.set_fontsize(SMALL)
    for ax in (sound, high, lips):
        ax.set_xlim(0, clip.duration)
    for ax in (sound, high):
        ax.set_xticklabels([])
    headline(figure, title)
    said, known = truth.voice, np.asarray(pitch[1])[np.isfinite(pitch[1])]
    figure.alt = (
        f"The voice of {clip.source}: {said.get('sentence', '')!r}, {len(truth.phonemes)} phonemes; pitch "
        f"{known.min():.0f} to {known.max():.0f} Hz; the lips part by up to {apart.max():.2f} of the eyes' distance."
    )
    return figure


def lip_distance(truth: Truth) -> Array:
    """How far the lips' inner edges are apart (T,), as a share of the distance of the eyes."""
    points = _map(truth, "landmarks")
    eyes = np.linalg.norm(points[:, 36:42].mean(1) - points[:, 42:48].mean(1), axis=1)
    apart: Array = np.linalg.norm(points[:, 62] - points[:, 66], axis=1) / eyes
    return apart
