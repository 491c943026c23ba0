from __future__ import annotations

import pytest

from accounts.models import User
from tests.support.factories import PASSWORD
from tests.support.openapi import document

HTML = {"HTTP_ACCEPT": "text/html,application/xhtml+xml,*/*;q=0.8"}


def readable() -> list[str]:
    """The URLs that answer JSON; others have a form of their own."""
    paths = document()["paths"]
    responses = {
        path: operations["get"]["responses"].get("200", {}).get("content", {})
        for path, operations in paths.items()
        if "get" in operations
    }
    return sorted(
        path
        for path, content in responses.items()
        if content and all(media_type.endswith("json") for media_type in content)
    )


def filled(path: str) -> str:
    """The URL of a row that the demo data hold."""
    for name, pk in DEMO_IDS.items():
        path = path.replace(f"/api/{name}/{{id}}", f"/api/{name}/{pk}")
    for name in ("id", "actor_id", "movie_id", "item_id"):
        path = path.replace(f"{{{name}}}", "1")
    return path.replace("{related_id}", "nothing")


DEMO_IDS = {
    "user": "demo-user-ada",
    "video": "demo-video-sintel",
    "playlist": "demo-playlist-open-movies",
}


def test_every_url_that_can_be_read_is_a_page_in_a_browser(client, demo):
    client.force_login(User.objects.get(email="staff@example.com"))
    paths = readable()
    assert len(paths) > 20
    for path in paths:
        response = client.get(filled(path), **HTML)
        assert response.headers["Content-Type"].startswith("text/html"), path
        assert response.status_code in {200, 404}, path
        assert f"<b>GET</b> {filled(path)}" in response.content.decode(), path


def test_every_url_tells_what_it_takes(client, demo):
    client.force_login(User.objects.get(email="staff@example.com"))
    for path in document()["paths"]:
        response = client.options(filled(path))
        assert response.status_code == 200, path
        assert "OPTIONS" in response.headers["Allow"], path


def test_a_page_lets_people_log_in_and_comes_back(client, ada):
    assert (
        "/session/login/?next=/books" in client.get("/books", **HTML).content.decode()
    )
    form = {"username": ada.email, "password": PASSWORD, "next": "/books"}

    assert client.post("/session/login/", form).headers["Location"] == "/books"
    assert "ada" in client.get("/books", **HTML).content.decode()


@pytest.mark.parametrize("url", ["/auth/login", "/auth/register", "/a-model-command"])
def test_what_is_only_sent_to_has_a_page_with_a_form(client, db, url):
    response = client.get(url, **HTML)

    assert response.status_code == 405
    assert response.headers["Content-Type"].startswith("text/html")
    assert "POST" in response.content.decode()
