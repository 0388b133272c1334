"""The actions of the lifecycle tables, one command each. Exit codes: 0 done, 3 refused, 4 failed, 2 wrong usage."""

from __future__ import annotations

import asyncio
from typing import Annotated, Any
from uuid import uuid4

import typer

from cli import printing
from cli.bulk import bulk
from cli.context import (
    FAILED,
    REFUSED,
    ErpCompanyOption,
    IdArgument,
    JsonOption,
    KindArgument,
    ProjectOption,
    in_office,
    named,
)
from domain.commands import Answer, Door, Outcome
from domain.states import State
from workers.plant import Office

SETTLED = frozenset(State) - {State.EXPORTING, State.UNLINKING}

NoteOption = Annotated[str | None, typer.Option("--note", "-n", help="a note for the history; kept in the ledger only")]
SeenOption = Annotated[
    int | None, typer.Option("--seen", help="the step you saw in `show`: refused if it moved on since")
]
WaitOption = Annotated[float, typer.Option("--wait", "-w", help="wait this many seconds for the export, too")]
ErpIdOption = Annotated[str | None, typer.Option("--erp-id", help="the record's id in CMiC, typed by the approver")]
DateOption = Annotated[str | None, typer.Option("--accounting-date", help="YYYY-MM-DD")]
TransactionDateOption = Annotated[str | None, typer.Option("--transaction-date", help="YYYY-MM-DD; change orders")]
DescriptionOption = Annotated[str | None, typer.Option("--description", help="CMiC's description; invoices")]
ConfirmOption = Annotated[
    bool, typer.Option("--confirm-import-closed", help="a budget's first export closes its import for good")
]
PreviewOption = Annotated[str | None, typer.Option("--preview", help="the preview's hash from `show` that you approve")]
RequestOption = Annotated[
    str | None, typer.Option("--request-id", help="repeat a request safely: the same id, one decision")
]


async def _ask(office: Office, key: str, action: str, fields: dict[str, Any], note: str | None, **more: Any) -> Outcome:
    note_id = None
    if note:
        note_id = uuid4().hex
        await office.ledger.put_note(note_id, key, office.config.person.name, note)
    stated = {name: value for name, value in fields.items() if value is not None}
    return await office.asking.ask(
        key, action, person=office.config.person, door=Door.CLI, fields=stated, note_id=note_id, **more
    )


async def _settle(office: Office, key: str, outcome: Outcome, seconds: float) -> Outcome:
    """Wait until the export that the decision set off has come to rest."""
    for _ in range(int(seconds * 10)):
        head = await office.ledger.head(key)
        if head is not None and head.state in SETTLED:
            settled = {"state": head.state, "sequence": head.sequence, "sentence": head.words}
            if outcome.action == "unlink" and head.state is not State.NOT_SENT:
                settled["answer"] = Answer.REFUSED
            return outcome.model_copy(update=settled)
        await asyncio.sleep(0.1)
    return outcome


def act(
    action: str,
    kind: str,
    number: int | None,
    project: int | None,
    erp_company: str | None,
    *,
    as_json: bool,
    fields: dict[str, Any] | None = None,
    note: str | None = None,
    wait: float = 0,
    **more: Any,
) -> None:
    """Ask for one action, print the decision, and end with its exit code."""

    async def work(office: Office) -> tuple[str, Outcome]:
        key = await named(office, kind, number, project, erp_company)
        outcome = await _ask(office, key, action, fields or {}, note, **more)
        if outcome.answer is Answer.DONE and wait:
            outcome = await _settle(office, key, outcome, wait)
        return key, outcome

    key, outcome = in_office(work)
    if as_json:
        printing.as_json({"key": key, **outcome.model_dump(mode="json")})
    else:
        printing.outcome(outcome, key)
    if outcome.answer is Answer.REFUSED:
        raise typer.Exit(REFUSED)
    if outcome.answer is Answer.BUSY or (wait and outcome.state is State.FAILED):
        raise typer.Exit(FAILED)


def register(app: typer.Typer) -> None:
    """Add the actions to the command."""
    app.command(help="Send an item to the accounting approver.")(send)
    app.command(help="Send again what was rejected, retrieved or reset; or a budget's news.")(resend)
    app.command(help="Take a sent item back before it is decided.")(retrieve)
    app.command(help="Accept an item: it is exported, or held until it can be.")(accept)
    app.command(help="Reject an item with a note.")(reject)
    app.command(help="Retry a failed export in place: a new approval with today's settings.")(retry)
    app.command(help="Take over the record that CMiC already has, if job and money agree.")(adopt)
    app.command(help="Unlink a synced item; CMiC's record must be gone (a company's or job's needn't).")(unlink)
    app.command(help="Un-sync a prime contract change order at once; CMiC's record stays.")(reset)
    app.command(help="One action for many items, with an outcome for each.")(bulk)
    app.command(help="Link a company to a vendor, or a project to a job.")(link)
    app.command(help="Read a linked project's cost codes from CMiC again.")(refresh)


def send(
    kind: KindArgument,
    number: IdArgument = None,
    project: ProjectOption = None,
    erp_company: ErpCompanyOption = None,
    note: NoteOption = None,
    request_id: RequestOption = None,
    as_json: JsonOption = False,
) -> None:
    act("send", kind, number, project, erp_company, as_json=as_json, note=note, request_id=request_id)


def resend(
    kind: KindArgument,
    number: IdArgument = None,
    project: ProjectOption = None,
    erp_company: ErpCompanyOption = None,
    note: NoteOption = None,
    request_id: RequestOption = None,
    as_json: JsonOption = False,
) -> None:
    act("resend", kind, number, project, erp_company, as_json=as_json, note=note, request_id=request_id)


def retrieve(
    kind: KindArgument,
    number: IdArgument = None,
    project: ProjectOption = None,
    erp_company: ErpCompanyOption = None,
    note: NoteOption = None,
    seen: SeenOption = None,
    as_json: JsonOption = False,
) -> None:
    act("retrieve", kind, number, project, erp_company, as_json=as_json, note=note, seen=seen)


def accept(
    kind: KindArgument,
    number: IdArgument = None,
    project: ProjectOption = None,
    erp_company: ErpCompanyOption = None,
    erp_id: ErpIdOption = None,
    accounting_date: DateOption = None,
    transaction_date: TransactionDateOption = None,
    description: DescriptionOption = None,
    confirm_import_closed: ConfirmOption = False,
    preview: PreviewOption = None,
    note: NoteOption = None,
    seen: SeenOption = None,
    wait: WaitOption = 0,
    request_id: RequestOption = None,
    as_json: JsonOption = False,
) -> None:
    fields = {
        "erp_id": erp_id,
        "accounting_date": accounting_date,
        "transaction_date": transaction_date,
        "description": description,
        "confirm_import_closed": True if confirm_import_closed else None,
        "preview": preview,
    }
    act(
        "accept", kind, number, project, erp_company,
        as_json=as_json, fields=fields, note=note, wait=wait, seen=seen, request_id=request_id,
    )  # fmt: skip


def reject(
    kind: KindArgument,
    number: IdArgument = None,
    project: ProjectOption = None,
    erp_company: ErpCompanyOption = None,
    note: NoteOption = None,
    seen: SeenOption = None,
    as_json: JsonOption = False,
) -> None:
    act("reject", kind, number, project, erp_company, as_json=as_json, note=note, seen=seen)


def retry(
    kind: KindArgument,
    number: IdArgument = None,
    project: ProjectOption = None,
    erp_company: ErpCompanyOption = None,
    erp_id: ErpIdOption = None,
    note: NoteOption = None,
    wait: WaitOption = 0,
    as_json: JsonOption = False,
) -> None:
    act("retry", kind, number, project, erp_company, as_json=as_json, fields={"erp_id": erp_id}, note=note, wait=wait)


def adopt(
    kind: KindArgument,
    number: IdArgument = None,
    project: ProjectOption = None,
    erp_company: ErpCompanyOption = None,
    note: NoteOption = None,
    wait: WaitOption = 0,
    as_json: JsonOption = False,
) -> None:
    act("adopt", kind, number, project, erp_company, as_json=as_json, note=note, wait=wait)


def unlink(
    kind: KindArgument,
    number: IdArgument = None,
    project: ProjectOption = None,
    erp_company: ErpCompanyOption = None,
    note: NoteOption = None,
    wait: WaitOption = 10,
    as_json: JsonOption = False,
) -> None:
    act("unlink", kind, number, project, erp_company, as_json=as_json, note=note, wait=wait)


def reset(
    kind: KindArgument,
    number: IdArgument = None,
    project: ProjectOption = None,
    note: NoteOption = None,
    as_json: JsonOption = False,
) -> None:
    act("reset", kind, number, project, None, as_json=as_json, note=note)


def link(
    kind: KindArgument,
    number: IdArgument,
    erp_id: Annotated[str, typer.Argument(help="vendor code or job code in CMiC", metavar="ERP_ID")],
    erp_company: ErpCompanyOption = None,
    note: NoteOption = None,
    wait: WaitOption = 20,
    as_json: JsonOption = False,
) -> None:
    fields = {"erp_id": erp_id, "erp_company": erp_company if kind == "project" else None}
    act("link", kind, number, None, erp_company, as_json=as_json, fields=fields, note=note, wait=wait)


def refresh(
    kind: KindArgument,
    number: IdArgument = None,
    wait: WaitOption = 20,
    as_json: JsonOption = False,
) -> None:
    act("refresh", kind, number, None, None, as_json=as_json, wait=wait)
