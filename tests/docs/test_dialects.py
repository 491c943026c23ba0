"""The app that docs/how-to/add-an-api.md describes, built from the page and used."""

from __future__ import annotations

import json
import re
import sys
import types
from collections.abc import Iterator
from importlib import import_module
from io import StringIO
from pathlib import Path
from typing import Any

import pytest
from django.apps import apps
from django.conf import settings as project_settings
from django.core.exceptions import ImproperlyConfigured
from django.core.management import call_command
from django.db import connection
from django.test import override_settings
from django.urls import clear_url_caches, include, path
from rest_framework.routers import DefaultRouter, SimpleRouter

from config.apis import API
from config.urls import urlpatterns as own_patterns
from dialects.restless import RestlessDialect
from tests.media_catalog.jsonapi import (
    MEDIA_TYPE,
    JsonApi,
    details,
    identifier,
    ids,
    linkage,
    resource,
)
from tests.support.openapi import Contract, generated

PAGE = (Path(project_settings.BASE_DIR) / "docs/how-to/add-an-api.md").read_text()
FILES = dict(
    re.findall(r"^`(tracks/\w+\.py)`\n\n```python\n(.*?)```", PAGE, re.M | re.S)
)
LINES = re.findall(r"^    (API\(.*\)),$", PAGE, re.MULTILINE)
URLCONF = "urls_with_tracks"


def write_app(folder: Path) -> None:
    (folder / "tracks").mkdir()
    (folder / "tracks/__init__.py").touch()
    for name, text in FILES.items():
        (folder / name).write_text(text)


def make_urls() -> None:
    """The service's URLs and the line that the page adds, with the other modules."""
    urls: Any = types.ModuleType(URLCONF)
    (line,) = LINES
    api = eval(line, {"API": API, "RestlessDialect": RestlessDialect})
    others = ["tracks.shop", "tracks.radio", "tracks.diary"]
    urls.urlpatterns = [
        *own_patterns,
        *(path("", include(name)) for name in [api.urlconf, *others]),
    ]
    urls.handler404 = "config.errors.not_found"
    urls.handler500 = "config.errors.server_error"
    sys.modules[URLCONF] = urls


def forget() -> None:
    for name in [URLCONF, *sys.modules]:
        if name == URLCONF or name.partition(".")[0] == "tracks":
            sys.modules.pop(name, None)
    apps.all_models.pop("tracks", None)
    apps.clear_cache()
    clear_url_caches()


@pytest.fixture(scope="module")
def app(tmp_path_factory, django_db_setup, django_db_blocker) -> Iterator[Any]:
    folder = tmp_path_factory.mktemp("project")
    write_app(folder)
    sys.path.insert(0, str(folder))
    installed = [*project_settings.INSTALLED_APPS, "tracks"]
    with override_settings(INSTALLED_APPS=installed, ROOT_URLCONF=URLCONF):
        make_urls()
        models = list(apps.get_app_config("tracks").get_models())
        with django_db_blocker.unblock():
            with connection.schema_editor() as editor:
                for model in models:
                    editor.create_model(model)
            yield apps.get_app_config("tracks")
            with connection.schema_editor() as editor:
                for model in reversed(models):
                    editor.delete_model(model)
    sys.path.remove(str(folder))
    forget()


@pytest.fixture(scope="module")
def contract(app) -> Contract:
    """The OpenAPI document with the new app in it; every answer is held to it."""
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


def test_the_page_holds_the_whole_app():
    assert set(FILES) == {
        f"tracks/{name}.py"
        for name in ("models", "serializers", "views", "urls", "shop", "radio", "diary")
    }


def test_the_app_needs_no_file_that_the_page_leaves_out(app):
    call_command("check", fail_level="WARNING")
    call_command("makemigrations", "tracks", "--dry-run", stdout=StringIO())


def test_the_document_is_generated_without_a_warning(app):
    text = StringIO()
    call_command("spectacular", validate=True, fail_on_warn=True, stdout=text)

    assert "/api/track/{id}/relationships/album:" in text.getvalue()


def test_the_command_of_the_page_answers_as_printed(member):
    ((body, printed),) = re.findall(r"-d '(.*)'\n(\{.*\})\n", PAGE)

    response = member.post("/api/track", body)

    assert response.status_code == 201
    assert response.content.decode() == printed
    assert response.headers["Location"] == "http://testserver/api/track/so-what"


def test_callers_without_a_token_only_read(visitor, tracks):
    assert visitor.get("/api/track").status_code == 200
    assert visitor.post("/api/track", resource("track")).status_code == 401


def test_an_id_is_made_and_a_mistake_is_placed(member):
    created = member.post("/api/track", resource("track", attributes={"title": "x"}))
    assert created.status_code == 201
    refused = member.post(
        "/api/track", resource("track", attributes={"title": "", "seconds": -1})
    )
    pointers = {error["source"]["pointer"] for error in refused.json()["errors"]}
    assert refused.status_code == 400
    assert pointers == {"/data/attributes/title", "/data/attributes/seconds"}


def test_lists_are_paged_sorted_and_filtered(visitor, tracks):
    page = visitor.get("/api/track?page[size]=2&sort=-seconds")
    assert (ids(page), page.json()["meta"]["total"]) == (["flamenco", "so-what"], 3)
    assert ids(visitor.get("/api/track?sort=album.title,title"))[0] == "naima"
    found = [
        {
            "name": "album",
            "op": "has",
            "val": {"name": "title", "op": "ilike", "val": "kind%"},
        },
        {"name": "seconds", "op": "gt", "val": 550},
    ]
    query = {"filter[objects]": json.dumps(found)}
    assert ids(visitor.get("/api/track", query_params=query)) == ["flamenco"]
    assert ids(visitor.get("/api/track?filter[album_id]=blue&filter[seconds]=545")) == [
        "so-what"
    ]


def test_relatives_are_included_and_listed(visitor, tracks):
    answer = visitor.get("/api/album/blue?include=tracks&fields[track]=title").json()
    assert [found["attributes"] for found in answer["included"]] == [
        {"title": "Flamenco Sketches"},
        {"title": "So What"},
    ]
    assert ids(visitor.get("/api/album/blue/tracks?sort=title")) == [
        "flamenco",
        "so-what",
    ]


def test_relationships_are_changed(member, tracks):
    path = "/api/track/so-what/relationships/album"
    assert member.patch(path, {"data": None}).status_code == 204
    assert ids(member.get("/api/album/blue/relationships/tracks")) == ["flamenco"]
    path = "/api/album/blue/relationships/tracks"
    assert member.post(path, linkage("track", "so-what")).status_code == 204
    assert member.patch(path, linkage("track")).status_code == 403
    body = resource("track", "so-what", attributes={"album_id": None, "seconds": 9})
    assert member.patch("/api/track/so-what", body).status_code == 204
    assert member.get("/api/track/so-what").json()["data"]["attributes"]["seconds"] == 9


def test_the_permission_hook_is_asked(member, archivist, tracks):
    body = resource("track", "naima", attributes={"seconds": 1})
    assert member.patch("/api/track/naima", body).status_code == 403
    assert member.delete("/api/track/naima").status_code == 403
    assert (
        member.get("/api/track/naima").json()["data"]["attributes"]["seconds"] is None
    )
    assert archivist.patch("/api/track/naima", body).status_code == 204


@pytest.mark.parametrize(
    ("path", "status", "detail"),
    [
        ("/api/track/x", 404, "No resource with ID x"),
        ("/api/track/so-what/bogus", 404, "No such relation: bogus"),
        ("/api/track?sort=bogus", 400, "Invalid sorting: No such field bogus"),
        (
            "/api/track?include=x",
            400,
            'Invalid include: unknown relationship "x". Valid relationships: album.',
        ),
        (
            "/api/track?filter[label]=x",
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
    assert visitor.get("/api/track/so-what").json() == {
        "data": {
            "attributes": {"recorded_at": None, "seconds": 545, "title": "So What"},
            "id": "so-what",
            "relationships": {"album": {"data": identifier("album", "blue")}},
            "type": "track",
        },
        "jsonapi": {"version": "1.0"},
    }


def test_a_type_can_be_read_only(visitor, member, app):
    rows = app.get_model("Copy").objects
    first, second = (rows.create(label=label, price=1) for label in ("A", "B"))
    assert ids(visitor.get("/api/copy?sort=-label")) == [str(second.pk), str(first.pk)]
    assert ids(visitor.get("/api/copy?filter[label]=A&page[size]=1")) == [str(first.pk)]
    url = f"/api/copy/{first.pk}"
    assert visitor.get(url).json()["data"]["attributes"]["label"] == "A"
    assert visitor.get(f"{url}/album").status_code == 404
    assert visitor.get("/api/copy/x").status_code == 404
    body = resource("copy", str(first.pk), attributes={"label": "C"})
    for method in (member.post, member.patch, member.delete):
        for at in ("/api/copy", url, f"{url}/relationships/album"):
            assert method(at, body).status_code == 405, at
    assert rows.get(pk=first.pk).label == "A"


@pytest.mark.parametrize("router", [SimpleRouter(), DefaultRouter()])
def test_a_type_in_another_router_is_refused_at_start(app, router):
    views = import_module("tracks.views")
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


def test_a_list_shows_the_fields_that_are_named(api, db, app):
    for label, price in [("Blue Note", 12.5), ("Verve", 25)]:
        api.post("/shop/copies", {"label": label, "price": price}, format="json")
    ((config, variables, printed),) = re.findall(
        r"urlencode 'pageConfig=(.*)' -d (.*)\n(\{.*\})\n", PAGE
    )

    query = variables.replace(" -d ", "&")
    response = api.get(f"/shop/copies?{query}&pageConfig={config}")
    assert response.json() == json.loads(printed)


def test_the_same_model_in_an_envelope(api, tracks):
    answer = api.get("/radio/tracks").json()
    assert answer["success"] is True
    assert len(answer["tracks"]) == 3
    assert set(answer["tracks"][0]) == {"id", "seconds", "title"}
    for response in [
        api.post("/radio/tracks", {"title": "x"}, format="json"),
        api.patch("/radio/tracks/naima", {"seconds": 5}, format="json"),
    ]:
        assert response.status_code == 200
        assert len(response.json()["tracks"]) == 4
    assert len(api.delete("/radio/tracks/naima").json()["tracks"]) == 3
    refused = api.post("/radio/tracks", {"title": ""}, format="json")
    assert refused.json() == {
        "error": 422,
        "message": "Unprocessable Entity",
        "success": False,
        "detail": {"title": ["This field may not be blank."]},
    }


def test_the_same_model_in_plain_messages(api, tracks):
    assert len(api.get("/diary/tracks/").json()) == 3
    created = api.post("/diary/tracks", {"title": "Naima"})
    assert created.status_code == 201
    pk = created.json()["id"]
    assert api.get(f"/diary/tracks/{pk}").json()["title"] == "Naima"
    refused = api.post("/diary/tracks", {})
    assert refused.status_code == 400
    assert refused.json() == {"message": "title: This field is required."}
    assert api.delete(f"/diary/tracks/{pk}").status_code == 204


@pytest.mark.parametrize("prefix", ["/diary", "/radio"])
def test_a_change_of_another_state_is_refused(api, tracks, prefix):
    url = f"{prefix}/tracks/naima"
    tag = api.get(url).headers["ETag"]
    for status in (200, 412):
        headers = {"If-Match": tag}
        response = api.patch(url, {"title": "New"}, "json", headers=headers)
        assert response.status_code == status
