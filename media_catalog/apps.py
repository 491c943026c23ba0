from django.apps import AppConfig


class MediaCatalogConfig(AppConfig):
    name = "media_catalog"
    verbose_name = "media catalog"

    def ready(self) -> None:
        # They register themselves.
        from dialects.dbbase import checks as dbbase_checks  # noqa: F401
        from dialects.restless import checks  # noqa: F401
        from media_catalog.row_counts import ROW_COUNTS

        ROW_COUNTS.install_on_migrate(self)
