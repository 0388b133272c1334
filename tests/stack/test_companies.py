"""Companies through the whole stack: several CMiC companies behind one Procore company, a lifecycle in each; a partner that
exists is used; one ERP id, one company (O-03, R-05, R-08, U-01, U-03)."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from typing import Any

import pytest

from domain.identity import company_key, parse_key
from domain.permissions import Level, Person
from domain.states import State
from tests.paperwork import Job, id_of, line
from tests.stack.test_projects import told
from tests.stack.test_refusals import partner, vendor
from tests.support import COMPANY, ERP, SENDER, Site

SECOND = "02"
ADDRESS = {
    "address": "12 Kiln Lane", "city": "Fresno", "state_code": "CA", "zip": "93701", "business_phone": "559-555-0190",
    "fax_number": "559-555-0191", "email_address": "office@kiln.example", "website": "kiln.example",
}  # fmt: skip


@pytest.fixture(autouse=True)
async def two_cmic_companies(site: Site) -> AsyncIterator[None]:
    async with site.settings(erp_companies=[ERP, SECOND]):
        yield


def beside(key: str) -> str:
    """The same company of the directory in the second CMiC company."""
    return company_key(COMPANY, SECOND, id_of(key))


async def accepted(site: Site, key: str, code: str) -> None:
    await site.granted(key, "send", SENDER)
    await site.granted(key, "accept", erp_id=code)


async def exported(site: Site, key: str, code: str) -> str:
    await accepted(site, key, code)
    await site.until(key, State.SYNCED)
    return key


async def vendors(site: Site, code: str) -> list[str]:
    """The CMiC companies that have a vendor of this code."""
    return sorted(row["BpvenCompCode"] for row in await site.rows("apvendor", BpvenBpCode=code))


async def procores(site: Site, key: str) -> dict[str, Any]:
    rows = await site.procore.get("/_sandbox/books/vendors", params={"id": id_of(key)})
    return dict(rows.json()[0])


async def rename(site: Site, key: str, **fields: Any) -> None:
    answer = await site.procore.post(f"/_sandbox/edit/vendors/{id_of(key)}", json=fields)
    assert answer.status_code == 200, answer.text


async def test_an_export_makes_a_partner_and_a_vendor(site: Site) -> None:
    key, code = await site.company("Kiln Masonry", **ADDRESS), site.code("V")
    await exported(site, key, code.lower())
    (bp,) = await site.rows("businesspartner", BpCode=code)
    (made,) = await site.rows("apvendor", BpvenBpCode=code)
    assert bp["BpName"].startswith("Kiln Masonry")
    assert [bp[f"Bp{name}"] for name in ("Add1", "Add3", "RegionCode", "PostalCode", "Phone", "Fax")] == [
        "12 Kiln Lane", "Fresno", "CA", "93701", "559-555-0190", "559-555-0191",
    ]  # fmt: skip
    assert [made[f"BpvenPay{name}"] for name in ("Add1", "Add3", "RegionCode", "PostalCode", "Phone", "Email")] == [
        "12 Kiln Lane", "Fresno", "CA", "93701", "559-555-0190", "office@kiln.example",
    ]  # fmt: skip
    assert (made["BpvenCompCode"], made["BpvenTermCode"], made["BpvenCurrCode"]) == (ERP, "30", "USD")
    assert [(await procores(site, key))[name] for name in ("origin_id", "origin_code")] == [code, code]
    links = {(row["part"], row["erp_key"]) for row in await site.office.reading.links(key)}
    assert links == {("", f"{ERP}|{code}"), ("partner", code)}


async def test_the_same_company_in_both_with_a_lifecycle_in_each(site: Site) -> None:
    """The partner is there already: in the second company only the vendor is made, under the same id."""
    first, code = await site.company(), site.code("V")
    second = beside(first)
    await exported(site, first, code)
    assert await site.office.ledger.head(second) is None
    await exported(site, second, code)
    assert await vendors(site, code) == [ERP, SECOND]
    assert len(await site.rows("businesspartner", BpCode=code)) == 1
    assert (await site.head(first)).erp_key == f"{ERP}|{code}"
    assert (await site.head(second)).erp_key == f"{SECOND}|{code}"
    assert await site.actions(first) == await site.actions(second) == ["send", "accept", "complete"]
    await site.granted(first, "unlink")
    await site.until(first, State.NOT_SENT)
    assert (await site.head(second)).state is State.SYNCED
    assert (await procores(site, first))["origin_id"] == code, "the other link stands on it"
    await site.granted(second, "unlink")
    await site.until(second, State.NOT_SENT)
    assert (await procores(site, first))["origin_id"] is None
    assert await vendors(site, code) == [ERP, SECOND], "nothing is deleted in CMiC"


async def test_both_at_the_same_time_make_one_partner(site: Site) -> None:
    keys, codes = [await site.company() for _ in range(4)], [site.code("V") for _ in range(4)]
    pairs = [(one, code) for key, code in zip(keys, codes, strict=True) for one in (key, beside(key))]
    await asyncio.gather(*(site.granted(key, "send", SENDER) for key, _ in pairs))
    await asyncio.gather(*(site.granted(key, "accept", erp_id=code) for key, code in pairs))
    await asyncio.gather(*(site.until(key, State.SYNCED) for key, _ in pairs))
    for code in codes:
        assert len(await site.rows("businesspartner", BpCode=code)) == 1
        assert await vendors(site, code) == [ERP, SECOND]


async def test_linked_in_one_and_exported_in_the_other(site: Site) -> None:
    key, code = await site.company(), site.code("V")
    await site.control("seed", businesspartner=[partner(code)], apvendor=[vendor(code, active="Y")])
    await site.granted(key, "link", erp_id=code)
    await site.until(key, State.SYNCED)
    await exported(site, beside(key), code)
    assert await vendors(site, code) == [ERP, SECOND]
    assert await site.actions(key) == ["link", "complete"]


async def test_linked_in_both(site: Site) -> None:
    key, code = await site.company(), site.code("V")
    rows = [vendor(code, active="Y"), {**vendor(code, active="Y"), "BpvenCompCode": SECOND}]
    await site.control("seed", businesspartner=[partner(code)], apvendor=rows)
    for one in (key, beside(key)):
        await site.granted(one, "link", erp_id=code)
        await site.until(one, State.SYNCED)
    await site.granted(key, "unlink")
    await site.until(key, State.NOT_SENT)
    assert (await procores(site, key))["origin_id"] == code


async def test_a_vendor_that_the_second_company_lacks_is_not_linked_there(site: Site) -> None:
    key, code = await site.linked_company()
    await site.granted(beside(key), "link", erp_id=code)
    head = await site.until(beside(key), State.FAILED)
    assert head.failure_code == "not_in_cmic"
    assert f"CMiC has no vendor {SECOND}|{code}" in head.words
    await site.granted(beside(key), "reject")
    await site.granted(beside(key), "resend", SENDER)
    await site.granted(beside(key), "accept", erp_id=code)
    await site.until(beside(key), State.SYNCED)


async def test_a_partner_that_exists_is_used_as_it_is(site: Site) -> None:
    key, code = await site.company("Kiln Masonry", **ADDRESS), site.code("V")
    await site.control("seed", businesspartner=[partner(code)])
    await exported(site, key, code)
    (bp,) = await site.rows("businesspartner", BpCode=code)
    assert (bp["BpName"], bp["BpAdd1"]) == ("Out of business", None)
    (made,) = await site.rows("apvendor", BpvenBpCode=code)
    assert made["BpvenPayAdd1"] == "12 Kiln Lane"


async def test_a_vendor_that_exists_is_never_written_over(site: Site) -> None:
    """It fails, and says how they differ; then it is adopted, retried under another code, or rejected."""
    keys, codes = [await site.company() for _ in range(3)], [site.code("V") for _ in range(3)]
    for key, code in zip(keys, codes, strict=True):
        await site.control("seed", businesspartner=[partner(code)], apvendor=[vendor(code, active="Y")])
        await accepted(site, key, code)
        head = await site.until(key, State.FAILED)
        assert head.failure_code == "number_taken"
        assert f"CMiC already has vendor {ERP}|{code}" in head.words
    adopted, other, rejected = keys
    await site.granted(adopted, "adopt")
    assert (await site.until(adopted, State.SYNCED)).erp_key == f"{ERP}|{codes[0]}"
    free = site.code("V")
    await site.granted(other, "retry", erp_id=free)
    assert (await site.until(other, State.SYNCED)).erp_key == f"{ERP}|{free}"
    await site.granted(rejected, "reject")
    assert [await vendors(site, code) for code in (*codes, free)] == [[ERP]] * 4


async def test_inactive_is_refused_whenever_it_is_noticed(site: Site) -> None:
    key = await site.company(is_active=False)
    outcome = await site.ask(key, "send", SENDER)
    assert told(outcome) == {"company_inactive": "The company is inactive in Procore's directory."}
    assert (outcome.refusals[0].owner, outcome.refusals[0].where) == ("project team", "Procore, company directory")
    await rename(site, key, is_active=True)
    await site.granted(key, "send", SENDER)
    await rename(site, key, is_active=False)
    code = site.code("V")
    await site.granted(key, "accept", erp_id=code)
    head = await site.until(key, State.WAITING, also=lambda h: h.sequence > 3)
    assert head.state is State.WAITING
    assert told(await site.ask(key, "accept", erp_id=code)) == {
        "company_inactive": "The company is inactive in Procore's directory."
    }
    assert await vendors(site, code) == []


async def test_every_refusal_of_a_companys_own(site: Site) -> None:
    nameless, long = await site.company(), await site.company("N" * 46)
    foreign = await site.company(origin_id=f"QB-{site.code('')}")
    await site.procore_fault(rf"vendors/{id_of(nameless)}$", method="GET", set={"name": "  "})
    assert told(await site.ask(nameless, "send", SENDER)) == {"no_name": "It has no name."}
    sentence = told(await site.ask(long, "send", SENDER))["field_too_long"]
    assert sentence.startswith("The company's name has 5")
    assert sentence.endswith("characters; CMiC takes 50.")
    outcome = await site.ask(foreign, "send", SENDER)
    assert "Another integration owns this company in Procore" in told(outcome)["foreign_origin_id"]
    assert outcome.refusals[0].owner == "ERP administrator"
    plain = await site.company()
    async with site.settings(vendor_export=False):
        outcome = await site.ask(plain, "send", SENDER)
    assert told(outcome) == {"export_switched_off": "Exporting a company is switched off in the settings."}
    await site.granted(plain, "send", SENDER)
    assert told(await site.ask(plain, "accept")) == {"field_missing": "erp_id is needed to accept."}
    for wrong in ("A B", "A|B", "NINECHARS"):
        assert await site.refused(plain, "accept", erp_id=wrong) == ["bad_input"]
    assert (await site.head(plain)).state is State.WAITING


async def test_one_erp_id_one_company(site: Site) -> None:
    """Within a CMiC company and across: the vendor's code is its origin id in Procore (O-03, R-08)."""
    holder, code = await site.linked_company()
    here, there, linked = [await site.company() for _ in range(3)]
    for key in (here, beside(there)):
        await site.granted(key, "send", SENDER)
        outcome = await site.ask(key, "accept", erp_id=code.lower())
        assert told(outcome) == {
            "id_of_another": f"{code.lower()} is the ERP id of {holder} already: one ERP id, one company."
        }
        (refusal,) = outcome.refusals
        assert (refusal.object, refusal.owner) == (holder, "accounting approver")
    assert list(told(await site.ask(linked, "link", erp_id=code))) == ["id_of_another"]
    assert list(told(await site.ask(beside(linked), "link", erp_id=code))) == ["id_of_another"]
    assert await vendors(site, code) == [ERP]
    free = site.code("V")
    await site.granted(here, "accept", erp_id=free)
    await site.until(here, State.SYNCED)
    await site.granted(holder, "unlink")
    await site.until(holder, State.NOT_SENT)
    await site.granted(linked, "link", erp_id=code)
    await site.until(linked, State.SYNCED)


async def test_a_retry_under_anothers_id_is_refused(site: Site) -> None:
    holder, code = await site.linked_company()
    key, taken = await site.company(), site.code("V")
    await site.control("seed", businesspartner=[partner(taken)], apvendor=[vendor(taken, active="Y")])
    await accepted(site, key, taken)
    await site.until(key, State.FAILED)
    outcome = await site.ask(key, "retry", erp_id=code)
    assert [(r.code, r.object) for r in outcome.refusals] == [("id_of_another", holder)]


async def test_two_that_take_one_id_at_the_same_time(site: Site) -> None:
    """One is linked; the other is told, and CMiC has one vendor."""
    keys, code = [await site.company() for _ in range(2)], site.code("V")
    for key in keys:
        await site.granted(key, "send", SENDER)
    answers = await asyncio.gather(*(site.ask(key, "accept", erp_id=code) for key in keys))
    for _ in range(200):
        heads = [await site.head(key) for key in keys]
        if State.EXPORTING not in [head.state for head in heads]:
            break
        await asyncio.sleep(0.05)
    assert sorted(head.state for head in heads)[-1] == State.SYNCED
    assert [head.state for head in heads].count(State.SYNCED) == 1
    lost = next(head for head in heads if head.state is not State.SYNCED)
    if lost.state is State.FAILED:
        assert lost.failure_code in ("key_reserved", "already_linked")
    else:
        assert any(o.refusals and o.refusals[0].code == "id_of_another" for o in answers)
    assert await vendors(site, code) == [ERP]


async def test_an_address_never_changes_after_the_link(site: Site) -> None:
    """R-05: neither way, whatever happens to the company afterwards."""
    key, code = await site.company("Kiln Masonry", **ADDRESS), site.code("V")
    await exported(site, key, code)
    await rename(site, key, address="99 New Road", business_phone="1")
    await site.control("edit", resource="apvendor", where={"BpvenBpCode": code}, set={"BpvenPayAdd1": "7 Accounts St"})
    assert "not_allowed_now" in await site.refused(key, "resend", SENDER)
    assert await site.refused(key, "refresh") == ["unknown_action"]
    contract = await site.sent(line(amount="5.00"), vendor=id_of(key))
    await site.granted(contract, "accept")
    await site.until(contract, State.SYNCED)
    await exported(site, beside(key), code)
    rows = {row["BpvenCompCode"]: row["BpvenPayAdd1"] for row in await site.rows("apvendor", BpvenBpCode=code)}
    assert rows == {ERP: "7 Accounts St", SECOND: "99 New Road"}
    (bp,) = await site.rows("businesspartner", BpCode=code)
    assert bp["BpAdd1"] == "12 Kiln Lane"
    assert (await procores(site, key))["address"] == "99 New Road"


async def test_a_commitment_takes_the_vendor_of_its_own_cmic_company(site: Site) -> None:
    key, code = await site.linked_company()
    job = await Job.planned(site)
    await site.control("jobs/create", company=SECOND, job=job.job)
    await site.granted(job.key, "link", erp_id=job.job, erp_company=SECOND)
    await site.until(job.key, State.SYNCED)
    contract = await job.commitment(line("03-100", "S", "11.00"), vendor=id_of(key))
    await job.accepted(contract)
    assert (await site.head(contract)).waits_for == [f"{beside(key)} synced"]
    await exported(site, beside(key), code)
    await site.until(contract, State.SYNCED)
    (row,) = await site.rows("scmast", ScmstContCode=site.numbers[contract])
    assert (row["ScmstCompCode"], row["ScmstVenCode"], row["ScmstJobCode"]) == (SECOND, code, job.job)
    outcome = await site.ask(beside(key), "unlink")
    assert list(told(outcome)) == ["depended_on"]
    await site.granted(key, "unlink")
    await site.until(key, State.NOT_SENT)
    assert (await site.head(contract)).state is State.SYNCED


async def test_ways_back_before_the_export(site: Site) -> None:
    key, code = await site.company(), site.code("V")
    await site.granted(key, "send", SENDER)
    await site.granted(key, "retrieve", SENDER)
    await site.granted(key, "resend", SENDER)
    await site.granted(key, "reject")
    await site.granted(key, "resend", SENDER)
    await rename(site, key, name=f"Renamed {id_of(key)}")
    await site.granted(key, "accept", erp_id=code)
    await site.until(key, State.WAITING, also=lambda h: h.sequence > 6)
    await site.granted(key, "accept", erp_id=code)
    await site.until(key, State.SYNCED)
    assert (await site.actions(key))[-4:] == ["accept", "return_edited", "accept", "complete"]
    (bp,) = await site.rows("businesspartner", BpCode=code)
    assert bp["BpName"] == f"Renamed {id_of(key)}"


async def test_who_may_unlink_a_company(site: Site) -> None:
    key, _ = await site.linked_company()
    reader = Person(name="reader", erp_level=Level.READ_ONLY, owning_tool_admin=True)
    outcome = await site.ask(key, "unlink", reader)
    assert told(outcome) == {
        "not_permitted": "reader may not unlink this: Standard on the ERP Integrations tool is needed."
    }
    await site.granted(key, "unlink", Person(name="standard", erp_level=Level.STANDARD))
    await site.until(key, State.NOT_SENT)
    assert parse_key(key).scope == ERP
