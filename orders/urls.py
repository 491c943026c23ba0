from __future__ import annotations

from collections.abc import Callable

from django.http import HttpResponseBase
from django.urls import re_path

from dialects.dbbase import DbbaseRouter
from orders import job_page, print_views, views

app_name = "orders"
router = DbbaseRouter()
router.register("orders", views.OrderViewSet, "order")
router.register("api/v2/orders", views.OrderWithJobsViewSet, "order-with-jobs")
router.register("api/v2/jobs", views.JobViewSet, "job")
router.register("invoices", views.InvoiceViewSet, "invoice")
router.register("invoice-items", views.InvoiceItemViewSet, "invoice-item")
KEY = f"(?P<pk>{views.InvoiceViewSet.lookup_value_regex})"


def view_of(print_format: str) -> Callable[..., HttpResponseBase]:
    return print_views.InvoicePrintViewSet.as_view({"get": print_format})


urlpatterns = [
    *router.urls,
    re_path(r"^invoices\.csv/?$", view_of("csv"), name="invoices-csv"),
    re_path(rf"^invoices/{KEY}\.html/?$", view_of("html"), name="invoice-html"),
    re_path(rf"^invoices/{KEY}\.pdf/?$", view_of("pdf"), name="invoice-pdf"),
    re_path(
        rf"^api/v2/jobs/{KEY}\.html/?$",
        job_page.JobPageViewSet.as_view({"get": "html", "post": "submit"}),
        name="job-html",
    ),
    re_path(
        r"^a-model-command/?$",
        views.CommandViewSet.as_view({"post": "create"}),
        name="command",
    ),
]
