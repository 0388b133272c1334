"""The port in CMiC's words: look-ups, lines, writes and their verification, changes, codes, description."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Callable
from decimal import Decimal
from typing import Any

import httpx
import pytest

from domain.ports import CmicPort, DuplicateKey, Unavailable, WantsFirst
from domain.records import Found, Group, Key, Record
from domain.refusals import Refused
from domain.states import Posting
from systems.cmic.dialect import Dialect
from tests.systems.cmic.support import (
    DIALECT,
    collection,
    contract_key,
    contract_row,
    echo,
    group,
    opened,
    renamed,
    vendor_key,
    vendor_row,
)

Handler = Callable[[httpx.Request], httpx.Response]


def no_request(request: httpx.Request) -> httpx.Response:
    raise AssertionError(f"no request was expected: {request.url}")


async def test_it_is_the_port() -> None:
    async with opened(no_request) as (gateway, _):
        port: CmicPort = gateway
        assert port.render(group(1))[0]["resource"] == "scmast"


# find


async def test_a_contract_is_found_by_its_finder_and_its_whole_key() -> None:
    """The finder knows no change code, so it may give change orders too; keys compare in upper case."""
    rows = [contract_row("SC-1", ScmstChgCode="001"), contract_row("sc-1"), contract_row("SC-10")]
    async with opened(lambda request: collection(*rows)) as (gateway, seen):
        found = await gateway.find(contract_key("Sc-1"))
        assert found is not None
        assert found.key.text == "01|ACME01|SC-1|000"
        assert await gateway.find(contract_key("SC-2")) is None
    assert seen[0].url.params["finder"] == ("selectByCompany;CompCodeVar=01,VendorCodeVar=ACME01,ContCodeVar=SC-1")
    assert "q" not in seen[0].url.params


@pytest.mark.parametrize("number", ["A 1", "A,1", "O'NEIL", "A;B=1", "Ä", "A=1"])
async def test_a_number_with_signs_of_its_own_goes_by_query(number: str) -> None:
    async with opened(lambda request: collection(contract_row(number))) as (gateway, seen):
        found = await gateway.find(contract_key(number))
        assert found is not None
    assert "finder" not in seen[0].url.params
    quoted = number.upper().replace("'", "''")
    assert f"ScmstContCode='{quoted}'" in seen[0].url.params["q"]


async def test_vendors_are_found_several_at_a_time() -> None:
    def handler(request: httpx.Request) -> httpx.Response:
        return collection(*(vendor_row(f"V{n}") for n in range(10) if f"'V{n}'" in request.url.params["q"]))

    async with opened(handler) as (gateway, seen):
        keys = [vendor_key(f"V{n}") for n in range(8)] + [vendor_key("V1"), vendor_key("NONE")]
        found = await asyncio.gather(*(gateway.find(key) for key in keys))
    assert [f.uuid if f else None for f in found] == [*(f"UV{n}" for n in range(8)), "UV1", None]
    assert len(seen) == 1
    assert seen[0].url.params["q"].startswith("(BpvenCompCode='01' and BpvenBpCode='V0') or (BpvenCompCode='01' and ")


async def test_a_void_record_is_found_and_yields_to_a_living_one() -> None:
    rows = [contract_row(ScmstStatusCode="V", ScmstVUuid="DEAD")]
    async with opened(lambda request: collection(*rows)) as (gateway, _):
        found = await gateway.find(contract_key())
        assert found is not None
        assert (found.posting, found.uuid) == (Posting.VOID, "DEAD")
        rows.append(contract_row(ScmstVUuid="LIVE"))
        found = await gateway.find(contract_key())
        assert found is not None
        assert found.uuid == "LIVE"


async def test_an_answer_of_other_names_is_no_not_there() -> None:
    """A dialect that doesn't fit must not look like an empty CMiC: it would be written to."""
    row = {"ScmstCompany": "01", "ScmstVUuid": "AB"}
    async with opened(lambda request: collection(row)) as (gateway, _):
        with pytest.raises(Unavailable, match="lacks ScmstCompCode"):
            await gateway.find(contract_key())


async def test_a_key_of_the_wrong_parts_is_a_defect() -> None:
    async with opened(no_request) as (gateway, _):
        for key in (Key(resource="vendor", parts={"vendor": "A"}), Key(resource="ship", parts={"name": "A"})):
            with pytest.raises(Refused) as caught:
                await gateway.find(key)
            assert caught.value.refusals[0].code == "lost_reference"


# lines


def line_row(task: str, amount: Any = 1, **changes: Any) -> dict[str, Any]:
    key = {"ScschCompCode": "01", "ScschVenCode": "ACME01", "ScschContCode": "SC-1", "ScschChgCode": "000"}
    return {**key, "ScschTaskCode": task, "ScschAmt": amount, "ScschVUuid": f"L{task}"} | changes


async def test_lines_are_those_of_the_header_only_and_each_once() -> None:
    rows = [line_row("1"), line_row("2"), line_row("2"), line_row("3", ScschContCode="SC-10")]
    async with opened(lambda request: collection(*rows)) as (gateway, seen):
        lines = await gateway.lines(contract_key(), "subcontract_line")
    assert [line.uuid for line in lines] == ["L1", "L2"]
    assert seen[0].url.params["q"] == (
        "ScschCompCode='01' and ScschVenCode='ACME01' and ScschContCode='SC-1' and ScschChgCode='000'"
    )


async def test_lines_of_something_else_are_a_defect() -> None:
    async with opened(no_request) as (gateway, _):
        for header, resource in ((vendor_key("A"), "company"), (contract_key(), "nothing")):
            with pytest.raises(Refused) as caught:
                await gateway.lines(header, resource)
            assert caught.value.refusals[0].code == "lost_reference"


# create


@pytest.mark.parametrize("dialect", [DIALECT, renamed()])
async def test_header_and_lines_go_in_one_batch(dialect: Dialect) -> None:
    wanted = group(50)
    async with opened(echo, dialect=dialect) as (gateway, seen):
        written = await gateway.create(wanted)
    assert written is not None
    assert [w.part for w in written] == [r.part for r in wanted.records]
    assert [w.key for w in written] == [r.key for r in wanted.records]
    assert [w.uuid for w in written] == [f"{n:032X}" for n in range(51)]
    assert len(seen) == 1
    sent = json.loads(seen[0].content, parse_float=Decimal)["parts"]
    assert [p["path"] for p in sent] == ["/1/scmast", *["/1/scsched"] * 50]
    assert [p["payload"] for p in sent] == [row["row"] for row in gateway.render(wanted)]


async def test_a_lone_record_is_created_by_itself() -> None:
    key = Key(resource="partner", parts={"vendor": "NEW1"})
    record = Record(key=key, values={"name": "New", "short_name": "New"}, part="partner", label="New")

    def handler(request: httpx.Request) -> httpx.Response:
        assert request.url.path == "/cmictest/sys-rest-api/rest/1/businesspartner"
        return httpx.Response(201, json={**json.loads(request.content), "BpVUuid": "P1"})

    async with opened(handler) as (gateway, seen):
        written = await gateway.create(Group(header=record))
    assert written is not None
    assert [(w.part, w.key.text, w.uuid) for w in written] == [("partner", "NEW1", "P1")]
    assert len(seen) == 1


def answered(change: Callable[[list[dict[str, Any]]], Any]) -> Handler:
    """The echo of a batch with something wrong in it."""

    def handler(request: httpx.Request) -> httpx.Response:
        parts = json.loads(echo(request).content)["parts"]
        change(parts)
        return httpx.Response(200, json={"parts": parts})

    return handler


@pytest.mark.parametrize(
    "change",
    [
        lambda parts: parts.clear(),
        lambda parts: parts.pop(),
        lambda parts: parts[0].pop("payload"),
        lambda parts: parts[1].update(payload=None),
        lambda parts: parts[1].update(id="other"),
    ],
)
async def test_rows_that_are_missing_leave_it_to_a_look_up(change: Callable[[list[dict[str, Any]]], Any]) -> None:
    async with opened(answered(change)) as (gateway, _):
        assert await gateway.create(group(2)) is None


async def test_a_yes_without_a_body_leaves_it_to_a_look_up() -> None:
    async with opened(lambda request: httpx.Response(200)) as (gateway, _):
        assert await gateway.create(group(2)) is None
        assert await gateway.create(group(0)) is None


@pytest.mark.parametrize(
    ("change", "words"),
    [
        (lambda parts: parts[0]["payload"].update(ScmstContCode="1042001"), "ours 01|ACME01|SC-1|000"),
        (lambda parts: parts[1]["payload"].update(ScschTaskCode="9"), "line 1"),
        (lambda parts: parts[1]["payload"].update(ScschAmt=10.02), "total: ours 30.03, CMiC 30.04"),
        (lambda parts: parts[1]["payload"].update(ScschAmt=None), "without an amount"),
        (lambda parts: parts[1]["payload"].pop("ScschAmt"), "without an amount"),
    ],
)
async def test_a_row_that_disagrees_is_refused_with_the_difference(
    change: Callable[[list[dict[str, Any]]], Any], words: str
) -> None:
    async with opened(answered(change)) as (gateway, _):
        with pytest.raises(Refused) as caught:
            await gateway.create(group(2))
    assert caught.value.refusals[0].code == "cmic_differs"
    assert words in caught.value.refusals[0].sentence


@pytest.mark.parametrize(
    ("status", "detail", "error"),
    [
        (400, "JBO-25013: Too many objects match the primary key", DuplicateKey),
        (400, "ORA-20001: <CMIC_ERR_MSG>Contract SC-1 is not posted.</CMIC_ERR_MSG>", WantsFirst),
        (400, "ORA-20001: <CMIC_ERR_MSG>Cost code 03-100 isn't assigned.</CMIC_ERR_MSG>", Refused),
        (403, "not granted", Refused),
        (500, "ORA-00600", Unavailable),
    ],
)
async def test_a_refused_batch_names_the_line(status: int, detail: str, error: type[Exception]) -> None:
    payload = {"title": "Bad Request", "status": str(status), "o:errorDetails": [{"detail": detail}]}
    body = {"parts": [{"id": "part3", "path": "/1/scsched", "operation": "create", "payload": payload}]}
    async with opened(lambda request: httpx.Response(status, json=body)) as (gateway, _):
        with pytest.raises(error, match="line 2: ") as caught:
            await gateway.create(group(2))
    assert type(caught.value) is error


async def test_what_is_too_long_is_refused_before_anything_is_sent() -> None:
    wanted = group(1)
    wanted.lines[0].values["task_name"] = "x" * 31
    wanted.header.values["currency"] = "DOLLAR"
    async with opened(no_request) as (gateway, _):
        with pytest.raises(Refused) as caught:
            await gateway.create(wanted)
    assert [r.code for r in caught.value.refusals] == ["field_too_long", "field_too_long"]


async def test_more_records_than_a_batch_takes_are_refused_before_anything_is_sent() -> None:
    async with opened(no_request) as (gateway, _):
        with pytest.raises(Refused) as caught:
            await gateway.create(group(1000))
    assert caught.value.refusals[0].code == "too_many_lines"
    assert caught.value.refusals[0].parameters["limit"] == "999"


async def test_a_group_over_two_applications_is_a_defect() -> None:
    wanted = group(1)
    line = Record(key=vendor_key("A"), values={})
    async with opened(no_request) as (gateway, _):
        with pytest.raises(Refused) as caught:
            await gateway.create(wanted.model_copy(update={"lines": [line]}))
    assert caught.value.refusals[0].code == "lost_reference"


async def test_what_a_tenant_lacks_is_left_out() -> None:
    async with opened(echo, skip_attributes=["subcontract_line.task_name"]) as (gateway, seen):
        assert await gateway.create(group(1)) is not None
    assert b"ScschTaskName" not in seen[0].content


# changed


async def test_changes_are_asked_for_by_the_finder_and_the_company() -> None:
    rows = [
        contract_row("A", ScmstIuUpdateDate="2026-03-01T10:00:00+00:00"),
        contract_row("B", ScmstIuCreateDate="2026-03-01T09:00:00Z"),
        contract_row("C", ScmstCompCode="02", ScmstIuUpdateDate="2026-04-01T10:00:00Z"),
    ]
    async with opened(lambda request: collection(*rows)) as (gateway, seen):
        change = await gateway.changed("subcontract", "01", "2026-02-28T23:00:00Z", None)
    assert [f.key.parts["contract"] for f in change.found] == ["A", "B"]
    assert (change.cursor, change.newest) == (None, "2026-03-01T10:00:00Z")
    assert seen[0].url.params["finder"] == "selectByPostDate;AuditDate=2026-02-28T23:00:00+0000"
    assert seen[0].url.params["q"] == "ScmstCompCode='01'"
    assert seen[0].url.query.count(b"%2B0000") == 1


async def test_the_cursor_goes_on_where_the_page_ended() -> None:
    rows = [contract_row(f"SC-{n}") for n in range(5)]

    def handler(request: httpx.Request) -> httpx.Response:
        offset = int(request.url.params["offset"])
        return collection(*rows[offset : offset + 2], has_more=offset + 2 < len(rows))

    async with opened(handler, page_size=2) as (gateway, seen):
        cursor, found = None, []
        while True:
            change = await gateway.changed("subcontract", "01", None, cursor)
            found += [f.key.parts["contract"] for f in change.found]
            if (cursor := change.cursor) is None:
                break
    assert found == [f"SC-{n}" for n in range(5)]
    assert len(seen) == 3
    assert "finder" not in seen[0].url.params


async def test_without_a_finder_changes_are_asked_for_by_the_audit_dates() -> None:
    async with opened(lambda request: collection()) as (gateway, seen):
        change = await gateway.changed("job", "01", "2026-03-01T00:00:00Z", None)
        await gateway.changed("partner", "", "2026-03-01T00:00:00Z", None)
        await gateway.changed("partner", "", None, None)
    assert (change.found, change.newest) == ([], "")
    assert seen[0].url.params["q"] == (
        "JobCompCode='01' and (JobIuUpdateDate >= '2026-03-01T00:00:00+0000'"
        " or JobIuCreateDate >= '2026-03-01T00:00:00+0000')"
    )
    assert seen[1].url.params["q"].startswith("(BpIuUpdateDate >= ")
    assert "q" not in seen[2].url.params


async def test_a_row_that_cannot_be_read_is_set_aside() -> None:
    rows = [contract_row("A", ScmstContAmt="NaN"), contract_row("B")]
    async with opened(lambda request: collection(*rows)) as (gateway, _):
        change = await gateway.changed("subcontract", "01", None, None)
    assert [f.key.parts["contract"] for f in change.found] == ["B"]


@pytest.mark.parametrize(
    ("resource", "since", "cursor"),
    [("subcontract", "yesterday", None), ("subcontract", None, "-1"), ("subcontract", None, "x" * 50),
     ("job_code", "2026-03-01T00:00:00Z", None), ("ship", None, None)],
)  # fmt: skip
async def test_what_cannot_be_asked_for_is_a_defect(resource: str, since: str | None, cursor: str | None) -> None:
    async with opened(no_request) as (gateway, _):
        with pytest.raises(Refused) as caught:
            await gateway.changed(resource, "01", since, cursor)
    assert caught.value.refusals[0].code == "lost_reference"


# job codes


async def test_the_active_pairs_of_a_job() -> None:
    def pair(code: str, category: str, **changes: Any) -> dict[str, Any]:
        key = {"JcatCompCode": "01", "JcatJobCode": "1042", "JcatPhsCode": code, "JcatCode": category}
        return {**key, "JcatCatActiveFlag": "Y", "JcatPhaseActiveFlag": "Y"} | changes

    rows = [
        pair("03-100", "S"),
        pair("03-100", "M"),
        pair("03-100", "M"),
        pair("03-100", "L", JcatCatActiveFlag="N"),
        pair("03-200", "S", JcatPhaseActiveFlag="n"),
        pair("03-300", "S", JcatPhaseActiveFlag=None),
        pair("03-400", "S", JcatCompCode="02"),
        pair("03-500", "S", JcatJobCode="1042A"),
    ]
    async with opened(lambda request: collection(*rows)) as (gateway, seen):
        assert await gateway.job_codes("01", "1042") == [("03-100", "S"), ("03-100", "M"), ("03-300", "S")]
    assert seen[0].url.params["finder"] == "selectJobCategory;jobCode=1042"
    assert seen[0].url.params["q"] == "JcatCompCode='01'"
    assert set(seen[0].url.params["fields"].split(",")) == set(rows[0])


async def test_a_closed_gateway_says_so() -> None:
    async with opened(no_request) as (gateway, _):
        await gateway.aclose()
        for asked in (gateway.find(contract_key()), gateway.create(group(1))):
            with pytest.raises(Unavailable, match="stopping"):
                await asked


# many at once


async def test_forty_requests_pass_through_few_places() -> None:
    """Every place comes back, also with answers that are cut short."""

    def handler(request: httpx.Request) -> httpx.Response:
        if "SC-7" in request.url.params["finder"]:
            return httpx.Response(400, text="x" * 3_000_000)
        return collection(contract_row("SC-1"))

    async with opened(handler, max_in_flight=2, per_second=1000) as (gateway, _):
        keys = [contract_key(f"SC-{n}") for n in range(40)]
        results = await asyncio.gather(*(gateway.find(key) for key in keys), return_exceptions=True)
    assert sum(isinstance(r, Found) for r in results) == 1
    assert sum(isinstance(r, Refused) for r in results) == 1
