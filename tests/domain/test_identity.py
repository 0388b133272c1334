"""The key of an object: built and read by one module, and only one text names one object (design §3, R-08)."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.identity import MalformedKey, ObjectId, company_key, origin_id, parse_key, project_key
from tests.builders import COMMITMENT, COMPANY, PROJECT, modest

LARGEST = 2**63 - 1
numbers = st.integers(min_value=1, max_value=LARGEST)
kinds = st.text(alphabet="abcdefghijklmnopqrstuvwxyz_", min_size=1, max_size=40)
scopes = st.text(alphabet="ABCxyz0189_.-", min_size=1, max_size=20)
objects = st.builds(ObjectId, kind=kinds, company=numbers, scope=scopes, id=numbers)


@modest
@given(objects)
def test_what_is_built_is_read_back(object_id: ObjectId) -> None:
    assert parse_key(object_id.key) == object_id
    assert str(object_id) == object_id.key


@modest
@given(objects, objects)
def test_different_objects_have_different_keys(one: ObjectId, other: ObjectId) -> None:
    assert (one.key == other.key) == (one == other)


@modest
@given(st.one_of(st.text(max_size=60), st.from_regex(r"\A[a-z]{1,3}:\d{1,3}:[A-Z0-9-]{1,3}:\d{1,3}\n?\Z")))
def test_a_text_is_malformed_or_the_one_key_of_its_object(text: str) -> None:
    try:
        object_id = parse_key(text)
    except MalformedKey:
        return
    assert object_id.key == text


MALFORMED = [
    *("", "commitment", "commitment:1:2", "commitment:1:2:3:4", "commitment:1::3", ":1:2:3", "commitment:1:2:"),
    *("commitment:0:2:3", "commitment:1:2:0", "commitment:-1:2:3", "commitment:1:2:3.0", "commitment:1:2:x"),
    *("Commitment:1:2:3", "com mitment:1:2:3", "commitment:1:a b:3", "commitment:1:a|b:3", "commitment:1:ü:3"),
    *(" commitment:1:2:3", "commitment:1:2:3 ", "commitment: 1:2:3", f"{'k' * 41}:1:2:3", f"commitment:1:{'s' * 21}:3"),
    *("commitment:12345678901234567890:2:3", "commitment:1:2:12345678901234567890", "commitment:1:2:3\x00"),
]


@pytest.mark.parametrize("text", MALFORMED)
def test_what_names_no_object_is_malformed(text: str) -> None:
    with pytest.raises(MalformedKey, match="is not the key of an object"):
        parse_key(text)


@pytest.mark.parametrize(
    "text", ["commitment:1:2:3\n", "commitment:01:2:3", "commitment:1:2:03", "commitment:1:2:٣", "commitment:１:2:3"]
)
def test_another_spelling_of_a_key_is_no_key(text: str) -> None:
    """Two workflows, each under its own spelling, would walk one object."""
    with pytest.raises(MalformedKey):
        parse_key(text)


@pytest.mark.parametrize("text", [f"commitment:1:2:{2**63}", f"commitment:{2**63}:2:3"])
def test_an_id_beyond_64_bits_is_no_procore_id(text: str) -> None:
    with pytest.raises(MalformedKey):
        parse_key(text)


def test_a_long_text_is_quoted_in_part() -> None:
    with pytest.raises(MalformedKey) as refused:
        parse_key("x" * 100_000)
    assert len(str(refused.value)) < 200


def test_the_keys_of_parents() -> None:
    assert project_key(562949, 310) == PROJECT.key == "project:562949:-:310"
    assert company_key(562949, "01", 8001) == COMPANY.key == "company:562949:01:8001"


def test_the_project_of_an_object() -> None:
    assert COMMITMENT.project == 310
    assert PROJECT.project == 310
    assert COMPANY.project is None


def test_an_origin_id_begins_with_the_cmic_company() -> None:
    assert origin_id("01", "ACME", "SC-001", "000") == "01|ACME|SC-001|000"
