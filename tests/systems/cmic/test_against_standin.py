"""The gateway against the stand-in for CMiC, over real HTTP: what MockTransport can't show."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from decimal import Decimal
from typing import Any

import httpx
import pytest
from pydantic import SecretStr

from domain.ports import Change, DuplicateKey, Unavailable, WantsFirst
from domain.records import Found, Group, Key, Record, Written, differences
from domain.refusals import Refused
from domain.states import Posting
from systems.cmic.config import BasicSignIn, CmicConfig, OAuthSignIn
from systems.cmic.dialect import Dialect
from systems.cmic.gateway import CmicGateway
from systems.cmic.resource import Resource
from tests.systems.cmic.conftest import StandIn
from tests.systems.cmic.support import DIALECT, contract_key, group, renamed, renames, vendor_key

SIGN_IN = BasicSignIn(client_id="DEMO", user="CONNECTOR", password=SecretStr("cmic-demo"))
ON_PREMISE = BasicSignIn(user="ONPREMISE", password=SecretStr("cmic-demo"))
LINES = "subcontract_line"


@asynccontextmanager
async def gateway(stand_in: StandIn, dialect: Dialect | None = None, **changes: Any) -> AsyncIterator[CmicGateway]:
    values = {"base_url": stand_in.url, "environment": "cmictest", "sign_in": SIGN_IN} | changes
    opened = CmicGateway.open(CmicConfig.model_validate(values), dialect=dialect)
    try:
        yield opened
    finally:
        await opened.aclose()


def oauth(stand_in: StandIn, secret: str = "oauth-demo") -> OAuthSignIn:
    return OAuthSignIn(
        token_url=f"{stand_in.url}/_identity/oauth2/v2.0/token",
        client_id="connector",
        client_secret=SecretStr(secret),
        scope="api://connector/.default",
    )


LISTING_LACKS = {f"voucher listing.{ours}" for ours in ("currency", "series", "description")}
"""What the stand-in's list of all vouchers may leave out. To CMiC's own they are known (cmic-api §3.8)."""


def company() -> tuple[Group, Group]:
    """A partner and its vendor, as the company mapper plans them."""
    values: dict[str, Any] = {
        "name": "Cedar Masonry & Söhne Inc.",
        "address": "5 Kiln Road",
        "city": "Springfield",
        "region": "OR",
        "postal_code": "97001",
        "country": "US",
        "phone": "555-0101",
        "fax": None,
        "email": "office@cedar.example",
        "website": None,
    }
    partner = Record(
        key=Key(resource="partner", parts={"vendor": "CEDAR3"}),
        values={**values, "short_name": values["name"][:10]},
        part="partner",
        label="Cedar",
    )
    vendor = Record(
        key=vendor_key("CEDAR3"), values={**values, "currency": "USD", "terms": "NET30", "class": None}, label="Cedar"
    )
    return Group(header=partner, may_exist=True), Group(header=vendor)


def names_at(stand_in: StandIn, resource: Resource, path: str) -> set[str]:
    """The attribute names of a resource at one of its paths, or of its list inside its header, as the stand-in tells."""
    asked = DIALECT.resources[resource.inside.resource].path if resource.inside else path
    url = f"{stand_in.url}/cmictest/{resource.application}/{resource.root}/{resource.version}/{asked}/describe"
    answer = httpx.get(url, auth=("DEMO||CONNECTOR", "cmic-demo"), trust_env=False)
    described = answer.json()["Resources"][asked]
    attributes = (described["children"][path] if resource.inside else described)["attributes"]
    return {attribute["name"] for attribute in attributes}


def writes(stand_in: StandIn) -> list[str]:
    return [line["path"] for line in stand_in.traffic() if line["method"] != "GET"]


async def test_a_partner_a_vendor_and_fifty_lines(stand_in: StandIn) -> None:
    partner, vendor = company()
    contract = group(50, vendor="CEDAR3")
    async with gateway(stand_in) as cmic:
        assert await cmic.find(partner.header.key) is None
        assert await cmic.find(vendor.header.key) is None
        for each in (partner, vendor):
            written = await cmic.create(each)
            assert written is not None
            found = await cmic.find(each.header.key)
            assert found is not None
            assert (found.uuid, found.active, found.posting) == (written[0].uuid, True, Posting.PRESENT)
            assert differences(each.header, found) == []
        assert await cmic.find(contract.header.key) is None
        stand_in.forget()
        written = await cmic.create(contract)
        assert writes(stand_in) == ["/cmictest/pm-rest-api/rest"]
        assert len(stand_in.traffic()) == 1
        header, lines = await cmic.find(contract.header.key), await cmic.lines(contract.header.key, LINES)
    assert written is not None
    assert header is not None
    assert differences(contract.header, header) == []
    assert [(w.part, w.key, w.uuid) for w in written[1:]] == [
        (record.part, line.key, line.uuid) for record, line in zip(contract.lines, lines, strict=True)
    ]
    assert all(differences(r, line) == [] for r, line in zip(contract.lines, lines, strict=True))
    assert header.attributes["amount"] == contract.total == Decimal("12762.75")


async def test_unit_lines_come_back_exactly(stand_in: StandIn) -> None:
    wanted = group(1)
    wanted.lines[0].values |= {
        "uom": "CY",
        "quantity": Decimal("12.345678"),
        "rate": Decimal("1000000.01"),
        "amount": Decimal("12345678.12"),
    }
    async with gateway(stand_in) as cmic:
        assert await cmic.create(wanted.model_copy(update={"total": Decimal("12345678.12")})) is not None
        (line,) = await cmic.lines(wanted.header.key, LINES)
    assert line.attributes["quantity"] == Decimal("12.345678")
    assert line.attributes["amount"] == Decimal("12345678.12")


async def test_a_second_write_is_a_duplicate_and_changes_nothing(stand_in: StandIn) -> None:
    partner, _ = company()
    async with gateway(stand_in) as cmic:
        written = await cmic.create(group(3))
        await cmic.create(partner)
        for again in (group(3), group(2), partner):
            with pytest.raises(DuplicateKey):
                await cmic.create(again)
        assert len(await cmic.lines(contract_key(), LINES)) == 3
        found = await cmic.find(contract_key())
    assert written is not None
    assert found is not None
    assert found.uuid == written[0].uuid


async def test_one_bad_line_leaves_nothing_behind(stand_in: StandIn) -> None:
    wanted = group(4)
    wanted.lines[2].values["cost_code"] = "99-999"
    async with gateway(stand_in) as cmic:
        with pytest.raises(Refused, match="line 3: ") as caught:
            await cmic.create(wanted)
        assert type(caught.value) is Refused
        assert caught.value.refusals[0].parameters["record"] == "line 3"
        assert await cmic.find(contract_key()) is None


async def test_a_change_order_wants_its_base_posted_first(stand_in: StandIn) -> None:
    async with gateway(stand_in) as cmic:
        await cmic.create(group(1))
        change = Group(header=group(0).header.model_copy(update={"key": contract_key(change_code="001")}))
        with pytest.raises(WantsFirst) as caught:
            await cmic.create(change)
        assert caught.value.refusals[0].code == "cmic_wants_first"
        stand_in.post("/subcontracts/post", company="01", vendor="ACME01", contract="SC-1")
        assert await cmic.create(change) is not None
        found = [await cmic.find(contract_key(change_code=code)) for code in ("000", "001", "002")]
    assert [f.posting if f else None for f in found] == [Posting.POSTED, Posting.UNPOSTED, None]


@pytest.mark.parametrize(
    ("kind", "there"), [("cut_before_commit", False), ("cut_after_commit", True), ("commit_after_cut", False)]
)
async def test_a_cut_connection_leaves_it_to_a_look_up(stand_in: StandIn, kind: str, there: bool) -> None:
    stand_in.post("/faults", kind=kind, method="POST", resource="scmast", seconds=0.5)
    async with gateway(stand_in) as cmic:
        with pytest.raises(Unavailable) as caught:
            await cmic.create(group(5))
        assert caught.value.maybe_done
        assert (await cmic.find(contract_key()) is not None) is there
        await _nothing_pending(stand_in)
        found = await cmic.find(contract_key())
        assert (found is not None) is (kind != "cut_before_commit")
        assert len(writes(stand_in)) == 1


async def _nothing_pending(stand_in: StandIn) -> None:
    for _ in range(400):
        if not stand_in.get("/health")["pending"]:
            return
        await asyncio.sleep(0.05)
    raise AssertionError("the stand-in never committed what it owed")


async def test_no_answer_within_the_deadline(stand_in: StandIn) -> None:
    stand_in.post("/faults", kind="delay_answer", method="POST", resource="scmast", seconds=3)
    async with gateway(stand_in, deadline_seconds=0.5) as cmic:
        with pytest.raises(Unavailable, match="in time") as caught:
            await cmic.create(group(1))
        assert caught.value.maybe_done
        assert await cmic.find(contract_key()) is not None


async def test_a_batch_without_rows_leaves_it_to_a_look_up(stand_in: StandIn) -> None:
    stand_in.post("/faults", kind="batch_without_rows", method="POST", resource="scmast")
    async with gateway(stand_in) as cmic:
        assert await cmic.create(group(2)) is None
        assert len(await cmic.lines(contract_key(), LINES)) == 2


async def test_nobody_at_the_address(stand_in: StandIn) -> None:
    async with gateway(stand_in, base_url="http://127.0.0.1:9") as cmic:
        with pytest.raises(Unavailable) as caught:
            await cmic.create(group(1))
    assert not caught.value.maybe_done


@pytest.mark.parametrize("status", [429, 500, 503])
async def test_passing_faults(stand_in: StandIn, status: int) -> None:
    stand_in.post("/faults", kind="status", status=status, resource="scmast")
    async with gateway(stand_in) as cmic:
        with pytest.raises(Unavailable) as caught:
            await cmic.find(contract_key())
        assert caught.value.maybe_done is (status == 500)
        assert await cmic.find(contract_key()) is None


async def test_what_is_not_granted_or_not_licensed(stand_in: StandIn) -> None:
    async with gateway(stand_in) as cmic:
        stand_in.post("/security", action="revoke", resource="scmast", method="GET")
        with pytest.raises(Refused) as caught:
            await cmic.find(contract_key())
        assert caught.value.refusals[0].code == "cmic_not_granted"
        stand_in.settings(licensed=False)
        with pytest.raises(Refused) as caught:
            await cmic.find(vendor_key("ACME01"))
        assert caught.value.refusals[0].code == "cmic_not_granted"


async def test_every_way_of_signing_in(stand_in: StandIn) -> None:
    for sign_in in (SIGN_IN, ON_PREMISE, oauth(stand_in)):
        async with gateway(stand_in, sign_in=sign_in) as cmic:
            assert await cmic.find(vendor_key("ACME01")) is not None
    wrong = BasicSignIn(client_id="DEMO", user="CONNECTOR", password=SecretStr("wrong"))
    for sign_in in (wrong, oauth(stand_in, "wrong")):
        async with gateway(stand_in, sign_in=sign_in) as cmic:
            with pytest.raises(Refused) as caught:
                await cmic.find(vendor_key("ACME01"))
            assert caught.value.refusals[0].code == "cmic_not_granted"


async def test_a_tenant_of_other_names_with_a_dialect_of_its_own(stand_in: StandIn) -> None:
    stand_in.settings(renames=renames(lambda resource, path: names_at(stand_in, resource, path)))
    async with gateway(stand_in) as wrong:
        with pytest.raises((Refused, Unavailable)):
            await wrong.find(contract_key())
    async with gateway(stand_in, renamed()) as cmic:
        assert await cmic.create(group(3)) is not None
        found = await cmic.find(contract_key())
        assert found is not None
        assert differences(group(3).header, found) == []
        assert len(await cmic.lines(contract_key(), LINES)) == 3
        assert ("03-100", "S") in await cmic.job_codes("01", "1042")
        stand_in.post("/subcontracts/post", company="01", vendor="ACME01", contract="SC-1")
        change = await cmic.changed("subcontract", "01", "2020-01-01T00:00:00Z", None)
        assert [f.posting for f in change.found] == [Posting.POSTED]
        verdicts = {d.entry: d.verdict for d in await cmic.describe() if "Zz" in d.detail}
    assert {entry for entry, verdict in verdicts.items() if verdict != "present"} <= LISTING_LACKS


async def test_the_tenants_description_agrees_with_the_dialect(stand_in: StandIn) -> None:
    async with gateway(stand_in) as cmic:
        differences_found = {d.entry: d for d in await cmic.describe() if d.verdict != "present"}
    assert {entry for entry, d in differences_found.items() if d.verdict == "unsent"} == {
        "subcontract.accounting_date",
        "vendor.name",
    }
    assert {d.detail for d in differences_found.values() if d.verdict == "different"} == set()
    assert {entry for entry, d in differences_found.items() if d.verdict == "missing"} <= LISTING_LACKS


async def test_what_changed_is_listed_page_by_page(stand_in: StandIn) -> None:
    async with gateway(stand_in, page_size=3) as cmic:
        for number in range(8):
            assert await cmic.create(group(0, f"SC-{number}")) is not None
        everything = await _all_changes(cmic, None)
        assert [len(change.found) for change in everything] == [3, 3, 2]
        newest = max(change.newest for change in everything)
        stand_in.settings(clock_offset_seconds=3600)
        stand_in.post("/subcontracts/post", company="01", vendor="ACME01", contract="SC-5", post_date="2026-03-04")
        stand_in.post("/subcontracts/void", company="01", vendor="ACME01", contract="SC-6")
        changed = {f.key.parts["contract"]: f for change in await _all_changes(cmic, newest) for f in change.found}
        assert await _all_changes(cmic, "2099-01-01T00:00:00Z") == [Change(found=[])]
        assert (await cmic.changed("subcontract", "02", None, None)).found == []
    assert changed["SC-5"].posting is Posting.POSTED
    assert str(changed["SC-5"].posted_on) == "2026-03-04"
    assert changed["SC-6"].posting is Posting.VOID
    assert changed["SC-5"].changed_at > newest


async def _all_changes(cmic: CmicGateway, since: str | None) -> list[Change]:
    pages, cursor = [], None
    while True:
        pages.append(await cmic.changed("subcontract", "01", since, cursor))
        if (cursor := pages[-1].cursor) is None:
            return pages


@pytest.mark.parametrize("resource", ["vendor", "partner", "job", "company"])
async def test_changes_of_every_resource_can_be_asked_for(stand_in: StandIn, resource: str) -> None:
    async with gateway(stand_in) as cmic:
        found = (await cmic.changed(resource, "01", "2020-01-01T00:00:00Z", None)).found
        assert found
        assert (await cmic.changed(resource, "01", "2099-01-01T00:00:00Z", None)).found == []


async def test_a_deleted_record_is_not_there(stand_in: StandIn) -> None:
    async with gateway(stand_in) as cmic:
        await cmic.create(group(1))
        stand_in.post("/delete", resource="scmast", where={"ScmstContCode": "SC-1"})
        assert await cmic.find(contract_key()) is None


async def test_jobs_and_their_codes(stand_in: StandIn) -> None:
    async with gateway(stand_in, page_size=7) as cmic:
        job = await cmic.find(Key(resource="job", parts={"company": "01", "job": "1042"}))
        assert await cmic.find(Key(resource="job", parts={"company": "02", "job": "1042"})) is None
        assigned = stand_in.get("/books/jcjobcategory?JcatCompCode=01&JcatJobCode=1042")["rows"]
        before = await cmic.job_codes("01", "1042")
        stand_in.post(
            "/edit",
            resource="jcjobcategory",
            where={"JcatJobCode": "1042", "JcatPhsCode": "03-100", "JcatCode": "S"},
            set={"JcatCatActiveFlag": "N"},
        )
        after = await cmic.job_codes("01", "1042")
        assert await cmic.job_codes("02", "1042") == []
        stand_in.post("/vendors/active", company="01", code="BOLT02", active=False)
        vendor = await cmic.find(vendor_key("BOLT02"))
    assert job is not None
    assert before == sorted({(row["JcatPhsCode"], row["JcatCode"]) for row in assigned})
    assert set(before) - set(after) == {("03-100", "S")}
    assert vendor is not None
    assert not vendor.active


async def test_a_hundred_finds_at_once_meet_no_limit(limited: StandIn) -> None:
    """Contracts go by a finder, one each; vendors by q, twenty at a time. The stand-in enforces the published limits."""
    async with gateway(limited) as cmic:
        await cmic.create(group(1))
        limited.forget()
        contracts = [cmic.find(contract_key(f"SC-{number}")) for number in range(40)]
        vendors = [cmic.find(vendor_key(code)) for code in ("ACME01", "BOLT02", *(f"V{n}" for n in range(58)))]
        found = await asyncio.gather(*contracts, *vendors)
    summary = limited.get("/traffic/summary")
    assert summary["by_status"] == {"200": summary["requests"]}
    assert summary["requests"] <= 40 + 4
    assert summary["max_in_flight"] <= 5
    assert sum(isinstance(f, Found) for f in found) == 3


@pytest.mark.parametrize("latency", [0, 20, 400])
async def test_requests_of_all_kinds_meet_no_limit(limited: StandIn, latency: int) -> None:
    limited.settings(latency_ms=latency)

    async def both(cmic: CmicGateway, number: int) -> list[Written] | None:
        await cmic.lines(contract_key(f"SC-{number}"), LINES)
        return await cmic.create(group(1, f"SC-{number}"))

    async with gateway(limited) as cmic:
        written = await asyncio.gather(*(both(cmic, number) for number in range(20)))
    assert all(written)
    assert set(limited.get("/traffic/summary")["by_status"]) == {"200"}
