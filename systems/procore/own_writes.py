"""An object's own record, changed by a request of its own: for kinds without a sync endpoint that takes an id."""

from __future__ import annotations

from typing import Any

from domain.refusals import Refusal
from systems.procore.client import ProcoreClient
from systems.procore.errors import Rejected
from systems.procore.records import row_refused
from systems.procore.written import Outcome, confirm

NO_SUCH_CHANGE = 405
"""Records of this kind can't be changed at all, whichever it is."""

Changes = dict[str, str | None]


async def patch_ids(client: ProcoreClient, path: str, company: int, body: Any, changes: Changes) -> Outcome:
    """Send a change of ids and hold the answer against it. Raises NotThere, Unavailable, and Refused where it isn't this
    record that is refused."""
    try:
        answer = await client.patch(path, company, body)
    except Rejected as error:
        if error.is_about_the_connector or error.status == NO_SUCH_CHANGE:
            raise
        return Outcome(words=error.said)
    return confirm(dict(changes), answer)


def refusals(outcome: Outcome) -> list[Refusal]:
    """What became of the only row there was."""
    return [row_refused(outcome.words)] if outcome.words else []
