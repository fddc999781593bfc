"""The look of every public figure: both themes, sharp, maps that can be read, and nothing that leaves the machine."""

from __future__ import annotations

import base64
import inspect
import json
import re
from dataclasses import replace

import numpy as np
import pytest
import torch

import ferviz
from ferviz import lbp, plots
from ferviz.faces.head import head
from ferviz.measured import Measured
from ferviz.models.regions import cut_clip
from ferviz.plots.chart import Chart
from ferviz.plots.colours import BLACK, EMOTION_COLOURS, PAGES, WHITE, ink_on

WIDEST, SMALLEST = 940, 160  # pixels: the pane of a laptop of 1366 pixels beside its files, and a map that can be read
PATCH = torch.tensor([[6, 5, 2], [7, 6, 1], [9, 8, 7]])
ROWS = [Measured(what="accuracy", of={"row": row, "share": 0.1}, value=0.5, low=0.4, high=0.6, way="95 %, exact")
        for row in ("one", "other")]  # fmt: skip
BUDGET = [replace(row, of={**row.of, "ms": 9.0, "MB": 1.5}) for row in ROWS]
TITLE = "The finding in a line that is about as long as the longest which a lesson puts above one of its figures"


def a_face():
    face = ferviz.sample("happiness-still")
    return face, ferviz.observe(ferviz.load_model("mini-xception"), face)


def a_photo():
    photo = ferviz.sample("astronaut")
    return photo, ferviz.find_faces(photo, size=64, margin=0.0, align="box")


def a_film(name="surprise-degraded"):
    clip = ferviz.sample(name)
    return clip, ferviz.observe(ferviz.load_model("fan"), clip)


def a_mask():
    model, face = ferviz.load_model("lbp-attention"), ferviz.sample("happiness-still")
    return *(one[0, 0].numpy() for one in model.prepare(face)), ferviz.observe(model, face)


def a_covered_face():
    face = ferviz.sample("happiness-still")
    seen = ferviz.observe(ferviz.load_model("ran"), face).isel(frame=0)
    return cut_clip(face, seen["box"].values), seen


def a_mesh():
    shape = head()
    zero = np.zeros_like(shape.mean)
    steps = {"mean": shape.mean, "identity": zero + 0.001, "expression": zero, "sum": shape.mean + 0.001}
    return steps, shape.faces, np.zeros((99, 99, 3), np.uint8)


def a_voice():
    clip = ferviz.sample("happiness-voice-agree")
    return clip, (clip.times, np.full(len(clip), 200.0))


def two_heads():
    face = ferviz.sample("happiness-still")
    return face, ferviz.observe(ferviz.load_model("mtl"), face).isel(frame=0)


def a_film_and_its_voice():
    clip = ferviz.sample("happiness-voice-agree")
    return clip, ferviz.observe(ferviz.load_model("av"), clip)


def a_table():
    told = {"low": 0.1, "high": 0.3, "way": "95 %, exact"}
    places = [(row, head) for row in ("age", "skin") for head in ("emotion", "gender")]
    return [Measured(what="how far", of={"row": row, "head": head}, value=0.2, **told) for row, head in places]


def six_pictures():
    return {str(n): np.random.default_rng(n).random((112, 112)) for n in range(6)}


DRAW = {
    "along": lambda: plots.along(ROWS, "share", title=TITLE),
    "class_map": lambda: plots.class_map(a_face()[1], face=a_face()[0], title=TITLE),
    "composed": lambda: plots.composed(*a_mesh(), title=TITLE),
    "confusion": lambda: plots.confusion(np.eye(7, dtype=int), list(EMOTION_COLOURS)[:7], title=TITLE),
    "costs": lambda: plots.costs(BUDGET, {"ms": "ms of CPU time a face", "MB": "MB of the file"}, title=TITLE),
    "course": lambda: plots.course(ferviz.sample("anger-off-label"), title=TITLE),
    "feature_plane": lambda: plots.feature_plane(
        np.random.default_rng(0).normal(size=(40, 5)), ["one", "other"] * 20, title=TITLE
    ),
    "filmstrip": lambda: plots.filmstrip(ferviz.sample("anger-off-label"), count=6, title=TITLE),
    "forest": lambda: plots.forest(ROWS, line=0, title=TITLE),
    "found": lambda: plots.found(*a_photo(), title=TITLE),
    "frame_network": lambda: plots.frame_network(*a_film(), title=TITLE),
    "gallery": lambda: plots.gallery(six_pictures(), tops=1, title=TITLE),
    "head_network": lambda: plots.head_network(*two_heads(), title=TITLE),
    "mask_network": lambda: plots.mask_network(*a_mask(), title=TITLE),
    "maps_beside": lambda: plots.maps_beside(
        np.zeros((112, 112, 3), np.uint8), six_pictures(), {"0": "a ratio"}, title=TITLE
    ),
    "matrix": lambda: plots.matrix(a_table(), column="head", title=TITLE, words="move"),
    "neighbourhood": lambda: plots.neighbourhood(PATCH, lbp.explain(PATCH, 1, 1, kind="circle"), title=TITLE),
    "network": lambda: plots.network({f"block {n}": (8, 64 // n, 64 // n) for n in range(1, 9)}, title=TITLE),
    "probabilities": lambda: plots.probabilities(a_face()[1], title=TITLE),
    "reach": lambda: plots.reach({"rates 1, 2, 3": (1, 2, 3), "rates 1, 2, 5": (1, 2, 5), "2, 2, 2": (2, 2, 2)}),
    "region_network": lambda: plots.region_network(*a_covered_face(), title=TITLE),
    "rings": lambda: plots.rings(lbp.values("rotation_invariant").tolist(), marked=[0], title=TITLE),
    "square_steps": lambda: plots.square_steps(lbp.explain(PATCH, 1, 1, kind="original"), title=TITLE),
    "truth_maps": lambda: plots.truth_maps(ferviz.sample("surprise-moving"), 9, title=TITLE),
    "two_streams": lambda: plots.two_streams(*a_film_and_its_voice(), title=TITLE),
    "voice": lambda: plots.voice(*a_voice(), title=TITLE),
    "weights": lambda: plots.weights(*a_film(), title=TITLE),
    "which_frame": lambda: plots.which_frame(
        a_film()[0], {"weight": np.arange(18)}, words={"weight": "with evidence:\nτ-b 0.50, AUC 0.90"}, title=TITLE
    ),
}
MAPS = ("class_map", "gallery", "maps_beside", "mask_network", "reach", "truth_maps")
CHARTS = ("probabilities",)
drawn = pytest.mark.parametrize("name", [name for name in DRAW if name not in CHARTS])


@pytest.fixture(scope="module")
def figures():
    """``figures(name)``: each figure, drawn once."""
    kept = {}
    return lambda name: kept.setdefault(name, None) or kept.update({name: DRAW[name]()}) or kept[name]


def the_svg(figure):
    return base64.b64decode(figure._repr_html_().split("base64,")[1].split('"')[0]).decode()


def test_every_public_function_that_draws_is_here():
    public = {name: getattr(plots, name) for name in plots.__all__ if inspect.isfunction(getattr(plots, name))}
    gives = {n for n, one in public.items() if inspect.signature(one).return_annotation in ("Figure", "Chart")}
    assert gives - {"alt"} == set(DRAW)


@drawn
def test_a_figure_has_the_colours_of_both_pages_and_fits_a_laptops_pane(figures, name):
    page, svg = figures(name)._repr_html_(), the_svg(figures(name))
    style = r"<style>svg{(.*?);fill:var\(--c0\)}@media\(prefers-color-scheme:dark\){svg{(.*?)}}"
    light, dark = re.search(style, svg).groups()
    assert light == ";".join(f"--c{n}:{both[0]}" for n, both in enumerate(PAGES.values()))
    assert dark == ";".join(f"--c{n}:{both[1]}" for n, both in enumerate(PAGES.values()))
    body = svg.split("</style>", 1)[1].lower()
    assert not [colour for colour in PAGES if colour.lower() in body], "a colour of the page that would not follow it"
    assert "system-ui" in body or "<text" not in body
    assert int(re.search(r"width:(\d+)px", page)[1]) <= WIDEST


@pytest.mark.parametrize("name", ["class_map", "forest", "rings"])
def test_the_same_figure_is_the_same_file(name):
    assert the_svg(DRAW[name]()) == the_svg(DRAW[name]())


@pytest.mark.parametrize("name", MAPS)
def test_a_map_has_at_least_160_pixels(figures, name):
    figure = figures(name)
    figure.draw_without_rendering()
    widths = [
        image.get_window_extent().width / figure.dpi * 96 for ax in figure.axes for image in ax.images
        if ax.get_label() != "<colorbar>"
    ]  # fmt: skip
    assert widths
    assert min(widths) >= SMALLEST * (0.6 if name == "reach" else 1)  # reach: its smaller stacks stay smaller


@pytest.mark.parametrize("colour", [*EMOTION_COLOURS.values(), "#000000", "#FFFFFF"])
def test_ink_on_a_colour_reads(colour):
    def light(text):
        parts = [int(text[at : at + 2], 16) / 255 for at in (1, 3, 5)]
        parts = [p / 12.92 if p <= 0.04045 else ((p + 0.055) / 1.055) ** 2.4 for p in parts]
        return 0.05 + np.dot(parts, (0.2126, 0.7152, 0.0722))

    ratio = {ink: max(light(ink), light(colour)) / min(light(ink), light(colour)) for ink in (BLACK, WHITE)}
    assert ratio[ink_on(colour)] >= 3.8
    assert ratio[ink_on(colour)] >= 0.8 * max(ratio.values())


@pytest.mark.parametrize("name", CHARTS)
def test_a_charts_bar_offers_nothing_that_leaves_the_machine(name, monkeypatch, tmp_path):
    chart, shown = DRAW[name](), []
    assert isinstance(chart, Chart)
    monkeypatch.setattr("IPython.display.display", lambda data, raw: shown.append(data))
    chart._ipython_display_()
    chart.write_html(tmp_path / "chart.html", include_plotlyjs=False)
    opened = []
    monkeypatch.setattr("plotly.io.show", lambda figure, *_, **named: opened.append(named["config"]))
    chart.show(config={"displaylogo": True, "scrollZoom": True})
    pages = chart.to_html(include_plotlyjs=False), (tmp_path / "chart.html").read_text("utf-8")
    written = [json.loads(re.search(r"(\{[^{}]*\"displaylogo\"[^{}]*\})", page)[1]) for page in pages]
    assert opened[0]["scrollZoom"] is True
    for config in (shown[0]["application/vnd.plotly.v1+json"]["config"], *opened, *written):
        assert config["displaylogo"] is config["showSendToCloud"] is False
        assert "sendChartToCloud" in config["modeBarButtonsToRemove"]


def test_a_chart_lets_the_page_through():
    layout = DRAW["probabilities"]().layout
    assert layout.paper_bgcolor == layout.plot_bgcolor == "rgba(0,0,0,0)"
