"""Whatever people enter in Procore: it is refused with a reason, or CMiC holds exactly that afterwards, to the cent (B-07).

What Procore holds is read from the stand-in's own books, not through the mappers. The seed of a run is printed; DOCUMENT_SEED
repeats it.
"""

from __future__ import annotations

import asyncio
import os
import random
from collections import Counter
from collections.abc import Awaitable, Callable
from decimal import ROUND_HALF_UP, Decimal
from typing import Any

import pytest

from domain.commands import Answer
from domain.states import State
from tests.paperwork import PAIRS, Body, Job, coded, id_of
from tests.support import APPROVER, SENDER, Site

MANY = 14
CENT = Decimal("0.01")


@pytest.fixture
def chance() -> random.Random:
    seed = int(os.environ.get("DOCUMENT_SEED") or random.randrange(10**6))
    print(f"DOCUMENT_SEED={seed}")
    return random.Random(seed)


def amount(chance: random.Random, places: int = 2) -> str:
    """Mostly plain, sometimes zero, negative, large, or finer than a cent."""
    kind = chance.random()
    whole = chance.choice([1, 12, 999, 25_000, 4_000_000]) if kind > 0.15 else 0
    fraction = f"{chance.randrange(10**places):0{places}d}"
    sign = "-" if kind > 0.9 else ""
    return f"{sign}{whole}.{fraction if kind > 0.05 else '005'}"


def any_line(chance: random.Random, **more: Any) -> Body:
    code, category = chance.choice(PAIRS) if chance.random() > 0.05 else ("03-100", "E")
    if chance.random() < 0.3:
        units = {"quantity": f"{chance.randrange(1, 400)}.{chance.randrange(100)}", "unit_cost": amount(chance, 3)}
        return coded(code, category, description="Work", uom="ea", **units, **more)
    return coded(code, category, amount(chance), description="Work", **more)


async def settled(site: Site, key: str, **fields: Any) -> State | None:
    """Sent and accepted: where it came to rest, or nothing if it was refused, which it says why."""
    sent = await site.ask(key, "send", SENDER)
    accepted = await site.ask(key, "accept", APPROVER, **fields) if sent.answer is Answer.DONE else sent
    if accepted.answer is Answer.REFUSED:
        assert accepted.refusals
        assert all(r.code and r.sentence and r.owner for r in accepted.refusals)
        return None
    head = await site.until(key, State.SYNCED, State.FAILED, State.HELD, seconds=60)
    assert head.state is State.SYNCED, (key, head.words)
    return head.state


async def books(site: Site, table: str, key: str) -> Body:
    rows = await site.procore.get(f"/_sandbox/books/{table}", params={"id": id_of(key)})
    return dict(rows.json()[0])


def money(value: Any) -> Decimal:
    return Decimal(str(value or 0))


def total(values: Any) -> Decimal:
    return sum((money(v) for v in values), Decimal(0))


async def together(work: list[Callable[[], Awaitable[Any]]]) -> list[Any]:
    return await asyncio.gather(*(w() for w in work))


async def test_any_contract_and_any_change_of_it(site: Site, chance: random.Random) -> None:
    job = await Job.opened(site)
    keys = [
        await job.commitment(*(any_line(chance) for _ in range(chance.randrange(1, 6))), retainage_percent="5")
        for _ in range(MANY)
    ]
    ends = await together([lambda k=k: settled(site, k) for k in keys])  # type: ignore[misc]  # a lambda with a default
    synced = [k for k, end in zip(keys, ends, strict=True) if end]
    assert synced
    for key in synced:
        assert await _in_cmic(job, key, "000") == Counter(_amounts(await books(site, "commitments", key)))
        await job.post_contract(key)
    changes = []
    for key in synced:
        lines = [any_line(chance) for _ in range(chance.randrange(1, 4))]
        changes.append((key, await job.change_order(key, *lines)))
    ends = await together([lambda k=k: settled(site, k) for _, k in changes])  # type: ignore[misc]  # a lambda with a default
    for (contract, key), end in zip(changes, ends, strict=True):
        held = await _in_cmic(job, contract, "001")
        assert held == (Counter(_amounts(await books(site, "commitment_change_orders", key))) if end else Counter())


async def test_any_budget(site: Site, chance: random.Random) -> None:
    for _ in range(5):
        job = await Job.opened(site)
        lines = [coded(code, category, amount(chance)) for code, category in chance.sample(PAIRS, 4)]
        key = await job.budget(*lines)
        if not await settled(site, key, confirm_import_closed=True):
            continue
        for _ in range(2):
            await job.post_items()
            await site.until(key, State.SYNCED, also=lambda h: h.budgeted)
            await job.budget(*(coded(n["cost_code"], n["line_item_type"], amount(chance)) for n in lines))
            if (await site.ask(key, "resend", SENDER)).answer is Answer.DONE:
                await site.granted(key, "accept")
                await site.until(key, State.SYNCED)
        shown = (await site.procore.get(f"/_sandbox/projects/{job.project}/budget")).json()["lines"]
        held = [await job.item_amounts(row["CmmCode"]) for row in await job.items()]
        for line in shown:
            pair = (line["cost_code"], line["line_item_type"])
            assert total(h.get(pair, 0) for h in held) == money(line["amount"]).quantize(CENT, ROUND_HALF_UP), pair


async def test_any_owner_change(site: Site, chance: random.Random) -> None:
    job = await Job.opened(site)
    await job.prime_contract(coded("03-100", "S", "900000.00"))
    await job.bill_contract()
    keys = []
    for n in range(MANY):
        markups = [
            {"name": f"M{k}", "markup_set": chance.choice(["vertical", "horizontal"]), "cost_code": "01-500",
             "line_item_type": "O", "percentage": f"{chance.randrange(30)}.{chance.randrange(100)}"}
            for k in range(chance.randrange(3))
        ]  # fmt: skip
        lines = [coded(*chance.choice(PAIRS), amount(chance)) for _ in range(chance.randrange(1, 5))]
        keys.append((f"P-{n}", await job.prime_change(*lines, markups=markups, number=f"P-{n}")))
    ends = await together([lambda k=k: settled(site, k) for _, k in keys])  # type: ignore[misc]  # a lambda with a default
    assert any(ends)
    for (code, key), end in zip(keys, ends, strict=True):
        billed = total((await job.item_amounts(code, "CmdBillAmt")).values())
        wanted = money((await books(site, "prime_change_orders", key))["grand_total"]) if end else Decimal(0)
        assert billed == wanted, (code, end)


async def test_any_invoices(site: Site, chance: random.Random) -> None:
    job = await Job.opened(site)
    for n in range(4):
        contract = await job.contracted(coded("03-100", "S", "1000.00"), coded("04-200", "M", "500.00"))
        for period in range(3):
            code = f"V{n}{period}"
            items = [
                {"line": line, "work_completed_this_period": f"{chance.randrange(400)}.{chance.randrange(100):02d}",
                 "materials_presently_stored": f"{chance.choice([0, 0, 25])}.00"}
                for line in (1, 2)
            ]  # fmt: skip
            key = await job.invoice(contract, *items, invoice_number=code)
            if not await settled(site, key):
                break
            summary = (await books(site, "requisitions", key))["summary"]
            voucher = (await job.vouchers(code))[0]
            rows = await site.rows("apvoucherdetail", VdistVouNum=voucher["VouNum"])
            due = total(r["VdistTranScschLstAmt"] for r in rows) - total(r["VdistTranScschHldbkAmt"] for r in rows)
            assert due == money(summary["current_payment_due"])
            assert money(voucher["VouInvAmt"]) == total(r["VdistTranScschLstAmt"] for r in rows)
            await job.post_voucher(code)


def _amounts(record: Body) -> list[Decimal]:
    return [money(line["amount"]) for line in record["line_items"]]


async def _in_cmic(job: Job, key: str, change: str) -> Counter[Decimal]:
    return Counter(money(row["ScschAmt"]) for row in await job.contract_lines(key, change))
