from __future__ import annotations

import pytest
from django.core.management import call_command
from django.db import connection
from django.db.migrations.loader import MigrationLoader

APPS = ["accounts", "goals", "bucketlists", "casting", "media_catalog", "orders"]


def test_no_model_has_drifted_from_its_migrations(db):
    call_command("makemigrations", check=True, dry_run=True, verbosity=0)


@pytest.mark.parametrize("app", APPS)
def test_each_app_has_one_last_migration(db, app):
    leaves = MigrationLoader(connection).graph.leaf_nodes(app)

    assert len(leaves) == 1


@pytest.mark.django_db(transaction=True)
def test_the_roles_migrate_back_and_forth():
    from django.contrib.auth.models import Group

    call_command("migrate", "casting", "0001", verbosity=0)
    assert not Group.objects.exists()
    call_command("migrate", "casting", verbosity=0)
    assert Group.objects.count() == 3
    assert Group.objects.get(name="casting director").permissions.count() == 6
