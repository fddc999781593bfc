"""The measure of patterns as a task: rows that need no encoder, paired hits, and what the file says."""

from __future__ import annotations

import numpy as np
import pytest
import torch

from data_scripts import measure_pretext as script
from ferviz.emotions import LABEL_SETS
from ferviz.learning.pretext import Encoder, features, learn_nothing
from ferviz.measured import Figures, measured
from ferviz.prepared import Faces


def some_pictures(count: int) -> tuple[torch.Tensor, np.ndarray]:
    """Stripes, upright or lying, with noise: which of the two is the label."""
    luck = np.random.default_rng(0)
    label = luck.integers(0, 2, count)
    stripes = np.tile((np.arange(48) // 4 % 2) * 160 + 40, (48, 1))
    pictures = np.stack([stripes if upright else stripes.T for upright in label])
    noisy = np.clip(pictures + luck.normal(0, 12, pictures.shape), 0, 255).astype(np.uint8)
    return torch.from_numpy(noisy)[:, None], label


def test_every_row_answers_each_picture_with_each_seed_and_stripes_are_told_apart():
    known, label = some_pictures(80)
    new, truth = some_pictures(40)
    found, bits = script.hits(known, label, new, truth, [0, 1], steps=3)
    assert {name: each.shape for name, each in found.items()} == {
        "patterns": (1, 40), "grey levels": (1, 40), "random": (2, 40), "open": (2, 40), "hidden": (2, 40),
    }  # fmt: skip
    assert found["patterns"].mean() > 0.9
    assert set(bits) == {"open", "hidden"}


def test_an_encoder_that_learns_nothing_keeps_its_weights_and_sees_the_pictures():
    pictures, _ = some_pictures(32)
    fresh, seen = Encoder(4, seed=1), Encoder(4, seed=1)
    learn_nothing(seen, pictures)
    assert torch.equal(fresh.maps[0].weight, seen.maps[0].weight)
    assert not np.allclose(features(fresh, pictures), features(seen, pictures))


def test_what_ships_has_each_difference_of_its_rows():
    table = measured("pretext")
    value = {row["row"]: row.value for row in table["rows"]}
    assert [(row["row"], row.than) for row in table["difference"]] == list(script.PAIRS)
    for row in table["difference"]:
        assert row.value == pytest.approx(value[row["row"]] - value[row.than], abs=2e-4)


@pytest.mark.parametrize("seeds", [["3", "5"], ["3", "5", "0", "1", "2"]])
def test_rows_that_need_no_encoder_have_no_seeds_and_the_others_a_value_each(monkeypatch, tmp_path, seeds):
    pictures, label = some_pictures(90)
    faces = Faces(
        images=pictures[:, 0].numpy(), labels=LABEL_SETS["FER2013"], label=label, group=np.arange(90),
        part=np.array(["Training"] * 90), twin=np.zeros(90, bool), name=np.array([f"{n}" for n in range(90)]),
    )  # fmt: skip
    halves = faces.select(np.arange(90) < 60), faces.select(np.arange(90) >= 60)
    monkeypatch.setattr(script, "faces_for_training", lambda folder: halves)
    monkeypatch.setattr(script, "LEARNED", 50)
    monkeypatch.setattr(script, "LABELLED", 40)
    arguments = ["--faces", "x", "--seeds", *seeds, "--steps", "2", "--out", str(tmp_path / "table.json")]
    assert script.main(arguments) == 0
    found = Figures.from_json((tmp_path / "table.json").read_text("utf-8"))
    names = {row["row"]: [*row.seeds] for row in found["rows"]}
    assert names == {"patterns": [], "grey levels": [], "random": seeds, "open": seeds, "hidden": seeds}
    for row in (*found["rows"], *found["difference"]):
        assert (row.items, row.unit) == (30, "pictures")
        if row.seeds:
            assert row.value == pytest.approx(np.mean([*row.seeds.values()]), abs=1e-4)
            assert (row.low is None) == (len(seeds) < 5)
            assert row.over_runs == (len(seeds) >= 5)
        assert row.p is None
    assert [(row["row"], row.than) for row in found["difference"]] == list(script.PAIRS)
    assert found.about["learned"] == 50
