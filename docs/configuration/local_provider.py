"""An identity provider for tests on one machine. It gives a token to every client.

    .venv/bin/python docs/configuration/local_provider.py 8099

GET /.well-known/jwks.json returns its public key. GET /token?get:actors,get:movies
returns a token with these permissions.
"""

import json
import sys
import time
from http.server import BaseHTTPRequestHandler, HTTPServer

import jwt
from cryptography.hazmat.primitives.asymmetric import rsa

PORT = int(sys.argv[1])
KEY = rsa.generate_private_key(public_exponent=65537, key_size=2048)
PUBLIC_KEY = jwt.algorithms.RSAAlgorithm.to_jwk(KEY.public_key(), as_dict=True)


def token(permissions: list[str]) -> str:
    claims = {
        "iss": f"http://127.0.0.1:{PORT}/",
        "aud": "https://casting.example.com",
        "sub": "local|1",
        "exp": int(time.time()) + 3600,
        "permissions": permissions,
    }
    return jwt.encode(claims, KEY, "RS256", headers={"kid": "local"})


class Handler(BaseHTTPRequestHandler):
    def do_GET(self) -> None:
        path, _, query = self.path.partition("?")
        keys = {"keys": [{**PUBLIC_KEY, "kid": "local", "use": "sig"}]}
        body = token(query.split(",")) if path == "/token" else json.dumps(keys)
        self.send_response(200)
        self.end_headers()
        self.wfile.write(body.encode())


HTTPServer(("127.0.0.1", PORT), Handler).serve_forever()
