"""Charts to hover over, by plotly: in the page's own colours, and the finding in words below it."""

from __future__ import annotations

import json
from html import escape
from typing import Any

import numpy as np
import plotly.graph_objects as go
import xarray as xr

from ferviz.arguments import whole
from ferviz.emotions import Emotion
from ferviz.plots.colours import EMOTION_COLOURS, EMOTION_DASHES, GAP, INK, PAPER
from ferviz.plots.figure import FONT

__all__ = ["Chart", "probabilities"]

CONFIG = {
    "displaylogo": False, "showSendToCloud": False,
    "modeBarButtonsToRemove": ["sendChartToCloud", "sendDataToCloud", "editInChartStudio"],
}  # fmt: skip
"""Nothing in the bar leaves this machine: no link to the maker, nothing to upload or to edit elsewhere."""

EITHER = "#808080"  # reads on white and on black, where the page does not tell its colours
FOLLOW = (
    "<style>.jp-OutputArea:has(.ferviz-words) .js-plotly-plot :is(.xtick,.ytick,.g-gtitle,.g-xtitle,.g-ytitle,.legend,"
    ".annotation,.bars) text{fill:var(--jp-content-font-color1,CanvasText)!important}</style>"
)


class Chart(go.Figure):
    """A plotly figure with its finding in words: plotly itself puts no alt text into the page."""

    def __init__(self, *given: Any, alt: str = "", **named: Any) -> None:
        super().__init__(*given, **named)
        self._alt = alt  # plotly refuses public attributes that it does not know

    @property
    def alt(self) -> str:
        """The finding in a sentence or two."""
        return self._alt

    def _ipython_display_(self) -> None:
        from IPython.display import display

        # Only the small JSON: plotly's own default would put 4 MB of script into the notebook as well
        display({"application/vnd.plotly.v1+json": {**json.loads(self.to_json()), "config": CONFIG}}, raw=True)
        words = (
            f"<p class='ferviz-words' style='max-width:72ch;margin:.2em 0 1em'><strong>In words:</strong> "
            f"{escape(self.alt)}</p>{FOLLOW}"
        )
        display({"text/html": words, "text/plain": self.alt}, raw=True)

    def show(self, *given: Any, **named: Any) -> None:
        """As plotly's, with nothing in the bar that leaves this machine."""
        super().show(*given, **_kept_here(named))

    def to_html(self, *given: Any, **named: Any) -> str:
        """As plotly's, with nothing in the bar that leaves this machine."""
        return str(super().to_html(*given, **_kept_here(named)))

    def write_html(self, *given: Any, **named: Any) -> None:
        """As plotly's, with nothing in the bar that leaves this machine."""
        super().write_html(*given, **_kept_here(named))


def _kept_here(named: dict[str, Any]) -> dict[str, Any]:
    """Options of plotly's with `CONFIG` over what they say of the bar."""
    return {**named, "config": {**(named.get("config") or {}), **CONFIG}}


def probabilities(observation: xr.Dataset, *, frame: int | None = None, title: str = "") -> Chart:
    """What a model gives to each label: lines over time, or bars for one frame.

    Parameters
    ----------
    observation : xarray.Dataset
        With ``emotion_probability`` (frame, emotion), as ``ferviz.observe`` gives it. Gaps stay gaps: no line bridges
        them, and their reason is written in.
    frame : int, optional
        Draw bars for this frame; a single frame always gets bars.
    title : str
        The finding. Written from the data when left out.

    Returns
    -------
    plotly.graph_objects.Figure
        With ``alt``, the finding in words.

    Raises
    ------
    ValueError
        When the observation has no emotion, or the frame lies in a gap.
    """
    if "emotion_probability" not in observation:
        raise ValueError(
            f"observation must hold emotion_probability; it holds {', '.join(map(str, observation.data_vars))}"
        )
    probability = observation["emotion_probability"].transpose("frame", "emotion")
    if frame is not None:
        frame = whole("frame", frame, -len(probability), len(probability) - 1)
    if frame is not None or len(probability) == 1:
        return _bars(probability.isel(frame=frame or 0), title)
    return _lines(probability, title)


def _bars(probability: xr.DataArray, title: str) -> Chart:
    values, labels = probability.values, [Emotion(name) for name in probability["emotion"].values]
    if not np.isfinite(values).all():
        reason = str(probability["gap"].values) if "gap" in probability.coords else "unknown"
        raise ValueError(f"this frame lies in a gap ({reason}): it has no probabilities")
    best = int(values.argmax())
    bars = go.Bar(
        y=[str(e) for e in labels], x=values, orientation="h", marker_color=[EMOTION_COLOURS[e] for e in labels],
        text=[f"{v:.2f}" for v in values], textposition="outside", cliponaxis=False,
        hovertemplate="label: %{y} %{x:.4f}<extra></extra>",
    )  # fmt: skip
    ranked = sorted(zip(values, labels), reverse=True)
    alt = "Bars of probability: " + ", ".join(f"{e} {v:.2f}" for v, e in ranked) + "."
    chart = Chart(bars, alt=alt)
    _dress(chart, title or f"label: {labels[best]} {values[best]:.2f}", height=60 + 32 * len(labels))
    chart.update_xaxes(title="probability", range=[0, 1.08], tickvals=[0, 0.25, 0.5, 0.75, 1])
    chart.update_yaxes(autorange="reversed")
    return chart


def _lines(probability: xr.DataArray, title: str) -> Chart:
    times = probability["time"].values if "time" in probability.coords else np.arange(len(probability))
    unit = "time (s)" if "time" in probability.coords else "frame"
    chart = Chart(alt=_say_lines(probability, times))
    for name in probability["emotion"].values:
        emotion = Emotion(name)
        chart.add_scatter(
            x=times, y=probability.sel(emotion=name).values, name=str(emotion), mode="lines+markers", connectgaps=False,
            line={"color": EMOTION_COLOURS[emotion], "dash": EMOTION_DASHES[emotion], "width": 2.5}, marker={"size": 4},
            hovertemplate=f"label: {emotion} %{{y:.2f}}<extra></extra>",
        )  # fmt: skip
    for start, stop, reason in _gaps(probability):
        left, right = _edges(times, start, stop)
        chart.add_vrect(
            x0=left, x1=right, fillcolor=GAP, opacity=0.25, line_width=0, layer="below",
            annotation={"text": f"gap: {reason}", "textangle": -90, "font": {"size": 11}},
            annotation_position="inside bottom left",
        )  # fmt: skip
    _dress(chart, title or "Probability of each label over time", height=380)
    chart.update_layout(hovermode="x unified")
    chart.update_xaxes(title=unit)
    chart.update_yaxes(title="probability", range=[-0.02, 1.02])
    return chart


def _dress(chart: Chart, title: str, *, height: int) -> None:
    chart.update_layout(
        template="none", title={"text": f"<b>{escape(title)}</b>", "font": {"size": 15}, "x": 0.01}, height=height,
        width=760, paper_bgcolor="rgba(0,0,0,0)", plot_bgcolor="rgba(0,0,0,0)",
        font={"color": EITHER, "size": 13, "family": FONT}, hoverlabel={"bgcolor": PAPER, "font": {"color": INK}},
        margin={"l": 80, "r": 20, "t": 50, "b": 50}, legend={"title": {"text": "label"}},
    )  # fmt: skip
    lines = {"gridcolor": "rgba(128,128,128,0.25)", "zerolinecolor": "rgba(128,128,128,0.5)", "linecolor": EITHER}
    chart.update_xaxes(**lines)
    chart.update_yaxes(**lines)


def _gaps(probability: xr.DataArray) -> list[tuple[int, int, str]]:
    """Runs of frames without numbers, with their reason: (start, stop, reason)."""
    empty = ~np.isfinite(probability.values).all(1)
    reasons = probability["gap"].values if "gap" in probability.coords else np.full(len(empty), "no reason recorded")
    runs: list[tuple[int, int, str]] = []
    for frame in np.flatnonzero(empty):
        reason = str(reasons[frame])
        if runs and runs[-1][1] == frame and runs[-1][2] == reason:
            runs[-1] = (runs[-1][0], int(frame) + 1, reason)
        else:
            runs.append((int(frame), int(frame) + 1, reason))
    return runs


def _edges(times: np.ndarray, start: int, stop: int) -> tuple[float, float]:
    """Where a gap begins and ends on the axis: half-way to its neighbours."""
    step = float(np.median(np.diff(times)))
    left = (times[start - 1] + times[start]) / 2 if start else times[0] - step / 2
    right = (times[stop - 1] + times[stop]) / 2 if stop < len(times) else times[-1] + step / 2
    return float(left), float(right)


def _say_lines(probability: xr.DataArray, times: np.ndarray) -> str:
    """The strongest label from when to when, and the gaps."""
    names, said = probability["emotion"].values, []
    empty = ~np.isfinite(probability.values).all(1)
    best = np.where(empty, -1, np.nan_to_num(probability.values, nan=-1.0).argmax(1))
    start = 0
    for stop in range(1, len(best) + 1):
        if stop == len(best) or best[stop] != best[start]:
            span = f"{times[start]:.2f} to {times[stop - 1]:.2f} s"
            if best[start] >= 0:
                top = probability.values[start:stop, best[start]].max()
                said.append(f"{span}: {names[best[start]]} (up to {top:.2f})")
            else:
                said.append(f"{span}: gap")
            start = stop
    if len(said) > 8:
        said = [*said[:8], f"and {len(said) - 8} more changes"]
    return f"Strongest label over time. {'; '.join(said)}."
