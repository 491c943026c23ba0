"""The address of the web server: HOST and PORT, or UNIX_SOCKET."""

from __future__ import annotations

import errno
import socket
from pathlib import Path
from typing import TypedDict

from config.environment import env


class AddressError(Exception):
    """The web server can't listen on the address; the message says what to do."""


class ListenOptions(TypedDict, total=False):
    """The arguments of Granian: a Unix socket, or an address and a port."""

    uds: Path
    uds_permissions: int
    address: str
    port: int


def listen_options() -> ListenOptions:
    """Return the address. Raise AddressError if it is in use.

    granian itself would share the port with another server.
    """
    if path := socket_path():
        remove_stale_socket(path)
        return {"uds": path, "uds_permissions": 0o666}
    host, port = env.str("HOST", default="127.0.0.1"), env.int("PORT", default=8000)
    return {"address": resolve_free_address(host, port), "port": port}


def socket_path() -> Path | None:
    path = env.str("UNIX_SOCKET", default="")
    return Path(path) if path else None


def resolve_free_address(host: str, port: int) -> str:
    """Return the IP address of the host. Raise AddressError."""
    try:
        info = socket.getaddrinfo(host, None, type=socket.SOCK_STREAM)
        family, address = info[0][0], str(info[0][4][0])
        socket.create_server((address, port), family=family).close()
    except (OSError, OverflowError, ValueError) as error:
        if getattr(error, "errno", None) == errno.EADDRINUSE:
            next_port = port % 65535 + 1
            text = f"port {port} is in use. Try another, such as PORT={next_port}."
            raise AddressError(text) from error
        text = f"cannot listen on HOST={host} PORT={port}: {error}"
        raise AddressError(text) from error
    return address


def remove_stale_socket(path: Path) -> None:
    """Remove the socket of a killed server. Raise AddressError if it is in use."""
    if not path.is_socket():
        return
    with socket.socket(socket.AF_UNIX) as probe:
        try:
            probe.connect(str(path))
        except ConnectionRefusedError:
            path.unlink()
        else:
            text = f"the socket {path} is in use. Set another UNIX_SOCKET."
            raise AddressError(text)
