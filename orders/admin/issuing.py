"""Issuing a draft in the admin, after a page that shows the consequences."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any

from django.contrib import messages
from django.core.exceptions import PermissionDenied, ValidationError
from django.db import transaction
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.template.response import TemplateResponse
from django.urls import URLPattern, path, reverse
from django.utils import timezone
from django.utils.html import format_html

from common.http.conditional import digest
from common.http.errors import Conflict
from orders.admin.drafts import DraftAdmin
from orders.models import Invoice
from orders.numbering import upcoming_number
from orders.printing.sheet import Sheet, sheet_of
from orders.printing.warnings import issue_warnings
from orders.services import issue

CHANGED = "The draft has changed since you opened this page. Check it again."


def refusal_of(draft: Invoice, check: Callable[[], object]) -> str:
    """Return why a check of the draft, or its issue, fails; or an empty text."""
    try:
        check()
    except Conflict as exc:
        return str(exc.detail)
    except ValidationError as exc:
        return f"Invoice {draft.pk}: {' '.join(exc.messages)}"
    return ""


def try_to_issue(draft: Invoice) -> str:
    """Issue a draft. Return why it cannot be issued, or an empty text."""
    return refusal_of(draft, partial(issue, invoice=draft))


class IssuingAdmin(DraftAdmin):
    """Drafts with a page that shows the consequences of issuing, and issues them."""

    def get_urls(self) -> list[Any]:
        view = self.admin_site.admin_view(self.issue_view)
        issue_url: URLPattern = path(
            "<int:pk>/issue/", view, name="orders_invoice_issue"
        )
        return [issue_url, *super().get_urls()]

    def issue_view(self, request: HttpRequest, pk: int) -> HttpResponse:
        if not self.has_change_permission(request):
            raise PermissionDenied
        if request.method != "POST":
            return self.confirm_or_leave(request, pk)
        with transaction.atomic():
            Invoice.objects.select_for_update().filter(pk=pk).first()
            return self.confirm_or_leave(request, pk)

    def confirm_or_leave(self, request: HttpRequest, pk: int) -> HttpResponse:
        """Issue a draft or ask first. Leave with a message if there is no draft."""
        invoice = Invoice.objects.for_print().filter(pk=pk).first()
        if invoice is None:
            messages.error(request, f"Invoice {pk} no longer exists.")
            return HttpResponseRedirect(reverse("admin:orders_invoice_changelist"))
        if invoice.is_issued:
            messages.warning(request, already_issued(invoice))
            return to_page(invoice)
        if request.method == "POST":
            return self.issue_draft(request, invoice)
        return self.confirmation(request, invoice)

    def issue_draft(self, request: HttpRequest, draft: Invoice) -> HttpResponse:
        """Issue what the user has seen. Ask again if it has changed since then."""
        if request.POST.get("seen") != version_of(sheet_of(draft)):
            messages.warning(request, CHANGED)
            return self.confirmation(request, draft)
        if error := try_to_issue(draft):
            messages.error(request, error)
            return self.confirmation(request, draft)
        issued = Invoice.objects.get(pk=draft.pk)
        self.log_change(request, issued, f"Issued as {issued.number}.")
        messages.success(request, issued_message(issued))
        return to_page(issued)

    def confirmation(self, request: HttpRequest, draft: Invoice) -> HttpResponse:
        sheet = sheet_of(draft)
        context = {
            **self.admin_site.each_context(request),
            "title": "Issue this invoice?",
            "opts": self.opts,
            "original": draft,
            "sheet": sheet,
            "seen": version_of(sheet),
            "number": upcoming_number(timezone.localdate().year),
            "warnings": issue_warnings(draft, sheet),
        }
        return TemplateResponse(request, "admin/orders/invoice/issue.html", context)


def version_of(sheet: Sheet) -> str:
    """Return a text that changes with anything that would be printed."""
    return digest(repr(sheet).encode())


def already_issued(invoice: Invoice) -> str:
    return f"Invoice {invoice.number} has already been issued. Nothing has changed."


def issued_message(invoice: Invoice) -> str:
    return format_html(
        'Invoice {} is issued. <a href="{}">Print</a> · <a href="{}">PDF</a>',
        invoice.number,
        reverse("orders:invoice-html", args=[invoice.pk]),
        reverse("orders:invoice-pdf", args=[invoice.pk]),
    )


def to_page(invoice: Invoice) -> HttpResponseRedirect:
    return HttpResponseRedirect(
        reverse("admin:orders_invoice_change", args=[invoice.pk])
    )
