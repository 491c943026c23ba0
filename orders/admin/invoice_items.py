"""The items on an invoice's page, with amounts and a total."""

from __future__ import annotations

from decimal import Decimal

from django import forms
from django.contrib import admin
from django.core.exceptions import ValidationError
from django.http import HttpRequest

from orders.admin.drafts import is_issued
from orders.admin.rows import STYLE, TEMPLATE, LabeledFormSet
from orders.models import MAX_ITEMS, TOO_MUCH, Invoice, InvoiceItem
from orders.printing.sheet import format_money
from orders.services.invoices import TOTAL_TOO_LARGE

# Empty rows to fill in. They also serve browsers without JavaScript, which get new
# ones each time the invoice is saved.
ROWS_OF_NEW_INVOICE, ROWS_OF_DRAFT = 3, 1


class InvoiceItemFormSet(LabeledFormSet):
    """The items of an invoice, with the limits that issuing checks."""

    def clean(self) -> None:
        super().clean()
        if any(self.errors):
            return
        amounts = [form.instance.amount for form in self.forms if is_kept(form)]
        if len(amounts) > MAX_ITEMS:
            raise ValidationError(f"An invoice can have at most {MAX_ITEMS} items.")
        if abs(sum(amounts, Decimal())) >= TOO_MUCH:
            raise ValidationError(TOTAL_TOO_LARGE)

    @property
    def saved_total(self) -> str:
        return format_money(self.instance.total if self.instance.pk else Decimal())


def is_kept(form: forms.ModelForm) -> bool:
    """Return whether the form's item is on the invoice after saving."""
    if form.cleaned_data.get("DELETE"):
        return False
    return form.instance.pk is not None or form.has_changed()


class InvoiceItemInline(admin.TabularInline):
    model = InvoiceItem
    formset = InvoiceItemFormSet
    template = TEMPLATE
    max_num = MAX_ITEMS
    verbose_name, verbose_name_plural = "item", "items"
    fields = ("part_code", "units", "unit_price", "item_amount")
    readonly_fields = ("item_amount",)

    class Media:
        css = STYLE
        js = ["orders/invoice_desk.js"]

    def get_extra(
        self, request: HttpRequest, obj: Invoice | None = None, **kwargs: object
    ) -> int:
        return ROWS_OF_DRAFT if obj else ROWS_OF_NEW_INVOICE

    def has_add_permission(
        self, request: HttpRequest, obj: Invoice | None = None
    ) -> bool:
        return super().has_add_permission(request, obj) and not is_issued(obj)

    def has_change_permission(
        self, request: HttpRequest, obj: Invoice | None = None
    ) -> bool:
        return super().has_change_permission(request, obj) and not is_issued(obj)

    def has_delete_permission(
        self, request: HttpRequest, obj: Invoice | None = None
    ) -> bool:
        return super().has_delete_permission(request, obj) and not is_issued(obj)

    @admin.display(description="Amount")
    def item_amount(self, item: InvoiceItem) -> str | None:
        return format_money(item.amount) if item.pk else None
