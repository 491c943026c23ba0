"""Every URL and every link of the documents leads somewhere."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from django.conf import settings
from django.urls import Resolver404, resolve

from accounts.models import User
from config.apis import APIS

ROOT = Path(settings.BASE_DIR)
PAGES = [ROOT / name for name in ("README.md", "CONTRIBUTING.md", "CHANGELOG.md")]
# Pages on moving and porting name URLs of the reader's own services.
FOLDERS = ["tutorial", "how-to", "reference", "explanation"]
PAGES += [path for name in FOLDERS for path in sorted((ROOT / "docs" / name).glob("*"))]
ADDRESS = r"https?://(?:127\.0\.0\.1:8000|localhost:8000|api\.example\.com)"
URLS = [
    r"`(?:[A-Z, ]+ )?(/[^`\s]*)[^`]*`",
    rf"{ADDRESS}(/[^\s\"'`),>]*)",
    r"^(?:GET|POST|PUT|PATCH|DELETE|HEAD) (/\S*)",
]
# What is no URL of the project: the reader's own, a mount, a file, an end of URLs.
OTHERS = {
    *("/old", "/old/livez"),
    *("/static/", "/bucketlists/$(sed", "/invoices/$(sed", r"/bucketlists/\1|"),
    *("/api/v2/jobs/%s", "/api/v2/jobs/$(sed", "/run"),
    *("/api/v2/jobs/…retry-after", "/…page%5Bnumber%5D=1"),
    # An identity provider has it.
    "/.well-known/openid-configuration",
    *("/cancel", "/complete", "/events", "/issue", "/retry"),
    # A character of ids.
    "/",
    # The documents say that this one is 404.
    "/api/user/",
}
# Files of the machine, and APIs that a page builds.
BUILT: tuple[str, ...] = ("/etc/", "/run/", "/srv/", "/var/")
BUILT += ("/music/", "/radio/", "/shop/", "/charts/", "/diary/", "/schema/radio/")
BUILT += ("/schema/tracks/",)
# Metrics need a setting, readiness a database in a file, the page for a new password
# its token, and the login redirects users who are logged in.
DEPENDING = {"/metrics", "/readyz", "/healthz", "/session/password", "/admin/login/"}
# What some placeholders stand for.
VALUES = {"type": "video", "relationship": "playlists", "resource": "books"}
PREFIXES = {prefix for api in APIS for prefix in api.prefixes}


def paths_of(page: Path) -> set[str]:
    """Return the paths of a page's URLs, without query strings."""
    text = page.read_text()
    urls = {url for form in URLS for url in re.findall(form, text, re.MULTILINE)}
    paths = {re.split(r"[?#]", url)[0].rstrip(".;:") for url in urls}
    own = {path for path in paths if path.startswith(BUILT)}
    return {path for path in paths - OTHERS - own if not is_prefix(path)}


def is_prefix(path: str) -> bool:
    return path in PREFIXES or path.partition("…")[0].rstrip("/") in {
        prefix.rstrip("/") for prefix in PREFIXES
    } - {"/actors", "/movies", "/books", "/authors", "/orders", "/a-model-command"}


def to_url(path: str) -> str:
    """Replace placeholders such as `<id>`, `{id}`, `$ID` and `…`, most by a number."""
    for name, value in VALUES.items():
        path = path.replace(f"<{name}>", value)
    path = path.replace("/api/v2/meta/books", "/api/v2/meta/orders")
    return re.sub(r"<[^>]+>|\{[^}]+\}|\$[A-Z]+|…", "1", path)


PATHS = sorted({path for page in PAGES for path in paths_of(page)})


def is_url(path: str) -> bool:
    try:
        resolve(path)
    except Resolver404:
        return False
    return True


def test_the_documents_have_urls():
    assert len(PATHS) > 60
    assert "/admin/django_tasks_database/dbtaskresult/" in PATHS


@pytest.mark.parametrize("path", PATHS)
def test_every_url_of_the_documents_is_one(path):
    assert is_url(to_url(path)), f"{path} is no URL of the project."


def test_every_page_and_list_of_the_documents_responds(client, client_of, demo):
    staff = User.objects.get(email="staff@example.com")
    client.force_login(staff)
    api = client_of(staff)
    for path in PATHS:
        url = to_url(path)
        if resolve(url).kwargs and not path.startswith("/admin/"):
            continue
        response = (client if path.startswith("/admin") else api).get(url)
        # Some take POST only.
        assert response.status_code in {200, 405} or path in DEPENDING, path
