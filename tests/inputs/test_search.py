"""Searches in any case, in any spelling of accents, and for a bounded number of words.

`É` is one character in some names here and two in others: an `E` and an accent.
"""

from __future__ import annotations

import json
import re
from typing import Literal
from unicodedata import normalize
from urllib.parse import quote

import pytest

from tests.inputs.cases import PASSWORD, Case, Server

pytestmark = pytest.mark.usefixtures("slow_passwords")

NAMES = ["Élodie Ångström", "ÖZGÜR ÇELİK", "Ωμέγα Ώ", "Жанна Ёлкина", "Việt Nguyễn"]
# Each finds the name at its place.
SEARCHES = ["éLODIE", "özgür ç", "ΩΜΈΓΑ", "жаННа ё", "VIỆT NGUYỄ"]
JSON_API = {"Content_Type": "application/vnd.api+json"}
MANY = quote(" ".join(f"word{number}" for number in range(300)))
TWENTY = quote(" ".join(["a"] * 20))


def spellings(text: str) -> list[str]:
    return [normalize("NFC", text), normalize("NFD", text)]


def rows(name: str) -> list[Case]:
    """Return requests that store the name in each API."""
    actor = {"name": name, "age": 30, "gender": name}
    movie = {"title": name, "release_date": "2020-01-01"}
    video = {"data": {"type": "video", "attributes": {"title": name}}}
    author = {"firstName": name[:50], "lastName": "x"}
    return [
        Case("POST /bucketlists/", {"name": name}, 201, user="ada"),
        Case("POST /actors", actor, 200, user="producer"),
        Case("POST /movies", movie, 200, user="producer"),
        Case("POST /api/video", video, 201, user="ada", headers=JSON_API),
        Case("POST /authors", author, 201, user="ada"),
    ]


def searches(text: str) -> list[tuple[str, str]]:
    """Return URLs that find the text in each API, and their users."""
    term = quote(text)
    pattern = [{"name": "title", "op": "ilike", "val": f"%{text}%"}]
    return [
        (f"/bucketlists/?q={term}", "ada"),
        (f"/actors?name={term}", "producer"),
        (f"/actors?search={term}", "producer"),
        (f"/movies?title={term}", "producer"),
        (f"/movies?search={term}", "producer"),
        (f"/api/video?filter%5Bobjects%5D={quote(json.dumps(pattern))}", "ada"),
        (f"/authors?firstName=ilike&firstName=%25{term}%25", "ada"),
    ]


@pytest.mark.difference(
    "Everywhere",
    old="Ignores the case of ASCII letters in case-insensitive searches",
    new="Ignores the case of all letters, and finds composed and decomposed accents",
)
@pytest.mark.parametrize("form", ["NFC", "NFD"])
def test_searches_ignore_case_and_spelling(server: Server, form: Literal["NFC", "NFD"]):
    stored = [normalize(form, name) for name in NAMES]
    server.check([case for name in stored for case in rows(name)])
    server.check(
        # JSON:API writes other letters than ASCII as escapes.
        Case(f"GET {url}", None, 200, '"total": 1' if "/api" in url else name, user)
        for text, name in zip(SEARCHES, stored, strict=True)
        for spelling in spellings(text)
        for url, user in searches(spelling)
    )
    genders = [normalize("NFD", name).swapcase() for name in NAMES if "İ" not in name]
    server.check(
        Case(f"GET /actors?gender={quote(gender)}", None, 200, '"age":30', "producer")
        for gender in genders
    )


def test_other_texts_are_not_found(server: Server):
    server.check(case for name in ["100% Élan_1", "plain"] for case in rows(name))
    for text in ["elan", "Élan%1", "Élan1", "_00%", "%", "_", "\\"]:
        for url, user in searches(text)[:5]:
            found = server.send(Case(f"GET {url}", user=user)).body.decode()
            is_part = normalize("NFC", text).lower() in "100% élan_1"
            assert ("100%" in found) == is_part, (text, url)
            assert "plain" not in found


def test_a_search_has_a_bounded_number_of_words(server: Server):
    server.check(
        [
            *(
                Case(f"GET {path}?search={words}", None, status, text, "producer")
                for path in ("/movies", "/actors")
                for words, status, text in [
                    (MANY, 400, "At most 20 words"),
                    (MANY.replace("%20", ","), 400, "At most 20 words"),
                    (MANY.replace("%20", "%09"), 400, "At most 20 words"),
                    (f"{TWENTY}%20a", 400, "At most 20 words"),
                    (TWENTY, 200, '"success":true'),
                ]
            ),
            Case(f"GET /bucketlists/?q={MANY}", None, 400, "q: ", "ada"),
            Case(f"GET /bucketlists/?q={TWENTY}", None, 200, "[]", "ada"),
        ]
    )


def test_the_admin_refuses_searches_for_many_words(server: Server):
    """Each list of the admin that has a search, and the search of its select boxes."""
    page = server.service.get("/admin/login/")
    csrf = str(page.headers["Set-Cookie"]).partition(";")[0]
    token = csrf.partition("=")[2]
    form = f"username=staff@example.com&password={PASSWORD}&csrfmiddlewaretoken={token}"
    login = server.service.call(
        *("POST", "/admin/login/", form.encode()),
        Content_Type="application/x-www-form-urlencoded",
        Cookie=csrf,
    )
    session = re.findall(r"sessionid=\w+", str(login.headers))[0]
    index = server.service.get("/admin/", Cookie=session).body.decode()
    lists = sorted(set(re.findall(r'href="(/admin/\w+/\w+/)"', index)))
    assert len(lists) > 15
    cases = []
    for path in lists:
        found = server.service.get(path, Cookie=session).body.decode()
        if 'id="searchbar"' in found:
            text = "Search for at most 20 words."
            headers = {"Cookie": session}
            cases.append(Case(f"GET {path}?q={MANY}", None, 200, text, "", headers))
            cases.append(Case(f"GET {path}?q={TWENTY}", None, 200, "", "", headers))
    assert len(cases) > 30
    server.check(cases)
