"""Prime contract change orders over the whole stack: refusals, every step, reset by update and by signal (O-16, R-15, R-25;
erp-tool-behaviour U-04, U-06)."""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal
from typing import Any

import pytest
import structlog

from domain.identity import parse_key
from domain.permissions import Level, Person
from domain.records import Key
from domain.settings import Limits
from domain.states import Posting, State
from tests.paperwork import Job, coded, id_of, line
from tests.stack.commands import DONE, REFUSED, cli
from tests.stack.test_signals import send_signal
from tests.stack.walks import (
    ACCOUNTANT,
    ADMIN,
    SHARED,
    TEAM,
    its_rows_refuse,
    moves_of,
    told,
    walked,
)
from tests.support import APPROVER, ERP, SENDER, Site

CONCRETE, MASONRY, FEES = ("03-100", "S"), ("04-200", "M"), ("01-500", "O")
KIND = "prime contract change order"


@pytest.fixture
def quiet_worker() -> Iterator[None]:
    """The worker of this process logs elsewhere while the CLI's output is read."""
    structlog.configure(logger_factory=structlog.ReturnLoggerFactory())
    yield
    structlog.reset_defaults()


def on(pair: tuple[str, str], amount: str, **more: Any) -> dict[str, Any]:
    return coded(*pair, amount, **more)


def across(percentage: str, **more: Any) -> dict[str, Any]:
    """A horizontal markup: on each line."""
    return {"name": "Overhead", "markup_set": "horizontal", "percentage": percentage, **more}


def below(percentage: str, pair: tuple[str, str] | None = FEES, **more: Any) -> dict[str, Any]:
    """A vertical markup: on what stands above, on a code of its own."""
    code = {"cost_code": pair[0], "line_item_type": pair[1]} if pair else {}
    return {"name": "Fee", "markup_set": "vertical", "percentage": percentage, **code, **more}


async def under_contract(site: Site, *pairs: tuple[str, str]) -> Job:
    """A job with a prime contract in Procore and the contract in CMiC."""
    job = await Job.opened(site, *pairs)
    await job.prime_contract(line("03-100", "S", "5000.00"))
    await job.bill_contract()
    return job


async def synced(job: Job, number: str, *lines: dict[str, Any], **more: Any) -> str:
    key = await job.prime_change(*(lines or (on(CONCRETE, "100.00"),)), number=number, **more)
    await job.exported(key)
    return key


def there(job: Job, *codes: str) -> tuple[str, str, str]:
    keys = ", ".join(f"{ERP}|{job.job}|{code}" for code in codes)
    return "old_record_there", f"CMiC still has {keys}, which was written before the reset.", ACCOUNTANT


# Refusals


ENTERED: dict[str, tuple[list[dict[str, Any]], dict[str, Any], list[tuple[str, str, str]]]] = {
    "a draft": (
        [on(CONCRETE, "1.00")],
        {"status": "draft", "reviewed_at": None},
        [
            ("status_not_approved", "Its status is draft; only Approved can be sent.", TEAM),
            ("no_date", "It has no date.", TEAM),
        ],
    ),
    "rejected": (
        [on(CONCRETE, "1.00")],
        {"status": "rejected"},
        [("status_not_approved", "Its status is rejected; only Approved can be sent.", TEAM)],
    ),
    "a long number": (
        [on(CONCRETE, "1.00")],
        {"number": "PCO-12345678"},
        [("field_too_long", "The PCI number has 12 characters; CMiC takes 11.", TEAM)],
    ),
    "a number that is no code": (
        [on(CONCRETE, "1.00")],
        {"number": "PCO|1"},
        [("field_not_usable", "The PCI number can't be used: 'PCO|1' has characters that a code can't have", TEAM)],
    ),
    "long texts": (
        [on(CONCRETE, "1.00")],
        {"title": "T" * 201, "description": "d" * 4001},
        [
            ("field_too_long", "The title has 201 characters; CMiC takes 200.", TEAM),
            ("field_too_long", "The description has 4001 characters; CMiC takes 4000.", TEAM),
        ],
    ),
    "no line": ([], {}, [("no_lines", "It has no line in its schedule of values.", TEAM)]),
    "a fee on no code": (
        [on(CONCRETE, "1.00")],
        {"markups": [below("5", None)]},
        [("line_without_code", "Line of the markup Fee has no cost code.", TEAM)],
    ),
}  # fmt: skip


async def test_it_is_refused_with_every_reason(site: Site, quiet_worker: None) -> None:
    job = await under_contract(site)
    for name, (lines, more, expected) in ENTERED.items():
        key = await job.prime_change(*lines, **more)
        assert await told(site, key, "send") == expected, name
        said = await cli(site, "send", "prime_change_order", id_of(key), "--project", job.project, "--json")
        assert said.code == REFUSED
        assert [(r["code"], r["sentence"], r["owner"]) for r in said.json["refusals"]] == expected, name


ANSWERED: dict[str, tuple[dict[str, Any], list[tuple[str, str, str]]]] = {
    "no number": ({"set": {"number": None}}, [("no_number", "It has no number.", TEAM)]),
    "no date": ({"drop": ["reviewed_at"]}, [("no_date", "It has no date.", TEAM)]),
    "no status": (
        {"set": {"status": None}},
        [("status_not_approved", "Its status is empty; only Approved can be sent.", TEAM)],
    ),
    "a cent too much": (
        {"set": {"grand_total": "105.51"}},
        [("total_differs", f"Its lines add up to 105.00, but the {KIND} says 105.51.", TEAM)],
    ),
}


@pytest.mark.parametrize("name", ANSWERED)
async def test_what_procore_answers_is_refused_where_it_can_not_be(site: Site, name: str) -> None:
    job = await under_contract(site)
    key = await job.prime_change(on(CONCRETE, "100.00"), markups=[below("5")])
    order, expected = ANSWERED[name]
    await site.procore_fault(rf"prime_change_orders/{parse_key(key).id}$", method="GET", **order)
    assert await told(site, key, "send") == expected
    await site.granted(key, "send", SENDER)


async def test_its_lines_and_fees_sit_on_codes_of_the_job(site: Site) -> None:
    job = await Job.opened(site, ("03-100", "S"), link=False)
    await job.linked("98-100")
    await job.prime_contract(line("03-100", "S", "5000.00"))
    await job.bill_contract()
    key = await job.prime_change(on(CONCRETE, "1.00"), coded("98-100", "S", "2.00"), coded("03-100", "L", "3.00"))
    no_such = ("code_not_synced", f"Line 2 sits on 98-100 S, which is not on CMiC's list for job {job.job}.", ADMIN)
    assert await told(site, key, "send") == [no_such]
    async with site.settings(cost_codes_go_along=False, limits=Limits(lines=2)):
        assert await told(site, key, "send") == [
            ("too_many_lines", "It has 3 lines; one export takes at most 2.", TEAM),
            no_such,
            ("code_not_synced", f"Line 3 sits on 03-100 L, which is not on CMiC's list for job {job.job}.", ADMIN),
        ]
    fee = await job.prime_change(on(CONCRETE, "1.00"), markups=[below("5", ("98-100", "S"))])
    assert await told(site, fee, "send") == [
        (
            "code_not_synced",
            f"Line of the markup Fee sits on 98-100 S, which is not on CMiC's list for job {job.job}.",
            ADMIN,
        )
    ]
    labor = ("03-100", "L")
    along = await job.prime_change(on(CONCRETE, "20.00"), markups=[below("5", labor)], number="PCO-2")
    await job.exported(along)
    assert await job.item_amounts("PCO-2", "CmdBillAmt") == {CONCRETE: Decimal(20), labor: Decimal(1)}


async def test_the_guards_of_its_rows(site: Site) -> None:
    job = await under_contract(site)
    key = await job.prime_change(on(CONCRETE, "1.00"), number="PCO-1")
    await its_rows_refuse(site, job, key, "PCO-1")
    assert await told(site, key, "accept", APPROVER, erp_id="P" * 12) == [
        ("bad_input", "The command can't be read: erp_id: String should have at most 11 characters", TEAM)
    ]
    assert (await told(site, key, "accept", APPROVER, transaction_date="tomorrow"))[0][0] == "bad_input"


async def test_only_what_is_synced_is_reset_and_only_by_an_administrator(site: Site) -> None:
    job = await under_contract(site)
    key = await job.prime_change(on(CONCRETE, "1.00"))
    await site.granted(key, "send", APPROVER)
    assert await told(site, key, "reset", APPROVER) == [
        ("not_allowed_now", f"A {KIND} that is Ready to Export can't be asked to reset.", TEAM)
    ]
    await site.granted(key, "accept")
    await site.until(key, State.SYNCED)
    standard = Person(name="standard", erp_level=Level.STANDARD, may_push=True, owning_tool_admin=True)
    code, sentence, owner = (await told(site, key, "reset", standard))[0]
    assert (code, owner) == ("not_permitted", ADMIN)
    assert sentence.endswith("may not reset this: Admin on the ERP Integrations tool is needed.")
    await site.granted(key, "reset", Person(name="administrator of the tool", erp_level=Level.ADMIN))


# Its way


async def test_every_step_of_its_own_is_walked(site: Site) -> None:
    job = await Job.opened(site)
    await job.prime_contract(line("03-100", "S", "5000.00"))
    key = await job.prime_change(on(CONCRETE, "100.00"), number="PCO-1")
    await site.granted(key, "send", SENDER)
    await site.granted(key, "accept")
    head = await site.head(key)
    assert (head.state, head.waits_for) == (State.HELD, [f"{job.key} contract in CMiC"])
    await site.granted(key, "reject")
    await site.granted(key, "resend", SENDER)
    await job.bill_contract()
    # The contract is gone again while the change order is just being read.
    await site.procore_fault(f"prime_change_orders/{id_of(key)}$", method="GET", delay=2)
    await site.granted(key, "accept")
    await site.control("delete", resource="jbcont", where={"JbcontJobCode": job.job})
    gone = Key(resource="prime_contract", parts={"company": ERP, "contract": job.job})
    await site.office.ledger.note_seen("prime_contract", ERP, [], missing=[gone])
    head = await site.until(key, State.HELD)
    assert "to have its contract in CMiC" in head.words
    assert await job.items() == []
    await job.bill_contract()
    await site.until(key, State.SYNCED)
    await site.granted(key, "reset")
    assert await told(site, key, "resend") == [there(job, "PCO-1")]
    await job.post_items("PCO-1", deed="delete")
    await site.granted(key, "resend", SENDER)
    await site.granted(key, "retrieve", SENDER)
    await site.granted(key, "resend", SENDER)
    await site.granted(key, "accept")
    await site.until(key, State.SYNCED)
    await job.post_items()
    await site.until(key, State.SYNCED, also=lambda h: h.posting is Posting.POSTED)
    seen = await walked(site, key)
    assert seen >= moves_of("prime_change_order") - SHARED
    assert seen >= {
        (State.WAITING, "accept", State.HELD),
        (State.HELD, "reject", State.REJECTED),
        (State.EXPORTING, "hold", State.HELD),
        (State.HELD, "release", State.EXPORTING),
        (State.SYNCED, "record_posting", State.SYNCED),
    }
    assert moves_of("prime_change_order") - SHARED == {
        (State.SYNCED, "reset", State.RESET_OUTSTANDING),
        (State.RESET_OUTSTANDING, "resend", State.WAITING),
    }
    assert await site.office.reading.verify(key) is None


async def test_reset_unsyncs_at_once_and_remembers(site: Site, quiet_worker: None) -> None:
    job = await under_contract(site)
    key = await synced(job, "PCO-1")
    said = await cli(site, "reset", "prime_change_order", id_of(key), "--project", job.project, "--json")
    assert (said.code, said.json["state"]) == (DONE, "reset_outstanding")
    head = await site.head(key)
    assert (head.erp_key, head.posting) == ("", Posting.UNKNOWN)
    assert "once CMiC's earlier record is void or gone" in head.words
    assert await site.office.reading.links(key) == []
    assert len(await job.items()) == 1, "nothing is ever deleted in CMiC"
    again = await cli(site, "resend", "prime_change_order", id_of(key), "--project", job.project, "--json")
    assert again.code == REFUSED
    assert [(r["code"], r["sentence"], r["owner"]) for r in again.json["refusals"]] == [there(job, "PCO-1")]
    assert (await told(site, key, "send"))[-1] == (
        "not_allowed_now",
        f"A {KIND} that is Reset, CMiC record outstanding can't be asked to send.",
        TEAM,
    )
    for action in ("unlink", "reset"):
        assert (await told(site, key, action, APPROVER))[-1][0] == "not_allowed_now"
    await job.post_items("PCO-1")
    assert await told(site, key, "resend") == [there(job, "PCO-1")], "posted is still there"


async def test_a_void_pci_keeps_its_number_and_another_is_free(site: Site) -> None:
    job = await under_contract(site)
    key = await synced(job, "PCO-1")
    await site.granted(key, "reset")
    await job.post_items("PCO-1", deed="void")
    await job.entered(f"prime_change_orders/{id_of(key)}/lines", **on(MASONRY, "20.00"))
    await job.accepted(key, "resend")
    head = await site.until(key, State.FAILED)
    assert head.failure_code == "number_taken_by_void"
    assert f"CMiC has a void change_item {ERP}|{job.job}|PCO-1: its number stays taken." in head.words
    await site.granted(key, "retry", erp_id="PCO-1A")
    await site.until(key, State.SYNCED)
    assert [row["CmmCode"] for row in await job.items()] == ["PCO-1", "PCO-1A"]
    assert await job.item_amounts("PCO-1A") == {CONCRETE: Decimal(100), MASONRY: Decimal(20)}
    await site.granted(key, "reset")
    assert await told(site, key, "resend") == [there(job, "PCO-1A")], "the void one is no longer waited for"


async def test_a_deleted_pci_frees_its_number(site: Site) -> None:
    job = await under_contract(site)
    key = await synced(job, "PCO-1")
    await site.granted(key, "reset")
    await job.post_items("PCO-1", deed="delete")
    await job.exported(key, "resend")
    assert [row["CmmCode"] for row in await job.items()] == ["PCO-1"]
    assert (await site.head(key)).erp_key == f"{ERP}|{job.job}|PCO-1"


async def test_reset_and_resend_by_signal(site: Site) -> None:
    job = await under_contract(site)
    key = await synced(job, "PCO-1")
    await send_signal(site, key, "reset")
    await site.until(key, State.RESET_OUTSTANDING)
    await send_signal(site, key, "resend")
    history = await refused_by_now(site, key)
    assert (history[-1]["action"], history[-1]["who"], history[-1]["door"]) == ("resend", "operator", "signal")
    assert [(r["code"], r["sentence"], r["owner"]) for r in history[-1]["refusals"]] == [there(job, "PCO-1")]
    await job.post_items("PCO-1", deed="delete")
    await send_signal(site, key, "resend")
    await site.until(key, State.WAITING)
    await site.granted(key, "accept")
    await site.until(key, State.SYNCED)
    told_of = [(h["action"], h["who"]) for h in await site.office.reading.history(key) if h["door"] == "signal"]
    assert told_of == [("reset", "operator"), ("resend", "operator"), ("resend", "operator")]


async def refused_by_now(site: Site, key: str) -> list[dict[str, Any]]:
    """The history once its last entry is a refusal."""
    await site.until(key, State.RESET_OUTSTANDING, also=lambda h: h.sequence >= 5)
    history = await site.office.reading.history(key)
    assert history[-1]["answer"] == "refused"
    return history


async def test_unlink_by_update_and_by_signal(site: Site) -> None:
    job = await under_contract(site)
    first, second = await synced(job, "PCO-1"), await synced(job, "PCO-2")
    await site.granted(first, "unlink")
    assert f"CMiC still has {ERP}|{job.job}|PCO-1." in (await site.until(first, State.SYNCED)).words
    await job.post_items("PCO-1", "PCO-2", deed="void")
    await site.granted(first, "unlink")
    await send_signal(site, second, "unlink")
    for key in (first, second):
        await site.until(key, State.NOT_SENT)
        assert await site.office.reading.links(key) == []
    await job.exported(first, erp_id="PCO-9")
    assert await job.item_amounts("PCO-9") == {CONCRETE: Decimal(100)}
