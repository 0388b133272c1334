"""A report for a person: judged by the permission table and the settings, filled from the ledger (requirements §5, S-03)."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from decimal import Decimal
from typing import Any

from domain import reports
from domain.company_settings import Settings
from domain.identity import project_key
from domain.money import CENT
from domain.permissions import PERMISSIONS, Level, Person, missing
from domain.refusals import Refusal, Refused, refuse
from domain.reports import Cell, Report, Shape, Shows
from ledger.reports import Reports, Rows


async def report(
    ledger: Reports,
    settings: Settings,
    shape: Shape,
    company: int,
    *,
    person: Person,
    project: int | None = None,
    erp_company: str | None = None,
) -> Report:
    """Raises Refused."""
    if refusals := _against(shape, settings, person, project, erp_company):
        raise Refused(*refusals)
    if shape.of_a_project:
        return await _of_project(ledger, shape, company, project or 0)
    rows = await _rows(ledger, shape, company, erp_company or "")
    return Report(shape, [_cells(shape, row) for row in rows])


def _against(
    shape: Shape, settings: Settings, person: Person, project: int | None, erp_company: str | None
) -> list[Refusal]:
    action = f"see the {shape.name} report"
    if shape.permission and (lacking := missing(PERMISSIONS[shape.permission], person, action, settings)):
        return lacking
    if shape is reports.ACCOUNTANTS and not settings.approver_report:
        return [refuse("report_switched_off", report=shape.name, setting="approver_report")]
    if shape.of_a_project and project is None:
        return [refuse("field_missing", field="A project", action=action)]
    if erp_company and erp_company not in settings.erp_companies:
        problem = f"{erp_company!r} isn't one of {', '.join(settings.erp_companies)}"
        return [refuse("field_not_usable", field="The CMiC company", problem=problem, where="Settings, erp_companies")]
    return []


async def _of_project(ledger: Reports, shape: Shape, company: int, project: int) -> Report:
    key = project_key(company, project)
    if not await ledger.job_of(key):
        raise Refused(refuse("not_linked", project=project))
    is_costs = shape is reports.JOB_COSTS_OF_PROJECT
    rows = await ledger.job_costs_of(key) if is_costs else [_told(row) for row in await ledger.unsyncable(key)]
    name = "job_costs" if is_costs else "transactions"
    came = await ledger.came_in(name, key)
    if came is None:
        notes = [f"Nothing has come in yet: procore-cmic import {name} --project {project}"]
    else:
        notes = [f"As of {_moment(came[0])}.", *(r.sentence for r in came[1])]
    return Report(shape, [_cells(shape, row) for row in rows], notes)


async def _rows(ledger: Reports, shape: Shape, company: int, erp_company: str) -> Rows:
    if shape is reports.ACCOUNTANTS:
        return [{**row, "level": Level(row["erp_level"]).words} for row in await ledger.accountants()]
    if shape is reports.JOB_COSTS:
        return await ledger.job_costs(company, erp_company)
    if shape is reports.SUB_JOBS:
        return await ledger.sub_jobs(company, erp_company)
    return [_kept_out(row) for row in await ledger.archived_companies(company, erp_company)]


def _kept_out(row: dict[str, Any]) -> dict[str, Any]:
    why = "archived" if row["by_hand"] else "inactive in CMiC"
    return {**row, "why": why, "when": _moment(row["at"]) if row["at"] else ""}


def _told(row: dict[str, Any]) -> dict[str, Any]:
    """Its reasons in words. A transaction that couldn't be read has nothing but its key."""
    reasons = [Refusal(**r) for r in row["reasons"]]
    return {
        **row,
        "source": row["source"] or ("" if row["cost_code"] else row["erp_key"]),
        "reason": _joined(f"{r.sentence} [{r.code}]" for r in reasons),
        "owner": _joined(r.owner for r in reasons),
        "where": _joined(r.where for r in reasons),
    }


def _joined(texts: Iterable[str]) -> str:
    return " / ".join(dict.fromkeys(texts))


def _cells(shape: Shape, row: dict[str, Any]) -> dict[str, Cell]:
    return {c.name: _cell(c.shows, row.get(c.name)) for c in shape.columns}


def _cell(shows: Shows, value: Any) -> Cell:
    if shows is Shows.AMOUNT:
        return None if value is None else Decimal(value).quantize(CENT)
    return str(value or "")


def _moment(at: datetime) -> str:
    return f"{at:%Y-%m-%d %H:%M} UTC"
