"""Production collects the static files of its pages."""

from __future__ import annotations

import json

import pytest
from django.conf import settings
from django.contrib.staticfiles import storage

from config import static_files
from config.checks import check_static_files
from config.static_files import collect_static_files, missing_static_files
from tests.support.service_processes import PRODUCTION

FILE = "quintet/docs.css"


@pytest.fixture
def folder(tmp_path, settings, monkeypatch):
    """An empty STATIC_ROOT of production."""
    root = tmp_path / "static"
    settings.PRODUCTION, settings.STATIC_ROOT = True, root
    settings.STORAGES = settings.STORAGES | {
        "staticfiles": {
            "BACKEND": "whitenoise.storage.CompressedManifestStaticFilesStorage"
        }
    }
    # `collectstatic` keeps the storage of its first call.
    made = storage.ConfiguredStorage()
    monkeypatch.setattr(static_files, "staticfiles_storage", made)
    return root


def manifest(folder, *missing: str) -> None:
    """Write the manifest of all files but some."""
    names = set(missing_static_files()) - set(missing)
    folder.mkdir()
    paths = dict.fromkeys(names, "x")
    (folder / "staticfiles.json").write_text(
        json.dumps({"version": "1.1", "paths": paths, "hash": ""})
    )


def test_the_check_names_a_file_and_the_command(folder):
    [warning] = check_static_files(None)
    assert "static files are not collected, such as " in warning.msg
    assert warning.hint == "Run: python manage.py collectstatic --noinput"
    assert FILE in missing_static_files()


@pytest.mark.parametrize("names", [(FILE,), ("admin/css/base.css", FILE)])
def test_a_file_of_a_new_version_is_missed(folder, names):
    manifest(folder, *names)

    assert missing_static_files() == sorted(names)
    [warning] = check_static_files(None)
    assert warning.msg.startswith(f"{len(names)} static files are not collected")


def test_nothing_is_collected_twice(folder, monkeypatch):
    manifest(folder)
    monkeypatch.setattr(static_files, "call_command", pytest.fail)
    collect_static_files()

    assert check_static_files(None) == []


def test_development_needs_no_collected_files():
    assert not settings.PRODUCTION
    assert check_static_files(None) == []
    assert missing_static_files() == []


@pytest.mark.django_db(transaction=True)
def test_a_server_of_production_shows_its_pages_at_once(share):
    service = share(**PRODUCTION, BEHIND_PROXY="1")
    for page in ("/docs/", "/reference/", "/admin/login/", "/session/login/", "/books"):
        response = service.get(page, X_Forwarded_Proto="https", Accept="text/html")
        assert response.status == 200, page
    css = service.get("/admin/login/", X_Forwarded_Proto="https").body
    path = css.decode().partition('href="')[2].partition('"')[0]
    assert service.get(path, X_Forwarded_Proto="https").status == 200
