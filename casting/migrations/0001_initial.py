import django.core.validators
import django.db.models.functions.text
from django.db import migrations, models

from common.db.indexes import folded_index, trigram_indexes
from common.db.text import folded_sql


class Migration(migrations.Migration):
    initial = True

    dependencies = []

    operations = [
        migrations.CreateModel(
            name="Actor",
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
                    "age",
                    models.PositiveSmallIntegerField(
                        validators=[django.core.validators.MaxValueValidator(150)]
                    ),
                ),
                ("gender", models.CharField(max_length=64)),
            ],
            options={
                "ordering": ["pk"],
                "indexes": [
                    models.Index(fields=["name", "id"], name="casting_actor_name"),
                    models.Index(fields=["age", "id"], name="casting_actor_age"),
                    models.Index(
                        fields=["gender", "id"], name="casting_actor_by_gender"
                    ),
                    models.Index(
                        fields=["-gender", "id"], name="casting_actor_gender_desc"
                    ),
                ],
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("name", ""), _negated=True),
                            models.Q(("gender", ""), _negated=True),
                        ),
                        name="actor_has_name_and_gender",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("age__range", (0, 150))),
                        name="actor_age_is_human",
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="Movie",
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
                ("title", models.CharField(max_length=255)),
                ("release_date", models.DateField()),
                (
                    "actors",
                    models.ManyToManyField(
                        blank=True, related_name="movies", to="casting.actor"
                    ),
                ),
            ],
            options={
                "ordering": ["pk"],
                "indexes": [
                    models.Index(fields=["title", "id"], name="casting_movie_title"),
                    models.Index(
                        fields=["release_date", "id"], name="casting_movie_released"
                    ),
                ],
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(("title", ""), _negated=True),
                        name="movie_has_a_title",
                    )
                ],
            },
        ),
        # For case-insensitive filters by parts of names and titles.
        trigram_indexes(
            {
                "casting_actor_name_parts": ("casting_actor", [folded_sql("name")]),
                "casting_movie_title_parts": ("casting_movie", [folded_sql("title")]),
            }
        ),
        folded_index("casting_actor_gender", "casting_actor", ["gender", "id"]),
    ]
