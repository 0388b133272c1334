"""A job's cost codes and its cost code and category pairs (cmic-api §3.4, §3.5, §4.1)."""

from sandbox.cmic.derived import active_pair
from sandbox.cmic.errors import rule
from sandbox.cmic.rules.base import ALL, Rules, job, unit_of_measure
from sandbox.cmic.rules.budget import patched
from sandbox.cmic.schema import Row, Value
from sandbox.cmic.tenant import Tenant


def is_sub_job(tenant: Tenant, company: Value, code: Value, of: Value) -> bool:
    """Whether a job is under another one, directly or not."""
    seen: set[Value] = set()
    while code not in seen:
        seen.add(code)
        found = tenant.books.one("jcjob", company, code)
        code = found["JobCtrlCode"] if found else ALL
        if code == of:
            return True
    return False


def assigned(tenant: Tenant, company: Value, job_code: Value, cost_code: Value, category: Value) -> None:
    """Refuse a cost code and category that nothing can be posted to; the sentence names the field's label."""
    found = tenant.books.one("jcjobcostcodes", company, job_code, cost_code)
    if found is None or found["GjjpActiveFlag"] != "Y":
        raise rule(f"Cost Code {cost_code} is not assigned to job {job_code}.")
    pair = tenant.books.one("jcjobcategory", company, job_code, cost_code, category)
    if pair is None or not active_pair(pair):
        raise rule(f"Category {category} is not assigned to Cost Code {cost_code} of job {job_code}.")


def _create_code(tenant: Tenant, row: Row) -> Row:
    found = job(tenant, row["GjjpCompCode"], row["GjjpJobCode"])
    control = row["GjjpJobCtrlCode"] or found["JobCtrlCode"]
    if control != found["JobCtrlCode"]:
        raise rule(f"Controlling Job {control} is not the controlling job of {row['GjjpJobCode']}.")
    _check_master(tenant, row)
    _check_code(tenant, row)
    return row | {"GjjpJobCtrlCode": control}


def _check_master(tenant: Tenant, row: Row) -> None:
    """A job's cost codes are assigned from the company's master list."""
    company, code = row["GjjpCompCode"], row["GjjpCode"]
    master = tenant.books.one("jcmastercostcodes", company, code)
    if master is None or master["MphsActiveFlag"] != "Y":
        raise rule(f"Cost Code {code} is not a valid cost code of company {company}.")


def _update_code(tenant: Tenant, old: Row, new: Row) -> Row:
    _check_code(tenant, new)
    return new


def _check_code(tenant: Tenant, row: Row) -> None:
    control = row["GjjpCtrlCode"]
    above = tenant.books.one("jcjobcostcodes", row["GjjpCompCode"], row["GjjpJobCode"], control)
    if control != ALL and (above is None or control == row["GjjpCode"]):
        raise rule(f"Ctrl.Cost Code {control} does not exist for job {row['GjjpJobCode']}.")
    unit_of_measure(tenant, row["GjjpWmCode"])


def _create_category(tenant: Tenant, row: Row) -> Row:
    company, job_code, cost_code = row["JcatCompCode"], row["JcatJobCode"], row["JcatPhsCode"]
    job(tenant, company, job_code)
    if tenant.books.one("jcjobcostcodes", company, job_code, cost_code) is None:
        raise rule(f"Cost Code {cost_code} is not assigned to job {job_code}.")
    master = tenant.books.one("jcmastercategories", company, row["JcatCode"])
    if master is None:
        raise rule(f"Category {row['JcatCode']} is not a valid category of company {company}.")
    _check_units(tenant, row)
    return row | {"JcatName": row["JcatName"] or master["McatName"]}


def _update_category(tenant: Tenant, old: Row, new: Row) -> Row:
    _check_units(tenant, new)
    return patched(tenant, old, new)


def _check_units(tenant: Tenant, row: Row) -> None:
    for name in ("JcatWmCode", "JcatRevBudgWmCode"):
        unit_of_measure(tenant, row[name])


JOB_COST_CODE = Rules(create=_create_code, update=_update_code)
JOB_CATEGORY = Rules(create=_create_category, update=_update_category)
