"""Models of one's own in the DBBase dialect, in a project of their own."""

from __future__ import annotations

import json
import os
import subprocess
import sys

import pytest

from tests.support.service_processes import ROOT

SETTINGS = """
from config.settings import *
INSTALLED_APPS = [*INSTALLED_APPS, "shop"]
ROOT_URLCONF = "shop.{urls}"
"""
MODELS = """
from django.db import models

class Copy(models.Model):
    weight = models.FloatField(null=True)
    number = models.BigIntegerField(null=True)
    ratio = models.DecimalField(max_digits=9, decimal_places=4, null=True)
    note = models.CharField(max_length=9, blank=True, default="-")
    class Meta:
        ordering = ["-weight"]

class Coded(models.Model):
    code = models.CharField(max_length=9, primary_key=True)

class Texted(models.Model):
    id = models.CharField(max_length=9, primary_key=True)

class Paired(models.Model):
    pk = models.CompositePrimaryKey("left", "right")
    left = models.IntegerField()
    right = models.IntegerField()

class Yearly(models.Model):
    year = models.IntegerField(primary_key=True)
"""
VIEWS = """
from django.urls import include, path
from rest_framework.permissions import AllowAny
from config.urls import urlpatterns
from dialects.dbbase import DbbaseModelSerializer, DbbaseRouter, DbbaseViewSet
from shop import models

def view_of(shown, columns, **more):
    class Serializer(DbbaseModelSerializer):
        class Meta:
            model = shown
            fields = columns
    Serializer.__name__ = f"{shown.__name__}Serializer"
    return type(f"{shown.__name__}ViewSet", (DbbaseViewSet,), {
        "queryset": shown.objects.all(), "serializer_class": Serializer,
        "permission_classes": [AllowAny], "__module__": __name__, **more,
    })
"""
URLS = """
columns = ["id", "weight", "number", "ratio", "note"]
router, included = DbbaseRouter(), DbbaseRouter()
copies = view_of(models.Copy, columns, filterset_fields=["weight"])
router.register("shop/copies", copies)
router.register("capped", view_of(models.Copy, columns, max_rows=2), "capped")
router.register("last", view_of(models.Copy, columns, ordering="-id"), "last")
two = view_of(models.Copy, columns, ordering=["number", "-id"])
router.register("two", two, "two")
included.register("copies", view_of(models.Copy, columns), "again")
urlpatterns = [*urlpatterns, *router.urls, path("depot/", include(included.urls))]
"""
WRONG_URLS = """
router = DbbaseRouter()
for model in (models.Coded, models.Texted, models.Paired, models.Yearly, models.Copy):
    router.register(model.__name__.lower(), view_of(model, ["id"]))
urlpatterns = [*urlpatterns, *router.urls]
"""
PROGRAM = """
import json, sys, django
django.setup()
from django.core.management import call_command
from django.db import connection
from django.test import Client
from shop.models import Copy
call_command("migrate", verbosity=0)
with connection.schema_editor() as editor:
    editor.create_model(Copy)
def send(method, url, body=None):
    response = Client().generic(
        method, url, json.dumps(body) if body else "", "application/json"
    )
    return response.status_code, response.headers.get("Link"), response.json()
print(json.dumps([send(*request) for request in json.loads(sys.argv[1])]))
"""


@pytest.fixture
def folder(tmp_path):
    (tmp_path / "shop").mkdir()
    files = {
        "shop/__init__.py": "",
        "shop/models.py": MODELS,
        "shop/urls.py": VIEWS + URLS,
        "shop/wrong_urls.py": VIEWS + WRONG_URLS,
        "right.py": SETTINGS.format(urls="urls"),
        "wrong.py": SETTINGS.format(urls="wrong_urls"),
    }
    for name, text in files.items():
        (tmp_path / name).write_text(text)
    return tmp_path


def run(folder, settings, *arguments):
    environment = os.environ | {
        "DJANGO_SETTINGS_MODULE": settings,
        "PYTHONPATH": f"{folder}:{ROOT}",
        "DATABASE_URL": "sqlite://:memory:",
    }
    return subprocess.run(
        [sys.executable, *arguments],
        cwd=ROOT,
        env=environment,
        capture_output=True,
        text=True,
        check=False,
    )


def test_a_key_that_is_no_integer_id_is_an_error_of_the_check(folder):
    checked = run(folder, "wrong", "manage.py", "check")

    assert checked.returncode == 1
    for name in ("Coded", "Texted", "Paired", "Yearly"):
        assert f"(dbbase.E001) shop.wrong_urls.{name}ViewSet" in checked.stderr
    assert "CopyViewSet" not in checked.stderr
    assert run(folder, "right", "manage.py", "check").returncode == 0


def test_models_of_ones_own_are_served_as_they_declare(folder):
    rows = [
        {"weight": 1.5, "number": "5", "ratio": 0.12345},
        {"weight": "2.5e0", "number": 2**40, "note": ""},
        {"weight": 0.5, "number": 5},
    ]
    no_numbers = {"weight": "abc", "number": "1_0", "ratio": "x"}
    requests = [
        *(("POST", "/shop/copies", row) for row in rows),
        ("POST", "/shop/copies", no_numbers),
        *(
            ("POST", "/shop/copies", {"weight": value})
            for value in ("nan", "1_0", True)
        ),
        *(("GET", url) for url in ("/shop/copies", "/last", "/two", "/capped")),
        ("GET", "/shop/copies?weight=abc"),
        ("GET", '/last?pageConfig={"orderBy":"id"}'),
        *(
            ("GET", f"{prefix}/{kind}")
            for prefix in ("/shop/meta/copies", "/depot/meta/copies", "/meta/capped")
            for kind in ("single", "collection")
        ),
    ]
    ran = run(folder, "right", "-c", PROGRAM, json.dumps(requests))
    assert ran.returncode == 0, ran.stderr
    added, refused, values, lists, rest = slices(json.loads(ran.stdout), 3, 1, 3, 4)

    assert [status for status, _, _ in added] == [201] * 3
    assert added[0][2]["ratio"] == 0.1235
    assert (added[1][2]["number"], added[1][2]["note"]) == (2**40, "")
    told = {
        "weight": "The value abc is not a number",
        "number": "The value 1_0 is not a number",
        "ratio": "The value x is not a number",
    }
    assert refused[0][::2] == [400, {"message": [{k: v} for k, v in told.items()]}]
    assert [status for status, _, _ in values] == [400] * 3
    orders = [[row["id"] for row in body["Copy"]] for _, _, body in lists]
    assert orders == [[2, 1, 3], [3, 2, 1], [3, 1, 2], [2, 1]]
    assert lists[3][1].endswith('?offset=2>; rel="next"')
    filtered, ordered, *described = rest
    assert filtered[2] == {"message": [{"weight": told["weight"]}]}
    assert [row["id"] for row in ordered[2]["Copy"]] == [1, 2, 3]
    new_row = described[0][2]["components"]["schemas"]["CopyRequest"]["properties"]
    assert new_row["note"]["default"] == "-"
    urls = ["/shop/copies"] * 2 + ["/depot/copies"] * 2 + ["/capped"] * 2
    for url, (status, _, document) in zip(urls, described, strict=True):
        assert status == 200
        assert url in document["paths"]


def slices(items, *sizes):
    """Return lists of these sizes, and a list of the remaining items."""
    parts = []
    for size in sizes:
        parts.append(items[:size])
        items = items[size:]
    return [*parts, items]
