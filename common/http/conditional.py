"""Conditional requests (RFC 9110, section 13): `If-Match` and `If-None-Match`.

    GET                                    200, ETag: W/"9f2c…"
    GET, If-None-Match: W/"9f2c…"          304
    PATCH, If-Match: W/"9f2c…"             204, ETag: W/"41d0…"
    PATCH, If-Match: W/"9f2c…"             412, ETag: W/"41d0…"

A tag is `W/"version"`. It is `W/"version.representation"` if the response shows the
resource in another way than its own URL does, such as some of its fields. Reading
compares the whole tag. Writing compares the version alone, so a client that has read
some of the fields can write with that tag.

The tags are weak, since one version has several representations. HTTP lets `If-Match`
take strong tags only. Here it takes weak ones, because a version covers everything that
a write could overwrite unseen.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from django.http import HttpResponse
from django.http.response import HttpResponseBase
from django.utils.http import parse_etags
from rest_framework.exceptions import APIException

from common.http.json import Encoder, dumps

KEPT_IN_304 = ("ETag", "Vary", "Cache-Control")


class MalformedCondition(APIException):
    status_code = 400
    default_detail = 'If-Match must hold entity tags such as W/"x", or *'
    default_code = "malformed_condition"
    source = {"header": "If-Match"}


class PreconditionFailed(APIException):
    """The resource is not in the version that the caller knows; the tag is its own."""

    status_code = 412
    default_detail = "The resource was changed since it was read"
    default_code = "precondition_failed"

    def __init__(self, header: str, etag: str = "") -> None:
        super().__init__()
        self.source = {"header": header}
        self.headers = {"ETag": etag} if etag else {}


@dataclass(frozen=True)
class Preconditions:
    """What a write is to depend on; without headers, nothing."""

    match: tuple[str, ...] = ()
    none_match: tuple[str, ...] = ()

    @classmethod
    def of(cls, headers: Mapping[str, str]) -> Preconditions:
        match = parse_etags(headers.get("If-Match", ""))
        # To ignore it would overwrite what the caller wants to be spared.
        if "If-Match" in headers and not match:
            raise MalformedCondition
        return cls(tuple(match), tuple(parse_etags(headers.get("If-None-Match", ""))))

    def __bool__(self) -> bool:
        return bool(self.match or self.none_match)

    def check(self, version: str) -> None:
        """Refuses the write of a resource that exists in this version."""
        if self.match and not names(self.match, version):
            raise PreconditionFailed("If-Match", etag_of(version))
        if names(self.none_match, version):
            raise PreconditionFailed("If-None-Match", etag_of(version))

    def check_missing(self) -> None:
        """Refuses the write that would make a resource, where one is asked for."""
        if self.match:
            raise PreconditionFailed("If-Match")


def names(tags: tuple[str, ...], version: str) -> bool:
    return "*" in tags or any(version_in(tag) == version for tag in tags)


def version_in(etag: str) -> str:
    return opaque(etag).strip('"').partition(".")[0]


def opaque(etag: str) -> str:
    return etag.removeprefix("W/")


def etag_of(version: str, representation: str = "") -> str:
    return f'W/"{version}.{representation}"' if representation else f'W/"{version}"'


def digest(document: Any) -> str:
    """A short hash of bytes, or of what can be written as JSON."""
    raw = document if isinstance(document, bytes) else canonical(document)
    return hashlib.sha256(raw).hexdigest()[:20]


def canonical(document: Any) -> bytes:
    try:
        return dumps(document, sort_keys=True)
    except TypeError:  # A number too long for that writer, or too deep a document.
        return json.dumps(document, sort_keys=True, cls=Encoder).encode()


def is_known(meta: Mapping[str, str], etag: str) -> bool:
    """Whether the caller has this very answer already, by `If-None-Match`."""
    if "HTTP_IF_NONE_MATCH" not in meta:
        return False
    tags = parse_etags(meta["HTTP_IF_NONE_MATCH"])
    return "*" in tags or opaque(etag) in map(opaque, tags)


def not_modified(response: HttpResponseBase) -> HttpResponse:
    """304 in place of the answer, with its headers that a cache goes by."""
    kept = {
        name: response.headers[name] for name in KEPT_IN_304 if name in response.headers
    }
    found = HttpResponse(status=304, headers=kept)
    del found.headers["Content-Type"]
    return found
