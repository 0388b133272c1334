"""What a commitment must be like to leave: every reason at once, each with its place (R-10, R-11, R-22, B-02)."""

from __future__ import annotations

from typing import Any

import pytest

from domain.commitment import (
    OWN_GUARDS,
    CommitmentType,
    export_is_on,
    has_number,
    lines_on_known_codes,
    names_a_company,
    status_is_approved,
    texts_fit,
    with_cost_types,
)
from domain.facts import Facts
from domain.guards import free_of_other_integrations
from domain.lines import has_lines, lines_add_up, units_are_known
from domain.refusals import Refusal
from domain.settings import ExportSettings, Limits
from tests.builders import command, commitment, facts, line, references, unit_line


def given(fields: dict[str, Any] | None = None, more: dict[str, Any] | None = None, **document: Any) -> Facts:
    return facts(command("accept", fields=fields or {}), document=commitment(**document), **(more or {}))


def of_field(name: str, value: Any) -> Facts:
    return facts(command("accept"), document=commitment(**{name: value}))


def refused(guarded: Facts) -> list[Refusal]:
    return [refusal for guard in OWN_GUARDS for refusal in guard(guarded)]


def codes(refusals: list[Refusal]) -> list[str]:
    return [r.code for r in refusals]


def test_a_good_one_has_nothing_against_it() -> None:
    assert refused(given()) == []


def test_every_reason_is_given_at_once_and_each_says_who_can_put_it_right_and_where() -> None:
    lines = [
        line(1, cost_code=""),
        line(2, category=""),
        line(3, cost_code="99-999", amount="1.005"),
        unit_line(4, amount="249.99", uom="bundle", description="x" * 31),
    ]
    wrong = given(
        status="Draft", number="", title="x" * 201, description="x" * 4001, vendor_id=None, lines=lines, total="1.00"
    )
    found = refused(wrong)
    assert codes(found) == [
        *("status_not_approved", "no_number", "field_too_long", "field_too_long", "field_too_long", "no_vendor"),
        *("line_without_code", "line_without_code", "code_not_synced"),
        *("amount_not_whole_cents", "unit_amount_differs", "total_differs", "field_not_usable"),
    ]
    assert all(r.owner and r.where and "{" not in r.sentence + r.where for r in found)


def test_a_company_may_switch_commitment_export_off() -> None:
    off = given(more={"settings": ExportSettings(commitment_export=False)})
    assert codes(export_is_on(off)) == ["export_switched_off"]


@pytest.mark.parametrize(
    "status", ["Draft", "Out For Bid", "Out For Signature", "Complete", "Terminated", "Void", "approved", "Closed"]
)
def test_only_approved_is_sent(status: str) -> None:
    (refusal,) = status_is_approved(given(status=status))
    assert refusal.sentence == f"Its status is {status}; only Approved can be sent."


def test_a_purchase_order_is_called_one() -> None:
    (refusal,) = status_is_approved(given(status="", type=CommitmentType.PURCHASE_ORDER))
    assert refusal.parameters == {"kind": "purchase order", "status": "empty"}


# The number


def test_a_number_is_needed_unless_the_approver_types_one() -> None:
    assert codes(has_number(given(number=""))) == ["no_number"]
    assert has_number(given({"erp_id": "C-7"}, number="")) == []


@pytest.mark.parametrize(("length", "expected"), [(20, []), (21, ["field_too_long"])])
def test_the_number_fits_cmics_contract_code(length: int, expected: list[str]) -> None:
    assert codes(has_number(given(number="9" * length))) == expected


def test_the_limit_is_a_setting() -> None:
    short = {"settings": ExportSettings(limits=Limits(contract_number=5))}
    (refusal,) = has_number(given(number="SC-001", more=short))
    assert (refusal.parameters["length"], refusal.parameters["limit"]) == ("6", "5")


@pytest.mark.parametrize("number", ["SC|1", "SC–1", "S\u00dc-1", "SC\t1", "SC\n1", "契約", "\x7f"])
def test_a_number_that_a_code_cant_have_is_refused(number: str) -> None:
    assert codes(has_number(given(number=number))) == ["field_not_usable"]


@pytest.mark.parametrize("number", ["SC-001", "a b", "#1/2 (rev)", "~"])
def test_any_other_printable_number_is_usable(number: str) -> None:
    assert has_number(given(number=number)) == []


def test_what_the_approver_types_counts_instead() -> None:
    assert has_number(given({"erp_id": "SC-1"}, number="9" * 30)) == []


# Texts


@pytest.mark.parametrize(
    ("field", "limit", "called"), [("title", 200, "The title"), ("description", 4000, "The description")]
)
def test_texts_are_refused_when_too_long_never_cut(field: str, limit: int, called: str) -> None:
    assert texts_fit(of_field(field, "é" * limit)) == []
    (refusal,) = texts_fit(of_field(field, "é" * (limit + 1)))
    assert refusal.code == "field_too_long"
    assert refusal.sentence == f"{called} has {limit + 1} characters; CMiC takes {limit}."


def test_each_over_long_line_is_named() -> None:
    lines = [line(n, description="x" * length) for n, length in ((1, 30), (2, 31), (3, 99))]
    found = texts_fit(given(lines=lines))
    assert [r.parameters["field"] for r in found] == ["The description of line 2", "The description of line 3"]


# Company and lines


def test_a_contract_company_is_needed() -> None:
    assert codes(names_a_company(given(vendor_id=None))) == ["no_vendor"]


def test_at_least_one_line_is_needed() -> None:
    assert codes(has_lines(given(lines=[]))) == ["no_lines"]


@pytest.mark.parametrize(("count", "expected"), [(3, []), (4, ["too_many_lines"])])
def test_one_export_takes_only_so_many_lines(count: int, expected: list[str]) -> None:
    limited = {"settings": ExportSettings(limits=Limits(lines=3))}
    assert codes(has_lines(given(lines=[line(n) for n in range(1, count + 1)], more=limited))) == expected


def test_every_line_sits_on_a_synced_code_and_category() -> None:
    lines = [
        line(1),
        line(2, cost_code="03-300", category="L"),
        line(3, cost_code="05-100", category="L"),
        line(4, cost_code="", category="M"),
        line(5, cost_code="03-300", category=""),
        line(6, cost_code="", category=""),
    ]
    found = lines_on_known_codes(given(lines=lines))
    assert [(r.code, r.parameters["line"]) for r in found] == [
        ("code_not_synced", "2"),
        ("line_without_code", "4"),
        ("line_without_code", "5"),
        ("line_without_code", "6"),
    ]
    assert found[0].parameters == {"line": "2", "pair": "03-300 L", "job": "1042"}
    assert [r.parameters["what"] for r in found[1:]] == ["cost code", "category", "cost code"]


# Converted bids (S-02)

CONVERTED = {"subcontract_cost_type": "m", "purchase_order_cost_type": "L"}


@pytest.mark.parametrize(
    ("kind", "cost_code", "category"),
    [(CommitmentType.SUBCONTRACT, "03-300", "m"), (CommitmentType.PURCHASE_ORDER, "05-100", "L")],
)
def test_a_line_without_a_cost_type_has_the_configured_one_of_its_commitment(
    kind: CommitmentType, cost_code: str, category: str
) -> None:
    lines = [line(1, cost_code=cost_code, category=""), line(2)]
    asked = given(type=kind, lines=lines, more={"settings": ExportSettings(**CONVERTED)})
    assert lines_on_known_codes(asked) == []
    assert [n.category for n in with_cost_types(asked.document, asked.settings)] == [category, "M"]


def test_the_configured_cost_type_is_checked_like_any_other() -> None:
    """It has to be on the job's list, and a line without a cost code still has none to sit on."""
    lines = [line(1, cost_code="05-100", category=""), line(2, cost_code="", category="")]
    found = lines_on_known_codes(given(lines=lines, more={"settings": ExportSettings(**CONVERTED)}))
    assert codes(found) == ["code_not_synced", "line_without_code"]
    assert found[0].parameters["pair"] == "05-100 m"
    assert found[1].parameters["what"] == "cost code"


@pytest.mark.parametrize("kind", CommitmentType)
def test_one_kinds_setting_isnt_the_others(kind: CommitmentType) -> None:
    name = "purchase_order_cost_type" if kind is CommitmentType.SUBCONTRACT else "subcontract_cost_type"
    settings = ExportSettings(**{name: "M"})
    asked = given(type=kind, lines=[line(1, category="")], more={"settings": settings})
    assert codes(lines_on_known_codes(asked)) == ["line_without_code"]


def test_codes_compare_as_cmic_keeps_them() -> None:
    known = {"references": references(codes=frozenset({("03-30A", "MAT")}))}
    lower = given(lines=[line(1, cost_code="03-30a", category="mat")], more=known)
    assert lines_on_known_codes(lower) == []


def test_without_a_job_the_codes_are_the_prerequisites_matter() -> None:
    alone = {"references": references(job="", codes=frozenset())}
    assert lines_on_known_codes(given(more=alone)) == []
    assert codes(lines_on_known_codes(given(lines=[line(1, category="")], more=alone))) == ["line_without_code"]


def test_a_job_without_codes_refuses_every_line() -> None:
    assert codes(lines_on_known_codes(given(more={"references": references(codes=frozenset())}))) == [
        "code_not_synced",
        "code_not_synced",
    ]


# Money


@pytest.mark.parametrize(
    ("quantity", "rate", "amount", "agrees"),
    [
        ("2.5", "100", "250.00", True),
        ("3", "33.335", "100.01", True),
        ("3", "33.335", "100.00", False),
        ("0.5", "0.01", "0.01", True),
        ("-0.5", "0.01", "-0.01", True),
        ("1", "0", "0", True),
        ("0", "100", "250.00", False),
    ],
)
def test_a_unit_line_is_its_quantity_times_its_rate_half_up(
    quantity: str, rate: str, amount: str, agrees: bool
) -> None:
    one = unit_line(1, quantity=quantity, unit_cost=rate, amount=amount)
    assert codes(lines_add_up(given(lines=[one], total=None))) == ([] if agrees else ["unit_amount_differs"])


def test_a_difference_is_shown_with_its_figures() -> None:
    (refusal,) = lines_add_up(given(lines=[unit_line(7, amount="249.99")], total=None))
    assert refusal.sentence == "Line 7: 2.5 × 100.00 is 250.00, but its amount is 249.99."


def test_an_amount_based_line_neednt_multiply() -> None:
    one = line(1, quantity="3", unit_cost="7", amount="250.00", calculated=False)
    assert lines_add_up(given(lines=[one], total=None)) == []


def test_amounts_are_whole_cents() -> None:
    found = lines_add_up(given(lines=[line(1, amount="0.001"), line(2, amount="0.010")], total=None))
    assert [(r.code, r.parameters["line"]) for r in found] == [("amount_not_whole_cents", "1")]


def test_the_lines_make_the_total() -> None:
    (refusal,) = lines_add_up(given(total="500.01"))
    assert (refusal.code, refusal.parameters["lines"], refusal.parameters["total"]) == (
        "total_differs",
        "500.00",
        "500.01",
    )
    assert lines_add_up(given(total=None)) == []
    assert lines_add_up(given(total="500")) == []


# Units


@pytest.mark.parametrize("unit", ["", "  ", "each", "Each", "ton", "ea", "LS", "m"])
def test_a_unit_that_cmic_has_is_fine(unit: str) -> None:
    assert units_are_known(given(lines=[unit_line(1, uom=unit)])) == []


def test_a_unit_line_whose_unit_cmic_hasnt_is_refused() -> None:
    (refusal,) = units_are_known(given(lines=[unit_line(3, uom="bundle")]))
    assert (refusal.code, refusal.parameters["field"]) == ("field_not_usable", "Line 3's unit of measure")


def test_an_amount_based_line_gets_the_configured_unit_whatever_its_own() -> None:
    assert units_are_known(given(lines=[line(1, uom="bundle")])) == []


# Another integration (F-05)


@pytest.mark.parametrize(
    ("origin_id", "expected"), [("SAGE-77", ["foreign_origin_id"]), ("011|A|B", ["foreign_origin_id"])]
)
def test_what_another_integration_owns_isnt_sent(origin_id: str, expected: list[str]) -> None:
    assert codes(free_of_other_integrations(given(origin_id=origin_id))) == expected


@pytest.mark.parametrize("origin_id", [None, "", "01|ACME|SC-001|000"])
def test_what_nobody_owns_or_we_do_may_be_sent(origin_id: str | None) -> None:
    assert free_of_other_integrations(given(origin_id=origin_id)) == []
