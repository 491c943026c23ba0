import django.core.validators
import django.db.models.deletion
import django.db.models.functions.text
from django.conf import settings
from django.db import migrations, models

from common.db.indexes import trigram_indexes
from common.db.text import folded_sql


class Migration(migrations.Migration):
    initial = True

    dependencies = [
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name="Bucketlist",
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
                ("name", models.CharField(max_length=255)),
                ("date_created", models.DateTimeField(auto_now_add=True)),
                ("date_modified", models.DateTimeField(auto_now=True)),
                (
                    "created_by",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="bucketlists",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
            ],
            options={
                "verbose_name": "bucket list",
                "ordering": ["pk"],
            },
        ),
        migrations.CreateModel(
            name="Item",
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
                ("name", models.CharField(max_length=255)),
                (
                    "position",
                    models.PositiveIntegerField(
                        default=0,
                        validators=[django.core.validators.MaxValueValidator(1000000)],
                    ),
                ),
                ("done", models.BooleanField(default=False)),
                (
                    "done_at",
                    models.DateTimeField(blank=True, editable=False, null=True),
                ),
                (
                    "bucketlist",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="items",
                        to="bucketlists.bucketlist",
                        verbose_name="bucket list",
                    ),
                ),
            ],
            options={
                "ordering": ["position", "pk"],
            },
        ),
        migrations.AddIndex(
            model_name="bucketlist",
            index=models.Index(fields=["created_by", "id"], name="bucketlist_owner"),
        ),
        migrations.AddIndex(
            model_name="bucketlist",
            index=models.Index(
                django.db.models.functions.text.Lower("name"),
                models.F("id"),
                name="bucketlist_name",
            ),
        ),
        migrations.AddIndex(
            model_name="bucketlist",
            index=models.Index(
                fields=["date_created", "id"], name="bucketlist_created"
            ),
        ),
        migrations.AddIndex(
            model_name="bucketlist",
            index=models.Index(
                fields=["date_modified", "id"], name="bucketlist_modified"
            ),
        ),
        migrations.AddConstraint(
            model_name="bucketlist",
            constraint=models.CheckConstraint(
                condition=models.Q(("name", ""), _negated=True),
                name="bucketlist_has_a_name",
            ),
        ),
        migrations.AddConstraint(
            model_name="item",
            constraint=models.CheckConstraint(
                condition=models.Q(("name", ""), _negated=True), name="item_has_a_name"
            ),
        ),
        migrations.AddConstraint(
            model_name="item",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("done", True), ("done_at__isnull", False)),
                    models.Q(("done", False), ("done_at", None)),
                    _connector="OR",
                ),
                name="item_done_has_a_time",
            ),
        ),
        migrations.AddConstraint(
            model_name="item",
            constraint=models.CheckConstraint(
                condition=models.Q(("position__range", (0, 1000000))),
                name="item_position_in_range",
            ),
        ),
        # For searching the lists of all users by parts of their names.
        trigram_indexes(
            {
                "bucketlist_name_parts": (
                    "bucketlists_bucketlist",
                    [folded_sql("name")],
                )
            }
        ),
    ]
