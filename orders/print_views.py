"""Invoices to print as HTML or PDF, and to export as CSV."""

from __future__ import annotations

from typing import Any

from django.http import HttpResponse, HttpResponseBase
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import extend_schema
from rest_framework.request import Request

from accounts.permissions import action_of
from dialects.dbbase import DbbaseSchema
from dialects.openapi_parts import response_header
from dialects.suffixes import SuffixNegotiation
from orders.models import Invoice
from orders.printing.csv_export import invoices_csv
from orders.printing.html import html_response
from orders.printing.pdf import pdf_of
from orders.printing.sheet import sheet_of
from orders.querysets import InvoiceQuerySet
from orders.views import InvoiceViewSet

FILE_NAME = response_header("Content-Disposition", "File name.")


class PrintSchema(DbbaseSchema):
    def get_override_parameters(self) -> list[Any]:
        # Only JSON has entity tags.
        absent = {"ETag", "If-None-Match"}
        parameters = super().get_override_parameters()
        return [each for each in parameters if each.name not in absent]


class InvoicePrintViewSet(InvoiceViewSet):
    """Invoices in the formats that the suffixes of their URLs name."""

    content_negotiation_class = SuffixNegotiation
    schema = PrintSchema()

    def get_queryset(self) -> InvoiceQuerySet:
        user, action = self.request.user, action_of(self.request)
        return Invoice.objects.visible_to(user, action).for_print()

    @extend_schema(
        operation_id="getInvoiceHtml",
        summary="Get an invoice as an HTML page",
        responses={(200, "text/html"): OpenApiTypes.STR},
    )
    def html(self, request: Request, *args: object, **kwargs: object) -> HttpResponse:
        """Return the invoice as an HTML page to print."""
        return html_response(sheet_of(self.get_object()))

    @extend_schema(
        operation_id="getInvoicePdf",
        summary="Get an invoice as a PDF",
        parameters=[FILE_NAME],
        responses={(200, "application/pdf"): OpenApiTypes.BINARY},
    )
    def pdf(self, request: Request, *args: object, **kwargs: object) -> HttpResponse:
        """Return the invoice as a PDF. The same invoice gives the same bytes."""
        invoice = self.get_object()
        name = invoice.number or f"draft-{invoice.pk}"
        return HttpResponse(
            pdf_of(sheet_of(invoice)),
            content_type="application/pdf",
            headers={"Content-Disposition": f'inline; filename="{name}.pdf"'},
        )

    @extend_schema(
        operation_id="exportInvoices",
        summary="Export invoices as CSV",
        filters=True,
        parameters=[FILE_NAME],
        responses={(200, "text/csv"): OpenApiTypes.STR},
    )
    def csv(
        self, request: Request, *args: object, **kwargs: object
    ) -> HttpResponseBase:
        """Return a line for each invoice that meets the conditions, ordered by ID.

        The text is UTF-8 with a byte order mark, as in RFC 4180. Conditions are those
        of the list of invoices.
        """
        return invoices_csv(self.filter_queryset(self.get_queryset()))
