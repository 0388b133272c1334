"""The dialect held against a tenant's own description: what is present, missing or different (cmic-api §1.4, §9)."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import httpx
import pytest

from domain.ports import Unavailable
from systems.cmic.dialect import Dialect
from systems.cmic.gateway import CmicGateway
from systems.cmic.resource import Resource
from tests.systems.cmic.support import DIALECT, opened

Handler = Callable[[httpx.Request], httpx.Response]


def described(dialect: Dialect, path: str) -> dict[str, Any]:
    """A tenant's description that agrees with a dialect in everything."""
    resource = next(r for r in dialect.resources.values() if path in (r.path, r.shown_at))
    rules = [rule for rule in (resource.lookup, resource.changed) if rule is not None and rule.by == "finder"]
    finders = [
        {
            "name": rule.finder,
            "attributes": [{"name": n} for n in getattr(rule, "parameters", {rule_parameter(rule): 0})],
        }
        for rule in rules
    ]
    children = {
        line.path: {"attributes": attributes(line)}
        for line in dialect.resources.values()
        if line.inside and dialect.resources[line.inside.resource] is resource
    }
    body = {"attributes": attributes(resource), "collection": {"finders": finders}, "children": children}
    return {"Resources": {path: body}}


def attributes(resource: Resource) -> list[dict[str, Any]]:
    kinds = {"number": "number", "digits": "integer", "date": "date", "time": "datetime"}
    return [
        {
            "name": a.name,
            "type": kinds.get(a.type, "string"),
            "updatable": True,
            **({"precision": a.max_length} if a.max_length else {}),
        }
        for a in resource.used.values()
    ]


def rule_parameter(rule: Any) -> str:
    return str(getattr(rule, "parameter", ""))


def describing(change: Callable[[str, dict[str, Any]], Any]) -> Handler:
    def handler(request: httpx.Request) -> httpx.Response:
        path = request.url.path.split("/")[-2]
        assert request.url.path.endswith(f"/{path}/describe")
        body = described(DIALECT, path)
        answer = change(path, body["Resources"][path])
        return answer if isinstance(answer, httpx.Response) else httpx.Response(200, json=body)

    return handler


async def verdicts(gateway: CmicGateway) -> dict[str, tuple[str, str]]:
    return {d.entry: (d.verdict, d.detail) for d in await gateway.describe()}


async def test_a_tenant_that_agrees_lacks_only_what_has_no_place() -> None:
    async with opened(describing(lambda path, body: None)) as (gateway, seen):
        differences = await gateway.describe()
    listings = [r for r in DIALECT.resources.values() if r.listing]
    assert len(seen) == len(DIALECT.resources) + len(listings)
    assert {d.entry for d in differences if d.verdict != "present"} == {"subcontract.accounting_date", "vendor.name"}
    finders = [d.entry for d in differences if " finder " in d.entry]
    assert len(finders) == 7
    by_entry = {d.entry: d.evidence for d in differences}
    assert len(by_entry) == len(differences)
    assert {f"{name}.{ours}" for name, r in DIALECT.resources.items() if not r.listing for ours in r.attributes} < set(
        by_entry
    )
    sent_or_read = {e.removeprefix("voucher listing.").removeprefix("voucher.") for e in by_entry}
    assert set(DIALECT.resources["voucher"].attributes) < sent_or_read
    assert by_entry["subcontract.scope"] == "A-17"


async def test_what_is_missing_or_different_is_named() -> None:
    def change(path: str, body: dict[str, Any]) -> httpx.Response | None:
        if path == "jcjob":
            return httpx.Response(404, text="no such resource")
        if path == "apvendor":
            return httpx.Response(200, json={"Resources": {}})
        by_name = {a["name"]: a for a in body["attributes"]}
        if path == "scmast":
            by_name["ScmstContCode"]["precision"] = 16
            by_name["ScmstDate"]["type"] = "number"
            by_name["ScmstName"] |= {"updatable": False, "precision": 50}
            by_name["ScmstDesc"] = {"name": "ScmstDesc"}
            by_name["ScmstContType"]["precision"] = 30
            body["attributes"] = [a for a in by_name.values() if a["name"] != "ScmstScopeDesc"]
            body["collection"]["finders"] = [
                {"name": "selectByCompany", "attributes": [{"name": "CompCodeVar"}]},
                "odd",
            ]
        return None

    async with opened(describing(change)) as (gateway, _):
        found = await verdicts(gateway)
    assert found["subcontract"][0] == "present"
    assert found["subcontract.contract"] == ("different", "ScmstContCode: length 20 here, 16 in CMiC")
    assert found["subcontract.date"] == ("different", "ScmstDate: a date here, number in CMiC")
    assert found["subcontract.title"] == ("different", "ScmstName: written here, read only in CMiC")
    assert found["subcontract.contract_type"] == ("present", "ScmstContType, length 30")
    assert found["subcontract.scope"][0] == "missing"
    assert "skip_attributes" in found["subcontract.scope"][1]
    assert found["subcontract finder selectByCompany"] == (
        "different",
        "selectByCompany has no ContCodeVar, VendorCodeVar",
    )
    assert found["subcontract finder selectByPostDate"][0] == "missing"
    assert found["job"][0] == "missing"
    assert "no such resource" in found["job"][1]
    assert found["vendor"][0] == "missing"


async def test_a_tenant_that_cannot_be_reached_is_not_described() -> None:
    async with opened(lambda request: httpx.Response(503)) as (gateway, _):
        with pytest.raises(Unavailable):
            await gateway.describe()


async def test_a_list_inside_a_header_and_another_path_are_held_against_it_too() -> None:
    def change(path: str, body: dict[str, Any]) -> httpx.Response | None:
        if path == "apvoucher":
            body["attributes"] = [a for a in body["attributes"] if a["name"] != "VouStatusCode"]
            lines = body["children"]["ApVoucherDetailViewObj"]["attributes"]
            lines[:] = [a for a in lines if a["name"] != "VdistTranScschLstAmt"]
        if path == "apallvouchers":
            body["attributes"] = [a for a in body["attributes"] if a["name"] not in ("VouBchPost", "VouPaidAmt")]
        if path == "manualcheck":
            body["children"] = {"PayamtChqmanViewObj": {"resource": "elsewhere"}}
        return None

    async with opened(describing(change)) as (gateway, _):
        found = await verdicts(gateway)
    assert {entry for entry, (verdict, _) in found.items() if verdict == "missing"} == {
        "voucher_line.amount",
        "voucher listing.paid",
    }
    assert "add voucher.paid to skip_attributes" in found["voucher listing.paid"][1]
    assert found["voucher_line"] == ("present", "ApVoucherDetailViewObj")
    assert found["payment_line"] == ("present", "PayamtChqmanViewObj")
    assert "payment_line.amount" not in found


@pytest.mark.parametrize("children", [{}, {"ApVoucherDetailViewObj": "odd"}, "odd"])
async def test_a_header_without_the_list_is_told(children: Any) -> None:
    def change(path: str, body: dict[str, Any]) -> httpx.Response | None:
        if path == "apallvouchers":
            return httpx.Response(404, text="no such resource")
        if path == "apvoucher":
            body["children"] = children
        return None

    async with opened(describing(change)) as (gateway, _):
        found = await verdicts(gateway)
    assert found["voucher_line"][0] == "missing"
    assert found["voucher listing"][0] == "missing"
    assert found["voucher"][0] == "present"
