"""The shared fixtures do what they promise."""

from __future__ import annotations

import socket
import tempfile
from pathlib import Path

import pytest

from ferviz.cache import cache_folder

pytest_plugins = ["pytester"]


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


def test_a_skip_is_a_failure(pytester):
    pytester.makeconftest((Path(__file__).parents[1] / "conftest.py").read_text())
    pytester.makepyfile("import pytest\n\ndef test_it():\n    pytest.skip('no browser')\n")
    result = pytester.runpytest_inprocess("-p", "no:cacheprovider")
    result.assert_outcomes(failed=1)
    result.stdout.fnmatch_lines(["*a skip is a failure here: no browser*"])


def test_a_folder_of_real_faces_that_is_not_there_is_named(pytester):
    pytester.makeconftest((Path(__file__).parents[1] / "conftest.py").read_text())
    pytester.makepyfile("def test_it(fer2013plus):\n    assert fer2013plus is None\n")
    assert pytester.runpytest_inprocess().ret == 0
    result = pytester.runpytest_inprocess("--fer2013plus", "nowhere")
    assert result.ret != 0
    result.stdout.fnmatch_lines(["*--fer2013plus must be a folder; there is none at nowhere*"])
