"""The system checks of JSON:API resource types."""

from __future__ import annotations

import sys
import types
from collections.abc import Callable, Iterator
from typing import Any
from uuid import uuid4

import pytest
from django.core.checks import Tags, run_checks
from django.db import models
from django.test import override_settings
from django.test.utils import isolate_apps
from django.urls import clear_url_caches, include, path

from common.db.fields import PositionField
from dialects.restless import (
    ReadOnlyRestlessViewSet,
    RestlessRouter,
    RestlessSerializer,
    RestlessViewSet,
)

URLCONF = "urls_to_check"


class Base(models.Model):
    class Meta:
        abstract = True
        app_label = "media_catalog"

    def __str__(self) -> str:
        return ""


with isolate_apps("media_catalog"):

    class Tag(Base):
        slug = models.CharField(max_length=9, unique=True)

    class Pair(Base):
        pk = models.CompositePrimaryKey("left", "right")
        left = models.IntegerField()
        right = models.IntegerField()

    class Dated(Base):
        id = models.DateTimeField(primary_key=True)

    class Child(Tag):
        pass

    class Hidden(Base):
        tag = models.ForeignKey(Tag, models.CASCADE, related_name="+")
        friends = models.ManyToManyField("self")

    class BySlug(Base):
        tag = models.ForeignKey(Tag, models.CASCADE, to_field="slug")

    class Single(Base):
        tag = models.OneToOneField(Tag, models.CASCADE, related_name="single")

    class Rated(Base):
        tags = models.ManyToManyField(Tag, through="Rating", related_name="rated")

    class Rating(Base):
        rated = models.ForeignKey(Rated, models.CASCADE)
        tag = models.ForeignKey(Tag, models.CASCADE)
        stars = models.IntegerField()

    class Placed(Base):
        tags = models.ManyToManyField(Tag, through="Place", related_name="placed")

    class Place(Base):
        id = models.UUIDField(primary_key=True, default=uuid4)
        placed = models.ForeignKey(Placed, models.CASCADE)
        tag = models.ForeignKey(Tag, models.CASCADE)
        position = PositionField()

    class Fine(Base):
        id = models.UUIDField(primary_key=True)
        tags = models.ManyToManyField(Tag, through="Link", related_name="fine")
        tag = models.ForeignKey(Tag, models.CASCADE, related_name="fines")

    class Link(Base):
        fine = models.ForeignKey(Fine, models.CASCADE)
        tag = models.ForeignKey(Tag, models.CASCADE)
        position = PositionField()
        since = models.DateTimeField(auto_now_add=True)
        note = models.TextField(blank=True)
        stars = models.IntegerField(default=1)
        weight = models.IntegerField(null=True)
        rank = models.IntegerField(db_default=1)


def viewset_of(
    model: type[models.Model], base: type[ReadOnlyRestlessViewSet], **relationships: str
) -> Any:
    meta = type("Meta", (), {"model": model, "fields": []})
    serializer = type("EmptySerializer", (RestlessSerializer,), {"Meta": meta})
    members = {
        "queryset": model._default_manager.all(),
        "serializer_class": serializer,
        "relationships": relationships,
        "permission_classes": [],
    }
    return type(f"{model.__name__}ViewSet", (base,), members)


Check = Callable[..., list[str]]


@pytest.fixture
def check() -> Iterator[Check]:
    """Return the texts of the errors about the viewset of a model and about tags."""

    def run(
        model: type[models.Model],
        base: type[ReadOnlyRestlessViewSet] = RestlessViewSet,
        **relationships: str,
    ) -> list[str]:
        router = RestlessRouter()
        router.register("tag", viewset_of(Tag, RestlessViewSet))
        router.register("other", viewset_of(model, base, **relationships))
        module: Any = types.ModuleType(URLCONF)
        module.urlpatterns = [path("api/", include(router.urls))]
        sys.modules[URLCONF] = module
        with override_settings(ROOT_URLCONF=URLCONF):
            errors = run_checks(tags=[Tags.urls])
        return [str(error.msg) for error in errors if "restless" in str(error.id)]

    yield run
    sys.modules.pop(URLCONF, None)
    clear_url_caches()


@pytest.mark.parametrize("model", [Pair, Dated, Child])
def test_a_key_that_is_not_one_integer_uuid_or_text_is_an_error(check, model):
    [text] = check(model)

    assert text.startswith(f"media_catalog.{model.__name__} can't be a resource type")


@pytest.mark.parametrize(
    ("model", "relationships", "reason"),
    [
        (
            Rated,
            {"tags": "tag"},
            "the column stars of media_catalog.Rating is required",
        ),
        (Placed, {"tags": "tag"}, "a PositionField needs an integer key"),
        (Hidden, {"tag": "tag"}, "needs a related_name"),
        (Hidden, {"friends": "other"}, "needs a related_name"),
        (Tag, {"single": "other"}, "the reverse side of a OneToOneField"),
        (BySlug, {"tag": "tag"}, "refers to another column"),
        (Fine, {"tag": "tagg"}, 'no type "tagg" is registered'),
        (Fine, {"tag": "other"}, 'the type "other" has another model'),
    ],
)
def test_a_relationship_that_the_dialect_cannot_serve_is_an_error(
    check, model, relationships, reason
):
    [text] = check(model, **relationships)

    assert f"media_catalog.{model.__name__}." in text
    assert "can't be a relationship" in text
    assert reason in text


def test_links_that_are_only_read_may_have_required_columns(check):
    assert check(Rated, ReadOnlyRestlessViewSet, tags="tag") == []


def test_links_with_columns_that_have_values_are_no_error(check):
    assert check(Fine, tags="tag", tag="tag") == []


def test_the_project_has_no_error():
    assert run_checks(tags=[Tags.urls]) == []
