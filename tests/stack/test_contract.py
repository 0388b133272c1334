"""The product's own requests to Procore, over a small story, held against the public description of Procore's API.

That description and the script that reads it are not part of this repository; PROCORE_CONTRACT_CHECK names the script.
"""

from __future__ import annotations

import asyncio
import json
import os
import subprocess
import sys
from collections.abc import AsyncIterator, Callable, Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest

from domain.identity import parse_key
from domain.states import State
from ledger.migrate import migrate
from tests.paperwork import Job, coded
from tests.sandbox.procore.test_contract import row_by_row
from tests.support import ACME, APPROVER, COMPANY, ERP, JOB, PROJECT, SENDER, Site, config_of, line, own_folder
from workers.plant import open_plant
from workers.stack import Stack, local_stack
from workers.worker import cmic_worker, lifecycle_worker

REPOSITORY = Path(__file__).resolve().parents[2]
BESIDE = REPOSITORY.parent / "shared" / "checks" / "procore_contract.py"


@pytest.fixture(scope="module")
def script() -> Path:
    path = Path(os.environ.get("PROCORE_CONTRACT_CHECK") or BESIDE)
    if not path.is_file():
        pytest.skip("the public API description is not part of this repository")
    return path


@pytest.fixture(scope="module")
def recorded(script: Path) -> Iterator[tuple[Stack, Path]]:
    """A stack of its own, whose Procore writes down every exchange."""
    with own_folder() as folder:
        file = folder / "traffic.jsonl"
        more = {"procore": ("--limits", "off", "--traffic", str(file)), "cmic": ("--limits", "off")}
        with local_stack(folder / "stack", more=more) as running:
            yield running, file


@pytest.fixture(scope="module")
async def elsewhere(recorded: tuple[Stack, Path]) -> AsyncIterator[Site]:
    stack, _ = recorded
    await migrate(stack.database_url)
    async with (
        open_plant(config_of(stack)) as plant,
        lifecycle_worker(plant),
        cmic_worker(plant),
        httpx.AsyncClient(base_url=stack.procore_url, timeout=30) as procore,
        httpx.AsyncClient(base_url=stack.cmic_url, timeout=30) as cmic,
    ):
        yield Site(stack, plant, procore, cmic)


async def story(site: Site) -> None:
    """Link, export, refuse, hold, fail and heal, unlink: every request that the product makes of Procore."""
    project, acme = f"project:{COMPANY}:-:{PROJECT}", f"company:{COMPANY}:{ERP}:{ACME}"
    await site.granted(project, "link", APPROVER, erp_id=JOB)
    await site.granted(acme, "link", APPROVER, erp_id="ACME01")
    await asyncio.gather(site.until(project, State.SYNCED), site.until(acme, State.SYNCED))
    company = await site.company()
    units = line("04-200", "M", text="Brick", quantity="12.5", unit_cost="333.33", uom="ton")
    keys = [
        await site.sent(line(), line("07-500", "S", "0.01")),
        await site.sent(units, line("03-100", "M"), kind="PurchaseOrderContract"),
        await site.sent(vendor=parse_key(company).id),
    ]
    await site.refused(await site.commitment(line("99-999"), status="Draft"), "send", SENDER)
    await site.refused(f"commitment:{COMPANY}:{PROJECT}:99999901", "send", SENDER)
    await site.procore_fault("/line_items/", method="PATCH", cut=True, when="after")
    await site.procore_fault("work_order_contracts/sync$", method="PATCH", status=503, retry_after=1)
    for key in keys:
        await site.granted(key, "accept")
    await site.granted(company, "send", SENDER)
    await site.granted(company, "accept", erp_id="STORY01")
    await asyncio.gather(*(site.until(key, State.SYNCED) for key in keys))
    await site.granted(project, "refresh")
    await site.until(project, State.SYNCED)
    for key in keys:
        await site.control("delete", resource="scmast", where={"ScmstContCode": site.numbers[key]})
        await site.granted(key, "unlink")
        await site.until(key, State.NOT_SENT)
    for key in (company, project):
        await site.granted(key, "unlink")
        await site.until(key, State.NOT_SENT)
    job = await planned(site)
    await contracts(job)
    await budgets(job)


async def planned(site: Site) -> Job:
    """A project that is exported itself, with cost codes of its own."""
    job = await Job.planned(site, "03-100", "04-200")
    await job.exported(job.key)
    await job.made(("03-100", "S"), ("04-200", "S"))
    await site.watch(resource="job")
    await site.until(job.key, State.SYNCED, also=lambda head: bool(head.job))
    await job.exported(job.of("cost_codes", job.project))
    return job


async def contracts(job: Job) -> None:
    """A change order, an invoice and a payment of a commitment."""
    contract = await job.contracted(line("03-100", "S", "1000.00"), retainage_percent="10")
    await job.exported(await job.change_order(contract, coded("03-100", "S", "250.00"), number="001"))
    await job.post_contract(contract, "001")
    items = (
        {"line": 1, "work_completed_this_period": "400.00"},
        {"change_order": "001", "work_completed_this_period": "9.00"},
    )
    invoice = await job.invoice(contract, *items, invoice_number="STORY-1")
    await job.exported(invoice)
    await job.post_voucher("STORY-1")
    account = {"payment_bank_company": ERP, "payment_department": "00", "payment_account": "1000"}
    async with job.site.settings(payments_out=True, **account):
        await job.exported(await job.payment(contract, invoice, "150.00", check_number="8801"))


async def budgets(job: Job) -> None:
    """A budget, what changes it, forecasts and prime contract change orders; the legacy modification in its own company."""
    await job.budgeted(coded("03-100", "S", "1000.00"), coded("04-200", "S", "500.00"))
    async with job.site.settings(forecast_export="pci"):
        await job.exported(job.of("forecast", 202611))
    pair = coded("03-100", "S"), coded("04-200", "S")
    await job.exported(
        await job.budget_change({**pair[0], "amount": "50.00"}, {**pair[1], "amount": "-50.00"}, number=7)
    )
    await job.edit("companies", COMPANY, uses_budget_changes=False)
    await job.exported(await job.modification(*pair, "20.00"))
    await job.prime_contract(line("03-100", "S", "5000.00"))
    await job.bill_contract()
    markup = {"name": "Fee", "markup_set": "vertical", "percentage": "5", "cost_code": "04-200", "line_item_type": "S"}
    await job.exported(await job.prime_change(coded("03-100", "S", "100.00"), markups=[markup], number="P-1"))


@pytest.fixture(scope="module")
async def exchanges(elsewhere: Site, recorded: tuple[Stack, Path]) -> list[dict[str, Any]]:
    await story(elsewhere)
    return [json.loads(text) for text in recorded[1].read_text().splitlines()]


OWN_COLUMNS = ("detail_rows response 200 at *: ", "'estimated_cost_at_completion', 'revised_budget' do not match")
"""Rows of view 9001 have a key for each of the view's own columns: the endpoint's text speaks of them, its description doesn't
know them (docs/fidelity.md). Nothing else may differ."""


def judged(script: Path, file: Path, exchanges: list[dict[str, Any]]) -> list[str]:
    """The violations that the script finds, but for the view's own columns."""
    file.write_text("".join(json.dumps(exchange) + "\n" for exchange in row_by_row(exchanges)))
    command = [sys.executable, str(script), str(file)]
    verdict = subprocess.run(command, capture_output=True, text=True, check=False)
    *found, counts = verdict.stdout.splitlines()
    assert f", {len(found)} distinct violations" in counts, verdict.stdout + verdict.stderr
    assert verdict.returncode == bool(found)
    return [text for text in found if not all(words in text for words in OWN_COLUMNS)]


READ = {
    *("commitments", "work_order_contracts", "purchase_order_contracts", "vendors", "projects", "cost_codes"),
    *("commitment_change_orders", "requisitions", "contract_payments", "budget", "budget_views", "budget_changes"),
    *("budget_modifications", "prime_change_orders", "markups"),
}
WRITTEN = {
    *("vendors", "projects", "work_order_contracts", "purchase_order_contracts", "requisitions"),
    *("contract_payments", "budget_modifications"),
}


async def test_every_request_of_the_story_is_in_the_public_description(
    script: Path, exchanges: list[dict[str, Any]], tmp_path: Path
) -> None:
    assert await asyncio.to_thread(judged, script, tmp_path / "all.jsonl", exchanges) == []
    asked = [e for e in exchanges if e["path"].startswith("/rest/") and e["status"] == 200]
    seen = {(e["method"], word) for e in asked for word in e["path"].split("/")}
    assert {("GET", word) for word in READ} <= seen
    assert {("PATCH", word) for word in WRITTEN} <= seen


def _wrong_key(exchange: dict[str, Any]) -> None:
    exchange["request"]["updates"][0]["shoe_size"] = 44


def _wrong_type(exchange: dict[str, Any]) -> None:
    exchange["request"]["updates"][0]["origin_id"] = {"id": 1}


def _wrong_path(exchange: dict[str, Any]) -> None:
    exchange["path"] = "/rest/v1.0/vendors/synchronise/all"


def _wrong_query(exchange: dict[str, Any]) -> None:
    exchange["query"]["colour"] = "blue"


@pytest.mark.parametrize("spoil", [_wrong_key, _wrong_type, _wrong_path, _wrong_query])
async def test_a_spoilt_exchange_is_found(
    script: Path, exchanges: list[dict[str, Any]], tmp_path: Path, spoil: Callable[[dict[str, Any]], None]
) -> None:
    """The check is awake: one exchange that isn't Procore's makes it fail."""
    spoilt = json.loads(json.dumps(exchanges))
    spoil(next(e for e in spoilt if e["path"] == "/rest/v1.0/vendors/sync" and e["status"] == 200))
    assert len(await asyncio.to_thread(judged, script, tmp_path / "spoilt.jsonl", spoilt)) == 1
