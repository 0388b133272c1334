"""Reservations and attempts: one key belongs to one item, and what may be open in CMiC is known (design §5)."""

from __future__ import annotations

from decimal import Decimal

import asyncpg
import pytest

from domain.facts import WriteState
from domain.ledger_port import KeyTaken
from domain.records import Found, Group, Key, Plan, Record
from domain.states import Posting, State
from ledger.store import PgLedger
from tests.builders import COMMITMENT, COMPANY, PROJECT, found, group, job_key, plan, transition, written
from tests.ledger.acts import another, link, move, reserve

SETTLE = Decimal(120)
OTHER = another()


def company_plan(vendor: str = "ACME") -> Plan:
    partner = Record(key=Key(resource="partner", parts={"vendor": vendor}), part="partner", label="Acme")
    own = Record(key=Key(resource="vendor", parts={"company": "01", "vendor": vendor}), label="Acme")
    return Plan(groups=[Group(header=partner, may_exist=True, common=True), Group(header=own)])


def job_plan(job: str = "1042") -> Plan:
    return Plan(groups=[Group(header=Record(key=job_key(job)), may_exist=True)])


async def state_of(ledger: PgLedger, settle: Decimal = SETTLE) -> WriteState | None:
    async with ledger.case(COMMITMENT) as case:
        return await case.write_state(settle)


async def test_a_plan_is_reserved_whole_and_in_order(ledger: PgLedger) -> None:
    wanted = plan()
    (intent,) = await reserve(ledger, COMMITMENT, wanted)
    assert intent.group == wanted.groups[0]
    assert list(intent.group.header.key.parts) == ["company", "vendor", "contract", "change_code"]
    assert (intent.phase, intent.open, intent.existed_before, intent.written) == ("reserved", False, False, [])
    both = await reserve(ledger, COMPANY, company_plan())
    assert [(i.position, i.group.header.key.resource) for i in both] == [(0, "partner"), (1, "vendor")]


async def test_a_key_is_reserved_once(ledger: PgLedger) -> None:
    await reserve(ledger, COMMITMENT, plan("SC-001"))
    with pytest.raises(KeyTaken) as taken:
        await reserve(ledger, OTHER, plan("sc-001"))
    assert (taken.value.erp_key, taken.value.holder, taken.value.linked) == (
        "01|ACME|SC-001|000",
        COMMITMENT.key,
        False,
    )
    assert [i.group.header.key.text for i in await reserve(ledger, OTHER, plan("SC-002"))] == ["01|ACME|SC-002|000"]


async def test_a_key_that_is_linked_isnt_reserved_for_another(ledger: PgLedger) -> None:
    await link(ledger, COMMITMENT, written(*group().records))
    with pytest.raises(KeyTaken) as taken:
        await reserve(ledger, OTHER, plan())
    assert (taken.value.holder, taken.value.linked) == (COMMITMENT.key, True)


async def test_ones_own_link_is_no_obstacle(ledger: PgLedger) -> None:
    await link(ledger, COMMITMENT, written(*group().records))
    assert len(await reserve(ledger, COMMITMENT, plan())) == 1


async def test_keys_are_unique_in_their_cmic_company(ledger: PgLedger) -> None:
    parts = {"company": "02", "vendor": "ACME", "contract": "SC-001", "change_code": "000"}
    elsewhere = Plan(groups=[Group(header=Record(key=Key(resource="subcontract", parts=parts)))])
    await reserve(ledger, COMMITMENT, plan())
    assert len(await reserve(ledger, OTHER, elsewhere)) == 1


async def test_a_refused_reservation_leaves_the_case_usable(ledger: PgLedger) -> None:
    await reserve(ledger, COMMITMENT, plan())
    async with ledger.case(OTHER) as case:
        with pytest.raises(KeyTaken):
            await case.reserve(plan())
        head = await case.append(transition("fail", State.FAILED))
    assert await ledger.head(OTHER.key) == head


@pytest.mark.parametrize("is_linked", [False, True], ids=["reserved", "linked"])
async def test_a_refused_reservation_leaves_nothing_behind(ledger: PgLedger, is_linked: bool) -> None:
    """The item is failed in the same transaction: it must not keep the key from its holder, nor hear news of it."""
    await reserve(ledger, COMMITMENT, plan())
    if is_linked:
        await link(ledger, COMMITMENT, written(*group().records))
        async with ledger.case(COMMITMENT) as case:
            await case.release_keys()
    async with ledger.case(OTHER) as case:
        with pytest.raises(KeyTaken):
            await case.reserve(plan())
        assert await case.intents() == []
        assert await case.write_state(SETTLE) is None
    assert await ledger.note_seen("subcontract", "01", [found(group().header)]) == [COMMITMENT.key]
    assert len(await reserve(ledger, COMMITMENT, plan())) == 1


async def test_another_choice_sets_the_first_one_free(ledger: PgLedger) -> None:
    await reserve(ledger, COMMITMENT, plan("SC-001"))
    (intent,) = await reserve(ledger, COMMITMENT, plan("SC-002"))
    assert intent.group.header.key.parts["contract"] == "SC-002"
    assert len(await reserve(ledger, OTHER, plan("SC-001"))) == 1
    with pytest.raises(KeyTaken):
        await reserve(ledger, another(), plan("SC-002"))


async def test_released_keys_are_free(ledger: PgLedger) -> None:
    await reserve(ledger, COMMITMENT, plan())
    async with ledger.case(COMMITMENT) as case:
        await case.release_keys()
        assert await case.intents() == []
        assert await case.write_state(SETTLE) is None
    assert len(await reserve(ledger, OTHER, plan())) == 1


async def test_a_partner_may_be_shared_and_a_vendor_not(ledger: PgLedger) -> None:
    second, third = another("company", "01"), another("company", "01")
    await link(ledger, COMPANY, written(*(g.header for g in company_plan().groups)))
    with pytest.raises(KeyTaken) as taken:
        await reserve(ledger, second, company_plan())
    assert (taken.value.erp_key, taken.value.linked) == ("01|ACME", True)
    alone = Plan(groups=company_plan().groups[:1])
    assert len(await reserve(ledger, second, alone)) == 1
    assert len(await reserve(ledger, third, alone)) == 1


async def test_a_job_is_reserved_by_many_and_linked_to_one(ledger: PgLedger) -> None:
    second = another("project", "-")
    await reserve(ledger, PROJECT, job_plan())
    await reserve(ledger, second, job_plan())
    await link(ledger, PROJECT, written(*job_plan().groups[0].records))
    with pytest.raises(KeyTaken) as taken:
        await reserve(ledger, another("project", "-"), job_plan())
    assert taken.value.linked
    with pytest.raises(KeyTaken):
        await link(ledger, second, written(*job_plan().groups[0].records))


async def test_one_item_has_one_intent_a_part(ledger: PgLedger, pool: asyncpg.Pool) -> None:
    await reserve(ledger, COMMITMENT, plan())
    with pytest.raises(asyncpg.UniqueViolationError):
        await pool.execute(
            """insert into intents (object, position, erp_company, resource, erp_key, shared, body)
               select object, position, erp_company, resource, 'another', shared, body from intents"""
        )


# Attempts


async def test_without_a_reservation_nothing_was_written(ledger: PgLedger) -> None:
    assert await state_of(ledger) is None


async def test_a_reservation_is_no_attempt(ledger: PgLedger) -> None:
    await reserve(ledger, COMMITMENT, plan())
    assert await state_of(ledger) == WriteState(erp_key="01|ACME|SC-001|000")


async def test_an_attempt_is_open_until_it_is_settled(ledger: PgLedger) -> None:
    (intent,) = await reserve(ledger, COMMITMENT, plan())
    assert await ledger.attempt(intent.id, 0) is None
    state = await state_of(ledger)
    assert state is not None
    assert state.since_attempt is not None
    assert (state.attempted, state.settled, state.existed_before) == (True, False, False)
    assert 0 <= state.since_attempt < 60
    async with ledger.case(COMMITMENT) as case:
        assert [(i.phase, i.open) for i in await case.intents()] == [("attempted", True)]
    await ledger.settled(intent.id, None)
    after = await state_of(ledger)
    assert after == WriteState(erp_key="01|ACME|SC-001|000", attempted=True)
    async with ledger.case(COMMITMENT) as case:
        assert [(i.phase, i.open) for i in await case.intents()] == [("attempted", False)]


async def test_an_attempt_settles_with_time(ledger: PgLedger) -> None:
    (intent,) = await reserve(ledger, COMMITMENT, plan())
    await ledger.attempt(intent.id, 0)
    late = await state_of(ledger, settle=Decimal(0))
    assert late is not None
    assert (late.settled, late.attempted) == (True, True)


async def test_an_answer_to_the_second_attempt_doesnt_close_the_first(ledger: PgLedger) -> None:
    (intent,) = await reserve(ledger, COMMITMENT, plan())
    await ledger.attempt(intent.id, 0)
    open_since = await ledger.attempt(intent.id, 0)
    assert open_since is not None
    assert open_since.tzinfo is not None
    await ledger.settled(intent.id, open_since)
    state = await state_of(ledger)
    assert state is not None
    assert not state.settled


async def test_a_record_that_stood_there_before_isnt_ours(ledger: PgLedger) -> None:
    (intent,) = await reserve(ledger, COMMITMENT, plan())
    await ledger.existed(intent.id)
    state = await state_of(ledger)
    assert state is not None
    assert (state.existed_before, state.attempted) == (True, False)


async def test_what_was_written_is_kept_with_its_intent(ledger: PgLedger) -> None:
    (intent,) = await reserve(ledger, COMMITMENT, plan())
    await ledger.attempt(intent.id, 0)
    records = written(*intent.group.records)
    await ledger.wrote(intent.id, records)
    async with ledger.case(COMMITMENT) as case:
        (kept,) = await case.intents()
        state = await case.write_state(SETTLE)
    assert (kept.phase, kept.open, kept.written) == ("written", False, records)
    assert [list(w.key.parts) for w in kept.written] == [list(w.key.parts) for w in records]
    assert state == WriteState(erp_key="01|ACME|SC-001|000", attempted=True)


async def test_what_cmic_shows_under_the_key_is_part_of_the_write_state(ledger: PgLedger) -> None:
    (intent,) = await reserve(ledger, COMMITMENT, plan())
    await ledger.note_seen("subcontract", "01", [], missing=[intent.group.header.key])
    assert await state_of(ledger) == WriteState(erp_key="01|ACME|SC-001|000", seen=Posting.GONE)
    await ledger.note_seen("subcontract", "01", [found(intent.group.header, posting=Posting.UNPOSTED)])
    assert await state_of(ledger) == WriteState(erp_key="01|ACME|SC-001|000", seen=Posting.UNPOSTED)


async def test_what_is_seen_of_a_shared_partner_says_nothing_of_the_vendor(ledger: PgLedger) -> None:
    partner, vendor = await reserve(ledger, COMPANY, company_plan())
    await ledger.note_seen("partner", "01", [Found(key=partner.group.header.key, uuid="p", posting=Posting.PRESENT)])
    async with ledger.case(COMPANY) as case:
        assert await case.seen() == (Posting.UNKNOWN, None)
    await ledger.note_seen("vendor", "01", [], missing=[vendor.group.header.key])
    async with ledger.case(COMPANY) as case:
        assert await case.seen() == (Posting.GONE, None)


async def test_an_open_attempt_counts_for_the_whole_item(ledger: PgLedger) -> None:
    partner, vendor = await reserve(ledger, COMPANY, company_plan())
    await ledger.attempt(partner.id, 0)
    await ledger.wrote(partner.id, written(partner.group.header))
    await ledger.attempt(vendor.id, 0)
    async with ledger.case(COMPANY) as case:
        state = await case.write_state(SETTLE)
    assert state is not None
    assert (state.attempted, state.settled) == (True, False)


async def test_what_is_shared_was_never_the_items_own_try(ledger: PgLedger) -> None:
    """A partner that was made, or a code that went along, is no record of the item: it may be rejected, and unlinked."""
    partner, vendor = await reserve(ledger, COMPANY, company_plan())
    await ledger.attempt(partner.id, 0)
    await ledger.wrote(partner.id, written(partner.group.header))
    async with ledger.case(COMPANY) as case:
        state = await case.write_state(SETTLE)
    assert state is not None
    assert (state.erp_key, state.attempted) == (vendor.group.header.key.text, False)


async def test_a_list_that_is_nothing_but_shared_was_never_tried_itself(ledger: PgLedger) -> None:
    codes = [
        Group(
            header=Record(
                key=Key(resource="job_phase", parts={"company": "01", "job": "1042", "cost_code": code}), part=code
            ),
            may_exist=True,
            common=True,
        )
        for code in ("03-300", "05-100")
    ]
    item = another("cost_codes")
    first, _ = await reserve(ledger, item, Plan(groups=codes))
    await ledger.attempt(first.id, 0)
    async with ledger.case(item) as case:
        state = await case.write_state(SETTLE)
    assert state is not None
    assert (state.attempted, state.settled) == (False, False)


async def test_moving_on_doesnt_touch_the_intents(ledger: PgLedger) -> None:
    (intent,) = await reserve(ledger, COMMITMENT, plan())
    await move(ledger, COMMITMENT, State.FAILED)
    async with ledger.case(COMMITMENT) as case:
        assert await case.intents() == [intent]
