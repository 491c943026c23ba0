"""The roles of the casting agency, which are Django groups, and their permissions.

To add a role or a permission, add it to ROLES and run `manage.py migrate`.
"""

from __future__ import annotations

from collections.abc import Iterable

from django.apps import AppConfig
from django.apps.registry import Apps
from django.apps.registry import apps as installed_apps
from django.contrib.auth.management import create_permissions
from django.db import router

# The models of casting, and the actions, that each role is allowed. A misspelled name
# grants nothing, and `check --database default` reports it.
ROLES: dict[str, dict[str, list[str]]] = {
    "casting assistant": {
        "actor": ["view"],
        "movie": ["view"],
    },
    "casting director": {
        "actor": ["view", "add", "change", "delete"],
        "movie": ["view", "change"],
    },
    "executive producer": {
        "actor": ["view", "add", "change", "delete"],
        "movie": ["view", "add", "change", "delete"],
    },
}


def codenames_of(role: str) -> list[str]:
    """Return codenames of Django permissions, such as `view_actor`."""
    return [
        f"{action}_{model}"
        for model, actions in ROLES[role].items()
        for action in actions
    ]


def roles_with(permissions: Iterable[str]) -> list[str]:
    """Return the roles that have all of the permissions, such as `casting.view_actor`.

    Administrators may have granted others.
    """
    codenames = {name.rpartition(".")[2] for name in permissions}
    return [role for role in ROLES if codenames.issubset(codenames_of(role))]


def roles_named(text: str) -> list[str]:
    """Return the role with this name, or all roles with this last word.

    Ignore case, and take hyphens for spaces.
    """
    name = " ".join(text.lower().replace("-", " ").split())
    if name in ROLES:
        return [name]
    return [role for role in ROLES if role.rpartition(" ")[2] == name]


def create_roles(
    app_config: AppConfig, using: str, apps: Apps = installed_apps, **kwargs: object
) -> None:
    """Create missing groups, and grant the permissions that are new in ROLES.

    `migrate` and `flush` call this. Each permission is granted to a role only once, so
    what administrators change in the admin stays as they left it.
    """
    if not router.allow_migrate(using, app_config.label):
        return
    try:
        apps.get_model("casting", "GrantedPermission")
    except LookupError:  # This `migrate` stops before that migration.
        return
    # Django's own receiver may run after this one.
    create_permissions(app_config, verbosity=0, using=using, apps=apps)
    for role in ROLES:
        create_role(role, using, apps)


def create_role(role: str, using: str, apps: Apps) -> None:
    groups = apps.get_model("auth", "Group").objects.using(using)
    permissions = apps.get_model("auth", "Permission").objects.using(using)
    grants = apps.get_model("casting", "GrantedPermission").objects.using(using)
    group, is_new = groups.get_or_create(name=role)
    granted = grants.filter(group=group)
    new = permissions.filter(
        content_type__app_label="casting", codename__in=codenames_of(role)
    ).exclude(pk__in=granted.values("permission"))
    # A group without records is older than they are, and keeps its permissions.
    if is_new or granted.exists():
        group.permissions.add(*new)
    grants.bulk_create([grants.model(group=group, permission=p) for p in new])
