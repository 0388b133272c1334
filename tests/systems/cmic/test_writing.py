"""Single rows and batches beyond contracts: the flags of a new row, totals with lines that carry no amount, changes."""

from __future__ import annotations

import json
from collections.abc import Callable
from decimal import Decimal
from typing import Any

import httpx
import pytest

from domain.ports import Unavailable
from domain.records import Found, Group, Key, Record, Scalar
from domain.refusals import Refused
from systems.cmic.dialect import Dialect
from systems.cmic.grouping import render
from tests.systems.cmic.groups import change_item, job_code, job_phase, project, voucher_key
from tests.systems.cmic.support import DIALECT, collection, echo, opened, renamed

PAIR = Key(resource="job_code", parts={"company": "01", "job": "1042", "cost_code": "03-100", "category": "S"})
THERE = Found(key=PAIR, uuid="U1")


def pair_row(**changes: Any) -> dict[str, Any]:
    key = {"JcatCompCode": "01", "JcatJobCode": "1042", "JcatPhsCode": "03-100", "JcatCode": "S"}
    return {**key, "JcatProjAmt": 5, "JcatVUuid": "U1"} | changes


# create


@pytest.mark.parametrize("dialect", [DIALECT, renamed()])
async def test_a_change_item_and_its_lines_go_in_one_batch(dialect: Dialect) -> None:
    wanted = change_item()
    async with opened(echo, dialect=dialect) as (gateway, seen):
        written = await gateway.create(wanted)
    assert written is not None
    assert [w.key for w in written] == [record.key for record in wanted.records]
    parts = json.loads(seen[0].content, parse_float=Decimal)["parts"]
    assert [part["path"] for part in parts] == ["/1/cmmast", *["/1/cmdetail"] * 3]
    assert [part["payload"] for part in parts] == [shown["row"] for shown in render(dialect, wanted)]
    if dialect is DIALECT:
        assert parts[1]["payload"]["CmdPostingFlag"] == "UNPOSTED"
        assert parts[1]["payload"]["CmdMastJobCode"] == parts[1]["payload"]["CmdJobCode"] == "1042"
        assert "CmdBudgAmt" not in parts[2]["payload"]


def answered(number: int, **changes: Any) -> Callable[[httpx.Request], httpx.Response]:
    def handler(request: httpx.Request) -> httpx.Response:
        parts = json.loads(echo(request).content)["parts"]
        parts[number]["payload"] |= changes
        return httpx.Response(200, json={"parts": parts})

    return handler


@pytest.mark.parametrize(("number", "amount"), [(2, None), (2, 0), (1, 1000.1)])
async def test_a_line_of_a_billing_amount_alone_counts_as_nothing(number: int, amount: Any) -> None:
    async with opened(answered(number, CmdBudgAmt=amount)) as (gateway, _):
        assert await gateway.create(change_item()) is not None


@pytest.mark.parametrize(("number", "amount", "words"), [(2, 0.01, "CMiC 1250.61"), (1, None, "without an amount")])
async def test_an_amount_that_came_from_nowhere_is_a_difference(number: int, amount: Any, words: str) -> None:
    async with opened(answered(number, CmdBudgAmt=amount)) as (gateway, _):
        with pytest.raises(Refused, match=words):
            await gateway.create(change_item())


@pytest.mark.parametrize(
    ("wanted", "row"),
    [
        (
            job_phase(),
            {
                "GjjpCompCode": "01",
                "GjjpJobCode": "1042",
                "GjjpCode": "09-900",
                "GjjpName": "Painting",
                "GjjpCtrlCode": "ALL",
                "GjjpActiveFlag": "Y",
                "GjjpFactorableFlg": "N",
            },
        ),
        (
            job_code(),
            {
                "JcatCompCode": "01",
                "JcatJobCode": "1042",
                "JcatPhsCode": "09-900",
                "JcatCode": "S",
                "JcatCatActiveFlag": "Y",
                "JcatPhaseActiveFlag": "Y",
                "JcatExclCostWip": "N",
                "JcatExclCostBudgWip": "N",
                "JcatLabourForecastFlag": "N",
                "JcatCostToComplOvrdFlg": "N",
            },
        ),
    ],
)
def test_a_new_row_bears_the_flags_that_it_needs(wanted: Group, row: dict[str, Any]) -> None:
    assert render(DIALECT, wanted) == [{"resource": DIALECT.resources[wanted.header.key.resource].path, "row": row}]


def test_a_project_never_makes_its_job() -> None:
    wanted = project()
    assert render(DIALECT, wanted)[0]["row"]["GrpmpCreateJobFlag"] == "N"
    del wanted.header.values["create_job"]
    assert render(DIALECT, wanted)[0]["row"]["GrpmpCreateJobFlag"] == "N"


# find


async def test_one_pair_of_a_job_is_asked_for_by_finder_and_key() -> None:
    async with opened(lambda request: collection(pair_row(), pair_row(JcatCode="M"))) as (gateway, seen):
        found = await gateway.find(PAIR)
    assert found is not None
    assert found.key == PAIR
    assert seen[0].url.params["finder"] == "selectJobCategory;jobCode=1042"
    assert seen[0].url.params["q"] == "JcatCompCode='01' and JcatPhsCode='03-100' and JcatCode='S'"


# change


async def test_only_what_is_named_is_patched() -> None:
    async with opened(lambda request: httpx.Response(200, json=pair_row())) as (gateway, seen):
        await gateway.change(THERE, {"projected": Decimal("5.00")})
    (request,) = seen
    assert (request.method, request.url.path) == ("PATCH", "/cmictest/jc-rest-api/rest/1/jcjobcategory/U1")
    assert request.content == b'{"JcatProjAmt":5.00}'


async def test_a_change_without_an_answer_is_looked_at() -> None:
    def handler(request: httpx.Request) -> httpx.Response:
        return httpx.Response(204) if request.method == "PATCH" else httpx.Response(200, json=pair_row())

    async with opened(handler) as (gateway, seen):
        await gateway.change(THERE, {"projected": Decimal(5)})
    assert [request.method for request in seen] == ["PATCH", "GET"]


async def test_a_change_of_what_is_gone_by_then() -> None:
    def handler(request: httpx.Request) -> httpx.Response:
        return httpx.Response(204 if request.method == "PATCH" else 404)

    async with opened(handler) as (gateway, _):
        with pytest.raises(Unavailable) as caught:
            await gateway.change(THERE, {"projected": Decimal(5)})
    assert caught.value.maybe_done


async def test_a_change_that_did_not_hold_is_refused() -> None:
    async with opened(lambda request: httpx.Response(200, json=pair_row(JcatProjAmt=4))) as (gateway, _):
        with pytest.raises(Refused, match="projected: ours 5, CMiC 4") as caught:
            await gateway.change(THERE, {"projected": Decimal(5)})
    assert caught.value.refusals[0].code == "cmic_differs"


@pytest.mark.parametrize(("status", "code"), [(400, "cmic_refused"), (403, "cmic_not_granted"), (404, "cmic_refused")])
async def test_a_refused_change_says_why(status: int, code: str) -> None:
    async with opened(lambda request: httpx.Response(status, text="the period is closed")) as (gateway, _):
        with pytest.raises(Refused, match="the period is closed") as caught:
            await gateway.change(THERE, {"projected": Decimal(5)})
    assert caught.value.refusals[0].code == code


@pytest.mark.parametrize(
    ("found", "values"),
    [
        (THERE, {"original_budget": Decimal(1)}),
        (THERE, {"job": "1043"}),
        (THERE, {"ship": "A"}),
        (Found(key=voucher_key(), uuid="7"), {"description": "New"}),
        (Found(key=Key(resource="prime_contract", parts={}), uuid="7"), {"job": "1"}),
    ],
)
async def test_what_cannot_be_changed_is_a_defect(found: Found, values: dict[str, Scalar]) -> None:
    async with opened(lambda request: httpx.Response(500)) as (gateway, seen):
        with pytest.raises(Refused) as caught:
            await gateway.change(found, values)
    assert caught.value.refusals[0].code == "lost_reference"
    assert seen == []


async def test_a_change_that_is_too_long_is_refused_before_it_is_sent() -> None:
    there = Found(key=change_item().header.key, uuid="7")
    async with opened(lambda request: httpx.Response(500)) as (gateway, seen):
        with pytest.raises(Refused) as caught:
            await gateway.change(there, {"title": "x" * 201})
    assert caught.value.refusals[0].code == "field_too_long"
    assert seen == []


def test_the_preview_of_a_change_shows_what_changes() -> None:
    wanted = Group(header=Record(key=PAIR, values={"projected": Decimal("5.00")}), updates=True)
    assert render(DIALECT, wanted) == [{"resource": "jcjobcategory", "row": {"JcatProjAmt": Decimal("5.00")}}]
