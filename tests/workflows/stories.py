"""What happens to objects in the recorded histories: each story acts through the doors that people use.

A story returns the workflows it was about. `histories/` holds one file for each run of each, named after the story.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from datetime import timedelta

from activities.messages import ListChanges
from domain.people import person_id
from domain.states import Posting, State
from tests.support import APPROVER, ERP, JOB, PROJECT, SENDER, Site, line
from tests.workflows.ground import asking, raw, settled
from tests.workflows.stories_of_kinds import STORIES_OF_KINDS
from workflows.keeping import DialectCheck, PostingWatch, Watchdog

PAIR = {"company": ERP, "job": JOB, "cost_code": "04-200", "category": "S"}
Story = Callable[[Site], Awaitable[list[str]]]


async def exported_posted_unlinked(site: Site) -> list[str]:
    key = await site.synced(line(), line(amount="99.99"))
    contract = await site.contract(key)
    await site.control("subcontracts/post", **contract, post_date="2026-11-20")
    watch = await _posting_watch(site, "posting watch with news")
    await site.until(key, State.SYNCED, also=lambda head: head.posting is Posting.POSTED)
    await site.granted(key, "unlink")
    await site.until(key, State.SYNCED, also=lambda head: "CMiC still has" in head.words)
    await site.control("subcontracts/void", **contract)
    await site.granted(key, "unlink")
    await site.until(key, State.NOT_SENT)
    return [key, watch]


async def _posting_watch(site: Site, number: str) -> str:
    asked, config = ListChanges(erp_company=ERP, resource="subcontract"), site.office.config
    await site.office.client.execute_workflow(
        PostingWatch.run, args=[asked, config.erp_queue], id=number, task_queue=config.task_queue
    )
    return number


async def nothing_new_posted(site: Site) -> list[str]:
    return [await _posting_watch(site, "posting watch without news")]


async def refused(site: Site) -> list[str]:
    key = await site.commitment(line("99-999"), status="Draft")
    assert len(await site.refused(key, "send", SENDER)) == 2
    return [key]


async def refused_while_waiting(site: Site) -> list[str]:
    key = await site.sent()
    handle = site.office.client.get_workflow_handle(key)
    await site.refused(key, "accept", SENDER)
    await site.refused(key, "unlink")
    await handle.signal("nonsense")
    await handle.signal("reject", args=[raw(b"\xff\xfe")])
    await handle.signal("accept", {"person": person_id(APPROVER.name)})
    await handle.signal("wake")
    await handle.execute_update("retrieve")
    return [key]


async def held_released(site: Site) -> list[str]:
    company = await site.company()
    number = company.rsplit(":", 1)[1]
    key = await site.sent(vendor=int(number))
    await site.granted(key, "accept")
    await site.office.client.get_workflow_handle(key).signal("wake")
    await settled(site.office.client, key)
    await site.granted(company, "send", SENDER)
    await site.granted(company, "accept", erp_id=f"V{number}"[:8])
    await site.until(key, State.SYNCED)
    return [key, company]


async def held_rejected_resent(site: Site) -> list[str]:
    key = await site.sent(vendor=int((await site.company()).rsplit(":", 1)[1]))
    await site.granted(key, "accept")
    await site.granted(key, "reject")
    await site.granted(key, "resend", SENDER)
    return [key]


async def failed_temporarily(site: Site) -> list[str]:
    """Procore doesn't answer for longer than patience lasts; then it does."""
    key = await site.sent()
    await site.procore_fault(f"/{key.rsplit(':', 1)[1]}", status=503, times=None)
    await site.granted(key, "accept")
    await site.until(key, State.FAILED)
    await site.procore.delete("/_sandbox/faults")
    await site.until(key, State.SYNCED)
    return [key]


async def cmic_was_away(site: Site) -> list[str]:
    """CMiC doesn't answer: neither to the write, nor to the look before a reject."""
    site = asking(site, busy_after=timedelta(seconds=20))
    key = await site.sent()
    await site.control("faults", kind="status", status=503, times=None)
    await site.granted(key, "accept")
    await site.until(key, State.FAILED)
    await site.refused(key, "reject")
    await site.cmic.delete("/_sandbox/faults")
    await site.until(key, State.SYNCED)
    return [key]


async def unreadable_send(site: Site) -> list[str]:
    """Procore can't be read for as long as patience lasts: the send is refused instead of waiting for ever."""
    site = asking(site, busy_after=timedelta(seconds=20))
    key = await site.commitment()
    await site.procore_fault(f"/{key.rsplit(':', 1)[1]}", status=503, times=None)
    assert await site.refused(key, "send", SENDER) == ["procore_unreachable"]
    await site.procore.delete("/_sandbox/faults")
    return [key]


async def refused_by_cmic_retried(site: Site) -> list[str]:
    key = await site.sent(line("04-200", "S"))
    await site.control("unassign", **PAIR)
    await site.granted(key, "accept")
    await site.until(key, State.FAILED)
    await site.control("assign", **PAIR)
    await site.granted(key, "retry")
    await site.until(key, State.SYNCED)
    return [key]


async def refused_by_cmic_rejected(site: Site) -> list[str]:
    key = await site.sent(line("04-200", "S"))
    await site.control("unassign", **PAIR)
    await site.granted(key, "accept")
    await site.until(key, State.FAILED)
    await site.control("assign", **PAIR)
    await site.granted(key, "reject")
    return [key]


async def adopted(site: Site) -> list[str]:
    """An accountant entered a contract of that number in CMiC before."""
    key = await site.sent(line(amount="100.00"))
    scope = {"CompCode": ERP, "VenCode": "ACME01", "ContCode": site.numbers[key], "ChgCode": "000", "JobCode": JOB}
    header = {f"Scmst{name}": value for name, value in scope.items()}
    header |= {"ScmstCurrCode": "USD", "ScmstOverrideFlag": "Y", "ScmstName": "By hand", "ScmstStatusCode": "U"}
    row: dict[str, object] = {f"Scsch{name}": value for name, value in scope.items()}
    row |= {
        "ScschTaskCode": "T1",
        "ScschPhsCode": "03-100",
        "ScschCatCode": "S",
        "ScschWmCode": "LS",
        "ScschAmt": 100.0,
    }
    await site.control("seed", scmast=[header], scsched=[row])
    await site.granted(key, "accept")
    await site.until(key, State.FAILED)
    await site.granted(key, "adopt")
    await site.until(key, State.SYNCED)
    return [key]


async def retrieved_rejected_resent(site: Site) -> list[str]:
    key = await site.sent()
    await site.granted(key, "retrieve", SENDER)
    await site.edit(key, title="Corrected")
    await site.granted(key, "resend", SENDER)
    await site.granted(key, "reject")
    await site.granted(key, "resend", SENDER)
    await site.granted(key, "accept")
    await site.until(key, State.SYNCED)
    return [key]


async def edited_after_approval(site: Site) -> list[str]:
    company = await site.company()
    key = await site.sent(vendor=int(company.rsplit(":", 1)[1]))
    await site.granted(key, "accept")
    await site.edit(key, title="Another title")
    await site.granted(company, "send", SENDER)
    await site.granted(company, "accept", erp_id=f"W{company.rsplit(':', 1)[1]}"[:8])
    await site.until(key, State.WAITING)
    return [key]


async def fresh_runs(site: Site) -> list[str]:
    """Rests that are long enough: parked, woken, accepted from there, parked again."""
    brief = asking(site, rest_after=timedelta(seconds=1))
    key = await brief.sent()
    await asyncio.sleep(1.5)
    await brief.office.client.get_workflow_handle(key).signal("wake")
    await brief.granted(key, "accept")
    await brief.until(key, State.SYNCED)
    await asyncio.sleep(1.5)
    return [key]


async def long_history(site: Site) -> list[str]:
    restless = asking(site, events=15)
    key = await restless.sent()
    for _ in range(4):
        await restless.refused(key, "accept", SENDER)
        await asyncio.sleep(0.2)
    return [key]


async def company_exported_unlinked(site: Site) -> list[str]:
    company = await site.company()
    await site.granted(company, "send", SENDER)
    await site.granted(company, "accept", erp_id=f"X{company.rsplit(':', 1)[1]}"[:8])
    await site.until(company, State.SYNCED)
    await site.granted(company, "unlink")
    await site.until(company, State.NOT_SENT)
    return [company]


async def company_linked_to_nothing(site: Site) -> list[str]:
    company = await site.company()
    await site.granted(company, "link", erp_id="NOSUCH1")
    await site.until(company, State.FAILED)
    return [company]


async def project_linked_refreshed(site: Site) -> list[str]:
    """The base of all the others; it was linked before them."""
    key = f"project:562949:-:{PROJECT}"
    await site.granted(key, "refresh")
    await site.until(key, State.SYNCED)
    return [key]


async def lost_and_started_again(site: Site) -> list[str]:
    key = await site.sent()
    await site.office.client.get_workflow_handle(key).terminate("lost")
    await site.office.client.execute_workflow(Watchdog.run, id="watchdog", task_queue=site.office.config.task_queue)
    await settled(site.office.client, key)
    await site.granted(key, "accept")
    await site.until(key, State.SYNCED)
    return ["watchdog", key]


async def dialect_checked(site: Site) -> list[str]:
    config = site.office.config
    await site.office.client.execute_workflow(
        DialectCheck.run, config.erp_queue, id="dialect check", task_queue=config.task_queue
    )
    return ["dialect check"]


STORIES: dict[str, Story] = {
    story.__name__: story
    for story in (
        exported_posted_unlinked,
        nothing_new_posted,
        refused,
        refused_while_waiting,
        held_released,
        held_rejected_resent,
        failed_temporarily,
        cmic_was_away,
        unreadable_send,
        refused_by_cmic_retried,
        refused_by_cmic_rejected,
        adopted,
        retrieved_rejected_resent,
        edited_after_approval,
        fresh_runs,
        long_history,
        company_exported_unlinked,
        company_linked_to_nothing,
        project_linked_refreshed,
        lost_and_started_again,
        dialect_checked,
        *STORIES_OF_KINDS,
    )
}
