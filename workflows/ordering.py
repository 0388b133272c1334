"""How a door asks for a run of an import: judged by the permission table, joined if one is under way (design §6)."""

from __future__ import annotations

from datetime import timedelta
from typing import Any
from uuid import uuid4

from temporalio.client import Client, WorkflowHandle
from temporalio.common import WorkflowIDConflictPolicy

from activities.adopt_messages import AdoptOrder, AdoptSummary
from activities.import_messages import Order, StagedOrder, StagedProgress, Summary
from activities.messages import Timing
from domain.commands import Door
from domain.identity import project_key
from domain.incoming import Scope
from domain.incoming_port import Place, Runs
from domain.people import person_id
from domain.permissions import PERMISSIONS, Person, missing
from domain.refusals import Refusal, Refused, refuse
from domain.staged import StagedAction
from mappers.incoming.base import Importer
from mappers.incoming.registry import IMPORTERS


class Ordering:
    def __init__(self, client: Client, runs: Runs, *, task_queue: str, erp_queue: str, timing: Timing) -> None:
        self._client = client
        self._runs = runs
        self._task_queue = task_queue
        self._erp_queue = erp_queue
        self._timing = timing

    async def order(
        self,
        name: str,
        company: int,
        *,
        person: Person,
        project: int | None = None,
        erp_company: str | None = None,
        full: bool = False,
        confirm: str = "",
        options: dict[str, str] | None = None,
    ) -> WorkflowHandle[Any, Summary]:
        """Start a run, or join the one that is under way. Raises Refused."""
        _, handle = await self.placed(
            name,
            company,
            person=person,
            project=project,
            erp_company=erp_company,
            full=full,
            confirm=confirm,
            options=options,
        )
        return handle

    async def placed(
        self,
        name: str,
        company: int,
        *,
        person: Person,
        project: int | None = None,
        erp_company: str | None = None,
        full: bool = False,
        confirm: str = "",
        options: dict[str, str] | None = None,
    ) -> tuple[Place, WorkflowHandle[Any, Summary]]:
        """The same, with the place that it is for. Raises Refused."""
        importer = known(name)
        settings = await self._runs.settings_of(company)
        kind = importer.kind
        if refusals := missing(PERMISSIONS[kind.permission], person, f"import {kind.label}", settings):
            raise Refused(*refusals)
        place = place_of(importer, company, erp_company or settings.erp_companies[0], project)
        if problem := _wrong_company(place, settings.erp_companies):
            raise Refused(problem)
        place = await self._runs.place(place.model_copy(update={"resource": importer.linked_resource}))
        order = Order(
            place=place,
            who=person_id(person.name),
            erp_queue=self._erp_queue,
            full=full,
            confirm=confirm,
            options=options or {},
            timing=self._timing,
        )
        handle: WorkflowHandle[Any, Summary] = await self._client.start_workflow(
            kind.workflow_type,
            order,
            id=place.workflow_id,
            task_queue=self._task_queue,
            id_conflict_policy=WorkflowIDConflictPolicy.USE_EXISTING,
            result_type=Summary,
            rpc_timeout=timedelta(seconds=20),
        )
        return place, handle

    async def staged(
        self,
        name: str,
        company: int,
        action: StagedAction,
        rows: list[tuple[str, dict[str, Any]]],
        *,
        person: str,
        door: Door,
        erp_company: str | None = None,
        number: str | None = None,
    ) -> WorkflowHandle[Any, StagedProgress]:
        """Act on staged records, with an outcome for each; `person` is an id. Raises Refused for an unknown import."""
        known(name)
        settings = await self._runs.settings_of(company)
        order = StagedOrder(
            number=number or uuid4().hex,
            name=name,
            company=company,
            erp_company=erp_company or settings.erp_companies[0],
            action=action,
            person=person,
            door=door,
            rows=rows,
            erp_queue=self._erp_queue,
        )
        return await self._client.start_workflow(
            "StagedCommand",
            order,
            id=f"staged:{order.number}",
            task_queue=self._task_queue,
            result_type=StagedProgress,
            rpc_timeout=timedelta(seconds=20),
        )

    async def adopt(
        self,
        company: int,
        project: int,
        job: str,
        *,
        person: str,
        door: Door,
        erp_company: str | None = None,
        confirm: str = "",
    ) -> AdoptSummary:
        """A proposal for a project in progress; with `confirm` it is done. One at a time for a project: one that is under way
        is waited for, and is the answer if it was asked the same; `person` is an id."""
        settings = await self._runs.settings_of(company)
        order = AdoptOrder(
            company=company,
            project=project,
            job=job.strip().upper(),
            erp_company=erp_company or settings.erp_companies[0],
            person=person,
            door=door,
            confirm=confirm.strip().lower(),
            erp_queue=self._erp_queue,
            timing=self._timing,
        )
        while True:
            handle: WorkflowHandle[Any, AdoptSummary] = await self._client.start_workflow(
                "AdoptProject",
                order,
                id=f"adopt:{company}:{project}",
                task_queue=self._task_queue,
                id_conflict_policy=WorkflowIDConflictPolicy.USE_EXISTING,
                result_type=AdoptSummary,
                rpc_timeout=timedelta(seconds=20),
            )
            summary = await handle.result()
            if summary.answers(order):
                return summary


def known(name: str) -> Importer:
    """Raises Refused for an import that doesn't exist."""
    importer = IMPORTERS.get(name)
    if importer is None:
        raise Refused(refuse("unknown_import", name=name, known=", ".join(IMPORTERS)))
    return importer


def place_of(importer: Importer, company: int, erp_company: str, project: int | None) -> Place:
    """Raises Refused where a project is needed and none is named."""
    kind = importer.kind
    if kind.scope is Scope.PROJECT and project is None:
        raise Refused(refuse("field_missing", field="A project", action=f"import {kind.label}"))
    scope = project_key(company, project) if kind.scope is Scope.PROJECT and project else ""
    return Place(name=kind.name, procore_company=company, erp_company=erp_company, scope=scope)


def _wrong_company(place: Place, allowed: list[str]) -> Refusal | None:
    if place.erp_company in allowed:
        return None
    problem = f"{place.erp_company!r} isn't one of {', '.join(allowed)}"
    return refuse("field_not_usable", field="The CMiC company", problem=problem, where="Settings, erp_companies")
