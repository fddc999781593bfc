"""Figures with faces in them: a clip as a filmstrip, a class map over its frame."""

from __future__ import annotations

import textwrap
from collections.abc import Sequence

import numpy as np
import xarray as xr
from matplotlib.axes import Axes
from matplotlib.patches import Rectangle

from ferviz.arguments import choice, whole
from ferviz.clip import Clip
from ferviz.emotions import Emotion
from ferviz.plots.colours import GAP, INK, PAPER, SOFT
from ferviz.plots.figure import SMALL, TEXT, Figure, figure_of, grid, headline, heat, scale, subplots

__all__ = ["class_map", "filmstrip", "found"]


def filmstrip(
    clip: Clip, *, count: int = 8, observation: xr.Dataset | None = None, title: str = "", ax: Axes | None = None
) -> Figure:
    """Frames side by side with their times; a frame that lies in a gap is hatched, and its reason stands below.

    Parameters
    ----------
    clip : Clip
    count : int
        How many frames to pick, evenly; a gap that falls between two of them gets a frame of its own.
    observation : xarray.Dataset, optional
        From ``ferviz.observe``: the strongest label of each frame stands below it.

    Raises
    ------
    ValueError
        For a clip without frames, or a count below 1.
    """
    if not len(clip):
        raise ValueError(f"clip must have frames; {clip.source!r} has sound only")
    whole("count", count)
    picked = _pick(clip, count)
    shape = clip.height / clip.width
    given, (figure, ax) = ax, figure_of(ax, (1.35 * len(picked), 1.35 * shape + 0.75 + 0.3 * bool(title)))
    reasons = _reasons(clip)
    for place, frame in enumerate(picked):
        left, right = place + 0.02, place + 0.98
        ax.imshow(clip.frames[frame], extent=(left, right, 0, shape), interpolation="none")
        below = _label(observation, frame) if observation is not None else ""
        if reasons[frame]:
            ax.add_patch(Rectangle((left, 0), right - left, shape, facecolor=SOFT, edgecolor=GAP, hatch="///"))
            below = textwrap.fill(reasons[frame], 17)
        ax.text(place + 0.5, -0.04, f"{clip.times[frame]:.2f} s", ha="center", va="top", fontsize=TEXT, color=INK)
        ax.text(place + 0.5, -0.20, below, ha="center", va="top", fontsize=SMALL, color=INK)
    deepest = max([1, *(len(textwrap.wrap(reasons[frame], 17)) for frame in picked)])
    ax.set(xlim=(0, len(picked)), ylim=(-0.22 - 0.11 * deepest, shape), aspect="equal")
    ax.set_axis_off()
    headline(figure, title, given)
    if isinstance(figure, Figure):
        labels = {} if observation is None else {frame: _label(observation, frame) for frame in picked}
        said = "; ".join(f"{clip.times[frame]:.2f} s {label}" for frame, label in labels.items() if label)
        figure.alt = _say_filmstrip(clip, picked) + (f" Strongest label: {said}." if said else "")
    return figure


def found(photo: Clip, faces: Clip, frame: int = 0, *, title: str = "", ax: Axes | None = None) -> Figure:
    """The photo with the face that `ferviz.find_faces` cut out of it, and beside it the crop as the model gets it.

    Parameters
    ----------
    photo, faces : Clip
        What ``find_faces`` took and what it gave.
    frame : int
    ax : Axes, optional
        For the photo alone.

    Raises
    ------
    ValueError
        When ``faces`` carries no boxes, or not those of ``photo``.
    """
    if faces.boxes is None or len(faces) != len(photo):
        raise ValueError(
            "faces must be what ferviz.find_faces made of photo; it has no boxes, or another number of frames"
        )
    frame = whole("frame", frame, -len(photo), len(photo) - 1)
    if ax is not None:
        figure, axes = figure_of(ax, (4, 4))[0], [ax]
    else:
        figure, made = subplots(1, 2, size=(6.4, 3.4))
        axes = list(made)
    axes[0].imshow(photo.frames[frame])
    box = faces.boxes[frame]
    others = [face.box for face in faces.others[frame]] if faces.others else []
    for left, top, right, bottom in [b for b in (box, *others) if np.isfinite(b).all()]:
        for colour, width in ((INK, 4), (PAPER, 2)):  # an edge that shows on any picture
            axes[0].add_patch(
                Rectangle(
                    (left - 0.5, top - 0.5), right - left, bottom - top, fill=False, edgecolor=colour, linewidth=width,
                    linestyle="-" if left == box[0] else ":",
                )
            )  # fmt: skip
    side = f"{faces.width} × {faces.height} pixels"
    for one, text in zip(
        axes, (f"{photo.source}: {photo.width} × {photo.height} pixels", f"the crop: {side}"), strict=False
    ):
        one.set_title(text, fontsize=TEXT, color=INK)
        one.set_axis_off()
    if len(axes) == 2:
        axes[1].imshow(faces.frames[frame], interpolation="none")
    headline(figure, title)
    if isinstance(figure, Figure):
        where = (
            "none found" if not np.isfinite(box).all() else "box from ({:.0f}, {:.0f}) to ({:.0f}, {:.0f})".format(*box)
        )
        figure.alt = f"{photo.source} with its face, {where}; {len(others)} other faces. Beside it the crop of {side}."
    return figure


def class_map(
    observation: xr.Dataset,
    emotion: Emotion | str | Sequence[Emotion | str] | None = None,
    frame: int = 0,
    *,
    face: Clip | None = None,
    limit: float | None = None,
    title: str = "",
    ax: Axes | None = None,
) -> Figure:
    """The evidence for a label at each place of the face, with the numbers where one map is drawn.

    Parameters
    ----------
    observation : xarray.Dataset
        With ``class_map`` (frame, emotion, y, x), as ``ferviz.observe`` gives it.
    emotion : Emotion, or several, optional
        Which maps to draw, on one scale; all of them when left out.
    frame : int
    face : Clip, optional
        The clip that was observed: its frame is drawn beneath.
    limit : float, optional
        The end of the colour scale; else the largest absolute value over all labels of this frame, so that the maps
        of two labels can be compared.
    ax : Axes, optional
        Only for one emotion.

    Raises
    ------
    ValueError
        When there is no class map, the frame lies in a gap, or ``ax`` is given for several emotions.
    """
    if "class_map" not in observation:
        raise ValueError(f"observation must hold a class_map; it holds {', '.join(map(str, observation.data_vars))}")
    frame = whole("frame", frame, -observation.sizes["frame"], observation.sizes["frame"] - 1)
    maps = observation["class_map"].isel(frame=frame)
    if not np.isfinite(maps.values).all():
        reason = str(observation["gap"].values[frame]) if "gap" in observation.coords else "unknown"
        raise ValueError(f"frame {frame} lies in a gap ({reason}): it has no class map")
    limit = float(np.abs(maps.values).max()) if limit is None else limit
    if emotion is None:
        emotion = [str(name) for name in maps["emotion"].values]
    several = [emotion] if isinstance(emotion, str) or not isinstance(emotion, Sequence) else list(emotion)
    known = [str(name) for name in maps["emotion"].values]
    words = [choice("emotion", str(Emotion(one)), known) for one in several]
    if len(words) > 1 and ax is not None:
        raise ValueError(f"ax takes one emotion; got {len(words)}")
    if ax is not None:
        figure, axes = figure_of(ax, (4.6, 4.0))[0], [ax]
    else:
        figure, axes = grid(len(words), side=(4.0, 4.0) if len(words) == 1 else (2.15, 2.4), room=0.7)
    for word, one in zip(words, axes, strict=True):
        values = maps.sel(emotion=word).values
        _draw_map(one, values, None if face is None else face.frames[frame], limit, numbers=len(words) == 1)
        one.set_title(f"{word}\nmean {_signed(float(values.mean()))}", fontsize=TEXT, color=INK)
    scale(axes[-1].images[-1], axes, "evidence M (units of the logit)")
    headline(figure, title)
    if isinstance(figure, Figure):
        figure.alt = _say_maps(maps, words)
    return figure


def _pick(clip: Clip, count: int) -> list[int]:
    picked = {int(i) for i in np.linspace(0, len(clip) - 1, min(count, len(clip))).round()}
    for gap in clip.gaps:
        if gap.stream == "frames" and not picked & set(range(gap.start, gap.stop)):
            picked.add((gap.start + gap.stop - 1) // 2)
    return sorted(picked)


def _reasons(clip: Clip) -> list[str]:
    reasons = [""] * len(clip)
    for gap in clip.gaps:
        if gap.stream == "frames":
            reasons[gap.start : gap.stop] = [gap.reason] * (gap.stop - gap.start)
    return reasons


def _label(observation: xr.Dataset, frame: int) -> str:
    probability = observation["emotion_probability"].isel(frame=frame)
    if not np.isfinite(probability.values).all():
        return ""
    best = int(probability.values.argmax())
    return f"{probability['emotion'].values[best]} {probability.values[best]:.2f}"


def _draw_map(ax: Axes, values: np.ndarray, picture: np.ndarray | None, limit: float, *, numbers: bool) -> None:
    rows, columns = values.shape
    extent = (0.0, float(columns), float(rows), 0.0)
    if picture is not None:
        ax.imshow(picture.mean(-1), cmap="gray", vmin=0, vmax=255, extent=extent)
    heat(ax, values, limit=limit, signed=True, extent=extent, alpha=1.0 if picture is None else 0.55)
    if numbers:
        for y, x in np.ndindex(rows, columns):
            ax.text(
                x + 0.5, y + 0.5, _signed(float(values[y, x])), ha="center", va="center", fontsize=SMALL, color=INK,
                bbox={"facecolor": PAPER, "edgecolor": "none", "alpha": 0.75, "pad": 1.5},
            )  # fmt: skip
    ax.set(xticks=[], yticks=[])
    ax.spines[:].set_visible(False)


def _signed(value: float) -> str:
    return "0.0" if abs(value) < 0.05 else f"{value:+.1f}".replace("-", "−")


def _say_filmstrip(clip: Clip, picked: Sequence[int]) -> str:
    gaps = [g for g in clip.gaps if g.stream == "frames"]
    said = [f"{clip.times[g.start]:.2f} to {clip.times[g.stop - 1]:.2f} s: {g.reason}" for g in gaps]
    times = f"from {clip.times[picked[0]]:.2f} to {clip.times[picked[-1]]:.2f} s"
    still = len(clip) == 1 and not gaps
    text = (
        f"One picture of {clip.source}." if still else f"{len(picked)} of {len(clip)} frames of {clip.source}, {times}."
    )
    return f"{text} {'Gaps: ' + '; '.join(said) + '.' if said else '' if still else 'No gaps.'}".strip()


def _say_maps(maps: xr.DataArray, words: Sequence[str]) -> str:
    said = []
    for word in words:
        values = maps.sel(emotion=word).values
        y, x = np.unravel_index(values.argmax(), values.shape)
        said.append(
            f"{word}: mean {values.mean():+.2f}, largest {values.max():+.2f} at row {y}, column {x} "
            f"of {values.shape[0]} × {values.shape[1]}"
        )
    return f"Class maps over the face. {'; '.join(said)}."
