"""Staged records: what people do with what CMiC has and Procore hasn't (erp-tool-behaviour §4, §7)."""

from __future__ import annotations

from collections.abc import Collection
from enum import StrEnum
from typing import Any

from pydantic import BaseModel

from domain.refusals import Refusal, refuse


class StagedAction(StrEnum):
    LINK = "link"
    """Join it with a record that Procore has."""
    ADD = "add"
    """Make it in Procore, and join the two."""
    ARCHIVE = "archive"
    RESTORE = "restore"


PERMISSIONS: dict[tuple[str, StagedAction], str] = {
    ("vendors", StagedAction.LINK): "link_company",
    ("customers", StagedAction.LINK): "link_company",
    ("vendors", StagedAction.ADD): "add_company",
    ("customers", StagedAction.ADD): "add_company",
    ("jobs", StagedAction.LINK): "link",
    ("jobs", StagedAction.ADD): "add_job",
    ("sub_jobs", StagedAction.ADD): "import_sub_job",
    **{(name, StagedAction.ARCHIVE): "archive_company" for name in ("vendors", "customers", "jobs", "sub_jobs")},
    **{(name, StagedAction.RESTORE): "archive_company" for name in ("vendors", "customers", "jobs", "sub_jobs")},
}
"""Which permission an action asks for; one that isn't here isn't offered."""

LOOKS: dict[tuple[str, StagedAction], str] = {
    ("jobs", StagedAction.ADD): "job_gaps",
    ("jobs", StagedAction.LINK): "job_gaps",
}
"""What is looked up in CMiC first: the step that says what stands against it there (I-08)."""

NAMES = {"vendors": "Vendor", "customers": "Customer", "jobs": "Job", "sub_jobs": "Sub job"}


class Staged(BaseModel):
    """One staged record as the ledger has it. `status`: staged, linked, archived, refused or gone."""

    name: str
    key: str
    label: str = ""
    status: str = "staged"
    body: dict[str, Any] = {}
    hash: str = ""
    place: int = 0
    stream: str = ""
    linked_to: int | None = None
    is_archived_by_hand: bool = False
    reasons: list[Refusal] = []
    proposals: list[dict[str, Any]] = []

    @property
    def code(self) -> str:
        return self.key.rsplit("|", 1)[-1]

    @property
    def what(self) -> str:
        return NAMES.get(self.name, self.name)


def judge(action: StagedAction, record: Staged) -> list[Refusal]:
    """Why an action isn't possible on a record as it stands."""
    if record.status == "gone":
        return [refuse("not_in_cmic", what=record.what.lower(), erp_key=record.key)]
    if record.status == "refused":
        return record.reasons
    if action is StagedAction.ARCHIVE:
        return [refuse("linked_cant_be_archived", erp_code=record.code)] if record.status == "linked" else []
    if action is StagedAction.RESTORE:
        return [] if record.is_archived_by_hand else [refuse("not_archived", what=record.what, erp_code=record.code)]
    if record.status == "archived":
        return [refuse("archived", what=record.what, erp_code=record.code)]
    if record.status == "linked":
        return [refuse("already_linked", erp_key=record.key, holder=f"Procore's {record.linked_to}")]
    return []


def against_adding(directory: list[dict[str, Any]], origin_id: str, name: str, ours: Collection[int]) -> list[Refusal]:
    """Why a company can't be made under a partner code. One that bears the code already is taken for what an earlier attempt
    made only where the ledger knows it (`ours`) or it has the very name: the code alone may be another's (F-05)."""
    for row in _bearing(directory, origin_id):
        if int(row["id"]) not in ours and _plain(row.get("name")) != _plain(name):
            return [_borne(row, origin_id)]
    return []


def against_joining(
    directory: list[dict[str, Any]], origin_id: str, number: int, taken: Collection[int]
) -> list[Refusal]:
    """Why a company of the directory can't be given a partner code: it bears another one, or is another record's, or the
    code is another company's."""
    company = next((row for row in directory if int(row["id"]) == number), None)
    if company is None:
        return [refuse("not_in_directory", number=number)]
    borne = str(company.get("origin_id") or "")
    if borne and borne != origin_id:
        return [refuse("foreign_origin_id", kind="company", origin_id=borne)]
    if number in taken:
        return [refuse("already_linked", erp_key=f"company {number}", holder="another record")]
    return [_borne(row, origin_id) for row in _bearing(directory, origin_id) if int(row["id"]) != number]


def _bearing(directory: list[dict[str, Any]], origin_id: str) -> list[dict[str, Any]]:
    return [row for row in directory if row.get("origin_id") == origin_id]


def _borne(row: dict[str, Any], origin_id: str) -> Refusal:
    return refuse("code_in_directory", company=row.get("name") or "", number=row["id"], origin_id=origin_id)


def _plain(name: Any) -> str:
    return str(name or "").strip().casefold()
