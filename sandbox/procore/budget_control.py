"""The controls of budgets under /_sandbox: a Procore user's hands on a project's budget, its modifications and changes."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from sandbox.procore.budget_entry import BudgetEntry
from sandbox.procore.errors import ApiError
from sandbox.procore.house import House
from sandbox.procore.values import Record, flag
from sandbox.procore.web import Request

Parts = dict[str, str]


def budget_controls(house: House) -> dict[str, Callable[[Request, Parts], Any]]:
    """The handlers by method and path."""
    controls = _BudgetControls(house)
    return {
        "GET /projects/{project}/budget": controls.show,
        "POST /projects/{project}/budget": controls.enter,
        "POST /projects/{project}/budget/lock": controls.lock,
        "DELETE /projects/{project}/budget/lock": controls.unlock,
        "DELETE /projects/{project}/budget/lines/{line}": controls.remove_line,
        "POST /projects/{project}/budget_changes": controls.add_changes,
        "PUT /budget_changes/{id}/lines": controls.replace_change_lines,
        "DELETE /budget_changes/{id}": controls.remove_change,
        "POST /projects/{project}/budget_modifications": controls.add_modifications,
        "DELETE /budget_modifications/{id}": controls.remove_modification,
    }


class _BudgetControls:
    def __init__(self, house: House) -> None:
        self.house = house

    def _entry(self, parts: Parts) -> BudgetEntry:
        return BudgetEntry(self.house, int(parts["project"]))

    def show(self, request: Request, parts: Parts) -> Record:
        """The whole budget with its figures."""
        return self._entry(parts).shown()

    def enter(self, request: Request, parts: Parts) -> Record:
        """Write the budget's settings and any number of its lines."""
        return self._entry(parts).enter(request.json())

    def lock(self, request: Request, parts: Parts) -> Record:
        """Lock the budget."""
        return {"locked": self._entry(parts).budget.set({"locked": True})["locked"]}

    def unlock(self, request: Request, parts: Parts) -> Record:
        """Unlock the budget; the modifications stay, unless the query's `destroy` is true."""
        self._entry(parts).budget.unlock(destroy=bool(flag(request.value("destroy"))))
        return {"locked": False}

    def remove_line(self, request: Request, parts: Parts) -> Record:
        """Delete a budget line that nothing stands on."""
        lines = self._entry(parts).lines
        lines.delete(lines.get(int(parts["line"])))
        return {"status": "removed"}

    def add_changes(self, request: Request, parts: Parts) -> Record:
        """Enter one budget change, or many under `budget_changes`."""
        return _each(self._entry(parts).enter_change, request.json(), "budget_changes")

    def replace_change_lines(self, request: Request, parts: Parts) -> Record:
        """Replace all lines of a budget change by those under `lines`."""
        row = self._row("budget_changes", parts)
        return BudgetEntry(self.house, row["project_id"]).replace_change_lines(row, request.json()["lines"])

    def remove_change(self, request: Request, parts: Parts) -> Record:
        """Delete a budget change."""
        self.house.books.remove("budget_changes", self._row("budget_changes", parts)["id"])
        return {"status": "removed"}

    def add_modifications(self, request: Request, parts: Parts) -> Record:
        """Enter one budget modification, or many under `budget_modifications`."""
        return _each(self._entry(parts).enter_modification, request.json(), "budget_modifications")

    def remove_modification(self, request: Request, parts: Parts) -> Record:
        """Delete a budget modification."""
        self.house.books.remove("budget_modifications", self._row("budget_modifications", parts)["id"])
        return {"status": "removed"}

    def _row(self, table: str, parts: Parts) -> Record:
        row = self.house.books.get(table, int(parts["id"]))
        if row is None:
            raise ApiError(404, f"there is no record {parts['id']} in {table}")
        return row


def _each(enter: Callable[[Record], Record], body: Record, name: str) -> Record:
    """One body, or all that stand under a name; many answer a list and their ids."""
    if name not in body:
        return enter(body)
    entered = [enter(one) for one in body[name]]
    return {name: entered, "ids": [one["id"] for one in entered]}
