"""The lease on a CMiC address: one process holds it, the next gets it when the first is gone (design §8)."""

from __future__ import annotations

import asyncio

import asyncpg
import pytest

from ledger.lease import StoodDown, lease

NAME = "https://cmic.example"
SOON = 0.02
"""Seconds between two tries, so that the tests needn't wait."""


async def have_it_once(dsn: str, name: str = NAME) -> bool:
    async with lease(dsn, name, every=SOON) as held:
        return not held.lost.is_set()


async def kill_the_holder(dsn: str) -> None:
    """End the connection that holds the lock, as the death of its process does."""
    connection = await asyncpg.connect(dsn)
    ended = await connection.fetch("select pg_terminate_backend(pid) from pg_locks where locktype = 'advisory'")
    await connection.close()
    assert len(ended) == 1


async def test_the_second_waits_for_the_first(dsn: str) -> None:
    async with lease(dsn, NAME, every=SOON):
        waiting = asyncio.create_task(have_it_once(dsn))
        await asyncio.sleep(10 * SOON)
        assert not waiting.done()
    assert await asyncio.wait_for(waiting, 5)


async def test_of_many_one_has_it_at_a_time(dsn: str) -> None:
    holders = 0

    async def hold() -> None:
        nonlocal holders
        async with lease(dsn, NAME, every=SOON):
            holders += 1
            alone = holders == 1
            await asyncio.sleep(SOON)
            holders -= 1
            assert alone

    await asyncio.wait_for(asyncio.gather(*(hold() for _ in range(6))), 20)


async def test_another_address_is_another_lease(dsn: str) -> None:
    async with lease(dsn, NAME, every=SOON):
        assert await asyncio.wait_for(have_it_once(dsn, "https://other.example"), 5)


async def test_the_lease_goes_with_its_holders_connection(dsn: str) -> None:
    async with lease(dsn, NAME, every=SOON) as first:
        watching = asyncio.create_task(first.watch(every=0.05))
        waiting = asyncio.create_task(have_it_once(dsn))
        await asyncio.sleep(4 * SOON)
        assert not watching.done()
        assert not first.lost.is_set()
        await kill_the_holder(dsn)
        assert await asyncio.wait_for(waiting, 5)
        await asyncio.wait_for(watching, 5)
        assert first.lost.is_set()


async def test_a_holder_that_is_watched_keeps_it(dsn: str) -> None:
    async with lease(dsn, NAME, every=SOON) as held:
        with pytest.raises(TimeoutError):
            await asyncio.wait_for(held.watch(every=SOON), 10 * SOON)
        assert not held.lost.is_set()


async def test_one_who_gives_up_waiting_leaves_nothing_behind(dsn: str) -> None:
    async with lease(dsn, NAME, every=SOON):
        waiting = asyncio.create_task(have_it_once(dsn))
        await asyncio.sleep(4 * SOON)
        waiting.cancel()
        with pytest.raises(asyncio.CancelledError):
            await waiting
    assert await asyncio.wait_for(have_it_once(dsn), 5)


async def test_an_error_in_the_block_gives_it_back(dsn: str) -> None:
    async def broken() -> None:
        async with lease(dsn, NAME, every=SOON):
            raise RuntimeError("the worker dies here")

    with pytest.raises(RuntimeError):
        await broken()
    assert await asyncio.wait_for(have_it_once(dsn), 5)


async def test_who_stands_by_goes_home_when_told_to(server: str) -> None:
    """A worker that waits for the lease stops at once; it doesn't take the lease first."""
    stop = asyncio.Event()

    async def stand_by() -> None:
        async with lease(server, "standing by", every=0.05, stop=stop):
            raise AssertionError("it was never free")

    async with lease(server, "standing by", every=0.05):
        waiting = asyncio.create_task(stand_by())
        await asyncio.sleep(0.2)
        assert not waiting.done()
        stop.set()
        with pytest.raises(StoodDown):
            await asyncio.wait_for(waiting, 5)
