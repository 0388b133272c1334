"""Each report through the command line: as a table that fits, as CSV, as JSON; and who may see it (P-01 to P-04, I-11, S-03,
requirements §5)."""

from __future__ import annotations

import csv
import io
from decimal import Decimal
from typing import Any

import pytest

from cli.reports import as_csv_text
from domain.company_settings import DirectCostType
from domain.permissions import Level, Person
from domain.reports import ACCOUNTANTS, Cell, Report
from domain.staged import StagedAction as A
from tests.stack.commands import REFUSED, USAGE, Said, cli
from tests.stack.imports import Body, LinkedJob, acted, done
from tests.support import ERP, Site

STANDARD = {"PERSON_LEVEL": str(int(Level.STANDARD)), "PERSON_NAME": "standard"}
READER = {"PERSON_LEVEL": str(int(Level.READ_ONLY)), "PERSON_NAME": "reader", "PERSON_MAY_PUSH": "false"}
WITHOUT_TOOLS = {"PERSON_OWNS_TOOLS": "false"}
JOURNALS = {"AP": DirectCostType.INVOICE}


async def rows_of(site: Site, *words: object) -> list[dict[str, Any]]:
    """The rows of the JSON; the CSV has the same, and the table fits."""
    said = await cli(site, "report", *words, "--json")
    assert said.code == 0, said.err
    data: dict[str, Any] = said.json
    written = await cli(site, "report", *words, "--csv", fits=False)
    assert written.out.startswith(",".join(data["columns"]) + "\n"), "the runner's line ends, whatever was written"
    parsed = list(csv.DictReader(io.StringIO(written.out, newline="")))
    assert parsed == [{name: "" if v is None else v for name, v in row.items()} for row in data["rows"]]
    assert (await cli(site, "report", *words)).code == 0
    return list(data["rows"])


async def refused(site: Site, *words: object, more: dict[str, str]) -> Said:
    said = await cli(site, "report", *words, more=more)
    assert said.code == REFUSED, said
    return said


def cost(amount: float, **more: object) -> Body:
    row = {"JcdtPhsCode": "03-100", "JcdtCatCode": "S", "JcdtJourCode": "AP", "JcdtSrcCode": "ACME01"}
    return {**row, "JcdtAmt": amount, "JcdtRefDate": "2026-11-03", "JcdtPostDate": "2026-11-05", **more}


def test_csv_is_that_of_rfc_4180() -> None:
    rows: list[dict[str, Cell]] = [{"name": 'O\'Hara, "Bo"', "level": "Admin"}, {"name": "two\nlines", "level": ""}]
    assert as_csv_text(Report(ACCOUNTANTS, rows)) == ('name,level\r\n"O\'Hara, ""Bo""",Admin\r\n"two\nlines",\r\n')


async def test_accountants_are_those_who_may_approve(site: Site) -> None:
    await site.office.ledger.put_person(Person(name="Ada Approver", erp_level=Level.STANDARD, may_push=True))
    await site.office.ledger.put_person(Person(name="Nora Nopush", erp_level=Level.ADMIN))
    await site.office.ledger.put_person(Person(name="Rita Reader", erp_level=Level.READ_ONLY, may_push=True))
    rows = await rows_of(site, "accountants")
    names = {row["name"]: row["level"] for row in rows}
    assert names["Ada Approver"] == "Standard"
    assert names["approver"] == "Admin"
    assert not {"Nora Nopush", "Rita Reader"} & set(names)
    assert "not_permitted" in (await refused(site, "accountants", more=STANDARD)).words
    async with site.settings(approver_report=False):
        said = await refused(site, "accountants", more={})
        assert "The accountants report is switched off." in said.words
        assert "Settings, approver_report" in said.words


async def test_job_costs_of_a_project_and_of_all(site: Site) -> None:
    job = await LinkedJob.opened(site)
    said = await cli(site, "report", "job-costs", "--project", job.project)
    assert f"Nothing has come in yet: procore-cmic import job_costs --project {job.project}" in said.words
    await job.costs(cost(1200.10, JcdtSrcCommCode="SC-1"), cost(-0.55), cost(99, JcdtPhsCode="04-200", JcdtCatCode="L"))
    await done(site, "job_costs", job.project)
    rows = await rows_of(site, "job-costs", "--project", job.project)
    amounts = ("commitment_invoiced", "job_to_date", "direct_costs")
    assert [(r["cost_code"], r["category"], *(r[n] for n in amounts)) for r in rows] == [
        ("03-100", "S", "1200.10", "1199.55", "-0.55"),
        ("04-200", "L", "0.00", "99.00", "99.00"),
    ]
    assert {r["original_budget"] for r in rows} == {None}, "CMiC shows none"
    data = (await cli(site, "report", "job-costs", "--project", job.project, "--json")).json
    assert [data["totals"][n] for n in amounts] == ["1200.10", "1298.55", "98.45"]
    assert data["notes"][0].startswith("As of ")
    shown = await cli(site, "report", "job-costs", "--project", job.project)
    assert "1,298.55" in next(line for line in shown.out.splitlines() if line.startswith("Total"))
    (own,) = [r for r in await rows_of(site, "job-costs", "--erp-company", ERP) if r["job"] == job.job]
    assert [own[n] for n in amounts] == ["1200.10", "1298.55", "98.45"]
    assert own["project"].startswith(str(job.project))


async def test_the_original_budget_is_cmics(site: Site) -> None:
    job = await LinkedJob.opened(site)
    await site.control(
        "edit",
        resource="jcjobcategory",
        where={"JcatJobCode": job.job, "JcatPhsCode": "03-100", "JcatCode": "S"},
        set={"JcatOrigBudgAmt": 5000.25, "JcatCurrBudgAmt": 5100.25},
    )
    await done(site, "job_costs", job.project)
    rows = await rows_of(site, "job-costs", "--project", job.project)
    assert {r["cost_code"]: Decimal(r["original_budget"] or 0) for r in rows}["03-100"] == Decimal("5000.25")


async def test_what_a_person_needs_for_job_costs(site: Site) -> None:
    assert "Admin on the ERP Integrations tool" in (await refused(site, "job-costs", more=STANDARD)).words
    job = await LinkedJob.opened(site)
    said = await refused(site, "job-costs", "--project", job.project, more=WITHOUT_TOOLS)
    assert "Admin on the tool where the item lives" in said.words
    assert (await cli(site, "report", "job-costs", more=WITHOUT_TOOLS)).code == 0


async def test_unsyncable_tells_each_transaction_with_its_reasons(site: Site) -> None:
    job = await LinkedJob.opened(site)
    async with site.settings(
        transactions=True, transaction_projects=[job.project], journal_codes=JOURNALS, masked_sources=["PETTY"]
    ):
        await job.costs(cost(10.5), cost(20.25, JcdtJourCode="GL"), cost(-3, JcdtJourCode="GL", JcdtSrcCode="PETTY"))
        await done(site, "transactions", job.project)
    rows = await rows_of(site, "unsyncable", "--project", job.project)
    found = {(r["date"], r["journal"], r["source"], r["cost_code"], r["category"], r["amount"]) for r in rows}
    assert found == {
        ("2026-11-03", "GL", "ACME01", "03-100", "S", "20.25"),
        ("2026-11-03", "GL", "PETTY", "03-100", "S", "-3.00"),
    }
    both = next(r for r in rows if r["source"] == "PETTY")
    assert "[journal_not_mapped]" in both["reason"]
    assert "[masked]" in both["reason"]
    assert both["owner"] == "ERP administrator"
    assert both["where"] == "Settings, masked_classes and masked_sources / Settings, journal_codes"
    shown = await cli(site, "report", "unsyncable", "--project", job.project, more=READER)
    assert shown.code == 0, "nothing is asked here"
    assert "17.25" in shown.words


async def test_archived_companies_with_who_and_when(site: Site) -> None:
    by_hand, inactive, open_one = [site.code("R") for _ in range(3)]
    for code in (by_hand, inactive, open_one):
        partner = {"BpCode": code, "BpName": f"Firm {code}, Inc.", "BpAbbrevCode": code, "BpDispatchFlag": "N"}
        row = {"BpvenCompCode": ERP, "BpvenBpCode": code, "BpvenTermCode": "30", "BpvenSpecialTermsFlag": "N"}
        row |= {"BpvenCurrCode": "USD", "BpvenActiveFlag": "N" if code == inactive else "Y"}
        await site.control("seed", businesspartner=[{**partner, "BpPrequalRequiredFlag": "N"}], apvendor=[row])
    await done(site, "vendors")
    await acted(
        site, "vendors", A.ARCHIVE, {f"{ERP}|{by_hand}": {}}, person=Person(name="Ann", erp_level=Level.STANDARD)
    )
    rows = {r["code"]: r for r in await rows_of(site, "archived-companies")}
    assert open_one not in rows
    assert [rows[by_hand][n] for n in ("kind", "name", "why", "who")] == [
        *("vendor", f"Firm {by_hand}, Inc.", "archived", "Ann")
    ]
    assert rows[by_hand]["when"].endswith("UTC")
    assert [rows[inactive][n] for n in ("why", "who", "when")] == ["inactive in CMiC", "", ""]
    assert "not_permitted" in (await refused(site, "archived-companies", more=READER)).words
    assert (await cli(site, "report", "archived-companies", more=STANDARD)).code == 0


async def test_sub_jobs_that_are_synced_with_their_control_job(site: Site) -> None:
    job = await LinkedJob.opened(site)
    sub, other = site.code("S"), site.code("S")
    for code in (sub, other):
        await site.control("jobs/create", company=ERP, job=code, name=f"Phase {code}", control=job.job)
    await done(site, "sub_jobs")
    assert await acted(site, "sub_jobs", A.ADD, {f"{ERP}|{sub}": {}}) == {f"{ERP}|{sub}": []}
    rows = {r["code"]: r for r in await rows_of(site, "sub-jobs")}
    assert other not in rows
    assert (rows[sub]["name"], rows[sub]["control_job"]) == (f"Phase {sub}", job.job)
    assert rows[sub]["project"].startswith(str(job.project))
    assert "not_permitted" in (await refused(site, "sub-jobs", more=READER)).words


@pytest.mark.parametrize(
    ("words", "code", "said"),
    [
        (("nothing",), USAGE, "There is no report 'nothing'"),
        (("accountants", "--csv", "--json"), USAGE, "Either --csv or --json."),
        (("unsyncable",), REFUSED, "A project is needed to see the unsyncable report."),
        (("unsyncable", "--project", 999999), REFUSED, "Project 999999 isn't linked to a job of CMiC."),
        (("sub-jobs", "--erp-company", "ZZ"), REFUSED, "'ZZ' isn't one of 01"),
    ],
)
async def test_what_cant_be_shown_says_why(site: Site, words: tuple[object, ...], code: int, said: str) -> None:
    found = await cli(site, "report", *words, fits="--csv" not in words)
    assert (found.code, said in found.words) == (code, True), found
