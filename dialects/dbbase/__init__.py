"""camelCase and error lists: the wire of Flask-RESTful-DBBase.

    POST /books  {"authorId": 3, "title": "…", "pub_year": "1997"}
    201  {"id": 6, "isbn": null, "title": "…", "pubYear": 1997, "authorId": 3,
          "author": {"id": 3, "firstName": "Steven", …}}
    400  {"message": [{"title": "The data exceeds the maximum length 100"},
                      {"missing_columns": ["pub_year"]}]}
    GET /books  {"Book": […]}

Keys come in camelCase or snake_case on every level and leave in camelCase; errors
name columns in snake_case, the missing ones gathered in the last entry.
"""

from dialects.dbbase.fields import (
    DbbaseDateTimeField,
    DbbaseIntegerField,
    DbbaseKeyField,
    MoneyField,
)
from dialects.dbbase.serializers import DbbaseModelSerializer
from dialects.dbbase.views import (
    DbbaseDialect,
    DbbaseRenderer,
    DbbaseRouter,
    DbbaseViewSet,
)

__all__ = [
    "DbbaseDateTimeField",
    "DbbaseDialect",
    "DbbaseIntegerField",
    "DbbaseKeyField",
    "DbbaseModelSerializer",
    "DbbaseRenderer",
    "DbbaseRouter",
    "DbbaseViewSet",
    "MoneyField",
]
