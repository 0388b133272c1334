"""Payments of contracts: issued on a commitment, received on a prime contract (procore-api §9).

Several may pay one invoice in parts. The status isn't in any body: what the API adds is paid, a user makes it pending or
void (`payment_status_...` in the assumptions). A synced payment is frozen but for its external ids (procore-api §3), and
can't be deleted; that the last follows is assumed. What a client may rely on of invoice_date and payment_method ends with
the write: no reply has them.
"""

from __future__ import annotations

from sandbox.procore.call import Call, api_routes
from sandbox.procore.desk import Desk, required
from sandbox.procore.errors import Errors, Invalid, missing_param, not_found
from sandbox.procore.house import House
from sandbox.procore.paging import listed
from sandbox.procore.values import Fields, Record, choice, day, money, origin, text, whole
from sandbox.procore.web import Reply

ROUTES = api_routes()

FROZEN = "can't be changed: the payment is synced with an ERP"
_FREE = ("origin_id", "origin_data", "updated_at")
HOLDERS = ("commitments", "prime_contracts")


class ContractPaymentDesk(Desk):
    """The payments of one contract."""

    table = "contract_payments"
    fields: Fields = {
        **dict.fromkeys(("invoice_number", "check_number", "notes", "origin_data"), text),
        **dict.fromkeys(("date", "invoice_date"), day),
        **dict.fromkeys(("draw_request_number", "payment_number", "requisition_id"), whole),
        "payment_method": choice("check", "credit_card", "electronic"),
        "amount": money,
        "origin_id": origin,
    }
    internal: Fields = {
        **dict.fromkeys(("status", "origin_code", "external_payment_id"), text),
        **dict.fromkeys(("date_payment_initiated", "date_payment_settled"), day),
    }

    def __init__(self, house: House, contract: Record, *, as_user: bool = False) -> None:
        scope = {name: contract[name] for name in ("company_id", "project_id")} | {"contract_id": contract["id"]}
        super().__init__(house, scope, as_user=as_user)

    def completed(self, row: Record, before: Record | None, body: Record) -> Record:
        """A new one has a number and is paid unless it is said otherwise."""
        if before is not None:
            return row
        last = max((other["payment_number"] or 0 for other in self.rows()), default=0)
        status = row["status"] or self.house.assumptions.payment_status_paid
        return {**row, "payment_number": row["payment_number"] or last + 1, "status": status}

    def check(self, row: Record, before: Record | None) -> Errors:
        """An amount is needed, the invoice is one of the contract, and what is frozen stays."""
        errors = required(row, "amount")
        assumed = self.house.assumptions
        if row["status"] not in (
            assumed.payment_status_paid,
            assumed.payment_status_pending,
            assumed.payment_status_void,
        ):
            errors["status"] = ["is not included in the list"]
        invoice = self.house.books.get("requisitions", row["requisition_id"])
        gone = invoice is None or invoice["deleted_at"] or invoice["commitment_id"] != row["contract_id"]
        if row["requisition_id"] and gone:
            errors["requisition_id"] = ["must exist"]
        changed = before is not None and any(row[name] != before[name] for name in before if name not in _FREE)
        if before is not None and changed and self.frozen(before):
            errors["base"] = [FROZEN]
        return errors

    def frozen(self, row: Record) -> bool:
        """Whether the API may only write the external ids."""
        return bool(row["origin_id"]) and not self.as_user

    def delete(self, row: Record) -> None:
        """Keep it as deleted. Raises Invalid for a synced one."""
        if self.frozen(row):
            raise Invalid({"base": [FROZEN]})
        super().delete(row)

    def show(self, row: Record) -> Record:
        """The only shape a payment has."""
        hidden = ("invoice_date", "payment_method")
        names = [name for name in {**self.fields, **self.internal} if name not in hidden]
        more = ("id", "contract_id", "project_id", "created_at", "updated_at")
        return {name: row[name] for name in (*names, *more)} | {"attachments": []}


def payable(house: House, project_id: int, number: int | None) -> Record | None:
    """A live commitment or prime contract of a project."""
    for table in HOLDERS:
        found = house.books.get(table, number)
        if found is not None and not found["deleted_at"] and found["project_id"] == project_id:
            return found
    return None


def _desk(call: Call) -> ContractPaymentDesk:
    scope = call.project_scope()
    named = call.parameter("contract_id")
    if named is None:
        raise missing_param("contract_id")
    try:
        contract = payable(call.house, scope["project_id"], whole(named))
    except ValueError:
        contract = None
    if contract is None:
        raise not_found("Contract")
    return ContractPaymentDesk(call.house, contract)


def list_payments(call: Call) -> Reply:
    """GET /rest/v1.0/contract_payments."""
    desk = _desk(call)
    return listed(call, desk.rows(), desk.show)


def create_payment(call: Call) -> Reply:
    """POST /rest/v1.0/contract_payments."""
    desk = _desk(call)
    return Reply(201, desk.show(desk.create(call.wrapped("contract_payment"))))


def show_payment(call: Call) -> Reply:
    """GET /rest/v1.0/contract_payments/{id}."""
    desk = _desk(call)
    return Reply(200, desk.show(desk.get(call.path_id())))


def change_payment(call: Call) -> Reply:
    """PATCH /rest/v1.0/contract_payments/{id}."""
    desk = _desk(call)
    return Reply(200, desk.show(desk.update(desk.get(call.path_id()), call.wrapped("contract_payment"))))


def delete_payment(call: Call) -> Reply:
    """DELETE /rest/v1.0/contract_payments/{id}."""
    desk = _desk(call)
    desk.delete(desk.get(call.path_id()))
    return Reply(200)


_BASE = "/rest/v1.0/contract_payments"
ROUTES.add("GET", _BASE, list_payments)
ROUTES.add("POST", _BASE, create_payment)
ROUTES.add("GET", f"{_BASE}/{{id}}", show_payment)
ROUTES.add("PATCH", f"{_BASE}/{{id}}", change_payment)
ROUTES.add("DELETE", f"{_BASE}/{{id}}", delete_payment)
