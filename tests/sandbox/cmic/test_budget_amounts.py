"""What posting a PCI does to the budget, when it can't be posted, and who may change amounts (cmic-api §4.2, §4.3)."""

from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.sandbox.cmic.standin import ACTION, Api, Row, change_item, pci, pci_line, refused

AMOUNTS = ("JcatOrigBudgAmt", "JcatCurrBudgAmt", "JcatProjAmt", "JcatOrigRevBudgAmt", "JcatCurrRevBudgAmt")
CENTS = st.integers(-10_000_000, 10_000_000)


def pair(api: Api, job: str = "1042", cost_code: str = "03-100", category: str = "S") -> Row:
    (row,) = api.books("jcjobcategory", JcatJobCode=job, JcatPhsCode=cost_code, JcatCode=category)
    return row


def amounts(api: Api, **where: str) -> tuple[Any, ...]:
    row = pair(api, **where)
    return tuple(row[name] for name in AMOUNTS)


def entered(api: Api, type_: str, *lines: Row, method: str = "A", status: str = "APPROVED") -> Row:
    """A PCI of a type with these lines."""
    changes = {"CmmTypeCode": type_, "CmmCalcProjAmtMethod": method, "CmmPrepostStatCode": status}
    row = api.create("cmmast", pci(**changes))
    for changes in lines:
        api.create("cmdetail", pci_line(**changes))
    return row


def postcm(api: Api, post_date: str = "2026-05-31") -> str:
    parameters = [{"compCode": "01"}, {"jobCode": "1042"}, {"chgCode": "EXT-1"}, {"postDate": post_date}]
    answer = api.post("postcm", {"name": "postCm", "parameters": parameters}, media=ACTION)
    assert answer.status_code == 200
    result: str = answer.json()["result"]
    return result


@pytest.mark.parametrize(
    ("type_", "bill", "expected"),
    [
        ("OBC", 50.5, (126_000.1, 126_000.1, 126_000.1, 50.5, 50.5)),
        ("INT", None, (125_000, 126_000.1, 126_000.1, None, 0)),
        ("EXT", 50.5, (125_000, 126_000.1, 126_000.1, None, 50.5)),
    ],
)
def test_what_each_class_moves(api: Api, type_: str, bill: float | None, expected: tuple[float, ...]) -> None:
    entered(api, type_, {"CmdBudgAmt": 1000.1, "CmdBillAmt": bill})
    before = amounts(api)
    assert before == (125_000, 125_000, 125_000, None, None)
    assert pair(api)["JcatIuUpdateDate"] is None
    row = api.control("POST", "change_items/post", change_item(post_date="2026-05-31"))
    assert (row["CmmPostDate"], row["CmmStatCode"]) == ("2026-05-31", "P")
    assert amounts(api) == expected
    assert pair(api)["JcatIuUpdateDate"] is not None
    assert api.books("cmdetail")[0]["CmdPostingFlag"] == "POSTED"


def test_a_transfer_moves_cost_and_billing_between_codes(api: Api) -> None:
    entered(api, "TFR", {"CmdBudgAmt": -500, "CmdBillAmt": -20}, {"CmdCatCode": "L", "CmdBudgAmt": 500})
    assert "Billing Amount of transfer does not net to zero but to -20" in postcm(api)
    api.create("cmdetail", pci_line(CmdCatCode="L", CmdBudgAmt=0, CmdBillAmt=20))
    assert postcm(api) == "SUCCESS"
    assert amounts(api) == (125_000, 124_500, 124_500, None, -20)
    assert amounts(api, category="L") == (125_000, 125_500, 125_500, None, 20)


def test_a_transfer_nets_to_zero_unless_a_control_flag_says_otherwise(api: Api) -> None:
    entered(api, "TFR", {"CmdBudgAmt": 0.1}, {"CmdBudgAmt": 0.2}, {"CmdCatCode": "L", "CmdBudgAmt": -0.31})
    api.control("POST", "change_items/post", change_item(), 409)
    assert "Final Amount of transfer does not net to zero but to -0.01" in postcm(api)
    assert amounts(api) == (125_000, 125_000, 125_000, None, None)
    api.control("PATCH", "settings", {"pci_transfers_net_to_zero": False})
    assert postcm(api) == "SUCCESS"


@pytest.mark.parametrize("status", ["PENDING", "PREPEND", "REJECTED"])
def test_only_an_approved_pci_is_posted(api: Api, status: str) -> None:
    row = entered(api, "INT", {}, status="PENDING")
    api.patch("cmmast", row["CmmVUuid"], {"CmmPrepostStatCode": status})
    result = postcm(api)
    assert "PCI is not approved." in result
    for expected in (
        "Company Code: 01, Job Code: 1042, Change Code: EXT-1",
        "Approved Flag: N",
        f"PCI Status: {status}",
    ):
        assert expected in result
    assert api.books("cmmast")[0]["CmmPostDate"] is None


def test_an_approved_pci_is_not_in_the_budget_before_it_is_posted(api: Api) -> None:
    entered(api, "OBC", {"CmdBudgAmt": 5})
    assert amounts(api) == (125_000, 125_000, 125_000, None, None)
    assert postcm(api) == "SUCCESS"
    assert api.books("cmmast")[0]["CmmPostDate"] == "2026-05-31"
    assert amounts(api)[0] == 125_005
    assert "PCI is already posted." in postcm(api)
    assert "Approved Flag: Y, PCI Status: APPROVED" in postcm(api)
    assert amounts(api)[0] == 125_005


def test_a_pci_without_lines_or_on_an_unassigned_code_is_not_posted(api: Api) -> None:
    entered(api, "INT")
    assert "PCI has no details." in postcm(api)
    api.create("cmdetail", pci_line())
    api.control("POST", "unassign", {"company": "01", "job": "1042", "cost_code": "03-100", "category": "S"})
    assert "Category S is not assigned to Cost Code 03-100" in postcm(api)


def test_an_external_pci_waits_for_the_contract(api: Api) -> None:
    api.control("POST", "delete", {"resource": "jbcont", "where": {}})
    entered(api, "EXT", {"CmdBillAmt": 5})
    assert "Contract of job 1042 does not exist in company 01." in postcm(api)
    api.control("POST", "change_items/post", change_item(), 409)
    api.control("POST", "jb_contracts/create", {"company": "01", "job": "1042"})
    assert postcm(api) == "SUCCESS"


def test_internal_changes_move_the_budget_only_where_that_is_on(api: Api) -> None:
    api.control("PATCH", "settings", {"pci_internal_updates_budget": False})
    entered(api, "INT", {})
    assert postcm(api) == "SUCCESS"
    assert amounts(api)[:3] == (125_000, 125_000, 125_000)


@pytest.mark.parametrize(
    ("projected", "spent", "change", "expected"),
    [(100_000, 0, 1000, 126_000), (130_000, 0, 1000, 130_000), (0, 140_000, 1000, 140_000), (0, 0, -5000, 120_000)],
)
def test_a_recalculated_projection_is_the_highest(
    api: Api, projected: int, spent: int, change: int, expected: int
) -> None:
    where = {"JcatJobCode": "1042", "JcatPhsCode": "03-100", "JcatCode": "S"}
    values = {"JcatProjAmt": projected, "JcatSpentAmt": spent}
    api.control("POST", "edit", {"resource": "jcjobcategory", "where": where, "set": values})
    entered(api, "INT", {"CmdBudgAmt": change}, method="R")
    assert postcm(api) == "SUCCESS"
    assert pair(api)["JcatProjAmt"] == expected


def test_a_tenant_may_leave_projections_alone(api: Api) -> None:
    api.control("PATCH", "settings", {"pci_updates_projection": False})
    entered(api, "INT", {})
    assert postcm(api) == "SUCCESS"
    assert amounts(api)[1:3] == (126_000, 125_000)


def test_a_line_on_a_sub_job_moves_the_sub_jobs_budget(api: Api) -> None:
    entered(api, "INT", {"CmdJobCode": "1042A"})
    assert postcm(api) == "SUCCESS"
    assert amounts(api, job="1042A")[1] == 126_000
    assert amounts(api)[1] == 125_000


def test_posted_amounts_may_show_later(api: Api) -> None:
    api.control("PATCH", "settings", {"pci_shows_in_budget_at_once": False})
    entered(api, "OBC", {}, {"CmdBudgAmt": 5})
    assert postcm(api) == "SUCCESS"
    assert api.books("cmmast")[0]["CmmPostDate"] == "2026-05-31"
    assert amounts(api)[0] == 125_000
    assert api.control("POST", "change_items/settle", {"company": "01", "job": "1055"}) == {"lines": 0}
    assert api.control("POST", "change_items/settle", change_item()) == {"lines": 2}
    assert amounts(api)[:3] == (126_005, 126_005, 126_005)
    assert api.control("POST", "change_items/settle", {}) == {"lines": 0}
    assert amounts(api)[0] == 126_005


def test_an_unposted_or_rejected_pci_never_settles(api: Api) -> None:
    api.control("PATCH", "settings", {"pci_shows_in_budget_at_once": False})
    entered(api, "OBC", {})
    assert api.control("POST", "change_items/settle", {}) == {"lines": 0}
    assert postcm(api) == "SUCCESS"
    api.control("POST", "change_items/void", change_item())
    assert api.control("POST", "change_items/settle", {}) == {"lines": 0}
    assert amounts(api)[0] == 125_000


def test_voiding_a_posted_pci_takes_it_out_of_the_budget(api: Api) -> None:
    entered(api, "EXT", {"CmdBudgAmt": 70.1, "CmdBillAmt": 80.2})
    assert postcm(api) == "SUCCESS"
    row = api.control("POST", "change_items/void", change_item())
    assert (row["CmmPrepostStatCode"], row["CmmPostDate"]) == ("REJECTED", "2026-05-31")
    assert amounts(api) == (125_000, 125_000, 125_000, None, 0)
    assert api.books("cmdetail")[0]["CmdPostingFlag"] == "UNPOSTED"
    assert "PCI is already posted." in postcm(api)


@settings(max_examples=15, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(cost=st.lists(CENTS, min_size=1, max_size=4), bill=CENTS)
def test_posting_then_voiding_leaves_the_budget_to_the_cent(api: Api, cost: list[int], bill: int) -> None:
    api.control("POST", "reset", {"seed": "demo"})
    entered(api, "OBC", *({"CmdBudgAmt": cents / 100, "CmdBillAmt": bill / 100} for cents in cost))
    assert postcm(api) == "SUCCESS"
    assert round(pair(api)["JcatOrigBudgAmt"] * 100) == 12_500_000 + sum(cost)
    assert round(pair(api)["JcatCurrRevBudgAmt"] * 100) == bill * len(cost)
    api.control("POST", "change_items/void", change_item())
    assert amounts(api) == (125_000, 125_000, 125_000, 0, 0)


def test_the_current_budget_follows_the_original_and_cannot_be_entered(api: Api) -> None:
    key = pair(api)["JcatVUuid"]
    changed = api.patch("jcjobcategory", key, {"JcatOrigBudgAmt": 125_000.5, "JcatOrigRevBudgAmt": 7}).json()
    assert [changed[name] for name in AMOUNTS] == [125_000.5, 125_000.5, 125_000, 7, 7]
    for name in ("JcatCurrBudgAmt", "JcatCurrRevBudgAmt", "JcatSpentAmt"):
        assert "cannot be set" in refused(api.patch("jcjobcategory", key, {name: 1}))


def test_original_amounts_of_a_started_job_change_by_pci_only(api: Api) -> None:
    key = pair(api)["JcatVUuid"]
    assert api.control("POST", "jobs/start", {"company": "01", "job": "1042"})["JobStartedFlag"] == "Y"
    for name in ("JcatOrigBudgAmt", "JcatOrigRevBudgAmt"):
        assert "Job 1042 is started" in refused(api.patch("jcjobcategory", key, {name: 1}))
    same = api.patch("jcjobcategory", key, {"JcatOrigBudgAmt": 125_000, "JcatProjAmt": 131_000.25})
    assert same.json()["JcatProjAmt"] == 131_000.25
    entered(api, "OBC", {})
    assert postcm(api) == "SUCCESS"
    assert amounts(api)[:3] == (126_000, 126_000, 132_000.25)
    api.control("POST", "jobs/start", {"company": "01", "job": "9999"}, 409)
