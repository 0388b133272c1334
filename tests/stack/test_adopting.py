"""A project in progress, or made before the connection: proposed, confirmed, and connected as if it had always been (R-09,
B-09, B-12, I-15)."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

import pytest

from activities.adopt_messages import AdoptSummary
from domain.adopting import Became, Proposal
from domain.adopting_port import Adoption
from domain.adopting_sides import Item, Standing, What
from domain.commands import Door
from domain.permissions import Level, Person
from domain.states import Posting, State
from tests.paperwork import Job, coded
from tests.stack.commands import DONE, REFUSED, cli
from tests.stack.imports import Body, writes
from tests.stack.test_staged import vendor
from tests.support import APPROVER, COMPANY, ERP, Site, line

PAIRS = (("03-100", "S"), ("03-100", "L"), ("04-200", "S"), ("05-100", "S"))
BY_HAND = [("03-100", "S", "1000.00"), ("04-200", "S", "250.50")]


@dataclass
class Ground:
    """A project and a job, not linked; vendors by name, with their codes and companies; contracts by what they are."""

    site: Site
    job: Job
    vendors: dict[str, str]
    companies: dict[str, str]
    keys: dict[str, str]
    numbers: dict[str, str]

    @property
    def project(self) -> int:
        return self.job.project

    def company(self, name: str) -> int:
        return int(self.companies[name].rsplit(":", 1)[1])

    async def contract(self, number: str, vendor_code: str, *lines: tuple[str, str, str], post: bool = True) -> None:
        """An accountant's subcontract."""
        key = {"CompCode": ERP, "VenCode": vendor_code, "ContCode": number, "ChgCode": "000", "JobCode": self.job.job}
        header: Body = {f"Scmst{name}": value for name, value in key.items()}
        header |= {"ScmstCurrCode": "USD", "ScmstOverrideFlag": "Y", "ScmstName": "Entered by hand"}
        rows = []
        for n, (code, category, amount) in enumerate(lines, start=1):
            row: Body = {f"Scsch{name}": value for name, value in key.items()}
            row |= {"ScschTaskCode": f"T{n}", "ScschPhsCode": code, "ScschCatCode": category, "ScschWmCode": "LS"}
            rows.append({**row, "ScschAmt": float(amount)})
        header["ScmstContAmt"] = float(sum(Decimal(amount) for *_, amount in lines))
        await self.site.control("seed", scmast=[header], scsched=rows)
        if post:
            await self.site.control(
                "subcontracts/post", company=ERP, vendor=vendor_code, contract=number, change_code="000"
            )

    async def commitment(self, name: str, number: str, company: str, *lines: tuple[str, str, str], **more: Any) -> None:
        rows = [line(code, category, amount) for code, category, amount in lines]
        key = await self.site.commitment(
            *rows, project=self.project, vendor=self.company(company), number=number, **more
        )
        self.keys[name] = key

    async def asked(self, confirm: str = "", person: Person = APPROVER, **more: Any) -> AdoptSummary:
        who = await self.site.office.ledger.put_person(person)
        job = more.pop("job", self.job.job)
        ordering = self.site.office.ordering
        return await ordering.adopt(COMPANY, self.project, job, person=who, door=Door.CLI, confirm=confirm, **more)

    async def adoption(self, summary: AdoptSummary) -> Adoption:
        return await self.site.office.adoptions.one(summary.adoption)

    async def proposed(self) -> tuple[AdoptSummary, Proposal]:
        summary = await self.asked()
        assert summary.state == "preview", summary
        proposal = (await self.adoption(summary)).proposal
        assert proposal is not None
        assert proposal.hash == summary.hash
        return summary, proposal

    async def confirmed(self) -> Adoption:
        summary, _ = await self.proposed()
        done = await self.asked(summary.hash[:10])
        assert done.state == "done", done
        return await self.adoption(done)

    async def writes_to_cmic(self) -> int:
        rows = (await self.site.cmic.get("/_sandbox/traffic")).json()["requests"]
        return sum(r["method"] != "GET" for r in rows)

    async def forget_traffic(self) -> None:
        assert (await self.site.cmic.delete("/_sandbox/traffic")).status_code < 300
        assert (await self.site.procore.post("/_sandbox/traffic/reset")).status_code < 300


@pytest.fixture
async def ground(site: Site) -> Ground:
    """Two vendors and four contracts: one matched, one that differs by a cent, one only in CMiC, one only in Procore."""
    job = await Job.opened(site, *PAIRS, link=False)
    companies = {name: await site.company(f"{name} Works Inc.") for name in ("Alder & Sons", "Birch")}
    vendors = {}
    for name, key in companies.items():
        spelt = name.replace("&", "and")
        vendors[name] = await vendor(site, f"{spelt} Works {key.rsplit(':', 1)[1]}")
    made = Ground(site, job, vendors, companies, {}, {})
    alder, birch = vendors["Alder & Sons"], vendors["Birch"]
    numbers = {name: site.code("AD-") for name in ("same", "cent", "cmic", "procore")}
    made.numbers.update(numbers)
    await made.contract(numbers["same"], alder, *BY_HAND)
    await made.commitment("same", numbers["same"].lower(), "Alder & Sons", *reversed(BY_HAND))
    await made.contract(numbers["cent"], birch, ("03-100", "S", "500.01"))
    await made.commitment("cent", numbers["cent"], "Birch", ("03-100", "S", "500.00"))
    await made.contract(numbers["cmic"], birch, ("05-100", "S", "75.00"), post=False)
    await made.commitment("procore", numbers["procore"], "Alder & Sons", ("03-100", "S", "9.00"))
    await made.forget_traffic()
    return made


def of(proposal: Proposal, what: What) -> list[Item]:
    return [item for item in proposal.items if item.what is what]


async def test_a_proposal_tells_what_is_the_same_and_every_difference_and_writes_nothing(ground: Ground) -> None:
    _, proposal = await ground.proposed()
    (project,) = of(proposal, What.PROJECT)
    assert (project.standing, project.key) == (Standing.MATCHED, ground.job.key)
    vendors = {item.erp_id: item for item in of(proposal, What.VENDOR)}
    alder, birch = (vendors[code] for code in ground.vendors.values())
    assert (alder.standing, alder.key) == (Standing.MATCHED, ground.companies["Alder & Sons"])
    assert alder.reasons[0].startswith("contract ")
    assert (birch.standing, birch.key) == (Standing.MATCHED, ground.companies["Birch"])
    assert "same name but for its form" in birch.reasons
    assert (birch.score or 0) >= 95
    found = {item.procore or item.erp: item for item in of(proposal, What.COMMITMENT)}
    numbers = ground.numbers
    same, cent = found[numbers["same"].lower()], found[numbers["cent"]]
    assert (same.standing, same.key, same.differences) == (Standing.MATCHED, ground.keys["same"], [])
    assert same.lines == ["03-100 S 1,000.00", "04-200 S 250.50"]
    assert cent.standing is Standing.DIFFERS
    assert cent.differences == [
        "total: Procore 500.00, CMiC 500.01",
        "line 1, 03-100 S: Procore 500.00, CMiC 500.01",
    ]
    assert found[f"{ground.vendors['Birch']} {numbers['cmic']}"].standing is Standing.ONLY_ERP
    assert found[numbers["procore"]].standing is Standing.ONLY_PROCORE
    assert len(found) == 4
    assert await ground.writes_to_cmic() == await writes(ground.site) == 0
    assert [await ground.site.office.ledger.head(key) for key in ground.keys.values()] == [None] * 3


async def test_what_is_confirmed_is_connected_and_nothing_is_made_in_cmic(ground: Ground) -> None:
    site = ground.site
    before = await site.rows("scmast"), await site.rows("scsched"), await site.rows("apvendor")
    adoption = await ground.confirmed()
    assert {answer.answer for answer in adoption.outcomes.values()} == {Became.DONE}, adoption.outcomes
    assert len(adoption.outcomes) == 5, "the project, its codes, two companies, one contract"
    assert await ground.writes_to_cmic() == 0
    assert (await site.rows("scmast"), await site.rows("scsched"), await site.rows("apvendor")) == before
    head = await site.head(ground.keys["same"])
    contract = f"{ERP}|{ground.vendors['Alder & Sons']}|{ground.numbers['same']}|000"
    assert (head.state, head.posting, head.erp_key, head.job) == (
        State.SYNCED,
        Posting.POSTED,
        contract,
        ground.job.job,
    )
    shown = await site.in_procore(ground.keys["same"])
    assert (shown["origin_id"], shown["origin_code"]) == (contract, ground.numbers["same"])
    rows = await site.procore.get("/_sandbox/books/line_items", params={"contract_id": shown["id"]})
    assert {row["origin_id"] for row in rows.json()} == {f"{contract}|T1", f"{contract}|T2"}
    by_amount = {Decimal(row["amount"]): row["origin_id"] for row in rows.json()}
    assert by_amount[Decimal("1000.00")] == f"{contract}|T1"
    history = await site.office.reading.history(ground.keys["same"])
    assert [(h["action"], h["who"]) for h in history] == [("take_over", APPROVER.name), ("complete", "connector")]
    for name, company in ground.companies.items():
        assert (await site.head(company)).erp_key == f"{ERP}|{ground.vendors[name]}"
    assert (await site.head(ground.job.key)).job == ground.job.job
    for name in ("cent", "procore"):
        assert await site.office.ledger.head(ground.keys[name]) is None
        assert not (await site.in_procore(ground.keys[name]))["origin_id"]


async def test_a_repetition_is_the_same_order_and_what_is_left_stays_listed(ground: Ground) -> None:
    summary, _ = await ground.proposed()
    done = await ground.asked(summary.hash)
    again = await ground.asked(summary.hash)
    assert (again.state, again.adoption, again.words) == ("done", done.adoption, done.words)
    assert await ground.site.actions(ground.keys["same"]) == ["take_over", "complete"]
    _, proposal = await ground.proposed()
    assert [item.standing for item in of(proposal, What.COMMITMENT)] == [
        *(Standing.DIFFERS, Standing.ONLY_ERP, Standing.ONLY_PROCORE, Standing.LINKED)
    ]
    assert {item.standing for item in of(proposal, What.VENDOR)} == {Standing.LINKED}
    assert [proposal.todo(what) for what in What] == [[], [], [], []]


async def test_what_changed_since_is_refused_and_what_wasnt_going_to_be_done_may_change(ground: Ground) -> None:
    first, _ = await ground.proposed()
    assert [r.code for r in (await ground.asked("abc")).refusals] == ["import_confirmation_short"]
    where = {"ScschContCode": ground.numbers["cmic"]}
    await ground.site.control("edit", resource="scsched", where=where, set={"ScschAmt": 76.0})
    second, _ = await ground.proposed()
    assert second.hash == first.hash
    await ground.site.relines(ground.keys["same"], line("03-100", "S", "1000.00"))
    refused = await ground.asked(first.hash)
    assert (refused.state, [r.code for r in refused.refusals]) == ("refused", ["import_preview_outdated"])
    assert await ground.writes_to_cmic() == await writes(ground.site) == 0
    assert await ground.site.office.ledger.head(ground.keys["same"]) is None


async def test_a_change_order_of_an_adopted_contract_goes_out(ground: Ground) -> None:
    await ground.confirmed()
    site, job = ground.site, ground.job
    change = await job.change_order(ground.keys["same"], coded("03-100", "S", "100.00", commitment_line=2), number="1")
    await job.exported(change)
    number = ground.numbers["same"]
    (header,) = await site.rows("scmast", ScmstContCode=number, ScmstChgCode="001")
    assert header["ScmstVenCode"] == ground.vendors["Alder & Sons"]
    (row,) = await site.rows("scsched", ScschContCode=number, ScschChgCode="001")
    assert (row["ScschTaskCode"], Decimal(str(row["ScschAmt"]))) == ("T1", Decimal("100.00"))


@pytest.mark.parametrize(
    "person",
    [
        Person(name="admin without push", erp_level=Level.ADMIN, owning_tool_admin=True),
        Person(name="standard with push", erp_level=Level.STANDARD, may_push=True, owning_tool_admin=True),
    ],
    ids=lambda person: person.name,
)
async def test_who_may_not_gets_nothing(ground: Ground, person: Person) -> None:
    refused = await ground.asked(person=person)
    assert (refused.state, [r.code for r in refused.refusals]) == ("refused", ["not_permitted"])


async def test_what_isnt_there_is_said(ground: Ground) -> None:
    assert [r.code for r in (await ground.asked(job="NOSUCH")).refusals] == ["not_in_cmic"]
    assert [r.code for r in (await ground.asked(erp_company="99")).refusals] == ["field_not_usable"]
    ordering = ground.site.office.ordering
    who = await ground.site.office.ledger.put_person(APPROVER)
    nowhere = await ordering.adopt(COMPANY, 999_999, ground.job.job, person=who, door=Door.CLI)
    assert [r.code for r in nowhere.refusals] == ["not_in_procore"]


async def test_a_project_that_is_anothers_is_left_alone(ground: Ground) -> None:
    """The job is linked to another project: then nothing can be done."""
    other = await Job.planned(ground.site, "03-100")
    await ground.site.granted(other.key, "link", erp_id=ground.job.job)
    await ground.site.until(other.key, State.SYNCED)
    summary, proposal = await ground.proposed()
    (project,) = of(proposal, What.PROJECT)
    assert project.differences == [f"the job is linked to project {other.project}"]
    assert [proposal.todo(what) for what in What] == [[], [], [], []]
    assert (await ground.asked(summary.hash)).words == ""
    assert await ground.site.office.ledger.head(ground.keys["same"]) is None


async def test_two_who_ask_at_once_get_one_order(ground: Ground) -> None:
    summary, _ = await ground.proposed()
    answers = await asyncio.gather(*(ground.asked(summary.hash) for _ in range(3)))
    assert [a.state for a in answers] == ["done"] * 3
    assert len({a.adoption for a in answers}) == 1
    assert await ground.site.actions(ground.keys["same"]) == ["take_over", "complete"]


async def test_the_command_shows_tables_and_json(ground: Ground) -> None:
    site, asked = ground.site, ("adopt-project", ground.project, ground.job.job)
    said = await cli(site, *asked)
    assert said.code == DONE
    for words in (
        "Commitments and subcontracts: 1 matched, 1 differs, 1 only in CMiC, 1 only in Procore",
        "total: Procore 500.00, CMiC 500.01",
        "Would be done: 1 project, 2 vendors, 1 commitment. Nothing was written.",
    ):
        assert words in said.words
    shown = (await cli(site, *asked, "--json")).json
    assert shown["proposal"]["todo"] == {"project": 1, "vendor": 2, "commitment": 1}
    assert f"--confirm {shown['hash'][:12]}" in said.words
    wrong = await cli(site, *asked, "--confirm", "f" * 12)
    assert wrong.code == REFUSED
    assert "[import_preview_outdated]" in wrong.words
    done = await cli(site, *asked, "--confirm", shown["hash"][:12])
    assert (done.code, "adopt-project: done" in done.words) == (DONE, True)
    assert f"In CMiC as {ERP}|{ground.vendors['Alder & Sons']}|{ground.numbers['same']}|000" in done.words
    assert "Nothing is left to adopt." in (await cli(site, *asked)).words


async def test_codes_that_procore_lacks_come_in_and_a_sub_jobs_line_is_told(ground: Ground) -> None:
    """A job has more codes than its project; a contract has a line on a sub job."""
    site, birch = ground.site, ground.vendors["Birch"]
    codes = [{"code": "09-250", "name": "Gypsum", "categories": [{"code": "S"}]}]
    await site.control("jobs/codes", company=ERP, job=ground.job.job, codes=codes)
    sub, number = site.code("SJ"), site.code("AD-")
    await site.control("jobs/create", company=ERP, job=sub, name="Below", control=ground.job.job)
    await ground.contract(number, birch, ("03-100", "S", "40.00"), ("04-200", "S", "2.00"), post=False)
    where = {"ScschContCode": number, "ScschTaskCode": "T2"}
    await site.control("edit", resource="scsched", where=where, set={"ScschJobCode": sub})
    await ground.commitment("sub", number, "Birch", ("03-100", "S", "40.00"), ("04-200", "S", "2.00"))
    _, proposal = await ground.proposed()
    assert proposal.brings == ["09-250 S"]
    found = next(item for item in of(proposal, What.COMMITMENT) if item.key == ground.keys["sub"])
    assert found.differences == [f"task T2 is on job {sub}"]
    await ground.confirmed()
    rows = await site.procore.get("/_sandbox/books/cost_codes", params={"project_id": ground.project})
    assert f"{ERP}|{ground.job.job}|09-250" in {row["origin_id"] for row in rows.json()}
    _, after = await ground.proposed()
    assert after.brings == []


async def test_many_pages_are_read_whole(ground: Ground) -> None:
    """More contracts than CMiC shows on a page."""
    site, birch = ground.site, ground.vendors["Birch"]
    key = {"CompCode": ERP, "VenCode": birch, "ChgCode": "000", "JobCode": ground.job.job}
    numbers = [f"PG-{site.code('')}-{n:04d}" for n in range(620)]
    headers, rows = [], []
    for number in numbers:
        scope = {**key, "ContCode": number}
        header = {f"Scmst{name}": value for name, value in scope.items()}
        headers.append({**header, "ScmstCurrCode": "USD", "ScmstOverrideFlag": "Y", "ScmstName": "Many"})
        row = {f"Scsch{name}": value for name, value in scope.items()} | {"ScschTaskCode": "1", "ScschWmCode": "LS"}
        rows.append({**row, "ScschPhsCode": "03-100", "ScschCatCode": "S", "ScschAmt": 1.5})
    await site.control("seed", scmast=headers, scsched=rows)
    _, proposal = await ground.proposed()
    found = {item.erp: item for item in of(proposal, What.COMMITMENT) if item.standing is Standing.ONLY_ERP}
    assert set(found) >= {f"{birch} {number}" for number in numbers}
    assert {found[f"{birch} {number}"].erp_amount for number in numbers} == {Decimal("1.50")}
