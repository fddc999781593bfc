"""A network that was trained on real photographs reads the faces far above chance (1/7)."""

from __future__ import annotations

import numpy as np

from data_scripts.measure_faces import draw, read
from ferviz.emotions import LABEL_SETS, Emotion


def test_a_network_of_real_photographs_reads_the_faces() -> None:
    labels = LABEL_SETS["FER2013"]
    people = 14
    frames = draw(np.random.default_rng(11), people, tuple(labels))
    right = read(frames.reshape(-1, *frames.shape[2:])).reshape(people, len(labels)) == np.arange(len(labels))
    assert right.mean() > 0.38
    assert right[:, labels.index(Emotion.HAPPINESS)].mean() > 0.7
