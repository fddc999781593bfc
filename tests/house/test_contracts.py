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


def copy(folder: Path) -> Path:
    """The package's sources, for a test to spoil."""
    shutil.copy(TOP / "pyproject.toml", folder)
    kept = shutil.ignore_patterns("__pycache__", "assets")
    shutil.copytree(TOP / "ferviz", folder / "ferviz", ignore=kept)
    return folder


@pytest.fixture
def house(tmp_path):
    return copy(tmp_path)


def test_the_rooms_keep_their_contracts(house):
    done = lint(house)
    assert done.returncode == 0, done.stdout
    assert "0 broken" in done.stdout


WRONG_WAY = (
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
)


@pytest.fixture(scope="module")
def report(tmp_path_factory) -> str:
    """What is said of a house with every arrow that points the wrong way."""
    spoilt = copy(tmp_path_factory.mktemp("spoilt"))
    for room, line in WRONG_WAY:
        with (spoilt / "ferviz" / room).open("a", encoding="utf-8") as file:
            file.write(f"\n{line}\n")
    done = lint(spoilt)
    assert done.returncode == 1, done.stdout
    return done.stdout


@pytest.mark.parametrize(("room", "line"), WRONG_WAY)
def test_an_arrow_that_points_the_wrong_way_is_noticed(report, room, line):
    """For itself, and not on the way of another."""
    module = "ferviz." + room.removesuffix(".py").replace("/", ".")
    target = "ferviz." + line.split("ferviz.")[1].split()[0]
    assert re.search(rf"^- +{module} -> {target}[.\w]* \(l\.\d+\)\n(?! )", report, re.MULTILINE), report


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
