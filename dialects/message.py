"""`{"message": …}`: the wire of Flask-API and of Flask-RESTful.

    POST /bucketlists/  name=                       (form, multipart or JSON)
    400  {"message": "name: This field may not be blank."}

Flask-RESTful's argument parser names the field instead of writing it out:

    400  {"message": {"name": "Missing required parameter in the JSON body or …"}}
"""

from __future__ import annotations

from typing import Any

from django.http import QueryDict
from rest_framework import parsers, serializers
from rest_framework.exceptions import ParseError
from rest_framework.renderers import BrowsableAPIRenderer, JSONRenderer

from common.errors import Problem
from dialects.base import Dialect, StrictJSONParser, first_message

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
            name, message, _ = first_message(problem.fields)
            return f"{name}: {message}" if name else message
        return TEXTS.get(problem.code, problem.detail)


class NullJSONRenderer(JSONRenderer):
    """Writes `null` where DRF would send no body at all."""

    def render(
        self,
        data: Any,
        accepted_media_type: str | None = None,
        renderer_context: Any = None,
    ) -> bytes:
        if data is None:
            return b"null"
        return super().render(data, accepted_media_type, renderer_context)


# The OpenAPI schema of an answer that says nothing but "done".
NULL = {"enum": [None], "nullable": True}


class ArgumentErrorSerializer(serializers.Serializer[Any]):
    message = serializers.JSONField(
        help_text="A sentence, or an object naming the refused argument."
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

    def arguments(self) -> dict[str, Any]:
        """The values, validated by the view's serializer; what is null is left out."""
        serializer = self.get_serializer(data=self.values())
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
        if not problem.fields:
            return super().text(problem)
        name, message, code = first_message(problem.fields)
        message = MISSING if code == "required" else message
        return {name: message} if name else message
