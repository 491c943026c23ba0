"""The project's settings with URLs that break on purpose."""

from __future__ import annotations

from config.settings import *  # noqa: F403

ROOT_URLCONF = "tests.config.urls"
