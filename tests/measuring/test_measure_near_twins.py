"""Pictures that are nearly one of Training: found by their correlation, counted, and none that is flat."""

from __future__ import annotations

import numpy as np
import pytest

from data_scripts import measure_near_twins as script
from ferviz.emotions import LABEL_SETS
from ferviz.measured import Figures, measured
from ferviz.prepared import Faces, find_repeats, write_faces


def some_faces() -> Faces:
    """Two pictures of Training; in PublicTest one of these, one brighter by a level or two, noise, and a gray one."""
    rng = np.random.default_rng(0)
    train = rng.integers(0, 200, (2, 16, 16), dtype=np.uint8)
    near = train[1] + rng.integers(1, 3, (16, 16), dtype=np.uint8)
    other = rng.integers(0, 200, (16, 16), dtype=np.uint8)
    images = np.stack([*train, train[0], near, other, np.full((16, 16), 9, np.uint8)])
    part = np.array(["Training"] * 2 + ["PublicTest"] * 4)
    group, twin = find_repeats(images, part)
    labels = LABEL_SETS["FER2013"]
    names = np.array(list("abcdef"))
    return Faces(images=images, labels=labels, label=np.zeros(6, int), group=group, part=part, twin=twin, name=names)


def test_the_largest_correlation_is_that_of_numpy_and_a_flat_picture_has_none():
    images = some_faces().images
    known = [max(np.corrcoef(one.ravel(), other.ravel())[0, 1] for other in images[:2]) for one in images[2:5]]
    assert script.nearest(images[2:], images[:2]) == pytest.approx([*known, 0], abs=1e-5)


def test_near_twins_are_counted_without_the_exact_ones(tmp_path, capsys):
    write_faces(tmp_path / "faces", some_faces(), "a test", "none")
    assert script.main(["--faces", str(tmp_path / "faces"), "--out", str(tmp_path / "near.json")]) == 0
    told = Figures.from_json((tmp_path / "near.json").read_text("utf-8"))
    assert told.about == {"pictures": 3, "twins left out": 1, "Training pictures": 2}
    assert [(one["above"], one["count"], one.items) for one in told["near"]] == [(line, 1, 3) for line in script.LINES]
    assert told.command == "python data_scripts/measure_near_twins.py --faces FACES --out OUT"
    assert "above 0.99: 1 of 3, 0.3333" in capsys.readouterr().out


def test_the_record_that_ships_is_of_the_pictures_that_the_zoo_is_tested_on():
    near, zoo = measured("near_twins"), measured("zoo")
    tested = {one.items for one in zoo["accuracy"] if one["by"] == "label"}
    assert {one.items for one in near["near"]} == tested == {near.about["pictures"]}
    assert all(one.value == pytest.approx(one["count"] / one.items, abs=1e-4) for one in near["near"])
