"""The registry: kinds, their scopes, and which keys name an object of a known kind (design §2, §3)."""

from __future__ import annotations

import pytest

from domain.identity import MalformedKey
from mappers.registry import KINDS, kind_of
from tests.builders import COMMITMENT, COMPANY, IDS, PROJECT


@pytest.mark.parametrize("kind", list(KINDS))
def test_a_kind_goes_by_the_name_of_its_table(kind: str) -> None:
    assert KINDS[kind].name == KINDS[kind].lifecycle.kind == kind
    assert kind_of(IDS[kind].key) is KINDS[kind]


def test_workflow_types_read_like_the_business_and_are_all_different() -> None:
    types = [kind.lifecycle.workflow_type for kind in KINDS.values()]
    assert sorted(types) == ["CommitmentLifecycle", "CompanyLifecycle", "ProjectLifecycle"]


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


@pytest.mark.parametrize("key", ["budget:1:2:3", "lifecycle:1:2:3"])
def test_an_unknown_kind_is_told_from_the_known(key: str) -> None:
    with pytest.raises(MalformedKey, match="known: project, company, commitment"):
        kind_of(key)


@pytest.mark.parametrize(
    "key", ["commitment:562949:-:7001", "commitment:562949:abc:7001", "project:562949:310:310", "company:562949:-:8001"]
)
def test_a_scope_of_another_sort_names_no_object(key: str) -> None:
    """One project would have two lifecycles, and a commitment without a project can't be judged."""
    with pytest.raises(MalformedKey):
        kind_of(key)


def test_only_contracts_are_watched_for_their_posting() -> None:
    assert {name: kind.posting_of for name, kind in KINDS.items()} == {
        "project": None,
        "company": None,
        "commitment": "subcontract",
    }
