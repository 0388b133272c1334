"""Snapshots, approvals and settings: what was looked at and what was bound (B-04, B-06)."""

from __future__ import annotations

from typing import Any

import asyncpg
import pytest

from domain.commitment import Commitment
from domain.company_settings import Settings
from domain.ledger_port import Approval, Snapshot
from domain.records import digest
from domain.settings import ExportSettings
from ledger.store import PgLedger
from tests.builders import COMMITMENT, commitment
from tests.ledger.acts import another

FIRST, SECOND = commitment(), commitment(title="Łódź 👷🏽‍♀️ & Söhne")


async def keep(ledger: PgLedger, document: Commitment = FIRST) -> Snapshot:
    async with ledger.case(COMMITMENT) as case:
        return await case.put_snapshot(document.model_dump(mode="json"), digest(document.business()))


async def bind(ledger: PgLedger, sequence: int, snapshot: Snapshot, **more: Any) -> Approval | None:
    stated: dict[str, Any] = {"mode": "export", "typed": {}, "settings": ExportSettings(), **more}
    async with ledger.case(COMMITMENT) as case:
        await case.put_approval(sequence, snapshot, stated["mode"], stated["typed"], stated["settings"])
        return await case.approval()


async def test_without_a_snapshot_there_is_none(ledger: PgLedger) -> None:
    async with ledger.case(COMMITMENT) as case:
        assert await case.snapshot() is None
        assert await case.approval() is None


async def test_a_snapshot_is_kept_as_it_was_read(ledger: PgLedger) -> None:
    kept = await keep(ledger, SECOND)
    async with ledger.case(COMMITMENT) as case:
        current = await case.snapshot()
    assert current == kept
    assert Commitment.model_validate(kept.document) == SECOND
    assert kept.hash == digest(Commitment.model_validate(kept.document).business())


async def test_the_same_document_again_is_the_same_snapshot(ledger: PgLedger) -> None:
    kept = await keep(ledger)
    assert await keep(ledger) == kept


async def test_the_same_business_in_another_document_is_another_snapshot_of_the_same_hash(ledger: PgLedger) -> None:
    """What was looked at stays what was approved: the hash is of the business alone, the document is what is exported."""
    kept = await keep(ledger)
    document = FIRST.model_copy(update={"vendor_name": "Acme, renamed", "origin_id": "01|A"})
    again = await keep(ledger, document)
    assert (again.hash, again.id != kept.id) == (kept.hash, True)
    assert Commitment.model_validate(again.document) == document
    async with ledger.case(COMMITMENT) as case:
        assert await case.snapshot() == again


async def test_other_business_is_another_snapshot_and_the_old_one_stays(ledger: PgLedger, pool: asyncpg.Pool) -> None:
    first, second = await keep(ledger), await keep(ledger, SECOND)
    assert first.id != second.id
    async with ledger.case(COMMITMENT) as case:
        assert await case.snapshot() == second
    assert await pool.fetchval("select count(*) from snapshots") == 2


async def test_a_snapshot_is_its_objects_own(ledger: PgLedger) -> None:
    await keep(ledger)
    async with ledger.case(another()) as case:
        assert await case.snapshot() is None


async def test_an_approval_binds_snapshot_words_and_settings(ledger: PgLedger) -> None:
    kept = await keep(ledger)
    settings = ExportSettings(currency="CAD", uom_map={"each": "PC"})
    typed = {"erp_id": "C-77", "accounting_date": "2026-04-30"}
    bound = await bind(ledger, 2, kept, typed=typed, settings=settings)
    assert bound == Approval(sequence=2, snapshot=kept, mode="export", typed=typed, settings=settings)


async def test_an_approval_keeps_its_snapshot_and_its_settings_whatever_comes_after(ledger: PgLedger) -> None:
    kept = await keep(ledger)
    bound = await bind(ledger, 2, kept)
    await keep(ledger, SECOND)
    await ledger.put_settings(562949, Settings(currency="CAD"), "Ada")
    async with ledger.case(COMMITMENT) as case:
        assert await case.approval() == bound
        assert (await case.settings()).currency == "CAD"


async def test_the_newest_approval_counts(ledger: PgLedger, pool: asyncpg.Pool) -> None:
    kept = await keep(ledger)
    await bind(ledger, 2, kept)
    newest = await bind(ledger, 5, await keep(ledger, SECOND), mode="adopt")
    assert newest is not None
    assert (newest.sequence, newest.mode, newest.snapshot.document["title"]) == (5, "adopt", SECOND.title)
    assert await pool.fetchval("select count(*) from approvals") == 2


async def test_one_step_approves_once(ledger: PgLedger) -> None:
    kept = await keep(ledger)
    await bind(ledger, 2, kept)
    with pytest.raises(asyncpg.UniqueViolationError):
        await bind(ledger, 2, kept, mode="adopt")


async def test_the_hash_of_an_approval_covers_all_three(ledger: PgLedger, pool: asyncpg.Pool) -> None:
    kept = await keep(ledger)
    await bind(ledger, 1, kept)
    await bind(ledger, 2, kept)
    await bind(ledger, 3, kept, typed={"erp_id": "C-77"})
    await bind(ledger, 4, kept, settings=ExportSettings(currency="CAD"))
    await bind(ledger, 5, await keep(ledger, SECOND))
    hashes = [row["hash"] for row in await pool.fetch("select hash from approvals order by sequence")]
    assert hashes[0] == hashes[1]
    assert len(set(hashes)) == 4


async def test_settings_have_versions_that_stay(ledger: PgLedger, pool: asyncpg.Pool) -> None:
    assert await ledger.settings_of(562949) == Settings()
    assert await ledger.put_settings(562949, Settings(currency="CAD"), "Ada") == 1
    newest = Settings(erp_companies=["02", "01"], vendor_class="SUBS")
    assert await ledger.put_settings(562949, newest, "Grace") == 2
    assert await ledger.settings_of(562949) == newest
    async with ledger.case(COMMITMENT) as case:
        assert await case.settings() == newest.for_exports()
    rows = await pool.fetch("select version, who, body, at from settings order by version")
    assert [(row["version"], row["who"], row["body"]["currency"]) for row in rows] == [
        (1, "Ada", "CAD"),
        (2, "Grace", "USD"),
    ]
    assert all(row["at"].tzinfo for row in rows)


async def test_settings_are_one_companys_own(ledger: PgLedger) -> None:
    await ledger.put_settings(562949, Settings(currency="CAD"), "Ada")
    assert await ledger.settings_of(7) == Settings()
    assert await ledger.put_settings(7, Settings(), "Ada") == 1
