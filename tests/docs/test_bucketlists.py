"""The tables of docs/reference/bucketlists.md, compared with the bucket lists API."""

from __future__ import annotations

import re
from typing import Any

import pytest
from django.conf import settings
from django.urls import resolve

from accounts.demo import account
from bucketlists.filters import BUCKETLIST_SORT_FIELDS, ITEM_SORT_FIELDS
from bucketlists.models import Bucketlist, Item
from bucketlists.serializers import BucketlistWithItemsSerializer, ItemSerializer
from bucketlists.services import MAX_ITEMS
from bucketlists.views import (
    MAX_LISTS_WITH_ITEMS,
    BucketlistViewSet,
    ItemViewSet,
)
from dialects.pagination import DEFAULT_PAGE_SIZE
from tests.support import guide_tables
from tests.support.guide_pages import marked
from tests.support.guide_tables import (
    error_of,
    first_names,
    listed_errors,
    numbers,
    quoted,
    rows,
)

PAGE = "reference/bucketlists"
URL = "/bucketlists/"
ERRORS = listed_errors(PAGE)
# A test of the service takes its database away.
UNTRIED = {"unavailable"}

pytestmark = pytest.mark.usefixtures("demo")


@pytest.fixture
def client(client_of):
    return client_of(account("ada"))


@pytest.mark.parametrize(
    ("url", "methods"), [row[:2] for row in rows(PAGE, "urls")], ids=str
)
def test_every_url_takes_its_methods(url, methods):
    view: Any = resolve(re.sub(r"<\w+>", "1", url.strip("`"))).func
    assert set(methods.lower().split(", ")) <= view.actions.keys()


@pytest.mark.parametrize(
    ("mark", "serializer"),
    [("fields", BucketlistWithItemsSerializer()), ("item fields", ItemSerializer())],
)
def test_the_tables_have_all_fields_and_which_can_be_written(mark, serializer):
    assert first_names(PAGE, mark) == list(serializer.fields)
    for name, _, is_writable, _ in rows(PAGE, mark):
        field = serializer.fields[name.strip("`")]
        assert (is_writable == "Yes") == (not field.read_only), name


def test_the_tables_have_all_parameters():
    parameters = rows(PAGE, "parameters")
    for view, column in (BucketlistViewSet, 1), (ItemViewSet, 2):
        names = {row[0].strip("`") for row in parameters if row[column] == "Yes"}
        assert names == view.query_params["list"]
    writing = BucketlistViewSet.query_params
    assert set(first_names(PAGE, "write parameters")) == writing["create"]
    assert writing["create"] == writing["update"] == writing["partial_update"]
    assert f"by default {DEFAULT_PAGE_SIZE}," in marked(PAGE, "parameters")


def test_the_table_has_all_fields_to_sort_by():
    (_, lists, by_default), (_, items, items_by_default) = rows(PAGE, "sort")

    assert tuple(quoted(lists)) == BUCKETLIST_SORT_FIELDS
    assert tuple(quoted(items)) == ITEM_SORT_FIELDS
    assert (by_default, items_by_default) == ("`id`", "`position`")
    assert Bucketlist._meta.ordering == ["pk"]
    assert Item._meta.ordering[0] == "position"


# What is sent to `{list}`, Ada's first list.
REQUESTS: dict[str, tuple[str, str, Any]] = {
    "required": ("post", URL, {}),
    "blank": ("post", URL, {"name": ""}),
    "max_length": ("post", URL, {"name": "x" * 256}),
    "min_value": ("post", "{list}/items", {"name": "Ski", "position": -1}),
    "max_value": ("post", "{list}/items", {"name": "Ski", "position": 1_000_001}),
    "empty": ("post", "{list}/items", []),
    "not_a_list": ("patch", "{list}", {"items": "Ski"}),
    "invalid": ("patch", "{list}", {"items": [{"id": 2**40}]}),
    "invalid_choice": ("get", f"{URL}?sort=owner", None),
    "malformed_json": ("post", URL, "{"),
    "not_found": ("get", "{list}/items/999999", None),
    "method_not_allowed": ("delete", URL, None),
    "name_taken": ("post", f"{URL}?unique=1", {"name": "Sleep in a lighthouse"}),
    "too_many_items": ("post", "{list}/items", [{"name": "Ski"}] * 998),
    "too_large": ("post", URL, {"name": "x" * 3_000_000}),
}


def send(client: Any, method: str, url: str, body: Any = None, **headers: str) -> Any:
    """Send the request, with the URL of one of Ada's lists in place of `{list}`."""
    first = Bucketlist.objects.filter(created_by=account("ada"), items__gt=0).first()
    url = url.format(list=f"{URL}{first and first.pk}")
    return guide_tables.send(client, method, url, body, **headers)


@pytest.mark.parametrize("code", REQUESTS)
def test_an_error_of_the_table_has_its_status(client, code):
    found = error_of(send(client, *REQUESTS[code]))

    assert found[1] == code
    assert found in ERRORS


def test_the_other_errors_of_the_table(client, api):
    seen = {
        error_of(send(client, "patch", "{list}", {}, **{"If-Match": "x"})),
        error_of(send(client, "patch", "{list}", {}, **{"If-Match": '"x"'})),
        error_of(client.get(URL, headers={"Accept": "image/png"})),
        error_of(client.generic("post", URL, "x", "text/plain")),
        error_of(api.get(URL)),
    }
    others = [error for error in ERRORS if error[1] not in {*REQUESTS, *UNTRIED}]
    assert seen == set(others)


def test_the_limits_are_those_of_the_service():
    assert numbers(PAGE, "limits") == [
        MAX_ITEMS,
        MAX_ITEMS,
        settings.QUINTET_MAX_UNPAGED,
        MAX_LISTS_WITH_ITEMS,
        Bucketlist._meta.get_field("name").max_length,
        Item.MAX_POSITION,
    ]
