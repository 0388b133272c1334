"""Adopt a project that was in progress before the connection: look at a proposal, confirm it (R-09, B-09)."""

from __future__ import annotations

from decimal import Decimal
from typing import Annotated, Any

import typer
from rich.text import Text

from activities.adopt_messages import AdoptSummary
from cli import printing
from cli.context import FAILED, REFUSED, ErpCompanyOption, JsonOption, in_office
from domain.adopting import Answer, Became, Proposal
from domain.adopting_port import Adoption
from domain.adopting_sides import Item, Standing, What
from domain.commands import Door
from domain.money import shown
from workers.plant import Office

TITLES = {
    What.PROJECT: "Project and job",
    What.VENDOR: "Companies and vendors",
    What.CODE: "Cost codes",
    What.COMMITMENT: "Commitments and subcontracts",
}
STYLES = {
    Standing.MATCHED: "green",
    Standing.LINKED: "green",
    Standing.DIFFERS: "red",
    Standing.ONLY_ERP: "yellow",
    Standing.ONLY_PROCORE: "yellow",
}
ANSWERS = {Became.DONE: "green", Became.WAITS: "cyan", Became.REFUSED: "red", Became.FAILED: "red"}
MOST_CODES = 20


def register(app: typer.Typer) -> None:
    app.command("adopt-project", help="Connect a project that was in progress before: a proposal, then --confirm.")(run)


def run(
    project: Annotated[int, typer.Argument(help="Procore's id of the project", metavar="PROJECT", min=1)],
    job: Annotated[str, typer.Argument(help="the job's code in CMiC", metavar="JOB")],
    erp_company: ErpCompanyOption = None,
    confirm: Annotated[str, typer.Option("--confirm", help="the proposal's hash that you confirm")] = "",
    as_json: JsonOption = False,
) -> None:
    async def work(office: Office) -> tuple[AdoptSummary, Adoption | None]:
        person = await office.ledger.put_person(office.config.person)
        summary = await office.ordering.adopt(
            office.config.procore_company,
            project,
            job,
            person=person,
            door=Door.CLI,
            erp_company=erp_company,
            confirm=confirm,
        )
        return summary, await office.adoptions.one(summary.adoption) if summary.adoption else None

    summary, adoption = in_office(work)
    proposal = adoption.proposal if adoption else None
    outcomes = adoption.outcomes if adoption else {}
    if as_json:
        printing.as_json(_as_data(summary, proposal, outcomes))
    else:
        _report(summary, proposal, outcomes)
    missed = any(a.answer in (Became.REFUSED, Became.FAILED) for a in outcomes.values())
    if summary.state in ("refused", "stopped") or missed:
        raise typer.Exit(REFUSED)
    if summary.state == "left":
        raise typer.Exit(FAILED)


def _as_data(summary: AdoptSummary, proposal: Proposal | None, outcomes: dict[str, Answer]) -> dict[str, Any]:
    return {
        **summary.model_dump(mode="json", include={"state", "hash", "words", "refusals", "adoption"}),
        "proposal": proposal.shown if proposal else None,
        "outcomes": {item: answer.model_dump(mode="json") for item, answer in outcomes.items()},
    }


def _report(summary: AdoptSummary, proposal: Proposal | None, outcomes: dict[str, Answer]) -> None:
    if proposal is not None:
        for what in What:
            _table(what, proposal, outcomes)
        if proposal.note:
            printing.indented(proposal.note, 2)
    style = {"done": "green", "preview": "cyan"}.get(summary.state, "red")
    printing.out.print(Text.assemble((f"adopt-project: {summary.state}", f"bold {style}")))
    if summary.words and not summary.refusals:
        printing.indented(summary.words, 2)
    printing.refusals(summary.refusals)
    if summary.state == "preview" and proposal is not None:
        _what_next(summary, proposal)


def _what_next(summary: AdoptSummary, proposal: Proposal) -> None:
    counts = [(len(proposal.todo(what)), what.value) for what in What if what is not What.CODE]
    todo = [f"{n} {name}{'s' * (n > 1)}" for n, name in counts if n]
    todo += [f"{len(proposal.brings)} codes to Procore"] if proposal.brings else []
    if not todo:
        printing.indented("Nothing is left to adopt.", 2)
        return
    printing.indented(f"Would be done: {', '.join(todo)}. Nothing was written.", 2)
    printing.indented(f"To do exactly this: --confirm {summary.hash[:12]}", 2)


def _table(what: What, proposal: Proposal, outcomes: dict[str, Answer]) -> None:
    rows = [(n, item) for n, item in enumerate(proposal.items) if item.what is what]
    counts = proposal.counted(what)
    if not counts:
        return
    title = f"{TITLES[what]}: {', '.join(f'{n} {name}' for name, n in counts.items())}"
    shown_rows = rows[:MOST_CODES] if what is What.CODE else rows
    lines = [_row(n, item, outcomes) for n, item in shown_rows]
    printing.out.print(Text(title, style="bold"))
    if lines:
        printing.table("", ("", "CMiC", "Procore", "in CMiC", "in Procore")[: len(lines[0])], lines)
    if len(rows) > len(shown_rows):
        printing.indented(f"and {len(rows) - len(shown_rows)} more: --json has all", 2, style="dim")
    for n, item in shown_rows:
        _reasons(item, outcomes.get(str(n)))
    if what is What.CODE and "codes" in outcomes:
        _became("the job's codes", outcomes["codes"])
    printing.out.print()


def _row(n: int, item: Item, outcomes: dict[str, Answer]) -> tuple[Any, ...]:
    answer = outcomes.get(str(n))
    word = answer.answer.value if answer else item.standing.value
    style = ANSWERS[answer.answer] if answer else STYLES[item.standing]
    cells = (Text(word, style=style), item.erp or "-", item.procore or "-")
    amounts = (_amount(item.erp_amount), _amount(item.procore_amount)) if item.what is What.COMMITMENT else ()
    return (*cells, *amounts)


def _amount(amount: Decimal | None) -> str:
    return "-" if amount is None else shown(amount)


def _reasons(item: Item, answer: Answer | None) -> None:
    """Why it matches, where that isn't plain; why it doesn't; what became of it."""
    name = item.procore or item.erp
    if item.reasons and item.what is not What.COMMITMENT:
        score = f" ({item.score} %)" if item.score is not None else ""
        printing.indented(f"{name}: {', '.join(item.reasons)}{score}", 2, style="dim")
    for difference in item.differences:
        printing.indented(f"{name}: {difference}", 2)
    if answer is not None:
        _became(name, answer)


def _became(name: str, answer: Answer) -> None:
    printing.indented(f"{name}: {answer.sentence or answer.answer.value}", 2)
    printing.refusals(answer.refusals)
