"""What tests over the whole stack share: the configuration of a stack, and a site to act on it as people would."""

from __future__ import annotations

import asyncio
import itertools
import json
import os
from collections import defaultdict
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass, field, replace
from datetime import timedelta
from decimal import Decimal
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any
from unittest.mock import patch
from uuid import uuid4

import httpx

from activities.messages import ListChanges, Timing
from domain.commands import Door, Head, Outcome
from domain.identity import company_key, project_key
from domain.permissions import Level, Person
from domain.states import State
from mappers.registry import KINDS
from workers.config import Config
from workers.plant import Office
from workers.stack import Stack
from workflows.asking import Asking
from workflows.keeping import PostingWatch, Watchdog

COMPANY, PROJECT, ERP, JOB = 562949, 310, "01", "1042"
ACME, BAKER, DELTA, EVERGREEN = 4101, 4102, 4103, 4104
SENDER = Person(name="sender", owning_tool_admin=True)
APPROVER = Person(name="approver", erp_level=Level.ADMIN, may_push=True, owning_tool_admin=True)
IMPATIENT = Timing(patience=timedelta(seconds=40), retry_every=timedelta(seconds=3), heartbeat=timedelta(seconds=4))
_numbers = itertools.count(1)
_watching: defaultdict[str, asyncio.Lock] = defaultdict(asyncio.Lock)
"""A resource is watched once at a time, as its schedule does it: of two looks, the earlier might be stored last."""


@contextmanager
def own_folder() -> Iterator[Path]:
    """A folder for a server that runs as a user of its own. Not pytest's: each session closes that one to others, and so
    takes the data away from under the server of another session."""
    with TemporaryDirectory(prefix="procore-cmic-", ignore_cleanup_errors=True) as folder:
        yield Path(folder)


def config_of(stack: Stack, **more: Any) -> Config:
    """The configuration of a worker or an office against a stack, whatever the environment says."""
    with patch.dict(os.environ, stack.env):
        return Config(_env_file=None, **{"timing": IMPATIENT, **more})


def line(
    code: str = "03-100", category: str = "S", amount: str = "1000.00", text: str = "Work", **units: str
) -> dict[str, Any]:
    """A line of a schedule of values: an amount, or quantity, unit_cost and uom."""
    body: dict[str, Any] = {"cost_code": code, "line_item_type": category, "description": text}
    return {**body, **units} if units else {**body, "amount": amount}


@dataclass
class Site:
    """A project and its vendor, linked; commitments of its own numbers; the stand-ins' books and controls."""

    stack: Stack
    office: Office
    procore: httpx.AsyncClient
    cmic: httpx.AsyncClient
    numbers: dict[str, str] = field(default_factory=dict)

    # People

    async def ask(self, key: str, action: str, person: Person = APPROVER, **more: Any) -> Outcome:
        fields = {k: more.pop(k) for k in list(more) if k not in ("seen", "request_id", "note_id")}
        return await self.office.asking.ask(key, action, person=person, door=Door.CLI, fields=fields, **more)

    async def refused(self, key: str, action: str, person: Person = APPROVER, **more: Any) -> list[str]:
        """The codes of the reasons for which it is refused, in their order."""
        outcome = await self.patiently(key, action, person, **more)
        assert outcome.answer == "refused", outcome
        return [r.code for r in outcome.refusals]

    async def granted(self, key: str, action: str, person: Person = APPROVER, **more: Any) -> Outcome:
        outcome = await self.patiently(key, action, person, **more)
        assert outcome.answer == "done", outcome
        return outcome

    async def patiently(self, key: str, action: str, person: Person, **more: Any) -> Outcome:
        """Ask as a person does who is told that something is running: again, with the same request id."""
        stated = {"request_id": uuid4().hex, **more}
        for _ in range(30):
            outcome = await self.ask(key, action, person, **stated)
            if outcome.answer != "busy":
                break
            await asyncio.sleep(0.5)
        return outcome

    def hurried(self, **seconds: float) -> Site:
        """The same site, whose lifecycles are started with other patience: `patience`, `retry_every`, `busy_after` ..."""
        config = self.office.config
        timing = IMPATIENT.model_copy(update={name: timedelta(seconds=s) for name, s in seconds.items()})
        client, ledger = self.office.client, self.office.ledger
        asking = Asking(client, ledger, task_queue=config.task_queue, erp_queue=config.erp_queue, timing=timing)
        return replace(self, office=replace(self.office, asking=asking))

    @asynccontextmanager
    async def settings(self, **changed: Any) -> AsyncIterator[None]:
        """Other settings for a while; afterwards a newer version with the old ones."""
        ledger = self.office.ledger
        before = await ledger.settings_of(COMPANY)
        after = before.model_validate({**before.model_dump(), **changed})
        await ledger.put_settings(COMPANY, after, "administrator")
        try:
            yield
        finally:
            await ledger.put_settings(COMPANY, before, "administrator")

    async def head(self, key: str) -> Head:
        head = await self.office.ledger.head(key)
        assert head is not None, f"{key} has no row"
        return head

    async def until(
        self, key: str, *states: State, seconds: float = 45, also: Callable[[Head], bool] = lambda _: True
    ) -> Head:
        head: Head | None = None
        for _ in range(int(seconds * 20)):
            head = await self.office.ledger.head(key)
            if head is not None and head.state in states and also(head):
                return head
            await asyncio.sleep(0.05)
        raise AssertionError(f"{key} is {head and head.state} after {seconds} s: {head and head.words}")

    async def actions(self, key: str) -> list[str]:
        """The history in short: actions that changed something."""
        return [h["action"] for h in await self.office.reading.history(key) if h["answer"] == "done"]

    # Temporal

    async def workflow_history(self, key: str) -> str:
        """All that Temporal keeps of the object's present run, as JSON text."""
        return (await self.office.client.get_workflow_handle(key).fetch_history()).to_json()

    async def watch(self, *, resource: str = "subcontract", full: bool = False) -> str:
        """What the posting schedule does, now: its own words."""
        asked = ListChanges(erp_company=ERP, resource=resource, full=full)
        config = self.office.config
        async with _watching[resource]:
            said: str = await self.office.client.execute_workflow(
                PostingWatch.run, args=[asked, config.erp_queue], id=self.code("watch"), task_queue=config.task_queue
            )
        return said

    async def patience_over(self) -> None:
        """What CMiC itself wanted first is tried again once patience with it is over."""
        await asyncio.sleep(self.office.config.timing.retry_every.total_seconds() + 0.2)

    async def watchdog(self) -> str:
        said: str = await self.office.client.execute_workflow(
            Watchdog.run, id=self.code("watchdog"), task_queue=self.office.config.task_queue
        )
        return said

    # Procore

    def code(self, prefix: str) -> str:
        """A name that nobody has yet: a vendor's code, a job's, a contract's number."""
        return f"{prefix}{next(_numbers):04d}"

    async def commitment(
        self,
        *lines: dict[str, Any],
        vendor: int | None = ACME,
        kind: str = "WorkOrderContract",
        project: int = PROJECT,
        **more: Any,
    ) -> str:
        """Enter an approved commitment with a number of its own; its key."""
        number = f"T-{os.getpid()}-{next(_numbers)}"
        body = {
            "project_id": project, "type": kind, "number": number, "title": f"Test {number}", "vendor_id": vendor,
            "status": "Approved", "lines": list(lines) or [line()], **more,
        }  # fmt: skip
        answer = await self.procore.post("/_sandbox/commitments", json=body)
        assert answer.status_code == 200, answer.text
        key = KINDS["commitment"].object_id(COMPANY, answer.json()["id"], project=project).key
        self.numbers[key] = body["number"]
        return key

    async def sent(self, *lines: dict[str, Any], **more: Any) -> str:
        key = await self.commitment(*lines, **more)
        outcome = await self.ask(key, "send", SENDER)
        assert outcome.answer == "done", outcome
        return key

    async def synced(self, *lines: dict[str, Any], **more: Any) -> str:
        key = await self.sent(*lines, **more)
        outcome = await self.ask(key, "accept")
        assert outcome.answer == "done", outcome
        await self.until(key, State.SYNCED)
        return key

    async def company(self, name: str = "Testing & Sons Inc.", **more: Any) -> str:
        """A new company in Procore's directory; its key."""
        number = 70000 + next(_numbers) + os.getpid() % 1000 * 100
        body = {
            "vendors": [{"id": number, "name": f"{name} {number}", "company_id": COMPANY, "is_active": True, **more}]
        }
        answer = await self.procore.post("/_sandbox/seed", json=body)
        assert answer.status_code == 200, answer.text
        return company_key(COMPANY, ERP, number)

    async def linked_company(self) -> tuple[str, str]:
        """A new company, exported to CMiC: its key, and the vendor's code."""
        key, code = await self.company(), self.code("V")
        await self.granted(key, "send", SENDER)
        await self.granted(key, "accept", erp_id=code)
        await self.until(key, State.SYNCED)
        return key, code

    async def project(self, *pairs: tuple[str, str]) -> tuple[str, int, str]:
        """A new project in Procore and its job in CMiC, which has these codes with their categories. They aren't linked.
        Its key, its id in Procore, the job's code."""
        number, job = 80000 + next(_numbers), self.code("J")
        scope = {"company_id": COMPANY, "project_id": number}
        first = number * 1000
        codes = []
        for n, (division, code) in enumerate({tuple(full.split("-", 1)) for full, _ in pairs}):
            ids = {"id": first + 2 * n, "parent_id": first + 2 * n + 1}
            codes.append({**scope, "id": ids["parent_id"], "code": division, "name": f"Division {division}"})
            codes.append({**scope, **ids, "code": code, "name": code, "line_item_type_ids": [3001, 3002, 3003]})
        projects = [{"id": number, "company_id": COMPANY, "name": f"Project {number}", "project_number": job}]
        answer = await self.procore.post("/_sandbox/seed", json={"projects": projects, "cost_codes": codes})
        assert answer.status_code == 200, answer.text
        await self.control("seed", jcjob=[{"JobCompCode": ERP, "JobCode": job, "JobName": f"Job {job}"}])
        common = {"GjjpCompCode": ERP, "GjjpJobCode": job, "GjjpCtrlCode": "ALL", "GjjpName": "Work"}
        flags = {"GjjpActiveFlag": "Y", "GjjpFactorableFlg": "N"}
        rows = [{**common, **flags, "GjjpCode": full} for full in sorted({full for full, _ in pairs})]
        await self.control("seed", jcjobcostcodes=rows)
        for full, category in pairs:
            await self.control("assign", company=ERP, job=job, cost_code=full, category=category)
        return project_key(COMPANY, number), number, job

    async def procore_fault(self, path: str, **order: Any) -> None:
        answer = await self.procore.post("/_sandbox/faults", content=json.dumps({"path": path, **order}))
        assert answer.status_code == 200, answer.text

    async def edit(self, key: str, **fields: Any) -> None:
        answer = await self.procore.post(f"/_sandbox/edit/commitments/{key.rsplit(':', 1)[1]}", json=fields)
        assert answer.status_code == 200, answer.text

    async def relines(self, key: str, *lines: dict[str, Any]) -> None:
        answer = await self.procore.put(
            f"/_sandbox/commitments/{key.rsplit(':', 1)[1]}/lines", json={"lines": list(lines)}
        )
        assert answer.status_code == 200, answer.text

    async def in_procore(self, key: str) -> dict[str, Any]:
        rows = await self.procore.get("/_sandbox/books/commitments", params={"id": key.rsplit(":", 1)[1]})
        return dict(rows.json()[0])

    # CMiC

    async def control(self, path: str, **body: Any) -> Any:
        """One of the CMiC stand-in's controls."""
        answer = await self.cmic.post(f"/_sandbox/{path}", json=body)
        assert answer.status_code < 300, answer.text
        return answer.json()

    async def fault(self, kind: str, **order: Any) -> None:
        """Order a fault of CMiC."""
        await self.control("faults", kind=kind, **order)

    async def rows(self, resource: str, **equal: Any) -> list[dict[str, Any]]:
        answer = await self.cmic.get(f"/_sandbox/books/{resource}", params=equal)
        assert answer.status_code == 200, answer.text
        return list(answer.json()["rows"])

    async def contract(self, key: str, vendor: str = "ACME01") -> dict[str, str]:
        return {"company": ERP, "vendor": vendor, "contract": self.numbers[key]}

    async def in_cmic(self, key: str) -> tuple[int, int, Decimal]:
        """How often the commitment's number is in CMiC's books, with how many lines, adding up to what."""
        headers = await self.rows("scmast", ScmstContCode=self.numbers[key])
        lines = await self.rows("scsched", ScschContCode=self.numbers[key])
        return len(headers), len(lines), sum((Decimal(str(r["ScschAmt"])) for r in lines), Decimal(0))

    async def requests(self, key: str) -> tuple[int, int]:
        """(reads, writes) that CMiC saw since its traffic was last reset: reads that name the commitment's number, and every
        write."""
        rows = (await self.cmic.get("/_sandbox/traffic")).json()["requests"]
        reads = sum(r["method"] == "GET" and self.numbers[key] in r["query"] for r in rows)
        return reads, sum(r["method"] != "GET" for r in rows)
