"""Operating: the worker, the schema, search attributes, restoring, and the local stack."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from cli import printing
from cli.context import FAILED, configuration, in_office, reached
from ledger.migrate import migrate as migrate_database
from workers import logs
from workers.config import STACK
from workers.plant import Office
from workers.temporal import register_attributes
from workers.worker import run


def register(app: typer.Typer) -> None:
    app.command(help="Run a worker until it is told to stop.")(worker)
    app.command(help="Bring the ledger's schema up to date.")(migrate)
    app.command("register-attributes", help="Add the search attributes to Temporal's namespace.")(attributes)
    app.command(help="Start every lifecycle that the ledger has and Temporal has lost.")(restore)
    app.command(help="Tell the connector's story on a stack of its own, and check every claim.")(demo)
    app.command(help="Run the whole stack on this machine until Ctrl-C.")(up)


def worker() -> None:
    config = configuration()
    logs.set_up(config.log_level)
    reached(run(config))


def migrate() -> None:
    reached(migrate_database(configuration().database_url.get_secret_value()))
    printing.out.print("The ledger's schema is up to date.")


def attributes() -> None:
    async def work(office: Office) -> list[str]:
        return await register_attributes(office.client)

    added = in_office(work)
    printing.out.print(f"Added: {', '.join(added)}." if added else "All search attributes are there.")


def restore() -> None:
    async def work(office: Office) -> int:
        await register_attributes(office.client)
        return await office.keeping.restore(
            lambda seen, lost: printing.err.print(f"{seen} looked at, {lost} started again")
        )

    printing.out.print(f"{in_office(work)} lifecycles started again from the ledger.")


def up(
    folder: Annotated[Path, typer.Option("--folder", help="where its data is kept")] = STACK,
    ui_port: Annotated[int, typer.Option("--ui-port", help="Temporal's UI; a free one unless named")] = 0,
) -> None:
    from workers.local import stay_up

    try:
        stay_up(folder, ui_port, printing.out.print)
    except RuntimeError as error:
        printing.complain(f"{str(error)[:1].upper()}{str(error)[1:]}.")
        raise typer.Exit(FAILED) from None


def demo() -> None:
    from cli.demo.run import demo as tell

    if not tell():
        raise typer.Exit(1)
