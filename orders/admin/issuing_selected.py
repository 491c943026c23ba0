"""Issuing the selected drafts of the list, after a confirmation."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property, partial

from django.contrib import admin, messages
from django.db import transaction
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.template.response import TemplateResponse
from django.utils import timezone

from common.admin import show_errors
from common.db.locks import lock_rows
from common.http.conditional import digest
from orders.admin.issuing import IssuingAdmin, refusal_of, try_to_issue
from orders.models import Invoice
from orders.numbering import upcoming_number
from orders.printing.sheet import Sheet, sheet_of
from orders.printing.warnings import issue_warnings
from orders.services import check_issuable

# Maximum of one action, since each may have 1,000 items.
MAX_DRAFTS = 100
TOO_MANY = f"Select at most {MAX_DRAFTS} drafts."
CHANGED = "The drafts have changed since you opened this page. Check them again."


@dataclass(frozen=True)
class SelectedDraft:
    draft: Invoice

    @cached_property
    def sheet(self) -> Sheet:
        return sheet_of(self.draft)

    @cached_property
    def refusal(self) -> str:
        """Why the draft cannot be issued, or an empty text."""
        items = list(self.draft.invoice_items.all())
        check = partial(check_issuable, invoice=self.draft, items=items)
        return refusal_of(self.draft, check)

    @property
    def warnings(self) -> list[str]:
        return issue_warnings(self.draft, self.sheet)


class BulkIssuingAdmin(IssuingAdmin):
    @admin.action(description="Issue selected invoices", permissions=["change"])
    def issue_selected(
        self, request: HttpRequest, queryset: QuerySet[Invoice]
    ) -> HttpResponse | None:
        """Show what would be issued, or issue what the user has seen."""
        ids = draft_ids(queryset)
        if len(ids) > MAX_DRAFTS:
            self.message_user(request, TOO_MANY, messages.ERROR)
            return None
        seen = request.POST.get("seen")
        if seen is None:
            issued = queryset.exclude(issued_at=None).order_by().count()
            return self.confirm_selected(request, ids, issued)
        with transaction.atomic():
            lock_rows(Invoice.objects.filter(pk__in=ids))
            drafts = read_drafts(ids)
            if seen == version_of_all(drafts):
                self.issue_all(request, drafts)
                return None
        self.message_user(request, CHANGED, messages.WARNING)
        return self.confirm_selected(request, ids)

    def confirm_selected(
        self, request: HttpRequest, ids: list[int], issued: int = 0
    ) -> TemplateResponse:
        drafts = read_drafts(ids)
        ready = [each for each in drafts if not each.refusal]
        context = {
            **self.admin_site.each_context(request),
            "title": "Issue these invoices?",
            "opts": self.opts,
            "ready": ready,
            "refused": [each for each in drafts if each.refusal],
            "issued": issued,
            "seen": version_of_all(ready),
            "number": upcoming_number(timezone.localdate().year),
        }
        template = "admin/orders/invoice/issue_selected.html"
        return TemplateResponse(request, template, context)

    def issue_all(self, request: HttpRequest, drafts: list[SelectedDraft]) -> None:
        """Issue drafts by ID. One that cannot be issued does not stop the others."""
        errors = [error for each in drafts if (error := try_to_issue(each.draft))]
        ids = [each.draft.pk for each in drafts]
        for invoice in Invoice.objects.filter(pk__in=ids).exclude(issued_at=None):
            self.log_change(request, invoice, f"Issued as {invoice.number}.")
        self.message_user(request, f"{len(drafts) - len(errors)} issued.")
        show_errors(request, errors)


def draft_ids(queryset: QuerySet[Invoice]) -> list[int]:
    """Return the IDs of the drafts, at most one more than MAX_DRAFTS."""
    keys = queryset.filter(issued_at=None).order_by("pk").values_list("pk", flat=True)
    return list(keys[: MAX_DRAFTS + 1])


def read_drafts(ids: list[int]) -> list[SelectedDraft]:
    drafts = Invoice.objects.for_print().filter(pk__in=ids, issued_at=None)
    return [SelectedDraft(draft) for draft in drafts.order_by("pk")]


def version_of_all(drafts: list[SelectedDraft]) -> str:
    """Return a text that changes with the drafts and all that would be printed."""
    sheets = [(each.draft.pk, each.sheet) for each in drafts]
    return digest(repr(sheets).encode())
