"""What a body costs: its parameters are those of the module, and its time is measured in runs of one at least."""

from __future__ import annotations

import doctest

import pytest

from ferviz.measuring import bodies
from ferviz.measuring.bodies import milliseconds, size_of
from ferviz.models.identity import COMPACT
from tests.head_nets import TINY


@pytest.mark.parametrize("body", [TINY, *COMPACT.values()])
def test_the_size_is_that_of_the_module(body):
    size = size_of(body)
    assert (size.parameters, size.side) == (sum(one.numel() for one in body.build().parameters()), body.side)
    assert size.megabytes(32) == pytest.approx(4 * size.parameters / 1e6)
    assert size.megabytes(8) == pytest.approx(size.parameters / 1e6)


def test_time_is_measured_in_runs():
    assert milliseconds(TINY, 2) > 0
    with pytest.raises(ValueError, match="runs must .*; got 0"):
        milliseconds(TINY, 0)
    with pytest.raises(TypeError, match="runs must be a whole number.*; got 1.5"):
        milliseconds(TINY, 1.5)


def test_the_example_is_true():
    assert doctest.testmod(bodies) == (0, 2)
