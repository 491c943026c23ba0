"""System checks of the DBBase dialect, registered by `media_catalog/apps.py`."""

from __future__ import annotations

from collections.abc import Iterator
from importlib import import_module
from typing import Any

from django.conf import settings
from django.core.checks import Error, Tags, register
from django.db.models import IntegerField, Model

from dialects.dbbase.views import DbbaseViewSet


@register(Tags.urls)
def check_keys(app_configs: object, **kwargs: object) -> list[Error]:
    """Return an error for each resource whose rows have no integer `id`."""
    import_module(settings.ROOT_URLCONF)
    return [
        Error(
            f"{view.__module__}.{view.__qualname__} shows {model._meta.label}, "
            "whose primary key is not an integer `id`.",
            hint="In the DBBase dialect, URLs and bodies have integer ids. Give the "
            "model such a key, or use another dialect (docs/reference/dialect-api.md).",
            id="dbbase.E001",
        )
        for view in view_classes(DbbaseViewSet)
        if (model := model_of(view)) and not has_integer_id(model)
    ]


def view_classes(base: type[DbbaseViewSet]) -> Iterator[type[DbbaseViewSet]]:
    for view in base.__subclasses__():
        yield view
        yield from view_classes(view)


def model_of(view: type[DbbaseViewSet]) -> type[Model] | None:
    """Return the model of the view's serializer; None for an abstract view."""
    meta = getattr(view.serializer_class, "Meta", None)
    model: type[Model] | None = getattr(meta, "model", None)
    return model


def has_integer_id(model: type[Model]) -> bool:
    key: Any = model._meta.pk
    while key.is_relation:  # To the parent's key, in multi-table inheritance.
        key = key.target_field
    return isinstance(key, IntegerField) and key.name == "id"
