"""The agency's three roles, as groups with model permissions."""

from django.db import migrations

ASSISTANT = {"actor": ["view"], "movie": ["view"]}
DIRECTOR = {"actor": ["view", "add", "change", "delete"], "movie": ["view", "change"]}
PRODUCER = {**DIRECTOR, "movie": ["view", "add", "change", "delete"]}
ROLES = {
    "casting assistant": ASSISTANT,
    "casting director": DIRECTOR,
    "executive producer": PRODUCER,
}


def create_roles(apps, schema_editor):
    Group = apps.get_model("auth", "Group")
    for name, rights in ROLES.items():
        group, _ = Group.objects.get_or_create(name=name)
        for model, actions in rights.items():
            for action in actions:
                group.permissions.add(permission(apps, model, action))


def permission(apps, model, action):
    """The permission that Django itself would create only after all migrations."""
    ContentType = apps.get_model("contenttypes", "ContentType")
    content_type, _ = ContentType.objects.get_or_create(
        app_label="casting", model=model
    )
    found, _ = apps.get_model("auth", "Permission").objects.get_or_create(
        content_type=content_type,
        codename=f"{action}_{model}",
        defaults={"name": f"Can {action} {model}"},
    )
    return found


def delete_roles(apps, schema_editor):
    apps.get_model("auth", "Group").objects.filter(name__in=ROLES).delete()


class Migration(migrations.Migration):
    dependencies = [
        ("casting", "0001_initial"),
        ("auth", "0012_alter_user_first_name_max_length"),
        ("contenttypes", "0002_remove_content_type_name"),
    ]

    operations = [migrations.RunPython(create_roles, delete_roles)]
