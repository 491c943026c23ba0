from django.apps import AppConfig


class AccountsConfig(AppConfig):
    name = "accounts"

    def ready(self) -> None:
        # They register themselves: system checks and OpenAPI extensions.
        from accounts import checks, schema  # noqa: F401
        from dialects import checks as dialect_checks  # noqa: F401
