"""What imports ask of the ledger, and how their rows look there (design §6)."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from enum import StrEnum
from typing import Any, Protocol

from pydantic import BaseModel

from domain.company_settings import Settings
from domain.identity import parse_key
from domain.incoming import Counts, Entry
from domain.records import Found
from domain.refusals import Refusal


class Place(BaseModel):
    """One import of one CMiC company, or of one linked project. `job` is that project's in CMiC."""

    id: int = 0
    name: str
    procore_company: int
    erp_company: str
    scope: str = ""
    """The key of the project."""
    job: str = ""
    resource: str = ""
    """The CMiC resource that a lifecycle's link names, for records that are linked by one."""

    @property
    def project(self) -> int | None:
        return int(self.scope.rsplit(":", 1)[1]) if self.scope else None

    @property
    def workflow_id(self) -> str:
        """One run at a time."""
        return ":".join(
            p for p in ("import", self.name, str(self.procore_company), self.erp_company, str(self.project or "")) if p
        )


class Stretch(BaseModel):
    """Where a run stands with one of its streams: what it goes on from, and since when it asks for changes."""

    since: str = ""
    cursor: str | None = None
    newest: str = ""
    ended: bool = False


class Row(BaseModel):
    """One row that came in. `procore_id` is what it is linked to."""

    stream: str = ""
    key: str
    label: str = ""
    body: dict[str, Any] = {}
    hash: str = ""
    procore_id: int | None = None


class Outcome(StrEnum):
    """What was done about a row."""

    GIVEN = "given"
    QUIET = "quiet"
    """Nothing: it doesn't concern Procore."""
    TAKEN_OUT = "taken out"
    """Procore has it no more, though CMiC still has it."""


class Settled(BaseModel):
    """What became of one row that was given to Procore."""

    key: str
    hash: str
    procore_id: int | None = None
    refusals: list[Refusal] = []
    outcome: Outcome = Outcome.GIVEN


class Exported(BaseModel):
    """The object that a CMiC record was exported as. `ended`: it was unlinked since."""

    object: str
    ended: bool = False
    commitment: int | None = None
    """The Procore id of the commitment that it belongs to, where it belongs to one."""
    type: str = ""
    """Which type of its kind it is, where the kind has several."""

    @property
    def id(self) -> int:
        return parse_key(self.object).id

    @property
    def project(self) -> int | None:
        return parse_key(self.object).project


class Runs(Protocol):
    """Runs of imports, and what they brought."""

    async def settings_of(self, procore_company: int) -> Settings: ...
    async def place(self, wanted: Place) -> Place:
        """The place with its id, and its project's job and CMiC company as they are linked now."""
        ...

    async def begin(
        self,
        place: Place,
        streams: list[str],
        who: str,
        *,
        asks: Collection[str],
        full: bool,
        sweep_hours: int,
        anew: bool = False,
    ) -> tuple[int, bool]:
        """The run that goes on or begins, and whether it reads everything: the one that was left unfinished, or a new one.
        `asks`: the streams that ask for changes; without what they reached last, everything is read."""
        ...

    async def stretch(self, run: int, stream: str) -> Stretch: ...
    async def arrive(
        self, run: int, place: Place, stream: str, entries: list[Entry], to: Stretch, *, note: bool
    ) -> None:
        """Take a page in and move the cursor, in one transaction; with `note` its keys are noted for the sweep."""
        ...

    async def missed(self, run: int, place: Place, stream: str) -> tuple[int, int]:
        """After everything was read: how many rows didn't come any more, and of how many."""
        ...

    async def sweep(self, run: int, place: Place, stream: str) -> int:
        """What didn't come any more is gone. Returns how many."""
        ...

    async def again(self, place: Place, *, quiet: Sequence[str] = ()) -> None:
        """What was set aside while it was given to Procore is tried again; and what didn't concern it, of these streams."""
        ...

    async def pending(self, place: Place, stream: str, most: int, *, linked_only: bool) -> list[Row]: ...
    async def gone(self, place: Place, stream: str, most: int) -> list[Row]:
        """What is gone in CMiC and still in Procore."""
        ...

    async def settle(self, run: int, place: Place, stream: str, settled: list[Settled]) -> None: ...
    async def removed(self, run: int, place: Place, stream: str, settled: list[Settled]) -> None: ...
    async def stir(self, place: Place, stream: str, beside: Sequence[tuple[str, str]]) -> None:
        """What hangs on rows of other streams that changed is given again. `beside`: such a stream, and where a row has the
        other's key."""
        ...

    async def stir_linked(self, place: Place, stream: str, name: str) -> None:
        """Rows of vendors that were linked since the last run began are given again. `name`: where a row has the vendor's
        code."""
        ...

    async def rows_by_key(self, place: Place, stream: str, keys: Collection[str]) -> dict[str, Row]:
        """These rows, as CMiC has them or had them last."""
        ...

    async def note(self, place: Place, stream: str, keys: Collection[str]) -> None:
        """These are about to be written to Procore: whatever comes between, they are taken out once they are gone."""
        ...

    async def exported(
        self, procore_company: int, erp_company: str, resource: str, keys: Collection[str]
    ) -> dict[str, Exported]:
        """The objects that these records were exported as, by the records' keys; those that were unlinked, too."""
        ...

    async def written_by_us(self, erp_company: str, resource: str, keys: Collection[str]) -> frozenset[str]:
        """Which of these records this connector wrote to CMiC, or is writing."""
        ...

    async def job_cost_totals(self, place: Place, detail: str, codes: str) -> list[Found]:
        """A job's costs by cost code and category, from what these two of its streams brought: `original_budget`,
        `current_budget`, `job_to_date`, `commitment_invoiced`, `committed` in the job's currency, `name`."""
        ...

    async def adopt_codes(self, place: Place, stream: str) -> None:
        """Pairs of cost code and category that came in are linked to the project, those that are gone aren't any more: exports
        may use what is linked."""
        ...

    async def counts(self, run: int) -> Counts: ...
    async def vendors(self, procore_company: int, erp_company: str) -> dict[str, int]:
        """The companies of Procore's directory that are linked, by their vendor's code."""
        ...

    async def projects(self, procore_company: int, erp_company: str) -> dict[str, int]:
        """The projects that are linked to a job, by its code."""
        ...

    async def rows(self, place: Place, stream: str) -> list[Row]:
        """All that CMiC has of a stream, but what is set aside."""
        ...

    async def keep_preview(self, run: int, shown: dict[str, Any]) -> None: ...
    async def confirm(self, run: int) -> None:
        """A person's confirmation of the run's preview: what comes after a fault goes on with it."""
        ...

    async def confirmed(self, run: int) -> str:
        """The hash of the preview that was confirmed for the run; empty while none was."""
        ...

    async def count_written(self, run: int, rows: int, removed: int = 0) -> None: ...
    async def aside(self, place: Place) -> list[Refusal]:
        """Why rows that came in are set aside: of some of them, if there are very many."""
        ...

    async def was_exported(self, project: str, kind: str) -> bool:
        """Whether an object of this kind of the project was ever written to CMiC."""
        ...

    async def elsewhere(self, place: Place) -> list[str]:
        """Other projects, by their keys, for which this import was confirmed when they were linked to the same job: Procore
        tells whether what it brought still stands there."""
        ...

    async def masked(self, procore_company: int, erp_company: str) -> frozenset[str]:
        """Codes of the vendors whose class is masked."""
        ...

    async def finish(self, run: int, place: Place, state: str, words: str, refusals: list[Refusal]) -> Counts: ...
