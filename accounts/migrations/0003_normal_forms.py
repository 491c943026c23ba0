"""Normal forms of email addresses and names."""

from typing import Any

from django.apps.registry import Apps
from django.core.management import CommandError
from django.db import migrations
from django.db.backends.base.schema import BaseDatabaseSchemaEditor

from accounts.normal_forms import nfc, normalize_email

# Old and new text, by ID and column.
Changes = dict[tuple[int, str], tuple[str, str]]

NORMALIZE = {"email": normalize_email, "name": nfc}


def normalize(apps: Apps, schema_editor: BaseDatabaseSchemaEditor) -> None:
    """Change all rows, or none if two accounts would become one."""
    User = apps.get_model("accounts", "User")
    users = User._base_manager.using(schema_editor.connection.alias)
    changed = changes(users)
    if taken := conflicts(users, changed):
        raise CommandError(
            "These accounts have one email address or name in different spellings. "
            "Change or delete one of each:\n" + "\n".join(taken)
        )
    for (pk, column), (_, new) in changed.items():
        users.filter(pk=pk).update(**{column: new})


def changes(users: Any) -> Changes:
    return {
        (pk, column): (text, new)
        for pk, *texts in users.values_list("pk", *NORMALIZE).iterator()
        for (column, form), text in zip(NORMALIZE.items(), texts, strict=True)
        if (new := form(text)) != text
    }


def conflicts(users: Any, changed: Changes) -> list[str]:
    """Return a line for each changed text that another account has as well."""
    others: dict[tuple[str, str], int] = {}
    lines = []
    for (pk, column), (text, new) in changed.items():
        stored = users.filter(**{column: new}).exclude(pk=pk)
        other = others.setdefault((column, new), pk)
        other = stored.values_list("pk", flat=True).first() or other
        if other != pk:
            lines.append(f"  {column} {text!r}: accounts {other} and {pk}")
    return lines


class Migration(migrations.Migration):
    dependencies = [("accounts", "0002_tokens_by_expiry")]

    operations = [migrations.RunPython(normalize, migrations.RunPython.noop)]
