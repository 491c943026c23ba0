"""System checks of the views."""

from __future__ import annotations

from django.core.checks import Error, Tags, register
from drf_spectacular.generators import SchemaGenerator

from dialects.schema import undescribed


@register(Tags.urls)
def check_descriptions(app_configs: object, **kwargs: object) -> list[Error]:
    """Return an error for each view that the OpenAPI document cannot describe."""
    undescribed.clear()
    SchemaGenerator().get_schema(request=None, public=True)
    return [
        Error(
            f"{view.__module__}.{view.__qualname__} can't be described: "
            f"{type(exc).__name__}: {exc}",
            hint="The OpenAPI document, /docs and /meta lack it. Its hooks, such as "
            "get_queryset(), are called without the arguments of a URL.",
            id="dialects.E001",
        )
        for view, exc in undescribed.items()
    ]
