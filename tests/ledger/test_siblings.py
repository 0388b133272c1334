"""Siblings: where CMiC takes one at a time on a parent, who has to be done with first (O-13, cmic-api §4.5)."""

from __future__ import annotations

from datetime import timedelta

import pytest

from domain.facts import Prerequisite
from domain.identity import ObjectId
from domain.records import Found, Group, Key, Plan, Record, Written
from domain.states import Condition, Posting, State
from ledger.store import PgLedger
from tests.builders import COMMITMENT
from tests.ledger.acts import another, dependents, link, move, needs, reserve, wait_on

ON_CONTRACT = needs(COMMITMENT, Condition.POSTED, "commitment SC-001")
IDLE = (State.NOT_SENT, State.WAITING, State.HELD, State.REJECTED, State.RETRIEVED, State.FAILED)


def invoice(number: int) -> ObjectId:
    return ObjectId(kind="subcontractor_invoice", company=COMMITMENT.company, scope=COMMITMENT.scope, id=number)


def voucher(number: int) -> Key:
    return Key(resource="voucher", parts={"company": "01", "vendor": "ACME", "invoice": str(number)})


FIRST, SECOND, THIRD = invoice(501), invoice(502), invoice(503)


async def billed(ledger: PgLedger, object_id: ObjectId, state: State, posting: Posting | None = None) -> None:
    """An invoice on the contract that stands there; with a posting it is linked to a voucher that was seen so."""
    await wait_on(ledger, object_id, ON_CONTRACT)
    if posting is not None:
        key = voucher(object_id.id)
        await link(ledger, object_id, [Written(part="", key=key, uuid="u")])
        await ledger.note_seen("voucher", "01", [Found(key=key, uuid="u", posting=posting)])
        async with ledger.case(object_id) as case:
            await case.adopt_posting()
    await move(ledger, object_id, state)


async def begun(ledger: PgLedger, object_id: ObjectId) -> None:
    """Its write to CMiC was tried."""
    wanted = Plan(groups=[Group(header=Record(key=voucher(object_id.id)))])
    (intent,) = await reserve(ledger, object_id, wanted)
    head = await ledger.head(object_id.key)
    assert head is not None
    await ledger.attempt(intent.id, head.sequence)


async def first_things(ledger: PgLedger, object_id: ObjectId, parent: ObjectId = COMMITMENT) -> list[Prerequisite]:
    async with ledger.case(object_id) as case:
        return await case.siblings(parent.key)


def in_front(sibling: ObjectId, label: str = "") -> Prerequisite:
    return Prerequisite(parent=sibling.key, condition=Condition.OUT_OF_THE_WAY, label=label or sibling.key)


async def test_alone_on_the_contract_nobody_comes_first(ledger: PgLedger) -> None:
    await billed(ledger, SECOND, State.WAITING)
    assert await first_things(ledger, SECOND) == []


@pytest.mark.parametrize("state", IDLE)
async def test_an_earlier_one_that_isnt_on_its_way_isnt_waited_for(ledger: PgLedger, state: State) -> None:
    await billed(ledger, FIRST, state)
    await billed(ledger, SECOND, State.WAITING)
    assert await first_things(ledger, SECOND) == []


async def test_of_two_on_their_way_the_one_made_earlier_goes_first(ledger: PgLedger) -> None:
    for one in (FIRST, SECOND, THIRD):
        await billed(ledger, one, State.EXPORTING)
    assert await first_things(ledger, FIRST) == []
    assert await first_things(ledger, SECOND) == [in_front(FIRST)]
    assert await first_things(ledger, THIRD) == [in_front(FIRST), in_front(SECOND)]


async def test_earlier_means_a_smaller_number_not_a_smaller_text(ledger: PgLedger) -> None:
    nine, ten = invoice(9), invoice(10)
    for one in (nine, ten):
        await billed(ledger, one, State.EXPORTING)
    assert await first_things(ledger, nine) == []
    assert await first_things(ledger, ten) == [in_front(nine)]


async def test_a_later_one_that_was_only_reserved_lets_an_earlier_one_pass(ledger: PgLedger) -> None:
    await billed(ledger, FIRST, State.WAITING)
    await billed(ledger, SECOND, State.EXPORTING)
    await reserve(ledger, SECOND, Plan(groups=[Group(header=Record(key=voucher(SECOND.id)))]))
    assert await first_things(ledger, FIRST) == []


async def test_a_later_one_that_was_tried_comes_first(ledger: PgLedger) -> None:
    await billed(ledger, FIRST, State.WAITING)
    await billed(ledger, SECOND, State.EXPORTING)
    await begun(ledger, SECOND)
    assert await first_things(ledger, FIRST) == [in_front(SECOND)]
    async with ledger.case(SECOND) as case:
        await case.release_keys()
    assert await first_things(ledger, FIRST) == []


@pytest.mark.parametrize("sibling", [FIRST, THIRD], ids=["earlier", "later"])
@pytest.mark.parametrize("written", [False, True], ids=["cut off", "written"])
async def test_a_failed_one_that_may_stand_in_cmic_is_waited_for(
    ledger: PgLedger, sibling: ObjectId, written: bool
) -> None:
    """Whichever was made first: its write was cut off, or its ids never reached Procore."""
    await billed(ledger, sibling, State.FAILED)
    await billed(ledger, SECOND, State.WAITING)
    await begun(ledger, sibling)
    if written:
        async with ledger.case(sibling) as case:
            (intent,) = await case.intents()
        await ledger.wrote(intent.id, [Written(part="", key=voucher(sibling.id), uuid="u")])
    assert await first_things(ledger, SECOND) == [in_front(sibling)]
    async with ledger.case(sibling) as case:
        await case.release_keys()
    assert await first_things(ledger, SECOND) == []


@pytest.mark.parametrize("state", [State.FAILED, State.EXPORTING])
async def test_one_that_cmic_refused_isnt_there(ledger: PgLedger, state: State) -> None:
    """CMiC has answered that nothing was written: a later one that is about to try again lets an earlier one pass."""
    await billed(ledger, THIRD, state)
    await billed(ledger, SECOND, State.WAITING)
    (intent,) = await reserve(ledger, THIRD, Plan(groups=[Group(header=Record(key=voucher(THIRD.id)))]))
    head = await ledger.head(THIRD.key)
    assert head is not None
    await ledger.settled(intent.id, await ledger.attempt(intent.id, head.sequence))
    assert await first_things(ledger, SECOND) == []


@pytest.mark.parametrize(
    ("posting", "waits"),
    [
        (Posting.UNKNOWN, True),
        (Posting.PRESENT, True),
        (Posting.UNPOSTED, True),
        (Posting.IN_PROCESS, True),
        (Posting.POSTED, False),
        (Posting.VOID, False),
        (Posting.GONE, False),
    ],
)
@pytest.mark.parametrize("sibling", [FIRST, THIRD], ids=["earlier", "later"])
async def test_one_that_is_there_is_waited_for_until_it_is_posted_or_gone(
    ledger: PgLedger, sibling: ObjectId, posting: Posting, waits: bool
) -> None:
    """Whichever was made first: CMiC has it."""
    await billed(ledger, sibling, State.SYNCED, posting)
    await billed(ledger, SECOND, State.WAITING)
    assert await first_things(ledger, SECOND) == ([in_front(sibling)] if waits else [])


async def test_one_that_is_being_unlinked_is_waited_for_though_it_is_posted(ledger: PgLedger) -> None:
    await billed(ledger, THIRD, State.UNLINKING, Posting.POSTED)
    await billed(ledger, SECOND, State.WAITING)
    assert await first_things(ledger, SECOND) == [in_front(THIRD)]


async def test_it_is_named_as_people_name_it_and_once(ledger: PgLedger) -> None:
    reasons = [ON_CONTRACT, needs(COMMITMENT, Condition.SYNCED)]
    await wait_on(ledger, FIRST, *reasons)
    async with ledger.case(FIRST) as case:
        await case.describe(label="Invoice 17 of Acme", erp_company="01", job="1042")
    await move(ledger, FIRST, State.SYNCED)
    await wait_on(ledger, SECOND, *reasons)
    assert await first_things(ledger, SECOND) == [in_front(FIRST, "Invoice 17 of Acme")]


async def test_other_kinds_and_other_contracts_are_no_siblings(ledger: PgLedger) -> None:
    change_order, elsewhere, parent = another("commitment_change_order"), invoice(499), another()
    await wait_on(ledger, change_order, ON_CONTRACT)
    await move(ledger, change_order, State.SYNCED)
    await wait_on(ledger, elsewhere, needs(parent, Condition.POSTED))
    await move(ledger, elsewhere, State.SYNCED)
    await billed(ledger, SECOND, State.WAITING)
    assert await first_things(ledger, SECOND) == []
    assert await first_things(ledger, SECOND, parent) == [in_front(elsewhere)]


# What becomes of those who wait


async def held_behind(ledger: PgLedger, sibling: ObjectId = FIRST) -> None:
    """SECOND is held until its sibling is out of its way."""
    await wait_on(ledger, SECOND, in_front(sibling))
    await move(ledger, SECOND, State.HELD)


async def test_who_is_held_behind_a_sibling_could_leave_once_that_is_posted(ledger: PgLedger) -> None:
    await billed(ledger, FIRST, State.SYNCED, Posting.UNPOSTED)
    await held_behind(ledger)
    assert await ledger.releasable(timedelta(0)) == []
    await ledger.note_seen("voucher", "01", [Found(key=voucher(FIRST.id), uuid="u", posting=Posting.POSTED)])
    assert await ledger.releasable(timedelta(0)) == []
    async with ledger.case(FIRST) as case:
        await case.adopt_posting()
    assert await ledger.releasable(timedelta(0)) == [SECOND.key]


@pytest.mark.parametrize("state", State)
async def test_who_is_held_behind_a_sibling_could_leave_when_that_turns_back(ledger: PgLedger, state: State) -> None:
    await move(ledger, FIRST, State.EXPORTING)
    await held_behind(ledger)
    await move(ledger, FIRST, state)
    stays = state in (State.EXPORTING, State.UNLINKING, State.SYNCED)
    assert await ledger.releasable(timedelta(0)) == ([] if stays else [SECOND.key])


async def test_one_condition_that_holds_isnt_enough(ledger: PgLedger) -> None:
    await move(ledger, FIRST, State.FAILED)
    await wait_on(ledger, SECOND, in_front(FIRST), ON_CONTRACT)
    await move(ledger, SECOND, State.HELD)
    assert await ledger.releasable(timedelta(0)) == []


async def test_who_is_held_behind_it_is_woken_by_its_every_step(ledger: PgLedger) -> None:
    await move(ledger, FIRST, State.SYNCED)
    await held_behind(ledger)
    async with ledger.case(FIRST) as case:
        assert await case.held_children() == [SECOND.key]


async def test_to_have_stood_behind_somebody_is_no_dependency(ledger: PgLedger) -> None:
    """An invoice may be unlinked though a later one had to wait for it; a commitment may not, while an invoice stands."""
    await move(ledger, FIRST, State.SYNCED)
    await wait_on(ledger, SECOND, in_front(FIRST), ON_CONTRACT)
    await move(ledger, SECOND, State.SYNCED)
    assert await dependents(ledger, FIRST) == []
    assert [d.key for d in await dependents(ledger, COMMITMENT)] == [SECOND.key]


@pytest.mark.parametrize("condition", Condition)
async def test_every_lasting_condition_makes_a_dependent(ledger: PgLedger, condition: Condition) -> None:
    await wait_on(ledger, SECOND, needs(COMMITMENT, condition))
    await move(ledger, SECOND, State.SYNCED)
    assert bool(await dependents(ledger, COMMITMENT)) is (condition is not Condition.OUT_OF_THE_WAY)
