import django.db.models.deletion
import django.utils.timezone
from django.conf import settings
from django.db import migrations, models

import common.db.fields


class Migration(migrations.Migration):
    initial = True

    dependencies = [
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name="Goal",
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
                ("name", models.CharField(max_length=64)),
                ("description", models.CharField(blank=True, max_length=512)),
                ("start", models.DateTimeField(default=django.utils.timezone.now)),
                (
                    "end",
                    models.DateTimeField(
                        blank=True, help_text="Time of completion.", null=True
                    ),
                ),
                (
                    "due",
                    models.DateField(
                        blank=True,
                        help_text="The goal is overdue from the next day on.",
                        null=True,
                    ),
                ),
                (
                    "position",
                    common.db.fields.Int32Field(
                        blank=True,
                        help_text="Position among its siblings. Siblings without a position come last, in order of creation.",
                        null=True,
                    ),
                ),
                (
                    "archived",
                    models.DateTimeField(
                        blank=True,
                        help_text="Time when the goal and its sub-goals were archived.",
                        null=True,
                    ),
                ),
                (
                    "parent",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.RESTRICT,
                        related_name="sub_goals",
                        to="goals.goal",
                    ),
                ),
                (
                    "user",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="goals",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
            ],
            options={
                "ordering": ["pk"],
                "constraints": [
                    models.UniqueConstraint(
                        fields=("user", "name"),
                        name="goal_name_is_unique_per_user",
                        violation_error_message="The user already has a goal with this name.",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("name", ""), _negated=True),
                        name="goal_has_a_name",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            ("parent", None),
                            models.Q(("parent", models.F("pk")), _negated=True),
                            _connector="OR",
                        ),
                        name="goal_is_not_its_own_parent",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            ("end", None),
                            ("end__gte", models.F("start")),
                            _connector="OR",
                        ),
                        name="goal_ends_after_its_start",
                        violation_error_message="The end is before the start.",
                    ),
                ],
            },
        ),
    ]
