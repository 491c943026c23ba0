from __future__ import annotations

from django.core.validators import MaxValueValidator
from django.db import models
from django.db.models import Q

from casting.querysets import MovieQuerySet

OLDEST = 150


class Actor(models.Model):
    """Somebody who can be cast; the age is as it was told, not kept current."""

    name = models.CharField(max_length=255)
    age = models.PositiveSmallIntegerField(validators=[MaxValueValidator(OLDEST)])
    gender = models.CharField(max_length=64)

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

    def __str__(self) -> str:
        return self.title
