from __future__ import annotations

from rest_framework import serializers

from bucketlists.models import Bucketlist
from common.serializers import SentFieldsSerializer
from dialects.fields import HttpDateTimeField


class BucketlistSerializer(SentFieldsSerializer):
    date_created = HttpDateTimeField(read_only=True)
    date_modified = HttpDateTimeField(read_only=True)
    created_by = serializers.IntegerField(source="created_by_id", read_only=True)

    class Meta:
        model = Bucketlist
        fields = ["id", "name", "date_created", "date_modified", "created_by"]
