"""How two documents differ, in words that people can act on (B-04, B-08)."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from activities.recording import MOST_DIFFERENCES, differing
from mappers.commitment import CommitmentMapper
from tests.builders import commitment, line, modest, raw_commitment, raw_line, raw_unit_line, unit_line

BEFORE = commitment().business()


def edited(**more: Any) -> dict[str, Any]:
    return commitment(**more).business()


def test_what_is_the_same_doesnt_differ() -> None:
    assert differing(BEFORE, edited()) == []


@pytest.mark.parametrize(
    ("after", "expected"),
    [
        (edited(title="Steel"), ["title: Concrete → Steel"]),
        (edited(title=""), ["title: Concrete → nothing"]),
        (edited(retainage=None), ["retainage: 10.00 → nothing"]),
        (edited(contract_date=None, status="Void"), ["contract_date: 2026-03-01 → nothing", "status: Approved → Void"]),
        (edited(lines=[line(1, amount="250.01"), unit_line(2)]), ["lines.9001.amount: 250.00 → 250.01"]),
        (
            edited(lines=[line(1), unit_line(2, quantity="3", unit_cost=None)]),
            ["lines.9002.quantity: 2.50 → 3.00", "lines.9002.unit_cost: 100.00 → nothing"],
        ),
        (
            edited(lines=[line(1)]),
            ["lines.9002: (position 2, cost_code 03-300, category M, amount 250.00, description Line 2) → nothing"],
        ),
        (
            edited(lines=[line(1), unit_line(2), line(3, description="")]),
            ["lines.9003: nothing → (position 3, cost_code 03-300, category M, amount 250.00)"],
        ),
    ],
    ids=lambda value: value[0][:40] if isinstance(value, list) else "",
)
def test_each_change_is_told_with_its_place(after: dict[str, Any], expected: list[str]) -> None:
    assert differing(BEFORE, after) == expected


def test_lines_are_told_apart_by_their_ids_not_their_places() -> None:
    mapper = CommitmentMapper()
    first, second = raw_line(9001, 1), raw_unit_line(9002, 2)
    before = mapper.from_procore(raw_commitment(line_items=[first, second])).business()
    swapped = [{**first, "position": 2}, {**second, "position": 1}]
    after = mapper.from_procore(raw_commitment(line_items=swapped)).business()
    assert differing(before, after) == ["lines.9001.position: 1 → 2", "lines.9002.position: 2 → 1"]


def test_lists_of_plain_values_are_told_by_their_places() -> None:
    before, after = {"custom_segments": ["Lot", "Phase"]}, {"custom_segments": ["Lot"]}
    assert differing(before, after) == ["custom_segments.1: Phase → nothing"]


def test_another_shape_is_a_difference() -> None:
    assert differing({"a": [1]}, {"a": "x"}) == ["a: [1] → x"]
    (words,) = differing({"a": {"id": 1}}, {"a": None})
    assert words.startswith("a: ")
    assert words.endswith(" → nothing")


def test_of_very_many_changes_some_are_told() -> None:
    before = edited(lines=[line(n) for n in range(1, 101)])
    after = edited(lines=[line(n, amount="1.00") for n in range(1, 101)])
    found = differing(before, after)
    assert len(found) == MOST_DIFFERENCES
    assert all(words.endswith("amount: 250.00 → 1.00") for words in found)


def test_long_texts_are_shown_in_part() -> None:
    (words,) = differing({"description": "x" * 4000}, {"description": "y" * 4000})
    assert len(words) < 300


def test_a_change_at_the_end_of_a_long_text_shows() -> None:
    """A description may have 4000 characters; the approver has to see what was changed in it."""
    before, after = edited(description="x" * 300 + "old end"), edited(description="x" * 300 + "new end")
    (words,) = differing(before, after)
    old, new = words.removeprefix("description: ").split(" → ")
    assert old != new


json_values = st.recursive(
    st.one_of(st.none(), st.booleans(), st.integers(), st.text(max_size=8)),
    lambda inner: st.one_of(
        st.lists(inner, max_size=4),
        st.dictionaries(st.sampled_from(["id", "amount", "lines", "title"]), inner, max_size=4),
    ),
    max_leaves=12,
)
bodies = st.dictionaries(st.sampled_from(["title", "lines", "total", "status"]), json_values, max_size=4)


@modest
@given(bodies)
def test_nothing_differs_from_itself(body: dict[str, Any]) -> None:
    assert differing(body, json.loads(json.dumps(body))) == []


@modest
@given(bodies, bodies)
def test_any_two_documents_can_be_compared(before: dict[str, Any], after: dict[str, Any]) -> None:
    found = differing(before, after)
    assert len(found) <= MOST_DIFFERENCES
    assert all(" → " in words for words in found)
    assert len(found) == len(differing(after, before))
