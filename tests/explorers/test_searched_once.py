"""What the tests of explorers are spared (conftest.py) is a second look at the same pixels, and nothing else."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from ferviz.clip import Clip, Face, Gap
from ferviz.explorers.shared import faces
from ferviz.intake import NoFaceError, search
from tests.two_faces import film_of_two


def test_a_search_that_is_spared_gives_what_a_search_gives(monkeypatch):
    clip = film_of_two(2)
    anew, first = search(clip), faces.search(clip)
    monkeypatch.setattr("ferviz.intake.look", lambda *_, **__: pytest.fail("a face was looked for again"))
    second = replace(clip, frames=clip.frames.copy())
    again = faces.search(second)
    assert (first.clip, again.clip) == (clip, second)
    for found in (first, again):
        for name in ("turn", "detector", "minimum", "exact"):
            assert getattr(found, name) == getattr(anew, name)
        assert [len(some) for some in found.faces] == [len(some) for some in anew.faces] == [2, 1]
        for one, other in zip(sum(found.faces, ()), sum(anew.faces, ()), strict=True):
            assert (one.score, one.turn) == (other.score, other.turn)
            np.testing.assert_array_equal(one.box, other.box)
            np.testing.assert_array_equal(one.points, other.points)
        np.testing.assert_array_equal(found.cut().frames, anew.cut().frames)


def test_an_error_is_raised_anew_in_the_same_words():
    clip = Clip(np.zeros((1, 50, 50, 3), np.uint8), np.zeros(1))
    raised = []
    for one in (search, faces.search, faces.search):
        with pytest.raises(NoFaceError) as caught:
            one(clip)
        raised.append(caught.value)
    assert len({id(error) for error in raised}) == 3
    assert {(error.found, str(error)) for error in raised} == {(raised[0].found, str(raised[0]))}


def test_all_that_a_search_depends_on_tells_clips_apart(monkeypatch):
    looked = []
    face = Face(np.array([5.0, 5.0, 45.0, 45.0]), 1.0, np.zeros((5, 2)))
    monkeypatch.setattr("ferviz.intake.look", lambda *given, **_: looked.append(given) or (face,))
    clip = Clip(np.zeros((2, 50, 50, 3), np.uint8), np.arange(2.0), source="only here")
    others = [replace(clip, frames=clip.frames + np.uint8(1)), replace(clip, frames=clip.frames.reshape(2, 25, 100, 3))]
    others += [replace(clip, times=clip.times + 1), replace(clip, gaps=(Gap("frames", 0, 1, "dark"),))]
    others += [replace(clip, source="nor there")]
    for one in (clip, *others):
        before = len(looked)
        faces.search(one)
        assert len(looked) > before
    before = len(looked)
    for one in (clip, *others):
        faces.search(one)
    assert len(looked) == before
