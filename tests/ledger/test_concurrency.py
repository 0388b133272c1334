"""Many at once: one object has one case at a time, and one key one holder (design §3, §5)."""

from __future__ import annotations

import asyncio

import pytest

from domain.commands import Answer
from domain.identity import ObjectId
from domain.ledger_port import KeyTaken
from domain.states import State
from ledger.reading import Reading
from ledger.store import PgLedger
from tests.builders import COMMITMENT, group, plan, transition, written
from tests.ledger.acts import another, move, reserve


async def test_twenty_who_open_one_case_come_in_turn(ledger: PgLedger, reading: Reading) -> None:
    inside = 0

    async def ask(number: int) -> int:
        nonlocal inside
        async with ledger.case(COMMITMENT) as case:
            inside += 1
            alone = inside == 1
            await asyncio.sleep(0)
            stated = {"request_id": f"r{number}", "answer": Answer.DONE if number % 2 else Answer.REFUSED}
            head = await case.append(transition("send", State.WAITING, **stated))
            inside -= 1
            assert alone
        return head.sequence

    sequences = await asyncio.gather(*(ask(n) for n in range(20)))
    assert sorted(sequences) == list(range(1, 21))
    assert await reading.verify(COMMITMENT.key) is None
    head = await ledger.head(COMMITMENT.key)
    assert head is not None
    assert head.sequence == 20


async def test_a_request_that_comes_twice_at_once_is_judged_once(ledger: PgLedger, reading: Reading) -> None:
    async def ask() -> int:
        async with ledger.case(COMMITMENT) as case:
            if (earlier := await case.earlier("r1")) is not None:
                return earlier.sequence
            return (await case.append(transition("send", request_id="r1"))).sequence

    assert await asyncio.gather(*(ask() for _ in range(8))) == [1] * 8
    assert len(await reading.history(COMMITMENT.key)) == 1


async def test_a_history_that_grows_while_it_is_verified_is_whole(ledger: PgLedger, reading: Reading) -> None:
    async def grow() -> None:
        for _ in range(80):
            await move(ledger, COMMITMENT, State.WAITING)

    growing = asyncio.create_task(grow())
    verified = []
    while not growing.done():
        verified.append(await reading.verify(COMMITMENT.key))
    await growing
    assert len(verified) > 10
    assert set(verified) == {None}


async def test_different_objects_dont_wait_for_one_another(ledger: PgLedger) -> None:
    async with ledger.case(COMMITMENT) as case, asyncio.timeout(5):
        await case.append(transition("send"))
        await move(ledger, another(), State.WAITING)


async def test_one_of_many_gets_a_key(ledger: PgLedger) -> None:
    async def want(object_id: ObjectId) -> str:
        try:
            await reserve(ledger, object_id, plan())
        except KeyTaken as taken:
            return taken.holder
        return object_id.key

    many = [another() for _ in range(10)]
    holders = await asyncio.gather(*(want(one) for one in many))
    assert len(set(holders)) == 1
    assert holders[0] in {one.key for one in many}


async def test_one_of_many_gets_a_record(ledger: PgLedger) -> None:
    async def want(object_id: ObjectId) -> bool:
        try:
            async with ledger.case(object_id) as case:
                await case.link(written(*group().records), "01")
        except KeyTaken:
            return False
        return True

    assert sum(await asyncio.gather(*(want(another()) for _ in range(10)))) == 1


async def test_a_key_whose_holder_is_just_being_linked_isnt_reserved(ledger: PgLedger) -> None:
    """The link ends the reservation in one transaction: whoever waits for the key must see the link then."""
    await reserve(ledger, COMMITMENT, plan())
    second = another()
    async with asyncio.timeout(10):
        async with ledger.case(COMMITMENT) as case:
            await case.link(written(*group().records), "01")
            await case.release_keys()
            wanting = asyncio.create_task(reserve(ledger, second, plan()))
            await asyncio.sleep(0.2)
            assert not wanting.done()
        with pytest.raises(KeyTaken) as taken:
            await wanting
    assert (taken.value.holder, taken.value.linked) == (COMMITMENT.key, True)
