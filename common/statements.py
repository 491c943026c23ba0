"""SQL that is written once for all queries of one shape.

    rows_of(Book.objects.filter(author=7)[40:60], ["id", "title"])

Writing a statement takes the ORM longer than a database takes to answer it. Two
queries have the same shape where they differ in values alone: in what columns are
compared with, and in where a slice begins and ends. What this module does not know
(annotations, subqueries, locks, …) the ORM writes each time, as ever.
"""

from __future__ import annotations

from collections.abc import Callable, Hashable, Iterable, Iterator, Sequence
from typing import Any, NamedTuple, TypeVar

from django.core.exceptions import EmptyResultSet, FullResultSet
from django.db import connections
from django.db.models import F, Model, QuerySet, lookups
from django.db.models.base import ModelState
from django.db.models.expressions import Col, OrderBy, RawSQL
from django.db.models.query import BaseIterable, ModelIterable
from django.db.models.sql.where import AND, WhereNode

from common.reads import Row, read

AnyRows = TypeVar("AnyRows", bound=QuerySet[Any])
MOST_STATEMENTS = 1000
COMPARISONS = (
    lookups.Exact,
    lookups.GreaterThan,
    lookups.GreaterThanOrEqual,
    lookups.LessThan,
    lookups.LessThanOrEqual,
)


class Statement(NamedTuple):
    sql: str
    # What makes Python's values of the database's: functions by place in a row.
    converters: dict[int, Any]


class Extra(NamedTuple):
    """Expressions that rows are to hold besides their columns.

    Equal keys mean equal SQL; it takes no parameters.
    """

    key: Hashable
    names: tuple[str, ...]
    make: Callable[[], dict[str, Any]]


class UnknownShape(Exception):
    """The query holds something that this module does not know."""


Extras = tuple[Extra, ...]
UNWRITTEN = Statement("", {})
# None for a shape whose values do not stand in its SQL as they are.
statements: dict[Any, Statement | None] = {}
kinds: dict[Any, Any] = {}


def rows_of(
    queryset: QuerySet[Any], columns: Sequence[str], extras: Extras = ()
) -> list[Row]:
    """The columns of a queryset's rows, as `values_list` reads them, and the extras."""
    values: list[Any] = []
    try:
        shape = shape_of(queryset, columns, values), *(extra.key for extra in extras)
    except UnknownShape:
        return list(selected(queryset, columns, extras))
    # Asked once, for another thread may clear what is kept.
    statement = statements.get(shape, UNWRITTEN)
    if statement is UNWRITTEN:
        if len(statements) >= MOST_STATEMENTS:
            statements.clear()
        statement = written(selected(queryset, columns, extras), values)
        statements[shape] = statement
    if statement:
        return execute(statement, queryset, values)
    return list(selected(queryset, columns, extras))


def selected(
    queryset: QuerySet[Any], columns: Sequence[str], extras: Extras
) -> QuerySet[Any, Any]:
    names = list(columns)
    for extra in extras:
        queryset = queryset.annotate(**extra.make())
        names += extra.names
    return queryset.values_list(*names)


def narrow_to_key(queryset: AnyRows, key: Any, lookup: str = "exact") -> AnyRows:
    """`filter(pk=key)`, or another look-up, without finding out what that means.

    The queryset itself is narrowed: nobody else may have it.
    """
    return narrow(queryset, queryset.model._meta.pk, key, lookup)


def narrow_to(queryset: AnyRows, name: str, value: Any) -> AnyRows:
    """The same for any column of the rows' own and a value that fits it."""
    return narrow(queryset, queryset.model._meta.get_field(name), value, "exact")


def narrow(queryset: AnyRows, column: Any, value: Any, lookup: str) -> AnyRows:
    place = column.get_col(queryset.query.get_initial_alias())
    queryset.query.where.add(column.get_lookup(lookup)(place, value), AND)
    return queryset


class Tuples(BaseIterable):
    extras: Extras = ()

    def __iter__(self) -> Iterator[Row]:
        queryset: Any = self.queryset
        return iter(rows_of(queryset, queryset._fields, self.extras))


def tuples(queryset: QuerySet[Any], columns: Iterable[str]) -> QuerySet[Any]:
    """The queryset, yielding the columns of its rows."""
    found: Any = queryset.prefetch_related(None)
    found._fields, found._iterable_class = tuple(columns), Tuples
    # Columns tell what is joined.
    found.query.select_related = False
    return found


def with_extra(queryset: Any, extra: Extra) -> Any:
    """The rows with something more, if they are read here."""
    kind = queryset._iterable_class
    if not issubclass(kind, Tuples | Instances):
        return None
    found = queryset.all()
    found._iterable_class = kind_with(kind, extra)
    return found


def kind_with(kind: Any, extra: Extra) -> Any:
    """The kind of rows that hold something more; making a class takes its time."""
    if (kind, extra.key) not in kinds:
        extras = {"extras": (*kind.extras, extra)}
        kinds[kind, extra.key] = type(kind.__name__, (kind,), extras)
    return kinds[kind, extra.key]


def shape_of(
    queryset: QuerySet[Any], columns: Sequence[str], values: list[Any]
) -> tuple[Any, ...]:
    """All that the SQL depends on; `values` gets what stands in it as parameters."""
    query = queryset.query
    if holds_more(query):
        raise UnknownShape
    connection = connections[queryset.db]
    conditions = tuple(conditions_of(query.where, values, connection))
    tables: dict[str, Any] = query.alias_map
    joins = tuple(
        (alias, join.join_type, join.parent_alias, join.join_field)
        for alias, join in tables.items()
        if join.join_type and query.alias_refcount[alias]
    )
    order = (
        *map(order_of, query.order_by),
        query.default_ordering,
        query.standard_ordering,
    )
    is_sliced = query.high_mark is not None
    place = (queryset.db, query.model, *columns)
    return place, conditions, joins, order, is_sliced


def holds_more(query: Any) -> bool:
    return bool(
        query.annotations
        or query.extra
        or query.extra_tables
        or query.extra_order_by
        or query.combinator
        or query.distinct
        or query.group_by
        or query.select_for_update
        or query._filtered_relations
        or (query.low_mark and query.high_mark is None)
    )


def order_of(term: Any) -> Any:
    if isinstance(term, str):
        return term
    if isinstance(term, OrderBy) and isinstance(term.expression, F):
        name: str = term.expression.name  # type: ignore[attr-defined]
        return name, term.descending, term.nulls_first, term.nulls_last
    raise UnknownShape


def conditions_of(
    where: WhereNode, values: list[Any], connection: Any
) -> Iterator[tuple[Any, ...]]:
    """The shape of each condition, in the order in which they are written."""
    yield where.connector, where.negated
    child: Any
    for child in where.children:
        if isinstance(child, WhereNode):
            yield tuple(conditions_of(child, values, connection))
            continue
        column = getattr(child, "lhs", None)
        if not isinstance(column, Col) or child.bilateral_transforms:
            raise UnknownShape
        number = count(child, values, connection)
        yield type(child), column.alias, column.target.column, number


def count(lookup: Any, values: list[Any], connection: Any) -> Any:
    """Adds the values that the lookup compares with; how many, or what, they are."""
    if isinstance(lookup, lookups.IsNull):
        return lookup.rhs
    if isinstance(lookup.rhs, RawSQL):
        values += lookup.rhs.params
        return lookup.rhs.sql
    if not lookup.rhs_is_direct_value():
        raise UnknownShape
    # Django's stubs ask for a compiler, and for a single value.
    asked: Any = lookup
    if isinstance(lookup, COMPARISONS):
        try:
            values += asked.process_rhs(None, connection)[1]
        except (EmptyResultSet, FullResultSet):
            # No column holds such a number.
            raise UnknownShape from None
        return 1
    if not isinstance(lookup, lookups.In):
        raise UnknownShape
    given = list(dict.fromkeys(value for value in lookup.rhs if value is not None))
    if not given:
        raise UnknownShape
    values += asked.get_db_prep_lookup(given, connection)[1]
    return len(given)


def written(rows: QuerySet[Any, Any], values: list[Any]) -> Statement | None:
    query: Any = rows.query.clone()
    query.clear_limits()
    compiler: Any = query.get_compiler(rows.db)
    sql, params = compiler.as_sql()
    if list(params) != values:
        return None
    expressions = [expression for expression, _, _ in compiler.select]
    return Statement(sql, compiler.get_converters(expressions))


def execute(statement: Statement, queryset: QuerySet[Any], values: Any) -> list[Row]:
    query, connection = queryset.query, connections[queryset.db]
    if query.high_mark is not None:
        # Numbers in the SQL itself, so that PostgreSQL plans for so many rows.
        most, skipped = query.high_mark - query.low_mark, query.low_mark
        sliced = f"{statement.sql} LIMIT {most} OFFSET {skipped}"
        statement = statement._replace(sql=sliced)
    return fetched(statement, values, connection)


def fetched(statement: Statement, values: Sequence[Any], connection: Any) -> list[Row]:
    rows = read(statement.sql, values, connection)
    for place, (converters, expression) in statement.converters.items():
        for number, row in enumerate(rows):
            value = row[place]
            for convert in converters:
                value = convert(value, expression, connection)
            rows[number] = (*row[:place], value, *row[place + 1 :])
    return rows


class Instances(ModelIterable):
    """Makes a queryset's rows instances of its model without ceremony.

    They hold the columns that the queryset loads and what it annotates; of other rows,
    they hold what it prefetches. No signal tells of them.
    """

    extras: Extras = ()

    def __iter__(self) -> Iterator[Any]:
        query: Any = self.queryset.query
        columns = [field.attname for field in self.fields(query)]
        columns += query.annotation_select
        names = [*columns, *(name for extra in self.extras for name in extra.names)]
        model, db = query.model, self.queryset.db
        for row in rows_of(self.queryset, columns, self.extras):
            yield instance_of(model, dict(zip(names, row, strict=True)), db)

    def fields(self, query: Any) -> Any:
        named, is_left_out = query.deferred_loading
        fields = query.model._meta.concrete_fields
        if not named:
            return fields
        return [
            field
            for field in fields
            if field.primary_key or (field.name in named) is not is_left_out
        ]


def instance_of(
    model: type[Model], values: dict[str, Any], db: str | None = None
) -> Any:
    found = model.__new__(model)
    state = found._state = ModelState()
    state.adding, state.db = False, db
    found.__dict__.update(values)
    return found
