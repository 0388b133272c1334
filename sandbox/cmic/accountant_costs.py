"""What people do in CMiC's job costing screens: enter a journal, reverse an entry; and what a purge does.

Nothing is posted to a cost code and category that isn't assigned to its job (cmic-api §4.1).
"""

from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import Any

from sandbox.cmic import cost_rows, generated_costs
from sandbox.cmic.accountant import NotPossible, typed
from sandbox.cmic.errors import Refusal
from sandbox.cmic.payment_requests import NOTHING, money
from sandbox.cmic.resources import TABLES
from sandbox.cmic.rules.jobs import assigned
from sandbox.cmic.schema import Row, Value
from sandbox.cmic.tenant import Tenant


def enter(tenant: Tenant, company: str, job: str, raw_rows: Sequence[Mapping[str, Any]]) -> list[Row]:
    """Enter posted rows of a job by hand; what is left out is filled in. Raises NotPossible."""
    today, table = tenant.stamp()[:10], TABLES["jcdetailposted"]
    found = _company(tenant, company)
    batch = tenant.books.next("post_batch")
    made: list[Row] = []
    for raw in raw_rows:
        values = typed(table, raw)
        own: Row = {"JcdtCompCode": company, "JcdtJobCode": job}
        if any(values.get(name, value) != value for name, value in own.items()):
            raise NotPossible(f"a row is not of job {job} of company {company}")
        missing = [a.name for a in table.attributes if a.required and (values | own).get(a.name) is None]
        if missing:
            raise NotPossible(f"a row lacks {', '.join(missing)}")
        try:
            assigned(tenant, company, job, values["JcdtPhsCode"], values["JcdtCatCode"])
        except Refusal as problem:
            raise NotPossible(problem.text()) from problem
        day = values.get("JcdtPostDate") or values.get("JcdtRefDate") or today
        filled: Row = {
            "JcdtRefDate": day,
            "JcdtPostDate": day,
            "JcdtBchNum": batch,
            "JcdtSrcDesc": cost_rows.partner_name(tenant, values.get("JcdtSrcCode")),
            "JcdtCurrCode": found["CompCurrCode"],
            **cost_rows.controls(tenant, company, job, values["JcdtPhsCode"]),
        }
        made.append(filled | {name: value for name, value in (values | own).items() if value is not None})
    return cost_rows.enter(tenant, made)


def generate(tenant: Tenant, company: str, job: str, count: int, seed: int) -> Decimal:
    """Enter that many invented cost rows over the job's active pairs; returns their total. Raises NotPossible."""
    _company(tenant, company)
    starts = generated_costs.templates(tenant, company, job)
    if not starts:
        raise NotPossible(f"job {job} of company {company} has no active cost code and category")
    found = generated_costs.sources(tenant, company, job)
    total = NOTHING
    named = f"{company}/{job}/{seed}/{tenant.books.next('generated')}"
    for row in generated_costs.generate(starts, found, count, named):
        tenant.books.put("jcdetailposted", row)
        total += money(row["JcdtAmt"])
    cost_rows.resum(tenant, starts)
    return total


def reverse(tenant: Tenant, uuid: str, post_date: str | None) -> Row:
    """Enter the same again with the opposite sign. Raises NotPossible."""
    found = tenant.books.get("jcdetailposted", uuid)
    if found is None:
        raise NotPossible(f"there is no job cost row {uuid}")
    (row,) = cost_rows.enter(tenant, [cost_rows.opposite(found, post_date or tenant.stamp()[:10])])
    return row


def purge(tenant: Tenant, company: str, job: str, where: Mapping[str, Any]) -> int:
    """Delete rows of a job, all of them or those that match; returns how many. Raises NotPossible."""
    own: Row = {"JcdtCompCode": company, "JcdtJobCode": job}
    found = tenant.books.select("jcdetailposted", typed(TABLES["jcdetailposted"], where) | own)
    for row in found:
        tenant.books.drop("jcdetailposted", str(row["JcdtVUuid"]))
    cost_rows.resum(tenant, found)
    return len(found)


def totals(tenant: Tenant, company: str, job: str) -> list[dict[str, Value]]:
    """Amount, units and number of rows by cost code, category and type, in that order."""
    found: dict[tuple[str, str, str], tuple[Decimal, Decimal, int]] = {}
    for row in tenant.books.select("jcdetailposted", {"JcdtCompCode": company, "JcdtJobCode": job}):
        key = str(row["JcdtPhsCode"]), str(row["JcdtCatCode"]), str(row["JcdtTypeCode"])
        amount, units, number = found.get(key, (NOTHING, NOTHING, 0))
        found[key] = amount + money(row["JcdtAmt"]), units + money(row["JcdtUnit"]), number + 1
    names = ("cost_code", "category", "type", "amount", "units", "rows")
    return [dict(zip(names, (*key, *found[key]), strict=True)) for key in sorted(found)]


def _company(tenant: Tenant, code: str) -> Row:
    found = tenant.books.one("glcompany", code)
    if found is None:
        raise NotPossible(f"there is no company {code}")
    return found
