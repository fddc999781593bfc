"""A connection that sends an answer at once: what lets an explorer follow the hand.

Jupyter's server sends a small "busy" before each answer. TCP's Nagle algorithm then holds the answer, which is small
too, until the browser's side has acknowledged the first, and that waits up to 40 ms: half of the time from the hand to
changed pixels. `ferviz lab` therefore starts JupyterLab with this class; any other server takes it by
``--ServerApp.kernel_websocket_connection_class=ferviz.explorers.shared.prompt.PromptConnection``.
"""

from __future__ import annotations

from typing import Any

from jupyter_server.services.kernels.connection.channels import ZMQChannelsWebsocketConnection

__all__ = ["PromptConnection"]


class PromptConnection(ZMQChannelsWebsocketConnection):
    """Jupyter's own connection between a browser and a kernel, without the wait of Nagle's algorithm."""

    def connect(self) -> Any:
        """Connect as Jupyter does, after switching the delay off."""
        self.websocket_handler.set_nodelay(True)
        return super().connect()
