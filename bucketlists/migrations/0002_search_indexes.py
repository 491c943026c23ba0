from django.db import migrations

from common.db.indexes import trigram_indexes
from common.db.text import folded_sql


class Migration(migrations.Migration):
    dependencies = [("bucketlists", "0001_initial")]

    operations = [
        trigram_indexes({"item_name_parts": ("bucketlists_item", [folded_sql("name")])})
    ]
