from __future__ import annotations

from rest_framework.permissions import DjangoModelPermissions


class CastingPermission(DjangoModelPermissions):
    """Reading takes a role, too; which role may what is in the database."""

    perms_map = {
        **DjangoModelPermissions.perms_map,
        "GET": ["%(app_label)s.view_%(model_name)s"],
        "HEAD": ["%(app_label)s.view_%(model_name)s"],
    }
