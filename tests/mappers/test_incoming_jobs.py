"""CMiC's jobs as projects, and jobs under a control job as sub jobs (O-05, O-06, I-07, S-01; requirements §3, project)."""

from __future__ import annotations

from typing import Any

import pytest

from domain.company_settings import Settings
from domain.incoming import Entry
from domain.incoming_port import Place, Row
from domain.ports import Given
from domain.records import Found, Key
from mappers.incoming.base import Arrived, Importer, Lookups
from mappers.incoming.jobs import JobsImporter, SubJobsImporter

JOBS, SUB_JOBS = JobsImporter(), SubJobsImporter()
PLACE = Place(name="jobs", procore_company=562949, erp_company="01")


def entries(importer: Importer, *, active: bool = True, **more: Any) -> list[Entry]:
    values = {"name": "Tower", "control": "ALL", **more}
    key = Key(resource="job", parts={"company": "01", "job": "1042"})
    arrived = Arrived(Found(key=key, uuid="u", attributes=values, active=active), PLACE, Settings())
    return importer.entries(importer.streams[0], arrived)


@pytest.mark.parametrize(
    ("control", "is_sub_job"),
    [("ALL", False), ("all", False), (None, False), ("", False), (" ", False), ("1000", True)],
)
def test_a_job_is_a_project_or_a_sub_job_never_both(control: str | None, is_sub_job: bool) -> None:
    assert bool(entries(JOBS, control=control)) is not is_sub_job
    assert bool(entries(SUB_JOBS, control=control)) is is_sub_job


def test_a_job_by_its_number_and_name() -> None:
    (made,) = entries(JOBS)
    assert (made.key, made.label) == ("01|1042", "1042 Tower")
    assert made.body == {"project_number": "1042", "name": "Tower"}
    assert entries(JOBS, name=None)[0].body["name"] == "1042"
    assert [e.inactive for a in (True, False) for e in entries(JOBS, active=a)] == [False, True]


def given(importer: Importer, made: Entry, number: int | None = None, **projects: int) -> Any:
    row = Row(key=made.key, body=made.body, procore_id=number)
    return importer.given(importer.streams[0], row, PLACE, Lookups(projects=projects))


def test_a_project_that_people_use_keeps_its_name() -> None:
    (made,) = entries(JOBS)
    assert given(JOBS, made, 310) is None
    new = given(JOBS, made)
    assert (new.origin_id, new.body) == ("01|1042", made.body)


@pytest.mark.parametrize(
    ("fields", "setting", "template"),
    [
        ({"template": 7}, None, 7),
        ({"template": 7}, 9, 7),
        ({}, 9, 9),
        ({"template": None}, 9, 9),
        ({"template": "7"}, 9, 7),
    ],
)
def test_a_new_project_comes_from_the_chosen_template_or_the_companys(
    fields: dict[str, Any], setting: int | None, template: int
) -> None:
    """S-01, I-07."""
    new = given(JOBS, entries(JOBS)[0])
    added = JOBS.added(new, fields, Settings(project_template=setting))
    assert isinstance(added, Given)
    assert added.body == {**new.body, "project_template_id": template}


def test_without_a_template_it_is_refused() -> None:
    refused = JOBS.added(given(JOBS, entries(JOBS)[0]), {}, Settings())
    assert isinstance(refused, list)
    assert [r.code for r in refused] == ["template_needed"]


def test_a_sub_job_goes_below_the_project_of_its_control_job() -> None:
    (made,) = entries(SUB_JOBS, control="a1000")
    assert made.label == "1042 Tower (under a1000)"
    new = given(SUB_JOBS, made, A1000=310)
    assert (new.project, new.origin_id, new.body) == (310, "01|1042", {"code": "1042", "name": "Tower"})
    assert given(SUB_JOBS, made, 77, A1000=310).id == 77
    assert [r.code for r in given(SUB_JOBS, made, OTHER=310)] == ["parent_not_linked"]
    assert made.body["control"] == "a1000", "what is kept isn't spoilt by what is given"


def test_both_sides_of_a_proposal_are_told_by_the_same_words() -> None:
    (made,) = entries(JOBS)
    project = {"id": 310, "name": "Tower", "project_number": "1042"}
    assert JOBS.named(made.body) == JOBS.named(project) == {"name": "Tower", "code": "1042"}
    assert JOBS.named({"name": None, "project_number": None}) == {"name": "", "code": ""}
