"""What the tests of the CMiC client share: a gateway over a scripted transport, rows, groups, a dialect of other names."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from datetime import date
from decimal import Decimal
from typing import Any

import httpx
import yaml

from domain.records import Group, Key, Record
from systems.cmic.config import BasicSignIn, CmicConfig
from systems.cmic.dialect import STANDARD, Dialect
from systems.cmic.gateway import CmicGateway
from systems.cmic.resource import Resource

PASSWORD = "correct horse"
DIALECT = Dialect.load()
Handler = Callable[[httpx.Request], httpx.Response]


def config(**changes: Any) -> CmicConfig:
    values: dict[str, Any] = {
        "base_url": "http://cmic.test",
        "environment": "cmictest",
        "sign_in": BasicSignIn(client_id="DEMO", user="CONNECTOR", password=PASSWORD),
    }
    return CmicConfig.model_validate(values | changes)


@asynccontextmanager
async def opened(
    handler: Handler, *, dialect: Dialect | None = None, **changes: Any
) -> AsyncIterator[tuple[CmicGateway, list[httpx.Request]]]:
    """A gateway whose requests go to the handler, and the list of those requests."""
    seen: list[httpx.Request] = []

    def record(request: httpx.Request) -> httpx.Response:
        seen.append(request)
        return handler(request)

    gateway = CmicGateway.open(config(**changes), dialect=dialect, transport=httpx.MockTransport(record))
    try:
        yield gateway, seen
    finally:
        await gateway.aclose()


def collection(*rows: dict[str, Any], has_more: bool = False) -> httpx.Response:
    body = {"items": list(rows), "count": len(rows), "hasMore": has_more, "limit": 500, "offset": 0, "links": []}
    return httpx.Response(200, json=body)


def contract_key(contract: str = "SC-1", **parts: str) -> Key:
    known = {"company": "01", "vendor": "ACME01", "contract": contract, "change_code": "000"} | parts
    return Key(resource="subcontract", parts=known)


def contract_row(contract: str = "SC-1", **changes: Any) -> dict[str, Any]:
    row = {
        "ScmstCompCode": "01",
        "ScmstVenCode": "ACME01",
        "ScmstContCode": contract,
        "ScmstChgCode": "000",
        "ScmstJobCode": "1042",
        "ScmstName": "Concrete",
        "ScmstOverrideFlag": None,
        "ScmstContAmt": 12,
        "ScmstStatusCode": "U",
        "ScmstPostDate": None,
        "ScmstVUuid": "AB" * 16,
        "ScmstIuCreateDate": "2026-01-02T03:04:05Z",
        "ScmstIuUpdateDate": None,
        "links": [{"rel": "self", "href": "http://elsewhere:80/x", "name": "scmast", "kind": "item"}],
    }
    return row | changes


def vendor_row(code: str, **changes: Any) -> dict[str, Any]:
    row = {"BpvenCompCode": "01", "BpvenBpCode": code, "BpvenBpName": f"{code} Inc.", "BpvenVUuid": f"U{code}"}
    return row | changes


def vendor_key(code: str, company: str = "01") -> Key:
    return Key(resource="vendor", parts={"company": company, "vendor": code})


def group(lines: int = 2, contract: str = "SC-1", vendor: str = "ACME01") -> Group:
    """A subcontract of job 1042 with lines of 10.01, 20.02 and so on."""
    key = contract_key(contract, vendor=vendor)
    header = Record(
        key=key,
        values={
            "job": "1042",
            "currency": "USD",
            "our_number": True,
            "contract_type": "SUB",
            "title": "Concrete",
            "scope": None,
            "date": date(2026, 1, 31),
            "start": None,
            "issued": None,
            "end": None,
            "executed": None,
            "retainage_percent": Decimal("10.0"),
            "accounting_date": date(2026, 2, 1),
        },
        label="Concrete",
    )
    records = [_line(key, number) for number in range(1, lines + 1)]
    total = sum((Decimal(str(r.values["amount"])) for r in records), Decimal(0))
    return Group(header=header, lines=records, total=total if lines else None)


def _line(header: Key, number: int) -> Record:
    return Record(
        key=Key(resource="subcontract_line", parts={**header.parts, "task": f"{number:04d}"}),
        values={
            "job": "1042",
            "task_name": f"Item {number}",
            "cost_code": "03-100",
            "category": "S",
            "uom": "LS",
            "quantity": None,
            "rate": None,
            "amount": Decimal(number) * Decimal("10.01"),
        },
        part=str(900 + number),
        label=f"line {number}",
    )


def echo(request: httpx.Request) -> httpx.Response:
    """Answers a batch as ADF does: every part with its row, which has got a uuid."""
    body = json.loads(request.content, parse_float=Decimal)
    parts = []
    for number, part in enumerate(body["parts"]):
        uuid = next(name for name in part["payload"] if name.endswith("VUuid"))
        parts.append({**part, "payload": {**part["payload"], uuid: f"{number:032X}"}})
    return httpx.Response(200, content=json.dumps({"parts": parts}, default=float))


def renamed(prefix: str = "Zz") -> Dialect:
    """The standard dialect of a tenant with other attribute names."""
    content = yaml.safe_load(STANDARD.read_text())
    for resource in content["resources"].values():
        for attribute in resource["attributes"].values():
            if attribute["name"]:
                attribute["name"] = prefix + attribute["name"]
    return Dialect.model_validate(content)


def renames(known: Callable[[Resource, str], set[str]], prefix: str = "Zz") -> dict[str, dict[str, str]]:
    """What a tenant has renamed, by resource of the stand-in: the difference between the two dialects. `known` tells the
    names that a resource has at one of its paths."""
    found: dict[str, dict[str, str]] = {}
    for resource in DIALECT.resources.values():
        for path in {resource.path, resource.shown_at}:
            there = known(resource, path)
            names = [a.name for a in resource.used.values() if a.name in there]
            found[STAND_IN_LISTS.get(path, path)] = {name: prefix + name for name in names}
    return found


STAND_IN_LISTS = {"ApVoucherDetailViewObj": "apvoucherdetail", "PayamtChqmanViewObj": "payamtchqman"}
"""What the stand-in calls the resources behind the lists inside a header."""
