"""An identity provider as Auth0 is one: RSA keys, and a JWKS URL over real HTTP."""

from __future__ import annotations

import base64
import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from functools import cache
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import jwt
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import rsa
from rest_framework.test import APIClient

from accounts.provider_keys import keys_at


@cache
def private_key(kid: str) -> rsa.RSAPrivateKey:
    return rsa.generate_private_key(public_exponent=65537, key_size=2048)


def public_pem(kid: str) -> bytes:
    return (
        private_key(kid)
        .public_key()
        .public_bytes(
            serialization.Encoding.PEM,
            serialization.PublicFormat.SubjectPublicKeyInfo,
        )
    )


def jwk(kid: str) -> dict[str, Any]:
    found = jwt.algorithms.RSAAlgorithm.to_jwk(private_key(kid).public_key(), True)
    return {**found, "kid": kid, "use": "sig", "alg": "RS256"}


def hours(number: float) -> int:
    return int((datetime.now(UTC) + timedelta(hours=number)).timestamp())


def segment(content: bytes) -> str:
    return base64.urlsafe_b64encode(content).rstrip(b"=").decode()


class Provider:
    audience = "https://casting.example.com"

    def __init__(self, server: ThreadingHTTPServer) -> None:
        self.server = server
        self.kids = ["first"]
        self.requests = 0
        self.answer: bytes | None = None

    @classmethod
    @contextmanager
    def started(cls) -> Iterator[Provider]:
        server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        # The port may have been another provider's, whose keys are remembered.
        keys_at.cache_clear()
        provider = server.provider = cls(server)  # type: ignore[attr-defined]
        threading.Thread(target=server.serve_forever, args=(0.01,)).start()
        try:
            yield provider
        finally:
            provider.stop()

    def stop(self) -> None:
        self.server.shutdown()
        self.server.server_close()

    @property
    def issuer(self) -> str:
        return f"http://127.0.0.1:{self.server.server_port}/"

    @property
    def jwks_url(self) -> str:
        return f"{self.issuer}.well-known/jwks.json"

    def jwks(self) -> bytes:
        self.requests += 1
        if self.answer is not None:
            return self.answer
        return json.dumps({"keys": [jwk(kid) for kid in self.kids]}).encode()

    def claims(self, **changes: Any) -> dict[str, Any]:
        """A token's claims; a change to None leaves the claim out."""
        claims = {
            "iss": self.issuer,
            "aud": [self.audience, f"{self.issuer}userinfo"],
            "sub": "auth0|5f0",
            "iat": hours(0),
            "exp": hours(1),
            "azp": "client",
            "permissions": ["get:actors"],
        } | changes
        return {name: value for name, value in claims.items() if value is not None}

    def token(self, kid: str = "first", **changes: Any) -> str:
        return jwt.encode(
            self.claims(**changes), private_key(kid), "RS256", headers={"kid": kid}
        )

    def client(self, *permissions: str) -> APIClient:
        return bearer(self.token(permissions=list(permissions)))


class Handler(BaseHTTPRequestHandler):
    def do_GET(self) -> None:
        body = self.server.provider.jwks()  # type: ignore[attr-defined]
        self.send_response(200)
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, format: str, *args: Any) -> None:
        """Nothing: the test's output is for its own news."""


def bearer(token: str) -> APIClient:
    client = APIClient()
    client.credentials(HTTP_AUTHORIZATION=f"Bearer {token}")
    return client
