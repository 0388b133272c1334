"""A few shapes of Procore's replies, written from the reference: what is checked where no API description is at hand."""

from __future__ import annotations

import re
from collections.abc import Iterator

from tests.sandbox.procore.stand import Json

ERROR_KEYS = {"code", "message", "fields", "reason", "error"}
TYPE_KEYS = {"id", "name", "code", "base_type", "origin_data", "origin_id"}
UNION_KEYS = {
    "id", "title", "number", "status", "description", "executed", "delivery_date", "created_at", "private", "vendor",
}  # fmt: skip
VENDOR_KEYS = {
    "id", "name", "abbreviated_name", "trade_name", "legal_name", "company", "address", "city", "state_code", "zip",
    "country_code", "business_phone", "mobile_phone", "fax_number", "email_address", "website", "is_active",
    "origin_id", "origin_code", "origin_data", "synced_to_erp", "vendor_group", "primary_contact", "parent",
    "standard_cost_codes", "attachments", "authorized_bidder", "bidding", "bidding_distribution", "business_id",
    "business_register", "children_count", "company_vendor", "contact_count", "created_at", "is_connected",
    "labor_union", "license_number", "logo", "non_union_prevailing_wage", "notes", "prequalified", "project_ids",
    "trades", "union_member", "updated_at",
}  # fmt: skip
STATUSES = {"Draft", "Out For Bid", "Out For Signature", "Approved", "Complete", "Terminated", "Void"}
LISTS = {
    "/rest/v1.0/vendors": VENDOR_KEYS,
    "/rest/v1.0/commitments": UNION_KEYS,
    "/rest/v1.0/line_item_types": TYPE_KEYS,
}
MONEY = re.compile(r"^-?\d+\.\d+$")


def violations(exchanges: list[Json]) -> list[str]:
    """What breaks a shape, each kind once."""
    return sorted({text for exchange in exchanges for text in _violations(exchange)})


def _violations(exchange: Json) -> Iterator[str]:
    path, body, status = exchange["path"], exchange["response"], exchange["status"]
    where = f"{exchange['method']} {path}"
    if not path.startswith("/rest/"):
        return
    if status >= 400:
        if set(body) not in _error_keys(path, status):
            yield f"{where}: error body {sorted(body)}"
        return
    if path.endswith("/sync") and exchange["method"] == "PATCH" and set(body) != {"entities", "errors"}:
        yield f"{where}: sync body {sorted(body)}"
    for row in body if exchange["method"] == "GET" and path in LISTS else []:
        yield from _row(where, row, LISTS[path])
    if isinstance(body, dict) and "grand_total" in body:
        for holder, name in [(body, "grand_total"), *((line, "amount") for line in body.get("line_items", []))]:
            if not MONEY.match(holder[name]):
                yield f"{where}: {name} {holder[name]!r}"


def _error_keys(path: str, status: int) -> list[set[str]]:
    """The usual body of the API's version, or one that only some endpoints have for some statuses."""
    if path.startswith("/rest/v2"):
        return [{"error"}]
    if "/budget_changes" in path and status in (400, 404):
        return [ERROR_KEYS, {"errors"}]
    return [ERROR_KEYS, {"message", "exception"}, {"message", "error"}]


def _row(where: str, row: Json, keys: set[str]) -> Iterator[str]:
    if set(row) - keys:
        yield f"{where}: unknown keys {sorted(set(row) - keys)}"
    if not isinstance(row["id"], int):
        yield f"{where}: id {row['id']!r}"
    if row.get("status") not in {None, *STATUSES}:
        yield f"{where}: status {row['status']!r}"
