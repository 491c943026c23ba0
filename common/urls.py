"""URLs that are looked for only where they can be.

    urlpatterns = [Signpost(part(books, "books"), part(authors, "authors"))]

Django tries one pattern after the other, and remembers all that it tried.
"""

from __future__ import annotations

from typing import Any

from django.urls import Resolver404, ResolverMatch, URLResolver
from django.urls.resolvers import RoutePattern
from django.utils.functional import cached_property

# How paths begin, and what is to be asked about those.
Way = tuple[tuple[str, ...], list[Any]]


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
        self.parts: Any = parts

    @cached_property
    def ways(self) -> list[Way]:
        """The parts' patterns, which are asked directly where a part has no name."""
        return [way for each in self.parts for way in ways_of(each)]

    def resolve(self, path: str) -> ResolverMatch:
        for beginnings, patterns in self.ways:
            if not path.startswith(beginnings):
                continue
            for pattern in patterns:
                try:
                    found: ResolverMatch | None = pattern.resolve(path)
                except Resolver404:
                    continue
                if found:
                    return found
        raise Resolver404({"path": path, "tried": []})


def ways_of(found: Any) -> list[Way]:
    own = found.pattern.beginnings
    if found.app_name or found.namespace:
        return [(own, [found])]
    ways: list[Way] = []
    for each in found.url_patterns:
        if isinstance(each, Signpost):
            ways += [(both(own, inner), patterns) for inner, patterns in each.ways]
        else:
            ways.append((own, [each]))
    return ways


def both(some: tuple[str, ...], others: tuple[str, ...]) -> tuple[str, ...]:
    """The beginnings of what begins in one of some ways, and in one of others."""
    pairs = [sorted((one, other), key=len) for one in some for other in others]
    return tuple(longer for shorter, longer in pairs if longer.startswith(shorter))
