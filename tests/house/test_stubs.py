"""The stubs are the one list of public names: Python hands them out at first use, and a typed user sees real types."""

from __future__ import annotations

import ast
import importlib
import sqlite3
import subprocess
import sys
from contextlib import closing
from pathlib import Path
from types import ModuleType

import pytest

TOP = Path(__file__).resolve().parents[2]
STUBS = {
    ".".join(path.parent.relative_to(TOP).parts): path for path in sorted((TOP / "ferviz").rglob("__init__.pyi"))
}


def listed(stub: Path) -> list[str]:
    """The names that a stub hands on: those that it imports as themselves."""
    lines = [line for line in ast.parse(stub.read_text("ascii")).body if isinstance(line, ast.ImportFrom)]
    return [alias.asname or "" for line in lines for alias in line.names if alias.asname == alias.name]


STRICT = """
[[tool.mypy.overrides]]
module = "user"
warn_return_any = true
disallow_subclassing_any = true
disallow_untyped_calls = true
disallow_untyped_decorators = true
"""  # what pyproject.toml leaves out of mypy's strictness


def known(folder: Path) -> Path:
    """A copy of what mypy knows of the package, if anything: `make check` may be writing it, so that it is asked for
    as SQLite has it and not copied as files."""
    for path in (TOP / ".mypy_cache").glob("*/cache*.db"):
        copy = folder / path.parent.name / path.name
        copy.parent.mkdir(parents=True, exist_ok=True)
        with closing(sqlite3.connect(path)) as there, closing(sqlite3.connect(copy)) as here:
            there.backup(here)
    return folder


@pytest.fixture(scope="module")
def revealed(tmp_path_factory) -> dict[str, str]:
    """What mypy says of a strict user's file, in a folder of its own: an expression → its type.

    The package has the options of `make check`, so that what mypy knows of it holds here too.
    """
    asked = ["model", "clip", "seen", "many", "read"]
    asked += ["ferviz.__version__", *(f"{room}.{name}" for room, stub in STUBS.items() for name in listed(stub))]
    text = [
        *(f"import {room}" for room in STUBS),
        'model = ferviz.load_model("fan")',
        'clip = ferviz.load_clip("face.png")',
        "seen = ferviz.observe(model, clip)",
        "many = ferviz.observe(model, [clip])",
        'with ferviz.intervene(model, {"alpha": 0.5}), ferviz.reading(model) as read:',
        "    ferviz.papers()",
        *(f"reveal_type({name})" for name in asked),
    ]
    folder = tmp_path_factory.mktemp("user")
    (folder / "user.py").write_text("\n".join(text) + "\n", "utf-8")
    (folder / "mypy.toml").write_text((TOP / "pyproject.toml").read_text("utf-8") + STRICT, "utf-8")
    command = [sys.executable, "-m", "mypy", "--config-file", folder / "mypy.toml", "--no-pretty", "--cache-dir"]
    done = subprocess.run(
        [*command, known(folder / "cache"), "ferviz", folder / "user.py"], cwd=TOP, capture_output=True, text=True,
        check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stdout + done.stderr
    said = [line.partition(" note: Revealed type is ")[2] for line in done.stdout.splitlines() if "Revealed" in line]
    return {name: kind.strip('"') for name, kind in zip(asked, said, strict=True)}


def test_a_users_file_sees_real_types(revealed):
    assert revealed["model"] == "ferviz.models.model.Model"
    assert revealed["clip"] == "ferviz.clip.Clip"
    assert revealed["seen"] == "xarray.core.dataset.Dataset"
    assert revealed["many"] == "list[xarray.core.dataset.Dataset]"
    assert revealed["read"] == "ferviz.reading.Read"
    assert revealed["ferviz.__version__"] == "str"


def test_no_public_name_is_of_any_type(revealed):
    assert [name for name, kind in revealed.items() if kind == "Any"] == []


def test_mypy_and_python_mean_the_same_by_a_name_that_is_also_a_modules(revealed):
    """`ferviz.papers` is a function, `ferviz.measured` a module: whoever asks."""
    for room, stub in STUBS.items():
        for name in listed(stub):
            is_module = isinstance(getattr(importlib.import_module(room), name), ModuleType)
            assert is_module == (revealed[f"{room}.{name}"] == "types.ModuleType"), f"{room}.{name}"


def test_a_function_keeps_its_name_when_its_module_is_imported_first():
    """Python puts a module that it imports on the package; there the function of that name must stay."""
    functions = [
        f"{room}.{name}"
        for room, stub in STUBS.items()
        for name in listed(stub)
        if f"from .{name} import" in stub.read_text("ascii")
        and not isinstance(getattr(importlib.import_module(room), name), ModuleType)
    ]  # fmt: skip
    assert {"ferviz.intervene", "ferviz.observe", "ferviz.papers", "ferviz.reading"} <= set(functions)
    code = f"import {', '.join(functions)}\nassert all(map(callable, ({', '.join(functions)})))"
    subprocess.run([sys.executable, "-c", code], cwd=TOP, check=True)


@pytest.mark.parametrize("room", STUBS)
def test_python_hands_out_what_the_stub_lists_and_nothing_else(room):
    package, names = importlib.import_module(room), listed(STUBS[room])
    assert len(names) == len(set(names))
    assert sorted(package.__all__) == sorted(dir(package)) == sorted(names)
    for name in names:
        assert getattr(package, name) is not None


def test_every_package_that_loads_late_reads_its_names_from_a_stub():
    late = [path for path in (TOP / "ferviz").rglob("__init__.py") if "lazy_loader" in path.read_text("utf-8")]
    assert {".".join(path.parent.relative_to(TOP).parts) for path in late} == set(STUBS)
    for path in late:
        assert "lazy.attach_stub(__name__, __file__)" in path.read_text("utf-8"), path
        assert "lazy.attach(" not in path.read_text("utf-8"), path
