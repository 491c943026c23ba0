"""Old databases that can't be read, and how they are read if they can."""

from __future__ import annotations

import os
import sqlite3
import subprocess
import sys
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from django.db import connection

from flask_import.errors import NothingWritten
from flask_import.sources import open_source
from flask_import.sources.postgresql import PostgreSQLSource
from tests.faults.databases import PostgresDatabase
from tests.flask_import.conftest import run
from tests.flask_import.old_goals import execute, make_goals

NOBODY = 65534


def problem(url: str) -> str:
    """Return why a source can't be read, to its last row."""
    with pytest.raises(NothingWritten) as error:
        read_all(url)
    return str(error.value)


def read_all(url: str) -> None:
    with open_source(url) as source:
        for table in source.tables().values():
            source.count(table)
            list(source.rows(table, table.columns))


def test_files_that_are_no_databases_are_named(tmp_path):
    empty, text = tmp_path / "empty.db", tmp_path / "notes.txt"
    empty.touch()
    text.write_text("This is no database at all. " * 100)

    missing = tmp_path / "missing.db"
    assert {
        each: problem(f"sqlite:///{each}") for each in (missing, empty, tmp_path, text)
    } == {
        missing: f"There is no file {missing}.",
        empty: f"{empty} is empty.",
        tmp_path: f"{tmp_path} can't be read: Is a directory.",
        text: f"{text} can't be read as SQLite: file is not a database.",
    }
    assert problem("sqlite:///:memory:") == "There is no file :memory:."
    assert problem("sqlite://") == "There is no file :memory:."
    assert "must start with sqlite:/// or postgres://" in problem("mysql://u:p@h/db")


@pytest.mark.parametrize("page", [2, 3, -1])
def test_a_damaged_file_is_told_from_a_whole_one(tmp_path, page):
    path = tmp_path / "old.db"
    names = [f"user-{number}" for number in range(2000)]
    make_goals(path, names, [(1, None, name) for name in names])
    size, pages = 4096, path.stat().st_size // 4096
    with path.open("r+b") as file:
        file.seek(page % pages * size)
        file.write(b"\xff" * size)

    assert f"{path} can't be read as SQLite: " in problem(f"sqlite:///{path}")


def test_a_row_that_an_index_lacks_stops_the_import(tmp_path, db):
    """Such as in a file that was copied while it was written to."""
    path = tmp_path / "old.db"
    execute(
        path,
        """
        CREATE TABLE user (id TEXT PRIMARY KEY, name, email);
        CREATE TABLE goal (id, user_id, parent_id, name, description, start, "end");
        INSERT INTO user VALUES ('1', 'ada', 'ada@example.com');
        CREATE TABLE empty (id TEXT PRIMARY KEY);
        PRAGMA writable_schema = ON;
        UPDATE sqlite_master SET rootpage = (
            SELECT rootpage FROM sqlite_master WHERE name = 'sqlite_autoindex_empty_1'
        ) WHERE name = 'sqlite_autoindex_user_1';
        """,
    )

    result = run(f"sqlite:///{path}")
    assert result.code == 2
    assert "The table user has 1 rows, but 0 could be read." in result.output


@pytest.fixture
def folder() -> Iterator[Path]:
    """Return a folder that other users can read, unlike those of pytest."""
    with TemporaryDirectory() as name:
        Path(name).chmod(0o755)
        yield Path(name)


def problem_of_another_user(url: str) -> str:
    """Return the problem of a user who hasn't the rights of root."""
    effective = os.geteuid()
    if effective == 0:
        os.seteuid(NOBODY)
    try:
        return problem(url)
    finally:
        os.seteuid(effective)


def test_a_file_without_rights_is_named(folder):
    url = make_goals(folder / "old.db")
    (folder / "old.db").chmod(0)

    assert problem_of_another_user(url) == (
        f"{folder / 'old.db'} can't be read: Permission denied."
    )


def test_a_log_in_a_folder_without_the_right_to_write_is_told(folder):
    path = folder / "old.db"
    url = make_goals(path)
    execute(path, "PRAGMA journal_mode = WAL")
    folder.chmod(0o555)

    message = problem_of_another_user(url)
    folder.chmod(0o755)
    assert message.startswith(f"{path} can't be opened. Copy it, with its files")


LOCK = """
import sqlite3, sys
connection = sqlite3.connect(sys.argv[1])
connection.execute("BEGIN EXCLUSIVE")
print("locked", flush=True)
sys.stdin.read()
"""


def test_a_file_that_another_program_has_locked_is_named(tmp_path, monkeypatch):
    monkeypatch.setattr("flask_import.sources.sqlite.TIMEOUT", 0.1)
    path = tmp_path / "old.db"
    url = make_goals(path)
    with subprocess.Popen(
        [sys.executable, "-c", LOCK, path],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    ) as program:
        program.stdout.readline()
        message = problem(url)
        program.stdin.close()

    assert message.startswith(f"{path} is locked. Stop the program that uses it")


def test_what_is_still_in_the_log_is_read_and_the_tables_stay_as_they_are(tmp_path):
    path = tmp_path / "old.db"
    url = make_goals(path)
    with closing(sqlite3.connect(path)) as writer, writer:
        writer.execute("PRAGMA journal_mode = WAL")
        writer.execute("INSERT INTO user (name) VALUES ('bob')")
        writer.commit()
        with open_source(url) as source:
            user = source.tables()["user"]
            writer.execute("DELETE FROM user")
            writer.commit()

            assert [name for (name,) in source.rows(user, ["name"])] == ["ada", "bob"]


def test_reserved_and_quoted_names_are_read_and_views_are_not(tmp_path):
    path = tmp_path / "old.db"
    execute(
        path,
        """
        CREATE TABLE "order ""by"" x" ("select" INTEGER, "a;b" TEXT);
        INSERT INTO "order ""by"" x" VALUES (2, 'two'), (1, 'one');
        CREATE VIEW looks AS SELECT * FROM "order ""by"" x";
        """,
    )

    with open_source(f"sqlite:///{path}") as source:
        [table] = source.tables().values()
        assert list(source.rows(table, table.columns)) == [(2, "two"), (1, "one")]
        assert source.count(table, "a;b") == 2


@pytest.fixture(scope="module")
def server():
    """Return a database of PostgreSQL to try things in."""
    if not PostgresDatabase.answers():
        pytest.skip("No PostgreSQL answers on 127.0.0.1:5432.")
    database = PostgresDatabase.new()
    yield database
    database.drop()


def in_database(server: PostgresDatabase, *statements: str) -> None:
    with closing(server.connect()) as connection:
        for sql in statements:
            connection.cursor().execute(sql)


def test_a_server_that_refuses_is_told_without_the_password(server):
    host = "127.0.0.1:5432"
    urls = [
        f"postgres://nobody-here:s3cr3t%40@{host}/{server.name}",
        f"postgresql+psycopg2://root:s3cr3t@{host}/no-such-database",
        "postgres://root:s3cr3t@127.0.0.1:1/old",
        f"{server.url}?unknown=s3cr3t",
    ]
    for url in urls:
        message = problem(url)
        assert message.startswith("The old database can't be opened: "), url
        assert "s3cr3t" not in message
        assert "\n" not in message
    assert problem("postgres://root:s3cr3t@host:port/old") == (
        "The database URL must be a URL such as "
        "postgres://user:password@host:5432/quintet."
    )


def test_a_schema_is_named_in_the_url_and_nothing_can_be_written(server):
    in_database(
        server,
        "CREATE SCHEMA legacy",
        'CREATE TABLE legacy."user" (id serial PRIMARY KEY, born date)',
        "INSERT INTO legacy.\"user\" (born) VALUES ('infinity'), ('0044-03-15 BC')",
    )
    option = "?options=-csearch_path%3Dlegacy"

    assert problem(server.url) == (
        "The old database has no tables in its default schema. There are some in "
        f"legacy: add {option} to the database URL."
    )
    with open_source(f"{server.url}{option}") as source:
        user = source.tables()["user"]
        rows = list(source.rows(user, user.columns))
        assert rows == [(1, "infinity"), (2, "0044-03-15 BC")]
        with pytest.raises(NothingWritten, match="read-only transaction"):
            list(source.select("SELECT nextval('user_id_seq')"))


def test_a_table_that_may_not_be_read_is_named(server):
    role = f"reader_of_{server.name}"
    in_database(
        server,
        "CREATE TABLE secret (id integer)",
        f"CREATE ROLE {role} LOGIN",
    )
    try:
        source = PostgreSQLSource(f"{server.url}?options=-crole%3D{role}")
        with source, pytest.raises(NothingWritten) as error:
            source.tables()
    finally:
        in_database(server, f"DROP ROLE {role}", "DROP TABLE secret")

    assert str(error.value) == (
        "The user of the database URL can't read secret. Grant the user SELECT on "
        "all tables."
    )


def test_text_that_is_not_in_the_encoding_of_the_database_is_told(server):
    name = f"{server.name}_ascii"
    server.manage(f"CREATE DATABASE {name} ENCODING SQL_ASCII TEMPLATE template0")
    other = PostgresDatabase(server.server, name)
    try:
        in_database(
            other,
            "CREATE TABLE words (word text)",
            "INSERT INTO words VALUES (E'\\xff')",
        )
        message = problem(other.url)
    finally:
        other.drop()

    assert message == (
        "The old database can't be read: invalid byte sequence for encoding "
        '"UTF8": 0xff.'
    )


def test_quintets_own_database_is_no_source(tmp_path, db):
    config = connection.settings_dict
    if connection.vendor == "sqlite":
        url = make_goals(tmp_path / "quintet.db")
        config = config | {"NAME": str(tmp_path / "quintet.db")}
    else:
        url = f"postgres://{config['USER']}:{config['PASSWORD']}@{config['HOST']}"
        url += f":{config['PORT']}/{config['NAME']}"
    original, connection.settings_dict = connection.settings_dict, config
    try:
        result = run(url)
    finally:
        connection.settings_dict = original

    assert result == (2, "This is Quintet's own database. Name the old one.")
