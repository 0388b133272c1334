"""What imports ask of the ledger, and how their rows look there (design §6)."""

from __future__ import annotations

from typing import Any, Protocol

from pydantic import BaseModel

from domain.company_settings import Settings
from domain.incoming import Counts, Entry
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


class Settled(BaseModel):
    """What became of one row that was given to Procore."""

    key: str
    hash: str
    procore_id: int | None = None
    refusals: list[Refusal] = []


class Runs(Protocol):
    """Runs of imports, and what they brought."""

    async def settings_of(self, procore_company: int) -> Settings: ...
    async def place(self, wanted: Place) -> Place:
        """The place with its id, and its project's job and CMiC company as they are linked now."""
        ...

    async def begin(
        self, place: Place, streams: list[str], who: str, *, full: bool, sweep_hours: int
    ) -> tuple[int, bool]:
        """The run that goes on or begins, and whether it reads everything: the one that was left unfinished, or a new one."""
        ...

    async def stretch(self, run: int, stream: str) -> Stretch: ...
    async def arrive(
        self, run: int, place: Place, stream: str, entries: list[Entry], to: Stretch, *, note: bool
    ) -> None:
        """Take a page in and move the cursor, in one transaction; with `note` its keys are noted for the sweep."""
        ...

    async def sweep(self, run: int, place: Place, stream: str) -> int:
        """After everything was read: what didn't come any more is gone. Returns how many."""
        ...

    async def again(self, place: Place) -> None:
        """What was set aside while it was given to Procore is tried again."""
        ...

    async def pending(self, place: Place, stream: str, most: int, *, linked_only: bool) -> list[Row]: ...
    async def gone(self, place: Place, stream: str, most: int) -> list[Row]:
        """What is gone in CMiC and still in Procore."""
        ...

    async def settle(self, run: int, place: Place, stream: str, settled: list[Settled]) -> None: ...
    async def removed(self, run: int, place: Place, stream: str, settled: list[Settled]) -> None: ...
    async def vendors(self, procore_company: int, erp_company: str) -> dict[str, int]:
        """The companies of Procore's directory that are linked, by their vendor's code."""
        ...

    async def rows(self, place: Place, stream: str) -> list[Row]:
        """All that CMiC has of a stream, but what is set aside."""
        ...

    async def keep_preview(self, run: int, shown: dict[str, Any]) -> None: ...
    async def confirm(self, run: int) -> None:
        """A person's confirmation of the run's preview: what comes after a fault goes on with it."""
        ...

    async def is_confirmed(self, run: int) -> bool: ...
    async def count_written(self, run: int, rows: int) -> None: ...
    async def was_exported(self, project: str, kind: str) -> bool:
        """Whether an object of this kind of the project was ever written to CMiC."""
        ...

    async def elsewhere(self, place: Place) -> list[str]:
        """Other projects into which this import has brought records of the same job."""
        ...

    async def masked(self, procore_company: int, erp_company: str) -> frozenset[str]:
        """Codes of the vendors whose class is masked."""
        ...

    async def finish(self, run: int, place: Place, state: str, words: str, refusals: list[Refusal]) -> Counts: ...
