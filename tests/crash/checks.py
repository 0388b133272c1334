"""What has to be true once a story is over, whatever died on the way (B-03, B-11): CMiC's own books, Procore's own
books, the ledger's history, and the workflow against the ledger."""

from __future__ import annotations

import asyncio
import re
import time
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from temporalio.client import Client, WorkflowExecutionStatus

from domain.commands import Head
from domain.identity import parse_key
from domain.states import State
from tests.crash.books import Books
from tests.crash.scene import Scene
from workflows.attributes import ALL, values_of

NOTHING = (0, 0, Decimal(0))
SECONDS_TO_END = 90


@dataclass(frozen=True)
class Ending:
    """How one object ends. `actions` is a pattern for its history, one word an action that changed something; `cmic` is how
    often it is in CMiC's books, with how many lines, adding up to what; `linked` whether both sides hold its ids."""

    key: str
    state: State
    actions: str
    cmic: tuple[int, int, Decimal] = NOTHING
    linked: bool = False
    vendor: str = ""
    """For a company: its vendor code."""
    books: Books | None = None
    """For the kinds of the matrix: what both books hold."""
    failure: str = ""
    """For a failed one: the code of its refusal."""


async def ended(scene: Scene, ending: Ending) -> None:
    """Wait until the object stands where it has to, and until CMiC can't commit anything late; then check all of it."""
    head = await _arrived(scene, ending)
    await asyncio.sleep(scene.late)
    assert head.failure_code == ending.failure, head.words
    history = await scene.office.reading.history(ending.key)
    assert [h["answer"] for h in history] == ["done"] * len(history), _told(history)
    assert len({h["request_id"] for h in history}) == len(history)
    assert await scene.office.reading.verify(ending.key) is None
    assert not _back_to_waiting(history), _told(history)
    await _agrees(scene, ending.key)
    if ending.books is not None:
        await _books(scene, ending, ending.books, head)
        return
    kind = parse_key(ending.key).kind
    await {"commitment": _commitment, "company": _company, "project": _project}[kind](scene, ending, head)


async def _arrived(scene: Scene, ending: Ending) -> Head:
    ends, told = time.monotonic() + SECONDS_TO_END, ""
    while True:
        head = await scene.head(ending.key)
        told = " ".join(await scene.actions(ending.key))
        if head.state is ending.state and re.fullmatch(ending.actions, told):
            return head
        assert time.monotonic() < ends, (
            f"{ending.key} is {head.state} after {told!r}, not {ending.state} after {ending.actions!r}: {head.words}"
        )
        await asyncio.sleep(0.1)


def _told(history: list[dict[str, Any]]) -> list[tuple[Any, ...]]:
    return [(h["sequence"], h["action"], h["answer"], h["from_state"], h["to_state"]) for h in history]


def _back_to_waiting(history: list[dict[str, Any]]) -> bool:
    """No story edits anything, so what was held must never wait for a decision again."""
    states = [h["to_state"] for h in history]
    return State.HELD in states and State.WAITING in states[states.index(State.HELD) :]


# The workflow


async def _agrees(scene: Scene, key: str) -> None:
    """The workflow stands where the ledger stands, shows it, and rests; of an object that ended it is closed."""
    ends = time.monotonic() + SECONDS_TO_END
    while True:
        difference = await disagreement(scene.plant.client, await scene.head(key))
        if not difference:
            return
        assert time.monotonic() < ends, f"{key}: {difference}"
        await asyncio.sleep(0.2)


async def disagreement(client: Client, head: Head) -> str:
    """In what the object's workflow differs from the ledger; nothing if in nothing."""
    handle = client.get_workflow_handle(head.key)
    about = await handle.describe()
    wanted = WorkflowExecutionStatus.COMPLETED if head.state is State.NOT_SENT else WorkflowExecutionStatus.RUNNING
    if about.status != wanted:
        return f"the workflow is {about.status}, not {wanted}"
    if about.raw_description.pending_activities:
        return f"it doesn't rest: {[a.activity_type.name for a in about.raw_description.pending_activities]}"
    believed = await workflow_head(client, head.key)
    if believed != head:
        return f"the workflow believes {believed}, the ledger says {head}"
    shown = {key: about.typed_search_attributes.get(key) or "" for key in ALL}
    if shown != (meant := values_of(head)):
        return f"it shows {shown}, not {meant}"
    return ""


async def workflow_head(client: Client, key: str) -> Head | None:
    """The head that the workflow stands at: it adopts what it is started with and what its activities answer."""
    head: Head | None = None
    async for event in client.get_workflow_handle(key).fetch_history_events():
        if event.HasField("workflow_execution_started_event_attributes"):
            payloads = event.workflow_execution_started_event_attributes.input.payloads
        elif event.HasField("activity_task_completed_event_attributes"):
            payloads = event.activity_task_completed_event_attributes.result.payloads
        else:
            continue
        for value in await client.data_converter.decode(payloads):
            if isinstance(value, dict) and value.get("head"):
                head = Head.model_validate(value["head"])
    return head


# The books


async def _books(scene: Scene, ending: Ending, books: Books, head: Head) -> None:
    """Each row is in CMiC once, to the cent; the ledger links exactly these, and Procore's id is the main record's."""
    rows = await books.rows()
    assert sorted((row.key, row.amounts) for row in rows) == sorted(books.wants.items())
    links = await scene.office.reading.links(books.holder or ending.key)
    linked = {f"{link['resource']} {link['erp_key']}": link["erp_uuid"] for link in links}
    if books.holder:  # Codes are the project's, and stay its own.
        assert {key for key in linked if key.startswith("job_code ")} == {row.key for row in rows}
        assert await scene.office.reading.links(ending.key) == []
    elif ending.linked:
        own = {key: uuid for key, uuid in linked.items() if not key.startswith("job_code ")}
        assert own == {row.key: row.uuid for row in rows}
        assert head.erp_key == next(link["erp_key"] for link in links if not link["part"])
    else:
        assert (linked, head.erp_key) == ({}, "")
    if books.origin is not None:
        assert await books.origin() == (head.erp_key or None)


async def _commitment(scene: Scene, ending: Ending, head: Head) -> None:
    assert await scene.in_cmic(ending.key) == ending.cmic
    contract = await scene.in_procore(ending.key)
    ids = [row["origin_id"] for row in contract["line_items"]]
    links = {link["part"]: link for link in await scene.office.reading.links(ending.key)}
    if not ending.linked:
        assert [i for i in (contract["origin_id"], contract["origin_code"], *ids) if i] == []
        assert links == {}
        return
    number = scene.numbers[ending.key]
    assert contract["origin_id"] == links[""]["erp_key"] == head.erp_key
    assert contract["origin_code"] == number
    assert number in head.erp_key.split("|")
    wanted = {str(row["id"]): row["origin_id"] for row in contract["line_items"]}
    assert wanted == {part: link["erp_key"] for part, link in links.items() if part}
    assert len(set(ids)) == len(ids) == ending.cmic[1]
    in_cmic = {row["ScschVUuid"] for row in await scene.rows("scsched", ScschContCode=number)}
    assert in_cmic == {link["erp_uuid"] for part, link in links.items() if part}


async def _company(scene: Scene, ending: Ending, head: Head) -> None:
    partners = await scene.rows("businesspartner", BpCode=ending.vendor)
    vendors = await scene.rows("apvendor", BpvenBpCode=ending.vendor)
    assert (len(partners), len(vendors)) == (ending.cmic[0], ending.cmic[0])
    rows = await scene.procore.get("/_sandbox/books/vendors", params={"id": ending.key.rsplit(":", 1)[1]})
    links = await scene.office.reading.links(ending.key)
    assert rows.json()[0]["origin_id"] == (ending.vendor if ending.linked else None)
    assert sorted(link["resource"] for link in links) == (["partner", "vendor"] if ending.linked else [])
    assert head.erp_key == (f"01|{ending.vendor}" if ending.linked else "")


async def _project(scene: Scene, ending: Ending, head: Head) -> None:
    rows = await scene.procore.get("/_sandbox/books/projects", params={"id": ending.key.rsplit(":", 1)[1]})
    links = await scene.office.reading.links(ending.key)
    codes = sorted(link["part"] for link in links if link["resource"] == "job_code")
    assert rows.json()[0]["origin_id"] == (head.erp_key if ending.linked else None)
    assert codes == (["03-100/L", "03-100/M", "03-100/S"] if ending.linked else [])
