"""mini-Xception on the Pexels clip of an actress who turns from sad to afraid to happy, fetched on request."""

from __future__ import annotations

import numpy as np
import pytest

import ferviz


@pytest.fixture(scope="module")
def seen():
    ferviz.fetch_samples()
    model = ferviz.load_model("mini-xception")
    clip = ferviz.sample("pexels-langer")
    faces = ferviz.find_faces(clip[::4], size=model.crop.size, margin=model.crop.margin)
    return faces, ferviz.observe(model, faces)


def test_the_labels_follow_the_film_from_sadness_to_fear_to_happiness(seen):
    faces, observation = seen
    probability = observation["emotion_probability"]
    parts = {"sadness": (1.0, 5.0), "fear": (7.5, 9.0), "happiness": (11.0, 19.0)}  # seconds
    means = {}
    for label, (start, stop) in parts.items():
        part = probability.isel(frame=np.flatnonzero((faces.times >= start) & (faces.times < stop)))
        means[label] = part.mean("frame")
        top = means[label].idxmax("emotion").item()
        print(f"{start:4.1f} to {stop:4.1f} s: {top} {means[label].max().item():.2f}, {part.sizes['frame']} frames")
        assert top == label
    for gap in faces.gaps:
        print(f"gap, frames {gap.start} to {gap.stop - 1}: {gap.reason}")


def test_every_gap_keeps_its_place_and_has_no_label(seen):
    faces, observation = seen
    missing = np.isnan(observation["emotion_probability"].values).all(1)
    assert missing.tolist() == (~faces.usable()).tolist()
    assert len(faces) == observation.sizes["frame"] == 118
    assert (observation["gap"].values[missing] != "").all()


def test_a_weaker_detector_leaves_gaps_that_say_why(seen):
    clip = ferviz.sample("pexels-langer")[::24]
    faces = ferviz.find_faces(clip, size=64, margin=0.0, detector="lbp")
    for gap in faces.gaps:
        print(f"LBP cascade, gap at {faces.times[gap.start]:.1f} s, {gap.stop - gap.start} frames: {gap.reason}")
    assert 0 < (~faces.usable()).sum() < 15
    observation = ferviz.observe(ferviz.load_model("mini-xception"), faces)
    assert np.isnan(observation["emotion_probability"].values).all(1).tolist() == (~faces.usable()).tolist()
