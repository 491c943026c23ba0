"""The order of the admin's lists: work first, technical tables last."""

from __future__ import annotations

from typing import Any

from django.urls import reverse

# Names of the models, by heading. Everything else is technical.
GROUPS = {
    "Orders and invoices": ("Order", "Invoice", "Job", "InvoiceItem", "Command"),
    "Goals": ("Goal",),
    "Bucket lists": ("Bucketlist", "Item"),
    "Casting agency": ("Actor", "Movie"),
    "Media catalog": (
        *("Book", "Author", "Video", "Playlist", "PlaylistVideo", "Creator"),
    ),
    "Accounts": ("User", "Group"),
}
TECHNICAL = "Technical"


def in_order_of_use(apps: list[Any]) -> list[Any]:
    """Return Django's list of apps and their models in the order of GROUPS."""
    rest = {model["object_name"]: model for app in apps for model in app["models"]}
    apps_by_model = {
        model["object_name"]: app for app in apps for model in app["models"]
    }
    groups = []
    for heading, names in GROUPS.items():
        models = [rest.pop(name) for name in names if name in rest]
        if models:
            app = apps_by_model[models[0]["object_name"]]
            groups.append({**app, "name": heading, "models": models})
    return [*groups, technical(list(rest.values()))] if rest else groups


def technical(models: list[Any]) -> dict[str, Any]:
    """Return a group that has no page of its own, so it links to the start page."""
    anchor = f"#technical-{models[0]['object_name'].lower()}"
    return {
        "name": TECHNICAL,
        "app_label": TECHNICAL.lower(),
        "app_url": reverse("admin:index") + anchor,
        "has_module_perms": True,
        "models": models,
    }
