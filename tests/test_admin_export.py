"""The CSV of the selected rows in each list of the admin."""

from __future__ import annotations

import csv
import io

import pytest
from django.contrib import admin
from django.contrib.auth.models import Permission
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from casting.models import Actor, Movie
from common import admin_export
from common.admin_export import CSVExportAdmin
from flask_import.models import ImportedRow, ImportRun
from goals.models import Goal
from media_catalog.models import Author, Book
from orders.models import Command

EXPORTERS = [
    options
    for options in admin.site._registry.values()
    if isinstance(options, CSVExportAdmin) and options.csv_fields != ()
]
SECRET = ("password", "token", "secret", "hash", "key")


def list_of(model) -> str:
    return reverse(f"admin:{model._meta.app_label}_{model._meta.model_name}_changelist")


def post(client, model, pks=(), query="", **data):
    body = {"action": "export_csv", "_selected_action": list(pks) or 1, "index": 0}
    return client.post(f"{list_of(model)}{query}", body | data)


def rows_of(response) -> list[dict[str, str]]:
    assert response.headers["Content-Type"] == "text/csv; charset=utf-8"
    text = b"".join(response.streaming_content).decode()
    assert text.startswith("\ufeff")
    return list(csv.DictReader(io.StringIO(text[1:], newline="")))


@pytest.mark.parametrize("options", EXPORTERS, ids=str)
def test_each_list_exports_its_rows_without_secrets(admin_client, demo, options):
    model = options.model
    Command.objects.create(description="sail", num_variable=1)
    run = ImportRun.objects.create(source="old", system="goals")
    ImportedRow.objects.create(run=run, source="old", table="goal", old_id="1")
    pks = list(model._default_manager.order_by("pk").values_list("pk", flat=True))[:3]
    response = post(admin_client, model, pks)

    rows = rows_of(response)
    assert [row[model._meta.pk.attname] for row in rows] == [str(pk) for pk in pks]
    assert not [name for name in rows[0] for word in SECRET if word in name]


def test_lists_of_machinery_and_of_invoices_have_no_other_export(admin_client, demo):
    for model in ("accounts.AttemptCounter", "orders.Invoice"):
        url = reverse(f"admin:{model.lower().replace('.', '_')}_changelist")
        assert "export_csv" not in admin_client.get(url).content.decode()


def test_a_row_names_what_it_refers_to_and_has_no_formulas(admin_client):
    author = Author.objects.create(first_name="=1+1", last_name="")
    book = Book.objects.create(title='@"x"', pub_year=-5, isbn=None, author=author)

    assert rows_of(post(admin_client, Book, [book.pk])) == [
        {
            "id": str(book.pk),
            "isbn": "",
            "title": '\'@"x"',
            "pub_year": "-5",
            "author_id": str(author.pk),
            "author": "'=1+1",
        }
    ]


def test_all_pages_of_a_search_are_exported_and_nothing_else(admin_client, ada):
    Goal.objects.bulk_create(Goal(user=ada, name=f"sail {n}") for n in range(250))
    Goal.objects.create(user=ada, name="other")
    response = post(admin_client, Goal, query="?q=sail", select_across=1)

    assert len(rows_of(response)) == 250


def test_memory_and_queries_stay_the_same_for_each_chunk(admin_client, monkeypatch):
    monkeypatch.setattr(admin_export, "CHUNK_SIZE", 10)
    actors = Actor.objects.bulk_create(
        Actor(name=f"actor {n}", age=n, gender="x") for n in range(3)
    )
    for n in range(25):
        Movie.objects.create(title=f"movie {n}", release_date="2026-01-01").actors.set(
            actors
        )
    response = post(admin_client, Movie, select_across=1)
    stream = iter(response.streaming_content)
    sizes, queries = [], []
    for _ in range(4):
        with CaptureQueriesContext(connection) as each:
            sizes.append(next(stream).count(b"\r\n"))
        queries.append(len(each))

    # The heading, the chunk that was read ahead, and two more.
    assert sizes == [1, 10, 10, 5]
    assert queries == [0, 0, 2, 2]


def test_only_who_may_view_exports(client, ada):
    ada.is_staff = True
    ada.save()
    goal = Goal.objects.create(user=ada, name="sail")
    client.force_login(ada)
    assert post(client, Goal, [goal.pk]).status_code == 403

    ada.user_permissions.add(Permission.objects.get(codename="view_goal"))
    assert rows_of(post(client, Goal, [goal.pk]))[0]["name"] == "sail"
