"""The search of the guide finds sections by their words, the best first."""

from __future__ import annotations

import re

import pytest

from pages.guide_search import MAX_RESULTS, Section, results, sections_of

PAGE = """# Jars

<!-- test: lids -->
Jars have a **lid** and [a label](labels.md).

## `QUINTET_LIDS`

How many lids a jar has.

| Lid | Color |
|---|---|
| Tin | <b>silver</b> |

```console
# Not a heading
$ open jar
```

### Broken jars

> **Warning**: call the operator.
"""
SECTIONS = sections_of(PAGE, "/guide/jars/")


def found(query: str) -> list[str]:
    return [result.title for result in results(query, SECTIONS)]


def test_a_page_is_split_at_its_headings():
    urls = ["/guide/jars/", "/guide/jars/#quintet_lids", "/guide/jars/#broken-jars"]

    assert [section.url for section in SECTIONS] == urls
    assert SECTIONS[0].text == "Jars have a lid and a label."
    assert "# Not a heading $ open jar" in SECTIONS[1].text
    assert "test:" not in SECTIONS[0].text
    assert SECTIONS[2].text == "Warning: call the operator."


@pytest.mark.parametrize(
    ("query", "titles"),
    [
        ("lids", ["Jars: QUINTET_LIDS"]),
        ("LID", ["Jars: QUINTET_LIDS", "Jars"]),
        ("broken", ["Jars: Broken jars"]),
        ("jar operator", ["Jars: Broken jars"]),
        ("lid spoon", []),
        ("  ", []),
    ],
)
def test_a_section_needs_all_words_and_headings_count_most(query, titles):
    assert found(query) == titles


def test_an_excerpt_marks_the_words_and_escapes_the_rest():
    [result] = results("silver", SECTIONS)

    assert "&lt;b&gt;<mark>silver</mark>&lt;/b&gt;" in result.excerpt


def test_a_long_text_is_cut_around_the_first_word():
    text = "word " * 500 + "needle" + " b" * 500
    [result] = results("needle", [Section("/guide/x/", "X", "", text)])

    assert re.fullmatch(r"… (word )+<mark>needle[^…]* …", result.excerpt)
    assert len(result.excerpt) < 300
    [result] = results("needle", [Section("/guide/x/", "X", "", "x" * 99 + "needle")])
    assert re.fullmatch(r"… x{60}<mark>needle</mark>", result.excerpt)


def test_the_best_results_are_shown():
    sections = [Section(f"/guide/{n}/", "Page", "", "word") for n in range(50)]

    assert len(results("word", sections)) == MAX_RESULTS


@pytest.mark.parametrize(
    ("query", "target"),
    [
        ("QUINTET_ACCESS", "/guide/reference/settings/#quintet_access"),
        ("idempotency_key_reused", "/guide/reference/errors/#idempotency_key_reused"),
        ("import_flask", "/guide/reference/commands/#import_flask"),
    ],
)
def test_names_lead_to_their_section(client, db, query, target):
    page = client.get("/guide/search/", {"q": query}).content.decode()
    first = page.partition('<ol class="results">')[2].partition('href="')[2]

    assert first.startswith(f'{target}"')


@pytest.mark.parametrize("query", ["", "'\"><script>alert(1)</script>", "x" * 5000])
def test_any_query_gets_a_page(client, db, query):
    response = client.get("/guide/search/", {"q": query})

    assert response.status_code == 200
    assert b"<script>alert" not in response.content
