"""Every guard at send through the whole stack: all reasons at once, each with who can fix it and where, all of them recorded
(L-01, R-10, B-02, B-11)."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from domain.commands import Answer
from domain.identity import parse_key
from domain.refusals import CATALOGUE
from domain.settings import Limits
from domain.states import State
from tests.support import COMPANY, ERP, SENDER, Site, line

ORDER, SUBCONTRACT = "PurchaseOrderContract", "WorkOrderContract"

ENTERED: dict[str, tuple[list[dict[str, Any]], dict[str, Any], list[str]]] = {
    "draft": ([line()], {"status": "Draft"}, ["status_not_approved"]),
    "an order that is closed": ([line()], {"status": "Closed", "kind": ORDER}, ["status_not_approved"]),
    "complete is not approved": ([line()], {"status": "Complete"}, ["status_not_approved"]),
    "no company": ([line()], {"vendor": None}, ["no_vendor"]),
    "a code that CMiC doesn't have": ([line("99-999")], {}, ["code_not_synced"]),
    "a category that isn't on the code": ([line("07-500", "L")], {}, ["code_not_synced"]),
    "two of three lines": ([line("99-999"), line(), line("07-500", "M")], {}, ["code_not_synced", "code_not_synced"]),
    "a long title": ([line()], {"title": "T" * 201}, ["field_too_long"]),
    "a long description": ([line()], {"description": "d" * 4001}, ["field_too_long"]),
    "a long line": ([line(text="x" * 31)], {}, ["field_too_long"]),
    "a long number": ([line()], {"number": "N-" * 11}, ["field_too_long"]),
    "a number that is no code": ([line()], {"number": "SC|9"}, ["field_not_usable"]),
    "a number in another script": ([line()], {"number": "Σ-9"}, ["field_not_usable"]),
    "an unknown unit": ([line(quantity="1", unit_cost="1", uom="pallet")], {"kind": ORDER}, ["field_not_usable"]),
    "another integration's": ([line()], {"origin_id": "SAGE-77"}, ["foreign_origin_id"]),
    "everything": (
        [line("99-999", text="x" * 40), line("07-500", "L")],
        {"status": "Out For Bid", "vendor": None, "title": "T" * 300, "number": "9" * 25, "origin_id": "VISTA"},
        [
            *("code_not_synced", "code_not_synced", "field_too_long", "field_too_long", "field_too_long"),
            *("foreign_origin_id", "no_vendor", "status_not_approved"),
        ],
    ),
}  # fmt: skip


@pytest.fixture(scope="module")
async def pallets(connected: Site) -> None:
    """A unit of measure that Procore has and CMiC can't."""
    row = {"company_id": COMPANY, "id": 1901, "name": "pallet", "description": "Pallet"}
    answer = await connected.procore.post("/_sandbox/seed", json={"uoms": [row]})
    assert answer.status_code == 200


@pytest.mark.parametrize("name", ENTERED)
async def test_what_was_entered_is_refused_with_every_reason(site: Site, pallets: None, name: str) -> None:
    """Here cost codes don't go along: they are accepted on their own first."""
    lines, more, expected = ENTERED[name]
    key = await site.commitment(*lines, **more)
    async with site.settings(cost_codes_go_along=False):
        outcome = await site.ask(key, "send", SENDER)
    assert outcome.answer is Answer.REFUSED
    assert sorted(r.code for r in outcome.refusals) == expected
    for refusal in outcome.refusals:
        assert refusal.sentence
        assert refusal.where
        assert refusal.owner == CATALOGUE[refusal.code].owner
        assert "{" not in refusal.sentence + refusal.where
    await is_recorded(site, key, expected)


async def is_recorded(site: Site, key: str, expected: list[str]) -> None:
    """The refused send is in the history with who and when, and the item wasn't moved."""
    head = await site.head(key)
    assert (head.state, head.sequence) == (State.NOT_SENT, 1)
    (entry,) = await site.office.reading.history(key)
    assert (entry["action"], entry["answer"], entry["who"]) == ("send", "refused", SENDER.name)
    assert (entry["from_state"], entry["to_state"]) == ("not_sent", "not_sent")
    assert sorted(r["code"] for r in entry["refusals"]) == expected
    assert timedelta(0) <= datetime.now(UTC) - entry["at"] < timedelta(minutes=5)
    assert await site.office.reading.verify(key) is None


async def test_a_code_of_the_master_list_is_no_reason_where_codes_go_along(site: Site) -> None:
    """O-02: the job gets what CMiC's master list has; a code that isn't there stays a reason."""
    key = await site.commitment(line("07-500", "L"), line("99-999"))
    outcome = await site.ask(key, "send", SENDER)
    assert [(r.code, r.parameters["line"]) for r in outcome.refusals] == [("code_not_synced", "2")]


async def test_a_commitment_without_lines(site: Site) -> None:
    key = await site.commitment()
    await site.relines(key)
    assert await site.refused(key, "send", SENDER) == ["no_lines"]


async def test_more_lines_than_one_export_takes(site: Site) -> None:
    key = await site.commitment(line(), line(), line())
    async with site.settings(limits=Limits(lines=2)):
        assert await site.refused(key, "send", SENDER) == ["too_many_lines"]
    await site.granted(key, "send", SENDER)
    many = await site.commitment(*(line("07-500", "S", "1.00", f"Line {n}") for n in range(1000)))
    assert await site.refused(many, "send", SENDER) == ["too_many_lines"]  # CMiC takes a header and 999 lines.


ANSWERED: dict[str, tuple[dict[str, Any], list[str]]] = {
    "a unit line whose amount isn't its product": (
        {"set": {"line_items.0.amount": "10.02", "grand_total": "1010.02"}},
        ["unit_amount_differs"],
    ),
    "a total that isn't the sum of its lines": ({"set": {"grand_total": "1010.02"}}, ["total_differs"]),
    "a fraction of a cent": (
        {"set": {"line_items.1.amount": "1000.005", "grand_total": "1010.015"}},
        ["amount_not_whole_cents"],
    ),
    "a line without a cost code": ({"drop": ["line_items.1.cost_code"]}, ["line_without_code"]),
    "a line without a cost type": ({"set": {"line_items.1.line_item_type": None}}, ["line_without_code"]),
    "no number": ({"set": {"number": " "}}, ["no_number"]),
    "no status": ({"set": {"status": None}}, ["status_not_approved"]),
}


@pytest.mark.parametrize("name", ANSWERED)
async def test_what_procore_answers_is_refused_where_it_does_not_add_up(site: Site, name: str) -> None:
    order, expected = ANSWERED[name]
    key = await site.commitment(line(text="Ties", quantity="3", unit_cost="3.335", uom="ea"), line(), kind=ORDER)
    await site.procore_fault(rf"purchase_order_contracts/{parse_key(key).id}$", method="GET", **order)
    assert await site.refused(key, "send", SENDER) == expected
    await is_recorded(site, key, expected)
    await site.granted(key, "send", SENDER)


async def test_an_object_that_procore_does_not_have(site: Site) -> None:
    for key in (f"commitment:{COMPANY}:310:99999901", f"company:{COMPANY}:{ERP}:99999902"):
        assert await site.refused(key, "send", SENDER) == ["not_in_procore"]
        await is_recorded(site, key, ["not_in_procore"])


async def test_companies_are_refused_for_their_own_reasons(site: Site) -> None:
    inactive, nameless, long = await asyncio.gather(
        site.company(is_active=False), site.company(), site.company("A very long name of a company " * 2)
    )
    await site.procore_fault(rf"vendors/{parse_key(nameless).id}$", method="GET", set={"name": " "})
    assert await site.refused(inactive, "send", SENDER) == ["company_inactive"]
    assert await site.refused(nameless, "send", SENDER) == ["no_name"]
    assert await site.refused(long, "send", SENDER) == ["field_too_long"]
    foreign = await site.company(origin_id="QB-1")
    assert await site.refused(foreign, "send", SENDER) == ["foreign_origin_id"]


async def test_another_integrations_company_or_project_is_not_taken_over_by_a_link(site: Site) -> None:
    """F-05: only one integration may own an origin id; a link must not write over somebody else's."""
    company, code = await site.company(origin_id="QB-2"), site.code("V")
    await site.control("seed", businesspartner=[partner(code)], apvendor=[vendor(code, active="Y")])
    project, number, job = await site.project(("03-100", "S"))
    answer = await site.procore.post(f"/_sandbox/edit/projects/{number}", json={"origin_id": "SAGE|1042"})
    assert answer.status_code == 200
    assert await site.refused(project, "link", erp_id=job) == ["foreign_origin_id"]
    assert await site.refused(company, "link", erp_id=code) == ["foreign_origin_id"]
    told = (await site.procore.get("/_sandbox/books/vendors", params={"id": parse_key(company).id})).json()[0]
    assert told["origin_id"] == "QB-2"


async def test_an_id_that_another_integration_gave_meanwhile_is_not_written_over(site: Site) -> None:
    """F-05, B-08: it came after the send, before the export read the object again."""
    key = await site.sent()
    await site.edit(key, origin_id="SAGE-9")
    await site.granted(key, "accept")
    head = await site.until(key, State.FAILED, State.SYNCED)
    assert (await site.in_procore(key))["origin_id"] == "SAGE-9"
    assert head.failure_code == "foreign_origin_id"


async def test_a_company_that_is_linked_already_can_not_be_sent_again(site: Site) -> None:
    """L-15: the platform doesn't export a synced vendor again."""
    key, _ = await site.linked_company()
    assert await site.refused(key, "send", SENDER) == ["already_decided", "not_allowed_now"]


async def test_what_is_switched_off_is_refused(site: Site) -> None:
    commitment, company = await site.commitment(), await site.company()
    async with site.settings(commitment_export=False, vendor_export=False):
        assert await site.refused(commitment, "send", SENDER) == ["export_switched_off"]
        assert await site.refused(company, "send", SENDER) == ["export_switched_off"]
    await site.granted(commitment, "send", SENDER)


async def test_a_project_with_custom_segments_is_refused_by_name(site: Site) -> None:
    key, number, job = await site.project(("03-100", "S"))
    segment = {"company_id": COMPANY, "name": "Building", "structure": "flat", "project_ids": [number]}
    assert (await site.procore.post("/_sandbox/seed", json={"segments": [segment]})).status_code == 200
    outcome = await site.ask(key, "link", erp_id=job)
    assert [r.code for r in outcome.refusals] == ["custom_segments"]
    assert "Building" in outcome.refusals[0].sentence


async def test_a_job_or_vendor_that_cmic_does_not_have_fails_in_words(site: Site) -> None:
    project, _, _ = await site.project(("03-100", "S"))
    company = await site.company()
    await asyncio.gather(site.granted(project, "link", erp_id="NOJOB"), site.granted(company, "link", erp_id="NOVEN"))
    for key, code in ((project, "NOJOB"), (company, "NOVEN")):
        head = await site.until(key, State.FAILED)
        assert head.failure_code == "not_in_cmic"
        assert code in head.words
    assert await site.rows("apvendor", BpvenBpCode="NOVEN") == []


async def test_refused_then_corrected_then_sent(site: Site) -> None:
    """Refusals pile up in the history; the item goes as soon as it is right."""
    key = await site.commitment(line("99-999"), status="Draft")
    assert await site.refused(key, "send", SENDER) == ["status_not_approved", "code_not_synced"]
    await site.edit(key, status="Approved")
    assert await site.refused(key, "send", SENDER) == ["code_not_synced"]
    await site.relines(key, line())
    await site.granted(key, "send", SENDER)
    await site.granted(key, "accept")
    await site.until(key, State.SYNCED)
    history = await site.office.reading.history(key)
    assert [h["answer"] for h in history] == ["refused", "refused", "done", "done", "done"]


async def test_what_became_wrong_while_it_waited_is_refused_at_accept(site: Site) -> None:
    """Guards are asked again at accept, on what was snapshotted and on the links of now: the typed number, the settings."""
    key = await site.sent()
    assert await site.refused(key, "accept", erp_id="9" * 21) == ["bad_input"]
    assert await site.refused(key, "accept", erp_id="A|B") == ["bad_input"]
    async with site.settings(limits=Limits(contract_number=3)):
        assert await site.refused(key, "accept") == ["field_too_long"]
    async with site.settings(commitment_export=False):
        assert await site.refused(key, "accept") == ["export_switched_off"]
    assert (await site.head(key)).state is State.WAITING
    await site.granted(key, "accept")
    await site.until(key, State.SYNCED)


async def test_texts_at_the_limits_arrive_whole(site: Site) -> None:
    """The limits are CMiC's: what just fits is sent, uncut. The stand-in's own name is 50 characters long."""
    key = await site.synced(line(text="L" * 30), title="T" * 50, description="d" * 4000, number=site.code("N" * 16))
    contract = await site.in_procore(key)
    (header,) = await site.rows("scmast", ScmstContCode=contract["number"])
    assert (header["ScmstName"], header["ScmstScopeDesc"]) == ("T" * 50, "d" * 4000)
    (only,) = await site.rows("scsched", ScschContCode=contract["number"])
    assert only["ScschTaskName"] == "L" * 30


async def test_a_vendor_that_may_not_be_used_in_cmic_is_cmics_own_refusal(site: Site) -> None:
    _, code = company = await site.linked_company()
    key = await site.sent(vendor=parse_key(company[0]).id)
    await site.control("vendors/active", company=ERP, code=code, active=False)
    await site.granted(key, "accept")
    head = await site.until(key, State.FAILED)
    assert head.failure_code == "cmic_refused"
    assert f"Vendor {code} is not active" in head.words
    await site.control("vendors/active", company=ERP, code=code, active=True)
    await site.granted(key, "retry")
    await site.until(key, State.SYNCED)


async def test_an_inactive_vendor_is_not_linked_until_it_is_active(site: Site) -> None:
    _, code = await site.linked_company()
    inactive = site.code("V")
    await site.control("seed", businesspartner=[partner(inactive)], apvendor=[vendor(inactive)])
    key = await site.company()
    await site.granted(key, "send", SENDER)
    await site.granted(key, "link", erp_id=inactive)
    head = await site.until(key, State.FAILED)
    assert head.failure_code == "inactive_in_cmic"
    await site.control("vendors/active", company=ERP, code=inactive, active=True)
    await site.granted(key, "retry")
    await site.until(key, State.SYNCED)
    thief = await site.company()
    assert await site.refused(thief, "link", erp_id=code) == ["id_of_another"]
    assert (await site.head(thief)).state is State.NOT_SENT


def partner(code: str) -> dict[str, str]:
    flags = {"BpDispatchFlag": "N", "BpPrequalRequiredFlag": "N"}
    return {"BpCode": code, "BpName": "Out of business", "BpAbbrevCode": code, **flags}


def vendor(code: str, active: str = "N") -> dict[str, str]:
    terms = {"BpvenTermCode": "30", "BpvenSpecialTermsFlag": "N", "BpvenCurrCode": "USD"}
    return {"BpvenCompCode": ERP, "BpvenBpCode": code, "BpvenActiveFlag": active, **terms}
