"""The order of the admin's lists: work first, technical tables last."""

from __future__ import annotations

from typing import Any

from django.db.models import Model
from django.urls import reverse

# Labels of the models, by heading. Everything else is technical.
GROUPS = {
    "Orders and invoices": (
        *("orders.Order", "orders.Invoice", "orders.Job", "orders.InvoiceItem"),
        "orders.Command",
    ),
    "Goals": ("goals.Goal",),
    "Bucket lists": ("bucketlists.Bucketlist", "bucketlists.Item"),
    "Casting agency": ("casting.Actor", "casting.Movie"),
    "Media catalog": (
        *("media_catalog.Book", "media_catalog.Author", "media_catalog.Video"),
        *("media_catalog.Playlist", "media_catalog.PlaylistVideo"),
        "media_catalog.Creator",
    ),
    "Accounts": ("accounts.User", "auth.Group"),
}
TECHNICAL = "Technical"
# Pages of the guide, by the labels of models. The other models have a common page.
GUIDES = {
    "accounts.User": "how-to/manage-accounts",
    "auth.Group": "how-to/assign-roles",
    "flask_import.ImportRun": "moving",
    "flask_import.ImportedRow": "moving",
    "goals.Goal": "how-to/manage-a-goal-tree",
    "orders.Invoice": "how-to/issue-invoices",
    "orders.InvoiceItem": "how-to/issue-invoices",
    "orders.Job": "how-to/follow-a-job",
}
GUIDE = "how-to/use-the-admin"


def in_order_of_use(apps: list[Any]) -> list[Any]:
    """Return Django's list of apps and their models in the order of GROUPS."""
    apps_by_label = {app["app_label"]: app for app in apps}
    rest = {label_of(model): model for app in apps for model in app["models"]}
    groups = []
    for heading, labels in GROUPS.items():
        models = [rest.pop(label) for label in labels if label in rest]
        if models:
            app = apps_by_label[models[0]["model"]._meta.app_label]
            groups.append({**app, "name": heading, "models": models})
    return [*groups, technical(list(rest.values()))] if rest else groups


def guide_of(model: type[Model] | None) -> str:
    """Return the URL of the guide's page on a model, or on the admin."""
    label = model._meta.label if model else ""
    return reverse("guide-page", args=[GUIDES.get(label, GUIDE)])


def label_of(model: dict[str, Any]) -> str:
    return str(model["model"]._meta.label)


def technical(models: list[Any]) -> dict[str, Any]:
    """Return a group without a page of its own, which links to the start page."""
    anchor = f"#technical-{models[0]['object_name'].lower()}"
    return {
        "name": TECHNICAL,
        "app_label": TECHNICAL.lower(),
        "app_url": reverse("admin:index") + anchor,
        "has_module_perms": True,
        "models": models,
    }
