from __future__ import annotations

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("orders", "0008_job_offers"),
    ]

    operations = [
        migrations.AddField(
            model_name="job",
            name="request_id",
            field=models.CharField(
                blank=True,
                default="",
                help_text="The id of the request that asked for it.",
                max_length=128,
            ),
        ),
    ]
