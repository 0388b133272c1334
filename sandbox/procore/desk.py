"""A desk writes one kind of record within one scope: it converts, checks, keeps and shows.

Endpoints, sync, seeding and the controls all write through the same desk, so that a rule stands once. `origin_id` is
unique per object type within a company, over all its projects (procore-api §3).
"""

from __future__ import annotations

from sandbox.procore.errors import Errors, Invalid, not_found
from sandbox.procore.house import House
from sandbox.procore.values import Fields, Record, converted

LIVE = {"deleted_at": None}


class Desk:
    """The writer of one table. Subclasses name the table, its fields and its own rules."""

    table: str
    fields: Fields
    internal: Fields = {}
    """Fields that no caller may write, but a seed or a user's edit may."""
    blank: Record = {}
    """What a new record holds when nobody says otherwise."""
    kin: tuple[str, ...] = ("company_id",)
    """The fields that records among which an origin_id is unique have in common."""

    def __init__(self, house: House, scope: Record, *, as_user: bool = False) -> None:
        """`scope` holds the ids that every record here shares; `as_user` skips what binds only the API."""
        self.house = house
        self.scope = scope
        self.as_user = as_user

    @property
    def known(self) -> Fields:
        """The fields this desk writes."""
        return {**self.fields, **self.internal} if self.as_user else self.fields

    def rows(self) -> list[Record]:
        """The live records of the scope."""
        return self.house.books.find(self.table, **self.scope, **LIVE)

    def find(self, number: int | None) -> Record | None:
        """A live record of the scope."""
        row = self.house.books.get(self.table, number)
        if row is None or row["deleted_at"] or any(row.get(name) != value for name, value in self.scope.items()):
            return None
        return row

    def get(self, number: int | None) -> Record:
        """A live record of the scope. Raises ApiError 404."""
        row = self.find(number)
        if row is None:
            raise not_found()
        return row

    def find_origin(self, origin_id: str) -> Record | None:
        """The live record of the scope with an external id."""
        rows = self.house.books.find(self.table, origin_id=origin_id, **self.scope, **LIVE)
        return rows[0] if rows else None

    def find_alike(self, body: Record) -> Record | None:
        """The live record of the scope that a sync row means by something else than an id; most kinds have none."""
        return None

    def create(self, body: Record, number: int | None = None) -> Record:
        """Add a record; `number` is its id when a seed fixes it. Raises Invalid."""
        values, errors = converted(self.known, body)
        given = {name: value for name, value in values.items() if value is not None or name not in self.blank}
        blanks = dict.fromkeys([*self.fields, *self.internal])
        row = {**blanks, **self.blank, "origin_id": None, "deleted_at": None, **self.scope, **given}
        row["id"] = number
        row = self.completed(row, None, body)
        self._refuse(errors, row, None)
        return self.after(self.house.books.insert(self.table, row), None)

    def update(self, row: Record, body: Record) -> Record:
        """Write some fields of a record. Raises Invalid."""
        values, errors = converted(self.known, body)
        new = self.completed({**row, **values}, row, body)
        self._refuse(errors, new, row)
        return self.after(self.house.books.change(self.table, row["id"], new), row)

    def delete(self, row: Record) -> None:
        """Take a record out: it is kept as deleted, unless the kind says otherwise."""
        self.house.books.change(self.table, row["id"], {"deleted_at": self.house.clock.text()})

    def completed(self, row: Record, before: Record | None, body: Record) -> Record:
        """The record with what follows from its fields. It may take an id from the sequence, but writes nothing else."""
        return row

    def check(self, row: Record, before: Record | None) -> Errors:
        """The rules of this kind, as messages per field."""
        return {}

    def after(self, row: Record, before: Record | None) -> Record:
        """What else has to be written once a record was; returns the record."""
        return row

    def show(self, row: Record) -> Record:
        """The record as a sync or a write answers it."""
        raise NotImplementedError

    def _refuse(self, errors: Errors, row: Record, before: Record | None) -> None:
        for name, messages in [*self.check(row, before).items(), *self._origin_errors(row).items()]:
            errors.setdefault(name, messages)
        if errors:
            raise Invalid(errors)

    def _origin_errors(self, row: Record) -> Errors:
        if not row["origin_id"]:
            return {}
        same = {name: row[name] for name in self.kin}
        if not self.house.assumptions.deleted_keep_origin_id:
            same |= LIVE
        taken = self.house.books.find(self.table, origin_id=row["origin_id"], **same)
        others = any(other["id"] != row.get("id") for other in taken)
        return {"origin_id": ["has already been taken"]} if others else {}


def required(row: Record, *names: str) -> Errors:
    """Messages for the fields that are empty."""
    return {name: ["can't be blank"] for name in names if row.get(name) in (None, "")}
