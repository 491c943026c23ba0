"""For searching the lists of everybody."""

from django.db import migrations

from common.indexes import parts_of_texts


class Migration(migrations.Migration):
    dependencies = [("bucketlists", "0003_names_and_dates")]

    operations = [
        parts_of_texts({"bucketlist_name_parts": ("bucketlists_bucketlist", ["name"])})
    ]
