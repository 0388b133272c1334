"""Commitment change orders: change orders of CMiC subcontracts (O-12, R-12).

CMiC takes one only on a base that is posted or in process (cmic-api §4.4): until then an accepted one is held, and says so.
"""

from __future__ import annotations

import re
from datetime import date
from typing import Any

from pydantic import BaseModel, ConfigDict, Field

from domain.commitment import export_is_on, status_is_approved, texts_fit
from domain.export_rows import came_back, export_steps, send_and_decide, unlink_and_watch
from domain.facts import Facts, References
from domain.lifecycle import Lifecycle, PrerequisiteRow
from domain.lines import Line, code_is_usable, has_lines, lines_add_up, lines_on_known_codes, units_are_known
from domain.money import Amount
from domain.refusals import Refusal, refuse
from domain.states import Condition

KIND = "commitment_change_order"
BASE = "000"
"""The change code of the base contract: no change order's (cmic-api §3.7)."""


class ChangeOrderLine(Line):
    """A line. `on_line` is the commitment's line that it changes; without one it adds a line."""

    on_line: int | None = None


class CommitmentChangeOrder(BaseModel):
    model_config = ConfigDict(frozen=True)

    id: int
    contract_id: int
    contract_number: str = ""
    number: str = ""
    title: str = ""
    description: str = ""
    status: str = ""
    total: Amount | None = None
    lines: list[ChangeOrderLine] = []

    @property
    def what(self) -> str:
        return "change order"

    @property
    def vendor_id(self) -> int | None:
        return None

    def origin_is_ours(self, references: References, typed: dict[str, Any]) -> bool:
        return True

    def business(self) -> dict[str, Any]:
        return self.model_dump(mode="json", exclude={"contract_number"})


class ChangeOrderFields(BaseModel):
    """What the approver may type: CMiC's change code (else made from Procore's number), a transaction date, a description."""

    model_config = ConfigDict(extra="forbid", str_strip_whitespace=True)

    erp_id: str | None = Field(default=None, min_length=1, max_length=6, pattern=r"^[A-Za-z0-9_.-]+$")
    transaction_date: date | None = None
    description: str | None = Field(default=None, max_length=4000)
    preview: str | None = Field(default=None, min_length=6, max_length=64)


def change_code(number: str) -> str:
    """CMiC's change code for Procore's number: plain digits are filled to three ("7" is 007), the rest stays as it is."""
    text = number.strip().upper()
    return text.zfill(3) if re.fullmatch(r"[0-9]{1,3}", text) else text


def has_change_code(facts: Facts) -> list[Refusal]:
    code = change_code(str(facts.typed.get("erp_id") or facts.document.number))
    if code == BASE:
        where = "Procore, the change order's number, or the ERP id typed by the approver"
        problem = "000 is the base contract's"
        return [refuse("field_not_usable", field="The change code", problem=problem, where=where)]
    return code_is_usable(facts, code, "The change code", facts.settings.limits.change_code)


OWN_GUARDS = (
    export_is_on,
    status_is_approved,
    has_change_code,
    texts_fit,
    has_lines,
    lines_on_known_codes,
    lines_add_up,
    units_are_known,
)

LIFECYCLE = Lifecycle(
    kind=KIND,
    workflow_type="CommitmentChangeOrderLifecycle",
    label="commitment change order",
    rows=(
        *send_and_decide(OWN_GUARDS, ChangeOrderFields, direct=True),
        *export_steps(OWN_GUARDS, ChangeOrderFields),
        *came_back(),
        *unlink_and_watch(),
    ),
    own_guards=OWN_GUARDS,
    prerequisites=(
        PrerequisiteRow("project", Condition.JOB_EXISTS),
        PrerequisiteRow("commitment", Condition.OPEN_FOR_CHANGES),
    ),
)
