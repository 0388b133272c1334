"""Deciding over the whole stack: who wins, who may, what was seen, and how an item goes back (erp-tool-behaviour §3, §6; R-26,
B-02, B-04, B-11)."""

from __future__ import annotations

import asyncio
from decimal import Decimal
from uuid import uuid4

import pytest

from domain.commands import Answer, Outcome
from domain.identity import parse_key
from domain.permissions import Level, Person
from domain.settings import ExportSettings
from domain.states import State
from tests.support import APPROVER, SENDER, Site, line
from workers.preview import preview

NOTHING = (0, 0, Decimal(0))


def codes(outcome: Outcome) -> list[str]:
    return [r.code for r in outcome.refusals]


async def with_note(site: Site, key: str, action: str, text: str, person: Person = APPROVER) -> Outcome:
    note_id = uuid4().hex
    await site.office.ledger.put_note(note_id, key, person.name, text)
    return await site.granted(key, action, person, note_id=note_id)


async def test_retrieved_then_sent_again(site: Site) -> None:
    key = await site.sent()
    await site.granted(key, "retrieve", SENDER)
    assert (await site.head(key)).state is State.RETRIEVED
    assert await site.refused(key, "accept") == ["already_decided", "not_allowed_now"]
    await site.relines(key, line(amount="77.00"))
    await site.granted(key, "resend", SENDER)
    await site.granted(key, "accept")
    await site.until(key, State.SYNCED)
    assert await site.in_cmic(key) == (1, 1, Decimal("77.00"))


async def test_a_note_is_kept_in_the_ledger_and_nowhere_in_temporal(site: Site) -> None:
    key = await site.sent()
    text = "Retainage is 10 %, see the letter of 3 March — Müller"
    await with_note(site, key, "reject", text)
    head = await site.head(key)
    assert head.state is State.REJECTED
    (entry,) = [h for h in await site.office.reading.history(key) if h["action"] == "reject"]
    assert (entry["note_text"], entry["who"]) == (text, APPROVER.name)
    kept = await site.workflow_history(key)
    assert "reject" in kept
    for words in (text, "Retainage is 10", "letter of 3 March", "M\\u00fcller", "Müller"):
        assert words not in kept
    await site.edit(key, title="Corrected")
    await site.granted(key, "resend", SENDER)
    await site.granted(key, "accept")
    await site.until(key, State.SYNCED)


async def test_documents_amounts_and_names_stay_out_of_workflow_history(site: Site) -> None:
    who = Person(name="Josephine Approver-Smith", erp_level=Level.ADMIN, may_push=True, owning_tool_admin=True)
    key = await site.commitment(line(amount="8642.97", text="Very secret work"), title="Unmistakable title")
    await site.granted(key, "send", who)
    await site.granted(key, "accept", who)
    await site.until(key, State.SYNCED)
    kept = await site.workflow_history(key)
    for words in ("8642.97", "Very secret work", "Unmistakable title", "Josephine"):
        assert words not in kept


async def test_accept_and_retrieve_race_one_wins_and_the_other_is_told_who(site: Site) -> None:
    keys = await asyncio.gather(*(site.sent() for _ in range(8)))
    asked = [(site.ask(key, "accept"), site.ask(key, "retrieve", SENDER)) for key in keys]
    answers = await asyncio.gather(*(asyncio.gather(*pair) for pair in asked))
    for key, (accepted, retrieved) in zip(keys, answers, strict=True):
        assert sorted((accepted.answer, retrieved.answer)) == ["done", "refused"]
        won, lost, winner = (
            (accepted, retrieved, APPROVER) if accepted.answer is Answer.DONE else (retrieved, accepted, SENDER)
        )
        assert codes(lost) == ["already_decided", "not_allowed_now"]
        assert f"{winner.name} was first: {won.action} at" in lost.refusals[0].sentence
        await site.until(key, State.SYNCED if won is accepted else State.RETRIEVED)
        assert await site.in_cmic(key) == ((1, 1, Decimal("1000.00")) if won is accepted else NOTHING)
        answered = [
            h["answer"] for h in await site.office.reading.history(key) if h["action"] in ("accept", "retrieve")
        ]
        assert answered == ["done", "refused"]


async def test_a_crowd_of_approvers_makes_one_decision(site: Site) -> None:
    key = await site.sent()
    people = [APPROVER.model_copy(update={"name": f"approver {n}"}) for n in range(8)]
    actions = ["accept", "reject"] * 4
    asked = [site.ask(key, action, person) for action, person in zip(actions, people, strict=True)]
    answers = await asyncio.gather(*asked)
    (won,) = [n for n, outcome in enumerate(answers) if outcome.answer is Answer.DONE]
    told = [o.refusals[0].sentence for o in answers if o.answer is Answer.REFUSED]
    assert len(told) == 7
    assert all(text.startswith(people[won].name) for text in told)
    await site.until(key, State.SYNCED if actions[won] == "accept" else State.REJECTED)


async def test_two_who_send_at_the_same_time_send_once(site: Site) -> None:
    key = await site.commitment()
    answers = await asyncio.gather(*(site.ask(key, "send", SENDER) for _ in range(3)))
    assert sorted(outcome.answer for outcome in answers) == ["done", "refused", "refused"]
    assert await site.actions(key) == ["send"]
    await site.granted(key, "retrieve", SENDER)


async def test_the_same_request_twice_is_one_decision(site: Site) -> None:
    key = await site.sent()
    request = uuid4().hex
    first, second = await asyncio.gather(
        site.ask(key, "accept", request_id=request), site.ask(key, "accept", request_id=request)
    )
    assert first == second
    assert first.answer is Answer.DONE
    await site.until(key, State.SYNCED)
    third = await site.ask(key, "accept", request_id=request)
    assert (third.answer, third.sequence) == (Answer.DONE, first.sequence)
    assert await site.actions(key) == ["send", "accept", "complete"]


async def test_the_same_request_in_another_run_is_still_one_decision(site: Site) -> None:
    """The ledger remembers what Temporal's update ids can't: the run that answered first is gone."""
    key, request = await site.commitment(), uuid4().hex
    first = await site.ask(key, "send", SENDER, request_id=request)
    await site.office.client.get_workflow_handle(key).terminate("lost")
    again = await site.ask(key, "send", SENDER, request_id=request)
    assert (again.answer, again.sequence) == (Answer.DONE, first.sequence)
    assert await site.actions(key) == ["send"]
    refused = uuid4().hex
    before = await site.ask(key, "send", SENDER, request_id=refused)
    await site.office.client.get_workflow_handle(key).terminate("lost")
    assert codes(await site.ask(key, "send", SENDER, request_id=refused)) == codes(before)
    assert len(await site.office.reading.history(key)) == 2


async def test_who_decides_on_something_old_is_refused(site: Site) -> None:
    key = await site.sent()
    seen = (await site.head(key)).sequence
    await site.granted(key, "retrieve", SENDER)
    await site.relines(key, line(amount="1000000.00"))
    await site.granted(key, "resend", SENDER)
    assert await site.refused(key, "accept", seen=seen) == ["changed_since_seen"]
    assert await site.refused(key, "reject", seen=seen) == ["changed_since_seen"]
    now = (await site.head(key)).sequence
    await site.granted(key, "accept", seen=now)
    await site.until(key, State.SYNCED)


async def test_who_approves_an_old_preview_is_refused(site: Site) -> None:
    key = await site.sent()
    old = await preview(site.office, key)
    assert old is not None
    await site.granted(key, "retrieve", SENDER)
    await site.relines(key, line(amount="1000000.00"))
    await site.granted(key, "resend", SENDER)
    assert await site.refused(key, "accept", preview=old["hash"]) == ["preview_outdated"]
    assert await site.refused(key, "accept", preview="0" * 12) == ["preview_outdated"]
    new = await preview(site.office, key)
    assert new is not None
    await site.granted(key, "accept", preview=new["hash"][:12])
    await site.until(key, State.SYNCED)
    assert await site.in_cmic(key) == (1, 1, Decimal("1000000.00"))


STANDARD = Person(name="standard", erp_level=Level.STANDARD, may_push=True, owning_tool_admin=True)
POWERLESS = Person(name="admin without push", erp_level=Level.ADMIN, owning_tool_admin=True)
READER = Person(name="reader", erp_level=Level.READ_ONLY, may_push=True)
ACCOUNTANT = Person(name="accountant", erp_level=Level.ADMIN, may_push=True)


async def test_nobody_does_what_he_may_not(site: Site) -> None:
    """The permission table through the whole stack; every refusal is recorded under the name of who asked."""
    waiting, synced = await site.sent(), await site.synced()
    company, _ = await site.linked_company()
    fresh = await site.company()
    asked: list[tuple[str, str, Person, dict[str, str], str]] = [
        (await site.commitment(), "send", ACCOUNTANT, {}, "Admin on the tool where the item lives"),
        (waiting, "retrieve", ACCOUNTANT, {}, "Admin on the tool where the item lives"),
        (waiting, "accept", STANDARD, {}, "Admin on the ERP Integrations tool"),
        (waiting, "accept", POWERLESS, {}, "Can Push to Accounting"),
        (waiting, "accept", SENDER, {}, "Can Push to Accounting"),
        (waiting, "reject", STANDARD, {}, "Admin on the ERP Integrations tool"),
        (waiting, "reject", POWERLESS, {}, "Can Push to Accounting"),
        (synced, "unlink", ACCOUNTANT, {}, "Admin on the tool where the item lives"),
        (synced, "unlink", POWERLESS, {}, "Can Push to Accounting"),
        (synced, "unlink", READER, {}, "Standard on the ERP Integrations tool"),
        (company, "unlink", READER, {}, "Standard on the ERP Integrations tool"),
        (fresh, "link", STANDARD, {"erp_id": "BOLT02"}, "Admin on the ERP Integrations tool"),
    ]
    for key, action, person, fields, needs in asked:
        before = await site.head(key) if key in (waiting, synced, company) else None
        outcome = await site.ask(key, action, person, **fields)
        assert codes(outcome) == ["not_permitted"], (action, person.name)
        assert needs in outcome.refusals[0].sentence
        assert outcome.refusals[0].sentence.startswith(f"{person.name} may not {action}")
        last = (await site.office.reading.history(key))[-1]
        assert (last["who"], last["action"], last["answer"]) == (person.name, action, "refused")
        assert (await site.head(key)).state is (before.state if before else State.NOT_SENT)
    await site.granted(company, "unlink", Person(name="vendor clerk", erp_level=Level.STANDARD))
    await site.until(company, State.NOT_SENT)


async def test_edited_after_approval_it_returns_with_the_difference(site: Site) -> None:
    """The connector reads again before it writes: what it finds must be what was approved (B-04)."""
    key = await site.sent(line(amount="10.00", text="Before"), line("07-500", "S", "5.00"))
    await site.relines(key, line(amount="12.00", text="After"))
    await site.edit(key, title="Another title")
    await site.granted(key, "accept")
    await site.until(key, State.WAITING)
    last = (await site.office.reading.history(key))[-1]
    assert last["action"] == "return_edited"
    different = " ".join(last["details"]["differences"])
    for word in ("Another title", "15", "12", "Before", "After"):
        assert word in different
    assert await site.in_cmic(key) == NOTHING
    await site.granted(key, "accept")
    await site.until(key, State.SYNCED)
    assert await site.in_cmic(key) == (1, 1, Decimal("12.00"))


async def test_edited_in_what_does_not_matter_it_goes(site: Site) -> None:
    """An approval is bound to what the mapper reads, nothing else: neither ship-to nor the private mark is of that."""
    key = await site.sent(kind="PurchaseOrderContract")
    await site.edit(key, ship_to_address="Gate 3", private=False)
    await site.granted(key, "accept")
    await site.until(key, State.SYNCED)
    assert await site.actions(key) == ["send", "accept", "complete"]


async def refused_by_cmic(site: Site) -> str:
    """Failed for a contract type that CMiC doesn't know."""
    key = await site.sent()
    async with site.settings(subcontract_type="NOPE"):
        await site.granted(key, "accept")
        head = await site.until(key, State.FAILED)
    assert head.failure_code == "cmic_refused"
    assert "Contract Type NOPE" in head.words
    return key


async def test_a_retry_is_a_new_approval_with_the_settings_of_today(site: Site) -> None:
    key = await refused_by_cmic(site)
    async with site.settings(subcontract_type="NOPE"):
        retried = await site.granted(key, "retry")
        await site.until(key, State.FAILED, also=lambda h: h.sequence > retried.sequence)
    async with site.settings(subcontract_type="PO", default_uom="EA"):
        await site.granted(key, "retry")
        await site.until(key, State.SYNCED)
    (header,) = await site.rows("scmast", ScmstContCode=site.numbers[key])
    (only,) = await site.rows("scsched", ScschContCode=site.numbers[key])
    assert (header["ScmstContType"], only["ScschWmCode"]) == ("PO", "EA")


async def test_an_approval_keeps_the_settings_of_its_moment(site: Site) -> None:
    """Accepted and held under one setting, released under another: what was approved is what is exported."""
    company = await site.company()
    key = await site.sent(vendor=parse_key(company).id)
    await site.granted(key, "accept")
    async with site.settings(default_uom="HR"):
        await site.granted(company, "send", SENDER)
        await site.granted(company, "accept", erp_id=site.code("V"))
        await site.until(key, State.SYNCED)
    (only,) = await site.rows("scsched", ScschContCode=site.numbers[key])
    assert only["ScschWmCode"] == ExportSettings().default_uom


async def test_rejected_from_failed_when_cmic_has_nothing(site: Site) -> None:
    key = await refused_by_cmic(site)
    await with_note(site, key, "reject", "Wrong kind of contract")
    assert (await site.head(key)).state is State.REJECTED
    await site.granted(key, "resend", SENDER)
    await site.granted(key, "accept")
    await site.until(key, State.SYNCED)
    assert await site.in_cmic(key) == (1, 1, Decimal("1000.00"))


async def test_not_rejected_from_failed_when_cmic_has_it(site: Site) -> None:
    """Written, but Procore could not be told: from there only onward, or void there and unlink."""
    quick = site.hurried(patience=1, retry_every=600)
    key = await quick.sent()
    await site.procore_fault(f"{parse_key(key).id}/line_items", method="PATCH", status=503, times=None)
    await quick.granted(key, "accept")
    await site.until(key, State.FAILED)
    assert await site.refused(key, "reject") == ["exists_in_cmic"]
    still = await site.granted(key, "unlink")
    head = await site.until(key, State.FAILED, also=lambda h: h.sequence > still.sequence)
    assert "CMiC still has" in head.words
    await site.procore.delete("/_sandbox/faults")
    await site.granted(key, "retry")
    await site.until(key, State.SYNCED)
    assert await site.in_cmic(key) == (1, 1, Decimal("1000.00"))
    assert (await site.in_procore(key))["line_items"][0]["origin_id"]


@pytest.mark.parametrize("action", ["post", "drop table objects", "complete", "record_posting", "wake", "x" * 200])
async def test_what_nobody_may_ask_for_is_refused(site: Site, action: str) -> None:
    """Unknown actions, and those that are the connector's own."""
    key = await site.sent()
    outcome = await site.ask(key, action)
    assert outcome.answer is Answer.REFUSED
    assert codes(outcome)[0] in ("unknown_action", "bad_input")
    assert (await site.head(key)).state is State.WAITING
    await site.granted(key, "retrieve", SENDER)


async def test_what_can_not_be_asked_for_at_all_is_refused_and_not_called_busy(site: Site) -> None:
    """Temporal itself takes no update without a name, nor an id of more than a thousand characters: nothing is kept of them,
    so nobody may be told that his command isn't lost."""
    key = await site.sent()
    nameless, long = await site.ask(key, ""), await site.ask(key, "accept", request_id="r" * 2000)
    assert [nameless.answer, long.answer] == [Answer.REFUSED, Answer.REFUSED]
    assert (await site.head(key)).state is State.WAITING
