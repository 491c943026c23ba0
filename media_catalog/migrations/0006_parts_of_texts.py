"""For looking for rows by what their titles and names hold."""

from django.db import migrations

from common.indexes import parts_of_texts

# Titles and names of any length, which no ordered index takes.
INDEXES = {
    "media_catalog_creator_parts": ("media_catalog_creator", ["name"]),
    "media_catalog_video_parts": ("media_catalog_video", ["title"]),
    "media_catalog_playlist_parts": ("media_catalog_playlist", ["title"]),
    "book_parts": ("media_catalog_book", ["title", "isbn"]),
    "author_parts": ("media_catalog_author", ["first_name", "last_name"]),
}


class Migration(migrations.Migration):
    dependencies = [("media_catalog", "0005_filters_and_orders")]

    operations = [parts_of_texts(INDEXES)]
