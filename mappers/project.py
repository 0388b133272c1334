"""A project to a CMiC project, or to the job it is linked to (O-05; requirements §3, project; cmic-api §3.2, §3.3).

An export makes a CMiC project, never a job: a person makes the job, and the export's lifecycle waits to see it.
"""

from __future__ import annotations

from typing import Any

from domain.identity import ObjectId, origin_id
from domain.ports import WriteBack
from domain.project import Project
from domain.records import Group, Key, Plan, Written
from mappers.base import Mapper, business_date, text_of
from mappers.fields import Export, Field, Source, Table

JOB_PART = "job"
_PROJECT = "§3 project"


def _code(source: Source) -> str:
    export = source.export
    return str(export.typed.get("erp_id") or export.references.job or export.document.number).upper()


KEY_COMPANY = Field("company", "(the CMiC company)", lambda s: s.export.references.erp_company, "R-08")
HEADER = Table(
    "project",
    "project",
    key=(KEY_COMPANY, Field("project", "project number, or the ERP id typed", _code, _PROJECT, "↔")),
    values=(
        Field("name", "name", lambda s: s.document.name or None, _PROJECT, "↔"),
        Field("address", "address", lambda s: s.document.address or None, _PROJECT, "↔"),
        Field("city", "city", lambda s: s.document.city or None, _PROJECT, "↔"),
        Field("region", "state", lambda s: s.document.state or None, _PROJECT, "↔"),
        Field("postal_code", "zip", lambda s: s.document.zip or None, _PROJECT, "↔"),
        Field("start", "start date", lambda s: s.document.start_on, _PROJECT, "↔"),
        Field("end", "completion date", lambda s: s.document.completion_on, _PROJECT, "↔"),
        Field("create_job", "(never: a person makes the job)", lambda s: False, "O-05"),
    ),
)
JOB = Table("project (linked job)", "job", key=(KEY_COMPANY, Field("job", "project number", _code, _PROJECT, "↔")))


class ProjectMapper(Mapper):
    document = Project
    tables = (HEADER, JOB)

    def read(self, raw: dict[str, Any]) -> Project:
        return _project(raw)

    def plan(self, export: Export) -> Plan:
        """A link takes the job over. An export makes the project; the job joins it once CMiC shows one."""
        own = export.references.keys.get(export.object_id.key, {})
        label = export.document.title
        if export.mode == "link":
            return Plan(groups=[Group(header=JOB.record(Source(export), label=label), may_exist=True)])
        project = Group(header=HEADER.record(Source(export), label=label), may_exist="" in own)
        if "job" not in export.references.watched:
            return Plan(groups=[project])
        job = JOB.record(Source(export), part=JOB_PART, label=f"job of {label}")
        return Plan(groups=[project, Group(header=job, may_exist=True)])

    def write_back(self, object_id: ObjectId, written: list[Written]) -> WriteBack:
        main = next(w for w in written if not w.part).key
        return WriteBack(origin_id=origin_id(*main.parts.values()), code=list(main.parts.values())[-1])

    def watches(self, object_id: ObjectId, written: list[Written]) -> list[Key]:
        """The job that a person makes, and the contract that its billing needs: both bear the project's code (A-15)."""
        company, code = next(w for w in written if not w.part).key.parts.values()
        return [
            Key(resource="job", parts={"company": company, "job": code}),
            Key(resource="prime_contract", parts={"company": company, "contract": code}),
        ]


def _project(raw: dict[str, Any]) -> Project:
    return Project(
        id=raw["id"],
        name=text_of(raw, "name"),
        number=text_of(raw, "project_number"),
        address=text_of(raw, "address"),
        city=text_of(raw, "city"),
        state=text_of(raw, "state_code"),
        zip=text_of(raw, "zip"),
        start_on=business_date(raw.get("start_date")),
        completion_on=business_date(raw.get("completion_date")),
        custom_segments=raw.get("custom_segments") or [],
        is_erp_list=raw.get("is_erp_list"),
        origin_id=raw.get("origin_id"),
    )
