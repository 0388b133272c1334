"""Imports as people and schedules ask for them: run one to its end, look at what it brought."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from activities.import_messages import Summary
from domain.commands import Door
from domain.permissions import Person
from domain.staged import Staged, StagedAction
from domain.states import State
from tests.support import APPROVER, COMPANY, Site

Body = dict[str, Any]


async def brought(
    site: Site, name: str, project: int | None = None, *, person: Person = APPROVER, **more: Any
) -> Summary:
    """One run, to its end. Raises Refused where it may not begin."""
    handle = await site.office.ordering.order(name, COMPANY, person=person, project=project, **more)
    return await handle.result()


async def done(site: Site, name: str, project: int | None = None, **more: Any) -> Summary:
    summary = await brought(site, name, project, **more)
    assert summary.state == "done", summary
    return summary


async def refused(site: Site, name: str, project: int | None = None, **more: Any) -> list[str]:
    """The codes of the reasons for which a run did nothing."""
    summary = await brought(site, name, project, **more)
    assert summary.state == "refused", summary
    return [r.code for r in summary.refusals]


async def in_procore(site: Site, table: str, **equal: Any) -> list[Body]:
    """The stand-in's own records, without deleted ones."""
    answer = await site.procore.get(f"/_sandbox/books/{table}", params=equal)
    assert answer.status_code == 200, answer.text
    return [row for row in answer.json() if not row.get("deleted_at")]


async def writes(site: Site) -> int:
    """The requests by which Procore was asked to write, since its traffic was last reset."""
    rows = (await site.procore.get("/_sandbox/traffic")).json()
    found = rows["requests"] if isinstance(rows, dict) else rows
    return sum(row["method"] != "GET" and "/oauth/" not in row["path"] for row in found)


@dataclass
class LinkedJob:
    """A project that is linked to a job of its own."""

    site: Site
    key: str
    project: int
    job: str

    @classmethod
    async def opened(cls, site: Site, *pairs: tuple[str, str]) -> LinkedJob:
        key, number, job = await site.project(*(pairs or (("03-100", "S"), ("04-200", "L"))))
        await site.granted(key, "link", erp_id=job)
        await site.until(key, State.SYNCED)
        return cls(site, key, number, job)

    async def costs(self, *rows: Body) -> None:
        """Posted cost rows, as an accountant's journal has them."""
        await self.site.control("transactions", company="01", job=self.job, rows=list(rows))

    async def costs_in_cmic(self) -> list[Body]:
        return [r for r in await self.site.rows("jcdetailposted", JcdtJobCode=self.job) if r["JcdtTypeCode"] == "C"]

    async def spent(self) -> Decimal:
        return sum((Decimal(str(r["JcdtAmt"])) for r in await self.costs_in_cmic()), Decimal(0))


async def acted(
    site: Site, name: str, action: StagedAction, rows: dict[str, Body], *, person: Person = APPROVER, **more: Any
) -> dict[str, list[str]]:
    """One action for staged records: for each the codes of the reasons against it."""
    who = await site.office.ledger.put_person(person)
    handle = await site.office.ordering.staged(
        name, COMPANY, action, list(rows.items()), person=who, door=Door.CLI, **more
    )
    progress = await handle.result()
    answers = {a.key: a for a in progress.answers if a is not None}
    assert set(answers) == set(rows)
    assert all(a.done is not bool(a.refusals) for a in answers.values()), answers
    return {key: [r.code for r in a.refusals] for key, a in answers.items()}


async def staged(site: Site, name: str, code: str, *, erp_company: str = "01") -> Staged:
    record = await site.office.staged.one(name, COMPANY, erp_company, f"{erp_company}|{code}")
    assert record is not None, f"{name} {code} isn't staged"
    return record
