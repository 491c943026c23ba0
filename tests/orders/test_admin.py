from __future__ import annotations

import pytest
from django.urls import reverse

from orders.models import Job
from tests.orders.factories import JobFactory, OrderItemFactory
from tests.support.jobs import run

MODELS = ["order", "job", "invoice", "invoiceitem", "command"]


@pytest.fixture
def job(db) -> Job:
    job = JobFactory(order=OrderItemFactory().order)
    run(job.pk)
    return job


@pytest.mark.parametrize("model", MODELS)
def test_every_model_can_be_listed_searched_and_added_to(staff_client, job, model):
    listed = staff_client.get(reverse(f"admin:orders_{model}_changelist"), {"q": "1"})
    added = staff_client.get(reverse(f"admin:orders_{model}_add"))

    assert listed.status_code == 200
    # Jobs are started by orders only.
    assert added.status_code == (403 if model == "job" else 200)


def test_an_order_shows_its_jobs_and_an_invoice_its_total(staff_client, job):
    order = staff_client.get(reverse("admin:orders_order_change", args=[job.order_id]))
    invoice = staff_client.get(
        reverse("admin:orders_invoice_change", args=[job.invoice.pk])
    )

    assert "Finished" in order.content.decode()
    assert "40.00" in invoice.content.decode()
    assert (
        staff_client.get(reverse("admin:orders_job_change", args=[job.pk])).status_code
        == 200
    )


def test_orders_can_be_run_again(staff_client, job):
    body = {"action": "run_again", "_selected_action": [job.order_id]}
    response = staff_client.post(reverse("admin:orders_order_changelist"), body)

    assert response.status_code == 302
    assert Job.objects.queued().get().order == job.order


@pytest.mark.parametrize("size", [2, 20])
@pytest.mark.parametrize("model", ["order", "job", "invoice", "invoiceitem"])
def test_a_list_costs_the_same_for_any_number_of_rows(
    staff_client, django_assert_max_num_queries, model, size
):
    for _ in range(size):
        run(JobFactory(order=OrderItemFactory().order).pk)

    with django_assert_max_num_queries(10):
        staff_client.get(reverse(f"admin:orders_{model}_changelist"))


@pytest.mark.parametrize(
    "url", ["/orders", "/api/v2/orders", "/api/v2/jobs", "/invoices", "/invoice-items"]
)
def test_browsers_see_pages_that_name_no_other_user(staff_client, job, url):
    for path in (url, f"{url}/1"):
        page = staff_client.get(path, headers={"accept": "text/html"})
        assert "text/html" in page.headers["Content-Type"]
        assert page.status_code in {200, 404}
        assert job.owner.name not in page.content.decode()
