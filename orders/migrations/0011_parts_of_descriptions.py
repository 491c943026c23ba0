"""For looking for orders by what their descriptions hold."""

from django.db import migrations

from common.indexes import parts_of_texts


class Migration(migrations.Migration):
    dependencies = [("orders", "0010_lists")]

    operations = [
        parts_of_texts({"order_description_parts": ("orders_order", ["description"])})
    ]
