"""Any budget, forecast, change, modification or prime change order: CMiC holds what Procore held, to the cent (B-07)."""

from __future__ import annotations

from decimal import ROUND_HALF_UP, Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.budget import Budget, BudgetLine
from domain.facts import References
from domain.prime_change_order import PrimeChangeOrder
from domain.records import Group
from domain.settings import ExportSettings
from mappers.registry import KINDS
from tests.builders import export, modest, own_key, references
from tests.domain.documents import (
    budget,
    budget_change,
    budget_line,
    forecast,
    markup,
    modification,
    plain_line,
    prime_change,
    settings_for,
)
from tests.domain.guarding import codes
from tests.domain.guarding import given as stated
from tests.mappers.anything import KNOWN, by_pair, coded, fractions, hold, money, pairs, total

CENT = Decimal("0.01")
Amounts = dict[tuple[str, str], Decimal]


def half_up(amount: Decimal) -> Decimal:
    return amount.quantize(CENT, rounding=ROUND_HALF_UP)


def known(**more: Any) -> References:
    return references(codes=KNOWN, **more)


def guarded(kind: str, document: Any, at: References, settings: ExportSettings) -> list[str]:
    """What the own guards say to it."""
    fields = {name: getattr(document, name) for name in type(document).model_fields if name != "id"}
    return codes(kind, stated(kind, known=at, more={"settings": settings}, **fields))


# Budgets and forecasts, export after export

amounts = st.dictionaries(pairs, fractions, min_size=1, max_size=6)
split = st.lists(st.tuples(pairs, fractions), min_size=1, max_size=8)


def lines(entries: list[tuple[tuple[str, str], Decimal]], name: str) -> list[BudgetLine]:
    """Lines with that amount; what isn't asked for is nothing."""
    blank = {"amount": 0, "forecast": None, "to_complete": None}
    return [
        budget_line(n, **{**blank, name: amount}, **coded(pair)) for n, (pair, amount) in enumerate(entries, start=1)
    ]


def one_after_another(kind: str, documents: list[Budget], settings: ExportSettings, *, aside: bool = False) -> Amounts:
    """What stands in CMiC once each document was exported, where the guards let it."""
    stands: Amounts = {}
    exports, codes_used = 0, set()
    for document in documents:
        sums = {"/".join(pair): amount for pair, amount in stands.items()}
        at = known(exports=exports, keys=own_key(kind) if exports else {}, **{"sent_along" if aside else "sent": sums})
        if refused := guarded(kind, document, at, settings):
            assert set(refused) <= {"nothing_new", "zero_total"}
            continue
        plan = KINDS[kind].mapper.plan(export(kind, document, references=at, settings=settings))
        hold(plan)
        (group,) = [g for g in plan.groups if g.header.key.resource == "change_item"]
        code = group.header.key.parts["change_item"]
        assert code not in codes_used
        codes_used.add(code)
        exports += 1
        for pair, amount in by_pair(group).items():
            stands[pair] = stands.get(pair, Decimal(0)) + amount
    return stands


def wanted(entries: list[tuple[tuple[str, str], Decimal]]) -> tuple[Decimal, Amounts]:
    """Procore's total to the cent, and the exact amount of each pair."""
    sums: Amounts = {}
    for (code, category), amount in entries:
        key = (code.upper(), category.upper())
        sums[key] = sums.get(key, Decimal(0)) + amount
    return half_up(sum(sums.values(), Decimal(0))), sums


def agrees(stands: Amounts, entries: list[tuple[tuple[str, str], Decimal]]) -> None:
    """The sum to the cent; each pair within the cent that a residual is at most, for each pair there is."""
    whole, exact = wanted(entries)
    assert sum(stands.values(), Decimal(0)) == whole
    for pair in {*stands, *exact}:
        assert abs(stands.get(pair, Decimal(0)) - exact.get(pair, Decimal(0))) <= CENT * max(1, len(exact))


KINDS_THAT_GROW = [("budget", "amount", budget), ("forecast", "forecast", forecast)]
growing = pytest.mark.parametrize(("kind", "name", "build"), KINDS_THAT_GROW, ids=["budget", "forecast"])


@growing
@modest
@given(data=st.data())
def test_exports_one_after_another_add_up_to_what_procore_holds(
    kind: str, name: str, build: Any, data: st.DataObject
) -> None:
    """Amounts change, lines are split and join; every pair stays."""
    used = data.draw(st.lists(pairs, min_size=1, max_size=5, unique_by=lambda p: (p[0].upper(), p[1].upper())))
    months = [
        [(pair, data.draw(fractions)) for pair in used for _ in range(data.draw(st.integers(1, 2)))]
        for _ in range(data.draw(st.integers(1, 4)))
    ]
    documents = [build(lines=lines(entries, name)) for entries in months]
    for zero in (True, False):
        settings = settings_for(kind, zero_dollar_codes=zero)
        for n in range(1, len(months) + 1):
            agrees(one_after_another(kind, documents[:n], settings), months[n - 1])


@growing
@modest
@given(months=st.lists(split, min_size=2, max_size=4))
def test_lines_that_come_and_go_leave_nothing_behind(
    kind: str, name: str, build: Any, months: list[list[tuple[tuple[str, str], Decimal]]]
) -> None:
    documents = [build(lines=lines(entries, name)) for entries in months]
    agrees(one_after_another(kind, documents, settings_for(kind)), months[-1])


@modest
@given(st.lists(split, min_size=1, max_size=3))
def test_projected_cost_is_what_was_set_last(months: list[list[tuple[tuple[str, str], Decimal]]]) -> None:
    settings = settings_for("forecast", forecast_export="projected")
    stands: dict[tuple[str, str], Any] = {}
    for entries in months:
        document = forecast(lines=lines(entries, "forecast"))
        assert guarded("forecast", document, known(), settings) == []
        plan = KINDS["forecast"].mapper.plan(export("forecast", document, references=known(), settings=settings))
        hold(plan)
        stands |= {
            (g.header.key.parts["cost_code"], g.header.key.parts["category"]): g.header.values["projected"]
            for g in plan.groups
        }
    whole, exact = wanted(months[-1])
    assert sum((Decimal(str(stands[pair])) for pair in exact), Decimal(0)) == whole


@modest
@given(split)
def test_a_forecast_along_with_the_budget_is_its_own_sum(entries: list[tuple[tuple[str, str], Decimal]]) -> None:
    document = budget(lines=[line.model_copy(update={"amount": Decimal(1)}) for line in lines(entries, "forecast")])
    settings = settings_for("budget", forecast_with_budget=True)
    plan = KINDS["budget"].mapper.plan(export("budget", document, references=known(), settings=settings))
    hold(plan)
    whole, exact = wanted(entries)
    along = [g for g in plan.groups if g.aside]
    assert sum((total(g, "amount") for g in along), Decimal(0)) == whole
    assert sum((total(g, "amount") for g in plan.groups if not g.aside), Decimal(0)) == len(entries)
    assert len(along) == (1 if any(half_up(amount) for amount in exact.values()) or whole else 0)


# Budget changes and modifications


@modest
@given(st.lists(st.tuples(pairs, money), min_size=1, max_size=60), st.booleans())
def test_a_change_is_a_pci_a_line_and_they_make_its_total(
    entries: list[tuple[tuple[str, str], Decimal]], bills: bool
) -> None:
    document = budget_change(
        number="12345678",
        total=sum((amount for _, amount in entries), Decimal(0)),
        lines=[plain_line(n, amount=amount, **coded(pair)) for n, (pair, amount) in enumerate(entries, start=1)],
    )
    settings = settings_for("budget_change", billing_on_budgets=bills)
    refused = guarded("budget_change", document, known(), settings)
    assert refused == ([] if any(amount for _, amount in entries) else ["zero_total"])
    plan = KINDS["budget_change"].mapper.plan(export("budget_change", document, references=known(), settings=settings))
    hold(plan)
    moving = [(pair, amount) for pair, amount in entries if amount]
    assert [g.total for g in plan.groups] == [amount for _, amount in moving]
    assert [list(by_pair(g)) for g in plan.groups] == [[(c.upper(), k.upper())] for (c, k), _ in moving]
    assert [g.lines[0].values["bill_amount"] for g in plan.groups] == [a if bills else None for _, a in moving]


@modest
@given(pairs, pairs, money, st.integers(min_value=1, max_value=2**63 - 1), st.text(max_size=50))
def test_a_modification_nets_to_zero(
    source: tuple[str, str], target: tuple[str, str], amount: Decimal, number: int, notes: str
) -> None:
    mapper = KINDS["budget_modification"].mapper
    named = [{"cost_code": c, "category": k} for c, k in (source, target)]
    raw = {"id": number, "from": named[0], "to": named[1], "transfer_amount": str(amount), "notes": notes}
    document = mapper.from_procore(raw)
    at = known()
    assert guarded("budget_modification", document, at, ExportSettings()) == ([] if amount else ["zero_total"])
    plan = mapper.plan(export("budget_modification", document, references=at))
    hold(plan)
    (group,) = plan.groups
    assert (group.total, total(group, "amount")) == (Decimal(0), Decimal(0))
    if tuple(p.upper() for p in source) != tuple(p.upper() for p in target):
        assert [r.values["amount"] for r in group.lines] == [-amount, amount]


def test_the_longest_modification_is_nothing_special() -> None:
    assert modification(id=2**63 - 1).title == f"Budget modification {2**63 - 1}"


# Prime contract change orders

percentages = st.decimals(min_value=-30, max_value=60, places=3)
marks = st.lists(st.tuples(st.booleans(), percentages, pairs, st.integers(0, 3)), max_size=5)
orders = st.lists(st.tuples(pairs, money), min_size=1, max_size=6)


def order_of(
    entries: list[tuple[tuple[str, str], Decimal]], markups: list[Any], amount: Decimal | None
) -> PrimeChangeOrder:
    return prime_change(
        lines=[plain_line(n, amount=value, **coded(pair)) for n, (pair, value) in enumerate(entries, start=1)],
        markups=[
            markup(n, vertical=vertical, percentage=percentage, position=position, **coded(pair))
            for n, (vertical, percentage, pair, position) in enumerate(markups, start=1)
        ],
        total=amount,
    )


def procores_total(entries: list[tuple[tuple[str, str], Decimal]], markups: list[Any]) -> Decimal:
    """Horizontal markups of each line's own amount, then vertical ones of the running subtotal, each rounded by itself."""
    running = sum((amount for _, amount in entries), Decimal(0))
    for vertical, percentage, _, _ in markups:
        if not vertical:
            running += sum((half_up(amount * percentage / 100) for _, amount in entries), Decimal(0))
    for _, (_, percentage, _, _) in sorted(
        ((position, n), mark) for n, mark in enumerate(markups, start=1) for position in [mark[3]] if mark[0]
    ):
        running += half_up(running * percentage / 100)
    return running


def planned(document: PrimeChangeOrder, **settings: Any) -> Group:
    kind = "prime_change_order"
    plan = KINDS[kind].mapper.plan(export(kind, document, references=known(), settings=settings_for(kind, **settings)))
    hold(plan)
    (group,) = plan.groups
    return group


@modest
@given(orders, marks)
def test_the_bill_makes_procores_total_and_the_cost_is_the_lines(
    entries: list[tuple[tuple[str, str], Decimal]], markups: list[Any]
) -> None:
    document = order_of(entries, markups, procores_total(entries, markups))
    assert guarded("prime_change_order", document, known(), ExportSettings()) == []
    group = planned(document)
    assert total(group, "bill_amount") == group.total == document.total
    assert total(group, "amount") == sum((amount for _, amount in entries), Decimal(0))
    assert set(by_pair(group)) == {
        (c.upper(), k.upper())
        for c, k in [*(pair for pair, _ in entries), *(pair for vertical, _, pair, _ in markups if vertical)]
    }
    revenue = planned(document, revenue_only_changes=True)
    assert {r.values["amount"] for r in revenue.lines} == {None}
    assert total(revenue, "bill_amount") == document.total


@modest
@given(orders, marks, st.integers(-12, 12))
def test_another_total_is_carried_to_the_cent_or_refused(
    entries: list[tuple[tuple[str, str], Decimal]], markups: list[Any], off: int
) -> None:
    """How Procore rounds isn't published: a cent a rounding is its own, more is a difference."""
    document = order_of(entries, markups, procores_total(entries, markups) + off * CENT)
    refused = guarded("prime_change_order", document, known(), ExportSettings())
    vertical = sum(mark[0] for mark in markups)
    roundings = len(entries) * (len(markups) - vertical) + vertical
    assert refused == ([] if abs(off) <= roundings else ["total_differs"])
    if not refused:
        assert total(planned(document), "bill_amount") == document.total


@modest
@given(orders, marks)
def test_a_plan_depends_on_nothing_but_its_arguments(
    entries: list[tuple[tuple[str, str], Decimal]], markups: list[Any]
) -> None:
    document = order_of(entries, markups, procores_total(entries, markups))
    restored = KINDS["prime_change_order"].mapper.restore(document.model_dump(mode="json"))
    assert restored == document
    assert planned(restored) == planned(document)
