from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("orders", "0003_jobs_underway_are_due")]

    operations = [
        migrations.AddConstraint(
            model_name="job",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("due_at__isnull", False), ("status__in", [0, 1])),
                    models.Q(("due_at", None), ("status__in", [2, 3, 4])),
                    _connector="OR",
                ),
                name="job_is_due_until_it_is_over",
            ),
        ),
        migrations.AddConstraint(
            model_name="job",
            constraint=models.CheckConstraint(
                condition=models.Q(("progress__range", (0, 100))),
                name="job_progress_is_a_share",
            ),
        ),
    ]
