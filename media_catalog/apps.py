from django.apps import AppConfig


class MediaCatalogConfig(AppConfig):
    name = "media_catalog"
    verbose_name = "media catalog"
