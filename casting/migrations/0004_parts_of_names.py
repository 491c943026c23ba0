"""For filters by parts of names and titles, in any case."""

from django.db import migrations

from common.indexes import parts_of_texts

INDEXES = {
    "casting_actor_name_parts": ("casting_actor", ["UPPER(name::text)"]),
    "casting_movie_title_parts": ("casting_movie", ["UPPER(title::text)"]),
}


class Migration(migrations.Migration):
    dependencies = [("casting", "0003_indexes")]

    operations = [parts_of_texts(INDEXES)]
