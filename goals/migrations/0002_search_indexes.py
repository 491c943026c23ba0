from django.db import migrations, models

from common.db.indexes import trigram_indexes
from common.db.text import folded_sql


class Migration(migrations.Migration):
    dependencies = [
        ("goals", "0001_initial"),
    ]

    operations = [
        migrations.AddIndex(
            model_name="goal",
            index=models.Index(
                condition=models.Q(("end__isnull", False)),
                fields=["end"],
                name="goal_end",
            ),
        ),
        trigram_indexes(
            {
                "goal_parts": (
                    "goals_goal",
                    [folded_sql("name"), folded_sql("description")],
                )
            }
        ),
    ]
