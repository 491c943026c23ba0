from __future__ import annotations

from datetime import datetime

from django.conf import settings
from django.core.exceptions import ValidationError
from django.db import models
from django.db.models import F, Q
from django.utils import timezone

from common.db.fields import Int32Field
from goals.querysets import GoalQuerySet
from goals.trees import MAX_PATH, is_overdue


class Goal(models.Model):
    """Something a user wants to achieve, which can be part of a larger goal."""

    MAX_NAME_LENGTH = 64
    MAX_DESCRIPTION_LENGTH = 512

    user = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="goals"
    )
    # RESTRICT: a goal is deleted with all of its sub-goals or not at all.
    parent = models.ForeignKey(
        "self",
        on_delete=models.RESTRICT,
        related_name="sub_goals",
        null=True,
        blank=True,
    )
    name = models.CharField(max_length=MAX_NAME_LENGTH)
    description = models.CharField(max_length=MAX_DESCRIPTION_LENGTH, blank=True)
    start = models.DateTimeField(default=timezone.now)
    end = models.DateTimeField(null=True, blank=True, help_text="Time of completion.")

    due = models.DateField(
        null=True, blank=True, help_text="The goal is overdue from the next day on."
    )
    position = Int32Field(
        null=True,
        blank=True,
        help_text="Position among its siblings. Siblings without a position come "
        "last, in order of creation.",
    )
    archived = models.DateTimeField(
        null=True,
        blank=True,
        help_text="Time when the goal and its sub-goals were archived.",
    )

    objects = GoalQuerySet.as_manager()

    # Set by `set_tree_fields()`, and by `flat.load_goals()` for many goals.
    depth: int
    path: list[str]
    progress: float | None
    archived_since: datetime | None

    class Meta:
        ordering = ["pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["user", "name"],
                name="goal_name_is_unique_per_user",
                violation_error_message="The user already has a goal with this name.",
            ),
            models.CheckConstraint(condition=~Q(name=""), name="goal_has_a_name"),
            models.CheckConstraint(
                condition=Q(parent=None) | ~Q(parent=F("pk")),
                name="goal_is_not_its_own_parent",
            ),
            models.CheckConstraint(
                condition=Q(end=None) | Q(end__gte=F("start")),
                name="goal_ends_after_its_start",
                violation_error_message="The end is before the start.",
            ),
        ]
        # PostgreSQL has one more, to search in names and descriptions.
        indexes = [
            models.Index(
                fields=["end"], name="goal_end", condition=Q(end__isnull=False)
            )
        ]

    def __str__(self) -> str:
        return self.name

    @property
    def is_done(self) -> bool:
        return self.end is not None

    @property
    def status(self) -> str:
        return "done" if self.is_done else "open"

    @property
    def is_overdue(self) -> bool:
        return is_overdue(self.end, self.due)

    def set_tree_fields(self) -> None:
        """Set the fields that depend on the goals above and below, by two queries.

        `flat.load_goals()` sets the same fields from a Forest, for which all goals of
        the user would have to be read.
        """
        line = Goal.objects.line(self.pk)
        self.depth = len(line)
        self.path = [goal.name for goal in line[-MAX_PATH:]]
        self.archived_since = next((g.archived for g in line if g.archived), None)
        self.progress = Goal.objects.progress(self.pk)

    def clean(self) -> None:
        """Refuse a parent of another user, and one at or below the goal."""
        if self.parent is None:
            return
        if self.parent.user_id != self.user_id:
            raise ValidationError({"parent": "The parent belongs to another user."})
        if self.pk and self.pk in {
            goal.pk for goal in Goal.objects.line(self.parent.pk)
        }:
            raise ValidationError({"parent": "The parent is below this goal."})
