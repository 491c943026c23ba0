"""Import, export and undo in a real browser, without errors and accessible to all."""

from __future__ import annotations

import pytest
from django.core.management import call_command

from goals.models import Goal
from media_catalog.models import Book
from tests.browser.axe import check

pytestmark = [
    pytest.mark.browser,
    pytest.mark.django_db(transaction=True),
]
HEADING = "id,isbn,title,pub_year,author_id"


@pytest.fixture
def admin_page(watched, log_in):
    """The admin of the demo data."""
    call_command("demo", verbosity=0)
    return log_in(watched, "staff")


def upload(page, *rows: str) -> None:
    text = "\n".join([HEADING, *rows])
    file = {"name": "books.csv", "mimeType": "text/csv", "buffer": text.encode()}
    page.set_input_files("#id_import_file", file)
    page.click("text=Preview")


def test_books_are_imported_after_a_preview(admin_page):
    page, book = admin_page, Book.objects.earliest("pk")
    page.goto("/admin/media_catalog/book/")
    page.click(".object-tools >> text=Import")
    page.wait_for_selector("#id_import_file")
    check(page)
    upload(page, f"{book.pk},,x,abc,1", f"999,,y,1,{book.author_id}")
    page.wait_for_selector("text=“abc” value must be an integer.")
    check(page)
    title = "<b onclick=alert(1)>Sail</b>"
    upload(page, f"{book.pk},,{title},1,{book.author_id}", f",,B,1,{book.author_id}")
    page.wait_for_selector(f"ins:has-text('{title}')")
    check(page)
    page.click("text=Confirm import")

    page.wait_for_selector("text=1 new, 1 changed, 0 unchanged")
    book.refresh_from_db()
    assert book.title == title
    assert page.errors == []


def test_all_goals_are_completed_and_that_is_undone_after_a_reload(admin_page):
    page = admin_page
    before = list(Goal.objects.order_by("pk").values_list("end", flat=True))
    page.goto("/admin/goals/goal/")
    page.check("#action-toggle")
    page.select_option("select[name=action]", "complete")
    page.click("button[name=index]")
    page.wait_for_selector("text=This completes")
    check(page)
    page.click("input[type=submit]")
    page.wait_for_selector("text=were already done")
    assert not Goal.objects.filter(end=None).exists()

    page.goto("/admin/")
    page.goto("/admin/goals/goal/")
    page.click("button:text('Undo')")
    page.wait_for_selector("text=restored.")
    after = list(Goal.objects.order_by("pk").values_list("end", flat=True))
    assert after == before


def test_a_spreadsheet_is_downloaded_and_has_nothing_new(admin_page, tmp_path):
    page = admin_page
    page.goto("/admin/media_catalog/book/")
    page.check("#action-toggle")
    page.select_option("select[name=action]", "export_xlsx")
    with page.expect_download() as download:
        page.click("button[name=index]")
    download.value.save_as(tmp_path / "books.xlsx")
    page.goto("/admin/media_catalog/book/import/")
    page.set_input_files("#id_import_file", tmp_path / "books.xlsx")
    page.click("text=Preview")
    page.wait_for_selector("text=There is nothing to import.")
