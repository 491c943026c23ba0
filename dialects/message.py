"""`{"message": …}`: the wire of Flask-API and of Flask-RESTful.

    POST /bucketlists/  name=                       (form, multipart or JSON)
    400  {"message": "name: This field may not be blank."}

Flask-RESTful's argument parser names the field instead of writing it out:

    400  {"message": {"name": "Missing required parameter in the JSON body or …"}}
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

from django.http import QueryDict
from rest_framework import parsers, serializers
from rest_framework.exceptions import ParseError
from rest_framework.renderers import BrowsableAPIRenderer
from rest_framework.settings import api_settings

from common.http.errors import Problem
from dialects.base import Dialect, StrictJSONParser, first_message
from dialects.deep import written
from dialects.renderers import CompactRenderer

TEXTS = {
    "token_expired": "Expired token. Please login to get a new token",
    "token_not_valid": "Invalid token. Please register or login",
    "user_not_found": "Invalid token. Please register or login",
    "user_inactive": "Invalid token. Please register or login",
    "password_changed": "Invalid token. Please register or login",
    "not_authenticated": "A bearer token is needed. Please register or login",
    "method_not_allowed": "The method is not allowed for the requested URL.",
    "unsupported_media_type": (
        "Unsupported media type in the request Content-Type header."
    ),
}
MISSING = (
    "Missing required parameter in the JSON body or the post body or the query string"
)
UNREADABLE = (
    "The browser (or proxy) sent a request that this server could not understand."
)


class MessageErrorSerializer(serializers.Serializer[Any]):
    message = serializers.CharField()


class MessageDialect(Dialect):
    """As Flask-API speaks: forms and JSON in, one sentence out when refused."""

    parser_classes = [
        StrictJSONParser,
        parsers.FormParser,
        parsers.MultiPartParser,
    ]
    error_serializer: type[serializers.Serializer[Any]] = MessageErrorSerializer

    @classmethod
    def draw(cls, problem: Problem) -> tuple[int, Any]:
        return problem.status, {"message": cls.text(problem)}

    @classmethod
    def text(cls, problem: Problem) -> Any:
        if problem.code == "malformed_json":
            return f"JSON parse error - {problem.detail}"
        if problem.fields:
            where, message = first_place(problem.fields)
            return f"{where}: {message}" if where else message
        return TEXTS.get(problem.code, problem.detail)


def first_place(fields: Any) -> tuple[str, str]:
    """Where the first mistake of a problem's field tree is (`items.1.name`), and it."""
    place, message = next(mistakes(fields))
    return ".".join(place), message


def mistakes(fields: Any, place: tuple[str, ...] = ()) -> Iterator[tuple[Any, str]]:
    """Path and text of every mistake; rows of a list are counted from 0."""
    if isinstance(fields, dict) and set(fields) == {"message", "code"}:
        yield place, str(fields["message"])
    elif isinstance(fields, dict):
        for name, found in fields.items():
            is_named = name != api_settings.NON_FIELD_ERRORS_KEY
            yield from mistakes(found, (*place, str(name)) if is_named else place)
    elif is_one_value(fields):
        for found in fields:
            yield from mistakes(found, place)
    else:
        for row, found in enumerate(fields):
            yield from mistakes(found, (*place, str(row)))


def is_one_value(fields: list[Any]) -> bool:
    """Whether a list holds what is wrong with one value, not with one row each."""
    return all(set(found) == {"message", "code"} for found in fields)


def is_rows(fields: Any) -> bool:
    """Whether it is what is wrong with a list: by the number of each row."""
    if isinstance(fields, dict):
        return all(isinstance(row, int) for row in fields)
    return isinstance(fields, list) and not is_one_value(fields)


class RowErrorsSerializer(MessageErrorSerializer):
    errors = serializers.DictField(  # type: ignore[assignment]
        child=serializers.DictField(child=serializers.CharField()),
        required=False,
        help_text="What is wrong with each row of a list, counted from 0.",
    )


class RowsDialect(MessageDialect):
    """Where a body may be a list of rows: all rows that are refused, by number.

    400  {"message": "1.name: …", "errors": {"1": {"name": "…"}, "7": {"": "…"}}}
    """

    @classmethod
    def draw(cls, problem: Problem) -> tuple[int, Any]:
        status, body = super().draw(problem)
        fields = problem.fields
        if not is_rows(fields):
            return status, body
        errors: dict[str, dict[str, str]] = {}
        for (row, *names), message in mistakes(fields):
            errors.setdefault(row, {}).setdefault(".".join(names), message)
        return status, body | {"errors": errors}

    @classmethod
    def error_serializer_for(cls, status: int) -> type[serializers.Serializer[Any]]:
        return RowErrorsSerializer if status == 400 else cls.error_serializer


class NullJSONRenderer(CompactRenderer):
    """Writes `null` where DRF would send no body at all, and trees of any depth."""

    def render(
        self,
        data: Any,
        accepted_media_type: str | None = None,
        renderer_context: Any = None,
    ) -> bytes:
        if data is None:
            return b"null"
        try:
            return super().render(data, accepted_media_type, renderer_context)
        except RecursionError:
            return self.render_deep(data)

    def render_deep(self, data: Any) -> bytes:
        """The same without white space."""

        def write_leaf(value: Any) -> str:
            return json.dumps(
                value, cls=self.encoder_class, ensure_ascii=self.ensure_ascii
            )

        text = written(data, write_leaf)
        # Which JSON may hold, but JavaScript may not.
        return text.replace("\u2028", "\\u2028").replace("\u2029", "\\u2029").encode()


# The OpenAPI schema of an answer that says nothing but "done".
NULL = {"enum": [None], "nullable": True}


class ArgumentErrorSerializer(serializers.Serializer[Any]):
    message = serializers.JSONField(
        help_text="A sentence, or an object naming the refused argument; "
        "for a list, an object of these by the number of the row."
    )


class ArgumentDialect(MessageDialect):
    """As Flask-RESTful's argument parser speaks: the first bad argument, by name."""

    renderer_classes = [NullJSONRenderer, BrowsableAPIRenderer]
    error_serializer = ArgumentErrorSerializer

    def values(self) -> dict[str, Any]:
        """What the client sent by query string, form or JSON, the body counting more.

        Raises ParseError for a JSON body that is no object.
        """
        data = self.request.data
        if not isinstance(data, dict):
            raise ParseError("A JSON object is expected.")
        body = data.dict() if isinstance(data, QueryDict) else data
        return self.request.query_params.dict() | body

    def arguments(self, values: dict[str, Any] | None = None) -> dict[str, Any]:
        """The values, validated by the view's serializer; what is null is left out.

        They are those sent, unless others are given: one row of a list.
        """
        data = self.values() if values is None else values
        serializer = self.get_serializer(data=data)
        serializer.is_valid(raise_exception=True)
        return {
            name: value
            for name, value in serializer.validated_data.items()
            if value is not None
        }

    @classmethod
    def text(cls, problem: Problem) -> Any:
        if problem.code == "malformed_json":
            return UNREADABLE
        if "rows" in problem.extra:
            return dict(
                zip(problem.extra["rows"], map(cls.text, problem.parts), strict=True)
            )
        if not problem.fields:
            return super().text(problem)
        name, message, code = first_message(problem.fields)
        message = MISSING if code == "required" else message
        return {name: message} if name else message
