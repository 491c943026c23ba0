"""The app that docs/how-to/add-an-api.md builds does what its dialects promise.

`test_own_apis.py` follows the page; here, its app gets many other requests.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from importlib import import_module
from io import StringIO
from typing import Any

import pytest
from django.contrib.auth.models import Permission
from django.contrib.contenttypes.models import ContentType
from django.core.exceptions import ImproperlyConfigured
from django.core.management import call_command
from rest_framework.exceptions import PermissionDenied
from rest_framework.routers import DefaultRouter, SimpleRouter

from tests.media_catalog.jsonapi import (
    MEDIA_TYPE,
    JsonApi,
    details,
    identifier,
    ids,
    linkage,
    resource,
)
from tests.support.factories import UserFactory
from tests.support.guide_pages import marked, page
from tests.support.openapi import Contract, generated
from tests.support.page_app import installed_app


@pytest.fixture(scope="module")
def app(tmp_path_factory, django_db_setup, django_db_blocker) -> Iterator[Any]:
    folder = tmp_path_factory.mktemp("project")
    text = page("how-to/add-an-api")
    with installed_app("radio", text, folder, django_db_blocker) as config:
        yield config


@pytest.fixture(scope="module")
def contract(app) -> Contract:
    """The OpenAPI document with the new app in it; every response is held to it."""
    return Contract.of(generated())


@pytest.fixture
def visitor(api, db, app) -> JsonApi:
    return JsonApi(api)


@pytest.fixture
def member(client_of, ada, app) -> JsonApi:
    return JsonApi(client_of(ada))


@pytest.fixture
def archivist(client_of, staff, app) -> JsonApi:
    return JsonApi(client_of(staff))


@pytest.fixture
def tracks(app, db) -> None:
    album = app.get_model("Album").objects.create(id="blue", title="Kind of Blue")
    rows = [
        ("so-what", "So What", 545, album),
        ("flamenco", "Flamenco Sketches", 566, album),
    ]
    for pk, title, seconds, on in [*rows, ("naima", "Naima (live)", None, None)]:
        app.get_model("Track").objects.create(
            id=pk, title=title, seconds=seconds, album=on
        )


def test_the_app_needs_no_file_that_the_page_leaves_out(app, db):
    call_command("check", fail_level="WARNING")
    call_command("makemigrations", "radio", "--dry-run", stdout=StringIO())


def test_the_document_is_generated_without_a_warning(app):
    text = StringIO()
    call_command("spectacular", validate=True, fail_on_warn=True, stdout=text)

    assert "/radio/track/{id}/relationships/album:" in text.getvalue()


def test_a_client_chooses_the_id_of_a_track(member):
    response = member.post(
        "/radio/track", resource("track", "so-what", attributes={"title": "So What"})
    )

    assert response.status_code == 201
    assert response.headers["Location"] == "http://testserver/radio/track/so-what"


def test_callers_without_a_token_only_read(visitor, tracks):
    assert visitor.get("/radio/track").status_code == 200
    assert visitor.post("/radio/track", resource("track")).status_code == 401


def test_an_id_is_made_and_a_mistake_is_placed(member):
    created = member.post("/radio/track", resource("track", attributes={"title": "x"}))
    assert created.status_code == 201
    refused = member.post(
        "/radio/track", resource("track", attributes={"title": "", "seconds": -1})
    )
    pointers = {error["source"]["pointer"] for error in refused.json()["errors"]}
    assert refused.status_code == 400
    assert pointers == {"/data/attributes/title", "/data/attributes/seconds"}


def test_lists_are_paged_sorted_and_filtered(visitor, tracks):
    page = visitor.get("/radio/track?page[size]=2&sort=-seconds")
    assert (ids(page), page.json()["meta"]["total"]) == (["flamenco", "so-what"], 3)
    assert ids(visitor.get("/radio/track?sort=album.title,title"))[0] == "naima"
    found = [
        {
            "name": "album",
            "op": "has",
            "val": {"name": "title", "op": "ilike", "val": "kind%"},
        },
        {"name": "seconds", "op": "gt", "val": 550},
    ]
    query = {"filter[objects]": json.dumps(found)}
    assert ids(visitor.get("/radio/track", query_params=query)) == ["flamenco"]
    assert ids(
        visitor.get("/radio/track?filter[album_id]=blue&filter[seconds]=545")
    ) == ["so-what"]


def test_relatives_are_included_and_listed(visitor, tracks):
    answer = visitor.get("/radio/album/blue?include=tracks&fields[track]=title").json()
    assert [found["attributes"] for found in answer["included"]] == [
        {"title": "Flamenco Sketches"},
        {"title": "So What"},
    ]
    assert ids(visitor.get("/radio/album/blue/tracks?sort=title")) == [
        "flamenco",
        "so-what",
    ]


def test_relationships_are_changed(member, tracks):
    path = "/radio/track/so-what/relationships/album"
    assert member.patch(path, {"data": None}).status_code == 204
    assert ids(member.get("/radio/album/blue/relationships/tracks")) == ["flamenco"]
    path = "/radio/album/blue/relationships/tracks"
    assert member.post(path, linkage("track", "so-what")).status_code == 204
    assert member.patch(path, linkage("track")).status_code == 403
    body = resource("track", "so-what", attributes={"album_id": None, "seconds": 9})
    assert member.patch("/radio/track/so-what", body).status_code == 204
    assert (
        member.get("/radio/track/so-what").json()["data"]["attributes"]["seconds"] == 9
    )


def test_the_permission_hook_is_asked(member, archivist, tracks):
    body = resource("track", "naima", attributes={"seconds": 1})
    assert member.patch("/radio/track/naima", body).status_code == 403
    assert member.delete("/radio/track/naima").status_code == 403
    assert (
        member.get("/radio/track/naima").json()["data"]["attributes"]["seconds"] is None
    )
    assert archivist.patch("/radio/track/naima", body).status_code == 204


@pytest.mark.parametrize(
    ("path", "status", "detail"),
    [
        ("/radio/track/x", 404, "No resource with ID x"),
        ("/radio/track/so-what/bogus", 404, "No such relation: bogus"),
        ("/radio/track?sort=bogus", 400, "Invalid sorting: No such field bogus"),
        (
            "/radio/track?include=x",
            400,
            'Invalid include: unknown relationship "x".',
        ),
        (
            "/radio/track?filter[label]=x",
            400,
            'Invalid filter object: No such field "label"',
        ),
    ],
)
def test_mistakes_are_told(visitor, tracks, path, status, detail):
    response = visitor.get(path)

    assert response.status_code == status
    assert details(response)[0].startswith(detail)
    assert response.headers["Content-Type"] == MEDIA_TYPE


def test_the_old_types_answer_beside_the_new(visitor, tracks):
    for kind in ("user", "video", "playlist"):
        assert visitor.get(f"/api/{kind}").status_code == 200


def test_the_document_of_a_track_is_exact(visitor, tracks):
    assert visitor.get("/radio/track/so-what").json() == {
        "data": {
            "attributes": {"recorded_at": None, "seconds": 545, "title": "So What"},
            "id": "so-what",
            "relationships": {
                "album": {"data": identifier("album", "blue")},
                "shows": {"data": []},
            },
            "type": "track",
        },
        "jsonapi": {"version": "1.0"},
    }


def test_a_type_can_be_read_only(visitor, member, app):
    rows = app.get_model("Copy").objects
    first, second = (rows.create(label=label, price=1) for label in ("A", "B"))
    assert ids(visitor.get("/radio/copy?sort=-label")) == [
        str(second.pk),
        str(first.pk),
    ]
    assert ids(visitor.get("/radio/copy?filter[label]=A&page[size]=1")) == [
        str(first.pk)
    ]
    url = f"/radio/copy/{first.pk}"
    assert visitor.get(url).json()["data"]["attributes"]["label"] == "A"
    assert visitor.get(f"{url}/album").status_code == 404
    assert visitor.get("/radio/copy/x").status_code == 404
    body = resource("copy", str(first.pk), attributes={"label": "C"})
    for method in (member.post, member.patch, member.delete):
        for at in ("/radio/copy", url, f"{url}/relationships/album"):
            assert method(at, body).status_code == 405, at
    assert rows.get(pk=first.pk).label == "A"


@pytest.mark.parametrize("router", [SimpleRouter(), DefaultRouter()])
def test_a_type_in_another_router_is_refused_at_start(app, router):
    views = import_module("radio.views")
    for viewset in (views.CopyViewSet, views.TrackViewSet):
        router.register("copy", viewset)
        with pytest.raises(ImproperlyConfigured, match="needs a RestlessRouter"):
            _ = router.urls


def test_the_copies_in_camel_case(api, db, app):
    sent = {"label": "Blue Note", "price": 12.5, "soldAt": "1959-03-02 14:30:00"}
    created = api.post("/shop/copies", sent, format="json")
    assert created.status_code == 201
    pk = created.json()["id"]
    assert created.json() == {"id": pk, **sent, "isSold": True}
    assert api.get("/shop/copies?price=12.5").json() == {"Copy": [created.json()]}
    assert api.get("/shop/copies/?label=x").json() == {"Copy": []}
    changed = api.patch(f"/shop/copies/{pk}", {"sold_at": None}, format="json")
    assert changed.json() == {"id": pk, **sent, "soldAt": None, "isSold": False}
    refused = api.post("/shop/copies", {"price": "x"}, format="json")
    assert refused.status_code == 400
    assert refused.json() == {
        "message": [
            {"price": "The value x is not a number"},
            {"missing_columns": ["label"]},
        ]
    }
    assert api.delete(f"/shop/copies/{pk}").json() == {
        "message": f"Copy with {{'id': {pk}}} is deleted"
    }


def test_the_copies_have_a_query_language(api, db, app):
    for label, price in [("Blue Note", 12.5), ("Verve", 25), ("Impulse!", 19.99)]:
        body = {"label": label, "price": price}
        assert api.post("/shop/copies", body, format="json").status_code == 201
    sold = {"soldAt": "Mar 2 1959 14:30"}
    pk = api.get("/shop/copies?label=Impulse!").json()["Copy"][0]["id"]
    assert api.patch(f"/shop/copies/{pk}", sold, format="json").status_code == 200

    query = {"soldAt": ["isnull", "false"], "pageConfig": '{"pageSize": 5}'}
    found = api.get("/shop/copies", query)
    assert [row["label"] for row in found.json()["Copy"]] == ["Impulse!"]
    assert found.headers["X-Total-Count"] == "1"
    refused = api.get("/shop/copies?price=cheap")
    assert refused.json() == {"message": [{"price": "The value cheap is not a number"}]}
    refused = api.get('/shop/copies?pageConfig={"orderBy": "isSold"}')
    assert refused.json() == {"message": "is_sold is not a column in Copy"}


def test_the_same_model_in_an_envelope(api, tracks):
    answer = api.get("/charts/tracks").json()
    assert answer["success"] is True
    assert len(answer["tracks"]) == 3
    assert set(answer["tracks"][0]) == {"id", "seconds", "title"}
    for response in [
        api.post("/charts/tracks", {"title": "x"}, format="json"),
        api.patch("/charts/tracks/naima", {"seconds": 5}, format="json"),
    ]:
        assert response.status_code == 200
        assert len(response.json()["tracks"]) == 4
    assert len(api.delete("/charts/tracks/naima").json()["tracks"]) == 3
    refused = api.post("/charts/tracks", {"title": ""}, format="json")
    assert refused.json() == {
        "error": 422,
        "message": "Unprocessable Entity",
        "success": False,
        "detail": {"title": ["This field may not be blank."]},
    }


@pytest.fixture
def show(app, tracks) -> Any:
    return app.get_model("Show").objects.create(title="Blue hour")


def test_a_show_keeps_the_order_of_its_tracks(member, show):
    path = f"/radio/show/{show.pk}/relationships/tracks"
    for pks in (["so-what", "flamenco"], ["flamenco", "so-what"]):
        assert member.patch(path, linkage("track", *pks)).status_code == 204
        assert ids(member.get(path)) == pks
    assert member.post(path, linkage("track", "naima")).status_code == 204
    assert ids(member.get(path))[-1] == "naima"


def test_a_list_of_copies_is_stored_whole_or_not_at_all(api, app, db):
    rows = [{"label": "A", "price": 1}, {"label": "B", "price": "cheap"}]
    refused = api.post("/shop/copies", rows, format="json")
    assert refused.json()["message"][0]["item"] == 1
    assert not app.get_model("Copy").objects.exists()
    assert api.post("/shop/copies", rows[:1], format="json").status_code == 201


def test_the_chart_is_filtered_sorted_and_searched(api, tracks):
    found = api.get("/charts/tracks?seconds_max=560&sort=-title").json()["tracks"]
    assert [row["id"] for row in found] == ["so-what"]
    found = api.get("/charts/tracks?search=SKETCH").json()["tracks"]
    assert [row["id"] for row in found] == ["flamenco"]
    assert api.get("/charts/tracks?length=5").status_code == 400


@pytest.fixture
def note(app, ada) -> Any:
    return app.get_model("Note").objects.create(owner=ada, text="Hear Naima")


def test_a_note_belongs_to_its_author(client_of, ada, bob, note):
    mine, other = client_of(ada), client_of(bob)
    url = f"/diary/notes/{note.pk}"
    assert [row["text"] for row in mine.get("/diary/notes").json()] == ["Hear Naima"]
    assert other.get("/diary/notes").json() == []
    for method in (other.get, other.patch, other.delete):
        assert method(url).status_code == 404
    created = other.post("/diary/notes", {"text": "Blue"})
    assert created.status_code == 201
    assert type(note).objects.get(pk=created.json()["id"]).owner == bob
    assert mine.delete(url).status_code == 204


def test_staff_need_the_permission_for_the_notes_of_others(client_of, note):
    viewer = UserFactory.create(is_staff=True)
    viewer.user_permissions.set(
        [
            Permission.objects.get_or_create(
                codename="view_note",
                content_type=ContentType.objects.get_for_model(type(note)),
            )[0]
        ]
    )
    staff = client_of(viewer)
    assert staff.get(f"/diary/notes/{note.pk}").status_code == 200
    assert staff.patch(f"/diary/notes/{note.pk}", {"text": "x"}).status_code == 403


def test_a_change_of_another_state_is_refused(client_of, ada, tracks, note):
    client = client_of(ada)
    for url, name in [
        ("/charts/tracks/naima", "title"),
        (f"/diary/notes/{note.pk}", "text"),
    ]:
        headers = {"If-Match": client.get(url).headers["ETag"]}
        for status in (200, 412):
            response = client.patch(url, {name: "New"}, "json", headers=headers)
            assert response.status_code == status


def test_the_app_has_a_document_of_its_own(app):
    tags = {
        operation["tags"][0]
        for path, item in generated()["paths"].items()
        for operation in item.values()
        if path.startswith(("/radio", "/shop", "/charts", "/diary"))
    }
    assert tags == {"Radio"}


def test_the_demo_rows_are_added_once(app, db):
    load = import_module("radio.demo").load
    assert [load(), load()] == [2, 0]


# By dialect: the view, its list, and the values of a row.
VIEWS = {
    "JSON:API": ("views.TrackViewSet", "/radio/track", {"title": "x"}),
    "DBBase": ("shop.CopyViewSet", "/shop/copies", {"label": "x", "price": "1.5"}),
    "Envelope": ("charts.ChartTrackViewSet", "/charts/tracks", {"title": "x"}),
    "Plain messages": ("diary.NoteViewSet", "/diary/notes", {"text": "x"}),
}
TABLE = marked("reference/dialect-api", "transactions")


def refuse_after(hook: Any) -> Any:
    def perform(view: Any, *args: Any) -> None:
        hook(view, *args)
        raise PermissionDenied

    return perform


@pytest.mark.parametrize("dialect", VIEWS)
def test_a_late_refusal_undoes_what_the_table_says(
    dialect, app, client_of, ada, monkeypatch, undocumented
):
    name, url, values = VIEWS[dialect]
    module, _, view_name = name.partition(".")
    view = getattr(import_module(f"radio.{module}"), view_name)
    model = view.queryset.model
    for hook in ("perform_create", "perform_update", "perform_destroy"):
        monkeypatch.setattr(view, hook, refuse_after(getattr(view, hook)))
    owner = {"owner": ada} if dialect == "Plain messages" else {}
    row, client = model.objects.create(**values, **owner), client_of(ada)
    found = []
    for method, path in [
        ("post", url),
        *((m, f"{url}/{row.pk}") for m in ("patch", "delete")),
    ]:
        changed = {key: f"{value}2" for key, value in values.items()}
        body, media_type = changed, "application/json"
        if dialect == "JSON:API":
            pk = None if method == "post" else row.pk
            body, media_type = resource("track", pk, attributes=changed), MEDIA_TYPE
        before = [*model.objects.order_by("pk").values()]
        send = getattr(client, method)
        response = send(path, json.dumps(body), content_type=media_type)
        assert response.status_code == 403
        is_kept = [*model.objects.order_by("pk").values()] != before
        found.append("kept" if is_kept else "rolled back")

    assert f"| {dialect} | {' | '.join(found)} |" in TABLE
