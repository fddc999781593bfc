"""The rooms' import contracts hold, and they would notice a broken one; the page about the house names every room."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

TOP = Path(__file__).resolve().parents[2]


def lint(folder: Path) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-c", "from importlinter.cli import lint_imports_command as run; run()", "--no-cache"]
    environment = {**os.environ, "PYTHONPATH": str(folder)}
    return subprocess.run(command, cwd=folder, env=environment, capture_output=True, text=True, check=False)


@pytest.fixture
def house(tmp_path):
    """A copy of the package's sources that a test may spoil."""
    shutil.copy(TOP / "pyproject.toml", tmp_path)
    kept = shutil.ignore_patterns("__pycache__", "assets")
    shutil.copytree(TOP / "ferviz", tmp_path / "ferviz", ignore=kept)
    return tmp_path


def test_the_rooms_keep_their_contracts(house):
    done = lint(house)
    assert done.returncode == 0, done.stdout
    assert "0 broken" in done.stdout


@pytest.mark.parametrize(
    ("room", "line"),
    [
        ("clip.py", "from ferviz.intake import detect"),
        ("emotions.py", "from ferviz.clip import Clip"),
        ("lbp/coding.py", "from ferviz.clip import Clip"),
        ("models/model.py", "from ferviz.intake import find_faces"),
        ("models/zoo.py", "from ferviz.gallery import sample"),
        ("weights.py", "from ferviz.clip import Clip"),
        ("observe.py", "from ferviz.plots import bars"),
        ("plots/figure.py", "from ferviz.models import load_model"),
        ("explorers/shared/base.py", "from ferviz.exercises import base"),
        ("intake.py", "import ferviz.gallery"),
        ("exercises/base.py", "def late():\n    from ferviz.cli import app"),
    ],
)
def test_an_arrow_that_points_the_wrong_way_is_noticed(house, room, line):
    path = house / "ferviz" / room
    path.write_text(f"{path.read_text('utf-8')}\n{line}\n", "utf-8")
    done = lint(house)
    assert done.returncode == 1, done.stdout
    module = "ferviz." + room.removesuffix(".py").replace("/", ".")
    target = "ferviz." + line.split("ferviz.")[1].split()[0]
    assert f"{module} -> {target}" in done.stdout


def test_a_room_without_a_place_is_noticed(house):
    (house / "ferviz" / "attic.py").write_text("")
    done = lint(house)
    assert done.returncode == 1
    assert "attic" in done.stdout


def test_the_page_about_the_house_names_every_room():
    page = (TOP / "CONTRIBUTING.md").read_text("utf-8")
    rows = re.findall(r"^\| \w+ \| (`[^|]*`) \|", page, re.MULTILINE)
    named = re.findall(r"[a-z_]+", re.sub(r"/\{.*?\}|/recipes/", " ", " ".join(rows)))
    there = [one.stem for one in (TOP / "ferviz").iterdir() if one.suffix == ".py" or (one / "__init__.py").is_file()]
    assert sorted(set(named)) == sorted(set(there) - {"__init__"})
