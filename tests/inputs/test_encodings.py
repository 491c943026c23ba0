"""Forms and query strings are UTF-8, as JSON is."""

from __future__ import annotations

import pytest

from tests.inputs.cases import Case, Server

pytestmark = pytest.mark.usefixtures("slow_passwords")

FORM = {"Content_Type": "application/x-www-form-urlencoded"}
LATIN = {"Content_Type": f"{FORM['Content_Type']}; charset=ISO-8859-1"}
PARTS = {"Content_Type": "multipart/form-data; boundary=b"}
REGISTER, LOGIN = "POST /auth/register", "POST /auth/login"
# Not UTF-8: letters of other encodings, cut and overlong ones, surrogates.
BAD = ["%E9", "%e8t%e9", "%FF%FEa%00", "%C3", "%C0%AF", "%ED%A0%80", "%F5%80%80%80"]


def multipart(value: bytes, *headers: bytes) -> bytes:
    head = b'Content-Disposition: form-data; name="name"'
    lines = [b"--b", head, *headers, b"", value, b"--b--", b""]
    return b"\r\n".join(lines)


@pytest.mark.difference(
    "Everywhere",
    old="Stores forms in other encodings with replacement characters",
    new="Returns 400, or 415 if the form declares another charset than UTF-8 and "
    "isn't pure ASCII",
    why="Two passwords would be the same",
)
def test_forms_that_are_not_utf_8_are_refused(server: Server):
    server.check(
        [
            *(
                Case(request, f"{body}{text}".encode(), 400, "UTF-8", user, FORM)
                for text in BAD
                for request, body, user in [
                    (REGISTER, "email=n@example.com&password=secret", ""),
                    (REGISTER, "email=n@example.com&password=secret&name=", ""),
                    (LOGIN, "email=ada@example.com&password=quintet-demo", ""),
                    ("POST /v1.0/users", "email=n@example.com&password=s&name=", ""),
                    ("POST /bucketlists/", "name=Caf", "ada"),
                    ("POST /v1.0/goals", "name=Caf", "ada"),
                    ("PUT /v1.0/goals", "name=Caf", "ada"),
                ]
            ),
            Case("POST /bucketlists/", b"name=Caf\xe9", 400, "UTF-8", "ada", FORM),
            Case("POST /bucketlists/", b"caf%e9=x&name=x", 400, "", "ada", FORM),
            Case("POST /bucketlists/", b"name=Caf%E9", 400, "UTF-8", "ada", LATIN),
            # The client says that these are other letters than it means.
            Case("POST /bucketlists/", b"name=%C3%A9", 415, "Unsupp", "ada", LATIN),
            Case("POST /bucketlists/", b"name=Cafe", 201, "Cafe", "ada", LATIN),
            Case("POST /bucketlists/", b"name=Caf%C3%A9", 201, "Café", "ada", FORM),
            Case("POST /bucketlists/", "name=Né".encode(), 201, "Né", "ada", FORM),
            # The same bytes in JSON.
            Case("POST /bucketlists/", b'{"name": "Caf\xe9"}', 400, "UTF-8", "ada",
                 {"Content_Type": "application/json"}),
        ]
    )  # fmt: skip


def test_multipart_forms_that_are_not_utf_8_are_refused(server: Server):
    base64 = b"Content-Transfer-Encoding: base64"
    server.check(
        Case("POST /bucketlists/", multipart(*body), status, text, "ada", PARTS)
        for body, status, text in [
            ((b"Caf\xe9",), 400, "UTF-8"),
            ((b"\xff\xfeC\x00",), 400, "UTF-8"),
            ((b"Caf\xc3",), 400, "UTF-8"),
            ((b"Q2Fm6Q==", base64), 400, "UTF-8"),
            ((b"Q2Fmw6k=", base64), 201, "Café"),
            (("Né".encode(),), 201, "Né"),
            (("�".encode(),), 201, "�"),
        ]
    )


@pytest.mark.difference(
    "Everywhere",
    old="Reads query strings in other encodings with replacement characters",
    new="Returns 400",
)
def test_query_strings_that_are_not_utf_8_are_refused(server: Server):
    said = {"/actors?name=": "Bad request"}
    server.check(
        [
            *(
                # Casting's responses say that the request is bad, as the old ones did.
                Case(f"GET {url}{text}", None, 400, said.get(url, "UTF-8"), user)
                for text in BAD
                for url, user in [
                    *(("/bucketlists/?q=", "ada"), ("/v1.0/goals?user=", "ada")),
                    *(("/actors?name=", "producer"), ("/books?title=", "")),
                    *(("/api/video?filter[title]=", ""), ("/api/video?x", "")),
                ]
            ),
            Case("POST /v1.0/goals?name=Caf%E9", None, 400, "UTF-8", "ada"),
            Case("GET /bucketlists/?q=%C3%A9", None, 200, "[]", "ada"),
            Case("GET /books?title=%EF%BF%BD", None, 200, '{"Book":[]}'),
        ]
    )
