"""All API endpoints in one table, and the desk of every kind of record."""

from __future__ import annotations

from sandbox.procore.call import ApiHandler, api_routes
from sandbox.procore.desk import Desk
from sandbox.procore.house import House
from sandbox.procore.resources import (
    billing_periods,
    budget_changes,
    budget_lines,
    budget_modifications,
    budget_views,
    budgets,
    change_order_routes,
    commitments,
    companies,
    compliance_routes,
    contract_payments,
    contract_routes,
    cost_codes,
    cost_type_assignments,
    direct_cost_routes,
    erp_job_costs,
    insurance_routes,
    line_item_types,
    manual_forecasts,
    markups,
    prime_routes,
    project_setup,
    projects,
    requisition_routes,
    segments,
    standard_cost_codes,
    sub_jobs,
    vendors,
    wbs_codes,
)
from sandbox.procore.resources.contracts import KINDS, ContractDesk
from sandbox.procore.resources.document_desks import DOCUMENT_DESKS
from sandbox.procore.resources.insurances import InsuranceDesk
from sandbox.procore.resources.line_items import LineItemDesk
from sandbox.procore.values import Record
from sandbox.procore.web import Routes

_MODULES = (
    companies, projects, vendors, standard_cost_codes, line_item_types, cost_codes, segments, wbs_codes,
    contract_routes, commitments, budgets, budget_lines, budget_views, manual_forecasts, budget_modifications,
    budget_changes, change_order_routes, prime_routes, markups, billing_periods, requisition_routes, contract_payments,
    direct_cost_routes, erp_job_costs, sub_jobs, cost_type_assignments, project_setup,
    compliance_routes, insurance_routes,
)  # fmt: skip

DESKS: dict[str, tuple[type[Desk], tuple[str, ...]]] = {
    "companies": (companies.CompanyDesk, ()),
    "uoms": (companies.UomDesk, ("company_id",)),
    "standard_cost_code_lists": (standard_cost_codes.CostCodeListDesk, ("company_id",)),
    "standard_cost_codes": (standard_cost_codes.StandardCostCodeDesk, ("company_id", "standard_cost_code_list_id")),
    "line_item_types": (line_item_types.LineItemTypeDesk, ("company_id",)),
    "segments": (segments.SegmentDesk, ("company_id",)),
    "project_templates": (project_setup.ProjectTemplateDesk, ("company_id",)),
    "projects": (projects.ProjectDesk, ("company_id",)),
    "vendors": (vendors.VendorDesk, ("company_id",)),
    "sub_jobs": (sub_jobs.SubJobDesk, ("company_id", "project_id")),
    "cost_codes": (cost_codes.CostCodeDesk, ("company_id", "project_id")),
    "cost_code_line_item_types": (cost_type_assignments.AssignmentDesk, ("company_id", "project_id")),
    "wbs_codes": (wbs_codes.WbsCodeDesk, ("company_id", "project_id")),
    "budget_views": (budget_views.BudgetViewDesk, ("company_id",)),
    "budgets": (budgets.BudgetDesk, ("company_id", "project_id")),
    "budget_line_items": (budget_lines.BudgetLineDesk, ("company_id", "project_id")),
    "manual_forecast_line_items": (manual_forecasts.ManualForecastDesk, ("company_id", "project_id")),
    "budget_modifications": (budget_modifications.BudgetModificationDesk, ("company_id", "project_id")),
    "budget_changes": (budget_changes.BudgetChangeDesk, ("company_id", "project_id")),
    "insurances": (InsuranceDesk, ("company_id",)),
    "erp_job_costs": (erp_job_costs.ErpJobCostDesk, ("company_id", "project_id")),
}
"""The desk of each table and the ids its scope is made of, in an order in which a seed can be entered. Contracts and
their lines have scopes of their own and are not in it."""


def routes() -> Routes[ApiHandler]:
    """Every API endpoint."""
    table = api_routes()
    table.include(module.ROUTES for module in _MODULES)
    return table


def desk_of(house: House, table: str, row: Record) -> Desk | None:
    """A desk that writes a record as a Procore user would; None for a table that has none. Raises KeyError when the
    record lacks an id of its scope."""
    if table == "commitments":
        scope = {name: row[name] for name in ("company_id", "project_id")}
        return ContractDesk(house, KINDS[row["type"]], scope, as_user=True)
    if table == "line_items":
        contract = house.books.get("commitments", row["contract_id"])
        return LineItemDesk(house, contract, as_user=True) if contract else None
    if table in DOCUMENT_DESKS:
        return DOCUMENT_DESKS[table](house, row)
    if table not in DESKS:
        return None
    kind, names = DESKS[table]
    return kind(house, {name: row[name] for name in names}, as_user=True)
