"""Figures of one body and several heads: what they say in words, and what they refuse."""

from __future__ import annotations

import numpy as np
import pytest
import xarray as xr

from ferviz import plots, sample
from ferviz.measured import Measured

LABELS = ["anger", "happiness"]


def observation(**more):
    rng = np.random.default_rng(0)
    known = {
        "feature": ("channel", rng.uniform(0, 1, 10)),
        "emotion_probability": ("emotion", np.array([0.2, 0.8])),
        "age_probability": ("age", np.full(100, 0.01)),
        "expected_age": ((), 33.3),
        "gender": ((), 0.9),
        "ethnicity_probability": ("ethnicity", np.array([0.1, 0.2, 0.7])),
    }
    return xr.Dataset({**known, **more}, {"emotion": LABELS, "ethnicity": ["African", "Asian", "Caucasian"]})


def test_what_the_heads_say_is_said():
    figure = plots.head_network(sample("happiness-still"), observation(), title="One feature")
    assert figure.alt == (
        "A face and its feature of 10 numbers. emotion: happiness 0.80; age: 33.3 years; gender: 0.90; "
        "ethnicity: Caucasian 0.70."
    )
    assert len(figure.axes) == 6
    assert figure._repr_html_()


def test_a_silent_head_says_nothing():
    seen = observation().drop_vars(["age_probability", "gender", "ethnicity_probability"])
    figure = plots.head_network(sample("happiness-still"), seen)
    assert figure.alt.endswith("age: says nothing; gender: says nothing; ethnicity: says nothing.")


def test_several_frames_are_refused():
    with pytest.raises(ValueError, match="observation must be one frame"):
        plots.head_network(sample("anger-moving"), observation())
    with pytest.raises(ValueError, match="observation must be one frame"):
        plots.head_network(sample("happiness-still"), observation().drop_vars("feature"))


def test_how_much_the_kinds_explain():
    rng = np.random.default_rng(0)
    kinds = np.repeat(["one", "other"], 20)
    apart = np.where(kinds == "one", 1.0, -1.0)[:, None] * np.ones(5)
    figure = plots.feature_plane(apart, kinds, title="Apart")
    assert figure.alt.endswith("Of all, 100% of the variance lies between them, by chance 3%.")
    assert figure.texts[0].get_text() == "Apart: 100% of the variance lies between them, by chance 3%"
    mixed = plots.feature_plane(rng.normal(size=(40, 5)), kinds)
    assert "40 faces of 2 kinds" in mixed.alt
    assert int(mixed.alt.split("Of all, ")[1].split("%")[0]) < 20
    assert len(figure.axes[0].get_lines()) == 2


@pytest.mark.parametrize(("x", "kinds"), [(np.zeros((2, 3)), "ab"), (np.zeros((4, 3)), "ab"), (np.zeros(4), "abcd")])
def test_faces_without_kinds_are_refused(x, kinds):
    with pytest.raises(ValueError, match="features must be .faces, D. of three faces or more, one kind each; got"):
        plots.feature_plane(x, kinds)


def test_a_matrix_tells_its_numbers_and_intervals():
    known = {"what": "move", "way": "95 %, exact"}
    entries = [
        Measured(value=0.9, low=0.8, high=1.0, of={"row": "age", "head": "age"}, **known),
        Measured(value=0.1, low=0.0, high=0.2, of={"row": "light", "head": "age"}, **known),
        Measured(value=None, what="move", of={"row": "light", "head": "gender"}),
    ]
    figure = plots.matrix(entries, column="head", title="What moves what", words="move", down="moved", across="answers")
    assert (figure.axes[0].get_ylabel(), figure.axes[0].get_xlabel()) == ("moved", "answers")
    assert figure.alt == "move. age, age: 0.900 [0.800, 1.000]; light, age: 0.100 [0.000, 0.200]."
    assert "0.90\n[0.80, 1.00]" in [text.get_text() for text in figure.axes[0].texts]
    few = Measured(value=-0.5, what="move", seeds={"0": -0.5, "1": -0.5}, of={"row": "age", "head": "age"})
    assert "-0.50" in [text.get_text() for text in plots.matrix([few], column="head").axes[0].texts]


def test_a_matrix_of_nothing_is_refused():
    with pytest.raises(ValueError, match="entries must hold at least one with a value; got none"):
        plots.matrix([], column="head")
