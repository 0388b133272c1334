"""Lines inside their header: what is sent, what is made of the answer, and what is told when it isn't what was sent."""

from __future__ import annotations

import json
from collections.abc import Callable
from decimal import Decimal
from typing import Any

import httpx
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from domain.ports import Unavailable
from domain.records import Group, Key, Record
from domain.refusals import Refused
from systems.cmic.dialect import Dialect
from systems.cmic.grouping import render
from systems.cmic.sending import provisional
from tests.systems.cmic.groups import TASKS, change_item, payment, payment_key, voucher, voucher_key
from tests.systems.cmic.support import DIALECT, collection, opened, renamed

LINES = "ApVoucherDetailViewObj"
OWN_NUMBER = 101690


def sov_row(task: str, sequence: Any, **changes: Any) -> dict[str, Any]:
    key = {"ScschCompCode": "01", "ScschVenCode": "ACME01", "ScschContCode": "SC-1", "ScschChgCode": "000"}
    return {**key, "ScschTaskCode": task, "ScschOraseq": sequence, "ScschVUuid": f"S{sequence}"} | changes


SCHEDULE = [
    sov_row("0001", 61564978),
    sov_row("0002", 7.0),
    sov_row("0002", 8, ScschContCode="SC-10"),
    sov_row("0009", None),
]


class Cmic:
    """Answers a voucher's POST with its row under CMiC's own number, and shows its lines below it."""

    def __init__(self, *, shown: Callable[[list[dict[str, Any]]], Any] = lambda lines: None) -> None:
        self.shown = shown
        self.below: Callable[[list[dict[str, Any]]], httpx.Response] = lambda lines: collection(*lines)
        self.posted: dict[str, Any] = {}
        self.lines: list[dict[str, Any]] = []

    def __call__(self, request: httpx.Request) -> httpx.Response:
        path = request.url.path
        if path.endswith("/scsched"):
            return collection(*SCHEDULE)
        if path.endswith(f"/apvoucher/{OWN_NUMBER}/child/{LINES}"):
            return self.below(self.lines)
        if path.endswith("/apallvouchers"):
            return collection({**self.posted, "VouNum": OWN_NUMBER})
        assert (request.method, path) == ("POST", "/cmictest/ap-rest-api/rest/1/apvoucher")
        self.posted = json.loads(request.content)
        self.lines = [{**line, "VdistVouNum": OWN_NUMBER} for line in self.posted.pop(LINES)]
        answer: dict[str, Any] = {**self.posted, "VouNum": OWN_NUMBER}
        if (shown := self.shown(self.lines)) is not None:
            answer[LINES] = shown
        return httpx.Response(201, json=answer)


async def test_one_post_with_the_lines_inside() -> None:
    async with opened(cmic := Cmic()) as (gateway, seen):
        written = await gateway.create(voucher())
    assert written is not None
    assert [(w.part, w.key.text) for w in written] == [
        ("", "01|ACME01|INV-7"),
        ("item 0001", "01|ACME01|INV-7|000|0001"),
        ("item 0002", "01|ACME01|INV-7|000|0002"),
    ]
    assert written[0].uuid == str(OWN_NUMBER)
    number = cmic.posted["VouNum"]
    assert -999999 <= number < 0
    body = json.loads(next(request for request in seen if request.method == "POST").content)
    assert [line["VdistVouNum"] for line in body[LINES]] == [number, number]
    assert [line["VdistTranScschOraseq"] for line in body[LINES]] == [61564978, 7]
    assert (body["VouBchPost"], body["VouFinalRfpFlag"], body["VouPayByManualChqFlag"]) == ("N", "N", "N")
    assert seen[0].url.params["q"] == "ScschCompCode='01' and ScschVenCode='ACME01' and ScschContCode='SC-1'"


@pytest.mark.parametrize("dialect", [DIALECT, renamed()])
def test_the_preview_is_what_is_sent_but_for_what_is_looked_up(dialect: Dialect) -> None:
    header, *lines = render(dialect, voucher())
    assert [shown["resource"] for shown in (header, *lines)] == ["apvoucher", *[f"apvoucher/{LINES}"] * 2]
    name = dialect.resources["voucher_line"].name("sequence")
    assert "looked up" in lines[0]["row"][name]
    assert "000/0001" in lines[0]["row"][name]
    number = dialect.resources["voucher_line"].name("voucher")
    assert lines[0]["row"][number] == header["row"][dialect.resources["voucher"].name("uuid")]


async def test_the_preview_agrees_with_the_request() -> None:
    async with opened(Cmic()) as (gateway, seen):
        await gateway.create(voucher())
        header, *lines = gateway.render(voucher())
    body = json.loads(next(r for r in seen if r.method == "POST").content, parse_float=Decimal)
    sent = body.pop(LINES)
    assert body == header["row"]
    for row, line in zip(lines, sent, strict=True):
        assert {n: v for n, v in line.items() if "Oraseq" not in n} == {
            n: v for n, v in row["row"].items() if "Oraseq" not in n
        }


@settings(deadline=None)
@given(st.lists(st.text(min_size=1, max_size=20), min_size=1, max_size=40, unique_by=str.upper))
def test_a_provisional_number_is_negative_and_stays(invoices: list[str]) -> None:
    keys = [voucher_key(invoice) for invoice in invoices]
    numbers = [provisional(key, 999999) for key in keys]
    assert all(-999999 <= number <= -1 for number in numbers)
    assert numbers == [provisional(key, 999999) for key in keys]
    assert len({provisional(voucher_key(f"INV-{n}"), 999999) for n in range(50)}) > 45


@pytest.mark.parametrize("shown", [lambda lines: lines[::-1], lambda lines: {"items": lines, "hasMore": False}])
async def test_lines_in_the_answer_need_no_second_look(shown: Callable[[list[dict[str, Any]]], Any]) -> None:
    async with opened(Cmic(shown=shown)) as (gateway, seen):
        assert await gateway.create(voucher()) is not None
    assert [request.method for request in seen] == ["GET", "POST"]


@pytest.mark.parametrize(
    "shown", [lambda lines: [], lambda lines: {"items": lines[:1], "hasMore": True}, lambda lines: {"items": []}]
)
async def test_lines_that_the_answer_lacks_are_read_below_it(shown: Callable[[list[dict[str, Any]]], Any]) -> None:
    async with opened(Cmic(shown=shown)) as (gateway, seen):
        assert await gateway.create(voucher()) is not None
    assert seen[-1].url.path.endswith(f"/child/{LINES}")
    assert seen[-1].url.params["orderBy"] == "VdistTranScschOraseq:asc"


@pytest.mark.parametrize(
    ("change", "words"),
    [
        (lambda lines: lines[:1], "line 0002: not in CMiC; lines: ours 2, CMiC 1"),
        (lambda lines: [*lines, {**lines[0], "VdistTranScschOraseq": 99}], "lines: ours 2, CMiC 3"),
        (lambda lines: [lines[0], {**lines[1], "VdistTranScschOraseq": 99}], "line 0002: not in CMiC"),
        (lambda lines: [lines[0], {**lines[1], "VdistTranScschLstAmt": 5.06}], "total: ours 15.06, CMiC 15.07"),
        (lambda lines: [lines[0], {**lines[1], "VdistTranScschLstAmt": None}], "without an amount"),
    ],
)
@pytest.mark.parametrize("at_once", [True, False])
async def test_lines_that_disagree_are_refused(
    change: Callable[[list[dict[str, Any]]], list[dict[str, Any]]], words: str, at_once: bool
) -> None:
    cmic = Cmic(shown=change if at_once else lambda lines: None)
    cmic.below = lambda lines: collection(*change(lines))
    async with opened(cmic) as (gateway, _):
        with pytest.raises(Refused) as caught:
            await gateway.create(voucher())
    assert caught.value.refusals[0].code == "cmic_differs"
    assert words in caught.value.refusals[0].sentence


@pytest.mark.parametrize("answer", [collection(), httpx.Response(403, text="not granted"), httpx.Response(404)])
async def test_a_voucher_whose_lines_cannot_be_seen_is_left_to_a_look_up(answer: httpx.Response) -> None:
    cmic = Cmic()
    cmic.below = lambda lines: httpx.Response(answer.status_code, content=answer.content)
    async with opened(cmic) as (gateway, _):
        assert await gateway.create(voucher()) is None


@pytest.mark.parametrize("status", [429, 500, 503])
async def test_a_fault_after_the_write_says_that_it_may_be_done(status: int) -> None:
    cmic = Cmic()
    cmic.below = lambda lines: httpx.Response(status)
    async with opened(cmic) as (gateway, _):
        with pytest.raises(Unavailable) as caught:
            await gateway.create(voucher())
    assert caught.value.maybe_done


@pytest.mark.parametrize("status", [429, 500, 503])
async def test_a_fault_before_the_write_says_that_nothing_is_done(status: int) -> None:
    async with opened(lambda request: httpx.Response(status)) as (gateway, seen):
        with pytest.raises(Unavailable) as caught:
            await gateway.create(voucher())
    assert not caught.value.maybe_done
    assert [request.method for request in seen] == ["GET"]


async def test_a_yes_without_a_body_is_left_to_a_look_up() -> None:
    def handler(request: httpx.Request) -> httpx.Response:
        return collection(*SCHEDULE) if request.method == "GET" else httpx.Response(201)

    async with opened(handler) as (gateway, _):
        assert await gateway.create(voucher()) is None


async def test_every_line_that_cmic_has_no_place_for_is_named() -> None:
    wanted = voucher()
    for line, task in zip(wanted.lines, ("0008", "0009"), strict=True):
        line.key.parts["task"] = task
    async with opened(Cmic()) as (gateway, seen):
        with pytest.raises(Refused) as caught:
            await gateway.create(wanted)
    assert [r.parameters["erp_key"] for r in caught.value.refusals] == [
        "01|ACME01|SC-1|000|0008",
        "01|ACME01|SC-1|000|0009",
    ]
    assert {r.code for r in caught.value.refusals} == {"not_in_cmic"}
    assert [request.method for request in seen] == ["GET"]


async def test_lines_are_read_by_the_headers_own_number() -> None:
    async with opened(cmic := Cmic()) as (gateway, _):
        await gateway.create(voucher())
        cmic.lines.append({**cmic.lines[0], "VdistTranScschOraseq": 99})
        lines = await gateway.lines(voucher_key(), "voucher_line")
        line = await gateway.find(voucher().lines[0].key)
    assert [(line.key.parts["change_code"], line.key.parts["task"]) for line in lines] == [*TASKS, ("", "")]
    assert lines[0].attributes == {
        "sequence": "61564978",
        "amount": Decimal("10.01"),
        "retainage": Decimal("1.00"),
        "released": Decimal(0),
    }
    assert line is not None
    assert line.uuid == line.key.text


async def test_a_header_that_is_not_there_has_no_lines() -> None:
    async with opened(lambda request: collection()) as (gateway, seen):
        assert await gateway.lines(voucher_key(), "voucher_line") == []
    assert [request.url.path.rsplit("/", 1)[-1] for request in seen] == ["apallvouchers"]


def no_request(request: httpx.Request) -> httpx.Response:
    raise AssertionError(f"no request was expected: {request.url}")


async def test_what_does_not_belong_together_is_a_defect() -> None:
    odd = [
        Group(header=voucher().header, lines=[*voucher().lines, *change_item().lines]),
        Group(header=payment().header, lines=voucher().lines),
        lone("prime_contract", company="01", contract="1042"),
        lone("ship", name="A"),
        payment("CHK-1"),
    ]
    async with opened(no_request) as (gateway, _):
        for wanted in odd:
            with pytest.raises(Refused) as caught:
                await gateway.create(wanted)
            assert caught.value.refusals[0].code == "lost_reference"
        for header, name in ((payment_key(), "voucher_line"), (voucher_key(), "ship")):
            with pytest.raises(Refused):
                await gateway.lines(header, name)
        with pytest.raises(Refused, match="read with its payment"):
            await gateway.find(payment().lines[0].key)


def lone(resource: str, **parts: str) -> Group:
    return Group(header=Record(key=Key(resource=resource, parts=parts)))


async def test_a_cheque_is_tied_to_its_lines_by_one_number() -> None:
    def handler(request: httpx.Request) -> httpx.Response:
        if request.method == "GET":
            return collection()
        body = json.loads(request.content)
        lines = [{**line, "PaChqSeqNum": 4} for line in body["PayamtChqmanViewObj"]]
        return httpx.Response(201, json={**body, "ChqSeqNum": 4.0, "PayamtChqmanViewObj": lines})

    async with opened(handler) as (gateway, seen):
        written = await gateway.create(payment())
    assert written is not None
    assert [w.uuid for w in written] == ["4", "01|ACME01|5201|INV-7"]
    (request,) = seen
    body = json.loads(request.content)
    (line,) = body["PayamtChqmanViewObj"]
    assert line["PaChqSeqNum"] == body["ChqSeqNum"] < 0
    assert line["PaChqNum"] == body["ChqNum"] == 5201
    assert line["PaPayCurrAmt"] == line["PaAmt"] == 13.55
    assert (body["ChqVouCode"], body["ChqDraftCode"], body["ChqBchPost"]) == ("Y", "M", "N")
