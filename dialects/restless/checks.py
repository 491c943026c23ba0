"""System checks of the resource types whose URLs are in use.

They refuse at start what would otherwise be a wrong response, or a 500.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any

from django.core.checks import Error, Tags, register
from django.db import models
from django.urls import URLPattern, URLResolver, get_resolver

from common.db.fields import PositionField
from dialects.restless.resources import Relationship, ResourceType
from dialects.restless.write_views import RestlessViewSet

KEYS = (models.IntegerField, models.UUIDField, models.CharField, models.TextField)


@register(Tags.urls)
def check_resource_types(app_configs: object, **kwargs: object) -> list[Error]:
    resolver: Any = get_resolver()
    types: dict[ResourceType, bool] = {}
    for callback in views_in(resolver.url_patterns):
        resource = getattr(callback, "initkwargs", {}).get("resource")
        if isinstance(resource, ResourceType):
            types[resource] = issubclass(callback.cls, RestlessViewSet)
    return [error for resource in types for error in errors_of(resource, types)]


def views_in(patterns: Iterable[URLPattern | URLResolver]) -> Iterator[Any]:
    for pattern in patterns:
        if isinstance(pattern, URLResolver):
            yield from views_in(pattern.url_patterns)
        else:
            yield pattern.callback


def errors_of(
    resource: ResourceType, is_writable: dict[ResourceType, bool]
) -> Iterator[Error]:
    label = resource.model._meta.label
    if not isinstance(resource.model._meta.pk, KEYS):
        text = "its primary key is not one integer, UUID or text column."
        yield error(resource, "E001", f"{label} can't be a resource type: {text}")
    for relationship in resource.relationships.values():
        if reason := key_reason(relationship) or target_reason(relationship):
            yield relationship_error(resource, relationship, "E002", reason)
        elif is_writable[resource] and (reason := through_reason(relationship)):
            yield relationship_error(resource, relationship, "E003", reason)


def key_reason(relationship: Relationship) -> str:
    """Return why links can't be read by the primary keys of their rows."""
    field = relationship.field
    if not field.is_relation or field.remote_field is None:
        return "it is not a relation."
    if field.one_to_one and field.auto_created:
        return "it is the reverse side of a OneToOneField."
    if getattr(field.remote_field, "hidden", False):
        return "the relation needs a related_name, which the other side is read by."
    if not all(key.target_field.primary_key for key in foreign_keys(field)):
        return "a foreign key refers to another column than the primary key."
    return ""


def foreign_keys(field: Any) -> list[Any]:
    """Return the foreign keys that make up a relation."""
    column = field.remote_field if field.auto_created else field
    if not field.many_to_many:
        return [column]
    through = column.remote_field.through
    names = (column.m2m_field_name(), column.m2m_reverse_field_name())
    return [through._meta.get_field(name) for name in names]


def target_reason(relationship: Relationship) -> str:
    """Return why the relationship doesn't lead to resources of its type."""
    target = relationship.types.get(relationship.type)
    if target is None:
        return f'no type "{relationship.type}" is registered in its router.'
    if target.model._meta.concrete_model is not relationship.field.related_model:
        return f'the type "{relationship.type}" has another model.'
    return ""


def through_reason(relationship: Relationship) -> str:
    """Return why a many-to-many link can't be added by its two foreign keys."""
    field = relationship.field
    if not field.many_to_many:
        return ""
    linked = {key.name for key in foreign_keys(field)}
    through = foreign_keys(field)[0].model
    columns = [
        each for each in through._meta.concrete_fields if each.name not in linked
    ]
    for column in columns:
        if is_required(column):
            return f"the column {column.name} of {through._meta.label} is required."
    has_position = any(isinstance(column, PositionField) for column in columns)
    if has_position and not isinstance(through._meta.pk, models.AutoField):
        return f"a PositionField needs an integer key of {through._meta.label}."
    return ""


def is_required(column: Any) -> bool:
    """Return whether a new row needs a value for the column."""
    has_value = (
        column.has_default()
        or column.null
        or column.blank
        or column.db_default is not models.NOT_PROVIDED
        or getattr(column, "generated", False)
    )
    return not has_value


def relationship_error(
    resource: ResourceType, relationship: Relationship, code: str, reason: str
) -> Error:
    name = f"{resource.model._meta.label}.{relationship.name}"
    return error(resource, code, f"{name} can't be a relationship: {reason}")


def error(resource: ResourceType, code: str, text: str) -> Error:
    hint = (
        'See "JSON:API" in docs/reference/dialect-api.md for the models and relations '
        f'of "{resource.name}".'
    )
    return Error(text, hint=hint, id=f"restless.{code}")
