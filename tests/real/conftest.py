"""The checks on real photos and clips may fetch them, once, into the person's own cache folder."""

from __future__ import annotations

import pytest


@pytest.fixture(scope="session", autouse=True)
def own_cache() -> None:
    """The cache folder is the person's: what was fetched is not fetched again."""


@pytest.fixture(scope="session", autouse=True)
def offline() -> None:
    """These tests may use the network."""
