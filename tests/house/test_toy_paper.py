"""To add a paper is to write its files and to edit at most six: done here, in a copy of the tree, with a toy.

What is written lies in ``toy_paper``, each file below it where it belongs in the tree.
"""

from __future__ import annotations

import hashlib
import os
import shutil
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest

TOP = Path(__file__).resolve().parents[2]
WRITTEN = Path(__file__).with_name("toy_paper")
LAST = "\n)\n\nPAPERS: "  # the end of the table of papers
ROW = """
    Paper(
        slug="toy",
        title="A toy",
        authors="N. N.",
        venue="Nowhere 2020",
        link="https://example.org",
        idea="A mask over a face.",
        networks=(Network("toy", "toy"),),
        recipe="toy",
        explorers=("ToyLab",),
        lesson="09_toy",
        lesson_title="09 · Toy",
        lesson_about="a mask over a face",
        measured=("toy",),
        commands=("measure_toy.py",),
    ),"""
BY_HAND = {  # what stands there, and what the paper makes of it
    "ferviz/papers.py": (LAST, ROW + LAST),
    "ferviz/models/__init__.pyi": ("from .zoo", "from .toy import Toy as Toy\nfrom .zoo"),
    "ferviz/explorers/__init__.pyi": ("from .twins", "from .toy.explorer import ToyLab as ToyLab\nfrom .twins"),
    "pyproject.toml": (" | patch | ", " | patch | toy | "),
}
BY_COMMAND = {"README.md", "ferviz/assets/manifest.json"}
WRITERS = ("write_cards", "build_notebooks", "build_readme", "manifest")
IN_TURN = """
import runpy, sys
scripts, sys.argv[1:] = sys.argv[1:], []
for script in scripts:
    sys.argv[0] = script
    try:
        runpy.run_path(script, run_name="__main__")
    except SystemExit as end:
        if end.code:
            raise
"""  # in one process, which imports torch once
OPENS = """
import ferviz
model = ferviz.load_model("toy")
print(type(model).__name__, ferviz.models.card("toy").metrics[0].name, ferviz.papers()[-1].slug)
lab = ferviz.explorers.ToyLab("astronaut")
print(repr(lab.error), lab.describe())
"""


def hashes(tree: Path) -> dict[str, str]:
    """Every file of a tree → the hash of what it holds; but for what Python compiles."""
    files = (path for path in tree.rglob("*") if path.is_file() and path.parent.name != "__pycache__")
    return {path.relative_to(tree).as_posix(): hashlib.sha256(path.read_bytes()).hexdigest() for path in files}


@pytest.fixture(scope="module")
def before(tmp_path_factory) -> tuple[Path, dict[str, str]]:
    """A copy of what a source distribution carries, and its hashes."""
    tree = tmp_path_factory.mktemp("tree")
    kept = tomllib.loads((TOP / "pyproject.toml").read_text("utf-8"))["tool"]["hatch"]["build"]["targets"]["sdist"]
    caches = shutil.ignore_patterns("__pycache__", ".*")
    for name in ["pyproject.toml", *(one.lstrip("/") for one in kept["include"])]:
        if (TOP / name).is_dir():
            shutil.copytree(TOP / name, tree / name, ignore=caches)
        else:
            shutil.copy(TOP / name, tree / name)
    return tree, hashes(tree)


@pytest.fixture(scope="module")
def run(before, tmp_path_factory):
    """Runs a Python program on the copy, and returns what it printed."""
    tree, _ = before
    environment = os.environ | {"PYTHONPATH": str(tree), "PYTHONDONTWRITEBYTECODE": "", "OMP_NUM_THREADS": "1"}

    def start(*words: object) -> str:
        command = [sys.executable, *map(str, words)]
        done = subprocess.run(command, cwd=tree, env=environment, capture_output=True, text=True, check=False)
        assert done.returncode == 0, f"{words}\n{done.stdout}{done.stderr}"
        return done.stdout

    return start


@pytest.fixture(scope="module")
def added(before, run, tiny_set, tmp_path_factory) -> Path:
    """The tree with the paper in it: four files edited by hand, the others by the commands of CONTRIBUTING.md."""
    tree, _ = before
    shutil.copytree(WRITTEN, tree, dirs_exist_ok=True, ignore=shutil.ignore_patterns("__pycache__"))
    for name, (old, new) in BY_HAND.items():
        text = (tree / name).read_text("utf-8")
        assert text.count(old) == 1, name
        (tree / name).write_text(text.replace(old, new), "utf-8")
    runs = tmp_path_factory.mktemp("runs")
    run("data_scripts/train_zoo.py", "toy", "--clips", tiny_set, "--out", runs, "--threads", 1, "--ship")
    run("data_scripts/measure_toy.py", "--clips", tiny_set, "--out", "ferviz/assets/measured/toy.json")
    run("-c", IN_TURN, *(f"data_scripts/{name}.py" for name in WRITERS))
    return tree


def test_six_files_are_edited_and_no_other(before, added):
    _, old = before
    new = hashes(added)
    assert {name for name in old if new.get(name) != old[name]} == {*BY_HAND, *BY_COMMAND}
    assert len({*BY_HAND, *BY_COMMAND}) <= 6


def test_what_is_new_was_written_for_the_paper_or_by_a_command(before, added):
    _, old = before
    made = {f"ferviz/assets/{name}" for name in ("weights/toy.safetensors", "weights/toy.json", "measured/toy.json")}
    made |= {f"notebooks/{name}" for name in ("09_toy.ipynb", "solutions/09_toy.ipynb")}
    assert set(hashes(added)) - set(old) == set(hashes(WRITTEN)) | made


def test_the_arrows_and_the_style_hold(added, run):
    assert "0 broken" in run("-c", "from importlinter.cli import lint_imports_command as run; run()", "--no-cache")
    run("-m", "ruff", "check", "--no-cache", "ferviz", "data_scripts", "notebooks")


def test_the_tests_that_ask_whether_all_is_there_pass(added, run):
    asked = (
        "tests/house/test_papers.py", "tests/house/test_stubs.py", "tests/house/test_doctor.py",
        "tests/explorers/test_sources.py", "tests/explorers/test_items.py", "tests/measured/test_measured_files.py",
    )  # fmt: skip
    # of the measured files and of bytes the toy's alone: no other file has changed
    chosen = "papers or hands_out or manifest or script or draws_its_own or (toy and (bytes or measured_files))"
    told = run("-m", "pytest", "-v", "-x", "-p", "no:cacheprovider", "-k", chosen, *asked)
    assert told.count("[toy] PASSED") == 4, "its pieces, its file, its card and what the card says"
    assert told.count("[ToyLab] PASSED") == 1
    assert "failed" not in told


def test_it_is_trained_loaded_opened_and_linked_like_every_other(added, run):
    helps = run("-c", "from ferviz.cli import app; app()", "train", "--help")
    assert "av-concatenation,toy" in "".join(helps.split())  # a name may be broken at its hyphen
    opened, shown = run("-c", OPENS).splitlines()
    assert opened == "Toy toy toy"
    assert shown.startswith("'' label: ")
    lesson = (added / "notebooks" / "09_toy.ipynb").read_text("utf-8")
    assert "**[09 · Toy](09_toy.ipynb)**" in lesson
    assert "09 · Toy" in (added / "README.md").read_text("utf-8")
