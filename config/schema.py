"""Hooks of the OpenAPI document (drf-spectacular)."""

from __future__ import annotations

# Path, regular expression, method and view function.
Endpoint = tuple[str, str, str, object]
# The only old URL that ends with a slash.
WITH_SLASH = {"/bucketlists/"}


def canonical_paths(endpoints: list[Endpoint], **kwargs: object) -> list[Endpoint]:
    """List each URL once, as the old API spelled it, if it works with and without `/`.

    A preprocessing hook of drf-spectacular.
    """
    return [
        (canonical_path(path, regex), regex, method, view)
        for path, regex, method, view in endpoints
    ]


def canonical_path(path: str, regex: str) -> str:
    has_optional_slash = regex.endswith("/?$") and path not in WITH_SLASH
    return path.rstrip("/") if has_optional_slash else path
