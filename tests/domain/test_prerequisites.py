"""When a prerequisite is met: each condition in each state of the parent (design §4)."""

from __future__ import annotations

from itertools import product

import pytest

from domain.prerequisites import ParentFact, met
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


@pytest.mark.parametrize("condition", [Condition.BUDGETED, Condition.CONTRACT_IN_CMIC])
@pytest.mark.parametrize("state", State)
def test_what_nothing_can_tell_yet_is_never_met(condition: Condition, state: State) -> None:
    assert not met(condition, parent(state, Posting.POSTED, "1042", linked=True))
