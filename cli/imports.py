"""What comes from CMiC: run an import, see how each stands, pause and resume its schedule (R-02, design §6)."""

from __future__ import annotations

import asyncio
from contextlib import suppress
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Annotated, Any

import typer
from rich.progress import Progress, TextColumn, TimeElapsedColumn
from rich.text import Text
from temporalio.client import WorkflowHandle

from activities.import_messages import Summary
from cli import printing
from cli.context import FAILED, REFUSED, ErpCompanyOption, JsonOption, ProjectOption, in_office
from domain import permissions
from domain.company_settings import SCHEDULED
from domain.incoming import Scope
from domain.money import shown
from domain.refusals import Refusal, Refused, refuse
from mappers.incoming.registry import IMPORTERS
from workers import schedules
from workers.plant import Office
from workflows.ordering import known

NameArgument = Annotated[str, typer.Argument(help="the import, as `procore-cmic imports` lists it", metavar="NAME")]


def register(app: typer.Typer) -> None:
    app.command("import", help="Bring something in from CMiC, now.")(run)
    app.command(help="Every import: its schedule, its last run, how fresh it is.")(imports)
    app.command(help="What an import has set aside, and why.")(aside)
    app.command(help="Pause or resume an import's schedule.")(schedule)


def run(
    name: NameArgument,
    project: ProjectOption = None,
    erp_company: ErpCompanyOption = None,
    full: Annotated[bool, typer.Option("--full", help="read everything, not only what changed")] = False,
    confirm: Annotated[str, typer.Option("--confirm", help="the preview's hash that you confirm")] = "",
    by: Annotated[str, typer.Option("--by", help="a prime contract: unit or amount")] = "",
    accept_deletes: Annotated[
        bool, typer.Option("--accept-deletes", help="take what CMiC doesn't show any more for deleted, however much")
    ] = False,
    as_json: JsonOption = False,
) -> None:
    options = {**({"by": by} if by else {}), **({"deletes": "accepted"} if accept_deletes else {})}

    async def work(office: Office) -> tuple[Summary, dict[str, Any]]:
        try:
            place, handle = await office.ordering.placed(
                name,
                office.config.procore_company,
                person=office.config.person,
                project=project,
                erp_company=erp_company,
                full=full,
                confirm=confirm,
                options=options,
            )
        except Refused as error:
            return Summary(run=0, state="refused", words="", refusals=error.refusals), {}
        summary = await _watched(office, handle, name, place.id, quiet=as_json)
        return summary, await office.imports.run(summary.run) or {}

    summary, last = in_office(work)
    preview = last.get("preview") or {}
    if as_json:
        printing.as_json({**summary.model_dump(mode="json"), "preview": preview})
    else:
        _report(name, summary, preview)
    if summary.state == "refused":
        raise typer.Exit(REFUSED)
    if summary.state == "left":
        raise typer.Exit(FAILED)


async def _watched(
    office: Office, handle: WorkflowHandle[Any, Summary], name: str, place: int, *, quiet: bool
) -> Summary:
    """Its counts while it runs."""
    columns = (TextColumn("{task.description}"), TimeElapsedColumn())
    with Progress(*columns, console=printing.err, disable=quiet, transient=True) as bar:
        task = bar.add_task(f"{name} ...", total=None)
        ended = asyncio.create_task(handle.result())
        while not ended.done():
            with suppress(OSError):
                if row := await office.imports.running(place):
                    bar.update(task, description=f"{name}: {row['read_rows']:,} read, {row['written_rows']:,} written")
            await asyncio.wait([ended], timeout=0.5)
    return await ended


def _report(name: str, summary: Summary, preview: dict[str, Any]) -> None:
    style = {"done": "green", "preview": "cyan"}.get(summary.state, "red")
    printing.out.print(Text.assemble((f"import {name}: {summary.state}", f"bold {style}")))
    if summary.words and not summary.refusals:
        printing.indented(summary.words, 2)
    printing.refusals(summary.refusals)
    if preview.get("lines"):
        _comparison(preview)
    if summary.state == "preview":
        printing.indented(f"Nothing was written. To do exactly this: --confirm {summary.preview[:12]}", 2)


def _comparison(preview: dict[str, Any]) -> None:
    rows = [
        (line["label"], *(_amount(line[side]) for side in ("erp", "procore", "after"))) for line in preview["lines"]
    ]
    totals = preview["totals"]
    rows.append(("Total", *(_amount(totals[side]) for side in ("erp", "procore", "after"))))
    printing.table("", ("cost code / type", "CMiC", "Procore now", "Procore then"), rows, whole=(1, 2, 3))
    if preview.get("note"):
        printing.indented(preview["note"], 2, style="dim")


def _amount(value: Any) -> str:
    return "-" if value is None else shown(Decimal(str(value)))


def imports(as_json: JsonOption = False) -> None:
    async def work(office: Office) -> list[dict[str, Any]]:
        return await overview(office)

    rows = in_office(work)
    if as_json:
        printing.as_json(rows)
        return
    lines = []
    for row in rows:
        place = row["project"] or row["erp_company"]
        lines.append(
            (row["import"], place, _schedule(row), row["state"] or "never ran", _age(row["fresh_at"]), row["counts"])
        )
    printing.table("", ("import", "of", "schedule", "last run", "fresh", "counts"), lines)


async def overview(office: Office) -> list[dict[str, Any]]:
    """Every import of every CMiC company and project, with its schedule and its last run."""
    company = office.config.procore_company
    settings = await office.ledger.settings_of(company)
    ran: dict[tuple[str, str], list[dict[str, Any]]] = {}
    for row in await office.imports.places(company):
        ran.setdefault((row["name"], row["erp_company"]), []).append(row)
    found = []
    for name, importer in IMPORTERS.items():
        for erp_company in settings.erp_companies:
            now = await schedules.standing(office.client, name, company, erp_company)
            places = ran.get((name, erp_company)) or [{}]
            found += [_row(importer.kind.label, name, erp_company, now, place) for place in places]
    return found


def _row(label: str, name: str, erp_company: str, now: schedules.ScheduleNow, last: dict[str, Any]) -> dict[str, Any]:
    counts = {n: last.get(f"{n}_rows") or 0 for n in ("read", "new", "changed", "written", "removed", "refused")}
    minutes = int(now.every / timedelta(minutes=1)) if now.every else None
    return {
        "import": name,
        "label": label,
        "erp_company": erp_company,
        "scope": IMPORTERS[name].kind.scope.value if name in IMPORTERS else Scope.COMPANY.value,
        "project": (last.get("scope") or "").rpartition(":")[2] or None,
        "schedule": {"minutes": minutes, "paused": now.paused, "note": now.note, "next_at": now.next_at},
        "state": last.get("state"),
        "words": last.get("words") or "",
        "started_at": last.get("started_at"),
        "ended_at": last.get("ended_at"),
        "fresh_at": last.get("fresh_at"),
        "rows": counts,
        "counts": f"{counts['read']:,} read, {counts['written']:,} written, {counts['refused']:,} aside"
        if last
        else "",
    }


def _schedule(row: dict[str, Any]) -> str:
    minutes = row["schedule"]["minutes"]
    if minutes is None:
        return "on demand"
    every = f"every {minutes // 60} h" if minutes % 60 == 0 else f"every {minutes} min"
    return f"{every}, paused" if row["schedule"]["paused"] else every


def _age(moment: datetime | None) -> str:
    return printing.age(moment) if moment else "never"


def aside(
    name: NameArgument,
    project: ProjectOption = None,
    most: Annotated[int, typer.Option("--most", min=1, max=5000)] = 50,
    as_json: JsonOption = False,
) -> None:
    async def work(office: Office) -> list[dict[str, Any]]:
        company = office.config.procore_company
        scope = f"project:{company}:-:{project}" if project else ""
        return await office.imports.aside(company, known(name).kind.name, scope, most)

    rows = _or_refused(work)
    if as_json:
        printing.as_json(rows)
        return
    for row in rows:
        printing.out.print(Text.assemble((row["key"], "bold"), f"  {row['label']}"))
        printing.refusals(row["reasons"])
    printing.out.print("Nothing is set aside." if not rows else f"{len(rows)} set aside.")


def schedule(
    action: Annotated[str, typer.Argument(help="pause or resume", metavar="ACTION")],
    name: NameArgument,
    erp_company: ErpCompanyOption = None,
    note: Annotated[str, typer.Option("--note", "-n", help="why; shown in Temporal's UI")] = "",
) -> None:
    async def work(office: Office) -> bool:
        company = office.config.procore_company
        if action not in ("pause", "resume") or known(name).kind.name not in SCHEDULED:
            raise Refused(refuse("bad_input", problem="pause or resume one of: " + ", ".join(SCHEDULED)))
        settings = await office.ledger.settings_of(company)
        permission = permissions.PERMISSIONS["schedules"]
        if lacking := permissions.missing(permission, office.config.person, f"{action} a schedule", settings):
            raise Refused(*lacking)
        told = schedules.pause if action == "pause" else schedules.resume
        said = f"{note or action} ({office.config.person.name})"
        return await told(office.client, name, company, erp_company or settings.erp_companies[0], said)

    if not _or_refused(work):
        printing.out.print(f"{name} runs on demand only: `procore-cmic settings set schedules --add {name}=MINUTES`")
        raise typer.Exit(REFUSED)
    printing.out.print(f"{name}: {action}d.")


def _or_refused(work: Any) -> Any:
    """Run it; a refusal is printed as elsewhere, and ends the command with 3."""

    async def guarded(office: Office) -> Any:
        try:
            return await work(office)
        except Refused as error:
            return error.refusals

    found = in_office(guarded)
    if isinstance(found, list) and found and all(isinstance(r, Refusal) for r in found):
        printing.refusals(found)
        raise typer.Exit(REFUSED)
    return found
