import django.core.validators
from django.db import migrations, models

from common.db.indexes import OrderIndex


class Migration(migrations.Migration):
    dependencies = [
        ("casting", "0002_granted_permission"),
    ]

    operations = [
        migrations.RemoveConstraint(model_name="actor", name="actor_age_is_human"),
        migrations.AlterField(
            model_name="actor",
            name="age",
            field=models.PositiveSmallIntegerField(
                blank=True,
                null=True,
                validators=[django.core.validators.MaxValueValidator(150)],
            ),
        ),
        migrations.AddConstraint(
            model_name="actor",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    ("age__isnull", True), ("age__range", (0, 150)), _connector="OR"
                ),
                name="actor_age_is_human",
            ),
        ),
        migrations.AlterField(
            model_name="movie",
            name="release_date",
            field=models.DateField(blank=True, null=True),
        ),
        # For descending order, in which PostgreSQL has nulls first by default.
        migrations.AddIndex(
            model_name="actor",
            index=OrderIndex(
                models.F("age").desc(nulls_last=True),
                models.F("id").asc(),
                name="casting_actor_age_desc",
            ),
        ),
        migrations.AddIndex(
            model_name="movie",
            index=OrderIndex(
                models.F("release_date").desc(nulls_last=True),
                models.F("id").asc(),
                name="casting_movie_released_desc",
            ),
        ),
    ]
