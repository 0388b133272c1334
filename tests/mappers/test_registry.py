"""The registry: kinds, their scopes, and which keys name an object of a known kind (design §2, §3)."""

from __future__ import annotations

import pytest

from domain.identity import MalformedKey
from mappers.base import Mapper
from mappers.registry import KINDS, kind_of, watched_resources
from systems.cmic.dialect import Dialect
from tests.builders import COMMITMENT, COMPANY, DOCUMENTS, IDS, PROJECT, UNSUPPORTED


@pytest.mark.parametrize("kind", list(KINDS))
def test_a_kind_goes_by_the_name_of_its_table(kind: str) -> None:
    assert KINDS[kind].name == KINDS[kind].lifecycle.kind == kind
    assert kind_of(IDS[kind].key) is KINDS[kind]


def test_workflow_types_read_like_the_business_and_are_all_different() -> None:
    types = [kind.lifecycle.workflow_type for kind in KINDS.values()]
    assert sorted(types) == [
        "BudgetChangeLifecycle",
        "BudgetLifecycle",
        "BudgetModificationLifecycle",
        "CommitmentChangeOrderLifecycle",
        "CommitmentLifecycle",
        "CompanyLifecycle",
        "CostCodesLifecycle",
        "ForecastLifecycle",
        "InvoicePaymentLifecycle",
        "OwnerInvoiceLifecycle",
        "PrimeChangeOrderLifecycle",
        "ProjectLifecycle",
        "SubJobLifecycle",
        "SubcontractorInvoiceLifecycle",
    ]


@pytest.mark.parametrize("kind", [name for name in KINDS if name not in UNSUPPORTED])
def test_every_kind_that_goes_to_cmic_has_a_mapper_with_tables_of_its_own(kind: str) -> None:
    mapper = KINDS[kind].mapper
    assert type(mapper) is not Mapper
    assert mapper.tables
    assert isinstance(DOCUMENTS[kind](), mapper.document)


def test_an_object_is_named_with_its_scope() -> None:
    assert KINDS["commitment"].object_id(562949, 7001, project=310) == COMMITMENT
    assert KINDS["company"].object_id(562949, 8001, erp_company="01") == COMPANY
    assert KINDS["project"].object_id(562949, 310) == PROJECT


@pytest.mark.parametrize(("kind", "lacking"), [("commitment", "project"), ("company", "erp company")])
def test_a_scope_that_is_lacking_is_asked_for(kind: str, lacking: str) -> None:
    with pytest.raises(MalformedKey, match=f"a {kind} is named with its {lacking}"):
        KINDS[kind].object_id(562949, 7001)


@pytest.mark.parametrize("erp_company", ["0 1", "01|02", "x" * 21, "ü"])
def test_a_cmic_company_that_no_key_can_have_is_refused(erp_company: str) -> None:
    with pytest.raises(MalformedKey):
        KINDS["company"].object_id(562949, 8001, erp_company=erp_company)


@pytest.mark.parametrize("key", ["prime_contract:1:2:3", "lifecycle:1:2:3"])
def test_an_unknown_kind_is_told_from_the_known(key: str) -> None:
    with pytest.raises(MalformedKey, match=f"known: {', '.join(KINDS)}$"):
        kind_of(key)


@pytest.mark.parametrize(
    "key",
    [
        "commitment:562949:-:7001",
        "commitment:562949:abc:7001",
        "project:562949:310:310",
        "company:562949:-:8001",
        "budget:562949:-:310",
        "forecast:562949:01:202603",
        "cost_codes:562949:0:310",
    ],
)
def test_a_scope_of_another_sort_names_no_object(key: str) -> None:
    """One project would have two lifecycles, and a commitment without a project can't be judged."""
    with pytest.raises(MalformedKey):
        kind_of(key)


def test_what_is_posted_in_cmic_is_watched_for_its_posting() -> None:
    assert {name: kind.posting_of for name, kind in KINDS.items()} == {
        "project": None,
        "cost_codes": None,
        "company": None,
        "commitment": "subcontract",
        "commitment_change_order": "subcontract",
        "subcontractor_invoice": "voucher",
        "invoice_payment": "payment",
        "budget": "change_item",
        "budget_change": "change_item",
        "budget_modification": "change_item",
        "forecast": "change_item",
        "prime_change_order": "change_item",
        "owner_invoice": None,
        "sub_job": None,
    }
    assert watched_resources() == ["change_item", "job", "payment", "prime_contract", "subcontract", "voucher"]


def test_only_the_budgets_amounts_have_to_show_as_budgeted_cost() -> None:
    assert [name for name, kind in KINDS.items() if kind.shown_as_budget] == ["budget"]


def test_every_watched_resource_can_be_listed_and_what_is_posted_has_a_rule_for_it() -> None:
    """The watcher asks CMiC for what changed, and tells a posting by the dialect's rule."""
    resources = Dialect.load().resources
    assert [name for name in watched_resources() if resources[name].changed is None] == []
    posted = {kind.posting_of for kind in KINDS.values() if kind.posting_of}
    assert [name for name in posted if resources[name].posting is None] == []
