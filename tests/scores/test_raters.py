"""Two raters of the same items: a share with its interval, and kappa."""

from __future__ import annotations

import numpy as np
import pytest

from ferviz.scores import rater_agreement


def test_agreement_is_counted_and_kappa_worked_out_by_hand():
    found = rater_agreement(["a", "a", "b", "b"], ["a", "b", "b", "b"])
    assert (found.count, found.n) == (3, 4)
    assert found.kappa == pytest.approx((0.75 - 0.5) / (1 - 0.5))  # chance: 1/2 · 1/4 + 1/2 · 3/4
    assert (found.low, found.high) == pytest.approx((0.3006, 0.9544), abs=1e-4)  # Wilson's interval of 3 in 4
    assert rater_agreement(["a"] * 3, ["a"] * 3).high == pytest.approx(1)
    assert np.isnan(rater_agreement(["a"] * 3, ["a"] * 3).kappa)
    assert rater_agreement(["a", "b"], ["b", "a"]).kappa == pytest.approx(-1)


def test_agreement_needs_the_same_items():
    with pytest.raises(ValueError, match="both must rate the same items, at least one; got 1 and 2"):
        rater_agreement(["a"], ["a", "b"])
    with pytest.raises(ValueError, match="both must rate the same items, at least one; got 0 and 0"):
        rater_agreement([], [])


def test_kappa_is_the_same_to_the_last_bit_whatever_the_words_are():
    places = np.random.default_rng(0).integers(0, 7, (2, 23))
    found = set()
    for turn in range(40):  # names are hashed with a luck of their own: a sum over a set of them has no order
        first, second = ([f"word {turn * 7 + place}" for place in row] for row in places)
        found.add(rater_agreement(first, second).kappa)
    assert len(found) == 1
