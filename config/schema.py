"""The OpenAPI document's view of the URL table."""

from __future__ import annotations

from typing import Any

Endpoint = tuple[str, str, str, Any]
# The one old URL that ended in a slash.
WITH_SLASH = {"/bucketlists/"}


def canonical_paths(endpoints: list[Endpoint], **kwargs: Any) -> list[Endpoint]:
    """Names each URL once, in its old spelling, where either slash is answered."""
    return [
        (canonical(path, regex), regex, method, view)
        for path, regex, method, view in endpoints
    ]


def canonical(path: str, regex: str) -> str:
    either = regex.endswith("/?$") and path not in WITH_SLASH
    return path.rstrip("/") if either else path
