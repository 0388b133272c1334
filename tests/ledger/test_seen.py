"""What CMiC was seen to hold: stored by key, and only its owners' news is told (design §5, B-13)."""

from __future__ import annotations

from datetime import date
from typing import Any

import asyncpg

from domain.records import Found, Key
from domain.states import Posting
from ledger.store import PgLedger
from tests.builders import COMMITMENT, COMPANY, found, group, header_key, plan, written
from tests.ledger.acts import another, link, reserve

HEADER = group().header
ABSENT = Key(resource="subcontract", parts={"key": "01|ACME|SC-001|000"})
"""As the posting watcher names what a full list doesn't show."""


async def note(ledger: PgLedger, *records: Found, missing: list[Key] | None = None, company: str = "01") -> list[str]:
    return await ledger.note_seen("subcontract", company, list(records), missing=missing)


def shown(**more: Any) -> Found:
    return found(HEADER, **more)


async def test_what_nobody_owns_is_stored_and_told_to_nobody(ledger: PgLedger, pool: asyncpg.Pool) -> None:
    assert await note(ledger, shown(posting=Posting.POSTED, posted_on=date(2026, 3, 5), changed_at="x")) == []
    rows = await pool.fetch("select erp_key, posting, posted_on, changed_at from seen")
    assert [tuple(row) for row in rows] == [("01|ACME|SC-001|000", "posted", date(2026, 3, 5), "x")]


async def test_only_news_is_told(ledger: PgLedger) -> None:
    await link(ledger, COMMITMENT, written(*group().records))
    assert await note(ledger, shown()) == [COMMITMENT.key]
    assert await note(ledger, shown()) == []
    assert await note(ledger, shown(changed_at="2026-03-05T00:00:00Z", attributes={})) == []
    assert await note(ledger, shown(posting=Posting.POSTED)) == [COMMITMENT.key]
    assert await note(ledger, shown(posting=Posting.POSTED, posted_on=date(2026, 3, 5))) == [COMMITMENT.key]
    assert await note(ledger, shown(posting=Posting.POSTED, posted_on=date(2026, 3, 5), uuid="new")) == [COMMITMENT.key]
    assert await note(ledger, shown(posting=Posting.POSTED, posted_on=date(2026, 3, 5), uuid="new")) == []


async def test_an_older_state_of_the_record_replaces_no_newer_one(ledger: PgLedger) -> None:
    await link(ledger, COMMITMENT, written(*group().records))
    late, early = "2026-03-05T10:00:01Z", "2026-03-05T10:00:00Z"
    assert await note(ledger, shown(posting=Posting.VOID, changed_at=late)) == [COMMITMENT.key]
    assert await note(ledger, shown(posting=Posting.POSTED, changed_at=early)) == []
    async with ledger.case(COMMITMENT) as case:
        assert await case.seen() == (Posting.VOID, None)
    assert await note(ledger, shown(posting=Posting.POSTED, changed_at=early, uuid="another")) == [COMMITMENT.key]


async def test_what_is_missing_is_gone_and_may_come_back(ledger: PgLedger) -> None:
    await link(ledger, COMMITMENT, written(*group().records))
    await note(ledger, shown())
    assert await note(ledger, missing=[ABSENT]) == [COMMITMENT.key]
    assert await note(ledger, missing=[ABSENT]) == []
    async with ledger.case(COMMITMENT) as case:
        assert await case.seen() == (Posting.GONE, None)
    assert await note(ledger, shown()) == [COMMITMENT.key]


async def test_of_many_only_the_changed_ones_owners_are_told(ledger: PgLedger) -> None:
    owners = [another() for _ in range(3)]
    groups = [group(f"SC-{n}") for n in range(3)]
    for owner, one in zip(owners, groups, strict=True):
        await link(ledger, owner, written(*one.records))
    everything = [found(one.header) for one in groups]
    assert sorted(await note(ledger, *everything)) == sorted(o.key for o in owners)
    everything[1] = everything[1].model_copy(update={"posting": Posting.POSTED})
    assert await note(ledger, *everything) == [owners[1].key]
    assert await note(ledger, *everything) == []


async def test_one_who_is_on_his_way_is_told_too(ledger: PgLedger) -> None:
    await reserve(ledger, COMMITMENT, plan())
    assert await note(ledger, shown()) == [COMMITMENT.key]
    async with ledger.case(COMMITMENT) as case:
        await case.release_keys()
    assert await note(ledger, shown(posting=Posting.VOID)) == []


async def test_one_who_is_linked_and_on_his_way_is_told_once(ledger: PgLedger) -> None:
    await reserve(ledger, COMMITMENT, plan())
    await link(ledger, COMMITMENT, written(*group().records))
    assert await note(ledger, shown()) == [COMMITMENT.key]


async def test_one_who_was_unlinked_isnt_told(ledger: PgLedger) -> None:
    await link(ledger, COMMITMENT, written(*group().records))
    async with ledger.case(COMMITMENT) as case:
        await case.unlink()
    assert await note(ledger, shown()) == []


async def test_cmic_companies_are_told_apart(ledger: PgLedger, pool: asyncpg.Pool) -> None:
    await link(ledger, COMMITMENT, written(*group().records))
    assert await note(ledger, shown(), company="02") == []
    assert await note(ledger, shown(), company="01") == [COMMITMENT.key]
    assert await pool.fetchval("select count(*) from seen") == 2


async def test_a_key_that_comes_twice_in_a_page_counts_as_it_came_last(ledger: PgLedger) -> None:
    await link(ledger, COMMITMENT, written(*group().records))
    assert await note(ledger, shown(), shown(posting=Posting.POSTED)) == [COMMITMENT.key]
    async with ledger.case(COMMITMENT) as case:
        assert (await case.seen())[0] is Posting.POSTED


async def test_nothing_seen_is_nothing_told(ledger: PgLedger) -> None:
    assert await note(ledger) == []


async def test_linked_keys_are_those_to_watch(ledger: PgLedger) -> None:
    await link(ledger, COMMITMENT, written(*group().records))
    await reserve(ledger, another(), plan("SC-002"))
    assert await ledger.watched_keys("subcontract", "01") == [header_key().text]
    assert len(await ledger.watched_keys("subcontract_line", "01")) == 2
    assert await ledger.watched_keys("subcontract", "02") == []
    async with ledger.case(COMMITMENT) as case:
        await case.unlink()
    assert await ledger.watched_keys("subcontract", "01") == []


async def test_a_cursor_only_goes_forward(ledger: PgLedger) -> None:
    assert await ledger.cursor("subcontract", "01") is None
    for newest, expected in (("2026-03-05T10:00:00Z",) * 2, ("2026-03-04T10:00:00Z", "2026-03-05T10:00:00Z")):
        await ledger.move_cursor("subcontract", "01", newest)
        assert await ledger.cursor("subcontract", "01") == expected
    await ledger.move_cursor("subcontract", "01", "2026-03-05T10:00:01Z")
    assert await ledger.cursor("subcontract", "01") == "2026-03-05T10:00:01Z"
    assert await ledger.cursor("subcontract", "02") is None
    assert await ledger.cursor("vendor", "01") is None


async def test_a_vendor_is_seen_under_its_own_resource(ledger: PgLedger) -> None:
    vendor = Key(resource="vendor", parts={"company": "01", "vendor": "ACME"})
    await ledger.note_seen("vendor", "01", [Found(key=vendor, uuid="v", posting=Posting.PRESENT)])
    async with ledger.case(COMPANY) as case:
        assert await case.seen() == (Posting.UNKNOWN, None)
