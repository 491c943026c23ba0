"""URLs that are looked for only where they can be.

    urlpatterns = [Signpost(part(books, "books"), part(authors, "authors"))]

Django tries one pattern after the other, and remembers all that it tried.
"""

from __future__ import annotations

from typing import Any

from django.urls import Resolver404, ResolverMatch, URLResolver
from django.urls.resolvers import RoutePattern


class Prefixes(RoutePattern):
    """Paths with one of some beginnings, of which nothing is taken away."""

    def __init__(self, *beginnings: str) -> None:
        super().__init__("")
        self.beginnings = beginnings

    def match(self, path: str) -> Any:
        return (path, (), {}) if path.startswith(self.beginnings) else None


def part(urls: Any, *beginnings: str) -> URLResolver:
    """URLs all of which begin in one of these ways; `urls` as of `include()`."""
    urlconf, app, namespace = urls if isinstance(urls, tuple) else (urls, None, None)
    pattern = Prefixes(*beginnings)
    return URLResolver(pattern, urlconf, None, app_name=app, namespace=namespace)


class Signpost(URLResolver):
    """The parts, of which only those are asked whose URLs begin as the path does."""

    def __init__(self, *parts: URLResolver) -> None:
        super().__init__(RoutePattern(""), parts)
        self.parts = [(found, beginnings_of(found)) for found in parts]

    def resolve(self, path: str) -> ResolverMatch:
        for found, beginnings in self.parts:
            if path.startswith(beginnings):
                try:
                    return found.resolve(path)
                except Resolver404:
                    continue
        raise Resolver404({"path": path, "tried": []})


def beginnings_of(found: URLResolver) -> tuple[str, ...]:
    pattern: Any = found.pattern
    beginnings: tuple[str, ...] = pattern.beginnings
    return beginnings
