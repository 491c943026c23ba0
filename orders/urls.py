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
urlpatterns = [
    *router.urls,
    re_path(
        r"^a-model-command/?$",
        views.CommandViewSet.as_view({"post": "create"}),
        name="command",
    ),
]
