from __future__ import annotations

from django.conf import settings
from django.core.validators import MaxValueValidator
from django.db import models
from django.db.models import Q
from django.db.models.functions import Lower
from django.utils import timezone
from django.utils.functional import cached_property

from bucketlists.querysets import BucketlistQuerySet, ItemQuerySet


class Bucketlist(models.Model):
    """A user's list of things to do. Two lists may have the same name."""

    name = models.CharField(max_length=255)
    created_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        on_delete=models.CASCADE,
        related_name="bucketlists",
        # The first index below covers it.
        db_index=False,
    )
    date_created = models.DateTimeField(auto_now_add=True)
    date_modified = models.DateTimeField(auto_now=True)

    objects = BucketlistQuerySet.as_manager()

    class Meta:
        verbose_name = "bucket list"
        ordering = ["pk"]
        constraints = [
            models.CheckConstraint(condition=~Q(name=""), name="bucketlist_has_a_name")
        ]
        # For sorting. PostgreSQL has one more, for parts of a name.
        indexes = [
            models.Index(fields=["created_by", "id"], name="bucketlist_owner"),
            models.Index(Lower("name"), "id", name="bucketlist_name"),
            models.Index(fields=["date_created", "id"], name="bucketlist_created"),
            models.Index(fields=["date_modified", "id"], name="bucketlist_modified"),
        ]

    def __str__(self) -> str:
        return self.name

    @cached_property
    def sorted_items(self) -> list[Item]:
        """The list's items, read once."""
        return list(self.items.all())


class Item(models.Model):
    """One thing to do, in the order of its position in the list."""

    MAX_POSITION = 1_000_000

    bucketlist = models.ForeignKey(
        Bucketlist,
        on_delete=models.CASCADE,
        related_name="items",
        verbose_name="bucket list",
    )
    name = models.CharField(max_length=255)
    position = models.PositiveIntegerField(
        default=0, validators=[MaxValueValidator(MAX_POSITION)]
    )
    done = models.BooleanField(default=False)
    done_at = models.DateTimeField(null=True, blank=True, editable=False)

    objects = ItemQuerySet.as_manager()

    class Meta:
        ordering = ["position", "pk"]
        constraints = [
            models.CheckConstraint(condition=~Q(name=""), name="item_has_a_name"),
            models.CheckConstraint(
                condition=Q(done=True, done_at__isnull=False)
                | Q(done=False, done_at=None),
                name="item_done_has_a_time",
            ),
            models.CheckConstraint(
                condition=Q(position__range=(0, 1_000_000)),
                name="item_position_in_range",
            ),
        ]

    def __str__(self) -> str:
        return self.name

    def assign(self, *, done: bool | None = None, **fields: object) -> None:
        """Set fields without saving. An item that is already done keeps its time."""
        for name, value in fields.items():
            setattr(self, name, value)
        if done is not None and done != self.done:
            self.done, self.done_at = done, timezone.now() if done else None
