"""Records without a sync endpoint: each is a request of its own, and what Procore says against one holds no other up."""

from __future__ import annotations

from collections.abc import Awaitable
from typing import Any

from domain.ports import Given, NotThere, Taken, Unavailable
from systems.procore.client import ProcoreClient
from systems.procore.errors import Rejected

Body = dict[str, Any]


async def judged(row: Given, deed: Awaitable[Taken]) -> Taken:
    """The row's outcome. Raises Unavailable; and Refused where the connector itself is refused."""
    try:
        return await deed
    except NotThere as error:
        return Taken(key=row.key, id=row.id, refusal=str(error))
    except Rejected as error:
        if error.is_about_the_connector:
            raise
        return Taken(key=row.key, id=row.id, refusal=error.said)


async def there(client: ProcoreClient, path: str, company: int, query: dict[str, str | int]) -> list[Body]:
    """A whole list of records that bear ids. Raises NotThere, Unavailable, Refused."""
    return [_with_id(row, path) for row in await client.all_pages(path, company, query)]


async def made(client: ProcoreClient, path: str, company: int, body: Body) -> Body:
    """A new record as Procore answers it. An answer without an id is Unavailable: the next look finds it by our mark."""
    return _with_id(await client.post(path, company, body), path)


def _with_id(answer: Any, path: str) -> Body:
    if not isinstance(answer, dict) or not isinstance(answer.get("id"), int):
        raise Unavailable(f"an answer of {path} is no record with an id", maybe_done=True)
    return answer
