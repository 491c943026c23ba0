"""`sort=title,-author.name`: only the declared columns of a type can be named, or of
one along a path.

Null is less than anything, and the key has the last word, so that every order is
total: a row's place in it is the list of its values.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

from django.db.models import F, Q, QuerySet
from django.db.models.expressions import OrderBy
from django.http import QueryDict

from dialects.restless.errors import JSONAPIError, did_you_mean
from dialects.restless.resources import ResourceType

MAX_TERMS = 10
Place = list[Any]


@dataclass(frozen=True)
class Term:
    """One column to sort by, by its look-up, and the model's field for it."""

    lookup: str
    field: Any
    is_nullable: bool
    is_descending: bool = False

    def __str__(self) -> str:
        return f"-{self.lookup}" if self.is_descending else self.lookup

    @property
    def place(self) -> str:
        """The attribute of a row that holds the value."""
        return f"_at_{self.lookup}" if "__" in self.lookup else self.lookup

    def order(self) -> OrderBy:
        # Said of a column that has no nulls, it would keep indexes out.
        nulls = self.is_nullable or None
        if self.is_descending:
            return F(self.lookup).desc(nulls_last=nulls)
        return F(self.lookup).asc(nulls_first=nulls)

    def at(self, value: Any) -> Q:
        return self.null if value is None else Q((self.lookup, value))

    def beyond(self, value: Any) -> list[Q]:
        """What comes after the value, in ranges that an index can serve."""
        if value is None:
            return [] if self.is_descending else [Q((f"{self.lookup}__isnull", False))]
        if not self.is_descending:
            return [Q((f"{self.lookup}__gt", value))]
        return [Q((f"{self.lookup}__lt", value)), *[self.null] * self.is_nullable]

    @property
    def null(self) -> Q:
        return Q((f"{self.lookup}__isnull", True))


@dataclass(frozen=True)
class Order:
    terms: tuple[Term, ...]

    @classmethod
    def of(cls, params: QueryDict, resource: ResourceType) -> Order:
        text = params.get("sort", "")
        # `0` asks for no order at all; pages need one that stays.
        names = [] if text in {"", "0"} else text.split(",")
        terms: dict[str, Term] = {}
        for name in [*names, "id"]:
            found = term(resource, name)
            terms.setdefault(found.lookup, found)
            if found.lookup == "pk":
                break
        if len(terms) > MAX_TERMS:
            raise bad_sort(f"At most {MAX_TERMS} fields")
        return cls(tuple(terms.values()))

    def __str__(self) -> str:
        return ",".join(map(str, self.terms))

    def reversed(self) -> Order:
        return Order(
            tuple(replace(t, is_descending=not t.is_descending) for t in self.terms)
        )

    def sort(self, rows: QuerySet[Any]) -> QuerySet[Any]:
        return rows.order_by(*(found.order() for found in self.terms))

    def with_places(self, rows: QuerySet[Any]) -> QuerySet[Any]:
        """Rows that know their place, of which their own columns tell a part."""
        far = {f.place: F(f.lookup) for f in self.terms if f.place != f.lookup}
        return rows.annotate(**far) if far else rows

    @property
    def is_of_own_columns(self) -> bool:
        return all(found.place == found.lookup for found in self.terms)

    def place_of(self, row: Any) -> Place:
        return [getattr(row, found.place) for found in self.terms]

    def beyond(self, place: Place) -> list[Q]:
        """All rows after the place, in ranges that do not overlap."""
        ranges, here = [], Q()
        for found, value in zip(self.terms, place, strict=True):
            ranges += [here & further for further in found.beyond(value)]
            here &= found.at(value)
        return ranges


def term(resource: ResourceType, name: str) -> Term:
    """A column, or one of a relative's along to-one paths."""
    path = name.removeprefix("-")
    *steps, column = path.split(".")
    is_nullable = False
    for step in steps:
        relation = resource.relationships.get(step)
        if relation is None or relation.is_to_many:
            to_one = [n for n, r in resource.relationships.items() if not r.is_to_many]
            raise no_such_field(path, step, to_one)
        resource, is_nullable = relation.target, is_nullable or relation.field.null
    if column not in resource.columns:
        raise no_such_field(path, column, resource.columns)
    lookup = resource.columns[column][0]
    field = resource.model_field(lookup)
    lookup = "__".join([*steps, lookup])
    return Term(lookup, field, is_nullable or field.null, path != name)


def no_such_field(path: str, name: str, known: Any) -> JSONAPIError:
    return bad_sort(f"No such field {path}", **did_you_mean(name, known))


def bad_sort(why: str, **members: Any) -> JSONAPIError:
    detail = f"Invalid sorting: {why}"
    return JSONAPIError(400, "bad_sort", detail, parameter="sort", **members)
