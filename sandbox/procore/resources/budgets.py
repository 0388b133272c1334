"""A project's budget: whether it is locked, and locking and unlocking it (procore-api §7).

Unlocking destroys the budget's modifications unless the caller says `false` (published text of the parameter), and a
project that is integrated with an ERP can't lose them (Procore's support pages). That a budget that isn't locked can't be
unlocked, and that locking a locked one changes nothing, is assumed.
"""

from __future__ import annotations

from sandbox.procore.call import Call, api_routes
from sandbox.procore.desk import LIVE, Desk
from sandbox.procore.errors import Invalid
from sandbox.procore.values import Fields, Record, flag
from sandbox.procore.web import Reply

ROUTES = api_routes()

MODIFICATIONS = "budget_modifications"


class BudgetDesk(Desk):
    """The one budget of a project; there is no record of it before its first lock. `allow_grand_total_modifications` is
    the setting by which a modification needs no line to take from."""

    table = "budgets"
    fields: Fields = {}
    internal: Fields = {"locked": flag, "allow_grand_total_modifications": flag}
    blank: Record = {"locked": False, "allow_grand_total_modifications": False}

    @property
    def now(self) -> Record:
        """The budget as it stands."""
        rows = self.rows()
        return rows[0] if rows else self.blank

    def set(self, body: Record) -> Record:
        """Write the budget's fields, whether there is a record or not. Raises Invalid."""
        own = type(self)(self.house, self.scope, as_user=True)
        rows = own.rows()
        return own.update(rows[0], body) if rows else own.create(body)

    def unlock(self, *, destroy: bool) -> None:
        """Unlock, and destroy or keep the modifications. Raises Invalid."""
        if not self.now["locked"]:
            raise Invalid({"base": ["the budget isn't locked"]})
        rows = self.house.books.find(MODIFICATIONS, **self.scope, **LIVE)
        if rows and not destroy and not self.house.assumptions.unlock_keeps_modifications:
            raise Invalid({"base": ["a budget with modifications can't be unlocked"]})
        if rows and destroy:
            project = self.house.books.get("projects", self.scope["project_id"]) or {}
            if project["erp_integrated"]:
                raise Invalid({"base": ["the modifications of an ERP-integrated budget can't be deleted"]})
            for row in rows:
                self.house.books.remove(MODIFICATIONS, row["id"])
        self.set({"locked": False})


def _desk(call: Call) -> BudgetDesk:
    return BudgetDesk(call.house, call.project_scope())


def show_budget(call: Call) -> Reply:
    """GET /rest/v1.0/projects/{project_id}/budget."""
    return Reply(200, {"locked": _desk(call).now["locked"]})


def lock(call: Call) -> Reply:
    """POST /rest/v1.0/projects/{project_id}/budget/lock."""
    desk = _desk(call)
    if not desk.now["locked"]:
        desk.set({"locked": True})
    return Reply(201, {"locked": True})


def unlock(call: Call) -> Reply:
    """DELETE /rest/v1.0/projects/{project_id}/budget/lock."""
    desk = _desk(call)
    try:
        destroy = flag(call.request.value("destroy_all_budget_line_item_transfers"))
    except ValueError as error:
        raise Invalid({"destroy_all_budget_line_item_transfers": [str(error)]}) from None
    desk.unlock(destroy=destroy is not False)
    return Reply(200, {"locked": False})


_BUDGET = "/rest/v1.0/projects/{project_id}/budget"
ROUTES.add("GET", _BUDGET, show_budget)
ROUTES.add("POST", f"{_BUDGET}/lock", lock)
ROUTES.add("DELETE", f"{_BUDGET}/lock", unlock)
