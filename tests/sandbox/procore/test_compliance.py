"""The compliance of commitments (procore-api §9)."""

from __future__ import annotations

import pytest

from tests.sandbox.procore.stand import ACME, BAKER, COMPANY, PROJECT, Api, Json

BASE = f"/rest/v1.0/projects/{PROJECT}/work_order_contracts"
BOND = {"name": "Bond", "type": "bond", "status": "compliant", "expires_at": "2099-01-01"}


@pytest.fixture
def contract(api: Api) -> str:
    """The path of a subcontract with Acme."""
    return f"{BASE}/{api.commitment()['id']}"


def document(api: Api, contract: str, **fields: Json) -> Json:
    return api.ok(api.post(f"{contract}/compliance_documents", {"attributes": {**BOND, **fields}}), 201)


def derived(api: Api, contract: str) -> tuple[str, str]:
    shown = api.ok(api.get(f"{contract}/compliance"))
    return shown["derived_compliance_status"], shown["derived_insurance_status"]


def test_what_is_said_stands_beside_what_is_derived(api: Api, contract: str) -> None:
    before = api.ok(api.get(f"{contract}/compliance"))
    assert (before["compliance_status"], before["updated_at"], before["compliance_documents"]) == (None, None, [])
    said = {"compliance_status": "not_compliant", "compliance_notes": "No bond", "insurance_status": "compliant"}
    written = api.ok(api.patch(f"{contract}/compliance", said))
    again = api.ok(api.patch(f"{contract}/compliance", {"compliance_status": "compliant"}))
    assert {name: written[name] for name in said} == said
    assert (again["compliance_status"], again["compliance_notes"]) == ("compliant", "No bond")
    assert again["updated_at"] > written["updated_at"]
    after = api.ok(api.get(f"{contract}/compliance"))
    assert (after["compliance_status"], after["derived_compliance_status"]) == ("compliant", "not_required")


@pytest.mark.parametrize("fields", [{"compliance_status": "fine"}, {"insurance_status": "expired"}])
def test_unknown_words_are_refused(api: Api, contract: str, fields: Json) -> None:
    assert api.patch(f"{contract}/compliance", fields).status_code == 422


def test_documents_are_written_listed_and_deleted(api: Api, contract: str) -> None:
    made = document(api, contract, notes="Seen")
    path = f"{contract}/compliance_documents/{made['id']}"
    assert (made["type"], made["expires_at"], made["attachments"]) == ("bond", "2099-01-01", [])
    changed = api.ok(api.patch(path, {"attributes": {"status": "not_compliant"}}))
    assert api.ok(api.get(f"{contract}/compliance_documents")) == [changed] == [api.ok(api.get(path))]
    assert api.ok(api.get(f"{contract}/compliance"))["compliance_documents"] == [changed]
    other = f"{BASE}/{api.commitment()['id']}"
    assert api.get(f"{other}/compliance_documents/{made['id']}").status_code == 404
    assert (api.delete(path).status_code, api.ok(api.get(f"{contract}/compliance_documents"))) == (204, [])


@pytest.mark.parametrize("fields", [{"name": ""}, {"type": None}, {"type": "promise"}, {"status": "expired"}])
def test_bad_documents_are_refused(api: Api, contract: str, fields: Json) -> None:
    answer = api.post(f"{contract}/compliance_documents", {"attributes": {**BOND, **fields}})
    assert (answer.status_code, answer.json()["fields"]) == (422, next(iter(fields)))


def test_documents_and_insurances_of_the_vendor_decide(api: Api, contract: str) -> None:
    assert derived(api, contract) == ("not_required", "not_required")
    document(api, contract)
    insurances = f"/rest/v1.0/companies/{COMPANY}/insurances"
    fields = {"vendor_id": ACME, "status": "compliant", "expiration_date": "2099-01-01"}
    api.ok(api.post(insurances, {"insurance": fields}), 201)
    api.ok(api.post(insurances, {"insurance": {**fields, "vendor_id": BAKER, "status": "non_compliant"}}), 201)
    assert derived(api, contract) == ("compliant", "compliant")
    document(api, contract, expires_at="2020-01-01")
    api.ok(
        api.post(
            insurances.replace(f"companies/{COMPANY}", f"projects/{PROJECT}"),
            {"insurance": {**fields, "status": "expired"}},
        ),
        201,
    )
    assert derived(api, contract) == ("not_compliant", "not_compliant")
    levels = [row["level"] for row in api.ok(api.get(f"{contract}/compliance"))["insurance_documents"]]
    assert levels == ["company", "project"]


def test_only_a_live_contract_of_the_kind_has_any(api: Api, contract: str) -> None:
    order = contract.replace("work_order_contracts", "purchase_order_contracts")
    assert api.get(f"{order}/compliance").status_code == 404
    api.stand.control("DELETE", f"/commitments/{contract.rpartition('/')[2]}")
    assert api.get(f"{contract}/compliance").status_code == 404


def test_a_user_may_enter_and_edit(api: Api) -> None:
    number = api.commitment()["id"]
    api.stand.control("POST", "/compliances", {"contract_id": number, "compliance_status": "compliant"})
    made = api.stand.control("POST", "/compliance_documents", {"contract_id": number, **BOND})
    api.stand.control("POST", f"/edit/compliance_documents/{made['id']}", {"name": "Better bond"})
    shown = api.ok(api.get(f"{BASE}/{number}/compliance"))
    assert shown["compliance_status"] == "compliant"
    assert [row["name"] for row in shown["compliance_documents"]] == ["Better bond"]
    api.stand.control("DELETE", f"/compliance_documents/{made['id']}")
    assert api.ok(api.get(f"{BASE}/{number}/compliance_documents")) == []
    assert len(api.stand.control("GET", "/books/compliances")) == 1
