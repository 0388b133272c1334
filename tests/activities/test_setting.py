"""Values that are set on records which exist, and whether CMiC shows what was exported as budgeted cost (O-10, R-17)."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest

from activities.setting import budgeted, set_values
from domain.records import Found, Group, Key, Record, Scalar
from domain.refusals import Refused
from tests.activities.memory import Memory

Pair = tuple[str, str]
CONCRETE, STEEL = ("03-100", "S"), ("05-100", "M")


def code_key(pair: Pair, job: str = "1042") -> Key:
    return Key(resource="job_code", parts={"company": "01", "job": job, "cost_code": pair[0], "category": pair[1]})


def code(pair: Pair = CONCRETE, **attributes: Scalar) -> Found:
    key = code_key(pair)
    return Found(key=key, uuid="u", attributes={**key.parts, **attributes})


# Setting


def projected(**values: Any) -> Group:
    record = Record(key=code_key(CONCRETE), values=values, part="projected:03-100/S")
    return Group(header=record, updates=True, may_exist=True, common=True)


async def test_what_differs_is_set_and_nothing_else() -> None:
    found = code(projected=Decimal("1.00"), note="as it was")
    cmic = Memory(found)
    taken = await set_values(cmic, projected(projected=Decimal("1300.75"), note="AS IT WAS "), found)
    assert cmic.changes == [(found.key.text, {"projected": Decimal("1300.75")})]
    assert [(w.part, w.key, w.uuid) for w in taken] == [("projected:03-100/S", found.key, "u")]


@pytest.mark.parametrize("theirs", [Decimal("1300.750"), "1300.75", "1300.7500"])
async def test_what_agrees_is_left_alone(theirs: Scalar) -> None:
    found = code(projected=theirs)
    cmic = Memory(found)
    assert len(await set_values(cmic, projected(projected=Decimal("1300.75")), found)) == 1
    assert cmic.changes == []


async def test_a_write_that_was_cut_off_is_simply_made_again() -> None:
    cmic = Memory(code())
    for _ in range(3):
        found = await cmic.find(code_key(CONCRETE))
        assert found is not None
        await set_values(cmic, projected(projected=Decimal("5.00")), found)
    assert [values for _, values in cmic.changes] == [{"projected": Decimal("5.00")}]


async def test_what_cmic_has_not_named_yet_is_set() -> None:
    cmic = Memory(found := code())
    await set_values(cmic, projected(projected=Decimal(0)), found)
    assert cmic.changes == [(found.key.text, {"projected": Decimal(0)})]


async def test_nothing_is_set_on_what_is_inactive() -> None:
    found = code().model_copy(update={"active": False})
    cmic = Memory(found)
    with pytest.raises(Refused) as error:
        await set_values(cmic, projected(projected=Decimal("5.00")), found)
    assert [r.code for r in error.value.refusals] == ["inactive_in_cmic"]
    assert "01|1042|03-100|S" in error.value.refusals[0].sentence
    assert cmic.changes == []


# Budgeted cost


def exported(amounts: dict[Pair, str | None], item: str = "BUD-01", **more: Any) -> Group:
    header = {"company": "01", "job": "1042", "change_item": item}
    lines = [
        Record(
            key=Key(resource="change_item_line", parts={**header, "cost_code": pair[0], "category": pair[1]}),
            values={"amount": None if amount is None else Decimal(amount)},
        )
        for pair, amount in amounts.items()
    ]
    return Group(header=Record(key=Key(resource="change_item", parts=header)), lines=lines, **more)


def showing(**amounts: str) -> Memory:
    """CMiC with these original budgets."""
    pairs = {"concrete": CONCRETE, "steel": STEEL}
    return Memory(*(code(pairs[name], original_budget=Decimal(amount)) for name, amount in amounts.items()))


async def test_nothing_exported_is_nothing_shown() -> None:
    assert not await budgeted(Memory(), [])
    assert not await budgeted(Memory(), [exported({})])


@pytest.mark.parametrize(
    ("concrete", "steel", "shown"),
    [
        ("1000.50", "250.10", True),
        ("1000.51", "999999", True),
        ("1000.49", "250.10", False),
        ("1000.50", "250.09", False),
        ("0", "0", False),
    ],
)
async def test_every_code_shows_at_least_what_was_exported(concrete: str, steel: str, shown: bool) -> None:
    cmic = showing(concrete=concrete, steel=steel)
    assert await budgeted(cmic, [exported({CONCRETE: "1000.50", STEEL: "250.10"})]) is shown


async def test_a_code_that_cmic_lacks_shows_nothing() -> None:
    assert not await budgeted(showing(concrete="1000.50"), [exported({CONCRETE: "1000.50", STEEL: "250.10"})])
    assert not await budgeted(Memory(code(CONCRETE)), [exported({CONCRETE: "1000.50"})])


async def test_several_exports_are_shown_by_their_sum() -> None:
    standing = [exported({CONCRETE: "1000.00", STEEL: "10.00"}), exported({CONCRETE: "-100.00"}, "BUD-02")]
    assert await budgeted(showing(concrete="900.00", steel="10.00"), standing)
    assert not await budgeted(showing(concrete="899.99", steel="10.00"), standing)
    standing.append(exported({CONCRETE: "50.00"}, "BUD-03"))
    assert not await budgeted(showing(concrete="900.00", steel="10.00"), standing)


async def test_each_code_is_looked_up_once() -> None:
    cmic = showing(concrete="900.00", steel="10.00")
    await budgeted(cmic, [exported({CONCRETE: "1000.00", STEEL: "10.00"}), exported({CONCRETE: "-100.00"}, "BUD-02")])
    assert sorted(cmic.looked_for) == ["01|1042|03-100|S", "01|1042|05-100|M"]


async def test_a_forecast_that_travelled_along_has_to_show_nowhere() -> None:
    along = exported({CONCRETE: "5000.00"}, "BUD-01F", aside=True)
    assert await budgeted(showing(concrete="1000.00"), [exported({CONCRETE: "1000.00"}), along])
    assert not await budgeted(showing(concrete="5000.00"), [along])


async def test_a_code_without_money_has_nothing_to_show() -> None:
    """R-21: it was exported so that CMiC has it, not to change what is budgeted there."""
    standing = [exported({CONCRETE: "1000.00", STEEL: "0.00"})]
    assert await budgeted(showing(concrete="1000.00"), standing)
    assert await budgeted(showing(concrete="1000.00", steel="0.00"), standing)
    assert await budgeted(showing(concrete="1000.00", steel="640000.00"), standing)


async def test_amounts_that_cancel_out_have_nothing_to_show() -> None:
    standing = [exported({CONCRETE: "1000.00", STEEL: "10.00"}), exported({STEEL: "-10.00"}, "BUD-02")]
    assert await budgeted(showing(concrete="1000.00", steel="0.00"), standing)
    assert await budgeted(showing(concrete="1000.00", steel="88750.00"), standing)


@pytest.mark.parametrize("steel", ["-10.00", "0.00", "640000.00"])
async def test_a_credit_cant_be_told_from_what_stood_there_before(steel: str) -> None:
    """What was exported above zero has to show; for the credit the posting has to do."""
    standing = [exported({CONCRETE: "1000.00", STEEL: "-10.00"})]
    assert await budgeted(showing(concrete="1000.00", steel=steel), standing)
    assert not await budgeted(showing(concrete="999.99", steel=steel), standing)


async def test_of_nothing_but_credits_the_posting_has_to_do() -> None:
    assert await budgeted(Memory(), [exported({STEEL: "-10.00"})])


async def test_an_amount_that_was_never_sent_counts_as_none() -> None:
    assert await budgeted(showing(concrete="1000.00"), [exported({CONCRETE: "1000.00", STEEL: None})])


# By how much CMiC has moved since the write


def after(base: dict[str, str], amounts: dict[Pair, str | None], item: str = "BUD-02") -> Group:
    """An export before which CMiC showed these amounts."""
    return exported(amounts, item, base={spot: Decimal(amount) for spot, amount in base.items()})


@pytest.mark.parametrize(
    ("amount", "shown_now", "shown"),
    [
        ("100.00", "1100.00", True),
        ("100.00", "1000.00", False),
        ("100.00", "1099.99", False),
        ("100.00", "5000.00", True),
        ("-100.00", "900.00", True),
        ("-100.00", "1000.00", False),
        ("-100.00", "900.01", False),
        ("0.00", "1000.00", True),
    ],
)
async def test_what_was_there_before_the_write_doesnt_count_for_it(amount: str, shown_now: str, shown: bool) -> None:
    """The job's budget may have been typed in CMiC, and a lowered amount has to be shown lowered (R-17)."""
    standing = [exported({CONCRETE: "50.00"}), after({"03-100/S": "1000.00"}, {CONCRETE: amount})]
    assert await budgeted(showing(concrete=shown_now), standing) is shown


async def test_every_code_of_the_last_export_has_to_move() -> None:
    last = after({"03-100/S": "1000.00"}, {CONCRETE: "100.00", STEEL: "10.00"})
    assert await budgeted(showing(concrete="1100.00", steel="10.00"), [last])
    assert not await budgeted(showing(concrete="1100.00"), [last])
    assert not await budgeted(showing(concrete="1000.00", steel="10.00"), [last])


async def test_only_the_codes_of_the_last_export_are_asked() -> None:
    """Those of earlier ones were shown before it could be sent."""
    cmic = showing(concrete="1100.00", steel="0.00")
    standing = [exported({STEEL: "10.00"}), after({"03-100/S": "1000.00"}, {CONCRETE: "100.00"})]
    assert await budgeted(cmic, standing)
    assert cmic.looked_for == ["01|1042|03-100|S"]
