"""Every resource that the connector writes, finds, lists or watches, over HTTP against the stand-in for CMiC."""

from __future__ import annotations

from collections.abc import AsyncIterator
from decimal import Decimal

import pytest

from domain.ports import DuplicateKey, Unavailable, WantsFirst
from domain.records import Found, Group, Key, differences
from domain.refusals import Refused
from domain.states import Posting
from systems.cmic.dialect import Dialect
from systems.cmic.gateway import CmicGateway
from tests.systems.cmic.conftest import StandIn
from tests.systems.cmic.groups import (
    TASKS,
    change_item,
    change_item_key,
    job_code,
    job_phase,
    payment,
    payment_key,
    project,
    release,
    voucher,
    voucher_key,
    voucher_line,
)
from tests.systems.cmic.support import DIALECT, contract_key, group, renamed, renames
from tests.systems.cmic.test_against_standin import gateway, names_at, writes

TENANTS = ("as documented", "other names")


@pytest.fixture(params=TENANTS)
async def cmic(request: pytest.FixtureRequest, stand_in: StandIn) -> AsyncIterator[CmicGateway]:
    """A gateway for the tenant as it is documented, and for one that calls everything otherwise."""
    dialect: Dialect | None = None
    if request.param != TENANTS[0]:
        dialect = renamed()
        stand_in.settings(renames=renames(lambda resource, path: names_at(stand_in, resource, path)))
    async with gateway(stand_in, dialect) as opened:
        yield opened


async def found(cmic: CmicGateway, wanted: Key) -> Found:
    there = await cmic.find(wanted)
    assert there is not None
    return there


async def agrees(cmic: CmicGateway, wanted: Group) -> None:
    """What CMiC holds is what was planned, header and lines."""
    assert differences(wanted.header, await found(cmic, wanted.header.key)) == []
    lines = await cmic.lines(wanted.header.key, wanted.lines[0].key.resource) if wanted.lines else []
    by_key = {line.key.text: line for line in lines}
    assert set(by_key) == {record.key.text for record in wanted.lines}
    assert [d for record in wanted.lines for d in differences(record, by_key[record.key.text])] == []


async def posted_contract(cmic: CmicGateway, stand_in: StandIn, lines: int = 2) -> None:
    assert await cmic.create(group(lines)) is not None
    stand_in.post("/subcontracts/post", company="01", vendor="ACME01", contract="SC-1")


async def test_a_change_item_is_written_and_watched(cmic: CmicGateway, stand_in: StandIn) -> None:
    wanted = change_item()
    stand_in.forget()
    written = await cmic.create(wanted)
    assert written is not None
    assert writes(stand_in) == ["/cmictest/cm-rest-api/rest"]
    await agrees(cmic, wanted)
    there = await found(cmic, change_item_key())
    assert (there.posting, there.uuid) == (Posting.UNPOSTED, written[0].uuid)
    stand_in.post("/change_items/post", company="01", job="1042", change_item="B-001", post_date="2026-04-02")
    there = await found(cmic, change_item_key())
    assert (there.posting, str(there.posted_on)) == (Posting.POSTED, "2026-04-02")
    listed = await cmic.changed("change_item", "01", "2020-01-01T00:00:00Z", None)
    assert [f.key.text for f in listed.found] == ["01|1042|B-001"]
    assert (await cmic.changed("change_item", "01", "2099-01-01T00:00:00Z", None)).found == []


async def test_a_void_change_item(cmic: CmicGateway, stand_in: StandIn) -> None:
    assert await cmic.create(change_item()) is not None
    stand_in.post("/change_items/void", company="01", job="1042", change_item="B-001")
    assert (await found(cmic, change_item_key())).posting is Posting.VOID


async def test_a_voucher_is_written_and_watched(cmic: CmicGateway, stand_in: StandIn) -> None:
    await posted_contract(cmic, stand_in)
    wanted = voucher()
    stand_in.forget()
    written = await cmic.create(wanted)
    assert written is not None
    assert writes(stand_in) == ["/cmictest/ap-rest-api/rest/1/apvoucher"]
    assert [w.key for w in written] == [record.key for record in wanted.records]
    await agrees(cmic, wanted)
    there = await found(cmic, voucher_key())
    assert (there.posting, there.uuid, there.posted_on) == (Posting.UNPOSTED, written[0].uuid, None)
    line = wanted.lines[1]
    one = await found(cmic, line.key)
    assert one.attributes["retainage"] == line.values["retainage"]
    with pytest.raises(WantsFirst):
        await cmic.create(voucher("INV-8"))
    stand_in.post("/vouchers/post", company="01", vendor="ACME01", invoice="INV-7", post_date="2026-04-01")
    there = await found(cmic, voucher_key())
    assert (there.posting, str(there.posted_on)) == (Posting.POSTED, "2026-04-01")
    listed = await cmic.changed("voucher", "01", "2020-01-01T00:00:00Z", None)
    assert [(f.key.text, f.posting) for f in listed.found] == [("01|ACME01|INV-7", Posting.POSTED)]
    assert (await cmic.changed("voucher", "01", "2099-01-01T00:00:00Z", None)).found == []
    with pytest.raises(DuplicateKey):
        await cmic.create(voucher())
    stand_in.post("/vouchers/void", company="01", vendor="ACME01", invoice="INV-7")
    assert (await found(cmic, voucher_key())).posting is Posting.VOID


@pytest.mark.parametrize("at_once", [True, False])
async def test_lines_in_the_answer_or_read_back(stand_in: StandIn, at_once: bool) -> None:
    stand_in.settings(created_with_children=at_once)
    async with gateway(stand_in, page_size=7) as cmic:
        await posted_contract(cmic, stand_in, lines=30)
        wanted = voucher(amounts=())
        lines = [voucher_line(wanted.header.key, ("000", f"{n:04d}"), Decimal("1.00")) for n in range(30, 0, -1)]
        wanted = wanted.model_copy(update={"lines": lines, "total": Decimal(30)})
        wanted.header.values["amount"] = Decimal(30)
        written = await cmic.create(wanted)
        assert written is not None
        assert [w.key for w in written] == [record.key for record in wanted.records]
        await agrees(cmic, wanted)


async def test_retainage_is_released_once_the_invoice_is_posted(cmic: CmicGateway, stand_in: StandIn) -> None:
    await posted_contract(cmic, stand_in)
    await cmic.create(voucher())
    stand_in.post("/vouchers/post", company="01", vendor="ACME01", invoice="INV-7")
    assert await cmic.create(release()) is not None
    await agrees(cmic, release())
    with pytest.raises(Refused):
        await cmic.create(release("REL-2", "500.00"))


async def test_a_task_that_cmic_lacks_is_refused_before_anything_is_sent(cmic: CmicGateway, stand_in: StandIn) -> None:
    await posted_contract(cmic, stand_in, lines=1)
    stand_in.forget()
    with pytest.raises(Refused) as caught:
        await cmic.create(voucher())
    assert [r.code for r in caught.value.refusals] == ["not_in_cmic"]
    assert caught.value.refusals[0].parameters["erp_key"] == "01|ACME01|SC-1|000|0002"
    assert writes(stand_in) == []


async def test_a_voucher_on_an_unposted_contract_waits(cmic: CmicGateway) -> None:
    await cmic.create(group(2))
    with pytest.raises(WantsFirst):
        await cmic.create(voucher())


@pytest.mark.parametrize("kind", ["cut_before_commit", "cut_after_commit"])
async def test_a_voucher_that_was_cut_off_is_looked_up(stand_in: StandIn, kind: str) -> None:
    async with gateway(stand_in) as cmic:
        await posted_contract(cmic, stand_in)
        stand_in.post("/faults", kind=kind, method="POST", resource="apvoucher", seconds=0.2)
        with pytest.raises(Unavailable) as caught:
            await cmic.create(voucher())
        assert caught.value.maybe_done
        assert (await cmic.find(voucher_key()) is not None) is (kind == "cut_after_commit")


async def test_a_look_up_before_the_write_writes_nothing(stand_in: StandIn) -> None:
    async with gateway(stand_in) as cmic:
        await posted_contract(cmic, stand_in)
        stand_in.post("/faults", kind="cut_before_commit", method="GET", resource="scsched", seconds=0.2)
        with pytest.raises(Unavailable) as caught:
            await cmic.create(voucher())
        assert not caught.value.maybe_done


async def test_lines_that_cannot_be_read_back_leave_it_to_a_look_up(stand_in: StandIn) -> None:
    async with gateway(stand_in) as cmic:
        await posted_contract(cmic, stand_in)
        stand_in.post("/faults", kind="status", status=503, method="GET", resource="apvoucher")
        with pytest.raises(Unavailable) as caught:
            await cmic.create(voucher())
        assert caught.value.maybe_done
        await agrees(cmic, voucher())


async def test_a_payment_is_written_and_watched(cmic: CmicGateway, stand_in: StandIn) -> None:
    await posted_contract(cmic, stand_in)
    await cmic.create(voucher())
    stand_in.post("/vouchers/post", company="01", vendor="ACME01", invoice="INV-7")
    wanted = payment()
    written = await cmic.create(wanted)
    assert written is not None
    assert [w.key for w in written] == [record.key for record in wanted.records]
    await agrees(cmic, wanted)
    there = await found(cmic, payment_key())
    assert (there.posting, there.uuid, there.posted_on) == (Posting.UNPOSTED, written[0].uuid, None)
    with pytest.raises(Refused):
        await cmic.create(wanted)
    stand_in.post("/cheques/post", company="01", number=5201, post_date="2026-05-03")
    there = await found(cmic, payment_key())
    assert (there.posting, str(there.posted_on)) == (Posting.POSTED, "2026-05-03")
    assert (await found(cmic, voucher_key())).attributes["paid"] == Decimal("13.55")
    listed = await cmic.changed("payment", "01", "2020-01-01T00:00:00Z", None)
    assert [f.posting for f in listed.found] == [Posting.POSTED]
    stand_in.post("/cheques/void", company="01", number=5201)
    assert (await found(cmic, payment_key())).posting is Posting.VOID


async def test_a_project_waits_for_its_job(cmic: CmicGateway, stand_in: StandIn) -> None:
    wanted = project()
    assert await cmic.create(wanted) is not None
    await agrees(cmic, wanted)
    there = await found(cmic, wanted.header.key)
    assert (there.posting, there.attributes["job"]) == (Posting.PRESENT, None)
    stand_in.settings(clock_offset_seconds=3600)
    stand_in.post("/jobs/create", company="01", job="2077", project="HARBOUR")
    assert (await found(cmic, wanted.header.key)).attributes["job"] == "2077"
    listed = await cmic.changed("project", "01", there.changed_at.replace("2026", "2020"), None)
    assert "HARBOUR" in [f.key.parts["project"] for f in listed.found]
    with pytest.raises(DuplicateKey):
        await cmic.create(wanted)


async def test_a_job_gets_a_cost_code_and_a_pair(cmic: CmicGateway) -> None:
    codes, categories = await cmic.master_codes("01")
    assert ("09-900" in codes, "S" in categories) == (True, True)
    assert ("09-900", "S") not in await cmic.job_codes("01", "1042")
    for wanted in (job_phase(), job_code()):
        assert await cmic.find(wanted.header.key) is None
        assert await cmic.create(wanted) is not None
        await agrees(cmic, wanted)
    assert ("09-900", "S") in await cmic.job_codes("01", "1042")
    assert await cmic.find(job_code("09-900", "M").header.key) is None


async def test_only_active_master_codes_are_listed(stand_in: StandIn) -> None:
    async with gateway(stand_in, page_size=4) as cmic:
        before = await cmic.master_codes("01")
        edited = {"resource": "jcmastercostcodes", "where": {"MphsCompCode": "01", "MphsCode": "09-900"}}
        stand_in.post("/edit", **edited, set={"MphsActiveFlag": "N"})
        after = await cmic.master_codes("01")
    assert set(before[0]) - set(after[0]) == {"09-900"}
    assert (before[1], len(set(before[1]))) == (after[1], len(before[1]))


async def test_an_amount_is_set_again_and_again(cmic: CmicGateway, stand_in: StandIn) -> None:
    """A forecast may go as the projected amount (A-16): the same change twice leaves the same."""
    pair = Key(resource="job_code", parts={"company": "01", "job": "1042", "cost_code": "03-100", "category": "S"})
    there = await found(cmic, pair)
    stand_in.forget()
    for _ in range(2):
        await cmic.change(there, {"projected": Decimal("123456.78")})
    assert {line["method"] for line in stand_in.traffic()} == {"PATCH"}
    now = await found(cmic, pair)
    assert now.attributes["projected"] == Decimal("123456.78")
    assert now.attributes["original_budget"] == there.attributes["original_budget"]


async def test_what_is_posted_cannot_be_changed(cmic: CmicGateway, stand_in: StandIn) -> None:
    await cmic.create(change_item())
    there = await found(cmic, change_item_key())
    await cmic.change(there, {"title": "Another", "status": "PENDING"})
    assert (await found(cmic, change_item_key())).attributes["status"] == "PENDING"
    await cmic.change(there, {"status": "APPROVED"})
    stand_in.post("/change_items/post", company="01", job="1042", change_item="B-001")
    with pytest.raises(Refused) as caught:
        await cmic.change(there, {"status": "PENDING"})
    assert caught.value.refusals[0].code == "cmic_refused"


async def test_a_contract_with_the_owner(cmic: CmicGateway, stand_in: StandIn) -> None:
    job = await found(cmic, Key(resource="job", parts={"company": "01", "job": "1042"}))
    contract = Key(resource="prime_contract", parts={"company": "01", "contract": str(job.attributes["contract"])})
    assert (await found(cmic, contract)).posting is Posting.PRESENT
    listed = await cmic.changed("prime_contract", "01", "2020-01-01T00:00:00Z", None)
    assert [f.key.text for f in listed.found] == [contract.text]
    other = Key(resource="prime_contract", parts={"company": "01", "contract": "NONE"})
    assert await cmic.find(other) is None


async def test_a_contract_in_process_takes_change_orders(cmic: CmicGateway, stand_in: StandIn) -> None:
    await cmic.create(group(1))
    stand_in.post("/subcontracts/process", company="01", vendor="ACME01", contract="SC-1")
    there = await found(cmic, contract_key())
    assert there.posting is Posting.IN_PROCESS
    assert there.posting.takes_changes
    (line,) = await cmic.lines(contract_key(), "subcontract_line")
    assert str(line.attributes["sequence"]).isdigit()


async def test_a_change_order_bills_with_its_contract(cmic: CmicGateway, stand_in: StandIn) -> None:
    """Lines of the base contract and of a change order, each told by its change code and task."""
    await posted_contract(cmic, stand_in)
    order = group(1)
    key = contract_key(change_code="001")
    line = order.lines[0].model_copy(
        update={"key": Key(resource="subcontract_line", parts={**key.parts, "task": "0001"})}
    )
    header = order.header.model_copy(update={"key": key})
    assert await cmic.create(Group(header=header, lines=[line], total=order.total)) is not None
    stand_in.post("/subcontracts/post", company="01", vendor="ACME01", contract="SC-1", change_code="001")
    wanted = voucher(amounts=("3.00",))
    billed = voucher_line(wanted.header.key, ("001", "0001"), Decimal("4.00"))
    wanted = wanted.model_copy(update={"lines": [*wanted.lines, billed], "total": Decimal("7.00")})
    wanted.header.values["amount"] = Decimal("7.00")
    assert await cmic.create(wanted) is not None
    await agrees(cmic, wanted)
    assert {(line.key.parts["change_code"], line.key.parts["task"]) for line in wanted.lines} == {
        TASKS[0],
        ("001", "0001"),
    }


def test_the_second_dialect_names_everything_else() -> None:
    for name, resource in renamed().resources.items():
        standard = {a.name for a in DIALECT.resources[name].used.values()}
        assert standard.isdisjoint(a.name for a in resource.used.values())
