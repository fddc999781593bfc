"""README's ten lines run, and what a researcher meets first shows itself: clips, models, lists, samples."""

from __future__ import annotations

import doctest
import re
import textwrap
from html.parser import HTMLParser
from pathlib import Path

import matplotlib.pyplot as plt
import numpy as np
import pytest
from PIL import Image

import ferviz
import ferviz.models.model
from ferviz.clip import Clip, Gap
from ferviz.models.zoo import MODELS

TOP = Path(__file__).resolve().parents[2]


class Page(HTMLParser):
    """What a piece of HTML holds; every element must be closed in its turn."""

    EMPTY = ("img", "br")

    def __init__(self, html: str) -> None:
        super().__init__()
        self.open: list[str] = []
        self.tags: list[tuple[str, dict]] = []
        self.text = ""
        self.feed(html)
        assert self.open == []

    def handle_starttag(self, tag, attrs):
        self.tags.append((tag, dict(attrs)))
        if tag not in self.EMPTY:
            self.open.append(tag)

    def handle_startendtag(self, tag, attrs):
        self.tags.append((tag, dict(attrs)))

    def handle_endtag(self, tag):
        assert self.open.pop() == tag

    def handle_data(self, data):
        self.text += data

    def of(self, tag: str) -> list[dict]:
        return [attrs for name, attrs in self.tags if name == tag]


def test_the_ten_lines_of_readme_run(tmp_path, monkeypatch):
    section = (TOP / "README.md").read_text("utf-8").split("## In ten lines")[1].split("\n## ")[0]
    code = textwrap.dedent("\n".join(line for line in section.splitlines() if line.startswith("    ")))
    assert len(code.splitlines()) == 10
    monkeypatch.chdir(tmp_path)
    names: dict = {}
    exec(compile(code, "README.md", "exec"), names)
    assert names["moved"]["weight"].values[-1] == 1
    assert 0 <= names["auc"] <= 1
    assert names["maps"]["attribution"].dims == ("frame", "y", "x")
    assert "weight" in (tmp_path / "weights.csv").read_text().splitlines()[0]
    assert names["figure"]._repr_html_().startswith("<img")


@pytest.mark.parametrize("page", ["photo", "video", "model"])
def test_what_a_page_of_how_do_i_says_runs(page, tmp_path, monkeypatch):
    text = (TOP / "docs" / "how" / f"{page}.md").read_text("utf-8")
    code = textwrap.dedent("\n".join(line for line in text.splitlines() if line.startswith("    ") or not line))
    monkeypatch.chdir(tmp_path)
    ferviz.sample("astronaut-moving").save("me.mp4")
    Image.fromarray(ferviz.sample("astronaut").frames[0]).save("me.jpg")
    names: dict = {}
    exec(compile(code, f"{page}.md", "exec"), names)
    assert len(names["seen"].frame) == (40 if page == "video" else 1)
    plt.close("all")


def test_the_example_of_a_network_of_one_s_own_runs():
    assert doctest.testmod(ferviz.models.model).failed == 0
    assert "class Mine(Model)" in ferviz.models.Model.__doc__


def test_readme_leads_to_every_page_of_how_do_i():
    pages = {f"docs/how/{path.name}" for path in (TOP / "docs" / "how").glob("*.md")}
    assert pages <= set(re.findall(r"\]\(([^)]+)\)", (TOP / "README.md").read_text("utf-8")))


# ---- clips ----


def clip(**more) -> Clip:
    frames = np.random.default_rng(0).integers(0, 256, (12, 40, 30, 3), dtype=np.uint8)
    return Clip(frames, np.arange(12) / 4, source="me & <you>.mp4", **more)


def test_a_clip_shows_its_frames_and_says_which_lie_in_gaps():
    page = Page(clip(gaps=(Gap("frames", 0, 2, "no face found"),))._repr_html_())
    pictures = page.of("img")
    assert len(pictures) == 8
    assert pictures[0]["alt"] == "frame 0 · 0.00 s · gap"
    assert pictures[-1]["alt"] == "frame 11 · 2.75 s"
    assert all(one["src"].startswith("data:image/webp;base64,") for one in pictures)
    assert page.of("svg")[0]["aria-label"] == "0 to 2.75 s, frames 0 to 1: no face found"
    assert "me & <you>.mp4" in page.text


def test_a_clip_shows_its_sound_labels_cut_and_truth():
    sound = np.sin(np.arange(16000 * 40) / 20).astype(np.float32)
    heard = Clip(np.zeros((0, 1, 1, 3), np.uint8), np.zeros(0), audio=sound, sample_rate=16000)
    page = Page(heard._repr_html_())
    assert page.of("audio")[0]["aria-label"] == "The clip's sound (the first 30 s)"
    assert "controls" in page.of("audio")[0]
    assert page.of("img") == []
    assert len(page.of("rect")) > 100
    told = Page(ferviz.sample("happiness-moving")._repr_html_()).text
    assert "labels age: 24.4, emotion: happiness" in told
    assert "cut Crop(size=112" in told
    assert "truth intensity, evidence" in told
    short = Page(clip(audio=sound[: 16000 * 2], sample_rate=16000)._repr_html_())
    assert short.of("audio")[0]["aria-label"] == "The clip's sound"


@pytest.mark.parametrize("sound", [np.zeros(0, np.float32), np.zeros(1, np.float32)])
def test_odd_clips_show_themselves_too(sound):
    for rate in (8000, 8000.0):
        Page(clip(audio=sound, sample_rate=rate)._repr_html_())
    Page(clip(labels={"votes": np.arange(20.0), "point": (1.0, 2.0), "who": {"a": 1}})._repr_html_())
    tall = Clip(np.zeros((1, 4000, 2, 3), np.uint8), np.zeros(1))
    assert len(Page(tall._repr_html_()).of("img")) == 1


# ---- models, lists ----


@pytest.mark.parametrize("name", MODELS)
def test_a_model_shows_what_it_names_and_not_its_layers(name):
    model = ferviz.load_model(name)
    told, page = repr(model), Page(model._repr_html_())
    named = ferviz.quantities(model)
    assert len(told.splitlines()) == 1 + len(named)
    assert "Conv2d" not in told
    for path, probe in named.items():
        assert f"{path} {probe.symbol} ({', '.join(probe.dims)})" in told
        assert probe.meaning in page.text
    assert "million parameters; takes " in page.text
    assert "gives emotion: " in page.text


def test_a_network_without_named_quantities_shows_itself():
    class Bare(ferviz.models.Model):
        labels = {"emotion": ("a", "b"), "age": None}

    said = "Bare: 0.00 million parameters; takes face (channel, y, x); gives emotion: a, b; age: a number"
    assert repr(Bare()) == said
    assert Page(Bare()._repr_html_()).of("table") == []


def test_lists_name_what_there_is():
    listed = ferviz.models.list()
    assert tuple(listed) == tuple(MODELS)
    page = Page(listed._repr_html_())
    assert all(name in page.text for name in MODELS)
    assert all(name in ferviz.load_model.__doc__ for name in MODELS)
    samples = ferviz.samples()
    assert len(Page(samples._repr_html_()).of("tr")) == len(samples) + 1


def test_every_table_follows_the_theme():
    for shown in (ferviz.models.list(), ferviz.samples(), ferviz.papers(), ferviz.load_model("fan"), clip()):
        assert not re.search(r"color:\s*(black|white|#000|#fff)", shown._repr_html_())


# ---- faces cut for a model ----


def test_faces_are_cut_as_the_model_learned_them():
    photo, model = ferviz.sample("astronaut"), ferviz.load_model("fan")
    crop = model.crop
    found = ferviz.find_faces(photo, model)
    by_hand = ferviz.find_faces(photo, size=crop.size, margin=crop.margin, align=crop.align)
    assert found.crop == by_hand.crop == crop
    np.testing.assert_array_equal(found.frames, by_hand.frames)
    assert ferviz.find_faces(photo, model, margin=0.5).crop.margin == 0.5
    assert ferviz.find_faces(photo).crop == ferviz.Crop(112, 0.25, "box")


@pytest.mark.parametrize("model", ["fan", 7, object()])
def test_faces_cannot_be_cut_for_what_says_no_crop(model):
    with pytest.raises(TypeError, match="model must be one that says how its faces were cut .* give size, margin"):
        ferviz.find_faces(ferviz.sample("astronaut"), model)
