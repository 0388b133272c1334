"""What an item waits for and who waits for it, and what goes where, as the command line shows them (design §4; requirements
§3)."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import pytest
import structlog

from domain.states import State
from mappers.commitment import HEADER, LINE, CommitmentMapper
from mappers.fields import Field
from mappers.incoming.registry import IMPORTERS
from mappers.registry import KINDS
from systems.cmic.dialect import Dialect
from tests.paperwork import Job, coded, id_of, line
from tests.stack.commands import DONE, USAGE, Said, cli
from tests.support import COMPANY, PROJECT, SENDER, Site
from workers import mappings as printed
from workers.preview import preview

PAYING = {"payments_out": True, "payment_bank_company": "01", "payment_department": "00", "payment_account": "1000"}
Node = dict[str, Any]


@pytest.fixture(autouse=True)
def quiet_worker() -> Iterator[None]:
    """The worker of this process logs elsewhere while the CLI's output is read."""
    structlog.configure(logger_factory=structlog.ReturnLoggerFactory())
    yield
    structlog.reset_defaults()


async def graph(site: Site, key: str) -> Node:
    said = await cli(site, "graph", key, "--json")
    assert said.code == DONE, said
    found: Node = said.json
    assert set(found) == {"key", "label", "state", "posting", "waits_for", "waited_for_by"}
    return found


def rows(found: Node, direction: str) -> set[tuple[str, str, bool]]:
    """The nearest ones: who, on what condition, and whether it is met."""
    return {(row["key"], row["condition"], row["met"]) for row in found[direction]}


def behind(found: Node, direction: str) -> set[str]:
    """Everybody in that direction, however far."""
    return {key for row in found[direction] for key in (row["key"], *behind(row, direction))}


def under(found: Node, key: str, direction: str) -> Node:
    return next(row for row in found[direction] if row["key"] == key)


# From the company to the payment


async def test_a_chain_from_the_company_to_the_payment(site: Site) -> None:
    job, company = await Job.opened(site), await site.company("Chain & Sons")
    contract = await job.commitment(line("03-100", "S", "1000.00"), vendor=id_of(company), retainage_percent="10")
    change = await job.change_order(contract, coded("03-100", "S", "250.00", commitment_line=1), number="001")
    items = ({"line": 1, "work_completed_this_period": "400.00"}, {"change_order": "001", "line": 1})
    billed = {**items[1], "work_completed_this_period": "100.00"}
    invoice = await job.invoice(contract, items[0], billed, invoice_number="CH-1")
    payment = await job.payment(contract, invoice, "150.00", check_number="5301")
    for key in (contract, change, invoice):
        await site.granted(key, "send", SENDER)
        await site.granted(key, "accept")
    async with site.settings(**PAYING):
        await job.accepted(payment)

    found = await graph(site, payment)
    assert (found["state"], found["waited_for_by"]) == ("held", [])
    assert rows(found, "waits_for") == {(job.key, "job exists", True), (invoice, "posted", False)}
    bill = under(found, invoice, "waits_for")
    assert rows(bill, "waits_for") == {
        (job.key, "job exists", True), (contract, "posted", False), (change, "posted", False),
    }  # fmt: skip
    ordered = under(bill, change, "waits_for")
    assert rows(ordered, "waits_for") == {(job.key, "job exists", True), (contract, "open for changes", False)}
    base = under(bill, contract, "waits_for")
    assert rows(base, "waits_for") == {(job.key, "job exists", True), (company, "synced", False)}
    assert behind(found, "waits_for") == {job.key, invoice, contract, change, company}

    whole = await graph(site, company)
    assert (whole["state"], whole["label"], whole["waits_for"]) == ("not_sent", "", [])
    assert rows(whole, "waited_for_by") == {(contract, "synced", False)}
    assert behind(whole, "waited_for_by") == {contract, change, invoice, payment}

    code = site.code("V")
    await site.granted(company, "send", SENDER)
    await site.granted(company, "accept", erp_id=code)
    await site.until(contract, State.SYNCED)
    found = await graph(site, contract)
    assert (found["state"], found["posting"]) == ("synced", "unposted")
    assert rows(found, "waits_for") == {(job.key, "job exists", True), (company, "synced", True)}
    assert rows(found, "waited_for_by") == {(change, "open for changes", False), (invoice, "posted", False)}
    await job.post_contract(contract, vendor=code)
    await site.until(change, State.SYNCED)
    found = await graph(site, contract)
    assert rows(found, "waited_for_by") == {(change, "open for changes", True), (invoice, "posted", True)}
    assert rows(await graph(site, invoice), "waits_for") == {
        (job.key, "job exists", True), (contract, "posted", True), (change, "posted", False),
    }  # fmt: skip
    await job.post_contract(contract, "001", vendor=code)
    await site.until(invoice, State.SYNCED)
    await job.post_voucher("CH-1", vendor=code)
    await site.until(payment, State.SYNCED)
    found = await graph(site, payment)
    assert {met for _, _, met in rows(found, "waits_for")} == {True}


async def test_a_chain_as_a_tree_at_80_columns(site: Site) -> None:
    job, company = await Job.opened(site), await site.company("A company of a rather long name")
    contract = await job.commitment(line("03-100", "S", "10.00"), vendor=id_of(company), title="A title " * 20)
    change = await job.change_order(contract, coded("03-100", "S", "1.00"))
    await job.accepted(contract)
    await job.accepted(change)
    said = await cli(site, "graph", change)
    assert said.code == DONE
    assert f"{change} held waits for" in said.words
    assert f"… {contract} A title A title" in said.words
    assert "(needs to be posted, or in process, in CMiC)" in unfolded(said)
    assert f"… {company} A company" not in said.words, "it was never sent: nobody knows its name"
    assert f"… {company} not_sent" in unfolded(said)
    assert "(needs to be synced)" in unfolded(said)
    assert f"✓ {job.key} Project {job.project} synced" in unfolded(said)
    assert f"{change} held is waited for by └── nobody" in said.words
    said = await cli(site, "graph", "company", id_of(company))
    assert f"{company} not_sent waits for └── nothing" in said.words
    assert f"… {contract}" in said.words


def unfolded(said: Said) -> str:
    """A tree's lines without what draws it, on one line."""
    return " ".join("".join(c for c in said.out if c not in "│├└─").split())


async def test_what_nobody_has_sent_stands_alone(site: Site) -> None:
    key = f"commitment:{COMPANY}:{PROJECT}:99999960"
    assert await graph(site, key) == {
        "key": key, "label": "", "state": "not_sent", "posting": "unknown", "waits_for": [], "waited_for_by": [],
    }  # fmt: skip
    said = await cli(site, "graph", "commitment", 99999960, "--project", PROJECT)
    assert f"{key} not_sent waits for └── nothing" in said.words
    assert f"{key} not_sent is waited for by └── nobody" in said.words
    wrong = await cli(site, "graph", "invoice", 7, fits=False)
    assert (wrong.code, wrong.out) == (USAGE, "")
    assert "there is no kind 'invoice'" in wrong.words


async def test_what_went_back_waits_for_nothing_more(site: Site) -> None:
    company = await site.company()
    held, rejected = [await site.sent(vendor=id_of(company)) for _ in range(2)]
    for key in (held, rejected):
        await site.granted(key, "accept")
    await site.granted(rejected, "reject")
    states = {row["key"]: row["state"] for row in (await graph(site, company))["waited_for_by"]}
    assert states[held] == "held"
    assert states.get(rejected, "rejected") == "rejected"


# From the project to its budget's changes


async def test_a_chain_from_the_project_to_a_budget_change(site: Site) -> None:
    job = await Job.planned(site, "03-100", "04-200")
    await job.exported(job.key)
    budget = await job.budget(coded("03-100", "S", "1000.00"), coded("04-200", "S", "500.00"))
    change = await job.budget_change(coded("03-100", "S", "5.00"), coded("04-200", "S", "-5.00"), number=3)
    await job.accepted(budget, confirm_import_closed=True)
    await job.accepted(change)

    found = await graph(site, change)
    assert rows(found, "waits_for") == {(job.key, "job exists", False), (budget, "budgeted", False)}
    assert rows(under(found, budget, "waits_for"), "waits_for") == {(job.key, "job exists", False)}
    whole = await graph(site, job.key)
    assert whole["state"] == "synced"
    assert rows(whole, "waited_for_by") == {(budget, "job exists", False), (change, "job exists", False)}
    assert rows(under(whole, budget, "waited_for_by"), "waited_for_by") == {(change, "budgeted", False)}
    said = await cli(site, "graph", change)
    assert "(needs to be posted in CMiC and shown there as budgeted cost)" in unfolded(said)

    await job.made(("03-100", "S"), ("04-200", "S"))
    await site.watch(resource="job")
    await site.until(budget, State.SYNCED)
    found = await graph(site, change)
    assert rows(found, "waits_for") == {(job.key, "job exists", True), (budget, "budgeted", False)}
    assert under(found, budget, "waits_for")["posting"] == "unposted"
    await job.post_items()
    await site.until(change, State.SYNCED)
    found = await graph(site, change)
    assert rows(found, "waits_for") == {(job.key, "job exists", True), (budget, "budgeted", True)}


async def test_a_prime_change_order_needs_a_contract_in_cmic(site: Site) -> None:
    job = await Job.opened(site)
    await job.prime_contract(line("03-100", "S", "5000.00"))
    key = await job.prime_change(coded("03-100", "S", "100.00"), number="PCO-9")
    await job.accepted(key)
    conditions = {(job.key, "job exists", True), (job.key, "contract in CMiC", False)}
    assert rows(await graph(site, key), "waits_for") == conditions
    await job.bill_contract()
    await site.until(key, State.SYNCED)
    assert {met for _, _, met in rows(await graph(site, key), "waits_for")} == {True}


async def test_an_invoice_waits_for_the_one_before_it(site: Site) -> None:
    job = await Job.opened(site)
    contract = await job.contracted(line("03-100", "S", "1000.00"))
    first = await job.invoice(contract, {"line": 1, "work_completed_this_period": "40.00"}, invoice_number="G-1")
    await job.exported(first)
    second = await job.invoice(contract, {"line": 1, "work_completed_this_period": "10.00"}, invoice_number="G-2")
    await job.accepted(second)
    assert (first, "out of the way", False) in rows(await graph(site, second), "waits_for")
    assert (second, "out of the way", False) in rows(await graph(site, first), "waited_for_by")
    await job.post_voucher("G-1")
    await site.until(second, State.SYNCED)


# What goes where


EXPORTED: tuple[tuple[str, str], ...] = (
    # Project ↔, vendor ↔
    ("project", "pmproject.GrpmpProjCode"), ("project", "pmproject.GrpmpProjName"),
    ("project", "pmproject.GrpmpAddLine1"), ("project", "pmproject.GrpmpAddLine3"),
    ("project", "pmproject.GrpmpRegionCode"), ("project", "pmproject.GrpmpPostalCode"),
    ("project", "pmproject.GrpmpStartDate"), ("project", "pmproject.GrpmpEndDate"),
    ("cost code and cost type", "jcjobcategory.JcatPhsCode"), ("cost code and cost type", "jcjobcategory.JcatCode"),
    ("cost code", "jcjobcostcodes.GjjpCode"),
    ("company (business partner)", "businesspartner.BpCode"), ("company (business partner)", "businesspartner.BpName"),
    ("company (vendor)", "apvendor.BpvenBpCode"), ("company (vendor)", "apvendor.BpvenPayAdd1"),
    ("company (vendor)", "apvendor.BpvenPayAdd3"), ("company (vendor)", "apvendor.BpvenPayRegionCode"),
    ("company (vendor)", "apvendor.BpvenPayPostalCode"), ("company (vendor)", "apvendor.BpvenPayPhone"),
    ("company (vendor)", "apvendor.BpvenPayFax"), ("company (vendor)", "apvendor.BpvenPayEmail"),
    ("company (vendor)", "apvendor.BpvenWebSite"),
    # Budget, budget modification, budget change, forecast
    ("budget", "cmmast.CmmPrepostStatCode"), ("budget line", "cmdetail.CmdBudgAmt"),
    ("budget line", "cmdetail.CmdPhsCode"), ("budget line", "cmdetail.CmdCatCode"),
    ("budget modification", "cmmast.CmmJobCode"), ("budget modification line", "cmdetail.CmdPhsCode"),
    ("budget modification line", "cmdetail.CmdCatCode"), ("budget modification line", "cmdetail.CmdBudgAmt"),
    ("budget change", "cmmast.CmmJobCode"), ("budget change", "cmmast.CmmCode"),
    ("budget change", "cmmast.CmmPrepostStatCode"), ("budget change", "cmmast.CmmRefDate"),
    ("budget change", "cmmast.CmmName"), ("budget change", "cmmast.CmmScopeDesc"),
    ("budget change line", "cmdetail.CmdPhsCode"), ("budget change line", "cmdetail.CmdCatCode"),
    ("budget change line", "cmdetail.CmdBudgAmt"), ("budget change line", "cmdetail.CmdBillAmt"),
    ("forecast", "cmmast.CmmTypeCode"), ("forecast", "cmmast.CmmRefDate"), ("forecast", "cmmast.CmmName"),
    ("forecast line", "cmdetail.CmdPhsCode"), ("forecast line", "cmdetail.CmdCatCode"),
    ("forecast line", "cmdetail.CmdBudgAmt"), ("forecast (projected cost)", "jcjobcategory.JcatProjAmt"),
    # Commitment and its lines
    ("commitment", "scmast.ScmstContCode"), ("commitment", "scmast.ScmstContType"),
    ("commitment", "scmast.ScmstVenCode"), ("commitment", "scmast.ScmstDate"),
    ("commitment", "scmast.ScmstStartDate"), ("commitment", "scmast.ScmstIssuedDate"),
    ("commitment", "scmast.ScmstEndDate"), ("commitment", "scmast.ScmstExecutedDate"),
    ("commitment", "scmast.ScmstName"), ("commitment", "scmast.ScmstHldbkPc"),
    ("commitment", "scmast.ScmstScopeDesc"), ("commitment", "scmast.ScmstOverrideFlag"),
    ("commitment line", "scsched.ScschUnit"), ("commitment line", "scsched.ScschWmCode"),
    ("commitment line", "scsched.ScschUnitRate"), ("commitment line", "scsched.ScschAmt"),
    ("commitment line", "scsched.ScschJobCode"), ("commitment line", "scsched.ScschTaskName"),
    ("commitment line", "scsched.ScschPhsCode"), ("commitment line", "scsched.ScschCatCode"),
    # Commitment change order
    ("commitment change order", "scmast.ScmstName"), ("commitment change order", "scmast.ScmstDate"),
    ("commitment change order", "scmast.ScmstChgCode"), ("commitment change order", "scmast.ScmstScopeDesc"),
    ("commitment change order line", "scsched.ScschTaskCode"), ("commitment change order line", "scsched.ScschUnit"),
    ("commitment change order line", "scsched.ScschUnitRate"), ("commitment change order line", "scsched.ScschWmCode"),
    ("commitment change order line", "scsched.ScschAmt"),
    # Invoice and payment
    ("subcontractor invoice", "apvoucher.VouVenCode"), ("subcontractor invoice", "apvoucher.VouInvCode"),
    ("subcontractor invoice", "apvoucher.VouRemitDesc"), ("subcontractor invoice", "apvoucher.VouInvAmt"),
    ("subcontractor invoice", "apvoucher.VouInvDate"), ("subcontractor invoice", "apvoucher.VouDueDate"),
    ("subcontractor invoice", "apvoucher.VouPostDate"), ("subcontractor invoice", "apvoucher.VouContCode"),
    ("subcontractor invoice", "apvoucher.VouJobCode"),
    ("subcontractor invoice item", "ApVoucherDetailViewObj.VdistTranScschOraseq (the row's task)"),
    ("subcontractor invoice item", "ApVoucherDetailViewObj.VdistTranScschLstAmt"),
    ("subcontractor invoice item", "ApVoucherDetailViewObj.VdistTranScschHldbkAmt"),
    ("subcontractor invoice item", "ApVoucherDetailViewObj.VdistTranScschHldbkRlsAmt"),
    ("invoice payment", "manualcheck.ChqAmt"), ("invoice payment", "manualcheck.ChqDate"),
    ("invoice payment", "manualcheck.ChqPostDate"), ("invoice payment", "manualcheck.ChqNum"),
    ("invoice payment", "manualcheck.ChqDesc"),
    # Prime contract change order
    ("prime contract change order", "cmmast.CmmJobCode"), ("prime contract change order", "cmmast.CmmName"),
    ("prime contract change order", "cmmast.CmmRefDate"), ("prime contract change order", "cmmast.CmmCode"),
    ("prime contract change order", "cmmast.CmmScopeDesc"),
    ("prime contract change order line", "cmdetail.CmdBillAmt"),
    ("prime contract change order line", "cmdetail.CmdPhsCode"),
    ("prime contract change order line", "cmdetail.CmdCatCode"),
    ("prime contract change order line", "cmdetail.CmdBudgAmt"),
)  # fmt: skip
BOTH_WAYS = ("project", "company (business partner)", "company (vendor)", "invoice payment")
"""Objects that §3 maps in both directions."""


async def test_every_row_of_the_requirements_that_is_exported_is_mapped(site: Site) -> None:
    said = await cli(site, "mappings", "--json")
    assert said.code == DONE
    for row in said.json:
        assert set(row) == {"object", "procore", "direction", "cmic", "requirement"}
        assert row["direction"] in ("→", "↔", "←")
        assert all(row.values()), row
    going = [row for row in said.json if row["direction"] != "←"]
    shown = [(row["object"], row["cmic"]) for row in going]
    assert [pair for pair in EXPORTED if pair not in shown] == []
    assert len(set(shown)) == len(shown), "no attribute has two sources"
    assert {row["object"] for row in said.json if row["direction"] == "↔"} >= set(BOTH_WAYS)
    named = {name for table_of in KINDS.values() for name in (t.title for t in table_of.mapper.tables)}
    assert {row["object"] for row in going} == named
    coming = {stream.title for importer in IMPORTERS.values() for stream in importer.streams if stream.takes}
    assert {row["object"] for row in said.json} - named == coming


async def test_mappings_in_words_and_of_one_object(site: Site) -> None:
    everything = await cli(site, "mappings")
    assert everything.code == DONE
    assert "scmast.ScmstContCode" in everything.words
    only = await cli(site, "mappings", "--object", "invoice payment", "--json")
    assert {row["object"] for row in only.json} == {"invoice payment", "invoice payment, the invoice paid"}
    assert (await cli(site, "mappings", "--object", "no such thing", "--json")).json == []


def test_they_are_read_from_the_tables_that_the_mappers_use(monkeypatch: pytest.MonkeyPatch) -> None:
    """Another table, another list: a field more, one less, one that the dialect knows no place for."""

    class Another(CommitmentMapper):
        tables = (
            replace(HEADER, values=(*HEADER.values[:-1], Field("impact_days", "days", lambda s: 1, "S-99"))),
            replace(LINE, title="commitment row", values=LINE.values[:1]),
        )

    before = printed.mappings(Dialect.load())
    kinds = {**KINDS, "commitment": replace(KINDS["commitment"], mapper=Another())}
    monkeypatch.setattr(printed, "KINDS", kinds)
    after = printed.mappings(Dialect.load())
    new = [row for row in after if row not in before]
    gone = [row for row in before if row not in after]
    assert new[0] == {
        "object": "commitment", "procore": "days", "direction": "→", "cmic": "scmast.ScmstImpactDays",
        "requirement": "S-99",
    }  # fmt: skip
    assert {row["object"] for row in new[1:]} == {"commitment row"}
    assert len(new[1:]) == len(LINE.key) + 1
    assert {row["object"] for row in gone} == {"commitment", "commitment line"}
    assert ("commitment", "(accounting date typed)") in {(row["object"], row["procore"]) for row in gone}


async def test_whatever_a_preview_shows_is_a_row_of_the_mappings(site: Site) -> None:
    """Apart from what a new row needs and the connector has no value for (the dialect's on_create)."""
    order = line("03-100", "S", quantity="3", unit_cost="2.50", uom="ea")
    key = await site.sent(order, kind="PurchaseOrderContract", description="All of it", retainage_percent="10")
    shown = await preview(site.office, key)
    assert shown is not None
    mapped = {row["cmic"] for row in (await cli(site, "mappings", "--json")).json}
    sent = {f"{row['resource']}.{name}" for row in shown["rows"] for name, value in row["row"].items() if value}
    assert "scsched.ScschUnitRate" in sent
    assert sent - mapped == set()
    await site.granted(key, "retrieve", SENDER)
