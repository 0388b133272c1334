"""How a CMiC record becomes what Procore has of it: tables of fields, as those of exports are (requirements §3, ←).

A row is made in two steps. What CMiC's record says is mapped when it arrives, and kept; what only Procore knows (the ids of
codes and companies) is put in when it is given to Procore, so that a row that waits for a code comes in once there is one.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from typing import Any, ClassVar

from domain.company_settings import Settings
from domain.comparing import Comparison
from domain.incoming import Entry, ImportKind
from domain.incoming_port import Exported, Place, Row
from domain.ports import Given
from domain.records import Found, Scalar
from domain.refusals import Refusal, refuse

Pair = tuple[str, str]


@dataclass(frozen=True)
class Arrived:
    """A record of CMiC's under the settings of the run: `arrived["name"]` is an attribute, in the connector's words."""

    found: Found
    place: Place
    settings: Settings

    def __getitem__(self, ours: str) -> Scalar:
        if ours in self.found.attributes:
            return self.found.attributes[ours]
        return self.found.key.parts.get(ours)

    def text(self, ours: str) -> str:
        return str(self[ours] or "").strip()

    def amount(self, ours: str) -> Decimal:
        return Decimal(str(self[ours] or 0))


@dataclass(frozen=True)
class Take:
    """One row of the mapping: Procore's field, what people call it, CMiC's attribute in the connector's words, how the value
    is made. Without a `field` it isn't sent: it says what the value is for."""

    field: str
    procore: str
    ours: str
    requirement: str
    value: Callable[[Arrived], Any] | None = None

    def of(self, arrived: Arrived) -> Any:
        return _plain(self.value(arrived) if self.value else arrived[self.ours])


@dataclass(frozen=True)
class Stream:
    """The records of one CMiC resource, and the Procore record that each becomes; without a `target` they stay in the ledger.
    Without a `resource` they are computed from what the streams before brought. `removes`: what is gone in CMiC is taken out
    of Procore. `changes`: CMiC can be asked for what changed."""

    name: str
    title: str
    resource: str
    target: str = ""
    takes: tuple[Take, ...] = ()
    removes: bool = False
    changes: bool = True
    beside: tuple[tuple[str, str], ...] = ()
    """Other streams whose rows its rows are joined with when they are given, and the name in `body` of the other's key: a row
    is given again when what it is joined with changes. Those streams come before it, and have no target."""
    vendor: str = ""
    """The name in `body` of its vendor's code, for rows that are given without a vendor while that isn't linked."""
    across: bool = False
    """Its rows belong to objects of many projects, some to none. One that belongs to none yet is looked at again whenever
    everything is read; one that is about to be written is noted before."""
    leaves_out: bool = False
    """The settings, or that a record isn't active, leave out what CMiC shows: however many of its rows don't come any more,
    that isn't taken for CMiC hiding them."""


@dataclass
class Lookups:
    """What Procore and the ledger know when rows are given: filled by whoever runs the import, as far as it is asked for."""

    settings: Settings = field(default_factory=Settings)
    codes: Mapping[Pair, tuple[int, int]] = field(default_factory=dict)
    """The project's pairs of cost code and cost type: Procore's ids of both."""
    cost_codes: Mapping[str, int] = field(default_factory=dict)
    """The project's cost codes."""
    cost_types: Mapping[str, int] = field(default_factory=dict)
    standard_codes: Mapping[str, int] = field(default_factory=dict)
    uoms: Mapping[str, str] = field(default_factory=dict)
    """Procore's units of measure, by their names in upper case."""
    vendors: Mapping[str, int] = field(default_factory=dict)
    """Companies that are linked, by their vendor's code."""
    projects: Mapping[str, int] = field(default_factory=dict)
    """Projects that are linked, by their job's code."""
    masked: frozenset[str] = frozenset()
    """Codes of vendors whose class is masked (R-07)."""
    beside: Mapping[str, Mapping[str, Row]] = field(default_factory=dict)
    """Rows of other streams that these are joined with: by stream, by their key."""
    exported: Mapping[str, Mapping[str, Exported]] = field(default_factory=dict)
    """What the records that these rows name were exported as: by CMiC resource, by CMiC's key."""
    written_by_us: Mapping[str, frozenset[str]] = field(default_factory=dict)
    """Those of them that this connector wrote to CMiC: by CMiC resource."""


@dataclass(frozen=True)
class TakeOut:
    """A row that CMiC still has, and Procore shall have no more."""

    given: Given


class Importer:
    """Stateless: everything it reads is an argument."""

    kind: ClassVar[ImportKind]
    streams: ClassVar[tuple[Stream, ...]]
    looks_up: ClassVar[frozenset[str]] = frozenset()
    """Which of the look-ups its rows need."""
    proposed_from: ClassVar[str] = ""
    """The Procore list whose records its staged ones may be."""
    codes_from: ClassVar[str] = ""
    """The stream whose rows are the job's pairs of cost code and category: what came in, exports may use."""
    linked_resource: ClassVar[str] = ""
    """The resource that a lifecycle's link names, for staged records that are linked by one."""
    linked_kind: ClassVar[str] = ""
    """The kind of that lifecycle."""

    def stream(self, name: str) -> Stream:
        return next(s for s in self.streams if s.name == name)

    def gives(self, stream: Stream, settings: Settings) -> bool:
        """Whether a stream's rows go to Procore. What doesn't go stays pending until it does."""
        return bool(stream.target)

    def within(self, stream: Stream, place: Place) -> dict[str, str]:
        """Which records of the resource this place is about."""
        return {"company": place.erp_company, **({"job": place.job} if place.job else {})}

    def entry(self, stream: Stream, arrived: Arrived) -> Entry | None:
        """The record as Procore would have it; nothing for one that doesn't concern it."""
        body = {take.field: take.of(arrived) for take in stream.takes if take.field}
        return Entry(
            key=arrived.found.key.text,
            label=self.label(stream, arrived),
            body=body,
            refusals=self.judge(stream, arrived),
            inactive=not arrived.found.active,
            changed_at=arrived.found.changed_at,
        )

    def entries(self, stream: Stream, arrived: Arrived) -> list[Entry]:
        """What one record becomes: mostly one row, or none."""
        entry = self.entry(stream, arrived)
        return [] if entry is None else [entry]

    def label(self, stream: Stream, arrived: Arrived) -> str:
        return arrived.text("name") or arrived.found.key.text

    def judge(self, stream: Stream, arrived: Arrived) -> list[Refusal]:
        """Why the record can't come in, as far as itself and the settings tell."""
        return []

    def given(self, stream: Stream, row: Row, place: Place, lookups: Lookups) -> Given | TakeOut | list[Refusal] | None:
        """The row as it is given to Procore; or that Procore shall have it no more; or why not; or nothing, where Procore
        needn't have it. `origin_id` is CMiC's key, which begins with its company."""
        return Given(key=row.key, origin_id=row.key, id=row.procore_id, body=row.body)

    def gone(self, stream: Stream, row: Row, place: Place, lookups: Lookups) -> Given | list[Refusal]:
        """A row that CMiC has no more, as it is taken out of Procore."""
        return Given(key=row.key, origin_id=row.key, id=row.procore_id)

    def names(self, stream: Stream, row: Row, lookups: Lookups) -> list[Pair]:
        """The CMiC records, by resource and key, whose exports a row across projects depends on."""
        return []

    def named(self, body: Mapping[str, Any]) -> dict[str, str]:
        """What tells a record of either side from others, of its body in Procore's words: for proposals (B-12)."""
        return {}

    def added(self, given: Given, fields: Mapping[str, Any], settings: Settings) -> Given | list[Refusal]:
        """A staged record as it is made in Procore by a person, with what he chose for it; or what is missing."""
        return given


@dataclass(frozen=True)
class Known:
    """What a comparison is made of."""

    place: Place
    settings: Settings
    options: Mapping[str, str]
    """What the person chose."""
    rows: Mapping[str, list[Row]]
    """What CMiC has, by stream."""
    lists: Mapping[str, list[dict[str, Any]]]
    """What Procore has, by list."""
    lookups: Lookups
    exported: bool = False
    """Whether an export has closed this import (R-17)."""
    elsewhere: list[int] = field(default_factory=list)
    """Other projects of Procore's in which the same job's record stands."""


class ConfirmedImporter(Importer):
    """One that a person confirms: it says what it would do, and why it can't."""

    lists: ClassVar[tuple[str, ...]] = ()
    """The Procore lists that it is held against."""
    closed_by: ClassVar[str] = ""
    """The kind whose export closes it."""
    stands_once_in: ClassVar[str] = ""
    """The Procore list of which only one project may have the job's record."""

    def is_its_record(self, place: Place, record: Mapping[str, Any]) -> bool:
        """Whether a record of that list is the one of the place's job."""
        return False

    def compare(self, known: Known) -> Comparison:
        """Raises Refused for what can't be compared."""
        raise NotImplementedError


def never_read(row: Row) -> list[Refusal]:
    """Why a row can't be given of which CMiC never showed more than its key."""
    return [] if row.body else [refuse("cmic_row_unreadable", problem="only its key is known")]


def _plain(value: Any) -> Any:
    """As JSON has it: an amount as a text, as Procore's v1 writes money; a date as YYYY-MM-DD."""
    if isinstance(value, Decimal):
        return format(value, "f")
    return value.isoformat() if isinstance(value, date) else value
