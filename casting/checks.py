from __future__ import annotations

from collections.abc import Sequence

from django.core.checks import Tags, Warning, register
from django.db import connections

from casting.models import GrantedPermission
from casting.roles import ROLES, codenames_of


@register(Tags.database)
def check_roles(
    app_configs: object, databases: Sequence[str] | None = None, **kwargs: object
) -> list[Warning]:
    """Warn if the database is behind ROLES.

    An error would keep `migrate` from creating the role.
    """
    return [
        Warning(
            f"The database {alias!r} lacks the role {role!r}, or these permissions "
            f"of it: {', '.join(codenames)}.",
            hint=f"Run: python manage.py migrate --database {alias}",
            id="casting.W001",
        )
        for alias in databases or []
        for role, codenames in missing_permissions(alias).items()
    ]


def missing_permissions(alias: str) -> dict[str, list[str]]:
    """Return the permissions by role that `migrate` has not granted yet."""
    tables = connections[alias].introspection.table_names()
    if GrantedPermission._meta.db_table not in tables:
        return {}
    grants = GrantedPermission.objects.using(alias)
    granted = set(grants.values_list("group__name", "permission__codename"))
    missing = {
        role: [name for name in codenames_of(role) if (role, name) not in granted]
        for role in ROLES
    }
    return {role: codenames for role, codenames in missing.items() if codenames}
