"""The documentation pages: Swagger UI to try requests, and Scalar to read."""

from __future__ import annotations

from typing import Any
from urllib.parse import urlencode

from django.conf import settings
from django.http import HttpRequest, HttpResponseRedirect
from django.templatetags.static import static
from django.urls import reverse
from django.views.generic import TemplateView

import accounts.demo
from config.documents import systems
from dialects.openapi_document import openapi_document

# drf-spectacular-sidecar has Swagger UI, `script/update-scalar` brings Scalar.
SWAGGER_UI = "drf_spectacular_sidecar/swagger-ui-dist/"
SCALAR = "scalar/standalone.esm.js"
BEARER = {"type": "http", "scheme": "bearer"}


class DocumentationView(TemplateView):
    """A page that shows the OpenAPI documents."""

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        options = {
            "documents": documents(),
            "scalar": static(SCALAR),
            "signIn": demo_accounts(),
        }
        return super().get_context_data(
            options=options, swagger_ui=static(SWAGGER_UI), **kwargs
        )


def documents() -> list[dict[str, str]]:
    """Return names and URLs of the documents. The first one has all systems."""
    joint = {"name": "All APIs", "url": reverse("openapi-json")}
    return [joint, *(system_menu_entry(name) for name in systems())]


def system_menu_entry(name: str) -> dict[str, str]:
    return {"name": systems()[name]["name"], "url": url_of_document(name)}


def url_of_document(system: str) -> str:
    return f"{reverse('system-schema', kwargs={'system': system})}?format=json"


def url_of_system(system: str) -> str:
    """Return the URL of the page that shows only this system."""
    return f"{reverse('docs')}?{urlencode({'document': url_of_document(system)})}"


def demo_accounts() -> dict[str, Any] | None:
    """Return what a page needs to log in as a demo account; None in production."""
    if settings.PRODUCTION:
        return None
    schemes = openapi_document()["components"]["securitySchemes"]
    return {
        "url": reverse("accounts:login"),
        "scheme": next(
            name for name in schemes if schemes[name].items() >= BEARER.items()
        ),
        "emails": {
            name: accounts.demo.email_of(name) for name in accounts.demo.ACCOUNTS
        },
        "password": accounts.demo.PASSWORD,
    }


def favicon(request: HttpRequest) -> HttpResponseRedirect:
    """Redirect to the icon, which browsers ask for at the root of the host."""
    return HttpResponseRedirect(static("quintet/favicon.svg"))
