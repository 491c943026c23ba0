"""Brokers for the tests: a queue on the machine's RabbitMQ, a Redis of our own."""

from __future__ import annotations

import select
import shutil
import socket
import subprocess
import threading
from contextlib import suppress
from pathlib import Path
from uuid import uuid4

from tests.faults.system import wait_until
from tests.support.http import free_port

RABBIT = ("127.0.0.1", 5672)


class RabbitQueue:
    def __init__(self) -> None:
        self.name = f"quintet-faults-{uuid4().hex[:8]}"

    def environment(self, port: int = RABBIT[1]) -> dict[str, str]:
        url = f"amqp://guest:guest@127.0.0.1:{port}//"
        return {"BROKER_URL": url, "QUINTET_QUEUE": self.name}

    def answers(self) -> bool:
        return accepts(RABBIT[1])

    def delete(self) -> None:
        from kombu.connection import Connection

        with Connection(self.environment()["BROKER_URL"]) as connection:
            channel = connection.default_channel
            channel.queue_delete(self.name)
            channel.exchange_delete(self.name)


class Redis:
    """It keeps nothing on disk: whoever kills it loses its messages."""

    def __init__(self, folder: Path) -> None:
        self.folder, self.port = folder, free_port()
        self.start()

    def environment(self) -> dict[str, str]:
        return {"BROKER_URL": f"redis://127.0.0.1:{self.port}/0"}

    def start(self) -> None:
        program = shutil.which("redis-server") or ""
        options = {"port": str(self.port), "save": "", "appendonly": "no"}
        options |= {"dir": str(self.folder), "bind": "127.0.0.1"}
        command = [program]
        for name, value in options.items():
            command += [f"--{name}", value]
        self.process = subprocess.Popen(command, stdout=subprocess.DEVNULL)
        wait_until(lambda: accepts(self.port))

    def kill(self) -> None:
        self.process.kill()
        self.process.wait()


class Proxy:
    """A way to RabbitMQ that can be cut."""

    def __init__(self) -> None:
        self.port = free_port()
        self.sockets: list[socket.socket] = []
        self.open()

    def open(self) -> None:
        self.listener = socket.create_server(("127.0.0.1", self.port))
        threading.Thread(target=self.accept, args=[self.listener], daemon=True).start()

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
            far = socket.create_connection(RABBIT)
            self.sockets += [near, far]
            threading.Thread(target=pump, args=[near, far], daemon=True).start()


def pump(near: socket.socket, far: socket.socket) -> None:
    with near, far, suppress(OSError):
        while True:
            for source in select.select([near, far], [], [])[0]:
                data = source.recv(65536)
                if not data:
                    return
                (far if source is near else near).sendall(data)


def accepts(port: int) -> bool:
    try:
        socket.create_connection(("127.0.0.1", port), timeout=2).close()
    except OSError:
        return False
    return True
