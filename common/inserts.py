"""New rows by one statement, put together in less time than it takes the database.

No signals are sent, as by `bulk_create`, which does what this cannot.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from contextlib import nullcontext
from datetime import date, datetime
from decimal import Decimal
from functools import cache
from itertools import chain
from typing import Any, NamedTuple, TypeVar

from django.db import DEFAULT_DB_ALIAS, connections, models, transaction
from orjson import dumps

from common.fields import Int32Field
from common.reads import read
from common.statements import instance_of

Row = TypeVar("Row", bound=models.Model)
# What all drivers take for a column just as it is.
UNCHANGED: dict[Any, type] = {
    models.CharField: str,
    models.EmailField: str,
    models.TextField: str,
    models.IntegerField: int,
    models.PositiveIntegerField: int,
    models.SmallIntegerField: int,
    models.BigAutoField: int,
    models.BooleanField: bool,
    Int32Field: int,
}
NONE = type(None)
OF_POSTGRESQL: dict[Any, type] = {
    models.DateField: date,
    models.DateTimeField: datetime,
    models.DecimalField: Decimal,
}


@cache
def is_postgresql() -> bool:
    return connections[DEFAULT_DB_ALIAS].vendor == "postgresql"


def new_rows(model: type[Row], given: Iterable[Mapping[str, Any]]) -> list[Row]:
    """Instances of new rows as of `model(**columns)`, made without signals."""
    fixed, made = defaults_of(model)
    rows, columns_known = [], len(fixed)
    for columns in given:
        values = {**fixed, **columns}
        if len(values) > columns_known:  # Some are no columns.
            rows.append(model(**columns))
            continue
        for name, make in made:
            if name not in columns:
                values[name] = make()
        row: Row = instance_of(model, values)
        row._state.adding = True
        rows.append(row)
    return rows


def new_row(model: type[Row], columns: Mapping[str, Any]) -> Row:
    (row,) = new_rows(model, [columns])
    return row


@cache
def defaults_of(
    model: type[models.Model],
) -> tuple[dict[str, Any], list[tuple[str, Callable[[], Any]]]]:
    """Of each column, and how to make those that each row has its own of."""
    columns = {of.attname: of for of in model._meta.concrete_fields}
    return (
        {name: of.get_default() for name, of in columns.items()},
        [(name, of.get_default) for name, of in columns.items() if is_made_anew(of)],
    )


def is_made_anew(column: Any) -> bool:
    calls = column.has_default() and callable(column.default)
    return calls or column.has_db_default()


class Condition(NamedTuple):
    """What must be so in the database for a row to be written, and its parameters."""

    sql: str
    values: tuple[Any, ...]


class NotProvided(Exception):
    """Nothing was written, for the condition does not hold."""


ALWAYS = Condition("", ())


def insert(rows: Iterable[Row], provided: Condition = ALWAYS) -> list[Row]:
    """Writes new rows of one model, which get the ids that the database gives them.

    On a condition it is one row, without an id. Raises NotProvided.
    """
    rows = list(rows)
    if not rows:
        return rows
    model, connection = type(rows[0]), connections[DEFAULT_DB_ALIAS]
    head, tail, columns = statement(model)
    most = (connection.features.max_query_params or 10_000) // len(columns)
    if len(rows) > most or any(have_ids(rows)):
        refuse_condition(provided)
        return model._default_manager.bulk_create(rows)
    values = [*chain.from_iterable(stored(rows, columns))]
    given = places(len(columns), len(rows), provided)
    found = read(f"{head} {given} {tail}", [*values, *provided.values], connection)
    if not found:
        raise NotProvided
    know_stored(rows, chain.from_iterable(found))
    return rows


def places(columns: int, rows: int = 1, provided: Condition = ALWAYS) -> str:
    """Where the values of new rows stand in an INSERT."""
    row = ", ".join(["%s"] * columns)
    if not provided.sql:
        return f"VALUES {', '.join([f'({row})'] * rows)}"
    if rows > 1:
        refuse_condition(provided)
    return f"SELECT {row} WHERE {provided.sql}"


def refuse_condition(provided: Condition) -> None:
    if provided.sql:
        raise ValueError("A condition is for one row that has no id yet.")


def insert_with(
    parent: models.Model,
    children: Iterable[Row],
    by: str,
    provided: Condition = ALWAYS,
) -> list[Row]:
    """Writes a new row and those that name it by their field `by`, or nothing.

    PostgreSQL takes all of them in one statement, which needs no transaction. Within
    one, that goes on if the rows are refused. Raises NotProvided.
    """
    children = list(children)
    is_alone = not connections[DEFAULT_DB_ALIAS].in_atomic_block
    if not children and is_alone:
        insert([parent], provided)
        return children
    has_no_ids = not any(have_ids([parent, *children]))
    is_at_once = bool(children) and has_no_ids and goes_as_json(type(children[0]))
    with nullcontext() if is_at_once and is_alone else transaction.atomic():
        if is_at_once:
            insert_at_once(parent, children, by, provided)
        else:
            insert([parent], provided)
            insert(named(parent, children, by))
    return children


@cache
def goes_as_json(model: type[models.Model]) -> bool:
    """Whether PostgreSQL reads each column's values from JSON as they are."""
    return is_postgresql() and all(of.unchanged for of in statement(model)[2])


def insert_at_once(
    parent: models.Model, children: list[Row], by: str, provided: Condition
) -> None:
    kinds = type(parent), type(children[0])
    sql, parents, columns = joint_statement(*kinds, by, provided.sql)
    own = stored([parent], parents)[0]
    values = [*own, *provided.values, as_json(children, columns)]
    found = read(sql, values, connections[DEFAULT_DB_ALIAS])
    if not found:
        raise NotProvided
    know_stored([parent], [found[0][1]])
    named(parent, children, by)
    know_stored(children, [key for key, _ in found])


def have_ids(rows: list[Any]) -> list[bool]:
    """Of each row, whichever its model."""
    return [row.__dict__[row._meta.pk.attname] is not None for row in rows]


def named(parent: models.Model, children: list[Row], by: str) -> list[Row]:
    """The rows, each with its parent; an assignment would look at both for long."""
    if not children:
        return children
    field: Any = children[0]._meta.get_field(by)
    column, name, key = field.attname, field.cache_name, parent.pk
    for row in children:
        row.__dict__[column] = key
        row._state.__dict__.setdefault("fields_cache", {})[name] = parent
    return children


def as_json(rows: list[Any], columns: list[Column]) -> str:
    """New rows as one text, which a driver sends faster than so many values."""
    names = [column.field.column for column in columns]
    found = [dict(zip(names, row, strict=True)) for row in stored(rows, columns)]
    # Which takes Decimals and nothing else.
    return dumps(found, Decimal.__str__).decode()


def stored(rows: list[Any], columns: list[Column]) -> list[tuple[Any, ...]]:
    """The values of new rows as the database takes them."""
    if len(rows) == 1:
        return [tuple([stored_value(column, rows[0]) for column in columns])]
    lists = [stored_list(column, rows) for column in columns]
    return list(zip(*lists, strict=True))


def stored_value(of: Column, row: Any) -> Any:
    value = row.__dict__[of.name] if of.is_kept else of.field.pre_save(row, True)
    kind, is_plain = of.unchanged, of.is_plain
    if kind and value is None:
        return value
    if type(value) is kind and (is_plain is None or is_plain(value)):
        return value
    return of.field.get_db_prep_save(value, connections[DEFAULT_DB_ALIAS])


def stored_list(of: Column, rows: list[Any]) -> list[Any]:
    """The values of one column; those that stay as they are, at once."""
    column, name, kind, is_kept, is_plain = of
    values = [
        row.__dict__[name] if is_kept else column.pre_save(row, True) for row in rows
    ]
    if kind and {*map(type, values)} <= {kind, NONE}:
        known = [value for value in values if value is not None] if is_plain else []
        if is_plain is None or all(map(is_plain, known)):
            return values
    connection = connections[DEFAULT_DB_ALIAS]
    return [column.get_db_prep_save(value, connection) for value in values]


class Column(NamedTuple):
    field: Any
    name: str
    # What drivers take of its values just as it is.
    unchanged: type | None
    # Whether the row holds the value, and nothing has to be made.
    is_kept: bool
    # Whether a value of that type is such a one.
    is_plain: Callable[[Any], bool] | None


def column_of(field: Any) -> Column:
    stored: Any = field
    while stored.remote_field:
        stored = stored.target_field
    own = OF_POSTGRESQL if is_postgresql() else {}
    is_kept = type(field).pre_save is models.Field.pre_save
    kind = (UNCHANGED | own).get(type(stored))
    return Column(field, field.attname, kind, is_kept, PLAIN.get(kind))


def has_zone(moment: datetime) -> bool:
    return moment.tzinfo is not None


# Of numbers those that are any, of times those in a zone.
PLAIN: dict[Any, Callable[[Any], bool]] = {
    Decimal: Decimal.is_finite,
    datetime: has_zone,
}


def know_stored(rows: list[Any], keys: Iterable[Any]) -> None:
    name = rows[0]._meta.pk.attname
    for row, key in zip(rows, keys, strict=True):
        row.__dict__[name] = key
        row._state.adding, row._state.db = False, DEFAULT_DB_ALIAS


@cache
def statement(model: type[models.Model]) -> tuple[str, str, list[Column]]:
    """What stands before the values and after them, and the columns they are for."""
    meta: Any = model._meta
    fields = [of for of in meta.local_concrete_fields if not of.primary_key]
    columns = list(map(column_of, fields))
    head = f"INSERT INTO {quoted(meta.db_table)} ({names_of(columns)})"
    return head, f"RETURNING {quoted(meta.pk.column)}", columns


@cache
def joint_statement(
    model: type[models.Model], child: type[models.Model], by: str, condition: str
) -> tuple[str, list[Column], list[Column]]:
    """The SQL, the columns of the one row, and those of the others, sent as JSON."""
    head, tail, parents = statement(model)
    meta: Any = child._meta
    link = quoted(meta.get_field(by).column)
    columns = [of for of in statement(child)[2] if of.field.name != by]
    names = names_of(columns)
    parent = places(len(parents), provided=Condition(condition, ()))
    sql = (  # Names and types come from the models.
        f"WITH parent (id) AS ({head} {parent} {tail})"  # noqa: S608
        f" INSERT INTO {quoted(meta.db_table)} ({link}, {names})"
        f" SELECT parent.id, {names} FROM parent, ROWS FROM ("
        f"json_to_recordset(%s::json) AS ({', '.join(map(typed, columns))}))"
        f' WITH ORDINALITY AS child ({names}, "place in list") ORDER BY "place in list"'
        f" RETURNING {quoted(meta.pk.column)}, {link}"
    )
    return sql, parents, columns


def typed(column: Column) -> str:
    """With its type, without a length: a cast cuts what an INSERT refuses."""
    kind = column.field.db_type(connections[DEFAULT_DB_ALIAS])
    return f"{quoted(column.field.column)} {kind.partition('(')[0]}"


def names_of(columns: Iterable[Column]) -> str:
    return ", ".join(quoted(column.field.column) for column in columns)


def quoted(name: str) -> str:
    return connections[DEFAULT_DB_ALIAS].ops.quote_name(name)
