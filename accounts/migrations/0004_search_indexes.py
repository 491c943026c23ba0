from django.db import migrations

from common.db.indexes import trigram_indexes
from common.db.text import folded_sql


class Migration(migrations.Migration):
    dependencies = [("accounts", "0003_normal_forms")]

    operations = [
        trigram_indexes(
            {"user_parts": ("accounts_user", [folded_sql("email"), folded_sql("name")])}
        )
    ]
