"""Versions of settings: one after the other, none lost, whoever makes them at the same time (B-06)."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime, timedelta

import asyncpg
import pytest

from domain.company_settings import Settings
from domain.ledger_port import Overtaken
from ledger.setting_versions import SettingVersions
from ledger.store import PgLedger

COMPANY, OTHER = 562949, 7


@pytest.fixture
def versions(pool: asyncpg.Pool) -> SettingVersions:
    return SettingVersions(pool)


async def test_before_the_first_version_there_are_the_defaults(versions: SettingVersions) -> None:
    assert await versions.current(COMPANY) == (0, Settings())
    assert await versions.history(COMPANY) == []


async def test_a_version_bears_who_when_and_why(versions: SettingVersions) -> None:
    cad = Settings(currency="CAD")
    assert await versions.put(COMPANY, cad, "Ada", note="Canada\x00 now") == 1
    assert await versions.put(COMPANY, Settings(), "Grace") == 2
    first, second = await versions.history(COMPANY)
    assert (first.number, first.who, first.note) == (1, "Ada", "Canada\ufffd now")
    assert Settings.model_validate(first.body) == cad
    assert (second.number, second.who, second.note) == (2, "Grace", "")
    assert timedelta(0) <= datetime.now(UTC) - first.at < timedelta(minutes=1)
    assert await versions.current(COMPANY) == (2, Settings())
    assert await versions.current(OTHER) == (0, Settings())


async def test_a_version_made_from_an_older_one_is_refused(versions: SettingVersions) -> None:
    assert await versions.put(COMPANY, Settings(currency="CAD"), "Ada", after=0) == 1
    for old in (0, 2):
        with pytest.raises(Overtaken):
            await versions.put(COMPANY, Settings(currency="EUR"), "Grace", after=old)
    assert await versions.put(COMPANY, Settings(currency="EUR"), "Grace", after=1) == 2
    assert [v.who for v in await versions.history(COMPANY)] == ["Ada", "Grace"]


async def test_of_many_made_from_the_same_version_one_stands(versions: SettingVersions) -> None:
    made = [versions.put(COMPANY, Settings(invoice_due_days=n), f"P{n}", after=0) for n in range(8)]
    found = await asyncio.gather(*made, return_exceptions=True)
    assert sorted(str(type(f).__name__) for f in found) == [*["Overtaken"] * 7, "int"]
    (stands,) = await versions.history(COMPANY)
    assert stands.body["invoice_due_days"] == next(n for n, f in enumerate(found) if f == 1)


async def test_without_an_expected_version_all_are_kept_one_after_the_other(ledger: PgLedger) -> None:
    made = [ledger.put_settings(company, Settings(), "Ada") for company in (COMPANY, OTHER) for _ in range(6)]
    numbers = await asyncio.gather(*made)
    assert sorted(numbers[:6]) == sorted(numbers[6:]) == [1, 2, 3, 4, 5, 6]


async def test_one_companys_lock_holds_nobody_else_up(pool: asyncpg.Pool, versions: SettingVersions) -> None:
    async with pool.acquire() as connection, connection.transaction():
        await connection.execute(
            "select pg_advisory_xact_lock(hashtextextended('settings:' || $1::text, 0))", str(COMPANY)
        )
        held = asyncio.create_task(versions.put(COMPANY, Settings(), "Ada"))
        assert await versions.put(OTHER, Settings(), "Grace") == 1
        await asyncio.sleep(0.2)
        assert not held.done()
    assert await held == 1
