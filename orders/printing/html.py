"""The printed invoice as an HTML page that loads nothing else."""

from __future__ import annotations

import base64
import hashlib
from functools import cache

from django.conf import settings
from django.http import HttpResponse
from django.template.loader import render_to_string

from orders.printing.sheet import HEADINGS, Sheet


@cache
def style(paper: str) -> str:
    return render_to_string("orders/invoice.css", {"paper": paper})


@cache
def policy(paper: str) -> str:
    """Return a Content-Security-Policy that allows this one style and nothing else."""
    digest = base64.b64encode(hashlib.sha256(style(paper).encode()).digest()).decode()
    return (
        f"default-src 'none'; style-src 'sha256-{digest}'; "
        "base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
    )


def html_response(sheet: Sheet) -> HttpResponse:
    paper = settings.QUINTET_INVOICE_PAPER
    context = {"sheet": sheet, "style": style(paper), "headings": HEADINGS}
    return HttpResponse(
        render_to_string("orders/invoice.html", context),
        headers={"Content-Security-Policy": policy(paper)},
    )
