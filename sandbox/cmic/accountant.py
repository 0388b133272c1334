"""What people do in CMiC's own screens: post, void, assign, close, edit, delete. None of it is in the API.

No posting action for subcontracts is public (cmic-api §1.5, A-19): a person does it, and the connector watches.
"""

from collections.abc import Mapping
from typing import Any

from sandbox.cmic import cost_rows, rows
from sandbox.cmic.books import DuplicateKey
from sandbox.cmic.resources import TABLES
from sandbox.cmic.rules import cheques, vouchers
from sandbox.cmic.rules.schedule import roll_up
from sandbox.cmic.rules.subcontracts import BASE, IN_PROCESS, POSTED, UNPOSTED, VOID
from sandbox.cmic.schema import Row, Table, Value
from sandbox.cmic.tenant import Tenant
from sandbox.cmic.values import NotAValue, read
from sandbox.cmic.writing import erase


class NotPossible(Exception):
    """The accountant cannot do that; the sentence says why."""


def post(tenant: Tenant, key: tuple[str, ...], post_date: str | None) -> Row:
    """Post a contract or change order. It can't be undone. Raises NotPossible."""
    row = _header(tenant, key)
    if row["ScmstStatusCode"] not in (UNPOSTED, IN_PROCESS):
        raise NotPossible(f"the subcontract is in status {row['ScmstStatusCode']}")
    if row["ScmstChgCode"] != BASE:
        base = _header(tenant, (*key[:3], BASE))
        if base["ScmstStatusCode"] != POSTED:
            raise NotPossible("the base contract is not posted")
    values: dict[str, Value] = {
        "ScmstStatusCode": POSTED,
        "ScmstPost": "Y",
        "ScmstPostDate": post_date or tenant.stamp()[:10],
        "ScmstPostBatch": tenant.books.next("post_batch"),
        "ScmstDateTimePost": tenant.stamp(),
    }
    posted = _change(tenant, TABLES["scmast"], row, values)
    cost_rows.commit(tenant, posted)
    return posted


def start_processing(tenant: Tenant, key: tuple[str, ...]) -> Row:
    """Put an unposted contract in process. Raises NotPossible."""
    row = _header(tenant, key)
    if row["ScmstStatusCode"] != UNPOSTED:
        raise NotPossible(f"the subcontract is in status {row['ScmstStatusCode']}")
    return _change(tenant, TABLES["scmast"], row, {"ScmstStatusCode": IN_PROCESS})


def void(tenant: Tenant, key: tuple[str, ...]) -> Row:
    """Void a contract or change order: the row stays and keeps its key. Raises NotPossible."""
    row = _header(tenant, key)
    if row["ScmstStatusCode"] == VOID:
        raise NotPossible("the subcontract is void")
    if row["ScmstStatusCode"] == POSTED:
        cost_rows.release(tenant, row, tenant.stamp()[:10])
    return _change(tenant, TABLES["scmast"], row, {"ScmstStatusCode": VOID})


def assign(tenant: Tenant, company: str, job: str, cost_code: str, category: str) -> Row:
    """Assign a category to a job's cost code, or make an unassigned one active again. Raises NotPossible."""
    found = tenant.books.one("jcjobcategory", company, job, cost_code, category)
    flags: dict[str, Value] = {"JcatCatActiveFlag": "Y", "JcatPhaseActiveFlag": "Y"}
    if found is not None:
        return _change(tenant, TABLES["jcjobcategory"], found, flags)
    if tenant.books.one("jcjobcostcodes", company, job, cost_code) is None:
        raise NotPossible(f"job {job} has no cost code {cost_code}")
    key = {"JcatCompCode": company, "JcatJobCode": job, "JcatPhsCode": cost_code, "JcatCode": category}
    others = ("JcatExclCostWip", "JcatExclCostBudgWip", "JcatLabourForecastFlag", "JcatCostToComplOvrdFlg")
    row = rows.new(tenant, TABLES["jcjobcategory"], {**key, **flags, **dict.fromkeys(others, "N")})
    tenant.books.put("jcjobcategory", row)
    return row


def unassign(tenant: Tenant, company: str, job: str, cost_code: str, category: str) -> None:
    """Take a category from a job's cost code. Raises NotPossible."""
    where = {"JcatCompCode": company, "JcatJobCode": job, "JcatPhsCode": cost_code, "JcatCode": category}
    if not delete(tenant, "jcjobcategory", where):
        raise NotPossible(f"category {category} is not assigned to cost code {cost_code} of job {job}")


def edit(tenant: Tenant, resource: str, where: Mapping[str, Any], values: Mapping[str, Any]) -> list[Row]:
    """Change every row that matches, whatever the rules say; change dates move. Raises NotPossible."""
    table = _stored(resource)
    new = typed(table, values)
    found = _matching(tenant, table, where)
    changed = [_change(tenant, table, row, new) for row in found]
    if resource == "jcdetailposted":
        cost_rows.resum(tenant, found + changed)
    if resource == "scsched":
        for row in changed:
            roll_up(tenant, row)
    return changed


def delete(tenant: Tenant, resource: str, where: Mapping[str, Any]) -> int:
    """Delete every row that matches, with its children; returns how many. Raises NotPossible."""
    table = _stored(resource)
    found = _matching(tenant, table, where)
    for row in found:
        erase(tenant, table, row)
    if resource == "jcdetailposted":
        cost_rows.resum(tenant, found)
    return len(found)


def seed(tenant: Tenant, content: Mapping[str, Any]) -> int:
    """Enter rows without asking the rules; defaults are filled in. Returns how many. Raises NotPossible."""
    entered = 0
    for resource, raw_rows in content.items():
        table = _stored(resource)
        if not isinstance(raw_rows, list) or not all(isinstance(raw, dict) for raw in raw_rows):
            raise NotPossible(f"the rows of {resource} are not a list of objects")
        for raw in raw_rows:
            _enter(tenant, table, raw)
            entered += 1
    if "jcdetailposted" in content:
        cost_rows.resum(tenant, tenant.books.select("jcdetailposted"))
    return entered


def clear(tenant: Tenant) -> None:
    """Empty the books; numbering begins again."""
    for resource in TABLES:
        for row in tenant.books.select(resource):
            tenant.books.drop(resource, str(row[TABLES[resource].uuid]))
    tenant.books.restart_numbers()


def _enter(tenant: Tenant, table: Table, raw: Mapping[str, Any]) -> None:
    row = rows.new(tenant, table, typed(table, raw))
    row = _numbered(tenant, table, row)
    try:
        tenant.books.put(table.resource, row)
    except DuplicateKey as problem:
        raise NotPossible(f"there already is a {table.resource} row {problem.key}") from problem
    if table.resource == "scsched":
        roll_up(tenant, row)


def _numbered(tenant: Tenant, table: Table, row: Row) -> Row:
    """The row with the number that the server gives it, if it has none."""
    if table.resource == "scsched" and row["ScschOraseq"] is None:
        return row | {"ScschOraseq": tenant.books.next("oraseq")}
    if table.resource == "apvoucher" and row["VouNum"] is None:
        return row | {"VouNum": vouchers.next_number(tenant)}
    if table.resource == "manualcheck" and row["ChqSeqNum"] is None:
        return row | {"ChqSeqNum": cheques.next_number(tenant)}
    return row


def typed(table: Table, raw: Mapping[str, Any]) -> dict[str, Value]:
    """A row's values as they are stored. Raises NotPossible for what the resource doesn't have."""
    values: dict[str, Value] = {}
    for name, value in raw.items():
        if name not in table.by_name:
            raise NotPossible(f"{table.resource} has no attribute {name}")
        try:
            values[name] = read(table.by_name[name], name, table.view, value)
        except NotAValue as problem:
            raise NotPossible(problem.problem.detail) from problem
    return values


def _stored(resource: str) -> Table:
    if resource not in TABLES or TABLES[resource].derived_from:
        raise NotPossible(f"there is no resource {resource} that stores rows")
    return TABLES[resource]


def _matching(tenant: Tenant, table: Table, where: Mapping[str, Any]) -> list[Row]:
    return tenant.books.select(table.resource, typed(table, where))


def _header(tenant: Tenant, key: tuple[str, ...]) -> Row:
    row = tenant.books.one("scmast", *key)
    if row is None:
        raise NotPossible(f"there is no subcontract {'/'.join(key)}")
    return row


def _change(tenant: Tenant, table: Table, row: Row, values: Mapping[str, Value]) -> Row:
    new = rows.changed(tenant, table, row, values)
    try:
        tenant.books.put(table.resource, new)
    except DuplicateKey as problem:
        raise NotPossible(f"there already is a {table.resource} row {problem.key}") from problem
    return new
