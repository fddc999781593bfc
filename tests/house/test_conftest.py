"""The shared fixtures do what they promise."""

from __future__ import annotations

import importlib
import socket
import tempfile
from pathlib import Path

import platformdirs
import pytest

from ferviz.cache import cache_folder

pytest_plugins = ["pytester"]
TESTS = Path(__file__).parents[1]


@pytest.fixture
def copied(pytester):
    """An empty tree with the conftest of the house, which calls no test slow."""
    pytester.makeconftest((TESTS / "conftest.py").read_text("utf-8"))
    pytester.makepyprojecttoml("[tool.pytest.ini_options]\nmarkers = ['long: x']\n")
    (pytester.path / "slow.txt").touch()
    return pytester


def test_a_connection_that_leaves_the_machine_is_refused():
    with socket.socket() as outward, pytest.raises(OSError, match=r"asked for the network: 192\.0\.2\.1"):
        outward.connect(("192.0.2.1", 80))


def test_a_connection_to_this_machine_is_let_through():
    with socket.socket() as server, socket.socket() as client:
        server.bind(("127.0.0.1", 0))
        server.listen()
        client.connect(server.getsockname())


def test_the_cache_folder_of_the_tests_is_a_temporary_one():
    assert Path(tempfile.gettempdir()).resolve() in cache_folder().resolve().parents


def test_what_numba_compiles_stays_out_of_the_persons_cache_folder():
    folder = Path(importlib.import_module("ferviz.faces.jit").numba.config.CACHE_DIR)
    assert platformdirs.user_cache_path("ferviz", appauthor=False) not in folder.parents
    assert folder.is_absolute()


def test_a_skip_is_a_failure(copied):
    copied.makepyfile("import pytest\n\ndef test_it():\n    pytest.skip('no browser')\n")
    result = copied.runpytest_inprocess("-p", "no:cacheprovider")
    result.assert_outcomes(failed=1)
    result.stdout.fnmatch_lines(["*a skip is a failure here: no browser*"])


def test_a_folder_of_real_faces_that_is_not_there_is_named(copied):
    copied.makepyfile("def test_it(fer2013plus):\n    assert fer2013plus is None\n")
    assert copied.runpytest_inprocess().ret == 0
    result = copied.runpytest_inprocess("--fer2013plus", "nowhere")
    assert result.ret != 0
    result.stdout.fnmatch_lines(["*--fer2013plus must be a folder; there is none at nowhere*"])


def test_a_file_stays_with_one_worker_and_the_long_ones_come_first(copied):
    lines = (TESTS.parent / "Makefile").read_text("utf-8").splitlines()
    shared = next(line for line in lines if line.startswith("SHARED := "))
    text = "import pytest\n\n@pytest.mark.parametrize('case', range(4))\ndef test_it(case):\n    pass\n"
    names = ("tests/browser/test_b.py", "tests/house/test_wheel.py", "tests/models/test_a.py", "tests/models/test_c.py")
    for name in names:
        path = copied.path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, "utf-8")
    options = shared.removeprefix("SHARED := ").split()
    told = copied.runpytest_subprocess("-v", "-p", "no:cacheprovider", *options, "2")
    ran = [line.split() for line in told.outlines if "PASSED" in line]
    assert len(ran) == 16
    assert all(len({words[0] for words in ran if words[-1].startswith(name)}) == 1 for name in names)
    for worker in ("[gw0]", "[gw1]"):
        own = [words[-1].partition("::")[0] for words in ran if words[0] == worker]
        assert own[0] in names[:2]
    chosen = copied.runpytest_subprocess("-m", "not long", "-p", "no:cacheprovider")
    chosen.assert_outcomes(passed=2, deselected=6)  # of each short test the first case


def test_every_test_that_is_called_slow_is_there():
    gone = []
    for name in (TESTS / "slow.txt").read_text("utf-8").split():
        path, _, function = name.partition("::")
        text = (TESTS.parent / path).read_text("utf-8") if (TESTS.parent / path).exists() else ""
        gone += [name] if f"def {function.rpartition('::')[2]}(" not in text else []
    assert not gone


def test_a_slow_test_is_long_and_another_is_added(copied):
    ours = (copied.path / "conftest.py").read_text("utf-8")
    copied.makeconftest(ours.replace("SECONDS = 0.4", "SECONDS = 0.3"))
    slow = "def test_{}(): __import__('time').sleep(0.35)\n"
    copied.makepyfile(slow.format("a") + slow.format("b") + "def test_c(): pass")
    name = "test_a_slow_test_is_long_and_another_is_added.py"
    (copied.path / "slow.txt").write_text(f"{name}::test_a\n", "utf-8")
    told = copied.runpytest_inprocess("-m", "not long", "--add-slow", "-p", "no:cacheprovider")
    told.assert_outcomes(passed=2, deselected=1)
    assert (copied.path / "slow.txt").read_text("utf-8").split() == [f"{name}::test_a", f"{name}::test_b"]
