"""Codes in a tree: a full code is the parent's full code, a hyphen, and the own code (procore-api §5, WBS).

Shared by standard cost codes and project cost codes. That siblings may not share a code is assumed.
"""

from __future__ import annotations

from sandbox.procore.desk import Desk, required
from sandbox.procore.errors import Errors
from sandbox.procore.values import Record

DELIMITER = "-"


class CodeTreeDesk(Desk):
    """The writer of a tree of codes."""

    siblings: tuple[str, ...] = ("parent_id", "code")
    """The fields that no two codes of a scope may share."""

    def path(self, row: Record) -> list[Record]:
        """The records from the root to this one."""
        steps = [row]
        while steps[0]["parent_id"]:
            parent = self.house.books.get(self.table, steps[0]["parent_id"])
            if parent is None or parent in steps:
                break
            steps.insert(0, parent)
        return steps

    def full_code(self, row: Record) -> str:
        """The codes from the root to this one, with hyphens between."""
        return DELIMITER.join(step["code"] or "" for step in self.path(row))

    def children(self, row: Record) -> list[Record]:
        """The records right below."""
        return self.house.books.find(self.table, parent_id=row["id"], deleted_at=None)

    def check(self, row: Record, before: Record | None) -> Errors:
        """Code and name are required, the parent must exist, and siblings differ in code."""
        errors = required(row, "code", "name")
        if row["parent_id"]:
            parent = self.find(row["parent_id"])
            if parent is None:
                errors["parent_id"] = ["must exist"]
            elif row["id"] and any(step["id"] == row["id"] for step in self.path(parent)):
                errors["parent_id"] = ["can't be below itself"]
        place = self.scope | {name: row.get(name) for name in self.siblings}
        same = self.house.books.find(self.table, **place, deleted_at=None)
        if any(other["id"] != row["id"] for other in same):
            errors.setdefault("code", ["has already been taken"])
        return errors
