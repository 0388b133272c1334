"""Exports over the whole stack: what CMiC's books hold afterwards, and what Procore was told (O-03, O-05, O-11, R-10, R-11,
R-22; requirements §3)."""

from __future__ import annotations

import asyncio
from decimal import Decimal
from typing import Any

from domain.identity import company_key, parse_key
from domain.states import Posting, State
from tests.support import ACME, APPROVER, BAKER, COMPANY, ERP, JOB, PROJECT, SENDER, Site, line
from workers.preview import preview

HEADER = {
    "title": "Cast-in-place concrete",
    "description": 'Footings, walls & slabs — “as drawn”, ½" cover',
    "retainage_percent": "7.5",
    "contract_date": "2026-03-02",
    "contract_start_date": "2026-03-09",
    "issued_on_date": "2026-03-04",
    "contract_estimated_completion_date": "2026-09-30",
    "signed_contract_received_date": "2026-03-06",
}


def decimals(rows: list[dict[str, Any]], name: str) -> list[Decimal | None]:
    return [None if row[name] is None else Decimal(str(row[name])) for row in rows]


async def lines_in_cmic(site: Site, key: str) -> list[dict[str, Any]]:
    rows = await site.rows("scsched", ScschContCode=site.numbers[key])
    return sorted(rows, key=lambda row: str(row["ScschTaskCode"]))


async def test_every_field_of_a_subcontract_arrives(site: Site) -> None:
    key = await site.synced(line("03-100", "S", "12000.50", "Footings"), line("07-500", "S", "99.99", "Roof"), **HEADER)
    (header,) = await site.rows("scmast", ScmstContCode=site.numbers[key])
    expected = {
        "ScmstCompCode": ERP,
        "ScmstVenCode": "ACME01",
        "ScmstChgCode": "000",
        "ScmstJobCode": JOB,
        "ScmstCurrCode": "USD",
        "ScmstContType": "SUB",
        "ScmstName": HEADER["title"],
        "ScmstScopeDesc": HEADER["description"],
        "ScmstDate": (await site.in_procore(key))["created_at"][:10],
        "ScmstStartDate": "2026-03-09",
        "ScmstIssuedDate": "2026-03-04",
        "ScmstEndDate": "2026-09-30",
        "ScmstExecutedDate": "2026-03-06",
        "ScmstPost": "N",
    }
    assert {name: header[name] for name in expected} == expected
    assert Decimal(str(header["ScmstHldbkPc"])) == Decimal("7.5")
    assert Decimal(str(header["ScmstContAmt"])) == Decimal("12100.49")
    lines = await lines_in_cmic(site, key)
    shown = [(r["ScschPhsCode"], r["ScschCatCode"], r["ScschTaskName"], r["ScschWmCode"]) for r in lines]
    assert shown == [("03-100", "S", "Footings", "LS"), ("07-500", "S", "Roof", "LS")]
    assert decimals(lines, "ScschAmt") == [Decimal("12000.50"), Decimal("99.99")]
    assert decimals(lines, "ScschUnit") == decimals(lines, "ScschUnitRate") == [None, None]
    assert {r["ScschJobCode"] for r in lines} == {JOB}


async def test_units_and_rates_of_a_purchase_order_arrive(site: Site) -> None:
    units = line("04-200", "M", text="Face brick", quantity="12.5", unit_cost="333.33", uom="ton")
    each = line("03-100", "M", text="Ties", quantity="3", unit_cost="0.335", uom="ea")
    key = await site.synced(
        units, each, line("03-100", "M", "500.00", "Freight"), kind="PurchaseOrderContract", delivery_date="2026-12-24"
    )
    (header,) = await site.rows("scmast", ScmstContCode=site.numbers[key])
    assert (header["ScmstContType"], header["ScmstEndDate"]) == ("PO", "2026-12-24")
    lines = await lines_in_cmic(site, key)
    assert [r["ScschWmCode"] for r in lines] == ["TN", "EA", "LS"]
    assert decimals(lines, "ScschUnit") == [Decimal("12.5"), Decimal(3), None]
    assert decimals(lines, "ScschUnitRate") == [Decimal("333.33"), Decimal("0.335"), None]
    assert decimals(lines, "ScschAmt") == [Decimal("4166.63"), Decimal("1.01"), Decimal("500.00")]


async def test_a_unit_based_subcontract_line_keeps_quantity_and_rate(site: Site) -> None:
    key = await site.synced(line("03-100", "L", text="Formwork", quantity="-2.25", unit_cost="10.10", uom="sf"))
    (only,) = await lines_in_cmic(site, key)
    assert (only["ScschWmCode"], Decimal(str(only["ScschUnit"]))) == ("SF", Decimal("-2.25"))
    assert await site.in_cmic(key) == (1, 1, Decimal("-22.73"))


async def test_fifty_lines_are_one_write_and_at_most_two_reads(site: Site) -> None:
    lines = [line("07-500", "S", f"{1000 + n}.{n:02d}", f"Roof area {n + 1}") for n in range(50)]
    key = await site.sent(*lines)
    await site.cmic.delete("/_sandbox/traffic")
    await site.granted(key, "accept")
    await site.until(key, State.SYNCED)
    reads, writes = await site.requests(key)
    assert writes == 1
    assert reads <= 2
    total = sum((Decimal(one["amount"]) for one in lines), Decimal(0))
    assert await site.in_cmic(key) == (1, 50, total)
    contract = await site.in_procore(key)
    ids = [row["origin_id"] for row in sorted(contract["line_items"], key=lambda row: int(row["position"]))]
    assert ids == [f"{ERP}|ACME01|{site.numbers[key]}|000|{n:04d}" for n in range(1, 51)]


async def test_procore_is_told_header_and_line_ids(site: Site) -> None:
    keys = await asyncio.gather(
        site.synced(line(), line(text="More")), site.synced(line(), line(text="More"), kind="PurchaseOrderContract")
    )
    for key in keys:
        contract = await site.in_procore(key)
        assert contract["origin_id"] == f"{ERP}|ACME01|{site.numbers[key]}|000"
        assert contract["origin_code"] == site.numbers[key]
        assert len({row["origin_id"] for row in contract["line_items"]}) == 2
        assert all(row["origin_id"].startswith(f"{contract['origin_id']}|") for row in contract["line_items"])
        assert contract["status"] == "Approved"
        links = await site.office.reading.links(key)
        assert {row["part"] for row in links} == {"", *(str(row["id"]) for row in contract["line_items"])}


async def test_the_linked_project_bears_its_job_and_the_vendor_its_code(site: Site) -> None:
    project = (await site.procore.get("/_sandbox/books/projects", params={"id": PROJECT})).json()[0]
    vendor = (await site.procore.get("/_sandbox/books/vendors", params={"id": ACME})).json()[0]
    assert project["origin_id"] == f"{ERP}|{JOB}"
    assert (vendor["origin_id"], vendor["origin_code"]) == ("ACME01", "ACME01")


async def test_a_company_becomes_a_partner_and_a_vendor_and_is_used_on_its_commitments(site: Site) -> None:
    more = {
        "address": "1 Quay St",
        "city": "Oakland",
        "state_code": "CA",
        "zip": "94607",
        "business_phone": "510-555-01",
    }
    key, code = await site.company(**more, email_address="ap@example.test", website="example.test"), site.code("V")
    await site.granted(key, "send", SENDER)
    await site.granted(key, "accept", erp_id=code.lower())
    head = await site.until(key, State.SYNCED)
    assert head.posting is Posting.PRESENT
    (partner,) = await site.rows("businesspartner", BpCode=code)
    (vendor,) = await site.rows("apvendor", BpvenBpCode=code)
    shown = [partner[name] for name in ("BpAdd1", "BpAdd3", "BpRegionCode", "BpPostalCode", "BpPhone", "BpEmail")]
    assert shown == ["1 Quay St", "Oakland", "CA", "94607", "510-555-01", "ap@example.test"]
    assert (vendor["BpvenCompCode"], vendor["BpvenCurrCode"], vendor["BpvenPayAdd3"]) == (ERP, "USD", "Oakland")
    number = int(key.rsplit(":", 1)[1])
    told = (await site.procore.get("/_sandbox/books/vendors", params={"id": number})).json()[0]
    assert (told["origin_id"], told["origin_code"]) == (code, code)
    contract = await site.synced(vendor=number)
    assert (await site.rows("scmast", ScmstContCode=site.numbers[contract]))[0]["ScmstVenCode"] == code


async def test_the_typed_contract_number_wins_over_procores(site: Site) -> None:
    key, typed = await site.sent(), site.code("typed-")
    await site.granted(key, "accept", erp_id=typed, accounting_date="2026-11-30")
    await site.until(key, State.SYNCED)
    assert await site.in_cmic(key) == (0, 0, Decimal(0))
    site.numbers[key] = typed.upper()
    assert await site.in_cmic(key) == (1, 1, Decimal("1000.00"))
    assert (await site.in_procore(key))["origin_code"] == typed.upper()


async def test_what_is_previewed_is_what_arrives(site: Site) -> None:
    units = line("04-200", "M", text="Brick", quantity="2", unit_cost="10.255", uom="ton")
    key = await site.sent(units, line("03-100", "S", "7.00", "Labour"), **HEADER)
    shown = await preview(site.office, key)
    assert shown is not None
    await site.granted(key, "accept", preview=shown["hash"])
    await site.until(key, State.SYNCED)
    (header,) = await site.rows("scmast", ScmstContCode=site.numbers[key])
    in_books = [header, *await lines_in_cmic(site, key)]
    assert [row["resource"] for row in shown["rows"]] == ["scmast", "scsched", "scsched"]
    for promised, booked in zip(shown["rows"], in_books, strict=True):
        for name, value in promised["row"].items():
            if value != "":  # CMiC gives an empty uuid its own value.
                same = value == booked[name] or Decimal(str(value)) == Decimal(str(booked[name]))
                assert same, f"{name}: promised {value!r}, booked {booked[name]!r}"


async def test_twenty_at_once_arrive_once_each(site: Site) -> None:
    keys = await asyncio.gather(*(site.sent(line(), line("07-500", "S", "0.01")) for _ in range(20)))
    await site.cmic.delete("/_sandbox/traffic")
    await asyncio.gather(*(site.granted(key, "accept") for key in keys))
    await asyncio.gather(*(site.until(key, State.SYNCED) for key in keys))
    assert [await site.in_cmic(key) for key in keys] == [(1, 2, Decimal("1000.01"))] * 20
    summary = (await site.cmic.get("/_sandbox/traffic/summary")).json()
    assert summary["writes"] == 20
    assert summary["reads"] <= 40
    for key in keys:
        assert await site.actions(key) == ["send", "accept", "complete"]
        assert await site.office.reading.verify(key) is None


async def test_the_history_says_who_did_what(site: Site) -> None:
    key = await site.synced()
    history = await site.office.reading.history(key)
    told = [(h["action"], h["who"], h["actor"], h["door"], h["from_state"], h["to_state"]) for h in history]
    assert told == [
        ("send", SENDER.name, "sender", "cli", "not_sent", "waiting"),
        ("accept", APPROVER.name, "approver", "cli", "waiting", "exporting"),
        ("complete", "connector", "connector", "connector", "exporting", "synced"),
    ]
    assert [h["sequence"] for h in history] == [1, 2, 3]
    assert sorted(h["at"] for h in history) == [h["at"] for h in history]


async def test_a_company_in_procore_that_is_no_vendor_yet_is_no_part_of_cmic(site: Site) -> None:
    """Nothing is made in CMiC for a vendor that was only named on a commitment (O-03)."""
    before = len(await site.rows("apvendor"))
    key = await site.sent(vendor=BAKER)
    assert (await site.head(key)).waits_for
    assert len(await site.rows("apvendor")) == before


async def test_each_project_belongs_to_one_cmic_company_and_origin_ids_say_which(site: Site) -> None:
    """R-08: a project of another CMiC company needs its own vendor link, and its ids begin with that company."""
    project, number, _ = await site.project(("03-100", "S"))
    async with site.settings(erp_companies=[ERP, "02"]):
        await site.granted(project, "link", erp_id="2001", erp_company="02")
        await site.until(project, State.SYNCED)
        company, code = await site.company(), site.code("V")
        other = company_key(COMPANY, "02", parse_key(company).id)
        key = await site.sent(vendor=parse_key(company).id, project=number)
        assert (await site.head(key)).waits_for == [f"{other} synced"]
        await site.granted(key, "accept")
        await site.granted(other, "send", SENDER)
        await site.granted(other, "accept", erp_id=code)
        await site.until(key, State.SYNCED)
    (header,) = await site.rows("scmast", ScmstContCode=site.numbers[key])
    assert (header["ScmstCompCode"], header["ScmstJobCode"]) == ("02", "2001")
    contract = await site.in_procore(key)
    assert contract["origin_id"] == f"02|{code}|{site.numbers[key]}|000"
    assert contract["line_items"][0]["origin_id"] == f"02|{code}|{site.numbers[key]}|000|0001"
    (vendor,) = await site.rows("apvendor", BpvenBpCode=code)
    assert vendor["BpvenCompCode"] == "02"


async def test_one_company_of_the_directory_is_a_vendor_in_two_cmic_companies(site: Site) -> None:
    """R-08: its partner code is the same in both; unlinking one leaves Procore the id that the other stands on."""
    company, code = await site.linked_company()
    terms = {"BpvenTermCode": "30", "BpvenSpecialTermsFlag": "N", "BpvenCurrCode": "USD"}
    await site.control("seed", apvendor=[{"BpvenCompCode": "02", "BpvenBpCode": code, **terms}])
    other = company_key(COMPANY, "02", parse_key(company).id)
    async with site.settings(erp_companies=[ERP, "02"]):
        await site.granted(other, "link", erp_id=code)
        await site.until(other, State.SYNCED)
        await site.granted(other, "unlink")
        await site.until(other, State.NOT_SENT)
    told = (await site.procore.get("/_sandbox/books/vendors", params={"id": parse_key(company).id})).json()[0]
    assert (told["origin_id"], told["origin_code"]) == (code, code)
    assert (await site.head(company)).state is State.SYNCED
