"""The URLs of all APIs (see `config/apis.py`), pages and probes."""

from __future__ import annotations

from django.contrib import admin
from django.urls import include, path, re_path
from django.views.generic import RedirectView
from drf_spectacular.views import (
    SpectacularAPIView,
    SpectacularRedocView,
    SpectacularSwaggerSplitView,
)

from config import probes
from config.apis import URLCONFS

handler400 = "config.errors.bad_request"
handler403 = "config.errors.permission_denied"
handler404 = "config.errors.not_found"
handler500 = "config.errors.server_error"

admin.site.site_header = admin.site.site_title = "Quintet"
DOCS = SpectacularSwaggerSplitView.as_view(template_name="swagger.html")
REDOC = SpectacularRedocView.as_view(template_name="redoc.html")

urlpatterns = [
    path("", RedirectView.as_view(pattern_name="docs")),
    *(path("", include(urlconf)) for urlconf in URLCONFS),
    path("session/", include("rest_framework.urls")),
    path("admin/", admin.site.urls),
    path("admin", RedirectView.as_view(pattern_name="admin:index")),
    re_path(r"^schema/?$", SpectacularAPIView.as_view(), name="schema"),
    re_path(r"^docs/?$", DOCS, name="docs"),
    re_path(r"^redoc/?$", REDOC, name="redoc"),
    re_path(r"^livez/?$", probes.livez, name="livez"),
    re_path(r"^readyz/?$", probes.readyz, name="readyz"),
    re_path(r"^healthz/?$", probes.readyz, name="healthz"),
    re_path(r"^metrics/?$", probes.metrics, name="metrics"),
]
