"""A project to a CMiC project, or to the job it is linked to (O-05, R-09)."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest

from domain.project import Project
from domain.records import Group, Key, Written, digest
from domain.refusals import Refused
from mappers.project import ProjectMapper
from tests.builders import PROJECT, PROJECT_ID, export, project, raw_project, references

MAPPER = ProjectMapper()


def test_a_project_is_read_whole() -> None:
    found = MAPPER.from_procore(raw_project(custom_segments=["Lot"], origin_id="01|1042"))
    assert found == Project(id=PROJECT_ID, name="Tower", number="1042", custom_segments=["Lot"], origin_id="01|1042")


def test_only_the_id_is_needed() -> None:
    assert MAPPER.from_procore({"id": 7}) == Project(id=7)


@pytest.mark.parametrize(
    "wrong",
    [
        *(
            {"id": None},
            {"name": 7},
            {"project_number": ["1042"]},
            {"custom_segments": "Lot"},
            {"custom_segments": [7]},
        ),
        *({"start_date": "soon"}, {"completion_date": 20270301}, {"is_erp_list": "perhaps"}),
    ],
    ids=str,
)
def test_what_cant_be_read_is_refused(wrong: dict[str, Any]) -> None:
    with pytest.raises(Refused) as refused:
        MAPPER.from_procore(raw_project(**wrong))
    assert [r.code for r in refused.value.refusals] == ["procore_unreadable"]


def groups(mode: str = "export", **more: Any) -> list[Group]:
    known = {"references": references(job=""), "mode": mode}
    return MAPPER.plan(export("project", **{**known, **more})).groups


@pytest.mark.parametrize(("typed", "code"), [({"erp_id": "1042a"}, "1042A"), ({}, "1042")])
def test_a_link_names_the_job_and_writes_nothing(typed: dict[str, Any], code: str) -> None:
    (group,) = groups("link", typed=typed)
    assert group.header.key == Key(resource="job", parts={"company": "01", "job": code})
    assert (group.may_exist, group.lines, group.header.values, group.header.part) == (True, [], {}, "")


def test_a_refresh_stays_with_the_job_that_is_linked() -> None:
    (group,) = groups("link", references=references(job="J-9"))
    assert group.header.key.text == "01|J-9"


# An export makes a CMiC project, never a job (O-05)


def test_an_export_makes_a_project_and_no_job() -> None:
    document = MAPPER.from_procore(
        raw_project(
            address="1 Main Street",
            city="Springfield",
            state_code="IL",
            zip="62701",
            start_date="2026-03-01",
            completion_date="2027-03-01",
        )
    )
    (group,) = groups(document=document)
    assert (group.header.key.resource, group.header.part, group.may_exist) == ("project", "", False)
    assert group.header.attributes == {
        "company": "01",
        "project": "1042",
        "name": "Tower",
        "address": "1 Main Street",
        "city": "Springfield",
        "region": "IL",
        "postal_code": "62701",
        "start": date(2026, 3, 1),
        "end": date(2027, 3, 1),
        "create_job": False,
    }


def test_what_a_project_lacks_is_sent_as_nothing_and_the_code_typed_counts() -> None:
    (group,) = groups(document=Project(id=1, number="7"), typed={"erp_id": "t-7"})
    assert group.header.key.text == "01|T-7"
    assert {v for n, v in group.header.values.items() if n != "create_job"} == {None}


def test_the_job_that_a_person_made_joins_the_project_that_is_there_already() -> None:
    there = {PROJECT.key: {"": Key(resource="project", parts={"company": "01", "project": "1042"})}}
    made, job = groups(references=references(job="", keys=there, watched=frozenset({"job"})))
    assert (made.header.key.resource, made.may_exist) == ("project", True)
    assert (job.header.key.text, job.header.part, job.may_exist) == ("01|1042", "job", True)


def test_an_exported_project_waits_to_see_its_job_and_its_contract() -> None:
    main = Key(resource="project", parts={"company": "01", "project": "1042"})
    seen = MAPPER.watches(PROJECT, [Written(part="", key=main, uuid="u")])
    assert [(k.resource, k.text) for k in seen] == [("job", "01|1042"), ("prime_contract", "01|1042")]


def test_the_origin_id_names_the_project_also_once_its_job_is_there() -> None:
    main = Key(resource="project", parts={"company": "01", "project": "1042"})
    job = Key(resource="job", parts={"company": "01", "job": "1042"})
    back = MAPPER.write_back(PROJECT, [Written(part="job", key=job, uuid="j"), Written(part="", key=main, uuid="p")])
    assert (back.origin_id, back.code) == ("01|1042", "1042")


def test_a_project_waits_for_nothing() -> None:
    assert MAPPER.prerequisites(PROJECT, project(), "01") == []


def test_the_projects_origin_id_names_company_and_job() -> None:
    job = Key(resource="job", parts={"company": "01", "job": "1042"})
    back = MAPPER.write_back(PROJECT, [Written(part="", key=job, uuid="u")])
    assert (back.origin_id, back.code) == ("01|1042", "1042")


def test_a_snapshot_is_restored_with_the_same_business() -> None:
    document = MAPPER.from_procore(raw_project(custom_segments=["Lot", "Phase"], origin_id="01|1042"))
    restored = MAPPER.restore(document.model_dump(mode="json"))
    assert restored == document
    assert digest(restored.business()) == digest(document.business())
    assert digest(document.business()) != digest(MAPPER.from_procore(raw_project()).business())
