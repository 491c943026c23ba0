"""Response headers for browsers: CORS, Content Security Policy and caching."""

from __future__ import annotations

import pytest

from tests.support.service_processes import PRODUCTION

pytestmark = pytest.mark.django_db(transaction=True)
OURS, OTHERS = "https://app.example.com", "https://evil.example"
LISTED = {"CORS_ALLOWED_ORIGINS": f"{OURS},http://localhost:5173"}
DEVELOPMENT = {"DJANGO_SETTINGS_MODULE": "tests.config.settings"}
PREFLIGHT = {
    "Access_Control_Request_Method": "PUT",
    "Access_Control_Request_Headers": "authorization, if-match",
}
EXPOSED = "etag link location retry-after x-request-id x-total-count x-ratelimit-limit"
ALLOWED = (
    "authorization if-match if-none-match idempotency-key content-type last-event-id"
)


def allowed_origin(response) -> str | None:
    assert response.headers.get("Access-Control-Allow-Origin") != "*"
    assert "Access-Control-Allow-Credentials" not in response.headers
    return response.headers.get("Access-Control-Allow-Origin")


LOCAL = [
    *("http://localhost:3000", "http://127.0.0.1:8080", "https://localhost"),
    *("http://[::1]:5173", "http://localhost"),
]
NOT_LOCAL = [
    *(OURS, OTHERS, "null", "http://localhost.evil.example", "http://localhost:3000x"),
    *("http://127.0.0.1.evil.example:80", "http://127.0.0.2", "file://localhost"),
    *("http://evil.example/?http://localhost", "http://user@localhost", "localhost"),
]


@pytest.mark.difference(
    "Everywhere",
    old="Lets web pages of any origin call the casting API",
    new="Allows no origin in production except those in `CORS_ALLOWED_ORIGINS`",
    why="Web pages shouldn't use a user's token without being asked",
)
def test_production_allows_no_origin_without_the_setting(share):
    service = share(**PRODUCTION)
    headers = {"Host": "api.example.com", "X_Forwarded_Proto": "https"}
    for origin in [*LOCAL, *NOT_LOCAL]:
        for response in (
            service.get("/bucketlists/", Origin=origin, **headers),
            service.call("OPTIONS", "/books", Origin=origin, **PREFLIGHT, **headers),
        ):
            names = [name.lower() for name in response.headers]
            assert not [name for name in names if name.startswith("access-control")]
            assert "origin" not in response.headers.get("Vary", "").lower()


@pytest.mark.difference(
    "Everywhere",
    old="Lets no web page call the other APIs",
    new="Lets web pages from this machine call all APIs in development",
)
def test_development_allows_the_pages_of_this_machine(share):
    service = share(**DEVELOPMENT)
    for path in ("/movies", "/books", "/v1.0/goals", "/api/video", "/bucketlists/"):
        for origin in LOCAL:
            mine = service.get(path, Origin=origin)
            assert allowed_origin(mine) == origin, path
            assert "origin" in mine.headers["Vary"].lower()
            ask = service.call("OPTIONS", path, Origin=origin, **PREFLIGHT)
            assert (ask.status, allowed_origin(ask)) == (200, origin)
        for origin in NOT_LOCAL:
            assert allowed_origin(service.get(path, Origin=origin)) is None, origin
    assert allowed_origin(service.get("/admin/", Origin=LOCAL[0])) is None


def test_tracers_and_further_headers_pass_a_preflight(share):
    headers = "X-Client-Version, x-b3-traceid"
    service = share(CORS_ALLOW_HEADERS=headers, **DEVELOPMENT)
    tracing = "traceparent, tracestate, baggage, sentry-trace, x-http-method-override"
    sent = f"{tracing}, x-client-version, x-b3-traceid"
    for path in ("/books", "/auth/login", "/api/video", "/movies/1", "/v1.0/goals"):
        preflight = PREFLIGHT | {"Access_Control_Request_Headers": sent}
        response = service.call("OPTIONS", path, Origin=LOCAL[0], **preflight)
        allowed = response.headers["Access-Control-Allow-Headers"].lower().split(", ")
        assert set(sent.split(", ")) <= set(allowed), path


def test_only_listed_origins_are_allowed_and_never_with_cookies(share):
    service = share(**LISTED, **DEVELOPMENT)
    token = {"Authorization": f"Bearer {service.login('a@example.com', 'pass phrase')}"}
    cookie = {"Cookie": "sessionid=x; csrftoken=y"}
    for who in ({}, token, cookie, token | cookie):
        for path in ("/books", "/auth/me", "/nothing", "/movies", "/breaks/x"):
            mine = service.get(path, Origin=OURS, **who)
            assert allowed_origin(mine) == OURS, path
            assert "origin" in mine.headers["Vary"].lower()
            exposed = mine.headers["Access-Control-Expose-Headers"].lower().split(", ")
            assert set(EXPOSED.split()) <= set(exposed)
            assert allowed_origin(service.get(path, **who)) is None
            for origin in (
                OTHERS,
                "null",
                f"{OURS}.evil.example",
                "http://app.example.com",
            ):
                response = service.get(path, Origin=origin, **who)
                assert allowed_origin(response) is None, (path, origin)
                assert response.status == mine.status


def test_a_preflight_needs_no_login_but_a_listed_origin(share):
    service = share(**LISTED, **DEVELOPMENT)
    for path in ("/books", "/auth/login", "/api/v2/orders", "/movies/1"):
        mine = service.call("OPTIONS", path, Origin=OURS, **PREFLIGHT)
        assert (mine.status, allowed_origin(mine), mine.body) == (200, OURS, b"")
        names = mine.headers["Access-Control-Allow-Headers"].lower().split(", ")
        assert set(ALLOWED.split()) <= set(names)
        assert "PUT" in mine.headers["Access-Control-Allow-Methods"]
        other = service.call("OPTIONS", path, Origin=OTHERS, **PREFLIGHT)
        assert allowed_origin(other) is None
        assert "Access-Control-Allow-Methods" not in other.headers


def test_the_admin_and_the_probes_allow_no_origin(share):
    service = share(**LISTED, **DEVELOPMENT)
    for path in ("/admin/", "/session/login/", "/readyz", "/metrics"):
        preflight = service.call("OPTIONS", path, Origin=OURS, **PREFLIGHT)
        assert allowed_origin(preflight) is None, path
        assert allowed_origin(service.get(path, Origin=OURS)) is None, path


def test_production_does_not_redirect_a_preflight(share):
    service = share(**PRODUCTION, **LISTED)
    response = service.call(
        "OPTIONS", "/books", Origin=OURS, Host="api.example.com", **PREFLIGHT
    )

    assert (response.status, allowed_origin(response)) == (200, OURS)


PLACES = [
    ("/books", "page"),
    ("/auth/me", "page"),
    ("/nothing", "page"),
    ("/schema", "none"),
    ("/docs", "page"),
    ("/reference", "styled"),
    ("/admin/login/", "page"),
    ("/session/login/", "page"),
    ("/static/rest_framework/css/default.css", "none"),
    ("/livez", "none"),
]


def test_every_response_has_the_security_headers(share):
    service = share(**DEVELOPMENT)
    for path, kind in PLACES:
        headers = service.get(path, Accept="text/html,*/*").headers
        assert headers["X-Content-Type-Options"] == "nosniff", path
        assert headers["X-Frame-Options"] == "DENY", path
        assert headers["Referrer-Policy"] == "same-origin", path
        policy = headers["Content-Security-Policy"]
        assert "frame-ancestors 'none'" in policy
        assert "script-src 'unsafe" not in policy, path
        assert ("script-src" in policy) == (kind != "none"), path
        if kind == "page":
            assert "unsafe" not in policy


@pytest.mark.parametrize("path", ["/auth/login", "/auth/refresh", "/auth/nothing"])
def test_responses_with_tokens_are_not_cached(client, path):
    response = client.post(path, {}, content_type="application/json")

    assert response.headers["Cache-Control"] == "no-store"


def test_a_server_error_has_the_security_headers(share):
    service = share(**DEVELOPMENT)
    response = service.get("/breaks/x?email=a&password=b&token=c")

    assert response.status == 500
    assert response.headers["X-Content-Type-Options"] == "nosniff"
    assert response.headers["Content-Security-Policy"].startswith("default-src 'none'")
    assert response.json()["message"]
