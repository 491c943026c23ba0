"""A small systemctl, which starts the services of the units below MACHINE.

It knows what the units of docs/configuration use of systemd, as instances only.
"""

from __future__ import annotations

import os
import shlex
import signal
import subprocess
import sys
import time
from pathlib import Path

MACHINE = Path(os.environ.get("MACHINE", "/nonexistent"))
STATE = MACHINE / "state"


class Unit:
    def __init__(self, name: str) -> None:
        self.name = name
        self.pid_file = STATE / f"{name}.pid"
        template, _, instance = name.partition("@")
        path = MACHINE / f"etc/systemd/system/{template}@.service"
        lines = path.read_text().replace("%i", instance).splitlines()
        pairs = (line.split("=", 1) for line in lines if is_setting(line))
        self.settings: dict[str, str] = dict(pairs)

    def start(self) -> None:
        if self.is_active():
            return
        if folder := self.settings.get("RuntimeDirectory"):
            (MACHINE / "run" / folder).mkdir(parents=True, exist_ok=True)
        STATE.mkdir(exist_ok=True)
        with (STATE / f"{self.name}.log").open("ab") as log:
            process = subprocess.Popen(
                shlex.split(self.settings["ExecStart"]),
                cwd=self.settings["WorkingDirectory"],
                env=self.environment(),
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )
        self.pid_file.write_text(str(process.pid))

    def environment(self) -> dict[str, str]:
        """Return the variables. Those of the file come last, as in systemd."""
        given = shlex.split(self.settings.get("Environment", ""))
        file = Path(self.settings["EnvironmentFile"]).read_text()
        lines = [line for line in file.splitlines() if is_setting(line)]
        given += [value for line in lines for value in shlex.split(line)]
        pairs = (variable.split("=", 1) for variable in given)
        # All tests share PostgreSQL's 100 connections, and each thread keeps one.
        few = {"WEB_CONCURRENCY": "1", "WEB_THREADS": "4"}
        return {"PATH": os.environ["PATH"]} | few | dict(pairs)

    def stop(self) -> None:
        if not self.is_active():
            return
        pid = int(self.pid_file.read_text())
        os.kill(pid, signal.SIGTERM)
        end = time.monotonic() + float(self.settings["TimeoutStopSec"])
        while self.is_active():
            if time.monotonic() > end:
                os.killpg(pid, signal.SIGKILL)
                sys.exit(f"{self.name} had to be killed.")
            time.sleep(0.05)
        self.pid_file.unlink()

    def is_active(self) -> bool:
        if not self.pid_file.exists():
            return False
        stat = Path(f"/proc/{self.pid_file.read_text()}/stat")
        try:
            return stat.read_text().rpartition(")")[2].split()[0] != "Z"
        except OSError:
            return False


def is_setting(line: str) -> bool:
    return "=" in line and not line.startswith("#")


def main(command: str, *arguments: str) -> None:
    names = [name for name in arguments if not name.startswith("--")]
    if command == "daemon-reload" or names == ["nginx"]:
        return
    for unit in map(Unit, names):
        if command in {"stop", "restart"}:
            unit.stop()
        if command in {"start", "restart", "enable"}:
            unit.start()
        if command == "is-active":
            print("active" if unit.is_active() else "inactive")


if __name__ == "__main__":
    main(*sys.argv[1:])
