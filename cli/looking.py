"""Looking: the inbox, one item with its whole story and the rows CMiC will receive, the tables, the dialect's check."""

from __future__ import annotations

import asyncio
from datetime import timedelta
from typing import Annotated, Any
from uuid import uuid4

import typer
from rich.text import Text
from temporalio.client import WorkflowFailureError

from cli import printing
from cli.context import (
    REFUSED,
    WRONG_USAGE,
    ErpCompanyOption,
    IdArgument,
    JsonOption,
    KindArgument,
    ProjectOption,
    in_office,
    named,
)
from cli.graph import graph
from domain.lifecycle import as_data, as_mermaid
from domain.states import State
from mappers.registry import KINDS
from systems.cmic.dialect import Dialect
from workers.mappings import mappings
from workers.plant import Office
from workers.preview import preview
from workflows.keeping import DialectCheck


def register(app: typer.Typer) -> None:
    app.command(help="Items by view: waiting, held, failed, synced, rejected, retrieved; everything open without one.")(
        inbox
    )
    app.command(help="One item: state, what it waits for, history, the exact rows CMiC receives.")(show)
    app.command(help="What an item waits for, and who waits for it.")(graph)
    app.command(help="Every kind's lifecycle table.")(lifecycles)
    app.command("mappings", help="What goes where: every field mapping as implemented.")(field_mappings)
    app.command(help="Hold the dialect against the CMiC tenant's own description.")(check)


def inbox(
    view: Annotated[str | None, typer.Argument(metavar="[VIEW]")] = None,
    kind: Annotated[str | None, typer.Option("--kind")] = None,
    project: ProjectOption = None,
    most: Annotated[int, typer.Option("--most", min=1, max=5000)] = 200,
    as_json: JsonOption = False,
) -> None:
    if view is not None and view not in list(State):
        printing.complain(f"There is no view {view!r}; known: {', '.join(State)}")
        raise typer.Exit(WRONG_USAGE)

    async def work(office: Office) -> list[dict[str, Any]]:
        return await office.reading.inbox(view, kind=kind, project=project, most=most)

    rows = in_office(work)
    if as_json:
        printing.as_json(rows)
        return
    if not rows:
        printing.out.print("Nothing here.")
        return
    for row in rows:
        title = f"{row['key']}  {row['label'][:30]}  since {printing.age(row['since'])}"
        printing.out.print(Text.assemble(printing.state_text(row["state"]), "  ", title))
        printing.indented(row["words"], 4, style="dim")


def show(
    kind: KindArgument,
    number: IdArgument = None,
    project: ProjectOption = None,
    erp_company: ErpCompanyOption = None,
    as_json: JsonOption = False,
) -> None:
    async def work(office: Office) -> dict[str, Any] | None:
        key = await named(office, kind, number, project, erp_company)
        item = await office.reading.item(key)
        if item is None:
            return {"key": key, "state": State.NOT_SENT.value}
        return {
            **item,
            "prerequisites": await office.reading.parents(key),
            "links": await office.reading.links(key),
            "history": await office.reading.history(key),
            "history_broken_at": await office.reading.verify(key),
            "preview": await preview(office, key),
        }

    item = in_office(work)
    if item is None or as_json:
        printing.as_json(item)
        return
    _story(item)


def _story(item: dict[str, Any]) -> None:
    label = item.get("label") or ""
    printing.out.print(Text.assemble((item["key"], "bold"), f"  {label}"))
    printing.out.print(Text.assemble(printing.state_text(item["state"]), f"  {item.get('words', 'Never sent.')}"))
    if "history" not in item:
        return
    printing.refusals(item["refusals"] if item["state"] == State.FAILED else [])
    if item["posting"] != "unknown":
        printing.out.print(f"CMiC: {item['posting']} {item['posted_on'] or ''}")
    for difference in (item["drift"] or {}).get("differences", []):
        printing.out.print(Text(f"  drift in Procore: {difference}", style="yellow"))
    _preview(item["preview"])
    printing.out.print(Text("\nHistory (UTC)", style="bold"))
    for h in item["history"]:
        done = f"{h['action']}: {h['answer']} → {h['to_state']}"
        printing.out.print(f"  {h['sequence']:>3}  {h['at']:%Y-%m-%d %H:%M:%S}  {done}  {h['who']}", soft_wrap=True)
        if remark := _remark(h):
            printing.indented(remark, 7, style="dim")
    broken = item["history_broken_at"]
    printing.out.print(
        "History is whole." if broken is None else Text(f"History was tampered with at {broken}.", "bold red")
    )


def _remark(entry: dict[str, Any]) -> str:
    reasons = "; ".join(r["sentence"] for r in entry["refusals"])
    different = "; ".join((entry["details"].get("differences") or [])[:3])
    return " ".join(t for t in (entry["note_text"], reasons, different) if t)[:300]


def _preview(shown: dict[str, Any] | None) -> None:
    if not shown:
        return
    printing.out.print(Text(f"\nRows for CMiC  (preview {shown['hash'][:12]}, {shown['status']})", style="bold"))
    for row in shown["rows"][:60]:
        body = "  ".join(f"{name}={value}" for name, value in row["row"].items() if value not in (None, ""))
        printing.out.print(Text(f"  {row['resource']}", "cyan"))
        printing.indented(body, 4)
    if len(shown["rows"]) > 60:
        printing.out.print(f"  ... and {len(shown['rows']) - 60} more; --json shows all")


def lifecycles(
    diagram: Annotated[str | None, typer.Option("--diagram", help="print one kind's Mermaid state diagram")] = None,
    as_json: JsonOption = False,
) -> None:
    if diagram is not None:
        if diagram not in KINDS:
            printing.complain(f"There is no kind {diagram!r}; known: {', '.join(KINDS)}")
            raise typer.Exit(WRONG_USAGE)
        print(as_mermaid(KINDS[diagram].lifecycle))
        return
    tables = [as_data(kind.lifecycle) for kind in KINDS.values()]
    if as_json:
        printing.as_json(tables)
        return
    for data in tables:
        rows = [
            (
                ", ".join(t["from"]),
                t["action"],
                t["actor"],
                t["to"] + (" / held" if t["to_while_prerequisite_open"] else ""),
            )
            for t in data["transitions"]
        ]
        printing.table(f"\n{data['kind']} ({data['workflow_type']})", ("from", "action", "actor", "to"), rows)


def field_mappings(
    kind: Annotated[str | None, typer.Option("--object", help="only objects whose name holds this")] = None,
    as_json: JsonOption = False,
) -> None:
    rows = [r for r in mappings(Dialect.load()) if kind is None or kind in r["object"]]
    if as_json:
        printing.as_json(rows)
        return
    for title in dict.fromkeys(r["object"] for r in rows):
        shown = [(r["procore"], r["direction"], r["cmic"]) for r in rows if r["object"] == title]
        printing.table(f"\n{title}", ("Procore", "", "CMiC"), shown)


def check(
    everything: Annotated[bool, typer.Option("--all", help="show what is present, too")] = False,
    as_json: JsonOption = False,
) -> None:
    async def work(office: Office) -> list[dict[str, Any]]:
        """Through the worker that holds the lease: its transport is the one that keeps CMiC's limits."""
        try:
            async with asyncio.timeout(120):
                found = await office.client.execute_workflow(
                    DialectCheck.run,
                    office.config.erp_queue,
                    id=f"dialect-check:{uuid4().hex[:8]}",
                    task_queue=office.config.task_queue,
                    execution_timeout=timedelta(seconds=120),
                )
                return [d.model_dump() for d in found]
        except (TimeoutError, WorkflowFailureError) as error:
            raise RuntimeError(f"no worker could ask CMiC ({type(error).__name__})") from None

    entries = in_office(work)
    off = [e for e in entries if e["verdict"] not in ("present", "unsent")]
    if as_json:
        printing.as_json(entries)
    else:
        shown = entries if everything else [e for e in entries if e["verdict"] != "present"]
        printing.table("", ("entry", "known as", "verdict", "detail"), [tuple(e.values()) for e in shown])
        asked = sum(e["verdict"] != "unsent" for e in entries)
        printing.out.print(f"{asked - len(off)} of {asked} entries of the dialect are as CMiC describes itself.")
    if off:
        raise typer.Exit(REFUSED)
