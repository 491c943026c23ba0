"""The static files of pages, which production serves from STATIC_ROOT."""

from __future__ import annotations

import fcntl
import json
import os
from pathlib import Path

from django.conf import settings
from django.contrib.staticfiles.finders import get_finders
from django.contrib.staticfiles.storage import (
    ManifestStaticFilesStorage,
    staticfiles_storage,
)
from django.core.management import call_command

COLLECT_COMMAND = "python manage.py collectstatic --noinput"


def missing_static_files() -> list[str]:
    """Return the names that are not in the manifest of STATIC_ROOT."""
    if not isinstance(staticfiles_storage, ManifestStaticFilesStorage):
        return []
    manifest = json.loads(staticfiles_storage.read_manifest() or "{}")
    names = {name for finder in get_finders() for name, _ in finder.list([])}
    return sorted(names - manifest.get("paths", {}).keys())


def collect_static_files() -> None:
    """Run `collectstatic` if files are missing.

    Servers that start at the same time on one machine wait for each other.
    """
    if not missing_static_files():
        return
    folder = Path(str(settings.STATIC_ROOT))
    folder.mkdir(parents=True, exist_ok=True)
    lock = os.open(folder, os.O_RDONLY)
    try:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if missing_static_files():
            call_command("collectstatic", verbosity=0, interactive=False)
    finally:
        os.close(lock)
