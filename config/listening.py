"""The address of the web server: HOST and PORT, or UNIX_SOCKET."""

from __future__ import annotations

import errno
import os
import socket
from pathlib import Path
from typing import TypedDict

from config.environment import at_least, text

# The shortest limit of the platforms.
MAX_SOCKET_PATH = 103


class AddressError(Exception):
    """The web server can't listen on the address; the message has the cure."""


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
        check_socket_path(path)
        remove_stale_socket(path)
        return {"uds": path, "uds_permissions": 0o666}
    host, port = text("HOST", "127.0.0.1"), at_least("PORT", 1, 8000, 65535)
    return {"address": resolve_free_address(host, port), "port": port}


def socket_path() -> Path | None:
    path = text("UNIX_SOCKET")
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
            message = f"port {port} is in use. Try another, such as PORT={next_port}."
            raise AddressError(message) from error
        message = f"can't listen on HOST={host} PORT={port}: {error}"
        raise AddressError(message) from error
    return address


def check_socket_path(path: Path) -> None:
    """Raise AddressError if no socket can be there."""
    is_too_long = len(os.fsencode(path)) > MAX_SOCKET_PATH
    is_other_file = path.exists() and not path.is_socket()
    if is_too_long or is_other_file or not path.parent.is_dir():
        raise AddressError(
            f"can't listen on UNIX_SOCKET={path}: it must be a new file in an "
            f"existing folder, whose path has at most {MAX_SOCKET_PATH} bytes."
        )


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
            message = f"the socket {path} is in use. Set another UNIX_SOCKET."
            raise AddressError(message)
