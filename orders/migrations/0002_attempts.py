from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("orders", "0001_initial")]

    operations = [
        migrations.AddField(
            model_name="job",
            name="attempts",
            field=models.SmallIntegerField(
                default=0, help_text="How often workers took it on since it was queued."
            ),
        ),
        migrations.AddField(
            model_name="job",
            name="due_at",
            field=models.DateTimeField(
                blank=True,
                help_text="While queued: when workers are told of it again. While running: when its worker counts as dead.",
                null=True,
            ),
        ),
        migrations.AddField(
            model_name="job",
            name="fence",
            field=models.IntegerField(
                default=0, help_text="Counts all claims; only the latest one may write."
            ),
        ),
        migrations.AddField(
            model_name="job",
            name="mail_due_at",
            field=models.DateTimeField(
                blank=True,
                help_text="When its owner is to be told, or told again, of the end.",
                null=True,
            ),
        ),
        migrations.AddField(
            model_name="job",
            name="progress",
            field=models.SmallIntegerField(default=0, help_text="In per cent."),
        ),
        migrations.AlterField(
            model_name="job",
            name="error",
            field=models.TextField(
                blank=True, help_text="Why the last attempt failed."
            ),
        ),
        migrations.AddIndex(
            model_name="job",
            index=models.Index(
                condition=models.Q(("status__in", [0, 1])),
                fields=["due_at"],
                name="job_due",
            ),
        ),
        migrations.AddIndex(
            model_name="job",
            index=models.Index(
                condition=models.Q(("mail_due_at__isnull", False)),
                fields=["mail_due_at"],
                name="job_mail_due",
            ),
        ),
    ]
