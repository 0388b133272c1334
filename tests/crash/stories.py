"""The stories that crash cases tell: what people do, as if nothing ever went wrong, and how it has to end.

A story's maker takes what differs between cases; the story itself takes the case's scene.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from decimal import Decimal
from typing import Any

from domain.states import State
from tests.crash.checks import Ending
from tests.crash.scene import Scene
from tests.crash.seeds import CODE, CRASH_PARTNER, seed_contract
from tests.support import APPROVER, ERP, SENDER, line

Story = Callable[[Scene], Awaitable[list[Ending]]]
SUBCONTRACT, ORDER = "WorkOrderContract", "PurchaseOrderContract"
AMOUNTS = ("1000.10", "2000.20", "0.03", "4000.00")
LINES = [line(CODE, "LMS"[n % 3], amount, f"Part {n}") for n, amount in enumerate(AMOUNTS)]
WHOLE = (1, len(AMOUNTS), sum((Decimal(a) for a in AMOUNTS), Decimal(0)))
EXPORTED = "send accept complete"
Fault = dict[str, Any]
SLOW: Fault = {"delay": 20, "until_death": True}
SLOW_LINES: Fault = {"path": "/line_items/", "skip": 2, "times": None, **SLOW}
"""Procore takes two lines' ids and is slow with the others, for as long as the worker lives."""


def sent(procore: Fault | None = None) -> Story:
    async def story(scene: Scene) -> list[Ending]:
        key = await scene.contracted(*LINES)
        await _order(scene, key, None, procore)
        await scene.must(key, "send", SENDER)
        return [Ending(key, State.WAITING, "send")]

    return story


def lost() -> Story:
    """Somebody terminates the workflow of a sent one in Temporal's UI; the watchdog starts it again from the ledger."""

    async def story(scene: Scene) -> list[Ending]:
        key = await scene.contracted(*LINES)
        await scene.must(key, "send", SENDER)
        await scene.plant.client.get_workflow_handle(key).terminate("lost")
        assert await scene.plant.keeping.start(await scene.head(key))
        return [Ending(key, State.WAITING, "send")]

    return story


def decided(action: str, state: State) -> Story:
    """Sent, and then retrieved or rejected."""

    async def story(scene: Scene) -> list[Ending]:
        key = await scene.contracted(*LINES)
        await scene.must(key, "send", SENDER)
        await scene.must(key, action, SENDER if action == "retrieve" else APPROVER)
        return [Ending(key, state, f"send {action}")]

    return story


def exported(kind: str = SUBCONTRACT, cmic: Fault | None = None, procore: Fault | None = None) -> Story:
    """Sent and accepted; with a fault ordered in CMiC for its writes, or in Procore for a path below the contract's."""

    async def story(scene: Scene) -> list[Ending]:
        key = await scene.contracted(*LINES, kind=kind)
        await _order(scene, key, cmic, procore)
        await scene.must(key, "send", SENDER)
        await scene.must(key, "accept")
        return [Ending(key, State.SYNCED, EXPORTED, WHOLE, linked=True)]

    return story


def refused_once(action: str) -> Story:
    """CMiC refuses the write until it is put right there; then the item is retried in place, or rejected."""

    async def story(scene: Scene) -> list[Ending]:
        key = await scene.contracted(*LINES)
        await scene.cmic_fault(key, "status", status=400, times=None)
        await scene.must(key, "send", SENDER)
        await scene.must(key, "accept")
        await scene.until(key, State.FAILED, seconds=90)
        await scene.mend()
        await scene.must(key, action)
        if action == "reject":
            return [Ending(key, State.REJECTED, "send accept fail reject")]
        return [Ending(key, State.SYNCED, "send accept fail retry complete", WHOLE, linked=True)]

    return story


def taken() -> Story:
    """Accounting has typed the contract in already: the export refuses it, and the approver adopts it."""

    async def story(scene: Scene) -> list[Ending]:
        key = await scene.contracted(*LINES)
        await seed_contract(scene.cmic, scene.numbers[key], *((row["line_item_type"], row["amount"]) for row in LINES))
        await scene.must(key, "send", SENDER)
        await scene.must(key, "accept")
        await scene.until(key, State.FAILED, seconds=90)
        await scene.must(key, "adopt")
        return [Ending(key, State.SYNCED, "send accept fail adopt complete", WHOLE, linked=True)]

    return story


def stranger(failure: str) -> Story:
    """While nobody works, accounting types in another contract under the number that was about to be written. It is never
    taken for ours, whether or not a write was tried before."""

    async def story(scene: Scene) -> list[Ending]:
        key = await scene.contracted(*LINES)
        await scene.must(key, "send", SENDER)
        await scene.must(key, "accept")
        await scene.died.wait()
        await seed_contract(scene.cmic, scene.numbers[key], ("L", "999.00"))
        other = (1, 1, Decimal("999.00"))
        return [Ending(key, State.FAILED, "send accept fail", other, failure=failure)]

    return story


def unreachable() -> Story:
    """CMiC doesn't take a write for longer than patience lasts; it comes back when the worker has died. The failure is
    temporary and tries again by itself, more than once on a slow machine."""

    async def story(scene: Scene) -> list[Ending]:
        key = await scene.contracted(*LINES)
        await scene.cmic_fault(key, "status", status=503, times=None, until_death=True)
        await scene.must(key, "send", SENDER)
        await scene.must(key, "accept")
        return [Ending(key, State.SYNCED, "send accept (fail try_again )+complete", WHOLE, linked=True)]

    return story


def unlinked(procore: Fault | None = None) -> Story:
    """Exported, voided by the accountant, unlinked. CMiC keeps its void record."""

    async def story(scene: Scene) -> list[Ending]:
        key = await _synced(scene)
        await scene.control("subcontracts/void", company=ERP, vendor=CRASH_PARTNER, contract=scene.numbers[key])
        await _order(scene, key, None, procore)
        await scene.must(key, "unlink")
        return [Ending(key, State.NOT_SENT, f"{EXPORTED} unlink gone", WHOLE)]

    return story


def still_there(blind: bool = False) -> Story:
    """Unlinked while CMiC still has the record, or while CMiC can't be asked: it stays linked."""

    async def story(scene: Scene) -> list[Ending]:
        key = await _synced(scene)
        if blind:
            await scene.cmic_fault(key, "status", method="GET", status=503, times=None, until_death=True)
        await scene.must(key, "unlink")
        return [Ending(key, State.SYNCED, f"{EXPORTED} unlink still_there", WHOLE, linked=True)]

    return story


def held() -> Story:
    """Two commitments of a vendor that CMiC doesn't have yet: accepted, held, and gone by themselves when it syncs."""

    async def story(scene: Scene) -> list[Ending]:
        company, code = await scene.newcomer()
        keys = [await scene.contracted(*LINES, vendor=int(company.rsplit(":", 1)[1])) for _ in range(2)]
        for key in keys:
            await scene.must(key, "send", SENDER)
            await scene.must(key, "accept")
            assert (await scene.head(key)).state is State.HELD
        await scene.must(company, "send", SENDER)
        await scene.must(company, "accept", erp_id=code)
        ends = [Ending(k, State.SYNCED, "send accept release complete", WHOLE, linked=True) for k in keys]
        return [Ending(company, State.SYNCED, EXPORTED, (1, 0, Decimal(0)), linked=True, vendor=code), *ends]

    return story


def company(unlink: bool = False) -> Story:
    """A company becomes a partner and a vendor; unlinking it asks nothing of CMiC."""

    async def story(scene: Scene) -> list[Ending]:
        key, code = await scene.newcomer()
        await scene.must(key, "send", SENDER)
        await scene.must(key, "accept", erp_id=code)
        once = (1, 0, Decimal(0))
        if not unlink:
            return [Ending(key, State.SYNCED, EXPORTED, once, linked=True, vendor=code)]
        await scene.until(key, State.SYNCED, seconds=90)
        await scene.must(key, "unlink")
        return [Ending(key, State.NOT_SENT, f"{EXPORTED} unlink gone", once, vendor=code)]

    return story


def project(refresh: bool = False) -> Story:
    """A project is linked to its job, and its codes are refreshed."""

    async def story(scene: Scene) -> list[Ending]:
        key, job = await scene.new_project()
        await scene.must(key, "link", erp_id=job, erp_company=ERP)
        if not refresh:
            return [Ending(key, State.SYNCED, "link complete", linked=True)]
        await scene.until(key, State.SYNCED, seconds=90)
        await scene.must(key, "refresh")
        return [Ending(key, State.SYNCED, "link complete refresh complete", linked=True)]

    return story


async def _synced(scene: Scene) -> str:
    key = await scene.contracted(*LINES)
    await scene.must(key, "send", SENDER)
    await scene.must(key, "accept")
    await scene.until(key, State.SYNCED, seconds=90)
    return key


async def _order(scene: Scene, key: str, cmic: Fault | None, procore: Fault | None) -> None:
    if cmic:
        await scene.cmic_fault(key, **cmic)
    if procore:
        number = key.rsplit(":", 1)[1]
        await scene.procore_fault(
            f"_contracts/{number}{procore['path']}", **{k: v for k, v in procore.items() if k != "path"}
        )
