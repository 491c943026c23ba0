"""The tables of docs/reference/goals.md, compared with the goals API."""

from __future__ import annotations

import re
from typing import Any

import pytest
from django.conf import settings
from django.urls import resolve

from accounts.demo import account
from goals import trees
from goals.models import Goal
from goals.query_params import (
    MAX_SEARCH_LENGTH,
    PageQuerySerializer,
    TreeQuerySerializer,
)
from goals.serializers import (
    GoalChangeSerializer,
    GoalSerializer,
    NewGoalSerializer,
)
from goals.services import MAX_ROWS
from goals.views import collection
from tests.support.guide_tables import (
    error_of,
    first_names,
    listed_errors,
    numbers,
    quoted,
    rows,
    send,
)

PAGE = "reference/goals"
URL = "/v1.0/goals"
ERRORS = listed_errors(PAGE)
# A test of the service takes its database away.
UNTRIED = {(503, "unavailable")}

pytestmark = pytest.mark.usefixtures("demo")


@pytest.fixture
def client(client_of):
    return client_of(account("ada"))


def url_of(name: str, user: str = "ada") -> str:
    return f"{URL}/{Goal.objects.get(user=account(user), name=name).pk}"


@pytest.mark.parametrize(("url", "method"), [row[:2] for row in rows(PAGE, "urls")])
def test_every_url_takes_its_methods(url, method):
    view: Any = resolve(re.sub(r"<\w+>", "1", url.strip("`"))).func
    name = method.split()[0].lower()
    assert name in getattr(view, "actions", dir(view.cls))


@pytest.mark.parametrize(
    ("mark", "suffix", "serializer"),
    [
        ("parameters", "", TreeQuerySerializer()),
        ("picture parameters", ".html", PageQuerySerializer()),
    ],
)
def test_the_table_has_all_parameters_and_their_examples_work(
    client_of, mark, suffix, serializer
):
    assert sorted(first_names(PAGE, mark)) == sorted(
        {*serializer.fields, *serializer.other_names}
    )
    client = client_of(account("staff"))
    for name, example, _ in rows(PAGE, mark):
        assert example.startswith(f"{name.removesuffix('`')}=")
        response = client.get(f"{URL}{suffix}?{example.strip('`')}")
        assert response.status_code == 200, response.content


def test_the_table_has_all_fields_and_who_sets_them():
    fields = rows(PAGE, "fields")
    new, changed = NewGoalSerializer().fields, GoalChangeSerializer().fields

    assert sorted(first_names(PAGE, "fields")) == sorted(
        {*GoalSerializer().fields, *new}
    )
    for name, _, in_post, in_patch, _ in fields:
        [name] = quoted(name)
        assert (in_post != "No") == (name in new), name
        assert (in_patch == "Yes") == (name in changed), name
    assert [quoted(row[0]) for row in fields if row[2] == "Required"] == [["name"]]


REQUESTS: dict[str, tuple[str, str, Any]] = {
    "required": ("post", URL, {}),
    "blank": ("post", URL, {"name": ""}),
    "max_length": ("post", URL, {"name": "x" * 65}),
    "invalid": ("post", URL, {"name": "Sing", "status": "done"}),
    "invalid_choice": ("get", f"{URL}?status=finished", None),
    "min_value": ("get", f"{URL}?depth=0", None),
    "max_value": ("post", URL, {"name": "Sing", "position": 2**31}),
    "malformed_json": ("post", URL, "{"),
    "parse_error": ("post", URL, []),
    "rows_refused": ("post", URL, [{"name": "Get a boat"}, {}]),
    "permission_denied": ("post", URL, {"name": "Sing", "user": "bob"}),
    "not_found": ("delete", f"{URL}?name=Sing", None),
    "method_not_allowed": ("patch", URL, {}),
    "name_taken": ("post", URL, {"name": "Get a boat"}),
    "has_sub_goals": ("delete", f"{URL}?name=Get+a+boat", None),
    "too_large": ("post", URL, {"name": "x" * 3_000_000}),
}


@pytest.mark.parametrize("code", REQUESTS)
def test_an_error_of_the_table_has_its_status(client, code):
    assert error_of(send(client, *REQUESTS[code])) in ERRORS
    assert error_of(send(client, *REQUESTS[code]))[1] == code


def test_the_other_errors_of_the_table(client, api, monkeypatch):
    boat, refit = url_of("Get a boat"), url_of("Refit the boat")
    Goal.objects.create(user=account("bob"), name="Get a boat")
    seen = {
        error_of(send(client, "put", URL, {"name": "x"}, **{"If-Match": "*"})),
        error_of(send(client, "patch", boat, {}, **{"If-Match": "x"})),
        error_of(send(client, "patch", boat, {}, **{"If-Match": '"x"'})),
        error_of(api.get(f"{URL}?mine=1")),
        error_of(client.get(URL, headers={"Accept": "image/png"})),
        error_of(api.put(URL, {"name": "Get a boat"}, format="json")),
        error_of(client.patch(boat, {"parent": int(refit.rpartition("/")[2])})),
        error_of(client.generic("post", URL, "x", "text/plain")),
    }
    client.post(f"{boat}/archive")
    seen.add(error_of(client.post(f"{refit}/unarchive")))
    monkeypatch.setattr(collection, "MAX_DETAILED", 1)
    seen.add(error_of(client.get(f"{URL}?detail=1")))
    monkeypatch.setattr(collection, "MAX_DEPTH", 1)
    seen.add(error_of(client.get(f"{URL}?detail=1")))

    tried = {(status, code) for status, code in ERRORS if code in REQUESTS}
    assert seen == {*ERRORS} - tried - UNTRIED


def test_the_limits_are_those_of_the_service():
    assert numbers(PAGE, "limits") == [
        trees.MAX_DEPTH,
        trees.MAX_DEPTH // 2,
        trees.MAX_DETAILED,
        trees.MAX_GOALS,
        settings.QUINTET_MAX_UNPAGED,
        MAX_ROWS,
        trees.MAX_PATH,
        Goal.MAX_NAME_LENGTH,
        Goal.MAX_DESCRIPTION_LENGTH,
        MAX_SEARCH_LENGTH,
    ]
