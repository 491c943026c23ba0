"""The URLs of all APIs (see `config/apis.py`), pages and probes."""

from __future__ import annotations

from django.contrib import admin
from django.contrib.auth.views import LoginView
from django.urls import include, path, re_path
from django.views.generic import RedirectView

from accounts.forms import LoginForm
from config import documents, probes
from config.apis import URLCONFS

handler400 = "config.errors.bad_request"
handler403 = "config.errors.permission_denied"
handler404 = "config.errors.not_found"
handler500 = "config.errors.server_error"

admin.site.site_header = admin.site.site_title = "Quintet"

# In place of that of `rest_framework.urls`.
LOGIN_VIEW = LoginView.as_view(
    template_name="rest_framework/login.html", authentication_form=LoginForm
)

urlpatterns = [
    *(path("", include(urlconf)) for urlconf in URLCONFS),
    path("", include("pages.urls")),
    path("session/login/", LOGIN_VIEW),
    path("session/", include("rest_framework.urls")),
    path("admin/", admin.site.urls),
    path("admin", RedirectView.as_view(pattern_name="admin:index")),
    path("openapi.json", documents.openapi, {"form": "json"}, name="openapi-json"),
    path("openapi.yaml", documents.openapi, {"form": "yaml"}, name="openapi-yaml"),
    re_path(r"^schema/?$", documents.openapi, name="schema"),
    re_path(r"^schema/(?P<system>[a-z-]+)/?$", documents.openapi, name="system-schema"),
    re_path(r"^livez/?$", probes.livez, name="livez"),
    re_path(r"^readyz/?$", probes.readyz, name="readyz"),
    re_path(r"^healthz/?$", probes.readyz, name="healthz"),
    re_path(r"^metrics/?$", probes.metrics, name="metrics"),
]
