"""Two CMiC companies behind one Procore account: a partner is one company of the directory, everything else stays apart (R-08,
S-28)."""

from __future__ import annotations

from collections.abc import AsyncIterator
from decimal import Decimal
from typing import Any

import pytest

from activities.import_messages import Scheduled
from domain.refusals import Refused
from domain.staged import StagedAction as A
from domain.states import State
from tests.stack.imports import Body, acted, done, in_procore, staged
from tests.stack.test_staged import vendor
from tests.stack.test_transactions import cost
from tests.support import COMPANY, Site
from workers.schedules import apply_schedules, standing
from workflows.scheduled import ScheduledImport

ONE, TWO = "01", "02"


@pytest.fixture
async def both(site: Site) -> AsyncIterator[Site]:
    """The account works with both."""
    async with site.settings(erp_companies=[ONE, TWO]):
        yield site


async def in_both(site: Site, name: str) -> str:
    """A partner that is a vendor of either company; its code."""
    code = await vendor(site, name)
    (row,) = await site.rows("apvendor", BpvenBpCode=code)
    kept = {n: row[n] for n in ("BpvenBpCode", "BpvenTermCode", "BpvenSpecialTermsFlag", "BpvenCurrCode")}
    await site.control("seed", apvendor=[{**kept, "BpvenCompCode": TWO, "BpvenPayPhone": "415 555 0000"}])
    return code


async def directory(site: Site, code: str) -> list[Body]:
    return await in_procore(site, "vendors", company_id=COMPANY, origin_id=code)


async def job_of(site: Site, erp_company: str, job: str, *codes: str) -> int:
    """A job that an accountant opened, and a project of Procore's that a person linked to it: the project's id."""
    await site.control("jobs/create", company=erp_company, job=job, name=f"{job} of {erp_company}")
    rows: list[Body] = [
        {"code": code, "name": f"{code} of {erp_company}", "categories": [{"code": "S"}]} for code in codes
    ]
    await site.control("jobs/codes", company=erp_company, job=job, codes=rows)
    number = int(site.code("")) + (600_000 if erp_company == ONE else 700_000)
    body = [{"id": number, "company_id": COMPANY, "name": f"Project {number}", "project_number": job}]
    assert (await site.procore.post("/_sandbox/seed", json={"projects": body})).status_code == 200
    await done(site, "jobs", erp_company=erp_company)
    key = f"{erp_company}|{job}"
    assert await acted(site, "jobs", A.LINK, {key: {"procore_id": number}}, erp_company=erp_company) == {key: []}
    head = await site.until(f"project:{COMPANY}:-:{number}", State.SYNCED)
    assert (head.erp_company, head.job) == (erp_company, job)
    await done(site, "project_codes", number)
    return number


async def spent(site: Site, erp_company: str, job: str, *amounts: float, **more: Any) -> None:
    rows = [cost(amount, **more) for amount in amounts]
    await site.control("transactions", company=erp_company, job=job, rows=rows)


async def costs_of(site: Site, project: int) -> dict[Decimal, Body]:
    """The project's direct costs by their amounts."""
    return {Decimal(row["grand_total"]): row for row in await in_procore(site, "direct_costs", project_id=project)}


# A partner


@pytest.mark.parametrize("second", [A.ADD, A.LINK])
async def test_a_partner_is_one_company_of_the_directory(both: Site, second: A) -> None:
    """Added from the first, it is found or named for the second; linked to a vendor in each."""
    code = await in_both(both, f"Twice Known {both.code('')}")
    for erp_company in (ONE, TWO):
        await done(both, "vendors", erp_company=erp_company)
        assert (await staged(both, "vendors", code, erp_company=erp_company)).status == "staged"
    assert await acted(both, "vendors", A.ADD, {f"{ONE}|{code}": {}}) == {f"{ONE}|{code}": []}
    (company,) = await directory(both, code)
    await both.until(f"company:{COMPANY}:{ONE}:{company['id']}", State.SYNCED)
    assert (await staged(both, "vendors", code, erp_company=TWO)).status == "staged", "one says nothing of the other"
    fields: Body = {"procore_id": company["id"]} if second is A.LINK else {}
    answer = await acted(both, "vendors", second, {f"{TWO}|{code}": fields}, erp_company=TWO)
    assert answer == {f"{TWO}|{code}": []}
    head = await both.until(f"company:{COMPANY}:{TWO}:{company['id']}", State.SYNCED)
    assert head.erp_key == f"{TWO}|{code}"
    for erp_company in (ONE, TWO):
        record = await staged(both, "vendors", code, erp_company=erp_company)
        assert (record.status, record.linked_to) == ("linked", company["id"])
    assert [row["id"] for row in await directory(both, code)] == [company["id"]]


async def test_what_one_company_linked_is_proposed_to_the_other(both: Site) -> None:
    code = await in_both(both, f"Proposed Twice {both.code('')}")
    await done(both, "vendors", erp_company=ONE)
    await acted(both, "vendors", A.ADD, {f"{ONE}|{code}": {}})
    (company,) = await directory(both, code)
    await both.until(f"company:{COMPANY}:{ONE}:{company['id']}", State.SYNCED)
    await done(both, "vendors", erp_company=TWO)
    record = await staged(both, "vendors", code, erp_company=TWO)
    assert record.proposals[0]["procore_id"] == company["id"]
    await acted(both, "vendors", A.LINK, {record.key: {"procore_id": company["id"]}}, erp_company=TWO)
    await both.until(f"company:{COMPANY}:{TWO}:{company['id']}", State.SYNCED)
    other = await vendor(both, f"Proposed Twice {code}", erp_company=TWO)
    await done(both, "vendors", erp_company=TWO)
    proposed = (await staged(both, "vendors", other, erp_company=TWO)).proposals
    assert company["id"] not in {p["procore_id"] for p in proposed}, "it is taken"


async def test_unlinking_in_one_leaves_the_other(both: Site) -> None:
    code = await in_both(both, f"Half Unlinked {both.code('')}")
    for erp_company in (ONE, TWO):
        await done(both, "vendors", erp_company=erp_company)
        await acted(both, "vendors", A.ADD, {f"{erp_company}|{code}": {}}, erp_company=erp_company)
        (company,) = await directory(both, code)
        await both.until(f"company:{COMPANY}:{erp_company}:{company['id']}", State.SYNCED)
    await both.granted(f"company:{COMPANY}:{TWO}:{company['id']}", "unlink")
    await both.until(f"company:{COMPANY}:{TWO}:{company['id']}", State.NOT_SENT)
    states = [(await staged(both, "vendors", code, erp_company=c)).status for c in (ONE, TWO)]
    assert states == ["linked", "staged"]


# Jobs, their codes, their costs


async def test_jobs_of_one_code_are_two_projects_with_codes_and_costs_of_their_own(both: Site) -> None:
    job = both.code("D")
    first = await job_of(both, ONE, job, "03-100", "04-200")
    second = await job_of(both, TWO, job, "03-100", "05-300")
    for project, erp_company, codes in ((first, ONE, ("03-100", "04-200")), (second, TWO, ("03-100", "05-300"))):
        found = await in_procore(both, "cost_codes", project_id=project)
        mine = {row["origin_id"] for row in found if row["parent_id"]}
        assert mine == {f"{erp_company}|{job}|{code}" for code in codes}
    await spent(both, ONE, job, 1, 2)
    await spent(both, TWO, job, 10, 20, 30)
    async with both.settings(transactions=True, transaction_projects=[first, second]):
        await done(both, "transactions", first)
        assert sorted(await costs_of(both, first)) == [1, 2]
        assert await costs_of(both, second) == {}
        await done(both, "transactions", second)
        await both.control("transactions/delete", company=TWO, job=job, where={"JcdtAmt": 20})
        await done(both, "transactions", first, full=True)
        await done(both, "transactions", second, full=True)
    assert sorted(await costs_of(both, first)) == [1, 2]
    assert sorted(await costs_of(both, second)) == [10, 30]
    for project, erp_company in ((first, ONE), (second, TWO)):
        costs = await costs_of(both, project)
        assert all(row["origin_id"].startswith(f"{erp_company}|{job}|") for row in costs.values())


async def test_a_cost_bears_the_vendor_that_its_own_company_linked(both: Site) -> None:
    job, code = both.code("D"), await in_both(both, f"In One Only {both.code('')}")
    first, second = [await job_of(both, c, job, "03-100") for c in (ONE, TWO)]
    await done(both, "vendors", erp_company=TWO)
    await acted(both, "vendors", A.ADD, {f"{TWO}|{code}": {}}, erp_company=TWO)
    (company,) = await directory(both, code)
    await both.until(f"company:{COMPANY}:{TWO}:{company['id']}", State.SYNCED)
    for erp_company in (ONE, TWO):
        await spent(both, erp_company, job, 5, JcdtSrcCode=code)
    async with both.settings(transactions=True, transaction_projects=[first, second]):
        await done(both, "transactions", first)
        await done(both, "transactions", second)
    found = [(await costs_of(both, project))[Decimal(5)]["vendor_id"] for project in (first, second)]
    assert found == [None, company["id"]]


async def test_a_master_code_that_both_have_is_one_of_procores(both: Site) -> None:
    """Procore's company has one ERP list for all of them: the first that brought a code has it."""
    shared, own = both.code("8"), both.code("9")
    rows = [(ONE, shared), (TWO, shared), (TWO, own)]
    masters = [
        {"MphsCompCode": c, "MphsCode": code, "MphsName": f"{code} {c}", "MphsActiveFlag": "Y"} for c, code in rows
    ]
    await both.control("seed", jcmastercostcodes=masters)
    category = [{"McatCompCode": c, "McatCode": shared, "McatName": shared, "McatActiveFlag": "Y"} for c in (ONE, TWO)]
    await both.control("seed", jcmastercategories=category)
    for erp_company in (ONE, TWO, TWO):
        await done(both, "master_codes", erp_company=erp_company)
    codes = await in_procore(both, "standard_cost_codes", company_id=COMPANY)
    assert [(r["origin_id"], r["name"]) for r in codes if r["code"] == shared] == [
        (f"{ONE}|{shared}", f"{shared} {ONE}")
    ]
    assert [r["origin_id"] for r in codes if r["code"] == own] == [f"{TWO}|{own}"]
    types = await in_procore(both, "line_item_types", company_id=COMPANY, csv_import_code=shared)
    assert [row["origin_id"] for row in types] == [f"{ONE}|{shared}"]
    aside = await both.office.imports.aside(COMPANY, "master_codes", most=1000)
    assert [row["key"] for row in aside if shared in row["key"]] == []


# Schedules


async def run_now(site: Site, erp_company: str, name: str, workflow_type: str) -> str:
    """What the schedule of that company does."""
    config = site.office.config
    asked = Scheduled(
        name=name, workflow_type=workflow_type, company=COMPANY, erp_company=erp_company, erp_queue=config.erp_queue
    )
    said: str = await site.office.client.execute_workflow(
        ScheduledImport.run, asked, id=site.code("scheduled"), task_queue=config.task_queue
    )
    return said


async def test_each_company_has_a_schedule_that_runs_its_own(both: Site) -> None:
    job = both.code("D")
    first, second = [await job_of(both, c, job, "03-100") for c in (ONE, TWO)]
    for erp_company, amount in ((ONE, 1), (TWO, 2)):
        await spent(both, erp_company, job, amount)
    wanted: Body = {"transactions": True, "transaction_projects": [first, second]}
    async with both.settings(**wanted, schedules={"transactions": 60}):
        settings = await both.office.ledger.settings_of(COMPANY)
        await apply_schedules(both.office.client, both.office.config, settings)
        for erp_company in (ONE, TWO):
            now = await standing(both.office.client, "transactions", COMPANY, erp_company)
            assert now.every is not None
        assert await run_now(both, TWO, "transactions", "TransactionsImport") == "1 done"
        assert (len(await costs_of(both, first)), len(await costs_of(both, second))) == (0, 1)
        assert await run_now(both, ONE, "transactions", "TransactionsImport") == "1 done"
        assert (len(await costs_of(both, first)), len(await costs_of(both, second))) == (1, 1)
        assert await run_now(both, TWO, "vendors", "VendorsImport") == "1 done"
    places = await both.office.imports.places(COMPANY)
    assert {(p["name"], p["erp_company"]) for p in places} >= {
        ("transactions", ONE),
        ("transactions", TWO),
        ("vendors", TWO),
    }
    await apply_schedules(both.office.client, both.office.config, settings.model_copy(update={"schedules": {}}))


async def test_a_company_that_the_settings_dont_name_is_refused(site: Site) -> None:
    with pytest.raises(Refused) as told:
        await done(site, "vendors", erp_company=TWO)
    assert told.value.refusals[0].code == "field_not_usable"
