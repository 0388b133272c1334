"""CMiC's jobs, staged as Procore projects; jobs under a control job, staged as its sub jobs (O-05, O-06, I-07, I-08)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from domain.company_settings import Settings
from domain.incoming import Entry, ImportKind, Scope, Way
from domain.incoming_port import Place, Row
from domain.ports import Given
from domain.refusals import Refusal, refuse
from mappers.incoming.base import Arrived, Importer, Lookups, Stream, Take
from mappers.incoming.codes import TOP


def _is_sub_job(arrived: Arrived) -> bool:
    return arrived.text("control").upper() not in ("", TOP)


class JobsImporter(Importer):
    kind = ImportKind(
        name="jobs",
        workflow_type="JobsImport",
        label="jobs",
        scope=Scope.COMPANY,
        way=Way.STAGED,
        permission="add_job",
        requirement="O-05",
    )
    streams = (
        Stream(
            "jobs",
            "job",
            "job",
            target="project",
            takes=(
                Take("project_number", "project code", "job", "§3 project"),
                Take("name", "project name", "name", "§3 project", lambda a: a.text("name") or a.text("job")),
            ),
        ),
    )
    linked_resource = "job"
    linked_kind = "project"
    proposed_from = "projects"

    def named(self, body: Mapping[str, Any]) -> dict[str, str]:
        return {"name": str(body.get("name") or ""), "code": str(body.get("project_number") or "").upper()}

    def entry(self, stream: Stream, arrived: Arrived) -> Entry | None:
        return None if _is_sub_job(arrived) else super().entry(stream, arrived)

    def label(self, stream: Stream, arrived: Arrived) -> str:
        return f"{arrived.text('job')} {arrived.text('name')}".strip()

    def given(self, stream: Stream, row: Row, place: Place, lookups: Lookups) -> Given | list[Refusal] | None:
        """A project that people use keeps the name that they gave it; a new one gets its template besides."""
        if row.procore_id is not None:
            return None
        return Given(key=row.key, origin_id=row.key, body=row.body)

    def added(self, given: Given, fields: Mapping[str, Any], settings: Settings) -> Given | list[Refusal]:
        """A new project comes from a template: the one that is chosen, or the company's (S-01, I-07)."""
        template = fields.get("template") or settings.project_template
        if template is None:
            return [refuse("template_needed")]
        return given.model_copy(update={"body": {**given.body, "project_template_id": int(template)}})


class SubJobsImporter(Importer):
    looks_up = frozenset({"projects"})
    kind = ImportKind(
        name="sub_jobs",
        workflow_type="SubJobsImport",
        label="sub jobs",
        scope=Scope.COMPANY,
        way=Way.STAGED,
        permission="import_sub_job",
        requirement="O-06",
    )
    streams = (
        Stream(
            "sub_jobs",
            "sub job",
            "job",
            target="sub_job",
            takes=(
                Take("code", "sub job code", "job", "§3 sub job"),
                Take("name", "sub job name", "name", "§3 sub job", lambda a: a.text("name") or a.text("job")),
                Take("control", "(its project)", "control", "O-06"),
            ),
        ),
    )

    def entry(self, stream: Stream, arrived: Arrived) -> Entry | None:
        return super().entry(stream, arrived) if _is_sub_job(arrived) else None

    def label(self, stream: Stream, arrived: Arrived) -> str:
        return f"{arrived.text('job')} {arrived.text('name')} (under {arrived.text('control')})"

    def given(self, stream: Stream, row: Row, place: Place, lookups: Lookups) -> Given | list[Refusal] | None:
        """Below the project of its control job."""
        body = dict(row.body)
        control = body.pop("control")
        project = lookups.projects.get(str(control).upper())
        if project is None:
            return [refuse("parent_not_linked", job=control)]
        return Given(key=row.key, origin_id=row.key, id=row.procore_id, body=body, project=project)
