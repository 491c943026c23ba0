"""DRF's hooks are called in every dialect, as DRF documents them."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import pytest
from django.utils import timezone
from rest_framework.test import APIClient

from accounts.models import AttemptCounter
from bucketlists.models import Bucketlist
from casting.models import Actor, Movie
from goals.models import Goal
from media_catalog.models import Author, Book, Creator, Playlist, Video
from orders.models import Order
from tests.dialects import hooked_urls
from tests.media_catalog.jsonapi import MEDIA_TYPE
from tests.orders.factories import InvoiceItemFactory, JobFactory
from tests.support.rows import all_rows

pytestmark = pytest.mark.urls("tests.dialects.hooked_urls")

LIST = {"get_queryset", "filter_queryset"}
READ = {*LIST, "get_object", "check_object_permissions"}
CREATE = {"perform_create"}
UPDATE = {*READ, "perform_update"}
DESTROY = {*READ, "perform_destroy"}
WRITES = {"perform_create", "perform_update", "perform_destroy"}
ONCE = {*WRITES, "get_object", "check_object_permissions"}
VIDEO = {"type": "video", "id": "v"}
ITEM = {"partCode": "M8", "units": 1, "unitPrice": 1}
# Method, URL, body, and the hooks. `{…}` is the key of a row that `rows` creates.
REQUESTS: list[tuple[str, str, Any, set[str]]] = [
    # Plain messages
    ("GET", "/bucketlists/", None, LIST),
    ("GET", "/bucketlists/{list}", None, READ),
    ("POST", "/bucketlists/", {"name": "y"}, CREATE),
    ("PUT", "/bucketlists/{list}", {"name": "y"}, UPDATE),
    ("PATCH", "/bucketlists/{list}", {"name": "y"}, UPDATE),
    ("DELETE", "/bucketlists/{list}", None, DESTROY),
    ("GET", "/bucketlists/{list}/items", None, LIST),
    ("GET", "/bucketlists/{list}/items/{item}", None, READ),
    ("POST", "/bucketlists/{list}/items", {"name": "y"}, CREATE),
    ("POST", "/bucketlists/{list}/items", [{"name": "y"}, {"name": "z"}], CREATE),
    ("PUT", "/bucketlists/{list}/items/{item}", {"name": "y"}, UPDATE),
    ("PATCH", "/bucketlists/{list}/items/{item}", {"done": True}, UPDATE),
    ("DELETE", "/bucketlists/{list}/items/{item}", None, DESTROY),
    ("GET", "/diary", None, LIST),
    ("GET", "/diary/{list}", None, READ),
    ("POST", "/diary", {"name": "y"}, CREATE),
    ("PATCH", "/diary/{list}", {"name": "y"}, UPDATE),
    ("DELETE", "/diary/{list}", None, DESTROY),
    # Goals
    ("GET", "/v1.0/goals", None, LIST),
    ("GET", "/v1.0/goals?detail=1", None, LIST),
    ("GET", "/v1.0/goals?user=ada", None, LIST),
    ("GET", "/v1.0/goals?flat=1", None, LIST),
    ("POST", "/v1.0/goals", {"name": "y"}, CREATE),
    ("POST", "/v1.0/goals", [{"name": "y"}, {"name": "z"}], CREATE),
    ("PUT", "/v1.0/goals", {"name": "x"}, UPDATE),
    ("DELETE", "/v1.0/goals?name=x", None, DESTROY),
    ("GET", "/v1.0/goals/{goal}", None, READ),
    ("PATCH", "/v1.0/goals/{goal}", {"name": "y"}, UPDATE),
    ("DELETE", "/v1.0/goals/{goal}", None, DESTROY),
    ("POST", "/v1.0/goals/{goal}/complete", None, READ),
    ("POST", "/v1.0/goals/{goal}/archive", None, READ),
    ("GET", "/v1.0/users", None, LIST),
    (
        "POST",
        "/v1.0/users",
        {"name": "eve", "email": "eve@example.com", "password": "correct horse"},
        CREATE,
    ),
    # The envelope
    ("GET", "/actors", None, LIST),
    ("GET", "/actors/{actor}", None, READ),
    ("POST", "/actors", {"name": "y", "age": 1, "gender": "x"}, CREATE),
    ("PATCH", "/actors/{actor}", {"age": 2}, UPDATE),
    ("DELETE", "/actors/{actor}", None, DESTROY),
    ("PATCH", "/movies/{movie}", {"actors": []}, UPDATE),
    ("DELETE", "/movies/{movie}", None, DESTROY),
    ("PUT", "/movies/{movie}/actors/{actor}", None, READ),
    ("DELETE", "/movies/{movie}/actors/{actor}", None, READ),
    # DBBase
    ("GET", "/books", None, LIST),
    ("GET", "/books/{book}", None, READ),
    ("POST", "/books", {"title": "y", "pubYear": 1, "authorId": "{author}"}, CREATE),
    ("POST", "/books", [{"title": "y", "pubYear": 1, "authorId": "{author}"}], CREATE),
    ("PUT", "/books/9", {"title": "y", "pubYear": 1, "authorId": "{author}"}, CREATE),
    (
        "PUT",
        "/books/{book}",
        {"title": "y", "pubYear": 1, "authorId": "{author}"},
        UPDATE,
    ),
    ("PATCH", "/books/{book}", {"title": "y"}, UPDATE),
    ("DELETE", "/books/{book}", None, DESTROY),
    ("POST", "/orders", {"ownerId": "{user}", "description": "y"}, CREATE),
    ("DELETE", "/orders/{order}", None, DESTROY),
    ("POST", "/api/v2/orders", {"ownerId": "{user}", "description": "y"}, CREATE),
    ("PUT", "/api/v2/orders/9", {"ownerId": "{user}", "description": "y"}, CREATE),
    (
        "PUT",
        "/api/v2/orders/{order}",
        {"ownerId": "{user}", "description": "y"},
        UPDATE,
    ),
    ("PATCH", "/api/v2/orders/{order}", {"description": "y"}, UPDATE),
    ("DELETE", "/api/v2/orders/{order}", None, DESTROY),
    ("POST", "/api/v2/jobs/{job}/cancel", None, READ),
    ("DELETE", "/api/v2/jobs/{job}", None, DESTROY),
    ("POST", "/invoices/{invoice}/issue", None, READ),
    ("DELETE", "/invoices/{invoice}", None, DESTROY),
    # JSON:API
    ("GET", "/api/video", None, LIST),
    ("GET", "/api/video/v", None, READ),
    ("GET", "/api/video/v/author", None, READ),
    ("GET", "/api/video/v/playlists", None, READ),
    ("GET", "/api/video/v/relationships/playlists", None, READ),
    ("GET", "/api/playlist/p/videos/v", None, READ),
    ("POST", "/api/video", {"data": {"type": "video", "id": "w"}}, CREATE),
    ("POST", "/api/user", {"data": {"type": "user"}}, CREATE),
    ("PATCH", "/api/video/v", {"data": {**VIDEO, "attributes": {}}}, UPDATE),
    ("DELETE", "/api/video/v", None, DESTROY),
    ("PATCH", "/api/playlist/p/relationships/videos", {"data": []}, UPDATE),
    ("POST", "/api/playlist/p/relationships/videos", {"data": [VIDEO]}, UPDATE),
    ("PATCH", "/api/video/v/relationships/author", {"data": None}, UPDATE),
    (
        "POST",
        "/api/operations",
        {"atomic:operations": [{"op": "remove", "ref": VIDEO}]},
        DESTROY,
    ),
    (
        "POST",
        "/api/operations",
        {"atomic:operations": [{"op": "add", "data": {"type": "video"}}]},
        CREATE,
    ),
]


@pytest.fixture(autouse=True)
def hooks() -> Iterator[None]:
    hooked_urls.calls.clear()
    yield
    hooked_urls.refused.clear()


@pytest.fixture
def responses_match_the_document() -> None:
    """These views have no OpenAPI document."""


def stored() -> dict[Any, Any]:
    """Return all rows but those that count attempts."""
    rows = all_rows()
    rows.pop(AttemptCounter, None)
    return rows


@pytest.fixture
def rows(ada) -> dict[str, Any]:
    # The casts of movies have a permission of their own.
    ada.is_superuser = True
    ada.save()
    bucketlist = Bucketlist.objects.create(name="x", created_by=ada)
    job = JobFactory(order__owner=ada)
    author = Author.objects.create(first_name="x", last_name="x")
    actor = Actor.objects.create(name="x", age=1, gender="x")
    movie = Movie.objects.create(title="x", release_date="2026-01-01")
    creator = Creator.objects.create(id="u")
    video = Video.objects.create(id="v", author=creator)
    Playlist.objects.create(id="p", owner=creator).videos.add(video)
    return {
        "user": ada.pk,
        "list": bucketlist.pk,
        "item": bucketlist.items.create(name="x").pk,
        "goal": Goal.objects.create(name="x", user=ada).pk,
        "actor": actor.pk,
        "movie": movie.pk,
        "author": author.pk,
        "book": Book.objects.create(title="x", pub_year=1, author=author).pk,
        "order": job.order_id,
        "job": job.pk,
        "invoice": InvoiceItemFactory(invoice__user=ada).invoice_id,
    }


@pytest.fixture
def send(client_of, ada, rows) -> Any:
    client: APIClient = client_of(ada)

    def request(method: str, url: str, body: Any) -> Any:
        path, raw = url, "" if body is None else json.dumps(body)
        for name, pk in rows.items():
            path = path.replace(f"{{{name}}}", str(pk))
            raw = raw.replace(f'"{{{name}}}"', str(pk))
        is_json_api = url.startswith("/api/") and "/v2/" not in url
        media_type = MEDIA_TYPE if is_json_api else "application/json"
        if url == "/api/operations":
            media_type += '; ext="https://jsonapi.org/ext/atomic"'
        return client.generic(
            method, path, raw, media_type, headers={"accept": media_type}
        )

    return request


@pytest.mark.parametrize(("method", "url", "body", "hooks_of_drf"), REQUESTS)
def test_the_hooks_are_called(send, method, url, body, hooks_of_drf):
    response = send(method, url, body)

    assert response.status_code < 300, response.content
    calls = hooked_urls.calls
    assert hooks_of_drf <= calls.keys()
    assert {name for name in ONCE & calls.keys() if calls[name] != 1} == set()
    assert WRITES & calls.keys() == WRITES & hooks_of_drf
    if response.status_code == 201:
        assert response.headers["Location"].startswith("http://testserver/")


@pytest.mark.parametrize(("method", "url", "body", "hooks_of_drf"), REQUESTS)
def test_a_hook_that_refuses_leaves_the_rows_as_they_are(
    send, method, url, body, hooks_of_drf
):
    before = stored()
    for hook in (hooks_of_drf & WRITES) or hooks_of_drf & ONCE or hooks_of_drf:
        hooked_urls.refused.add(hook)
        assert send(method, url, body).status_code == 403
        hooked_urls.refused.clear()

    assert stored() == before


@pytest.mark.parametrize(
    ("method", "url", "body", "hooks_of_drf"),
    [request for request in REQUESTS if "get_object" in request[-1]],
)
def test_a_row_that_a_filter_hides_is_404(send, method, url, body, hooks_of_drf):
    before = stored()
    hooked_urls.refused.add("every row")

    assert send(method, url, body).status_code == 404
    assert stored() == before


def test_the_job_of_an_order_is_queued_after_the_hook(send, rows):
    Order.objects.update(status=Order.Status.FULFILLED)
    body = {"ownerId": "{user}", "description": "y", "orderedAt": str(timezone.now())}
    assert send("PUT", "/api/v2/orders/{order}", body).status_code == 202
    assert Order.objects.get(pk=rows["order"]).status == Order.Status.NEW
    Order.objects.update(status=Order.Status.FULFILLED)
    body = {"description": "z"}
    assert send("PATCH", "/api/v2/orders/{order}", body).status_code == 200
    assert Order.objects.get(pk=rows["order"]).status == Order.Status.FULFILLED
