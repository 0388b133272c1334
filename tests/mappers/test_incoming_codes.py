"""Cost codes and cost types of the company and of a project (O-01, O-02, R-03, R-04, R-21, T-01, S-12, S-20)."""

from __future__ import annotations

from typing import Any

import pytest

from domain.company_settings import Settings
from domain.incoming import Entry
from domain.incoming_port import Place, Row
from domain.ports import Given
from domain.records import Found, Key
from mappers.incoming.base import Arrived, Lookups, Stream
from mappers.incoming.codes import hyphenated, procore_unit
from mappers.incoming.master_codes import CATEGORIES, CODES, MasterCodesImporter
from mappers.incoming.project_codes import DEFAULTS, PAIRS, PHASES, ProjectCodesImporter

MASTER, PROJECT = MasterCodesImporter(), ProjectCodesImporter()
COMPANY = Place(name="master_codes", procore_company=562949, erp_company="01")
JOB = Place(name="project_codes", procore_company=562949, erp_company="01", scope="project:562949:-:310", job="1042")


def of_company(*, active: bool = True, settings: dict[str, Any] | None = None, **parts: str) -> Arrived:
    name = {"name": parts.pop("name", "Named")}
    key = Key(resource="master", parts={"company": "01", **parts})
    return Arrived(Found(key=key, uuid="u", attributes=name, active=active), COMPANY, Settings(**(settings or {})))


def of_job(*, active: bool = True, settings: dict[str, Any] | None = None, **parts: str) -> Arrived:
    name = {"name": parts.pop("name", "Named")}
    key = Key(resource="job_code", parts={"company": "01", "job": "1042", **parts})
    return Arrived(Found(key=key, uuid="u", attributes=name, active=active), JOB, Settings(**(settings or {})))


@pytest.mark.parametrize("code", ["03", "03-100", "A1-B2-C3", "a-b", "0", "03-100-S"])
def test_codes_that_procore_could_have(code: str) -> None:
    assert hyphenated(code) == []


@pytest.mark.parametrize(
    "code", ["", "-", "03-", "-03", "03--1", "03.100", "03 100", "03/100", "03_1", "Ä", "03-100\n"]
)
def test_the_hyphen_is_the_only_delimiter(code: str) -> None:
    """R-03."""
    (reason,) = hyphenated(code)
    assert reason.code == "not_hyphenated"
    assert code.strip() in reason.sentence


def only(entries: list[Entry]) -> Entry:
    (entry,) = entries
    return entry


def test_a_category_is_a_cost_type() -> None:
    made = only(MASTER.entries(CATEGORIES, of_company(category="l", name="Labour")))
    assert made.body == {"csv_import_code": "L", "name": "Labour", "base_type": "labor"}
    assert (made.key, made.label, made.refusals) == ("01|L", "l Labour", [])
    unknown = only(MASTER.entries(CATEGORIES, of_company(category="ZZ", name="")))
    assert unknown.body == {"csv_import_code": "ZZ", "name": "ZZ", "base_type": "other"}
    own = of_company(category="ZZ", settings={"category_types": {"zz": "owner_cost"}})
    assert only(MASTER.entries(CATEGORIES, own)).body["base_type"] == "owner_cost"


def test_a_master_code_is_a_standard_one() -> None:
    made = only(MASTER.entries(CODES, of_company(cost_code="03-100a", name="Formwork")))
    assert made.body == {"code": "03-100A", "name": "Formwork"}
    assert only(MASTER.entries(CODES, of_company(cost_code="03", name=""))).body["name"] == "03"
    refused = only(MASTER.entries(CODES, of_company(cost_code="03.100")))
    assert [r.code for r in refused.refusals] == ["not_hyphenated"]


@pytest.mark.parametrize(
    ("excluded", "code", "comes"),
    [(["03-100"], "03-100", False), (["03-100"], "03-200", True), (["03*"], "03-1", False), ([], "03-100", True)],
)
def test_listed_codes_are_left_out(excluded: list[str], code: str, comes: bool) -> None:
    """S-20, R-21: they are gone rather than set aside."""
    found = MASTER.entries(CODES, of_company(cost_code=code, settings={"excluded_codes": excluded}))
    assert bool(found) is comes


def test_everything_excluded_leaves_the_categories() -> None:
    assert MASTER.entries(CATEGORIES, of_company(category="L", settings={"excluded_codes": ["*"]}))


@pytest.mark.parametrize("stream", [CATEGORIES, CODES])
def test_what_cmic_doesnt_use_any_more_is_left_out(stream: Stream) -> None:
    part: dict[str, Any] = {"category": "L"} if stream is CATEGORIES else {"cost_code": "03"}
    assert MASTER.entries(stream, of_company(active=False, **part)) == []
    assert len(MASTER.entries(stream, of_company(active=True, **part))) == 1


# A project's


LOOKUPS = Lookups(
    cost_codes={"03": 1, "03-100": 2, "04": 3},
    cost_types={"S": 11, "L": 12},
    standard_codes={"03-100": 21},
)


def outcome(stream: Stream, arrived: Arrived, lookups: Lookups = LOOKUPS) -> Given | list[str]:
    made = only(PROJECT.entries(stream, arrived))
    result = PROJECT.given(stream, Row(key=made.key, body=made.body), JOB, lookups)
    assert result is not None
    return result if isinstance(result, Given) else [r.code for r in result]


def test_a_jobs_code_is_tied_to_the_standard_one_of_its_name() -> None:
    tied, free = outcome(PHASES, of_job(cost_code="03-100")), outcome(PHASES, of_job(cost_code="03-200", name=""))
    assert isinstance(tied, Given)
    assert isinstance(free, Given)
    assert (tied.origin_id, tied.body) == (
        "01|1042|03-100",
        {"code": "03-100", "name": "Named", "standard_cost_code_id": 21},
    )
    assert free.body == {"code": "03-200", "name": "03-200"}


def test_a_pair_is_given_with_the_ids_of_both() -> None:
    given = outcome(PAIRS, of_job(cost_code="03-100", category="s"))
    assert isinstance(given, Given)
    assert (given.key, given.body) == ("01|1042|03-100|S", {"cost_code_id": 2, "line_item_type_id": 11})


@pytest.mark.parametrize(
    ("pair", "reasons"),
    [
        (("03-300", "S"), ["code_not_on_project"]),
        (("03-100", "X"), ["code_unknown"]),
        (("03-300", "X"), ["code_not_on_project"]),
    ],
)
def test_a_pair_whose_half_isnt_there_waits(pair: tuple[str, str], reasons: list[str]) -> None:
    assert outcome(PAIRS, of_job(cost_code=pair[0], category=pair[1])) == reasons


@pytest.mark.parametrize(("code", "division"), [("03", True), ("03-100", False), ("04", False)])
def test_divisions_may_be_left_out(code: str, division: bool) -> None:
    """S-12, R-04: a code with codes below it."""
    lookups = Lookups(**{**vars(LOOKUPS), "settings": Settings(division_codes=False)})
    found = outcome(PAIRS, of_job(cost_code=code, category="S"), lookups)
    assert (found == ["division_code"]) is division
    assert isinstance(outcome(PAIRS, of_job(cost_code=code, category="S")), Given)


def test_default_types_are_one_row_each() -> None:
    """T-01."""
    settings = {"default_cost_types": {"03-100": ["S", "L"]}}
    made = PROJECT.entries(DEFAULTS, of_job(cost_code="03-100", settings=settings))
    assert [(e.key, e.body) for e in made] == [
        ("01|1042|03-100|S", {"cost_code": "03-100", "cost_type": "S"}),
        ("01|1042|03-100|L", {"cost_code": "03-100", "cost_type": "L"}),
    ]
    assert PROJECT.entries(DEFAULTS, of_job(cost_code="04", settings=settings)) == []
    assert PROJECT.entries(DEFAULTS, of_job(cost_code="03-100", active=False, settings=settings)) == []
    given = PROJECT.given(DEFAULTS, Row(key=made[0].key, body=made[0].body), JOB, LOOKUPS)
    assert isinstance(given, Given)
    assert given.body == {"cost_code_id": 2, "line_item_type_id": 11}


@pytest.mark.parametrize("stream", [PHASES, PAIRS])
def test_what_the_job_doesnt_use_any_more_is_left_out(stream: Stream) -> None:
    assert PROJECT.entries(stream, of_job(active=False, cost_code="03", category="S")) == []


@pytest.mark.parametrize("stream", [PHASES, PAIRS])
def test_a_code_without_hyphens_is_set_aside(stream: Stream) -> None:
    made = only(PROJECT.entries(stream, of_job(cost_code="03.1", category="S")))
    assert [r.code for r in made.refusals] == ["not_hyphenated"]


@pytest.mark.parametrize("stream", [PHASES, PAIRS, DEFAULTS])
def test_only_the_jobs_own_are_asked_for(stream: Stream) -> None:
    assert PROJECT.within(stream, JOB) == {"company": "01", "job": "1042"}
    assert MASTER.within(CODES, COMPANY) == {"company": "01"}


@pytest.mark.parametrize(
    ("unit", "uoms", "expected"),
    [
        ("CY", {"CY": "cy"}, "cy"),
        (" cy ", {"CY": "cy"}, "cy"),
        ("TN", {"TON": "ton"}, "ton"),
        ("TN", {"TN": "tn", "TON": "ton"}, "tn"),
        ("TN", {"TONS": "tons"}, "tons"),
        ("ZZ", {"CY": "cy"}, None),
        ("TN", {}, None),
    ],
)
def test_a_unit_as_procores_list_has_it(unit: str, uoms: dict[str, str], expected: str | None) -> None:
    assert procore_unit(unit, Settings(), uoms) == expected
