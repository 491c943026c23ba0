"""Conditional requests (RFC 9110, section 13): `If-Match` and `If-None-Match`.

    GET                                    200, ETag: W/"9f2c…"
    GET, If-None-Match: W/"9f2c…"          304
    PATCH, If-Match: W/"9f2c…"             200, ETag: W/"41d0…"
    PATCH, If-Match: W/"9f2c…"             412, ETag: W/"41d0…"

A tag is `W/"version"`. It is `W/"version.representation"` if the response shows the
resource in another way than its own URL does, such as some of its fields. Reading
compares the whole tag. Writing compares the version alone, so a client that has read
some of the fields can write with that tag.

The version of a row is a digest of what its own URL shows. A list has no version. Its
tag is a digest of the response and serves reading alone.

The tags are weak, since one version has several representations. HTTP lets `If-Match`
take strong tags only. Here it takes weak ones, because a version covers everything that
a write could overwrite unseen.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import partial
from typing import Any, TypeGuard, cast

from django.db import transaction
from django.http import HttpResponse
from django.http.response import HttpResponseBase
from django.utils.cache import patch_vary_headers
from django.utils.functional import cached_property
from django.utils.http import parse_etags
from rest_framework.exceptions import APIException
from rest_framework.generics import GenericAPIView
from rest_framework.permissions import SAFE_METHODS
from rest_framework.renderers import BrowsableAPIRenderer
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.utils.serializer_helpers import ReturnDict

from common.http.strict_json import canonical_json

HEADERS_OF_304 = ("ETag", "Vary", "Cache-Control")
# Suffixes that proxies append to a tag when they compress the response, before or
# after its closing quote: Apache `-gzip`, Jetty `--gzip`.
COMPRESSED_SUFFIX = re.compile(
    r"(?:--?|;)(?:gzip|br|deflate|zstd)(\"?)(?=\s*(?:,|$))", re.IGNORECASE
)
# A cookie can authenticate another user, who may see other rows.
VARY = ["Accept", "Cookie"]
# Headers that change with a list, as its body does.
TAGGED_HEADERS = ("Link", "X-Total-Count")


class MalformedCondition(APIException):
    status_code = 400
    default_code = "malformed_condition"

    def __init__(self, header: str) -> None:
        super().__init__(f'{header} must contain entity tags, such as W/"x", or *.')
        self.source = {"header": header}


class ConditionNotSupported(APIException):
    """The URL names no row whose version could be compared."""

    status_code = 400
    default_code = "condition_not_supported"

    def __init__(self, preconditions: Preconditions) -> None:
        header = "If-Match" if preconditions.match else "If-None-Match"
        super().__init__(
            f"{header} is not supported here. Use the URL of a single object."
        )
        self.source = {"header": header}


class PreconditionFailed(APIException):
    """412 with the resource's current tag, if the resource exists."""

    status_code = 412
    default_detail = "The resource has changed since you last read it."
    default_code = "precondition_failed"

    def __init__(self, header: str, etag: str = "") -> None:
        super().__init__()
        self.source = {"header": header}
        self.headers = {"ETag": etag} if etag else {}


@dataclass(frozen=True)
class Preconditions:
    """The entity tags that a write depends on; false if there are none."""

    match: tuple[str, ...] = ()
    none_match: tuple[str, ...] = ()

    @classmethod
    def of(cls, headers: Mapping[str, str]) -> Preconditions:
        match, none_match = (
            cls.tags_of(headers, header) for header in ("If-Match", "If-None-Match")
        )
        return cls(match, none_match)

    @staticmethod
    def tags_of(headers: Mapping[str, str], header: str) -> tuple[str, ...]:
        tags = tuple(tags_in(headers.get(header, "")))
        # Ignoring a malformed header would allow the lost update it was sent against.
        if header in headers and not tags:
            raise MalformedCondition(header)
        return tags

    def __bool__(self) -> bool:
        return bool(self.match or self.none_match)

    def check(self, version: str) -> None:
        """Raise PreconditionFailed unless a resource of this version may be written."""
        if self.match and not has_version(self.match, version):
            raise PreconditionFailed("If-Match", etag_of(version))
        if has_version(self.none_match, version):
            raise PreconditionFailed("If-None-Match", etag_of(version))

    def check_missing(self) -> None:
        """Raise PreconditionFailed unless the write may create the resource."""
        if self.match:
            raise PreconditionFailed("If-Match")


def tags_in(header: str) -> list[str]:
    """Return the entity tags of a header as this service has sent them."""
    return parse_etags(COMPRESSED_SUFFIX.sub(r"\1", header))


def has_version(tags: tuple[str, ...], version: str) -> bool:
    return "*" in tags or any(version_in(tag) == version for tag in tags)


def version_in(etag: str) -> str:
    return opaque_tag(etag).strip('"').partition(".")[0]


def opaque_tag(etag: str) -> str:
    return etag.removeprefix("W/")


def etag_of(version: str, representation: str = "") -> str:
    return f'W/"{version}.{representation}"' if representation else f'W/"{version}"'


def digest(document: object) -> str:
    """Return a short hash of bytes, or of a document as JSON."""
    raw = document if isinstance(document, bytes) else canonical_json(document)
    return hashlib.sha256(raw).hexdigest()[:20]


def is_unmodified(meta: Mapping[str, str], etag: str) -> bool:
    """Return whether `If-None-Match` contains the tag of the response."""
    if "HTTP_IF_NONE_MATCH" not in meta:
        return False
    tags = tags_in(meta["HTTP_IF_NONE_MATCH"])
    return "*" in tags or opaque_tag(etag) in map(opaque_tag, tags)


def to_not_modified(response: HttpResponseBase) -> HttpResponse:
    """Return 304 with the headers of the response that a cache needs."""
    headers = {
        name: response.headers[name]
        for name in HEADERS_OF_304
        if name in response.headers
    }
    not_modified = HttpResponse(status=304, headers=headers)
    del not_modified.headers["Content-Type"]
    return not_modified


class ConditionalView(GenericAPIView[Any]):
    """A view with entity tags, whose writes of a row can have preconditions.

    `get_object()` locks the row of a write with preconditions, by `lock_for_write()`.
    Without preconditions, the envelope and DBBase lock it in `filter_queryset()`, goals
    and bucket lists in their services.
    JSON:API always does: it overrides `wrap_conditional_write()`, and checks under its
    own lock.

    In order: `initial()` wraps the write in a transaction. `get_object()` reads the
    row, locks it, reads it again, checks its version, and clears the preconditions.
    """

    # The version of the row in the response.
    version = ""

    def initial(self, request: Request, *args: object, **kwargs: object) -> None:
        super().initial(request, *args, **kwargs)
        self.wrap_conditional_write()

    @property
    def lookup_kwarg(self) -> str:
        """Return the name of the URL's part that has the key of a row."""
        return self.lookup_url_kwarg or self.lookup_field

    @property
    def is_detail(self) -> bool:
        """Return whether the URL is of one row, as `detail=True` in DRF's actions."""
        return self.lookup_kwarg in self.kwargs

    @cached_property
    def preconditions(self) -> Preconditions:
        """Return the preconditions for writing the URL's row."""
        adds_row = self.request.method == "POST" and not self.is_detail
        if self.request.method in SAFE_METHODS or adds_row:
            return Preconditions()
        return Preconditions.of(self.request.headers)

    def wrap_conditional_write(self) -> None:
        """Make a write with preconditions one transaction, its check included."""
        method = str(self.request.method)
        # A method that the URL doesn't support is 405, whatever its headers are.
        if method not in self.allowed_methods or not self.preconditions:
            return
        if not self.is_detail:
            raise ConditionNotSupported(self.preconditions)
        write = getattr(self, method.lower())
        setattr(self, method.lower(), partial(self.write_in_transaction, write))

    def write_in_transaction(
        self,
        write: Callable[..., Response],
        request: Request,
        *args: object,
        **kwargs: object,
    ) -> Response:
        if request.method in {"PUT", "PATCH"}:
            # Parse the body before any lock is taken.
            _ = request.data
        with transaction.atomic():
            return write(request, *args, **kwargs)

    def get_object(self) -> Any:
        """Return the URL's row; a conditional write locks it and checks its version."""
        row = super().get_object()
        if not self.preconditions:
            return row
        self.lock_for_write(row)
        row = super().get_object()
        self.preconditions.check(self.version_of(row))
        # A second call would see the changes of this write.
        self.preconditions = Preconditions()
        return row

    def lock_for_write(self, row: Any) -> None:
        """Lock the row against other writes until the transaction ends.

        Override it in views whose writes lock something else first.
        """
        rows = type(row)._default_manager
        is_deletion = self.request.method == "DELETE"
        rows.select_for_update(no_key=not is_deletion).filter(pk=row.pk).first()

    def version_of(self, row: Any) -> str:
        """Return a version that covers all that a write could overwrite unseen."""
        return digest(self.get_serializer(row).data)

    def version_of_response(self, data: object) -> str:
        """Return the version of the row that the data are; empty for other data."""
        return digest(data) if is_single_row(data) else ""

    def finalize_response(
        self, request: Request, response: Response, *args: object, **kwargs: object
    ) -> Response:
        response = super().finalize_response(request, response, *args, **kwargs)
        patch_vary_headers(response, VARY)
        if not is_tagged(response):
            return response
        self.version = self.version or self.version_of_response(response.data)
        is_read = request.method in {"GET", "HEAD"}
        if self.version or is_read:
            etag = self.etag(response)
            response.headers["ETag"] = etag
            if is_read and is_unmodified(request.META, etag):
                return cast(Response, to_not_modified(response))
        return response

    def etag(self, response: Response) -> str:
        if self.version and not self.request.META.get("QUERY_STRING"):
            return etag_of(self.version)
        response.render()
        headers = (response.headers.get(name, "") for name in TAGGED_HEADERS)
        representation = digest(response.content + "".join(headers).encode())
        if not self.version:
            return etag_of(representation)
        return etag_of(self.version, representation)


def is_single_row(data: object) -> TypeGuard[ReturnDict[str, object]]:
    # DRF returns a ReturnDict from a serializer of one row, a ReturnList from
    # `many=True`, and other responses are plain dicts.
    return isinstance(data, ReturnDict)


def is_tagged(response: Response) -> bool:
    """Return whether the response has data; browsable pages also show the user."""
    renderer = getattr(response, "accepted_renderer", None)
    is_page = renderer is None or isinstance(renderer, BrowsableAPIRenderer)
    return response.status_code in {200, 201} and not is_page
