from django.db import migrations, models

HELP_TEXT = (
    "Designates whether the goal service lists the user. It also lists users who have "
    "a goal."
)


class Migration(migrations.Migration):
    """New column. Goals have listed all users so far, so existing users have it."""

    dependencies = [("accounts", "0005_recorded_actions")]

    operations = [
        migrations.AddField(
            model_name="user",
            name="uses_goals",
            field=models.BooleanField(
                default=True, db_default=True, help_text=HELP_TEXT
            ),
        ),
        migrations.AlterField(
            model_name="user",
            name="uses_goals",
            field=models.BooleanField(
                default=False, db_default=False, help_text=HELP_TEXT
            ),
        ),
    ]
