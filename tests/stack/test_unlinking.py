"""Unlinking: CMiC's record must be gone, nothing is deleted there, and nobody loses what he stands on (U-01 to U-03)."""

from __future__ import annotations

import asyncio
from decimal import Decimal

from domain.commands import Answer
from domain.identity import parse_key
from domain.states import State
from tests.support import COMPANY, ERP, SENDER, Site, line


async def unlinked(site: Site, key: str) -> None:
    await site.granted(key, "unlink")
    await site.until(key, State.NOT_SENT)
    contract = await site.in_procore(key)
    assert [contract["origin_id"], contract["origin_code"]] == [None, None]
    assert [row["origin_id"] for row in contract["line_items"]] == [None] * len(contract["line_items"])
    assert await site.office.reading.links(key) == []


async def test_unlink_waits_until_cmic_has_it_no_more_void(site: Site) -> None:
    key = await site.synced(line(), line("07-500", "S"))
    asked = await site.granted(key, "unlink")
    head = await site.until(key, State.SYNCED, also=lambda h: h.sequence > asked.sequence)
    assert f"CMiC still has {ERP}|ACME01|{site.numbers[key]}|000" in head.words
    assert (await site.in_procore(key))["origin_id"]
    await site.control("subcontracts/void", **await site.contract(key))
    await unlinked(site, key)
    assert len(await site.rows("scmast", ScmstContCode=site.numbers[key])) == 1
    await site.granted(key, "send", SENDER)
    await site.granted(key, "accept")
    head = await site.until(key, State.FAILED)
    assert head.failure_code == "number_taken_by_void"
    other = site.code("AGAIN-")
    await site.granted(key, "retry", erp_id=other)
    await site.until(key, State.SYNCED)
    assert (await site.in_procore(key))["origin_code"] == other


async def test_unlinked_after_it_was_deleted_and_sent_again_under_its_number(site: Site) -> None:
    key = await site.synced()
    await site.control("delete", resource="scmast", where={"ScmstContCode": site.numbers[key]})
    await unlinked(site, key)
    await site.relines(key, line(amount="2.00"))
    await site.granted(key, "send", SENDER)
    await site.granted(key, "accept")
    await site.until(key, State.SYNCED)
    assert await site.in_cmic(key) == (1, 1, Decimal("2.00"))
    done = ["send", "accept", "complete", "unlink", "gone", "send", "accept", "complete"]
    assert await site.actions(key) == done
    assert await site.office.reading.verify(key) is None


async def test_a_company_on_which_others_stand_stays(site: Site) -> None:
    company, code = await site.linked_company()
    synced = await site.synced(vendor=parse_key(company).id, title="Stands on it")
    waiting = await site.sent(vendor=parse_key(company).id, title="Waits for it")
    outcome = await site.ask(company, "unlink")
    assert [r.code for r in outcome.refusals] == ["depended_on"]
    sentence = outcome.refusals[0].sentence
    assert "2 other item(s)" in sentence
    assert "Stands on it (Synced)" in sentence
    assert "Waits for it (Ready to Export)" in sentence
    await site.granted(waiting, "retrieve", SENDER)
    await site.control("delete", resource="scmast", where={"ScmstContCode": site.numbers[synced]})
    await unlinked(site, synced)
    await site.granted(company, "unlink")
    await site.until(company, State.NOT_SENT)
    assert len(await site.rows("apvendor", BpvenBpCode=code)) == 1


async def test_a_company_is_unlinked_without_anything_being_deleted(site: Site) -> None:
    """U-03: the vendor stays, and the company can be linked to it again."""
    company, code = await site.linked_company()
    await site.granted(company, "unlink")
    await site.until(company, State.NOT_SENT)
    told = (await site.procore.get("/_sandbox/books/vendors", params={"id": parse_key(company).id})).json()[0]
    assert (told["origin_id"], told["origin_code"]) == (None, None)
    assert len(await site.rows("apvendor", BpvenBpCode=code)) == 1
    await site.granted(company, "link", erp_id=code)
    await site.until(company, State.SYNCED)


async def test_a_project_on_which_commitments_stand_stays(site: Site) -> None:
    outcome = await site.ask(f"project:{COMPANY}:-:310", "unlink")
    if outcome.answer is not Answer.REFUSED:  # Only if this test runs before anything was sent.
        await site.until(f"project:{COMPANY}:-:310", State.NOT_SENT)
        raise AssertionError("the project of synced commitments was unlinked")
    assert [r.code for r in outcome.refusals] == ["depended_on"]


async def test_an_unlinking_parent_and_an_accepted_child_never_both_go(site: Site) -> None:
    """Accepting locks the parents: either the unlink is refused, or the child is held for a vendor that left."""
    companies = [await site.linked_company() for _ in range(5)]
    keys = [await site.sent(vendor=parse_key(company).id) for company, _ in companies]
    for key in keys:
        await site.granted(key, "retrieve", SENDER)
    asked = [
        asyncio.gather(site.ask(company, "unlink"), site.ask(key, "resend", SENDER))
        for (company, _), key in zip(companies, keys, strict=True)
    ]
    for (company, code), key, (gone, sent) in zip(companies, keys, await asyncio.gather(*asked), strict=True):
        assert sent.answer is Answer.DONE
        if gone.answer is Answer.DONE:
            await site.until(company, State.NOT_SENT)
            assert (await site.granted(key, "accept")).state is State.HELD
            await site.granted(company, "link", erp_id=code)
        else:
            assert [r.code for r in gone.refusals] == ["depended_on"]
            await site.granted(key, "accept")
        await site.until(key, State.SYNCED)


async def test_an_id_of_another_integration_is_not_cleared(site: Site) -> None:
    """F-05, B-08: unlinking takes back what the connector gave, nothing else."""
    failed, synced = await site.sent(), await site.synced()
    for key in (failed, synced):
        await site.edit(key, origin_id="SAGE-" + site.numbers[key])
    await site.granted(failed, "accept")
    await site.until(failed, State.FAILED)
    await site.control("subcontracts/void", **await site.contract(synced))
    for key in (failed, synced):
        asked = await site.granted(key, "unlink")
        await moved_on(site, key, asked.sequence)
    kept = [(await site.in_procore(key))["origin_id"] for key in (failed, synced)]
    assert kept == ["SAGE-" + site.numbers[key] for key in (failed, synced)]


async def moved_on(site: Site, key: str, sequence: int) -> None:
    """Whatever came of the unlinking: it is over."""
    await site.until(key, State.NOT_SENT, State.FAILED, State.SYNCED, also=lambda head: head.sequence > sequence)
