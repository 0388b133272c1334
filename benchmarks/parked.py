"""What a parked commitment costs a worker: memory per object, beside a worker that has been started anew.

`python -m benchmarks.parked [--objects 1000]`. A stack of its own; commitments are sent and wait for an approver. The
resident memory of the worker process is read after a warm-up, after the objects are parked, and in a fresh worker that
has none of them in its cache. Bound: under 100 KB an object.
"""

from __future__ import annotations

import argparse
import asyncio
import os
import sys
import tempfile
import time
from pathlib import Path

import httpx
import psutil

from domain.commands import Answer, Door
from domain.permissions import Level, Person
from ledger.migrate import migrate
from mappers.registry import KINDS
from workers.config import Config
from workers.local import start_worker
from workers.plant import Office, open_office
from workers.stack import Stack, end, local_stack

WARM_UP, BOUND_KB = 100, 100
COMPANY, PROJECT, VENDOR = 562949, 310, 4101
EVERYBODY = Person(name="benchmark", erp_level=Level.ADMIN, may_push=True, owning_tool_admin=True)
OFF = {"procore": ("--limits", "off"), "cmic": ("--limits", "off")}


def memory_kb(pid: int) -> float:
    return psutil.Process(pid).memory_info().rss / 1024


async def connect(office: Office) -> None:
    for key, erp_id in ((f"project:{COMPANY}:-:{PROJECT}", "1042"), (f"company:{COMPANY}:01:{VENDOR}", "ACME01")):
        await office.asking.ask(key, "link", person=EVERYBODY, door=Door.CLI, fields={"erp_id": erp_id})
        while (head := await office.ledger.head(key)) is None or head.state != "synced":  # noqa: ASYNC110
            await asyncio.sleep(0.1)


async def park(office: Office, procore: httpx.AsyncClient, first: int, count: int) -> None:
    """Enter commitments and send them, ten at a time."""
    contracts = [
        {"project_id": PROJECT, "type": "WorkOrderContract", "number": f"B-{n}", "title": f"Package {n}",
         "vendor_id": VENDOR, "status": "Approved",
         "lines": [{"cost_code": "03-100", "line_item_type": "S", "amount": "1000.00", "description": "Work"}]}
        for n in range(first, first + count)
    ]  # fmt: skip
    answer = await procore.post("/_sandbox/commitments", json={"commitments": contracts}, timeout=60)
    gate = asyncio.Semaphore(10)

    async def send(number: int) -> None:
        async with gate:
            key = KINDS["commitment"].object_id(COMPANY, number, project=PROJECT).key
            outcome = await office.asking.ask(key, "send", person=EVERYBODY, door=Door.CLI)
            if outcome.answer is not Answer.DONE:
                raise RuntimeError(f"{key}: {outcome}")

    await asyncio.gather(*(send(n) for n in answer.json()["ids"]))


async def fill(stack: Stack, pid: int, objects: int) -> tuple[float, float, float]:
    """Memory after the warm-up, memory with the objects parked, and objects sent in a second."""
    os.environ.update(stack.env)
    async with open_office(Config()) as office, httpx.AsyncClient(base_url=stack.procore_url) as procore:
        await connect(office)
        await park(office, procore, 1, WARM_UP)
        await asyncio.sleep(2)
        warm = memory_kb(pid)
        began = time.monotonic()
        await park(office, procore, WARM_UP + 1, objects)
        rate = objects / (time.monotonic() - began)
        await asyncio.sleep(2)
        return warm, memory_kb(pid), rate


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--objects", type=int, default=1000)
    objects: int = parser.parse_args().objects
    with tempfile.TemporaryDirectory() as folder, local_stack(Path(folder), more=OFF) as stack:
        asyncio.run(migrate(stack.database_url))
        worker = start_worker(stack)
        try:
            warm, parked, rate = asyncio.run(fill(stack, worker.pid, objects))
        finally:
            end(worker)
        fresh = start_worker(stack)
        try:
            time.sleep(2)
            empty = memory_kb(fresh.pid)
        finally:
            end(fresh)
    each = (parked - warm) / objects
    print(f"worker, warm                  {warm / 1024:8.1f} MB")
    print(f"worker, {objects} more parked     {parked / 1024:8.1f} MB   {parked / warm:.2f} times the warm one")
    print(f"a fresh worker, same objects  {empty / 1024:8.1f} MB   {empty / warm:.2f} times the warm one")
    print(
        f"memory per parked commitment  {each:8.1f} KB   bound {BOUND_KB} KB: {'held' if each < BOUND_KB else 'NOT held'}"
    )
    print(f"sent in a second              {rate:8.1f}      (ten at a time; the whole stack on this machine)")
    sys.exit(0 if each < BOUND_KB else 1)


if __name__ == "__main__":
    main()
