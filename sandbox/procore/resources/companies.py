"""Who asks, the companies the application is connected to, and a company's units of measure (procore-api §5)."""

from __future__ import annotations

from sandbox.procore.call import Call, api_routes
from sandbox.procore.desk import Desk, required
from sandbox.procore.errors import Errors
from sandbox.procore.paging import listed
from sandbox.procore.resources.segments import add_default_segments
from sandbox.procore.values import Fields, Record, flag, text, whole
from sandbox.procore.web import Reply

ROUTES = api_routes()


class CompanyDesk(Desk):
    """Companies. `connected` says whether the application is installed, `freeze_synced_commitments` is the company's
    setting that approved commitments with an ERP id can't be changed (procore-api §3), `uses_budget_changes` whether it has
    gone over from budget modifications to budget changes, as new companies have (procore-api §7),
    `subcontractor_invoices_enabled` whether direct costs may be subcontractor invoices (procore-api §8),
    `erp_job_costs_activated` whether an ERP may hand in job costs (procore-api §4.2)."""

    table = "companies"
    fields: Fields = {"name": text, "is_active": flag}
    internal: Fields = {
        "connected": flag,
        "freeze_synced_commitments": flag,
        "uses_budget_changes": flag,
        "subcontractor_invoices_enabled": flag,
        "erp_job_costs_activated": flag,
        "base_currency": text,
    }
    blank: Record = {
        "is_active": True,
        "connected": True,
        "freeze_synced_commitments": True,
        "uses_budget_changes": True,
        "subcontractor_invoices_enabled": False,
        "erp_job_costs_activated": True,
        "base_currency": "USD",
    }
    kin = ()

    def completed(self, row: Record, before: Record | None, body: Record) -> Record:
        """A company knows the id of its WBS pattern."""
        return row if before else {**row, "wbs_pattern_id": self.house.books.next_id()}

    def after(self, row: Record, before: Record | None) -> Record:
        """A new company has the two default WBS segments."""
        if before is None:
            add_default_segments(self.house, row)
        return row

    def show(self, row: Record) -> Record:
        """The only shape a company has."""
        return {
            "id": row["id"],
            "name": row["name"],
            "is_active": row["is_active"],
            "logo_url": None,
            "pcn_business_experience": False,
            "my_company": True,
        }


class UomDesk(Desk):
    """A company's units of measure."""

    table = "uoms"
    fields: Fields = {"name": text, "description": text, "uom_category_id": whole}
    internal: Fields = {"category": text, "is_standard": flag}
    blank: Record = {"category": "Other", "uom_category_id": 1, "is_standard": True}

    def check(self, row: Record, before: Record | None) -> Errors:
        """A unit needs a name."""
        return required(row, "name")

    def show(self, row: Record) -> Record:
        """The only shape a unit has."""
        return {
            "id": row["id"],
            "is_standard": row["is_standard"],
            "name": row["name"],
            "description": row["description"],
            "uom_category": {"id": row["uom_category_id"], "name": row["category"]},
        }


def me(call: Call) -> Reply:
    """GET /rest/v1.0/me."""
    return Reply(200, dict(call.user))


def companies(call: Call) -> Reply:
    """GET /rest/v1.0/companies: those that the application is connected to."""
    desk = CompanyDesk(call.house, {})
    return listed(call, [row for row in desk.rows() if row["connected"]], desk.show)


def uoms(call: Call) -> Reply:
    """GET /rest/v1.0/companies/{company_id}/uoms."""
    desk = UomDesk(call.house, call.company_scope())
    return listed(call, desk.rows(), desk.show)


ROUTES.add("GET", "/rest/v1.0/me", me)
ROUTES.add("GET", "/rest/v1.0/companies", companies)
ROUTES.add("GET", "/rest/v1.0/companies/{company_id}/uoms", uoms)
