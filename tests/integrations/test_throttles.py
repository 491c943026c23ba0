"""DRF's own throttles, set on our views by `throttle_classes` as DRF documents."""

from __future__ import annotations

import pytest
from django.core.cache import cache
from rest_framework.throttling import SimpleRateThrottle, UserRateThrottle

from media_catalog.views import BookViewSet
from tests.dialects.test_rows import list_views, lists, reading

pytestmark = pytest.mark.usefixtures("undocumented")


class ThreeAMinute(SimpleRateThrottle):
    """By address, whoever asks."""

    scope = "test"
    rate = "3/min"

    def get_cache_key(self, request, view):
        return self.cache_format % {"scope": self.scope, "ident": view.request.path}


@pytest.mark.parametrize("url", sorted({url.partition("?")[0] for url in lists()}))
def test_the_fourth_request_for_a_list_is_429(staff, client_of, monkeypatch, url):
    cache.clear()
    for view in list_views():
        monkeypatch.setattr(view, "throttle_classes", [ThreeAMinute])
    client = reading(staff, client_of)

    responses = [client.get(url) for _ in range(4)]

    assert [response.status_code for response in responses[:3]].count(429) == 0
    assert responses[3].status_code == 429
    assert int(responses[3]["Retry-After"]) in range(1, 61)
    assert responses[3]["Content-Type"].partition(";")[0] == (
        "application/vnd.api+json"
        if url.startswith("/api/") and "v2" not in url
        else "application/json"
    )


class BookThrottle(UserRateThrottle):
    scope = "books"
    rate = "3/min"


@pytest.mark.django_db
def test_a_forged_address_does_not_evade_a_throttle(api, monkeypatch):
    cache.clear()
    monkeypatch.setattr(BookViewSet, "throttle_classes", [BookThrottle])

    responses = [
        api.get("/books", headers={"X-Forwarded-For": f"198.51.100.{number}"})
        for number in range(4)
    ]
    assert [response.status_code for response in responses] == [200, 200, 200, 429]
