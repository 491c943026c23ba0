"""Links from one page of the admin to another."""

from __future__ import annotations

from django.db.models import Model
from django.urls import reverse
from django.utils.html import format_html


def link_to(row: Model | None) -> str:
    """Return a link to the page of a row, or an empty text without one."""
    if row is None:
        return ""
    url = reverse(
        f"admin:{row._meta.label_lower.replace('.', '_')}_change", args=[row.pk]
    )
    return format_html('<a href="{}">{}</a>', url, row)
