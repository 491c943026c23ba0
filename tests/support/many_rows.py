"""Tables with so many rows that PostgreSQL reads an index if there is one."""

from __future__ import annotations

from django.db import connection

ROWS = 20_000
# SQL of each column, by app and table. `n` is the number of the row.
TABLES = {
    "accounts": {
        "accounts_user": {
            "id": "n",
            "email": "'u' || n || '@example.com'",
            "name": "'user ' || n",
            "password": "''",
            "is_superuser": "false",
            "is_staff": "false",
            "is_active": "true",
            "is_account_current": "true",
            "is_demo": "false",
            "date_joined": "now() - n * interval '1 minute'",
        },
    },
    "casting": {
        "casting_actor": {
            "id": "n",
            "name": "md5(n::text) || ' ' || n",
            "age": "CASE WHEN n % 1000 > 0 THEN n % 150 END",
            "gender": "'gender ' || n % 500",
        },
        "casting_movie": {
            "id": "n",
            "title": "md5(n::text) || ' ' || n",
            "release_date": "CASE WHEN n % 1000 > 0 "
            "THEN date '1950-01-01' + n % 25000 END",
        },
        "casting_movie_actors": {"movie_id": "n", "actor_id": "n * 7 % {rows} + 1"},
    },
    "bucketlists": {
        "bucketlists_bucketlist": {
            "id": "n",
            "name": "md5(n::text) || ' ' || n",
            "created_by_id": "n % 1000 + 1",
            "date_created": "now() - n * interval '1 minute'",
            "date_modified": "now() - n * 7 % {rows} * interval '1 minute'",
        },
        "bucketlists_item": {
            "id": "n",
            "bucketlist_id": "n / 20 + 1",
            "name": "md5(n::text)",
            "position": "n % 20",
            "done": "n % 2 = 0",
            "done_at": "CASE WHEN n % 2 = 0 THEN now() END",
        },
    },
    "goals": {
        "goals_goal": {
            "id": "n",
            "user_id": "n / 100 + 1",
            "parent_id": "CASE WHEN n % 10 > 1 THEN n - n % 10 + 1 END",
            "name": "'goal ' || n",
            "description": "''",
            "start": "now()",
            "due": "date '2020-01-01' + n % 3000",
        },
    },
    "books": {
        "media_catalog_author": {
            "id": "n",
            "first_name": "md5((n % 5000)::text)",
            "last_name": "md5(n::text)",
        },
        "media_catalog_book": {
            "id": "n",
            "isbn": "CASE WHEN n % 1000 > 0 THEN '978-' || n END",
            "title": "md5(n::text) || ' ' || n",
            "pub_year": "n % 2000",
            "author_id": "n * 7 % {rows} + 1",
        },
    },
    "orders": {
        "orders_order": {
            "id": "n",
            "owner_id": "n % 2000 + 1",
            "description": "md5(n::text) || ' ' || n",
            "ordered_at": "now() - n * interval '1 minute'",
            "status": "CASE WHEN n % 1000 = 0 THEN n % 3 ELSE 2 END",
        },
        "orders_orderitem": {
            "id": "n",
            "order_id": "n * 7 % {rows} + 1",
            "part_code": "'part ' || n % 4000",
            "units": "n % 1000 + 1",
            "unit_price": "n % 5000",
        },
        "orders_job": {
            "id": "n",
            "owner_id": "n % 2000 + 1",
            "order_id": "n * 7 % {rows} + 1",
            "started_at": "now() - n * interval '61 s'",
            "finished_at": "CASE WHEN n % 1000 > 0 THEN now() - n * interval '60s' END",
            "status": "CASE WHEN n % 1000 > 0 THEN 2 ELSE 0 END",
            "due_at": "CASE WHEN n % 1000 = 0 THEN now() + n * interval '1 s' END",
            "mail_due_at": "CASE WHEN n % 1000 = 0 THEN now() + n * interval '1 s' END",
            "error": "''",
            "progress": "0",
            "attempts": "0",
            "offers": "0",
            "fence": "0",
            "request_id": "'request-' || n",
        },
        "orders_invoice": {
            "id": "n",
            "user_id": "n % 2000 + 1",
            "job_id": "n",
            "invoice_date": "date '1950-01-01' + n % 25000",
            "billed_name": "''",
            "billed_email": "''",
            "seller": "''",
        },
        "orders_invoiceitem": {
            "id": "n",
            "invoice_id": "n * 7 % {rows} + 1",
            "part_code": "'part ' || n % 4000",
            "units": "n % 1000 - 500",
            "unit_price": "n % 5000",
        },
    },
    "catalog": {
        "media_catalog_creator": {
            "id": "'u' || n",
            "name": "md5(n::text) || ' ' || n",
            "account_id": "n",
            "create_at": "now() - n * interval '1 minute'",
            "update_at": "now() - n * 7 % {rows} * interval '1 minute'",
            "deleted": "n % 500",
        },
        "media_catalog_video": {
            "id": "'v' || n",
            "title": "CASE WHEN n % 999 > 0 THEN md5(n::text) || ' ' || n END",
            "author_id": "CASE WHEN n % 100 > 0 THEN 'u' || n * 7 % {rows} + 1 END",
            "create_at": "now() - n * interval '1 minute'",
            "update_at": "now() - n * 7 % {rows} * interval '1 minute'",
            "deleted": "n % 500",
        },
        "media_catalog_playlist": {
            "id": "'p' || n",
            "title": "md5(n::text) || ' ' || n",
            "owner_id": "CASE WHEN n % 100 > 0 THEN 'u' || n * 7 % {rows} + 1 END",
            "create_at": "now() - n * interval '1 minute'",
            "update_at": "now() - n * 7 % {rows} * interval '1 minute'",
            "deleted": "n % 500",
        },
        "media_catalog_playlist_videos": {
            "playlist_id": "'p' || n",
            "video_id": "'v' || n * 7 % {rows} + 1",
        },
    },
    "sweeps": {
        "accounts_attemptcounter": {
            "key": "'key' || n",
            "purpose": "'login'",
            "attempts": "'[]'",
            "pending": "'{{}}'",
            "expires_at": "now() + (n - 20) * interval '1 minute'",
        },
        "accounts_idempotencykey": {
            "key": "'key' || n",
            "fingerprint": "n",
            "stored_at": "now() - interval '1 day' + (n - 20) * interval '1 minute'",
            "headers": "'{{}}'",
            "body": "''",
        },
        "token_blacklist_outstandingtoken": {
            "user_id": "n",
            "jti": "n",
            "token": "n",
            "expires_at": "now() + (n - 20) * interval '1 minute'",
        },
        "django_tasks_database_dbtaskresult": {
            "id": "md5(n::text)::uuid",
            "status": "'SUCCESSFUL'",
            "enqueued_at": "now()",
            "started_at": "now() - interval '1 day' + (n - 20) * interval '1 minute'",
            "args_kwargs": "'{{}}'",
            "priority": "0",
            "task_path": "''",
            "queue_name": "'default'",
            "backend_name": "'default'",
            "run_after": "now()",
            "return_value": "NULL",
            "exception_class_path": "''",
            "traceback": "''",
            "worker_ids": "'[]'",
        },
    },
}

# VACUUM does this sooner or later.
CLEAN = """
SELECT gin_clean_pending_list(indexrelid) FROM pg_index
JOIN pg_class ON pg_class.oid = indexrelid JOIN pg_am ON pg_am.oid = relam
WHERE indrelid = %s::regclass AND amname = 'gin'
"""


def fill(*apps: str, rows: int = ROWS) -> None:
    """Insert rows into the tables of these apps and analyze the tables."""
    with connection.cursor() as cursor:
        # The usual value for solid-state disks.
        cursor.execute("SET LOCAL random_page_cost = 1.1")
        for table, columns in [t for app in apps for t in TABLES[app].items()]:
            names = ", ".join(f'"{name}"' for name in columns)
            values = ", ".join(columns.values()).format(rows=rows)
            series = f"generate_series(1, {rows}) AS n"
            cursor.execute(
                f"INSERT INTO {table} ({names}) SELECT {values} FROM {series}"
            )
            cursor.execute(CLEAN, [table])
            cursor.execute(f"ANALYZE {table}")
