"""The Celery application, for `celery -A config worker`."""

from __future__ import annotations

import os

import django

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")
django.setup()

from common.tasks.celery_backend import app  # noqa: E402

__all__ = ["app"]
