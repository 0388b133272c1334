"""Budgets as Procore users would enter them: lines named by what people see, a cost code like "03-100" and a cost type "S".

A user is not bound by the lock here: changing an original amount stands for unlocking, editing and locking again.
"""

from __future__ import annotations

from sandbox.procore.errors import ApiError
from sandbox.procore.house import House
from sandbox.procore.resources.amounts import money_text, number, total
from sandbox.procore.resources.budget_change_lines import FIELDS, FROM, TO
from sandbox.procore.resources.budget_changes import BudgetChangeDesk
from sandbox.procore.resources.budget_figures import Figures
from sandbox.procore.resources.budget_lines import BudgetLineDesk
from sandbox.procore.resources.budget_modifications import BudgetModificationDesk, uses_changes
from sandbox.procore.resources.budgets import BudgetDesk
from sandbox.procore.resources.cost_codes import CostCodeDesk
from sandbox.procore.values import Record

_CODES = {"cost_code", "line_item_type"}
_LINE = {"amount": "original_budget_amount", "forecast": "forecast", "forecast_notes": "forecast_notes",
         "estimated_cost_at_completion": "estimated_cost_at_completion", "quantity": "quantity", "unit_cost": "unit_cost",
         "uom": "uom", "calculation_strategy": "calculation_strategy"}  # fmt: skip
_CHANGE_LINE = set(FIELDS) - {"wbs_code_id"} | _CODES


class BudgetEntry:
    """Enters the budget of one project."""

    def __init__(self, house: House, project_id: int) -> None:
        """Raises ApiError 404 for a project that isn't there."""
        project = house.books.get("projects", project_id)
        if project is None:
            raise ApiError(404, f"there is no project {project_id}")
        self.house = house
        self.scope = {"company_id": project["company_id"], "project_id": project["id"]}
        self.budget = BudgetDesk(house, self.scope, as_user=True)
        self.lines = BudgetLineDesk(house, self.scope, as_user=True)
        self.changes = BudgetChangeDesk(house, self.scope, as_user=True)
        self.modifications = BudgetModificationDesk(house, self.scope, as_user=True)
        self._tree = CostCodeDesk(house, self.scope)
        self._codes = {self._tree.label(row): row for row in self._tree.rows()}
        types = house.books.find("line_item_types", company_id=project["company_id"], deleted_at=None)
        self._types = {row["csv_import_code"]: row for row in types}

    def enter(self, body: Record) -> Record:
        """Write `{locked, allow_grand_total_modifications, lines}`; lines on codes that have one are changed."""
        _known(body, {"locked", "allow_grand_total_modifications", "lines"})
        entered = [self._line(line) for line in body.get("lines") or []]
        settings = {name: value for name, value in body.items() if name != "lines"}
        if settings or not self.budget.rows():
            self.budget.set(settings)
        shown = self.shown()
        return {"locked": shown["locked"], "total": shown["total"], "line_item_ids": [line["id"] for line in entered]}

    def _line(self, line: Record) -> Record:
        _known(line, {*_LINE, *_CODES})
        wbs_code = self.wbs_code(line)
        body = {_LINE[name]: value for name, value in line.items() if name in _LINE}
        found = self.lines.on_code(wbs_code)
        return self.lines.update(found, body) if found else self.lines.create({**body, "wbs_code_id": wbs_code["id"]})

    def shown(self) -> Record:
        """The whole budget in the words in which it is entered, with its figures."""
        figures = Figures(self.house, self.scope)
        rows = [self._shown_line(row, figures) for row in self.lines.rows()]
        amount = money_text(total(self.lines.rows(), "original_budget_amount"))
        return {"locked": self.budget.now["locked"], "total": amount, "lines": rows}

    def _shown_line(self, row: Record, figures: Figures) -> Record:
        sums = figures.of(row["wbs_code_id"])
        cost_type = self.house.books.get("line_item_types", row["line_item_type_id"]) or {}
        names = ("id", "wbs_code_id", "cost_code_id", "line_item_type_id")
        shown = ("budget_modifications", "forecast", "estimated_cost_at_completion")
        return {name: row[name] for name in names} | {
            "cost_code": self._tree.label(self._tree.get(row["cost_code_id"])),
            "line_item_type": cost_type["csv_import_code"],
            "amount": row["original_budget_amount"],
            **{name: money_text(getattr(sums, name)) for name in shown},
        }

    def enter_change(self, body: Record) -> Record:
        """Add `{number, status, title, description, erp_status, lines}`. Raises ValueError or Invalid."""
        _known(body, {"id", "number", "status", "title", "description", "erp_status", "lines"})
        if not uses_changes(self.house, self.scope["company_id"]):
            raise ValueError("the company uses budget modifications: set uses_budget_changes first")
        fields = {name: value for name, value in body.items() if name not in ("lines", "id")}
        bodies = self._change_lines(body.get("lines") or [])
        row = self.changes.create({"status": "draft", **fields, "adjustment_line_items": bodies}, body.get("id"))
        return _brief_change(row)

    def replace_change_lines(self, row: Record, lines: list[Record]) -> Record:
        """Replace all lines of a budget change."""
        gone = [{"id": line["id"], "_delete": True} for line in row["adjustment_line_items"]]
        return _brief_change(self.changes.update(row, {"adjustment_line_items": gone + self._change_lines(lines)}))

    def _change_lines(self, lines: list[Record]) -> list[Record]:
        """What names no type is a "from" if its amount is below zero and a "to" came before, of whose adjustment it is."""
        bodies: list[Record] = []
        numbers = [0]
        for line in lines:
            _known(line, _CHANGE_LINE)
            taken = number(line, "amount") < 0 and numbers[-1] > 0
            kind = line.get("type") or (FROM if taken else TO)
            group = line.get("adjustment_number") or (numbers[-1] if kind == FROM else max(numbers) + 1)
            numbers.append(group)
            own = {name: value for name, value in line.items() if name not in _CODES}
            bodies.append({**own, "type": kind, "adjustment_number": group, "wbs_code_id": self.wbs_code(line)["id"]})
        return bodies

    def enter_modification(self, body: Record) -> Record:
        """Add `{from, to, amount, notes, origin_id, origin_data}`, sides as codes. Raises ValueError or Invalid."""
        _known(body, {"from", "to", "amount", "notes", "origin_id", "origin_data"})
        if uses_changes(self.house, self.scope["company_id"]):
            raise ValueError("the company uses budget changes: unset uses_budget_changes first")
        sides = {side: self.lines.ensure(self.wbs_code(body[side]))["id"] for side in ("from", "to") if body.get(side)}
        fields: Record = {name: body[name] for name in ("notes", "origin_id", "origin_data") if name in body}
        named = {f"{side}_budget_line_item_id": line_id for side, line_id in sides.items()}
        row = self.modifications.create({**fields, **named, "transfer_amount": body.get("amount")})
        return {name: row[name] for name in ("id", *named, "transfer_amount")}

    def wbs_code(self, line: Record) -> Record:
        """The WBS code that a cost code and a cost type name together. Raises ValueError."""
        for name, known in (("cost_code", self._codes), ("line_item_type", self._types)):
            if line.get(name) not in known:
                raise ValueError(f"there is no {name} {line.get(name)!r}; there are: {', '.join(map(str, known))}")
        return self.lines.wbs_codes.code_for(self._codes[line["cost_code"]], self._types[line["line_item_type"]])


def _brief_change(row: Record) -> Record:
    lines = [line["id"] for line in row["adjustment_line_items"]]
    return {"id": row["id"], "number": row["number"], "status": row["status"], "line_ids": lines}


def _known(body: Record, names: set[str]) -> None:
    unknown = set(body) - names
    if unknown:
        raise ValueError(f"unknown fields: {', '.join(sorted(unknown))}")
