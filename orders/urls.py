from __future__ import annotations

from typing import Any

from django.urls import re_path

from dialects.dbbase import DbbaseRouter
from orders import views

app_name = "orders"
router = DbbaseRouter()
router.register("orders", views.OrderViewSet, "order")
router.register("api/v2/orders", views.OrderWithJobsViewSet, "order-with-jobs")
router.register("api/v2/jobs", views.JobViewSet, "job")
router.register("invoices", views.InvoiceViewSet, "invoice")
router.register("invoice-items", views.InvoiceItemViewSet, "invoice-item")
KEY = f"(?P<pk>{views.InvoiceViewSet.lookup_value_regex})"


def printed(form: str) -> Any:
    return views.InvoiceViewSet.as_view(
        {"get": form}, content_negotiation_class=views.BySuffix
    )


urlpatterns = [
    *router.urls,
    re_path(r"^invoices\.csv/?$", printed("csv"), name="invoices-csv"),
    re_path(rf"^invoices/{KEY}\.html/?$", printed("html"), name="invoice-html"),
    re_path(rf"^invoices/{KEY}\.pdf/?$", printed("pdf"), name="invoice-pdf"),
    re_path(
        r"^a-model-command/?$",
        views.CommandViewSet.as_view({"post": "create"}),
        name="command",
    ),
]
