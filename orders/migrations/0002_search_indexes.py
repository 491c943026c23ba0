from django.db import migrations, models

from common.db.indexes import trigram_indexes
from common.db.text import folded_sql

# Names of indexes, their tables and the columns that the admin searches.
TEXTS = {
    "job_error_parts": ("orders_job", ["error"]),
    "invoice_parts": ("orders_invoice", ["number", "billed_name", "billed_email"]),
    "invoiceitem_part_code_parts": ("orders_invoiceitem", ["part_code"]),
    "command_description_parts": ("orders_command", ["description"]),
}


class Migration(migrations.Migration):
    dependencies = [
        ("orders", "0001_initial"),
    ]

    operations = [
        migrations.AddIndex(
            model_name="invoice",
            index=models.Index(fields=["sequence"], name="invoice_sequence"),
        ),
        migrations.AddIndex(
            model_name="invoice",
            index=models.Index(
                condition=models.Q(("issued_at", None)),
                fields=["id"],
                name="invoice_draft",
            ),
        ),
        migrations.AddIndex(
            model_name="job",
            index=models.Index(fields=["request_id"], name="job_request_id"),
        ),
        trigram_indexes(
            {
                name: (table, [*map(folded_sql, columns)])
                for name, (table, columns) in TEXTS.items()
            }
        ),
    ]
