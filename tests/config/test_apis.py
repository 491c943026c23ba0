"""The table of APIs agrees with the URLs and views that it names."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from django.urls import URLPattern, URLResolver, get_resolver

from config.apis import API, APIS, URLCONFS, dialect_of
from config.middleware import format_route
from dialects.base import Dialect
from dialects.dbbase import DbbaseDialect
from dialects.envelope import EnvelopeDialect


def routes(
    patterns: list[URLPattern | URLResolver], prefix: str = ""
) -> Iterator[tuple[str, URLPattern]]:
    """Yield every URL below these patterns, such as `/actors/<pk>`, and its pattern."""
    for pattern in patterns:
        route = prefix + str(pattern.pattern)
        if isinstance(pattern, URLResolver):
            yield from routes(pattern.url_patterns, route)
        else:
            yield format_route(route), pattern


def strays(apis: list[API]) -> list[str]:
    """Return the URLs of these APIs' URLconfs that begin with none of the prefixes."""
    return [
        route
        for urlconf in {api.urlconf for api in apis}
        for route, _ in routes(get_resolver(urlconf).url_patterns)
        if not route.startswith(
            tuple(p for api in apis if api.urlconf == urlconf for p in api.prefixes)
        )
    ]


def test_every_url_of_an_api_begins_with_one_of_its_prefixes():
    assert strays(APIS) == []


@pytest.mark.parametrize(
    "line",
    [
        API(("/actors",), EnvelopeDialect, "casting.urls"),
        API(("/movies", "/actor/"), EnvelopeDialect, "casting.urls"),
        API(("/actors", "/movies"), EnvelopeDialect, "goals.urls"),
        API(("/orders",), DbbaseDialect, "orders.urls"),
    ],
)
def test_a_wrong_line_leaves_urls_without_a_prefix(line):
    assert strays([line])


@pytest.mark.parametrize("api", APIS, ids=lambda api: api.prefixes[0])
def test_every_prefix_has_urls(api):
    urls = [route for route, _ in routes(get_resolver(api.urlconf).url_patterns)]

    for prefix in api.prefixes:
        assert any(url.startswith(prefix) for url in urls), prefix


def test_every_view_of_a_dialect_speaks_the_dialect_of_its_url():
    views = {
        route: getattr(pattern.callback, "cls", None)
        for route, pattern in routes(get_resolver().url_patterns)
    }
    dialects = {
        route: view
        for route, view in views.items()
        if isinstance(view, type) and issubclass(view, Dialect)
    }
    assert len(dialects) > 50
    for route, view in dialects.items():
        assert issubclass(view, dialect_of(route)), route


def test_the_urls_include_each_urlconf_once():
    resolvers = [p for p in get_resolver().url_patterns if isinstance(p, URLResolver)]
    included = [getattr(each.urlconf_name, "__name__", "") for each in resolvers]

    assert [name for name in included if name in URLCONFS] == URLCONFS
