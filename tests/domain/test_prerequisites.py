"""When a prerequisite is met: each condition in each state of the parent (design §4)."""

from __future__ import annotations

from itertools import product

import pytest

from domain.prerequisites import ParentFact, in_the_way, met
from domain.states import Condition, Posting, State


def parent(state: State, posting: Posting = Posting.UNKNOWN, job: str = "", linked: bool = False) -> ParentFact:
    return ParentFact(key="project:1:-:2", state=state, posting=posting, job=job, linked=linked)


@pytest.mark.parametrize("condition", Condition)
def test_a_parent_that_nobody_knows_meets_nothing(condition: Condition) -> None:
    assert not met(condition, None)


@pytest.mark.parametrize("condition", Condition)
@pytest.mark.parametrize("posting", Posting)
def test_a_parent_that_is_being_unlinked_meets_nothing(condition: Condition, posting: Posting) -> None:
    assert not met(condition, parent(State.UNLINKING, posting, "1042", linked=True))


@pytest.mark.parametrize("state", State)
def test_synced_is_met_by_a_synced_parent_only(state: State) -> None:
    assert met(Condition.SYNCED, parent(state, linked=True)) == (state is State.SYNCED)


@pytest.mark.parametrize(("state", "posting"), list(product(State, Posting)))
def test_posted_is_met_by_a_synced_parent_that_was_seen_posted(state: State, posting: Posting) -> None:
    expected = state is State.SYNCED and posting is Posting.POSTED
    assert met(Condition.POSTED, parent(state, posting, linked=True)) == expected


@pytest.mark.parametrize(("state", "job", "linked"), list(product(State, ["", "1042"], [False, True])))
def test_a_job_exists_while_the_parent_is_linked_to_one(state: State, job: str, linked: bool) -> None:
    """Also while its codes are being refreshed, or when a refresh failed: the link stands."""
    expected = linked and job != "" and state is not State.UNLINKING
    assert met(Condition.JOB_EXISTS, parent(state, job=job, linked=linked)) == expected


@pytest.mark.parametrize(("state", "posting"), list(product(State, Posting)))
def test_changes_are_taken_by_a_contract_that_is_posted_or_in_process(state: State, posting: Posting) -> None:
    expected = state is State.SYNCED and posting in (Posting.POSTED, Posting.IN_PROCESS)
    assert met(Condition.OPEN_FOR_CHANGES, parent(state, posting, linked=True)) == expected
    assert posting.takes_changes == (posting in (Posting.POSTED, Posting.IN_PROCESS))


@pytest.mark.parametrize(("state", "posting", "shown"), list(product(State, Posting, [False, True])))
def test_a_budget_is_budgeted_once_it_is_posted_and_shown(state: State, posting: Posting, shown: bool) -> None:
    """R-17: neither alone is enough, and a resend that is under way isn't either."""
    expected = state is State.SYNCED and posting is Posting.POSTED and shown
    fact = parent(state, posting, linked=True).model_copy(update={"budgeted": shown})
    assert met(Condition.BUDGETED, fact) == expected


@pytest.mark.parametrize(
    ("state", "job", "linked", "contract"), list(product(State, ["", "1042"], *[[False, True]] * 2))
)
def test_a_contract_is_one_of_a_linked_job(state: State, job: str, linked: bool, contract: bool) -> None:
    expected = linked and bool(job) and contract and state is not State.UNLINKING
    fact = parent(state, job=job, linked=linked).model_copy(update={"contract": contract})
    assert met(Condition.CONTRACT_IN_CMIC, fact) == expected


# An earlier one of the same sort (cmic-api §4.5)

DONE = (Posting.POSTED, Posting.VOID, Posting.GONE)


@pytest.mark.parametrize(("state", "posting"), list(product(State, Posting)))
def test_an_earlier_one_is_in_the_way_from_its_export_until_it_is_posted_void_or_gone(
    state: State, posting: Posting
) -> None:
    expected = state in (State.EXPORTING, State.UNLINKING) or (state is State.SYNCED and posting not in DONE)
    assert in_the_way(parent(state, posting, linked=True)) == expected


@pytest.mark.parametrize(("state", "posting"), list(product(State, Posting)))
def test_out_of_the_way_is_the_opposite(state: State, posting: Posting) -> None:
    fact = parent(state, posting, linked=True)
    assert met(Condition.OUT_OF_THE_WAY, fact) == (not in_the_way(fact))


@pytest.mark.parametrize("condition", Condition)
def test_only_being_out_of_the_way_ends_with_the_export(condition: Condition) -> None:
    """Whoever stands on a parent keeps it from being unlinked; who merely let another go first doesn't."""
    assert condition.lasts == (condition is not Condition.OUT_OF_THE_WAY)
