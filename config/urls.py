"""Where each system is answered: one table of prefixes."""

from __future__ import annotations

from django.contrib import admin
from django.urls import include, path, re_path
from django.views.generic import RedirectView
from drf_spectacular.views import (
    SpectacularAPIView,
    SpectacularRedocView,
    SpectacularSwaggerSplitView,
)

from common.urls import Signpost, part
from config import probes

handler400 = "config.errors.bad_request"
handler403 = "config.errors.permission_denied"
handler404 = "config.errors.not_found"
handler500 = "config.errors.server_error"

admin.site.site_header = admin.site.site_title = "Quintet"
DOCS = SpectacularSwaggerSplitView.as_view(template_name="swagger.html")
REDOC = SpectacularRedocView.as_view(template_name="redoc.html")

urlpatterns = [
    path("", RedirectView.as_view(pattern_name="docs")),
    Signpost(
        part(include("accounts.urls"), "auth/", "session/"),
        part(include("bucketlists.urls"), "bucketlists"),
        part(include("goals.urls"), "v1.0/"),
        part(include("casting.urls"), "actors", "movies"),
        part(include("media_catalog.urls"), "api/", "books", "authors"),
        part(include("orders.urls"), "api/v2/", "orders", "invoice", "a-model-command"),
        part(include("dialects.dbbase.urls"), "meta/", "api/v2/meta/"),
    ),
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
