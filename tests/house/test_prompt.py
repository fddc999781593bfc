"""The server extension sets TCP_NODELAY when a connection to a kernel opens, once, and does nothing else."""

from __future__ import annotations

import asyncio
import json
import logging
import tomllib
from pathlib import Path
from types import SimpleNamespace

import pytest
from jupyter_server.services.kernels.websocket import KernelWebsocketHandler

from ferviz import doctor, prompt

TOP = Path(__file__).resolve().parents[2]
SERVER = SimpleNamespace(log=logging.getLogger("server"))


@pytest.fixture
def done(monkeypatch) -> list[object]:
    """What a connection does while it opens, in order."""
    done: list[object] = []

    async def opened(self, kernel_id):
        done.append(kernel_id)

    monkeypatch.setattr(KernelWebsocketHandler, "open", opened)
    return done


def open_one(done: list[object], connection: object = None) -> None:
    handler = object.__new__(KernelWebsocketHandler)
    handler.connection = connection
    stream = SimpleNamespace(set_nodelay=lambda value: done.append(("nodelay", value)))
    handler.ws_connection = stream
    asyncio.run(handler.open("kernel"))


def test_the_option_is_set_before_the_connection_opens_as_it_always_did(done):
    open_one(done)
    assert done == ["kernel"]
    prompt._load_jupyter_server_extension(SERVER)
    open_one(done)
    assert done[1:] == [("nodelay", True), "kernel"]


def test_a_second_server_in_the_same_process_sets_it_no_second_time(done):
    for _ in range(2):
        prompt._load_jupyter_server_extension(SERVER)
    open_one(done)
    assert done == [("nodelay", True), "kernel"]


def test_what_pip_enables_is_this_module():
    pyproject = tomllib.loads((TOP / "pyproject.toml").read_text("utf-8"))
    (source,) = pyproject["tool"]["hatch"]["build"]["targets"]["wheel"]["shared-data"]
    enabled = json.loads((TOP / source).read_text("utf-8"))
    assert enabled == {"ServerApp": {"jpserver_extensions": {prompt.__name__: True}}}
    assert prompt.__name__ == doctor.PROMPT
    assert prompt._jupyter_server_extension_points() == [{"module": prompt.__name__}]


@pytest.mark.parametrize("page", ["README.md", "ferviz/prompt.py"])
def test_the_line_that_switches_it_off_is_named(page):
    assert f"jupyter server extension disable {doctor.PROMPT}" in (TOP / page).read_text("utf-8")
