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
