"""Payments issued that CMiC made, on the contracts of a project (procore-api §9; F-06).

There is no sync for them: each is found by its origin id in its contract's list before it is made. A synced payment is frozen
but for its external ids, so to change or delete one its origin id goes first; `origin_data` keeps the same key meanwhile, by
which it is found again after a cut.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Iterable
from decimal import Decimal, InvalidOperation
from typing import Any

from domain.ports import Given, NotThere, Taken
from systems.procore.client import ProcoreClient
from systems.procore.contract_payments import PATH
from systems.procore.errors import Rejected

Body = dict[str, Any]
UNREAD = ("payment_method",)
"""No answer has it, so it can't be compared."""


class PaymentsIn:
    def __init__(self, client: ProcoreClient) -> None:
        self._client = client

    async def upsert(self, company: int, project: int | None, rows: list[Given]) -> list[Taken]:
        taken: list[Taken] = []
        for contract, some in _by_contract(rows):
            place = _Contract(self._client, company, project or 0, contract)
            try:
                there = await place.payments()
            except NotThere:
                taken += [Taken(key=row.key, refusal=f"it has no contract {contract} any more") for row in some]
                continue
            taken += [await _judged(row, place.write, _found(row, there)) for row in some]
        return taken

    async def remove(self, company: int, project: int | None, rows: list[Given]) -> list[Taken]:
        taken: list[Taken] = []
        for contract, some in _by_contract(rows):
            place = _Contract(self._client, company, project or 0, contract)
            try:
                there = await place.payments()
            except NotThere:
                there = []
            taken += [await _judged(row, place.take_out, _found(row, there)) for row in some]
        return taken


class _Contract:
    """The payments of one contract."""

    def __init__(self, client: ProcoreClient, company: int, project: int, contract: int) -> None:
        self._client, self._company = client, company
        self._scope = {"project_id": project, "contract_id": contract}

    async def payments(self) -> list[Body]:
        return await self._client.all_pages(PATH, self._company, self._scope)

    async def write(self, row: Given, there: Body | None) -> Taken:
        """Make it, or make it what it should be; nothing where it is that already."""
        wanted = {**row.body["payment"], "origin_id": row.origin_id, "origin_data": row.origin_id}
        if there is None:
            made = await self._client.post(PATH, self._company, self._body(wanted))
            return Taken(key=row.key, id=made["id"])
        differs = any(not _same(value, there.get(name)) for name, value in wanted.items() if name not in UNREAD)
        if differs:
            if there.get("origin_id"):
                await self._free(row, there)
            await self._patch(there, wanted)
        return Taken(key=row.key, id=there["id"])

    async def take_out(self, row: Given, there: Body | None) -> Taken:
        if there is not None:
            if there.get("origin_id"):
                await self._free(row, there)
            await self._client.delete(f"{PATH}/{there['id']}", self._company, self._scope)
        return Taken(key=row.key, id=row.id)

    async def _free(self, row: Given, there: Body) -> None:
        await self._patch(there, {"origin_id": None, "origin_data": row.origin_id})

    async def _patch(self, there: Body, values: Body) -> None:
        await self._client.patch(f"{PATH}/{there['id']}", self._company, self._body(values))

    def _body(self, values: Body) -> Body:
        return {**self._scope, "contract_payment": values}


async def _judged(row: Given, deed: Callable[[Given, Body | None], Awaitable[Taken]], there: Body | None) -> Taken:
    """One row's outcome: that Procore refuses it doesn't hold the others up."""
    try:
        return await deed(row, there)
    except NotThere as error:
        return Taken(key=row.key, id=row.id, refusal=str(error))
    except Rejected as error:
        if error.is_about_the_connector:
            raise
        return Taken(key=row.key, id=row.id, refusal=error.said)


def _by_contract(rows: Iterable[Given]) -> list[tuple[int, list[Given]]]:
    found: dict[int, list[Given]] = {}
    for row in rows:
        found.setdefault(int(row.body["contract"]), []).append(row)
    return list(found.items())


def _found(row: Given, there: list[Body]) -> Body | None:
    """The payment of this row: by the id that is known, by its origin id, by what it kept of it."""
    tests: tuple[Callable[[Body], bool], ...] = (
        lambda payment: row.id is not None and payment.get("id") == row.id,
        lambda payment: payment.get("origin_id") == row.origin_id,
        lambda payment: not payment.get("origin_id") and payment.get("origin_data") == row.origin_id,
    )
    return next((payment for test in tests for payment in there if test(payment)), None)


def _same(wanted: Any, there: Any) -> bool:
    """Whether two values say the same: an amount is written with more or fewer zeros, nothing is an empty text."""
    if wanted in (None, "") or there in (None, ""):
        return wanted in (None, "") and there in (None, "")
    if str(wanted) == str(there):
        return True
    try:
        return Decimal(str(wanted)) == Decimal(str(there))
    except InvalidOperation:
        return False
