"""`{"message": …}`: the dialects of Flask-API and Flask-RESTful.

    POST /bucketlists/  name=                       (form, multipart or JSON)
    400  {"message": "name: This field may not be blank."}

Flask-RESTful's argument parser has the field's name as a key:

    400  {"message": {"name": "Missing required parameter in the JSON body or …"}}
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import IO, Any

from django.http import QueryDict
from drf_spectacular.utils import extend_schema_field
from rest_framework import parsers, serializers
from rest_framework.exceptions import ParseError
from rest_framework.settings import api_settings

from common.http.errors import Problem, first_message
from common.http.strict_json import CompactRenderer, StrictJSONParser, dumps_deep
from dialects import old_texts
from dialects.base import Dialect
from dialects.browsable import PageRenderer
from dialects.openapi_parts import Schema
from dialects.schema import SerializerClass

# Error messages by the code of the problem. Other problems have their own.
TEXTS = {
    "token_expired": old_texts.EXPIRED,
    "token_not_valid": old_texts.INVALID,
    "user_not_found": old_texts.INVALID,
    "user_inactive": old_texts.INVALID,
    "password_changed": old_texts.INVALID,
    "not_authenticated": "A bearer token is needed. Register or log in.",
    "method_not_allowed": old_texts.METHOD_NOT_ALLOWED,
    "unsupported_media_type": old_texts.UNSUPPORTED_MEDIA_TYPE,
}


class UTF8MultiPartParser(parsers.MultiPartParser):
    """Parser that refuses texts that are not UTF-8. Django would replace characters.

    `config/wsgi_wrapper.py` does so with other forms.
    """

    def parse(
        self,
        stream: IO[bytes],
        media_type: str | None = None,
        parser_context: Mapping[str, Any] | None = None,
    ) -> Any:
        # Latin-1 keeps each byte, so that it can be decoded again.
        context = {**(parser_context or {}), "encoding": "latin-1"}
        form = super().parse(stream, media_type, context)
        data = QueryDict(mutable=True)
        for name, texts in form.data.lists():
            data.setlist(name, [decoded(text.encode("latin-1")) for text in texts])
        return parsers.DataAndFiles(data, form.files)


def decoded(raw: bytes) -> str:
    try:
        return raw.decode()
    except UnicodeDecodeError:
        raise ParseError("The form is not UTF-8.") from None


class MessageErrorSerializer(serializers.Serializer[Any]):
    message = serializers.CharField()


class MessageDialect(Dialect):
    """Flask-API: accepts forms and JSON, and returns errors as one sentence."""

    parser_classes = [StrictJSONParser, parsers.FormParser, UTF8MultiPartParser]
    error_serializer: SerializerClass = MessageErrorSerializer

    @classmethod
    def draw(cls, problem: Problem) -> tuple[int, dict[str, object]]:
        return problem.status, {"message": cls.text(problem)}

    @classmethod
    def text(cls, problem: Problem) -> object:
        if problem.code == "malformed_json":
            return old_texts.MALFORMED_JSON.format(reason=problem.detail)
        if problem.fields:
            path, message = next(field_errors(problem.fields))
            return f"{'.'.join(path)}: {message}" if path else message
        return TEXTS.get(problem.code, problem.detail)


# The field names and list positions that lead to an error, such as ("items", "1").
Path = tuple[str, ...]


def field_errors(fields: Any, path: Path = ()) -> Iterator[tuple[Path, str]]:
    """Yield path and message of every error in a problem's fields.

    The rows of a list are counted from 0.
    """
    if isinstance(fields, dict) and set(fields) == {"message", "code"}:
        yield path, str(fields["message"])
    elif isinstance(fields, dict):
        for name, errors in fields.items():
            is_field = name != api_settings.NON_FIELD_ERRORS_KEY
            yield from field_errors(errors, (*path, str(name)) if is_field else path)
    elif is_about_one_value(fields):
        for error in fields:
            yield from field_errors(error, path)
    else:
        for row, errors in enumerate(fields):
            yield from field_errors(errors, (*path, str(row)))


def is_about_one_value(errors: list[dict[str, object]]) -> bool:
    """Return whether a list contains the errors of one value, not of one row each."""
    return all(set(error) == {"message", "code"} for error in errors)


def is_about_rows(fields: object) -> bool:
    """Return whether the fields are the errors of rows, by list or by number."""
    if isinstance(fields, dict):
        return all(isinstance(row, int) for row in fields)
    return isinstance(fields, list) and not is_about_one_value(fields)


class RowErrorsSerializer(MessageErrorSerializer):
    errors = serializers.DictField(  # type: ignore[assignment]
        child=serializers.DictField(child=serializers.CharField()),
        required=False,
        help_text="Errors by row of a list, counted from 0.",
    )


class ListBodyDialect(MessageDialect):
    """Dialect that accepts one object or a list, and returns the errors of each row.

    400  {"message": "1.name: …", "errors": {"1": {"name": "…"}, "7": {"": "…"}}}
    """

    @classmethod
    def draw(cls, problem: Problem) -> tuple[int, dict[str, object]]:
        status, body = super().draw(problem)
        if not is_about_rows(problem.fields):
            return status, body
        errors: dict[str, dict[str, str]] = {}
        for (row, *names), message in field_errors(problem.fields):
            errors.setdefault(row, {}).setdefault(".".join(names), message)
        return status, body | {"errors": errors}

    @classmethod
    def error_serializer_for(cls, status: int) -> SerializerClass:
        return RowErrorsSerializer if status == 400 else cls.error_serializer


class NullJSONRenderer(CompactRenderer):
    """Renderer of `null`, for which DRF sends no body, and of trees of any depth."""

    def render(
        self,
        data: object,
        accepted_media_type: str | None = None,
        renderer_context: Mapping[str, object] | None = None,
    ) -> bytes:
        if data is None:
            return b"null"
        try:
            return super().render(data, accepted_media_type, renderer_context)
        except RecursionError:
            return dumps_deep(data)


# The OpenAPI schema of the body `null`. Not all generators know the type `null`.
NULL = {"enum": [None]}


def one_or_many(row: Schema, max_rows: int) -> Schema:
    """Return the OpenAPI schema of one row, or of a list of rows."""
    rows = {"type": "array", "items": row, "minItems": 1, "maxItems": max_rows}
    return {"oneOf": [row, rows]}


TEXT = {"type": "string"}
TEXT_BY_NAME = {"type": "object", "additionalProperties": TEXT}
MESSAGE_BY_NAME = {
    "type": "object",
    "additionalProperties": {"anyOf": [TEXT, TEXT_BY_NAME]},
}


@extend_schema_field({"anyOf": [TEXT, MESSAGE_BY_NAME]})
class ArgumentMessageField(serializers.JSONField):
    """`"…"`, `{"name": "…"}`, or for a list `{"0": "…", "1": {"name": "…"}}`."""


class ArgumentErrorSerializer(serializers.Serializer[Any]):
    message = ArgumentMessageField(
        help_text="A sentence, or an object with the name of the invalid argument. "
        "For a list, an object with the numbers of its rows, counted from 0."
    )


class ArgumentDialect(MessageDialect):
    """Flask-RESTful's argument parser: returns the first invalid argument by name."""

    renderer_classes = [NullJSONRenderer, PageRenderer]
    error_serializer = ArgumentErrorSerializer

    def values(self) -> dict[str, object]:
        """Return the query parameters, replaced by the body's values of the same name.

        Raise ParseError for a JSON body that is not an object.
        """
        data = self.request.data
        if not isinstance(data, dict):
            raise ParseError("A JSON object is expected.")
        body = data.dict() if isinstance(data, QueryDict) else data
        return {**self.request.query_params.dict(), **body}

    def arguments(self, values: dict[str, object] | None = None) -> dict[str, Any]:
        """Return the values, validated by the view's serializer, without nulls.

        `values` are those of a list's row. By default they are the request's.
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
    def text(cls, problem: Problem) -> object:
        if problem.code == "malformed_json":
            return old_texts.UNREADABLE_BODY
        if "rows" in problem.extra:
            return dict(
                zip(problem.extra["rows"], map(cls.text, problem.parts), strict=True)
            )
        if not problem.fields:
            return super().text(problem)
        name, message, code = first_message(problem.fields)
        message = old_texts.MISSING_ARGUMENT if code == "required" else message
        return {name: message} if name else message
