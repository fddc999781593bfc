"""A plain JupyterLab sends what a kernel answers at once, for pip enabled an extension; one line switches it off."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from tornado.httpclient import HTTPRequest
from tornado.ioloop import IOLoop
from tornado.websocket import websocket_connect

from tests.browser.lab import Lab, start_lab

TOP = Path(__file__).resolve().parents[2]
PROBE = "--ServerApp.jpserver_extensions=tests.browser.sockets=True"


def set_on(lab: Lab) -> list[bool]:
    """Whether the option is set on each of the server's connections to kernels, while one is open."""
    kernel = json.loads(lab.call("POST", "api/kernels"))["id"]

    async def ask() -> list[bool]:
        address = f"{lab.url.replace('http', 'ws')}/api/kernels/{kernel}/channels?session_id=one"
        channel = await websocket_connect(HTTPRequest(address, headers={"Origin": lab.url}))
        await channel.write_message(json.dumps(INFO))
        await channel.read_message()  # so the server has opened it
        said = await IOLoop.current().run_in_executor(None, lab.call, "GET", "api/nodelay")
        channel.close()
        return json.loads(said)["set"]

    return IOLoop().run_sync(ask, timeout=60)


INFO = {
    "channel": "shell",
    "header": {"msg_id": "one", "msg_type": "kernel_info_request", "session": "one", "username": "", "version": "5.3"},
    "parent_header": {},
    "metadata": {},
    "content": {},
}


@pytest.mark.parametrize(
    ("options", "expected"),
    [
        ([], True),
        (["--ServerApp.kernel_websocket_connection_class=tests.browser.sockets.Plain"], True),
        (["--ServerApp.jpserver_extensions=ferviz.prompt=False"], False),
    ],
    ids=["as pip leaves it", "with a person's own class", "switched off"],
)
def test_a_plain_lab_sets_the_option_unless_it_is_switched_off(tmp_path, monkeypatch, options, expected):
    monkeypatch.setenv("PYTHONPATH", str(TOP))
    with start_lab(tmp_path / "lab", PROBE, *options) as lab:
        assert set_on(lab) == [expected]
