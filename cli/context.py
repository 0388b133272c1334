"""What every command needs: the configuration, the object it names, the person it acts as, and how it ends."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Coroutine
from typing import Annotated, Any, NoReturn, TypeVar

import asyncpg
import typer
from pydantic import ValidationError
from temporalio.service import RPCError

from cli.printing import complain
from domain.identity import MalformedKey, parse_key
from mappers.registry import KINDS, kind_of
from workers.config import Config
from workers.plant import Office, open_office

REFUSED, FAILED, WRONG_USAGE = 3, 4, 2
T = TypeVar("T")

KindArgument = Annotated[str, typer.Argument(help="commitment, company, budget ...; or a whole key", metavar="KIND")]
IdArgument = Annotated[int | None, typer.Argument(help="the object's id in Procore", metavar="ID", min=1)]
ProjectOption = Annotated[int | None, typer.Option("--project", "-p", help="Procore project of a project level object")]
ErpCompanyOption = Annotated[
    str | None, typer.Option("--erp-company", help="CMiC company; the settings' first if left out")
]
JsonOption = Annotated[bool, typer.Option("--json", help="print JSON")]


def configuration() -> Config:
    """The configuration, or a plain account of what is missing."""
    try:
        return Config()
    except ValidationError as error:
        problems = error.errors(include_url=False, include_input=False)
        names = ["PROCORE_CMIC_" + "__".join(str(p) for p in e["loc"]).upper() for e in problems]
        wrong = [f"{name}: {e['msg']}" for name, e in zip(names, problems, strict=True) if e["type"] != "missing"]
        if wrong:
            wrong_usage("The connector's configuration can't be used. " + "; ".join(wrong))
        wrong_usage(
            "The connector isn't configured: "
            + ", ".join(names)
            + ". With `make up` running in this folder nothing needs to "
            "be set; otherwise set these (README, Configuration)."
        )


def wrong_usage(text: str) -> NoReturn:
    complain(text)
    raise typer.Exit(WRONG_USAGE)


def in_office(work: Callable[[Office], Awaitable[T]]) -> T:
    """Run one piece of work with the ledger and Temporal at hand."""

    config = configuration()

    async def run() -> T:
        async with open_office(config) as office:
            return await work(office)

    return reached(run())


def reached(work: Coroutine[Any, Any, T]) -> T:
    """Run what needs the ledger and Temporal; where they don't answer, say so plainly and end with 4."""
    try:
        return asyncio.run(work)
    except typer.Exit:
        raise
    except (OSError, RuntimeError, RPCError, asyncpg.PostgresError, asyncpg.InterfaceError) as error:
        complain(f"Can't reach the ledger or Temporal: {str(error)[:300]}. Is the stack up (`make up`)?")
        raise typer.Exit(FAILED) from None


async def named(office: Office, kind: str, number: int | None, project: int | None, erp_company: str | None) -> str:
    """The key of the object that the command line names. Ends the command where it names none or several."""
    try:
        if number is None:
            kind_of(kind)
            return parse_key(kind).key
        if kind not in KINDS:
            raise MalformedKey(f"there is no kind {kind!r}; known: {', '.join(KINDS)}")
        company = office.config.procore_company
        if kind == "company" and not erp_company:
            erp_company = (await office.ledger.settings_of(company)).erp_companies[0]
        if KINDS[kind].scope == "project" and project is None:
            project = await _project_of(office, kind, number)
        return KINDS[kind].object_id(company, number, project=project, erp_company=erp_company or "").key
    except MalformedKey as error:
        wrong_usage(str(error))


async def _project_of(office: Office, kind: str, number: int) -> int | None:
    """An object that the ledger knows needn't be named with its project."""
    known = await office.reading.find(kind, number)
    if len(known) > 1:
        projects = ", ".join(str(parse_key(k).project) for k in known)
        wrong_usage(f"{kind} {number} is known under several projects: add --project, one of {projects}")
    return parse_key(known[0]).project if known else None
