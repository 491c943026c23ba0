"""Brokers for the tests: a queue on the machine's RabbitMQ, a Redis of our own."""

from __future__ import annotations

import shutil
import socket
import subprocess
from pathlib import Path
from uuid import uuid4

from tests.faults.system import wait_until
from tests.support.http import free_port
from tests.support.tcp_proxy import TcpProxy

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


class Proxy(TcpProxy):
    """A way to RabbitMQ that can be cut."""

    def __init__(self) -> None:
        super().__init__(RABBIT)


def accepts(port: int) -> bool:
    try:
        socket.create_connection(("127.0.0.1", port), timeout=2).close()
    except OSError:
        return False
    return True
