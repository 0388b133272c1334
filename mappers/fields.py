"""What goes where: the rows of requirements §3 as the mappers use them, one `Field` a row.

A mapper's tables are data: the rows for CMiC are built from them, and `procore-cmic mappings` prints the same tables.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from typing import Any

from domain.facts import References
from domain.identity import ObjectId
from domain.records import Key, Record, Scalar
from domain.settings import ExportSettings


@dataclass(frozen=True)
class Export:
    """Everything a mapper may know of one export. `on` is its business date in the company's time zone. What a prerequisite
    fills in is empty in `references` until it is known."""

    object_id: ObjectId
    document: Any
    references: References
    typed: dict[str, Any]
    settings: ExportSettings
    on: date
    mode: str = "export"
    """`export`, `adopt` (take a found record over) or `link` (nothing is written)."""


@dataclass(frozen=True)
class Source:
    """What one row is made from: the export, and the line it stands for (nothing for a header). `more` is what the mapper
    has worked out on the way, such as a header's key."""

    export: Export
    line: Any = None
    more: Any = None

    @property
    def document(self) -> Any:
        return self.export.document


@dataclass(frozen=True)
class Field:
    """One row of the mapping: CMiC's attribute in the connector's words, Procore's field as people know it, how the value is
    found, and where the requirement stands. `direction`: → to CMiC, ← from it, ↔ both."""

    ours: str
    procore: str
    value: Callable[[Source], Scalar]
    requirement: str
    direction: str = "→"


@dataclass(frozen=True)
class Table:
    """How rows of one CMiC resource are made. The fields in `key` make the natural key, in this order."""

    title: str
    resource: str
    key: tuple[Field, ...]
    values: tuple[Field, ...] = ()

    @property
    def fields(self) -> tuple[Field, ...]:
        return (*self.key, *self.values)

    def record(self, source: Source, *, part: str = "", label: str = "") -> Record:
        key = Key(resource=self.resource, parts={f.ours: str(f.value(source) or "") for f in self.key})
        return Record(key=key, values={f.ours: f.value(source) for f in self.values}, part=part, label=label)


def carried(header: Table) -> tuple[Field, ...]:
    """The parts of a header's key as its lines carry them: their source's `more` is the header's key parts."""
    return tuple(Field(f.ours, f.procore, _part(f.ours), f.requirement, f.direction) for f in header.key)


def _part(name: str) -> Callable[[Source], Scalar]:
    return lambda source: str(source.more[name])
