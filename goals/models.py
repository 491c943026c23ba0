from __future__ import annotations

from django.conf import settings
from django.core.exceptions import ValidationError
from django.db import models
from django.db.models import F, Q
from django.utils import timezone

from goals.querysets import GoalQuerySet


class Goal(models.Model):
    """Something a user wants to achieve, perhaps as part of a larger goal."""

    user = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="goals"
    )
    # RESTRICT: a goal with sub-goals goes with all of them or not at all.
    parent = models.ForeignKey(
        "self",
        on_delete=models.RESTRICT,
        related_name="sub_goals",
        null=True,
        blank=True,
    )
    name = models.CharField(max_length=64)
    description = models.CharField(max_length=512, blank=True)
    start = models.DateTimeField(default=timezone.now)
    end = models.DateTimeField(
        null=True, blank=True, help_text="When it was completed."
    )

    objects = GoalQuerySet.as_manager()

    class Meta:
        ordering = ["pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["user", "name"],
                name="goal_name_is_unique_per_user",
                violation_error_message="The user already has a goal of this name.",
            ),
            models.CheckConstraint(condition=~Q(name=""), name="goal_has_a_name"),
            models.CheckConstraint(
                condition=Q(parent=None) | ~Q(parent=F("pk")),
                name="goal_is_not_its_own_parent",
            ),
        ]

    def __str__(self) -> str:
        return self.name

    @property
    def is_done(self) -> bool:
        return self.end is not None

    def clean(self) -> None:
        """Refuses a parent that is another user's or lies below the goal itself."""
        if self.parent is None:
            return
        if self.parent.user_id != self.user_id:
            raise ValidationError({"parent": "The parent is another user's goal."})
        if self.pk and self.parent_id in Goal.objects.subtree_ids(self):
            raise ValidationError({"parent": "The parent lies below this goal."})
