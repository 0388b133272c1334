"""Long lists page by page: after the last key, not at a number; what changed; rows that can't be read (design §6; cmic-api
§1.4)."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from typing import Any

import httpx
import pytest
from pydantic import SecretStr

from domain.ports import Listing, Unavailable
from domain.records import Found
from domain.refusals import Refused
from systems.cmic.config import BasicSignIn, CmicConfig
from systems.cmic.dialect import Dialect
from systems.cmic.gateway import CmicGateway
from tests.systems.cmic.conftest import StandIn
from tests.systems.cmic.support import collection, opened, renamed, vendor_row

JOB = {"company": "01", "job": "1042"}
COMPANY = {"company": "01"}
Meanwhile = Callable[[int], None]


@asynccontextmanager
async def gateway(
    stand_in: StandIn, *, page_size: int = 2, dialect: Dialect | None = None
) -> AsyncIterator[CmicGateway]:
    sign_in = BasicSignIn(client_id="DEMO", user="CONNECTOR", password=SecretStr("cmic-demo"))
    values: dict[str, Any] = {"base_url": stand_in.url, "environment": "cmictest", "sign_in": sign_in}
    cmic = CmicGateway.open(CmicConfig.model_validate({**values, "page_size": page_size}), dialect=dialect)
    try:
        yield cmic
    finally:
        await cmic.aclose()


async def pages(
    cmic: CmicGateway,
    resource: str,
    within: dict[str, str],
    *,
    since: str | None = None,
    meanwhile: Meanwhile = lambda page: None,
) -> list[Listing]:
    """Every page to the end; `meanwhile` happens after each, with its number."""
    found: list[Listing] = []
    cursor: str | None = None
    while True:
        page = await cmic.listed(resource, within, since=since, cursor=cursor)
        found.append(page)
        if (cursor := page.cursor) is None:
            return found
        meanwhile(len(found))
        assert len(found) < 500, "it goes round in circles"


def rows_of(found: list[Listing]) -> list[Found]:
    return [row for page in found for row in page.found]


def keys(found: list[Listing], *parts: str) -> list[str]:
    return ["|".join(row.key.parts[p] for p in parts) for row in rows_of(found)]


def master(*codes: str, company: str = "01") -> list[dict[str, Any]]:
    return [
        {"MphsCompCode": company, "MphsCode": code, "MphsName": f"Code {code}", "MphsActiveFlag": "Y"} for code in codes
    ]


def books(stand_in: StandIn, resource: str, **equal: str) -> list[dict[str, Any]]:
    rows: list[dict[str, Any]] = stand_in.get(f"/books/{resource}")["rows"]
    return [row for row in rows if all(row[name] == value for name, value in equal.items())]


# Against the stand-in


@pytest.mark.parametrize("page_size", [1, 3, 500])
async def test_a_single_key_with_signs_of_its_own(stand_in: StandIn, page_size: int) -> None:
    """Quotes, blanks inside, signs that a finder or an expression knows: no code is lost or repeated."""
    odd = ["O'BRIEN", "''", "A B", "A  B", "A,B", "A;B", "A=B", "A(1)", "A-OR-B", "03-100'", "Z%", "Z_"]
    stand_in.post("/seed", jcmastercostcodes=master(*odd))
    stand_in.post("/seed", jcmastercostcodes=master("A B", "OTHER", company="02"))
    async with gateway(stand_in, page_size=page_size) as cmic:
        found = keys(await pages(cmic, "master_cost_code", COMPANY), "cost_code")
    assert found == sorted(row["MphsCode"] for row in books(stand_in, "jcmastercostcodes", MphsCompCode="01"))
    assert set(odd) <= set(found)


@pytest.mark.parametrize("within", [JOB, COMPANY, {}])
@pytest.mark.parametrize("page_size", [1, 4])
async def test_a_composite_key_however_much_of_it_is_asked_for(
    stand_in: StandIn, within: dict[str, str], page_size: int
) -> None:
    names = {"company": "JcatCompCode", "job": "JcatJobCode", "cost_code": "JcatPhsCode", "category": "JcatCode"}
    wanted = {names[ours]: value for ours, value in within.items()}
    expected = sorted(tuple(row[n] for n in names.values()) for row in books(stand_in, "jcjobcategory", **wanted))
    assert len(expected) > 4
    async with gateway(stand_in, page_size=page_size) as cmic:
        found = keys(await pages(cmic, "job_code", within), *names)
    assert found == ["|".join(row) for row in expected]


def paid(voucher: int, sequence: int) -> dict[str, Any]:
    return {
        "VouchqVouNum": voucher,
        "VouchqChqSeqNum": sequence,
        "VouchqChqNum": 1,
        "VouchqCompCode": "01",
        "VouchqAmt": 1.5,
    }


async def test_a_key_of_numbers_is_compared_as_numbers(stand_in: StandIn) -> None:
    """As texts, 1000 would come before 9."""
    numbers = [(9, 2), (9, 10), (10, 1), (999, 1), (1000, 3), (1000, 20), (123456789012, 1)]
    stand_in.post("/seed", apvouchq=[paid(*pair) for pair in reversed(numbers)])
    async with gateway(stand_in, page_size=1) as cmic:
        found = keys(await pages(cmic, "voucher_payment", COMPANY), "voucher", "sequence")
    ours = [f"{voucher}|{sequence}" for voucher, sequence in numbers]
    assert [key for key in found if key in ours] == ours
    assert len(found) == len(set(found))


@pytest.mark.parametrize("page_size", [1, 2, 3])
async def test_rows_that_come_or_go_between_pages_move_no_other(stand_in: StandIn, page_size: int) -> None:
    """By offset, a deleted row would hide one, and a new one would show one twice."""
    stay = [f"M{n:02}" for n in range(0, 40, 4)]
    go = [f"M{n:02}" for n in range(1, 40, 4)]
    stand_in.post("/seed", jcmastercostcodes=master(*stay, *go))

    def meanwhile(page: int) -> None:
        if page > 15:
            return
        if go:
            stand_in.post("/delete", resource="jcmastercostcodes", where={"MphsCompCode": "01", "MphsCode": go.pop(0)})
        stand_in.post("/seed", jcmastercostcodes=master(f"A{page:03}", f"N{page:03}"[:4] + "X"))

    async with gateway(stand_in, page_size=page_size) as cmic:
        found = keys(await pages(cmic, "master_cost_code", COMPANY, meanwhile=meanwhile), "cost_code")
    assert len(found) == len(set(found)), "a row came twice"
    assert set(stay) <= set(found)


async def test_the_last_row_of_a_page_may_go(stand_in: StandIn) -> None:
    """The cursor names a place, not a row that has to be there."""
    codes = [f"M{n}" for n in range(6)]
    stand_in.post("/seed", jcmastercostcodes=master(*codes))
    async with gateway(stand_in) as cmic:
        first = await cmic.listed("master_cost_code", COMPANY)
        last = rows_of([first])[-1].key.parts["cost_code"]
        stand_in.post("/delete", resource="jcmastercostcodes", where={"MphsCompCode": "01", "MphsCode": last})
        rest = await cmic.listed("master_cost_code", COMPANY, cursor=first.cursor)
    assert rest.found[0].key.parts["cost_code"] > last


def changed_costs(stand_in: StandIn) -> tuple[list[str], str]:
    """Seven rows of the job, of which four were changed in the next hour; their ids, and the moment between."""
    rows = [{"JcdtPhsCode": "03-100", "JcdtCatCode": "S", "JcdtAmt": n, "JcdtJourCode": "AP"} for n in range(1, 8)]
    entered = stand_in.post("/transactions", company="01", job="1042", rows=rows)["rows"]
    stand_in.settings(clock_offset_seconds=3600)
    changed = [row["JcdtVUuid"] for row in entered[:4]]
    for uuid in changed:
        stand_in.post("/edit", resource="jcdetailposted", where={"JcdtVUuid": uuid}, set={"JcdtRefDesc": "changed"})
    (now,) = {
        row["JcdtIuCreateDate"]
        for row in stand_in.post("/transactions", company="01", job="1042", rows=rows[:1])["rows"]
    }
    return changed, now


async def test_what_changed_since_by_expression(stand_in: StandIn) -> None:
    """Changed, or new: both dates count; page by page; and of one job."""
    changed, now = changed_costs(stand_in)
    since = now.replace("Z", "")[:14] + "00:00"
    async with gateway(stand_in) as cmic:
        everything = await pages(cmic, "job_cost", JOB)
        found = await pages(cmic, "job_cost", JOB, since=since)
        other = await pages(cmic, "job_cost", {"company": "01", "job": "NONE"}, since=since)
    assert {row.uuid for row in rows_of(found)} >= set(changed)
    assert len(rows_of(found)) == 5 < len(rows_of(everything))
    assert max(page.newest for page in found) == max(page.newest for page in everything)
    assert rows_of(other) == []


async def test_what_changed_since_by_a_finder_within_a_company_page_by_page(stand_in: StandIn) -> None:
    """The finder, the company and the place in the list go together."""
    codes = stand_in.post("/vendors", company="01", count=7)["codes"]
    stand_in.settings(clock_offset_seconds=7200)
    for code in codes[:5]:
        where = {"BpvenCompCode": "01", "BpvenBpCode": code}
        stand_in.post("/edit", resource="apvendor", where=where, set={"BpvenPayPhone": "555-0000"})
    stand_in.forget()
    rows = books(stand_in, "apvendor", BpvenCompCode="01")
    since = sorted(row["BpvenIuUpdateDate"] for row in rows if row["BpvenBpCode"] in codes[:5])[0]
    async with gateway(stand_in) as cmic:
        found = await pages(cmic, "vendor", COMPANY, since=since)
        assert await pages(cmic, "vendor", {"company": "02"}, since=since) == [Listing()]
    assert keys(found, "vendor") == sorted(codes[:5])
    asked = [line["query"] for line in stand_in.traffic()]
    assert all("selectByDate" in query for query in asked)


async def test_a_tenant_of_other_names(stand_in: StandIn) -> None:
    """The same paging under a dialect of its own: in what is asked for, in the order, in the cursor."""
    paths = {"jcmastercostcodes": "Mphs", "jcjobcategory": "Jcat", "apvendor": "Bpven"}
    names = {path: [n for n in books(stand_in, path)[0] if n.startswith(begin)] for path, begin in paths.items()}
    known = {a.name for r in Dialect.load().resources.values() for a in r.used.values()}
    stand_in.settings(renames={path: {n: f"Zz{n}" for n in some if n in known} for path, some in names.items()})
    within = {"master_cost_code": COMPANY, "job_code": JOB, "vendor": COMPANY}
    async with gateway(stand_in, dialect=renamed()) as cmic:
        found = {resource: len(rows_of(await pages(cmic, resource, some))) for resource, some in within.items()}
        changed = await pages(cmic, "vendor", COMPANY, since="2020-01-01T00:00:00Z")
    assert found == {
        "master_cost_code": len(books(stand_in, "jcmastercostcodes", MphsCompCode="01")),
        "job_code": len(books(stand_in, "jcjobcategory", JcatCompCode="01", JcatJobCode="1042")),
        "vendor": len(books(stand_in, "apvendor", BpvenCompCode="01")),
    }
    assert len(rows_of(changed)) == found["vendor"]


# Scripted


def q_of(request: httpx.Request) -> str:
    return str(request.url.params.get("q", ""))


def pair_row(code: str, category: str) -> dict[str, Any]:
    return {"JcatCompCode": "01", "JcatJobCode": "1042", "JcatPhsCode": code, "JcatCode": category, "JcatVUuid": "1"}


async def test_one_expression_asks_for_everything_at_once() -> None:
    cursor = json.dumps(["01", "1042", "03-100", "O'S"])
    async with opened(lambda request: collection()) as (cmic, seen):
        await cmic.listed("job_code", JOB, cursor=cursor)
        await cmic.listed("job_code", {"company": "01"}, cursor=cursor)
        await cmic.listed("vendor", {"company": "01"}, since="2026-01-02T03:04:05Z", cursor=json.dumps(["01", "B"]))
        await cmic.listed("master_category", {})
    assert q_of(seen[0]) == (
        "JcatCompCode='01' and JcatJobCode='1042' and "
        "((JcatPhsCode > '03-100') or (JcatPhsCode = '03-100' and JcatCode > 'O''S'))"
    )
    assert q_of(seen[1]).endswith("(JcatJobCode = '1042' and JcatPhsCode = '03-100' and JcatCode > 'O''S'))")
    assert q_of(seen[2]) == "BpvenCompCode='01' and BpvenBpCode > 'B'"
    assert seen[2].url.params["finder"] == "selectByDate;auditDate=2026-01-02T03:04:05+0000"
    assert q_of(seen[3]) == ""
    assert {request.url.params["offset"] for request in seen} == {"0"}


@pytest.mark.parametrize(
    "cursor", ["[]", "{}", "null", "7", "nonsense", '["01"]', '["01", "A", "B"]', '"01"', '["01", "A"']
)
@pytest.mark.parametrize("resource", ["vendor", "voucher_payment"])
async def test_a_cursor_that_is_none_is_refused(cursor: str, resource: str) -> None:
    async with opened(lambda request: collection()) as (cmic, seen):
        with pytest.raises(Refused) as told:
            await cmic.listed(resource, COMPANY, cursor=cursor)
    assert told.value.refusals[0].code == "lost_reference"
    assert seen == []


async def test_a_cursor_of_another_list_is_refused() -> None:
    """A number was asked for, and it has a text."""
    async with opened(lambda request: collection()) as (cmic, _):
        with pytest.raises(Refused):
            await cmic.listed("voucher_payment", COMPANY, cursor='["01", "ACME"]')


@pytest.mark.parametrize(
    ("resource", "since"), [("vendor", "yesterday"), ("job_cost", "2026-13-01"), ("customer_of_nobody", None)]
)
async def test_what_cant_be_asked_for_is_refused(resource: str, since: str | None) -> None:
    async with opened(lambda request: collection()) as (cmic, seen):
        with pytest.raises(Refused):
            await cmic.listed(resource, COMPANY, since=since)
    assert seen == []


def cost_row(uuid: str, **changes: Any) -> dict[str, Any]:
    row = {"JcdtCompCode": "01", "JcdtJobCode": "1042", "JcdtVUuid": uuid, "JcdtPhsCode": "03-100", "JcdtAmt": 1}
    return {**row, "JcdtRefDate": "2026-11-03", "JcdtIuUpdateDate": "2026-11-04T00:00:00Z", **changes}


@pytest.mark.parametrize(
    ("broken", "key", "said"),
    [
        ({"JcdtRefDate": "tomorrow"}, "01|1042|B", "JcdtRefDate"),
        ({"JcdtAmt": "ten"}, "01|1042|B", "JcdtAmt"),
        ({"JcdtAmt": {"a": 1}}, "01|1042|B", "JcdtAmt"),
        ({"JcdtPhsCode": ["x"]}, "01|1042|B", "JcdtPhsCode"),
        ({"JcdtIuUpdateDate": "noon"}, "01|1042|B", "JcdtIuUpdateDate"),
        ({"JcdtJobCode": ["x"]}, "01|['x']|B", "JcdtJobCode"),
        ({"JcdtVUuid": None}, "01|1042|", "JcdtVUuid"),
    ],
)
async def test_a_row_that_cant_be_read_is_told_and_the_others_are_kept(
    broken: dict[str, Any], key: str, said: str
) -> None:
    rows = [cost_row("A"), cost_row("B", **broken), cost_row("C")]
    async with opened(lambda request: collection(*rows)) as (cmic, _):
        page = await cmic.listed("job_cost", JOB)
    assert [row.uuid for row in page.found] == ["A", "C"]
    (unread,) = page.unread
    assert unread.key == key
    assert said in unread.words
    assert unread.entry.refusals[0].code == "cmic_row_unreadable"
    assert page.newest == "2026-11-04T00:00:00Z"


async def test_a_row_without_a_part_of_its_key_in_the_answer_is_told_by_what_it_has() -> None:
    row = cost_row("A")
    del row["JcdtJobCode"]
    async with opened(lambda request: collection(row)) as (cmic, _):
        page = await cmic.listed("job_cost", JOB)
    assert [(unread.key, page.found) for unread in page.unread] == [("01|?|A", [])]


async def test_rows_of_others_are_left_out_whatever_cmic_answers() -> None:
    """A finder may select by less than it is asked for."""
    rows = [vendor_row("A"), vendor_row("B", BpvenCompCode="02"), vendor_row("C", BpvenCompCode=" 01 ")]
    async with opened(lambda request: collection(*rows)) as (cmic, _):
        page = await cmic.listed("vendor", COMPANY)
    assert [row.key.parts["vendor"] for row in page.found] == ["A", "C"]


async def test_the_cursor_goes_on_after_rows_that_are_left_out_or_unreadable() -> None:
    """A page of nothing but such rows isn't the end."""
    answers = [
        collection(pair_row("03", "A"), pair_row("03", "B") | {"JcatCompCode": "02"}, has_more=True),
        collection(pair_row("04", "A") | {"JcatVUuid": 7.5}, has_more=True),
        collection(pair_row("05", "A")),
    ]
    async with opened(lambda request: answers.pop(0)) as (cmic, seen):
        found = await pages(cmic, "job_code", JOB)
    assert [len(page.found) for page in found] == [1, 0, 1]
    assert [len(page.unread) for page in found] == [0, 1, 0]
    assert "JcatPhsCode = '03' and JcatCode > 'B'" in q_of(seen[1])


async def test_a_key_with_a_number_keeps_its_digits() -> None:
    """As a float the last digits of a long number would go."""
    row = {"VouchqCompCode": "01", "VouchqVouNum": 123456789012345678, "VouchqChqSeqNum": 2, "VouchqVUuid": "u"}
    answers = [collection(row, has_more=True), collection()]
    async with opened(lambda request: answers.pop(0)) as (cmic, seen):
        await pages(cmic, "voucher_payment", COMPANY)
    assert "(VouchqVouNum > 123456789012345678) or (VouchqVouNum = 123456789012345678 and" in q_of(seen[1])


@pytest.mark.parametrize("blank", [None, ""])
async def test_after_a_row_with_a_blank_in_its_key_nothing_is_passed_over(blank: str | None) -> None:
    """No comparison holds with nothing: the rest of the list would look empty, and be taken for gone."""
    async with opened(lambda request: collection(pair_row("03", "A") | {"JcatCode": blank}, has_more=True)) as (
        cmic,
        _,
    ):
        with pytest.raises(Unavailable) as told:
            await cmic.listed("job_code", JOB)
    assert "without a whole key" in told.value.words
    async with opened(lambda request: collection(pair_row("03", "A") | {"JcatCode": blank})) as (cmic, _):
        assert (await cmic.listed("job_code", JOB)).cursor is None
