"""The lines of direct costs: fields, rules and shapes (procore-api §8).

They stand on a cost code and a cost type as lines of contracts do, and make the WBS code of the two; that they add no line
to the budget is assumed. A line stays with its direct cost; while that one is synced, or the line itself, plain writes are
refused and the sync may write.
"""

from __future__ import annotations

from decimal import Decimal

from sandbox.procore.errors import Errors, Invalid
from sandbox.procore.house import House
from sandbox.procore.resources.amounts import extended
from sandbox.procore.resources.coded_lines import LINE_FIELDS, CodedLineDesk
from sandbox.procore.resources.direct_costs import FROZEN, LINES, DirectCostDesk
from sandbox.procore.values import Fields, Record, text, whole

HOLDER_TYPE = "DirectCost"
"""What the replies call the holder of such a line: assumed."""
_KEPT = (
    "id", "amount", "created_at", "description", "extended_type", "origin_data", "origin_id", "position", "quantity",
    "tax_code_id", "unit_cost", "uom", "updated_at",
)  # fmt: skip


class DirectCostLineDesk(CodedLineDesk):
    """Lines of one project's direct costs, or with `direct_cost_id` in the scope those of one."""

    table = LINES
    internal: Fields = {"position": whole}

    def __init__(self, house: House, scope: Record, *, as_user: bool = False, by_sync: bool = False) -> None:
        super().__init__(house, scope, as_user=as_user)
        own: Fields = {} if "direct_cost_id" in scope else {"direct_cost_id": whole}
        self.fields = {**LINE_FIELDS, "ref": text, **own}
        self.heads = DirectCostDesk(house, self.project_scope, as_user=as_user, by_sync=by_sync)
        company, project = (
            house.books.get(table, self.scope[name]) or {}
            for table, name in (("companies", "company_id"), ("projects", "project_id"))
        )
        self._company = {"id": scope["company_id"], "name": company.get("name")}
        self._project = {"id": scope["project_id"], "name": project.get("name")}
        currency = company.get("base_currency")
        self._currency = {"base_currency_iso_code": currency, "currency_iso_code": currency}
        self._codes: dict[int, tuple[Record, Record, Record]] = {}

    def completed(self, row: Record, before: Record | None, body: Record) -> Record:
        """The WBS code's parts or the WBS code of the parts, the place at the end, and the amount."""
        row = {**row, **self.combination(row, body)}
        pair = {name: row[name] for name in ("cost_code_id", "line_item_type_id")}
        found = self.house.books.find("wbs_codes", **pair, project_id=row["project_id"])
        row["wbs_code_id"] = found[0]["id"] if found else None
        if row["position"] is None:
            head = self.heads.find(row["direct_cost_id"])
            row["position"] = head["last_position"] + 1 if head else None
        return extended(row)

    def check(self, row: Record, before: Record | None) -> Errors:
        """The direct cost must exist and stays the same, code and unit must be known, and what is frozen stays."""
        errors = self.code_errors(row)
        head = self.heads.find(row["direct_cost_id"])
        if row["direct_cost_id"] is None:
            errors["direct_cost_id"] = ["can't be blank"]
        elif head is None:
            errors["direct_cost_id"] = ["must exist"]
        elif before is not None and before["direct_cost_id"] != row["direct_cost_id"]:
            errors["direct_cost_id"] = ["can't be changed"]
        changed = before is None or any(row[name] != before[name] for name in (*self.fields, "direct_cost_id"))
        if head is not None and changed and self._frozen(head, before):
            errors["base"] = [FROZEN]
        return errors

    def after(self, row: Record, before: Record | None) -> Record:
        """Make the WBS code if there is none, and keep the sum."""
        old = Decimal(before["amount"]) if before else Decimal(0)
        difference = Decimal(row["amount"]) - old
        self.heads.add_line(row["direct_cost_id"], difference, lines=int(before is None), position=row["position"])
        if row["wbs_code_id"] is not None:
            return row
        cost_code, cost_type = self.cost_codes.get(row["cost_code_id"]), self.cost_types.get(row["line_item_type_id"])
        wbs_code = self.wbs_codes.code_for(cost_code, cost_type)
        return self.house.books.change(self.table, row["id"], {"wbs_code_id": wbs_code["id"]})

    def delete(self, row: Record) -> None:
        """Keep it as deleted. Raises Invalid when its direct cost or itself is synced."""
        if self._frozen(self.heads.get(row["direct_cost_id"]), row):
            raise Invalid({"base": [FROZEN]})
        super().delete(row)
        self.heads.add_line(row["direct_cost_id"], -Decimal(row["amount"]), lines=-1)

    def show(self, row: Record) -> Record:
        """As v1.0 and the sync show one. The description knows a short and a long cost code here: this is the short one."""
        return self._part(row) | {
            "company": self._company,
            "project": self._project,
            "holder": {"id": row["direct_cost_id"], "holder_type": HOLDER_TYPE},
            "change_event_line_item": None,
        }

    def listed(self, row: Record) -> Record:
        """As the list of all lines of a project has it."""
        hidden = ("company", "origin_data", "change_event_line_item")
        return {name: value for name, value in self.show(row).items() if name not in hidden}

    def in_head(self, row: Record) -> Record:
        """As v1.1 has it inside its direct cost."""
        return self._part(row) | {"company": self._company, "ref": row["ref"]}

    def _part(self, row: Record) -> Record:
        cost_code, cost_type, wbs_code = self._shown_codes(row)
        return {name: row[name] for name in _KEPT} | {
            "total_amount": row["amount"],
            "extended_amount": row["amount"],
            "cost_code": cost_code,
            "line_item_type": cost_type,
            "wbs_code": wbs_code,
            "currency_configuration": self._currency,
        }

    def _shown_codes(self, row: Record) -> tuple[Record, Record, Record]:
        number = row["wbs_code_id"]
        if number not in self._codes:
            wbs_code = self.wbs_codes.get(number)
            cost_code, cost_type = self.wbs_codes.parts(wbs_code)
            full_code = self.cost_codes.full_code(cost_code)
            short = {"id": cost_code["id"], "full_code": full_code, "name": cost_code["name"]}
            self._codes[number] = (short, self.cost_types.show(cost_type), self.wbs_codes.flat(wbs_code))
        return self._codes[number]

    def _frozen(self, head: Record, line: Record | None) -> bool:
        return self.heads.frozen(head) or (line is not None and self.heads.frozen(line))
