"""A folder that looks like a server's root, in which a shell types pages for operators.

Commands and files name absolute paths, which are replaced by those in the folder.
Small programs replace those that need root or the network.
"""

from __future__ import annotations

import io
import os
import re
import subprocess
import sys
import tarfile
import threading
from collections.abc import Mapping
from pathlib import Path

from tests.support.guide_pages import ROOT, exchanges, is_printed

MARKER = "--- next ---"
PLACES = (
    *("/etc/cron.daily", "/etc/nginx", "/etc/quintet", "/etc/systemd/system"),
    *("/run/quintet", "/srv/quintet", "/usr/local/bin/quintet", "/var/backups"),
    "/var/lib/quintet",
)
PROGRAMS = {
    # Everything runs as one user.
    "sudo": '[ "$1" != -u ] || shift 2; exec "$@"',
    "runuser": 'shift 3; exec "$@"',
    "useradd": "",
    "nginx": "",
    "systemctl": f'exec {sys.executable} {ROOT}/tests/support/systemctl.py "$@"',
    # Without owner and group.
    "install": """
        options=; while [ $# -gt 2 ] || [ "${1#-}" != "$1" ]; do case $1 in
            -o | -g) shift 2 ;; -m) options="$options -m $2"; shift 2 ;;
            -d) options="$options -d"; shift ;; *) break ;;
        esac; done; exec /usr/bin/install $options "$@" """,
    # A virtual environment has only the tests' Python, which installs nothing.
    "python3": f"""
        [ "$1 $2" = "-m venv" ] || exec {sys.executable} "$@"
        mkdir -p "$3/bin" && cp "$MACHINE/bin/venv-python" "$3/bin/python" """,
    "venv-python": f"""
        [ "$1 $2" != "-m pip" ] || {{ for file; do :; done; test -f "$file"; exit; }}
        exec {sys.executable} "$@" """,
}


class Machine:
    def __init__(self, folder: Path, replaced: Mapping[str, str], **more: str) -> None:
        """`replaced` are regular expressions, and what pages say in their place."""
        self.folder, self.replaced = folder, replaced
        self.home = folder / "home"
        for place in ("bin", "home", "run", *(place[1:] for place in PLACES[:4])):
            (folder / place).mkdir(parents=True)
        for place in ("usr/local/bin", "var/lib", "srv"):
            (folder / place).mkdir(parents=True)
        for name, text in PROGRAMS.items():
            program = folder / "bin" / name
            program.write_text(f"#!/bin/sh\n{text}\n")
            program.chmod(0o755)
        path = f"{folder}/bin:{folder}/usr/local/bin:{os.environ['PATH']}"
        self.environment = {"MACHINE": str(folder), "HOME": str(self.home)} | more
        self.environment |= {"PATH": path, "PYTHONDONTWRITEBYTECODE": "1"}
        self.shell = self.start_shell()

    def start_shell(self) -> subprocess.Popen[str]:
        return subprocess.Popen(
            ["bash"],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            cwd=self.home,
            env=self.environment,
        )

    def here(self, text: str) -> str:
        """Return the text with the paths of this folder."""
        text = re.sub("|".join(PLACES), lambda place: f"{self.folder}{place[0]}", text)
        for pattern, replacement in self.replaced.items():
            text = re.sub(pattern, replacement, text)
        return text

    def pack(self, version: str, **more: str) -> None:
        """Put the archive of a release where the shell starts. `more` are its files."""
        command = ["git", "ls-files", "-co", "--exclude-standard"]
        names = subprocess.run(command, cwd=ROOT, capture_output=True, check=True)
        with tarfile.open(self.home / f"quintet-{version}.tar.gz", "w:gz") as archive:
            for name in names.stdout.decode().split("\n"):
                path = ROOT / name
                if name.startswith("docs/configuration/"):
                    more[name] = self.here(path.read_text())
                elif path.is_file() and not name.startswith("tests/"):
                    archive.add(path, name)
            for name, text in more.items():
                member = tarfile.TarInfo(name)
                member.size, member.mode = len(text.encode()), 0o755
                archive.addfile(member, io.BytesIO(text.encode()))

    def run(self, command: str) -> str:
        """Return what the shell prints for a command."""
        assert self.shell.stdin
        assert self.shell.stdout
        self.shell.stdin.write(f"{self.here(command)}\necho; echo '{MARKER}'\n")
        self.shell.stdin.flush()
        watch = threading.Timer(120, self.shell.kill)
        watch.start()
        lines: list[str] = []
        while (line := self.shell.stdout.readline()) not in {f"{MARKER}\n", ""}:
            lines.append(line)
        watch.cancel()
        return "".join(lines).replace(str(self.folder), "").strip()

    def type(self, text: str) -> None:
        """Type the consoles of a text, which must print what the text shows."""
        for command, printed in exchanges(text):
            output = self.run(command)
            message = (
                f"$ {command}\n{output}\n\nThe page prints:\n{printed}\n{self.logs}"
            )
            assert is_printed(printed, output), message

    @property
    def logs(self) -> str:
        files = (self.folder / "state").glob("*.log")
        return "\n".join(f"{file.name}:\n{file.read_text()[-3000:]}" for file in files)

    def stop(self) -> None:
        units = "quintet-web@{1,2} quintet-worker@{1,2}"
        if (self.folder / "etc/systemd/system/quintet-web@.service").exists():
            self.run(f"systemctl stop {units}")
        self.shell.kill()
        self.shell.wait()
