"""Context of the templates of all pages."""

from __future__ import annotations

from django.http import HttpRequest
from django.utils.functional import SimpleLazyObject

from pages.acting import demo_accounts


def site(request: HttpRequest) -> dict[str, object]:
    return {
        # One query, for the templates that use it.
        "demo_accounts": SimpleLazyObject(demo_accounts),
    }
