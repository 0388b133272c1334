"""Every setting has a test that shows it changing an outcome (B-06)."""

from __future__ import annotations

import ast
import re
from pathlib import Path

import pytest

from domain.company_settings import Settings

TESTS = Path(__file__).parents[1]

SHOWN = {
    # Exports
    "erp_companies": "stack/test_projects.py::test_a_project_of_another_cmic_company",
    "currency": "mappers/test_commitment.py::test_types_and_currency_are_settings",
    "time_zone": "mappers/test_commitment.py::test_the_day_on_which_it_was_made_is_a_business_date",
    "subcontract_type": "stack/test_settings.py::test_contract_types_and_the_default_unit",
    "purchase_order_type": "stack/test_settings.py::test_contract_types_and_the_default_unit",
    "subcontract_cost_type": "stack/test_settings.py::test_the_cost_type_of_a_converted_bids_lines",
    "purchase_order_cost_type": "stack/test_settings.py::test_the_cost_type_of_a_converted_bids_lines",
    "division_codes": "stack/test_codes_in.py::test_divisions_may_be_left_out",
    "default_uom": "stack/test_settings.py::test_contract_types_and_the_default_unit",
    "uom_map": "mappers/test_prime_change_order.py::test_a_lines_unit_goes_along_where_its_cost_does",
    "vendor_terms": "mappers/test_company.py::test_terms_class_and_currency_are_settings",
    "vendor_class": "mappers/test_company.py::test_terms_class_and_currency_are_settings",
    "vendor_export": "stack/test_settings.py::test_vendors_are_switched_off_and_may_still_be_linked",
    "commitment_export": "stack/test_settings.py::test_commitments_and_their_change_orders_are_switched_off",
    "prime_change_type": "mappers/test_prime_change_order.py::test_what_the_approver_types_and_what_is_a_setting",
    "budget_change_type": "mappers/test_budget_moves.py::test_billing_type_and_stem",
    "budget_type": "mappers/test_budget.py::test_type_status_and_projection_are_settings_and_the_code_may_be_typed",
    "forecast_type": "stack/test_forecasts.py::test_its_code_may_be_typed_and_its_type_set",
    "transfer_type": "mappers/test_budget_moves.py::test_its_code_has_room_for_the_longest_id_and_may_be_typed",
    "approved_status": "mappers/test_budget.py::test_type_status_and_projection_are_settings_and_the_code_may_be_typed",
    "projection_method": "mappers/test_budget.py::test_type_status_and_projection_are_settings_and_the_code_may_be_typed",
    "forecast_export": "stack/test_forecasts.py::test_projected_costs_are_set_anew",
    "forecast_with_budget": "stack/test_forecasts.py::test_a_budget_takes_its_forecast_along",
    "revenue_only_changes": "mappers/test_prime_change_order.py::test_revenue_only_changes_carry_no_cost",
    "billing_on_budgets": "mappers/test_budget.py::test_billing_amounts_are_filled_by_setting",
    "zero_dollar_codes": "stack/test_budget_amounts.py::test_codes_without_money_go_by_setting",
    "cost_codes_go_along": "stack/test_cost_codes.py::test_switched_off_codes_are_accepted_on_their_own_first",
    "invoice_date_from": "stack/test_invoice_books.py::test_dates_amount_and_description",
    "invoice_due_days": "stack/test_invoice_books.py::test_dates_amount_and_description",
    "invoice_series": "stack/test_invoice_books.py::test_dates_amount_and_description",
    "payments_out": "stack/test_payments.py::test_settings_refuse",
    "payment_bank_company": "mappers/test_invoice_payment.py::test_the_bank_account_that_it_is_paid_from_is_a_setting",
    "payment_department": "mappers/test_invoice_payment.py::test_the_bank_account_that_it_is_paid_from_is_a_setting",
    "payment_account": "mappers/test_invoice_payment.py::test_the_bank_account_that_it_is_paid_from_is_a_setting",
    # Approvals
    "direct_exports": "stack/test_settings.py::test_commitments_go_out_on_send_where_the_setting_says_so",
    "standard_may_approve": "stack/test_settings.py::test_standard_with_the_privilege_approves_where_the_setting_says_so",
    "sender_may_not_approve": "stack/test_settings.py::test_who_sent_an_item_doesnt_approve_it_where_the_setting_says_so",
    "approver_report": "stack/test_reports.py::test_accountants_are_those_who_may_approve",
    # Limits
    "limits": "domain/test_commitment_guards.py::test_the_limit_is_a_setting",
    "settle_seconds": "stack/test_exactly_once.py::test_while_a_cut_write_may_still_commit_nobody_may_act_as_if_it_had_not",
    # Schedules
    "schedules": "stack/test_settings_command.py::test_the_schedules_follow",
    "full_sweep_hours": (
        "stack/test_full_sweep.py::test_a_run_reads_everything_when_the_last_whole_one_is_as_old_as_the_setting_says"
    ),
    # Imports
    "project_template": "stack/test_staged.py::test_a_job_is_added_with_its_template_and_gets_its_codes",
    "prime_contract_import": "stack/test_prime_contract_import.py::test_it_can_be_switched_off",
    "prime_contract_by_unit": "stack/test_prime_contract_import.py::test_by_units_where_the_settings_offer_it",
    "excluded_codes": "stack/test_codes_in.py::test_excluded_codes_stay_out",
    "category_types": "stack/test_codes_in.py::test_a_category_becomes_a_cost_type_of_the_kind_that_the_settings_say",
    "default_cost_types": "stack/test_codes_in.py::test_default_cost_types_are_given_besides",
    "masked_classes": "stack/test_staged.py::test_a_masked_vendor_is_never_offered",
    "masked_sources": "mappers/test_incoming_transactions.py::test_masked_sources_stay_out",
    "transaction_date": "mappers/test_incoming_transactions.py::test_its_date_is_the_chosen_one",
    "received_date": "mappers/test_incoming_transactions.py::test_its_received_date_is_the_chosen_one",
    "journal_codes": (
        "mappers/test_incoming_transactions.py"
        "::test_a_journal_becomes_the_type_that_the_table_says_and_one_that_isnt_named_stays_out"
    ),
    "transactions": "stack/test_transactions.py::test_it_is_opted_in_twice",
    "transaction_projects": "stack/test_schedules.py::test_a_projects_import_runs_for_every_project_that_wants_it",
    "payments_in": "stack/test_payments_in.py::test_switched_off_and_not_permitted",
    "compliance": "stack/test_compliance.py::test_switched_off_and_not_permitted",
    "job_costs_into_procore": "stack/test_job_costs.py::test_switched_off_it_writes_nothing_and_catches_up_when_switched_on",
}
MISSING: set[str] = set()
"""Settings that no test shows yet."""


def source_of(test: str) -> str:
    """The function, with its decorators."""
    module, name = test.split("::")
    text = (TESTS / module).read_text()
    for node in ast.parse(text).body:
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef) and node.name == name:
            parts = [*node.decorator_list, node]
            return "\n".join(ast.get_source_segment(text, part) or "" for part in parts)
    raise AssertionError(f"there is no test {test}")


def test_every_setting_has_its_row_once() -> None:
    assert set(SHOWN) & MISSING == set()
    assert set(SHOWN) | MISSING == set(Settings.model_fields)


@pytest.mark.parametrize(("setting", "test"), SHOWN.items(), ids=SHOWN)
def test_the_test_is_there_gives_the_setting_and_asserts(setting: str, test: str) -> None:
    """It gives the setting a value: `name=...` or `"name": ...`; by the command, `"name", ...`."""
    source = source_of(test)
    assert test.split("::")[1].startswith("test_")
    given = rf'\b{setting}=|"{setting}"[:,]'
    assert re.search(given, source), f"{test} doesn't give {setting} a value"
    assert "assert " in source or "refused(" in source
