from django.apps import AppConfig


class BucketlistsConfig(AppConfig):
    name = "bucketlists"
    verbose_name = "Bucket lists"
