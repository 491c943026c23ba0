"""The changes that docs/explanation/architecture.md describes, made in a copy."""

from __future__ import annotations

import pytest

pytestmark = [pytest.mark.exercises, pytest.mark.xdist_group("exercises")]

GET = """
from django.test import Client
client = Client(raise_request_exception=False)

def get(url, **headers):
    response = client.get(url, headers=headers)
    print(response.status_code, response.content.decode())
"""


def test_a_field_of_a_video(exercise):
    project = exercise("A field of a video")
    project.shell(
        "from media_catalog.models import Video\n"
        "Video.objects.bulk_create(Video(id=f'v{n}') for n in range(3))"
    )
    project.insert(
        "media_catalog/models.py",
        "class Video(CatalogRow):\n",
        "    seconds = Int32Field(default=0)\n",
    )
    project.replace(
        "media_catalog/serializers.py",
        """        model = Video
        fields = ["title",""",
        """        model = Video
        fields = ["title", "seconds",""",
    )

    project.run("makemigrations", "media_catalog", "--name=video_seconds")
    project.run("migrate", "--verbosity=0")
    project.run("check", "--database=default", "--fail-level=WARNING")

    printed = project.shell(GET + "get('/api/video?page[size]=1')")
    assert '"total": 3' in printed
    assert '"seconds": 0' in printed
    project.test("tests/media_catalog/test_row_counts.py")


def test_a_filter_operator_of_books_and_orders(exercise):
    project = exercise("A filter operator of books, authors, orders and invoices")
    project.insert(
        "dialects/dbbase/filters.py",
        '    "isnull": IsNull(is_addition=True),\n',
        '    "startswith": Comparison(lookup="startswith", is_addition=True),\n',
    )
    row = "| `startswith` | begins with | `/books?title=startswith&title=The` |\n"
    page = project.folder / "docs/reference/dbbase.md"
    before, isnull, after = page.read_text().partition("| `isnull` |")
    line, rest = after.split("\n", 1)
    page.write_text(f"{before}{isnull}{line}\n{row}{rest}")

    project.run("demo", "--verbosity=0")
    printed = project.shell(GET + "get('/books?title=startswith&title=The')")
    assert printed.startswith("200")
    assert "startswith" in project.run("spectacular")
    project.test("tests/docs/test_dbbase.py", "tests/dialects/test_dbbase_schema.py")


def test_a_role_in_casting(exercise):
    project = exercise("A role in casting, or a permission of a role")
    project.insert(
        "casting/roles.py",
        "ROLES: dict[str, dict[str, list[str]]] = {\n",
        '    "stunt coordinator": {"actor": ["view", "add"], "movie": ["view"]},\n',
    )
    project.run("migrate", "--verbosity=0")
    project.run("check", "--database=default", "--fail-level=WARNING")

    printed = project.shell(
        "from django.contrib.auth.models import Permission\n"
        "print(*Permission.objects.filter(group__name='stunt coordinator')"
        ".order_by('codename').values_list('codename', flat=True))"
    )
    assert printed.strip() == "add_actor view_actor view_movie"
    project.test("tests/casting/test_roles.py")


ISSUE = """
from datetime import date
from accounts.models import User
from orders.models import Invoice
from orders.services import draft_invoice, issue
user, _ = User.objects.get_or_create(name="ada", email="ada@example.com")
line = {"part_code": "x", "units": 1, "unit_price": 1}
draft = draft_invoice(user=user, invoice_date=date(2026, 11, 21), items=[line])
issue(invoice=draft)
print(*Invoice.objects.order_by("pk").values_list("number", flat=True))
"""


def test_the_format_of_invoice_numbers(exercise):
    project = exercise("The format of invoice numbers")
    [issued] = project.shell(ISSUE).split()
    project.replace(
        "orders/numbering.py",
        '"{year}-{sequence:06}"',
        '"INV/{year}/{sequence}"',
    )

    before, after = project.shell(ISSUE).split()
    assert before == issued
    assert after == f"INV/{issued[:4]}/2"
    project.test("tests/orders/test_invoice_races.py")


DIALECT = '''
"""Plain text, for the shelves of a warehouse."""

from rest_framework import serializers

from dialects.base import Dialect


class PlainErrorSerializer(serializers.Serializer):
    problem = serializers.CharField()


class PlainDialect(Dialect):
    error_serializer = PlainErrorSerializer

    @classmethod
    def draw(cls, problem):
        return problem.status, {"problem": problem.code}
'''
SHELVES = """
from django.urls import path
from rest_framework.permissions import AllowAny
from rest_framework.response import Response

from dialects.plain import PlainDialect


class ShelvesView(PlainDialect):
    permission_classes = [AllowAny]
    pagination_class = None

    def get(self, request):
        return Response({"shelves": []})


urlpatterns = [path("shelves", ShelvesView.as_view())]
"""


def test_an_api_with_a_dialect_of_its_own(exercise):
    project = exercise("An API with a new dialect")
    project.write("dialects/plain.py", DIALECT)
    project.write("shelves/urls.py", SHELVES)
    project.replace(
        "config/apis.py",
        "from dialects.restless import RestlessDialect\n",
        "from dialects.plain import PlainDialect\n"
        "from dialects.restless import RestlessDialect\n",
    )
    project.insert(
        "config/apis.py",
        "APIS = [\n",
        '    API(("/shelves",), PlainDialect, "shelves.urls"),\n',
    )

    printed = project.shell(
        GET + "get('/shelves')\nget('/shelves/7')\nclient.post('/shelves')\n"
        "get('/shelves', accept='image/png')"
    )
    assert printed.splitlines() == [
        '200 {"shelves":[]}',
        '404 {"problem":"not_found"}',
        '406 {"problem":"not_acceptable"}',
    ]
    project.test("tests/config/test_errors.py")


CODE = """

class BeingEdited(Conflict):
    default_detail = "Another user is editing it."
    default_code = "being_edited"
"""
DRAWN = """
from common.http.errors import BeingEdited, problem_from
from config.apis import APIS
problem = problem_from(BeingEdited())
print(problem.code, *{api.dialect.draw(problem)[0] for api in APIS})
"""


def test_an_error_code(exercise):
    project = exercise("An error code")
    project.insert(
        "common/http/errors.py",
        '    default_code = "conflict"\n',
        CODE,
    )

    assert project.shell(DRAWN).split() == ["being_edited", "409"]
    project.test("tests/test_lists.py")


PLACE = """
from django.db import transaction
from accounts.models import User
from orders.services import place_order, start_job
user = User.objects.create(name="ada", email="ada@example.com")
line = {"part_code": "x", "units": 1, "unit_price": 1}
order = place_order(owner=user, description="bolts", items=[line])
job = start_job(order=order)
job.refresh_from_db()
print(job.status_name)
"""


def test_another_task_backend(exercise):
    project = exercise("Another task backend")
    project.replace(
        "config/settings.py",
        "CELERY_BACKEND if BROKER_URL else DATABASE_BACKEND",
        '"django_tasks.backends.immediate.ImmediateBackend"',
    )

    assert project.shell(PLACE).split()[-1] == "finished"
    code, _, errors = project.manage("worker")
    assert code == 1
    assert "ImmediateBackend has no worker" in errors


def test_a_rate_limit(exercise):
    project = exercise("A rate limit of a view")
    project.insert(
        "media_catalog/views.py",
        "from rest_framework.serializers import BaseSerializer\n",
        "from rest_framework.throttling import AnonRateThrottle\n",
    )
    project.replace(
        "media_catalog/views.py",
        "class BookViewSet(DbbaseViewSet):\n",
        "class ThreePerMinute(AnonRateThrottle):\n"
        '    rate = "3/min"\n\n\n'
        "class BookViewSet(DbbaseViewSet):\n"
        "    throttle_classes = [ThreePerMinute]\n",
    )

    printed = project.shell(GET + "get('/books')\n" * 4)
    assert [line.split()[0] for line in printed.splitlines()] == ["200"] * 3 + ["429"]
    project.test("tests/integrations/test_throttles.py")
