from django.apps import AppConfig
from django.db.models.signals import post_migrate


class CastingConfig(AppConfig):
    name = "casting"
    verbose_name = "Casting agency"

    def ready(self) -> None:
        from casting import checks  # noqa: F401  (registers itself)
        from casting.roles import create_roles

        post_migrate.connect(create_roles, sender=self)
