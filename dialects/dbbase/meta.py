"""The old meta resources, which now return the matching part of the OpenAPI document.

GET /meta/books/single?method=post
200  {"openapi": "3.1.1", "paths": {"/books": {"post": {…}}}, "components": {…}, …}
"""

from __future__ import annotations

from typing import Any

from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.exceptions import NotFound, ParseError
from rest_framework.permissions import AllowAny
from rest_framework.renderers import JSONRenderer
from rest_framework.request import Request
from rest_framework.response import Response

from dialects.browsable import PageRenderer
from dialects.dbbase import old_texts
from dialects.dbbase.views import DbbaseDialect
from dialects.openapi_document import openapi_document, part_of
from dialects.openapi_parts import Schema

METHODS = ("get", "post", "put", "patch", "delete")


class MetaDocumentSerializer(serializers.Serializer[object]):
    openapi = serializers.CharField()
    info = serializers.DictField()
    paths = serializers.DictField()
    components = serializers.DictField()


class MetaView(DbbaseDialect):
    """The operations of a resource; of one method with `?method=post` or `?post`."""

    # The keys of an OpenAPI document must not be renamed.
    renderer_classes = [JSONRenderer, PageRenderer]
    permission_classes = [AllowAny]
    filter_backends = []
    pagination_class: Any = None
    serializer_class = MetaDocumentSerializer

    @extend_schema(exclude=True)
    def get(self, request: Request, resource: str, kind: str) -> Response:
        prefix = request.path_info.rpartition(f"meta/{resource}/")[0]
        paths = paths_of(f"{prefix}{resource}", kind)
        if not paths:
            raise NotFound(f"There is no resource {resource}.")
        if method := requested_method(request):
            paths = {
                path: {method: operations[method]}
                for path, operations in paths.items()
                if method in operations
            }
            if not paths:
                text = old_texts.UNKNOWN_METHOD.format(method=method)
                raise ParseError(text)
        return Response(part_of(openapi_document(), paths))


def paths_of(url: str, kind: str) -> dict[str, Schema]:
    """Return the paths of a resource.

    Flask-RESTful-DBBase: `collection` is the GET of a list, `single` everything else.
    """
    documented = openapi_document()["paths"]
    if kind == "collection":
        return {
            path: {"get": operations["get"]}
            for path, operations in documented.items()
            if "get" in operations and (path == url or path.startswith(f"{url}."))
        }
    operations = documented.get(url, {})
    paths = {url: {name: operations[name] for name in operations if name != "get"}}
    paths |= {
        path: operations
        for path, operations in documented.items()
        if path.startswith(f"{url}/")
    }
    return {path: operations for path, operations in paths.items() if operations}


def requested_method(request: Request) -> str | None:
    if "method" in request.query_params:
        return str(request.query_params["method"]).lower()
    return next((name for name in METHODS if name in request.query_params), None)
