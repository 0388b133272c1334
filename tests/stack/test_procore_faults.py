"""Procore fails in every way it can: limits, cuts, deletions, answers that can't be read (procore-api §2, §3; B-08)."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from dataclasses import replace
from decimal import Decimal
from typing import Any

import pytest

from domain.commands import Answer
from domain.identity import parse_key
from domain.states import State
from systems.procore.gateway import open_gateway
from tests.support import IMPATIENT, SENDER, Site, line
from workers.plant import Plant
from workers.worker import lifecycle_worker
from workflows.asking import Asking

LINES = (line(amount="100.10"), line("07-500", "S", "200.20"), line("07-500", "S", "0.05"))
WHOLE = (1, 3, Decimal("300.35"))
ORDER = "PurchaseOrderContract"


def number_of(key: str) -> int:
    return parse_key(key).id


async def is_told(site: Site, key: str) -> None:
    """Procore has every id of the commitment, each once."""
    contract = await site.in_procore(key)
    ids = [contract["origin_id"], *(row["origin_id"] for row in contract["line_items"])]
    assert all(ids)
    assert len(set(ids)) == len(ids)
    assert contract["origin_code"] == site.numbers[key]


WRITING: dict[str, list[dict[str, Any]]] = {
    "429 with Retry-After": [{"path": "/line_items/", "status": 429, "retry_after": 1}],
    "503 with Retry-After": [{"path": "/line_items/", "status": 503, "retry_after": 1}],
    "500 on a line": [{"path": "/line_items/", "status": 500, "skip": 1}],
    "401 on a line": [{"path": "/line_items/", "status": 401, "skip": 2}],
    "cut before a line": [{"path": "/line_items/", "cut": True, "skip": 1}],
    "cut after a line": [{"path": "/line_items/", "cut": True, "when": "after", "skip": 1}],
    "an unreadable answer to a line": [{"path": "/line_items/", "malformed": True}],
    "cut before the header": [{"path": "HEADER", "cut": True}],
    "cut after the header": [{"path": "HEADER", "cut": True, "when": "after"}],
    "503 on the header": [{"path": "HEADER", "status": 503, "retry_after": 1}],
    "an unreadable answer to the header": [{"path": "HEADER", "malformed": True}],
    "a header answer about somebody else": [{"path": "HEADER", "set": {"entities": [], "errors": []}}],
}


@pytest.mark.parametrize("kind", ["WorkOrderContract", ORDER])
async def test_every_fault_of_the_write_back_ends_with_all_ids(site: Site, kind: str) -> None:
    """All of them at the same time, each on a commitment of its own: one record in CMiC, every id in Procore."""
    header = "work_order_contracts/sync$" if kind != ORDER else r"purchase_order_contracts/\d+$"
    keys = {}
    for name, orders in WRITING.items():
        key = keys[name] = await site.sent(*LINES, kind=kind)
        for order in orders:
            path = header if order["path"] == "HEADER" else f"/{number_of(key)}{order['path']}"
            await site.procore_fault(**{**order, "path": path, "method": "PATCH"})
    await asyncio.gather(*(site.granted(key, "accept") for key in keys.values()))
    await asyncio.gather(*(site.until(key, State.SYNCED) for key in keys.values()))
    faults = (await site.procore.get("/_sandbox/faults")).json()
    assert all(fault["hits"] == 1 for fault in faults)
    for name, key in keys.items():
        assert await site.in_cmic(key) == WHOLE, name
        await is_told(site, key)
        assert await site.actions(key) == ["send", "accept", "complete"], name


async def test_reading_through_limits_and_cuts(site: Site) -> None:
    """A send waits out a short limit; one that Procore can't answer is tried again."""
    orders: list[dict[str, Any]] = [
        {"status": 429, "retry_after": 1},
        {"status": 503, "retry_after": 1},
        {"status": 500},
        {"cut": True},
        {"malformed": True},
        {"delay": 2.5},
    ]
    patient = site.hurried(busy_after=19)
    keys = [await site.commitment() for _ in orders]
    for key, order in zip(keys, orders, strict=True):
        await site.procore_fault(f"/{number_of(key)}$", method="GET", **order)
    await asyncio.gather(*(patient.granted(key, "send", SENDER) for key in keys))
    assert [fault["hits"] for fault in (await site.procore.get("/_sandbox/faults")).json()] == [1] * len(orders)
    assert [await site.actions(key) for key in keys] == [["send"]] * len(orders)


async def test_an_expired_token_is_renewed(site: Site) -> None:
    key, other = await site.sent(*LINES), await site.commitment()
    await site.procore.post("/_sandbox/oauth/expire")
    await site.granted(key, "accept")
    await site.until(key, State.SYNCED)
    await is_told(site, key)
    await site.procore.post("/_sandbox/oauth/expire")
    await site.granted(other, "send", SENDER)


async def test_a_sign_in_that_fails_for_a_while(site: Site) -> None:
    key = await site.sent(*LINES)
    await site.procore.post("/_sandbox/oauth/expire")
    await site.procore_fault("/oauth/token", status=503, times=2)
    await site.granted(key, "accept")
    await site.until(key, State.SYNCED)
    await is_told(site, key)


async def test_a_sync_that_applies_half_its_rows_before_a_cut(site: Site) -> None:
    """Several headers travel in one sync; half of them are written, then the connection is cut."""
    keys = await asyncio.gather(*(site.sent(*LINES) for _ in range(8)))
    await site.procore_fault("work_order_contracts/sync$", method="PATCH", when="half", cut=True, times=2)
    await asyncio.gather(*(site.granted(key, "accept") for key in keys))
    await asyncio.gather(*(site.until(key, State.SYNCED) for key in keys))
    for key in keys:
        assert await site.in_cmic(key) == WHOLE
        await is_told(site, key)


@pytest.fixture
async def by_sync(site: Site, plant: Plant) -> AsyncIterator[Site]:
    """The same site, whose worker writes all lines of a contract in one sync: what a probed tenant is set to."""
    procore = plant.config.procore.model_copy(update={"sync_lines_by_id": True})
    config = plant.config.model_copy(update={"procore": procore, "task_queue": "lifecycle-by-sync"})
    asking = Asking(
        plant.client, plant.ledger, task_queue=config.task_queue, erp_queue=config.erp_queue, timing=IMPATIENT
    )
    async with open_gateway(procore) as gateway:
        another = replace(plant, config=config, procore=gateway, asking=asking)
        async with lifecycle_worker(another):
            yield replace(site, office=another)


async def test_a_line_sync_that_applies_half_its_rows_before_a_cut(by_sync: Site) -> None:
    lines = [line("07-500", "S", f"{n}.01", f"Area {n}") for n in range(1, 41)]
    key = await by_sync.sent(*lines)
    await by_sync.procore_fault("/line_items/sync$", method="PATCH", when="half", cut=True)
    await by_sync.procore_fault("/line_items/sync$", method="PATCH", when="half")
    await by_sync.granted(key, "accept")
    await by_sync.until(key, State.SYNCED)
    assert await by_sync.in_cmic(key) == (1, 40, Decimal("820.40"))
    await is_told(by_sync, key)
    seen = (await by_sync.procore.get("/_sandbox/traffic", params={"path": f"{number_of(key)}/line_items"})).json()
    assert {exchange["path"].rsplit("/", 1)[1] for exchange in seen} == {"sync"}


async def test_a_limit_that_lasts_fails_for_a_while_and_heals(site: Site) -> None:
    quick = site.hurried(patience=2, retry_every=1)
    key = await quick.sent(*LINES)
    await site.procore_fault(f"/{number_of(key)}/line_items/", method="PATCH", status=503, times=None)
    await quick.granted(key, "accept")
    head = await site.until(key, State.FAILED)
    assert (head.failure_code, head.failure_is_temporary) == ("procore_unreachable", True)
    assert await site.in_cmic(key) == WHOLE
    await site.procore.delete("/_sandbox/faults")
    await site.until(key, State.SYNCED)
    assert await site.in_cmic(key) == WHOLE
    await is_told(site, key)


async def test_procore_can_not_be_read_for_long(site: Site) -> None:
    """A send that nobody can judge is told so, and recorded; nothing waits for ever."""
    quick = site.hurried(patience=1, busy_after=20)
    key = await site.commitment()
    await site.procore_fault(f"/{number_of(key)}$", method="GET", status=500, times=None)
    assert await quick.refused(key, "send", SENDER) == ["procore_unreachable"]
    (entry,) = await site.office.reading.history(key)
    assert (entry["answer"], entry["who"]) == ("refused", SENDER.name)
    await site.procore.delete("/_sandbox/faults")
    await site.granted(key, "send", SENDER)


async def slowed(site: Site, key: str, seconds: float) -> None:
    """Accept it, and return while CMiC is still working on the write: the export has read Procore already."""
    await site.fault("delay", seconds=seconds, method="POST", key=site.numbers[key])
    await site.granted(key, "accept")
    for _ in range(400):
        faults = (await site.cmic.get("/_sandbox/faults")).json()["faults"]
        if not faults:
            return
        await asyncio.sleep(0.01)
    raise AssertionError("the write never began")


async def test_a_line_is_deleted_while_cmic_is_being_written(site: Site) -> None:
    """An edit after the export's read is drift: shown, and no reason to lose what CMiC has already."""
    key = await site.sent(*LINES)
    await slowed(site, key, 1)
    rows = (await site.in_procore(key))["line_items"]
    line_id = next(row["id"] for row in rows if row["amount"] == "200.2")
    answer = await site.procore.delete(f"/_sandbox/commitments/{number_of(key)}/lines/{line_id}")
    assert answer.status_code == 200
    await site.until(key, State.SYNCED, seconds=10)
    assert await site.in_cmic(key) == WHOLE
    await is_told(site, key)
    item = await site.office.reading.item(key)
    assert item is not None
    assert any("200.2" in text for text in item["drift"]["differences"])


async def test_an_edit_while_cmic_is_being_written_is_shown_as_drift(site: Site) -> None:
    key = await site.sent(*LINES)
    await slowed(site, key, 1)
    await site.edit(key, title="Changed meanwhile")
    head = await site.until(key, State.SYNCED)
    assert head.state is State.SYNCED
    item = await site.office.reading.item(key)
    assert item is not None
    assert any("Changed meanwhile" in text for text in item["drift"]["differences"])
    (header,) = await site.rows("scmast", ScmstContCode=site.numbers[key])
    assert header["ScmstName"] != "Changed meanwhile"


async def test_a_line_is_deleted_between_approval_and_export(site: Site) -> None:
    key = await site.sent(*LINES)
    line_id = (await site.in_procore(key))["line_items"][1]["id"]
    await site.procore.delete(f"/_sandbox/commitments/{number_of(key)}/lines/{line_id}")
    await site.granted(key, "accept")
    await site.until(key, State.WAITING)
    assert await site.in_cmic(key) == (0, 0, Decimal(0))
    last = (await site.office.reading.history(key))[-1]
    assert any("200.2" in text and "nothing" in text for text in last["details"]["differences"])


async def test_the_object_is_deleted_after_its_approval(site: Site) -> None:
    key = await site.sent(*LINES)
    await site.procore.delete(f"/_sandbox/commitments/{number_of(key)}")
    await site.granted(key, "accept")
    head = await site.until(key, State.FAILED)
    assert head.failure_code == "not_in_procore"
    assert await site.in_cmic(key) == (0, 0, Decimal(0))
    await site.granted(key, "reject")


async def test_the_object_is_deleted_while_cmic_is_being_written(site: Site) -> None:
    key = await site.sent(*LINES)
    await slowed(site, key, 1)
    await site.procore.delete(f"/_sandbox/commitments/{number_of(key)}")
    head = await site.until(key, State.FAILED)
    assert head.failure_code == "deleted_in_procore"
    assert await site.in_cmic(key) == WHOLE
    assert await site.refused(key, "reject") == ["exists_in_cmic"]
    await site.control("subcontracts/void", **await site.contract(key))
    await site.granted(key, "unlink")
    await site.until(key, State.NOT_SENT)


async def test_a_synced_object_that_was_deleted_in_procore_can_be_unlinked(site: Site) -> None:
    key = await site.synced()
    await site.procore.delete(f"/_sandbox/commitments/{number_of(key)}")
    await site.control("delete", resource="scmast", where={"ScmstContCode": site.numbers[key]})
    await site.granted(key, "unlink")
    await site.until(key, State.NOT_SENT)


UNREADABLE: dict[str, dict[str, Any]] = {
    "a vendor that is a text": {"set": {"vendor": "Acme"}},
    "a status that is a list": {"set": {"status": ["Approved"]}},
    "a title that is a number": {"set": {"title": 7}},
    "a date that is none": {"set": {"contract_date": "tomorrow"}},
    "a date that is a number": {"set": {"contract_date": 20261120}},
    "money that is none": {"set": {"line_items.0.amount": "NaN"}},
    "money without end": {"set": {"line_items.0.amount": "Infinity"}},
    "money that is true": {"set": {"line_items.0.amount": True}},
    "more money than there is": {"set": {"line_items.0.amount": "1e30"}},
    "retainage that is a word": {"set": {"retainage_percent": "ten"}},
    "lines that are missing": {"drop": ["line_items"]},
    "lines that are no list": {"set": {"line_items": {"0": {}}}},
    "a line without an id": {"drop": ["line_items.0.id"]},
    "a line whose id is a text": {"set": {"line_items.0.id": "seven"}},
    "two lines of one id": {"set": {"line_items.0.id": 5, "line_items.1.id": 5}},
    "a cost code that is a number": {"set": {"line_items.0.cost_code": 3100}},
    "a full code that is a number": {"set": {"line_items.0.cost_code.full_code": 3100}},
    "no id": {"drop": ["id"]},
    "another object's id": {"set": {"id": 7}},
    "an amount that is missing": {"drop": ["line_items.0.amount", "grand_total"]},
}


@pytest.mark.parametrize("name", UNREADABLE)
async def test_an_answer_that_can_not_be_read_is_refused_in_words(site: Site, name: str) -> None:
    """Never passed on half: at send, and again when the export reads."""
    key = await site.commitment(*LINES)
    path = rf"work_order_contracts/{number_of(key)}$"
    await site.procore_fault(path, method="GET", **UNREADABLE[name])
    outcome = await site.ask(key, "send", SENDER)
    assert outcome.answer is Answer.REFUSED
    assert [r.code for r in outcome.refusals] == ["procore_unreadable"]
    await site.granted(key, "send", SENDER)
    await site.procore_fault(path, method="GET", **UNREADABLE[name])
    await site.granted(key, "accept")
    head = await site.until(key, State.FAILED)
    assert head.failure_code == "procore_unreadable"
    assert await site.in_cmic(key) == (0, 0, Decimal(0))
    await site.granted(key, "retry")
    await site.until(key, State.SYNCED)
    assert await site.in_cmic(key) == WHOLE


async def test_a_nul_reaches_neither_ledger_nor_cmic(site: Site) -> None:
    key = await site.commitment(line(text="plain"))
    await site.procore_fault(f"/{number_of(key)}$", method="GET", times=None, set={"title": "a\u0000b"})
    await site.granted(key, "send", SENDER)
    await site.granted(key, "accept")
    await site.until(key, State.SYNCED)
    (header,) = await site.rows("scmast", ScmstContCode=site.numbers[key])
    assert "\u0000" not in header["ScmstName"]
    item = await site.office.reading.item(key)
    assert item is not None
    assert item["drift"] is None


async def test_a_row_that_procore_refuses_is_told_and_put_right(site: Site) -> None:
    """The id is another commitment's in Procore: Procore says so, CMiC keeps what it has, a retry gives the ids."""
    key = await site.sent(*LINES)
    thief = await site.commitment()
    await site.edit(thief, origin_id=f"01|ACME01|{site.numbers[key]}|000")
    await site.granted(key, "accept")
    head = await site.until(key, State.FAILED)
    assert head.failure_code == "procore_refused"
    assert "has already been taken" in head.words
    assert await site.in_cmic(key) == WHOLE
    await site.edit(thief, origin_id=None)
    await site.granted(key, "retry")
    await site.until(key, State.SYNCED)
    await is_told(site, key)
    assert await site.in_cmic(key) == WHOLE
