"""Budget, forecast and cost codes: the view, its column, the rows."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest

from domain.ports import NotThere, WriteBack
from domain.refusals import Refused
from systems.procore.budget_views import AT_COMPLETION
from systems.procore.gateway import ProcoreGateway
from tests.systems.procore.fake import PROJECT, FakeProcore, gateway_of, reply
from tests.systems.procore.financials import (
    COLUMNS,
    CONCRETE,
    MODIFICATIONS,
    PLAIN_VIEW,
    ROWS,
    STEEL,
    V1,
    VIEW,
    VIEWS,
    WBS,
    decimals,
    furnish_financials,
    modification,
    named,
    row,
)
from tests.systems.procore.samples import furnish, project, segment

BUDGET, NOVEMBER = named("budget", PROJECT), named("forecast", 202611)
PLAIN_ROWS = f"{VIEWS}/{PLAIN_VIEW}/detail_rows"
AMOUNTS = ("original_budget_amount", "budget_modifications", "forecast_to_complete", "estimated_cost_at_completion")


async def test_a_budget_is_read_from_the_first_view_with_the_column(
    procore: FakeProcore, gateway: ProcoreGateway
) -> None:
    procore.on("GET", ROWS, reply([row(CONCRETE, **{"4711": "1300.0"}), row(STEEL, 500.25, budget_forecast=None)]))
    assert await gateway.read(BUDGET) == {
        "id": PROJECT,
        "project_id": PROJECT,
        "locked": True,
        "view": {"id": VIEW, "name": "Forecasting"},
        "lines": [
            {
                "id": CONCRETE,
                "cost_code": "03-300",
                "category": "M",
                "original_budget_amount": Decimal("1000.0"),
                "budget_modifications": Decimal("-50.0"),
                "forecast_to_complete": Decimal("300.0"),
                "estimated_cost_at_completion": Decimal("1300.0"),
            },
            {
                "id": STEEL,
                "cost_code": "05-100",
                "category": "S",
                "original_budget_amount": Decimal("500.25"),
                "budget_modifications": Decimal("-50.0"),
                "forecast_to_complete": None,
                "estimated_cost_at_completion": None,
            },
        ],
        "modifications": False,
        "custom_segments": [],
    }
    (request,) = procore.sent("GET", ROWS)
    assert dict(request.url.params) == {
        "project_id": str(PROJECT),
        "budget_row_type": "budgeted",
        "page": "1",
        "per_page": "500",
    }
    assert len(procore.sent("GET", WBS)) == 1


async def test_a_forecast_is_the_same_with_the_unbudgeted_rows(procore: FakeProcore, gateway: ProcoreGateway) -> None:
    budget, forecast = await gateway.read(BUDGET), await gateway.read(NOVEMBER)
    assert forecast == {**budget, "id": 202611}
    assert [r.url.params["budget_row_type"] for r in procore.sent("GET", ROWS)] == ["budgeted", "all"]


async def test_rows_that_nothing_stands_on_are_left_out(procore: FakeProcore, gateway: ProcoreGateway) -> None:
    nothing = {"budget_modifications": "0.0", "budget_forecast": {"amount": "0.0"}}
    unbudgeted = {"unbudgeted_reason": "Not budgeted"}
    rows = [
        row(1, "0.0", **nothing),
        row(2, "0.0", **nothing, **unbudgeted),
        row(3, "0.0", **nothing, **unbudgeted, **{"4711": "0.01"}),
    ]
    procore.on("GET", ROWS, reply(rows))
    assert [line["id"] for line in (await gateway.read(NOVEMBER))["lines"]] == [1, 3]


@pytest.mark.parametrize("number", [202600, 202613, 11, 2026111])
async def test_a_forecast_of_no_month_is_read_and_left_to_its_guard(gateway: ProcoreGateway, number: int) -> None:
    """It is refused by a person's mistake, in words, and not as something that can't be."""
    found, november = await gateway.read(named("forecast", number)), await gateway.read(NOVEMBER)
    assert found == {**november, "id": number}


async def test_a_formula_column_is_found_by_its_name_in_the_rows(procore: FakeProcore, gateway: ProcoreGateway) -> None:
    procore.on("GET", COLUMNS, reply([{"id": "1", "name": "estimated cost at completion"}]))
    procore.on("GET", ROWS, reply([row(CONCRETE, **{AT_COMPLETION: "1300.0"})]))
    found = await gateway.read(BUDGET)
    assert found["view"]["id"] == VIEW
    assert found["lines"][0]["estimated_cost_at_completion"] == Decimal("1300.0")


async def test_without_the_column_the_first_view_is_read(procore: FakeProcore, gateway: ProcoreGateway) -> None:
    procore.on("GET", COLUMNS, reply([]))
    found = await gateway.read(BUDGET)
    assert found["view"] == {"id": PLAIN_VIEW, "name": "Plain"}
    assert [line["estimated_cost_at_completion"] for line in found["lines"]] == [None]


@pytest.mark.parametrize("wanted", ["Plain", str(PLAIN_VIEW)])
async def test_the_setting_names_the_view(procore: FakeProcore, wanted: str) -> None:
    furnish(procore)
    furnish_financials(procore)
    async with gateway_of(procore, budget_view=wanted) as gateway:
        assert (await gateway.read(BUDGET))["view"] == {"id": PLAIN_VIEW, "name": "Plain"}
    assert procore.sent("GET", COLUMNS) == []


async def test_a_view_that_the_project_does_not_have_is_refused_in_words(procore: FakeProcore) -> None:
    furnish(procore)
    furnish_financials(procore)
    async with gateway_of(procore, budget_view="Owner's") as gateway:
        with pytest.raises(Refused, match=r"no budget view \"Owner's\".*it has 'Plain', 'Forecasting'"):
            await gateway.read(BUDGET)


@pytest.mark.parametrize(("original", "amount"), [(None, "0"), (0, "0"), (1000, "1000"), ("1000.10", "1000.10")])
async def test_amounts_are_decimals_and_none_is_zero(
    procore: FakeProcore, gateway: ProcoreGateway, original: Any, amount: str
) -> None:
    procore.on("GET", ROWS, reply([row(CONCRETE, original, budget_modifications=None)]))
    (line,) = (await gateway.read(BUDGET))["lines"]
    assert decimals(line, *AMOUNTS)[:2] == (Decimal(amount), Decimal(0))


async def test_rows_on_no_known_code_are_left_without_one(procore: FakeProcore, gateway: ProcoreGateway) -> None:
    procore.on("GET", ROWS, reply([row(999), row(1, wbs_code_id=None), row(2, wbs_code_id=None)]))
    found = (await gateway.read(NOVEMBER))["lines"]
    assert [(line["id"], line["cost_code"], line["category"]) for line in found] == [
        (999, "", ""),
        (None, "", ""),
        (None, "", ""),
    ]


@pytest.mark.parametrize(
    ("path", "answer"),
    [
        (f"{V1}/budget", reply([])),
        (f"{V1}/budget", reply({})),
        (f"{V1}/budget", reply({"locked": "yes"})),
        (VIEWS, reply([])),
        (VIEWS, reply({})),
        (VIEWS, reply([{"name": "x"}])),
        (VIEWS, reply({"message": "x"}, 404)),
        (COLUMNS, reply({})),
        (COLUMNS, reply({"message": "x"}, 404)),
        (ROWS, reply({})),
        (ROWS, reply([{"id": 1, "wbs_code_id": CONCRETE}])),
        (ROWS, reply([row(CONCRETE, "much")])),
        (ROWS, reply([row(CONCRETE, budget_forecast=[])])),
        (ROWS, reply([row(CONCRETE, budget_forecast={"amount": "x"})])),
        (ROWS, reply([row(CONCRETE, **{"4711": "x"})])),
        (ROWS, reply([row(CONCRETE), row(CONCRETE)])),
        (ROWS, reply({"message": "x"}, 404)),
        (MODIFICATIONS, reply({})),
        (MODIFICATIONS, reply({"message": "x"}, 404)),
    ],
)
async def test_a_budget_that_can_not_be_read_is_refused(
    procore: FakeProcore, gateway: ProcoreGateway, path: str, answer: Any
) -> None:
    procore.on("GET", path, answer)
    with pytest.raises(Refused) as caught:
        await gateway.read(BUDGET)
    assert caught.value.refusals[0].code == "procore_unreadable"


async def test_a_budget_that_is_not_shown_is_not_there(procore: FakeProcore, gateway: ProcoreGateway) -> None:
    procore.on("GET", f"{V1}/budget", reply({"message": "x"}, 404))
    with pytest.raises(NotThere):
        await gateway.read(BUDGET)


@pytest.mark.parametrize(
    ("answer", "there_are"),
    [(reply([modification()]), True), (reply([]), False), (reply({"message": "x"}, 405, {"Allow": "GET"}), False)],
)
async def test_modifications_are_told(
    procore: FakeProcore, gateway: ProcoreGateway, answer: Any, there_are: bool
) -> None:
    procore.on("GET", MODIFICATIONS, answer)
    assert (await gateway.read(BUDGET))["modifications"] is there_are
    assert dict(procore.sent("GET", MODIFICATIONS)[0].url.params) == {"page": "1", "per_page": "1"}


async def test_a_refusal_of_the_modifications_is_handed_on(procore: FakeProcore, gateway: ProcoreGateway) -> None:
    procore.on("GET", MODIFICATIONS, reply({"message": "tool is off"}, 403))
    with pytest.raises(Refused, match="tool is off"):
        await gateway.read(BUDGET)


async def test_custom_segments_come_along(procore: FakeProcore, gateway: ProcoreGateway) -> None:
    procore.on("GET", f"{V1}/work_breakdown_structure/segments", reply([segment("custom", "Phase")]))
    assert (await gateway.read(BUDGET))["custom_segments"] == ["Phase"]


@pytest.mark.parametrize("object_id", [BUDGET, NOVEMBER, named("cost_codes", PROJECT)])
async def test_there_is_no_place_for_ids(procore: FakeProcore, gateway: ProcoreGateway, object_id: Any) -> None:
    assert await gateway.write_ids(object_id, WriteBack(origin_id="01|X", lines={"1": "x"}), {}) == []
    assert procore.requests == []


# Cost codes

CODES = named("cost_codes", PROJECT)
COST_CODES = "/rest/v1.0/cost_codes"
LISTED = "/rest/v1.0/standard_cost_code_lists/9"
MATERIALS, LABOR = {"id": 51, "name": "Materials", "code": "M"}, {"id": 52, "name": "Labor", "code": "L"}


def code(full_code: str, types: Any, **more: Any) -> dict[str, Any]:
    return {"id": 1, "full_code": full_code, "name": f"Code {full_code}", "line_item_types": types, **more}


async def test_the_pairs_of_a_project_come_with_what_is_budgeted(procore: FakeProcore, gateway: ProcoreGateway) -> None:
    codes = [
        code("03-300", [MATERIALS, LABOR], budgeted=True, biller_type="Project"),
        code("05", []),
        code("05-100", [{"id": 53, "name": "Nameless", "code": None}]),
        code("06-100", [MATERIALS], deleted_at="2026-01-01T00:00:00Z"),
        code("07-100", [MATERIALS], biller_type="SubJob"),
        code("03-300", [MATERIALS], name="Again"),
    ]
    procore.on("GET", COST_CODES, reply(codes))
    procore.on("GET", f"{VIEWS}/{PLAIN_VIEW}/detail_rows", reply([row(CONCRETE, "1000.5")]))
    found = await gateway.read(CODES)
    assert found == {
        "id": PROJECT,
        "name": "Tower",
        "project_number": "1042",
        "lines": [
            {
                "cost_code": "03-300",
                "category": "M",
                "name": "Code 03-300",
                "category_name": "Materials",
                "budgeted": True,
                "original_budget_amount": Decimal("1000.5"),
            },
            {
                "cost_code": "03-300",
                "category": "L",
                "name": "Code 03-300",
                "category_name": "Labor",
                "budgeted": False,
                "original_budget_amount": None,
            },
        ],
        "custom_segments": [],
        "is_erp_list": None,
    }
    assert procore.sent("GET", COLUMNS) == []


async def test_without_a_view_the_codes_own_flag_counts(procore: FakeProcore, gateway: ProcoreGateway) -> None:
    procore.on("GET", VIEWS, reply([]))
    procore.on("GET", COST_CODES, reply([code("03", [LABOR], budgeted=True), code("04", [LABOR], budgeted=None)]))
    lines = (await gateway.read(CODES))["lines"]
    assert [(line["budgeted"], line["original_budget_amount"]) for line in lines] == [(True, None), (False, None)]


@pytest.mark.parametrize(
    "answer",
    [
        reply({}),
        reply([code("03", None)]),
        reply([code("03", [None])]),
        reply([code("03", [{"code": 5}])]),
        reply([{"id": 1, "line_item_types": []}]),
        reply({"message": "x"}, 404),
    ],
)
async def test_codes_that_can_not_be_read_are_refused(
    procore: FakeProcore, gateway: ProcoreGateway, answer: Any
) -> None:
    procore.on("GET", COST_CODES, answer)
    with pytest.raises(Refused) as caught:
        await gateway.read(CODES)
    assert caught.value.refusals[0].code == "procore_unreadable"


@pytest.mark.parametrize(
    ("answer", "known"),
    [
        (reply({"id": 9, "is_erp_list": True}), True),
        (reply({"id": 9, "is_erp_list": False}), False),
        (reply({"id": 9}), None),
        (reply([]), None),
        (reply({"message": "x"}, 404), None),
        (reply({"message": "x"}, 403), None),
    ],
)
@pytest.mark.parametrize("kind", ["project", "cost_codes"])
async def test_the_kind_of_list_is_told_where_it_is_known(
    procore: FakeProcore, gateway: ProcoreGateway, kind: str, answer: Any, known: bool | None
) -> None:
    address = {"address": "1 Main", "city": "Oakland", "state_code": "CA", "zip": "94607", "country_code": "US"}
    dates = {"start_date": "2026-01-01", "completion_date": "2027-01-01"}
    procore.on(
        "GET", f"/rest/v1.0/projects/{PROJECT}", reply(project(standard_cost_code_list_id=9, **address, **dates))
    )
    procore.on("GET", COST_CODES, reply([]))
    procore.on("GET", LISTED, answer)
    found = await gateway.read(named(kind, PROJECT))
    assert found["is_erp_list"] is known
    if kind == "project":
        assert {**address, **dates, "project_number": "1042"}.items() <= found.items()


async def test_another_refusal_of_the_list_is_handed_on(procore: FakeProcore, gateway: ProcoreGateway) -> None:
    procore.on("GET", f"/rest/v1.0/projects/{PROJECT}", reply(project(standard_cost_code_list_id=9)))
    procore.on("GET", LISTED, reply({"message": "odd"}, 400))
    with pytest.raises(Refused, match="odd"):
        await gateway.read(named("project", PROJECT))
