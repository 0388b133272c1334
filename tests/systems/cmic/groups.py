"""Groups of every kind that the connector writes, as the mappers plan them, for the demonstration books."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Any

from domain.records import Group, Key, Record, Scalar

COMPANY, JOB, VENDOR, CONTRACT = "01", "1042", "ACME01", "SC-1"
TASKS = (("000", "0001"), ("000", "0002"))


def change_item_key(number: str = "B-001") -> Key:
    return Key(resource="change_item", parts={"company": COMPANY, "job": JOB, "change_item": number})


def change_item(number: str = "B-001", *, status: str = "APPROVED", type_: str = "OBC", **changes: Any) -> Group:
    """A potential change item with a line of two amounts, one of a billing amount alone, and one in units."""
    key = change_item_key(number)
    values: dict[str, Scalar] = {
        "type": type_,
        "title": "Original budget of Harbour Street",
        "reference_date": date(2026, 3, 31),
        "status": status,
        "projection_method": "A",
        "scope": "From Procore",
    }
    lines = [
        _change_line(key, "03-100", "S", amount=Decimal("1000.10"), bill_amount=Decimal("1100.11")),
        _change_line(key, "03-100", "M", amount=None, bill_amount=Decimal("55.05")),
        _change_line(
            key, "03-100", "L", amount=Decimal("250.50"), quantity=Decimal("100.2"), rate=Decimal("2.5"), uom="EA"
        ),
    ]
    header = Record(key=key, values=values | changes, label=f"PCI {number}")
    return Group(header=header, lines=lines, total=Decimal("1250.60"))


def _change_line(header: Key, cost_code: str, category: str, **values: Scalar) -> Record:
    key = Key(resource="change_item_line", parts={**header.parts, "cost_code": cost_code, "category": category})
    label = f"line {cost_code} {category}"
    return Record(key=key, values={"line_job": JOB, **values}, part=f"{cost_code}/{category}", label=label)


def voucher_key(invoice: str = "INV-7") -> Key:
    return Key(resource="voucher", parts={"company": COMPANY, "vendor": VENDOR, "invoice": invoice})


def voucher(invoice: str = "INV-7", *, amounts: tuple[str, ...] = ("10.01", "5.05"), **changes: Any) -> Group:
    """An invoice on the lines of the contract, each with a tenth held."""
    key = voucher_key(invoice)
    values: dict[str, Scalar] = {
        "job": JOB,
        "contract": CONTRACT,
        "change_code": "000",
        "series": "SUBS",
        "currency": "USD",
        "invoice_date": date(2026, 3, 31),
        "due_date": date(2026, 4, 30),
        "posting_date": date(2026, 3, 31),
        "amount": sum((Decimal(amount) for amount in amounts), Decimal(0)),
        "description": "March",
        "auto_post": False,
        "final": False,
    }
    lines = [voucher_line(key, task, Decimal(a)) for task, a in zip(TASKS, amounts, strict=False)]
    header = Record(key=key, values=values | changes, label=f"invoice {invoice}")
    return Group(header=header, lines=lines, total=values["amount"])


def voucher_line(header: Key, task: tuple[str, str], amount: Decimal | None, **changes: Scalar) -> Record:
    key = Key(resource="voucher_line", parts={**header.parts, "change_code": task[0], "task": task[1]})
    held = (amount * Decimal("0.1")).quantize(Decimal("0.01")) if amount else Decimal(0)
    values: dict[str, Scalar] = {"amount": amount, "retainage": held, "released": Decimal(0)}
    return Record(key=key, values=values | changes, part=f"item {task[1]}", label=f"line {task[1]}")


def release(invoice: str = "REL-1", amount: str = "1.00") -> Group:
    """A retainage release: nothing is billed, something that was held is released."""
    group = voucher(invoice, amounts=())
    line = voucher_line(group.header.key, TASKS[0], Decimal(0), retainage=Decimal(0), released=Decimal(amount))
    return group.model_copy(update={"lines": [line], "total": Decimal(0)})


def payment_key(number: str = "5201") -> Key:
    parts = {"company": COMPANY, "bank_company": COMPANY, "bank_department": "00", "bank_account": "1000.100"}
    return Key(resource="payment", parts={**parts, "number": number})


def payment(number: str = "5201", invoice: str = "INV-7", amount: str = "13.55") -> Group:
    key = payment_key(number)
    values: dict[str, Scalar] = {
        "vendor": VENDOR,
        "date": date(2026, 5, 2),
        "posting_date": date(2026, 5, 2),
        "amount": Decimal(amount),
        "currency": "USD",
        "description": "Paid in Procore",
    }
    parts = {"company": COMPANY, "vendor": VENDOR, "number": number, "invoice": invoice}
    line = Record(
        key=Key(resource="payment_line", parts=parts), values={"amount": Decimal(amount)}, part="1", label=invoice
    )
    return Group(header=Record(key=key, values=values, label=f"cheque {number}"), lines=[line], total=Decimal(amount))


def project(code: str = "HARBOUR") -> Group:
    values: dict[str, Scalar] = {
        "name": "Harbour Street 12",
        "address": "12 Harbour Street",
        "city": "Springfield",
        "region": "OR",
        "postal_code": "97001",
        "country": "US",
        "start": date(2026, 1, 1),
        "end": date(2027, 12, 31),
        "create_job": False,
    }
    key = Key(resource="project", parts={"company": COMPANY, "project": code})
    return Group(header=Record(key=key, values=values, label="Harbour Street 12"))


def job_phase(code: str = "09-900") -> Group:
    key = Key(resource="job_phase", parts={"company": COMPANY, "job": JOB, "cost_code": code})
    return Group(header=Record(key=key, values={"name": "Painting"}, label=code), may_exist=True)


def job_code(code: str = "09-900", category: str = "S") -> Group:
    parts = {"company": COMPANY, "job": JOB, "cost_code": code, "category": category}
    return Group(header=Record(key=Key(resource="job_code", parts=parts), label=f"{code} {category}"), may_exist=True)
