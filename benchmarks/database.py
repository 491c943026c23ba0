"""The database of the benchmarks and its rows.

`python -m benchmarks.database` fills the empty database of DATABASE_URL.
"""

from __future__ import annotations

import argparse
import os
import sys
from contextlib import closing
from pathlib import Path
from urllib.parse import urlsplit

DEFAULT_URL = "postgres://postgres@127.0.0.1:5432/quintet_benchmark"


def create_if_missing(url: str) -> None:
    import psycopg2
    from psycopg2.sql import SQL, Identifier

    name = urlsplit(url).path.strip("/")
    try:
        psycopg2.connect(url).close()
        return
    except psycopg2.OperationalError as error:
        if "does not exist" not in str(error):
            sys.exit(f"The database that DATABASE_URL names does not work: {error}")
    with closing(psycopg2.connect(url.replace(f"/{name}", "/postgres"))) as server:
        server.autocommit = True
        server.cursor().execute(SQL("CREATE DATABASE {}").format(Identifier(name)))


def prepare(videos: int) -> int:
    """Migrate and fill the database of DATABASE_URL. Return its number of videos."""
    import django
    from django.core.management import call_command

    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")
    django.setup()
    call_command("migrate", verbosity=0)
    from accounts.models import User
    from benchmarks.data.numbers import ASSISTANTS
    from media_catalog.models import Video

    last = ASSISTANTS[-1]
    if not User.objects.filter(pk=last, name=f"assistant-{last}").exists():
        fill_empty(videos)
        tidy()
    return int(Video.objects.count())


def fill_empty(videos: int) -> None:
    """Store the same rows each time. Raises SystemExit if the database isn't empty."""
    from django.conf import settings

    from benchmarks.data.tables import fill, is_empty

    if settings.PRODUCTION:
        sys.exit("Benchmark data can't be stored with QUINTET_ENV=production.")
    if not is_empty():
        sys.exit("The database isn't empty. Use an empty database.")
    fill(videos)


def tidy(*tables: str) -> None:
    """Vacuum and analyze tables, or all of them, as PostgreSQL does in time."""
    from django.db import connection

    if connection.vendor == "postgresql":
        with connection.cursor() as cursor:
            cursor.execute(f"VACUUM ANALYZE {', '.join(tables)}")


# The rows that benchmarks post. Their users have no others.
REMOVALS = {
    "orders_invoiceitem": "invoice_id IN (SELECT id FROM orders_invoice WHERE {owned})",
    "orders_invoice": "{owned}",
    "bucketlists_bucketlist": "created_by_id BETWEEN %s AND %s",
}


def remove_written() -> None:
    """Delete what the benchmark has posted, and nothing else.

    A server may still be writing. Its last rows stay until the next time.
    """
    from django.db import connection, transaction

    with transaction.atomic():
        with connection.cursor() as cursor:
            cursor.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ")
        delete_written()
    tidy(*REMOVALS)


def delete_written() -> None:
    from django.db import connection

    from benchmarks.data.numbers import OWNERS

    ids = [OWNERS[0], OWNERS[-1]]
    with connection.cursor() as cursor:
        for table, condition in REMOVALS.items():
            which = condition.format(owned="user_id BETWEEN %s AND %s")
            cursor.execute(f"DELETE FROM {table} WHERE {which}", ids)  # noqa: S608


def postmaster() -> int | None:
    """Return the ID of PostgreSQL's first process, if it runs on this machine."""
    from django.db import connection

    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_backend_pid()")
        pid = cursor.fetchone()[0]
    stat = Path(f"/proc/{pid}/stat")
    if not stat.exists():
        return None
    return int(stat.read_text().rpartition(")")[2].split()[1])


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--videos", type=int, default=100_000, help="and as many books")
    options = parser.parse_args()
    print(f"The database has {prepare(options.videos)} videos.")


if __name__ == "__main__":
    main()
