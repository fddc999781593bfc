"""A film and its sound on one axis of time, with the weights that attention gives to frames and to positions."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt
import torch
import xarray as xr
from matplotlib.axes import Axes
from matplotlib.patches import Rectangle

from ferviz import audio
from ferviz.audio.spectra import reach
from ferviz.clip import Clip
from ferviz.plots.colours import GAP, INK
from ferviz.plots.figure import SMALL, Figure, colour_map, headline, subplots

__all__ = ["two_streams"]

Array = npt.NDArray[Any]
BLUE = "#0072B2"  # the picture of the sound is orange
PICTURES = 10  # of the film
HERTZ = (100, 500, 1000, 2000, 4000, 8000)
LARGEST = 60  # points², the dot of the position that weighs most
NEEDED = ("video.weight", "audio.weight")
ENDS = ("seconds_from", "seconds_to", "hertz_from", "hertz_to")


def two_streams(clip: Clip, observation: xr.Dataset, *, title: str = "") -> Figure:
    """Frames with their weights, the sound, and its log-mel picture with the weights of its positions.

    A dot is a position, as large as its weight, at the middle of what it sees; the frame round one dot is all that the
    position with the largest weight sees. Where a position sees more than half a second or a third of the bands, that
    is said below.

    Parameters
    ----------
    clip : Clip
        With frames and sound.
    observation : xarray.Dataset
        Of this clip, with ``video.weight`` (frame,) and ``audio.weight`` (position,), as ``ferviz.observe`` gives it
        for an audio-video network.

    Raises
    ------
    ValueError
        For a clip without frames or sound, or of which no frame or no position of the sound can be used, an observation
        without these weights, or one of a network that hears other bands than those of `ferviz.audio.SPEECH`.
    """
    if clip.audio is None or clip.sample_rate is None or not len(clip.audio) or not len(clip):
        raise ValueError(f"clip must have frames and sound; {clip.source!r} has not")
    missing = [name for name in NEEDED if name not in observation]
    if missing or observation.sizes["frame"] != len(clip):
        held = ", ".join(map(str, observation.data_vars))
        raise ValueError(f"observation must hold {' and '.join(NEEDED)} of this clip; it holds {held}")
    for stream, name in (("face", "video.weight"), ("sound", "audio.weight")):
        if not np.isfinite(observation[name]).any():
            raise ValueError(f"clip must have a face and a sound that can be used; of {clip.source!r} no {stream} can")
    begins, known = observation["hertz_from"].values, audio.SPEECH.edges()[:, 0]
    if not np.isclose(begins[:, None], known).any(1).all():
        raise ValueError(
            f"observation must be of a network that hears the {audio.SPEECH.bands} bands of ferviz.audio.SPEECH, which "
            "are drawn; its positions begin between them"
        )
    figure, axes = subplots(4, 1, size=(9.0, 5.6))
    axes[0].get_gridspec().set_height_ratios((1.2, 0.8, 0.6, 2.0))
    _film(axes[0], clip)
    frames = observation["video.weight"].values
    _bars(axes[1], clip, frames)
    ticks = np.arange(len(clip.audio)) / clip.sample_rate
    axes[2].plot(ticks, clip.audio, color=GAP, linewidth=0.4, rasterized=True)
    axes[2].set(ylabel="sound", yticks=[])
    _mel(axes[3], clip)
    best = _dots(axes[3], observation)
    for ax in axes[1:]:
        ax.set_xlim(0, clip.duration)
    for ax in axes[1:3]:
        ax.set_xticklabels([])
    wide = reach({end: observation[end].values for end in ENDS}, audio.SPEECH.edges()[:, 1])
    axes[3].set_xlabel(f"time (s); {wide}" if wide else "time (s)")
    headline(figure, title)
    most = int(np.nanargmax(frames))
    even = 1 / np.isfinite(frames).sum()
    figure.alt = (
        f"{clip.source}, {len(clip)} frames and {clip.duration:.1f} s of sound. Frame {most}, at "
        f"{clip.times[most]:.1f} s, weighs most: {frames[most]:.3f}, where even weights are {even:.3f}. {best}"
    )
    if wide:
        figure.alt += f" {wide[0].upper()}{wide[1:]}: a dot is no place."
    return figure


def _film(ax: Axes, clip: Clip) -> None:
    count = min(PICTURES, len(clip))
    step = clip.duration / count
    for place in range(count):
        frame = int(np.argmin(np.abs(clip.times - (place + 0.5) * step)))
        ax.imshow(clip.frames[frame], extent=(place, place + 0.96, 0, 1), interpolation="auto")
    ax.set(xlim=(0, count), ylim=(0, 1), aspect="equal")
    ax.set_axis_off()


def _bars(ax: Axes, clip: Clip, weight: Array) -> None:
    known = np.isfinite(weight)
    step = float(np.median(np.diff(clip.times))) if len(clip) > 1 else clip.duration
    ax.bar(clip.times[known], weight[known], width=0.8 * step, color=BLUE, align="edge")
    ax.axhline(1 / known.sum(), color=INK, linestyle="--", linewidth=1)
    ax.set_ylabel("weight of\na frame", fontsize=SMALL)


def _mel(ax: Axes, clip: Clip) -> None:
    assert clip.audio is not None
    assert clip.sample_rate is not None
    spectrum = audio.SPEECH
    sound = torch.from_numpy(audio.resample(clip.audio, clip.sample_rate, spectrum.rate))
    picture = audio.log_mel(sound, spectrum).numpy()
    end = (picture.shape[1] - 1) * spectrum.shift + spectrum.window
    low = float(np.percentile(picture, 5))
    ax.imshow(
        picture,
        origin="lower",
        aspect="auto",
        extent=(0, end, -0.5, spectrum.bands - 0.5),
        cmap=colour_map(False),
        vmin=low,
        interpolation="none",
    )
    ax.set_yticks([_row(hertz) for hertz in HERTZ], [f"{hertz:,}" for hertz in HERTZ])
    ax.set_ylabel("frequency (Hz)\nlog-mel, and the weight of\neach position", fontsize=SMALL)


def _row(hertz: Any) -> Any:
    """The band of the picture, with fractions, that is loudest at a frequency."""
    return np.interp(hertz, audio.SPEECH.edges()[:, 1], np.arange(audio.SPEECH.bands))


def _dots(ax: Axes, observation: xr.Dataset) -> str:
    """Each position as a dot, and all that the heaviest sees; that one in words."""
    weight = observation["audio.weight"].values
    known = np.isfinite(weight)
    seconds, hertz = (observation[name].values for name in ("seconds", "hertz"))
    size = LARGEST * weight[known] / weight[known].max()
    ax.scatter(seconds[known], _row(hertz[known]), s=size, color=BLUE, edgecolor="white", linewidths=0.6)
    best = int(np.nanargmax(weight))
    one = {name: float(observation[name][best]) for name in ENDS}
    low, high = _row(one["hertz_from"]), _row(one["hertz_to"])
    corner = (one["seconds_from"], low)
    wide, tall = one["seconds_to"] - one["seconds_from"], high - low
    ax.add_patch(Rectangle(corner, wide, tall, fill=False, edgecolor=BLUE, linewidth=1.8))
    return (
        f"Of {int(known.sum())} positions of the sound the one that weighs most ({weight[best]:.3f}; even weights are "
        f"{1 / known.sum():.3f}) sees {one['seconds_from']:.2f} to {one['seconds_to']:.2f} s and "
        f"{one['hertz_from']:.0f} to {one['hertz_to']:.0f} Hz."
    )
