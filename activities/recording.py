"""What steps and decisions share: reading an object, keeping its snapshot, recording a transition, comparing for people."""

from __future__ import annotations

from typing import Any

from activities.messages import Step
from domain.commands import CONNECTORS, Door, Verdict
from domain.facts import Document, Prerequisite
from domain.identity import ObjectId
from domain.ledger_port import Case, Snapshot, Transition
from domain.ports import NotThere, ProcorePort
from domain.records import digest
from domain.refusals import Refusal, Refused, refuse
from domain.states import Actor, State
from mappers.registry import Kind, kind_of

MOST_DIFFERENCES = 40


async def record(
    case: Case,
    step: Step,
    action: str,
    to: State,
    refusals: list[Refusal],
    *,
    details: dict[str, Any] | None = None,
    waits_for: list[Prerequisite] | None = None,
) -> Verdict:
    """Append the step's transition at its sequence, and list whom it may set free. A transition that the table
    doesn't have is a defect."""
    row = kind_of(case.head.key).lifecycle.row(case.head.state, action)
    if row is None or row.to is not to:
        raise LookupError(f"{case.head.key}: the table has no {action} from {case.head.state} to {to}")
    head = await case.append(
        Transition(
            request_id=f"{CONNECTORS}{action}:{step.sequence}",
            action=action,
            to=to,
            actor=Actor.CONNECTOR,
            who="connector",
            door=Door.CONNECTOR.value,
            refusals=refusals,
            details=details or {},
            waits_for=waits_for or [],
        )
    )
    return Verdict(head=head, wake=await case.held_children())


async def read(procore: ProcorePort, kind: Kind, object_id: ObjectId) -> tuple[Any, Refusal | None]:
    """The object as Procore holds it now, or why it can't be had. Raises Unavailable."""
    try:
        return kind.mapper.from_procore(await procore.read(object_id)), None
    except NotThere:
        return None, refuse("not_in_procore", kind=kind.lifecycle.label, id=object_id.id)
    except Refused as error:
        return None, error.refusals[0]


async def passed(case: Case) -> Verdict:
    """The answer of a step whose sequence has passed: it was done before, and its own answer may have been lost with the
    worker. Whom that woke is woken again."""
    return Verdict(head=case.head, wake=await case.held_children())


async def keep(case: Case, document: Document) -> Snapshot:
    """Snapshot a document: whole, under the hash of its business fields."""
    return await case.put_snapshot(document.model_dump(mode="json"), digest(document.business()))


def differing(before: Any, after: Any, at: str = "") -> list[str]:
    """Where two JSON bodies differ, in words: path, old, new. Lines are told apart by their ids."""
    if isinstance(before, dict) and isinstance(after, dict):
        return [
            d
            for name in sorted({*before, *after})
            for d in differing(before.get(name), after.get(name), f"{at}.{name}")
        ][:MOST_DIFFERENCES]
    if isinstance(before, list) and isinstance(after, list):
        return differing(_by_id(before), _by_id(after), at)
    if before == after:
        return []
    return [
        f"{at.lstrip('.')}: {_short(*_from_difference(before, after))} → {_short(*_from_difference(after, before))}"
    ]


def _by_id(items: list[Any]) -> dict[str, Any]:
    return {str(item.get("id", n) if isinstance(item, dict) else n): item for n, item in enumerate(items)}


def _from_difference(text: Any, other: Any) -> tuple[Any, str]:
    """A long text from a little before the place where it differs from the other."""
    if not (isinstance(text, str) and isinstance(other, str)):
        return text, ""
    same = next((n for n, (a, b) in enumerate(zip(text, other, strict=False)) if a != b), min(len(text), len(other)))
    return (text[same - 20 :], "…") if same > 40 else (text, "")


def _short(value: Any, before: str = "") -> str:
    if isinstance(value, dict):
        known = (
            f"{name} {value[name]}"
            for name in ("position", "cost_code", "category", "amount", "description")
            if value.get(name)
        )
        return f"({', '.join(known)})"[:160]
    return "nothing" if value in (None, "") else before + str(value)[:80]
