from __future__ import annotations

import pytest
from django.db import IntegrityError, transaction

from media_catalog.models import Author, Book, Creator, Playlist, Video

MODELS = [Author, Book, Creator, Playlist, Video]


@pytest.mark.parametrize("model", MODELS)
def test_the_admin_lists_adds_and_changes(admin_client, catalog, model):
    author = Author.objects.create(first_name="Ada", last_name="Lovelace")
    Book.objects.create(title="Notes", pub_year=1843, author=author)
    base = f"/admin/media_catalog/{model._meta.model_name}/"
    row = model.objects.first()
    for path in ["", "?q=a", "add/", f"{row.pk}/change/"]:
        assert admin_client.get(f"{base}{path}").status_code == 200


@pytest.mark.parametrize("model", [Creator, Playlist, Video])
def test_the_database_refuses_an_empty_id(db, model):
    with pytest.raises(IntegrityError), transaction.atomic():
        model.objects.create(id="")
