"""Markups of a prime contract and of its change orders (procore-api §8).

The holder types are Contract and PotentialChangeOrder. ASSUMPTION: a prime contract change order of the newer model is a
holder of the second type under its own id; no public text says so. Where Procore knows no such holder, the change order
has no markups of its own, and its lines must make its total without any.
"""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from domain.ports import NotThere
from systems.procore.client import ProcoreClient
from systems.procore.errors import unreadable
from systems.procore.numbers import amount, whole, whole_or_none
from systems.procore.records import check_distinct, part
from systems.procore.wbs import WbsCodes, wbs_code_id

CONTRACT, CHANGE_ORDER = "Contract", "PotentialChangeOrder"
VIEW = "with_erp_data"
"""Only this view shows the prime contract line that a markup goes to."""
RULES = ("applies_to_all", "compound", "markup_conditions")
"""What narrows a markup down to some lines: left as Procore's, for guards to refuse what they don't compute."""


class Markups:
    """The markups that one change order may have. Everything here raises Unavailable, Refused."""

    def __init__(self, client: ProcoreClient, company: int, project: int, codes: WbsCodes, what: str) -> None:
        self._client, self._company, self._project, self._codes, self._what = client, company, project, codes, what

    async def of_contract(self, contract: int) -> list[dict[str, Any]]:
        """The contract's own, and those it has for change orders to come (`markup_set` tells)."""
        return await part(self._of(CONTRACT, contract), "contract's markups", self._what)

    async def of_change_order(self, number: int, total: Any, lines: Decimal) -> list[dict[str, Any]]:
        """The change order's own. `total` is its grand total, `lines` what its lines come to."""
        try:
            return await self._of(CHANGE_ORDER, number)
        except NotThere:
            if amount(total, "its grand_total", self._what) == lines:
                return []
            raise unreadable(
                "its markups can't be read, and its lines alone don't make its total", self._what
            ) from None

    async def _of(self, holder_type: str, holder: int) -> list[dict[str, Any]]:
        query: dict[str, str | int] = {
            "project_id": self._project,
            "holder_type": holder_type,
            "holder_id": holder,
            "view": VIEW,
        }
        rows = await self._client.all_pages("/rest/v1.0/financials/markups", self._company, query)
        markups = [self._markup(row, holder_type) for row in rows]
        check_distinct([markup["id"] for markup in markups], "markups", self._what)
        return markups

    def _markup(self, row: dict[str, Any], holder_type: str) -> dict[str, Any]:
        number = whole(row.get("id"), "a markup's id", self._what)
        label, what = f"markup {number}'s", self._what
        return {
            "id": number,
            "holder_type": holder_type,
            "name": row.get("name"),
            "markup_set": row.get("markup_set"),
            "percentage": amount(row.get("percentage"), f"{label} percentage", what),
            "position": whole_or_none(row.get("position"), f"{label} position", what),
            "prime_line_item_id": whole_or_none(row.get("prime_line_item_id"), f"{label} prime_line_item_id", what),
            **self._codes.pair(wbs_code_id(row, what)),
            **{name: row.get(name) for name in RULES},
        }
