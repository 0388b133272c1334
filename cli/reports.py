"""Reports on the command line: as a table, as CSV (RFC 4180), as JSON (P-01 to P-04, I-11)."""

from __future__ import annotations

import csv
import io
import sys
from decimal import Decimal
from typing import Annotated, Any

import typer
from rich.text import Text

from cli import printing
from cli.context import REFUSED, JsonOption, ProjectOption, in_office, wrong_usage
from domain.money import shown
from domain.refusals import Refusal, Refused
from domain.reports import SHAPES, Cell, Column, Report, Shows, shape_of
from workers.plant import Office
from workers.reports import report as filled

NAMES = tuple(dict.fromkeys(shape.name for shape in SHAPES))

NameArgument = Annotated[str, typer.Argument(help=", ".join(NAMES), metavar="NAME")]
CsvOption = Annotated[bool, typer.Option("--csv", help="print CSV")]


def register(app: typer.Typer) -> None:
    app.command(
        help="Reports over the ledger: accountants, job costs, what can't come in, archived companies, sub jobs."
    )(report)


def report(
    name: NameArgument,
    project: ProjectOption = None,
    erp_company: Annotated[
        str | None, typer.Option("--erp-company", help="CMiC company; all of them if left out")
    ] = None,
    as_csv: CsvOption = False,
    as_json: JsonOption = False,
) -> None:
    shape = shape_of(name, of_a_project=project is not None)
    if shape is None:
        wrong_usage(f"There is no report {name!r}; known: {', '.join(NAMES)}")
    if as_csv and as_json:
        wrong_usage("Either --csv or --json.")

    async def work(office: Office) -> Report | list[Refusal]:
        company = office.config.procore_company
        settings = await office.incoming.settings_of(company)
        person = office.config.person
        try:
            return await filled(
                office.reports, settings, shape, company, person=person, project=project, erp_company=erp_company
            )
        except Refused as error:
            return error.refusals

    found = in_office(work)
    if not isinstance(found, Report):
        printing.refusals(found)
        raise typer.Exit(REFUSED)
    if as_json:
        printing.as_json(_as_data(found))
    elif as_csv:
        sys.stdout.write(as_csv_text(found))
    else:
        _print(found)


def _as_data(found: Report) -> dict[str, Any]:
    """Amounts are decimals with two places, as texts: JSON's numbers would lose them."""
    return {
        "report": found.shape.name,
        "title": found.shape.title,
        "columns": [c.name for c in found.shape.columns],
        "rows": found.rows,
        "totals": found.totals,
        "notes": found.notes,
    }


def as_csv_text(found: Report) -> str:
    """A header, the rows, nothing else: what adds rows up must not meet their total among them."""
    text = io.StringIO()
    names = [c.name for c in found.shape.columns]
    writer = csv.DictWriter(text, names, lineterminator="\r\n")
    writer.writeheader()
    writer.writerows(found.rows)
    return text.getvalue()


def _print(found: Report) -> None:
    printing.out.print(Text(found.shape.title, style="bold"))
    columns = [c for c in found.shape.columns if c.shows is not Shows.REMARK]
    if not found.rows:
        printing.out.print("Nothing here.")
    elif len(columns) < len(found.shape.columns):
        _with_remarks(found, columns)
    else:
        _as_table(found, columns)
    for note in found.notes:
        printing.indented(note, 0, style="dim")


def _as_table(found: Report, columns: list[Column]) -> None:
    lines = [[_shown(c, row[c.name]) for c in columns] for row in found.rows]
    if found.totals:
        lines.append([_shown(c, found.totals.get(c.name, "")) for c in columns])
        lines[-1][0] = Text("Total")
    amounts = {n for n, c in enumerate(columns) if c.shows is Shows.AMOUNT}
    printing.table("", [c.title for c in columns], lines, whole=amounts)


def _with_remarks(found: Report, columns: list[Column]) -> None:
    """Each row on a line, its remarks below: in cells beside the others nobody could read them."""
    names = [c.name for c in found.shape.columns if c.shows is Shows.REMARK]
    for row in found.rows:
        said = [_shown(c, row[c.name]).plain for c in columns]
        printing.out.print(Text("  ".join(part for part in said if part)))
        for remark in dict.fromkeys(str(row[name]) for name in names):
            printing.indented(remark, 4, style="dim")
    totals = [shown(v) for v in found.totals.values() if isinstance(v, Decimal)]
    printing.out.print(f"{len(found.rows)} row(s){', ' + ', '.join(totals) + ' in total' if totals else ''}.")


def _shown(column: Column, cell: Cell) -> Text:
    if column.shows is not Shows.AMOUNT:
        return Text(str(cell or ""))
    return Text(shown(cell) if isinstance(cell, Decimal) else "-", justify="right")
