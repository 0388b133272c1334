"""Staged records: what CMiC has and Procore hasn't, and what people do with it (erp-tool-behaviour §4, §7)."""

from __future__ import annotations

from typing import Annotated, Any

import typer
from rich.text import Text

from activities.import_messages import StagedProgress
from cli import printing
from cli.context import REFUSED, ErpCompanyOption, JsonOption, in_office, wrong_usage
from domain.commands import Door
from domain.matching import Proposal, sure
from domain.staged import NAMES, Staged, StagedAction
from workers.plant import Office
from workflows.staging import MOST_ROWS

VIEWS = ("staged", "linked", "archived", "refused", "gone")
Rows = list[tuple[str, dict[str, Any]]]

KindArgument = Annotated[str, typer.Argument(help=", ".join(NAMES), metavar="KIND")]
CodesArgument = Annotated[list[str], typer.Argument(help="their codes in CMiC", metavar="CODE...")]

app = typer.Typer(help="What CMiC has and Procore hasn't: vendors, customers, jobs, sub jobs.", no_args_is_help=True)


def register(parent: typer.Typer) -> None:
    app.command("list", help="Staged records with their proposals; other views by --view.")(listed)
    app.command(help="Make them in Procore, and link them.")(add)
    app.command(help="Link one to a record that Procore has.")(link)
    app.command("link-all", help="Link every record that has one sure proposal.")(link_all)
    app.command(help="Keep them out of the lists; nothing is deleted anywhere.")(archive)
    app.command(help="Back among the staged ones.")(restore)
    app.command(help="Companies of Procore's directory that bear one name: merge them there first.")(duplicates)
    parent.add_typer(app, name="staged")


def _known(kind: str) -> str:
    if kind not in NAMES:
        wrong_usage(f"There are no staged {kind!r}; known: {', '.join(NAMES)}")
    return kind


def listed(
    kind: KindArgument,
    view: Annotated[str, typer.Option("--view", help=", ".join(VIEWS))] = "staged",
    erp_company: ErpCompanyOption = None,
    most: Annotated[int, typer.Option("--most", min=1, max=20_000)] = 200,
    as_json: JsonOption = False,
) -> None:
    if view not in VIEWS:
        wrong_usage(f"There is no view {view!r}; known: {', '.join(VIEWS)}")

    async def work(office: Office) -> list[Staged]:
        company = office.config.procore_company
        return await office.staged.shown(_known(kind), company, await _erp(office, erp_company), view, most=most)

    records = in_office(work)
    if as_json:
        printing.as_json([record.model_dump(mode="json") for record in records])
        return
    for record in records:
        linked = f"  Procore's {record.linked_to}" if record.linked_to else ""
        printing.out.print(Text.assemble((f"{record.status:<9}", "cyan"), f" {record.label}{linked}"))
        for found in record.proposals:
            said = (
                f"{found['score']:>3} % Procore's {found['procore_id']} {found['name']}: {', '.join(found['reasons'])}"
            )
            printing.indented(said, 10, style="dim")
        printing.refusals(record.reasons)
    printing.out.print(f"{len(records)} {view}." if records else f"Nothing is {view}.")


def add(
    kind: KindArgument,
    codes: CodesArgument,
    template: Annotated[int | None, typer.Option("--template", help="a job's project template in Procore")] = None,
    erp_company: ErpCompanyOption = None,
    as_json: JsonOption = False,
) -> None:
    _act(kind, StagedAction.ADD, codes, {"template": template} if template else {}, erp_company, as_json)


def link(
    kind: KindArgument,
    code: Annotated[str, typer.Argument(help="its code in CMiC")],
    procore_id: Annotated[int, typer.Argument(help="Procore's id of the company or project")],
    erp_company: ErpCompanyOption = None,
    as_json: JsonOption = False,
) -> None:
    _act(kind, StagedAction.LINK, [code], {"procore_id": procore_id}, erp_company, as_json)


def archive(
    kind: KindArgument, codes: CodesArgument, erp_company: ErpCompanyOption = None, as_json: JsonOption = False
) -> None:
    _act(kind, StagedAction.ARCHIVE, codes, {}, erp_company, as_json)


def restore(
    kind: KindArgument, codes: CodesArgument, erp_company: ErpCompanyOption = None, as_json: JsonOption = False
) -> None:
    _act(kind, StagedAction.RESTORE, codes, {}, erp_company, as_json)


def link_all(
    kind: KindArgument,
    yes: Annotated[bool, typer.Option("--yes", help="without it the proposals are only shown")] = False,
    erp_company: ErpCompanyOption = None,
    as_json: JsonOption = False,
) -> None:
    async def work(office: Office) -> list[tuple[Staged, Proposal]]:
        company = office.config.procore_company
        records = await office.staged.shown(
            _known(kind), company, await _erp(office, erp_company), "staged", most=MOST_ROWS
        )
        return _sure_ones(records)

    found = in_office(work)
    if yes and found:
        rows: Rows = [(record.key, {"procore_id": proposal.procore_id}) for record, proposal in found]
        _answers(kind, StagedAction.LINK, rows, erp_company, as_json)
        return
    if as_json:
        printing.as_json([{"key": r.key, **p.model_dump(mode="json")} for r, p in found])
        return
    for record, proposal in found:
        printing.out.print(f"{record.label}")
        printing.indented(f"{proposal.score} % {proposal.name} ({proposal.procore_id})", 4, style="dim")
    printing.out.print(f"{len(found)} sure. Link them: --yes" if found else "No sure proposal.")


def _sure_ones(records: list[Staged]) -> list[tuple[Staged, Proposal]]:
    """Records with one sure proposal, that no other record has too."""
    found = []
    for record in records:
        if best := sure([Proposal.model_validate(p) for p in record.proposals]):
            found.append((record, best))
    taken = [proposal.procore_id for _, proposal in found]
    return [(record, proposal) for record, proposal in found if taken.count(proposal.procore_id) == 1]


def duplicates(kind: KindArgument, erp_company: ErpCompanyOption = None, as_json: JsonOption = False) -> None:
    async def work(office: Office) -> list[list[dict[str, Any]]]:
        wanted = (_known(kind), await _erp(office, erp_company))
        for place in await office.imports.places(office.config.procore_company):
            if (place["name"], place["erp_company"]) == wanted:
                return list((place["preview"] or {}).get("duplicates", []))
        return []

    found = in_office(work)
    if as_json:
        printing.as_json(found)
        return
    for same in found:
        printing.out.print(", ".join(f"{one['name']} ({one['id']})" for one in same))
    printing.out.print(f"{len(found)} name(s) more than once." if found else "No name appears twice.")


async def _erp(office: Office, erp_company: str | None) -> str:
    return erp_company or (await office.ledger.settings_of(office.config.procore_company)).erp_companies[0]


def _act(
    kind: str, action: StagedAction, codes: list[str], fields: dict[str, Any], erp_company: str | None, as_json: bool
) -> None:
    rows: Rows = [(code, fields) for code in codes]
    _answers(kind, action, rows, erp_company, as_json)


def _answers(kind: str, action: StagedAction, rows: Rows, erp_company: str | None, as_json: bool) -> None:
    if len(rows) > MOST_ROWS:
        wrong_usage(f"At most {MOST_ROWS} records at once.")

    async def work(office: Office) -> StagedProgress:
        erp = await _erp(office, erp_company)
        named = [(code if "|" in code else f"{erp}|{code.upper()}", fields) for code, fields in rows]
        person = await office.ledger.put_person(office.config.person)
        handle = await office.ordering.staged(
            _known(kind), office.config.procore_company, action, named, person=person, door=Door.CLI, erp_company=erp
        )
        return await handle.result()

    progress = in_office(work)
    answers = [a for a in progress.answers if a is not None]
    if as_json:
        printing.as_json([a.model_dump(mode="json") for a in answers])
    else:
        for answer in answers:
            word = ("done", "green") if answer.done else ("refused", "red")
            printing.out.print(Text.assemble(word, f"  {action} {answer.key}"))
            printing.refusals(answer.refusals)
    if any(not a.done for a in answers):
        raise typer.Exit(REFUSED)
