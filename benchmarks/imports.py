"""Measures `import_flask` with a large old database of the media catalog.

It makes the old database, imports it into the empty one of DATABASE_URL, imports it
again and undoes the import. Each step is a process of its own, whose time and peak of
memory are printed.
"""

from __future__ import annotations

import argparse
import os
import re
import sqlite3
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parent.parent
# Videos for each creator and each playlist, and videos that a playlist has.
RATIO, VIDEOS_OF_PLAYLIST = 1000, 100
CREATE = """
CREATE TABLE creator (
    id VARCHAR PRIMARY KEY, name VARCHAR, create_at TIMESTAMP, update_at TIMESTAMP,
    deleted INTEGER
);
CREATE TABLE video (
    id VARCHAR PRIMARY KEY, title VARCHAR, create_at TIMESTAMP, update_at TIMESTAMP,
    deleted INTEGER, author_id VARCHAR REFERENCES creator (id)
);
CREATE TABLE playlist (
    id VARCHAR PRIMARY KEY, title VARCHAR, create_at TIMESTAMP, update_at TIMESTAMP,
    deleted INTEGER, owner_id VARCHAR REFERENCES creator (id)
);
CREATE TABLE playlist_video (
    playlist_id VARCHAR REFERENCES playlist (id),
    video_id VARCHAR REFERENCES video (id)
)
"""
NUMBERS = """
WITH RECURSIVE numbers (n) AS (
    SELECT 0 UNION ALL SELECT n + 1 FROM numbers WHERE n + 1 < {rows}
)
"""
TIMES = "'2023-02-03 04:05:06.789012', '2024-05-06 07:08:09'"
FILL = {
    "creator": "SELECT 'u' || (10000000 + n), 'Creator ' || n, {times}, 0",
    "video": (
        "SELECT 'v' || (10000000 + n), 'Video ' || n, {times}, 0, "
        "'u' || (10000000 + n % {creators} * 7919 % {creators})"
    ),
    "playlist": (
        "SELECT 'p' || (10000000 + n), 'Playlist ' || n, {times}, 0, "
        "'u' || (10000000 + n % {creators})"
    ),
    # Primes spread the videos evenly.
    "playlist_video": (
        "SELECT 'p' || (10000000 + n / {length}), "
        "'v' || (10000000 + (n / {length} * 7919 + n % {length} * 104729) % {videos})"
    ),
}


def numbers_of_rows(videos: int) -> dict[str, int]:
    number = videos // RATIO
    return {
        "creator": number,
        "video": videos,
        "playlist": number,
        "playlist_video": number * VIDEOS_OF_PLAYLIST,
    }


def statements(videos: int) -> Iterator[str]:
    """Yield the SQL of the old database, the same for SQLite and PostgreSQL."""
    yield from CREATE.split(";")
    for table, number in numbers_of_rows(videos).items():
        numbers = NUMBERS.format(rows=number)
        rows = FILL[table].format(
            times=TIMES,
            creators=videos // RATIO,
            length=VIDEOS_OF_PLAYLIST,
            videos=videos,
        )
        yield f"INSERT INTO {table} {numbers} {rows} FROM numbers"


def connect(url: str) -> Any:
    if url.startswith("sqlite:///"):
        return sqlite3.connect(url.removeprefix("sqlite:///"))
    import psycopg2

    return psycopg2.connect(url)


def make_source(url: str, videos: int) -> None:
    """Make an old database with some thousands of videos, in an empty one."""
    with closing(connect(url)) as connection:
        cursor = connection.cursor()
        for statement in statements(videos):
            cursor.execute(statement)
        connection.commit()


def step(name: str, rows: int, *arguments: str) -> str:
    """Run the command and print what it cost. Return its output."""
    command = [sys.executable, str(ROOT / "manage.py"), *arguments]
    started = time.monotonic()
    with subprocess.Popen(  # noqa: S603
        command, stdout=subprocess.PIPE, text=True
    ) as process:
        output = process.stdout.read() if process.stdout else ""
        _, status, usage = os.wait4(process.pid, 0)
        process.returncode = os.waitstatus_to_exitcode(status)
    seconds = time.monotonic() - started
    if process.returncode:
        sys.exit(f"{name} failed:\n{output}")
    cpu = usage.ru_utime + usage.ru_stime
    print(
        f"{name:<12}{seconds:8.1f} s {cpu:8.1f} s of CPU {rows / seconds:9.0f} rows/s "
        f"{usage.ru_maxrss / 1024:7.0f} MB",
        flush=True,
    )
    return output


def measure(url: str, rows: int) -> None:
    step("migrate", 0, "migrate", "--verbosity=0")
    command = ("import_flask", url, "--zone=Europe/Berlin")
    step("dry run", rows, *command)
    output = step("write", rows, *command, "--write")
    step("second run", rows, *command, "--write")
    run = re.search(r"--undo (\d+)", output)
    step("undo", rows, "import_flask", "--undo", run[1] if run else "")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("source", help="URL of the old database: new, or made here")
    parser.add_argument("--videos", type=int, default=1_000_000)
    parser.add_argument("--make", action="store_true", help="make the old database")
    options = parser.parse_args()
    os.environ |= {"LOG_LEVEL": "ERROR", "QUINTET_DEMO": "0"}
    if options.make:
        make_source(options.source, options.videos)
    measure(options.source, sum(numbers_of_rows(options.videos).values()))


if __name__ == "__main__":
    main()
