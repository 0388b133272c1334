"""Payments issued that CMiC made, on the contracts of a project (procore-api §9; F-06).

There is no sync for them: each is found by its origin id in its contract's list before it is made. A synced payment is frozen
but for its external ids, so to change or delete one its origin id goes first; `origin_data` keeps the same key meanwhile, by
which it is found again after a cut.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from decimal import Decimal, InvalidOperation
from typing import Any

from domain.ports import Given, NotThere, Taken
from systems.procore.client import ProcoreClient
from systems.procore.contract_payments import PATH
from systems.procore.one_by_one import Body, judged, made, there

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
                payments = await place.payments()
            except NotThere:
                taken += [Taken(key=row.key, refusal=f"it has no contract {contract} any more") for row in some]
                continue
            taken += [await judged(row, place.write(row, _found(row, payments))) for row in some]
        return taken

    async def remove(self, company: int, project: int | None, rows: list[Given]) -> list[Taken]:
        taken: list[Taken] = []
        for contract, some in _by_contract(rows):
            place = _Contract(self._client, company, project or 0, contract)
            try:
                payments = await place.payments()
            except NotThere:
                payments = []
            taken += [await judged(row, place.take_out(row, _found(row, payments))) for row in some]
        return taken


class _Contract:
    """The payments of one contract."""

    def __init__(self, client: ProcoreClient, company: int, project: int, contract: int) -> None:
        self._client, self._company = client, company
        self._scope: dict[str, str | int] = {"project_id": project, "contract_id": contract}

    async def payments(self) -> list[Body]:
        return await there(self._client, PATH, self._company, self._scope)

    async def write(self, row: Given, current: Body | None) -> Taken:
        """Make it, or make it what it should be; nothing where it is that already."""
        wanted = {**row.body["payment"], "origin_id": row.origin_id, "origin_data": row.origin_id}
        if current is None:
            new = await made(self._client, PATH, self._company, self._body(wanted))
            return Taken(key=row.key, id=new["id"])
        if refusal := _foreign(row, current):
            return refusal
        differs = any(not _same(value, current.get(name)) for name, value in wanted.items() if name not in UNREAD)
        if differs:
            if current.get("origin_id"):
                await self._free(row, current)
            await self._patch(current, wanted)
        return Taken(key=row.key, id=current["id"])

    async def take_out(self, row: Given, current: Body | None) -> Taken:
        if current is not None:
            if refusal := _foreign(row, current):
                return refusal
            if current.get("origin_id"):
                await self._free(row, current)
            await self._client.delete(f"{PATH}/{current['id']}", self._company, self._scope)
        return Taken(key=row.key, id=row.id)

    async def _free(self, row: Given, current: Body) -> None:
        await self._patch(current, {"origin_id": None, "origin_data": row.origin_id})

    async def _patch(self, current: Body, values: Body) -> None:
        await self._client.patch(f"{PATH}/{current['id']}", self._company, self._body(values))

    def _body(self, values: Body) -> Body:
        return {**self._scope, "contract_payment": values}


def _foreign(row: Given, current: Body) -> Taken | None:
    """An id that another integration gave is never written over (F-05)."""
    owner = current.get("origin_id")
    if not owner or owner == row.origin_id:
        return None
    return Taken(key=row.key, id=row.id, refusal=f"another integration owns it (its origin id is {str(owner)[:60]!r})")


def _by_contract(rows: Iterable[Given]) -> list[tuple[int, list[Given]]]:
    found: dict[int, list[Given]] = {}
    for row in rows:
        found.setdefault(int(row.body["contract"]), []).append(row)
    return list(found.items())


def _found(row: Given, payments: list[Body]) -> Body | None:
    """The payment of this row: by the id that is known, by its origin id, by what it kept of it."""
    tests: tuple[Callable[[Body], bool], ...] = (
        lambda payment: row.id is not None and payment.get("id") == row.id,
        lambda payment: payment.get("origin_id") == row.origin_id,
        lambda payment: not payment.get("origin_id") and payment.get("origin_data") == row.origin_id,
    )
    return next((payment for test in tests for payment in payments if test(payment)), None)


def _same(wanted: Any, current: Any) -> bool:
    """Whether two values say the same: an amount is written with more or fewer zeros, nothing is an empty text."""
    if wanted in (None, "") or current in (None, ""):
        return wanted in (None, "") and current in (None, "")
    if str(wanted) == str(current):
        return True
    try:
        return Decimal(str(wanted)) == Decimal(str(current))
    except InvalidOperation:
        return False
