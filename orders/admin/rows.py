"""Tables of rows on the page of an order or an invoice."""

from __future__ import annotations

from django import forms
from django.forms.models import BaseInlineFormSet

TEMPLATE = "admin/orders/rows.html"
STYLE = {"all": ["orders/invoice_desk.css"]}


class LabeledFormSet(BaseInlineFormSet):
    """Forms whose inputs are labeled for screen readers: only columns have headers."""

    def add_fields(self, form: forms.ModelForm, index: int | None) -> None:
        super().add_fields(form, index)
        for field in form.fields.values():
            if not field.widget.is_hidden:
                field.widget.attrs["aria-label"] = field.label
