from django.db import migrations

from media_catalog.row_counts import count_rows, stop_counting


class Migration(migrations.Migration):
    dependencies = [("media_catalog", "0002_indexes")]

    operations = [migrations.RunPython(count_rows, stop_counting)]
