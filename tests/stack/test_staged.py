"""Vendors, customers, jobs and sub jobs of CMiC: staged, linked, added, archived, restored, updated (O-03 to O-06, R-05 to
R-08, B-12, C-01 to C-07, I-03 to I-08)."""

from __future__ import annotations

import dataclasses
from typing import Any, cast

import pytest
from temporalio.exceptions import ApplicationError
from temporalio.testing import ActivityEnvironment

from activities.import_messages import StagedAnswer, StagedRow
from activities.staging import Staging
from domain.commands import Answer, Door, Outcome
from domain.permissions import Level, Person
from domain.staged import StagedAction as A
from domain.states import State
from tests.stack.imports import Body, acted, done, in_procore, staged, writes
from tests.support import APPROVER, COMPANY, ERP, Site

STANDARD = Person(name="standard on the tool", erp_level=Level.STANDARD)


async def vendor(site: Site, name: str, *, erp_company: str = ERP, **more: Any) -> str:
    """A vendor that an accountant made in CMiC; its code."""
    code = site.code("W")
    partner = {
        "BpCode": code,
        "BpName": name,
        "BpAbbrevCode": code[:8],
        "BpDispatchFlag": "N",
        "BpPrequalRequiredFlag": "N",
    }
    row = {"BpvenCompCode": erp_company, "BpvenBpCode": code, "BpvenTermCode": "30", "BpvenSpecialTermsFlag": "N"}
    row |= {"BpvenCurrCode": "USD", "BpvenPayAdd1": "1 Mill Road", "BpvenPayAdd3": "Fresno", "BpvenPayRegionCode": "CA"}
    row |= {"BpvenPayPostalCode": "93650", "BpvenPayPhone": "559 555 0100", **more}
    await site.control("seed", businesspartner=[partner], apvendor=[row])
    return code


async def edit(site: Site, code: str, **changes: Any) -> None:
    await site.control("edit", resource="apvendor", where={"BpvenBpCode": code}, set=changes)


async def directory(site: Site, code: str) -> list[Body]:
    return await in_procore(site, "vendors", company_id=COMPANY, origin_id=code)


async def test_a_vendor_is_staged_and_added_whole(site: Site) -> None:
    code = await vendor(site, "Sierra Drywall & Paint LLC")
    await done(site, "vendors")
    record = await staged(site, "vendors", code)
    assert (record.status, record.label) == ("staged", f"{code} Sierra Drywall & Paint LLC")
    assert await directory(site, code) == []
    assert await acted(site, "vendors", A.ADD, {record.key: {}}, person=STANDARD) == {record.key: []}
    (row,) = await directory(site, code)
    shown = ("name", "address", "city", "state_code", "zip", "business_phone", "origin_code")
    assert [row[name] for name in shown] == [
        *("Sierra Drywall & Paint LLC", "1 Mill Road", "Fresno", "CA", "93650", "559 555 0100", code)
    ]
    head = await site.until(f"company:{COMPANY}:{ERP}:{row['id']}", State.SYNCED)
    assert head.erp_key == f"{ERP}|{code}"
    assert (await staged(site, "vendors", code)).status == "linked"
    assert await acted(site, "vendors", A.ADD, {record.key: {}}) == {record.key: ["already_linked"]}
    assert len(await directory(site, code)) == 1


async def test_a_linked_vendor_is_updated_directly_but_never_its_address(site: Site) -> None:
    code = await vendor(site, "Delta Fencing Inc.")
    await done(site, "vendors")
    await acted(site, "vendors", A.ADD, {f"{ERP}|{code}": {}})
    (row,) = await directory(site, code)
    await site.until(f"company:{COMPANY}:{ERP}:{row['id']}", State.SYNCED)
    await done(site, "vendors")
    await site.procore.post("/_sandbox/traffic/reset")
    await edit(site, code, BpvenPayAdd1="99 Other Street", BpvenPayPostalCode="90001")
    await done(site, "vendors", full=True)
    assert await writes(site) == 0, "an address costs no request"
    await edit(site, code, BpvenPayPhone="559 555 0199")
    await done(site, "vendors")
    (after,) = await directory(site, code)
    assert (after["address"], after["zip"], after["business_phone"]) == ("1 Mill Road", "93650", "559 555 0199")


async def test_a_vendor_is_proposed_with_reasons_and_linked_by_a_person(site: Site) -> None:
    company = await site.company("Harbor & Sons Marine Inc.", business_phone="(559) 555-0177")
    number = int(company.rsplit(":", 1)[1])
    code = await vendor(site, f"HARBOR AND SONS MARINE, LLC {number}", BpvenPayPhone="559-555-0177")
    await done(site, "vendors")
    record = await staged(site, "vendors", code)
    best = record.proposals[0]
    assert best["procore_id"] == number
    assert best["reasons"] == ["same name but for its form", "same telephone"]
    assert best["score"] >= 95
    assert await acted(site, "vendors", A.LINK, {record.key: {"procore_id": number}}, person=STANDARD) == {
        record.key: ["not_permitted"]
    }
    assert await acted(site, "vendors", A.LINK, {record.key: {}}) == {record.key: ["field_missing"]}
    assert await acted(site, "vendors", A.LINK, {record.key: {"procore_id": number}}) == {record.key: []}
    assert (await site.until(company, State.SYNCED)).erp_key == record.key
    again = await vendor(site, "Somebody Else")
    await done(site, "vendors")
    assert await acted(site, "vendors", A.LINK, {f"{ERP}|{again}": {"procore_id": number}}) != {f"{ERP}|{again}": []}


async def test_a_masked_vendor_is_never_offered(site: Site) -> None:
    code, by_source = await vendor(site, "Jane Doe", BpvenClassCode="EMPL"), await vendor(site, "Petty Cash")
    async with site.settings(masked_classes=["EMPL"], masked_sources=[by_source]):
        await done(site, "vendors", full=True)
        shown = {r.code for r in await site.office.staged.shown("vendors", COMPANY, ERP)}
        assert not {code, by_source} & shown
        assert await acted(site, "vendors", A.ADD, {f"{ERP}|{code}": {}}) == {f"{ERP}|{code}": ["masked"]}
    await done(site, "vendors", full=True)
    assert (await staged(site, "vendors", code)).status == "staged"


async def test_archive_and_restore(site: Site) -> None:
    code, inactive = await vendor(site, "Old Oak Timber"), await vendor(site, "Closed Shop", BpvenActiveFlag="N")
    await done(site, "vendors")
    key = f"{ERP}|{code}"
    assert (await staged(site, "vendors", inactive)).status == "archived"
    assert await acted(site, "vendors", A.ARCHIVE, {key: {}}, person=STANDARD) == {key: []}
    assert await acted(site, "vendors", A.ADD, {key: {}}) == {key: ["archived"]}
    await done(site, "vendors", full=True)
    assert (await staged(site, "vendors", code)).status == "archived"
    assert await acted(site, "vendors", A.RESTORE, {key: {}}) == {key: []}
    assert (await staged(site, "vendors", code)).status == "staged"
    assert await acted(site, "vendors", A.RESTORE, {key: {}}) == {key: ["not_archived"]}
    history = await site.office.staged.history(await staged(site, "vendors", code))
    assert [(h["action"], h["answer"]) for h in history] == [
        *(("archive", "done"), ("add", "refused"), ("restore", "done"), ("restore", "refused"))
    ]


async def test_a_linked_one_is_not_archived_and_comes_back_when_it_is_unlinked(site: Site) -> None:
    code = await vendor(site, "Back Again Roofing")
    await done(site, "vendors")
    key = f"{ERP}|{code}"
    await acted(site, "vendors", A.ADD, {key: {}})
    (row,) = await directory(site, code)
    company = f"company:{COMPANY}:{ERP}:{row['id']}"
    await site.until(company, State.SYNCED)
    assert await acted(site, "vendors", A.ARCHIVE, {key: {}}) == {key: ["linked_cant_be_archived"]}
    await site.granted(company, "unlink")
    await site.until(company, State.NOT_SENT)
    assert (await staged(site, "vendors", code)).status == "staged"


async def test_many_at_once_with_an_outcome_for_each(site: Site) -> None:
    codes = [await vendor(site, f"Bulk Vendor {n} {site.code('')}") for n in range(12)]
    await done(site, "vendors")
    rows: dict[str, Body] = {f"{ERP}|{code}": {} for code in codes}
    answers = await acted(site, "vendors", A.ADD, {**rows, "01|NOBODY": {}})
    assert answers.pop("01|NOBODY") == ["unknown_staged"]
    assert set(map(tuple, answers.values())) == {()}


async def customer(site: Site) -> str:
    """A customer that an accountant made in CMiC; its code."""
    code = site.code("C")
    partner = {"BpCode": code, "BpName": "City of Fresno", "BpAbbrevCode": code, "BpDispatchFlag": "N"}
    await site.control(
        "seed",
        businesspartner=[{**partner, "BpPrequalRequiredFlag": "N"}],
        arcustomer=[{"BpcustCompCode": ERP, "BpcustBpCode": code, "BpcustAdd1": "2600 Fresno St"}],
    )
    return code


async def in_directory(site: Site, number: int) -> Body:
    (row,) = await in_procore(site, "vendors", company_id=COMPANY, id=number)
    return row


def number_of(key: str) -> int:
    return int(key.rsplit(":", 1)[1])


async def test_a_customer_is_linked_by_its_ids_alone(site: Site) -> None:
    code = await customer(site)
    await done(site, "customers")
    key = f"{ERP}|{code}"
    ours = number_of(await site.company("Fresno Public Works", address="1 Kept Street", website="kept.example"))
    foreign = number_of(await site.company("Somebody Else", origin_id="SAGE-1"))
    for number, why in ((foreign, "foreign_origin_id"), (999_999_999, "not_in_directory")):
        assert await acted(site, "customers", A.LINK, {key: {"procore_id": number}}) == {key: [why]}
    assert (await in_directory(site, foreign))["origin_id"] == "SAGE-1"
    before = await in_directory(site, ours)
    assert await acted(site, "customers", A.LINK, {key: {"procore_id": ours}}) == {key: []}
    after = await in_directory(site, ours)
    changed = {name for name in after if after[name] != before.get(name)} - {"updated_at"}
    assert changed <= {"origin_id", "origin_code", "origin_data", "synced"}
    assert (after["origin_id"], after["origin_code"]) == (code, code)
    assert await acted(site, "customers", A.LINK, {key: {"procore_id": ours}}) == {key: []}, "it is so already"
    other = await customer(site)
    await done(site, "customers")
    again = {f"{ERP}|{other}": {"procore_id": ours}}
    assert await acted(site, "customers", A.LINK, again) == {f"{ERP}|{other}": ["foreign_origin_id"]}


async def test_adding_never_takes_over_a_company_that_bears_the_code(site: Site) -> None:
    code = await vendor(site, "Valley Glass")
    await done(site, "vendors")
    key = f"{ERP}|{code}"
    company = await site.company("Another Firm", origin_id=code, address="5 Other Road")
    before = await in_directory(site, number_of(company))
    assert await acted(site, "vendors", A.ADD, {key: {}}) == {key: ["code_in_directory"]}
    assert await in_directory(site, number_of(company)) == before
    assert await acted(site, "vendors", A.LINK, {key: {"procore_id": number_of(company)}}) == {key: []}
    assert (await site.until(company, State.SYNCED)).erp_key == key


async def test_adding_goes_on_with_the_company_that_an_attempt_made_before(site: Site) -> None:
    company = await site.company("Cut Off Concrete")
    row = await in_directory(site, number_of(company))
    code = await vendor(site, row["name"])
    answer = await site.procore.post("/_sandbox/seed", json={"vendors": [{**row, "origin_id": code}]})
    assert answer.status_code == 200, answer.text
    await done(site, "vendors")
    assert await acted(site, "vendors", A.ADD, {f"{ERP}|{code}": {}}) == {f"{ERP}|{code}": []}
    assert [r["id"] for r in await directory(site, code)] == [row["id"]]


async def test_an_id_that_is_named_while_adding_joins_nothing(site: Site) -> None:
    company, code = await site.company("Bystander Inc."), await vendor(site, "Newly Made Masonry")
    await done(site, "vendors")
    key = f"{ERP}|{code}"
    assert await acted(site, "vendors", A.ADD, {key: {"procore_id": number_of(company)}}) == {key: []}
    assert (await staged(site, "vendors", code)).linked_to != number_of(company)
    other = await vendor(site, "Never Joined")
    assert await site.refused(company, "add", STANDARD, erp_id=other) == ["not_made_for_it"]


async def test_what_cmic_has_not_stays_as_procore_has_it(site: Site) -> None:
    company = await site.company("Full Of Facts", website="facts.example", fax_number="559 555 0111")
    code = await vendor(site, "Full Of Facts Inc.")
    await done(site, "vendors")
    key = f"{ERP}|{code}"
    assert await acted(site, "vendors", A.LINK, {key: {"procore_id": number_of(company)}}) == {key: []}
    await site.until(company, State.SYNCED)
    await done(site, "vendors", full=True)
    row = await in_directory(site, number_of(company))
    assert (row["name"], row["business_phone"]) == ("Full Of Facts Inc.", "559 555 0100")
    assert (row["website"], row["fax_number"]) == ("facts.example", "559 555 0111")


class Listed:
    """The directory as it is listed."""

    def __init__(self, rows: list[Body]) -> None:
        self.rows = rows

    async def listing(self, what: str, company: int, project: int | None) -> list[Body]:
        return self.rows


class Busy:
    async def ask(self, key: str, action: str, **more: Any) -> Outcome:
        return Outcome(answer=Answer.BUSY, action=action, state=State.WAITING, sequence=1, sentence="busy")


async def attempted(
    site: Site, key: str, action: A, fields: Body, *, attempt: int = 1, rows: list[Body]
) -> StagedAnswer:
    """One attempt of the activity by itself, on the real ledger."""
    office, person = site.office, await site.office.ledger.put_person(APPROVER)
    staging = Staging(
        *(office.ledger, office.incoming, office.staged, cast(Any, Listed(rows)), cast(Any, Busy()), office.ordering)
    )
    row = StagedRow(
        name="vendors",
        company=COMPANY,
        erp_company=ERP,
        key=key,
        action=action,
        person=person,
        door=Door.CLI,
        request_id=f"{key} {action} {attempt}",
        fields=fields,
    )
    environment = ActivityEnvironment()
    environment.info = dataclasses.replace(environment.info, attempt=attempt)
    answer: StagedAnswer = await environment.run(staging.act_on_staged, row)
    return answer


async def test_an_attempt_after_one_that_was_cut_off_answers_done(site: Site) -> None:
    code = await vendor(site, "Twice Tried Tiles")
    await done(site, "vendors")
    key = f"{ERP}|{code}"
    await acted(site, "vendors", A.ADD, {key: {}})
    rows = await directory(site, code)
    anew = await attempted(site, key, A.ADD, {}, rows=rows)
    assert [r.code for r in anew.refusals] == ["already_linked"]
    assert (await attempted(site, key, A.ADD, {}, attempt=2, rows=rows)).done
    foreign = await attempted(site, key, A.ADD, {}, attempt=3, rows=[{**rows[0], "origin_id": "SAGE-3"}])
    assert [r.code for r in foreign.refusals] == ["already_linked"]
    assert (await attempted(site, key, A.LINK, {"procore_id": rows[0]["id"]}, rows=rows)).done
    other = await attempted(site, key, A.LINK, {"procore_id": 1}, attempt=2, rows=rows)
    assert [r.code for r in other.refusals] == ["already_linked"]


async def test_a_busy_lifecycle_is_asked_again(site: Site) -> None:
    code = await vendor(site, "Busy Bricks")
    await done(site, "vendors")
    record = await staged(site, "vendors", code)
    with pytest.raises(ApplicationError) as raised:
        await attempted(site, record.key, A.LINK, {"procore_id": 5}, rows=[])
    assert (raised.value.type, raised.value.non_retryable) == ("busy", False)
    assert await site.office.staged.history(record) == []


async def test_a_customer_comes_in_as_a_company(site: Site) -> None:
    code = await customer(site)
    await done(site, "customers")
    key = f"{ERP}|{code}"
    assert await acted(site, "customers", A.ADD, {key: {}}) == {key: []}
    (row,) = await directory(site, code)
    assert (row["name"], row["address"]) == ("City of Fresno", "2600 Fresno St")
    assert (await staged(site, "customers", code)).linked_to == row["id"]


@pytest.fixture
async def template(site: Site) -> int:
    rows = await in_procore(site, "project_templates", company_id=COMPANY)
    return int(rows[0]["id"])


async def made_job(site: Site, **more: Any) -> str:
    job = site.code("K")
    await site.control("jobs/create", company=ERP, job=job, name=f"Tower {job}", **more)
    return job


async def test_a_job_is_added_with_its_template_and_gets_its_codes(site: Site, template: int) -> None:
    await done(site, "master_codes")
    job = await made_job(site)
    codes = [{"code": "03", "name": "Concrete"}, {"code": "03-100", "control": "03", "name": "Formwork"}]
    codes[1]["categories"] = [{"code": "S"}, {"code": "L"}]  # type: ignore[assignment]  # as the control takes it
    await site.control("jobs/codes", company=ERP, job=job, codes=codes)
    await done(site, "jobs")
    key = f"{ERP}|{job}"
    assert await acted(site, "jobs", A.ADD, {key: {}}, person=STANDARD) == {key: ["not_permitted"]}
    assert await acted(site, "jobs", A.ADD, {key: {}}) == {key: ["template_needed"]}
    async with site.settings(project_template=template):
        assert await acted(site, "jobs", A.ADD, {key: {}}) == {key: []}
    (project,) = await in_procore(site, "projects", company_id=COMPANY, origin_id=key)
    assert (project["name"], project["project_number"]) == (f"Tower {job}", job)
    head = await site.until(f"project:{COMPANY}:-:{project['id']}", State.SYNCED)
    assert head.job == job
    await done(site, "project_codes", project["id"])
    found = await in_procore(site, "cost_codes", project_id=project["id"])
    assert {row["origin_id"] for row in found} == {f"{ERP}|{job}|03", f"{ERP}|{job}|03-100"}
    assert (await staged(site, "jobs", job)).status == "linked"


async def test_a_job_whose_codes_lack_a_category_is_refused_with_the_list(site: Site, template: int) -> None:
    job = await made_job(site)
    codes: list[Body] = [{"code": code, "name": code} for code in ("05", "05-100", "05-200")]
    codes[1] |= {"control": "05", "categories": [{"code": "S"}]}
    codes[2] |= {"control": "05"}
    await site.control("jobs/codes", company=ERP, job=job, codes=codes)
    await done(site, "jobs")
    key, fields = f"{ERP}|{job}", {"template": template}
    assert await acted(site, "jobs", A.ADD, {key: fields}) == {key: ["no_category"]}
    (last,) = (await site.office.staged.history(await staged(site, "jobs", job)))[-1:]
    assert last["refusals"][0]["sentence"] == f"Job {job} has 1 cost code(s) without a category: 05-200."
    assert await in_procore(site, "projects", company_id=COMPANY, origin_id=key) == []
    codes[2]["categories"] = [{"code": "L"}]
    await site.control("jobs/codes", company=ERP, job=job, codes=codes)
    assert await acted(site, "jobs", A.ADD, {key: fields}) == {key: []}


async def test_a_sub_job_goes_below_the_project_of_its_control_job(site: Site, template: int) -> None:
    job = await made_job(site)
    below = await made_job(site, control=job)
    await done(site, "jobs")
    await done(site, "sub_jobs")
    assert await site.office.staged.one("jobs", COMPANY, ERP, f"{ERP}|{below}") is None
    key = f"{ERP}|{below}"
    assert await acted(site, "sub_jobs", A.ADD, {key: {}}) == {key: ["parent_not_linked"]}
    await acted(site, "jobs", A.ADD, {f"{ERP}|{job}": {"template": template}})
    assert await acted(site, "sub_jobs", A.ADD, {key: {}}, person=STANDARD) == {key: []}
    (made,) = await in_procore(site, "sub_jobs", origin_id=key)
    (project,) = await in_procore(site, "projects", company_id=COMPANY, origin_id=f"{ERP}|{job}")
    assert (made["code"], made["project_id"]) == (below, project["id"])
    assert (await staged(site, "sub_jobs", below)).linked_to == made["id"]
    assert await acted(site, "sub_jobs", A.LINK, {key: {"procore_id": 1}}) == {key: ["not_adding"]}


async def test_an_unlinked_company_is_left_alone_by_the_next_import(site: Site) -> None:
    """I-05: it is staged again, and what changes in CMiC isn't written to it, nor is its origin id taken back."""
    code = await vendor(site, "Left Alone Glass")
    await done(site, "vendors")
    key = f"{ERP}|{code}"
    await acted(site, "vendors", A.ADD, {key: {}})
    (row,) = await directory(site, code)
    company = f"company:{COMPANY}:{ERP}:{row['id']}"
    await site.until(company, State.SYNCED)
    await done(site, "vendors", full=True)
    await site.granted(company, "unlink")
    await site.until(company, State.NOT_SENT)
    await edit(site, code, BpvenPayPhone="559 555 0111")
    await done(site, "vendors", full=True)
    assert (await staged(site, "vendors", code)).status == "staged"
    assert await directory(site, code) == []
