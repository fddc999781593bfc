"""A server extension that sends an answer at once: what lets an explorer follow the hand.

Jupyter's server sends a small "busy" before each answer. TCP's Nagle algorithm then holds the answer, which is small
too, until the browser's side has acknowledged the first, and that waits up to 40 ms: half of the time from the hand to
changed pixels. pip enables this extension for every Jupyter server of the environment (`assets/jupyter/prompt.json`
becomes ``etc/jupyter/jupyter_server_config.d/ferviz.json``). It sets one option of one kind of socket, TCP_NODELAY of
the connections between a browser and a kernel, whatever class of connection a person's own configuration names.
``jupyter server extension disable ferviz.prompt`` switches it off.
"""

from __future__ import annotations

from functools import wraps
from typing import Any

from jupyter_server.services.kernels.websocket import KernelWebsocketHandler

from ferviz import __version__

__all__ = ["__version__"]  # `jupyter server extension list` shows it


def _jupyter_server_extension_points() -> list[dict[str, str]]:
    return [{"module": __name__}]


def _load_jupyter_server_extension(server: Any) -> None:
    """Switch the delay off for each connection to a kernel that is opened from now on."""
    opened = KernelWebsocketHandler.open
    if getattr(opened, "prompt", False):  # a second server in one process
        return

    @wraps(opened)
    async def open_promptly(self: Any, *arguments: Any, **named: Any) -> None:
        self.set_nodelay(True)
        await opened(self, *arguments, **named)

    open_promptly.prompt = True  # type: ignore[attr-defined]
    KernelWebsocketHandler.open = open_promptly  # type: ignore[method-assign]
    server.log.info("ferviz.prompt: what kernels answer is sent to the browser at once (TCP_NODELAY)")
