from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("orders", "0007_guard_issued_invoices")]

    operations = [
        migrations.AddField(
            model_name="job",
            name="offers",
            field=models.SmallIntegerField(
                default=0, help_text="How often workers were told of it again, in vain."
            ),
        ),
    ]
