"""Tokens of an identity provider, which runs on a socket of its own."""

from __future__ import annotations

import hashlib
import hmac
import json
import socket

import jwt
import pytest

from accounts import provider_keys
from accounts.models import User
from tests.casting.provider import (
    bearer,
    hours,
    private_key,
    public_pem,
    segment,
)
from tests.config.test_settings import PRODUCTION, manage

INVALID = {
    "code": "invalid_claims",
    "description": "The token is not valid for this service.",
}


@pytest.fixture
def clock(monkeypatch):
    """Time that stands still until it is moved."""

    class Clock:
        now = 1_000_000.0

        def __call__(self) -> float:
            return self.now

        def pass_seconds(self, seconds: float) -> None:
            self.now += seconds

    clock = Clock()
    monkeypatch.setattr("time.monotonic", clock)
    return clock


@pytest.mark.difference(
    "Casting",
    old="Accepts tokens of the provider whose name is in the code",
    new="Accepts those of `OIDC_ISSUER`, in addition to its own",
)
def test_a_token_of_the_provider_has_its_permissions(provider, movie):
    client = provider.client("get:actors", "post:movies")

    assert client.get("/actors").status_code == 200
    assert client.get("/movies").status_code == 403
    created = client.post(
        "/movies", {"title": "New", "release_date": "2026-01-01"}, "json"
    )
    assert created.status_code == 200
    assert client.delete(f"/movies/{movie.pk}").json() == {
        "code": "unauthorized",
        "description": "Permission not found.",
    }
    assert not User.objects.exists()


def test_permissions_of_other_services_count_for_nothing(provider, movie):
    client = provider.client("casting.view_actor", "read:actors", "GET:ACTORS", "*", "")

    assert client.get("/actors").status_code == 403


@pytest.mark.parametrize("audience", ["https://casting.example.com", ["x", None]])
def test_the_audience_is_a_text_or_a_list(provider, actor, audience):
    if isinstance(audience, list):
        audience = ["x", provider.audience]
    client = bearer(provider.token(aud=audience))

    assert client.get("/actors").status_code == 200


def test_own_tokens_work_beside_them(provider, assistant, actor):
    assert assistant.get("/actors").status_code == 200
    assert provider.requests == 0


def test_without_a_token_the_client_is_anonymous(provider, api):
    response = api.get("/actors")

    assert response.status_code == 401
    assert response.json()["code"] == "authorization_header_missing"
    assert api.get("/actors", HTTP_AUTHORIZATION="Basic x").status_code == 401


OTHER_SYSTEMS = [
    *("/auth/me", "/bucketlists/", "/v1.0/goals", "/v1.0/users", "/orders", "/books"),
    *("/api/v2/jobs", "/invoices", "/api/video", "/auth/logout"),
]


@pytest.mark.parametrize("url", OTHER_SYSTEMS)
def test_the_other_apis_refuse_the_token(provider, db, url):
    client = provider.client("get:actors")

    assert client.get(url).status_code in {401, 405}
    assert client.post(url, {}, "json").status_code in {401, 405}


@pytest.mark.parametrize("url", ["/actors", "/movies"])
def test_a_caller_without_an_account_gets_pages_in_a_browser(provider, movie, url):
    client = provider.client("get:actors", "get:movies", "post:actors", "post:movies")
    response = client.get(url, HTTP_ACCEPT="text/html")

    assert response.status_code == 200
    assert "auth0|5f0" in response.content.decode()


BAD_CLAIMS = {
    "another issuer": {"iss": "https://evil.example.com/"},
    "no issuer": {"iss": None},
    "another audience": {"aud": "https://other.example.com"},
    "no audience": {"aud": None},
    "an audience that is a number": {"aud": 7},
    "not yet valid": {"nbf": hours(1)},
    "issued ahead": {"iat": hours(1)},
    "no end": {"exp": None},
    "an end in words": {"exp": "tomorrow"},
    "an end too far": {"exp": 1e400},
    "no subject": {"sub": None},
    "an empty subject": {"sub": ""},
    "a subject that is a number": {"sub": 7},
    "no permissions": {"permissions": None},
    "permissions in a text": {"permissions": "get:actors"},
    "permissions in an object": {"permissions": {"get:actors": True}},
    "permissions that are no texts": {"permissions": ["get:actors", 7]},
    "permissions that are lists": {"permissions": [["get:actors"]]},
}


@pytest.mark.parametrize("changes", BAD_CLAIMS.values(), ids=BAD_CLAIMS)
def test_claims_that_do_not_fit_are_401(provider, actor, changes):
    response = bearer(provider.token(**changes)).get("/actors")

    assert (response.status_code, response.json()) == (401, INVALID)
    assert response.headers["WWW-Authenticate"] == "Bearer"


def test_an_expired_token_says_so(provider, actor):
    response = bearer(provider.token(exp=hours(-1))).get("/actors")

    assert response.status_code == 401
    assert response.json()["code"] == "token_expired"


def forged_by_hand(provider, header: dict, signature: bytes = b"") -> str:
    body = [json.dumps(part).encode() for part in (header, provider.claims())]
    return ".".join([*map(segment, body), segment(signature)])


def hmac_with_public_key(provider) -> str:
    """The classic: what everybody may know, taken for a secret."""
    head = segment(json.dumps({"alg": "HS256", "kid": "first"}).encode())
    body = segment(json.dumps(provider.claims()).encode())
    signed = f"{head}.{body}"
    digest = hmac.new(public_pem("first"), signed.encode(), hashlib.sha256).digest()
    return f"{signed}.{segment(digest)}"


def signed_with(provider, algorithm: str, **headers) -> str:
    return jwt.encode(
        provider.claims(),
        private_key("first"),
        algorithm,
        headers={"kid": "first"} | headers,
    )


FORGED = {
    "no signature": lambda p: forged_by_hand(p, {"alg": "none", "kid": "first"}),
    "None": lambda p: forged_by_hand(p, {"alg": "None", "kid": "first"}),
    "an empty signature": lambda p: forged_by_hand(p, {"alg": "RS256", "kid": "first"}),
    "a made-up signature": lambda p: forged_by_hand(
        p, {"alg": "RS256", "kid": "first"}, b"x" * 256
    ),
    "the public key as secret": hmac_with_public_key,
    "another RSA algorithm": lambda p: signed_with(p, "RS512"),
    "PSS": lambda p: signed_with(p, "PS256"),
    "another's key": lambda p: jwt.encode(
        p.claims(), private_key("evil"), "RS256", headers={"kid": "first"}
    ),
    "no key id": lambda p: jwt.encode(p.claims(), private_key("first"), "RS256"),
    "a key id that is a number": lambda p: forged_by_hand(
        p, {"alg": "RS256", "kid": 1}
    ),
    "a key id that is a list": lambda p: forged_by_hand(p, {"alg": "RS256", "kid": []}),
    "no algorithm": lambda p: forged_by_hand(p, {"kid": "first"}),
    "an algorithm that is a list": lambda p: forged_by_hand(
        p, {"alg": ["RS256"], "kid": "first"}
    ),
    "a critical header": lambda p: signed_with(p, "RS256", crit=["exp"], exp=1),
    "two signatures": lambda p: f"{p.token()}.{p.token()}",
    "a cut token": lambda p: p.token()[:-10],
    "a changed body": lambda p: change_body(p.token()),
    "deeply nested claims": lambda p: nested(p),
    "deeply nested header": lambda p: f"{segment(b'[' * 9000)}.e30.x",
    "claims that are a list": lambda p: f"{segment(b'{}')}.{segment(b'[]')}.x",
    "claims in no encoding": lambda p: f"{segment(b'{}')}.{segment(bytes([255]))}.x",
}


def change_body(token: str) -> str:
    head, body, signature = token.split(".")
    return ".".join(
        [
            head,
            ("A" if body[20] != "A" else "B").join([body[:20], body[21:]]),
            signature,
        ]
    )


def nested(provider) -> str:
    head = segment(json.dumps({"alg": "RS256", "kid": "first"}).encode())
    return f"{head}.{segment(b'[' * 9000)}.x"


@pytest.mark.parametrize("forge", FORGED.values(), ids=FORGED)
def test_forged_tokens_are_401(provider, actor, forge):
    response = bearer(forge(provider)).get("/actors")

    assert (response.status_code, response.json()) == (401, INVALID)


@pytest.mark.parametrize("header", ["jku", "x5u"])
def test_keys_come_only_from_the_configured_url(provider, actor, header):
    """A token may name where its key is; nobody goes there."""
    with socket.create_server(("127.0.0.1", 0)) as trap:
        trap.setblocking(False)
        port = trap.getsockname()[1]
        url = f"http://127.0.0.1:{port}/jwks.json"
        token = jwt.encode(
            provider.claims(),
            private_key("evil"),
            "RS256",
            headers={"kid": "evil", header: url},
        )
        assert bearer(token).get("/actors").json() == INVALID
        with pytest.raises(BlockingIOError):
            trap.accept()


def test_keys_are_asked_for_once(provider, actor):
    for _ in range(5):
        assert provider.client("get:actors").get("/actors").status_code == 200

    assert provider.requests == 1


def test_a_new_key_is_found_by_its_id(provider, actor, clock):
    assert bearer(provider.token()).get("/actors").status_code == 200
    provider.kids = ["first", "second"]
    clock.pass_seconds(provider_keys.PAUSE_SECONDS + 1)

    assert bearer(provider.token("second")).get("/actors").status_code == 200
    assert bearer(provider.token("first")).get("/actors").status_code == 200
    assert provider.requests == 2


def test_a_key_that_is_withdrawn_ends(provider, actor, clock):
    assert bearer(provider.token()).get("/actors").status_code == 200
    provider.kids = ["second"]
    clock.pass_seconds(provider_keys.JWKS_TTL_SECONDS + 1)

    assert bearer(provider.token()).get("/actors").status_code == 401
    assert bearer(provider.token("second")).get("/actors").status_code == 200


def test_made_up_key_ids_do_not_hammer_the_provider(provider, actor, clock):
    assert bearer(provider.token()).get("/actors").status_code == 200
    for n in range(20):
        token = jwt.encode(
            provider.claims(), private_key("evil"), "RS256", headers={"kid": str(n)}
        )
        assert bearer(token).get("/actors").json() == INVALID
    assert provider.requests == 1

    clock.pass_seconds(provider_keys.PAUSE_SECONDS + 1)
    for _ in range(5):
        bearer(token).get("/actors")
    assert provider.requests == 2
    assert bearer(provider.token()).get("/actors").status_code == 200


def test_tokens_with_another_algorithm_ask_nothing_of_the_provider(provider, actor):
    bearer(hmac_with_public_key(provider)).get("/actors")
    bearer(provider.token(iss="https://evil.example.com/")).get("/actors")

    assert provider.requests == 0


def test_a_provider_that_is_down_is_503_and_not_asked_again_at_once(
    provider, actor, clock
):
    provider.answer = b"<html>Sorry</html>"
    for _ in range(5):
        response = bearer(provider.token()).get("/actors")
        assert response.status_code == 503
        assert response.headers["Retry-After"] == "1"
        assert response.json() == {
            "error": 503,
            "message": "Service unavailable",
            "success": False,
        }
    assert provider.requests == 1

    provider.answer = None
    clock.pass_seconds(provider_keys.PAUSE_SECONDS + 1)
    assert bearer(provider.token()).get("/actors").status_code == 200


@pytest.mark.parametrize(
    "answer",
    [b"[]", b"{}", b'{"keys": []}', b'{"keys": [{"kty": "oct"}]}', b"\xff", b"null"],
)
def test_a_key_set_that_cannot_be_read_is_503(provider, actor, answer):
    provider.answer = answer

    assert bearer(provider.token()).get("/actors").status_code == 503


def test_known_keys_last_while_the_provider_is_down(provider, actor, clock):
    client = bearer(provider.token())
    assert client.get("/actors").status_code == 200
    provider.answer = b""
    clock.pass_seconds(provider_keys.JWKS_TTL_SECONDS + 1)
    assert client.get("/actors").status_code == 200
    clock.pass_seconds(provider_keys.MAX_STALE_SECONDS)
    assert client.get("/actors").status_code == 503


def test_an_unreachable_provider_is_503(provider, actor, settings):
    token = provider.token()
    provider.server.server_close()

    assert bearer(token).get("/actors").status_code == 503


def test_a_symmetric_key_in_the_key_set_signs_nothing(provider, actor):
    secret = b"0123456789abcdef" * 4
    keys = [{"kty": "oct", "kid": "first", "k": segment(secret)}]
    provider.answer = json.dumps({"keys": keys}).encode()
    for algorithm in ("HS256", "HS512"):
        token = jwt.encode(
            provider.claims(), secret, algorithm, headers={"kid": "first"}
        )
        assert bearer(token).get("/actors").status_code == 401
    assert bearer(provider.token()).get("/actors").status_code == 401


def test_without_the_settings_no_such_token_is_taken(provider, actor, settings):
    settings.OIDC_ISSUER = ""

    assert bearer(provider.token()).get("/actors").json() == INVALID
    assert provider.requests == 0


OIDC = {
    "OIDC_ISSUER": "https://agency.eu.auth0.com/",
    "OIDC_AUDIENCE": "https://casting.example.com",
    "OIDC_JWKS_URL": "https://agency.eu.auth0.com/.well-known/jwks.json",
}


@pytest.mark.parametrize("missing", OIDC)
def test_half_a_provider_is_refused_at_the_start(missing):
    run = manage("check", **OIDC | {missing: ""})

    assert run.returncode != 0
    assert "Set all of OIDC_ISSUER, OIDC_AUDIENCE and OIDC_JWKS_URL" in run.stderr


@pytest.mark.parametrize(
    ("environment", "url", "is_taken"),
    [
        ({}, "https://agency.eu.auth0.com/keys", True),
        ({}, "http://127.0.0.1:9/keys", True),
        ({}, "file:///etc/passwd", False),
        (PRODUCTION, "https://agency.eu.auth0.com/keys", True),
        (PRODUCTION, "http://127.0.0.1:9/keys", False),
    ],
)
def test_keys_come_by_https_in_production(environment, url, is_taken):
    run = manage("check", **environment, **OIDC | {"OIDC_JWKS_URL": url})

    assert (run.returncode == 0) is is_taken, run.stderr
    assert is_taken or "OIDC_JWKS_URL must start with https://" in run.stderr
