"""Headers of answers, put where Django keeps them.

Django looks at each one for what no header may hold. What is put here is Quintet's own
and known to be plain text in one line.
"""

from __future__ import annotations

from django.http.response import HttpResponseBase

Headers = dict[str, tuple[str, str]]


def headers_of(response: HttpResponseBase) -> Headers:
    """All of them, with their names, by these in small letters."""
    found: Headers = response.headers._store
    return found


def put_all(response: HttpResponseBase, headers: Headers) -> None:
    """Gives the answer these headers and no others."""
    vars(response.headers)["_store"] = headers


def put(response: HttpResponseBase, name: str, value: str) -> None:
    headers_of(response)[name.lower()] = name, value
