"""The OpenAPI documents: one of all systems, and one of each."""

from __future__ import annotations

from functools import cache
from threading import RLock

from django.http import Http404, HttpRequest, HttpResponse
from django.utils.text import slugify
from django.views.decorators.cache import cache_control
from django.views.decorators.gzip import gzip_page
from django.views.decorators.http import conditional_page, require_safe
from django.views.decorators.vary import vary_on_headers
from drf_spectacular.renderers import OpenApiYamlRenderer
from rest_framework.renderers import JSONRenderer

from common.http.errors import Problem
from config.errors import error_response
from dialects.openapi_document import openapi_document, part_of
from dialects.openapi_parts import Schema

# A client that accepts everything receives the first one.
FORMATS = {
    "application/vnd.oai.openapi": "yaml",
    "application/yaml": "yaml",
    "application/vnd.oai.openapi+json": "json",
    "application/json": "json",
}
MEDIA_TYPES = {"yaml": "application/yaml", "json": "application/json"}
UNKNOWN_FORMAT = Problem(400, "bad_request", "format must be json or yaml.")
NOT_ACCEPTABLE = Problem(
    406, "not_acceptable", f"Available media types: {', '.join(FORMATS)}."
)
# Requests that arrive at the same time wait for the first one's document.
LOCK = RLock()


@gzip_page
@conditional_page
@cache_control(no_cache=True)
@vary_on_headers("Accept")
@require_safe
def openapi(request: HttpRequest, system: str = "", form: str = "") -> HttpResponse:
    """Return the document in the format of the URL, of `?format=` or of `Accept`."""
    form = form or request.GET.get("format", "")
    media_type = MEDIA_TYPES.get(form) or request.get_preferred_type(list(FORMATS))
    if form and form not in MEDIA_TYPES:
        return error_response(request, UNKNOWN_FORMAT)
    if media_type is None:
        return error_response(request, NOT_ACCEPTABLE)
    with LOCK:
        body = rendered(system, FORMATS[media_type])
    return HttpResponse(body, content_type=media_type)


@cache
def rendered(system: str, form: str) -> bytes:
    """Return the bytes of a system's document, or of the joint one for `""`."""
    if system and system not in systems():
        raise Http404
    document = system_document(systems()[system]) if system else openapi_document()
    renderer = JSONRenderer() if form == "json" else OpenApiYamlRenderer()
    body: bytes = renderer.render(document, renderer_context={})
    return body


@cache
def systems() -> dict[str, Schema]:
    """Return the tags by their names in URLs, such as `bucket-lists`."""
    declared = {tag["name"]: tag for tag in openapi_document().get("tags", [])}
    names = dict.fromkeys([*declared, *tags_of_operations()])
    return {
        slugify(name.partition("(")[0]): declared.get(name, {"name": name})
        for name in names
    }


def tags_of_operations() -> list[str]:
    """Return the tags that operations have, which may be undeclared."""
    return list(
        dict.fromkeys(
            tag
            for operations in openapi_document()["paths"].values()
            for operation in operations.values()
            for tag in operation["tags"]
        )
    )


def system_document(tag: Schema) -> Schema:
    """Return the operations of a tag, with the components that they refer to."""
    joint = openapi_document()
    paths = {
        path: operations
        for path, item in joint["paths"].items()
        if (operations := with_tag(item, tag["name"]))
    }
    title = f"{joint['info']['title']}: {tag['name']}"
    return part_of(joint, paths) | {"info": joint["info"] | {"title": title}}


def with_tag(item: Schema, name: str) -> Schema:
    """Return the operations of a path that have the tag."""
    return {
        method: operation
        for method, operation in item.items()
        if name in operation["tags"]
    }
