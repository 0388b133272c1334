"""A company's settings: what can't be is refused, what isn't about exports is part of no approval (requirements §4, B-06)."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from pydantic import ValidationError

from domain.company_settings import LEAST_MINUTES, MOST_MINUTES, SCHEDULED, DirectCostType, Settings, changed
from domain.incoming import Way
from domain.records import digest
from domain.settings import ExportSettings
from mappers.incoming.registry import IMPORTERS

WRONG: list[dict[str, Any]] = [
    {"schedules": {"weather": 60}},
    {"schedules": {"prime_contract": 60}},
    {"schedules": {"vendors": LEAST_MINUTES - 1}},
    {"schedules": {"vendors": MOST_MINUTES + 1}},
    {"schedules": {"vendors": -5}},
    {"schedules": {"vendors": 7.5}},
    {"full_sweep_hours": 0},
    {"full_sweep_hours": 24 * 31 + 1},
    {"excluded_codes": [""]},
    {"excluded_codes": ["  "]},
    {"excluded_codes": "03*"},
    {"category_types": {"L": "labour"}},
    {"category_types": {"": "labor"}},
    {"default_cost_types": {"03-100": "S"}},
    {"default_cost_types": {"03-100": [""]}},
    {"masked_classes": ["X" * 31]},
    {"masked_sources": [7.5]},
    {"transaction_date": "yesterday"},
    {"received_date": "invoice"},
    {"journal_codes": {"AP": "gift"}},
    {"journal_codes": {" ": "invoice"}},
    {"transaction_projects": [0]},
    {"transaction_projects": [-310]},
    {"transaction_projects": ["all"]},
    {"project_template": 0},
    {"erp_companies": []},
    {"erp_companies": ["0|1"]},
    {"nonsense": True},
]


@pytest.mark.parametrize("values", WRONG, ids=str)
def test_a_value_that_cant_be_is_refused(values: dict[str, Any]) -> None:
    with pytest.raises(ValidationError):
        Settings.model_validate(values)


@pytest.mark.parametrize("values", WRONG[:-1], ids=str)
def test_changing_one_refuses_the_same(values: dict[str, Any]) -> None:
    ((name, value),) = values.items()
    with pytest.raises(ValueError, match=name):
        changed(Settings(), name, value)


def test_changing_one_leaves_the_others() -> None:
    before = Settings(masked_classes=["EMPL"])
    after = changed(before, "full_sweep_hours", 12)
    assert after == before.model_copy(update={"full_sweep_hours": 12})
    with pytest.raises(KeyError):
        changed(before, "nonsense", 1)


def test_codes_are_read_as_cmic_writes_them() -> None:
    settings = Settings.model_validate(
        {"excluded_codes": [" 03a* "], "masked_sources": ["petty"], "journal_codes": {" ap ": "payroll"},
         "default_cost_types": {"03-100a": [" s "]}}
    )  # fmt: skip
    assert settings.excluded_codes == ["03A*"]
    assert settings.masked_sources == ["PETTY"]
    assert settings.journal_codes == {"AP": DirectCostType.PAYROLL}
    assert settings.default_cost_types == {"03-100A": ["S"]}


@pytest.mark.parametrize(
    ("codes", "code", "excluded"),
    [
        ([], "03-100", False),
        (["03-100"], "03-100", True),
        (["03-100"], "03-1000", False),
        (["03-100"], "03", False),
        (["03*"], "03", True),
        (["03*"], "03-100", True),
        (["03*"], "030", True),
        (["03-*"], "03", False),
        (["03-*"], "03-100", True),
        (["*"], "03-100", True),
        (["*-100"], "03-100", False),
        (["99", "03-1*"], "03-150", True),
        (["03a"], "03A", True),
    ],
)
def test_which_codes_stay_out(codes: list[str], code: str, excluded: bool) -> None:
    """S-20, R-21: itself, or all that begin so."""
    assert Settings(excluded_codes=codes).is_excluded(code) is excluded


@pytest.mark.parametrize(
    ("schedules", "name", "every"),
    [
        (None, "job_costs", timedelta(hours=4)),
        (None, "vendors", None),
        ({}, "job_costs", None),
        ({"vendors": 0}, "vendors", None),
        ({"vendors": LEAST_MINUTES}, "vendors", timedelta(minutes=LEAST_MINUTES)),
        ({"vendors": MOST_MINUTES}, "vendors", timedelta(days=31)),
        ({"vendors": 60}, "jobs", None),
    ],
)
def test_how_often_an_import_runs(schedules: dict[str, int] | None, name: str, every: timedelta | None) -> None:
    settings = Settings() if schedules is None else Settings(schedules=schedules)
    assert settings.every(name) == every


def test_what_can_be_scheduled_are_imports_and_all_that_go_straight_in() -> None:
    """A prime contract never comes in without a person who confirms it."""
    confirmed = {name for name, importer in IMPORTERS.items() if importer.kind.way is Way.CONFIRMED}
    assert set(IMPORTERS) - confirmed <= set(SCHEDULED) <= set(IMPORTERS) - {"prime_contract"}


OF_IMPORTS: dict[str, Any] = {
    "project_template": 12, "approver_report": False, "prime_contract_import": False, "prime_contract_by_unit": True,
    "schedules": {"vendors": 60}, "full_sweep_hours": 1, "excluded_codes": ["99*"], "category_types": {"L": "other"},
    "default_cost_types": {"03": ["S"]}, "masked_classes": ["A"], "masked_sources": ["B"], "transaction_date": "post",
    "received_date": "reference", "journal_codes": {}, "transactions": True, "transaction_projects": [310],
    "payments_in": False, "compliance": True, "job_costs_into_procore": False,
}  # fmt: skip


def test_every_setting_of_imports_is_among_them() -> None:
    assert set(OF_IMPORTS) == set(Settings.model_fields) - set(ExportSettings.model_fields)


@pytest.mark.parametrize("name", list(OF_IMPORTS))
def test_no_approval_depends_on_a_setting_of_imports(name: str) -> None:
    """What was approved stays approved when somebody changes how something comes in."""
    before, after = Settings(), changed(Settings(), name, OF_IMPORTS[name])
    assert after != before
    assert type(after.for_exports()) is ExportSettings
    assert after.for_exports() == before.for_exports() == ExportSettings()
    assert digest(after.for_exports().model_dump(mode="json")) == digest(ExportSettings().model_dump(mode="json"))


def test_what_exports_read_goes_along() -> None:
    settings = Settings.model_validate(
        {"currency": "EUR", "uom_map": {"ton": "T"}, "limits": {"job": 5}, "transactions": True}
    )
    assert settings.for_exports() == ExportSettings.model_validate(
        {"currency": "EUR", "uom_map": {"ton": "T"}, "limits": {"job": 5}}
    )


def test_a_version_is_read_back_as_it_was_written() -> None:
    settings = Settings.model_validate({**OF_IMPORTS, "erp_companies": ["01", "02"]})
    assert Settings.model_validate(settings.model_dump(mode="json")) == settings
