from django.apps import AppConfig


class AccountsConfig(AppConfig):
    name = "accounts"

    def ready(self) -> None:
        # Importing it registers the OpenAPI extensions.
        from accounts import schema  # noqa: F401
