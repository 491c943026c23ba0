from django.apps import AppConfig


class CastingConfig(AppConfig):
    name = "casting"
