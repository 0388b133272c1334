"""A project to the CMiC job it is linked to (O-05; requirements §3, project). Nothing is written to CMiC."""

from __future__ import annotations

from typing import Any

from domain.facts import Prerequisite, References
from domain.identity import ObjectId, origin_id
from domain.ports import WriteBack
from domain.project import Project
from domain.records import Group, Key, Plan, Record, Written
from domain.settings import ExportSettings
from mappers.base import readable


class ProjectMapper:
    def from_procore(self, raw: dict[str, Any]) -> Project:
        return readable(_project, raw, "project")

    def restore(self, body: dict[str, Any]) -> Project:
        return Project.model_validate(body)

    def prerequisites(self, object_id: ObjectId, document: Any, erp_company: str) -> list[Prerequisite]:
        return []

    def plan(
        self,
        object_id: ObjectId,
        document: Any,
        references: References,
        typed: dict[str, Any],
        settings: ExportSettings,
    ) -> Plan:
        code = str(typed.get("erp_id") or references.job).upper()
        key = Key(resource="job", parts={"company": references.erp_company, "job": code})
        return Plan(groups=[Group(header=Record(key=key, label=document.title), may_exist=True)])

    def write_back(self, object_id: ObjectId, written: list[Written]) -> WriteBack:
        job = next(w for w in written if not w.part).key
        return WriteBack(origin_id=origin_id(*job.parts.values()), code=job.parts["job"])


def _project(raw: dict[str, Any]) -> Project:
    return Project(
        id=raw["id"],
        name=(raw.get("name") or "").strip(),
        number=(raw.get("project_number") or "").strip(),
        custom_segments=raw.get("custom_segments") or [],
        origin_id=raw.get("origin_id"),
    )
