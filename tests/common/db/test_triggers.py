"""Totals stay right and issued invoices guarded, whatever migrations do."""

from __future__ import annotations

import json
import signal
from collections.abc import Iterator
from io import StringIO

import pytest
from django.core.management import CommandError, call_command
from django.db import IntegrityError, connection, transaction

from common.db.triggers import installed_signatures, missing_triggers
from config import probes
from media_catalog.models import Video
from orders.models import Invoice
from orders.services import issue
from tests.orders.factories import InvoiceItemFactory
from tests.support.project import Databases, Project, execute

pytestmark = pytest.mark.django_db(transaction=True)

FILL = """
from accounts.models import User
from datetime import date
from media_catalog.models import Video
from orders.models import Invoice, InvoiceItem
from orders.services import issue
Video.objects.bulk_create(Video(id=f"v{n}") for n in range(3))
user = User.objects.create(name="ada", email="ada@example.com")
invoice = Invoice.objects.create(user=user, invoice_date=date(2026, 11, 21))
InvoiceItem.objects.create(invoice=invoice, part_code="x", units=1, unit_price=1)
issue(invoice=invoice)
"""
# Adds videos, removes some, and tries to change the invoice that is issued.
LOOK = """
import json, uuid
from io import StringIO
from django.core.management import call_command
from django.db import IntegrityError, connection, transaction
from media_catalog.models import Video
from media_catalog.row_counts import TABLES, row_count

def count(table):
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT count(*) FROM {table}")
        return cursor.fetchone()[0]

def is_refused(sql):
    try:
        with transaction.atomic(), connection.cursor() as cursor:
            cursor.execute(sql)
    except IntegrityError as error:
        return "immutable" in str(error)
    return False

new = [Video(id=str(uuid.uuid4())) for _ in range(3)]
Video.objects.bulk_create(new)
Video.objects.filter(id=new[0].id).delete()
with connection.cursor() as cursor:
    columns = connection.introspection.get_table_description(cursor, "orders_invoice")
changes = [
    *(f"UPDATE orders_invoice SET {column.name} = 'other'"
      for column in columns if column.name in ("seller", "note")),
    *(f"DELETE FROM orders_{table}"
      for table in ("invoice", "invoiceitem", "invoicecounter")),
]
log = StringIO()
call_command("check", databases=["default"], stderr=log)
print(json.dumps({
    "are_exact": [row_count(table, "default") == count(table) for table in TABLES],
    "are_refused": [is_refused(sql) for sql in changes],
    "check": log.getvalue(),
}))
"""
# Patches the rating of a video, and prints it before, after and as a filter finds it.
RATE = """
import json
from django.test import Client

client = Client(headers={"accept": "application/vnd.api+json"})

def ratings(response):
    data = response.json()["data"]
    rows = data if isinstance(data, list) else [data]
    return [row["attributes"]["rating"] for row in rows]

video = {"type": "video", "id": "v1", "attributes": {"rating": 5}}
media_type = "application/vnd.api+json"
patch = {"data": json.dumps({"data": video}), "content_type": media_type}
before = ratings(client.get("/api/video/v1"))
assert client.patch("/api/video/v1", **patch).status_code == 204
after = ratings(client.get("/api/video/v1"))
print(before + after + ratings(client.get("/api/video?filter[rating]=5&sort=-rating")))
"""
WRITE = """
from threading import Thread
from django.db import connection, transaction
from media_catalog.models import Playlist, Video

def write(number):
    for step in range(30):
        with transaction.atomic():
            for model in (Video, Playlist)[::1 if number % 2 else -1]:
                model.objects.bulk_create(
                    model(id=f"{number}-{step}-{n}") for n in range(3)
                )
            transaction.set_rollback(step % 5 == 4)
        Video.objects.filter(id=f"{number}-{step}-0").delete()
    connection.close()

threads = [Thread(target=write, args=[number]) for number in range(8)]
for thread in threads:
    thread.start()
print("begun", flush=True)
for thread in threads:
    thread.join()
"""
RATING = """
from django.db import migrations, models

class Migration(migrations.Migration):
    dependencies = [("media_catalog", "0001_initial")]
    operations = [
        migrations.AddField("video", "rating", models.IntegerField(default=0)),
    ]
"""
NOTES = """
import os, signal
from django.db import migrations, models

def stop(apps, schema_editor):
    {stop}

class Migration(migrations.Migration):
    atomic = {atomic}
    dependencies = [("orders", "{latest}"), ("media_catalog", "0002_columns")]
    operations = [
        migrations.AddField("invoice", "note", models.TextField(default="")),
        migrations.RunPython(stop),
        migrations.AddField("invoiceitem", "note", models.TextField(default="")),
    ]
"""
KILL = "os.kill(os.getpid(), signal.SIGKILL)"
CHANGE_ISSUED = "schema_editor.execute(\"UPDATE orders_invoice SET seller = 'other'\")"


@pytest.fixture(scope="module")
def databases(
    django_db_setup, django_db_blocker, tmp_path_factory
) -> Iterator[Databases]:
    made = Databases(tmp_path_factory.mktemp("databases"))
    yield made
    with django_db_blocker.unblock():
        made.drop()


@pytest.fixture(scope="module")
def template(databases, django_db_blocker, tmp_path_factory) -> str:
    """A migrated database with three videos and one issued invoice."""
    with django_db_blocker.unblock():
        name = databases.new()
    project = Project(tmp_path_factory.mktemp("template"), databases.url(name))
    project.shell(f"{commands('migrate')}\n{FILL}")
    return name


@pytest.fixture
def project(databases, template, tmp_path) -> Project:
    return Project(tmp_path / "project", databases.url(databases.new(template)))


def commands(*lines: str) -> str:
    """Return Python code that runs management commands. Each start takes seconds."""
    calls = [f"call_command(*{line.split()}, verbosity=0)" for line in lines]
    return "\n".join(["from django.core.management import call_command", *calls])


def check(project: Project, before: str = "") -> None:
    """Run the code, and check totals and guards in the same process."""
    result = json.loads(project.shell(f"{before}\n{LOOK}").splitlines()[-1])
    assert all(result["are_exact"])
    assert all(result["are_refused"])
    assert len(result["are_refused"]) >= 4
    assert result["check"] == ""


COLUMNS = [
    ("media_catalog", "Video(CatalogRow)", "rating = models.IntegerField(default=0)"),
    ("orders", "Invoice(models.Model)", 'note = models.TextField(default="")'),
]


def add_columns(project: Project, *columns: tuple[str, str, str]) -> None:
    for app, model, field in columns:
        project.insert(f"{app}/models.py", f"class {model}:\n", f"    {field}\n")


def test_new_columns_with_defaults_leave_all_as_it_was(project):
    add_columns(project, *COLUMNS)
    check(project, commands("makemigrations -n columns", "migrate"))
    back = ["migrate orders 0001", "migrate media_catalog 0001"]
    check(project, commands(*back, "migrate"))


def test_a_new_field_of_videos_takes_the_model_a_migration_and_the_serializer(project):
    add_columns(project, COLUMNS[0])
    fields = 'fields = ["title", '
    project.insert("media_catalog/serializers.py", fields, '"rating", ')
    migrate = commands("makemigrations media_catalog", "migrate")

    assert project.shell(f"{migrate}\n{RATE}").splitlines()[-1] == "[0, 5, 5]"
    check(project, commands("makemigrations --check --dry-run"))


@pytest.mark.parametrize(
    ("stop", "atomic", "code", "words"),
    [(CHANGE_ISSUED, True, 1, "immutable"), (KILL, False, -signal.SIGKILL, "")],
    ids=["refused", "killed"],
)
def test_a_migration_that_stops_in_the_middle_leaves_nothing_open(
    project, stop, atomic, code, words
):
    """Videos have their column then, and without `atomic` invoices have theirs."""
    add_columns(project, COLUMNS[0])
    orders = project.folder / "orders/migrations"
    latest = max(path.stem for path in orders.glob("0*.py"))
    notes = NOTES.format(stop=stop, atomic=atomic, latest=latest)
    (project.folder / "media_catalog/migrations/0002_columns.py").write_text(RATING)
    (orders / "1000_columns.py").write_text(notes)
    exit_code, _, errors = project.manage("migrate")
    assert (exit_code, words in errors) == (code, True)
    check(project)


def test_an_empty_migrate_is_nothing_to_eight_writers(project):
    writers = project.start("shell", "--no-imports", "-c", WRITE)
    assert writers.stdout.readline() == "begun\n"
    project.shell(commands("migrate", "migrate"))
    out, errors = writers.communicate(timeout=120)
    assert (writers.returncode, out, errors) == (0, "", "")
    check(project)


# In the database of the suite: what becomes of triggers that are not there


TRIGGERS = {
    "orders_invoice": {"postgresql": "kept", "sqlite": "kept_on_update"},
    "media_catalog_video": {"postgresql": "added", "sqlite": "added"},
}


def drop(table: str) -> str:
    name = f"{table}_{TRIGGERS[table][connection.vendor]}"
    on_table = f" ON {table}" if connection.vendor == "postgresql" else ""
    execute(f"DROP TRIGGER {name}{on_table}")
    return name


@pytest.fixture
def restored() -> Iterator[None]:
    yield
    call_command("migrate", verbosity=0)
    assert not missing_triggers()


@pytest.mark.usefixtures("restored")
def test_a_missing_trigger_is_named_with_its_cure_and_no_worker_starts():
    names = [drop(table) for table in TRIGGERS]
    log = StringIO()
    call_command("check", databases=["default"], stderr=log)
    for text in (log.getvalue(), probes.triggers()):
        assert all(name in text for name in names)
        assert "python manage.py migrate" in text
    with pytest.raises(CommandError, match=r"Run: python manage\.py migrate"):
        call_command("worker", batch=True, verbosity=0)


@pytest.mark.usefixtures("restored")
def test_migrate_installs_what_is_missing_and_counts_anew():
    Video.objects.create(id="counted")
    invoice = issue(invoice=InvoiceItemFactory().invoice)
    for table in TRIGGERS:
        drop(table)
    Video.objects.create(id="uncounted")
    assert Video.objects.total() == 1

    call_command("migrate", verbosity=0)
    Video.objects.create(id="counted again")
    assert Video.objects.total() == 3
    with pytest.raises(IntegrityError), transaction.atomic():
        Invoice.objects.filter(pk=invoice.pk).update(seller="other")


# An older version of a trigger, one that is no longer declared, one of somebody else.
CHANGES = {
    "postgresql": [
        "COMMENT ON TRIGGER media_catalog_video_added ON media_catalog_video"
        " IS 'quintet trigger 1'",
        "ALTER TABLE media_catalog_video DISABLE TRIGGER media_catalog_video_removed",
        "CREATE TRIGGER old AFTER INSERT ON media_catalog_video"
        " REFERENCING NEW TABLE AS changed"
        " FOR EACH STATEMENT EXECUTE FUNCTION media_catalog_count_rows()",
        "COMMENT ON TRIGGER old ON media_catalog_video IS 'quintet trigger 1'",
        "CREATE TRIGGER theirs BEFORE UPDATE ON media_catalog_video"
        " FOR EACH ROW EXECUTE FUNCTION suppress_redundant_updates_trigger()",
    ],
    "sqlite": [
        "DROP TRIGGER media_catalog_video_added",
        "CREATE TRIGGER media_catalog_video_added /* quintet trigger */ AFTER INSERT"
        " ON media_catalog_video BEGIN SELECT 1; END",
        "CREATE TRIGGER old /* quintet trigger */ AFTER INSERT ON media_catalog_video"
        " BEGIN UPDATE media_catalog_rowcount SET total = total + 1; END",
        "CREATE TRIGGER theirs AFTER INSERT ON media_catalog_video BEGIN SELECT 1; END",
    ],
}


@pytest.mark.usefixtures("restored")
def test_migrate_replaces_what_differs_and_leaves_the_triggers_of_others():
    before = installed_signatures(connection)
    for sql in CHANGES[connection.vendor]:
        execute(sql)
    call_command("migrate", verbosity=0)
    assert installed_signatures(connection) == before
    Video.objects.create(id="v")
    assert Video.objects.total() == 1
    on_table = " ON media_catalog_video" if connection.vendor == "postgresql" else ""
    execute(f"DROP TRIGGER theirs{on_table}")
