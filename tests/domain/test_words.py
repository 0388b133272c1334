"""What an object says of itself, people by reference, foreign text made storable, and units of measure."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from domain.facts import Prerequisite
from domain.people import named, person_id, tokens
from domain.refusals import refuse
from domain.settings import ExportSettings
from domain.states import Condition, Posting, State
from domain.texts import storable
from domain.words import needed, waiting_for, words
from tests.builders import modest

OPEN = Prerequisite(parent="company:1:01:2", condition=Condition.SYNCED, label="company Acme")
NAMELESS = Prerequisite(parent="project:1:-:2", condition=Condition.JOB_EXISTS)
REFUSAL = refuse("cmic_refused", words="ORA-20000")


def said(state: State, **more: Any) -> str:
    stated: dict[str, Any] = {"who": "the approver", "open_ones": [], "refusals": [], **more}
    return words(state, **stated)


def test_what_is_waited_for_is_named() -> None:
    assert waiting_for([OPEN, NAMELESS]) == "company Acme to be synced; project:1:-:2 to be linked to its job"


@pytest.mark.parametrize(
    ("condition", "words_for_it"),
    [
        (Condition.SYNCED, "P to be synced"),
        (Condition.OPEN_FOR_CHANGES, "P to be posted, or in process, in CMiC"),
        (Condition.POSTED, "P to be posted in CMiC"),
        (Condition.JOB_EXISTS, "P to be linked to its job"),
        (Condition.BUDGETED, "P to be posted in CMiC and shown there as budgeted cost"),
        (Condition.CONTRACT_IN_CMIC, "P to have its contract in CMiC"),
        (
            Condition.OUT_OF_THE_WAY,
            "P to be posted in CMiC first, which takes one open request for payment a contract",
        ),
    ],
)
def test_every_condition_has_words(condition: Condition, words_for_it: str) -> None:
    assert waiting_for([Prerequisite(parent="project:1:-:2", condition=condition, label="P")]) == words_for_it
    assert needed(condition) == f"needs {words_for_it.removeprefix('P ')}"


@pytest.mark.parametrize("state", State)
def test_every_state_has_words(state: State) -> None:
    assert said(state)


@pytest.mark.parametrize(
    ("state", "more", "expected"),
    [
        (State.WAITING, {}, "Ready to Export: waits for an accounting approver."),
        (
            State.WAITING,
            {"open_ones": [OPEN]},
            "Ready to Export: waits for an accounting approver. Before it can leave, it needs company Acme to be synced.",
        ),
        (
            State.HELD,
            {"open_ones": [OPEN]},
            "Accepted, and held: it needs company Acme to be synced. It leaves by itself.",
        ),
        (State.REJECTED, {}, "Rejected by the approver; may be corrected and sent again."),
        (State.RETRIEVED, {"who": "the sender"}, "Retrieved by the sender; may be corrected and sent again."),
        (State.SYNCED, {"erp_key": "01|A"}, "In CMiC as 01|A."),
        (State.SYNCED, {}, "In CMiC."),
        (State.SYNCED, {"erp_key": "01|A", "posting": Posting.UNPOSTED}, "In CMiC as 01|A; not posted yet."),
        (State.SYNCED, {"erp_key": "01|A", "posting": Posting.POSTED}, "In CMiC as 01|A; posted."),
        (
            State.SYNCED,
            {"erp_key": "01|A", "posting": Posting.POSTED, "posted_on": date(2026, 3, 5)},
            "In CMiC as 01|A; posted on 2026-03-05.",
        ),
        (State.SYNCED, {"erp_key": "01|A", "posting": Posting.VOID}, "In CMiC as 01|A; void there: unlink it."),
        (State.SYNCED, {"erp_key": "01|A", "posting": Posting.GONE}, "In CMiC as 01|A; no longer there: unlink it."),
        (State.SYNCED, {"erp_key": "ACME", "posting": Posting.PRESENT}, "In CMiC as ACME."),
        (State.NOT_SENT, {}, "Not sent."),
        (
            State.SYNCED,
            {"erp_key": "01|A", "posting": Posting.IN_PROCESS},
            "In CMiC as 01|A; in process, not posted yet.",
        ),
        (
            State.RESET_OUTSTANDING,
            {},
            "Reset: it may be sent again once CMiC's earlier record is void or gone.",
        ),
    ],
)
def test_it_says_where_it_stands(state: State, more: dict[str, Any], expected: str) -> None:
    assert said(state, **more) == expected


def test_a_failure_says_why_and_who_has_to_move() -> None:
    text = said(State.FAILED, refusals=[REFUSAL])
    assert text == (
        "Failed to Export. CMiC refused it: ORA-20000 (CMiC accountant: CMiC; put it right there, then retry here)"
    )
    assert said(State.FAILED, refusals=[REFUSAL], temporary=True) == f"{text} It tries again by itself."


def test_of_many_reasons_five_are_told_and_the_rest_counted() -> None:
    text = said(State.FAILED, refusals=[refuse("no_lines")] * 7)
    assert text.count("It has no line") == 5
    assert text.endswith(" And 2 more.")


def test_held_by_cmic_itself_says_what_cmic_wants() -> None:
    text = said(State.HELD, refusals=[refuse("cmic_wants_first", words="post the base contract")])
    assert "CMiC wants something else first: post the base contract" in text


def test_an_unlink_that_failed_says_why() -> None:
    text = said(State.SYNCED, erp_key="01|A", refusals=[refuse("still_in_cmic", erp_key="01|A")])
    assert text.startswith("In CMiC as 01|A. CMiC still has 01|A.")


# People


def test_a_person_has_one_id_on_every_door() -> None:
    assert person_id("Ada Lovelace") == person_id("  Ada Lovelace ")
    assert person_id("Ada Lovelace") != person_id("ada lovelace")
    assert tokens([f"{person_id('Ada')} was first", "nobody"]) == {person_id("Ada")}


def test_names_are_put_in_where_they_are_known() -> None:
    ada, grace = person_id("Ada"), person_id("Grace")
    assert named(f"{ada} was first; {grace} came second.", {ada: "Ada"}) == f"Ada was first; {grace} came second."


@modest
@given(st.text(min_size=1, max_size=40))
def test_a_name_never_shows_through_its_id(name: str) -> None:
    assert tokens([f"x {person_id(name)} y"]) == {person_id(name)}
    assert named(person_id(name), {person_id(name): name}) == name


# Foreign text

anything = st.text(alphabet=st.characters(exclude_categories=[]), max_size=40)
bodies = st.recursive(
    st.one_of(st.none(), st.booleans(), st.integers(), anything),
    lambda inner: st.one_of(st.lists(inner, max_size=4), st.dictionaries(anything, inner, max_size=4)),
    max_leaves=12,
)


def every_text(body: Any) -> list[str]:
    if isinstance(body, str):
        return [body]
    if isinstance(body, dict):
        return [text for pair in body.items() for part in pair for text in every_text(part)]
    return [text for part in body for text in every_text(part)] if isinstance(body, list) else []


@modest
@given(bodies)
def test_storable_text_can_be_stored(body: Any) -> None:
    for text in every_text(storable(body)):
        assert "\x00" not in text
        text.encode("utf-8")


@modest
@given(bodies)
def test_storing_twice_is_storing_once(body: Any) -> None:
    assert storable(storable(body)) == storable(body)


@pytest.mark.parametrize("text", ["", "Zürich", "👷🏽‍♀️", "a\nb\tc", "\ufffd", "契約"])
def test_good_text_stays_as_it_is(text: str) -> None:
    assert storable({"k": [text, 1, None, True]}) == {"k": [text, 1, None, True]}


def test_bad_characters_are_replaced_where_they_stand() -> None:
    assert storable("a\x00b\ud800c") == "a\ufffdb?c"
    assert storable({"\x00": ["\udfff"]}) == {"\ufffd": ["?"]}


# Units of measure (R-22)


@pytest.mark.parametrize(
    ("unit", "expected"),
    [
        (None, "LS"),
        ("", "LS"),
        ("  ", "LS"),
        ("ea", "EA"),
        ("Each", "EA"),
        (" TONS ", "TN"),
        ("cy", "CY"),
        ("m²", "M²"),
    ],
)
def test_a_unit_becomes_cmics(unit: str | None, expected: str) -> None:
    assert ExportSettings().uom(unit) == expected


def test_units_are_settings() -> None:
    settings = ExportSettings(default_uom="$", uom_map={"each": "PC"})
    assert (settings.uom(None), settings.uom("EACH"), settings.uom("ton")) == ("$", "PC", "TON")


@pytest.mark.parametrize("wrong", [{"erp_companies": []}, {"colour": "red"}, {"limits": {"width": 3}}])
def test_settings_that_mean_nothing_are_refused(wrong: dict[str, Any]) -> None:
    with pytest.raises(ValidationError):
        ExportSettings.model_validate(wrong)


def test_settings_come_back_from_json_as_they_were() -> None:
    settings = ExportSettings(vendor_class="SUBS", erp_companies=["01", "02"])
    assert ExportSettings.model_validate(settings.model_dump(mode="json")) == settings
