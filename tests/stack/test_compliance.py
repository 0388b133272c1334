"""CMiC's compliance in Procore, through the whole stack: documents of contracts, insurances of companies (O-19, S-33; cmic-api
§4.6)."""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import Any

import pytest

from domain.refusals import Refused
from domain.states import State
from tests.paperwork import Body, Job, id_of, line
from tests.stack.imports import brought, done, in_procore, refused, writes
from tests.support import ERP, SENDER, Site

DATED = {"InsDateSensitiveFlag": "Y", "InsStartDate": "2026-01-01", "InsEndDate": "2026-12-31"}


@pytest.fixture(scope="module", autouse=True)
async def switched_on(connected: Site) -> AsyncIterator[None]:
    async with connected.settings(compliance=True):
        yield


@pytest.fixture(scope="module")
async def job(connected: Site) -> Job:
    return await Job.opened(connected)


@pytest.fixture
async def contract(job: Job) -> str:
    return await job.contracted(line("03-100", "S", "1000.00"))


async def required(site: Site, contract: str | None = None, cover: str = "COI", **more: Any) -> str:
    """A compliance row that the accountant enters, of a contract or of the vendor; its own id."""
    row = {"InsComplType": "VEN", "InsCompCode": ERP, "InsVenCode": "ACME01", "InsCoverTypeCode": cover, **more}
    row["InsVUuid"] = row["InsCertNum"] = site.code("CERT-")
    if contract is not None:
        row |= {"InsComplType": "SC", "InsScContCode": site.numbers.get(contract, contract)}
    await site.control("seed", apinsurance=[row])
    return str(row["InsVUuid"])


async def changed(site: Site, uuid: str, **more: Any) -> None:
    await site.control("edit", resource="apinsurance", where={"InsVUuid": uuid}, set=more)


async def dropped(site: Site, uuid: str) -> None:
    await site.control("delete", resource="apinsurance", where={"InsVUuid": uuid})


async def documents(site: Site, contract: str) -> list[Body]:
    rows = await in_procore(site, "compliance_documents", contract_id=id_of(contract))
    return sorted(rows, key=lambda row: row["id"])


async def said_of(site: Site, contract: str) -> tuple[str | None, str | None]:
    """The contract's compliance and insurance as Procore has them."""
    rows = await in_procore(site, "compliances", contract_id=id_of(contract))
    return (rows[0]["compliance_status"], rows[0]["insurance_status"]) if rows else (None, None)


async def insurance(site: Site, uuid: str) -> list[Body]:
    return await in_procore(site, "insurances", origin_id=f"{ERP}|{uuid}")


async def reasons(site: Site, uuid: str) -> list[str]:
    """The codes of the reasons for which a row was set aside."""
    rows = await site.office.ledger.pool.fetch(
        """select i.push_reasons from incoming i join import_places p on p.id = i.place
           where p.import = 'compliance' and i.erp_key = $1""",
        f"{ERP}|{uuid}",
    )
    return [reason["code"] for row in rows for reason in row["push_reasons"]]


async def test_a_contracts_rows_become_its_documents(site: Site, contract: str) -> None:
    insured = await required(
        site, contract, "COI", InsCoverTypeDesc="Certificate of insurance", InsAmt=1000000.0, **DATED
    )
    await changed(site, insured, InsDateComplianceFlag="Y")
    await required(site, contract, "W9", InsComplianceFlag="N")
    await done(site, "compliance")
    found = {d["type"]: d for d in await documents(site, contract)}
    coi, w9 = found["other"], found["w9"]
    assert (coi["name"], coi["status"]) == ("Certificate of insurance", "compliant")
    assert (coi["effective_at"], coi["expires_at"]) == ("2026-01-01", "2026-12-31")
    assert coi["notes"].startswith(f"Certificate {insured}, amount 1000000")
    assert coi["notes"].endswith(f"[CMiC insurance {ERP}|{insured}]")
    assert (w9["name"], w9["status"], w9["effective_at"]) == ("W9", "not_compliant", None)
    assert await said_of(site, contract) == ("not_compliant", "compliant")


@pytest.mark.parametrize(
    ("flags", "status"),
    [
        ({"InsComplianceFlag": "Y"}, "compliant"),
        ({"InsComplianceFlag": "N"}, "not_compliant"),
        ({"InsComplianceFlag": "Y", **DATED, "InsDateComplianceFlag": "N"}, "not_compliant"),
        ({"InsComplianceFlag": "N", **DATED, "InsDateComplianceFlag": "Y"}, "not_compliant"),
        ({"InsComplianceFlag": "Y", **DATED, "InsDateComplianceFlag": "Y"}, "compliant"),
    ],
)
async def test_what_depends_on_dates_needs_both_flags(
    site: Site, contract: str, flags: dict[str, Any], status: str
) -> None:
    await required(site, contract, **flags)
    of_vendor = await required(site, None, **flags)
    await done(site, "compliance")
    assert [d["status"] for d in await documents(site, contract)] == [status]
    assert await said_of(site, contract) == (None, status)
    (found,) = await insurance(site, of_vendor)
    assert found["status"] == status.replace("not_compliant", "non_compliant")


async def test_changes_follow_and_a_second_run_writes_nothing(site: Site, contract: str) -> None:
    row = await required(site, contract, "W9", InsComplianceFlag="N")
    await done(site, "compliance")
    (before,) = await documents(site, contract)
    await changed(site, row, InsComplianceFlag="Y")
    await done(site, "compliance")
    (after,) = await documents(site, contract)
    assert (after["id"], after["status"]) == (before["id"], "compliant")
    assert await said_of(site, contract) == ("compliant", None)
    for full in (False, True):
        await site.procore.post("/_sandbox/traffic/reset")
        summary = await done(site, "compliance", full=full)
        assert "; 0 written to Procore, 0 removed" in summary.words
        assert await writes(site) == 0


async def test_what_is_deleted_in_cmic_is_removed_and_what_people_entered_stays(
    site: Site, job: Job, contract: str
) -> None:
    await job.entered("compliance_documents", contract_id=id_of(contract), name="By hand", type="safety")
    rows = [await required(site, contract, "W9"), await required(site, contract, "BOND", InsComplianceFlag="N")]
    of_vendor = await required(site)
    await done(site, "compliance")
    assert [d["type"] for d in await documents(site, contract)] == ["safety", "w9", "bond"]
    for row in (rows[1], of_vendor):
        await dropped(site, row)
    await done(site, "compliance", full=True)
    assert [d["type"] for d in await documents(site, contract)] == ["safety", "w9"]
    assert await said_of(site, contract) == ("compliant", None), "what isn't CMiC's doesn't count"
    assert await insurance(site, of_vendor) == []
    await dropped(site, rows[0])
    await done(site, "compliance", full=True)
    assert [d["type"] for d in await documents(site, contract)] == ["safety"]
    assert await said_of(site, contract) == ("not_required", None)


async def test_purchase_orders_have_documents_too(site: Site, job: Job) -> None:
    contract = await job.contracted(line("03-100", "S", "1000.00"), kind="PurchaseOrderContract")
    await required(site, contract, "W9")
    await done(site, "compliance")
    assert [d["type"] for d in await documents(site, contract)] == ["w9"]
    assert await said_of(site, contract) == ("compliant", None)


async def test_an_insurance_of_a_company(site: Site) -> None:
    row = await required(site, None, "GL", InsCoverTypeDesc="General liability", InsInscompCode="ALLIED", **DATED)
    await changed(site, row, InsAmt=2000000.0, InsDateComplianceFlag="Y")
    await done(site, "compliance")
    (found,) = await insurance(site, row)
    assert found["vendor_id"] == 4101
    assert [found[n] for n in ("insurance_type", "policy_number", "name", "status")] == [
        "General liability", row, "ALLIED", "compliant",
    ]  # fmt: skip
    assert (found["effective_date"], found["expiration_date"]) == ("2026-01-01", "2026-12-31")
    assert float(found["limit"]) == 2000000
    await changed(site, row, InsEndDate="2027-06-30")
    await done(site, "compliance")
    (after,) = await insurance(site, row)
    assert (after["id"], after["expiration_date"]) == (found["id"], "2027-06-30")


async def test_whose_contract_or_company_is_not_known_here(site: Site, job: Job) -> None:
    """Set aside where somebody may want to export or link; passed over where the job isn't a project of Procore's. It comes in
    once there is what it waits for."""
    waiting = await job.commitment(line("03-100", "S", "10.00"))
    elsewhere, other = site.code("EL-"), await Job.opened(site, link=False)
    for number, code in ((site.numbers[waiting], job.job), (elsewhere, other.job)):
        await site.control("seed", scmast=[header(number, code)])
    one = await required(site, waiting, InsScJobCode=job.job)
    unknown = await required(site, elsewhere, InsScJobCode=other.job)
    code = site.code("V")
    await site.control("seed", businesspartner=[partner(code)], apvendor=[vendor(code)])
    company = await required(site, None, InsVenCode=code)
    await done(site, "compliance", full=True)
    assert await reasons(site, one) == ["contract_not_exported"]
    assert await reasons(site, unknown) == []
    assert await reasons(site, company) == ["vendor_not_linked"]
    assert (await documents(site, waiting), await insurance(site, company)) == ([], [])
    await site.granted(other.key, "link", erp_id=other.job)
    await site.until(other.key, State.SYNCED)
    await done(site, "compliance", full=True)
    assert await reasons(site, unknown) == ["contract_not_exported"]


def header(number: str, job: str) -> Body:
    row = {
        "CompCode": ERP,
        "VenCode": "ACME01",
        "ContCode": number,
        "ChgCode": "000",
        "JobCode": job,
        "CurrCode": "USD",
    }
    return {f"Scmst{name}": value for name, value in {**row, "OverrideFlag": "Y", "Name": "By hand"}.items()}


def partner(code: str) -> Body:
    return {"BpCode": code, "BpName": code, "BpAbbrevCode": code, "BpDispatchFlag": "N", "BpPrequalRequiredFlag": "N"}


def vendor(code: str) -> Body:
    row = {"CompCode": ERP, "BpCode": code, "TermCode": "N30", "SpecialTermsFlag": "N", "CurrCode": "USD"}
    return {f"Bpven{name}": value for name, value in row.items()}


CUTS: dict[str, dict[str, Any]] = {
    "a document, before": {"path": "compliance_documents$", "method": "POST", "cut": True},
    "a document, after": {"path": "compliance_documents$", "method": "POST", "cut": True, "when": "after"},
    "the second document": {"path": "compliance_documents$", "method": "POST", "cut": True, "when": "after", "skip": 1},
    "the statuses": {"path": "/compliance$", "method": "PATCH", "cut": True},
    "the insurances": {"path": "insurances/sync$", "method": "PATCH", "cut": True, "when": "after"},
}


@pytest.mark.parametrize("name", CUTS)
async def test_a_cut_leaves_everything_once(site: Site, contract: str, name: str) -> None:
    await required(site, contract, "W9")
    await required(site, contract, "COI")
    row = await required(site)
    await site.procore_fault(**CUTS[name])
    await done(site, "compliance")
    assert sorted(d["type"] for d in await documents(site, contract)) == ["other", "w9"]
    assert await said_of(site, contract) == ("compliant", "compliant")
    assert len(await insurance(site, row)) == 1


@pytest.mark.parametrize("path", ["insurances/sync$", r"insurances/\d+$", r"compliance_documents/\d+$"])
async def test_a_cut_while_something_is_removed(site: Site, contract: str, path: str) -> None:
    rows = [await required(site, contract, "W9"), await required(site)]
    await done(site, "compliance")
    for row in rows:
        await dropped(site, row)
    await site.procore_fault(path, cut=True, when="after")
    await done(site, "compliance", full=True)
    assert await documents(site, contract) == []
    assert await said_of(site, contract) == ("not_required", None)
    assert await insurance(site, rows[1]) == []


async def test_what_procore_refuses_is_set_aside_and_tried_again(site: Site, contract: str) -> None:
    one, other = await required(site, contract, "W9"), await required(site, contract, "BOND")
    await site.procore_fault("compliance_documents$", method="POST", status=422)
    await done(site, "compliance")
    assert len(await documents(site, contract)) == 1
    assert await reasons(site, one) + await reasons(site, other) == ["refused_by_procore"]
    await site.procore_fault("/compliance$", method="PATCH", status=422)
    await changed(site, one, InsComplianceFlag="N")
    await done(site, "compliance")
    assert sorted(d["type"] for d in await documents(site, contract)) == ["bond", "w9"]
    assert await reasons(site, one) == ["refused_by_procore"], "the contract's status couldn't be written"
    await done(site, "compliance")
    assert await said_of(site, contract) == ("not_compliant", None)
    assert await reasons(site, one) + await reasons(site, other) == []


async def test_switched_off_and_not_permitted(site: Site) -> None:
    async with site.settings(compliance=False):
        assert await refused(site, "compliance") == ["import_switched_off"]
    with pytest.raises(Refused) as problem:
        await brought(site, "compliance", person=SENDER)
    assert [r.code for r in problem.value.refusals] == ["not_permitted"]
