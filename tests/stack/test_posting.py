"""What CMiC's accountants do with an exported record is seen: posted, void, deleted (B-13; L-16; design §5)."""

from __future__ import annotations

import asyncio
from datetime import date
from decimal import Decimal

import pytest

from domain.states import Posting, State
from tests.support import Site, line

PAGE = 500


@pytest.fixture(autouse=True)
async def nothing_unseen(site: Site) -> None:
    """Whatever other tests did in CMiC's books has been seen."""
    await site.watch(full=True)


async def events(site: Site, *keys: str) -> list[int]:
    """How many events each workflow's history has."""
    described = await asyncio.gather(*(site.office.client.get_workflow_handle(key).describe() for key in keys))
    return [d.history_length for d in described]


async def test_posted_with_cmics_date(site: Site) -> None:
    key = await site.synced()
    assert (await site.head(key)).posting is Posting.UNPOSTED
    assert "not posted yet" in (await site.head(key)).words
    await site.control("subcontracts/post", **await site.contract(key), post_date="2026-11-20")
    assert await site.watch() == "1 objects nudged"
    head = await site.until(key, State.SYNCED, also=lambda h: h.posting is Posting.POSTED)
    assert "posted on 2026-11-20" in head.words
    item = await site.office.reading.item(key)
    assert item is not None
    assert item["posted_on"] == date(2026, 11, 20)
    last = (await site.office.reading.history(key))[-1]
    assert (last["action"], last["who"]) == ("record_posting", "connector")


async def test_in_process_is_not_posted(site: Site) -> None:
    """It is told apart, because CMiC takes change orders on it already."""
    key = await site.synced()
    await site.control("subcontracts/process", **await site.contract(key))
    assert await site.watch() == "1 objects nudged"
    head = await site.until(key, State.SYNCED, also=lambda h: h.posting is Posting.IN_PROCESS)
    assert "in process, not posted yet" in head.words
    assert await site.actions(key) == ["send", "accept", "complete", "record_posting"]


async def test_what_a_look_saw_first_is_recorded_by_the_schedule(site: Site) -> None:
    """Somebody asks to unlink a contract that was just posted: the look knows, the item doesn't yet."""
    key = await site.synced()
    await site.control("subcontracts/post", **await site.contract(key), post_date="2026-11-18")
    asked = await site.granted(key, "unlink")
    await site.until(key, State.SYNCED, also=lambda h: h.sequence > asked.sequence)
    await site.watch()
    head = await site.until(key, State.SYNCED, also=lambda h: h.posting is Posting.POSTED, seconds=10)
    assert "posted on 2026-11-18" in head.words


async def test_void_is_seen_and_said(site: Site) -> None:
    posted, unposted = await site.synced(), await site.synced()
    await site.control("subcontracts/post", **await site.contract(posted), post_date="2026-11-19")
    await site.watch()
    await site.until(posted, State.SYNCED, also=lambda h: h.posting is Posting.POSTED)
    for key in (posted, unposted):
        await site.control("subcontracts/void", **await site.contract(key))
    assert await site.watch() == "2 objects nudged"
    for key in (posted, unposted):
        head = await site.until(key, State.SYNCED, also=lambda h: h.posting is Posting.VOID)
        assert "void there: unlink it" in head.words
        await site.granted(key, "unlink")
        await site.until(key, State.NOT_SENT)


async def test_deleted_is_seen_by_the_full_list(site: Site) -> None:
    deleted, kept = await site.synced(), await site.synced()
    await site.control("delete", resource="scmast", where={"ScmstContCode": site.numbers[deleted]})
    await site.watch()
    assert (await site.head(deleted)).posting is Posting.UNPOSTED
    assert await site.watch(full=True) == "1 objects nudged"
    head = await site.until(deleted, State.SYNCED, also=lambda h: h.posting is Posting.GONE)
    assert "no longer there: unlink it" in head.words
    assert (await site.head(kept)).posting is Posting.UNPOSTED
    await site.granted(deleted, "unlink")
    await site.until(deleted, State.NOT_SENT)


async def settled(site: Site) -> None:
    """What other tests left in CMiC has been told to whom it concerns."""
    await site.watch(full=True)
    await site.watch()


async def test_nothing_changed_costs_no_signal(site: Site) -> None:
    """Cost grows with what changed, not with what is parked: one listing, and nobody is woken."""
    keys = await asyncio.gather(*(site.synced() for _ in range(6)))
    await settled(site)
    before = await events(site, *keys)
    await site.cmic.delete("/_sandbox/traffic")
    assert await site.watch() == "0 objects nudged"
    assert await site.watch(full=True) == "0 objects nudged"
    summary = (await site.cmic.get("/_sandbox/traffic/summary")).json()
    pages = len(await site.rows("scmast")) // PAGE + 1
    assert summary["requests"] <= 2 * pages
    assert summary["writes"] == 0
    await site.control("subcontracts/post", **await site.contract(keys[0]), post_date="2026-11-18")
    assert await site.watch() == "1 objects nudged"
    await site.until(keys[0], State.SYNCED, also=lambda h: h.posting is Posting.POSTED)
    assert await site.watch() == "0 objects nudged"
    assert (await events(site, *keys))[1:] == before[1:]


async def test_many_posted_at_once_are_all_recorded(site: Site) -> None:
    keys = await asyncio.gather(*(site.synced() for _ in range(10)))
    await settled(site)
    for n, key in enumerate(keys, start=1):
        await site.control("subcontracts/post", **await site.contract(key), post_date=f"2026-10-{n:02d}")
    assert await site.watch() == "10 objects nudged"
    for n, key in enumerate(keys, start=1):
        await site.until(key, State.SYNCED, also=lambda h: h.posting is Posting.POSTED)
        item = await site.office.reading.item(key)
        assert item is not None
        assert item["posted_on"] == date(2026, 10, n)


async def test_what_somebody_else_entered_in_cmic_nudges_nobody(site: Site) -> None:
    number = site.code("HAND-")
    scope = {"ScmstCompCode": "01", "ScmstVenCode": "BOLT02", "ScmstContCode": number, "ScmstChgCode": "000"}
    more = {"ScmstJobCode": "1042", "ScmstCurrCode": "USD", "ScmstOverrideFlag": "Y"}
    await site.control("seed", scmast=[{**scope, **more}])
    assert await site.watch() == "0 objects nudged"
    contract = {"company": "01", "vendor": "BOLT02", "contract": number}
    await site.control("subcontracts/post", **contract, post_date="2026-11-20")
    assert await site.watch() == "0 objects nudged"


async def test_posted_before_the_write_back_is_seen_at_once(site: Site) -> None:
    """A posting that is faster than Procore is taken over when the export completes, without another look."""
    key = await site.sent()
    number = key.rsplit(":", 1)[1]
    await site.procore_fault(f"{number}/line_items", method="PATCH", status=503, retry_after=1, times=2)
    await site.granted(key, "accept")
    for _ in range(400):
        if (await site.in_cmic(key))[0]:
            break
        await asyncio.sleep(0.01)
    await site.control("subcontracts/post", **await site.contract(key), post_date="2026-11-17")
    await site.watch()
    head = await site.until(key, State.SYNCED)
    assert head.posting is Posting.POSTED
    assert await site.in_cmic(key) == (1, 1, Decimal("1000.00"))


async def test_a_rebuilt_record_is_another_one(site: Site) -> None:
    """Deleted and entered again by hand under the same number: the full list doesn't call it gone, and unlinking is refused
    while it stands there."""
    key = await site.synced(line(amount="3.00"))
    await site.control("delete", resource="scmast", where={"ScmstContCode": site.numbers[key]})
    scope = {"ScmstCompCode": "01", "ScmstVenCode": "ACME01", "ScmstContCode": site.numbers[key], "ScmstChgCode": "000"}
    more = {"ScmstJobCode": "1042", "ScmstCurrCode": "USD", "ScmstOverrideFlag": "Y"}
    await site.control("seed", scmast=[{**scope, **more}])
    await site.watch(full=True)
    asked = await site.granted(key, "unlink")
    head = await site.until(key, State.SYNCED, State.NOT_SENT, also=lambda h: h.sequence > asked.sequence)
    assert "still has" in head.words
