"""Job cost transactions coming in: rows a second and the worker's memory, beside a plain loop (design §6).

`python -m benchmarks.transactions [--rows 100000] [--plain 1000]`. A stack of its own, both stand-ins without their limits. The
import is run twice over the same rows; the second run has to write nothing to Procore. The plain loop reads one page at a time
and sends one row a request, over fewer rows, because it is slow; both are compared in rows a second, in one run over the same
stand-ins. The worker's resident memory is read before, and sampled during both runs. Bounds: under 50 MB of growth, no write in
the second run.
"""

from __future__ import annotations

import argparse
import asyncio
import os
import sys
import tempfile
import threading
import time
from decimal import Decimal
from pathlib import Path
from typing import Any

import httpx
import psutil

from activities.import_messages import Summary
from benchmarks.parked import COMPANY, EVERYBODY, OFF, PROJECT, connect
from ledger.migrate import migrate
from workers.config import Config
from workers.local import start_worker
from workers.plant import Office, open_office
from workers.stack import Stack, end, local_stack

JOB, ERP, BOUND_MB = "1042", "01", 50
JOURNALS = {"AP": "invoice", "PR": "payroll", "JC": "expense", "PO": "invoice", "EM": "expense"}


class Memory:
    """A process's resident memory, sampled in a thread of its own."""

    def __init__(self, pid: int) -> None:
        self._process = psutil.Process(pid)
        self._on = True
        self.first = self.most = self._now()
        self._thread = threading.Thread(target=self._sample, daemon=True)
        self._thread.start()

    def _now(self) -> float:
        return float(self._process.memory_info().rss) / 2**20

    def _sample(self) -> None:
        while self._on:
            self.most = max(self.most, self._now())
            time.sleep(0.05)

    def ended(self) -> tuple[float, float]:
        """Before, and at most."""
        self._on = False
        self._thread.join()
        return self.first, self.most


async def prepared(office: Office, stack: Stack, rows: int) -> None:
    """The project is linked, its transactions are wanted, and CMiC has them; some have come in, so that the worker is warm."""
    await connect(office)
    settings = await office.ledger.settings_of(COMPANY)
    wanted = {"transactions": True, "transaction_projects": [PROJECT], "journal_codes": JOURNALS}
    await office.ledger.put_settings(COMPANY, settings.model_validate({**settings.model_dump(), **wanted}), "benchmark")
    for name, project in (("master_codes", None), ("project_codes", PROJECT)):
        handle = await office.ordering.order(name, COMPANY, person=EVERYBODY, project=project)
        print(f"{name}: {(await handle.result()).words}")
    await _generated(stack, 1000)
    await imported(office)
    await _generated(stack, rows)


async def _generated(stack: Stack, rows: int) -> None:
    async with httpx.AsyncClient(base_url=stack.cmic_url, timeout=120) as cmic:
        body = {"company": ERP, "job": JOB, "count": rows, "seed": rows}
        (await cmic.post("/_sandbox/transactions", json=body)).raise_for_status()


async def imported(office: Office) -> tuple[Summary, float]:
    """One full run, and its seconds."""
    began = time.monotonic()
    handle = await office.ordering.order("transactions", COMPANY, person=EVERYBODY, project=PROJECT, full=True)
    summary = await handle.result()
    if summary.state != "done":
        raise RuntimeError(str(summary))
    return summary, time.monotonic() - began


async def plainly(office: Office, stack: Stack, rows: int) -> float:
    """The loop that anyone would write first: one page at a time, a request for each row's header and one for its line."""
    config = office.config
    codes: dict[Any, Any] = {}
    async with httpx.AsyncClient(timeout=60) as http:
        token = await _token(http, config)
        headers = {"Authorization": f"Bearer {token}", "Procore-Company-Id": str(COMPANY)}
        found = await http.get(
            f"{stack.procore_url}/rest/v1.0/cost_codes",
            params={"project_id": PROJECT, "per_page": 1000},
            headers=headers,
        )
        for code in found.json():
            codes |= {(code["full_code"], t["code"]): (code["id"], t["id"]) for t in code["line_item_types"]}
        began, done, offset = time.monotonic(), 0, 0
        while done < rows:
            page = await _page(http, stack, offset)
            offset += len(page)
            for row in page[: rows - done]:
                await _one(http, stack, headers, row, codes)
                done += 1
        return time.monotonic() - began


async def _token(http: httpx.AsyncClient, config: Config) -> str:
    body = {"grant_type": "client_credentials", "client_id": config.procore.client_id}
    body["client_secret"] = config.procore.client_secret.get_secret_value()
    answer = await http.post(f"{config.procore.login_url}/oauth/token", data=body)
    return str(answer.json()["access_token"])


async def _page(http: httpx.AsyncClient, stack: Stack, offset: int) -> list[dict[str, Any]]:
    address = f"{stack.cmic_url}/cmictest/jc-rest-api/rest/1/jcdetailposted"
    asked: dict[str, str | int] = {"q": f"JcdtCompCode='{ERP}' and JcdtJobCode='{JOB}'", "limit": 500, "offset": offset}
    answer = await http.get(
        address, params={**asked, "orderBy": "JcdtVUuid:asc"}, auth=("DEMO||CONNECTOR", "cmic-demo")
    )
    answer.raise_for_status()
    return list(answer.json()["items"])


async def _one(
    http: httpx.AsyncClient, stack: Stack, headers: dict[str, str], row: dict[str, Any], codes: dict[Any, Any]
) -> None:
    base = f"{stack.procore_url}/rest/v1.0/projects/{PROJECT}/direct_costs"
    origin = f"plain|{row['JcdtVUuid']}"
    head = {"direct_cost_type": "expense", "direct_cost_date": row["JcdtRefDate"], "origin_id": origin}
    made = (await http.patch(f"{base}/sync", json={"updates": [head]}, headers=headers)).json()["entities"]
    pair = codes.get((row["JcdtPhsCode"], row["JcdtCatCode"]))
    if made and pair:
        line = {"direct_cost_id": made[0]["id"], "amount": str(Decimal(str(row["JcdtAmt"]))), "origin_id": origin}
        line |= {"cost_code_id": pair[0], "line_item_type_id": pair[1]}
        await http.patch(f"{base}/line_items/sync", json={"updates": [line]}, headers=headers)


async def measured(stack: Stack, pid: int, rows: int, plain: int) -> bool:
    os.environ.update(stack.env)
    async with open_office(Config()) as office:
        await prepared(office, stack, rows)
        memory = Memory(pid)
        (first, seconds), (second, again) = await imported(office), await imported(office)
        before, most = memory.ended()
        slow = await plainly(office, stack, plain)
        counts = await office.incoming.counts(second.run)
    rate, plain_rate = rows / seconds, plain / slow
    print(f"first run       {rows:>8,} rows  {rate:10,.0f} rows/s  {first.words}")
    print(f"second run      {rows:>8,} rows  {rows / again:10,.0f} rows/s  {second.words}")
    print(f"a plain loop    {plain:>8,} rows  {plain_rate:10,.0f} rows/s  one page at a time, one row a request")
    print(f"the import is   {rate / plain_rate:8.1f} times as fast as the plain loop")
    print(f"worker memory   {before:8.1f} MB before, {most:.1f} MB at most: {most - before:.1f} MB of growth")
    held = most - before < BOUND_MB and counts.written == 0 and counts.removed == 0
    print(f"bounds ({BOUND_MB} MB of growth; no write in the second run): {'held' if held else 'NOT held'}")
    return held


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rows", type=int, default=100_000)
    parser.add_argument("--plain", type=int, default=1_000)
    asked = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder, local_stack(Path(folder), more=OFF) as stack:
        asyncio.run(migrate(stack.database_url))
        worker = start_worker(stack)
        try:
            held = asyncio.run(measured(stack, worker.pid, asked.rows, asked.plain))
        finally:
            end(worker)
    sys.exit(0 if held else 1)


if __name__ == "__main__":
    main()
