"""Pages for people: the landing page, the documentation, and parts of all pages."""

from __future__ import annotations

from django.apps import AppConfig


class PagesConfig(AppConfig):
    name = "pages"
