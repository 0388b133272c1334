"""A project to the job it is linked to (O-05, R-09)."""

from __future__ import annotations

from typing import Any

import pytest

from domain.project import Project
from domain.records import Key, Written, digest
from domain.refusals import Refused
from domain.settings import ExportSettings
from mappers.project import ProjectMapper
from tests.builders import PROJECT, PROJECT_ID, project, raw_project, references

MAPPER = ProjectMapper()


def test_a_project_is_read_whole() -> None:
    found = MAPPER.from_procore(raw_project(custom_segments=["Lot"], origin_id="01|1042"))
    assert found == Project(id=PROJECT_ID, name="Tower", number="1042", custom_segments=["Lot"], origin_id="01|1042")


def test_only_the_id_is_needed() -> None:
    assert MAPPER.from_procore({"id": 7}) == Project(id=7)


@pytest.mark.parametrize(
    "wrong",
    [{"id": None}, {"name": 7}, {"project_number": ["1042"]}, {"custom_segments": "Lot"}, {"custom_segments": [7]}],
    ids=str,
)
def test_what_cant_be_read_is_refused(wrong: dict[str, Any]) -> None:
    with pytest.raises(Refused) as refused:
        MAPPER.from_procore(raw_project(**wrong))
    assert [r.code for r in refused.value.refusals] == ["procore_unreadable"]


@pytest.mark.parametrize(("typed", "code"), [({"erp_id": "1042a"}, "1042A"), ({}, "1042")])
def test_a_link_names_the_job_and_writes_nothing(typed: dict[str, Any], code: str) -> None:
    (group,) = MAPPER.plan(PROJECT, project(), references(), typed, ExportSettings()).groups
    assert group.header.key == Key(resource="job", parts={"company": "01", "job": code})
    assert (group.may_exist, group.lines, group.header.values) == (True, [], {})


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
