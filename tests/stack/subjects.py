"""Change orders, invoices and payments as one walk meets them: what each stands on, what CMiC makes of it, and what people do
around it; and the walks that, together, take every transition of their tables."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any, ClassVar

from domain.states import Posting, State
from tests.paperwork import Body, Job, coded, id_of, line
from tests.stack.walks import ACCOUNTING, BOTH, Move, moves_of, quiet, told, walked
from tests.support import APPROVER, ERP, SENDER, Site

BANK = {"payments_out": True, "payment_bank_company": "01", "payment_department": "00", "payment_account": "1000"}
ACCOUNT = "01|01|00|1000"


@dataclass
class Subject:
    """One object on a contract of its own, and its number in CMiC (`code`). `known` is what every write of it bears."""

    job: Job
    contract: str = ""
    key: str = ""
    code: str = ""
    known: str = ""
    resource: ClassVar[str]
    """CMiC's resource that is posted, as the schedules name it."""
    written: ClassVar[str]
    """The path that a write goes to."""
    refusal: ClassVar[dict[str, Any]]
    """A fault of Procore that strikes when its ids are given."""

    @property
    def site(self) -> Site:
        return self.job.site

    @classmethod
    async def ready(cls, job: Job, *, met: bool = True) -> Any:
        """A new one, not sent; what it stands on is posted if it is `met`."""
        raise NotImplementedError

    async def posted_below(self) -> None:
        """What it stands on is posted, and the connector sees it."""
        await self.job.post_contract(self.contract)

    async def void_below(self) -> None:
        await self.job.post_contract(self.contract, deed="void")

    @property
    def seen_by(self) -> str:
        """What a look-up of it names."""
        return self.known

    async def below(self, status: str) -> None:
        """The status of what it stands on is another one in CMiC; the connector isn't told."""
        where = {"ScmstContCode": self.site.numbers[self.contract], "ScmstChgCode": "000"}
        await self.site.control("edit", resource="scmast", where=where, set={"ScmstStatusCode": status})

    async def wants(self) -> str:
        """CMiC's words when what it stands on isn't posted there."""
        raise NotImplementedError

    async def rows(self) -> list[Body]:
        """CMiC's records of its number."""
        raise NotImplementedError

    async def deed(self, name: str) -> None:
        """The accountant posts or voids its own record, and the connector sees it."""
        raise NotImplementedError

    async def removed(self) -> None:
        """Its unposted record is deleted in CMiC."""
        raise NotImplementedError

    async def stranger(self) -> None:
        """Somebody entered a record of its number and money in CMiC."""
        raise NotImplementedError

    async def edited(self) -> None:
        """Its money is changed in Procore."""
        raise NotImplementedError

    async def fault(self, kind: str, **order: Any) -> int:
        """A fault of CMiC that strikes its writes."""
        body = {"method": "POST", "resource": self.written, "key": self.known, **order}
        return int((await self.site.control("faults", kind=kind, **body))["id"])

    async def sent(self, site: Site | None = None) -> None:
        await (site or self.site).granted(self.key, "send", SENDER)

    async def failed(self, site: Site | None = None, **order: Any) -> None:
        """Accepted, and refused by CMiC."""
        await self.fault("status", **{"status": 400, **order})
        await (site or self.site).granted(self.key, "accept")
        await self.site.until(self.key, State.FAILED)

    async def once(self) -> None:
        """In CMiC, once."""
        await self.site.until(self.key, State.SYNCED)
        assert len(await self.rows()) == 1

    async def after(self, sequence: int, *states: State) -> Any:
        return await self.site.until(self.key, *states, also=lambda head: head.sequence > sequence)


@dataclass
class ChangeOrder(Subject):
    resource = "subcontract"
    written = "scmast"
    refusal: ClassVar[dict[str, Any]] = {
        "path": "commitment_change_orders", "method": "GET", "status": 404, "skip": 1
    }  # fmt: skip

    @classmethod
    async def ready(cls, job: Job, *, met: bool = True) -> ChangeOrder:
        contract = await job.contracted(line("03-100", "S", "1000.00"), posted=met)
        key = await job.change_order(contract, coded("03-100", "S", "100.00", commitment_line=1), number="7")
        return cls(job, contract, key, "007", job.site.numbers[contract])

    async def wants(self) -> str:
        return f"Change order cannot be entered: contract {self.known} is not posted or in process."

    async def rows(self) -> list[Body]:
        return await self.site.rows("scmast", ScmstContCode=self.known, ScmstChgCode=self.code)

    async def deed(self, name: str) -> None:
        await self.job.post_contract(self.contract, self.code, deed=name)

    async def removed(self) -> None:
        await self.site.control("delete", resource="scmast", where={"ScmstContCode": self.known, "ScmstChgCode": "007"})

    async def stranger(self) -> None:
        job = self.job.job
        scope = {"CompCode": ERP, "VenCode": "ACME01", "ContCode": self.known, "ChgCode": self.code, "JobCode": job}
        header = {f"Scmst{name}": value for name, value in scope.items()}
        header |= {"ScmstCurrCode": "USD", "ScmstOverrideFlag": "Y", "ScmstName": "By hand"}
        row: Body = {f"Scsch{name}": value for name, value in scope.items()}
        row |= {"ScschTaskCode": "HAND", "ScschPhsCode": "03-100", "ScschCatCode": "S", "ScschWmCode": "LS"}
        await self.site.control("seed", scmast=[header], scsched=[{**row, "ScschAmt": 100.0}])

    async def edited(self) -> None:
        path = f"/_sandbox/commitment_change_orders/{id_of(self.key)}/lines"
        body = {"lines": [coded("03-100", "S", "111.00", commitment_line=1)]}
        assert (await self.site.procore.put(path, json=body)).status_code == 200


@dataclass
class Invoice(Subject):
    resource = "voucher"
    written = "apvoucher"
    refusal: ClassVar[dict[str, Any]] = {"path": "requisitions", "method": "PATCH", "status": 422}

    @classmethod
    async def ready(cls, job: Job, *, met: bool = True) -> Invoice:
        contract = await job.contracted(line("03-100", "S", "1000.00"), posted=met)
        code = job.site.code("INV-")
        key = await job.invoice(contract, {"line": 1, "work_completed_this_period": "100.00"}, invoice_number=code)
        return cls(job, contract, key, code, code)

    async def wants(self) -> str:
        number = self.site.numbers[self.contract]
        return f"Request for payment cannot be entered: contract {number}/000 is not posted."

    async def rows(self) -> list[Body]:
        return await self.job.vouchers(self.code)

    async def deed(self, name: str) -> None:
        await self.job.post_voucher(self.code, deed=name)

    async def removed(self) -> None:
        await self.job.post_voucher(self.code, deed="delete")

    async def stranger(self) -> None:
        await self.by_hand(self.code, 100.0)

    async def by_hand(self, code: str, amount: float) -> None:
        """An accountant entered a request for payment of this contract."""
        number, contract = 800000 + int(self.site.code("")), self.site.numbers[self.contract]
        row = (await self.job.contract_lines(self.contract, "000"))[0]
        header = {
            "VouCompCode": ERP, "VouVenCode": "ACME01", "VouInvCode": code, "VouNum": number, "VouJobCode": self.job.job,
            "VouContCode": contract, "VouChgCode": "000", "VouCurrCode": "USD", "VouInvDate": "2026-11-15",
            "VouDueDate": "2026-12-15", "VouInvAmt": amount,
        }  # fmt: skip
        item = {"VdistVouNum": number, "VdistTranScschOraseq": row["ScschOraseq"], "VdistTranScschLstAmt": amount}
        await self.site.control("seed", apvoucher=[header], apvoucherdetail=[item])

    async def edited(self) -> None:
        item = {"line": 1, "work_completed_this_period": "111.00"}
        await self.job.entered(f"requisitions/{id_of(self.key)}/items", items=[item])


@dataclass
class Payment(Subject):
    """`paid` is the invoice that it pays."""

    paid: Invoice | None = field(default=None)
    resource = "payment"
    written = "manualcheck"
    refusal: ClassVar[dict[str, Any]] = {"path": "contract_payments", "method": "PATCH", "status": 422}

    @classmethod
    async def ready(cls, job: Job, *, met: bool = True, amount: str = "60.00") -> Payment:
        invoice = await Invoice.ready(job)
        await job.exported(invoice.key)
        if met:
            await invoice.deed("post")
        return await cls.of(invoice, amount)

    @classmethod
    async def of(cls, invoice: Invoice, amount: str, **more: Any) -> Payment:
        """A payment of this invoice."""
        code, job = invoice.site.code("6"), invoice.job
        known = f"Draw {code}"
        body = {"check_number": code, "notes": known, **more}
        key = await job.payment(invoice.contract, invoice.key, amount, **body)
        return cls(job, invoice.contract, key, code, known, invoice)

    @property
    def seen_by(self) -> str:
        return self.code

    @property
    def invoice(self) -> Invoice:
        assert self.paid is not None
        return self.paid

    async def wants(self) -> str:
        (voucher,) = await self.invoice.rows()
        return f"Invoice {self.invoice.code} cannot be paid: voucher {voucher['VouNum']} is not posted."

    async def posted_below(self) -> None:
        await self.invoice.deed("post")

    async def void_below(self) -> None:
        await self.invoice.deed("void")

    async def below(self, status: str) -> None:
        await self.site.control(
            "edit", resource="apvoucher", where={"VouInvCode": self.invoice.code}, set={"VouStatusCode": status}
        )

    async def rows(self) -> list[Body]:
        return await self.site.rows("manualcheck", ChqNum=self.code)

    async def deed(self, name: str) -> None:
        await self.site.control(f"cheques/{name}", company=ERP, number=int(self.code))
        await self.site.watch(resource="payment")

    async def removed(self) -> None:
        await self.site.control("delete", resource="manualcheck", where={"ChqNum": int(self.code)})

    async def stranger(self) -> None:
        sequence = 900000 + int(self.site.code(""))
        header = {
            "ChqCompCode": ERP, "ChqBankCompCode": "01", "ChqDeptCode": "00", "ChqAccCode": "1000",
            "ChqNum": int(self.code), "ChqVenCode": "ACME01", "ChqDate": "2026-11-20", "ChqAmt": 60.0, "ChqCurrCode": "USD",
            "ChqDraftCode": "M", "ChqVouCode": "Y", "ChqSeqNum": sequence,
        }  # fmt: skip
        item = {
            "PaCompCode": ERP, "PaVenCode": "ACME01", "PaChqNum": int(self.code), "PaVouInvCode": self.invoice.code,
            "PaAmt": 60.0, "PaPayCurrAmt": 60.0, "PaChqSeqNum": sequence,
        }  # fmt: skip
        await self.site.control("seed", manualcheck=[header], payamtchqman=[item])

    async def edited(self) -> None:
        await self.job.edit("contract_payments", id_of(self.key), amount="61.00")


# Walks: each takes a kind of subject through a part of its table and returns the key.

Walk = Callable[[type[Subject], Job], Awaitable[Subject]]


async def decided_and_posted(kind: type[Subject], job: Job) -> Subject:
    """Back and forth before it leaves; held; posted, void and unlinked afterwards."""
    one = await kind.ready(job, met=False)
    site, key = one.site, one.key
    await one.sent()
    await site.granted(key, "retrieve", SENDER)
    await site.granted(key, "resend", SENDER)
    await site.granted(key, "reject")
    await site.granted(key, "resend", SENDER)
    assert (await site.granted(key, "accept")).state is State.HELD
    await site.granted(key, "reject")
    await site.granted(key, "resend", SENDER)
    assert (await site.granted(key, "accept")).state is State.HELD
    assert await one.rows() == []
    await one.posted_below()
    await one.once()
    assert "release" in await site.actions(key)
    await one.deed("post")
    await site.until(key, State.SYNCED, also=lambda head: head.posting is Posting.POSTED)
    asked = await site.granted(key, "unlink")
    head = await one.after(asked.sequence, State.SYNCED)
    assert f"CMiC still has {head.erp_key}." in head.words
    await one.deed("void")
    await site.until(key, State.SYNCED, also=lambda head: head.posting is Posting.VOID)
    await site.granted(key, "unlink")
    await site.until(key, State.NOT_SENT)
    assert len(await one.rows()) == 1, "nothing is deleted in CMiC"
    return one


async def refused_by_cmic(kind: type[Subject], job: Job) -> Subject:
    """CMiC says no: rejected; sent again, no again, and retried."""
    one = await kind.ready(job)
    await one.sent()
    await one.failed()
    assert (await one.site.head(one.key)).failure_code == "cmic_refused"
    await one.site.granted(one.key, "reject")
    await one.site.granted(one.key, "resend", SENDER)
    await one.failed()
    assert await one.rows() == []
    await one.site.granted(one.key, "retry")
    await one.once()
    return one


async def held_again(kind: type[Subject], job: Job, action: str) -> Subject:
    """What it stands on became void while it was failed: a new approval holds it."""
    one = await kind.ready(job)
    await one.sent()
    await one.failed()
    await one.void_below()
    assert (await one.site.granted(one.key, action)).state is State.HELD
    assert await one.rows() == []
    return one


async def held_by_retry(kind: type[Subject], job: Job) -> Subject:
    return await held_again(kind, job, "retry")


async def held_by_adopt(kind: type[Subject], job: Job) -> Subject:
    return await held_again(kind, job, "adopt")


async def adopted(kind: type[Subject], job: Job) -> Subject:
    """A stranger's record of its number and money: refused, then taken over; CMiC is asked for nothing more."""
    one = await kind.ready(job)
    await one.stranger()
    await one.sent()
    await one.site.granted(one.key, "accept")
    head = await one.site.until(one.key, State.FAILED)
    assert head.failure_code == "number_taken"
    assert "this connector did not write it" in head.words
    before = await one.rows()
    await one.site.granted(one.key, "adopt")
    await one.once()
    assert await one.rows() == before
    return one


async def tried_again(kind: type[Subject], job: Job) -> Subject:
    """CMiC is busy for longer than patience lasts: it leaves by itself when CMiC is well."""
    one = await kind.ready(job)
    quick = one.site.hurried(patience=1, retry_every=1)
    await one.sent(quick)
    number = await one.fault("status", status=503, times=None)
    await one.site.granted(one.key, "accept")
    head = await one.site.until(one.key, State.FAILED)
    assert (head.failure_code, head.failure_is_temporary) == ("cmic_unreachable", True)
    assert (await one.site.cmic.delete(f"/_sandbox/faults/{number}")).status_code < 300
    await one.once()
    assert "try_again" in await one.site.actions(one.key)
    return one


async def came_back_edited(kind: type[Subject], job: Job) -> Subject:
    """Edited in Procore after the approval, while it was held: what was approved isn't what would leave."""
    one = await kind.ready(job, met=False)
    await one.sent()
    await one.site.granted(one.key, "accept")
    await one.edited()
    await one.posted_below()
    await one.site.until(one.key, State.WAITING)
    assert await one.site.actions(one.key) == ["send", "accept", "release", "return_edited"]
    assert await one.rows() == []
    return one


async def cmic_wants_first(kind: type[Subject], job: Job) -> Subject:
    """CMiC knows better than the ledger that what it stands on isn't posted: held, in CMiC's words."""
    one = await kind.ready(job)
    await one.below("U")
    await one.sent()
    await one.site.granted(one.key, "accept")
    head = await one.site.until(one.key, State.HELD)
    assert head.waits_for == ["cmic_wants_first"]
    assert head.words.startswith("Accepted, and held: CMiC wants something else first: "), head.words
    assert await one.wants() in head.words, head.words
    await one.below("P")
    await one.site.watchdog()
    await one.once()
    assert await one.site.actions(one.key) == ["send", "accept", "hold", "release", "complete"]
    return one


async def written_then_failed(kind: type[Subject], job: Job) -> Subject:
    """In CMiC, but Procore failed: it can't be rejected, and is unlinked only once CMiC has it no more."""
    one = await kind.ready(job)
    await one.sent()
    path = one.refusal["path"] + rf"/{id_of(one.key)}$"
    await one.site.procore_fault(path, **{name: value for name, value in one.refusal.items() if name != "path"})
    await one.site.granted(one.key, "accept")
    await one.site.until(one.key, State.FAILED)
    assert len(await one.rows()) == 1
    assert await one.site.refused(one.key, "reject") == ["exists_in_cmic"]
    asked = await one.site.granted(one.key, "unlink")
    head = await one.after(asked.sequence, State.FAILED)
    assert head.failure_code == "still_in_cmic"
    await one.removed()
    await one.site.granted(one.key, "unlink")
    await one.site.until(one.key, State.NOT_SENT)
    return one


WALKS: tuple[Walk, ...] = (
    decided_and_posted,
    refused_by_cmic,
    held_by_retry,
    held_by_adopt,
    adopted,
    tried_again,
    came_back_edited,
    written_then_failed,
)


async def walks_its_table(kind: type[Subject], job: Job) -> None:
    """Every walk, most of them at the same time, each on a subject of its own: together they take every transition that the table
    has, and no other. An item that stays held isn't moved: then nothing is written into its history."""
    alone = await cmic_wants_first(kind, job)  # The other walks look at what is posted, which would tell the ledger.
    ended = await asyncio.gather(*(walk(kind, job) for walk in WALKS), return_exceptions=True)
    if failed := [error for error in ended if isinstance(error, BaseException)]:
        raise failed[0]
    keys = [one.key for one in (alone, *ended) if isinstance(one, Subject)]
    table = moves_of(keys[0].split(":")[0]) - {("held", "release", "held")}
    seen = await walked(job.site, *keys)
    assert seen == table, (seen - table, table - seen)
    assert [await job.site.office.reading.verify(key) for key in keys] == [None] * len(keys)


async def goes_out_on_send(kind: type[Subject], job: Job) -> None:
    """With direct exports on, a send does what an accept would (S-30, R-27): it leaves, or is held; so does a resend."""
    there, open_one, back = await asyncio.gather(kind.ready(job), kind.ready(job, met=False), kind.ready(job))
    await back.sent()
    await job.site.granted(back.key, "retrieve", SENDER)
    async with job.site.settings(direct_exports=True):
        assert (await job.site.granted(there.key, "send", SENDER)).state is State.EXPORTING
        assert (await job.site.granted(open_one.key, "send", SENDER)).state is State.HELD
        assert (await job.site.granted(back.key, "resend", SENDER)).state is State.EXPORTING
        await asyncio.gather(there.once(), back.once())
        await open_one.posted_below()
        await open_one.once()
    moves: set[Move] = {
        ("not_sent", "send", "exporting"), ("not_sent", "send", "held"), ("retrieved", "resend", "exporting"),
    }  # fmt: skip
    assert moves <= await walked(job.site, there.key, open_one.key, back.key)
    for one in (there, open_one, back):
        history = await job.site.office.reading.history(one.key)
        assert [h["action"] for h in history].count("accept") == 0
        assert {h["who"] for h in history if h["actor"] != "connector"} == {SENDER.name}


async def its_rows_refuse(one: Subject) -> None:
    """The guards of the rows themselves: who may decide, on what, and what may be done while a cut-off write is open. It ends
    synced, and is in CMiC once."""
    site, key = one.site, one.key
    await one.sent(site.hurried(patience=4, retry_every=600))
    outcome = await site.ask(key, "accept", preview="ffffff")
    current = outcome.refusals[0].parameters["current"]
    assert [(r.code, r.sentence, r.owner) for r in outcome.refusals] == [
        ("preview_outdated", f"What you approved (ffffff) isn't the item's current preview ({current}).", ACCOUNTING)
    ]
    own = [("own_item", "You sent it yourself; another approver decides on it.", ACCOUNTING)]
    async with site.settings(sender_may_not_approve=True):
        assert await told(site, key, "accept", BOTH) == own
    await one.fault("commit_after_cut", seconds=2)
    await one.fault("status", status=400)
    await site.granted(key, "accept", preview=current)
    head = await site.until(key, State.FAILED)
    assert head.failure_code == "cmic_refused"
    for action in ("retry", "reject", "unlink"):
        outcome = await site.ask(key, action)
        seconds = outcome.refusals[0].parameters["seconds"]
        cut_off = f"An export was cut off {seconds} seconds ago and CMiC may still be committing it."
        assert [(r.code, r.sentence, r.owner) for r in outcome.refusals] == [("write_still_open", cut_off, ACCOUNTING)]
    await quiet(site)
    async with site.settings(sender_may_not_approve=True, settle_seconds=Decimal(0)):
        assert await told(site, key, "retry", BOTH) == own
        assert await told(site, key, "adopt", BOTH) == own
        (gone,) = await told(site, key, "reject", APPROVER)
        assert gone[0] == "exists_in_cmic"
        assert gone[1].endswith(", so it can't be rejected any more.")
        await site.granted(key, "retry")
    await one.once()


FAULTS: dict[str, list[dict[str, Any]]] = {
    "none": [],
    "429": [{"kind": "status", "status": 429}],
    "500": [{"kind": "status", "status": 500}],
    "cut before the commit": [{"kind": "cut_before_commit"}],
    "cut after the commit": [{"kind": "cut_after_commit"}],
    "committed seconds after the cut": [{"kind": "commit_after_cut", "seconds": 2.5}],
    "a slow answer": [{"kind": "delay_answer", "seconds": 3}],
    "a cut, then a look-up that fails": [
        {"kind": "cut_after_commit"},
        {"kind": "status", "status": 502, "method": "GET", "resource": None},
    ],
}


async def is_there_once_whatever_happens(kind: type[Subject], job: Job) -> list[Subject]:
    """CMiC fails in every way at the write, all at the same time on subjects of their own: each is there once, and linked to
    the record that is there (B-03)."""
    ones = await asyncio.gather(*(kind.ready(job) for _ in FAULTS))
    for one, orders in zip(ones, FAULTS.values(), strict=True):
        await one.sent()
        for order in orders:
            look = {"key": one.seen_by} if order.get("method") == "GET" else {}
            await one.fault(**order, **look)
    await asyncio.gather(*(job.site.granted(one.key, "accept") for one in ones))
    await asyncio.gather(*(job.site.until(one.key, State.SYNCED) for one in ones))
    await quiet(job.site)
    assert (await job.site.cmic.get("/_sandbox/faults")).json()["faults"] == []
    for one in ones:
        await one.once()
        assert await job.site.actions(one.key) == ["send", "accept", "complete"]
    return ones
