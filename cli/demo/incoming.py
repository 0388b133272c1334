"""The other direction: a job that CMiC has becomes a Procore project, with its codes, vendors, prime contract and costs; its
report equals CMiC's books to the cent."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from activities.import_messages import Summary
from cli import printing
from cli.demo.stage import AL, COMPANY, ERP, Stage, StageError
from cli.demo.story import Chapter, Claim
from domain.commands import Door
from domain.identity import project_key
from domain.matching import Proposal, sure
from domain.refusals import Refused
from domain.staged import Staged, StagedAction
from domain.states import State

JOB, TEMPLATE = "1080", 8001
CODES = (
    {"code": "03", "name": "Concrete"},
    {"code": "03-100", "name": "Formwork", "control": "03", "categories": [
        {"code": "L", "original": 40000, "revenue": 52000}, {"code": "S", "original": 90000, "revenue": 108000.5}]},
    {"code": "04", "name": "Masonry"},
    {"code": "04-200", "name": "Unit Masonry", "control": "04", "categories": [{"code": "S", "original": 61000.25}]},
)  # fmt: skip
MASON = {"BpCode": "MASON01", "BpName": "HARBOR MASONRY & STONE, LLC", "BpAbbrevCode": "MASON01"}


class Incoming:
    """What one chapter leaves for the next."""

    def __init__(self) -> None:
        self.project = 0

    def chapters(self) -> tuple[Chapter, ...]:
        return (
            ("From CMiC: a job that the accountant made becomes a project, with its codes", self.job),
            ("Vendors are staged; one is known under another spelling, one is new", self.vendors),
            ("The budget and the prime contract come in, once somebody confirms what he saw", self.amounts),
            ("Job costs every four hours, transactions as direct costs", self.costs),
        )

    async def job(self, stage: Stage) -> Claim:
        await stage.accountant("jobs/create", company=ERP, job=JOB, name="Harbor Warehouse")
        gap = [{"code": "05", "name": "Metals"}, {"code": "05-100", "name": "Steel", "control": "05"}]
        await stage.accountant("jobs/codes", company=ERP, job=JOB, codes=[*CODES, *gap])
        await brought(stage, "master_codes")
        await brought(stage, "jobs")
        refused = await acted(stage, "jobs", StagedAction.ADD, {f"{ERP}|{JOB}": {"template": TEMPLATE}})
        named = [r.sentence for r in refused[f"{ERP}|{JOB}"]]
        await stage.accountant(
            "jobs/codes", company=ERP, job=JOB, codes=[{"code": "05-100", "categories": [{"code": "S", "original": 0}]}]
        )
        await acted(stage, "jobs", StagedAction.ADD, {f"{ERP}|{JOB}": {"template": TEMPLATE}})
        (made,) = await stage.procore_book("projects", origin_id=f"{ERP}|{JOB}")
        self.project = int(made["id"])
        await stage.until_state(project_key(COMPANY, self.project), State.SYNCED)
        await brought(stage, "project_codes", self.project)
        codes = [c for c in await stage.procore_book("cost_codes", project_id=self.project) if c["origin_id"]]
        held = len(named) == 1 and "05-100" in named[0] and len(codes) == 6
        return "A job with a gap is refused by name; then it is a project with its codes", held, f"{len(codes)} codes"

    async def vendors(self, stage: Stage) -> Claim:
        flags = {"BpDispatchFlag": "N", "BpPrequalRequiredFlag": "N"}
        vendor = {"BpvenCompCode": ERP, "BpvenTermCode": "30", "BpvenSpecialTermsFlag": "N", "BpvenCurrCode": "USD"}
        new = {"BpCode": "STEEL01", "BpName": "Pier Nine Steel Inc.", "BpAbbrevCode": "STEEL01"}
        rows = [{**vendor, "BpvenBpCode": code, "BpvenPayPhone": "559 555 0142"} for code in ("MASON01", "STEEL01")]
        await stage.accountant("seed", businesspartner=[{**MASON, **flags}, {**new, **flags}], apvendor=rows)
        known = {
            "id": 4190,
            "company_id": COMPANY,
            "name": "Harbor Masonry and Stone",
            "business_phone": "(559) 555-0142",
        }
        await stage.entered("seed", vendors=[{**known, "is_active": True}])
        await brought(stage, "vendors")
        record = await _staged(stage, "MASON01")
        best = sure([Proposal.model_validate(p) for p in record.proposals])
        if best is None:
            raise StageError(f"nobody is proposed for {record.label}")
        printing.out.print(f"  {record.label}: {best.score} % {best.name} ({', '.join(best.reasons)})")
        await acted(stage, "vendors", StagedAction.LINK, {record.key: {"procore_id": best.procore_id}})
        await acted(stage, "vendors", StagedAction.ADD, {f"{ERP}|STEEL01": {}})
        made = await stage.procore_book("vendors", company_id=COMPANY, origin_id="STEEL01")
        states = [(await _staged(stage, code)).status for code in ("MASON01", "STEEL01")]
        held = best.procore_id == 4190 and states == ["linked", "linked"] and len(made) == 1
        return (
            "A vendor is proposed past its spelling and linked by a person; a new one is added",
            held,
            ", ".join(states),
        )

    async def amounts(self, stage: Stage) -> Claim:
        totals = []
        for name in ("budget", "prime_contract"):
            seen = await brought(stage, name, self.project)
            await brought(stage, name, self.project, confirm=seen.preview)
            last = await stage.office.imports.run(seen.run) or {}
            totals.append(Decimal(str((last.get("preview") or {})["totals"]["erp"])))
        (contract,) = await stage.procore_book("prime_contracts", project_id=self.project)
        lines = await stage.procore_book("prime_line_items", contract_id=contract["id"])
        revenue = sum((Decimal(str(line["amount"])) for line in lines), Decimal(0))
        held = totals == [Decimal("191000.25"), revenue] and contract["title"] == f"{JOB} Prime Contract"
        return "Nothing is written before it is confirmed; then both are CMiC's", held, f"revenue {revenue:,.2f}"

    async def costs(self, stage: Stage) -> Claim:
        settings = await stage.office.ledger.settings_of(COMPANY)
        journals = {**settings.journal_codes, "PO": "invoice", "EM": "expense"}
        wanted = {"transactions": True, "transaction_projects": [self.project], "journal_codes": journals}
        changed = settings.model_validate({**settings.model_dump(), **wanted})
        await stage.office.ledger.put_settings(COMPANY, changed, "administrator")
        await stage.accountant("transactions", company=ERP, job=JOB, count=400, seed=5)
        await brought(stage, "job_costs", self.project)
        await brought(stage, "transactions", self.project)
        report = await stage.office.reports.job_costs_of(project_key(COMPANY, self.project))
        reported = {(row["cost_code"], row["category"]): row["job_to_date"] for row in report if row["job_to_date"]}
        books = await _books(stage)
        direct = await stage.procore_book("direct_cost_line_items", project_id=self.project)
        entered = sum((Decimal(str(line["amount"])) for line in direct), Decimal(0))
        held = reported == {pair: amount for pair, amount in books.items() if amount} and entered == sum(
            books.values(), Decimal(0)
        )
        return (
            "The Job Costs report and the direct costs equal CMiC's books to the cent",
            held,
            f"{entered:,.2f} in 400 rows",
        )


async def brought(stage: Stage, name: str, project: int | None = None, confirm: str = "") -> Summary:
    """One import, as `procore-cmic import` runs it. Raises StageError where it isn't done or shown."""
    try:
        handle = await stage.office.ordering.order(name, COMPANY, person=AL, project=project, confirm=confirm)
    except Refused as error:
        raise StageError(f"import {name}: {error}") from None
    summary = await handle.result()
    printing.out.print(f"  import {name}: {summary.state}  {summary.words}".rstrip())
    if summary.state not in ("done", "preview"):
        raise StageError(f"import {name}: {summary}")
    return summary


async def acted(stage: Stage, name: str, action: StagedAction, rows: dict[str, dict[str, Any]]) -> dict[str, list[Any]]:
    """One action for staged records; the reasons against each."""
    person = await stage.office.ledger.put_person(AL)
    handle = await stage.office.ordering.staged(name, COMPANY, action, list(rows.items()), person=person, door=Door.CLI)
    answers = [a for a in (await handle.result()).answers if a is not None]
    for answer in answers:
        printing.out.print(f"  {action} {answer.key}: {'done' if answer.done else 'refused'}")
        printing.refusals(answer.refusals)
    return {answer.key: answer.refusals for answer in answers}


async def _staged(stage: Stage, code: str) -> Staged:
    record = await stage.office.staged.one("vendors", COMPANY, ERP, f"{ERP}|{code}")
    if record is None:
        raise StageError(f"vendor {code} isn't staged")
    return record


async def _books(stage: Stage) -> dict[tuple[str, str], Decimal]:
    """What CMiC's own books have spent on each code."""
    answer = await stage.cmic.get(f"/_sandbox/transactions/totals/{ERP}/{JOB}")
    answer.raise_for_status()
    rows = [row for row in answer.json()["totals"] if row["type"] == "C"]
    return {(row["cost_code"], row["category"]): Decimal(str(row["amount"])) for row in rows}
