"""The Celery application, for `celery -A config worker`."""

from __future__ import annotations

import os
import sys

import django
from django.core.exceptions import ImproperlyConfigured

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")
try:
    django.setup()
except ImproperlyConfigured as error:
    sys.exit(f"Quintet: {error}")

from common.tasks.celery_backend import app

__all__ = ["app"]
