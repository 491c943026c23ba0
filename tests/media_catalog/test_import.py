"""The import of books and authors from CSV and XLSX files, with its preview."""

from __future__ import annotations

import csv
import io
import re
import zipfile
from html import unescape

import pytest
from django.contrib.admin.models import LogEntry
from django.contrib.auth.models import Permission
from django.core.files.uploadedfile import SimpleUploadedFile
from openpyxl import Workbook

from common import spreadsheets
from media_catalog.models import Author, Book

URL = "/admin/media_catalog/book/import/"
CONFIRM = "/admin/media_catalog/book/process_import/"
LIST = "/admin/media_catalog/book/"
HEADING = "id,isbn,title,pub_year,author_id"


@pytest.fixture
def author(db) -> Author:
    return Author.objects.create(first_name="Frank", last_name="Herbert")


@pytest.fixture
def dune(author) -> Book:
    return Book.objects.create(title="Dune", isbn="978", pub_year=1965, author=author)


@pytest.fixture(autouse=True)
def upload_folder(tmp_path, monkeypatch):
    monkeypatch.setattr(spreadsheets, "upload_folder", lambda: tmp_path)
    return tmp_path


def upload(client, data, name="books.csv", url=URL) -> str:
    content = data if isinstance(data, bytes) else data.encode()
    file = SimpleUploadedFile(name, content)
    response = client.post(url, {"resource": "0", "import_file": file})
    assert response.status_code == 200
    return unescape(response.content.decode())


def hidden_fields(page: str) -> dict[str, str]:
    return dict(re.findall(r'type="hidden" name="(\w+)" value="([^"]*)"', page))


def load(client, data, name="books.csv", url=URL) -> str:
    page = upload(client, data, name, url)
    assert "Confirm import" in page, page
    confirm = url.replace("import/", "process_import/")
    response = client.post(confirm, hidden_fields(page), follow=True)
    return unescape(response.content.decode())


def sheet(*rows: list) -> bytes:
    book = Workbook()
    for row in rows:
        book.active.append(row)
    file = io.BytesIO()
    book.save(file)
    return file.getvalue()


def exported(client, action="export_csv", url=LIST) -> bytes:
    body = {"action": action, "_selected_action": 1, "select_across": 1, "index": 0}
    response = client.post(url, body)
    return b"".join(response)


def test_the_preview_stores_nothing_and_the_import_what_it_showed(
    admin_client, dune, author
):
    text = f"{HEADING}\n{dune.pk},978,Messiah,1969,{author.pk}\n,,New,2000,{author.pk}"
    page = upload(admin_client, text)
    assert "2 rows: 1 new, 1 changed, 0 unchanged." in " ".join(page.split())
    assert "<del>Dune</del> <ins>Messiah</ins>" in page
    assert [book.title for book in Book.objects.all()] == ["Dune"]

    page = load(admin_client, text)
    assert "Import finished: 1 new, 1 changed, 0 unchanged." in page
    assert list(Book.objects.values_list("title", "isbn", "pub_year")) == [
        ("Messiah", "978", 1969),
        ("New", None, 2000),
    ]


TEXTS = [
    "=1+1",
    "'=1",
    "''",
    " -x ",
    "@\n=2",
    '"; =3',
    "a;b",
    "007",
    "1e3",
    "été 🪐",
    "",
]


@pytest.mark.parametrize(("action", "name"), [("csv", "b.csv"), ("xlsx", "b.xlsx")])
def test_an_export_imports_again_without_a_change(admin_client, author, action, name):
    for n, text in enumerate(TEXTS):
        Book.objects.create(
            title=text, isbn=text[:20] if n % 2 else None, pub_year=n, author=author
        )
    page = upload(admin_client, exported(admin_client, f"export_{action}"), name)

    assert f"0 changed,\n    {len(TEXTS)} unchanged" in page, page
    assert "There is nothing to import." in page


def test_an_export_restores_what_was_changed(admin_client, dune, author):
    stored = exported(admin_client, "export_xlsx")
    Book.objects.update(title="lost", isbn="")
    load(admin_client, stored, "books.xlsx")
    dune.refresh_from_db()
    assert (dune.title, dune.isbn) == ("Dune", "978")


ERRORS = {
    "column": ("id,isbn,titel,pub_year,author_id\n,,x,1,1", 'Did you mean "title"?'),
    "strange column": (f"{HEADING},foo\n,,x,1,1,", '"foo". Valid columns: id,'),
    "missing column": (
        "id,title\n,x",
        "Missing columns: isbn, pub_year, author_id",
    ),
    "double column": (
        f"{HEADING},title\n,,x,1,1,y",
        '"title" occurs twice.',
    ),
    "number": (f"{HEADING}\n,,x,12.5,1", "“12.5” value must be an integer."),
    "large number": (f"{HEADING}\n,,x,99999999999,1", "less than or equal to"),
    "long text": (f"{HEADING}\n,,{'x' * 101},1,1", "at most 100 characters"),
    "no number": (f"{HEADING}\n,,x,,1", "This field is required."),
    "author": (f"{HEADING}\n,,x,1,99999", "There is no author with the ID 99999."),
    "no author": (f"{HEADING}\n,,x,1,", "This field is required."),
    "author's name": (f"{HEADING}\n,,x,1,Frank", "There is no author with the ID Fra"),
    "id": (f"{HEADING}\n9,,x,1,1", "There is no book with the ID 9."),
    "huge id": (f"{HEADING}\n{'9' * 5000},,x,1,1", "There is no book with the ID 999"),
    "word as id": (f"{HEADING}\nx,,x,1,1", "There is no book with the ID x."),
    "same id": (f"{HEADING}\nID,,x,1,1\nID,,y,1,1", "Row 2 has the same ID."),
    "wide row": (f"{HEADING}\n,,x,1,1,7", "Row 2 has more cells than the first row."),
    "gap": (f"{HEADING}\n\n,,x,1,1", "Row 2 is empty. Delete it."),
    "NUL": (f"{HEADING}\n,,\0,1,1", "Row 2 has a character that can't be stored."),
    "quotes": (f'{HEADING}\n,"x"y,1,1', "The CSV is malformed near line 2"),
    "open quote": (f'{HEADING}\n,"x', "The CSV is malformed near line 2"),
    "huge cell": (f"{HEADING}\n,,{'x' * 140_000},1,1", "field larger than field limit"),
    "encoding": (f"{HEADING}\n,,é,1,1".encode("latin-1"), "The file is not UTF-8."),
    "binary": (bytes(range(256)), "The file is not UTF-8."),
    "nothing": (" ", "The first row has no column names."),
    "no rows": (f"{HEADING}\n", "No valid data to import."),
    "rows": (f"{HEADING}\n" + ",,x,1,1\n" * 2001, "The file has more than 2000 rows."),
    "columns": ("x," * 60 + "x\n", "The file has more than 50 columns."),
    "bytes": (b"x" * 2_000_001, "The file is larger than 2 MB."),
}


@pytest.mark.parametrize("case", ERRORS)
def test_what_is_wrong_with_a_csv_is_said_and_nothing_stored(admin_client, dune, case):
    data, error = ERRORS[case]
    if isinstance(data, str):
        data = data.replace("\nID,", f"\n{dune.pk},")
    page = upload(admin_client, data)

    assert error in page, page
    assert "Confirm import" not in page
    assert [book.title for book in Book.objects.all()] == ["Dune"]


def bomb() -> bytes:
    """Return an XLSX file of some kilobytes with 100 MB in it."""
    file = io.BytesIO(sheet(["id"]))
    with zipfile.ZipFile(file, "a", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("xl/media/zeros", bytes(100_000_000))
    return file.getvalue()


def with_entities() -> bytes:
    """Return an XLSX file whose sheet would grow to a billion letters."""
    lines = ['<!ENTITY a0 "lollollollol">']
    lines += [f'<!ENTITY a{n} "{f"&a{n - 1};" * 10}">' for n in range(1, 9)]
    text = f"<?xml version='1.0'?><!DOCTYPE x [{''.join(lines)}]>"
    text += "<worksheet><sheetData><row><c t='str'><v>&a8;</v></c></row></sheetData>"
    source, target = zipfile.ZipFile(io.BytesIO(sheet(["id"]))), io.BytesIO()
    with zipfile.ZipFile(target, "w") as archive:
        for name in source.namelist():
            is_sheet = name == "xl/worksheets/sheet1.xml"
            archive.writestr(
                name, f"{text}</worksheet>" if is_sheet else source.read(name)
            )
    return target.getvalue()


NAMES = HEADING.split(",")
SHEETS = {
    "text": (b"no archive", "The file is not an XLSX file."),
    "archive": (lambda: bomb(), "larger than 30 MB when unpacked"),
    "entities": (lambda: with_entities(), "not a readable XLSX file"),
    "formula": (
        lambda: sheet(NAMES, [None, None, "=1+1", 1, 1]),
        "Cell C2 contains a formula.",
    ),
    "rows": (
        lambda: sheet(NAMES, *[["", "", "x", 1, 1]] * 2001),
        "more than 2000 rows",
    ),
}


@pytest.mark.parametrize("case", SHEETS)
def test_what_is_wrong_with_a_spreadsheet_is_said(admin_client, dune, case):
    data, error = SHEETS[case]
    page = upload(admin_client, data if isinstance(data, bytes) else data(), "b.xlsx")
    assert error in page, page
    assert "Confirm import" not in page


def test_cells_of_spreadsheets_are_the_texts_of_a_csv(admin_client, author):
    load(
        admin_client,
        sheet(NAMES, [None, 9780441172719, 2001, 1965.0, author.pk]),
        "B.XLSX",
    )
    book = Book.objects.get()
    assert (book.isbn, book.title, book.pub_year) == ("9780441172719", "2001", 1965)


def test_other_files_are_refused(admin_client, db):
    assert "ends with .csv or .xlsx" in upload(admin_client, "x", "books.html")
    assert "ends with .csv or .xlsx" in upload(admin_client, "x", "books")
    page = admin_client.post(URL, {"resource": "0"}).content.decode()
    assert "This field is required." in page


def test_other_separators_and_a_byte_order_mark_are_read(admin_client, author):
    text = f"{HEADING}\r\n,,x,1,{author.pk}\r\n".replace(",", ";")
    load(admin_client, b"\xef\xbb\xbf" + text.encode())
    assert Book.objects.get().title == "x"


@pytest.mark.parametrize(
    "changed",
    [
        {"import_file_name": "../../etc/passwd"},
        {"format": "7"},
        {"format": "x"},
        {"original_file_name": ""},
    ],
)
def test_only_the_upload_of_the_preview_is_confirmed(admin_client, author, changed):
    page = upload(admin_client, f"{HEADING}\n,,x,1,{author.pk}")
    response = admin_client.post(CONFIRM, hidden_fields(page) | changed)
    assert response.status_code == 200
    assert "Upload the file again" in response.content.decode()
    assert not Book.objects.exists()


def test_a_lost_upload_and_a_changed_database_are_told(
    admin_client, author, dune, upload_folder
):
    text = f"{HEADING}\n,,x,1,{author.pk}\n{dune.pk},,y,1,{author.pk}"
    fields = hidden_fields(upload(admin_client, text))
    dune.delete()
    page = admin_client.post(CONFIRM, fields, follow=True).content.decode()
    assert "the data has changed since the preview" in page
    assert not Book.objects.exists()
    # The first row was valid, and is not stored either. The upload is gone.
    assert list(upload_folder.iterdir()) == []
    page = admin_client.post(CONFIRM, fields, follow=True).content.decode()
    assert "The uploaded file no longer exists." in page


@pytest.mark.parametrize("codename", ["add_book", "change_book"])
def test_an_import_needs_the_permissions_to_add_and_change(
    client, ada, codename, author
):
    ada.is_staff = True
    ada.save()
    ada.user_permissions.add(Permission.objects.get(codename=codename))
    ada.user_permissions.add(Permission.objects.get(codename="view_book"))
    client.force_login(ada)
    assert b"import_link" not in client.get(LIST).content
    assert client.get(URL).status_code == 403
    assert client.post(CONFIRM, {"format": "0"}).status_code == 403


def test_authors_are_imported(admin_client, author):
    url = "/admin/media_catalog/author/import/"
    load(admin_client, "first_name,last_name\nUrsula,Le Guin\n,Homer", url=url)
    rows = csv.DictReader(
        io.StringIO(exported(admin_client, url=url[: -len("import/")]).decode())
    )
    assert [row["last_name"] for row in rows] == ["Herbert", "Le Guin", "Homer"]
    entries = LogEntry.objects.values_list("object_repr", "change_message")
    assert set(entries) == {
        ("Ursula Le Guin", "Imported from a file."),
        ("Homer", "Imported from a file."),
    }


def test_xlsx_has_what_it_can_store(admin_client, author, monkeypatch):
    Book.objects.create(title="\x01", pub_year=1, author=author)
    page = unescape(exported(admin_client, "export_xlsx").decode())
    assert page == ""
    page = unescape(admin_client.get(LIST).content.decode())
    assert "XLSX can't store a character of row" in page
    monkeypatch.setattr("common.admin_import.MAX_ROWS", 0)
    exported(admin_client, "export_xlsx")
    assert b"Export them as CSV" in admin_client.get(LIST).content
