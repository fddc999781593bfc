"""Entries from scores of single items: over people, by family, seed by seed, with p and interval of one kind."""

from __future__ import annotations

import ast
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from tiny_fan import noise_clips

from ferviz.learning.recipes import FAMILIES
from ferviz.measured import Figures
from ferviz.measuring.entries import GROUPS, adjusted, by_family, entry, figures

SCRIPTS = sorted((Path(__file__).resolve().parents[2] / "data_scripts").rglob("*.py"))
TOLD = {"what": "accuracy", "of": {"row": "x"}}


def clips_with(people, family=None):
    clips = noise_clips([2] * len(people))
    families = np.array([family or FAMILIES[i % 3] for i in range(len(people))])
    return replace(clips, family=families, person=np.array(people))


def test_intervals_are_over_people_and_not_over_items():
    told = entry([1.0] * 9 + [0.0], [4] * 9 + [7], **TOLD)
    assert (told.value, told.low, told.high) == (0.9, 0.0, 1.0)  # over items: 0.7 to 1
    assert (told.items, told.unit, told.people, told.left_out) == (10, "clips", 2, 0)
    assert told.way == "95 %, percentiles of 2,000 bootstrap samples of people"
    assert told.p is None


def test_undefined_values_are_left_out_and_counted():
    told = entry([0.25, np.nan, 0.75], [0, 1, 2], **TOLD)
    assert (told.value, told.items, told.people, told.left_out) == (0.5, 2, 2, 1)
    none = entry([np.nan], [0], seeds=(0,), **TOLD)
    assert (none.value, none.low, none.way, none.items, none.left_out) == (None, None, None, 0, 1)
    assert none.seeds == {"0": None}


def test_of_one_person_there_is_a_value_and_no_interval():
    told = entry([1.0, 0.0], [3, 3], than="y", **TOLD)
    assert (told.value, told.low, told.high, told.way, told.p) == (0.5, None, None, None, None)


def test_groups_of_pictures_are_no_people():
    told = entry([1.0, 0.0], [0, 1], unit="pictures", drawn=GROUPS, **TOLD)
    assert (told.people, told.unit) == (None, "pictures")
    assert told.way == "95 %, percentiles of 2,000 bootstrap samples of groups of identical pictures"


def test_an_item_is_the_mean_of_its_seeds_and_each_seed_has_its_value():
    told = entry([[1.0, 0.0, 1.0, np.nan], [1.0, 1.0, 1.0, 1.0]], [0, 1, 2, 3], seeds=(5, 6), **TOLD)
    assert told.value == pytest.approx(5 / 6, abs=1e-4)
    assert told.seeds == {"5": pytest.approx(2 / 3, abs=1e-4), "6": 1.0}
    assert told.left_out == 1
    assert entry([1.0, 0.0], [0, 1], seeds=(), **TOLD).seeds == {}
    with pytest.raises(ValueError, match="zip"):
        entry([[1.0, 0.0]], [0, 1], seeds=(5, 6), **TOLD)
    with pytest.raises(ValueError, match="seeds must each be another one; got 5, 5"):
        entry([[1.0, 0.0], [1.0, 0.0]], [0, 1], seeds=(5, 5), **TOLD)


def test_p_is_of_the_draws_that_made_the_interval_and_not_of_the_peoples_means():
    # one person with many clips above 0, nine with one clip each below: the mean of clips is above 0, of people below
    values, people = [1.0] * 40 + [-0.2] * 9, [0] * 40 + list(range(1, 10))
    told = entry(values, people, than="y", **TOLD)
    assert told.value > 0
    assert told.low < 0 < told.high
    assert told.p > 0.05
    sure = entry(np.ones(20), range(20), than="y", **TOLD)
    assert (sure.low, sure.p) == (1.0, round(2 / 2001, 6))
    assert sure.clear()


def test_every_family_has_its_own_clips_and_all_has_all():
    clips = clips_with([0, 0, 0, 1, 1, 1, 0])
    values = np.array([1.0, 0.0, 0.5, 0.0, 0.0, 0.5, 1.0])  # families in turn: a b c a b c a
    entries = by_family(values, clips, **TOLD)
    assert [e["family"] for e in entries] == [*FAMILIES, "all"]
    assert [e.value for e in entries] == [pytest.approx(2 / 3, abs=1e-4), 0.0, 0.5, pytest.approx(3 / 7, abs=1e-4)]
    assert [(e.items, e.people) for e in entries] == [(3, 2), (2, 2), (2, 2), (7, 2)]
    assert {e["row"] for e in entries} == {"x"}


def test_each_clip_stays_with_its_person():
    told = by_family([1.0, 1.0, 1.0, 0.0], clips_with([4, 4, 4, 7], FAMILIES[0]), **TOLD)[0]
    assert (told.value, told.low, told.high) == (0.75, 0.0, 1.0)


def test_holms_family_is_those_that_have_a_p_and_is_named():
    one = entry(np.ones(20), range(20), than="y", **TOLD)
    other = replace(one, p=0.04)
    unknown = replace(one, low=None, high=None, way=None, p=None)
    found = adjusted([one, unknown, other], "three rows")
    assert [e.p_holm for e in found] == [round(2 * one.p, 6), None, 0.04]
    assert [e.holm_over for e in found] == ["three rows", None, "three rows"]
    assert adjusted([unknown], "nothing") == [unknown]


def test_every_entry_is_kept_with_its_command():
    mine = replace(entry([1.0, 0.0], [0, 1], **TOLD), command="mine")
    told = figures("a test", "yours", {"rows": [mine, replace(mine, command=None)]}, {"clips": 2})
    assert [e.command for e in told["rows"]] == ["mine", "yours"]
    assert Figures.from_json(told.to_json()) == told


@pytest.mark.parametrize("script", SCRIPTS, ids=[path.stem for path in SCRIPTS])
def test_no_script_imports_another_one(script):
    """What two of them share lives in the package, where its types are checked."""
    tree = ast.parse(script.read_text("utf-8"))
    names = [node.module or "" for node in ast.walk(tree) if isinstance(node, ast.ImportFrom)]
    names += [alias.name for node in ast.walk(tree) if isinstance(node, ast.Import) for alias in node.names]
    assert [name for name in names if name.split(".")[0] == "data_scripts"] == []
