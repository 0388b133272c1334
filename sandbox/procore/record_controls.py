"""The controls of plain records under /_sandbox: sub jobs, templates, insurances, job costs, assigned cost types.

`POST /{table}` takes one body in API terms, or many under the table's name; the company may be left out where a project is
named or there is only one. `DELETE /{table}/{id}` deletes as a user would; an edit is `POST /edit/{table}/{id}`.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any

from sandbox.procore.desk import Desk
from sandbox.procore.errors import ApiError
from sandbox.procore.house import House
from sandbox.procore.resources.table import desk_of
from sandbox.procore.values import Record
from sandbox.procore.web import Request

TABLES = ("project_templates", "sub_jobs", "insurances", "erp_job_costs", "cost_code_line_item_types")
Parts = dict[str, str]


def record_controls(house: House) -> dict[str, Callable[[Request, Parts], Any]]:
    """The handlers by method and path."""
    handlers: dict[str, Callable[[Request, Parts], Any]] = {}
    for table in TABLES:
        handlers[f"POST /{table}"] = partial(_add, house, table)
        handlers[f"DELETE /{table}/{{id}}"] = partial(_delete, house, table)
    return handlers


def _add(house: House, table: str, request: Request, parts: Parts) -> Record:
    body = request.json()
    if table not in body:
        return _entered(house, table, body)
    rows = [_entered(house, table, one) for one in body[table]]
    return {table: rows, "ids": [row["id"] for row in rows]}


def _entered(house: House, table: str, body: Record) -> Record:
    row = {"company_id": _company(house, body), **body}
    desk = desk_of(house, table, row)
    assert desk is not None
    unknown = set(body) - set(desk.known) - {"company_id", "project_id", "id"}
    if unknown:
        raise ValueError(f"unknown fields: {', '.join(sorted(unknown))}")
    return desk.show(desk.create(row, body.get("id")))


def _company(house: House, body: Record) -> int | None:
    project = house.books.get("projects", body.get("project_id"))
    if project is not None:
        return int(project["company_id"])
    companies = house.books.find("companies", deleted_at=None)
    return int(companies[0]["id"]) if len(companies) == 1 else None


def _delete(house: House, table: str, request: Request, parts: Parts) -> Record:
    row = house.books.get(table, int(parts["id"]))
    desk: Desk | None = desk_of(house, table, row) if row and not row["deleted_at"] else None
    if row is None or desk is None:
        raise ApiError(404, f"there is no record {parts['id']} in {table}")
    desk.delete(row)
    return {"status": "deleted"}
