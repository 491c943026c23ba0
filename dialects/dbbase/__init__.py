"""The DBBase dialect: requests and responses as in Flask-RESTful-DBBase.

    POST /books  {"authorId": 3, "title": "…", "pub_year": "1997"}
    201  {"id": 6, "isbn": null, "title": "…", "pubYear": 1997, "authorId": 3,
          "author": {"id": 3, "firstName": "Steven", …}}
    400  {"message": [{"title": "The data exceeds the maximum length 100"},
                      {"missing_columns": ["pub_year"]}]}
    GET /books  {"Book": […]}

Requests have keys in camelCase or snake_case on every level, responses in camelCase.
Errors name columns in snake_case, and the missing ones together in the last entry.
"""

from dialects.dbbase.camel_case import DbbaseParser, DbbaseRenderer
from dialects.dbbase.fields import (
    DbbaseDateTimeField,
    DbbaseIntegerField,
    DbbaseKeyField,
    MoneyField,
)
from dialects.dbbase.routers import DbbaseRouter
from dialects.dbbase.schema import DbbaseSchema
from dialects.dbbase.serializers import DbbaseModelSerializer, are_stored
from dialects.dbbase.views import (
    DbbaseDialect,
    DbbaseViewSet,
)

__all__ = [
    "DbbaseDateTimeField",
    "DbbaseDialect",
    "DbbaseIntegerField",
    "DbbaseKeyField",
    "DbbaseModelSerializer",
    "DbbaseParser",
    "DbbaseRenderer",
    "DbbaseRouter",
    "DbbaseSchema",
    "DbbaseViewSet",
    "MoneyField",
    "are_stored",
]
