"""Pools of synthetic faces with the truth of their regions, and the script that deals from them."""

from __future__ import annotations

import importlib.util
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from ferviz.faces.sets import read
from ferviz.measuring.regions import LAYOUTS, FacePool, boxes_of, face_pool
from ferviz.models.regions import regions_of
from ferviz.scores import regions
from ferviz.scores.regions import region_truth

ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture(scope="module")
def sets(tiny_set):
    return [read(tiny_set, split="test", part=part) for part in ("covered", "turned", "stills")]


@pytest.fixture(scope="module")
def script():
    spec = importlib.util.spec_from_file_location("_check_regions", ROOT / "data_scripts" / "check_regions.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def test_a_pool_holds_what_each_clip_knows(sets):
    for layout, count in (("fixed", 6), ("landmark", 11), ("grid", 10)):
        pool = face_pool(sets, layout)
        clips = [clip for each in sets for clip in each]
        emotional = [at for at, clip in enumerate(clips) if clip.truth.changed.sum() > 0]
        assert pool.place.tolist() == emotional
        assert pool.boxes.shape == (len(pool), count, 4)
        for row in (0, len(pool) - 1):
            clip = clips[pool.place[row]]
            truth = region_truth(clip, boxes_of(clip, layout))
            for name in ("evidence", "total", "covered"):
                np.testing.assert_array_equal(getattr(pool, name)[row], getattr(truth, name)[0])
            assert pool.boxes[row, 0].tolist() == [0, 0, clip.width, clip.height]
        assert (pool.covered[:, 0] > 0).any()
        people = [row["identity"] for each in sets for row in each.rows]
        assert pool.people.tolist() == [people[at] for at in emotional]


def test_boxes_lie_round_the_landmarks(sets):
    clip = sets[2][0]
    boxes = boxes_of(clip, "landmark")
    nose = clip.truth.landmarks[0, 30] + 0.5
    middle = (boxes[3, :2] + boxes[3, 2:]) / 2
    assert np.abs(middle - nose).max() < 1e-4
    np.testing.assert_allclose(boxes_of(clip, "fixed")[1:] / clip.width, regions_of("fixed"))


def mixed(count=300) -> FacePool:
    """Faces made of numbers, among which places tell much; enough of them to deal from."""
    rng = np.random.default_rng(0)
    evidence = np.exp(np.array([0, 0.4, 0.1, 0.8, 0, 0.1]) + rng.normal(size=(count, 6)))
    boxes = np.broadcast_to(np.concatenate([[(0, 0, 1, 1)], regions_of("fixed")]), (count, 6, 4))
    return FacePool(np.arange(count), boxes, evidence, evidence, evidence * 0, np.arange(count) // 2)


def test_what_is_dealt_is_fair_and_keeps_its_rows():
    pool = mixed()
    assert not pool.trivial().fair
    dealt = pool.dealt(60, np.random.default_rng(0))
    assert len(dealt) == 60
    assert dealt.trivial().fair
    np.testing.assert_array_equal(dealt.evidence, pool.evidence[dealt.place])
    np.testing.assert_array_equal(dealt.people, pool.people[dealt.place])


def test_the_script_says_what_was_found_and_dealt(script, tiny_set, monkeypatch, capsys):
    monkeypatch.setattr(script, "face_pool", lambda found, layout: mixed())
    assert script.main(["--clips", str(tiny_set), "--count", "60"]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert [line.split(":")[0] for line in lines] == [
        f"{layout}, {what}" for layout in LAYOUTS for what in ("all", "dealt")
    ]
    assert lines[1].startswith("fixed, dealt: 60 faces, area alone τ ")
    monkeypatch.setattr(regions, "LIMIT", 1e-9)
    assert script.main(["--clips", str(tiny_set), "--count", "60"]) == 1
    assert "fixed: 60 of 300 faces cannot be dealt fairly: area alone" in capsys.readouterr().out


def test_the_script_on_a_small_set(script, tiny_set, capsys):
    assert script.main(["--clips", str(tiny_set), "--count", "4"]) in (0, 1)
    assert capsys.readouterr().out.count("all: ") == 3


def test_what_is_missing_is_named(script, sets, tmp_path, capsys):
    with pytest.raises(SystemExit):
        script.main(["--clips", str(tmp_path)])
    assert "check_regions: " in capsys.readouterr().err
    clip = sets[2][0]
    with pytest.raises(ValueError, match="layout must be one of fixed, landmark, grid; got 'code'"):
        boxes_of(clip, "code")
    with pytest.raises(ValueError, match="clip must be a synthetic one whose truth knows landmarks"):
        boxes_of(replace(clip, truth=None), "landmark")
    neutral = [replace(each, rows=tuple(r for r in each.rows if r["label"] == "neutral")) for each in sets]
    with pytest.raises(ValueError, match="found must hold faces that show an emotion; none of its clips does"):
        face_pool([each for each in neutral if each.rows], "grid")
