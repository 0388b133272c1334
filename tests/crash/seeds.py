"""Where the crash tests build: a project, a job and a vendor of their own, so that no other test's links matter."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import httpx

from tests.paperwork import Job
from tests.support import COMPANY, ERP, Site

CRASH_PROJECT, CRASH_JOB = 96_000, "CRASH"
CRASH_VENDOR, CRASH_PARTNER = 290_001, "CRASH01"
CODE, CATEGORIES = "03-100", "LMS"


async def seed_project(procore: httpx.AsyncClient, project: int) -> None:
    """A project with one cost code below a division, which takes every category."""
    common = {"company_id": COMPANY, "project_id": project}
    division, code = project * 10 + 1, project * 10 + 2
    division_code, _, own_code = CODE.partition("-")
    content: dict[str, Any] = {
        "projects": [{"company_id": COMPANY, "id": project, "name": f"Project {project}", "time_zone": "UTC"}],
        "cost_codes": [
            {**common, "id": division, "code": division_code, "name": "Concrete"},
            {**common, "id": code, "code": own_code, "name": "Formwork", "parent_id": division,
             "line_item_type_ids": [3001, 3002, 3003, 3004, 3005]},
        ],
    }  # fmt: skip
    await _enter(procore, content)


async def seed_vendor(procore: httpx.AsyncClient, cmic: httpx.AsyncClient) -> None:
    """A company that both systems have."""
    await _enter(procore, {"vendors": [{"company_id": COMPANY, "id": CRASH_VENDOR, "name": "Crash Test Dummies"}]})
    partner = {
        "BpCode": CRASH_PARTNER, "BpName": "Crash Test Dummies", "BpAbbrevCode": CRASH_PARTNER,
        "BpDispatchFlag": "N", "BpPrequalRequiredFlag": "N",
    }  # fmt: skip
    vendor = {
        "BpvenCompCode": ERP, "BpvenBpCode": CRASH_PARTNER, "BpvenTermCode": "NET30",
        "BpvenSpecialTermsFlag": "N", "BpvenCurrCode": "USD",
    }  # fmt: skip
    await _enter(cmic, {"businesspartner": [partner], "apvendor": [vendor]})


async def seed_job(cmic: httpx.AsyncClient, job: str) -> None:
    """A job on which the one cost code has its categories."""
    code = {
        "GjjpCompCode": ERP, "GjjpJobCode": job, "GjjpCode": CODE, "GjjpCtrlCode": "ALL", "GjjpName": "Formwork",
        "GjjpActiveFlag": "Y", "GjjpFactorableFlg": "N", "GjjpJobCtrlCode": "ALL",
    }  # fmt: skip
    flags = ("JcatExclCostWip", "JcatExclCostBudgWip", "JcatLabourForecastFlag", "JcatCostToComplOvrdFlg")
    pairs = [
        {"JcatCompCode": ERP, "JcatJobCode": job, "JcatPhsCode": CODE, "JcatCode": category, "JcatName": category,
         "JcatCatActiveFlag": "Y", "JcatPhaseActiveFlag": "Y", **dict.fromkeys(flags, "N")}
        for category in CATEGORIES
    ]  # fmt: skip
    row = {"JobCompCode": ERP, "JobCode": job, "JobName": f"Job {job}", "JobCtrlCode": "ALL", "JobContCode": job}
    await _enter(cmic, {"jcjob": [row], "jcjobcostcodes": [code], "jcjobcategory": pairs})


async def seed_contract(cmic: httpx.AsyncClient, number: str, *amounts: tuple[str, str]) -> None:
    """A contract that somebody in accounting typed himself: lines by category and amount, under task codes of his own.
    The amounts are JSON's numbers; nothing is reckoned with them here."""
    whose = {"CompCode": ERP, "VenCode": CRASH_PARTNER, "ContCode": number, "ChgCode": "000", "JobCode": CRASH_JOB}
    header = {f"Scmst{name}": value for name, value in whose.items()}
    header |= {"ScmstCurrCode": "USD", "ScmstOverrideFlag": "Y", "ScmstName": "Typed in"}
    lines = [
        {**{f"Scsch{name}": value for name, value in whose.items()}, "ScschTaskCode": f"T{n}", "ScschPhsCode": CODE,
         "ScschCatCode": category, "ScschWmCode": "LS", "ScschAmt": float(amount)}
        for n, (category, amount) in enumerate(amounts)
    ]  # fmt: skip
    await _enter(cmic, {"scmast": [header], "scsched": lines})


async def _enter(system: httpx.AsyncClient, content: dict[str, Any]) -> None:
    answer = await system.post("/_sandbox/seed", json=content)
    assert answer.status_code == 200, answer.text


# The matrix's own settings and entries

MONTH = 202611
PAYER = {"payment_bank_company": ERP, "payment_department": "00", "payment_account": "1000"}


@asynccontextmanager
async def every_kind_goes(site: Site) -> AsyncIterator[None]:
    """Forecasts and payments go to CMiC, and the company uses budget modifications: changes can be read all the same."""
    async with site.settings(forecast_export="pci", payments_out=True, **PAYER):
        await _uses_changes(site, False)
        try:
            yield
        finally:
            await _uses_changes(site, True)


async def _uses_changes(site: Site, yes: bool) -> None:
    answer = await site.procore.post(f"/_sandbox/edit/companies/{COMPANY}", json={"uses_budget_changes": yes})
    assert answer.status_code == 200, answer.text


async def entered_change(job: Job, amounts: dict[tuple[str, str], str]) -> str:
    """An approved budget change, entered where nobody can by now: before the company's switch. Its key."""
    shown = (await job.site.procore.get(f"/_sandbox/projects/{job.project}/budget")).json()
    known = {(row["cost_code"], row["line_item_type"]): row["wbs_code_id"] for row in shown["lines"]}
    kinds = [
        {"type": "change_event" if n == 0 else "budget_change", "adjustment_number": 1} for n in range(len(amounts))
    ]
    lines = [
        {**kind, "wbs_code_id": known[pair], "amount": amount}
        for kind, (pair, amount) in zip(kinds, amounts.items(), strict=True)
    ]
    row = {"company_id": COMPANY, "project_id": job.project, "number": 1, "status": "approved", "title": "Shift"}
    answer = await job.site.procore.post(
        "/_sandbox/seed", json={"budget_changes": [{**row, "adjustment_line_items": lines}]}
    )
    assert answer.status_code == 200, answer.text
    return job.of("budget_change", answer.json()["budget_changes"][0])
