"""Import of CSV and XLSX files in the admin, with a preview, and export as XLSX."""

from __future__ import annotations

import re
from io import BytesIO
from pathlib import Path
from typing import Any

from django import forms
from django.contrib import messages
from django.contrib.admin.models import ADDITION, CHANGE, LogEntry
from django.core.files.uploadedfile import UploadedFile
from django.core.signing import BadSignature, TimestampSigner
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse
from import_export.admin import ImportMixin
from import_export.forms import ConfirmImportForm, ImportForm
from import_export.results import Result, RowResult
from openpyxl import Workbook
from openpyxl.cell.cell import ILLEGAL_CHARACTERS_RE

from common.admin import SearchAdmin
from common.admin_export import Action, table_of
from common.http.csv_responses import Row
from common.spreadsheets import (
    FORMATS,
    MAX_BYTES,
    MAX_ROWS,
    SUFFIXES,
    UPLOAD_SECONDS,
    SheetError,
    UploadStorage,
)

XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
DESCRIPTION = "Export selected %(verbose_name_plural)s as XLSX"
# Characters that readers of XLSX change.
UNSAFE = re.compile(f"{ILLEGAL_CHARACTERS_RE.pattern}|\r|_x[0-9A-Fa-f]{{4}}_")
LOGGED = [
    (RowResult.IMPORT_TYPE_NEW, ADDITION, "Imported from a file."),
    (RowResult.IMPORT_TYPE_UPDATE, CHANGE, "Changed by an imported file."),
]
EXPIRED = "This preview has expired. Upload the file again."


class UploadForm(ImportForm):
    """A file whose name ends with the format."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["format"].required = False
        self.fields["format"].widget = forms.HiddenInput()
        file = self.fields["import_file"]
        file.widget = forms.FileInput(attrs={"accept": ",".join(SUFFIXES)})
        file.help_text = (
            f"CSV (UTF-8) or XLSX, at most {MAX_ROWS:,} rows and "
            f"{MAX_BYTES // 1_000_000} MB. The first row has the column names."
        )

    @property
    def media(self) -> forms.Media:
        """Return no scripts: the server finds the format."""
        return forms.Media()

    def clean_import_file(self) -> UploadedFile:
        file: UploadedFile = self.cleaned_data["import_file"]
        if (file.size or 0) > MAX_BYTES:
            text = f"The file is larger than {MAX_BYTES // 1_000_000} MB."
            raise forms.ValidationError(text)
        if suffix_of(file) not in SUFFIXES:
            raise forms.ValidationError("Upload a file that ends with .csv or .xlsx.")
        return file

    def clean_format(self) -> str:
        file = self.cleaned_data.get("import_file")
        return str(SUFFIXES.index(suffix_of(file))) if file else ""


def suffix_of(file: UploadedFile) -> str:
    return Path(file.name or "").suffix.lower()


class SignedConfirmForm(ConfirmImportForm):
    """A form that names the upload with a signature, so that it can't be replaced."""

    def __init__(self, *args: Any, signer: TimestampSigner, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.signer = signer

    def clean_import_file_name(self) -> str:
        try:
            name = self.cleaned_data["import_file_name"]
            return self.signer.unsign(name, max_age=UPLOAD_SECONDS)
        except BadSignature:
            raise forms.ValidationError(EXPIRED) from None

    def clean_format(self) -> str:
        text: str = self.cleaned_data["format"]
        if text not in map(str, range(len(FORMATS))):
            raise forms.ValidationError(EXPIRED)
        return text

    def clean_resource(self) -> str:
        """Return the only resource of each list."""
        return "0"


class SpreadsheetAdmin(ImportMixin, SearchAdmin):
    """A list that exports its rows as CSV and XLSX, and imports them again."""

    import_template_name = "admin/import_export/import.html"
    import_formats = FORMATS
    import_form_class = UploadForm
    confirm_form_class = SignedConfirmForm
    tmp_storage_class = UploadStorage

    def has_import_permission(self, request: HttpRequest) -> bool:
        return self.has_add_permission(request) and self.has_change_permission(request)

    def signer(self, request: HttpRequest) -> TimestampSigner:
        return TimestampSigner(salt=f"import {self.opts.label} {request.user.pk}")

    def get_confirm_form_kwargs(
        self, request: HttpRequest, import_form: UploadForm | None = None
    ) -> dict[str, Any]:
        kwargs: dict[str, Any] = super().get_confirm_form_kwargs(request, import_form)
        return kwargs | {"signer": self.signer(request)}

    def get_confirm_form_initial(
        self, request: HttpRequest, import_form: UploadForm | None
    ) -> dict[str, Any]:
        initial: dict[str, Any] = super().get_confirm_form_initial(request, import_form)
        if import_form is not None:
            name = initial["import_file_name"]
            initial["import_file_name"] = self.signer(request).sign(name)
        return initial

    def get_import_data_kwargs(self, **kwargs: Any) -> dict[str, Any]:
        options: dict[str, Any] = super().get_import_data_kwargs(**kwargs)
        return options | {"rollback_on_validation_errors": True}

    def get_import_context_data(self, **kwargs: Any) -> dict[str, Any]:
        context: dict[str, Any] = super().get_import_context_data(**kwargs)
        fields = self.resource_classes[0]().get_import_fields()
        return context | {"columns": [field.column_name for field in fields]}

    def add_data_read_fail_error_to_form(
        self, form: UploadForm, error: Exception
    ) -> None:
        if not isinstance(error, SheetError):
            raise error
        form.add_error("import_file", str(error))

    def process_import(self, request: HttpRequest, **kwargs: Any) -> HttpResponse:
        try:
            response: HttpResponse = super().process_import(request, **kwargs)
        except SheetError as exc:
            return self.refuse(request, str(exc))
        return response

    def process_result(self, result: Result, request: HttpRequest) -> HttpResponse:
        """Report what was imported, or that nothing was."""
        if result.has_errors() or result.has_validation_errors():
            text = (
                "Nothing was imported, because the data has changed since the preview. "
                "Upload the file again."
            )
            return self.refuse(request, text)
        response: HttpResponse = super().process_result(result, request)
        return response

    def generate_log_entries(self, result: Result, request: HttpRequest) -> None:
        """Add an entry to the history of each row."""
        for kind, flag, text in LOGGED:
            rows = [row.instance for row in result if row.import_type == kind]
            if rows:
                user_id = str(request.user.pk)
                LogEntry.objects.log_actions(user_id, rows, flag, text)

    def refuse(self, request: HttpRequest, text: str) -> HttpResponse:
        self.message_user(request, text, messages.ERROR)
        info = self.opts.app_label, self.opts.model_name
        return HttpResponseRedirect(reverse("admin:{}_{}_import".format(*info)))

    def add_success_message(self, result: Result, request: HttpRequest) -> None:
        added, changed, skipped = (
            result.totals[kind]
            for kind in (
                RowResult.IMPORT_TYPE_NEW,
                RowResult.IMPORT_TYPE_UPDATE,
                RowResult.IMPORT_TYPE_SKIP,
            )
        )
        text = f"Import finished: {added} new, {changed} changed, {skipped} unchanged."
        self.message_user(request, text, messages.SUCCESS)

    def get_actions(self, request: HttpRequest) -> dict[str, Action]:
        actions: dict[str, Action] = super().get_actions(request)
        if "export_csv" in actions:
            actions["export_xlsx"] = (export_xlsx, "export_xlsx", DESCRIPTION)
        return actions


def export_xlsx(
    model_admin: SpreadsheetAdmin, request: HttpRequest, queryset: QuerySet[Any]
) -> HttpResponse | None:
    """Return the rows as XLSX, or redirect to the list with the reason against it."""
    try:
        filename, content = xlsx_file(model_admin, queryset)
    except SheetError as exc:
        model_admin.message_user(request, str(exc), messages.ERROR)
        return None
    headers = {"Content-Disposition": f'attachment; filename="{filename}"'}
    return HttpResponse(content, content_type=XLSX, headers=headers)


def xlsx_file(
    model_admin: SpreadsheetAdmin, queryset: QuerySet[Any]
) -> tuple[str, bytes]:
    """Return the file's name and content. Raise SheetError."""
    if len(queryset.order_by().values_list("pk")[: MAX_ROWS + 1]) > MAX_ROWS:
        raise SheetError(
            f"An XLSX export has at most {MAX_ROWS:,} rows. Export them as CSV."
        )
    filename, heading, chunks = table_of(model_admin, queryset)
    rows = [row for chunk in chunks for row in chunk]
    for row in rows:
        if any(isinstance(cell, str) and UNSAFE.search(cell) for cell in row):
            raise SheetError(
                f"XLSX can't store a character of row {row[0]}. Export as CSV."
            )
    return f"{filename}.xlsx", xlsx_of([heading, *rows])


def xlsx_of(rows: list[Row]) -> bytes:
    book = Workbook(write_only=True)
    sheet = book.create_sheet()
    for row in rows:
        sheet.append(row)
    file = BytesIO()
    book.save(file)
    return file.getvalue()
