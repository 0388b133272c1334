"""What tests do to a ledger, one transaction each."""

from __future__ import annotations

import itertools
from typing import Any

from domain.commands import Head
from domain.facts import Dependent, Prerequisite
from domain.identity import ObjectId
from domain.ledger_port import Intent
from domain.records import Plan, Written
from domain.states import Condition, State
from ledger.store import PgLedger
from tests.builders import COMPANY, ERP_COMPANY, JOB, PROJECT, VENDOR, transition

_numbers = itertools.count(1)


def another(kind: str = "commitment", scope: str = "310") -> ObjectId:
    """An object that no test has met before."""
    return ObjectId(kind=kind, company=562949, scope=scope, id=100_000 + next(_numbers))


async def move(ledger: PgLedger, object_id: ObjectId, to: State, action: str = "step", **more: Any) -> Head:
    """Append one transition, under a request id of its own unless one is given."""
    request = {"request_id": f"request {next(_numbers)}"}
    async with ledger.case(object_id) as case:
        return await case.append(transition(action, to, **{**request, **more}))


async def wait_on(ledger: PgLedger, child: ObjectId, *parents: Prerequisite) -> list[Prerequisite]:
    """Weigh a child's parents and write the rows."""
    async with ledger.case(child) as case:
        weighed = await case.weigh(list(parents))
        await case.set_prerequisites(weighed)
        return weighed


async def dependents(ledger: PgLedger, parent: ObjectId) -> list[Dependent]:
    async with ledger.case(parent) as case:
        return await case.dependents()


async def reserve(ledger: PgLedger, object_id: ObjectId, wanted: Plan) -> list[Intent]:
    async with ledger.case(object_id) as case:
        return await case.reserve(wanted)


async def link(ledger: PgLedger, object_id: ObjectId, written: list[Written], erp_company: str = ERP_COMPANY) -> None:
    async with ledger.case(object_id) as case:
        await case.link(written, erp_company)


async def link_project(ledger: PgLedger, project: ObjectId = PROJECT, job: str = JOB) -> None:
    """A project that is synced with a job of two codes."""
    key = {"company": ERP_COMPANY, "job": job}
    async with ledger.case(project) as case:
        await case.link(
            [Written.model_validate({"part": "", "key": {"resource": "job", "parts": key}, "uuid": "j"})], "01"
        )
        await case.put_codes(ERP_COMPANY, job, [("03-300", "M"), ("05-100", "L")])
    await move(ledger, project, State.SYNCED, "complete")


async def link_company(ledger: PgLedger, company: ObjectId = COMPANY, vendor: str = VENDOR) -> None:
    """A company that is synced with a partner and a vendor."""
    key = {"company": ERP_COMPANY, "vendor": vendor}
    partner = {"part": "partner", "key": {"resource": "partner", "parts": {"vendor": vendor}}, "uuid": "p"}
    own = {"part": "", "key": {"resource": "vendor", "parts": key}, "uuid": "v"}
    await link(ledger, company, [Written.model_validate(partner), Written.model_validate(own)])
    await move(ledger, company, State.SYNCED, "complete")


def needs(parent: ObjectId = COMPANY, condition: Condition = Condition.SYNCED, label: str = "") -> Prerequisite:
    return Prerequisite(parent=parent.key, condition=condition, label=label)
