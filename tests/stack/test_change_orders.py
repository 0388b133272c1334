"""Commitment change orders through the whole stack: every refusal, every transition, and what CMiC's books hold afterwards, to
the cent (O-12, R-12). Procore has no place for their ids, so another integration's is never met: that guard has nothing to
refuse."""

from __future__ import annotations

from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

import pytest

from domain.settings import Limits
from domain.states import Posting, State
from tests.paperwork import PAIRS, Body, Job, coded, id_of, line
from tests.stack.commands import REFUSED as EXIT_REFUSED
from tests.stack.commands import cli
from tests.stack.subject_walks import goes_out_on_send, is_there_once_whatever_happens, its_rows_refuse, walks_its_table
from tests.stack.subjects import ChangeOrder
from tests.stack.walks import ACCOUNTING, ADMIN, TEAM, Told, told
from tests.support import APPROVER, COMPANY, ERP, SENDER, Site

CHANGE = coded("03-100", "S", "250.00")
UNITS = coded("03-100", "S", quantity="3", unit_cost="3.335", uom="ea")


@pytest.fixture(scope="module")
async def job(connected: Site) -> Job:
    """A job whose code 88-800 isn't on CMiC's master list, and has one category."""
    row = {"company_id": COMPANY, "id": 1901, "name": "pallet", "description": "Pallet"}
    assert (await connected.procore.post("/_sandbox/seed", json={"uoms": [row]})).status_code == 200
    return await Job.opened(connected, *PAIRS, ("88-800", "S"))


@pytest.fixture(scope="module")
async def contract(job: Job) -> str:
    return await job.contracted(line("03-100", "S", "1000.00"), line("88-800", "S", "500.00"))


async def test_every_transition_of_its_table_is_walked(site: Site, job: Job) -> None:
    await walks_its_table(ChangeOrder, job)


async def test_direct_exports(site: Site, job: Job) -> None:
    await goes_out_on_send(ChangeOrder, job)


# Refusals

ENTERED: dict[str, tuple[list[Body], dict[str, Any], list[Told]]] = {
    "draft": (
        [CHANGE], {"status": "draft"},
        [("status_not_approved", "Its status is Draft; only Approved can be sent.", TEAM)],
    ),
    "rejected by the owner": (
        [CHANGE], {"status": "rejected"},
        [("status_not_approved", "Its status is Rejected; only Approved can be sent.", TEAM)],
    ),
    "the base contract's number": (
        [CHANGE], {"number": "0"},
        [("field_not_usable", "The change code can't be used: 000 is the base contract's", TEAM)],
    ),
    "a number of seven characters": (
        [CHANGE], {"number": "CCO-012"},
        [("field_too_long", "The change code has 7 characters; CMiC takes 6.", TEAM)],
    ),
    "a number with a bar": (
        [CHANGE], {"number": "A|1"},
        [("field_not_usable", "The change code can't be used: 'A|1' has characters that a code can't have", TEAM)],
    ),
    "a number in another script": (
        [CHANGE], {"number": "Σ9"},
        [("field_not_usable", "The change code can't be used: 'Σ9' has characters that a code can't have", TEAM)],
    ),
    "a long title": (
        [CHANGE], {"title": "T" * 201},
        [("field_too_long", "The title has 201 characters; CMiC takes 200.", TEAM)],
    ),
    "a long description": (
        [CHANGE], {"description": "d" * 4001},
        [("field_too_long", "The description has 4001 characters; CMiC takes 4000.", TEAM)],
    ),
    "a long line": (
        [CHANGE, coded("03-100", "S", "1.00", description="x" * 31)], {},
        [("field_too_long", "The description of line 2 has 31 characters; CMiC takes 30.", TEAM)],
    ),
    "no line": ([], {}, [("no_lines", "It has no line in its schedule of values.", TEAM)]),
    "a category that isn't on the code": (
        [CHANGE, coded("88-800", "L", "1.00")], {},
        [("code_not_synced", "Line 2 sits on 88-800 L, which is not on CMiC's list for job {job}.", ADMIN)],
    ),
    "an unknown unit": (
        [coded("03-100", "S", quantity="1", unit_cost="1", uom="pallet")], {},
        [("field_not_usable", "Line 1's unit of measure can't be used: 'pallet' has no two letter unit in CMiC", TEAM)],
    ),
    "everything": (
        [coded("88-800", "M", "1.00", description="x" * 40)],
        {"status": "void", "number": "TOO-LONG", "title": "T" * 300, "description": "d" * 5000},
        [
            ("status_not_approved", "Its status is Void; only Approved can be sent.", TEAM),
            ("field_too_long", "The change code has 8 characters; CMiC takes 6.", TEAM),
            ("field_too_long", "The title has 300 characters; CMiC takes 200.", TEAM),
            ("field_too_long", "The description has 5000 characters; CMiC takes 4000.", TEAM),
            ("field_too_long", "The description of line 1 has 40 characters; CMiC takes 30.", TEAM),
            ("code_not_synced", "Line 1 sits on 88-800 M, which is not on CMiC's list for job {job}.", ADMIN),
        ],
    ),
}  # fmt: skip


def about(job: Job, expected: list[Told]) -> list[Told]:
    return [(code, sentence.replace("{job}", job.job), owner) for code, sentence, owner in expected]


@pytest.mark.parametrize("name", ENTERED)
async def test_what_was_entered_is_refused_with_every_reason(site: Site, job: Job, contract: str, name: str) -> None:
    lines, more, expected = ENTERED[name]
    stated = {"number": site.code("")[-3:], **more}
    key = await job.change_order(contract, *lines, **stated)
    assert await told(site, key, "send") == about(job, expected)
    assert (await site.head(key)).state is State.NOT_SENT


ANSWERED: dict[str, tuple[str, dict[str, Any], list[Told]]] = {
    "no number": ("{id}$", {"set": {"number": " "}}, [("no_number", "It has no number.", TEAM)]),
    "no status": (
        "{id}$", {"set": {"status": None}},
        [("status_not_approved", "Its status is empty; only Approved can be sent.", TEAM)],
    ),
    "a total that isn't the sum of its lines": (
        "{id}$", {"set": {"grand_total": "99.99"}},
        [("total_differs", "Its lines add up to 260.01, but the change order says 99.99.", TEAM)],
    ),
    "a unit line whose amount isn't its product": (
        "line_items$", {"set": {"data.0.amount": "10.02", "data.1.amount": "249.99"}},
        [("unit_amount_differs", "Line 1: 3.0 × 3.335 is 10.01, but its amount is 10.02.", TEAM)],
    ),
    "fractions of a cent": (
        "line_items$", {"set": {"data.0.amount": "10.005", "data.0.extended_type": "manual", "data.1.amount": "250.005"}},
        [
            ("amount_not_whole_cents", "Line 1: 10.005 isn't a whole number of cents.", TEAM),
            ("amount_not_whole_cents", "Line 2: 250.005 isn't a whole number of cents.", TEAM),
        ],
    ),
    "a line without a code": (
        "line_items$", {"set": {"data.1.wbs_code_id": None, "data.1.wbs_code": None}},
        [("line_without_code", "Line 2 has no cost code.", TEAM)],
    ),
}  # fmt: skip


@pytest.mark.parametrize("name", ANSWERED)
async def test_what_procore_answers_is_refused_where_it_does_not_add_up(
    site: Site, job: Job, contract: str, name: str
) -> None:
    path, order, expected = ANSWERED[name]
    key = await job.change_order(contract, UNITS, CHANGE, number=site.code("")[-3:])
    falsified = "commitment_change_orders/" + path.replace("{id}", str(id_of(key)))
    await site.procore_fault(falsified.replace("/line", f"/{id_of(key)}/line"), method="GET", **order)
    assert await told(site, key, "send") == expected
    await site.granted(key, "send", SENDER)


async def test_a_line_without_a_cost_type(site: Site, job: Job, contract: str) -> None:
    """A project's codes may stand on a cost code alone."""
    key = await job.change_order(contract, CHANGE, number=site.code("")[-3:])
    codes = (await site.procore.get("/_sandbox/books/wbs_codes", params={"project_id": job.project})).json()
    bare = [{"segment": {"type": "cost_code"}, "code": "100", "path_code": "03-100"}]
    falsified = {f"{n}.segment_items": bare for n in range(len(codes))}
    await site.procore_fault("wbs_codes$", method="GET", set=falsified)
    assert await told(site, key, "send") == [("line_without_code", "Line 1 has no category.", TEAM)]


async def test_settings_refuse(site: Site, job: Job, contract: str) -> None:
    key = await job.change_order(contract, CHANGE, CHANGE, number=site.code("")[-3:])
    async with site.settings(commitment_export=False, limits=Limits(lines=1)):
        refused = [
            ("export_switched_off", "Exporting a commitment change order is switched off in the settings.", ADMIN),
            ("too_many_lines", "It has 2 lines; one export takes at most 1.", TEAM),
        ]
        assert await told(site, key, "send") == refused
    await site.granted(key, "send", SENDER)
    async with site.settings(commitment_export=False, limits=Limits(lines=1)):
        assert await told(site, key, "accept", APPROVER) == refused


async def test_what_the_approver_types_is_refused(site: Site, job: Job, contract: str) -> None:
    key = await job.change_order(contract, CHANGE, number=site.code("")[-3:])
    await site.granted(key, "send", SENDER)
    assert await told(site, key, "accept", APPROVER, erp_id="0") == [
        ("field_not_usable", "The change code can't be used: 000 is the base contract's", TEAM)
    ]
    for typed in ({"erp_id": "CCO-012"}, {"erp_id": "A|1"}, {"transaction_date": "soon"}, {"description": "d" * 4001}):
        (refusal,) = await told(site, key, "accept", APPROVER, **typed)
        assert (refusal[0], refusal[2]) == ("bad_input", TEAM)
        assert refusal[1].startswith(f"The command can't be read: {next(iter(typed))}: ")


async def test_the_rows_own_guards(site: Site, job: Job) -> None:
    await its_rows_refuse(await ChangeOrder.ready(job))


async def test_on_the_command_line(site: Site, job: Job, contract: str) -> None:
    """Code, sentence, owner and place as people read them; exit code 3."""
    key = await job.change_order(contract, CHANGE, number="CCO-0012", status="pending")
    said = await cli(site, "send", key)
    assert said.code == EXIT_REFUSED
    for words in (
        "Its status is Pending; only Approved can be sent.",
        "project team → Procore, the change order's status [status_not_approved]",
        "The change code has 8 characters; CMiC takes 6.",
        "project team → Procore, the change order's number, or the ERP id typed by the approver [field_too_long]",
    ):
        assert words in said.words
    for action in ("retrieve", "resend", "accept", "reject", "retry", "adopt", "unlink"):
        as_data = await cli(site, action, key, "--json")
        assert (as_data.code, [r["code"] for r in as_data.json["refusals"]][-1]) == (EXIT_REFUSED, "not_allowed_now")


async def test_a_contract_stays_while_a_change_order_stands_on_it_and_that_while_an_invoice_does(
    site: Site, job: Job
) -> None:
    one = await ChangeOrder.ready(job)
    await job.exported(one.key)
    refused = [("depended_on", "1 other item(s) wait for it or depend on it: Change (Synced).", ACCOUNTING)]
    assert await told(site, one.contract, "unlink", APPROVER) == refused
    await one.deed("post")
    item = {"line": 1, "change_order": "7", "work_completed_this_period": "10.00"}
    invoice = await job.invoice(one.contract, item, invoice_number=site.code("INV-"))
    await site.granted(invoice, "send", SENDER)
    (refusal,) = await told(site, one.key, "unlink", APPROVER)
    assert refusal[0] == "depended_on"
    assert "(Ready to Export)" in refusal[1]
    await site.granted(invoice, "retrieve", SENDER)
    await one.deed("void")
    await site.granted(one.key, "unlink")
    await site.until(one.key, State.NOT_SENT)


# CMiC's books


def shown(row: Body) -> tuple[Any, ...]:
    names = ("TaskCode", "PhsCode", "CatCode", "WmCode")
    numbers = (row["ScschUnit"], row["ScschUnitRate"], row["ScschAmt"])
    return (*(row[f"Scsch{n}"] for n in names), *(None if n is None else Decimal(str(n)) for n in numbers))


async def test_existing_lines_new_lines_units_and_credits(site: Site, job: Job) -> None:
    """A line on an existing one bears its task; a second one on the same, and a new one, a task of its own (R-12)."""
    contract = await job.contracted(line("03-100", "S", "1000.00"), line("88-800", "S", "500.00"))
    key = await job.change_order(
        contract,
        coded("03-100", "S", "250.00", commitment_line=1, description="More of it"),
        coded("03-100", "S", "-49.99", commitment_line=1),
        coded("88-800", "S", "-500.00", commitment_line=2),
        coded("04-200", "M", "9.99", description="Ties"),
        coded("05-100", "S", quantity="3", unit_cost="3.335", uom="ea"),
        coded("03-100", "L", "-0.01"),
        number="7", title="Ties and less steel", description="As agreed on site",
    )  # fmt: skip
    await job.exported(key)
    base = [shown(row) for row in await job.contract_lines(contract, "000")]
    lump = ("LS", None, None)
    assert sorted(shown(row) for row in await job.contract_lines(contract, "007")) == [
        (base[0][0], "03-100", "S", *lump, Decimal("250")),
        (base[1][0], "88-800", "S", *lump, Decimal("-500")),
        ("007-002", "03-100", "S", *lump, Decimal("-49.99")),
        ("007-004", "04-200", "M", *lump, Decimal("9.99")),
        ("007-005", "05-100", "S", "EA", Decimal("3"), Decimal("3.335"), Decimal("10.01")),
        ("007-006", "03-100", "L", *lump, Decimal("-0.01")),
    ]
    (header,) = await site.rows("scmast", ScmstContCode=site.numbers[contract], ScmstChgCode="007")
    assert [header[f"Scmst{n}"] for n in ("Name", "ScopeDesc", "CurrCode", "JobCode", "StatusCode", "PostDate")] == [
        "Ties and less steel", "As agreed on site", "USD", job.job, "U", None,
    ]  # fmt: skip
    assert Decimal(str(header["ScmstContAmt"])) == Decimal("-280.00")
    assert header["ScmstDate"] == datetime.now(UTC).date().isoformat()
    assert sum(row[-1] for row in base) == Decimal("1500.00"), "the base contract stays as it is"


CODES = {"7": "007", "12": "012", "123": "123", "1234": "1234", " co-7 ": "CO-7", "CCO-12": "CCO-12"}


async def test_change_codes_are_made_of_procores_numbers(site: Site, job: Job) -> None:
    contract = await job.contracted(line("03-100", "S", "1000.00"))
    for number, code in CODES.items():
        key = await job.change_order(contract, CHANGE, number=number)
        head = await job.exported(key)
        assert head.erp_key == f"{ERP}|ACME01|{site.numbers[contract]}|{code}"
        assert len(await job.contract_lines(contract, code)) == 1


async def test_two_numbers_that_make_one_change_code(site: Site, job: Job) -> None:
    """Procore tells "9" and "009" apart, CMiC doesn't: the second needs another, which the approver types."""
    contract = await job.contracted(line("03-100", "S", "1000.00"))
    first, second = [await job.change_order(contract, CHANGE, number=number) for number in ("9", "009")]
    await job.exported(first)
    await job.accepted(second)
    head = await site.until(second, State.FAILED)
    assert head.failure_code == "already_linked"
    assert f"CMiC's {ERP}|ACME01|{site.numbers[contract]}|009 is already linked to {first}." in head.words
    await site.granted(second, "retry", erp_id="9b", transaction_date="2026-10-01", description="In other words")
    await site.until(second, State.SYNCED)
    (header,) = await site.rows("scmast", ScmstContCode=site.numbers[contract], ScmstChgCode="9B")
    assert (header["ScmstDate"], header["ScmstScopeDesc"]) == ("2026-10-01", "In other words")
    assert [row["ScschTaskCode"] for row in await job.contract_lines(contract, "9B")] == ["9B-001"]


async def test_a_contract_in_process_is_enough(site: Site, job: Job) -> None:
    one = await ChangeOrder.ready(job, met=False)
    await job.accepted(one.key)
    assert (await site.head(one.key)).waits_for == [f"{one.contract} open for changes"]
    await job.post_contract(one.contract, deed="process")
    await one.once()
    assert (await site.head(one.contract)).posting is Posting.IN_PROCESS


async def test_a_line_on_another_code_than_the_one_it_changes_is_cmics_own_refusal(site: Site, job: Job) -> None:
    contract = await job.contracted(line("03-100", "S", "1000.00"))
    key = await job.change_order(contract, coded("04-200", "S", "1.00", commitment_line=1), number="1")
    await job.accepted(key)
    head = await site.until(key, State.FAILED)
    assert head.failure_code == "cmic_refused"
    assert f"of the contract is on Job, Cost Code and Category {job.job} 03-100 S" in head.words
    assert await job.contract_lines(contract, "001") == []
    assert await site.rows("scmast", ScmstContCode=site.numbers[contract], ScmstChgCode="001") == []


async def test_nothing_is_written_to_procore(site: Site, job: Job) -> None:
    """Procore has no place for its ids: they live in the ledger."""
    one = await ChangeOrder.ready(job)
    row = {"id": id_of(one.key)}
    before = (await site.procore.get("/_sandbox/books/commitment_change_orders", params=row)).json()
    await job.exported(one.key)
    assert (await site.procore.get("/_sandbox/books/commitment_change_orders", params=row)).json() == before
    links = await site.office.reading.links(one.key)
    assert [link["part"] for link in links] == ["", str(before[0]["line_items"][0]["id"])]
    (header,) = await one.rows()
    assert links[0]["erp_uuid"] == header["ScmstVUuid"]


# Exactly once


async def test_every_fault_leaves_one_whole_change_order(site: Site, job: Job) -> None:
    for one in await is_there_once_whatever_happens(ChangeOrder, job):
        assert [shown(row)[-1] for row in await job.contract_lines(one.contract, "007")] == [Decimal("100")]


async def test_an_answer_without_rows_is_no_reason_to_write_again(site: Site, job: Job) -> None:
    one = await ChangeOrder.ready(job)
    await one.fault("batch_without_rows")
    await job.exported(one.key)
    assert len(await job.contract_lines(one.contract, "007")) == 1


@pytest.mark.parametrize("amount", ["99.99", "100.00"])
async def test_a_strangers_change_order_is_not_adopted_when_the_money_or_the_lines_differ(
    site: Site, job: Job, amount: str
) -> None:
    one = await ChangeOrder.ready(job)
    await one.stranger()
    where = {"ScschContCode": one.known, "ScschChgCode": "007"}
    changed = {"ScschAmt": 99.99} if amount == "99.99" else {"ScschPhsCode": "04-200"}
    await site.control("edit", resource="scsched", where=where, set=changed)
    await one.sent()
    await site.granted(one.key, "accept")
    await site.until(one.key, State.FAILED)
    await site.granted(one.key, "adopt")
    head = await site.until(one.key, State.FAILED, also=lambda h: h.failure_code == "cmic_differs")
    assert "line 1: CMiC has no line of that code and amount" in head.words
    await site.granted(one.key, "retry", erp_id="8A")
    await site.until(one.key, State.SYNCED)
    assert [len(await job.contract_lines(one.contract, code)) for code in ("007", "8A")] == [1, 1]


async def test_a_void_change_codes_number_stays_taken(site: Site, job: Job) -> None:
    one = await ChangeOrder.ready(job)
    await job.exported(one.key)
    await one.deed("void")
    await site.granted(one.key, "unlink")
    await site.until(one.key, State.NOT_SENT)
    await job.accepted(one.key)
    head = await site.until(one.key, State.FAILED)
    assert head.failure_code == "number_taken_by_void"
    assert f"CMiC has a void subcontract {ERP}|ACME01|{one.known}|007: its number stays taken." in head.words
    await site.granted(one.key, "retry", erp_id="17")
    await site.until(one.key, State.SYNCED)
    assert len(await job.contract_lines(one.contract, "017")) == 1
