from __future__ import annotations

import base64
import hmac
import json
from datetime import UTC, datetime, timedelta

import jwt
import pytest
import time_machine
from django.conf import settings
from django.utils import timezone
from rest_framework_simplejwt.token_blacklist.models import OutstandingToken
from rest_framework_simplejwt.tokens import AccessToken, RefreshToken

from accounts.models import User
from accounts.services import delete_expired_tokens, issue_tokens, revoke
from dialects.message import TEXTS
from tests.support.factories import PASSWORD, UserFactory

ME = "/auth/me"
KEY = str(settings.SIMPLE_JWT["SIGNING_KEY"])


def encoded(part: dict) -> str:
    return base64.urlsafe_b64encode(json.dumps(part).encode()).rstrip(b"=").decode()


def claims(user: User, **changes) -> dict:
    found = dict(AccessToken.for_user(user).payload) | changes
    return {name: value for name, value in found.items() if value is not None}


def signed(payload: dict, key: str = KEY, algorithm: str = "HS256", **headers) -> str:
    return jwt.encode(payload, key, algorithm, headers=headers or None)


def unsigned(user: User, alg: str) -> str:
    return f"{encoded({'alg': alg, 'typ': 'JWT'})}.{encoded(claims(user))}."


FORGERIES = {
    "alg none": lambda user: unsigned(user, "none"),
    "alg NONE": lambda user: unsigned(user, "NONE"),
    "no signature": lambda user: signed(claims(user)).rpartition(".")[0] + ".",
    "another key": lambda user: signed(claims(user), "x" * 64),
    "the cookie key": lambda user: signed(claims(user), settings.SECRET_KEY),
    "HS384": lambda user: signed(claims(user), algorithm="HS384"),
    "HS512": lambda user: signed(claims(user), algorithm="HS512"),
    "expired": lambda user: signed(claims(user, exp=1)),
    "not yet valid": lambda user: signed(claims(user, nbf=4102444800)),
    "no exp": lambda user: signed(claims(user, exp=None)),
    "exp of text": lambda user: signed(claims(user, exp="soon")),
    "endless exp": lambda user: signed(claims(user, exp=10**30)),
    "no jti": lambda user: signed(claims(user, jti=None)),
    "no type": lambda user: signed(claims(user, token_type=None)),
    "another type": lambda user: signed(claims(user, token_type="sliding")),
    "refresh as access": lambda user: str(RefreshToken.for_user(user)),
    "no sub": lambda user: signed(claims(user, sub=None)),
    "sub of a number": lambda user: signed(claims(user, sub=1)),
    "sub of letters": lambda user: signed(claims(user, sub="abc")),
    "sub of 20 digits": lambda user: signed(claims(user, sub="9" * 20)),
    "sub of 5,000 digits": lambda user: signed(claims(user, sub="9" * 5000)),
    "sub of a list": lambda user: signed(claims(user, sub=[1])),
    "sub with NUL": lambda user: signed(claims(user, sub="1\x00")),
    "sub of nobody": lambda user: signed(claims(user, sub="4711")),
    "another password": lambda user: signed(claims(user, hash_password="x")),
    "a foreign kid": lambda user: signed(claims(user), "x" * 64, kid="../../dev/null"),
    "a foreign jku": lambda user: signed(claims(user), "x" * 64, jku="http://x.y/z"),
    "a list as payload": lambda user: f"{encoded({'alg': 'HS256'})}.W10.x",
    "a million characters": lambda user: "a" * 1_000_000,
    "two dots": lambda user: "..",
    "text": lambda user: "abc",
    "no ASCII": lambda user: "ä.ö.ü",
}


@pytest.mark.parametrize("kind", FORGERIES)
def test_a_forged_token_is_401(api, ada, kind):
    token = FORGERIES[kind](ada)
    header = f"Bearer {token}".encode().decode("latin-1")
    response = api.get(ME, HTTP_AUTHORIZATION=header)

    assert response.status_code == 401
    assert response.headers["WWW-Authenticate"] == "Bearer"
    assert set(response.json()) == {"message"}


def test_a_good_token_is_hs256_and_lives_five_minutes(api, ada):
    token = issue_tokens(ada).access

    assert jwt.get_unverified_header(token)["alg"] == "HS256"
    payload = jwt.decode(token, KEY, ["HS256"])
    assert payload["sub"] == str(ada.pk)
    assert payload["exp"] - payload["iat"] == 300
    assert api.get(ME, HTTP_AUTHORIZATION=f"Bearer {token}").status_code == 200
    assert api.get(ME, HTTP_AUTHORIZATION=f"bearer {token}").status_code == 200


def test_the_old_texts_name_the_reason(api, ada):
    expired = signed(claims(ada, exp=1))

    assert api.get(ME, HTTP_AUTHORIZATION=f"Bearer {expired}").json() == {
        "message": "Expired token. Please login to get a new token"
    }
    assert api.get(ME, HTTP_AUTHORIZATION="Bearer abc").json() == {
        "message": "Invalid token. Please register or login"
    }


def test_a_token_in_use_ends_at_its_time(api, ada):
    life = timedelta(seconds=300)
    with time_machine.travel(timezone.now(), tick=False) as clock:
        token = issue_tokens(ada).access
        header = {"HTTP_AUTHORIZATION": f"Bearer {token}"}
        assert api.get(ME, **header).status_code == 200
        clock.shift(life - timedelta(seconds=2))
        assert api.get(ME, **header).status_code == 200
        clock.shift(timedelta(seconds=2))
        response = api.get(ME, **header)

    assert response.status_code == 401
    assert response.json() == {"message": TEXTS["token_expired"]}


def test_a_good_token_proves_no_other(api, ada, bob):
    one, two = signed(claims(ada)), signed(claims(bob))
    for token in (one, two):
        header = {"HTTP_AUTHORIZATION": f"Bearer {token}"}
        assert api.get(ME, **header).status_code == 200

    head, payload, signature = one.split(".")
    first = "B" if signature[0] == "A" else "A"
    for forged in (
        ".".join([head, two.split(".")[1], signature]),
        ".".join([head, payload, two.split(".")[2]]),
        ".".join([head, payload, first + signature[1:]]),
        ".".join([encoded({"alg": "none"}), payload, signature]),
        f"{head}.{payload}.",
        one[:-1],
    ):
        header = {"HTTP_AUTHORIZATION": f"Bearer {forged}"}
        assert api.get(ME, **header).status_code == 401


@pytest.mark.difference(
    "Bucket lists and accounts",
    old="Accepts the token of a deleted user",
    new="Returns 401, also after deactivation or a change of the password",
)
@pytest.mark.parametrize("fate", ["deleted", "deactivated", "new password"])
def test_a_dead_account_ends_its_tokens(api, ada, fate):
    tokens = issue_tokens(ada)
    header = {"HTTP_AUTHORIZATION": f"Bearer {tokens.access}"}
    assert api.get(ME, **header).status_code == 200
    if fate == "deleted":
        ada.delete()
    elif fate == "deactivated":
        User.objects.update(is_active=False)
    else:
        ada.set_password("another one")
        ada.save()

    assert api.get(ME, **header).status_code == 401
    refreshed = api.post("/auth/refresh", {"refresh_token": tokens.refresh})
    assert refreshed.status_code == 401


def test_a_refresh_token_is_spent_by_its_use(api, ada):
    first = issue_tokens(ada)
    response = api.post("/auth/refresh", {"refresh_token": first.refresh})

    assert response.status_code == 200
    second = response.json()
    header = {"HTTP_AUTHORIZATION": f"Bearer {second['access_token']}"}
    assert api.get(ME, **header).status_code == 200
    again = api.post("/auth/refresh", {"refresh_token": first.refresh})
    assert again.status_code == 401
    more = api.post("/auth/refresh", {"refresh_token": second["refresh_token"]})
    assert more.status_code == 200


@pytest.mark.parametrize("token", ["abc", "", None, 5, ["x"], "a.b.c"])
def test_a_refresh_with_no_token_is_4xx(api, db, token):
    response = api.post("/auth/refresh", {"refresh_token": token}, "json")

    assert response.status_code in {400, 401}


def test_an_access_token_refreshes_nothing(api, ada):
    tokens = issue_tokens(ada)

    response = api.post("/auth/refresh", {"refresh_token": tokens.access})
    assert response.status_code == 401


@pytest.mark.difference(
    "Bucket lists and accounts",
    old="Can't renew or revoke tokens",
    new="Has `/auth/refresh` and `/auth/logout`, which revokes refresh tokens",
)
def test_logout_ends_the_refresh_token_sent(api, ada):
    one, two = issue_tokens(ada), issue_tokens(ada)

    assert api.post("/auth/logout", {"refresh_token": one.refresh}).status_code == 200
    for tokens, status in ((one, 401), (two, 200)):
        response = api.post("/auth/refresh", {"refresh_token": tokens.refresh})
        assert response.status_code == status


def test_a_stale_access_token_does_not_stand_in_the_way_of_a_logout(api, ada):
    stale = {"HTTP_AUTHORIZATION": "Bearer stale"}
    tokens = {"refresh_token": issue_tokens(ada).refresh}

    assert api.post("/auth/logout", **stale).status_code == 401
    assert api.post("/auth/logout", tokens, **stale).status_code == 200
    assert api.post("/auth/refresh", tokens).status_code == 401


def test_logout_with_a_bearer_token_ends_all(api, client_of, ada):
    tokens = issue_tokens(ada)

    assert client_of(ada).post("/auth/logout").status_code == 200
    response = api.post("/auth/refresh", {"refresh_token": tokens.refresh})
    assert response.status_code == 401


def test_logout_of_nobody_is_401(api, db):
    assert api.post("/auth/logout").status_code == 401
    assert api.post("/auth/logout", {"refresh_token": "abc"}).status_code == 401


def test_a_stale_token_in_the_header_does_not_stand_in_the_way_of_a_login(api, ada):
    response = api.post(
        "/auth/login",
        {"email": ada.email, "password": PASSWORD},
        HTTP_AUTHORIZATION="Bearer stale",
    )

    assert response.status_code == 200


def test_refresh_tokens_expire(api, db):
    user = UserFactory()
    token = RefreshToken.for_user(user)
    token.set_exp(from_time=datetime.now(UTC) - timedelta(days=30))

    response = api.post("/auth/refresh", {"refresh_token": str(token)})
    assert response.status_code == 401


PUBLIC_KEY = b"-----BEGIN PUBLIC KEY-----\nMFwwDQYJKoZIhvcNAQEBBQADSwAwSAJB\n"


def by_hmac(user: User, key: bytes, **header) -> str:
    """Signed by HMAC whatever the header says, as libraries no longer agree to."""
    text = f"{encoded({'typ': 'JWT'} | header)}.{encoded(claims(user))}"
    signature = hmac.digest(key, text.encode(), "sha256")
    return f"{text}.{base64.urlsafe_b64encode(signature).rstrip(b'=').decode()}"


def own_jwk() -> dict:
    key = base64.urlsafe_b64encode(b"x" * 32).rstrip(b"=").decode()
    return {"kty": "oct", "k": key, "alg": "HS256"}


MORE_FORGERIES = {
    "alg None": lambda user: unsigned(user, "None"),
    "alg nOnE": lambda user: unsigned(user, "nOnE"),
    "no alg": lambda user: by_hmac(user, KEY.encode()),
    "alg null": lambda user: by_hmac(user, KEY.encode(), alg=None),
    "alg of a list": lambda user: by_hmac(user, KEY.encode(), alg=["HS256"]),
    "RS256 by our key": lambda user: by_hmac(user, KEY.encode(), alg="RS256"),
    "RS256 by a public key": lambda user: by_hmac(user, PUBLIC_KEY, alg="RS256"),
    "a public key": lambda user: by_hmac(user, PUBLIC_KEY, alg="HS256"),
    "an empty key": lambda user: by_hmac(user, b"", alg="HS256"),
    "a jwk of its own": lambda user: by_hmac(
        user, b"x" * 32, alg="HS256", jwk=own_jwk()
    ),
    "a kid of SQL": lambda user: by_hmac(user, b"x", alg="HS256", kid="' OR '1'='1"),
    "an unknown crit": lambda user: by_hmac(
        user, KEY.encode(), alg="HS256", crit=["x"], x=1
    ),
    "exp null": lambda user: signed(claims(user) | {"exp": None}),
    "exp of a list": lambda user: signed(claims(user) | {"exp": [9999999999]}),
    "exp below zero": lambda user: signed(claims(user, exp=-1)),
    "iat ahead": lambda user: signed(claims(user, iat=4102444800)),
    "sub null": lambda user: signed(claims(user) | {"sub": None}),
    "sub of an object": lambda user: signed(claims(user, sub={"id": 1})),
    "sub true": lambda user: signed(claims(user, sub=True)),
    "sub empty": lambda user: signed(claims(user, sub="")),
    "sub below zero": lambda user: signed(claims(user, sub="-1")),
    "sub of other digits": lambda user: signed(claims(user, sub="\u0661")),
    "no password hash": lambda user: signed(claims(user, hash_password=None)),
    "jti null": lambda user: signed(claims(user) | {"jti": None}),
    "cut off": lambda user: issue_tokens(user).access[:-5],
    "a letter more": lambda user: f"{issue_tokens(user).access}A",
    "four parts": lambda user: f"{issue_tokens(user).access}.x",
    "in quotes": lambda user: f'"{issue_tokens(user).access}"',
    "two in one": lambda user: ",".join([issue_tokens(user).access] * 2),
    "two of them": lambda user: " ".join([issue_tokens(user).access] * 2),
}


@pytest.mark.parametrize("kind", MORE_FORGERIES)
@pytest.mark.parametrize("url", [ME, "/bucketlists/"])
def test_these_forged_tokens_are_401_too(api, ada, kind, url):
    token = MORE_FORGERIES[kind](ada)
    response = api.get(url, HTTP_AUTHORIZATION=f"Bearer {token}")

    assert response.status_code == 401
    assert response.headers["WWW-Authenticate"] == "Bearer"
    assert list(response.json()) == ["message"]


@pytest.mark.parametrize("kind", [*FORGERIES, *MORE_FORGERIES])
def test_forged_tokens_refresh_nothing(api, ada, kind):
    token = (FORGERIES | MORE_FORGERIES)[kind](ada)
    response = api.post("/auth/refresh", {"refresh_token": token}, "json")

    # A refresh token stands here for itself; text that no token can be is 400.
    expected = {200} if kind == "refresh as access" else {400, 401}
    assert response.status_code in expected


@pytest.mark.parametrize("scheme", ["Bearer{}", "Token {}", "Basic {}", "{}", "JWT {}"])
def test_a_good_token_in_a_bad_header_is_401(api, ada, scheme):
    header = scheme.format(issue_tokens(ada).access)

    assert api.get(ME, HTTP_AUTHORIZATION=header).status_code == 401


def test_there_are_forty_forgeries_and_more():
    assert len(FORGERIES | MORE_FORGERIES) >= 60


def test_expired_tokens_are_forgotten_a_batch_at_a_time(ada, bob, monkeypatch):
    monkeypatch.setattr("accounts.services.TOKEN_BATCH_SIZE", 2)
    for _ in range(3):
        revoke(issue_tokens(ada).refresh)
    OutstandingToken.objects.update(expires_at=timezone.now())
    kept = issue_tokens(bob).refresh

    assert [delete_expired_tokens() for _ in range(3)] == [2, 1, 0]
    assert OutstandingToken.objects.get().token == kept
    assert "accounts.services.delete_expired_tokens" in settings.SWEEPS
