"""The goals as a page for people, and as an SVG picture."""

from __future__ import annotations

import re
from html.parser import HTMLParser
from typing import Any
from xml.etree import ElementTree

import pytest
import time_machine

from goals.models import Goal
from goals.pictures import FOLDED_LEVEL, MAX_NESTING, printable
from tests.goals.conftest import chain, fan
from tests.support.factories import UserFactory

PAGE, PICTURE = "/v1.0/goals.html", "/v1.0/goals.svg"
SVG = "{http://www.w3.org/2000/svg}"
VOID = {"link", "meta", "input", "img", "br", "hr"}
HOSTILE = [
    "<script>window.isRun = true</script>",
    '"><img src=x onerror="window.isRun = true">',
    "]]><svg onload='window.isRun = true'>&amp;",
    "{{ 7|add:7 }}{% now 'Y' %}",
    "\u202egnp.exe",
    "a\x07b\x1bc\td\ne",
    "\ufffe\uffff",
    "👩\u200d👧 سلام עִבְרִית हिन्दी",
    "漢" * 64,
]


class PageReader(HTMLParser):
    """Reads the goals of a page: their names, their places and their state."""

    def __init__(self) -> None:
        super().__init__()
        self.open: list[tuple[str, dict[str, Any]]] = []
        self.goals: list[dict[str, Any]] = []
        self.tags: list[tuple[str, dict[str, Any]]] = []
        self.depth = 0

    def handle_starttag(self, tag: str, attrs: Any) -> None:
        attributes = dict(attrs)
        self.tags.append((tag, attributes))
        if tag in VOID:
            return
        self.open.append((tag, attributes))
        self.depth = max(self.depth, len(self.open))
        if tag == "bdi" and attributes.get("class") == "name":
            items = [each for name, each in self.open if name == "li"]
            above = items[-2].get("goal") if len(items) > 1 else None
            goal = {"name": "", "above": above, "state": items[-1]["class"]}
            details = [each for name, each in self.open if name == "details"]
            goal["is_folded"] = bool(details) and "open" not in details[-1]
            self.goals.append(goal)

    def handle_data(self, data: str) -> None:
        if self.open and self.open[-1][1].get("class") == "name":
            self.goals[-1]["name"] += data

    def handle_endtag(self, tag: str) -> None:
        last, attributes = self.open.pop()
        assert last == tag, "The page is not well formed."
        if attributes.get("class") == "name":
            items = [each for name, each in self.open if name == "li"]
            items[-1]["goal"] = self.goals[-1]["name"]


def read_page(response: Any) -> PageReader:
    assert response.status_code == 200, response.content
    reader = PageReader()
    reader.feed(response.content.decode())
    reader.close()
    assert reader.open == []
    return reader


def read_picture(response: Any) -> list[tuple[str, str, str]]:
    """The goals of a picture: name, state and title."""
    assert response.status_code == 200, response.content
    root = ElementTree.fromstring(response.content)
    lines = root.findall(f"{SVG}g[@role='listitem'][@class]")
    return [
        (
            line.findtext(f"{SVG}text/{SVG}tspan[@class='name']", ""),
            line.get("class", ""),
            line.findtext(f"{SVG}title", ""),
        )
        for line in lines
    ]


@pytest.fixture
def ada_client(client_of, ada):
    return client_of(ada)


@time_machine.travel("2026-06-01T12:00Z", tick=False)
def test_both_show_the_same_goals_with_their_states(api, voyage):
    page = read_page(api.get(PAGE, {"archived": 1}))
    picture = read_picture(api.get(PICTURE, {"archived": 1}))

    assert [(goal["name"], goal["above"], goal["state"]) for goal in page.goals] == [
        ("voyage", None, "open"),
        ("boat", "voyage", "done"),
        ("rigging", "boat", "overdue"),
        ("hull", "boat", "done"),
        ("crew", "voyage", "open"),
        ("garden", None, "archived"),
        ("shed", "garden", "archived"),
    ]
    assert [each[:2] for each in picture] == [
        (goal["name"], goal["state"]) for goal in page.goals
    ]
    titles = {name: title for name, _, title in picture}
    assert titles["voyage"] == (
        "voyage (in progress, due 2031-06-30, sub-goals 50 % done)"
    )
    assert titles["rigging"] == "rigging (overdue, due 2026-03-31)"


def test_states_are_said_in_words_and_signs(ada_client, voyage):
    text = ada_client.get(PAGE).content.decode()

    for symbol, count, label in [("✓", 2, "done"), ("◐", 2, "in progress")]:
        assert re.search(rf"{symbol}</span> {count} {label}", text)
    assert "overdue, due 2026-03-31" in text


@pytest.mark.parametrize("url", [PAGE, PICTURE])
@pytest.mark.parametrize("name", HOSTILE)
def test_names_stay_text(ada_client, ada, url, name):
    Goal.objects.create(user=ada, name=name)
    response = ada_client.get(url)

    if url == PICTURE:
        [(shown, _, title)] = read_picture(response)
        assert title == f"{printable(name)} (in progress)"
        assert printable(name).startswith(shown.removesuffix("…"))
        tags = [
            (each.tag, each.attrib) for each in ElementTree.XML(response.content).iter()
        ]
    else:
        reader = read_page(response)
        assert [goal["name"] for goal in reader.goals] == [printable(name)]
        tags = reader.tags
    scripts = [attributes for tag, attributes in tags if tag.endswith("script")]
    assert all(each["src"].startswith("/static/") for each in scripts)
    assert not [name for _, each in tags for name in each if name.startswith("on")]
    policy = response.headers["Content-Security-Policy"]
    assert "unsafe-inline" not in policy
    assert "default-src 'none'" in policy


def test_what_reorders_text_or_is_no_text_is_replaced():
    assert printable("\u202egnp.exe\x00\u2028\uffff") == "�gnp.exe���"
    kept = "👩\u200d👧 हिन्दी क्\u200cष"
    assert printable(kept) == kept


def test_a_tree_of_2000_levels_is_shown_whole_in_flat_pages(ada_client, ada):
    chain(ada, 2000)
    seen: list[str] = []
    url = f"{PAGE}?fold=1"
    while url:
        response = ada_client.get(url)
        page = read_page(response)
        assert page.depth < 3 * MAX_NESTING + 10
        seen += [goal["name"] for goal in page.goals]
        drawn = read_picture(
            ada_client.get(url.replace(PAGE, PICTURE).replace("fold=1", ""))
        )
        assert [name for name, _, _ in drawn] == [goal["name"] for goal in page.goals]
        match = re.match(r'<([^>]+)>; rel="next"', response.headers.get("Link", ""))
        url = match[1] if match else ""

    assert seen == [str(number) for number in range(2000)]


def test_what_is_not_on_the_page_is_told(ada_client, ada, settings):
    settings.QUINTET_MAX_UNPAGED = 20
    fan(ada, 20)
    for url in (PAGE, PICTURE):
        first = ada_client.get(url)
        assert "… 5 more" in first.content.decode()
        last = ada_client.get(first.headers["Link"].partition(">")[0][1:])
        assert " more" not in last.content.decode()
        assert "Link" not in last.headers
    # A goal on a later page is below the goals of the page before.
    assert (
        "Level 2, below <bdi>top</bdi>"
        in ada_client.get(PAGE, {"offset": 20}).content.decode()
    )


def test_deep_goals_are_folded_unless_one_searches(ada_client, ada):
    chain(ada, 10)
    names = {False: "0123456"[:FOLDED_LEVEL], True: "0123456789"}
    for query, unfolded in [({}, False), ({"search": "9"}, True), ({"fold": 99}, True)]:
        goals = read_page(ada_client.get(PAGE, query)).goals
        shown = "".join(g["name"] for g in goals if not g["is_folded"])
        assert shown == names[unfolded][: len(shown)]
        assert len(shown) == (len(names[True]) if unfolded else FOLDED_LEVEL - 1)
    goals = read_page(ada_client.get(PAGE, {"fold": 1})).goals
    assert all(goal["is_folded"] for goal in goals[:-1])


@pytest.mark.parametrize(
    ("query", "names"),
    [
        ({"search": "RIGG"}, ["voyage", "boat", "rigging"]),
        ({"search": "nothing"}, []),
        ({"status": "done"}, ["voyage", "boat", "hull"]),
        ({"depth": 1}, ["voyage"]),
        ({"search": "", "status": "", "user": ""}, None),
        ({"mine": 1, "user": "ada", "sort": "due"}, None),
    ],
)
def test_parameters_choose_the_goals(ada_client, voyage, query, names):
    every = ["voyage", "boat", "rigging", "hull", "crew"]
    expected = every if names is None else names
    assert [g["name"] for g in read_page(ada_client.get(PAGE, query)).goals] == expected
    assert [g[0] for g in read_picture(ada_client.get(PICTURE, query))] == expected


@pytest.mark.parametrize("url", [PAGE, PICTURE])
class TestAccess:
    def test_others_goals_are_as_hidden_as_in_the_list(
        self, url, ada_client, client_of, bob, staff, voyage
    ):
        assert b"voyage" not in client_of(bob).get(url).content
        assert client_of(bob).get(url, {"user": "ada"}).status_code == 403
        assert b"voyage" in client_of(staff).get(url, {"user": "ada"}).content
        assert ada_client.get(url, {"user": "nobody"}).status_code == 403
        assert client_of(staff).get(url, {"user": "nobody"}).status_code == 404

    def test_anonymous_readers_see_all_or_nothing(self, url, api, voyage, settings):
        assert b"voyage" in api.get(url).content
        settings.QUINTET_ACCESS = "closed"
        assert api.get(url).status_code == 401

    @pytest.mark.parametrize(
        "query",
        [{"detail": 1}, {"status": "x"}, {"offset": "x"}, {"search": "x" * 101}],
    )
    def test_wrong_parameters_are_refused(self, url, api, query):
        response = api.get(url, query)
        assert response.status_code == 400
        assert list(response.json()["message"]) == list(query)

    def test_it_cannot_be_written(self, url, ada_client):
        assert ada_client.post(url, {"name": "x"}).status_code == 405


def test_a_browser_without_a_session_gets_a_link_to_log_in(api, db, closed):
    response = api.get(PAGE, headers={"accept": "text/html"})
    assert response.status_code == 401
    assert b"/session/login/?next=/v1.0/goals.html" in response.content


def test_an_unchanged_picture_is_not_sent_again(ada_client, voyage):
    etag = ada_client.get(PICTURE).headers["ETag"]
    assert ada_client.get(PICTURE, headers={"if-none-match": etag}).status_code == 304
    voyage["crew"].delete()
    assert ada_client.get(PICTURE, headers={"if-none-match": etag}).status_code == 200


@pytest.mark.parametrize("url", [PAGE, PICTURE])
def test_the_number_of_queries_is_constant(client_of, staff, queries, url):
    client = client_of(staff)
    counts = []
    for users in (2, 20):
        for _ in range(users):
            fan(UserFactory(), 10)
        counts.append(queries(lambda: client.get(url)))
    assert counts[0] == counts[1] <= 4
