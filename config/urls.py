"""Where each system is answered: one table of prefixes."""

from __future__ import annotations

from typing import Any

from django.contrib import admin
from django.urls import URLResolver, include, path, re_path
from django.urls.resolvers import RoutePattern
from django.views.generic import RedirectView
from drf_spectacular.views import (
    SpectacularAPIView,
    SpectacularRedocView,
    SpectacularSwaggerSplitView,
)

from config import probes

handler400 = "config.errors.bad_request"
handler403 = "config.errors.permission_denied"
handler404 = "config.errors.not_found"
handler500 = "config.errors.server_error"


admin.site.site_header = admin.site.site_title = "Quintet"
DOCS = SpectacularSwaggerSplitView.as_view(template_name="swagger.html")
REDOC = SpectacularRedocView.as_view(template_name="redoc.html")


class Prefixes(RoutePattern):
    """Paths with one of some beginnings, of which nothing is taken away."""

    def __init__(self, *beginnings: str) -> None:
        super().__init__("")
        self.beginnings = beginnings

    def match(self, path: str) -> Any:
        return (path, (), {}) if path.startswith(self.beginnings) else None


def system(urls: str, *beginnings: str) -> URLResolver:
    """The URLs of an app, where only paths are looked for that begin like them."""
    found: URLResolver = path("", include(urls))
    found.pattern = Prefixes(*beginnings)
    return found


urlpatterns = [
    path("", RedirectView.as_view(pattern_name="docs")),
    system("accounts.urls", "auth/", "session/"),
    system("bucketlists.urls", "bucketlists"),
    system("goals.urls", "v1.0/"),
    system("casting.urls", "actors", "movies"),
    system("media_catalog.urls", "api/", "books", "authors"),
    system("orders.urls", "api/v2/", "orders", "invoice", "a-model-command"),
    system("dialects.dbbase.urls", "meta/", "api/v2/meta/"),
    path("session/", include("rest_framework.urls")),
    path("admin/", admin.site.urls),
    path("admin", RedirectView.as_view(pattern_name="admin:index")),
    re_path(r"^schema/?$", SpectacularAPIView.as_view(), name="schema"),
    re_path(r"^docs/?$", DOCS, name="docs"),
    re_path(r"^redoc/?$", REDOC, name="redoc"),
    path("livez", probes.livez, name="livez"),
    path("readyz", probes.readyz, name="readyz"),
    path("healthz", probes.readyz, name="healthz"),
    path("metrics", probes.metrics, name="metrics"),
]
