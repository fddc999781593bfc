"""A server extension for the tests: /api/nodelay says of each connection to a kernel whether TCP_NODELAY is set."""

from __future__ import annotations

import socket
from typing import Any

from jupyter_server.base.handlers import APIHandler
from jupyter_server.services.kernels.connection.channels import ZMQChannelsWebsocketConnection
from jupyter_server.utils import url_path_join
from tornado.web import authenticated


class NoDelay(APIHandler):
    @authenticated
    def get(self) -> None:
        handlers = [connection.websocket_handler for connection in ZMQChannelsWebsocketConnection._open_sockets]
        sockets = [handler.ws_connection.stream.socket for handler in handlers]
        self.finish({"set": [bool(one.getsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY)) for one in sockets]})


class Plain(ZMQChannelsWebsocketConnection):
    """A connection class that a person's own configuration may name."""


def _jupyter_server_extension_points() -> list[dict[str, str]]:
    return [{"module": __name__}]


def _load_jupyter_server_extension(server: Any) -> None:
    server.web_app.add_handlers(".*$", [(url_path_join(server.web_app.settings["base_url"], "api/nodelay"), NoDelay)])
