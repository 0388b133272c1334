"""CMiC fails in every way it can, and still each record is there once, whole, or not at all (B-03; design §5)."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from decimal import Decimal
from typing import Any

import pytest

from domain.commands import Answer
from domain.states import Posting, State
from tests.support import ERP, SENDER, Site, line

LINES = (line(amount="100.10"), line("07-500", "S", "200.20"))
WHOLE = (1, 2, Decimal("300.30"))
NOTHING = (0, 0, Decimal(0))

ONCE: dict[str, list[dict[str, Any]]] = {
    "429": [{"kind": "status", "status": 429, "method": "POST"}],
    "500": [{"kind": "status", "status": 500, "method": "POST"}],
    "503": [{"kind": "status", "status": 503, "method": "POST"}],
    "cut before the commit": [{"kind": "cut_before_commit", "method": "POST"}],
    "cut after the commit": [{"kind": "cut_after_commit", "method": "POST"}],
    "committed seconds after the cut": [{"kind": "commit_after_cut", "seconds": 2.5, "method": "POST"}],
    "an answer without rows": [{"kind": "batch_without_rows", "method": "POST"}],
    "a slow commit": [{"kind": "delay", "seconds": 3, "method": "POST"}],
    "a slow answer": [{"kind": "delay_answer", "seconds": 3, "method": "POST"}],
    "a look-up that fails": [{"kind": "status", "status": 500, "method": "GET", "times": 2}],
    "a look-up that is cut": [{"kind": "cut_before_commit", "method": "GET"}],
    "a cut, then a look-up that fails": [
        {"kind": "cut_after_commit", "method": "POST"},
        {"kind": "status", "status": 502, "method": "GET"},
    ],
    "two cuts before the commit": [{"kind": "cut_before_commit", "method": "POST", "times": 2}],
    "no rows, then no look-up": [
        {"kind": "batch_without_rows", "method": "POST"},
        {"kind": "cut_before_commit", "method": "GET", "resource": "scsched"},
    ],
}


@asynccontextmanager
async def cmic_set_up(site: Site, **changed: Any) -> AsyncIterator[None]:
    """CMiC's own clock or patience, otherwise for a while."""
    before = (await site.cmic.get("/_sandbox/settings")).json()
    assert (await site.cmic.patch("/_sandbox/settings", json=changed)).status_code == 200
    try:
        yield
    finally:
        await site.cmic.patch("/_sandbox/settings", json={name: before[name] for name in changed})


async def settled(site: Site) -> None:
    """Nothing that was cut off is still being committed by CMiC."""
    for _ in range(200):
        if not (await site.cmic.get("/_sandbox/health")).json()["pending"]:
            return
        await asyncio.sleep(0.05)
    raise AssertionError("CMiC is still at work")


async def spoilt(site: Site, name: str) -> str:
    """A commitment whose export meets the faults of that name."""
    key = await site.sent(*LINES)
    for order in ONCE[name]:
        await site.fault(**{"key": site.numbers[key], **order})
    return key


async def test_every_fault_leaves_one_whole_record(site: Site) -> None:
    """All of them at the same time, each on a commitment of its own; one without any stands between them."""
    keys = {name: await spoilt(site, name) for name in ONCE}
    keys["none"] = await site.sent(*LINES)
    await asyncio.gather(*(site.granted(key, "accept") for key in keys.values()))
    await asyncio.gather(*(site.until(key, State.SYNCED) for key in keys.values()))
    assert (await site.cmic.get("/_sandbox/faults")).json()["faults"] == []
    await settled(site)
    assert {name: await site.in_cmic(key) for name, key in keys.items()} == dict.fromkeys(keys, WHOLE)
    for key in keys.values():
        assert await site.actions(key) == ["send", "accept", "complete"]
        links = await site.office.reading.links(key)
        uuids = {r["ScmstVUuid"] for r in await site.rows("scmast", ScmstContCode=site.numbers[key])}
        uuids |= {r["ScschVUuid"] for r in await site.rows("scsched", ScschContCode=site.numbers[key])}
        assert {row["erp_uuid"] for row in links} == uuids


@pytest.mark.parametrize("offset", [90, -90])
async def test_cmics_clock_decides_nothing(site: Site, offset: int) -> None:
    """A record that a cut hid is ours by what the ledger knows, whatever CMiC's clock says of its making."""
    async with cmic_set_up(site, clock_offset_seconds=offset):
        cut, plain = await site.sent(*LINES), await site.sent(*LINES)
        await site.fault("cut_after_commit", method="POST", key=site.numbers[cut])
        await asyncio.gather(site.granted(cut, "accept"), site.granted(plain, "accept"))
        await asyncio.gather(site.until(cut, State.SYNCED), site.until(plain, State.SYNCED))
        contract = await site.contract(cut)
        await site.control("subcontracts/post", **contract, post_date="2026-11-20")
        await site.watch()
        await site.until(cut, State.SYNCED, also=lambda h: h.posting is Posting.POSTED)
    assert await site.in_cmic(cut) == await site.in_cmic(plain) == WHOLE


async def test_cmic_cuts_at_its_own_deadline_and_commits_afterwards(site: Site) -> None:
    async with cmic_set_up(site, cut_after_seconds=1):
        key = await site.sent(*LINES)
        await site.fault("delay", seconds=2.5, method="POST", key=site.numbers[key])
        await site.granted(key, "accept")
        await site.until(key, State.SYNCED)
        await settled(site)
    assert await site.in_cmic(key) == WHOLE


async def test_a_company_meets_the_same_faults(site: Site) -> None:
    """Partner and vendor are two writes; each is cut where it hurts."""
    partner_cut, vendor_cut, late, refused = await asyncio.gather(*(site.company() for _ in range(4)))
    codes = {key: site.code("V") for key in (partner_cut, vendor_cut, late, refused)}
    await site.fault("cut_after_commit", method="POST", resource="businesspartner", key=codes[partner_cut])
    await site.fault("cut_after_commit", method="POST", resource="apvendor", key=codes[vendor_cut])
    await site.fault("commit_after_cut", seconds=2, method="POST", resource="apvendor", key=codes[late])
    await site.fault("status", status=500, method="POST", key=codes[refused], times=2)
    await asyncio.gather(*(site.granted(key, "send", SENDER) for key in codes))
    await asyncio.gather(*(site.granted(key, "accept", erp_id=code) for key, code in codes.items()))
    await asyncio.gather(*(site.until(key, State.SYNCED) for key in codes))
    await settled(site)
    for code in codes.values():
        assert len(await site.rows("businesspartner", BpCode=code)) == 1
        assert len(await site.rows("apvendor", BpvenBpCode=code)) == 1


async def test_a_failure_that_lasts_is_temporary_and_heals_by_itself(site: Site) -> None:
    """One record for which CMiC fails for ever: it fails, tries again by itself, and leaves when CMiC is well."""
    quick = site.hurried(patience=2, retry_every=1)
    key = await quick.sent(*LINES)
    await site.fault("status", status=500, method="POST", key=site.numbers[key], times=None)
    await quick.granted(key, "accept")
    head = await site.until(key, State.FAILED)
    assert (head.failure_code, head.failure_is_temporary) == ("cmic_unreachable", True)
    assert "It tries again by itself" in head.words
    await site.until(key, State.FAILED, also=lambda h: h.sequence >= head.sequence + 2)
    assert await site.in_cmic(key) == NOTHING
    others = await site.synced(*LINES)
    assert await site.in_cmic(others) == WHOLE
    await site.cmic.delete("/_sandbox/faults")
    await site.until(key, State.SYNCED)
    assert await site.in_cmic(key) == WHOLE
    actions = await site.actions(key)
    assert actions[:5] == ["send", "accept", "fail", "try_again", "fail"]
    assert actions[-2:] == ["try_again", "complete"]


async def test_a_temporary_failure_can_be_retried_by_hand(site: Site) -> None:
    quick = site.hurried(patience=1, retry_every=600)
    key = await quick.sent(*LINES)
    await site.fault("status", status=503, method="POST", key=site.numbers[key], times=None)
    await quick.granted(key, "accept")
    await site.until(key, State.FAILED)
    await site.cmic.delete("/_sandbox/faults")
    await site.granted(key, "retry")
    await site.until(key, State.SYNCED)
    assert await site.in_cmic(key) == WHOLE


async def test_two_that_want_the_same_number_one_gets_it(site: Site) -> None:
    first, second = await site.sent(*LINES), await site.sent(*LINES)
    number = site.code("SHARED-")
    await asyncio.gather(*(site.granted(key, "accept", erp_id=number) for key in (first, second)))
    heads = await asyncio.gather(*(site.until(key, State.SYNCED, State.FAILED) for key in (first, second)))
    assert sorted(head.state for head in heads) == ["failed", "synced"]
    winner, loser = (first, second) if heads[0].state is State.SYNCED else (second, first)
    head = await site.head(loser)
    assert head.failure_code in ("key_reserved", "already_linked")
    assert winner in head.words
    assert not head.failure_is_temporary
    other = site.code("OTHER-")
    await site.granted(loser, "retry", erp_id=other)
    await site.until(loser, State.SYNCED)
    for text in (number, other):
        assert len(await site.rows("scmast", ScmstContCode=text)) == 1
        assert len(await site.rows("scsched", ScschContCode=text)) == 2


async def test_many_that_want_the_same_number_one_gets_it(site: Site) -> None:
    keys = await asyncio.gather(*(site.sent(line(amount=f"{n}.00")) for n in range(1, 7)))
    number = site.code("CROWD-")
    await asyncio.gather(*(site.granted(key, "accept", erp_id=number) for key in keys))
    heads = await asyncio.gather(*(site.until(key, State.SYNCED, State.FAILED) for key in keys))
    assert sorted(head.state for head in heads) == [*["failed"] * 5, "synced"]
    (header,) = await site.rows("scmast", ScmstContCode=number)
    amounts = {key: Decimal(n) for n, key in enumerate(keys, start=1)}
    winner = next(head.key for head in heads if head.state is State.SYNCED)
    assert Decimal(str(header["ScmstContAmt"])) == amounts[winner]
    await asyncio.gather(*(site.granted(head.key, "reject") for head in heads if head.state is State.FAILED))


async def in_books(site: Site, key: str, *amounts: str, title: str = "Entered by hand", status: str = "U") -> None:
    """An accountant entered a contract of the commitment's number in CMiC before."""
    number = site.numbers[key]
    scope = {"CompCode": ERP, "VenCode": "ACME01", "ContCode": number, "ChgCode": "000", "JobCode": "1042"}
    header = {f"Scmst{name}": value for name, value in scope.items()}
    header |= {"ScmstCurrCode": "USD", "ScmstOverrideFlag": "Y", "ScmstName": title, "ScmstStatusCode": status}
    lines = [
        {**{f"Scsch{name}": value for name, value in scope.items()}, "ScschTaskCode": f"T{n}", "ScschPhsCode": "03-100",
         "ScschCatCode": "S", "ScschWmCode": "LS", "ScschAmt": float(amount)}
        for n, amount in enumerate(amounts, start=1)
    ]  # fmt: skip
    await site.control("seed", scmast=[header], scsched=lines)


async def taken(site: Site, *amounts: str, **more: str) -> str:
    """A commitment of two lines whose number CMiC has already: it has failed."""
    key = await site.sent(line(amount="100.00"), line(amount="50.00"))
    await in_books(site, key, *amounts, **more)
    await site.granted(key, "accept")
    await site.until(key, State.FAILED)
    return key


async def test_a_number_that_cmic_has_already_is_adopted_when_the_money_agrees(site: Site) -> None:
    key = await taken(site, "50.00", "100.00")
    head = await site.head(key)
    assert head.failure_code == "number_taken"
    assert "Entered by hand" in head.words
    assert "did not write it" in head.words
    writes = (await site.cmic.get("/_sandbox/traffic/summary")).json()["writes"]
    await site.granted(key, "adopt")
    await site.until(key, State.SYNCED)
    assert (await site.cmic.get("/_sandbox/traffic/summary")).json()["writes"] == writes
    assert await site.in_cmic(key) == (1, 2, Decimal("150.00"))
    (header,) = await site.rows("scmast", ScmstContCode=site.numbers[key])
    assert header["ScmstName"] == "Entered by hand"
    ids = [row["origin_id"] for row in (await site.in_procore(key))["line_items"]]
    assert [text.rsplit("|", 1)[1] for text in ids] == ["T2", "T1"]


@pytest.mark.parametrize("amounts", [("100.00", "50.01"), ("150.00",), ("100.00", "50.00", "0.01")])
async def test_it_is_not_adopted_when_the_money_differs(site: Site, amounts: tuple[str, ...]) -> None:
    key = await taken(site, *amounts)
    before = await site.in_cmic(key)
    await site.granted(key, "adopt")
    head = await site.until(key, State.FAILED, also=lambda h: h.failure_code == "cmic_differs")
    assert site.numbers[key] in head.words
    assert await site.in_cmic(key) == before
    assert (await site.in_procore(key))["origin_id"] is None
    await site.granted(key, "reject")
    assert (await site.head(key)).state is State.REJECTED


async def test_a_number_that_cmic_has_already_can_be_exchanged(site: Site) -> None:
    key, other = await taken(site, "100.00", "50.00"), site.code("FREE-")
    await site.granted(key, "retry", erp_id=other)
    await site.until(key, State.SYNCED)
    assert len(await site.rows("scsched", ScschContCode=other)) == 2
    assert await site.in_cmic(key) == (1, 2, Decimal("150.00"))


async def test_even_an_equal_record_is_not_ours_unless_we_tried(site: Site) -> None:
    """What agrees in everything may still be somebody else's: no attempt of ours came before it."""
    twin = await site.synced(line(amount="100.00"), line(amount="50.00"), title="Twin")
    key = await site.sent(line(amount="100.00"), line(amount="50.00"), title="Twin")
    rows = await site.rows("scmast", ScmstContCode=site.numbers[twin])
    keep = ("CompCode", "VenCode", "ChgCode", "JobCode", "CurrCode", "OverrideFlag", "ContType", "Name", "Date")
    header = {f"Scmst{name}": rows[0][f"Scmst{name}"] for name in keep} | {"ScmstContCode": site.numbers[key]}
    await site.control("seed", scmast=[header])
    await site.granted(key, "accept")
    head = await site.until(key, State.FAILED)
    assert head.failure_code == "number_taken"
    again = await site.ask(key, "retry")
    assert again.answer is Answer.DONE
    head = await site.until(key, State.FAILED, also=lambda h: h.sequence > again.sequence)
    assert head.failure_code == "number_taken"
    await site.granted(key, "reject")


async def test_a_void_number_stays_taken(site: Site) -> None:
    key = await taken(site, "100.00", "50.00", status="V")
    head = await site.head(key)
    assert head.failure_code == "number_taken_by_void"
    assert "stays taken" in head.words
    await site.granted(key, "adopt")
    head = await site.until(key, State.FAILED, also=lambda h: h.sequence > head.sequence + 1)
    assert head.failure_code == "number_taken_by_void"
    other = site.code("NEW-")
    await site.granted(key, "retry", erp_id=other)
    await site.until(key, State.SYNCED)
    assert len(await site.rows("scmast", ScmstContCode=other)) == 1
    assert (await site.rows("scmast", ScmstContCode=site.numbers[key]))[0]["ScmstStatusCode"] == "V"


async def test_a_vendor_code_that_cmic_has_is_linked_or_adopted_never_made_twice(site: Site) -> None:
    _, code = await site.linked_company()
    await site.control("seed", businesspartner=[partner(taken_code := site.code("V"))], apvendor=[vendor(taken_code)])
    mine, thief = await site.company(), await site.company()
    await asyncio.gather(*(site.granted(key, "send", SENDER) for key in (mine, thief)))
    await site.granted(mine, "accept", erp_id=taken_code)
    assert (await site.until(mine, State.FAILED)).failure_code == "number_taken"
    await site.granted(mine, "adopt")
    await site.until(mine, State.SYNCED)
    assert await site.refused(thief, "accept", erp_id=code) == ["id_of_another"]
    assert (await site.head(thief)).state is State.WAITING
    assert len(await site.rows("apvendor", BpvenBpCode=taken_code)) == 1
    assert len(await site.rows("apvendor", BpvenBpCode=code)) == 1


async def test_two_companies_that_are_given_one_new_code_at_once_make_one_vendor(site: Site) -> None:
    """Neither is linked yet when both are accepted: the reservation decides."""
    keys, code = [await site.company() for _ in range(2)], site.code("V")
    for key in keys:
        await site.granted(key, "send", SENDER)
    answers = await asyncio.gather(*(site.ask(key, "accept", erp_id=code) for key in keys))
    accepted = [key for key, outcome in zip(keys, answers, strict=True) if outcome.answer is Answer.DONE]
    heads = [await site.until(key, State.SYNCED, State.FAILED) for key in accepted]
    assert [head.state for head in heads].count(State.SYNCED) == 1
    lost = [head.failure_code for head in heads if head.state is State.FAILED]
    lost += [r.code for outcome in answers for r in outcome.refusals]
    assert set(lost) <= {"key_reserved", "already_linked", "id_of_another", "number_taken"}
    assert len(lost) == 1
    assert len(await site.rows("apvendor", BpvenBpCode=code)) == 1
    assert len(await site.rows("businesspartner", BpCode=code)) == 1


def partner(code: str) -> dict[str, str]:
    flags = {"BpDispatchFlag": "N", "BpPrequalRequiredFlag": "N"}
    return {"BpCode": code, "BpName": "Known before", "BpAbbrevCode": code, **flags}


def vendor(code: str) -> dict[str, str]:
    terms = {"BpvenTermCode": "30", "BpvenSpecialTermsFlag": "N", "BpvenCurrCode": "USD"}
    return {"BpvenCompCode": ERP, "BpvenBpCode": code, **terms}


async def test_a_partner_that_exists_is_used_and_only_the_vendor_is_made(site: Site) -> None:
    """O-03: two CMiC companies share the business partner."""
    code, key = site.code("V"), await site.company()
    await site.control("seed", businesspartner=[partner(code)])
    await site.granted(key, "send", SENDER)
    await site.granted(key, "accept", erp_id=code)
    await site.until(key, State.SYNCED)
    (found,) = await site.rows("businesspartner", BpCode=code)
    assert found["BpName"] == "Known before"
    assert len(await site.rows("apvendor", BpvenBpCode=code)) == 1


async def test_what_was_changed_in_cmic_after_a_cut_is_shown_and_never_written_over(site: Site) -> None:
    """The record is ours, but it isn't what was approved any more: it can be put right, not rejected."""
    async with site.settings(settle_seconds=Decimal(0)):
        key = await site.sent(*LINES)
        await site.fault("cut_after_commit", method="POST", key=site.numbers[key])
        await site.fault("status", status=500, method="GET", key=site.numbers[key])
        await site.granted(key, "accept")
        for _ in range(200):
            if await site.in_cmic(key) == WHOLE:
                break
            await asyncio.sleep(0.01)
        where = {"ScschContCode": site.numbers[key], "ScschTaskCode": "0001"}
        await site.control("edit", resource="scsched", where=where, set={"ScschAmt": 999})
        head = await site.until(key, State.FAILED)
        assert head.failure_code == "cmic_differs"
        assert "999" in head.words
        assert await site.refused(key, "reject") == ["exists_in_cmic"]
        await site.control("edit", resource="scsched", where=where, set={"ScschAmt": 100.1})
        await site.granted(key, "retry")
        await site.until(key, State.SYNCED)
    assert await site.in_cmic(key) == WHOLE


async def failed_after_a_cut(site: Site, *then: dict[str, Any]) -> str:
    """CMiC cuts the first write off and will commit it seconds later; meanwhile the item fails for another reason."""
    quick = site.hurried(patience=2, retry_every=600)
    key = await quick.sent(*LINES)
    await site.fault("commit_after_cut", seconds=5, method="POST", key=site.numbers[key])
    for order in then:
        await site.fault(**{"key": site.numbers[key], "method": "POST", **order})
    await quick.granted(key, "accept")
    await site.until(key, State.FAILED)
    struck = [order["struck"] for order in (await site.cmic.get("/_sandbox/faults")).json()["faults"]]
    assert len(struck) == len(then)
    assert all(struck)
    return key


SINCE_THE_CUT: dict[str, dict[str, Any]] = {
    "nothing answered": {"kind": "cut_before_commit", "times": None},
    "CMiC was busy": {"kind": "status", "status": 429, "times": None},
    "CMiC refused": {"kind": "status", "status": 400, "times": None},
}


@pytest.mark.parametrize("since", SINCE_THE_CUT)
async def test_while_a_cut_write_may_still_commit_nobody_may_act_as_if_it_had_not(site: Site, since: str) -> None:
    """Whatever CMiC said to later attempts: the first one is still open, so there is no reject, and no other number."""
    key = await failed_after_a_cut(site, SINCE_THE_CUT[since])
    assert (await site.cmic.get("/_sandbox/health")).json()["pending"] == 1
    await site.cmic.delete("/_sandbox/faults")
    other = site.code("OTHER-")
    asked = [await site.ask(key, "reject"), await site.ask(key, "retry", erp_id=other), await site.ask(key, "unlink")]
    await settled(site)
    told = [[r.code for r in outcome.refusals] for outcome in asked]
    assert told == [["write_still_open"]] * 3
    async with site.settings(settle_seconds=Decimal(0)):
        await site.granted(key, "retry")
        await site.until(key, State.SYNCED)
    assert await site.in_cmic(key) == WHOLE
    assert await site.rows("scmast", ScmstContCode=other) == []
