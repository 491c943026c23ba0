"""An index for the sweep that deletes expired tokens from simplejwt's table."""

from django.db import migrations

CREATE = (
    "CREATE INDEX IF NOT EXISTS tokens_by_expiry"
    " ON token_blacklist_outstandingtoken (expires_at)"
)


class Migration(migrations.Migration):
    dependencies = [
        ("accounts", "0001_initial"),
        ("token_blacklist", "0013_alter_blacklistedtoken_options_and_more"),
    ]

    operations = [
        migrations.RunSQL(CREATE, "DROP INDEX IF EXISTS tokens_by_expiry"),
    ]
