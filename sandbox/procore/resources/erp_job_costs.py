"""Job costs to date, as an ERP hands them in for the budget's and the job cost report's columns (procore-api §4.2, §8).

Partner documentation: Procore publishes this reference for selected partners only, so the columns are those of an older
public guide, and everything else here is our own: the reply is that of other syncs, a row is known by its project, cost code
and cost type (or by its id), amounts are shown as v1 money is, no list is public. `erp_job_costs_activated` of the company
says whether Procore has switched the endpoint on for it; the status without it, 403, is assumed.
"""

from __future__ import annotations

from sandbox.procore.call import Call, api_routes
from sandbox.procore.desk import LIVE, Desk
from sandbox.procore.errors import ApiError, Errors, missing_param, not_found
from sandbox.procore.house import House
from sandbox.procore.sync import synced
from sandbox.procore.values import Fields, Record, money, quantity, whole
from sandbox.procore.web import Reply

ROUTES = api_routes()

_AMOUNTS = (
    "original_estimate", "approved_estimate_changes", "estimate", "original_commitment", "approved_commitment_changes",
    "revised_commitment", "committed_costs", "commitment_invoiced", "job_to_date_cost", "job_to_date_dollars_paid",
    "month_to_date_cost", "month_to_date_dollars_paid", "open_balance", "paid_amount",
)  # fmt: skip
_UNITS = (
    "original_estimate_units", "approved_estimate_changes_units", "estimate_units", "job_to_date_units",
    "month_to_date_units", "percentage_complete",
)  # fmt: skip
_KEY = ("cost_code_id", "line_item_type_id")


class ErpJobCostDesk(Desk):
    """The job costs of one project: one row a cost code and cost type."""

    table = "erp_job_costs"
    fields: Fields = {
        **dict.fromkeys(_KEY, whole),
        **dict.fromkeys(_AMOUNTS, money),
        **dict.fromkeys(_UNITS, quantity),
    }

    def find_alike(self, body: Record) -> Record | None:
        """The row of the same cost code and cost type."""
        rows = self.house.books.find(self.table, **self.scope, **{name: body.get(name) for name in _KEY}, **LIVE)
        return rows[0] if rows else None

    def check(self, row: Record, before: Record | None) -> Errors:
        """Code and type must exist in the project and its company, and make the row unique."""
        errors: Errors = {}
        for name, table, scope in (
            ("cost_code_id", "cost_codes", "project_id"),
            ("line_item_type_id", "line_item_types", "company_id"),
        ):
            found = self.house.books.get(table, row[name])
            if row[name] is None:
                errors[name] = ["can't be blank"]
            elif found is None or found["deleted_at"] or found[scope] != row[scope]:
                errors[name] = ["must exist"]
        other = self.find_alike(row)
        if not errors and other is not None and other["id"] != row["id"]:
            errors["cost_code_id"] = ["has already been taken"]
        return errors

    def show(self, row: Record) -> Record:
        """The only shape a row has."""
        names = ("id", "project_id", *self.fields, "created_at", "updated_at")
        return {name: row[name] for name in names}


def _check_activated(call: Call) -> None:
    if not call.company.get("erp_job_costs_activated", True):
        raise ApiError(403, "ERP job costs are not activated for this company")


def _project(house: House, call: Call, job: str) -> Record:
    rows = house.books.find("projects", origin_id=job, company_id=call.company["id"], **LIVE)
    if not rows:
        raise not_found("Job")
    return call.permitted_project(rows[0]["id"])


def sync_job_costs(call: Call) -> Reply:
    """PATCH /rest/v1.0/erp_job_costs/sync: `{company_id, job_origin_id, updates}`, all rows of one job."""
    scope = call.company_scope()
    _check_activated(call)
    job = call.body.get("job_origin_id")
    if not job:
        raise missing_param("job_origin_id")
    project = _project(call.house, call, str(job))
    return synced(call, ErpJobCostDesk(call.house, scope | {"project_id": project["id"]}))


def delete_job_cost(call: Call) -> Reply:
    """DELETE /rest/v1.0/erp_job_costs/{id}."""
    _check_activated(call)
    desk = ErpJobCostDesk(call.house, {"company_id": call.company["id"]})
    row = desk.get(call.path_id())
    call.permitted_project(row["project_id"])
    desk.delete(row)
    return Reply(200)


ROUTES.add("PATCH", "/rest/v1.0/erp_job_costs/sync", sync_job_costs)
ROUTES.add("DELETE", "/rest/v1.0/erp_job_costs/{id}", delete_job_cost)
