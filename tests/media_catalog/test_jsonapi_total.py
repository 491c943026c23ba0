from __future__ import annotations

import pytest
from django.core.management import call_command
from django.db import connection, transaction
from django.db.models import Count
from django.test.utils import CaptureQueriesContext

from media_catalog.models import Creator, Playlist, Video
from media_catalog.row_counts import row_count
from tests.media_catalog.jsonapi import resource

COMMITTED = pytest.mark.django_db(transaction=True)
ON_POSTGRESQL = pytest.mark.skipif(
    "connection.vendor != 'postgresql'", reason="SQLite has one writer at a time"
)


def is_exact() -> bool:
    return all(
        row_count(model._meta.db_table, "default") == model._base_manager.count()
        for model in (Creator, Video, Playlist)
    )


def total(jsonapi, path: str = "/api/video") -> int:
    return jsonapi.get(path).json()["meta"]["total"]


def test_a_whole_collection_is_not_counted_row_by_row(jsonapi, catalog):
    with CaptureQueriesContext(connection) as queries:
        assert total(jsonapi) == 3
    assert not [q["sql"] for q in queries if "COUNT(*)" in q["sql"]]


@pytest.mark.parametrize("model", [Creator, Video, Playlist])
def test_rows_are_counted_however_they_are_written(model, jsonapi, admin_client):
    kind = {Creator: "user"}.get(model, model._meta.model_name)
    table = model._meta.db_table

    jsonapi.post(f"/api/{kind}", resource(kind, "a"))
    assert (total(jsonapi, f"/api/{kind}"), is_exact()) == (1, True)
    admin = f"/admin/media_catalog/{model._meta.model_name}"
    no_videos = {"video_links-TOTAL_FORMS": 0, "video_links-INITIAL_FORMS": 0}
    assert admin_client.post(f"{admin}/add/", no_videos).status_code == 302
    assert (total(jsonapi, f"/api/{kind}"), is_exact()) == (2, True)

    model.objects.bulk_create(model(id=f"b{n}") for n in range(50))
    model.objects.bulk_create(
        (model(id=f"b{n}") for n in range(60)), ignore_conflicts=True
    )
    model.objects.bulk_create(
        [model(id=f"b{n}", deleted=1) for n in range(70)],
        update_conflicts=True,
        unique_fields=["id"],
        update_fields=["deleted"],
    )
    assert (total(jsonapi, f"/api/{kind}"), is_exact()) == (72, True)

    with connection.cursor() as cursor:
        cursor.execute(f"INSERT INTO {table} (id) VALUES ('c1'), ('c2')")
        cursor.execute(f"UPDATE {table} SET id = 'c3' WHERE id = 'c2'")
        cursor.execute(f"DELETE FROM {table} WHERE id = 'nobody'")
        cursor.execute(f"DELETE FROM {table} WHERE id IN ('c1', 'c3', 'a')")
    assert (total(jsonapi, f"/api/{kind}"), is_exact()) == (71, True)

    jsonapi.delete(f"/api/{kind}/b0")
    model.objects.filter(id__in=["b1", "b2"]).delete()
    assert (total(jsonapi, f"/api/{kind}"), is_exact()) == (68, True)
    with connection.cursor() as cursor:
        cursor.execute(f"DELETE FROM {table}")
    assert (total(jsonapi, f"/api/{kind}"), is_exact()) == (0, True)


def test_rolled_back_rows_are_never_counted(jsonapi, catalog):
    def fail() -> None:
        with transaction.atomic():
            Video.objects.create(id="x")
            Video.objects.filter(id="v1").delete()
            Video.objects.create(id="y")
            assert total(jsonapi) == 4
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        fail()
    assert (total(jsonapi), is_exact()) == (3, True)
    taken = resource("video", "v1")
    assert jsonapi.post("/api/video", taken).status_code == 409
    assert (total(jsonapi), is_exact()) == (3, True)


@pytest.mark.parametrize(
    ("path", "expected"),
    [
        ("/api/video?filter[title]=B", 1),
        ('/api/video?filter[objects]=[{"name":"title","op":"is_null"}]', 1),
        ("/api/video?filter[objects]=[]", 3),
        ("/api/video?sort=author.name&include=author", 3),
        ("/api/playlist/p1/videos", 2),
        ("/api/playlist/p1/relationships/videos", 2),
        ("/api/user/u-alice/owned_videos", 1),
    ],
)
def test_parts_of_a_table_are_counted_as_they_are(jsonapi, catalog, path, expected):
    assert total(jsonapi, path) == expected


def test_a_narrowed_queryset_knows_that_it_is_not_the_table(catalog):
    videos = Video.objects.all()
    assert videos.total() == 3
    for narrowed, expected in [
        (videos.exclude(id="v1"), 2),
        (videos.none(), 0),
        (videos[:2], 2),
        (videos.filter(playlists__isnull=False), 3),
        (videos.filter(playlists__isnull=False).distinct(), 2),
        (videos.order_by().union(videos.order_by()), 3),
        (videos.select_related("author").order_by("author__name"), 3),
        (videos.values("author__deleted").annotate(videos=Count("pk")), 2),
        (videos.annotate(lists=Count("playlists")).filter(lists=2), 1),
    ]:
        assert narrowed.total() == expected


def test_a_count_leaves_order_and_loading_alone(jsonapi, catalog):
    with CaptureQueriesContext(connection) as queries:
        jsonapi.get("/api/video?sort=author.name&include=author&filter[deleted]=1")
    (count,) = [q["sql"] for q in queries if "COUNT(*)" in q["sql"]]
    assert "JOIN" not in count
    assert "ORDER BY" not in count


@COMMITTED
def test_a_flushed_table_counts_from_zero(jsonapi):
    for expected in (1, 1):
        Video.objects.create(id="v")
        assert (total(jsonapi), is_exact()) == (expected, True)
        call_command("flush", "--no-input", verbosity=0, inhibit_post_migrate=True)
        assert (total(jsonapi), is_exact()) == (0, True)


@ON_POSTGRESQL
@COMMITTED
def test_a_truncated_table_counts_from_zero(jsonapi):
    Video.objects.create(id="v")
    with connection.cursor() as cursor:
        cursor.execute("TRUNCATE media_catalog_video CASCADE")
    assert (total(jsonapi), is_exact()) == (0, True)
