"""Where the web server listens: HOST and PORT, or UNIX_SOCKET."""

from __future__ import annotations

import errno
import socket
from pathlib import Path
from typing import Any

from config.environment import env


class AddressError(Exception):
    """The web server cannot listen there; the text says what to do."""


def listener() -> dict[str, Any]:
    """The address in granian's terms. Raises AddressError where it is taken.

    granian itself would share a port with another server.
    """
    if path := socket_path():
        free_socket(path)
        return {"uds": path, "uds_permissions": 0o666}
    host, port = env.str("HOST", default="127.0.0.1"), env.int("PORT", default=8000)
    return {"address": free_address(host, port), "port": port}


def socket_path() -> Path | None:
    path = env.str("UNIX_SOCKET", default="")
    return Path(path) if path else None


def free_address(host: str, port: int) -> str:
    """The IP address of the host. Raises AddressError."""
    try:
        found = socket.getaddrinfo(host, None, type=socket.SOCK_STREAM)
        family, address = found[0][0], str(found[0][4][0])
        socket.create_server((address, port), family=family).close()
    except (OSError, OverflowError, ValueError) as error:
        if getattr(error, "errno", None) == errno.EADDRINUSE:
            text = (
                f"port {port} is taken. Try another, such as PORT={port % 65535 + 1}."
            )
            raise AddressError(text) from error
        text = f"cannot listen on HOST={host} PORT={port}: {error}"
        raise AddressError(text) from error
    return address


def free_socket(path: Path) -> None:
    """Removes what a killed server left. Raises AddressError if one listens there."""
    if not path.is_socket():
        return
    with socket.socket(socket.AF_UNIX) as probe:
        try:
            probe.connect(str(path))
        except ConnectionRefusedError:
            path.unlink()
        else:
            raise AddressError(f"the socket {path} is taken. Try another UNIX_SOCKET.")
