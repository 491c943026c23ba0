"""A list that is read as rows is byte for byte what DRF shows of the same rows."""

from __future__ import annotations

import re
from typing import Any

import pytest
from django.contrib.auth.models import Group
from django.db import transaction
from django.test import override_settings
from django.urls import get_resolver
from hypothesis import HealthCheck, Phase, given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st

from accounts.models import User
from bucketlists.serializers import BucketlistSerializer, BucketlistWithItemsSerializer
from dialects.restless import RestlessDialect
from dialects.row_plans import plan_for
from goals.serializers import GoalSerializer
from goals.trees import Forest, Node, nest, nest_names
from goals.views import GoalsView
from tests.dialects.generated_rows import DATABASE_ROWS, MODELS, store
from tests.support.openapi import document
from tests.support.plan_cases import DBBASE as DBBASE_LISTS
from tests.support.plan_cases import LISTS
from tests.support.plan_cases import dbbase as dbbase_cases
from tests.support.plan_cases import json_api as json_api_cases

QUICK: dict[str, Any] = {
    "deadline": None,
    "derandomize": True,
    "database": None,
    # Making an example smaller takes minutes; the URL is shown.
    "phases": [Phase.generate],
    "suppress_health_check": list(HealthCheck),
}
NO_LISTS = re.compile(r"/events|\.(html|pdf|csv)|^/(schema|meta|api/v2/meta)|/auth/")
# Queries by list.
VARIANTS = {
    "/bucketlists/": ["items=1", "limit=2&page=2", "limit=1&items=true"],
    "/v1.0/goals": ["flat=1", "detail=1", "archived=1&detail=1", "depth=2", "mine=1"],
    "/actors": ["page=1&per_page=2", "sort=-name"],
    "/movies": ["page=2&per_page=1", "sort=title"],
    "/api/user": ["page[size]=0", "page[after]=&page[size]=2", "sort=-name"],
    "/api/video": [
        "page[size]=2&page[number]=2",
        "include=author.owned_playlists,playlists",
        "fields[video]=title,author",
        "fields[video]=playlists&links=true",
        "sort=-create_at",
    ],
    "/api/playlist": ["include=videos.author,owner", "filter[title]=a"],
}
DBBASE = {
    "/books": ["isbn,title", "author", "id"],
    "/authors": ["fullName,books", "books", "lastName,id"],
    "/orders": ["items", "id,statusId", "ownerId,orderedAt"],
    "/api/v2/orders": ["jobs", "items,jobs"],
    "/api/v2/jobs": ["order", "status,error", "orderId,attempts"],
    "/invoices": ["number,issuedAt,total", "invoiceItems", "total"],
    "/invoice-items": ["invoice,amount", "amount", "invoiceId"],
}


def paths() -> list[str]:
    """Every path of the OpenAPI document that is read as JSON."""
    return [
        path
        for path, operations in document()["paths"].items()
        if "get" in operations and not NO_LISTS.search(path)
    ]


def lists() -> list[str]:
    """The URLs of all lists, without and with queries."""
    urls = [path for path in paths() if "{" not in path]
    for path, queries in VARIANTS.items():
        assert "{" in path or path.rstrip("/") in {p.rstrip("/") for p in urls}
        if "{" not in path:
            urls += [f"{path}?{query}" for query in queries]
    for path, fields in DBBASE.items():
        for names in fields:
            quoted = str(names.split(",")).replace("'", '"')
            urls.append(f'{path}?pageConfig={{"serialFields": {quoted}}}')
        urls.append(f'{path}?pageConfig={{"pageSize": 2, "offset": 1}}')
    return urls


@pytest.fixture
def reader(staff, client_of):
    return reading(staff, client_of)


@pytest.fixture
def readers(demo, client_of, api):
    staff, ada = (User.objects.get(name=name) for name in ("staff", "ada"))
    return {"staff": reading(staff, client_of), "ada": client_of(ada), "": api}


def reading(staff, client_of):
    staff.groups.add(Group.objects.get(name="executive producer"))
    return client_of(staff)


def shown(client: Any, url: str) -> tuple[Any, ...]:
    response = client.get(url)
    headers = {name: response.get(name) for name in ("Link", "X-Total-Count", "Allow")}
    return response.status_code, response.content, headers, response.get("Content-Type")


def assert_as_drf(client: Any, urls: list[str]) -> None:
    for url in urls:
        as_rows = shown(client, url)
        with override_settings(QUINTET_READ_ROWS=False):
            assert as_rows == shown(client, url), url


@hypothesis_settings(max_examples=8, **QUICK)
@given(rows=DATABASE_ROWS)
def test_lists_of_any_rows_are_what_drf_would_return(reader, client_of, ada, bob, rows):
    with transaction.atomic():
        store(rows, [ada, bob])
        assert_as_drf(reader, lists())
        assert_as_drf(reader, rows_below())
        # The same tree, put together in two ways.
        for client in (reader, client_of(ada)):
            tree, cut = (client.get(f"/v1.0/goals{q}") for q in ("", "?depth=900"))
            assert tree.content == cut.content
        transaction.set_rollback(True)


def rows_below() -> list[str]:
    """The URLs of the last row of each model, and of the lists below it."""
    last = {
        model._meta.model_name: model._default_manager.order_by("pk").last()
        for model in MODELS
    }
    kinds = {
        "/bucketlists/%s/items": "bucketlist",
        "/bucketlists/%s/items?limit=2&offset=1&sort=-name": "bucketlist",
        "/movies/%s/actors": "movie",
        "/actors/%s/movies?page=1": "actor",
    }
    urls = [url % row.pk for url, kind in kinds.items() if (row := last[kind])]
    if video := last["video"]:
        urls += [f"/api/video/{video.pk}"] if video.pk.isalnum() else []
    return urls


def test_the_generated_rows_are_of_every_model(ada, bob):
    """A table that is always empty would prove nothing."""
    seen: set[Any] = set()

    @hypothesis_settings(max_examples=8, **QUICK)
    @given(rows=DATABASE_ROWS)
    def fill(rows):
        with transaction.atomic():
            store(rows, [ada, bob])
            seen.update(model for model in MODELS if model._default_manager.count() > 1)
            transaction.set_rollback(True)

    fill()
    assert seen == set(MODELS)


CASES = [
    *(url for cases in LISTS.values() for url in cases),
    *(url for path in DBBASE_LISTS for url in dbbase_cases(path)),
    *json_api_cases(),
]


@pytest.mark.parametrize("who", ["staff", "ada", ""])
def test_lists_of_demo_data_are_what_drf_would_return(readers, who):
    assert_as_drf(readers[who], lists())


def test_filtered_and_sorted_lists_are_what_drf_would_return(readers):
    assert len(CASES) > 100
    assert_as_drf(readers["staff"], CASES)


# How each list is read, and why; none may change its way unseen.
READ_AS_ROWS = {
    "ActorSerializer": "columns",
    "AuthorSerializer": "columns, a property of them, and books",
    "BookSerializer": "columns, and an author with a property of columns",
    "BucketlistSerializer": "columns",
    "BucketlistWithItemsSerializer": "columns and items",
    "ItemSerializer": "columns",
    "MovieSerializer": "columns and the keys of actors",
    "UserSerializer": "columns",
}
DRAWN_BY_DRF = {
    "CreatorSerializer": "JSON:API draws instances with their linkage",
    "GoalSerializer": "a goal's depth, path and progress come from its tree",
    "InvoiceItemSerializer": "number and amount are left out of drafts",
    "InvoiceSerializer": "number, time and total are left out of drafts",
    "JobSerializer": "a job links to its invoice, and tells its state in words",
    "OrderSerializer": "items are left out where there are none",
    "OrderWithJobsSerializer": "items are left out where there are none",
    "PlaylistSerializer": "JSON:API draws instances with their linkage",
    "VideoSerializer": "JSON:API draws instances with their linkage",
}
# What views choose by the query.
CHOSEN = {
    "BucketlistViewSet": [BucketlistSerializer, BucketlistWithItemsSerializer],
    "GoalsView": [GoalSerializer],
}


def list_views(patterns: Any = None) -> set[Any]:
    """The views of all URLs that answer GET with a list."""
    views = set()
    for pattern in get_resolver().url_patterns if patterns is None else patterns:
        if hasattr(pattern, "url_patterns"):
            views |= list_views(pattern.url_patterns)
            continue
        view = getattr(pattern.callback, "cls", None)
        actions = getattr(pattern.callback, "actions", None) or {"get": "list"}
        lists = getattr(view, "pagination_class", None) and actions.get("get") == "list"
        if lists and (hasattr(view, "list") or view is GoalsView):
            views.add(view)
    return views


def test_every_list_is_read_as_listed_here():
    has_plan: dict[str, bool] = {}
    for view in list_views():
        for kind in CHOSEN.get(view.__name__, [view.serializer_class]):
            rows = kind.Meta.model._default_manager.all()
            is_resource = issubclass(view, RestlessDialect)
            plan = None if is_resource else plan_for(kind(), rows)
            has_plan[kind.__name__] = plan is not None
    assert has_plan == dict.fromkeys(READ_AS_ROWS, True) | dict.fromkeys(
        DRAWN_BY_DRF, False
    )


@st.composite
def forests(draw: Any) -> list[Node]:
    """Trees in the order of siblings, in which parents may come behind children."""
    nodes: list[Node] = []
    for pk in range(1, draw(st.integers(0, 12)) + 1):
        above = draw(st.none() | st.integers(1, max(pk - 1, 1)))
        parent = next((n for n in nodes if n.pk == above), None)
        user = parent.user_id if parent else draw(st.integers(1, 2))
        out = draw(st.sampled_from([None, None, "since"]))
        name = draw(st.sampled_from("abc")) + str(pk)
        nodes.append(Node(pk, parent and parent.pk, user, name, None, None, out))
    return draw(st.permutations(nodes))


@hypothesis_settings(max_examples=200, **QUICK)
@given(forests())
def test_a_tree_of_names_is_that_of_the_forest(nodes):
    users = [(2, "bob"), (1, "ada"), (3, "nobody's")]
    rows = [(n.pk, n.parent_id, n.user_id, n.name, n.archived) for n in nodes]

    names, expected = nest_names(users, rows), nest(users, Forest(nodes))

    assert str(names) == str(expected)
