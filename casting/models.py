from __future__ import annotations

from django.core.validators import MaxValueValidator
from django.db import models
from django.db.models import Q
from django.db.models.functions import Upper

from casting.querysets import ActorQuerySet, MovieQuerySet

OLDEST = 150


class Actor(models.Model):
    """Somebody who can be cast; the age is as it was told, not kept current."""

    name = models.CharField(max_length=255)
    age = models.PositiveSmallIntegerField(validators=[MaxValueValidator(OLDEST)])
    gender = models.CharField(max_length=64)

    objects = ActorQuerySet.as_manager()

    class Meta:
        ordering = ["pk"]
        constraints = [
            models.CheckConstraint(
                condition=~Q(name="") & ~Q(gender=""), name="actor_has_name_and_gender"
            ),
            models.CheckConstraint(
                condition=Q(age__range=(0, OLDEST)), name="actor_age_is_human"
            ),
        ]
        # For filters and sorting; PostgreSQL has one more, for parts of a name.
        indexes = [
            models.Index(fields=["name", "id"], name="casting_actor_name"),
            models.Index(fields=["age", "id"], name="casting_actor_age"),
            models.Index(Upper("gender"), "id", name="casting_actor_gender"),
            # In both directions, for many share one.
            models.Index(fields=["gender", "id"], name="casting_actor_by_gender"),
            models.Index(fields=["-gender", "id"], name="casting_actor_gender_desc"),
        ]

    def __str__(self) -> str:
        return self.name


class Movie(models.Model):
    title = models.CharField(max_length=255)
    release_date = models.DateField()
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
        ]

    def __str__(self) -> str:
        return self.title
