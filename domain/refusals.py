"""Every reason for which something is not done: one table of code, sentence, owner and place (B-02).

`docs/errors.md` is generated from this table. The families are the four kinds of error of the house: refused by a
rule, refused by the other system, temporary, defect.
"""

from __future__ import annotations

from enum import StrEnum
from typing import Any

from pydantic import BaseModel, ConfigDict

from domain.texts import storable


class Family(StrEnum):
    RULE = "refused by a rule"
    OTHER_SYSTEM = "refused by the other system"
    TEMPORARY = "temporary"
    DEFECT = "defect"


class Owner(StrEnum):
    """Who can put it right."""

    SENDER = "project team"
    APPROVER = "accounting approver"
    ACCOUNTANT = "CMiC accountant"
    ADMINISTRATOR = "ERP administrator"
    OPERATOR = "operator"


class Reason(BaseModel):
    """A row of the catalogue. `sentence` and `where` are templates over the refusal's parameters."""

    model_config = ConfigDict(frozen=True)

    code: str
    family: Family
    sentence: str
    owner: Owner
    where: str


class Refusal(BaseModel):
    """One reason, with its parameters: what a person reads. `object` is the key of the object it points at, if any."""

    model_config = ConfigDict(frozen=True)

    code: str
    sentence: str
    owner: str
    where: str
    parameters: dict[str, str] = {}
    object: str | None = None

    @property
    def family(self) -> Family:
        return CATALOGUE[self.code].family


CATALOGUE: dict[str, Reason] = {}


def reason(code: str, family: Family, owner: Owner, sentence: str, where: str) -> None:
    """Enter a row of the catalogue; codes are unique."""
    if code in CATALOGUE:
        raise ValueError(f"two reasons are called {code}")
    CATALOGUE[code] = Reason(code=code, family=family, owner=owner, sentence=sentence, where=where)


def refuse(code: str, object: str | None = None, **parameters: Any) -> Refusal:  # noqa: A002
    """Build a refusal from the catalogue. Long parameters are shortened, so that no refusal carries a document."""
    row = CATALOGUE[code]
    values = {name: storable(_short(str(value))) for name, value in parameters.items()}
    return Refusal(
        code=code,
        sentence=row.sentence.format_map(values),
        owner=row.owner.value,
        where=row.where.format_map(values),
        parameters=values,
        object=object,
    )


def _short(text: str, most: int = 600) -> str:
    return text if len(text) <= most else text[: most - 1] + "…"


R, O, T, D = Family.RULE, Family.OTHER_SYSTEM, Family.TEMPORARY, Family.DEFECT  # noqa: E741
SENDER, APPROVER, ACCOUNTANT, ADMIN, OPERATOR = (
    Owner.SENDER,
    Owner.APPROVER,
    Owner.ACCOUNTANT,
    Owner.ADMINISTRATOR,
    Owner.OPERATOR,
)

# Commands
reason("unknown_action", R, SENDER, "There is no action {action!r} for a {kind}.", "Actions: {allowed}")
reason("bad_input", R, SENDER, "The command can't be read: {problem}", "The command's input")
reason("not_allowed_now", R, SENDER, "A {kind} that is {state} can't be asked to {action}.", "Possible now: {allowed}")
reason(
    "already_decided",
    R,
    SENDER,
    "{winner} was first: {action} at {at}. Your {attempt} came after it and changed nothing.",
    "The item's history",
)
reason(
    "changed_since_seen",
    R,
    APPROVER,
    "The item has moved on since you looked at it (you saw step {seen}, it is at {now}).",
    "Look at it again, then decide",
)
reason("not_permitted", R, ADMIN, "{who} may not {action} this: {needs} is needed.", "The permission table")
reason("unknown_person", R, ADMIN, "Nobody known asks for this ({person}).", "Sign in, or the CLI's configuration")
reason(
    "operator_may_not_accept",
    R,
    APPROVER,
    "Accepting is an accounting approver's decision; it isn't open to a signal.",
    "The approver's inbox or procore-cmic accept",
)
reason(
    "typed_too_late",
    R,
    APPROVER,
    "CMiC already has {erp_key}: {field} can't be changed any more.",
    "Retry without it; or void the record in CMiC, unlink and send again",
)
reason(
    "own_item", R, APPROVER, "You sent it yourself; another approver decides on it.", "Settings, sender_may_not_approve"
)
reason(
    "preview_outdated",
    R,
    APPROVER,
    "What you approved ({approved}) isn't the item's current preview ({current}).",
    "Preview it again, then accept",
)
reason("field_missing", R, APPROVER, "{field} is needed to {action}.", "The approver's fields")
reason("field_too_long", R, SENDER, "{field} has {length} characters; CMiC takes {limit}.", "{where}")
reason("field_not_usable", R, SENDER, "{field} can't be used: {problem}", "{where}")

# What Procore holds
reason("not_in_procore", R, SENDER, "Procore has no such {kind}.", "Procore, {kind} {id}")
reason("procore_unreadable", D, OPERATOR, "Procore's answer can't be read: {problem}", "Procore's answer for {id}")
reason(
    "foreign_origin_id",
    R,
    ADMIN,
    "Another integration owns this {kind} in Procore (its origin id is {origin_id!r}).",
    "Procore, the item's ERP data",
)
reason(
    "status_not_approved",
    R,
    SENDER,
    "Its status is {status}; only Approved can be sent.",
    "Procore, the {kind}'s status",
)
reason("no_number", R, SENDER, "It has no {what}.", "Procore, the {kind}")
reason("no_vendor", R, SENDER, "It names no contract company.", "Procore, the {kind}'s contract company")
reason("no_lines", R, SENDER, "It has no line in its schedule of values.", "Procore, the schedule of values")
reason(
    "too_many_lines",
    R,
    SENDER,
    "It has {count} lines; one export takes at most {limit}.",
    "Procore, the schedule of values",
)
reason("line_without_code", R, SENDER, "Line {line} has no {what}.", "Procore, schedule of values, line {line}")
reason(
    "code_not_synced",
    R,
    ADMIN,
    "Line {line} sits on {pair}, which is not on CMiC's list for job {job}.",
    "CMiC, job {job}: assign the cost code and category, then refresh; or move the line",
)
reason(
    "unit_amount_differs",
    R,
    SENDER,
    "Line {line}: {quantity} × {unit_cost} is {product}, but its amount is {amount}.",
    "Procore, schedule of values, line {line}",
)
reason(
    "amount_not_whole_cents", R, SENDER, "Line {line}: {amount} isn't a whole number of cents.", "Procore, line {line}"
)
reason(
    "total_differs",
    R,
    SENDER,
    "Its lines add up to {lines}, but the {kind} says {total}.",
    "Procore, the {kind}'s schedule of values",
)
reason(
    "custom_segments",
    R,
    ADMIN,
    "Its project uses custom WBS segments ({segments}), which CMiC has no place for.",
    "Procore, project settings",
)
reason("company_inactive", R, SENDER, "The company is inactive in Procore's directory.", "Procore, company directory")
reason("no_name", R, SENDER, "It has no name.", "Procore, the {kind}'s name")
reason("export_switched_off", R, ADMIN, "Exporting a {kind} is switched off in the settings.", "Settings")

reason(
    "status_not_billable",
    R,
    SENDER,
    "Its status is {status}; an invoice goes as Approved, Approved as Noted or Pending Owner Approval.",
    "Procore, the invoice's status",
)
reason("zero_total", R, SENDER, "It adds up to zero: there is nothing to send.", "Procore, the {kind}'s lines")
reason("no_date", R, SENDER, "It has no {what}.", "Procore, the {kind}")
reason(
    "over_billed",
    R,
    SENDER,
    "Line {line} bills {billed} of {scheduled}: not within its scheduled value.",
    "Procore, the invoice's line {line}",
)
reason(
    "releases_too_much",
    R,
    SENDER,
    "Line {line} releases {released} of retainage, but only {held} is held.",
    "Procore, the invoice's line {line}",
)
reason(
    "line_not_in_cmic",
    R,
    APPROVER,
    "Line {line} bills a line of {parent} that isn't in CMiC.",
    "Unlink {parent} and send it again",
)
reason("no_due_amount", R, SENDER, "Procore doesn't say what is due for it.", "Procore, the invoice's summary")
reason(
    "detail_schedule",
    R,
    SENDER,
    "It bills a subcontractor's detail schedule, and Procore doesn't tell which line of the contract a detail is of.",
    "Procore, the commitment's settings: bill the contract's own lines",
)
reason("budget_unlocked", R, SENDER, "The budget isn't locked.", "Procore, the project's budget: lock it")
reason("nothing_new", R, SENDER, "Nothing is new since the last export.", "Procore, the {kind}")
reason(
    "not_budgeted_yet",
    R,
    ACCOUNTANT,
    "The last export isn't posted in CMiC yet, or not shown there as budgeted cost.",
    "CMiC: post the budget's PCI",
)
reason(
    "confirmation_needed",
    R,
    APPROVER,
    "Exporting the budget closes its import from CMiC for good: confirm it.",
    "The approver's fields: confirm_import_closed",
)
reason(
    "modification_without_source",
    R,
    SENDER,
    "It moves money from nowhere: a transfer in CMiC nets to zero.",
    "Procore, the budget modification's from line",
)
reason(
    "not_the_export_month",
    R,
    SENDER,
    "{given!r} is no month: a forecast is named by its month as YYYYMM.",
    "The forecast",
)
reason("no_forecast", R, SENDER, "The budget view has no amount to forecast with.", "Procore, budget view: {column}")
reason("not_procore_pay", R, SENDER, "It wasn't made with Procore Pay; only those go to CMiC.", "Procore, the payment")
reason("setting_missing", R, ADMIN, "{what} isn't set.", "Settings: {where}")
reason(
    "payment_pending", R, SENDER, "The payment is {status} in Procore: it isn't settled yet.", "Procore, the payment"
)
reason("payment_void", R, SENDER, "The payment is void in Procore.", "Procore, the payment")
reason("no_invoice", R, SENDER, "The payment names no invoice.", "Procore, the payment's invoice")
reason(
    "plain_code_list",
    R,
    ADMIN,
    "Its cost codes come from a list that isn't the ERP standard list.",
    "Procore, project settings",
)
reason(
    "not_in_master", R, ADMIN, "{count} cost code(s) aren't on CMiC's master list: {list}.", "CMiC, master cost codes"
)
reason(
    "no_such_object",
    R,
    ADMIN,
    "CMiC's connector has no {kind}: it can't be exported. {instead}",
    "The documentation: what goes to CMiC",
)
reason(
    "old_record_there",
    O,
    ACCOUNTANT,
    "CMiC still has {erp_key}, which was written before the reset.",
    "CMiC: delete or void it there, then send again",
)
reason(
    "id_of_another",
    R,
    APPROVER,
    "{erp_id} is the ERP id of {holder} already: one ERP id, one {kind}.",
    "Choose another id, or unlink that one",
)

# Prerequisites
reason(
    "depended_on",
    R,
    APPROVER,
    "{count} other item(s) wait for it or depend on it: {list}.",
    "Retrieve, reject or unlink those first",
)

# CMiC
reason(
    "number_taken",
    O,
    APPROVER,
    "CMiC already has {what} {erp_key}, and this connector did not write it. Differences: {differences}",
    "Adopt it if it is the same contract; otherwise give this one another number",
)
reason(
    "number_taken_by_void",
    O,
    SENDER,
    "CMiC has a void {what} {erp_key}: its number stays taken.",
    "Give this one another number in Procore, or when accepting",
)
reason("key_reserved", R, APPROVER, "{erp_key} is already reserved for {holder}.", "Give this one another number")
reason(
    "already_linked",
    R,
    APPROVER,
    "CMiC's {erp_key} is already linked to {holder}.",
    "Unlink that one first, or choose another id",
)
reason("not_in_cmic", O, ADMIN, "CMiC has no {what} {erp_key}.", "CMiC; or retry (a project: link) with another id")
reason("inactive_in_cmic", O, ACCOUNTANT, "CMiC's {what} {erp_key} is not active.", "CMiC")
reason("cmic_refused", O, ACCOUNTANT, "CMiC refused it: {words}", "CMiC; put it right there, then retry here")
reason(
    "cmic_wants_first",
    O,
    ACCOUNTANT,
    "CMiC wants something else first: {words}",
    "CMiC; it leaves by itself once that is done",
)
reason(
    "cmic_differs",
    O,
    ACCOUNTANT,
    "What CMiC holds under {erp_key} isn't what was approved: {differences}",
    "CMiC; correct or void the record there, then retry",
)
reason("cmic_not_granted", O, OPERATOR, "CMiC does not let the connector's user do this: {words}", "CMiC, API Security")
reason("cmic_unreachable", T, OPERATOR, "CMiC can't be reached: {words}", "It tries again by itself")
reason("procore_unreachable", T, OPERATOR, "Procore can't be reached: {words}", "It tries again by itself")
reason("procore_refused", O, SENDER, "Procore refused it: {words}", "Procore")
reason(
    "deleted_in_procore",
    O,
    SENDER,
    "It was deleted in Procore after it was approved.",
    "Void the record in CMiC, then unlink",
)
reason("still_in_cmic", O, ACCOUNTANT, "CMiC still has {erp_key}.", "CMiC: delete or void it there, then unlink again")
reason(
    "exists_in_cmic",
    R,
    APPROVER,
    "CMiC has {erp_key}, so it can't be rejected any more.",
    "Retry it, adopt it or unlink it",
)
reason(
    "write_still_open",
    R,
    APPROVER,
    "An export was cut off {seconds} seconds ago and CMiC may still be committing it.",
    "Try again in {wait} seconds",
)
reason("lost_reference", D, OPERATOR, "A step met something that can't be: {problem}", "The worker's log")


class Refused(Exception):
    """Something is refused, by a rule or by the other system: it carries every reason."""

    def __init__(self, *refusals: Refusal) -> None:
        super().__init__("; ".join(r.sentence for r in refusals))
        self.refusals = list(refusals)

    @property
    def told(self) -> str:
        """The first reason, in the other system's own words where it gave any."""
        first = self.refusals[0]
        return first.parameters.get("words") or first.sentence
