"""Run the story on a stack of its own and say which claims held. Exit code 0 only if every one did."""

from __future__ import annotations

import asyncio
import os
import shutil
import time
from pathlib import Path

import httpx
from rich.text import Text

from cli import printing
from cli.demo.incoming import Incoming
from cli.demo.month import Month
from cli.demo.stage import Stage, StageError
from cli.demo.story import DAY, Chapter, Claim
from ledger.migrate import migrate
from workers.config import STACK, Config
from workers.local import start_worker
from workers.plant import open_office
from workers.stack import Stack, end, local_stack

STORY: tuple[Chapter, ...] = (*DAY, *Month().chapters(), *Incoming().chapters())


def demo(folder: Path = STACK / "demo") -> bool:
    """A fresh stack, the whole story, and nothing left running. True if every claim held."""
    shutil.rmtree(folder, ignore_errors=True)
    began = time.monotonic()
    printing.out.print("Starting PostgreSQL, Temporal, and the stand-ins for Procore and CMiC ...")
    with local_stack(folder) as stack:
        asyncio.run(migrate(stack.database_url))
        stack.processes["worker"] = start_worker(stack)
        try:
            claims = asyncio.run(_tell(stack))
        finally:
            end(stack.processes["worker"])
    _conclude(claims, time.monotonic() - began)
    return len(claims) == len(STORY) and all(held for _, held, _ in claims)


async def _tell(stack: Stack) -> list[Claim]:
    os.environ.update(stack.env)
    claims: list[Claim] = []
    async with (
        open_office(Config()) as office,
        httpx.AsyncClient(base_url=stack.procore_url) as procore,
        httpx.AsyncClient(base_url=stack.cmic_url) as cmic,
    ):
        stage = Stage(stack, office, procore, cmic)
        for number, (title, chapter) in enumerate(STORY):
            printing.out.print(Text(f"\n{number}. {title}", style="bold"))
            try:
                claims.append(await chapter(stage))
            except (StageError, httpx.HTTPError, LookupError) as error:
                claims.append((title, False, f"{type(error).__name__}: {error}"))
            sentence, held, detail = claims[-1]
            printing.out.print(
                Text.assemble(("  ✓ " if held else "  ✗ ", "green" if held else "red"), f"{sentence}: {detail}")
            )
    return claims


def _conclude(claims: list[Claim], seconds: float) -> None:
    printing.out.print()
    rows = [
        (Text("yes", "green") if held else Text("NO", "bold red"), sentence, detail)
        for sentence, held, detail in claims
    ]
    printing.table("Checked against the stand-ins' own books", ("held", "claim", "found"), rows)
    printing.out.print(
        f"\n{sum(c[1] for c in claims)} of {len(STORY)} claims held, in {seconds:.0f} seconds. Nothing is left running."
    )
    printing.out.print("Curious? `make up` starts the same stack and prints the address of Temporal's UI.")
