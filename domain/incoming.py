"""What comes from CMiC: the kinds of import, and one row on its way into Procore (design §6, erp-tool-behaviour §4)."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from pydantic import BaseModel, ConfigDict

import domain.incoming_refusals  # noqa: F401  # enters its rows into the catalogue
from domain.company_settings import Settings
from domain.records import digest
from domain.refusals import Refusal, refuse


class Scope(StrEnum):
    """What one run of an import is about."""

    COMPANY = "CMiC company"
    PROJECT = "project"
    """A linked project, and its job in CMiC."""


class Way(StrEnum):
    """How what comes in gets into Procore."""

    STRAIGHT = "straight in"
    STAGED = "staged"
    """New ones wait for a person, who links, adds or archives them; linked ones are updated directly (I-01)."""
    CONFIRMED = "confirmed"
    """A person sees what would change, and confirms exactly that (I-09)."""


Switch = Callable[[Settings, int | None], list[Refusal]]
"""Whether the settings let it run, for a Procore project."""


def always_on(settings: Settings, project: int | None) -> list[Refusal]:
    return []


@dataclass(frozen=True)
class ImportKind:
    """One row of the table of imports. `permission` names what a person needs who asks for a run."""

    name: str
    workflow_type: str
    label: str
    scope: Scope
    way: Way
    permission: str
    requirement: str
    switch: Switch = always_on
    followed_by: str = ""
    """The import that a done run sets off for the same place."""


class Entry(BaseModel):
    """One CMiC record as Procore would have it. `body` is in Procore's words; what only a run can know (ids of codes and
    vendors) stands in it by its CMiC code. An entry with refusals is set aside. `matters` is what a change of is worth a
    request: all of the body unless stated."""

    model_config = ConfigDict(frozen=True)

    key: str
    label: str = ""
    body: dict[str, Any] = {}
    matters: dict[str, Any] | None = None
    refusals: list[Refusal] = []
    inactive: bool = False
    changed_at: str = ""

    def given_under(self, **settings: Any) -> Entry:
        """The same, given again when one of these settings changes: it decides how the row is given."""
        return self.model_copy(
            update={"matters": {**(self.body if self.matters is None else self.matters), **settings}}
        )

    @property
    def hash(self) -> str:
        return digest([self.body if self.matters is None else self.matters])


class Unread(BaseModel):
    """A record of CMiC's that can't be read, in words."""

    key: str
    words: str

    @property
    def entry(self) -> Entry:
        return Entry(key=self.key, label=self.key, refusals=[refuse("cmic_row_unreadable", problem=self.words)])


class Counts(BaseModel):
    """What became of a run's rows."""

    read: int = 0
    new: int = 0
    changed: int = 0
    written: int = 0
    removed: int = 0
    refused: int = 0
    """Set aside now, whenever that was found."""

    @property
    def words(self) -> str:
        return (
            f"{self.read:,} read, {self.new:,} new, {self.changed:,} changed; "
            f"{self.written:,} written to Procore, {self.removed:,} removed, {self.refused:,} set aside"
        )
