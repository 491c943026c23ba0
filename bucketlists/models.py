from __future__ import annotations

from django.conf import settings
from django.db import models
from django.db.models import Q

from bucketlists.querysets import BucketlistQuerySet


class Bucketlist(models.Model):
    """A list of things to do before it is too late. Two may share a name."""

    name = models.CharField(max_length=255)
    created_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="bucketlists"
    )
    date_created = models.DateTimeField(auto_now_add=True)
    date_modified = models.DateTimeField(auto_now=True)

    objects = BucketlistQuerySet.as_manager()

    class Meta:
        ordering = ["pk"]
        constraints = [
            models.CheckConstraint(condition=~Q(name=""), name="bucketlist_has_a_name")
        ]

    def __str__(self) -> str:
        return self.name
