from __future__ import annotations

from django import template
from django.db.models import Model

from accounts.models import ActionRecord
from accounts.trace_admin import list_url

register = template.Library()


@register.simple_tag
def trace_url(row: Model) -> str:
    """Return the list of actions on the row, or an empty text if there are none."""
    label = row._meta.label_lower
    records = ActionRecord.objects.filter(object_type=label, object_id=row.pk)
    return list_url(object=f"{label}:{row.pk}") if records.exists() else ""
