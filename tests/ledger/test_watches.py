"""Records that an object waits to see in CMiC, or whose end it waits for (O-05, U-06): their news reaches it."""

from __future__ import annotations

from datetime import timedelta

import pytest

from domain.identity import ObjectId
from domain.ledger_port import Watched
from domain.records import Found, Key, Written
from domain.states import Condition, Posting, State
from ledger.store import PgLedger
from tests.builders import COMMITMENT, ERP_COMPANY, JOB, PROJECT, group, job_key, written
from tests.ledger.acts import another, link, link_project, move, needs, wait_on

CONTRACT = Key(resource="prime_contract", parts={"company": ERP_COMPANY, "contract": JOB})
PCI = Key(resource="change_item", parts={"company": ERP_COMPANY, "job": JOB, "change_item": "CO-1"})
OTHER_PCI = PCI.model_copy(update={"parts": {**PCI.parts, "change_item": "CO-2"}})
PCCO = another("prime_change_order")


async def watch(ledger: PgLedger, object_id: ObjectId, why: str, *keys: Key) -> None:
    async with ledger.case(object_id) as case:
        await case.put_watches(list(keys), why)


async def watched(ledger: PgLedger, object_id: ObjectId) -> list[Watched]:
    async with ledger.case(object_id) as case:
        return sorted(await case.watched(), key=lambda w: w.key.text)


async def note(
    ledger: PgLedger, key: Key, posting: Posting = Posting.UNPOSTED, company: str = ERP_COMPANY
) -> list[str]:
    return await ledger.note_seen(key.resource, company, [Found(key=key, uuid="u", posting=posting)])


async def test_nobody_watches_anything_at_first(ledger: PgLedger) -> None:
    assert await watched(ledger, PROJECT) == []


async def test_what_is_watched_is_kept_with_its_key_and_what_was_seen_of_it(ledger: PgLedger) -> None:
    await watch(ledger, PROJECT, "expected", job_key(), CONTRACT)
    assert {w.posting for w in await watched(ledger, PROJECT)} == {Posting.UNKNOWN}
    await note(ledger, job_key(), Posting.PRESENT)
    await ledger.note_seen("prime_contract", ERP_COMPANY, [], missing=[CONTRACT])
    found = {w.key.resource: w for w in await watched(ledger, PROJECT)}
    assert found["job"] == Watched(why="expected", key=job_key(), posting=Posting.PRESENT)
    assert found["prime_contract"] == Watched(why="expected", key=CONTRACT, posting=Posting.GONE)
    assert [list(w.key.parts) for w in found.values()] == [["company", "job"], ["company", "contract"]]


async def test_news_of_what_is_watched_reaches_who_watches(ledger: PgLedger) -> None:
    await watch(ledger, PROJECT, "expected", job_key())
    await watch(ledger, PCCO, "outstanding", PCI)
    assert await note(ledger, job_key(), Posting.PRESENT) == [PROJECT.key]
    assert await note(ledger, job_key(), Posting.PRESENT) == []
    assert await note(ledger, PCI) == [PCCO.key]
    assert await note(ledger, PCI, Posting.VOID) == [PCCO.key]
    assert await note(ledger, OTHER_PCI) == []


async def test_two_may_watch_one_record_and_its_owner_is_told_once(ledger: PgLedger) -> None:
    second = another("project", "-")
    for one in (PROJECT, second):
        await watch(ledger, one, "expected", job_key())
    await link(ledger, PROJECT, [Written(part="", key=job_key(), uuid="j")])
    assert sorted(await note(ledger, job_key(), Posting.PRESENT)) == sorted([PROJECT.key, second.key])


async def test_a_watch_is_one_cmic_companys(ledger: PgLedger) -> None:
    await watch(ledger, PROJECT, "expected", job_key())
    assert await note(ledger, job_key(), Posting.PRESENT, company="02") == []
    assert [w.posting for w in await watched(ledger, PROJECT)] == [Posting.UNKNOWN]


async def test_a_key_without_a_company_is_watched_in_the_objects_own(ledger: PgLedger) -> None:
    alone = Key(resource="partner", parts={"vendor": "ACME"})
    async with ledger.case(COMMITMENT) as case:
        await case.describe(label="Concrete", erp_company=ERP_COMPANY, job="")
        await case.put_watches([alone], "expected")
    assert await note(ledger, alone, Posting.PRESENT, company="02") == []
    assert await note(ledger, alone, Posting.PRESENT) == [COMMITMENT.key]


async def test_watches_are_replaced_reason_by_reason(ledger: PgLedger) -> None:
    await watch(ledger, PCCO, "expected", job_key(), CONTRACT)
    await watch(ledger, PCCO, "outstanding", PCI, PCI)
    await watch(ledger, PCCO, "expected", CONTRACT)
    assert [(w.why, w.key.resource) for w in await watched(ledger, PCCO)] == [
        ("expected", "prime_contract"),
        ("outstanding", "change_item"),
    ]
    await watch(ledger, PCCO, "outstanding")
    await watch(ledger, PCCO, "expected")
    assert await watched(ledger, PCCO) == []
    assert await note(ledger, PCI) == []


async def test_a_reset_outlives_the_unlink_and_what_was_expected_doesnt(ledger: PgLedger) -> None:
    """U-06: what stays behind in CMiC is remembered, whatever becomes of the links."""
    await link(ledger, PCCO, [Written(part="", key=PCI, uuid="u")])
    async with ledger.case(PCCO) as case:
        await case.put_watches([CONTRACT], "expected")
        await case.put_watches([PCI], "outstanding")
        await case.unlink()
        assert await case.links() == []
    assert [(w.why, w.key) for w in await watched(ledger, PCCO)] == [("outstanding", PCI)]
    assert await note(ledger, PCI, Posting.VOID) == [PCCO.key]


async def contract_is_there(ledger: PgLedger) -> bool:
    async with ledger.case(COMMITMENT) as case:
        (weighed,) = await case.weigh([needs(PROJECT, Condition.CONTRACT_IN_CMIC)])
    return weighed.met


async def test_a_projects_contract_is_one_that_was_seen(ledger: PgLedger) -> None:
    await link_project(ledger)
    assert not await contract_is_there(ledger)
    await watch(ledger, PROJECT, "expected", CONTRACT)
    assert not await contract_is_there(ledger)
    for posting, there in ((Posting.PRESENT, True), (Posting.GONE, False), (Posting.UNPOSTED, True)):
        await note(ledger, CONTRACT, posting)
        assert await contract_is_there(ledger) is there
    await ledger.note_seen("job", ERP_COMPANY, [], missing=[job_key()])
    assert await contract_is_there(ledger)


async def test_a_contract_alone_is_no_job(ledger: PgLedger) -> None:
    """An exported project waits for its job; until then nothing may be billed on its contract."""
    exported = Key(resource="project", parts={"company": ERP_COMPANY, "project": JOB})
    await link(ledger, PROJECT, [Written(part="", key=exported, uuid="p")])
    await move(ledger, PROJECT, State.SYNCED)
    await watch(ledger, PROJECT, "expected", job_key(), CONTRACT)
    await note(ledger, CONTRACT, Posting.PRESENT)
    assert not await contract_is_there(ledger)


async def test_who_waits_for_a_contract_could_leave_once_it_is_seen(ledger: PgLedger) -> None:
    await link_project(ledger)
    await watch(ledger, PROJECT, "expected", CONTRACT)
    await wait_on(ledger, PCCO, needs(PROJECT, Condition.CONTRACT_IN_CMIC), needs(PROJECT, Condition.JOB_EXISTS))
    await move(ledger, PCCO, State.HELD)
    assert await ledger.releasable(timedelta(0)) == []
    await note(ledger, CONTRACT, Posting.PRESENT)
    assert await ledger.releasable(timedelta(0)) == [PCCO.key]


# Exported projects whose job was shown


async def exported_project(ledger: PgLedger, code: str = JOB) -> ObjectId:
    """Synced as a CMiC project, and waiting for its job."""
    project = another("project", "-")
    exported = Key(resource="project", parts={"company": ERP_COMPANY, "project": code})
    await link(ledger, project, [Written(part="", key=exported, uuid="p")])
    await watch(ledger, project, "expected", job_key(code))
    await move(ledger, project, State.SYNCED)
    return project


@pytest.mark.parametrize("posting", Posting)
async def test_a_project_whose_job_was_shown_is_overlooked_until_it_has_it(ledger: PgLedger, posting: Posting) -> None:
    project = await exported_project(ledger)
    other = await exported_project(ledger, "1055")
    assert await ledger.overlooked() == []
    await note(ledger, job_key(), posting)
    there = posting not in (Posting.GONE, Posting.VOID, Posting.UNKNOWN)
    assert await ledger.overlooked() == ([project.key] if there else [])
    await note(ledger, job_key("1055"), Posting.PRESENT)
    assert await ledger.overlooked() == sorted([project.key, other.key] if there else [other.key])
    async with ledger.case(project) as case:
        await case.put_codes(ERP_COMPANY, JOB, [])
    assert await ledger.overlooked() == [other.key]


@pytest.mark.parametrize("state", State)
async def test_only_a_synced_one_is_overlooked(ledger: PgLedger, state: State) -> None:
    project = await exported_project(ledger)
    await note(ledger, job_key(), Posting.PRESENT)
    await move(ledger, project, state)
    assert await ledger.overlooked() == ([project.key] if state is State.SYNCED else [])


async def test_another_cmic_companys_job_of_the_same_code_is_not_its_job(ledger: PgLedger) -> None:
    await exported_project(ledger)
    await note(ledger, job_key(), Posting.PRESENT, company="02")
    assert await ledger.overlooked() == []


# What is linked of others


async def test_the_keys_of_others_are_known_part_by_part(ledger: PgLedger) -> None:
    records = written(*group().records)
    await link(ledger, COMMITMENT, records)
    await link_project(ledger)
    nobody = another()
    async with ledger.case(PCCO) as case:
        found = await case.keys_of([COMMITMENT.key, PROJECT.key, nobody.key])
        assert await case.keys_of([]) == {}
    assert found == {COMMITMENT.key: {w.part: w.key for w in records}, PROJECT.key: {"": job_key()}}
    assert [list(key.parts) for key in found[COMMITMENT.key].values()] == [list(w.key.parts) for w in records]
    async with ledger.case(COMMITMENT) as case:
        await case.unlink()
        assert await case.keys_of([COMMITMENT.key]) == {}
