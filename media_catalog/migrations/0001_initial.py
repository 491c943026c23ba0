import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models

import common.db.fields
import common.db.indexes
import media_catalog.models
from common.db.indexes import trigram_indexes
from common.db.text import folded_sql

# The indexes for patterns, case-sensitive (`like`) and case-insensitive (`ilike`).
PARTS = [
    ("media_catalog_creator_parts", "media_catalog_creator", ["name"]),
    ("media_catalog_video_parts", "media_catalog_video", ["title"]),
    ("media_catalog_playlist_parts", "media_catalog_playlist", ["title"]),
    ("book_parts", "media_catalog_book", ["title", "isbn"]),
    ("author_parts", "media_catalog_author", ["first_name", "last_name"]),
]


class Migration(migrations.Migration):
    initial = True

    dependencies = [
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name="Author",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True,
                        primary_key=True,
                        serialize=False,
                        verbose_name="ID",
                    ),
                ),
                ("first_name", models.CharField(blank=True, max_length=50)),
                ("last_name", models.CharField(blank=True, max_length=50)),
            ],
            options={
                "ordering": ["id"],
                "indexes": [
                    models.Index(fields=["first_name", "id"], name="author_first_name"),
                    models.Index(fields=["last_name", "id"], name="author_last_name"),
                ],
            },
        ),
        migrations.CreateModel(
            name="Creator",
            fields=[
                (
                    "id",
                    models.CharField(
                        default=media_catalog.models.new_id,
                        max_length=255,
                        primary_key=True,
                        serialize=False,
                        verbose_name="ID",
                    ),
                ),
                (
                    "create_at",
                    models.DateTimeField(
                        blank=True, null=True, verbose_name="created at"
                    ),
                ),
                (
                    "update_at",
                    models.DateTimeField(
                        blank=True, null=True, verbose_name="updated at"
                    ),
                ),
                (
                    "deleted",
                    common.db.fields.Int32Field(
                        blank=True,
                        help_text="Set by clients. 0 means not deleted.",
                        null=True,
                    ),
                ),
                ("name", models.TextField(blank=True, null=True)),
                (
                    "account",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.SET_NULL,
                        related_name="creators",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
            ],
            options={
                "ordering": ["id"],
                "abstract": False,
            },
        ),
        migrations.CreateModel(
            name="Video",
            fields=[
                (
                    "id",
                    models.CharField(
                        default=media_catalog.models.new_id,
                        max_length=255,
                        primary_key=True,
                        serialize=False,
                        verbose_name="ID",
                    ),
                ),
                (
                    "create_at",
                    models.DateTimeField(
                        blank=True, null=True, verbose_name="created at"
                    ),
                ),
                (
                    "update_at",
                    models.DateTimeField(
                        blank=True, null=True, verbose_name="updated at"
                    ),
                ),
                (
                    "deleted",
                    common.db.fields.Int32Field(
                        blank=True,
                        help_text="Set by clients. 0 means not deleted.",
                        null=True,
                    ),
                ),
                ("title", models.TextField(blank=True, null=True)),
                (
                    "author",
                    models.ForeignKey(
                        blank=True,
                        db_index=False,
                        null=True,
                        on_delete=django.db.models.deletion.SET_NULL,
                        related_name="owned_videos",
                        to="media_catalog.creator",
                    ),
                ),
            ],
            options={
                "ordering": ["id"],
                "abstract": False,
            },
        ),
        migrations.CreateModel(
            name="Playlist",
            fields=[
                (
                    "id",
                    models.CharField(
                        default=media_catalog.models.new_id,
                        max_length=255,
                        primary_key=True,
                        serialize=False,
                        verbose_name="ID",
                    ),
                ),
                (
                    "create_at",
                    models.DateTimeField(
                        blank=True, null=True, verbose_name="created at"
                    ),
                ),
                (
                    "update_at",
                    models.DateTimeField(
                        blank=True, null=True, verbose_name="updated at"
                    ),
                ),
                (
                    "deleted",
                    common.db.fields.Int32Field(
                        blank=True,
                        help_text="Set by clients. 0 means not deleted.",
                        null=True,
                    ),
                ),
                ("title", models.TextField(blank=True, null=True)),
                (
                    "owner",
                    models.ForeignKey(
                        blank=True,
                        db_index=False,
                        null=True,
                        on_delete=django.db.models.deletion.SET_NULL,
                        related_name="owned_playlists",
                        to="media_catalog.creator",
                    ),
                ),
            ],
            options={
                "ordering": ["id"],
                "abstract": False,
            },
        ),
        migrations.CreateModel(
            name="PlaylistVideo",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True,
                        primary_key=True,
                        serialize=False,
                        verbose_name="ID",
                    ),
                ),
                (
                    "position",
                    common.db.fields.PositionField(
                        blank=True, editable=False, null=True
                    ),
                ),
                (
                    "playlist",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="video_links",
                        to="media_catalog.playlist",
                    ),
                ),
                (
                    "video",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="playlist_links",
                        to="media_catalog.video",
                    ),
                ),
            ],
            options={
                "verbose_name": "video of a playlist",
                "verbose_name_plural": "videos of playlists",
                "db_table": "media_catalog_playlist_videos",
                "indexes": [
                    models.Index(
                        models.F("playlist"),
                        django.db.models.functions.comparison.Coalesce(
                            "position", "id"
                        ),
                        models.F("video"),
                        name="media_catalog_playlist_order",
                    )
                ],
                "constraints": [
                    models.UniqueConstraint(
                        fields=("playlist", "video"),
                        name="media_catalog_playlist_video_once",
                    )
                ],
            },
        ),
        migrations.AddField(
            model_name="playlist",
            name="videos",
            field=models.ManyToManyField(
                blank=True,
                related_name="playlists",
                through="media_catalog.PlaylistVideo",
                to="media_catalog.video",
            ),
        ),
        migrations.CreateModel(
            name="Book",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True,
                        primary_key=True,
                        serialize=False,
                        verbose_name="ID",
                    ),
                ),
                (
                    "isbn",
                    models.CharField(
                        blank=True, max_length=20, null=True, verbose_name="ISBN"
                    ),
                ),
                ("title", models.CharField(blank=True, max_length=100)),
                (
                    "pub_year",
                    common.db.fields.Int32Field(verbose_name="year of publication"),
                ),
                (
                    "author",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="books",
                        to="media_catalog.author",
                    ),
                ),
            ],
            options={
                "ordering": ["id"],
                "indexes": [
                    models.Index(fields=["title", "id"], name="book_title"),
                    models.Index(fields=["pub_year", "id"], name="book_pub_year"),
                    common.db.indexes.OrderIndex(
                        models.OrderBy(models.F("isbn"), nulls_first=True),
                        models.OrderBy(models.F("id")),
                        name="book_isbn",
                    ),
                ],
            },
        ),
        migrations.AddIndex(
            model_name="creator",
            index=common.db.indexes.OrderIndex(
                models.OrderBy(models.F("create_at"), descending=True, nulls_last=True),
                models.OrderBy(models.F("id")),
                name="media_catalog_creator_newest",
            ),
        ),
        migrations.AddIndex(
            model_name="creator",
            index=common.db.indexes.OrderIndex(
                models.OrderBy(models.F("update_at"), descending=True, nulls_last=True),
                models.OrderBy(models.F("id")),
                name="media_catalog_creator_update",
            ),
        ),
        migrations.AddIndex(
            model_name="creator",
            index=common.db.indexes.OrderIndex(
                models.OrderBy(models.F("deleted"), nulls_first=True),
                models.OrderBy(models.F("id")),
                name="media_catalog_creator_mark",
            ),
        ),
        migrations.AddIndex(
            model_name="creator",
            index=common.db.indexes.OrderIndex(
                models.OrderBy(models.F("deleted"), descending=True, nulls_last=True),
                models.OrderBy(models.F("id")),
                name="media_catalog_creator_unmark",
            ),
        ),
        migrations.AddIndex(
            model_name="creator",
            index=models.Index(
                condition=models.Q(("name", None)),
                fields=["id"],
                name="media_catalog_creator_blank",
            ),
        ),
        migrations.AddConstraint(
            model_name="creator",
            constraint=models.CheckConstraint(
                condition=models.Q(("id", ""), _negated=True),
                name="media_catalog_creator_has_id",
            ),
        ),
        migrations.AddIndex(
            model_name="video",
            index=common.db.indexes.OrderIndex(
                models.OrderBy(models.F("create_at"), descending=True, nulls_last=True),
                models.OrderBy(models.F("id")),
                name="media_catalog_video_newest",
            ),
        ),
        migrations.AddIndex(
            model_name="video",
            index=common.db.indexes.OrderIndex(
                models.OrderBy(models.F("update_at"), descending=True, nulls_last=True),
                models.OrderBy(models.F("id")),
                name="media_catalog_video_update",
            ),
        ),
        migrations.AddIndex(
            model_name="video",
            index=common.db.indexes.OrderIndex(
                models.OrderBy(models.F("deleted"), nulls_first=True),
                models.OrderBy(models.F("id")),
                name="media_catalog_video_mark",
            ),
        ),
        migrations.AddIndex(
            model_name="video",
            index=common.db.indexes.OrderIndex(
                models.OrderBy(models.F("deleted"), descending=True, nulls_last=True),
                models.OrderBy(models.F("id")),
                name="media_catalog_video_unmark",
            ),
        ),
        migrations.AddIndex(
            model_name="video",
            index=common.db.indexes.OrderIndex(
                models.OrderBy(models.F("author"), nulls_first=True),
                models.OrderBy(models.F("id")),
                name="media_catalog_video_author",
            ),
        ),
        migrations.AddIndex(
            model_name="video",
            index=models.Index(
                condition=models.Q(("title", None)),
                fields=["id"],
                name="media_catalog_video_blank",
            ),
        ),
        migrations.AddConstraint(
            model_name="video",
            constraint=models.CheckConstraint(
                condition=models.Q(("id", ""), _negated=True),
                name="media_catalog_video_has_id",
            ),
        ),
        migrations.AddIndex(
            model_name="playlist",
            index=common.db.indexes.OrderIndex(
                models.OrderBy(models.F("create_at"), descending=True, nulls_last=True),
                models.OrderBy(models.F("id")),
                name="media_catalog_playlist_newest",
            ),
        ),
        migrations.AddIndex(
            model_name="playlist",
            index=common.db.indexes.OrderIndex(
                models.OrderBy(models.F("update_at"), descending=True, nulls_last=True),
                models.OrderBy(models.F("id")),
                name="media_catalog_playlist_update",
            ),
        ),
        migrations.AddIndex(
            model_name="playlist",
            index=common.db.indexes.OrderIndex(
                models.OrderBy(models.F("deleted"), nulls_first=True),
                models.OrderBy(models.F("id")),
                name="media_catalog_playlist_mark",
            ),
        ),
        migrations.AddIndex(
            model_name="playlist",
            index=common.db.indexes.OrderIndex(
                models.OrderBy(models.F("deleted"), descending=True, nulls_last=True),
                models.OrderBy(models.F("id")),
                name="media_catalog_playlist_unmark",
            ),
        ),
        migrations.AddIndex(
            model_name="playlist",
            index=common.db.indexes.OrderIndex(
                models.OrderBy(models.F("owner"), nulls_first=True),
                models.OrderBy(models.F("id")),
                name="media_catalog_playlist_owner",
            ),
        ),
        migrations.AddIndex(
            model_name="playlist",
            index=models.Index(
                condition=models.Q(("title", None)),
                fields=["id"],
                name="media_catalog_playlist_blank",
            ),
        ),
        migrations.AddConstraint(
            model_name="playlist",
            constraint=models.CheckConstraint(
                condition=models.Q(("id", ""), _negated=True),
                name="media_catalog_playlist_has_id",
            ),
        ),
        # The totals of media_catalog/row_counts.py, which are not a model.
        migrations.SeparateDatabaseAndState(
            database_operations=[
                migrations.CreateModel(
                    name="RowCount",
                    fields=[
                        ("id", models.BigAutoField(primary_key=True)),
                        ("name", models.CharField(max_length=63)),
                        ("total", models.BigIntegerField()),
                    ],
                )
            ]
        ),
        # For searches in titles and names, which may be of any length.
        trigram_indexes(
            {
                name: (table, [*columns, *map(folded_sql, columns)])
                for name, table, columns in PARTS
            }
        ),
    ]
