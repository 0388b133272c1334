"""The exact rows that CMiC will receive, before anybody accepts (B-05). No request is made for it."""

from __future__ import annotations

from typing import Any

from activities.exporting import today
from activities.gathering import gather
from domain.commands import Command, Door
from domain.identity import parse_key
from domain.records import Group, preview_hash
from domain.states import State
from mappers.fields import Export
from mappers.registry import kind_of
from systems.cmic.gateway import CmicGateway
from workers.plant import Office

LATER = "(filled when its prerequisite syncs)"


async def preview(office: Office, key: str, typed: dict[str, Any] | None = None) -> dict[str, Any] | None:
    """Rows under CMiC's own names, and the hash that an approval may name; nothing for what was never sent, and for a link,
    which writes nothing. What is on its way or was written shows as it was reserved."""
    kind, object_id = kind_of(key), parse_key(key)
    async with office.ledger.case(object_id) as case:
        snapshot = await case.snapshot()
        if snapshot is None or case.head.state is State.NOT_SENT:
            return None
        intents, approval, settings = await case.intents(), await case.approval(), await case.settings()
        if approval is not None and approval.mode == "link":
            return None
        status, groups = "reserved", [i.group for i in intents]
        if not groups and case.head.state in (State.SYNCED, State.UNLINKING):
            status, groups = "as written", await case.last_written()
        if not groups:
            status = "as it would be written now"
            fields = typed or (approval.typed if approval and case.head.state is not State.WAITING else {})
            command = Command(action="accept", request_id="preview", door=Door.CONNECTOR, fields=fields)
            facts = await gather(case, kind, object_id, command)
            export = Export(
                object_id=object_id,
                document=facts.document,
                references=facts.references,
                typed=fields,
                settings=facts.settings,
                on=today(facts.settings),
            )
            groups = kind.mapper.plan(export).groups
    gateway = CmicGateway.open(office.config.cmic)
    try:
        rows = [row for group in groups for row in gateway.render(_marked(group))]
    finally:
        await gateway.aclose()
    shown = [{**row, "row": _plain(row["row"])} for row in rows]
    return {"hash": preview_hash(snapshot.hash, settings), "status": status, "rows": shown}


def _plain(row: dict[str, Any]) -> dict[str, Any]:
    """Codes are sent in upper case; the word for what is still to come isn't a code."""
    return {name: LATER if str(value).upper() == LATER.upper() else value for name, value in row.items()}


def _marked(group: Group) -> Group:
    """The group with a word in place of what a prerequisite will fill in."""
    waiting = [part for part, value in group.header.key.parts.items() if not value]
    shown = group.model_copy(deep=True)
    for record in shown.records:
        for part in waiting:
            record.key.parts[part] = LATER
    return shown
