"""Staged records, on PostgreSQL: how they stand, what people did with them, who is proposed (erp-tool-behaviour §4)."""

from __future__ import annotations

from typing import Any

import asyncpg
import pytest

from domain.incoming_port import Place
from domain.staged import Staged
from ledger.incoming_rows import PgIncoming
from ledger.staged import StagedRecords
from ledger.store import PgLedger
from tests.ledger.arriving import (
    MASKED,
    NO,
    PROCORE,
    UNREADABLE,
    came,
    done,
    entry,
    pending,
    pending_keys,
    read_whole,
    vendor_linked,
)


@pytest.fixture
def incoming(pool: asyncpg.Pool) -> PgIncoming:
    return PgIncoming(pool)


@pytest.fixture
async def place(incoming: PgIncoming) -> Place:
    return await incoming.place(Place(name="transactions", procore_company=PROCORE, erp_company="01"))


@pytest.fixture
async def vendors(incoming: PgIncoming) -> Place:
    return await incoming.place(Place(name="vendors", procore_company=PROCORE, erp_company="01", resource="vendor"))


@pytest.fixture
def staged(pool: asyncpg.Pool) -> StagedRecords:
    return StagedRecords(pool)


async def record(staged: StagedRecords, key: str) -> Staged:
    found = await staged.one("vendors", PROCORE, "01", key)
    assert found is not None
    return found


async def test_how_a_staged_record_stands(
    incoming: PgIncoming, vendors: Place, staged: StagedRecords, ledger: PgLedger
) -> None:
    names = ("new", "linked", "by_id", "archived", "inactive", "masked", "gone", "linked_inactive", "linked_archived")
    more: dict[str, dict[str, Any]] = {
        "inactive": {"inactive": True},
        "linked_inactive": {"inactive": True},
        "masked": {"refusals": [MASKED]},
    }
    entries = {name: entry(f"01|{name.upper()}", **more.get(name, {})) for name in names}
    run = await read_whole(incoming, vendors, *entries.values())
    companies = {name: await vendor_linked(ledger, name) for name in ("linked", "linked_inactive", "linked_archived")}
    await staged.joined(await record(staged, "01|BY_ID"), 4711)
    for name in ("archived", "linked_archived"):
        await staged.archive(await record(staged, f"01|{name.upper()}"), archived=True)
    await done(incoming, vendors, run)
    await read_whole(incoming, vendors, *(e for name, e in entries.items() if name != "gone"))
    found = {name: await record(staged, f"01|{name.upper()}") for name in names}
    assert {name: one.status for name, one in found.items()} == {
        "new": "staged", "linked": "linked", "by_id": "staged", "archived": "archived", "inactive": "archived",
        "masked": "refused", "gone": "gone", "linked_inactive": "linked", "linked_archived": "linked",
    }  # fmt: skip
    assert (found["linked"].linked_to, found["by_id"].linked_to) == (companies["linked"].id, None), (
        "the link alone counts"
    )
    assert found["masked"].reasons[0].code == "masked"
    assert (found["archived"].is_archived_by_hand, found["inactive"].is_archived_by_hand) == (True, False)
    shown = {one.code for one in await staged.shown("vendors", PROCORE, "01")}
    assert shown == {n.upper() for n in names} - {"MASKED", "GONE"}
    assert [one.code for one in await staged.shown("vendors", PROCORE, "01", "refused")] == ["MASKED"]
    assert await staged.shown("vendors", PROCORE, "02") == []
    assert await staged.one("customers", PROCORE, "01", "01|NEW") is None


async def test_only_linked_records_are_given(
    incoming: PgIncoming, vendors: Place, staged: StagedRecords, ledger: PgLedger
) -> None:
    run = await read_whole(incoming, vendors, *(entry(f"01|{name.upper()}") for name in ("A", "B", "C")))
    assert await pending_keys(incoming, vendors, linked_only=True) == []
    company = await vendor_linked(ledger, "a")
    await staged.joined(await record(staged, "01|B"), 4711)
    (row,) = await pending(incoming, vendors, linked_only=True)
    assert (row.key, row.procore_id) == ("01|A", company.id), "the other is what it was joined as"
    await came(incoming, vendors, entry("01|B", "2.00"), entry("01|C", "2.00"), run=run)
    assert await pending_keys(incoming, vendors, linked_only=True) == ["01|A"]
    async with ledger.case(company) as case:
        await case.unlink()
    assert (await record(staged, "01|A")).status == "staged"
    assert await pending_keys(incoming, vendors, linked_only=True) == []


async def test_a_customer_is_joined_without_a_lifecycle(incoming: PgIncoming, staged: StagedRecords) -> None:
    place = await incoming.place(Place(name="customers", procore_company=PROCORE, erp_company="01", resource="vendor"))
    await read_whole(incoming, place, entry("01|A"))
    found = await staged.one("customers", PROCORE, "01", "01|A")
    assert found is not None
    await staged.joined(found, 4711)
    joined = await staged.one("customers", PROCORE, "01", "01|A")
    assert joined is not None
    assert (joined.status, joined.linked_to) == ("linked", 4711)


async def test_what_people_did_and_what_is_proposed_is_kept_through_a_refresh(
    incoming: PgIncoming, vendors: Place, staged: StagedRecords
) -> None:
    run = await read_whole(incoming, vendors, entry("01|a"), entry("01|b"))
    await staged.propose(vendors.id, {"01|a": [{"procore_id": 1}], "01|b": [{"procore_id": 2}]})
    await staged.archive(await record(staged, "01|b"), archived=True)
    await done(incoming, vendors, run)
    await read_whole(incoming, vendors, entry("01|a", "9.00"), entry("01|b", "9.00"))
    assert (await record(staged, "01|a")).proposals == [{"procore_id": 1}]
    assert (await record(staged, "01|b")).status == "archived"
    await staged.propose(vendors.id, {"01|b": [{"procore_id": 3}]})
    assert [(await record(staged, key)).proposals for key in ("01|a", "01|b")] == [[], [{"procore_id": 3}]]
    await staged.archive(await record(staged, "01|b"), archived=False)
    assert (await record(staged, "01|b")).status == "staged"


async def test_what_is_taken_already(
    incoming: PgIncoming, vendors: Place, staged: StagedRecords, ledger: PgLedger
) -> None:
    await read_whole(incoming, vendors, entry("01|a"), entry("01|b"))
    company, never_read = await vendor_linked(ledger, "a"), await vendor_linked(ledger, "z")
    await staged.joined(await record(staged, "01|b"), 4711)
    assert await staged.taken_ids("vendors", PROCORE, "01") == {company.id, never_read.id}
    assert await staged.taken_ids("vendors", PROCORE, "02") == frozenset()


async def test_masked_vendors_are_known_by_their_codes(incoming: PgIncoming, vendors: Place) -> None:
    entries = [entry("01|a", refusals=[MASKED]), entry("01|b", refusals=[UNREADABLE]), entry("01|c")]
    run = await read_whole(incoming, vendors, *entries)
    assert await incoming.masked(PROCORE, "01") == {"a"}
    assert await incoming.masked(PROCORE, "02") == frozenset()
    await done(incoming, vendors, run)
    await read_whole(incoming, vendors, *entries[1:])
    assert await incoming.masked(PROCORE, "01") == frozenset()


async def test_a_request_has_one_answer_for_ever(
    incoming: PgIncoming, vendors: Place, staged: StagedRecords, pool: asyncpg.Pool
) -> None:
    await read_whole(incoming, vendors, entry("01|a"))
    one = await record(staged, "01|a")
    assert await staged.answered("r1") is None
    await staged.note(one, "r1", "link", "Ada", [NO], {"procore_id": 1})
    await staged.note(one, "r1", "link", "Ada", [], {})
    await staged.note(one, "r2", "archive", "Ada", [], {})
    answer = await staged.answered("r1")
    assert answer is not None
    assert (answer[0], [r.code for r in answer[1]]) == ("refused", ["refused_by_procore"])
    assert [(h["action"], h["answer"]) for h in await staged.history(one)] == [("link", "refused"), ("archive", "done")]
    for statement in ("update incoming_actions set who = 'Eve'", "delete from incoming_actions"):
        with pytest.raises(asyncpg.PostgresError):
            await pool.execute(statement)
