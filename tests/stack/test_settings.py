"""What a company decides about its exports, through the whole stack: who approves, what goes out on its own, what is switched
off, what CMiC is sent. A change of settings never alters what was accepted (S-04, S-14, S-15, S-18, S-30 to S-32, R-27)."""

from __future__ import annotations

from typing import Any

import pytest

from domain.commands import Answer, Outcome
from domain.permissions import Level, Person
from domain.states import State
from tests.paperwork import Job, coded, id_of, line
from tests.support import APPROVER, COMPANY, SENDER, Site
from workers.preview import preview

STANDARD = Person(name="standard", erp_level=Level.STANDARD, may_push=True)
POWERLESS = Person(name="standard without push", erp_level=Level.STANDARD, owning_tool_admin=True)
BOTH = Person(name="does both", erp_level=Level.ADMIN, may_push=True, owning_tool_admin=True)
OTHER = Person(name="the other one", erp_level=Level.ADMIN, may_push=True, owning_tool_admin=True)


@pytest.fixture(scope="module")
async def contract_types(connected: Site) -> None:
    """Two more types of contract in CMiC."""
    rows = [
        {"PmctCompCode": "01", "PmctContractType": code, "PmctActiveFlag": "Y", "PmctContTypeCode": code}
        for code in ("TRADE", "MATL")
    ]
    await connected.control("seed", pmcontracttype=rows)


async def contract(site: Site, key: str) -> dict[str, Any]:
    (row,) = await site.rows("scmast", ScmstContCode=site.numbers[key])
    return row


async def uoms(site: Site, key: str) -> list[tuple[str, Any]]:
    rows = await site.rows("scsched", ScschContCode=site.numbers[key])
    return sorted((row["ScschTaskCode"], row["ScschWmCode"]) for row in rows)


async def steps(site: Site, key: str) -> list[tuple[str, str, str]]:
    """Who did what, and where it led."""
    history = await site.office.reading.history(key)
    return [(h["action"], h["who"], h["to_state"]) for h in history if h["answer"] == "done"]


def codes(outcome: Outcome) -> list[str]:
    return [r.code for r in outcome.refusals]


# Who approves


async def test_standard_with_the_privilege_approves_where_the_setting_says_so(site: Site) -> None:
    """S-31: accept, reject and retry; nothing else, and never without the privilege."""
    accepted, rejected, failing = [await site.sent() for _ in range(3)]
    for key in (accepted, rejected, failing):
        assert await site.refused(key, "accept", STANDARD) == ["not_permitted"]
        assert await site.refused(key, "reject", STANDARD) == ["not_permitted"]
    async with site.settings(subcontract_type="NOPE"):
        await site.granted(failing, "accept")
        await site.until(failing, State.FAILED)
    assert await site.refused(failing, "retry", STANDARD) == ["not_permitted"]
    async with site.settings(standard_may_approve=True):
        outcome = await site.ask(accepted, "accept", POWERLESS)
        assert [r.sentence for r in outcome.refusals] == [
            "standard without push may not accept this: Standard on the ERP Integrations tool, the privilege "
            '"Can Push to Accounting" is needed.'
        ]
        await site.granted(accepted, "accept", STANDARD)
        await site.granted(rejected, "reject", STANDARD)
        assert await site.refused(failing, "adopt", STANDARD) == ["not_permitted"]
        assert await site.refused(failing, "unlink", STANDARD) == ["not_permitted"]
        await site.granted(failing, "retry", STANDARD)
        await site.until(accepted, State.SYNCED)
        await site.until(failing, State.SYNCED)
        assert await site.refused(accepted, "unlink", STANDARD) == ["not_permitted"]
    assert ("accept", "standard", "exporting") in await steps(site, accepted)
    assert ("reject", "standard", "rejected") in await steps(site, rejected)
    assert ("retry", "standard", "exporting") in await steps(site, failing)


async def test_who_sent_an_item_doesnt_approve_it_where_the_setting_says_so(site: Site) -> None:
    """S-32: neither at first nor on a retry; he may reject it, and another may approve it."""
    key = await site.commitment()
    await site.granted(key, "send", BOTH)
    async with site.settings(sender_may_not_approve=True, subcontract_type="NOPE"):
        outcome = await site.ask(key, "accept", BOTH)
        (refusal,) = outcome.refusals
        assert (refusal.code, refusal.owner) == ("own_item", "accounting approver")
        assert refusal.sentence == "You sent it yourself; another approver decides on it."
        assert refusal.where == "Settings, sender_may_not_approve"
        await site.granted(key, "accept", OTHER)
        await site.until(key, State.FAILED)
        assert await site.refused(key, "retry", BOTH) == ["own_item"]
        assert await site.refused(key, "adopt", BOTH) == ["own_item"]
    async with site.settings(sender_may_not_approve=True):
        await site.granted(key, "retry", OTHER)
        await site.until(key, State.SYNCED)


async def test_who_sent_it_last_counts(site: Site) -> None:
    first, second = await site.commitment(), await site.commitment()
    async with site.settings(sender_may_not_approve=True):
        for key in (first, second):
            await site.granted(key, "send", BOTH)
        await site.granted(first, "reject", BOTH)
        await site.granted(first, "resend", OTHER)
        assert await site.refused(first, "accept", OTHER) == ["own_item"]
        await site.granted(first, "accept", BOTH)
        assert await site.refused(second, "accept", BOTH) == ["own_item"]
    await site.granted(second, "accept", BOTH)
    for key in (first, second):
        await site.until(key, State.SYNCED)


# Direct exports


async def test_commitments_go_out_on_send_where_the_setting_says_so(site: Site) -> None:
    """S-30, R-27: nobody accepts, the history names who sent it, and he needs no approver's rights."""
    company = await site.company()
    async with site.settings(direct_exports=True):
        plain, held = await site.commitment(line(amount="12.50")), await site.commitment(vendor=id_of(company))
        assert (await site.granted(plain, "send", SENDER)).state is State.EXPORTING
        assert (await site.granted(held, "send", SENDER)).state is State.HELD
        await site.until(plain, State.SYNCED)
    assert await steps(site, plain) == [("send", SENDER.name, "exporting"), ("complete", "connector", "synced")]
    assert (await site.head(held)).waits_for == [f"{company} synced"]
    await site.granted(company, "send", SENDER)
    await site.granted(company, "accept", erp_id=site.code("V"))
    await site.until(held, State.SYNCED)
    assert await steps(site, held) == [
        ("send", SENDER.name, "held"), ("release", "connector", "exporting"), ("complete", "connector", "synced"),
    ]  # fmt: skip


async def test_a_direct_send_is_refused_for_the_same_reasons(site: Site) -> None:
    async with site.settings(direct_exports=True):
        key = await site.commitment(line("99-999"), status="Draft")
        outcome = await site.ask(key, "send", SENDER)
        assert (outcome.answer, codes(outcome)) == (Answer.REFUSED, ["status_not_approved", "code_not_synced"])
        nobody = Person(name="nobody", erp_level=Level.ADMIN, may_push=True)
        assert await site.refused(key, "send", nobody) == ["not_permitted"]
        await site.edit(key, status="Approved")
        await site.relines(key, line())
        await site.granted(key, "send", SENDER)
        await site.until(key, State.SYNCED)


async def test_what_came_back_goes_out_again_on_a_resend(site: Site) -> None:
    key = await site.sent()
    await site.granted(key, "reject")
    async with site.settings(direct_exports=True):
        assert (await site.granted(key, "resend", SENDER)).state is State.EXPORTING
        await site.until(key, State.SYNCED)
    assert [step[0] for step in await steps(site, key)] == ["send", "reject", "resend", "complete"]


async def test_change_orders_and_invoices_go_out_on_send_budgets_and_companies_dont(site: Site) -> None:
    job = await Job.opened(site)
    base = await job.contracted(line("03-100", "S", "1000.00"))
    change = await job.change_order(base, coded("03-100", "S", "250.00", commitment_line=1))
    invoice = await job.invoice(base, {"line": 1, "work_completed_this_period": "400.00"}, invoice_number="D-1")
    budget, company = await job.budget(coded("03-100", "S", "10.00")), await site.company()
    async with site.settings(direct_exports=True):
        for key in (change, invoice):
            await site.granted(key, "send", SENDER)
            await site.until(key, State.SYNCED)
        for key in (budget, company):
            assert (await site.granted(key, "send", SENDER)).state is State.WAITING
    for key in (change, invoice):
        assert (await steps(site, key))[0] == ("send", SENDER.name, "exporting")
        assert "accept" not in await site.actions(key)
    (row,) = await job.vouchers("D-1")
    assert (row["VouInvDate"], row["VouPostDate"], row["VouRemitDesc"]) == ("2026-11-15", "2026-11-15", None)
    await site.granted(company, "retrieve", SENDER)


async def test_switched_on_later_it_changes_nothing_for_what_waits(site: Site) -> None:
    key = await site.sent()
    async with site.settings(direct_exports=True):
        await site.watchdog()
        assert (await site.head(key)).state is State.WAITING
        await site.granted(key, "retrieve", SENDER)
        await site.granted(key, "resend", SENDER)
        await site.until(key, State.SYNCED)


# Switched off


async def test_commitments_and_their_change_orders_are_switched_off(site: Site) -> None:
    """S-15."""
    job = await Job.opened(site)
    base = await job.contracted(line("03-100", "S", "1000.00"))
    change = await job.change_order(base, coded("03-100", "S", "250.00", commitment_line=1))
    fresh, waiting = (
        await job.commitment(line("03-100", "S", "1.00")),
        await job.commitment(line("03-100", "S", "1.00")),
    )
    await site.granted(waiting, "send", SENDER)
    async with site.settings(commitment_export=False):
        for key in (fresh, change):
            outcome = await site.ask(key, "send", SENDER)
            (refusal,) = outcome.refusals
            assert (refusal.code, refusal.owner, refusal.where) == (
                "export_switched_off", "ERP administrator", "Settings",
            )  # fmt: skip
            assert refusal.sentence.startswith("Exporting a commitment")
            assert refusal.sentence.endswith("is switched off in the settings.")
        assert await site.refused(waiting, "accept") == ["export_switched_off"]
        invoice = await job.invoice(base, {"line": 1, "work_completed_this_period": "4.00"}, invoice_number="OFF-1")
        await job.exported(invoice)
    for key in (fresh, change):
        await site.granted(key, "send", SENDER)
    await site.granted(waiting, "accept")
    await site.until(waiting, State.SYNCED)


async def test_vendors_are_switched_off_and_may_still_be_linked(site: Site) -> None:
    """S-14."""
    company, waiting, code = await site.company(), await site.company(), site.code("V")
    await site.granted(waiting, "send", SENDER)
    flags = {"BpDispatchFlag": "N", "BpPrequalRequiredFlag": "N"}
    await site.control(
        "seed",
        businesspartner=[{"BpCode": code, "BpName": "There", "BpAbbrevCode": code, **flags}],
        apvendor=[
            {"BpvenCompCode": "01", "BpvenBpCode": code, "BpvenTermCode": "30", "BpvenSpecialTermsFlag": "N",
             "BpvenCurrCode": "USD"}
        ],
    )  # fmt: skip
    async with site.settings(vendor_export=False):
        outcome = await site.ask(company, "send", SENDER)
        assert [r.sentence for r in outcome.refusals] == ["Exporting a company is switched off in the settings."]
        assert await site.refused(waiting, "accept", erp_id=site.code("V")) == ["export_switched_off"]
        await site.granted(company, "link", erp_id=code)
        await site.until(company, State.SYNCED)
    await site.granted(waiting, "retrieve", SENDER)


# What CMiC is sent


async def test_contract_types_and_the_default_unit(site: Site, contract_types: None) -> None:
    """S-04, S-18, R-22: an order and a subcontract differ by their type; lines without a unit get the default one."""
    lines = (line(amount="5.00"), line(quantity="2", unit_cost="1.50", uom="cy"), line(quantity="1", unit_cost="3.00"))
    async with site.settings(subcontract_type="TRADE", purchase_order_type="MATL", default_uom="EA"):
        subcontract = await site.synced(lines[0])
        order = await site.synced(*lines, kind="PurchaseOrderContract")
    assert (await contract(site, subcontract))["ScmstContType"] == "TRADE"
    assert (await contract(site, order))["ScmstContType"] == "MATL"
    assert await uoms(site, subcontract) == [("0001", "EA")]
    assert await uoms(site, order) == [("0001", "EA"), ("0002", "CY"), ("0003", "EA")]
    plain = await site.synced(lines[0])
    assert ((await contract(site, plain))["ScmstContType"], await uoms(site, plain)) == ("SUB", [("0001", "LS")])


async def test_the_cost_type_of_a_converted_bids_lines(site: Site) -> None:
    """S-02: the configured category of the commitment's kind; it is in the preview, frozen like any mapping, and the job gets
    the code it lacks. Without the setting it stays a refusal."""
    job = await Job.opened(site, ("03-100", "S"))
    bid = {"cost_code": "03-100", "amount": "75.00", "from_bid": True, "description": "By bid"}
    subcontract = await job.commitment(bid, line("03-100", "S", "25.00"))
    order = await job.commitment(bid, kind="PurchaseOrderContract")
    assert await site.refused(subcontract, "send", SENDER) == ["line_without_code"]
    async with site.settings(subcontract_cost_type="s", purchase_order_cost_type="M"):
        for key in (subcontract, order):
            await site.granted(key, "send", SENDER)
        shown = await preview(site.office, order)
        assert shown is not None
        assert [r["row"]["ScschCatCode"] for r in shown["rows"] if r["resource"] == "scsched"] == ["M"]
        await site.granted(subcontract, "accept")
        await site.until(subcontract, State.SYNCED)
        async with site.settings(purchase_order_cost_type="L"):
            assert await site.refused(order, "accept", preview=shown["hash"]) == ["preview_outdated"]
        await site.granted(order, "accept", preview=shown["hash"])
        await site.until(order, State.SYNCED)
    for key, expected in ((subcontract, {"0001": "S", "0002": "S"}), (order, {"0001": "M"})):
        rows = await site.rows("scsched", ScschContCode=site.numbers[key])
        assert {r["ScschTaskCode"]: r["ScschCatCode"] for r in rows} == expected
    assert ("03-100", "M") in {
        (r["JcatPhsCode"], r["JcatCode"]) for r in await site.rows("jcjobcategory", JcatJobCode=job.job)
    }


async def test_a_unit_that_cmic_cant_have_is_refused_whoever_named_it(site: Site) -> None:
    key = await site.commitment()
    async with site.settings(default_uom="LUMP"):
        outcome = await site.ask(key, "send", SENDER)
    assert codes(outcome) == ["field_not_usable"]
    assert outcome.refusals[0].sentence == ("Line 1's unit of measure can't be used: '' has no two letter unit in CMiC")
    assert outcome.refusals[0].where == "Settings, uom_map; or the line's unit in Procore"


# A change of settings never alters what was accepted


async def held(site: Site, *lines: dict[str, Any]) -> tuple[str, str]:
    """An accepted commitment that waits for its vendor; both keys."""
    company = await site.company()
    key = await site.sent(*lines, vendor=id_of(company))
    assert (await site.granted(key, "accept")).state is State.HELD
    return key, company


async def released(site: Site, key: str, company: str) -> None:
    await site.granted(company, "send", SENDER)
    await site.granted(company, "accept", erp_id=site.code("V"))
    await site.until(company, State.SYNCED)


async def test_what_was_accepted_leaves_under_the_settings_of_its_acceptance(site: Site, contract_types: None) -> None:
    key, company = await held(site, line(amount="5.00"))
    async with site.settings(subcontract_type="TRADE", default_uom="EA"):
        await released(site, key, company)
        await site.until(key, State.SYNCED)
    assert ((await contract(site, key))["ScmstContType"], await uoms(site, key)) == ("SUB", [("0001", "LS")])
    async with site.settings(subcontract_type="TRADE", default_uom="EA"):
        other, second = await held(site, line(amount="5.00"))
    await released(site, other, second)
    await site.until(other, State.SYNCED)
    assert ((await contract(site, other))["ScmstContType"], await uoms(site, other)) == ("TRADE", [("0001", "EA")])


async def test_what_was_accepted_leaves_though_exports_were_switched_off(site: Site) -> None:
    key, company = await held(site)
    async with site.settings(commitment_export=False):
        await released(site, key, company)
        await site.until(key, State.SYNCED)


async def test_a_retry_is_a_new_approval_under_todays_settings(site: Site, contract_types: None) -> None:
    async with site.settings(subcontract_type="NOPE"):
        key, company = await held(site, line(amount="5.00"))
    async with site.settings(subcontract_type="TRADE", default_uom="EA"):
        await released(site, key, company)
        head = await site.until(key, State.FAILED)
        assert "Contract Type NOPE is not a valid contract type" in head.words
        async with site.settings(commitment_export=False):
            assert await site.refused(key, "retry") == ["export_switched_off"]
        await site.granted(key, "retry")
        await site.until(key, State.SYNCED)
    assert ((await contract(site, key))["ScmstContType"], await uoms(site, key)) == ("TRADE", [("0001", "EA")])
    assert [step[0] for step in await steps(site, key)] == ["send", "accept", "release", "fail", "retry", "complete"]


async def test_what_tries_again_by_itself_keeps_the_settings_of_its_acceptance(
    site: Site, contract_types: None
) -> None:
    quick = site.hurried(patience=3, retry_every=2)
    key = await quick.sent(line(amount="5.00"))
    await site.fault("status", status=503, method="GET", resource="scmast", times=None)
    await quick.granted(key, "accept")
    await site.until(key, State.FAILED, also=lambda h: h.failure_is_temporary)
    async with site.settings(subcontract_type="TRADE", default_uom="EA"):
        await site.cmic.delete("/_sandbox/faults")
        await site.until(key, State.SYNCED)
    assert ((await contract(site, key))["ScmstContType"], await uoms(site, key)) == ("SUB", [("0001", "LS")])


async def test_a_code_that_was_to_go_along_goes_along(site: Site) -> None:
    """Accepted while codes of the master list went along; switched off before it left."""
    job, company = await Job.opened(site, ("03-100", "S")), await site.company()
    key = await job.commitment(line("03-100", "M", "4.00"), vendor=id_of(company))
    await site.granted(key, "send", SENDER)
    assert (await site.granted(key, "accept")).state is State.HELD
    async with site.settings(cost_codes_go_along=False):
        await released(site, key, company)
        await site.until(key, State.SYNCED)


async def test_the_preview_is_todays_until_it_is_accepted(site: Site, contract_types: None) -> None:
    """And who approves a preview of yesterday's settings is refused."""
    key = await site.sent(line(amount="5.00"))
    old = await preview(site.office, key)
    assert old is not None
    async with site.settings(subcontract_type="TRADE"):
        new = await preview(site.office, key)
        assert new is not None
        assert await site.refused(key, "accept", preview=old["hash"]) == ["preview_outdated"]
        await site.granted(key, "accept", preview=new["hash"])
        await site.until(key, State.SYNCED)
    shown = [{row["resource"]: row["row"].get("ScmstContType") for row in one["rows"]}["scmast"] for one in (old, new)]
    assert shown == ["SUB", "TRADE"]
    assert (await contract(site, key))["ScmstContType"] == "TRADE"


async def test_every_version_is_kept_with_who_made_it(site: Site) -> None:
    """B-06."""
    pool = site.office.ledger.pool
    query = "select version, who, body from settings where procore_company = $1 order by version"
    before = await pool.fetch(query, COMPANY)
    async with site.settings(default_uom="EA"):
        pass
    after = await pool.fetch(query, COMPANY)
    assert [tuple(row) for row in after[: len(before)]] == [tuple(row) for row in before]
    assert [(row["who"], row["body"]["default_uom"]) for row in after[len(before) :]] == [
        ("administrator", "EA"), ("administrator", "LS"),
    ]  # fmt: skip
    assert [row["version"] for row in after] == list(range(after[0]["version"], after[0]["version"] + len(after)))
    assert APPROVER.name not in {row["who"] for row in after[len(before) :]}
