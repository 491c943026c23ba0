"""The printed invoice as an HTML page that loads nothing else."""

from __future__ import annotations

from functools import cache

from django.conf import settings
from django.http import HttpResponse
from django.template.loader import render_to_string

from common.http.policies import POLICY_HEADER, policy_for_style
from orders.printing.sheet import HEADINGS, Sheet


@cache
def style(paper: str) -> str:
    return render_to_string("orders/invoice.css", {"paper": paper})


def html_response(sheet: Sheet) -> HttpResponse:
    css = style(settings.QUINTET_INVOICE_PAPER)
    context = {"sheet": sheet, "style": css, "headings": HEADINGS}
    return HttpResponse(
        render_to_string("orders/invoice.html", context),
        headers={POLICY_HEADER: policy_for_style(css)},
    )
