"""Change orders, invoices and payments as a walk meets them: what each stands on, what CMiC makes of it, and what people do
around it."""

from __future__ import annotations

from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any, ClassVar, Self

from domain.commands import Head
from domain.states import State
from tests.paperwork import Body, Job, coded, id_of, line
from tests.support import ERP, SENDER, Site

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
    async def ready(cls, job: Job, *, met: bool = True) -> Self:
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

    async def after(self, sequence: int, *states: State) -> Head:
        return await self.site.until(self.key, *states, also=lambda head: head.sequence > sequence)


@dataclass
class ChangeOrder(Subject):
    resource = "subcontract"
    written = "scmast"
    refusal: ClassVar[dict[str, Any]] = {
        "path": "commitment_change_orders", "method": "GET", "status": 404, "skip": 1
    }  # fmt: skip

    @classmethod
    async def ready(cls, job: Job, *, met: bool = True) -> Self:
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
    async def ready(cls, job: Job, *, met: bool = True) -> Self:
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
    async def ready(cls, job: Job, *, met: bool = True, amount: str = "60.00") -> Self:
        invoice = await Invoice.ready(job)
        await job.exported(invoice.key)
        if met:
            await invoice.deed("post")
        return await cls.of(invoice, amount)

    @classmethod
    async def of(cls, invoice: Invoice, amount: str, **more: Any) -> Self:
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


# Invoices in CMiC's books


def work(amount: str, number: int = 1, **more: Any) -> Body:
    """An item that bills so much work on the line of that position."""
    return {"line": number, "work_completed_this_period": amount, **more}


def money(value: Any) -> Decimal:
    """An amount of the books; nothing is zero."""
    return Decimal(str(value or 0))


async def billed_lines(site: Site, code: str) -> list[tuple[str, str, Decimal, Decimal, Decimal]]:
    """The voucher's lines: change code and task of the billed row, amount, retainage held, retainage released."""
    (voucher,) = await site.rows("apvoucher", VouInvCode=code)
    found = []
    for row in await site.rows("apvoucherdetail", VdistVouNum=str(voucher["VouNum"])):
        (billed,) = await site.rows("scsched", ScschOraseq=str(row["VdistTranScschOraseq"]))
        amounts = [money(row[f"VdistTranScsch{n}"]) for n in ("LstAmt", "HldbkAmt", "HldbkRlsAmt")]
        found.append((billed["ScschChgCode"], billed["ScschTaskCode"], *amounts))
    return sorted(found)


def d(*amounts: str) -> tuple[Decimal, ...]:
    """Amounts as decimals."""
    return tuple(Decimal(amount) for amount in amounts)
