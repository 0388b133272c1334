"""Cost codes and cost types of CMiC in Procore: the company's lists, and a project's (O-01, O-02, R-03, R-04, R-21, T-01, T-04,
S-12, S-20)."""

from __future__ import annotations

import asyncio

import pytest

from domain.company_settings import BaseType
from tests.paperwork import line
from tests.stack.imports import Body, LinkedJob, done, in_procore, refused, writes
from tests.support import COMPANY, ERP, SENDER, Site


async def master(site: Site, *codes: Body) -> None:
    rows = [{"MphsCompCode": ERP, "MphsName": c["MphsCode"], "MphsActiveFlag": "Y", **c} for c in codes]
    await site.control("seed", jcmastercostcodes=rows)


async def category(site: Site, code: str) -> None:
    row = {"McatCompCode": ERP, "McatCode": code, "McatName": f"Category {code}", "McatActiveFlag": "Y"}
    await site.control("seed", jcmastercategories=[row])


async def standard(site: Site, origin_id: str) -> Body | None:
    rows = await in_procore(site, "standard_cost_codes", company_id=COMPANY, origin_id=origin_id)
    return rows[0] if rows else None


async def aside(site: Site, name: str, project: int | None = None) -> dict[str, list[str]]:
    scope = f"project:{COMPANY}:-:{project}" if project else ""
    rows = await site.office.imports.aside(COMPANY, name, scope, 1000)
    return {row["key"]: [r["code"] for r in row["reasons"]] for row in rows}


async def test_master_codes_come_in_as_a_tree_and_go_straight_in(site: Site) -> None:
    await master(site, {"MphsCode": "71"}, {"MphsCode": "71-100", "MphsName": "Steel"}, {"MphsCode": "72-10-5"})
    await done(site, "master_codes")
    top, below = await standard(site, f"{ERP}|71"), await standard(site, f"{ERP}|71-100")
    assert top is not None
    assert below is not None
    assert (below["code"], below["name"], below["parent_id"]) == ("100", "Steel", top["id"])
    implied, deepest = await standard(site, f"{ERP}|72-10"), await standard(site, f"{ERP}|72-10-5")
    assert implied is not None
    assert deepest is not None
    assert deepest["parent_id"] == implied["id"]
    await site.procore.post("/_sandbox/traffic/reset")
    await done(site, "master_codes")
    assert await writes(site) == 0


async def test_only_the_hyphen_is_taken_and_others_are_named(site: Site) -> None:
    await master(site, {"MphsCode": "73.100"}, {"MphsCode": "73 200"})
    await done(site, "master_codes")
    found = await aside(site, "master_codes")
    assert found[f"{ERP}|73.100"] == found[f"{ERP}|73 200"] == ["not_hyphenated"]
    assert await standard(site, f"{ERP}|73.100") is None


async def test_excluded_codes_stay_out(site: Site) -> None:
    await master(site, {"MphsCode": "74-100"}, {"MphsCode": "75-100"}, {"MphsCode": "75-200"})
    async with site.settings(excluded_codes=["74-100", "75*"]):
        await done(site, "master_codes")
        assert [await standard(site, f"{ERP}|{c}") for c in ("74-100", "75-100", "75-200")] == [None] * 3
    await done(site, "master_codes")
    assert await standard(site, f"{ERP}|74-100") is not None


async def test_codes_that_are_left_out_later_arent_taken_for_deletes(site: Site) -> None:
    """However many they are: CMiC still shows them."""
    await master(site, *({"MphsCode": f"78-{n}"} for n in range(100, 300)))
    await done(site, "master_codes")
    async with site.settings(excluded_codes=["*"]):
        await done(site, "master_codes")
    await done(site, "master_codes")


async def test_a_category_becomes_a_cost_type_of_the_kind_that_the_settings_say(site: Site) -> None:
    await category(site, "RENT")
    async with site.settings(category_types={"RENT": BaseType.EQUIPMENT}):
        await done(site, "master_codes")
    (row,) = await in_procore(site, "line_item_types", company_id=COMPANY, origin_id=f"{ERP}|RENT")
    assert (row["name"], row["base_type"]) == ("Category RENT", "equipment")


async def test_a_type_that_procore_has_already_is_taken_over(site: Site) -> None:
    await done(site, "master_codes")
    rows = await in_procore(site, "line_item_types", company_id=COMPANY)
    labor = [row for row in rows if row["csv_import_code"] == "L"]
    assert [row["origin_id"] for row in labor] == [f"{ERP}|L"]


@pytest.fixture
async def job(site: Site) -> LinkedJob:
    return await LinkedJob.opened(site)


async def codes_of(job: LinkedJob) -> dict[str, Body]:
    rows = await in_procore(job.site, "cost_codes", project_id=job.project)
    return {row["origin_id"]: row for row in rows if row["origin_id"]}


async def new_code(job: LinkedJob, code: str, *categories: str, control: str = "ALL") -> None:
    body = {"code": code, "name": f"Code {code}", "control": control, "categories": [{"code": c} for c in categories]}
    await job.site.control("jobs/codes", company=ERP, job=job.job, codes=[body])


async def test_a_code_added_to_the_job_comes_in_and_exports_may_use_it(site: Site, job: LinkedJob) -> None:
    await new_code(job, "09-500", "S")
    await done(site, "project_codes", job.project)
    codes = await codes_of(job)
    assert codes[f"{ERP}|{job.job}|09-500"]["name"] == "Code 09-500"
    types = await in_procore(site, "line_item_types", company_id=COMPANY, origin_id=f"{ERP}|S")
    assert codes[f"{ERP}|{job.job}|09-500"]["line_item_type_ids"] == [types[0]["id"]]
    key = await site.commitment(line("09-500", "S", "10.00"), project=job.project)
    outcome = await site.ask(key, "send", SENDER)
    assert (outcome.answer, outcome.refusals) == ("done", [])
    assert await site.refused(key, "send", SENDER) == ["not_allowed_now"]


async def test_a_projects_own_codes_are_taken_over(site: Site, job: LinkedJob) -> None:
    """The project had 03-100 before: it becomes CMiC's, and isn't made a second time."""
    before = {row["id"] for row in await in_procore(site, "cost_codes", project_id=job.project)}
    await done(site, "project_codes", job.project)
    codes = await codes_of(job)
    assert codes[f"{ERP}|{job.job}|03-100"]["id"] in before


async def test_divisions_may_be_left_out(site: Site, job: LinkedJob) -> None:
    await new_code(job, "08", "L")
    await new_code(job, "08-100", "L", control="08")
    async with site.settings(division_codes=False):
        await done(site, "project_codes", job.project)
        assert (await aside(site, "project_codes", job.project))[f"{ERP}|{job.job}|08|L"] == ["division_code"]
    await done(site, "project_codes", job.project)
    assert (await codes_of(job))[f"{ERP}|{job.job}|08"]["line_item_type_ids"]


async def test_divisions_that_are_left_out_later_are_set_aside(site: Site, job: LinkedJob) -> None:
    """S-12, also for what came in before."""
    await new_code(job, "08", "L")
    await new_code(job, "08-100", "L", control="08")
    await done(site, "project_codes", job.project)
    assert await aside(site, "project_codes", job.project) == {}
    async with site.settings(division_codes=False):
        await done(site, "project_codes", job.project)
        assert await aside(site, "project_codes", job.project) == {f"{ERP}|{job.job}|08|L": ["division_code"]}
    await done(site, "project_codes", job.project)
    assert await aside(site, "project_codes", job.project) == {}


async def test_default_cost_types_are_given_besides(site: Site, job: LinkedJob) -> None:
    await done(site, "master_codes")
    async with site.settings(default_cost_types={"03-100": ["E", "M"]}):
        await done(site, "project_codes", job.project)
    rows = await in_procore(site, "line_item_types", company_id=COMPANY)
    names = {row["id"]: row["csv_import_code"] for row in rows}
    code = (await codes_of(job))[f"{ERP}|{job.job}|03-100"]
    assert {"E", "M", "S"} <= {names[number] for number in code["line_item_type_ids"]}


async def test_a_project_without_a_job_is_refused(site: Site) -> None:
    _, number, _ = await site.project(("03-100", "S"))
    assert await refused(site, "project_codes", number) == ["not_linked"]


async def test_refreshed_codes_bring_their_costs(site: Site, job: LinkedJob) -> None:
    """R-28: job costs come from their own list, or with the project's codes."""
    await job.costs({"JcdtPhsCode": "03-100", "JcdtCatCode": "S", "JcdtJourCode": "AP", "JcdtAmt": 125.5})
    await done(site, "project_codes", job.project)
    for _ in range(200):
        rows = await site.office.reports.job_costs_of(job.key)
        if any(row["job_to_date"] for row in rows):
            break
        await asyncio.sleep(0.05)
    assert [str(row["job_to_date"]) for row in rows if row["job_to_date"]] == ["125.50"]


async def test_two_cmic_companies_share_the_accounts_lists(site: Site) -> None:
    """R-08: both have 76-100 and a category; whichever brings them first gives them their ids, the other is content."""
    rows = [
        {"MphsCompCode": company, "MphsCode": code, "MphsName": code, "MphsActiveFlag": "Y"}
        for company, codes in (("01", ("76", "76-100")), ("02", ("76", "76-100", "76-900")))
        for code in codes
    ]
    await site.control("seed", jcmastercostcodes=rows)
    async with site.settings(erp_companies=["01", "02"]):
        await done(site, "master_codes")
        await done(site, "master_codes", erp_company="02")
    found = await in_procore(site, "standard_cost_codes", company_id=COMPANY)
    mine = {row["origin_id"] for row in found if str(row["origin_id"]).split("|")[-1].startswith("76")}
    assert mine == {"01|76", "01|76-100", "02|76-900"}
    assert [key for key in await aside(site, "master_codes") if key.startswith("02|76")] == []
