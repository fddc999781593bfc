"""No module, script or style of the package is longer than 300 lines, unless its head says why."""

from __future__ import annotations

from pathlib import Path

import pytest

TOP = Path(__file__).resolve().parents[2]
MOST = 300
SAYS_WHY = "More than 300 lines: "
SUFFIXES = {".py", ".pyi", ".js", ".css"}
CODE = sorted(path for path in (TOP / "ferviz").rglob("*") if path.suffix in SUFFIXES)


def unexplained(path: Path) -> bool:
    """Whether a file is too long and its head, its first 50 lines, does not say why."""
    lines = path.read_text("utf-8").splitlines()
    return len(lines) > MOST and SAYS_WHY not in "\n".join(lines[:50])


def test_no_module_is_long_without_a_reason():
    assert {path.suffix for path in CODE} == SUFFIXES
    assert [path.relative_to(TOP).as_posix() for path in CODE if unexplained(path)] == []


@pytest.mark.parametrize(("head", "lines", "found"), [
    ("", MOST, False), ("", MOST + 1, True), (f"# {SAYS_WHY}one protocol\n", MOST, False),
])  # fmt: skip
def test_a_long_module_is_noticed_and_a_reason_is_heard(tmp_path, head, lines, found):
    path = tmp_path / "long.py"
    path.write_text(head + "pass\n" * lines, "utf-8")
    assert unexplained(path) == found


def test_a_reason_is_given_by_long_modules_only():
    """So that none is left behind where a module was cut."""
    texts = {path.as_posix(): path.read_text("utf-8") for path in CODE}
    assert [name for name, text in texts.items() if SAYS_WHY in text and len(text.splitlines()) <= MOST] == []
