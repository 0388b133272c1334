"""Change orders, prime contracts, invoices and payments as a Procore user would enter them.

Codes are named by what people see, as in contract_entry: lines by `cost_code` ("03-100") and `line_item_type` ("S"), a
commitment or prime contract by id or by number, an existing line by its position. Lines, markups and items come along.
"""

from __future__ import annotations

from typing import Any

from sandbox.procore.desk import LIVE, Desk
from sandbox.procore.house import House
from sandbox.procore.resources.amounts import number, total
from sandbox.procore.resources.billing_periods import BillingPeriodDesk
from sandbox.procore.resources.change_order_lines import ChangeOrderLineDesk
from sandbox.procore.resources.change_orders import CHANGE_ORDERS, PRIME, ChangeOrderDesk
from sandbox.procore.resources.contract_payments import ContractPaymentDesk, payable
from sandbox.procore.resources.cost_codes import CostCodeDesk
from sandbox.procore.resources.markups import CHANGE_ORDER, CONTRACT, MarkupDesk
from sandbox.procore.resources.prime_contracts import PrimeContractDesk
from sandbox.procore.resources.prime_lines import PrimeLineDesk
from sandbox.procore.resources.progress import items_of, source_of
from sandbox.procore.resources.requisition_items import RequisitionItemDesk
from sandbox.procore.resources.requisitions import RequisitionDesk
from sandbox.procore.resources.schedule_details import ScheduleDetailDesk
from sandbox.procore.resources.wbs_codes import WbsCodeDesk
from sandbox.procore.values import Record

_CODE = ("cost_code", "line_item_type")
_PLACES = {
    "commitment_line": ("commitment_line_item_id", "line_items"),
    "prime_line": ("prime_line_item_id", "prime_line_items"),
}


class Entry:
    """One batch of entries; the names that people see are read once for all of it."""

    def __init__(self, house: House) -> None:
        self.house = house
        self._codes: dict[int, tuple[dict[str, int], dict[str, int]]] = {}

    def prime_contract(self, body: Record) -> Record:
        """Add a prime contract with `lines` and `markups`. Raises ValueError or Invalid."""
        desk = PrimeContractDesk(self.house, self.scope(body), as_user=True)
        row = desk.create(fields_of(desk, body, "project_id", "lines", "markups"), body.get("id"))
        self.lines("prime_contracts", row, body.get("lines") or [])
        self.markups(CONTRACT, row, body.get("markups") or [])
        return self._now("prime_contracts", row)

    def change_order(self, table: str, body: Record) -> Record:
        """Add a change order with `lines` and, of a prime contract, `markups`. Raises ValueError or Invalid."""
        kind = CHANGE_ORDERS[table]
        contract = self.contract(kind.contracts, body)
        scope = {name: contract[name] for name in ("company_id", "project_id")}
        desk = ChangeOrderDesk(self.house, kind, scope, as_user=True)
        own = fields_of(desk, body, "project_id", "commitment", "prime_contract", "lines", "markups")
        row = desk.create({**own, "contract_id": contract["id"]}, body.get("id"))
        self.lines(table, row, body.get("lines") or [])
        if kind is PRIME:
            self.markups(CHANGE_ORDER, row, body.get("markups") or [])
        return self._now(table, row)

    def lines(self, table: str, row: Record, bodies: list[Record]) -> list[Record]:
        """Add lines to a prime contract or a change order."""
        desk: Desk
        if table == "prime_contracts":
            desk = PrimeLineDesk(self.house, row, as_user=True)
        else:
            desk = ChangeOrderLineDesk(self.house, CHANGE_ORDERS[table], row, as_user=True)
        return [self._line(desk, row, body) for body in bodies]

    def markups(self, holder_type: str, row: Record, bodies: list[Record]) -> list[Record]:
        """Add markups to a prime contract or a change order of it; a code, if named, is where it is booked."""
        desk = MarkupDesk(self.house, row, holder_type, as_user=True)
        return [desk.create(self._markup(desk, row, body), body.get("id")) for body in bodies]

    def billing_period(self, body: Record) -> Record:
        """Add a billing period; it is open unless it is said otherwise."""
        desk = BillingPeriodDesk(self.house, self.scope(body), as_user=True)
        return desk.create({"status": "open", **fields_of(desk, body, "project_id")}, body.get("id"))

    def requisition(self, body: Record) -> Record:
        """Add an invoice and write the amounts of `items`."""
        contract = self.contract("commitments", body, "commitment_id")
        scope = {name: contract[name] for name in ("company_id", "project_id")} | {"commitment_id": contract["id"]}
        desk = RequisitionDesk(self.house, scope, as_user=True)
        row = desk.create(fields_of(desk, body, "project_id", "commitment", "commitment_id", "items"), body.get("id"))
        self.items(row, body.get("items") or [])
        return self._now("requisitions", row)

    def items(self, row: Record, bodies: list[Record]) -> None:
        """Write items of an invoice, each named by id, or by code, or by position, and by its change order's number."""
        desk = RequisitionItemDesk(self.house, row, as_user=True)
        names = ("id", "item", "line", "change_order", *_CODE)
        for body in bodies:
            found = self._item(row, {name: body[name] for name in names if name in body})
            desk.update(found, fields_of(desk, body, *names))

    def payment(self, body: Record) -> Record:
        """Add a payment of a commitment or a prime contract; `requisition` names the invoice by its number."""
        contract = self._payable(body)
        desk = ContractPaymentDesk(self.house, contract, as_user=True)
        own = fields_of(desk, body, "project_id", "commitment", "prime_contract", "contract_id", "requisition")
        if "requisition" in body:
            same = {"commitment_id": contract["id"], "number": body["requisition"]}
            own["requisition_id"] = _only(self.house.books.find("requisitions", **same, **LIVE), "requisition")["id"]
        return desk.create(own, body.get("id"))

    def details(self, contract: Record, line_id: int, bodies: list[Record]) -> list[Record]:
        """Replace the subcontractor's details of a commitment's line; they must sum to its amount."""
        line = self.house.books.get("line_items", line_id)
        if line is None or line["contract_id"] != contract["id"]:
            raise ValueError(f"there is no line {line_id} in commitment {contract['id']}")
        desk = ScheduleDetailDesk(self.house, line, as_user=True)
        for old in desk.rows():
            self.house.books.remove(desk.table, old["id"])
        rows = [desk.create(fields_of(desk, body), body.get("id")) for body in bodies]
        if rows and total(rows, "amount") != number(line, "amount"):
            raise ValueError(f"the details sum to {total(rows, 'amount')}, the line to {line['amount']}")
        return rows

    def scope(self, body: Record) -> Record:
        """The ids that everything in a body's project shares. Raises ValueError."""
        project = self.house.books.get("projects", body.get("project_id"))
        if project is None:
            raise ValueError(f"there is no project {body.get('project_id')}")
        return {"company_id": project["company_id"], "project_id": project["id"]}

    def contract(self, table: str, body: Record, field: str = "contract_id") -> Record:
        """The contract of an id, or of a number in a project; a project's only prime contract needs neither."""
        if field in body:
            found = self.house.books.get(table, body[field])
            if found is None or found["deleted_at"]:
                raise ValueError(f"there is no {field} {body[field]}")
            return found
        word = {"commitments": "commitment", "prime_contracts": "prime_contract"}[table]
        same = {"number": body[word]} if word in body else {}
        if not same and table == "commitments":
            raise ValueError(f"{field} or {word} is missing")
        return _only(self.house.books.find(table, **self.scope(body), **same, **LIVE), word)

    def _payable(self, body: Record) -> Record:
        if "contract_id" in body:
            found = payable(self.house, self.scope(body)["project_id"], body["contract_id"])
            if found is None:
                raise ValueError(f"there is no contract_id {body['contract_id']}")
            return found
        return self.contract("commitments" if "commitment" in body else "prime_contracts", body)

    def _line(self, desk: Desk, holder: Record, body: Record) -> Record:
        own = fields_of(desk, body, *_CODE, *_PLACES)
        for word, (field, table) in _PLACES.items():
            if word in body:
                contract_id = self._changed(holder, table)
                found = self.house.books.find(table, contract_id=contract_id, position=body[word])
                own[field] = _only(found, word)["id"]
        return desk.create({**own, **self.code_ids(holder["project_id"], body)}, body.get("id"))

    def _changed(self, holder: Record, table: str) -> int:
        """The contract whose line is meant: the one that is changed, or the project's prime contract."""
        contracts = "commitments" if table == "line_items" else "prime_contracts"
        if self.house.books.get(contracts, holder["contract_id"]):
            return int(holder["contract_id"])
        return int(self.contract(contracts, {"project_id": holder["project_id"]})["id"])

    def _markup(self, desk: MarkupDesk, holder: Record, body: Record) -> Record:
        own = fields_of(desk, body, *_CODE, "prime_line")
        codes = self.code_ids(holder["project_id"], body)
        if codes:
            wbs_codes = WbsCodeDesk(self.house, desk.project_scope)
            cost_code = self.house.books.get("cost_codes", codes["cost_code_id"]) or {}
            cost_type = self.house.books.get("line_item_types", codes["line_item_type_id"]) or {}
            own["wbs_code_id"] = wbs_codes.code_for(cost_code, cost_type)["id"]
        if "prime_line" in body:
            contract_id = holder["id"] if desk.scope["holder_type"] == CONTRACT else holder["contract_id"]
            lines = self.house.books.find("prime_line_items", contract_id=contract_id, position=body["prime_line"])
            own["prime_line_item_id"] = _only(lines, "prime_line")["id"]
        return own

    def _item(self, row: Record, named: Record) -> Record:
        found = items_of(self.house, row)
        if "id" in named or "item" in named:
            wanted = named.get("id", named.get("item"))
            return _only([item for item in found if item["id"] == wanted], "item")
        orders = {
            order["id"]: order["number"]
            for order in self.house.books.find("commitment_change_orders", contract_id=row["commitment_id"])
        }
        found = [item for item in found if orders.get(item["change_order_id"]) == named.get("change_order")]
        codes = self.code_ids(row["project_id"], named)
        found = [item for item in found if all(self._line_of(item).get(k) == v for k, v in codes.items())]
        if "line" in named:
            found = [item for item in found if self._line_of(item).get("position") == named["line"]]
        return _only(found, f"item {named}")

    def _line_of(self, item: Record) -> Record:
        source = source_of(self.house, item)
        return self.house.books.get("line_items", source.get("line_item_id")) or source

    def code_ids(self, project_id: int, body: Record) -> Record:
        """The ids of the cost code and the cost type that a body names. Raises ValueError."""
        if not any(name in body for name in _CODE):
            return {}
        known = self._names(project_id)
        ids = {}
        for name, numbers in zip(_CODE, known, strict=True):
            if body.get(name) not in numbers:
                raise ValueError(f"there is no {name} {body.get(name)!r}; there are: {', '.join(numbers)}")
            ids[f"{name}_id"] = numbers[body[name]]
        return ids

    def _names(self, project_id: int) -> tuple[dict[str, int], dict[str, int]]:
        if project_id not in self._codes:
            scope = self.scope({"project_id": project_id})
            desk = CostCodeDesk(self.house, scope)
            codes = {desk.label(row): row["id"] for row in desk.rows()}
            rows = self.house.books.find("line_item_types", company_id=scope["company_id"], **LIVE)
            self._codes[project_id] = (codes, {str(row["csv_import_code"]): row["id"] for row in rows})
        return self._codes[project_id]

    def _now(self, table: str, row: Record) -> Record:
        return self.house.books.get(table, row["id"]) or row


def fields_of(desk: Desk, body: Record, *others: str) -> Record:
    """The fields of a body that a desk writes. Raises ValueError for a word that nobody knows."""
    unknown = set(body) - set(desk.known) - set(others) - {"id"}
    if unknown:
        raise ValueError(f"unknown fields: {', '.join(sorted(unknown))}")
    return {name: value for name, value in body.items() if name in desk.known}


def _only(rows: list[Record], what: Any) -> Record:
    if len(rows) != 1:
        raise ValueError(f"{len(rows)} records fit {what}, but it has to be one")
    return rows[0]
