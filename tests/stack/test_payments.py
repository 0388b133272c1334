"""Invoice payments through the whole stack: what Procore Pay paid becomes a cheque in CMiC (O-14, R-14). Nothing stands on a
payment, so that guard of its rows has nothing to refuse; direct exports (S-30) don't cover payments."""

from __future__ import annotations

from collections.abc import AsyncIterator
from decimal import Decimal
from typing import Any

import pytest

from domain.settings import Limits
from domain.states import Posting, State
from tests.paperwork import Body, Job, id_of
from tests.stack.commands import REFUSED as EXIT_REFUSED
from tests.stack.commands import cli
from tests.stack.subject_walks import is_there_once_whatever_happens, its_rows_refuse, walks_its_table
from tests.stack.subjects import ACCOUNT, BANK, Invoice, Payment
from tests.stack.walks import ADMIN, TEAM, Told, told
from tests.support import APPROVER, SENDER, Site


@pytest.fixture(scope="module", autouse=True)
async def payments_out(connected: Site) -> AsyncIterator[None]:
    async with connected.settings(**BANK):
        yield


@pytest.fixture(scope="module")
async def job(connected: Site) -> Job:
    return await Job.opened(connected)


@pytest.fixture(scope="module")
async def invoice(job: Job) -> Invoice:
    """An invoice over 100.00, posted."""
    one: Invoice = await Invoice.ready(job)
    await job.exported(one.key)
    await one.deed("post")
    return one


async def test_every_transition_of_its_table_is_walked(site: Site, job: Job) -> None:
    await walks_its_table(Payment, job)


# Refusals

ENTERED: dict[str, tuple[dict[str, Any], list[Told]]] = {
    "not Procore Pay": (
        {"external_payment_id": None},
        [("not_procore_pay", "It wasn't made with Procore Pay; only those go to CMiC.", TEAM)],
    ),
    "void": ({"status": "void"}, [("payment_void", "The payment is void in Procore.", TEAM)]),
    "no invoice": ({"requisition_id": None}, [("no_invoice", "The payment names no invoice.", TEAM)]),
    "nothing paid": ({"amount": "0.00"}, [("zero_total", "It adds up to zero: there is nothing to send.", TEAM)]),
    "no date": ({"date": None}, [("no_date", "It has no funding date.", TEAM)]),
    "a number with letters": (
        {"check_number": "ACH-52"},
        [
            (
                "field_not_usable",
                "The cheque's number can't be used: 'ACH-52' isn't a whole number, as CMiC's cheques have",
                TEAM,
            )
        ],
    ),
    "a number in other digits": (
        {"check_number": "٥٢"},
        [
            (
                "field_not_usable",
                "The cheque's number can't be used: '٥٢' isn't a whole number, as CMiC's cheques have",
                TEAM,
            )
        ],
    ),
    "a number of sixteen digits": (
        {"check_number": "1234567890123456"},
        [("field_too_long", "The cheque's number has 16 characters; CMiC takes 15.", TEAM)],
    ),
    "long notes": ({"notes": "n" * 61}, [("field_too_long", "The note has 61 characters; CMiC takes 60.", TEAM)]),
    "another integration's": (
        {"origin_id": "SAGE-9"},
        [
            (
                "foreign_origin_id",
                "Another integration owns this invoice payment in Procore (its origin id is 'SAGE-9').",
                ADMIN,
            )
        ],
    ),
    "everything": (
        {"external_payment_id": None, "status": "void", "requisition_id": None, "amount": "0.00", "date": None,
         "check_number": "n/a"},
        [
            ("not_procore_pay", "It wasn't made with Procore Pay; only those go to CMiC.", TEAM),
            ("payment_void", "The payment is void in Procore.", TEAM),
            ("no_invoice", "The payment names no invoice.", TEAM),
            ("zero_total", "It adds up to zero: there is nothing to send.", TEAM),
            ("no_date", "It has no funding date.", TEAM),
            (
                "field_not_usable",
                "The cheque's number can't be used: 'n/a' isn't a whole number, as CMiC's cheques have",
                TEAM,
            ),
        ],
    ),
}  # fmt: skip


@pytest.mark.parametrize("name", ENTERED)
async def test_what_was_entered_is_refused_with_every_reason(site: Site, invoice: Invoice, name: str) -> None:
    more, expected = ENTERED[name]
    one = await Payment.of(invoice, more.get("amount", "1.00"), **{k: v for k, v in more.items() if k != "amount"})
    assert await told(site, one.key, "send") == expected
    assert (await site.head(one.key)).state is State.NOT_SENT


ANSWERED: dict[str, tuple[dict[str, Any], list[Told]]] = {
    "no number": ({"check_number": "", "payment_number": None}, [("no_number", "It has no check number.", TEAM)]),
    "a fraction of a cent": (
        {"amount": "1.005"},
        [("amount_not_whole_cents", "Line 1: 1.005 isn't a whole number of cents.", TEAM)],
    ),
}


@pytest.mark.parametrize("name", ANSWERED)
async def test_what_procore_answers_is_refused(site: Site, invoice: Invoice, name: str) -> None:
    falsified, expected = ANSWERED[name]
    one = await Payment.of(invoice, "1.00")
    await site.procore_fault(rf"contract_payments/{id_of(one.key)}$", method="GET", set=falsified)
    assert await told(site, one.key, "send") == expected


async def test_settings_refuse(site: Site, invoice: Invoice) -> None:
    one = await Payment.of(invoice, "1.00")
    off = [("export_switched_off", "Exporting a payment is switched off in the settings.", ADMIN)]
    unset = [("setting_missing", "The bank account that payments go from isn't set.", ADMIN)]
    async with site.settings(payments_out=False):
        assert await told(site, one.key, "send") == off
    async with site.settings(payment_account=""):
        assert await told(site, one.key, "send") == unset
    await one.sent()
    async with site.settings(payments_out=False):
        assert await told(site, one.key, "accept", APPROVER) == off
    async with site.settings(limits=Limits(cheque=3)):
        assert await told(site, one.key, "accept", APPROVER) == [
            ("field_too_long", "The cheque's number has 5 characters; CMiC takes 3.", TEAM)
        ]
    for typed in ({"erp_id": "A1"}, {"erp_id": "9" * 21}, {"accounting_date": "soon"}):
        (refusal,) = await told(site, one.key, "accept", APPROVER, **typed)
        assert (refusal[0], refusal[2]) == ("bad_input", TEAM)
        assert refusal[1].startswith(f"The command can't be read: {next(iter(typed))}: ")


async def test_the_rows_own_guards(site: Site, job: Job) -> None:
    await its_rows_refuse(await Payment.ready(job))


async def test_on_the_command_line(site: Site, invoice: Invoice) -> None:
    one = await Payment.of(invoice, "1.00", external_payment_id=None, check_number="wire")
    said = await cli(site, "send", one.key)
    assert said.code == EXIT_REFUSED
    for words in (
        "It wasn't made with Procore Pay; only those go to CMiC.",
        "project team → Procore, the payment [not_procore_pay]",
        "project team → Procore, the payment's number, or the ERP id typed by the approver [field_not_usable]",
    ):
        assert words in said.words


async def test_direct_exports_leave_payments_to_the_approver(site: Site, invoice: Invoice) -> None:
    one = await Payment.of(invoice, "1.00")
    async with site.settings(direct_exports=True):
        await one.sent()
    assert (await site.head(one.key)).state is State.WAITING
    await site.granted(one.key, "retrieve", SENDER)


# CMiC's books


async def test_an_invoice_is_paid_in_parts(site: Site, job: Job) -> None:
    """Each payment is a cheque of its own; more than is outstanding is CMiC's own refusal."""
    invoice = await Invoice.ready(job)
    await job.exported(invoice.key)
    await invoice.deed("post")
    first = await Payment.of(invoice, "60.25", date="2026-11-30", notes="Draw 1")
    second = await Payment.of(invoice, "39.75")
    third = await Payment.of(invoice, "0.01")
    head = await job.exported(first.key, accounting_date="2026-12-01")
    assert head.erp_key == f"{ACCOUNT}|{first.code}"
    (cheque,) = await first.rows()
    assert [cheque[f"Chq{n}"] for n in ("VenCode", "Date", "PostDate", "CurrCode", "Desc", "BchPost", "DraftCode")] == [
        "ACME01", "2026-11-30", "2026-12-01", "USD", "Draw 1", "N", "M",
    ]  # fmt: skip
    assert Decimal(str(cheque["ChqAmt"])) == Decimal("60.25")
    (paid,) = await site.rows("payamtchqman", PaChqNum=first.code)
    assert (paid["PaVouInvCode"], Decimal(str(paid["PaAmt"]))) == (invoice.code, Decimal("60.25"))
    await first.deed("post")
    await site.until(first.key, State.SYNCED, also=lambda h: h.posting is Posting.POSTED)
    await job.exported(second.key, erp_id=(other := site.code("7")))
    (cheque,) = await site.rows("manualcheck", ChqNum=other)
    assert (cheque["ChqDate"], cheque["ChqPostDate"]) == ("2026-11-20", "2026-11-20")
    await job.accepted(third.key)
    refused = await site.until(third.key, State.FAILED)
    assert refused.failure_code == "cmic_refused"
    assert f"Amount 0.01 exceeds the outstanding amount 0 of invoice {invoice.code}." in refused.words
    (voucher,) = await invoice.rows()
    assert [Decimal(str(voucher[f"Vou{n}"])) for n in ("InvAmt", "PaidAmt", "InvOutstandAmt")] == [
        Decimal("100"), Decimal("60.25"), Decimal("39.75"),
    ]  # fmt: skip


async def test_zeros_before_a_number(site: Site, invoice: Invoice) -> None:
    """CMiC's cheque numbers are whole numbers; notes of just the length that CMiC takes arrive whole."""
    code = site.code("7")
    one = await Payment.of(invoice, "1.00", check_number=f"000{code}", notes="n" * 60)
    await one.sent()
    await site.granted(one.key, "accept")
    head = await site.until(one.key, State.SYNCED)
    assert head.erp_key == f"{ACCOUNT}|{code}"
    (cheque,) = await site.rows("manualcheck", ChqNum=code)
    assert cheque["ChqDesc"] == "n" * 60


async def test_only_exported_invoices_are_paid(site: Site, job: Job) -> None:
    """R-14: it waits for an invoice that was never sent, then for its posting, and leaves by itself."""
    invoice = await Invoice.ready(job)
    one = await Payment.of(invoice, "10.00")
    await job.accepted(one.key)
    head = await site.until(one.key, State.HELD)
    assert head.waits_for == [f"{invoice.key} posted"]
    await job.exported(invoice.key)
    assert (await site.head(one.key)).state is State.HELD
    await invoice.deed("post")
    await one.once()
    (voucher,) = await invoice.rows()
    assert voucher["VouPaidAmt"] in (None, 0), "only a posted cheque has paid"


async def test_unlinked_after_its_cheque_was_voided(site: Site, job: Job) -> None:
    """Void in Procore after it was sent: a person voids CMiC's cheque, then it is unlinked; what it paid is open again."""
    one = await Payment.ready(job, amount="100.00")
    await job.exported(one.key)
    await one.deed("post")
    await job.edit("contract_payments", id_of(one.key), status="void")
    asked = await site.granted(one.key, "unlink")
    head = await one.after(asked.sequence, State.SYNCED)
    assert f"CMiC still has {ACCOUNT}|{one.code}." in head.words
    await one.deed("void")
    await site.until(one.key, State.SYNCED, also=lambda h: "void there: unlink it" in h.words)
    assert (await in_procore(one))["origin_id"] == f"{ACCOUNT}|{one.code}"
    await site.granted(one.key, "unlink")
    await site.until(one.key, State.NOT_SENT)
    assert (await in_procore(one))["origin_id"] is None
    assert await site.refused(one.key, "send", SENDER) == ["payment_void"]
    again = await Payment.of(one.invoice, "100.00")
    await job.exported(again.key)
    (voucher,) = await one.invoice.rows()
    assert Decimal(str(voucher["VouInvOutstandAmt"])) == Decimal("100")


async def in_procore(one: Payment) -> Body:
    rows = await one.site.procore.get("/_sandbox/books/contract_payments", params={"id": id_of(one.key)})
    return dict(rows.json()[0])


async def test_ids_in_procore_and_drift(site: Site, job: Job) -> None:
    """The payment bears its cheque; an id that another integration gave meanwhile is not written over (F-05)."""
    one, other = await Payment.ready(job), await Payment.ready(job)
    await job.exported(one.key)
    assert (await in_procore(one))["origin_id"] == f"{ACCOUNT}|{one.code}"
    assert [link["part"] for link in await site.office.reading.links(one.key)] == ["", "invoice"]
    await other.sent()
    await job.edit("contract_payments", id_of(other.key), origin_id="SAGE-10")
    await site.granted(other.key, "accept")
    head = await site.until(other.key, State.FAILED)
    assert head.failure_code == "foreign_origin_id"
    assert await other.rows() == []


# Exactly once


async def test_every_fault_leaves_one_cheque(site: Site, job: Job) -> None:
    for one in await is_there_once_whatever_happens(Payment, job):
        (cheque,) = await one.rows()
        assert Decimal(str(cheque["ChqAmt"])) == Decimal("60")
        assert len(await site.rows("payamtchqman", PaChqNum=one.code)) == 1


async def test_two_payments_of_one_number(site: Site, invoice: Invoice) -> None:
    """The bank account has each number once: the second needs another, which the approver types."""
    first = await Payment.of(invoice, "1.00")
    second = await Payment.of(invoice, "2.00", check_number=first.code)
    for one in (first, second):
        await one.sent()
        await site.granted(one.key, "accept")
        await site.until(one.key, State.SYNCED, State.FAILED)
    head = await site.head(second.key)
    assert head.failure_code == "already_linked"
    assert f"CMiC's {ACCOUNT}|{first.code} is already linked to {first.key}." in head.words
    await site.granted(second.key, "retry", erp_id=(other := site.code("7")))
    await site.until(second.key, State.SYNCED)
    assert [len(await site.rows("manualcheck", ChqNum=number)) for number in (first.code, other)] == [1, 1]


async def test_a_strangers_cheque_of_another_amount_is_not_adopted(site: Site, invoice: Invoice) -> None:
    one = await Payment.of(invoice, "59.99")
    await one.stranger()
    await one.sent()
    await site.granted(one.key, "accept")
    assert (await site.until(one.key, State.FAILED)).failure_code == "number_taken"
    await site.granted(one.key, "adopt")
    head = await site.until(one.key, State.FAILED, also=lambda h: h.failure_code == "cmic_differs")
    assert "the invoice: CMiC has no line of that code and amount" in head.words
    assert (await in_procore(one))["origin_id"] is None
    await site.control("delete", resource="manualcheck", where={"ChqNum": int(one.code)})
