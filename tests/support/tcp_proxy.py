"""A proxy for TCP connections that can be cut off or fall silent."""

from __future__ import annotations

import select
import socket
import threading
from contextlib import suppress

from tests.support.http import free_port


class TcpProxy:
    def __init__(self, target: tuple[str, int]) -> None:
        self.target = target
        self.port = free_port()
        self.sockets: list[socket.socket] = []
        self.talks = threading.Event()
        self.talks.set()
        self.open()

    def open(self) -> None:
        self.listener = socket.create_server(("127.0.0.1", self.port))
        threading.Thread(target=self.accept, args=[self.listener], daemon=True).start()

    def silence(self) -> None:
        """Connections stay and new ones are accepted, but no byte is passed on."""
        self.talks.clear()

    def resume(self) -> None:
        self.talks.set()

    def cut(self) -> None:
        """All connections are gone, new ones are refused."""
        with suppress(OSError):
            self.listener.shutdown(socket.SHUT_RDWR)
        self.listener.close()
        for each in self.sockets:
            with suppress(OSError):
                each.shutdown(socket.SHUT_RDWR)
        self.sockets.clear()

    def accept(self, listener: socket.socket) -> None:
        while True:
            try:
                near, _ = listener.accept()
            except OSError:
                return
            threading.Thread(target=self.connect, args=[near], daemon=True).start()

    def connect(self, near: socket.socket) -> None:
        self.talks.wait()
        far = socket.create_connection(self.target)
        self.sockets += [near, far]
        self.pump(near, far)

    def pump(self, near: socket.socket, far: socket.socket) -> None:
        with near, far, suppress(OSError):
            while True:
                for source in select.select([near, far], [], [])[0]:
                    self.talks.wait()
                    data = source.recv(65536)
                    if not data:
                        return
                    (far if source is near else near).sendall(data)
