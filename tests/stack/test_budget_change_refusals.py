"""Why budget changes and budget modifications are refused: every guard, with its sentence and who can put it right (O-08, O-09,
R-10, R-17)."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest

from domain.identity import parse_key
from domain.settings import Limits
from domain.states import State
from tests.paperwork import Job, coded, id_of
from tests.stack.test_budget_changes import CONCRETE, FORMS, MASONRY, modifications_used, on
from tests.stack.walks import ADMIN, TEAM, its_rows_refuse, told
from tests.support import APPROVER, ERP, SENDER, Site


async def moved(job: Job, amount: str = "5.00", **more: Any) -> str:
    """A modification from concrete to masonry."""
    async with modifications_used(job.site):
        return await job.modification(coded(*CONCRETE), coded(*MASONRY), amount, **more)


CHANGES: dict[str, tuple[list[dict[str, Any]], dict[str, Any], list[tuple[str, str, str]]]] = {
    "a draft": (
        [on(CONCRETE, "1.00")],
        {"status": "draft"},
        [("status_not_approved", "Its status is draft; only Approved can be sent.", TEAM)],
    ),
    "under review": (
        [on(CONCRETE, "1.00")],
        {"status": "under_review"},
        [("status_not_approved", "Its status is under_review; only Approved can be sent.", TEAM)],
    ),
    "a long number": (
        [on(CONCRETE, "1.00")],
        {"number": 123456789},
        [("field_too_long", "The PCI number has 9 characters; CMiC takes 8.", TEAM)],
    ),
    "long texts": (
        [on(CONCRETE, "1.00")],
        {"number": 11, "title": "T" * 201, "description": "d" * 4001},
        [
            ("field_too_long", "The title has 201 characters; CMiC takes 200.", TEAM),
            ("field_too_long", "The description has 4001 characters; CMiC takes 4000.", TEAM),
        ],
    ),
    "no line": ([], {"number": 12}, [("no_lines", "It has no line in its schedule of values.", TEAM)]),
    "nothing but zeros": (
        [on(CONCRETE, "0.00"), on(MASONRY, "0.00")],
        {"number": 13},
        [("zero_total", "It adds up to zero: there is nothing to send.", TEAM)],
    ),
    "all of it": (
        [on(CONCRETE, "0.00")],
        {"status": "void", "number": 1234567890, "title": "T" * 300},
        [
            ("status_not_approved", "Its status is void; only Approved can be sent.", TEAM),
            ("field_too_long", "The PCI number has 10 characters; CMiC takes 8.", TEAM),
            ("field_too_long", "The title has 300 characters; CMiC takes 200.", TEAM),
            ("zero_total", "It adds up to zero: there is nothing to send.", TEAM),
        ],
    ),
}


async def test_a_budget_change_is_refused_with_every_reason(site: Site) -> None:
    job = await Job.opened(site)
    for name, (lines, more, expected) in CHANGES.items():
        key = await job.budget_change(*lines, **more)
        assert await told(site, key, "send") == expected, name
    absent = job.of("budget_change", 4711)
    assert await told(site, absent, "send") == [("not_in_procore", "Procore has no such budget change.", TEAM)]


ANSWERED: dict[str, tuple[dict[str, Any], list[tuple[str, str, str]]]] = {
    "no number": ({"drop": ["data.number"]}, [("no_number", "It has no number.", TEAM)]),
    "a number that is no code": (
        {"set": {"data.number": "7|8"}},
        [
            (
                "field_not_usable",
                "The PCI number can't be used: '7|8' has characters that a code can't have",
                TEAM,
            )
        ],
    ),
    "a total that isn't its lines'": (
        {"set": {"data.amount": 4}},
        [("total_differs", "Its lines add up to 3.75, but the budget change says 4.", TEAM)],
    ),
    "a fraction of a cent": (
        {"set": {"data.adjustment_line_items.0.amount": 1.005, "data.amount": 3.505}},
        [("amount_not_whole_cents", "Line 1: 1.005 isn't a whole number of cents.", TEAM)],
    ),
    "a line on no code": (
        {"set": {"data.adjustment_line_items.1.wbs_code": None}},
        [("line_without_code", "Line 2 has no cost code.", TEAM)],
    ),
    "no status": (
        {"set": {"data.status": None}},
        [("status_not_approved", "Its status is empty; only Approved can be sent.", TEAM)],
    ),
}


@pytest.mark.parametrize("name", ANSWERED)
async def test_what_procore_answers_is_refused_where_it_can_not_be(site: Site, name: str) -> None:
    job = await Job.opened(site)
    key = await job.budget_change(on(CONCRETE, "1.25"), on(MASONRY, "2.50"))
    order, expected = ANSWERED[name]
    await site.procore_fault(rf"budget_changes/{parse_key(key).id}$", method="GET", **order)
    assert await told(site, key, "send") == expected
    await site.granted(key, "send", SENDER)


async def test_its_lines_sit_on_codes_of_the_job(site: Site) -> None:
    job = await Job.opened(site, ("03-100", "S"), link=False)
    await job.linked("98-100")
    lines = (coded("03-100", "S", "1.00"), coded("98-100", "S", "2.00"), coded("03-100", "L", "3.00"))
    key = await job.budget_change(*lines)
    no_such = ("code_not_synced", f"Line 2 sits on 98-100 S, which is not on CMiC's list for job {job.job}.", ADMIN)
    assert await told(site, key, "send") == [no_such]
    async with site.settings(cost_codes_go_along=False, limits=Limits(lines=2)):
        assert await told(site, key, "send") == [
            ("too_many_lines", "It has 3 lines; one export takes at most 2.", TEAM),
            no_such,
            ("code_not_synced", f"Line 3 sits on 03-100 L, which is not on CMiC's list for job {job.job}.", ADMIN),
        ]


async def test_the_guards_of_the_rows_of_a_change(site: Site) -> None:
    job = await Job.opened(site)
    await job.budgeted()
    key = await job.budget_change(on(CONCRETE, "1.00"), number=3)
    await its_rows_refuse(site, job, key, "3-01")
    assert await job.item_amounts("3-01") == {CONCRETE: Decimal(1)}


async def test_the_guards_of_the_rows_of_a_modification(site: Site) -> None:
    job = await Job.opened(site)
    await job.budgeted()
    async with modifications_used(site):
        key = await job.modification(coded(*CONCRETE), coded(*MASONRY), "5.00")
        await its_rows_refuse(site, job, key, f"BM{id_of(key) % 10**9}")
    assert await told(site, key, "accept", APPROVER, erp_id="M" * 9) == [
        ("bad_input", "The command can't be read: erp_id: String should have at most 8 characters", TEAM)
    ]


async def test_a_modification_is_refused_with_every_reason(site: Site) -> None:
    job = await Job.opened(site, ("03-100", "S"), link=False)
    await job.linked("98-100")
    async with modifications_used(site):
        await job.entered(f"projects/{job.project}/budget", locked=True, allow_grand_total_modifications=True)
        nowhere = (await job.entered(f"projects/{job.project}/budget_modifications", to=coded(*CONCRETE), amount="1"))[
            "id"
        ]
        empty = await job.modification(coded(*CONCRETE), coded(*FORMS), "0.00", notes="n" * 4001)
        unknown = await job.modification(coded(*CONCRETE), coded("98-100", "S"), "1.00", origin_id="SAGE-4")
        part = await job.modification(coded(*CONCRETE), coded(*FORMS), "1.00")
    assert await told(site, job.of("budget_modification", nowhere), "send") == [
        ("modification_without_source", "It moves money from nowhere: a transfer in CMiC nets to zero.", TEAM)
    ]
    assert await told(site, empty, "send") == [
        ("zero_total", "It adds up to zero: there is nothing to send.", TEAM),
        ("field_too_long", "The note has 4001 characters; CMiC takes 4000.", TEAM),
    ]
    assert await told(site, unknown, "send") == [
        (
            "foreign_origin_id",
            "Another integration owns this budget modification in Procore (its origin id is 'SAGE-4').",
            ADMIN,
        ),
        ("code_not_synced", f"Line 2 sits on 98-100 S, which is not on CMiC's list for job {job.job}.", ADMIN),
    ]
    await site.procore_fault(f"budget_modifications/{id_of(part)}$", method="GET", set={"transfer_amount": "1.005"})
    assert await told(site, part, "send") == [
        ("amount_not_whole_cents", "Line 1: -1.005 isn't a whole number of cents.", TEAM),
        ("amount_not_whole_cents", "Line 2: 1.005 isn't a whole number of cents.", TEAM),
    ]
    await site.procore_fault("budget_line_items/", method="GET", set={"wbs_code": None, "wbs_code_id": None})
    assert await told(site, part, "send") == [("line_without_code", "Line 1 has no cost code.", TEAM)]


async def test_a_company_that_uses_changes_is_told_so(site: Site) -> None:
    """Procore answers 405 to whatever is written to a modification; where it does so to a look as well, nothing is sent."""
    job = await Job.opened(site)
    await job.budgeted()
    key = await moved(job)
    await site.procore_fault(f"budget_modifications/{id_of(key)}$", method="GET", status=405)
    not_used = "Procore refused it: this company uses budget changes, not budget modifications (HTTP 405)"
    assert await told(site, key, "send") == [("procore_refused", not_used, TEAM)]
    await job.accepted(key)
    head = await site.until(key, State.FAILED)
    assert (head.failure_code, not_used in head.words) == ("procore_refused", True)
    async with modifications_used(site):
        await site.granted(key, "retry")
        await site.until(key, State.SYNCED)
    code = f"BM{id_of(key) % 10**9}"
    assert [row["CmmCode"] for row in await job.items()] == ["BUD-01", code]
    (row,) = (await site.procore.get("/_sandbox/books/budget_modifications", params={"id": id_of(key)})).json()
    assert row["origin_id"] == f"{ERP}|{job.job}|{code}"
