"""One row of a bulk command: asked like any other, with its own outcome (B-10)."""

from __future__ import annotations

from typing import Protocol

from temporalio import activity
from temporalio.exceptions import ApplicationError

from activities.messages import BulkRow
from activities.trouble import beating
from domain.commands import Answer, Door, Outcome, refused
from domain.identity import MalformedKey
from domain.ledger_port import Ledger
from domain.permissions import Person
from domain.refusals import refuse

MOST_REASONS = 3


class Asks(Protocol):
    """The door to lifecycles."""

    async def ask(
        self,
        key: str,
        action: str,
        *,
        person: Person,
        door: Door,
        fields: dict[str, object] | None = None,
        note_id: str | None = None,
        request_id: str | None = None,
    ) -> Outcome: ...


class Bulk:
    def __init__(self, ledger: Ledger, asking: Asks) -> None:
        self._ledger = ledger
        self._asking = asking

    @activity.defn(name="ask_one")
    async def ask_one(self, row: BulkRow) -> Outcome:
        """The decision on one row. A lifecycle that is busy is asked again with the same request id: it is one command."""
        async with beating():
            person = await self._ledger.person(row.person)
            if person is None:
                return refused(row.action, refuse("unknown_person", person=row.person))
            try:
                outcome = await self._asking.ask(
                    row.key,
                    row.action,
                    person=person,
                    door=row.door,
                    fields=row.fields,
                    note_id=row.note_id,
                    request_id=row.request_id,
                )
            except MalformedKey as error:
                return refused(row.action, refuse("bad_input", problem=error))
            if outcome.answer is Answer.BUSY and activity.info().attempt < row.tries:
                raise ApplicationError(outcome.sentence, type="busy")
            return _short(outcome)


def _short(outcome: Outcome) -> Outcome:
    """A thousand outcomes have to fit into one answer: the first reasons, and how many more there are. The ledger has all."""
    more = len(outcome.refusals) - MOST_REASONS
    if more <= 0:
        return outcome
    sentence = f"{outcome.sentence} And {more} more reason(s): look at the item.".strip()
    return outcome.model_copy(update={"refusals": outcome.refusals[:MOST_REASONS], "sentence": sentence})
