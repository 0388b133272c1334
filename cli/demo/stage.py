"""What the story needs: the running stack, the two stand-ins' own books and controls, and people who ask."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import dataclass
from decimal import Decimal
from typing import Any
from uuid import uuid4

import httpx

from activities.messages import ListChanges
from cli import printing
from domain.commands import Answer, Door, Head, Outcome
from domain.identity import company_key
from domain.permissions import Level, Person
from domain.states import State
from mappers.registry import KINDS
from workers.plant import Office
from workers.stack import Stack
from workflows.keeping import PostingWatch

COMPANY, PROJECT, ERP, JOB = 562949, 310, "01", "1042"
SUE = Person(name="Sue Lopez (project engineer)", owning_tool_admin=True)
AL = Person(name="Al Becker (accounting approver)", erp_level=Level.ADMIN, may_push=True, owning_tool_admin=True)


class StageError(AssertionError):
    """Something the story builds on didn't happen."""


@dataclass
class Stage:
    stack: Stack
    office: Office
    procore: httpx.AsyncClient
    cmic: httpx.AsyncClient

    # Asking

    def commitment(self, number: int) -> str:
        return KINDS["commitment"].object_id(COMPANY, number, project=PROJECT).key

    def vendor(self, number: int) -> str:
        return company_key(COMPANY, ERP, number)

    async def ask(self, key: str, action: str, who: Person, note: str | None = None, **fields: Any) -> Outcome:
        """One person asks; the decision is printed as the CLI prints it."""
        note_id = None
        if note:
            note_id = uuid4().hex
            await self.office.ledger.put_note(note_id, key, who.name, note)
        request_id = uuid4().hex
        for _ in range(12):
            outcome = await self.office.asking.ask(
                key, action, person=who, door=Door.CLI, fields=fields, note_id=note_id, request_id=request_id
            )
            if outcome.answer is not Answer.BUSY:
                break
            printing.out.print("  (it waits for Procore's limits; asking again)")
            await asyncio.sleep(2)
        printing.outcome(outcome, key)
        return outcome

    async def must(self, key: str, action: str, who: Person, **fields: Any) -> Outcome:
        """Ask for what has to be granted for the story to go on."""
        outcome = await self.ask(key, action, who, **fields)
        if outcome.answer is not Answer.DONE:
            raise StageError(f"{action} of {key} was {outcome.answer}")
        return outcome

    async def until(self, key: str, wanted: Callable[[Head], bool], seconds: float = 60) -> Head:
        """Wait until the object stands as wanted. Raises StageError."""
        head = None
        for _ in range(int(seconds * 10)):
            head = await self.office.ledger.head(key)
            if head is not None and wanted(head):
                return head
            await asyncio.sleep(0.1)
        raise StageError(
            f"{key} is {head.state if head else 'unknown'} after {seconds:.0f} s: {head.words if head else ''}"
        )

    async def until_state(self, key: str, *states: State, seconds: float = 60) -> Head:
        head = await self.until(key, lambda h: h.state in states, seconds)
        printing.out.print(f"  → {head.state}: {head.words}")
        return head

    # Procore's side

    async def entered(self, path: str, **body: Any) -> dict[str, Any]:
        """A Procore user enters something."""
        answer = await self.procore.post(f"/_sandbox/{path}", json=body)
        answer.raise_for_status()
        return dict(answer.json())

    async def procore_book(self, table: str, **equal: Any) -> list[dict[str, Any]]:
        """Records of Procore's own books."""
        answer = await self.procore.get(f"/_sandbox/books/{table}", params=equal)
        answer.raise_for_status()
        return list(answer.json())

    async def enter(self, **contract: Any) -> int:
        """A Procore user enters a commitment; its id."""
        answer = await self.procore.post("/_sandbox/commitments", json={"project_id": PROJECT, **contract})
        answer.raise_for_status()
        number: int = answer.json()["id"]
        return number

    async def edit(self, number: int, **fields: Any) -> None:
        (await self.procore.post(f"/_sandbox/edit/commitments/{number}", json=fields)).raise_for_status()

    async def relines(self, number: int, lines: list[dict[str, Any]]) -> None:
        (await self.procore.put(f"/_sandbox/commitments/{number}/lines", json={"lines": lines})).raise_for_status()

    async def in_procore(self, number: int) -> dict[str, Any]:
        """The commitment in Procore's own books, with its lines."""
        rows = (await self.procore.get("/_sandbox/books/commitments", params={"id": number})).json()
        return dict(rows[0])

    # CMiC's side

    async def accountant(self, deed: str, **body: Any) -> None:
        (await self.cmic.post(f"/_sandbox/{deed}", json=body)).raise_for_status()

    async def in_cmic(self, resource: str, **equal: Any) -> list[dict[str, Any]]:
        """Rows of CMiC's own books."""
        answer = await self.cmic.get(f"/_sandbox/books/{resource}", params=equal)
        answer.raise_for_status()
        return list(answer.json()["rows"])

    async def contract_in_cmic(self, number: str) -> tuple[int, int, Decimal]:
        """How often a contract number is in CMiC's books, with how many lines, adding up to what."""
        headers = await self.in_cmic("scmast", ScmstContCode=number)
        lines = await self.in_cmic("scsched", ScschContCode=number)
        return len(headers), len(lines), sum((Decimal(str(line["ScschAmt"])) for line in lines), Decimal(0))

    async def cmic_requests(self, part: str) -> list[dict[str, Any]]:
        """The requests that CMiC saw since the last reset, of one part of its paths."""
        seen = (await self.cmic.get("/_sandbox/traffic")).json()
        rows = seen["requests"] if isinstance(seen, dict) else seen
        return [r for r in rows if part in r["path"]]

    async def look_at_postings(self, resource: str = "subcontract") -> None:
        """What the schedule does every few minutes, now."""
        asked, config = ListChanges(erp_company=ERP, resource=resource), self.office.config
        await self.office.client.execute_workflow(
            PostingWatch.run, args=[asked, config.erp_queue], id=f"look:{uuid4().hex}", task_queue=config.task_queue
        )


def line(code: str, category: str, amount: str, text: str, **units: str) -> dict[str, Any]:
    """A line of a schedule of values: an amount, or a quantity and a unit cost."""
    body = {"cost_code": code, "line_item_type": category, "description": text}
    return {**body, **units} if units else {**body, "amount": amount}
