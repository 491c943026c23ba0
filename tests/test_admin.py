from __future__ import annotations

import pytest
from django.apps import apps
from django.contrib import admin
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

OURS = [
    *("accounts", "goals", "bucketlists", "casting", "media_catalog", "orders"),
    "flask_import",
]
MODELS = [
    model
    for label in OURS
    for model in apps.get_app_config(label).get_models()
    if not model._meta.auto_created
]
# Rows that are shown and changed with their parent.
INLINE = {"OrderItem"}
# Rows that are of no use to people.
MACHINERY = {"GrantedPermission", "IdempotencyKey", "InvoiceCounter", "OldPassword"}
REGISTERED = [model for model in MODELS if model.__name__ not in INLINE | MACHINERY]


def named(model) -> str:
    return f"{model._meta.app_label}_{model._meta.model_name}"


@pytest.mark.parametrize("model", REGISTERED, ids=named)
def test_every_model_has_a_list_to_search_and_a_form(admin_client, model):
    assert admin.site.is_registered(model)
    url = reverse(f"admin:{named(model)}_changelist")

    assert admin_client.get(url, {"q": "x"}).status_code == 200
    assert admin_client.get(reverse(f"admin:{named(model)}_add")).status_code in {
        *(200, 403),
    }


def test_inlines_have_a_parent():
    inlines = {
        inline.model.__name__
        for options in admin.site._registry.values()
        for inline in options.inlines
    }

    assert inlines >= INLINE
    assert "InvoiceItem" in inlines


@pytest.mark.parametrize("url", ["/admin/", "/admin/accounts/user/"])
def test_strangers_are_sent_to_the_login(client, ada, url):
    client.force_login(ada)

    response = client.get(url)
    assert response.status_code == 302
    assert "/admin/login/" in response.headers["Location"]


@pytest.mark.parametrize("model", REGISTERED, ids=named)
def test_a_list_costs_the_same_for_any_number_of_rows(admin_client, demo, model):
    """With the demo data in, so that there are rows to join."""
    url = reverse(f"admin:{named(model)}_changelist")
    counts = []
    for size in (1, 100):
        with CaptureQueriesContext(connection) as queries:
            admin_client.get(url, {"_per": size})
        counts.append(len(queries))

    assert max(counts) <= 8, counts
