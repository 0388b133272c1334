"""A project's own guards and its cost codes': ERP list, segments, codes of the master list (O-02, O-05, R-21)."""

from __future__ import annotations

from typing import Any

import pytest

from domain.commands import Answer
from domain.cost_codes import CodePair, CostCodes, to_assign
from domain.judging import decide
from domain.lifecycle import PrerequisiteRow
from domain.project import SEND_GUARDS, job_was_made, not_linked_to_another
from domain.refusals import Owner, Refusal
from domain.states import Condition
from domain.states import State as S
from mappers.registry import KINDS
from tests.builders import ASSIGNABLE, command, facts, own_command, project, references
from tests.domain.documents import cost_codes, settings_for
from tests.domain.guarding import Fault, check, codes, given, own

KIND = "cost_codes"
KNOWN = references(assignable=ASSIGNABLE)
NOTHING_TO_GIVE = references(codes=frozenset({("03-300", "M"), ("09-900", "M"), ("09-900", "L")}))

FAULTS = [
    Fault(
        "custom segments",
        "custom_segments",
        "Its project uses custom WBS segments (Lot), which CMiC has no place for.",
        Owner.ADMINISTRATOR,
        {"custom_segments": ["Lot"]},
        known=KNOWN,
    ),
    Fault(
        "a plain list",
        "plain_code_list",
        "Its cost codes come from a list that isn't the ERP standard list.",
        Owner.ADMINISTRATOR,
        {"is_erp_list": False},
        known=KNOWN,
    ),
    Fault(
        "nothing new",
        "nothing_new",
        "Nothing is new since the last export.",
        Owner.SENDER,
        known=NOTHING_TO_GIVE,
        where="Procore, the list of cost codes",
    ),
]


@pytest.mark.parametrize("fault", FAULTS, ids=lambda f: f.name)
def test_each_fault_is_refused_alone_in_its_own_words(fault: Fault) -> None:
    check(KIND, fault)


def test_a_good_one_has_nothing_against_it() -> None:
    assert own(KIND, given(KIND, known=KNOWN)) == []


def test_codes_that_cmic_itself_hasnt_are_named() -> None:
    """New codes are made in CMiC only."""
    pairs = [CodePair(cost_code=f"{n}-000", category="M") for n in (*range(30, 42), 30)]
    found = own(KIND, given(KIND, known=references(codes=frozenset()), pairs=pairs))
    assert [r.code for r in found] == ["nothing_new", "not_in_master"]
    assert found[1].owner == Owner.ADMINISTRATOR.value
    assert found[1].sentence == (
        f"12 cost code(s) aren't on CMiC's master list: {', '.join(f'{n}-000' for n in range(30, 40))}."
    )


def test_without_a_job_that_is_the_prerequisites_matter() -> None:
    assert codes(KIND, given(KIND, known=references(job=""))) == []
    assert KINDS[KIND].lifecycle.prerequisites == (PrerequisiteRow("project", Condition.JOB_EXISTS),)


def test_what_goes_is_what_the_job_lacks_and_the_master_list_has() -> None:
    assert to_assign(cost_codes(), KNOWN, settings_for(KIND)) == [("09-900", "M"), ("09-900", "L")]
    assert to_assign(cost_codes(), KNOWN, settings_for(KIND, zero_dollar_codes=False)) == [("09-900", "M")]


def test_a_list_of_zeros_is_nothing_new_where_those_stay() -> None:
    """R-21."""
    zeros = [
        CodePair(cost_code="09-900", category="M"),
        CodePair.model_validate({"cost_code": "09-900", "category": "L", "budget": "0.00"}),
    ]
    stated = given(KIND, known=KNOWN, settings={"zero_dollar_codes": False}, pairs=zeros)
    assert codes(KIND, stated) == ["nothing_new"]


# What an approval binds (B-04)


def with_budget(amount: str | None) -> CostCodes:
    pairs = [
        *cost_codes().pairs[:2],
        CodePair.model_validate({"cost_code": "09-900", "category": "L", "budget": amount}),
    ]
    return cost_codes(pairs=pairs)


def test_whether_there_is_money_is_business_and_how_much_isnt() -> None:
    assert with_budget("1.00").business() == with_budget("2.00").business()
    assert with_budget("1.00").business() != with_budget("0.00").business()
    assert with_budget("0.00").business() == with_budget(None).business()


def test_pairs_segments_and_the_list_are_business_and_order_and_names_arent() -> None:
    plain = cost_codes().business()
    assert cost_codes(pairs=list(reversed(cost_codes().pairs)), name="Spire").business() == plain
    for edit in ({"pairs": cost_codes().pairs[:2]}, {"custom_segments": ["Lot"]}, {"is_erp_list": False}):
        assert cost_codes(**edit).business() != plain
    assert cost_codes().origin_is_ours(references(), {})


# Projects


def of_project(action: str = "send", typed: dict[str, Any] | None = None, **document: Any) -> Any:
    more: dict[str, Any] = {"references": references(job="")}
    state = S.WAITING if action == "accept" else S.NOT_SENT
    return facts(command(action, fields=typed or {}), state, "project", document=project(**document), **more)


def said(stated: Any) -> list[Refusal]:
    return [refusal for guard in SEND_GUARDS for refusal in guard(stated)]


@pytest.mark.parametrize(
    ("document", "code", "sentence", "owner"),
    [
        (
            {"custom_segments": ["Lot"]},
            "custom_segments",
            "Its project uses custom WBS segments (Lot), which CMiC has no place for.",
            Owner.ADMINISTRATOR,
        ),
        (
            {"is_erp_list": False},
            "plain_code_list",
            "Its cost codes come from a list that isn't the ERP standard list.",
            Owner.ADMINISTRATOR,
        ),
        ({"number": ""}, "no_number", "It has no project number.", Owner.SENDER),
        (
            {"number": "1" * 11},
            "field_too_long",
            "The project's number has 11 characters; CMiC takes 10.",
            Owner.SENDER,
        ),
        (
            {"number": "Ü-1"},
            "field_not_usable",
            "The project's number can't be used: 'Ü-1' has characters that a code can't have",
            Owner.SENDER,
        ),
        ({"name": ""}, "no_name", "It has no name.", Owner.SENDER),
        (
            {"name": "x" * 101},
            "field_too_long",
            "The project's name has 101 characters; CMiC takes 100.",
            Owner.SENDER,
        ),
    ],
    ids=str,
)
def test_each_fault_of_a_project_is_refused_alone(
    document: dict[str, Any], code: str, sentence: str, owner: Owner
) -> None:
    (refusal,) = said(of_project(**document))
    assert (refusal.code, refusal.sentence, refusal.owner) == (code, sentence, owner.value)
    for action in ("send", "accept"):
        decision = decide(KINDS["project"].lifecycle, of_project(action, **document))
        assert [r.code for r in decision.refusals] == [code]


@pytest.mark.parametrize("known", [True, None])
def test_a_project_on_the_erp_list_or_one_that_procore_doesnt_tell_of_may_go(known: bool | None) -> None:
    assert said(of_project(is_erp_list=known)) == []


def test_the_approver_may_type_a_projects_code() -> None:
    assert said(of_project("accept", {"erp_id": "T-1"}, number="")) == []


def test_a_link_asks_for_neither_number_nor_name() -> None:
    bare = of_project("link", {"erp_id": "J-1"}, number="", name="")
    assert decide(KINDS["project"].lifecycle, bare).answer is Answer.DONE


def test_a_linked_project_doesnt_go_to_another_job() -> None:
    other = facts(command("link", fields={"erp_id": "J-9"}), kind="project")
    (refusal,) = not_linked_to_another(other)
    assert (refusal.code, refusal.owner) == ("already_linked", Owner.APPROVER.value)
    assert refusal.sentence == "CMiC's 1042 is already linked to this project itself."
    assert not_linked_to_another(facts(command("link", fields={"erp_id": "1042"}), kind="project")) == []


@pytest.mark.parametrize(
    ("job", "watched", "made"),
    [("", {"job"}, True), ("", {"prime_contract"}, False), ("", set(), False), ("1042", {"job"}, False)],
)
def test_the_job_is_taken_over_once_it_is_seen(job: str, watched: set[str], made: bool) -> None:
    known = references(job=job, watched=frozenset(watched))
    stated = facts(own_command("job_made"), S.SYNCED, "project", references=known)
    assert (job_was_made(stated) == []) is made
    decision = decide(KINDS["project"].lifecycle, stated)
    assert (decision.answer, decision.to) == ((Answer.DONE, S.EXPORTING) if made else (Answer.NOTHING, S.SYNCED))
