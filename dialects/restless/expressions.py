from __future__ import annotations

import json
from typing import Any

from django.db.models import Subquery, TextField


class TextList(Subquery):
    """All values of a query's one column, `value`, as a list in the query's order."""

    template = "ARRAY(%(subquery)s)"
    output_field = TextField()

    def as_sqlite(self, compiler: Any, connection: Any) -> Any:
        template = "(SELECT JSON_GROUP_ARRAY(value) FROM (%(subquery)s))"
        return self.as_sql(compiler, connection, template)

    def convert_value(self, value: Any, expression: Any, connection: Any) -> Any:
        return value if isinstance(value, list) else json.loads(value)
