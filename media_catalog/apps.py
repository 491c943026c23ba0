from django.apps import AppConfig


class MediaCatalogConfig(AppConfig):
    name = "media_catalog"
    verbose_name = "media catalog"

    def ready(self) -> None:
        from dialects.restless import checks  # noqa: F401  (registers itself)
        from media_catalog.row_counts import ROW_COUNTS

        ROW_COUNTS.install_on_migrate(self)
