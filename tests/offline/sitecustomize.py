"""Put this folder first on PYTHONPATH, and no Python program can leave the machine: an audit hook refuses."""

import sys


def _refuse(event, arguments):
    if event == "socket.connect":
        address = arguments[1]
        if isinstance(address, tuple) and not str(address[0]).startswith(("127.", "localhost", "::1")):
            raise OSError(f"offline: a connection to {address[0]} was refused")
    elif event in ("socket.getaddrinfo", "socket.gethostbyname") and arguments[0] not in (
        None, "", "localhost", "127.0.0.1", "::1", b"localhost",
    ):  # fmt: skip
        raise OSError(f"offline: the name {arguments[0]} was not looked up")


sys.addaudithook(_refuse)
