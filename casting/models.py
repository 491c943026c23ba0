from __future__ import annotations

from django.contrib.auth.models import Group, Permission
from django.core.validators import MaxValueValidator
from django.db import models
from django.db.models import F, Q

from casting.querysets import ActorQuerySet, MovieQuerySet
from common.db.indexes import OrderIndex

MAX_AGE = 150


class Actor(models.Model):
    """A person who can be cast. The age is stored as entered and never updated.

    It may be unknown (null), as in rows from an older system. The API requires it in
    new rows.
    """

    name = models.CharField(max_length=255)
    age = models.PositiveSmallIntegerField(
        null=True, blank=True, validators=[MaxValueValidator(MAX_AGE)]
    )
    gender = models.CharField(max_length=64)

    objects = ActorQuerySet.as_manager()

    # Set by `ActorQuerySet.with_movie_count()`.
    movie_count: int

    class Meta:
        ordering = ["pk"]
        constraints = [
            models.CheckConstraint(
                condition=~Q(name="") & ~Q(gender=""), name="actor_has_name_and_gender"
            ),
            models.CheckConstraint(
                condition=Q(age__isnull=True) | Q(age__range=(0, MAX_AGE)),
                name="actor_age_is_human",
            ),
        ]
        # For filters and sorting. PostgreSQL has two more, for parts of a name and for
        # a gender, both case-insensitive.
        indexes = [
            models.Index(fields=["name", "id"], name="casting_actor_name"),
            # Unknown ages are last in both directions.
            models.Index(fields=["age", "id"], name="casting_actor_age"),
            OrderIndex(
                F("age").desc(nulls_last=True),
                F("id").asc(),
                name="casting_actor_age_desc",
            ),
            # In both directions, since many actors share a gender.
            models.Index(fields=["gender", "id"], name="casting_actor_by_gender"),
            models.Index(fields=["-gender", "id"], name="casting_actor_gender_desc"),
        ]

    def __str__(self) -> str:
        return self.name


class Movie(models.Model):
    """A movie. Its release date, like an actor's age, may be unknown (null)."""

    title = models.CharField(max_length=255)
    release_date = models.DateField(null=True, blank=True)
    actors = models.ManyToManyField(Actor, related_name="movies", blank=True)

    objects = MovieQuerySet.as_manager()

    class Meta:
        ordering = ["pk"]
        constraints = [
            models.CheckConstraint(condition=~Q(title=""), name="movie_has_a_title")
        ]
        indexes = [
            models.Index(fields=["title", "id"], name="casting_movie_title"),
            models.Index(fields=["release_date", "id"], name="casting_movie_released"),
            OrderIndex(
                F("release_date").desc(nulls_last=True),
                F("id").asc(),
                name="casting_movie_released_desc",
            ),
        ]

    def __str__(self) -> str:
        return self.title


class GrantedPermission(models.Model):
    """A permission that `migrate` granted to a role, and does not grant again.

    The permissions of a user come from Django's groups alone; see `casting.roles`.
    """

    group = models.ForeignKey(Group, on_delete=models.CASCADE, related_name="+")
    permission = models.ForeignKey(
        Permission, on_delete=models.CASCADE, related_name="+"
    )

    class Meta:
        default_permissions = ()
        constraints = [
            models.UniqueConstraint(
                fields=["group", "permission"], name="granted_permission_is_unique"
            )
        ]

    def __str__(self) -> str:
        return f"{self.group}: {self.permission}"
