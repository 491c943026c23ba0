"""The JSON:API of models whose keys are numbers, as those of books, or UUIDs."""

from __future__ import annotations

import sys
import types
from collections.abc import Iterator
from typing import Any
from urllib.parse import quote
from uuid import uuid4

import pytest
from django.db import connection, models
from django.test import override_settings
from django.test.utils import isolate_apps
from django.urls import clear_url_caches, include, path

from dialects.restless import RestlessRouter, RestlessSerializer, RestlessViewSet
from media_catalog.models import Author, Book
from tests.media_catalog.jsonapi import JsonApi, identifier, linkage, resource
from tests.support.openapi import Contract, generated

URLCONF = "urls_with_number_keys"


class PrintedBookSerializer(RestlessSerializer):
    class Meta:
        model = Book
        fields = ["title", "pub_year"]


class WriterSerializer(RestlessSerializer):
    class Meta:
        model = Author
        fields = ["first_name", "last_name"]


with isolate_apps("media_catalog"):

    class Shelf(models.Model):
        id = models.UUIDField(primary_key=True, default=uuid4)

        class Meta:
            app_label = "media_catalog"

        def __str__(self) -> str:
            return str(self.pk)

    class Box(models.Model):
        id = models.UUIDField(primary_key=True, default=uuid4)
        shelf = models.ForeignKey(Shelf, models.CASCADE, related_name="boxes")

        class Meta:
            app_label = "media_catalog"

        def __str__(self) -> str:
            return str(self.pk)


class ShelfSerializer(RestlessSerializer):
    class Meta:
        model = Shelf
        fields: list[str] = []


class BoxSerializer(RestlessSerializer):
    class Meta:
        model = Box
        fields: list[str] = []


class ShelfViewSet(RestlessViewSet):
    queryset = Shelf._default_manager.all()
    serializer_class = ShelfSerializer
    relationships = {"boxes": "box"}
    permission_classes: list[Any] = []


class BoxViewSet(RestlessViewSet):
    queryset = Box._default_manager.all()
    serializer_class = BoxSerializer
    relationships = {"shelf": "shelf"}
    permission_classes: list[Any] = []


class PrintedBookViewSet(RestlessViewSet):
    queryset = Book.objects.all()
    serializer_class = PrintedBookSerializer
    relationships = {"author": "writer"}
    permission_classes: list[Any] = []


class WriterViewSet(RestlessViewSet):
    queryset = Author.objects.all()
    serializer_class = WriterSerializer
    relationships = {"books": "book"}
    permission_classes: list[Any] = []


@pytest.fixture(scope="module", autouse=True)
def urls() -> Iterator[None]:
    router = RestlessRouter()
    router.register("book", PrintedBookViewSet)
    router.register("writer", WriterViewSet)
    router.register("shelf", ShelfViewSet)
    router.register("box", BoxViewSet)
    module: Any = types.ModuleType(URLCONF)
    module.urlpatterns = [path("api/", include(router.urls))]
    module.handler404 = "config.errors.not_found"
    sys.modules[URLCONF] = module
    with override_settings(ROOT_URLCONF=URLCONF):
        yield
    del sys.modules[URLCONF]
    clear_url_caches()


@pytest.fixture(scope="module")
def contract(urls) -> Contract:
    return Contract.of(generated())


@pytest.fixture
def jsonapi(api, db) -> JsonApi:
    return JsonApi(api)


@pytest.fixture
def ada(db) -> Author:
    # No test here takes an ID of the sequence, which could be one of these.
    return Author.objects.create(pk=1, first_name="Ada", last_name="Lovelace")


@pytest.fixture
def notes(ada) -> Book:
    return Book.objects.create(title="Notes", pub_year=1843, author=ada)


def test_an_id_is_the_number_as_text(jsonapi, notes):
    response = jsonapi.get(f"/api/book/{notes.pk}")

    assert response.status_code == 200
    data = response.json()["data"]
    assert data["id"] == str(notes.pk)
    assert data["relationships"]["author"]["data"] == identifier(
        "writer", str(notes.author_id)
    )


@pytest.mark.parametrize("pk", ["nope", "1.5", "9" * 18, "9" * 40, "-1", "%00"])
def test_an_id_that_is_not_a_number_is_not_found(jsonapi, notes, pk):
    assert jsonapi.get(f"/api/book/{pk}").status_code == 404
    assert jsonapi.delete(f"/api/book/{pk}").status_code == 404


def test_a_resource_is_created_with_and_without_an_id(jsonapi, ada):
    author = {"author": {"data": identifier("writer", str(ada.pk))}}
    attributes = {"title": "Notes", "pub_year": 1843}
    parts = {"attributes": attributes, "relationships": author}
    chosen = str(ada.pk + 1000)
    first = jsonapi.post("/api/book", resource("book", chosen, **parts))
    second = jsonapi.post("/api/book", {"data": {"type": "book", **parts}})

    assert (first.status_code, first.json()["data"]["id"]) == (201, chosen)
    assert second.status_code == 201
    assert second.headers["Location"].endswith(f"/{second.json()['data']['id']}")
    assert Book.objects.filter(author=ada).count() == 2


@pytest.mark.parametrize("pk", ["4711", "nope", "9" * 40])
def test_a_link_to_nothing_is_404(jsonapi, notes, pk):
    url = f"/api/book/{notes.pk}/relationships/author"

    assert jsonapi.patch(url, {"data": identifier("writer", pk)}).status_code == 404


@pytest.mark.parametrize("method", ["post", "patch"])
def test_a_relationship_that_the_model_requires_is_not_null(jsonapi, notes, method):
    url = {"post": "/api/book", "patch": f"/api/book/{notes.pk}"}[method]
    attributes = {"title": "Notes", "pub_year": 1843}
    body = resource("book", str(notes.pk + 1), attributes=attributes)
    if method == "patch":
        body = resource("book", str(notes.pk), relationships={"author": {"data": None}})
    response = getattr(jsonapi, method)(url, body)

    assert response.status_code == 400
    (error,) = response.json()["errors"]
    assert error["code"] == "null"
    assert error["source"] == {"pointer": "/data/attributes/author_id"}
    assert Book.objects.get().author_id == notes.author_id


def test_relationships_are_set_and_added_to(jsonapi, notes):
    other = Author.objects.create(pk=2, first_name="Mary", last_name="Shelley")
    to_one = f"/api/book/{notes.pk}/relationships/author"
    to_many = f"/api/writer/{notes.author_id}/relationships/books"

    moved = jsonapi.patch(to_one, {"data": identifier("writer", str(other.pk))})
    assert moved.status_code == 204
    assert list(other.books.all()) == [notes]
    assert jsonapi.post(to_many, linkage("book", str(notes.pk))).status_code == 204
    assert list(Author.objects.get(first_name="Ada").books.all()) == [notes]


@pytest.mark.parametrize(
    ("query", "count"),
    [
        ("filter[id]={pk}", 1),
        ('filter[objects]=[{{"name":"id","op":"in","val":["{pk}","4711"]}}]', 1),
        ('filter[objects]=[{{"name":"author_id","op":"ne","val":{author}}}]', 0),
        ("sort=-id&page[after]=&include=author", 1),
    ],
)
def test_lists_are_filtered_and_paged_by_number(jsonapi, notes, query, count):
    query = query.format(pk=notes.pk, author=notes.author_id)

    assert len(jsonapi.get(f"/api/book?{query}").json()["data"]) == count


@pytest.mark.parametrize("value", ["nope", "1.5", "9" * 40])
def test_a_filter_by_no_number_is_400(jsonapi, notes, value):
    assert jsonapi.get(f"/api/book?filter[id]={value}").status_code == 400


@pytest.fixture
def shelf(db) -> Shelf:
    """A shelf with two boxes, in tables that go with the test's transaction."""
    key = models.UUIDField().db_type(connection)
    shelves, boxes = Shelf._meta.db_table, Box._meta.db_table
    with connection.cursor() as cursor:
        cursor.execute(f"CREATE TABLE {shelves} (id {key} PRIMARY KEY)")
        cursor.execute(f"CREATE TABLE {boxes} (id {key} PRIMARY KEY, shelf_id {key})")
    shelf: Shelf = Shelf._default_manager.create()
    Box._default_manager.bulk_create([Box(shelf=shelf), Box(shelf=shelf)])
    return shelf


@pytest.mark.parametrize("query", ["", "include=boxes", "include=boxes.shelf"])
def test_a_uuid_is_spelled_alike_wherever_it_stands(jsonapi, shelf, query):
    boxes = [str(box.pk) for box in Box._default_manager.order_by("pk")]
    one = jsonapi.get(f"/api/shelf/{shelf.pk}?{query}").json()["data"]
    (listed,) = jsonapi.get(f"/api/shelf?{query}").json()["data"]
    related = jsonapi.get(f"/api/shelf/{shelf.pk}/relationships/boxes").json()
    box = jsonapi.get(f"/api/box/{boxes[0]}").json()["data"]

    assert one == listed
    assert one["id"] == str(shelf.pk)
    assert one["relationships"]["boxes"] == linkage("box", *boxes)
    assert related["data"] == linkage("box", *boxes)["data"]
    assert box["relationships"]["shelf"]["data"] == identifier("shelf", str(shelf.pk))


@pytest.mark.parametrize(
    ("path", "count"),
    [
        ("/api/box?filter[id]={first}", 1),
        ("/api/box?filter[id]={upper}", 1),
        ("/api/box?filter[id]={hex},{second}", 2),
        ("/api/box?filter[id][]={first}&filter[id][]={second}", 2),
        ("/api/box?filter[shelf_id]={shelf}", 2),
        ('/api/box?filter[objects]=[{{"name":"id","op":"in","val":["{first}"]}}]', 1),
        ("/api/box?page[after]=&sort=-shelf_id,-id&include=shelf.boxes", 2),
        ("/api/shelf/{shelf}/boxes?page[before]=&page[size]=1", 1),
        ("/api/shelf/{shelf}/boxes?filter[id]={first}", 1),
    ],
)
def test_lists_are_filtered_and_paged_by_uuid(jsonapi, shelf, path, count):
    first, second = Box._default_manager.order_by("pk")
    texts = {"first": first, "second": second, "shelf": shelf}
    spellings = {"upper": str(first).upper(), "hex": first.pk.hex}
    rows = jsonapi.get(path.format(**texts, **spellings)).json()["data"]

    assert len(rows) == count
    assert {row["id"] for row in rows} <= {str(first), str(second)}


@pytest.mark.parametrize("value", ["nope", "1", "0" * 31, "a,nope"])
def test_a_filter_by_no_uuid_is_400(jsonapi, shelf, value):
    assert jsonapi.get(f"/api/box?filter[id]={value}").status_code == 400
    assert jsonapi.get(f"/api/box/{value}").status_code == 404


def test_a_uuid_is_the_same_id_in_any_spelling(jsonapi, shelf):
    url = f"/api/shelf/{shelf.pk}"

    for pk in (str(shelf), str(shelf).upper(), shelf.pk.hex):
        assert jsonapi.patch(url, resource("shelf", pk)).status_code == 204
    assert jsonapi.patch(url, resource("shelf", str(uuid4()))).status_code == 409


@pytest.mark.parametrize("pk", ["1_0", " 10", "10 ", "+10", "٣", "1.0", "0x10", "1e1"])
def test_a_number_is_written_in_ascii_digits(jsonapi, ada, pk):
    Author.objects.create(pk=10, first_name="Mary", last_name="Shelley")
    Author.objects.create(pk=3, first_name="Emmy", last_name="Noether")
    body = resource(
        "writer", pk, attributes={"first_name": "Grace", "last_name": "Hopper"}
    )

    assert jsonapi.get(f"/api/writer/{pk}").status_code == 404
    assert jsonapi.get(f"/api/writer?filter[id]={quote(pk)}").status_code == 400
    assert jsonapi.post("/api/writer", body).status_code == 400
    assert Author.objects.count() == 3


@pytest.mark.parametrize("query", ["10,3", "3,10,4711", "10,,3,"])
def test_a_list_of_numbers_finds_their_rows(jsonapi, ada, query):
    Author.objects.create(pk=10, first_name="Mary", last_name="Shelley")
    Author.objects.create(pk=3, first_name="Emmy", last_name="Noether")
    found = jsonapi.get(f"/api/writer?filter[id]={query}").json()["data"]

    assert [row["id"] for row in found] == ["3", "10"]
