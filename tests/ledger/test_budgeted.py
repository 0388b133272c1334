"""What CMiC shows of an object with several records, and of amounts that it has to show as budgeted cost (R-17)."""

from __future__ import annotations

from datetime import date, timedelta
from decimal import Decimal

import pytest

from domain.facts import Prerequisite
from domain.identity import ObjectId
from domain.records import Found, Group, Key, Plan, Record, Written
from domain.states import Condition, Posting, State
from ledger.exports import together
from ledger.store import PgLedger
from tests.builders import COMMITMENT, COMPANY, ERP_COMPANY, JOB
from tests.ledger.acts import another, link, link_company, move, needs, reserve, wait_on

BUDGET = ObjectId(kind="budget", company=562949, scope="310", id=310)
P = Posting


def pci(code: str) -> Key:
    return Key(resource="change_item", parts={"company": ERP_COMPANY, "job": JOB, "change_item": code})


def linked_as(code: str, part: str = "") -> Written:
    return Written(part=part, key=pci(code), uuid=code)


async def see(ledger: PgLedger, code: str, posting: Posting, on: date | None = None) -> list[str]:
    return await ledger.note_seen(
        "change_item", ERP_COMPANY, [Found(key=pci(code), uuid="u", posting=posting, posted_on=on)]
    )


async def seen(ledger: PgLedger, object_id: ObjectId = BUDGET) -> tuple[Posting, date | None]:
    async with ledger.case(object_id) as case:
        return await case.seen()


@pytest.mark.parametrize(
    ("postings", "expected"),
    [
        ([], P.UNKNOWN),
        ([P.POSTED], P.POSTED),
        ([P.POSTED, P.POSTED], P.POSTED),
        ([P.UNPOSTED, P.UNPOSTED], P.UNPOSTED),
        ([P.IN_PROCESS, P.IN_PROCESS], P.IN_PROCESS),
        ([P.PRESENT], P.PRESENT),
        ([P.POSTED, P.UNPOSTED], P.UNPOSTED),
        ([P.POSTED, P.IN_PROCESS], P.UNPOSTED),
        ([P.IN_PROCESS, P.UNPOSTED], P.UNPOSTED),
        ([P.GONE], P.GONE),
        ([P.GONE, P.GONE], P.GONE),
        ([P.VOID, P.GONE], P.VOID),
        ([P.VOID, P.VOID], P.VOID),
        ([P.UNPOSTED, P.VOID], P.UNPOSTED),
        ([P.UNPOSTED, P.GONE], P.UNPOSTED),
        ([P.POSTED, P.VOID], P.POSTED),
        ([P.POSTED, P.GONE], P.POSTED),
        ([P.POSTED, P.POSTED, P.VOID, P.GONE], P.POSTED),
        ([P.IN_PROCESS, P.VOID], P.IN_PROCESS),
        ([P.PRESENT, P.GONE], P.PRESENT),
        ([P.POSTED, P.UNPOSTED, P.VOID], P.UNPOSTED),
    ],
)
def test_several_records_are_one_posting(postings: list[Posting], expected: Posting) -> None:
    assert together(postings) is expected
    assert together(postings[::-1]) is expected


@pytest.mark.parametrize("gone", [P.VOID, P.GONE])
@pytest.mark.parametrize("posting", [p for p in Posting if not p.counts_as_gone])
def test_what_stands_counts_and_what_is_gone_doesnt(gone: Posting, posting: Posting) -> None:
    """A budget whose first export is posted and whose second one was voided has nothing left to post."""
    assert together([posting, gone]) is posting
    assert not together([posting, gone]).counts_as_gone


async def test_an_object_is_posted_when_all_its_records_are(ledger: PgLedger) -> None:
    await link(ledger, BUDGET, [linked_as("BUD-01"), linked_as("BUD-02", "BUD-02")])
    await see(ledger, "BUD-01", P.POSTED, date(2026, 3, 5))
    await see(ledger, "BUD-02", P.UNPOSTED)
    assert (await seen(ledger))[0] is P.UNPOSTED
    assert await see(ledger, "BUD-02", P.POSTED, date(2026, 3, 9)) == [BUDGET.key]
    assert await seen(ledger) == (P.POSTED, date(2026, 3, 9))
    await see(ledger, "BUD-01", P.POSTED, date(2026, 4, 1))
    assert await seen(ledger) == (P.POSTED, date(2026, 4, 1))


async def test_it_is_gone_when_none_of_them_is_left(ledger: PgLedger) -> None:
    await link(ledger, BUDGET, [linked_as("BUD-01"), linked_as("BUD-02", "BUD-02")])
    await see(ledger, "BUD-01", P.VOID)
    await see(ledger, "BUD-02", P.UNPOSTED)
    assert not (await seen(ledger))[0].counts_as_gone
    await ledger.note_seen("change_item", ERP_COMPANY, [], missing=[pci("BUD-02")])
    assert (await seen(ledger))[0].counts_as_gone


async def test_lines_and_partners_are_no_main_records(ledger: PgLedger) -> None:
    await link_company(ledger)
    partner = Key(resource="partner", parts={"vendor": "ACME"})
    vendor = Key(resource="vendor", parts={"company": ERP_COMPANY, "vendor": "ACME"})
    await ledger.note_seen("partner", ERP_COMPANY, [Found(key=partner, uuid="p", posting=P.POSTED)])
    assert (await seen(ledger, COMPANY))[0] is P.UNKNOWN
    await ledger.note_seen("vendor", ERP_COMPANY, [Found(key=vendor, uuid="v", posting=P.PRESENT)])
    assert (await seen(ledger, COMPANY))[0] is P.PRESENT


async def test_what_is_on_its_way_is_seen_only_while_nothing_linked_is(ledger: PgLedger) -> None:
    groups = [Group(header=Record(key=pci(code), part=part)) for code, part in (("A-01", ""), ("A-02", "A-02"))]
    await reserve(ledger, BUDGET, Plan(groups=groups))
    await see(ledger, "A-01", P.POSTED)
    assert (await seen(ledger))[0] is P.POSTED
    await see(ledger, "A-02", P.UNPOSTED)
    assert (await seen(ledger))[0] is P.UNPOSTED
    await link(ledger, BUDGET, [linked_as("BUD-01")])
    await see(ledger, "BUD-01", P.VOID)
    assert (await seen(ledger))[0] is P.VOID


async def test_a_write_knows_only_of_what_is_on_its_way(ledger: PgLedger) -> None:
    """An earlier export's record says nothing of this one's (nothing_of_ours_in_cmic)."""
    await link(ledger, BUDGET, [linked_as("BUD-01")])
    await see(ledger, "BUD-01", P.POSTED)
    (intent,) = await reserve(ledger, BUDGET, Plan(groups=[Group(header=Record(key=pci("BUD-02"), part="BUD-02"))]))
    await ledger.attempt(intent.id, 0)
    for posting in (P.UNKNOWN, P.GONE, P.UNPOSTED):
        if posting is not P.UNKNOWN:
            await see(ledger, "BUD-02", posting)
        async with ledger.case(BUDGET) as case:
            write = await case.write_state(Decimal(120))
        assert write is not None
        assert (write.erp_key, write.seen) == (pci("BUD-02").text, posting)


# What was seen and told nobody


async def test_what_was_seen_and_told_nobody_is_found(ledger: PgLedger) -> None:
    await link(ledger, BUDGET, [linked_as("BUD-01")])
    await move(ledger, BUDGET, State.SYNCED, "complete")
    assert await ledger.unadopted() == []
    await see(ledger, "BUD-01", P.UNPOSTED)
    assert await ledger.unadopted() == [BUDGET.key]
    await adopt(ledger)
    assert await ledger.unadopted() == []
    await see(ledger, "BUD-01", P.POSTED, date(2026, 3, 5))
    assert await ledger.unadopted() == [BUDGET.key]
    await move(ledger, BUDGET, State.WAITING, "resend")
    assert await ledger.unadopted() == []


@pytest.mark.parametrize(
    ("first", "second"),
    [
        ((P.POSTED, date(2026, 3, 5)), (P.UNPOSTED, None)),
        ((P.POSTED, date(2026, 3, 5)), (P.POSTED, date(2026, 3, 9))),
        ((P.POSTED, date(2026, 3, 5)), (P.VOID, None)),
    ],
    ids=["one posted", "posted on two days", "one void"],
)
async def test_what_stands_in_the_row_already_isnt_news_though_its_records_differ(
    ledger: PgLedger, first: tuple[Posting, date | None], second: tuple[Posting, date | None]
) -> None:
    """Or every sweep would wake such an object, and look into CMiC for it, for ever."""
    await link(ledger, BUDGET, [linked_as("BUD-01"), linked_as("BUD-02", "BUD-02")])
    await see(ledger, "BUD-01", *first)
    await see(ledger, "BUD-02", *second)
    await move(ledger, BUDGET, State.SYNCED, "complete")
    assert await ledger.unadopted() == [BUDGET.key]
    await adopt(ledger)
    assert await ledger.unadopted() == []


async def test_a_forecast_that_goes_along_isnt_the_budgets_posting(ledger: PgLedger) -> None:
    """It is posted or not by itself; but while it stands, the budget isn't gone."""
    own = Group(header=Record(key=pci("BUD-01")))
    along = Group(header=Record(key=pci("BUD-01F"), part="forecast BUD-01"), aside=True)
    for intent in await reserve(ledger, BUDGET, Plan(groups=[own, along])):
        await ledger.attempt(intent.id, 0)
        await ledger.wrote(intent.id, [Written(part=intent.group.header.part, key=intent.group.header.key, uuid="u")])
    for linked in (False, True):
        if linked:
            await link(ledger, BUDGET, [linked_as("BUD-01"), linked_as("BUD-01F", "forecast BUD-01")])
        await see(ledger, "BUD-01", P.POSTED, date(2026, 3, 5))
        for posting in (P.UNPOSTED, P.POSTED, P.VOID, P.GONE):
            await see(ledger, "BUD-01F", posting, date(2026, 4, 1))
            assert await seen(ledger) == (P.POSTED, date(2026, 3, 5))
        await see(ledger, "BUD-01", P.VOID)
        assert (await seen(ledger))[0] is P.VOID
        await see(ledger, "BUD-01F", P.UNPOSTED)
        assert (await seen(ledger))[0] is P.UNPOSTED


# Budgeted cost


async def synced(
    ledger: PgLedger, object_id: ObjectId = BUDGET, code: str = "BUD-01", posting: Posting = P.POSTED
) -> None:
    await link(ledger, object_id, [linked_as(code)])
    await see(ledger, code, posting)
    async with ledger.case(object_id) as case:
        await case.adopt_posting()
    await move(ledger, object_id, State.SYNCED, "complete")


async def adopt(ledger: PgLedger) -> bool:
    """What the connector does when it is woken. True if there was news."""
    async with ledger.case(BUDGET) as case:
        changed = await case.posting_changed(*await case.seen())
        await case.adopt_posting()
        assert not await case.posting_changed(*await case.seen())
        return changed


async def budgeted(ledger: PgLedger) -> bool:
    head = await ledger.head(BUDGET.key)
    assert head is not None
    async with ledger.case(BUDGET) as case:
        assert case.head.budgeted is head.budgeted
    return head.budgeted


async def test_posted_isnt_budgeted_until_cmic_shows_it(ledger: PgLedger) -> None:
    await synced(ledger)
    assert not await budgeted(ledger)
    await ledger.note_budgeted(BUDGET.key, ERP_COMPANY, False)
    assert not await adopt(ledger)
    await ledger.note_budgeted(BUDGET.key, ERP_COMPANY, True)
    assert not await budgeted(ledger)
    assert await adopt(ledger)
    assert await budgeted(ledger)
    assert not await adopt(ledger)


async def test_what_cmic_shows_no_longer_is_no_longer_budgeted(ledger: PgLedger) -> None:
    await synced(ledger)
    await ledger.note_budgeted(BUDGET.key, ERP_COMPANY, True)
    await adopt(ledger)
    await ledger.note_budgeted(BUDGET.key, ERP_COMPANY, False)
    assert await adopt(ledger)
    assert not await budgeted(ledger)


async def test_one_budget_shown_says_nothing_of_another(ledger: PgLedger) -> None:
    other = another("budget")
    await synced(ledger)
    await synced(ledger, other, "BUD-77")
    await ledger.note_budgeted(other.key, ERP_COMPANY, True)
    assert not await adopt(ledger)
    assert not await budgeted(ledger)


async def test_an_unlinked_budget_isnt_budgeted(ledger: PgLedger) -> None:
    await synced(ledger)
    await ledger.note_budgeted(BUDGET.key, ERP_COMPANY, True)
    await adopt(ledger)
    async with ledger.case(BUDGET) as case:
        await case.unlink()
        assert not case.head.budgeted
    assert not await budgeted(ledger)


async def test_what_was_shown_of_an_unlinked_export_is_not_shown_of_the_next(ledger: PgLedger) -> None:
    """Or a budget that is exported anew would count as budgeted before anybody has posted it."""
    await synced(ledger)
    await ledger.note_budgeted(BUDGET.key, ERP_COMPANY, True)
    await adopt(ledger)
    async with ledger.case(BUDGET) as case:
        await case.unlink()
    await synced(ledger, code="BUD-02", posting=P.UNPOSTED)
    assert not await budgeted(ledger)


async def test_what_was_shown_of_one_export_is_not_shown_of_the_next(ledger: PgLedger) -> None:
    """A later export brings money that CMiC has still to show (R-17)."""
    await synced(ledger)
    await ledger.note_budgeted(BUDGET.key, ERP_COMPANY, True)
    await adopt(ledger)
    other = another("budget")
    await synced(ledger, other, "BUD-77")
    await ledger.note_budgeted(other.key, ERP_COMPANY, True)
    await link(ledger, BUDGET, [linked_as("BUD-02", "BUD-02")])
    for budget, shown in ((BUDGET, False), (other, True)):
        async with ledger.case(budget) as case:
            assert await case.shown_as_budgeted() is shown
    assert await adopt(ledger)
    assert not await budgeted(ledger)


async def test_what_was_looked_at_last_is_known_before_the_row_says_so(ledger: PgLedger) -> None:
    await synced(ledger)
    async with ledger.case(BUDGET) as case:
        assert not await case.shown_as_budgeted()
    await ledger.note_budgeted(BUDGET.key, ERP_COMPANY, True)
    async with ledger.case(BUDGET) as case:
        assert (await case.shown_as_budgeted(), case.head.budgeted) == (True, False)
    await adopt(ledger)
    await ledger.note_budgeted(BUDGET.key, ERP_COMPANY, False)
    async with ledger.case(BUDGET) as case:
        assert (await case.shown_as_budgeted(), case.head.budgeted) == (False, True)


async def test_a_child_waits_until_its_budget_is_posted_and_shown(ledger: PgLedger) -> None:
    child = another("budget_change")
    wanted: Prerequisite = needs(BUDGET, Condition.BUDGETED)
    await synced(ledger, posting=P.UNPOSTED)
    await wait_on(ledger, child, wanted)
    await move(ledger, child, State.HELD)
    await ledger.note_budgeted(BUDGET.key, ERP_COMPANY, True)
    await adopt(ledger)
    assert await ledger.releasable(timedelta(0)) == []
    await see(ledger, "BUD-01", P.POSTED)
    await adopt(ledger)
    assert await ledger.releasable(timedelta(0)) == [child.key]
    await move(ledger, BUDGET, State.EXPORTING, "accept")
    assert await ledger.releasable(timedelta(0)) == []


async def test_posted_ones_that_arent_shown_yet_are_looked_for(ledger: PgLedger) -> None:
    assert await ledger.unshown(["budget"]) == []
    await synced(ledger)
    unposted, change = another("budget"), another("budget_change")
    await synced(ledger, unposted, "BUD-70", P.UNPOSTED)
    await synced(ledger, change, "BC-01")
    assert await ledger.unshown(["budget"]) == [BUDGET.key]
    assert await ledger.unshown(["budget", "budget_change"]) == sorted([BUDGET.key, change.key])
    assert await ledger.unshown([]) == []
    await ledger.note_budgeted(BUDGET.key, ERP_COMPANY, True)
    assert await ledger.unshown(["budget"]) == [BUDGET.key]
    await adopt(ledger)
    assert await ledger.unshown(["budget"]) == []


@pytest.mark.parametrize("state", State)
async def test_only_what_is_synced_is_looked_for(ledger: PgLedger, state: State) -> None:
    await synced(ledger)
    await move(ledger, BUDGET, state)
    assert await ledger.unshown(["budget"]) == ([BUDGET.key] if state is State.SYNCED else [])


async def test_a_kind_that_isnt_shown_stays_as_it_is(ledger: PgLedger) -> None:
    await synced(ledger, COMMITMENT, "CO-5")
    head = await ledger.head(COMMITMENT.key)
    assert head is not None
    assert (head.posting, head.budgeted) == (P.POSTED, False)
