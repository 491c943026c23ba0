"""The table of APIs: the URLconfs, and the dialect of URLs that no view handles.

`config/urls.py` includes each URLconf. `config/errors.py` looks up the dialect for an
error outside the views, such as 404 for an unknown URL, by the longest prefix. A view's
dialect is its base class.

The prefixes repeat those in the URLconfs: a URL that no view handles has no URLconf.
`tests/config/test_apis.py` compares them. There is one entry for each dialect of a
URLconf. A new API needs an entry, its app, and a place in INSTALLED_APPS.
"""

from __future__ import annotations

from typing import NamedTuple

from dialects.base import Dialect
from dialects.dbbase import DbbaseDialect
from dialects.envelope import EnvelopeDialect
from dialects.message import ArgumentDialect, MessageDialect
from dialects.restless import RestlessDialect


class API(NamedTuple):
    prefixes: tuple[str, ...]
    dialect: type[Dialect]
    urlconf: str


APIS = [
    API(("/auth/", "/session/"), MessageDialect, "accounts.urls"),
    API(("/v1.0/",), ArgumentDialect, "goals.urls"),
    API(("/bucketlists",), MessageDialect, "bucketlists.urls"),
    API(("/actors", "/movies"), EnvelopeDialect, "casting.urls"),
    API(("/api/",), RestlessDialect, "media_catalog.urls"),
    API(("/books", "/authors", "/meta/"), DbbaseDialect, "media_catalog.urls"),
    API(
        ("/orders", "/api/v2/", "/invoice", "/a-model-command", "/meta/"),
        DbbaseDialect,
        "orders.urls",
    ),
    API(("/meta/", "/api/v2/meta/"), DbbaseDialect, "dialects.dbbase.urls"),
]
URLCONFS = list(dict.fromkeys(api.urlconf for api in APIS))


def dialect_of(path: str) -> type[Dialect]:
    """Return the dialect of the longest prefix of the path, or plain messages."""
    dialects = {prefix: api.dialect for api in APIS for prefix in api.prefixes}
    prefixes = filter(path.startswith, dialects)
    return dialects.get(max(prefixes, key=len, default=""), MessageDialect)
