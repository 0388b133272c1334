"""One action for many items, with a bar while it runs and an outcome for every row (B-10)."""

from __future__ import annotations

import asyncio
import json
from contextlib import suppress
from pathlib import Path
from typing import Annotated, Any
from uuid import uuid4

import typer
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn
from rich.text import Text
from temporalio.service import RPCError

from activities.messages import BulkOrder, BulkProgress
from cli import printing
from cli.context import REFUSED, JsonOption, ProjectOption, in_office, wrong_usage
from domain.commands import Answer, Door, Outcome
from domain.identity import MalformedKey
from domain.people import named, tokens
from domain.states import State
from mappers.registry import kind_of
from workers.plant import Office
from workflows.bulk import MOST_ROWS, BulkCommand

Rows = list[tuple[str, dict[str, Any]]]
MEANT = {"accept": State.WAITING, "reject": State.WAITING, "retry": State.FAILED}


def bulk(
    action: Annotated[str, typer.Argument(help="accept, reject, retry, send, resend, retrieve ...", metavar="ACTION")],
    keys: Annotated[
        list[str] | None, typer.Argument(help="whole keys; or choose by --view", metavar="[KEY]...")
    ] = None,
    view: Annotated[str | None, typer.Option("--view", help="every item of this view")] = None,
    kind: Annotated[str | None, typer.Option("--kind", help="of this kind only")] = None,
    project: ProjectOption = None,
    file: Annotated[Path | None, typer.Option("--file", help='JSON: [{"key": ..., "fields": {...}}, ...]')] = None,
    note: Annotated[str | None, typer.Option("--note", "-n", help="a note for every item's history")] = None,
    as_json: JsonOption = False,
) -> None:
    named_rows = _named(keys or [], file)

    async def work(office: Office) -> tuple[Rows, BulkProgress]:
        rows = named_rows or await _viewed(office, action, view, kind, project)
        if not rows:
            return [], BulkProgress(total=0, outcomes=[])
        return rows, await _run(office, action, rows, note, quiet=as_json)

    rows, done = in_office(work)
    if as_json:
        shown = [
            {"key": key, **(o.model_dump(mode="json") if o else {})}
            for (key, _), o in zip(rows, done.outcomes, strict=True)
        ]
        printing.as_json(shown)
    elif not rows:
        printing.out.print("Nothing to ask.")
    else:
        _report(action, rows, done)
    if any(o is None or o.answer is not Answer.DONE for o in done.outcomes):
        raise typer.Exit(REFUSED)


def _named(keys: list[str], file: Path | None) -> Rows:
    """The rows that the command line names. Ends the command for what can't be read."""
    try:
        given = json.loads(file.read_text()) if file else []
        rows: Rows = [(str(row["key"]), dict(row.get("fields") or {})) for row in given]
        rows += [(key, {}) for key in keys]
        for key, _ in rows:
            kind_of(key)
    except (OSError, ValueError, KeyError, TypeError, MalformedKey) as error:
        wrong_usage(f"The items can't be read: {str(error)[:200]}")
    return _few(rows)


async def _viewed(office: Office, action: str, view: str | None, kind: str | None, project: int | None) -> Rows:
    """The rows of a view: the one that the action is meant for, where none is named."""
    wanted = view or MEANT.get(action)
    if wanted is None or wanted not in list(State):
        wrong_usage(f"Name the items, or a --view: {', '.join(State)}")
    found = await office.reading.inbox(str(wanted), kind=kind, project=project, most=MOST_ROWS + 1)
    return _few([(row["key"], {}) for row in found])


def _few(rows: Rows) -> Rows:
    if len(rows) > MOST_ROWS:
        wrong_usage(f"At most {MOST_ROWS} items at once: choose by --kind or --project.")
    return rows


async def _run(office: Office, action: str, rows: Rows, note: str | None, *, quiet: bool) -> BulkProgress:
    number, note_id = uuid4().hex, None
    if note:
        note_id = uuid4().hex
        await office.ledger.put_note(note_id, rows[0][0], office.config.person.name, note)
    person = await office.ledger.put_person(office.config.person)
    order = BulkOrder(number=number, action=action, person=person, door=Door.CLI, rows=rows, note_id=note_id)
    handle = await office.client.start_workflow(
        BulkCommand.run, order, id=f"bulk:{number}", task_queue=office.config.task_queue
    )
    columns = (TextColumn(action), BarColumn(), MofNCompleteColumn())
    with Progress(*columns, console=printing.err, disable=quiet, transient=True) as bar:
        task = bar.add_task(action, total=len(rows))
        ended = asyncio.create_task(handle.result())
        while not ended.done():
            # Without a worker nobody answers a query; the order is kept all the same, and its result is waited for.
            with suppress(RPCError):
                progress = await handle.query(BulkCommand.progress)
                bar.update(task, completed=progress.answered)
            await asyncio.wait([ended], timeout=0.5)
    result: BulkProgress = await ended
    names = await office.ledger.names({i for o in result.outcomes if o for i in tokens(_texts(o))})
    return BulkProgress(total=result.total, outcomes=[_with_names(o, names) for o in result.outcomes])


def _texts(outcome: Outcome) -> list[str]:
    return [outcome.sentence, *(r.sentence for r in outcome.refusals)]


def _with_names(outcome: Outcome | None, names: dict[str, str]) -> Outcome | None:
    if outcome is None:
        return None
    refusals = [r.model_copy(update={"sentence": named(r.sentence, names)}) for r in outcome.refusals]
    return outcome.model_copy(update={"sentence": named(outcome.sentence, names), "refusals": refusals})


def _report(action: str, rows: Rows, done: BulkProgress) -> None:
    """Refused ones with their reasons first, then the sum."""
    for (key, _), outcome in zip(rows, done.outcomes, strict=True):
        answer = outcome.answer if outcome else Answer.BUSY
        state = outcome.state if outcome and answer is Answer.DONE else ""
        style = "green" if answer is Answer.DONE else "red"
        printing.out.print(Text.assemble((f"{answer:<8}", style), f" {key}  ", printing.state_text(str(state))))
        printing.refusals(outcome.refusals if outcome else [])
    granted = sum(o is not None and o.answer is Answer.DONE for o in done.outcomes)
    printing.out.print(f"{action}: {granted} of {done.total} done.")
