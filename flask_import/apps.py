"""Imports the databases of the old Flask systems: `manage.py import_flask`."""

from __future__ import annotations

from django.apps import AppConfig


class FlaskImportConfig(AppConfig):
    name = "flask_import"
    verbose_name = "imports from Flask"
